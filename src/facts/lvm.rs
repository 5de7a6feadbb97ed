//! What LVM says about itself: the JSON of pvs, vgs and lvs (lvmreport(7), `--reportformat json`). Pure.

use serde::Deserialize;

use super::sections::Sections;

/// What LVM knows on a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lvm {
    /// The physical volumes.
    pub physical: Vec<PhysicalVolume>,
    /// The volume groups.
    pub groups: Vec<VolumeGroup>,
    /// The logical volumes of all groups, also those that LVM hides: their names are in brackets.
    pub volumes: Vec<LogicalVolume>,
}

/// A physical volume: a device that LVM uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PhysicalVolume {
    /// The UUID, in LVM's notation.
    #[serde(rename = "pv_uuid")]
    pub uuid: String,
    /// The device; `[unknown]` if the device is missing.
    #[serde(rename = "pv_name")]
    pub device: String,
    /// The volume group; empty if the physical volume is in no group.
    #[serde(rename = "vg_name")]
    pub group: String,
    #[serde(rename = "pv_major")]
    major: String,
    #[serde(rename = "pv_minor")]
    minor: String,
}

/// A volume group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VolumeGroup {
    /// The name.
    #[serde(rename = "vg_name")]
    pub name: String,
    #[serde(rename = "vg_tags")]
    tags: String,
}

/// A logical volume.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogicalVolume {
    /// The volume group.
    #[serde(rename = "vg_name")]
    pub group: String,
    /// The name, in brackets if LVM hides the volume.
    #[serde(rename = "lv_name")]
    pub name: String,
    #[serde(rename = "lv_tags")]
    tags: String,
    #[serde(rename = "lv_layout")]
    layout: String,
    /// The volume that this volume is a snapshot of; empty if none.
    pub origin: String,
    data_percent: String,
    metadata_percent: String,
}

impl PhysicalVolume {
    /// The number of the device, `major:minor`.
    #[must_use]
    pub fn number(&self) -> String {
        format!("{}:{}", self.major, self.minor)
    }
}

impl VolumeGroup {
    /// Whether the group has the tag.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        has(&self.tags, tag)
    }
}

impl LogicalVolume {
    /// Whether the volume has the tag.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        has(&self.tags, tag)
    }

    /// Whether the volume is a thin pool.
    #[must_use]
    pub fn is_thin_pool(&self) -> bool {
        has(&self.layout, "thin") && has(&self.layout, "pool")
    }

    /// How much of a pool's data is used, in percent; none if LVM does not say, as while the pool is not active.
    #[must_use]
    pub fn data_percent(&self) -> Option<f64> {
        self.data_percent.parse().ok()
    }

    /// How much of a pool's metadata is used, in percent; none if LVM does not say.
    #[must_use]
    pub fn metadata_percent(&self) -> Option<f64> {
        self.metadata_percent.parse().ok()
    }
}

impl Lvm {
    /// The volume group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&VolumeGroup> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The logical volumes of a group.
    pub fn volumes_of<'l>(&'l self, group: &'l str) -> impl Iterator<Item = &'l LogicalVolume> {
        self.volumes.iter().filter(move |volume| volume.group == group)
    }
}

/// LVM writes lists with commas.
fn has(list: &str, word: &str) -> bool {
    list.split(',').any(|item| item == word)
}

#[derive(Deserialize)]
struct Report {
    report: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    pv: Vec<PhysicalVolume>,
    #[serde(default)]
    vg: Vec<VolumeGroup>,
    #[serde(default)]
    lv: Vec<LogicalVolume>,
}

/// Parses what the three commands printed; none if one of them did not answer or answered something else.
pub fn parse(sections: &Sections) -> Option<Lvm> {
    let part = |name: &str| -> Option<Part> {
        let report: Report = serde_json::from_str(sections.get(name)?).ok()?;
        report.report.into_iter().next()
    };
    Some(Lvm {
        physical: part("lvm pvs")?.pv,
        groups: part("lvm vgs")?.vg,
        volumes: part("lvm lvs")?.lv,
    })
}
