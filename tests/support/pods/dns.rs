//! A cluster's name servers: a stand-in with dnsmasq that answers for the pods of a StatefulSet.

use std::cell::RefCell;
use std::collections::BTreeMap;

use glusterctl::lab::{Spec, StandIn};

use super::super::{TestLab, host};
use super::image;

/// The stand-in that answers.
pub const NAME: &str = "dns";
const ADDRESS: [u8; 4] = [198, 51, 100, 9];
/// The domain of the cluster.
pub const DOMAIN: &str = "cluster.local";

/// The names and addresses that are known.
#[derive(Default)]
pub struct Names(RefCell<BTreeMap<String, String>>);

/// The whole name of a host whose name ends in `svc`.
pub fn full(host: &str) -> String {
    format!("{host}.{DOMAIN}")
}

/// Adds the stand-in to a lab.
pub fn join(spec: &mut Spec) {
    spec.hosts.push(StandIn {
        name: host(NAME),
        address: ADDRESS.into(),
        disks: Vec::new(),
    });
}

/// What a kubelet writes to /etc/resolv.conf of a pod in a namespace.
pub fn resolver(namespace: &str) -> String {
    let [a, b, c, d] = ADDRESS;
    format!("search {namespace}.svc.{DOMAIN} svc.{DOMAIN} {DOMAIN}\nnameserver {a}.{b}.{c}.{d}\noptions ndots:5\n")
}

/// Starts the name server, which knows nobody.
pub fn start(lab: &TestLab) {
    image::programs(lab, NAME, &["dnsmasq"]);
    lab.must(
        NAME,
        &format!(
            "touch /run/names && systemd-run -q --unit=dns dnsmasq --keep-in-foreground --user=root --no-resolv --no-hosts \
             --addn-hosts=/run/names --local=/{DOMAIN}/ --pid-file= --log-facility=-"
        ),
    );
}

impl Names {
    /// The name has this address from now on, or none.
    pub fn set(&self, lab: &TestLab, name: &str, address: Option<&str>) {
        let mut all = self.0.borrow_mut();
        match address {
            Some(address) => all.insert(name.to_owned(), address.to_owned()),
            None => all.remove(name),
        };
        let lines: String = all
            .iter()
            .map(|(name, address)| format!("{address} {name}\n"))
            .collect();
        lab.must(
            NAME,
            &format!("cat >/run/names <<'END'\n{lines}END\nsystemctl kill -s HUP dns"),
        );
    }
}
