//! What glusterd notes on disk about moving the files of a volume between bricks: a later run takes work up again that an
//! earlier run began. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::gluster::{self, Removal};
use super::sections::Sections;
use crate::desired::{BrickSpec, DesiredHost};

/// What one server's glusterd notes about moving the files of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moving {
    /// Why files are moved, if Gluster was asked to move any.
    pub work: Option<Work>,
    /// How far the work has come on this server.
    pub state: MovingState,
    /// The id of the work; each start of the work has another id. Empty if the work was never started.
    pub id: String,
    /// How many files this server could not move, or left where they are.
    pub left: u64,
    /// The bricks that are being emptied, as glusterd calls their files.
    leaving: BTreeSet<String>,
}

/// Why files are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// To spread the files over all bricks.
    Rebalance,
    /// To empty bricks that are being removed.
    Removal,
}

/// How far the work has come on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MovingState {
    /// The server moves nothing.
    #[default]
    Idle,
    /// The server moves files.
    Runs,
    /// The server has looked at every file.
    Completed,
    /// The work was stopped or has failed.
    Failed,
}

impl Moving {
    /// Whether the brick is being emptied.
    #[must_use]
    pub fn empties(&self, brick: &BrickSpec) -> bool {
        // glusterd writes `-` for each `/` in the names of the files that define bricks.
        let file = format!("{}:{}", brick.host, brick.dir.replace('/', "-"));
        self.leaving.contains(&file)
    }

    /// Whether any brick is being emptied.
    #[must_use]
    pub fn empties_any(&self) -> bool {
        !self.leaving.is_empty()
    }

    fn note(&mut self, key: &str, value: &str) {
        // glusterd_op_t in GlusterFS's xlators/mgmt/glusterd/src/glusterd.h: 9 remove-brick, 19 rebalance; the numbers of
        // `status` are those of gf_defrag_status_t: see `gluster/rebalance.rs`.
        match key {
            "rebalance_op" => {
                self.work = match value {
                    "9" => Some(Work::Removal),
                    "19" => Some(Work::Rebalance),
                    _ => None,
                }
            }
            "status" => {
                self.state = match value {
                    "1" | "5" => MovingState::Runs,
                    "3" => MovingState::Completed,
                    "0" => MovingState::Idle,
                    _ => MovingState::Failed,
                }
            }
            "rebalance-id" if value.contains(|digit| !matches!(digit, '0' | '-')) => value.clone_into(&mut self.id),
            "failures" | "skipped" => self.left += value.parse().unwrap_or(0),
            _ => {}
        }
    }
}

/// Parses the lines `/var/lib/glusterd/vols/VOLUME/FILE:KEY=VALUE`.
pub(super) fn parse(sections: &Sections) -> BTreeMap<String, Moving> {
    let mut volumes: BTreeMap<String, Moving> = BTreeMap::new();
    let lines = sections.text("moving").lines();
    let inside = lines.filter_map(|line| line.strip_prefix("/var/lib/glusterd/vols/")?.split_once('/'));
    for (volume, rest) in inside {
        let moving = volumes.entry(volume.to_owned()).or_default();
        if let Some(noted) = rest.strip_prefix("node_state.info:") {
            if let Some((key, value)) = noted.split_once('=') {
                moving.note(key, value);
            }
        } else if let Some(brick) = rest.strip_prefix("bricks/") {
            moving
                .leaving
                .extend(brick.strip_suffix(":decommissioned=1").map(str::to_owned));
        }
    }
    volumes
}

/// The room on a mounted file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The bytes in use.
    pub used: u64,
    /// The bytes that are free.
    pub free: u64,
}

/// Parses the lines `TARGET USED FREE` of df.
pub(super) fn rooms(sections: &Sections) -> BTreeMap<String, Room> {
    let room = |line: &str| {
        let mut words = line.split_whitespace();
        let (target, used, free) = (words.next()?, words.next()?, words.next()?);
        let (used, free) = (used.parse().ok()?, free.parse().ok()?);
        Some((target.to_owned(), Room { used, free }))
    };
    sections.text("rooms").lines().filter_map(room).collect()
}

/// How full the bricks of a self-managed host are, by mount point, as glusterd tells.
pub(super) fn rooms_of(sections: &Sections, host: &DesiredHost) -> BTreeMap<String, Room> {
    let told = gluster::brick_rooms(sections.text("brick_rooms")).unwrap_or_default();
    let room = |mount: &str| {
        let is_on = |brick: &BrickSpec| {
            let rest = brick.dir.strip_prefix(mount);
            host.host.is_known_as(&brick.host) && rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let (_, room) = told.iter().find(|(brick, _)| is_on(brick))?;
        Some((mount.to_owned(), *room))
    };
    host.brick_mounts().filter_map(room).collect()
}

/// How far removals of bricks have come, by the volume's name, as glusterd tells; only if the script asked.
pub(super) fn removals(sections: &Sections) -> BTreeMap<String, Removal> {
    let named = sections
        .names()
        .filter_map(|name| Some((name, name.strip_prefix("removal ")?)));
    let told = named.filter_map(|(name, volume)| {
        let removal = gluster::removal(sections.text(name)).ok()?;
        Some((volume.to_owned(), removal))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_glusterd_notes_is_read_volume_by_volume() {
        // As GlusterFS 10.3 writes the files, on a server with a brick that is being emptied.
        let at = "/var/lib/glusterd/vols/gv0";
        let text = format!(
            "\n@ moving\n{at}/bricks/kube4:-bricks-vdb-gv0:decommissioned=1\n{at}/node_state.info:status=1\n\
             {at}/node_state.info:rebalance_op=9\n\
             {at}/node_state.info:rebalance-id=f329c57d-d559-4944-9cdb-b8713a660d2c\n{at}/node_state.info:failures=0\n\
             {at}/node_state.info:skipped=2\n{at}1/node_state.info:status=0\n{at}1/node_state.info:rebalance_op=0\n\
             {at}1/node_state.info:rebalance-id=00000000-0000-0000-0000-000000000000\n\
             \n@ rooms\nMounted on Used Avail\n/bricks/vdb 41402368 965230592\n\n@ end\n"
        );
        let sections = Sections::split(&text, "@").unwrap();
        let volumes = parse(&sections);
        let moving = &volumes["gv0"];
        assert_eq!((moving.work, moving.state), (Some(Work::Removal), MovingState::Runs));
        assert_eq!(
            (moving.id.as_str(), moving.left),
            ("f329c57d-d559-4944-9cdb-b8713a660d2c", 2)
        );
        let brick = |host: &str| BrickSpec::parse(&format!("{host}:/bricks/vdb/gv0")).unwrap();
        assert!(moving.empties(&brick("kube4")) && !moving.empties(&brick("kube1")));
        assert_eq!(volumes["gv01"], Moving::default());
        let room = Room {
            used: 41_402_368,
            free: 965_230_592,
        };
        assert_eq!(rooms(&sections), BTreeMap::from([("/bricks/vdb".to_owned(), room)]));
    }
}
