//! A version of GlusterFS, as an operator asks for one.

use std::fmt;

use super::names::{Refused, name, refuse};

name!(
    /// A version of GlusterFS: `11` stands for every 11.1 and 11.2, and `11.1` for that release alone.
    GlusterVersion,
    gluster_version
);

/// Older versions lack what glusterctl relies on, and no distribution that glusterctl knows has packages of them.
const OLDEST: u16 = 9;

fn gluster_version(text: &str) -> Result<(), Refused> {
    let number = |part: &str| {
        let plain =
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        part.parse::<u16>().ok().filter(|_| plain)
    };
    let parts: Vec<Option<u16>> = text.split('.').map(number).collect();
    match parts.as_slice() {
        [Some(major)] | [Some(major), Some(_)] if *major < OLDEST => refuse(format!(
            "the oldest version of GlusterFS that can be asked for is {OLDEST}"
        )),
        [Some(_)] | [Some(_), Some(_)] => Ok(()),
        _ => refuse("a version of GlusterFS looks like 11 or 11.1"),
    }
}

impl GlusterVersion {
    /// The major number.
    #[must_use]
    pub fn major(&self) -> &str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// Whether a package of that version is what was asked for: `11.1-4build3` is 11 and 11.1, but not 11.10.
    #[must_use]
    pub fn covers(&self, version: &str) -> bool {
        let version = version.split_once(':').map_or(version, |(_, rest)| rest);
        let rest = version.strip_prefix(self.as_str());
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_stands_for_its_releases() {
        let covers = |asked: &str, version: &str| GlusterVersion::parse(asked).unwrap().covers(version);
        for version in [
            "11.1-4build3",
            "11.1",
            "11",
            "2:11.2-1",
            "11.1-ubuntu1~jammy1",
            "11.2-1.el9",
        ] {
            assert!(covers("11", version), "{version}");
        }
        assert!(covers("11.1", "11.1-4") && !covers("11.1", "11.10-1") && !covers("11.1", "11.2-1"));
        assert!(!covers("11", "10.3-5") && !covers("11", "110.1-1") && !covers("11", "1.11-1"));
        for bad in [
            "", "eleven", "v11", "11.x", "11.1.1", "3.12", "8", "11.", "011", "11-1", "latest",
        ] {
            assert!(GlusterVersion::parse(bad).is_err(), "{bad}");
        }
    }
}
