//! An interrupted `apply` loses nothing: one apply at a time, consent, saved plans, a record, an orderly stop, and an `apply`
//! that converges however the apply before ended.
//!
//! Tests that take minutes run with `GLUSTERCTL_SOAK` only.

mod bench;
mod broken;
mod consent;
mod incomplete_volume;
mod kill;
mod lock;
mod power;
mod record;
mod saved;
mod stop;

/// Three servers and one volume, mounted everywhere.
const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// One host and no volume: what there is to do takes little time, but for the packages.
const ALONE: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
";
