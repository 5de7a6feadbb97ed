//! Whether the sets of a volume serve their clients, and the one word for the state of a volume. Pure.

use serde::Serialize;

use crate::facts::VolumeInfo;
use crate::inventory::VolumeType;

/// The state of a volume in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VolumeState {
    /// All data can be read and written, every brick is online, and nothing is left to heal.
    Healthy,
    /// All data can be read and written, but a brick is not reached or entries are left to heal.
    Degraded,
    /// Some data cannot be read or written: a set does not serve, or entries are in split-brain.
    Partial,
    /// No data can be read or written: the volume does not exist, is not started, or no set serves.
    Down,
    /// Which of these it is, no host and no server told.
    Unknown,
}

impl VolumeState {
    /// All states, from the best to the worst, and then the unknown one.
    pub const ALL: [VolumeState; 5] = [
        VolumeState::Healthy,
        VolumeState::Degraded,
        VolumeState::Partial,
        VolumeState::Down,
        VolumeState::Unknown,
    ];

    /// The word, as in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            VolumeState::Healthy => "healthy",
            VolumeState::Degraded => "degraded",
            VolumeState::Partial => "partial",
            VolumeState::Down => "down",
            VolumeState::Unknown => "unknown",
        }
    }
}

/// What decides how many bricks of a set have to be up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuorumType {
    /// More than half of the replicas; of an even number, half suffices if the first brick is among them.
    Auto,
    /// As many replicas as `cluster.quorum-count` says.
    Fixed,
    /// One replica suffices, whatever the others are: copies can diverge.
    None,
    /// The type of the volume decides: a distributed file is on one brick, a dispersed file needs its data bricks.
    Layout,
}

/// How many bricks of a set have to be up so that clients can read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quorum {
    /// What decides.
    pub r#type: QuorumType,
    /// How many bricks of a set have to be up.
    pub needed: usize,
    /// How many bricks a set has.
    pub of: usize,
    /// Whether glusterd stops its bricks while the glusterd has lost most of its peers (`cluster.server-quorum-type`).
    pub server: bool,
    /// The arbiters among the bricks of a set.
    #[serde(skip)]
    arbiters: usize,
}

impl Quorum {
    /// The quorum of a volume, from its type and its options. Options that are not set have GlusterFS's defaults.
    #[must_use]
    pub fn of(info: &VolumeInfo) -> Self {
        let option = |key: &str| info.options.get(key).map(String::as_str);
        let of = info.volume_type.set_size();
        let (kind, needed) = match info.volume_type {
            VolumeType::Distribute => (QuorumType::Layout, 1),
            VolumeType::Disperse { data, .. } => (QuorumType::Layout, data),
            VolumeType::Replicate { replica, .. } => match option("cluster.quorum-type") {
                Some("none") => (QuorumType::None, 1),
                Some("fixed") => {
                    let count = option("cluster.quorum-count").and_then(|count| count.parse().ok());
                    (QuorumType::Fixed, count.unwrap_or(1))
                }
                None if replica < 3 => (QuorumType::None, 1),
                _ => (QuorumType::Auto, replica.div_ceil(2)),
            },
        };
        let needed = match kind {
            QuorumType::Auto if of % 2 == 1 => of / 2 + 1,
            _ => needed,
        };
        Quorum {
            r#type: kind,
            needed,
            of,
            server: option("cluster.server-quorum-type") == Some("server"),
            arbiters: info.volume_type.arbiters(),
        }
    }

    /// Whether a set serves whose bricks are up or not, in Gluster's order. While too few replicas are up, clients get
    /// errors for reads as well as for writes.
    fn is_met(&self, up: &[bool]) -> bool {
        let count = up.iter().filter(|up| **up).count();
        let data = up.len().saturating_sub(self.arbiters);
        // An arbiter has names, and no content.
        let has_data = up[..data].iter().any(|up| *up);
        let is_half = self.r#type == QuorumType::Auto && up.len() == 2 * count;
        let enough = count >= self.needed && (!is_half || up.first() == Some(&true));
        enough && has_data
    }

    /// Whether a set serves; none if that depends on bricks of which nothing is known.
    #[must_use]
    pub fn serves(&self, online: &[Option<bool>]) -> Option<bool> {
        let assumed = |unknown: bool| {
            let up: Vec<bool> = online.iter().map(|online| online.unwrap_or(unknown)).collect();
            self.is_met(&up)
        };
        let (worst, best) = (assumed(false), assumed(true));
        (worst == best).then_some(worst)
    }
}

/// What is known of the bricks of one volume, for the one word.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Whether the volume exists and is started.
    pub started: Option<bool>,
    /// Whether each set serves.
    pub serves: Vec<Option<bool>>,
    /// Whether each brick is online.
    pub online: Vec<Option<bool>>,
    /// Whether the servers say of a brick that they do not reach the brick.
    pub has_unreached: bool,
    /// How many entries are left to heal; none if that is not known of every brick.
    pub to_heal: Option<u64>,
    /// Whether some brick lists entries to heal.
    pub has_entries: bool,
    /// How many entries are in split-brain.
    pub split_brain: Option<u64>,
}

impl Signs {
    /// The one word.
    pub fn word(&self) -> VolumeState {
        match self.started {
            None => return VolumeState::Unknown,
            Some(false) => return VolumeState::Down,
            Some(true) => {}
        }
        let sets = |state| self.serves.iter().filter(|serves| **serves == state).count();
        let (lost, open, all) = (sets(Some(false)), sets(None), self.serves.len());
        if all > 0 && lost == all {
            return VolumeState::Down;
        }
        let is_split = self.split_brain.is_some_and(|entries| entries > 0);
        if sets(Some(true)) > 0 && (lost > 0 || is_split) {
            return VolumeState::Partial;
        }
        if open > 0 || all == 0 {
            return VolumeState::Unknown;
        }
        if self.online.contains(&Some(false)) || self.has_unreached || self.has_entries {
            // Entries of which nobody says whether they are in split-brain may be unreadable.
            return match self.split_brain {
                None if self.has_entries => VolumeState::Unknown,
                _ => VolumeState::Degraded,
            };
        }
        match self.to_heal {
            Some(0) if !self.online.contains(&None) => VolumeState::Healthy,
            _ => VolumeState::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::VolumeId;

    fn quorum(volume_type: VolumeType, options: &[(&str, &str)]) -> Quorum {
        let options = options
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Quorum::of(&VolumeInfo {
            name: "gv0".into(),
            id: VolumeId::new("1"),
            started: true,
            volume_type,
            bricks: Vec::new(),
            brick_hosts: Vec::new(),
            options: options.collect(),
        })
    }

    fn replicas(replica: usize, arbiter: usize, options: &[(&str, &str)]) -> Quorum {
        quorum(VolumeType::Replicate { replica, arbiter }, options)
    }

    fn serves(quorum: &Quorum, bricks: &str) -> Option<bool> {
        let brick = |word| match word {
            '+' => Some(true),
            '-' => Some(false),
            _ => None,
        };
        quorum.serves(&bricks.chars().map(brick).collect::<Vec<_>>())
    }

    #[test]
    fn a_set_serves_while_its_quorum_is_met() {
        let auto = ("cluster.quorum-type", "auto");
        let cases: &[(Quorum, &str, Option<bool>)] = &[
            (replicas(3, 0, &[]), "++-", Some(true)),
            (replicas(3, 0, &[]), "+--", Some(false)),
            (replicas(3, 0, &[]), "+?-", None),
            (replicas(3, 0, &[]), "++?", Some(true)),
            (replicas(3, 0, &[("cluster.quorum-type", "none")]), "--+", Some(true)),
            (replicas(3, 1, &[]), "+-+", Some(true)),
            (replicas(3, 1, &[("cluster.quorum-type", "none")]), "--+", Some(false)),
            (replicas(2, 0, &[]), "-+", Some(true)),
            (replicas(2, 0, &[]), "--", Some(false)),
            (replicas(2, 0, &[auto]), "+-", Some(true)),
            (replicas(2, 0, &[auto]), "-+", Some(false)),
            (replicas(4, 0, &[]), "-+++", Some(true)),
            (replicas(4, 0, &[]), "--++", Some(false)),
            (replicas(4, 0, &[]), "++--", Some(true)),
            (
                replicas(3, 0, &[("cluster.quorum-type", "fixed"), ("cluster.quorum-count", "1")]),
                "--+",
                Some(true),
            ),
            (quorum(VolumeType::Distribute, &[]), "-", Some(false)),
            (
                quorum(VolumeType::Disperse { data: 2, redundancy: 1 }, &[]),
                "-++",
                Some(true),
            ),
            (
                quorum(VolumeType::Disperse { data: 2, redundancy: 1 }, &[]),
                "-?+",
                None,
            ),
        ];
        for (quorum, bricks, expected) in cases {
            assert_eq!(serves(quorum, bricks), *expected, "{quorum:?} {bricks}");
        }
        assert_eq!(replicas(3, 0, &[]).needed, 2);
        assert_eq!(replicas(5, 0, &[]).needed, 3);
        assert!(replicas(3, 0, &[("cluster.server-quorum-type", "server")]).server);
    }

    #[test]
    fn a_volume_has_one_word() {
        let good = || Signs {
            started: Some(true),
            serves: vec![Some(true); 2],
            online: vec![Some(true); 6],
            has_unreached: false,
            to_heal: Some(0),
            has_entries: false,
            split_brain: Some(0),
        };
        type Change = fn(&mut Signs);
        let cases: &[(Change, VolumeState)] = &[
            (|_| (), VolumeState::Healthy),
            (|signs| signs.started = None, VolumeState::Unknown),
            (|signs| signs.started = Some(false), VolumeState::Down),
            (|signs| signs.online[0] = Some(false), VolumeState::Degraded),
            (|signs| signs.online[0] = None, VolumeState::Unknown),
            (
                |signs| {
                    signs.online[0] = None;
                    signs.to_heal = None;
                    signs.has_unreached = true;
                },
                VolumeState::Degraded,
            ),
            (
                |signs| {
                    signs.to_heal = Some(3);
                    signs.has_entries = true;
                },
                VolumeState::Degraded,
            ),
            (
                |signs| {
                    signs.to_heal = Some(3);
                    signs.has_entries = true;
                    signs.split_brain = None;
                },
                VolumeState::Unknown,
            ),
            (|signs| signs.to_heal = None, VolumeState::Unknown),
            (
                |signs| {
                    signs.to_heal = Some(3);
                    signs.has_entries = true;
                    signs.split_brain = Some(1);
                },
                VolumeState::Partial,
            ),
            (|signs| signs.serves[1] = Some(false), VolumeState::Partial),
            (|signs| signs.serves[1] = None, VolumeState::Unknown),
            (|signs| signs.serves = vec![Some(false); 2], VolumeState::Down),
            (|signs| signs.serves = vec![Some(false), None], VolumeState::Unknown),
        ];
        for (at, (change, expected)) in cases.iter().enumerate() {
            let mut signs = good();
            change(&mut signs);
            assert_eq!(signs.word(), *expected, "case {at}: {signs:?}");
        }
    }
}
