//! The names of Gluster's snapshots.

use std::fmt;

use super::names::{Refused, name, refuse};

name!(
    /// A snapshot's name, as Gluster takes the name: letters, digits, `-` and `_`.
    SnapshotName,
    snapshot_name
);

// GlusterFS: cli_snap_create_parse checks the length, and glusterd takes the characters of a volume's name.
fn snapshot_name(text: &str) -> Result<(), Refused> {
    const MAX: usize = 255;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > MAX {
        return refuse(format!("a snapshot's name has 1 to {MAX} characters"));
    }
    if !text.chars().all(allowed) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return refuse("a snapshot's name consists of letters, digits, '-' and '_', and begins with a letter or digit");
    }
    match text {
        "all" | "volume" => refuse(format!(
            "`{text}` is a word of Gluster's own commands; choose another name"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshots_name_is_no_word_of_gluster() {
        for good in ["nightly", "before-9_2", "2026-11-26", &"a".repeat(255)] {
            assert!(SnapshotName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "all", "volume", "-a", "a b", "a.b", "a/b", "$(x)", &"a".repeat(256)] {
            assert!(SnapshotName::parse(bad).is_err(), "{bad}");
        }
    }
}
