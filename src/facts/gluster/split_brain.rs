//! The entries in split-brain, from the XML of `volume heal VOLUME info split-brain`. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::envelope::heal_bricks;
use crate::desired::BrickSpec;

/// An entry in split-brain: the bricks of a set blame each other, and no client can read the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitBrainEntry {
    /// The path inside the volume, or `gfid:…` if no brick tells the path. Both are words that
    /// `volume heal VOLUME split-brain` takes.
    pub name: String,
    /// The bricks that list the entry.
    pub bricks: Vec<BrickSpec>,
}

#[derive(Deserialize)]
struct HealBrick {
    name: String,
    #[serde(default)]
    file: Vec<FileXml>,
}

#[derive(Deserialize)]
struct FileXml {
    #[serde(rename = "@gfid", default)]
    gfid: String,
    #[serde(rename = "$text", default)]
    name: String,
}

/// Parses `volume heal VOLUME info split-brain`: an entry that several bricks list is one entry. A brick often knows only
/// the gfid of an entry, and another brick knows the path.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn split_brain(text: &str) -> Result<Vec<SplitBrainEntry>, String> {
    let mut entries: BTreeMap<String, SplitBrainEntry> = BTreeMap::new();
    for brick in heal_bricks::<HealBrick>(text, "heal info split-brain")? {
        let Some(spec) = BrickSpec::parse(&brick.name) else {
            continue;
        };
        for file in brick.file {
            let key = if file.gfid.is_empty() { &file.name } else { &file.gfid };
            let entry = entries.entry(key.clone()).or_insert_with(|| SplitBrainEntry {
                name: format!("gfid:{}", file.gfid),
                bricks: Vec::new(),
            });
            if file.name.starts_with('/') {
                entry.name = file.name;
            }
            if !entry.bricks.contains(&spec) {
                entry.bricks.push(spec.clone());
            }
        }
    }
    let mut entries: Vec<SplitBrainEntry> = entries.into_values().collect();
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn an_entry_has_the_path_that_any_brick_knows_and_is_one_entry() {
        let entries = split_brain(captured!("volume-heal-info-splitbrain.xml")).unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["/f", "/g"]);
        let bricks: Vec<String> = entries[0].bricks.iter().map(ToString::to_string).collect();
        assert_eq!(bricks, ["n1:/bricks/b1/gvs", "n2:/bricks/b1/gvs"]);
        // Of names that stand for different files on the bricks, Gluster lists the directory.
        let names = split_brain(captured!("volume-heal-info-splitbrain-names.xml")).unwrap();
        let names: Vec<&str> = names.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["/", "/d", "/m"]);
        assert_eq!(
            split_brain(captured!("volume-heal-split-brain-clean.xml")),
            Ok(Vec::new())
        );
    }
}
