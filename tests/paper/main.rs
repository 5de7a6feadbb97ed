//! Tests without hosts: decisions, messages, documents, and scripts that run on this machine with stand-ins for programs.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod changes;
mod check;
mod claims;
mod converge;
mod destroy;
mod distributions;
mod docs;
mod editing;
mod emptying;
mod firewall;
mod heketi_docs;
mod heketi_login;
mod identity;
mod init_heketi;
mod init_lists;
mod inventory;
mod inventory_docs;
mod ipv6;
mod json_docs;
mod kubernetes;
mod kubernetes_apply;
mod kubernetes_docs;
mod kubernetes_heketi;
mod kubernetes_migrate;
mod kubernetes_pods;
mod kubernetes_routes;
mod kubernetes_schemas;
mod kubernetes_section;
mod kubernetes_stateful_set;
mod kubernetes_update;
mod limit;
mod log;
mod lvm;
mod lvm_scripts;
mod mistakes;
mod node_scripts;
mod ownership;
mod plan;
mod quota;
mod refusals;
mod removal_scripts;
mod replace;
mod reshape;
mod restore_scripts;
mod schema;
mod snapshots;
mod stopping;
mod supervised;
mod tls;
mod touch;
mod types;
mod unknown;
mod wipe;
