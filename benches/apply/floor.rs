//! The floors: what is to be done, typed by hand, all hosts at once, and nothing checked.

use anyhow::Result;
use glusterctl::distro::APT;
use glusterctl::facts;
use glusterctl::inventory::{
    Brick, Host, HostName, Inventory, Volume, brick_dir, brick_mount, brick_uuid, replica_sets,
};
use glusterctl::plan::hosts_block;
use glusterctl::scripts::lines;
use glusterctl::shell;

use crate::labs::BlankHosts;

const STRICT: &str = "set -eu; export LC_ALL=C DEBIAN_FRONTEND=noninteractive\n";

/// From blank hosts to mounted volumes, in three phases.
pub fn fresh(hosts: &BlankHosts, inventory: &Inventory) -> Result<()> {
    let all = |command: &dyn Fn(&Host) -> String| -> Vec<(&HostName, String)> {
        inventory
            .hosts
            .iter()
            .map(|host| (&host.name, format!("{STRICT}{}", command(host))))
            .collect()
    };
    hosts.each(all(&|host| prepare(inventory, host)))?;
    let first = all(&|_| volumes(inventory)).into_iter().take(1).collect();
    hosts.each(first)?;
    hosts.each(all(&|_| {
        let mounts = inventory
            .volumes
            .iter()
            .map(|volume| format!("mount {}\n", volume.mount.path));
        mounts.collect()
    }))
}

/// Names, packages, bricks, fstab, glusterd. The options of apt and mkfs are those that `apply` uses.
fn prepare(inventory: &Inventory, host: &Host) -> String {
    let mut script = format!(
        "printf %s {} >>/etc/hosts\n{}\n",
        shell::quote(&hosts_block(inventory)),
        APT.install.with(&[("packages", &lines(APT.packages(host.role)))])
    );
    for device in &host.devices {
        let uuid = brick_uuid(&inventory.cluster, &host.name, device);
        let mount = brick_mount(device);
        script += &format!(
            "mkfs.xfs -q -i size=512 -n size=8192 -m uuid={uuid} {device}\n\
             mkdir -p {mount}\n\
             echo UUID={uuid} {mount} xfs noatime,inode64,nofail 0 0 >>/etc/fstab\n\
             mount {mount}\n"
        );
        for volume in &inventory.volumes {
            let path = &volume.mount.path;
            script += &format!(
                "mkdir -p {} {path}\n\
                 echo localhost:/{} {path} glusterfs defaults,_netdev 0 0 >>/etc/fstab\n",
                brick_dir(device, &volume.name),
                volume.name
            );
        }
    }
    script + "systemctl enable --now glusterd\n"
}

/// The pool and the volumes, from the first host. Peers need a moment until a volume can be created on them.
fn volumes(inventory: &Inventory) -> String {
    let mut script = String::new();
    for host in &inventory.hosts[1..] {
        script += &format!("gluster --mode=script peer probe {}\n", host.name);
    }
    for volume in &inventory.volumes {
        script += &format!(
            "tries=200\n\
             until gluster --mode=script volume create {name} replica {} {}; do\n\
             tries=$((tries - 1)); [ $tries != 0 ] || exit 1; sleep 0.05\n\
             done\n\
             gluster --mode=script volume start {name}\n",
            volume.replicate.replica,
            bricks(inventory, volume),
            name = volume.name
        );
    }
    script
}

fn bricks(inventory: &Inventory, volume: &Volume) -> String {
    let sets = replica_sets(inventory, volume).unwrap_or_default();
    let bricks: Vec<String> = sets.iter().flatten().map(Brick::spec).collect();
    bricks.join(" ")
}

/// One look at every host, with the script of `apply`.
pub fn observe(hosts: &BlankHosts, inventory: &Inventory) -> Result<()> {
    let command = |host: &Host| {
        let script = facts::script(inventory, host, &[], "@mark");
        format!("LC_ALL=C sh -c {}", shell::quote(&script.text))
    };
    hosts.each(inventory.hosts.iter().map(|host| (&host.name, command(host))).collect())
}
