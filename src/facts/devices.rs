//! Block devices: what each device is and holds, parsed from what `templates/devices.sh` prints. Pure.

use super::sections::Sections;

/// A path on a host, and the block device at the path. All fields but `kind` are empty unless there is a block device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What is at the path.
    pub kind: DeviceKind,
    /// The kernel's name for the device, for example `vdb`.
    pub name: String,
    /// The device's number, `major:minor`.
    pub number: String,
    /// The device's size in bytes.
    pub bytes: u64,
    /// The device cannot be written.
    pub read_only: bool,
    /// The device's medium can be taken out.
    pub removable: bool,
    /// The device is a CD or DVD drive.
    pub optical: bool,
    /// For a partition, the kernel's name for its disk.
    pub partition_of: Option<String>,
    /// The partitions that the kernel sees on the device.
    pub partitions: Vec<Partition>,
    /// The device-mapper, md and bcache devices that are stacked on the device or on its partitions.
    pub holders: Vec<Holder>,
    /// The kernel's names of the device and of its partitions, as far as they are used for swap.
    pub swaps: Vec<String>,
    /// What tells the disk from another disk: a file of sysfs and its content, for example `serial 8a7f`. Empty if
    /// unknown.
    pub identity: String,
    /// The manufacturer's name for the model; empty if unknown.
    pub model: String,
    /// For a device-mapper device, its name below /dev/mapper.
    pub mapper_name: Option<String>,
    /// Whether anybody uses the device.
    pub in_use: InUse,
    /// What the device holds.
    pub content: Content,
}

/// A partition of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The kernel's name for the partition.
    pub name: String,
    /// The partition's number, `major:minor`.
    pub number: String,
}

/// A device that is stacked on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The kernel's name for the stacked device, for example `dm-0`.
    pub name: String,
    /// For a device-mapper device, its device-mapper UUID, which begins with the subsystem (`LVM-`, `mpath-`,
    /// `CRYPT-`), and its device-mapper name.
    pub mapper: String,
}

/// What is at a device path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// A block device.
    Block,
    /// Nothing.
    Missing,
    /// A directory.
    Directory,
    /// Some other file.
    Other,
}

/// Whether an exclusive open of the device succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InUse {
    /// The open succeeded: nobody claims the device.
    No,
    /// The open failed: somebody claims the device, in whatever namespace.
    Yes,
    /// The open was not tried, or failed for another reason.
    Unknown(String),
}

/// What a device holds. Content that is not understood counts as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// No signature that blkid or wipefs knows, and zeros wherever the device was read: start, end, and places in
    /// between.
    Zeros,
    /// Signatures that blkid or wipefs knows.
    Known(Known),
    /// No known signature, but not empty.
    Data,
    /// The device could not be read, or blkid or wipefs failed; why.
    Unreadable(String),
}

/// What blkid and wipefs say about a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// The kind of content in blkid's words: `xfs`, `ext4`, `LVM2_member`, …; empty if blkid found none, or several.
    pub kind: String,
    /// The UUID, in the signature's own notation.
    pub uuid: String,
    /// The label, as blkid prints labels.
    pub label: String,
    /// The kind of partition table: `gpt`, `dos`, …
    pub table: String,
    /// The partition table's own UUID.
    pub table_uuid: String,
    /// For XFS, whether mkfs.xfs never finished.
    pub unfinished: bool,
    /// Every signature as `offset,kind,uuid`, then the partition table's own UUID: this list stays the same while
    /// nobody changes a signature.
    pub signatures: Vec<String>,
}

impl Device {
    /// A path without a block device.
    fn no_device(kind: DeviceKind) -> Self {
        Device {
            kind,
            name: String::new(),
            number: String::new(),
            bytes: 0,
            read_only: true,
            removable: false,
            optical: false,
            partition_of: None,
            partitions: Vec::new(),
            holders: Vec::new(),
            swaps: Vec::new(),
            identity: String::new(),
            model: String::new(),
            mapper_name: None,
            in_use: InUse::Unknown(String::new()),
            content: Content::Unreadable(String::new()),
        }
    }

    /// The UUID of the XFS file system, if the device holds one and nothing else.
    #[must_use]
    pub fn xfs(&self) -> Option<&str> {
        match &self.content {
            Content::Known(known) if known.is_only("xfs") => Some(&known.uuid),
            _ => None,
        }
    }
}

impl Known {
    /// Whether the device holds content of that kind, and nothing else.
    fn is_only(&self, kind: &str) -> bool {
        let is_of_kind = |signature: &String| signature.split(',').nth(1) == Some(kind);
        self.kind == kind && self.table.is_empty() && self.signatures.iter().all(is_of_kind)
    }

    /// The kinds of everything that the device holds, each once.
    #[must_use]
    pub fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Vec::new();
        let signatures = self
            .signatures
            .iter()
            .filter_map(|signature| signature.split(',').nth(1));
        for kind in [self.kind.as_str(), self.table.as_str()].into_iter().chain(signatures) {
            if !kind.is_empty() && !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }
}

/// Parses a device from the section of that name.
pub fn parse(sections: &Sections, section: &str) -> Device {
    let value = |key: &str| sections.value(section, key).unwrap_or_default();
    let all = |key: &str| -> Vec<String> {
        let pairs = sections.pairs(section).filter(|(found, _)| *found == key);
        pairs.map(|(_, value)| value.to_owned()).collect()
    };
    match value("kind") {
        "block" => {}
        "directory" => return Device::no_device(DeviceKind::Directory),
        "missing" => return Device::no_device(DeviceKind::Missing),
        _ => return Device::no_device(DeviceKind::Other),
    }
    let optional = |key: &str| Some(value(key).to_owned()).filter(|text| !text.is_empty());
    let pair = |text: String| {
        let (first, second) = text.split_once(' ').unwrap_or((&text, ""));
        (first.to_owned(), second.trim().to_owned())
    };
    Device {
        kind: DeviceKind::Block,
        name: value("name").to_owned(),
        number: value("number").to_owned(),
        bytes: value("bytes").parse().unwrap_or(0),
        read_only: value("read_only") != "0",
        removable: value("removable") != "0",
        optical: !value("optical").is_empty(),
        partition_of: optional("partition_of"),
        partitions: all("has_partition")
            .into_iter()
            .map(pair)
            .map(|(name, number)| Partition { name, number })
            .collect(),
        holders: all("holder")
            .into_iter()
            .map(pair)
            .map(|(name, mapper)| Holder { name, mapper })
            .collect(),
        swaps: all("swap"),
        identity: value("identity").to_owned(),
        model: value("model").trim().to_owned(),
        mapper_name: optional("dm_name"),
        in_use: match value("in_use") {
            "no" => InUse::No,
            "yes" => InUse::Yes,
            "" => InUse::Unknown("no answer".into()),
            why => InUse::Unknown(why.to_owned()),
        },
        content: content(&value, all("signature")),
    }
}

fn content<'a>(value: &impl Fn(&str) -> &'a str, mut signatures: Vec<String>) -> Content {
    // 0: a signature was found; 2: none was found; 8: several signatures contradict each other (blkid(8), "EXIT
    // CODES").
    let blkid = value("blkid_status");
    if !["0", "2", "8"].contains(&blkid) {
        return Content::Unreadable("blkid failed".into());
    }
    let table_uuid = value("table_uuid");
    if !table_uuid.is_empty() {
        signatures.push(table_uuid.to_owned());
    }
    let known = Known {
        kind: value("type").to_owned(),
        uuid: value("uuid").to_owned(),
        label: value("label").to_owned(),
        table: value("table").to_owned(),
        table_uuid: table_uuid.to_owned(),
        unfinished: value("in_progress") == "1",
        signatures,
    };
    let wipefs = value("wipefs_status");
    // devices.sh does not run wipefs on a brick of this host.
    if !known.kind.is_empty() && wipefs.is_empty() {
        return Content::Known(known);
    }
    if wipefs != "0" {
        return Content::Unreadable("wipefs failed".into());
    }
    if blkid != "2" || !known.kinds().is_empty() || !known.signatures.is_empty() {
        return Content::Known(known);
    }
    match value("zeros") {
        "yes" => Content::Zeros,
        "no" => Content::Data,
        _ => Content::Unreadable("reading the device failed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(lines: &str) -> Device {
        let output = format!("\n@ device /dev/vdb\n{lines}\n@ end\n");
        parse(&Sections::split(&output, "@").unwrap(), "device /dev/vdb")
    }

    const EMPTY: &str = "kind=block\nblkid_status=2\nwipefs_status=0\n";

    #[test]
    fn what_was_not_looked_at_is_neither_blank_nor_free() {
        let device_of_no_answer = device("kind=block\n");
        assert!(device_of_no_answer.read_only && device_of_no_answer.removable);
        assert_eq!(device_of_no_answer.in_use, InUse::Unknown("no answer".into()));
        assert_eq!(device("").kind, DeviceKind::Other);
        for (lines, content) in [
            ("kind=block\n", Content::Unreadable("blkid failed".into())),
            (
                "kind=block\nblkid_status=2\nzeros=yes\n",
                Content::Unreadable("wipefs failed".into()),
            ),
            (
                "kind=block\nblkid_status=127\nwipefs_status=0\nzeros=yes\n",
                Content::Unreadable("blkid failed".into()),
            ),
            (EMPTY, Content::Unreadable("reading the device failed".into())),
            (
                &format!("{EMPTY}zeros=unreadable\n"),
                Content::Unreadable("reading the device failed".into()),
            ),
            (&format!("{EMPTY}zeros=no\n"), Content::Data),
            (&format!("{EMPTY}zeros=yes\n"), Content::Zeros),
        ] {
            assert_eq!(device(lines).content, content, "{lines}");
        }
    }

    #[test]
    fn a_backup_partition_table_alone_is_seen() {
        // blkid says nothing, wipefs does (measured).
        let device = device(&format!("{EMPTY}signature=0x18fffe00,gpt,\nzeros=yes\n"));
        let Content::Known(known) = &device.content else {
            panic!("{device:?}")
        };
        assert_eq!(known.kinds(), ["gpt"]);
    }

    #[test]
    fn contradicting_signatures_are_known_content() {
        let device = device("kind=block\nblkid_status=8\nwipefs_status=0\nzeros=yes\n");
        assert_eq!(device.content, Content::Known(Known::default()));
    }

    #[test]
    fn one_file_system_is_told_from_several() {
        let found = "kind=block\nblkid_status=0\nwipefs_status=0\n";
        let one = device(&format!("{found}type=xfs\nuuid=abc\nsignature=0x0,xfs,abc\n"));
        assert_eq!(one.xfs(), Some("abc"));
        let two = device(&format!(
            "{found}type=xfs\nuuid=abc\nsignature=0x0,xfs,abc\nsignature=0x438,ext4,d\n"
        ));
        assert_eq!(two.xfs(), None);
        let table = device(&format!(
            "{found}type=xfs\nuuid=abc\ntable=gpt\ntable_uuid=def\nsignature=0x0,xfs,abc\n"
        ));
        assert_eq!(table.xfs(), None);
        let Content::Known(known) = &table.content else {
            panic!("{table:?}")
        };
        assert_eq!(known.kinds(), ["xfs", "gpt"]);
        assert_eq!(known.signatures, ["0x0,xfs,abc", "def"]);
    }

    #[test]
    fn partitions_and_holders_are_named() {
        let device =
            device("kind=block\nhas_partition=vdb1 254:17\nholder=dm-0 LVM-x vg-lv\nholder=bcache\nholder=md0 \n");
        assert_eq!(device.partitions[0].number, "254:17");
        let holders: Vec<(&str, &str)> = device
            .holders
            .iter()
            .map(|holder| (holder.name.as_str(), holder.mapper.as_str()))
            .collect();
        assert_eq!(holders, [("dm-0", "LVM-x vg-lv"), ("bcache", ""), ("md0", "")]);
    }
}
