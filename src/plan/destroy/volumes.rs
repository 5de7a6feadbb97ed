//! The volumes, their bricks, and the trusted storage pool. Pure.

use super::{Destroy, Target};
use crate::desired::Brick;
use crate::facts::{Facts, HostFacts, KnownVolume, Peer, VolumeId};
use crate::inventory::{Host, HostName, VolumeName};
use crate::plan::danger::Danger;
use crate::plan::options::CLUSTER;
use crate::plan::steps::{Draft, Planner};
use crate::{scripts, shell};

/// How long the files of a brick may take to be deleted, in seconds.
const DELETION: u64 = 24 * 3_600;

/// The volumes that go, by name: those with this cluster's mark.
pub fn going<'f>(planner: &Planner<'f>, destroy: &Destroy) -> Vec<(&'f str, &'f KnownVolume)> {
    let volumes = planner.facts.cluster.volumes.iter();
    let volumes = volumes.map(|(name, known)| (name.as_str(), known));
    let ours = volumes.filter(|(_, known)| is_marked(planner, known));
    ours.filter(|(name, _)| destroy.includes(name)).collect()
}

/// Whether the volume has the mark of this cluster.
pub fn is_marked(planner: &Planner, known: &KnownVolume) -> bool {
    let cluster = planner.desired.inventory.cluster.as_str();
    known.info.options.get(CLUSTER).is_some_and(|by| by == cluster)
}

/// Stops and deletes the volumes that go, one after the other; returns the last steps.
pub fn delete(planner: &mut Planner, destroy: &Destroy, needs: Vec<usize>) -> Vec<usize> {
    let mut last = needs;
    for (name, known) in going(planner, destroy) {
        let Some(by) = known.known_by.first().and_then(|by| planner.desired.host(by)) else {
            continue;
        };
        let mut then = |draft: Draft| last = vec![planner.aside(by.host, draft, std::mem::take(&mut last))];
        let quoted = shell::quote(name);
        if known.info.started {
            let reason = "only a volume that is stopped can be deleted";
            then(Draft::gluster(
                format!("stop volume {name}"),
                reason,
                &format!("volume stop {quoted}"),
            ));
        }
        let title = format!("delete volume {name}");
        let draft = Draft::gluster(title, "glusterctl made the volume", &format!("volume delete {quoted}"));
        let what = format!("volume {name}");
        then(draft.danger(Danger::Deletes { what }));
    }
    last
}

/// Deletes the directories of the volume's bricks, after the steps `needs`.
pub fn bricks(planner: &mut Planner, destroy: &Destroy, needs: &[usize]) {
    let Target::Volume(name) = &destroy.target else { return };
    let (desired, facts) = (planner.desired, planner.facts);
    for host in desired.servers() {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        for file_system in &host.bricks {
            let dir = file_system.dir(name).map(str::to_owned);
            let Some(dir) = dir.or_else(|| listed(facts, name, host.name(), &file_system.mount)) else {
                continue;
            };
            let dir = dir.as_str();
            let brick = Brick {
                host: host.name(),
                file_system,
                volume: name,
                dir,
            };
            let Some(id) = carried(facts, observed, &brick) else {
                continue;
            };
            let command = scripts::BRICK_DROP.with(&[
                ("volume", name.as_str()),
                ("id", id.hex()),
                ("dashed", &id.to_string()),
                ("uuid", &file_system.uuid),
                ("target", &file_system.mount),
                ("brick", dir),
            ]);
            let what = format!("the files of the brick {}", brick.spec());
            let draft = Draft::new(
                format!("delete {dir}"),
                "the brick belongs to the volume that goes",
                command,
            );
            let draft = draft.limit(DELETION).danger(Danger::Deletes { what });
            planner.push(host.host, draft, needs.to_vec());
        }
    }
}

/// The brick directory that the servers list for the volume below a mount point of a host.
fn listed(facts: &Facts, volume: &VolumeName, host: &HostName, mount: &str) -> Option<String> {
    let known = facts.cluster.volume(volume.as_str())?;
    let mut bricks = known.info.bricks.iter().filter(|brick| brick.host == host.as_str());
    let brick = bricks.find(|brick| brick.dir.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/')))?;
    Some(brick.dir.clone())
}

/// The id that a brick directory carries, if the directory is on the brick's own file system, and no server knows the id as
/// another volume's.
fn carried(facts: &Facts, observed: &HostFacts, brick: &Brick) -> Option<VolumeId> {
    let mounted = observed.mounted_at(&brick.file_system.mount)?;
    let mut ours = observed.xfs.get(&brick.file_system.uuid)?.iter();
    ours.find(|device| device.number == mounted.number)?;
    let known = facts.cluster.volume(brick.volume.as_str());
    let id = match observed.bricks.get(brick.dir) {
        Some(seen) => seen.volume_id.clone()?,
        // The inventory does not have the volume any more; the script looks at the directory's id.
        None => known?.info.id.clone(),
    };
    let is_its_own = |known: &str| known == brick.volume.as_str();
    facts.cluster.name_of(&id).is_none_or(is_its_own).then_some(id)
}

/// Removes every other server from the pool, one after the other; returns the last steps.
pub fn detach(planner: &mut Planner, needs: Vec<usize>) -> Vec<usize> {
    let mut last = needs;
    let Some((by, peers)) = pool(planner) else { return last };
    for peer in peers {
        let Some(name) = peer.names.first() else { continue };
        let mut hosts = planner.desired.inventory.hosts.iter();
        let Some(host) = hosts.find(|host| is_called(host, peer)) else {
            continue;
        };
        let words = format!("peer detach {}", shell::quote(name));
        let reason = format!("{} is in one pool with the host, and no volume is left", by.name);
        let host = host.name.clone();
        let draft = Draft::gluster(format!("detach {host}"), reason, &words).danger(Danger::DetachesHost { host });
        last = vec![planner.aside(by, draft, std::mem::take(&mut last))];
    }
    last
}

fn is_called(host: &Host, peer: &Peer) -> bool {
    peer.is_called(&host.name) || peer.names.iter().any(|name| host.address.is(name))
}

/// The server that knows the most peers, with these peers.
fn pool<'f>(planner: &Planner<'f>) -> Option<(&'f Host, &'f [Peer])> {
    let (desired, facts) = (planner.desired, planner.facts);
    let servers = desired.servers();
    let pools = servers.filter_map(|server| Some((server.host, facts.of(server.name())?.pool()?.peers.as_slice())));
    // The first of those with the most peers.
    pools.reduce(|first, other| if other.1.len() > first.1.len() { other } else { first })
}
