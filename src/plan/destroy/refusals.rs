//! Why nothing is destroyed: something that glusterctl did not make would go, or what there is is not known. Pure.

use super::host::{Place, place};
use super::volumes::is_marked;
use super::{Destroy, Target, thin};
use crate::desired::DesiredHost;
use crate::facts::{Glusterd, HostFacts};
use crate::plan::adoption::is_adopted;
use crate::plan::deletion::has_no_snapshot;
use crate::plan::mounts::FUSE;
use crate::plan::outdated::{is_ours, volume_of};
use crate::plan::peers;
use crate::plan::steps::Planner;
use crate::plan::thin_brick::Made;

/// Notes a problem for each reason.
pub fn note(planner: &mut Planner, destroy: &Destroy) {
    volumes(planner, destroy);
    let (desired, facts) = (planner.desired, planner.facts);
    for host in &desired.hosts {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        if observed.self_managed.is_some() {
            let what = "provisions itself, and nothing can be taken off the host from here";
            planner.problem(host.host, what, "write connection: ssh for the host, if SSH reaches it");
            continue;
        }
        glusterd(planner, host, observed);
        bricks(planner, destroy, host, observed);
        mounts(planner, destroy, host, observed);
    }
}

/// Volumes that somebody else made, volumes that the servers do not agree about, and a volume that nobody knows.
fn volumes(planner: &mut Planner, destroy: &Destroy) {
    let (desired, facts) = (planner.desired, planner.facts);
    let cluster = &desired.inventory.cluster;
    for (name, known) in facts.cluster.volumes.iter().filter(|(name, _)| destroy.includes(name)) {
        let is_existing = desired.inventory.volume(name).is_some_and(|volume| volume.is_existing);
        if is_existing || !is_marked(planner, known) {
            let what = match is_existing {
                true => format!("volume {name} has bricks that somebody else made"),
                false => format!(
                    "volume {name} does not have the mark of cluster {cluster}: glusterctl did not finish it, or did not make it"
                ),
            };
            let remedy = "glusterctl deletes only what it made; run glusterctl apply if it was interrupted while it made \
                          the volume, else delete the volume by hand if nobody needs it";
            planner.cluster_problem(what, remedy);
        }
        has_no_snapshot(planner, name);
        if let Some(disagreement) = &known.disagreement {
            let [one, other] = &disagreement.between;
            let what = format!("{one} and {other} say different things about volume {name}");
            planner.cluster_problem(what, "run glusterctl plan, which says more");
        }
    }
    if let Target::Volume(name) = &destroy.target {
        let is_known =
            facts.cluster.volume(name.as_str()).is_some() || desired.inventory.volume(name.as_str()).is_some();
        let mut seen = desired.hosts.iter().filter_map(|host| facts.of(host.name()));
        let has_line = seen.any(|observed| {
            let mut lines = observed.fstab.iter().filter(|line| is_ours(desired.inventory, line));
            lines.any(|line| volume_of(line) == Some(name.as_str()))
        });
        if !is_known && !has_line {
            let what = format!("no server knows a volume {name}, and the inventory has none");
            planner.cluster_problem(what, "correct the name; glusterctl status lists the volumes");
        }
    }
}

/// A glusterd that may know volumes or peers, and does not tell.
fn glusterd(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    const START: &str = "start glusterd on the host (systemctl start glusterd), then run the same command again";
    if observed.maintenance.is_some() && observed.pool().is_none() {
        let remedy = format!(
            "finish the maintenance first (glusterctl maintenance exit {}), then run the same command again",
            host.name()
        );
        planner.problem(
            host.host,
            "is in maintenance, and glusterd does not tell its volumes",
            remedy,
        );
        return;
    }
    match &observed.glusterd {
        Glusterd::Blank if peers::remembered(planner, host.host).is_some() => planner.problem(
            host.host,
            "glusterd has lost its identity, and other servers remember the host",
            "run glusterctl apply, which gives the identity back, then run the same command again",
        ),
        Glusterd::Silent if !observed.volume_ids.is_empty() || !observed.peers_on_disk.is_empty() => {
            planner.problem(host.host, "glusterd does not answer, and knows volumes or peers", START);
        }
        Glusterd::Refuses(words) => planner.problem(host.host, words.clone(), START),
        Glusterd::Blank | Glusterd::Silent => {}
        Glusterd::Answers { pool, .. } => {
            for peer in pool.peers.iter().filter(|peer| !peer.connected) {
                let what = format!("glusterd is not connected to {}", peer.names.join(", "));
                planner.problem(host.host, what, START);
            }
        }
    }
}

/// Bricks that somebody else made, and file systems that cannot be wiped for certain.
fn bricks(planner: &mut Planner, destroy: &Destroy, host: &DesiredHost, observed: &HostFacts) {
    let facts = planner.facts;
    for brick in &host.bricks {
        let theirs = brick.is_existing() || is_adopted(facts, host, brick);
        let is_meant = match &destroy.target {
            Target::Volume(name) => brick.dir(name).is_some(),
            Target::Cluster => true,
        };
        if theirs && is_meant {
            let what = format!("somebody else made the bricks at {}", brick.mount);
            planner.problem(
                host.host,
                what,
                "glusterctl takes away only what it made: leave the cluster as it is, or take it down by hand",
            );
            continue;
        }
        if !destroy.wipe || destroy.target != Target::Cluster {
            continue;
        }
        if brick.is_directory() {
            let what = format!(
                "somebody else made the file system at {}, and --wipe does not erase it",
                brick.mount
            );
            planner.problem(host.host, what, "leave out --wipe, and delete the claim");
            continue;
        }
        let made = thin::found(observed, brick);
        if let Err((what, remedy)) = made {
            planner.problem(host.host, what, format!("{remedy}; or leave out --wipe"));
        } else if matches!(made, Ok(Made::Nothing))
            && let Place::Elsewhere(paths) = place(observed, brick)
        {
            let (path, paths) = (&brick.device.path, paths.join(" and "));
            let what = format!(
                "the file system of the bricks of {path} is on {paths}, so that --wipe cannot be sure which disk is meant"
            );
            planner.problem(
                host.host,
                what,
                "correct the path in the inventory, or detach the other disks; or leave out --wipe",
            );
        }
    }
}

/// Mounts of a volume that goes which glusterctl did not make.
fn mounts(planner: &mut Planner, destroy: &Destroy, host: &DesiredHost, observed: &HostFacts) {
    let inventory = planner.desired.inventory;
    let going: Vec<&str> = super::volumes::going(planner, destroy)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let is_wanted = |target: &str| {
        host.mounts.iter().any(|volume| volume.mount.path.as_str() == target)
            || observed
                .fstab
                .iter()
                .any(|line| line.target == target && is_ours(inventory, line))
    };
    for mounted in observed
        .mounted
        .iter()
        .filter(|mounted| mounted.kind == FUSE && !is_wanted(&mounted.target))
    {
        if let Some(name) = going.iter().find(|name| mounted.is_of(name)) {
            let what = format!(
                "volume {name} is mounted at {}, and glusterctl did not mount it there",
                mounted.target
            );
            planner.problem(
                host.host,
                what,
                format!("unmount it, if nobody needs it: umount {}", mounted.target),
            );
        }
    }
}
