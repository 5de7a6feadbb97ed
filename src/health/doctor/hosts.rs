//! Checks of machines: whether they are reached, what they run, their clocks and their networks.

use super::{Check, Examined, Family, Find, Severity, check, different, on_host};
use crate::health::{Found, Kind};

pub(super) const FAMILY: Family = Family {
    title: "Machines",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC101",
        Severity::Error,
        Find::Facts(unreached),
        "The host cannot be observed over SSH, so nothing that only the host knows is known.",
        "ssh HOST true",
    ),
    check(
        "GC102",
        Severity::Error,
        Find::Facts(host_keys),
        "The SSH host key is unknown or has changed, so nobody knows which machine answers.",
        "ssh HOST true",
    ),
    check(
        "GC103",
        Severity::Error,
        Find::Status(Kind::SelfManagedSilent),
        "glusterd of a host that provisions itself does not answer this machine.",
        "glusterctl status (on HOST)",
    ),
    check(
        "GC104",
        Severity::Error,
        Find::Status(Kind::NoSystemd),
        "The host does not run systemd, so nothing comes back after a reboot.",
        "a host with systemd",
    ),
    check(
        "GC105",
        Severity::Error,
        Find::Facts(unsupported),
        "The distribution is not supported, so no packages can be installed.",
        "a host with a distribution of docs/distributions.md",
    ),
    check(
        "GC106",
        Severity::Warning,
        Find::Status(Kind::MachineIds),
        "Machines share a machine-id: they were cloned, and may get one address from a DHCP server.",
        "rm /etc/machine-id && systemd-machine-id-setup && reboot (on all of them but one)",
    ),
    check(
        "GC107",
        Severity::Error,
        Find::Facts(without_fuse),
        "The host has no /dev/fuse, so no volume can be mounted there.",
        "ssh HOST modprobe fuse",
    ),
    check(
        "GC108",
        Severity::Warning,
        Find::Status(Kind::Clocks),
        "The clock differs from the clocks of most hosts by more than a second, so the times of files contradict each \
         other.",
        "ssh HOST timedatectl set-ntp true",
    ),
    check(
        "GC109",
        Severity::Note,
        Find::Status(Kind::OwnClock),
        "The clock of this machine differs from the clocks of all hosts by more than a second.",
        "timedatectl set-ntp true",
    ),
    check(
        "GC110",
        Severity::Warning,
        Find::Facts(mtu),
        "The interfaces between the hosts have different MTUs, so large packets may be lost.",
        "ip link show (on each host), then ip link set dev INTERFACE mtu NUMBER",
    ),
    check(
        "GC111",
        Severity::Warning,
        Find::Status(Kind::InMaintenance),
        "The host is in maintenance: the volumes have less redundancy until the maintenance ends.",
        "glusterctl maintenance exit HOST",
    ),
];

fn is_about_host_key(found: &Found) -> bool {
    found.what.contains("SSH host key")
}

fn of_kind_unreached<'e>(examined: &'e Examined) -> impl Iterator<Item = &'e Found> {
    examined
        .health
        .found
        .iter()
        .filter(|found| found.kind == Kind::Unreached)
}

fn unreached(examined: &Examined) -> Vec<Found> {
    let found = of_kind_unreached(examined).filter(|found| !is_about_host_key(found));
    found.cloned().collect()
}

fn host_keys(examined: &Examined) -> Vec<Found> {
    let found = of_kind_unreached(examined).filter(|found| is_about_host_key(found));
    found.cloned().collect()
}

pub(super) fn unsupported(examined: &Examined) -> Vec<Found> {
    let hosts = examined.observed();
    let others = hosts.filter(|(_, observed)| observed.distro().is_none());
    let sentence = others.map(|(host, observed)| on_host(host.name(), format!("runs {:?}", observed.os_told())));
    sentence.collect()
}

fn without_fuse(examined: &Examined) -> Vec<Found> {
    let hosts = examined.desired.hosts.iter().filter(|host| !host.mounts.is_empty());
    let without = hosts.filter(|host| {
        let vitals = examined.looks.vitals.get(host.name());
        vitals.is_some_and(|vitals| vitals.has_fuse == Some(false))
    });
    let sentence =
        |host: &crate::desired::DesiredHost| on_host(host.name(), "there is no /dev/fuse, and the host mounts volumes");
    without.map(sentence).collect()
}

fn mtu(examined: &Examined) -> Vec<Found> {
    let vitals = examined.looks.vitals.iter();
    let known = vitals.filter_map(|(host, vitals)| Some((vitals.mtu?, host.clone())));
    let words = different(known);
    words
        .map(|words| Found::new(Kind::Doctor, format!("the hosts have different MTUs: {words}")))
        .into_iter()
        .collect()
}
