//! Mounts of volumes, now; `boot` sees to the mounts after a reboot. Pure.

use super::fstab;
use super::leaving;
use super::state_directory;
use super::steps::{Draft, Planner};
use super::tls;
use super::volumes::Served;
use crate::desired::{DesiredHost, units};
use crate::facts::{HostFacts, MountPoint};
use crate::inventory::{Host, Role, Volume};
use crate::scripts::{self, Text};
use crate::shell;

/// The type of a mounted volume, as the kernel says.
pub const FUSE: &str = "fuse.glusterfs";

/// How long a mount is tried, or waited for, in seconds; each try is ended by the unit itself after 60.
const LIMIT: u64 = 180;

/// Mounts a volume now, on every host that should have it, and returns the steps that do.
pub fn now<'d>(planner: &mut Planner<'d>, volume: &Volume, served: &Served) -> Vec<(&'d Host, usize)> {
    let mut mounting = Vec::new();
    let mounts = |desired: &&DesiredHost| volume.is_mounted_on(desired.host);
    for desired in planner.desired.hosts.iter().filter(mounts) {
        let host = desired.host;
        if !leaving::is_member(planner, desired) {
            continue;
        }
        let Some(observed) = planner
            .facts
            .of(&host.name)
            .filter(|seen| seen.self_managed.is_none() && seen.maintenance.is_none())
        else {
            continue;
        };
        let (title, reason, command) = match next(planner, desired, observed, volume) {
            Next::Nothing => continue,
            Next::Problem(what, remedy) => {
                planner.problem(host, what, remedy);
                continue;
            }
            Next::Step(title, reason, command) => (title, reason, command),
        };
        let Served::After(steps) = served else {
            planner.wait(
                format!("mounting {} on {}", volume.mount.path, host.name),
                format!("volume {} is started", volume.name),
            );
            continue;
        };
        // A mount gets its volfile from the host's own glusterd.
        let state = state_directory::is_missing(observed) && host.role == Role::Server;
        let state = state.then(|| "the state of glusterd is in its place".to_owned());
        if let Some(until) = state.or_else(|| tls::until(planner, desired)) {
            planner.wait(format!("mounting {} on {}", volume.mount.path, host.name), until);
            continue;
        }
        let mut needs = steps.clone();
        needs.extend(planner.last(host));
        let draft = Draft::new(title, reason, command).limit(LIMIT);
        let place = planner.aside(host, draft, needs);
        planner.own.insert(place);
        if planner.running.contains(&volume.name) {
            let least = planner.lets_in.iter().copied().chain(planner.last(host));
            planner.least_needs.insert(place, least.collect());
        }
        mounting.push((host, place));
    }
    mounting
}

/// What comes next for a volume on a host.
enum Next {
    Nothing,
    /// What only a person can change, and the remedy.
    Problem(String, String),
    /// Title, reason and command.
    Step(String, &'static str, String),
}

fn next(planner: &Planner, desired: &DesiredHost, observed: &HostFacts, volume: &Volume) -> Next {
    const ELSEWHERE: &str = "choose another mount point in the inventory";
    let path = volume.mount.path.as_str();
    let point = observed
        .mount_points
        .get(&volume.mount.path)
        .unwrap_or(&MountPoint::Other);
    let mount = |reason, command| Next::Step(format!("mount volume {} at {path}", volume.name), reason, command);
    match (observed.mounted_at(path), point) {
        (Some(mounted), _) if mounted.kind != FUSE || !mounted.is_of_volume(&volume.name) => Next::Problem(
            format!(
                "{} is mounted at {path}, where volume {} belongs",
                mounted.source, volume.name
            ),
            format!("leave the file system mounted, and {ELSEWHERE}"),
        ),
        (Some(_), MountPoint::Ready) => Next::Nothing,
        (Some(_), MountPoint::Disconnected) => Next::Step(
            format!("wait until volume {} answers at {path}", volume.name),
            "the mount's client lives, but does not answer",
            wait(path),
        ),
        (Some(_), MountPoint::Dead) => {
            let before = Text::default().then(&[&scripts::CLIENT], &[]);
            let before = before.command(&format!("unmount_dead {}", shell::quote(path)));
            mount(
                "the volume is mounted, but the mount's client is dead",
                start(path, before),
            )
        }
        (mounted, MountPoint::Failing(error)) => Next::Problem(
            match mounted {
                Some(_) => format!(
                    "volume {} is mounted at {path}, but the mount says: {error}",
                    volume.name
                ),
                None => format!("{path} cannot be looked at: {error}"),
            },
            format!(
                "find out why, for example in {}; glusterctl unmounts nothing whose client may live",
                log(path)
            ),
        ),
        (Some(_), _) | (None, MountPoint::Other) => {
            Next::Problem(format!("{path} is not a directory"), ELSEWHERE.to_owned())
        }
        (None, MountPoint::HoldsFiles) => Next::Problem(
            format!("{path} holds files, which a mount would hide"),
            format!("move the files away, or {ELSEWHERE}"),
        ),
        // That line would be mounted, not the volume; the problem is noted already.
        (None, _) if fstab::contradiction(planner.facts, desired, observed, path).is_some() => Next::Nothing,
        (None, _) => mount("the volume is not mounted", start(path, Text::default())),
    }
}

/// Mounts the volume, after what `before` does.
fn start(path: &str, before: Text) -> String {
    let unit = units::mount_unit(path);
    let values = [("path", path), ("log", &log(path)), ("unit", &unit)];
    before.then(&[&scripts::MOUNT_VOLUME], &values).end()
}

fn wait(path: &str) -> String {
    scripts::WAIT_FOR_VOLUME.with(&[("path", path), ("log", &log(path))])
}

/// The log of the client that serves a mount.
fn log(path: &str) -> String {
    let name = path.trim_start_matches('/').replace('/', "-");
    format!("/var/log/glusterfs/{name}.log")
}
