//! The mounted file systems, from /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure.

use crate::inventory::VolumeName;

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The device's number, `major:minor`.
    pub number: String,
    /// The mount point.
    pub target: String,
    /// The file system's type, for example `xfs` or `fuse.glusterfs`.
    pub kind: String,
    /// What is mounted, for example `/dev/vdb` or `localhost:/gv0`.
    pub source: String,
    /// Whether nothing can be written there: the mount or the file system is read-only.
    pub read_only: bool,
}

impl Mounted {
    /// Whether the volume is what is mounted, from whichever server.
    #[must_use]
    pub fn is_of_volume(&self, volume: &VolumeName) -> bool {
        self.is_of(volume.as_str())
    }

    /// Whether the volume of that name is what is mounted; mount.glusterfs takes the name with a slash and without.
    #[must_use]
    pub fn is_of(&self, volume: &str) -> bool {
        let named = self.source.rsplit_once(':').map(|(_, named)| named);
        named.is_some_and(|named| named.strip_prefix('/').unwrap_or(named) == volume)
    }
}

/// Parses mountinfo. Of several file systems on one mount point, the last is seen. `sources` has the numbers of the
/// device nodes that file systems are mounted from: mountinfo shows a number that is no device's for some file systems
/// (btrfs).
pub fn parse(text: &str, sources: &str) -> Vec<Mounted> {
    let mut mounted: Vec<Mounted> = text.lines().filter_map(line).collect();
    let sources = nodes(sources);
    for mount in mounted.iter_mut().filter(|mount| mount.number.starts_with("0:")) {
        if let Some((number, _)) = sources.iter().find(|(_, path)| *path == mount.source) {
            mount.number.clone_from(number);
        }
    }
    mounted
}

/// Parses device nodes from what stat(1) prints for `%t:%T %n`: each node's number in decimal, and its path.
pub fn nodes(text: &str) -> Vec<(String, &str)> {
    let node = |line: &'_ str| -> Option<String> {
        let (major, minor) = line.split_once(' ')?.0.split_once(':')?;
        let hex = |digits| u32::from_str_radix(digits, 16).ok();
        Some(format!("{}:{}", hex(major)?, hex(minor)?))
    };
    text.lines()
        .filter_map(|line| Some((node(line)?, line.split_once(' ')?.1)))
        .collect()
}

fn line(line: &str) -> Option<Mounted> {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ').skip(2);
    let mut right = right.split(' ');
    let is_read_only = |options: &str| options.split(',').any(|option| option == "ro");
    Some(Mounted {
        number: left.next()?.to_owned(),
        target: unescape(left.nth(1)?),
        kind: right.next()?.to_owned(),
        source: unescape(right.next()?),
        read_only: left.next().is_some_and(is_read_only) || right.next().is_some_and(is_read_only),
    })
}

/// Undoes the kernel's octal escapes (`\040`) of space, tab, newline and backslash, which fstab(5) has, too.
pub fn unescape(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let mut rest = field;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let octal = rest
            .get(at + 1..at + 4)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        match octal.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) if byte.is_ascii() => {
                plain.push(char::from(byte));
                rest = &rest[at + 4..];
            }
            _ => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountinfo_lines_are_read() {
        let text = "36 35 98:0 / /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw\n\
                    72 35 0:51 / /data rw - fuse.glusterfs localhost:/gv0 rw,user_id=0\nnonsense\n";
        let mounted = parse(text, "");
        assert_eq!(mounted.len(), 2);
        assert_eq!(mounted[0].target, "/mnt 2");
        assert_eq!(mounted[0].number, "98:0");
        assert_eq!(mounted[1].source, "localhost:/gv0");
        assert_eq!(mounted[1].kind, "fuse.glusterfs");
    }

    #[test]
    fn a_mount_without_a_number_gets_that_of_its_device() {
        let text = "36 35 0:40 / /srv rw - btrfs /dev/vdc rw\n37 35 254:1 / /x rw - xfs /dev/vdd rw\n";
        let mounted = parse(text, "fe:20 /dev/vdc\nfe:30 /dev/vdd\n");
        assert_eq!(
            [mounted[0].number.as_str(), mounted[1].number.as_str()],
            ["254:32", "254:1"]
        );
    }

    #[test]
    fn odd_backslashes_stay() {
        assert_eq!(unescape("a\\"), "a\\");
        assert_eq!(unescape("a\\09"), "a\\09");
        assert_eq!(unescape("\\134x\\777"), "\\x\\777");
    }
}
