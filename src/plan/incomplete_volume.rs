//! What an interrupted `volume create` leaves behind, and how the volume is completed or its traces are cleared away.
//! Pure.
//!
//! Nothing here removes anything that could be somebody's: attributes and empty directories go, and only where no
//! server knows the volume they name; a definition that glusterd cannot read is moved aside.

use std::collections::HashSet;

use super::glusterd;
use super::peers::PoolPlan;
use super::removal::{self, Held};
use super::steps::{Draft, GLUSTER, Planner};
use crate::desired::{Brick, BrickFileSystem, units};
use crate::facts::{HostFacts, VolumeId};
use crate::inventory::{Host, HostName};
use crate::scripts::{self, lines};

/// Where incomplete definitions go.
const ASIDE: &str = "/var/lib/glusterd/interrupted";

/// Moves incomplete definitions of the inventory's volumes aside, if glusterd does not start with them. A glusterd that
/// runs gets the definition by `import`; a glusterd without an identity is not started before it has its identity.
pub fn definitions(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    if observed.unit(units::GLUSTERD).active || observed.glusterd_uuid().is_none() {
        return;
    }
    let ours = planner
        .desired
        .inventory
        .volumes
        .iter()
        .map(|volume| volume.name.as_str());
    for volume in ours.filter(|volume| observed.incomplete_volumes.contains(*volume)) {
        let known = planner.facts.cluster.volume(volume);
        let by = known.and_then(|known| known.complete_elsewhere(&host.name));
        let answers = |server: &HostName| planner.facts.of(server).is_some_and(|facts| facts.volumes().is_some());
        let mut others = planner.desired.servers().filter(|server| *server.name() != host.name);
        let known = match by {
            Some(by) => format!("{by} will send the definition again"),
            None if others.all(|server| answers(server.name())) => "no other server knows the volume".to_owned(),
            None => "a server that knows the volume will send the definition again".to_owned(),
        };
        let reason =
            format!("glusterd does not run, and may not start with the definition, which is incomplete; {known}");
        let command = scripts::INCOMPLETE_VOLUME.with(&[("volume", volume), ("aside", ASIDE)]);
        let title = format!("start glusterd, or move the interrupted definition of volume {volume} aside, to {ASIDE}");
        planner.prepare(host, Draft::new(title, reason, command));
    }
}

/// Finishes a create that some servers have done and others not: the steps after which all know the volume.
///
/// Measured with GlusterFS 10.3: `volume sync` says success and does nothing; peers compare their volumes when they
/// connect. So glusterd is restarted on the server that lacks the volume, unless that glusterd learns of the volume by
/// itself, as happens shortly after a start.
pub fn import(planner: &mut Planner, volume: &str, pool: &PoolPlan) -> Vec<usize> {
    let facts = planner.facts;
    let mut steps = pool.ready.clone();
    let Some(known) = facts.cluster.volume(volume) else {
        return steps;
    };
    let complete: HashSet<&HostName> = known.complete_on.iter().collect();
    let servers = planner.desired.servers().map(|server| server.host);
    for server in servers.filter(|server| !complete.contains(&server.name)) {
        let (Some(observed), Some(by)) = (facts.of(&server.name), known.complete_elsewhere(&server.name)) else {
            continue;
        };
        // A server that only now joins the pool is told by that.
        let mut peers = observed.pool().into_iter().flat_map(|pool| &pool.peers);
        if !peers.any(|peer| peer.is_called(by)) {
            continue;
        }
        let bricks = glusterd::expected_bricks(planner, server);
        let values = [
            ("volume", volume),
            ("aside", ASIDE),
            ("bricks", &lines(bricks)),
            ("by", by.as_str()),
        ];
        let command = scripts::RECEIVE_VOLUME.with(&values);
        let lack = if known.known_by.contains(&server.name) {
            "has a part of the definition"
        } else {
            "does not know the volume"
        };
        let reason = format!(
            "the creation of the volume was interrupted: {} {lack}, {} has all of the definition",
            server.name, by
        );
        let draft = Draft::new(format!("receive the definition of volume {volume}"), reason, command);
        // One after the other: never two glusterds down at once.
        steps = vec![planner.aside(server, draft.limit(GLUSTER), steps)];
    }
    steps
}

/// Whether a volume can be created on its bricks.
pub enum Bricks {
    /// Yes, after these steps.
    Clear(Vec<usize>),
    /// The content of some bricks is not known yet.
    Unseen,
    /// No; the problems are noted.
    Taken,
}

/// Whether the volume of that id is among those that a glusterd of the cluster has on disk.
fn on_disk(planner: &Planner, id: &VolumeId) -> bool {
    let observed = planner
        .desired
        .servers()
        .filter_map(|server| planner.facts.of(server.name()));
    observed
        .flat_map(|observed| observed.volume_ids.values())
        .any(|known| known == id)
}

/// Clears the traces of an interrupted create from the bricks of a volume that no server knows.
pub fn clear(planner: &mut Planner, sets: &[Vec<Brick>]) -> Bricks {
    let (mut steps, mut unseen, mut taken) = (Vec::new(), false, false);
    for brick in sets.iter().flatten() {
        let Some(host) = planner.desired.host(brick.host) else {
            continue;
        };
        match trace(planner, brick) {
            Trace::None => {}
            Trace::Unseen => unseen = true,
            Trace::Taken(what, remedy) => {
                planner.problem(host.host, what, remedy);
                taken = true;
            }
            Trace::Left(id) => {
                let BrickFileSystem { mount, uuid, .. } = brick.file_system;
                let draft = removal::cleared(brick.volume.as_str(), id.hex(), uuid, mount, brick.dir, Held::Elsewhere);
                let needs = planner.last(host.host).into_iter().collect();
                steps.push(planner.aside(host.host, draft, needs));
            }
            Trace::Removable(id) => {
                let (dir, id_on_brick) = (brick.dir, id.hex());
                let reason = format!(
                    "the brick carries the id of a volume that no server knows ({id_on_brick}), and holds no file"
                );
                let title = format!("clear what an interrupted volume create left on {dir}");
                let command = scripts::CLEAR_BRICK.with(&[
                    ("volume", brick.volume.as_str()),
                    ("id", id_on_brick),
                    ("dashed", &id.to_string()),
                    ("uuid", brick.file_system.identity()),
                    ("target", &brick.file_system.mount),
                    ("brick", dir),
                ]);
                let needs = planner.last(host.host).into_iter().collect();
                steps.push(planner.aside(host.host, Draft::new(title, reason, command), needs));
            }
        }
    }
    match (taken, unseen) {
        (true, _) => Bricks::Taken,
        (false, true) => Bricks::Unseen,
        (false, false) => Bricks::Clear(steps),
    }
}

/// What of an earlier volume is on a brick.
enum Trace {
    None,
    /// That is not known yet.
    Unseen,
    /// The brick belongs to a volume, or holds files; with the remedy.
    Taken(String, String),
    /// The id of this very volume, which does not have the brick any more.
    Left(VolumeId),
    /// The id of a volume that no server knows, and no file.
    Removable(VolumeId),
}

fn trace(planner: &Planner, brick: &Brick) -> Trace {
    let Some(observed) = planner.facts.of(brick.host) else {
        return Trace::None;
    };
    if observed.mounted_at(&brick.file_system.mount).is_none() {
        // A file system that is still to be made is empty; a file system of ours may hold anything.
        return match observed.xfs.contains_key(&brick.file_system.uuid) {
            true => Trace::Unseen,
            false => Trace::None,
        };
    }
    let dir = brick.dir;
    let found = observed.bricks.get(dir);
    let Some((found, id)) = found.and_then(|found| Some((found, found.volume_id.as_ref()?))) else {
        return Trace::None;
    };
    let cluster = &planner.facts.cluster;
    if let Some((name, known)) = cluster.name_of(id).and_then(|name| Some((name, cluster.volume(name)?))) {
        let is_listed = known.disagreement.is_some() || known.info.bricks.contains(&brick.spec());
        if name == brick.volume.as_str() && !is_listed {
            return Trace::Left(id.clone());
        }
        let what = format!("{dir} is a brick of volume {name}, as {} knows", known.known_by[0]);
        return Trace::Taken(what, "give the volume its old name in the inventory".to_owned());
    }
    if on_disk(planner, id) {
        // Some server has the volume, and will say so once its glusterd answers.
        return Trace::Unseen;
    }
    if found.bare {
        return Trace::Removable(id.clone());
    }
    Trace::Taken(
        format!(
            "{dir} belongs to a volume that no server knows (volume-id {}), and holds files: volume {} is not created \
             over these files",
            id.hex(),
            brick.volume
        ),
        format!(
            "find out which cluster the volume belongs to, and name another device in the inventory if that cluster lives; \
             otherwise keep the files all the same, in another directory: mv {dir} {dir}.old; if nobody needs the files, \
             glusterctl destroy {} --wipe deletes them",
            brick.volume
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// Whether `templates/complete.sh` takes a directory for a complete definition.
    fn is_complete(definition: &Path) -> bool {
        let script = scripts::Text::default().then(&[&scripts::COMPLETE], &[]);
        let script = script.command("is_complete \"$1\"").end();
        let status = Command::new("sh")
            .args(["-euc", &script, "sh"])
            .arg(definition)
            .status();
        status.unwrap().success()
    }

    #[test]
    fn a_definition_is_complete_whatever_the_names_of_hosts_and_paths() {
        let directory = tempfile::tempdir().unwrap();
        let definition = directory.path().join("gv0");
        fs::create_dir_all(definition.join("bricks")).unwrap();
        let write = |name: &str| fs::write(definition.join(name), "x\n").unwrap();
        let bricks = [
            "kube1:-bricks-vdb-gv0",
            "fd00::1:-bricks-vdb-gv0",
            "198.51.100.13:-a-b:-c-gv0",
        ];
        let mut info = format!("count={}\n", bricks.len());
        for (at, brick) in bricks.iter().enumerate() {
            info += &format!("brick-{at}={brick}\n");
            write(&format!("bricks/{brick}"));
        }
        fs::write(definition.join("info"), info).unwrap();
        write("gv0.tcp-fuse.vol");
        write("trusted-gv0.tcp-fuse.vol");
        // GlusterFS 10.3 calls the volfile of a brick VOLUME.HOST.PATH.vol.
        write("gv0.kube1.bricks-vdb-gv0.vol");
        write("gv0.198.51.100.13.a-b:-c-gv0.vol");
        assert!(!is_complete(&definition), "the volfile of the IPv6 brick is missing");
        write("gv0.fd00::1.bricks-vdb-gv0.vol");
        assert!(is_complete(&definition));
        fs::remove_file(definition.join("bricks/fd00::1:-bricks-vdb-gv0")).unwrap();
        assert!(!is_complete(&definition));
    }
}
