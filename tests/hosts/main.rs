//! Tests on stand-in hosts: real systemd, sshd, XFS and GlusterFS in containers of this machine.
//!
//! Tests whose names begin with `lab_` need root and the lab's programs.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod bad_hosts;
mod boot_faults;
mod boot_local;
mod boot_power;
mod changes;
mod destroy;
mod disks;
mod doctor;
mod existing;
mod firewall;
mod first_hour;
mod grow;
mod heals;
mod heketi_login;
mod identity;
mod image;
mod interrupt;
mod ipv6;
mod kubernetes;
mod lab;
mod login_shell;
mod maintenance;
mod multiplex;
mod pods;
mod pods_claims;
mod pods_names;
mod pods_scale;
mod pods_update;
mod ports;
mod readme;
mod rehearse_chaos;
mod replace;
mod runbook;
mod shapes;
mod ssh;
mod tls;
mod types;
mod unknown;
mod wipe;
mod wrong_inventory;
