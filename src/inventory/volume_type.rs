//! The types of volumes: what each type is called, how its bricks form sets, and how many bricks it can lose. To add a
//! type, add a variant: the compiler names every place that has to know the type. Pure.

use std::fmt;

/// How far apart the bricks of one set are, at the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// On different hosts: a lost host costs each set one brick.
    #[default]
    Hosts,
    /// On different devices: a host may hold several bricks of one set (`allow_same_host: true`).
    Devices,
}

/// How a volume keeps data in a set of bricks. A volume with several sets is distributed over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VolumeType {
    /// Each file is on one brick.
    Distribute,
    /// Each file is on every brick of a set; an arbiter has names and attributes only.
    Replicate {
        /// Bricks in a set, arbiters included: 2 or more.
        replica: usize,
        /// How many bricks at the end of each set are arbiters: 0, or 1 of 3.
        arbiter: usize,
    },
    /// Each file is coded over the bricks of a set.
    Disperse {
        /// Bricks in a set that suffice to read.
        data: usize,
        /// Bricks in a set that may be missing.
        redundancy: usize,
    },
}

/// The combinations of data and redundancy that Red Hat's Administration Guide for Gluster Storage recommends, by the size
/// of the set. With a power of two of data bricks, the usual block sizes are whole stripes.
pub(super) const RECOMMENDED: [(usize, usize); 4] = [(2, 1), (4, 2), (8, 3), (8, 4)];

impl VolumeType {
    /// How many bricks a set has: volumes are made, grown and shrunk by whole sets.
    #[must_use]
    pub fn set_size(self) -> usize {
        match self {
            VolumeType::Distribute => 1,
            VolumeType::Replicate { replica, .. } => replica,
            VolumeType::Disperse { data, redundancy } => data + redundancy,
        }
    }

    /// How many bricks' space the files of a set can use.
    #[must_use]
    pub fn usable(self) -> usize {
        match self {
            VolumeType::Distribute | VolumeType::Replicate { .. } => 1,
            VolumeType::Disperse { data, .. } => data,
        }
    }

    /// The smallest type of that kind of a volume.
    fn smallest(self) -> Self {
        match self {
            VolumeType::Distribute => VolumeType::Distribute,
            VolumeType::Replicate { .. } => VolumeType::Replicate { replica: 2, arbiter: 0 },
            VolumeType::Disperse { .. } => VolumeType::Disperse { data: 2, redundancy: 1 },
        }
    }

    /// The keys of an inventory for a volume of this kind whose sets have at most that many bricks; `None` if no volume of
    /// this kind has so few bricks in a set.
    #[must_use]
    pub fn fitting(self, bricks: usize) -> Option<String> {
        if bricks < self.smallest().set_size() {
            return None;
        }
        match self {
            VolumeType::Distribute => Some("`type: distribute`".to_owned()),
            VolumeType::Replicate { .. } => Some(format!("`replica: {bricks}`")),
            VolumeType::Disperse { .. } => {
                let mut fitting = RECOMMENDED.iter().rev();
                let (data, redundancy) = fitting.find(|(data, redundancy)| data + redundancy <= bricks)?;
                Some(format!("`disperse: {{data: {data}, redundancy: {redundancy}}}`"))
            }
        }
    }

    /// How many bricks at the end of each set are arbiters.
    #[must_use]
    pub fn arbiters(self) -> usize {
        match self {
            VolumeType::Replicate { arbiter, .. } => arbiter,
            VolumeType::Distribute | VolumeType::Disperse { .. } => 0,
        }
    }

    /// How many bricks of a set can be lost while its files can be read and written. A set of replicas takes writes
    /// while more than half of its bricks are up (`cluster.quorum-type auto`, GlusterFS's default for three and more
    /// bricks); of two bricks, the first decides.
    #[must_use]
    pub fn tolerates(self) -> usize {
        match self {
            VolumeType::Distribute => 0,
            VolumeType::Replicate { replica, .. } => (replica - 1) / 2,
            VolumeType::Disperse { redundancy, .. } => redundancy,
        }
    }

    /// The words for the type in `gluster volume create`, between the volume's name and its bricks.
    #[must_use]
    pub fn create_words(self) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |word: &str, number: usize| words.extend([word.to_owned(), number.to_string()]);
        match self {
            VolumeType::Distribute => {}
            VolumeType::Replicate { replica, arbiter } => {
                say("replica", replica);
                if arbiter > 0 {
                    say("arbiter", arbiter);
                }
            }
            VolumeType::Disperse { data, redundancy } => {
                say("disperse-data", data);
                say("redundancy", redundancy);
            }
        }
        words
    }

    /// The type with these counts in `volume info --xml`: a volume without replicas has a replica count of 1 there, and
    /// a volume that is not dispersed has a disperse count of 0.
    #[must_use]
    pub fn of_counts(replica: usize, arbiter: usize, disperse: usize, redundancy: usize) -> Self {
        if disperse > 0 {
            let data = disperse.saturating_sub(redundancy);
            VolumeType::Disperse { data, redundancy }
        } else if replica > 1 {
            VolumeType::Replicate { replica, arbiter }
        } else {
            VolumeType::Distribute
        }
    }

    /// The type of a volume with that many sets as `gluster volume info` names it, for example `Distributed-Replicate`.
    #[must_use]
    pub fn title(self, sets: usize) -> String {
        let one = match self {
            VolumeType::Distribute => return "Distribute".to_owned(),
            VolumeType::Replicate { .. } => "Replicate",
            VolumeType::Disperse { .. } => "Disperse",
        };
        if sets > 1 {
            format!("Distributed-{one}")
        } else {
            one.to_owned()
        }
    }

    /// The bricks of a volume with that many sets as `gluster volume info` counts them, for example `4 × (2 + 1)`.
    #[must_use]
    pub fn shape(self, sets: usize) -> String {
        match self {
            VolumeType::Distribute => sets.to_string(),
            VolumeType::Replicate { replica, arbiter: 0 } => format!("{sets} × {replica}"),
            VolumeType::Replicate { replica, arbiter } => format!("{sets} × ({} + {arbiter})", replica - arbiter),
            VolumeType::Disperse { data, redundancy } => format!("{sets} × ({data} + {redundancy})"),
        }
    }
}

/// The type in the words of the inventory: `replica 3 arbiter 1`.
impl fmt::Display for VolumeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VolumeType::Distribute => f.write_str("distribute"),
            VolumeType::Replicate { replica, arbiter: 0 } => write!(f, "replica {replica}"),
            VolumeType::Replicate { replica, arbiter } => write!(f, "replica {replica} arbiter {arbiter}"),
            VolumeType::Disperse { data, redundancy } => write!(f, "disperse data {data} redundancy {redundancy}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARBITER: VolumeType = VolumeType::Replicate { replica: 3, arbiter: 1 };
    const DISPERSE: VolumeType = VolumeType::Disperse { data: 4, redundancy: 2 };

    #[test]
    fn a_type_says_what_gluster_is_told_and_is_recognised_in_what_gluster_tells() {
        assert_eq!(ARBITER.create_words(), ["replica", "3", "arbiter", "1"]);
        assert_eq!(DISPERSE.create_words(), ["disperse-data", "4", "redundancy", "2"]);
        assert!(VolumeType::Distribute.create_words().is_empty());
        assert_eq!(VolumeType::of_counts(3, 1, 0, 0), ARBITER);
        assert_eq!(VolumeType::of_counts(1, 0, 6, 2), DISPERSE);
        assert_eq!(VolumeType::of_counts(1, 0, 0, 0), VolumeType::Distribute);
    }

    #[test]
    fn types_and_shapes_are_named_as_gluster_names_them() {
        assert_eq!(
            (ARBITER.title(2), ARBITER.shape(2)),
            ("Distributed-Replicate".into(), "2 × (2 + 1)".into())
        );
        assert_eq!(
            (DISPERSE.title(1), DISPERSE.shape(1)),
            ("Disperse".into(), "1 × (4 + 2)".into())
        );
        assert_eq!(
            (VolumeType::Distribute.title(3), VolumeType::Distribute.shape(3)),
            ("Distribute".into(), "3".into())
        );
    }

    #[test]
    fn a_smaller_set_of_the_same_kind_is_suggested_only_if_there_is_one() {
        let fitting = |volume_type: VolumeType| [1, 2, 3, 7].map(|bricks| volume_type.fitting(bricks));
        let replica = |number: usize| Some(format!("`replica: {number}`"));
        assert_eq!(fitting(ARBITER), [None, replica(2), replica(3), replica(7)]);
        let disperse =
            |data: usize, redundancy: usize| Some(format!("`disperse: {{data: {data}, redundancy: {redundancy}}}`"));
        assert_eq!(fitting(DISPERSE), [None, None, disperse(2, 1), disperse(4, 2)]);
    }

    #[test]
    fn a_majority_of_replicas_serves() {
        let tolerates = |replica| VolumeType::Replicate { replica, arbiter: 0 }.tolerates();
        assert_eq!([2, 3, 4, 5].map(tolerates), [0, 1, 1, 2]);
        assert_eq!(
            (
                ARBITER.tolerates(),
                DISPERSE.tolerates(),
                VolumeType::Distribute.tolerates()
            ),
            (1, 2, 0)
        );
    }
}
