//! What a block device is and holds, from the device itself. Pure.

use super::sections::Sections;

/// One device path of the inventory, as the host sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What is at the path.
    pub kind: DeviceKind,
    /// Its number, `major:minor`; empty unless it is a block device.
    pub number: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// It cannot be written.
    pub read_only: bool,
    /// It is itself a partition of a disk.
    pub is_partition: bool,
    /// The partitions that the kernel sees on it.
    pub partitions: Vec<String>,
    /// What is stacked on it: device-mapper, md, bcache devices.
    pub holders: Vec<String>,
    /// What it holds.
    pub content: Content,
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

/// What a device holds. Anything not understood counts as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// No signature that blkid or wipefs knows, and zeros wherever it was read: start, end, and spread over the whole.
    Zeros,
    /// A file system or another single signature, with its UUID if it has one.
    Signature {
        /// As blkid names it: `xfs`, `ext4`, `LVM2_member`, …
        kind: String,
        /// In the signature's own notation.
        uuid: String,
    },
    /// Other signatures, for example a partition table or several at once.
    Signatures(Vec<String>),
    /// No known signature, but not empty.
    Data,
    /// It could not be read.
    Unreadable,
}

/// Parses the section of the device at `path`.
pub fn parse(sections: &Sections, path: &str) -> Device {
    let name = format!("device {path}");
    let value = |key: &str| sections.value(&name, key).unwrap_or_default();
    let all = |key: &str| -> Vec<String> {
        sections
            .pairs(&name)
            .filter(|(found, _)| *found == key)
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    Device {
        kind: match value("kind") {
            "block" => DeviceKind::Block,
            "directory" => DeviceKind::Directory,
            "missing" => DeviceKind::Missing,
            _ => DeviceKind::Other,
        },
        number: value("number").to_owned(),
        bytes: value("bytes").parse().unwrap_or(0),
        read_only: value("read_only") != "0",
        is_partition: !value("partition").is_empty(),
        partitions: all("has_partition"),
        holders: all("holder"),
        content: content(
            value("type"),
            value("uuid"),
            value("table"),
            all("signature"),
            value("data"),
        ),
    }
}

fn content(kind: &str, uuid: &str, table: &str, mut signatures: Vec<String>, data: &str) -> Content {
    signatures.sort();
    signatures.dedup();
    if !kind.is_empty() && table.is_empty() && signatures.iter().all(|other| other == kind) {
        return Content::Signature {
            kind: kind.to_owned(),
            uuid: uuid.to_owned(),
        };
    }
    for seen in [kind, table] {
        if !seen.is_empty() && !signatures.iter().any(|other| other == seen) {
            signatures.push(seen.to_owned());
        }
    }
    match (signatures.is_empty(), data) {
        (false, _) => Content::Signatures(signatures),
        (true, "no") => Content::Zeros,
        (true, "yes") => Content::Data,
        (true, _) => Content::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(lines: &str) -> Device {
        let output = format!("\n@ device /dev/vdb\n{lines}\n@ end\n");
        parse(&Sections::split(&output, "@").unwrap(), "/dev/vdb")
    }

    #[test]
    fn what_was_not_looked_at_is_not_blank() {
        assert_eq!(
            device("kind=block\nbytes=1\nread_only=0\n").content,
            Content::Unreadable
        );
        assert!(device("kind=block\n").read_only);
        assert_eq!(device("").kind, DeviceKind::Other);
        assert_eq!(device("kind=block\nblkid_status=2\ndata=no\n").content, Content::Zeros);
        assert_eq!(device("kind=block\nblkid_status=2\ndata=yes\n").content, Content::Data);
    }

    #[test]
    fn a_backup_partition_table_alone_is_seen() {
        // blkid says nothing, wipefs does (measured).
        let device = device("kind=block\nblkid_status=2\nsignature=gpt\ndata=no\n");
        assert_eq!(device.content, Content::Signatures(vec!["gpt".into()]));
    }

    #[test]
    fn one_file_system_is_told_from_several() {
        let one = device("kind=block\ntype=xfs\nuuid=abc\nsignature=xfs\n");
        assert_eq!(
            one.content,
            Content::Signature {
                kind: "xfs".into(),
                uuid: "abc".into()
            }
        );
        let two = device("kind=block\ntype=xfs\nuuid=abc\nsignature=xfs\nsignature=ext4\n");
        assert_eq!(two.content, Content::Signatures(vec!["ext4".into(), "xfs".into()]));
        let table = device("kind=block\ntable=gpt\nsignature=gpt\nsignature=PMBR\n");
        assert_eq!(table.content, Content::Signatures(vec!["PMBR".into(), "gpt".into()]));
    }
}
