//! Bricks that glusterctl did not make: `{brick: /mnt/gluster, uuid: …, mount: /mnt/gluster}` in a list of devices.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Draft;
use super::fields::{Diagnostics, Fields, Located, name, unknown};
use super::host::{Devices, HostDraft, Owner};
use super::lvm;
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::{Diagnostic, Span};
use crate::inventory::model::{BrickDevice, ExistingBricks};
use crate::inventory::names::{BrickDir, BrickMount, BrickName, DevicePath, FileSystemUuid, MountPath, VolumeName};

/// A device with bricks that exist already.
pub(super) struct Existing {
    pub device: Located<BrickDevice>,
    /// The brick's directory, if the file does not name the brick's volume.
    pub unnamed: Option<Located<BrickDir>>,
}

/// Reads a device that has the key `brick`, whose value is `node`.
pub(super) fn read(node: &Node, fields: &Fields, owner: Owner, problems: &mut Diagnostics) -> Option<Existing> {
    let before = problems.len();
    if owner == Owner::Defaults {
        let problem = Diagnostic::new("`brick` cannot stand below `defaults`", node.span.clone());
        problems.push(
            problem
                .label("every host has a file system of its own")
                .help("write `brick` at each host that has the brick"),
        );
        return None;
    }
    refuse_wipe(fields, problems);
    lvm::refuse_with_brick(fields, problems);
    let (dirs, unnamed) = dirs(node, problems);
    if problems.len() > before {
        return None;
    }
    let mount = mount(node, fields.get("mount"), unnamed.as_ref(), problems);
    let uuid = uuid(node, fields.get("uuid"), mount.as_ref(), problems);
    let path = fields
        .get("path")
        .map(|node| name::<DevicePath>(node, "a device", problems));
    let called = fields
        .get("name")
        .map(|node| name::<BrickName>(node, "a brick's name", problems));
    if problems.len() > before {
        return None;
    }
    let (mount, uuid) = (mount?, uuid?);
    let first = unnamed.as_ref().map(|dir| &dir.value).or(dirs.values().next())?;
    let called = match called {
        Some(called) => called?.value,
        None => by_place(node, &mount, first, problems)?,
    };
    let path = match path {
        Some(path) => path?.value,
        None => DevicePath::preset(&match &uuid {
            Some(uuid) => format!("/dev/disk/by-uuid/{uuid}"),
            None => "/dev/root".to_owned(),
        }),
    };
    let existing = Some(ExistingBricks { uuid, mount, dirs });
    let device = BrickDevice {
        name: called,
        path,
        is_directory: false,
        wipe: None,
        lvm: None,
        raid: None,
        existing,
        leaving: false,
    };
    Some(Existing {
        device: Located {
            value: device,
            span: node.span.clone(),
        },
        unnamed,
    })
}

fn refuse_wipe(fields: &Fields, problems: &mut Diagnostics) {
    if let Some(wipe) = fields.get("wipe") {
        let problem = Diagnostic::new("`wipe` does not go with `brick`", wipe.span.clone());
        problems.push(
            problem
                .label("nothing is ever erased where a brick exists already")
                .help("remove `wipe`; or remove `brick`, if glusterctl is to make a new brick on the device"),
        );
    }
}

/// The brick directories by volume; or a directory without its volume.
fn dirs(node: &Node, problems: &mut Diagnostics) -> (BTreeMap<VolumeName, BrickDir>, Option<Located<BrickDir>>) {
    const WHAT: &str = "a brick's directory";
    if !matches!(node.value, Value::Map(_)) {
        return (BTreeMap::new(), name(node, WHAT, problems));
    }
    let mut dirs = BTreeMap::new();
    let fields = Fields::any(node, "`brick`", problems);
    let is_empty = fields.iter().flat_map(Fields::entries).next().is_none();
    for entry in fields.iter().flat_map(Fields::entries) {
        let volume = name::<VolumeName>(entry.at, "a volume's name", problems);
        let dir = name::<BrickDir>(entry.value, WHAT, problems);
        if let (Some(volume), Some(dir)) = (volume, dir) {
            dirs.insert(volume.value, dir.value);
        }
    }
    if is_empty {
        let problem = Diagnostic::new("`brick` names no brick", node.span.clone());
        problems.push(problem.help("write `brick: /mnt/gluster`, or `brick: {gv0: /mnt/gluster/gv0}`"));
    }
    (dirs, None)
}

/// Where the file system is mounted: a brick's directory is the mount point unless the file says otherwise.
fn mount(
    brick: &Node,
    node: Option<&Node>,
    unnamed: Option<&Located<BrickDir>>,
    problems: &mut Diagnostics,
) -> Option<BrickMount> {
    if let Some(node) = node {
        return name(node, "where a brick's file system is mounted", problems).map(|mount| mount.value);
    }
    if let Some(dir) = unnamed {
        return BrickMount::parse(dir.value.as_str()).ok();
    }
    let problem = Diagnostic::new("the file system of several bricks needs `mount`", brick.span.clone());
    problems.push(
        problem
            .label("`mount` is missing here")
            .help("add `mount: /mnt/gluster`: where `findmnt --target DIRECTORY` shows the file system"),
    );
    None
}

/// The file system's UUID, which the root file system does not need.
#[allow(clippy::option_option, reason = "no UUID is needed, or no UUID could be read")]
fn uuid(
    brick: &Node,
    node: Option<&Node>,
    mount: Option<&BrickMount>,
    problems: &mut Diagnostics,
) -> Option<Option<FileSystemUuid>> {
    let on_root = mount?.as_str() == "/";
    match (node, on_root) {
        (None, true) => Some(None),
        (Some(node), false) => name(node, "a file system's UUID", problems).map(|uuid| Some(uuid.value)),
        (Some(node), true) => {
            let problem = Diagnostic::new("the root file system needs no `uuid`", node.span.clone());
            problems
                .push(problem.help("remove `uuid`, or write where the brick's own file system is mounted as `mount`"));
            None
        }
        (None, false) => {
            let problem = Diagnostic::new("a brick that exists already needs `uuid`", brick.span.clone());
            problems.push(
                problem
                    .label("by the UUID of its file system, the brick is told from any other disk")
                    .help(
                        "add `uuid:` with what `blkid -s UUID -o value DEVICE` prints; `glusterctl init --from HOST` \
                         writes all of this; for a brick on the root file system, write `mount: /`",
                    ),
            );
            None
        }
    }
}

fn by_place(node: &Node, mount: &BrickMount, dir: &BrickDir, problems: &mut Diagnostics) -> Option<BrickName> {
    match BrickName::of_existing(mount, dir) {
        Ok(name) => Some(name),
        Err(refused) => {
            let problem = Diagnostic::new("the brick needs a name of its own", node.span.clone());
            problems.push(
                problem
                    .label(format!("the last part of the path makes no name: {refused}"))
                    .help("add `name: brick1`"),
            );
            None
        }
    }
}

/// Gives each brick that the file does not name a volume for to the only volume.
pub(super) fn of_the_only_volume(draft: &mut Draft, problems: &mut Diagnostics) {
    let volumes: Vec<&VolumeName> = draft
        .volumes
        .iter()
        .filter_map(|volume| Some(&volume.name.as_ref()?.value))
        .collect();
    for host in &mut draft.hosts {
        let Devices { unnamed, usable, .. } = &mut host.devices;
        for (at, Located { value: dir, span }) in unnamed.drain(..) {
            let existing = usable.get_mut(at).and_then(|device| device.value.existing.as_mut());
            match (volumes.as_slice(), existing) {
                ([only], Some(existing)) => drop(existing.dirs.insert((*only).clone(), dir)),
                (several, _) => {
                    let problem = Diagnostic::new(format!("which volume has the brick {dir}?"), span);
                    problems.push(
                        problem
                            .label(format!("the inventory has {} volumes", several.len()))
                            .help(format!("name the brick's volume: `brick: {{gv0: {dir}}}`")),
                    );
                }
            }
        }
    }
}

/// The volumes with bricks that exist already.
pub(super) fn volumes(draft: &Draft) -> BTreeSet<VolumeName> {
    let bricks = draft.hosts.iter().flat_map(bricks);
    bricks.flat_map(|(_, existing)| existing.dirs.keys().cloned()).collect()
}

/// Checks the bricks that exist already against the volumes and against each other.
pub(super) fn check(draft: &Draft, problems: &mut Diagnostics) {
    let volumes: Vec<&str> = draft
        .volumes
        .iter()
        .filter_map(|volume| Some(volume.name.as_ref()?.value.as_str()))
        .collect();
    let paths: Vec<&Located<MountPath>> = draft.volumes.iter().filter_map(|volume| volume.path.as_ref()).collect();
    for host in &draft.hosts {
        let mut seen: HashMap<&str, &Span> = HashMap::new();
        for (device, existing) in bricks(host) {
            for (volume, dir) in &existing.dirs {
                if !volumes.contains(&volume.as_str()) {
                    let at = Node {
                        span: device.span.clone(),
                        value: Value::Null,
                    };
                    problems.push(unknown("volume", volume.as_str(), &at, &volumes));
                }
                if let Some(first) = seen.insert(dir.as_str(), &device.span) {
                    let problem = Diagnostic::new(format!("{dir} is there twice on one host"), device.span.clone());
                    problems.push(
                        problem
                            .label("again here")
                            .also(first.clone(), "first here")
                            .help("a directory is the brick of one volume"),
                    );
                }
                problems.extend(paths.iter().find_map(|path| covered(path, existing, dir, &device.span)));
            }
        }
    }
}

fn bricks(host: &HostDraft) -> impl Iterator<Item = (&Located<BrickDevice>, &ExistingBricks)> {
    let devices = host.devices.usable.iter();
    devices.filter_map(|device| Some((device, device.value.existing.as_ref()?)))
}

/// A volume that would be mounted over a brick, or inside a brick.
fn covered(path: &Located<MountPath>, existing: &ExistingBricks, dir: &BrickDir, brick: &Span) -> Option<Diagnostic> {
    let path_text = path.value.as_str();
    let at_or_below = |low: &str, high: &str| {
        low.strip_prefix(high)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mount = Some(existing.mount.as_str()).filter(|mount| *mount != "/");
    let covers = mount.is_some_and(|mount| at_or_below(mount, path_text)) || at_or_below(dir.as_str(), path_text);
    if !covers && !at_or_below(path_text, dir.as_str()) {
        return None;
    }
    let problem = Diagnostic::new(
        format!("a volume is mounted at {path_text}, where the brick {dir} is"),
        path.span.clone(),
    );
    Some(
        problem
            .label("this mount point")
            .also(brick.clone(), "and this brick")
            .help("mount the volume at a directory of its own, for example /data"),
    )
}
