//! The floors: what is to be done, typed by hand, all hosts at once, and nothing checked.

use anyhow::Result;
use glusterctl::desired::{Desired, DesiredHost};
use glusterctl::distro::{ALL, APT};
use glusterctl::facts;
use glusterctl::inventory::{HostName, Inventory, Volume};
use glusterctl::scripts::lines;
use glusterctl::shell;

use crate::labs::BlankHosts;

const STRICT: &str = "set -eu; export LC_ALL=C DEBIAN_FRONTEND=noninteractive\n";

/// From blank hosts to mounted volumes, in three phases.
pub fn fresh(hosts: &BlankHosts, inventory: &Inventory) -> Result<()> {
    let desired = Desired::of(inventory);
    let all = |command: &dyn Fn(&DesiredHost) -> String| -> Vec<(&HostName, String)> {
        let commands = desired.hosts.iter();
        commands
            .map(|host| (host.name(), format!("{STRICT}{}", command(host))))
            .collect()
    };
    hosts.each(all(&|host| prepare(&desired, host)))?;
    let first = all(&|_| volumes(&desired)).into_iter().take(1).collect();
    hosts.each(first)?;
    hosts.each(all(&|_| {
        let mounts = inventory
            .volumes
            .iter()
            .map(|volume| format!("mount {}\n", volume.mount.path));
        mounts.collect()
    }))?;
    Ok(())
}

/// Names, packages, bricks, fstab, glusterd. The options of apt and mkfs are those that `apply` uses.
fn prepare(desired: &Desired, host: &DesiredHost) -> String {
    let mut script = format!(
        "printf %s {} >>/etc/hosts\n{}\n",
        shell::quote(&desired.names.text),
        APT.install.with(&[("packages", &lines(ALL[0].packages(host.host)))])
    );
    for brick in &host.bricks {
        let (uuid, mount, device) = (&brick.uuid, &brick.mount, &brick.device.path);
        script += &format!(
            "mkfs.xfs -q -i size=512 -n size=8192 -m uuid={uuid} {device}\n\
             mkdir -p {mount}\n\
             echo UUID={uuid} {mount} xfs noatime,inode64,nofail 0 0 >>/etc/fstab\n\
             mount {mount}\n"
        );
        for volume in host.volumes {
            let path = &volume.mount.path;
            script += &format!(
                "mkdir -p {} {path}\n\
                 echo localhost:/{} {path} glusterfs defaults,_netdev 0 0 >>/etc/fstab\n",
                brick.dir(&volume.name).unwrap_or_default(),
                volume.name
            );
        }
    }
    script + "systemctl enable --now glusterd\n"
}

/// The pool and the volumes, from the first host. A volume is created once every host has met all others: an attempt that
/// fails on another host leaves marks on the first host's brick, and then no attempt succeeds.
fn volumes(desired: &Desired) -> String {
    let inventory = desired.inventory;
    let others = || inventory.hosts[1..].iter().map(|host| &host.name);
    let mut script = String::new();
    for host in others() {
        script += &format!("gluster --mode=script peer probe {host}\n");
    }
    for host in others() {
        script += &format!(
            "tries=200\n\
             until [ \"$(gluster --mode=script --remote-host={host} peer status | grep -c 'Peer in Cluster (Connected)')\" = {} ]; do\n\
             tries=$((tries - 1)); [ $tries != 0 ] || exit 1; sleep 0.05\n\
             done\n",
            inventory.hosts.len() - 1
        );
    }
    for volume in &inventory.volumes {
        script += &format!(
            "gluster --mode=script volume create {name} {} {}\n\
             gluster --mode=script volume start {name}\n",
            volume.volume_type.create_words().join(" "),
            bricks(desired, volume),
            name = volume.name
        );
    }
    script
}

fn bricks(desired: &Desired, volume: &Volume) -> String {
    let layout = desired.layout(volume, &[]);
    let bricks: Vec<String> = layout.bricks().map(|brick| brick.spec().to_string()).collect();
    bricks.join(" ")
}

/// One look at every host, with the script of `apply`.
pub fn observe(hosts: &BlankHosts, inventory: &Inventory) -> Result<()> {
    let desired = Desired::of(inventory);
    let command = |host: &DesiredHost| {
        let script = facts::script(host, &[], "@mark");
        format!("LC_ALL=C sh -c {}", shell::quote(&script.text))
    };
    hosts.each(desired.hosts.iter().map(|host| (host.name(), command(host))).collect())?;
    Ok(())
}
