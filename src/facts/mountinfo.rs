//! What is mounted: /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure.

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The device's number, `major:minor`.
    pub number: String,
    /// Where it is mounted.
    pub target: String,
    /// The file system's type, for example `xfs` or `fuse.glusterfs`.
    pub kind: String,
    /// What is mounted, for example `/dev/vdb` or `localhost:/gv0`.
    pub source: String,
}

/// Parses mountinfo; where several are mounted on one target, the last one is what is seen there.
pub fn parse(text: &str) -> Vec<Mounted> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Mounted> {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ').skip(2);
    let mut right = right.split(' ');
    Some(Mounted {
        number: left.next()?.to_owned(),
        target: unescape(left.nth(1)?),
        kind: right.next()?.to_owned(),
        source: unescape(right.next()?),
    })
}

/// Undoes the kernel's `\040` for space, tab, newline and backslash. Also used by fstab(5).
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
        let mounted = parse(text);
        assert_eq!(mounted.len(), 2);
        assert_eq!(mounted[0].target, "/mnt 2");
        assert_eq!(mounted[0].number, "98:0");
        assert_eq!(mounted[1].source, "localhost:/gv0");
        assert_eq!(mounted[1].kind, "fuse.glusterfs");
    }

    #[test]
    fn odd_backslashes_stay() {
        assert_eq!(unescape("a\\"), "a\\");
        assert_eq!(unescape("a\\09"), "a\\09");
        assert_eq!(unescape("\\134x\\777"), "\\x\\777");
    }
}
