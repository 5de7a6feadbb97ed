//! Entries in split-brain, and the ways out of which the operator chooses one: each way out throws away what a brick
//! holds. Pure.

use serde::Serialize;

use crate::facts::{SplitBrainEntry, VolumeInfo};
use crate::inventory::VolumeType;
use crate::shell;

/// How many entries are listed with their ways out; all entries are counted.
const LISTED: usize = 100;

/// The entries of a volume that are in split-brain.
#[derive(Debug, Default, Serialize)]
pub struct SplitBrain {
    /// How many entries are in split-brain.
    pub entries: u64,
    /// The first entries, at most a hundred.
    pub files: Vec<SplitBrainFile>,
}

/// An entry in split-brain.
#[derive(Debug, Serialize)]
pub struct SplitBrainFile {
    /// The path inside the volume, or `gfid:…` if no brick tells the path.
    pub name: String,
    /// The bricks that list the entry.
    pub bricks: Vec<String>,
    /// The commands that end the split-brain, each with another choice of what is kept; none for the volume's root, whose
    /// entries the commands are for.
    pub ways_out: Vec<String>,
}

impl SplitBrain {
    /// The entries of a volume.
    pub(super) fn of(info: &VolumeInfo, entries: &[SplitBrainEntry]) -> Self {
        let file = |entry: &SplitBrainEntry| SplitBrainFile {
            name: entry.name.clone(),
            bricks: entry.bricks.iter().map(ToString::to_string).collect(),
            ways_out: ways_out(info, entry),
        };
        SplitBrain {
            entries: entries.len() as u64,
            files: entries.iter().take(LISTED).map(file).collect(),
        }
    }
}

/// What has to be known about the commands, for people (measured with GlusterFS 10.3).
pub(super) const NOTE: &str = "\
  Gluster refuses a command that does not fit: bigger-file and latest-mtime are for the content of files, and what is
  split about the attributes of a file or a directory needs source-brick. A directory is listed, too, while a name in it
  stands for one file on one brick and for another file on another: the commands then take that name, of which ls says
  Input/output error where the volume is mounted. Look at the copies on the bricks before one is dropped.
";

/// The commands: by size, by time, or each brick of the set as the source. An arbiter holds no content and is no source.
/// Of the volume's root, Gluster refuses every command: the commands are for the names in it.
fn ways_out(info: &VolumeInfo, entry: &SplitBrainEntry) -> Vec<String> {
    if !matches!(info.volume_type, VolumeType::Replicate { .. }) || entry.name == "/" {
        return Vec::new();
    }
    let command = |words: &[&str]| {
        let words = [&["gluster", "volume", "heal", info.name.as_str(), "split-brain"], words].concat();
        shell::words(words)
    };
    let name = entry.name.as_str();
    let mut ways = vec![command(&["bigger-file", name]), command(&["latest-mtime", name])];
    let sets = info.sets().into_iter();
    let sets = sets.filter(|set| set.iter().any(|brick| entry.bricks.contains(brick)));
    for set in sets {
        let data = set.len().saturating_sub(info.volume_type.arbiters());
        let sources = set[..data].iter().map(ToString::to_string);
        ways.extend(sources.map(|source| command(&["source-brick", &source, name])));
    }
    ways
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::desired::BrickSpec;
    use crate::facts::VolumeId;

    #[test]
    fn the_ways_out_are_commands_and_an_arbiter_is_no_source() {
        let brick = |host: &str| BrickSpec::parse(&format!("{host}:/b/gv0")).unwrap();
        let info = VolumeInfo {
            name: "gv0".into(),
            id: VolumeId::new("1"),
            started: true,
            volume_type: VolumeType::Replicate { replica: 3, arbiter: 1 },
            bricks: ["a", "b", "c", "d", "e", "f"].map(brick).into(),
            brick_hosts: Vec::new(),
            options: BTreeMap::new(),
        };
        let entry = SplitBrainEntry {
            name: "/it's".into(),
            bricks: vec![brick("d")],
        };
        let found = SplitBrain::of(&info, &[entry]);
        assert_eq!(found.entries, 1);
        let ways: Vec<&str> = found.files[0].ways_out.iter().map(String::as_str).collect();
        let root = SplitBrainEntry {
            name: "/".into(),
            bricks: vec![brick("a")],
        };
        assert!(ways_out(&info, &root).is_empty(), "Gluster refuses them all");
        let begin = "gluster volume heal gv0 split-brain";
        let name = shell::quote("/it's");
        assert_eq!(
            ways,
            [
                format!("{begin} bigger-file {name}"),
                format!("{begin} latest-mtime {name}"),
                format!("{begin} source-brick 'd:/b/gv0' {name}"),
                format!("{begin} source-brick 'e:/b/gv0' {name}"),
            ]
        );
    }
}
