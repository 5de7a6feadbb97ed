//! Bricks on file systems that somebody else, such as a kubelet, makes and mounts. An empty one is marked as the brick's, once;
//! from then on the mark says whose it is, as the UUID of a file system does that glusterctl made. Pure.

use super::steps::{Draft, Planner};
use crate::desired::{BrickFileSystem, Desired, DesiredHost};
use crate::facts::{HostFacts, Mounted};
use crate::scripts;

/// The file systems that are known to carry bricks: local, with trusted extended attributes.
const KNOWN: [&str; 2] = ["xfs", "ext4"];

/// Whose a file system is that somebody else mounted for a brick.
#[derive(Debug, PartialEq, Eq)]
enum Claimed<'f> {
    /// Marked as this brick's.
    Ours,
    /// Empty, and never marked.
    Empty(&'f Mounted),
    /// Not to be used: why, and the remedy.
    Refused(String, &'static str),
}

const MOUNT: &str = "have a file system mounted there before glusterctl node starts: in a pod, a volumeMount of a claim with \
                     volumeMode: Filesystem, as glusterctl kubernetes pods writes it";
const ANOTHER: &str = "have an empty file system mounted there that is for this brick alone, xfs or ext4, or name a device instead: \
                       devices: [/dev/brick]";
const NODE: &str = "write a device instead, devices: [/dev/vdb], or brick: for a brick that exists already; only a host that glusterctl \
                    node looks after has file systems that somebody else mounts";
const WRITABLE: &str = "find out why it is read-only: in a pod, readOnly of the volumeMount or of the claim, or an error of its disk, \
                        which the node's kernel has logged";
const FOREIGN: &str = "have an empty file system mounted there, or, if nobody needs what it holds, empty this one by hand; nothing is \
                       done to it";
const SWAPPED: &str = "give each host the claim that is its own; nothing is done to this file system";

/// Whether the brick's file system is there or is marked by this plan; else the problem is noted.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, brick: &BrickFileSystem) -> bool {
    match decide(planner.desired, observed, brick) {
        Claimed::Ours => true,
        Claimed::Empty(mounted) => {
            let command =
                scripts::MARK_BRICK.with(&[("target", &brick.mount), ("kind", &mounted.kind), ("uuid", &brick.uuid)]);
            let title = format!("mark the file system at {} as the brick's", brick.mount);
            let reason = format!("somebody else mounted {} there, and it is empty", mounted.kind);
            planner.prepare(host.host, Draft::new(title, reason, command));
            true
        }
        Claimed::Refused(what, remedy) => {
            planner.problem(host.host, what, remedy);
            false
        }
    }
}

fn decide<'f>(desired: &Desired, observed: &'f HostFacts, brick: &BrickFileSystem) -> Claimed<'f> {
    let directory = &brick.mount;
    let refused = |what: String, remedy| Claimed::Refused(what, remedy);
    if observed.supervised.is_none() {
        return refused(
            format!("no glusterctl node runs on the host, and without it no brick is made at {directory}"),
            NODE,
        );
    }
    let (Some(mounted), Some(claim)) = (observed.mounted_at(directory), observed.claims.get(directory)) else {
        return refused(format!("no file system is mounted at {directory}"), MOUNT);
    };
    let kind = &mounted.kind;
    if !KNOWN.contains(&kind.as_str()) {
        let what = format!(
            "{kind} is mounted at {directory}, and no brick is made on it: known are {}",
            KNOWN.join(", ")
        );
        return refused(what, ANOTHER);
    }
    if mounted.read_only {
        return refused(format!("the file system at {directory} is read-only"), WRITABLE);
    }
    match &claim.mark {
        Some(mark) if *mark == brick.uuid => Claimed::Ours,
        Some(mark) => {
            let whose = match desired.brick_of(mark) {
                Some((other, of)) => format!("holds the brick of {} on {other}", of.device.path),
                None => format!("holds a brick made by glusterctl, but not for here (UUID {mark})"),
            };
            refused(format!("the file system at {directory} {whose}"), SWAPPED)
        }
        None if claim.holds.is_empty() => Claimed::Empty(mounted),
        None => refused(
            format!(
                "the file system at {directory} is no brick of this cluster and is not empty: it holds {}",
                claim.holds
            ),
            FOREIGN,
        ),
    }
}
