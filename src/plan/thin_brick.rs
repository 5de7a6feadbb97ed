//! Bricks on LVM: on each device a thin volume that fills the device, with the brick's file system on the volume. What an
//! interrupted run made is recognised by the brick's UUID and tag, and finished; whatever else is there is refused. Pure.

use super::bricks;
use super::danger::Danger;
use super::format;
use super::ownership::{self, MIB, Ownership};
use super::shared_disk::SharedDisks;
use super::steps::{Draft, FORMAT, Planner};
use crate::desired::{BrickFileSystem, DesiredHost, METADATA, POOL, ThinVolume, VOLUME};
use crate::facts::{Content, Device, DeviceKind, HostFacts, LogicalVolume, Lvm};
use crate::scripts::Text;
use crate::shell;

/// The smallest device for a thin volume with XFS, which needs 300 MiB itself.
const SMALLEST: u64 = 400 * MIB;
/// LVM's name for the data of the pool.
const DATA: &str = "[pool_tdata]";
/// LVM's names for a pool's own volumes: the data, the metadata and, in the whole group, the spare metadata.
const HIDDEN: [&str; 3] = [DATA, "[pool_tmeta]", "[lvol0_pmspare]"];

const FILTERS: &str =
    "look whether a filter in /etc/lvm/lvm.conf hides the device (pvs -a), and run the same command again";
const LEAVE: &str =
    "leave LVM's volumes there as they are, and find out who made them (lvs -a -o +lv_tags, vgs -o +vg_tags)";
const KERNEL: &str = "boot a kernel that has the module dm_thin_pool (Debian's and Ubuntu's kernels have it), or remove `lvm` \
                      from the device. A stand-in of a lab has this machine's kernel";
const ORPHAN: &str = "reboot the host, which forgets the volumes of a lost disk, then run the same command again";
const FORM: &str = "a brick keeps the form that it was made with: remove `lvm` from the device; or, to have the brick on LVM, \
                    replace the brick";

/// Plans what is missing of the brick's thin volume and file system. False if there will be no file system in this round.
pub fn plan(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
    thin: &ThinVolume,
    device: &Device,
    disks: &SharedDisks,
) -> bool {
    let volume = observed.devices.get(&thin.path);
    if let Some(volume) = volume.filter(|volume| volume.kind == DeviceKind::Block) {
        return on_volume(planner, host, observed, brick, thin, volume, device);
    }
    let path = &brick.device.path;
    if let Some(place) = observed
        .brick_devices(&brick.uuid, &brick.mount)
        .iter()
        .find(|xfs| !xfs.is_snapshot)
    {
        let what = format!(
            "the brick of {path} is on {} itself, and the inventory says `lvm: thin`",
            place.path
        );
        planner.problem(host.host, what, FORM);
        return false;
    }
    let is_ours = is_physical(device, thin);
    match state(observed.lvm.as_ref(), thin, device, is_ours) {
        State::Nothing => new(planner, host, observed, brick, device, disks),
        State::Unknown if is_ours && !observed.has_package("lvm2") => {
            planner.wait_on(
                host.host,
                format!("finishing the thin volume on {path} of {}", host.name()),
                "lvm2 is installed, and tells what there is",
            );
            false
        }
        State::Unknown => {
            let what = format!("LVM does not tell what is on {path}, which holds the physical volume of the brick");
            planner.problem(host.host, what, FILTERS);
            false
        }
        State::Wrong(what, remedy) => {
            planner.problem(host.host, what, remedy);
            false
        }
        State::Inactive => {
            let name = format!("{}/{VOLUME}", thin.group);
            let command = Text::default().command(&format!("lvchange -a y {}", shell::quote(&name)));
            let draft = Draft::new(
                format!("activate the thin volume {name}"),
                format!("the brick of {path} is on the volume, and the volume is not active"),
                command.end(),
            );
            planner.prepare(host.host, draft);
            false
        }
        State::HalfMade(reason) => {
            let draft = Draft::new(
                format!("make the rest of the thin volume on {path} and format it with XFS"),
                format!("making the thin volume of this very brick was interrupted: {reason}"),
                format::rest_of_thin_script(brick, thin),
            );
            let danger = Danger::Formats { device: path.clone() };
            planner.prepare(host.host, draft.limit(FORMAT).danger(danger));
            true
        }
    }
}

/// Nothing of the brick is there: the device has to be blank, as for a brick without LVM.
fn new(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
    device: &Device,
    disks: &SharedDisks,
) -> bool {
    let path = &brick.device.path;
    if device.kind == DeviceKind::Block && observed.thin_pools == Some(false) {
        let what = format!("the kernel has no device-mapper with thin pools, and {path} has `lvm: thin`");
        planner.problem(host.host, what, KERNEL);
        return false;
    }
    if device.kind == DeviceKind::Block && device.bytes < SMALLEST {
        let (mib, least) = (device.bytes / MIB, SMALLEST / MIB);
        let what = format!("{path} has {mib} MiB, and a thin volume with XFS needs at least {least} MiB");
        planner.problem(host.host, what, "name a larger device in the inventory");
        return false;
    }
    bricks::on_its_device(planner, host, observed, brick, device, disks)
}

/// The thin volume is there: the brick's file system is on the volume, or is made there.
fn on_volume(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
    thin: &ThinVolume,
    volume: &Device,
    device: &Device,
) -> bool {
    let (path, at) = (&brick.device.path, &thin.path);
    let lvm = observed.lvm.as_ref();
    let ownership = ownership::decide(&observed.mounted, volume, Some(&brick.uuid));
    let (formattable, reason) = match ownership {
        Ownership::Ours => {
            moved(planner, host, brick, thin, lvm, device);
            return true;
        }
        Ownership::Blank(formattable) => (formattable, format!("the thin volume of {path} is blank")),
        Ownership::Unfinished(formattable) => {
            let reason = format!(
                "mkfs.xfs of this very brick (UUID {}) was interrupted on {at}",
                brick.uuid
            );
            (formattable, reason)
        }
        Ownership::Theirs(_) if is_orphan(lvm, thin) => {
            let what = format!(
                "the disk of the brick of {path} is gone, and the kernel still has the thin volume {at} of that disk"
            );
            planner.problem(host.host, what, ORPHAN);
            return false;
        }
        Ownership::Theirs(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            let what = format!(
                "{at}, where the brick of {path} belongs, is not blank: {}",
                reasons.join("; ")
            );
            planner.problem(host.host, what, LEAVE);
            return false;
        }
    };
    if !lvm.is_some_and(|lvm| is_own_volume(lvm, thin)) {
        let what = format!(
            "{at} is there, and LVM does not say that it was made for the brick of {path} (tag {})",
            thin.tag
        );
        planner.problem(host.host, what, LEAVE);
        return false;
    }
    let draft = Draft::new(
        format!("format {at} with XFS"),
        reason,
        format::script(at, brick, &formattable),
    );
    // The consent is for the device that the inventory names: the volume was made on it.
    let danger = Danger::Formats { device: path.clone() };
    planner.prepare(host.host, draft.limit(FORMAT).danger(danger));
    true
}

/// Whether LVM does not see the device that the thin volume was made on.
fn is_orphan(lvm: Option<&Lvm>, thin: &ThinVolume) -> bool {
    let sees = |lvm: &Lvm| {
        lvm.physical
            .iter()
            .any(|physical| physical.uuid == thin.physical && physical.device != "[unknown]")
    };
    lvm.is_some_and(|lvm| !sees(lvm))
}

/// Tells a person if the thin volume lies on another device than the inventory says.
fn moved(
    planner: &mut Planner,
    host: &DesiredHost,
    brick: &BrickFileSystem,
    thin: &ThinVolume,
    lvm: Option<&Lvm>,
    device: &Device,
) {
    let physical = lvm.and_then(|lvm| lvm.physical.iter().find(|physical| physical.group == thin.group));
    let Some(physical) = physical.filter(|physical| physical.number() != device.number) else {
        return;
    };
    if device.kind == DeviceKind::Missing {
        return;
    }
    let (path, now) = (&brick.device.path, &physical.device);
    let what = format!("the brick of {path} is on {now} now, and {path} is another disk: the names of devices moved");
    let remedy = "the brick is mounted all the same, and the other disk is left alone; to end this, name the disks by paths \
                  that do not move, below /dev/disk/by-id";
    planner.problem(host.host, what, remedy);
}

/// How far the making of a thin volume has come.
enum State {
    /// Nothing of the brick is there.
    Nothing,
    /// LVM does not say.
    Unknown,
    /// Something is there that was not made for the brick; with the remedy.
    Wrong(String, &'static str),
    /// The thin volume is there, and is not active.
    Inactive,
    /// Something is missing; what is there.
    HalfMade(String),
}

/// Whether the device is the brick's physical volume, and nothing else.
fn is_physical(device: &Device, thin: &ThinVolume) -> bool {
    matches!(&device.content, Content::Known(known) if known.kinds() == ["LVM2_member"] && known.uuid == thin.physical)
}

/// What is on a device of the LVM objects that were made for a brick.
pub enum Made {
    /// Nothing.
    Nothing,
    /// The physical volume, and nothing in it.
    Physical,
    /// The volume group, with all or a part of what belongs there, and nothing else.
    Group,
}

/// What is on the device of what was made for the brick, for whoever takes that away.
///
/// # Errors
/// Something is there that was not made for the brick, or LVM does not say what is there; with the remedy.
pub fn made(observed: &HostFacts, brick: &BrickFileSystem, thin: &ThinVolume) -> Result<Made, (String, &'static str)> {
    let (path, lvm) = (&brick.device.path, observed.lvm.as_ref());
    let Some(device) = observed.devices.get(path) else {
        return Ok(Made::Nothing);
    };
    let is_ours = is_physical(device, thin);
    match (state(lvm, thin, device, is_ours), lvm) {
        (State::Wrong(what, remedy), _) => Err((what, remedy)),
        (State::Nothing, _) => Ok(Made::Nothing),
        // LVM does not see a physical volume whose wiping was interrupted; the script looks whether the device is in use.
        (State::Unknown, Some(lvm)) if lvm.group(&thin.group).is_none() => Ok(Made::Physical),
        (State::Unknown, _) | (_, None) => Err((
            format!("LVM does not tell what is on {path}, which holds the physical volume of the brick"),
            FILTERS,
        )),
        (State::Inactive | State::HalfMade(_), Some(lvm)) => match lvm.group(&thin.group) {
            None => Ok(Made::Physical),
            Some(_) => stranger(lvm, thin).map_or(Ok(Made::Group), |(what, remedy)| Err((what, remedy))),
        },
    }
}

fn is_own_volume(lvm: &Lvm, thin: &ThinVolume) -> bool {
    let is_group_ours = lvm.group(&thin.group).is_some_and(|group| group.is_tagged(&thin.tag));
    let mut volumes = lvm.volumes_of(&thin.group);
    is_group_ours && volumes.any(|volume| volume.name == VOLUME && volume.is_tagged(&thin.tag))
}

fn state(lvm: Option<&Lvm>, thin: &ThinVolume, device: &Device, is_ours: bool) -> State {
    let Some(lvm) = lvm else {
        return if is_ours { State::Unknown } else { State::Nothing };
    };
    let group = &thin.group;
    let Some(physical) = lvm.physical.iter().find(|physical| physical.uuid == thin.physical) else {
        return match (is_ours, lvm.group(group)) {
            (true, _) => State::Unknown,
            (false, Some(_)) => State::Wrong(format!("a volume group {group} is on other disks"), LEAVE),
            (false, None) => State::Nothing,
        };
    };
    if physical.number() != device.number || !is_ours {
        let what = format!(
            "the physical volume of the brick ({}) is {} now, and not the device that the inventory names",
            thin.physical, physical.device
        );
        return State::Wrong(
            what,
            "write the disk's present path into the inventory, with the brick's name: {path: …, name: …}",
        );
    }
    if physical.group.is_empty() {
        return State::HalfMade("the physical volume is there".to_owned());
    }
    if physical.group != *group || !lvm.group(group).is_some_and(|group| group.is_tagged(&thin.tag)) {
        let what = format!(
            "the physical volume of the brick is in the volume group {}, which does not have the brick's tag {}",
            physical.group, thin.tag
        );
        return State::Wrong(what, LEAVE);
    }
    if let Some(other) = lvm
        .physical
        .iter()
        .find(|other| other.group == *group && other.uuid != thin.physical)
    {
        return State::Wrong(
            format!("the volume group {group} has another physical volume, {}", other.device),
            LEAVE,
        );
    }
    in_group(lvm, thin)
}

/// How far the making has come in the brick's own volume group.
fn in_group(lvm: &Lvm, thin: &ThinVolume) -> State {
    let group = &thin.group;
    if is_own_volume(lvm, thin) {
        return State::Inactive;
    }
    match stranger(lvm, thin) {
        Some((what, remedy)) => State::Wrong(what, remedy),
        None => State::HalfMade(format!("the volume group {group} is there, and the thin volume is not")),
    }
}

/// What is to be said of a logical volume in the brick's own volume group that was not made for the brick.
fn stranger(lvm: &Lvm, thin: &ThinVolume) -> Option<(String, &'static str)> {
    let group = &thin.group;
    // When LVM makes a pool of a volume, the volume's tag goes to the pool's data.
    let is_data_ours = lvm
        .volumes_of(group)
        .any(|volume| volume.name == DATA && volume.is_tagged(&thin.tag));
    let is_ours = |volume: &LogicalVolume| {
        let is_pool = volume.name == POOL && volume.is_thin_pool() && is_data_ours;
        let is_tagged = [POOL, METADATA, VOLUME].contains(&volume.name.as_str()) && volume.is_tagged(&thin.tag);
        is_pool || is_tagged || HIDDEN.contains(&volume.name.as_str())
    };
    let other = lvm.volumes_of(group).find(|volume| !is_ours(volume))?;
    let what = format!(
        "the volume group {group} has a logical volume {} of somebody else",
        other.name
    );
    Some((what, LEAVE))
}
