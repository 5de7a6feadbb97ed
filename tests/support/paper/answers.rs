//! The answers of the hosts of a cluster on paper, in the form that `templates/observe.sh` prints.

use std::collections::BTreeMap;

use glusterctl::desired::{BrickFileSystem, DesiredHost, units};
use glusterctl::inventory::{Family, HostName, VolumeType};
use uuid::Uuid;

use super::{Cluster, FSTAB, GLUSTERD_VOL, HOSTS, Machine, Volume};
pub use crate::support::answers::MARK;
use crate::support::answers::{address_line, output};

impl Cluster<'_> {
    /// The whole answer of a host.
    pub fn answer(&self, host: &DesiredHost) -> String {
        let machine = &self.hosts[host.name()];
        let mut out = Sections::default();
        let address = address_line(host.host);
        out.add("host", format!("uid=0\nname={}\ninit=systemd\n{address}", host.name()));
        self.family(&mut out, machine);
        out.add("file /etc/os-release", "ID=debian\n");
        let template = "/etc/cloud/templates/hosts.debian.tmpl";
        for (section, path) in [
            ("file /etc/hosts", HOSTS),
            ("file /etc/fstab", FSTAB),
            (&*format!("file {template}"), template),
        ] {
            let text = machine.file(path);
            if !text.is_empty() {
                out.add(section, text);
            }
        }
        for file in &host.unit_files {
            out.add(format!("file {}", file.path), machine.file(file.path));
        }
        for unit in host.units() {
            out.add("units", machine.unit(&unit));
        }
        for (package, status) in &machine.packages {
            out.add("packages", format!("{package} {status} 1\n"));
        }
        for point in host.mount_points() {
            if machine.has_point(point) {
                let immutable = if machine.immutable.contains(point) { 'i' } else { '-' };
                out.add(
                    format!("bare {point}"),
                    format!("----{immutable}---------e------- /tmp{point}\n"),
                );
            }
        }
        for (number, brick) in (1..).zip(&host.bricks) {
            self.device(&mut out, host, brick, number);
        }
        for volume in &host.mounts {
            let path = volume.mount.path.as_str();
            let kind = if machine.has_point(path) {
                "directory"
            } else {
                "missing"
            };
            out.add(format!("mount {path}"), format!("kind={kind}\n"));
            if let Some(line) = machine.mounted_at(path) {
                let mount = format!("72 35 0:51 / {path} rw - fuse.glusterfs {} rw\n", line.source);
                out.add("mountinfo", mount);
                let inside = self.inside.iter().filter(|dir| dir.starts_with(&format!("{path}/")));
                out.add("directories", inside.map(|dir| format!("{dir}\n")).collect::<String>());
            }
        }
        if machine.glusterd_runs {
            self.glusterd(&mut out, host);
        }
        out.end()
    }

    /// Whether glusterd speaks IPv6, which is asked if the hosts do.
    fn family(&self, out: &mut Sections, machine: &Machine) {
        if self.desired.inventory.family() == Family::V4 {
            return;
        }
        let text = machine.file(GLUSTERD_VOL);
        let is_set = text
            .lines()
            .any(|line| line == "    option transport.address-family inet6");
        let set = if is_set { "option=inet6\n" } else { "" };
        let listens = if is_set && machine.glusterd_runs {
            "listens=inet6\n"
        } else {
            ""
        };
        out.add("family", format!("{set}{listens}"));
    }

    /// A device, the file system on the device, and the bricks on the file system.
    fn device(&self, out: &mut Sections, host: &DesiredHost, brick: &BrickFileSystem, number: usize) {
        let (machine, device) = (&self.hosts[host.name()], &brick.device.path);
        let section = format!("device {device}");
        out.add(
            &section,
            format!(
                "kind=block\nname=vd{number}\nnumber=254:{number}\nbytes=1073741824\nread_only=0\nremovable=0\n\
                 identity=serial a{number}\n"
            ),
        );
        let Some(uuid) = machine.formatted.get(device.as_str()) else {
            return out.add(&section, "blkid_status=2\nin_use=no\nwipefs_status=0\nzeros=yes\n");
        };
        let unfinished = u8::from(machine.unfinished.contains(device.as_str()));
        let found = format!("blkid_status=0\ntype=xfs\nuuid={uuid}\nin_progress={unfinished}\n");
        let signature = format!("in_use=no\nwipefs_status=0\nsignature=0x0,xfs,{uuid}\n");
        out.add(&section, found + if unfinished == 1 { &signature } else { "" });
        out.add("xfs", format!("{uuid} 254:{number} {device} {unfinished}\n"));
        let source = format!("UUID={uuid}");
        let Some(line) = machine.mounted.iter().find(|line| line.source == source) else {
            return;
        };
        out.add(
            "mountinfo",
            format!("36 35 254:{number} / {} rw - xfs {device} rw\n", line.target),
        );
        out.add("rooms", format!("{} 1000 100000\n", line.target));
        for volume in host.volumes {
            let Some(dir) = brick.dir(&volume.name) else {
                continue;
            };
            let section = format!("brick {dir}");
            if machine.brick_dirs.contains(dir) {
                out.add(&section, "exists=yes\n");
            }
            let uses = |volume: &Volume| volume.bricks.contains(&format!("{}:{dir}", host.name()));
            match self.volumes.get(volume.name.as_str()) {
                Some(volume) if uses(volume) => out.add(&section, format!("volume_id={}\n", volume.id.simple())),
                _ if machine.left.contains_key(dir) => {
                    out.add(&section, format!("volume_id={}\n", machine.left[dir].simple()));
                }
                _ => out.add(&section, "bare=yes\n"),
            }
        }
    }

    /// What glusterd on a host knows and runs: the whole pool and its volumes, if the host is in the pool.
    fn glusterd(&self, out: &mut Sections, host: &DesiredHost) {
        const HEAD: &str = "<?xml version=\"1.0\"?><cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/>";
        let joined = self.pool.contains(host.name());
        out.add("glusterd_state", format!("uuid={}\n", identity(host.name())));
        let mut peers = peer(host.name(), "localhost", "");
        for other in self.pool.iter().filter(|other| joined && *other != host.name()) {
            peers += &peer(other, other.as_str(), "<state>3</state>");
        }
        out.add("pool", format!("{HEAD}<peerStatus>{peers}</peerStatus></cliOutput>"));
        let mut volumes = String::new();
        for (name, volume) in self.volumes.iter().filter(|_| joined) {
            volumes += &volume.xml(name);
            out.add("glusterd_state", format!("volume={name} {}\n", volume.id));
            out.add("moving", volume.notes(name));
            let prefix = format!("{}:", host.name());
            let own = volume.bricks.iter().filter_map(|brick| brick.strip_prefix(&prefix));
            for dir in own.filter(|_| volume.started) {
                out.add("brick_processes", format!("{dir}\n"));
                if volume.has_quota() {
                    out.add("quota_limits", format!("brick={name} {dir}\n"));
                    for (path, bytes) in &volume.limits {
                        out.add("quota_limits", format!("limit={bytes:016x}ffffffffffffffff {path}\n"));
                    }
                }
            }
        }
        let volumes = format!("<volInfo><volumes>{volumes}</volumes></volInfo>");
        out.add("volumes", format!("{HEAD}{volumes}</cliOutput>"));
    }
}

impl Machine {
    /// The state of a unit, as `systemctl show` prints the state.
    fn unit(&self, name: &str) -> String {
        let is_mounted = || self.mounted.iter().any(|line| units::mount_unit(&line.target) == name);
        let runs = if name == units::GLUSTERD {
            self.glusterd_runs
        } else {
            is_mounted()
        };
        let active = if runs { "active" } else { "inactive" };
        let enabled = if self.enabled.contains(name) {
            "enabled"
        } else {
            "disabled"
        };
        format!("Id={name}\nLoadState=loaded\nActiveState={active}\nUnitFileState={enabled}\n\n")
    }
}

impl Volume {
    fn xml(&self, name: &str) -> String {
        let brick = |brick: &String| format!("<brick>{brick}<name>{brick}</name></brick>");
        let (replica, disperse, redundancy) = match self.volume_type {
            VolumeType::Distribute => (1, 0, 0),
            VolumeType::Replicate { replica, .. } => (replica, 0, 0),
            VolumeType::Disperse { data, redundancy } => (1, data + redundancy, redundancy),
        };
        let option = |(name, value)| format!("<option><name>{name}</name><value>{value}</value></option>");
        format!(
            "<volume><name>{name}</name><id>{}</id><status>{}</status><replicaCount>{}</replicaCount>\
             <arbiterCount>{}</arbiterCount><disperseCount>{}</disperseCount><redundancyCount>{}</redundancyCount>\
             <typeStr>{}</typeStr><bricks>{}</bricks><options>{}</options></volume>",
            self.id,
            u8::from(self.started),
            replica,
            self.volume_type.arbiters(),
            disperse,
            redundancy,
            self.volume_type.title(self.bricks.len() / self.volume_type.set_size()),
            self.bricks.iter().map(brick).collect::<String>(),
            self.options.iter().map(option).collect::<String>(),
        )
    }
}

/// The sections of a host's answer.
#[derive(Default)]
struct Sections(BTreeMap<String, String>);

impl Sections {
    fn add(&mut self, section: impl ToString, text: impl AsRef<str>) {
        self.0.entry(section.to_string()).or_default().push_str(text.as_ref());
    }

    fn end(self) -> String {
        output(self.0)
    }
}

/// The UUID that glusterd on a host gives itself.
fn identity(host: &HostName) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, host.as_str().as_bytes())
}

fn peer(host: &HostName, name: &str, state: &str) -> String {
    format!(
        "<peer><uuid>{}</uuid><hostname>{name}</hostname><hostnames><hostname>{name}</hostname></hostnames>\
         <connected>1</connected>{state}</peer>",
        identity(host)
    )
}
