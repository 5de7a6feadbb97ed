//! Mount points without what is mounted on them. Pure.

use super::sections::Sections;

/// A mount point while nothing is mounted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BareMountPoint {
    /// Files can be made in it.
    Open,
    /// It is immutable.
    Guarded,
    /// There is none, or its file system has no such flag.
    Unknown,
}

/// The flags as lsattr(1) writes them, a letter each.
pub fn parse(sections: &Sections, path: &str) -> BareMountPoint {
    match sections.value(&format!("mount {path}"), "bare") {
        None => BareMountPoint::Unknown,
        Some(flags) if flags.contains('i') => BareMountPoint::Guarded,
        Some(_) => BareMountPoint::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_read_and_nothing_is_concluded_from_silence() {
        let of = |line: &str| {
            let output = format!("\n@7 mount /data\nkind=directory\n{line}\n@7 end\n");
            parse(&Sections::split(&output, "@7").unwrap(), "/data")
        };
        // As lsattr prints them on ext4, on XFS, and on overlayfs.
        assert_eq!(of("bare=----i---------e-------"), BareMountPoint::Guarded);
        assert_eq!(of("bare=--------------e-------"), BareMountPoint::Open);
        assert_eq!(of("bare=----------------------"), BareMountPoint::Open);
        assert_eq!(of(""), BareMountPoint::Unknown);
    }
}
