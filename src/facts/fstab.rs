//! The entries of /etc/fstab (fstab(5)). Pure.

use std::collections::BTreeMap;

use super::mountinfo::unescape;

/// The table of the mounts of a host that `glusterctl node` looks after: it lasts as long as that process.
pub const OF_NODE: &str = "/run/glusterctl/fstab";

/// One entry of fstab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FstabLine {
    /// The line as it is in the file, without its newline.
    pub text: String,
    /// What is mounted: a device, `UUID=…`, or `server:/volume`.
    pub source: String,
    /// The mount point.
    pub target: String,
    /// The file system's type.
    pub kind: String,
    /// The mount options, separated by commas.
    pub options: String,
}

/// Parses fstab: every line that mounts something at a path.
pub fn parse(text: &str) -> Vec<FstabLine> {
    // A carriage return is a part of the line, and of the line's last field.
    text.split('\n').filter_map(line).collect()
}

fn line(text: &str) -> Option<FstabLine> {
    let mut fields = text.split([' ', '\t']).filter(|field| !field.is_empty());
    let source = fields.next().filter(|source| !source.starts_with('#'))?;
    let target = unescape(fields.next()?);
    Some(FstabLine {
        text: text.to_owned(),
        source: unescape(source),
        // A trailing slash names the same directory.
        target: if target.len() > 1 {
            target.trim_end_matches('/').to_owned()
        } else {
            target
        },
        kind: fields.next()?.to_owned(),
        options: fields.next().unwrap_or_default().to_owned(),
    })
}

/// Lines of a device's number and the source that stands for the device in fstab.
pub fn devices(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines();
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs
        .map(|(number, source)| (source.to_owned(), number.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_fragments_are_no_entries() {
        let lines = parse("# /dev/x /data xfs\n\nproc\n/dev/vdb\t/data/  xfs defaults 1 2\nUUID=1 /a\\040b ext4\n");
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[0].source.as_str(), lines[0].target.as_str()),
            ("/dev/vdb", "/data")
        );
        assert_eq!(lines[0].text, "/dev/vdb\t/data/  xfs defaults 1 2");
        assert_eq!(lines[1].target, "/a b");
    }

    #[test]
    fn only_blanks_tabs_and_newlines_separate() {
        let lines = parse("/dev/vdb /data xfs defaults 0 0\r\n/dev/vdc\u{c}/a /b ext4\r/c\n");
        assert_eq!(lines[0].text, "/dev/vdb /data xfs defaults 0 0\r");
        assert_eq!((lines[1].target.as_str(), lines[1].kind.as_str()), ("/b", "ext4\r/c"));
    }
}
