//! A host without systemd, which `glusterctl node` looks after. Pure.

use std::collections::BTreeSet;

use super::host::all;
use super::sections::Sections;

/// What is known of a supervised host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Supervised {
    /// The programs that the host needs and lacks.
    pub lacks: BTreeSet<String>,
    /// Where glusterd's state is kept, if that is not /var/lib/glusterd itself.
    pub state: Option<StateDirectory>,
}

/// The directory where glusterd's state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDirectory {
    /// The directory's path.
    pub path: String,
    /// Whether the directory is bound over /var/lib/glusterd; until then, nothing is known of glusterd.
    pub bound: bool,
}

pub(super) fn parse(sections: &Sections) -> Option<Supervised> {
    sections.value("host", "node")?;
    Some(Supervised {
        lacks: all(sections, "host", "lacks"),
        state: sections.value("host", "state").map(|path| StateDirectory {
            path: path.to_owned(),
            bound: sections.value("host", "state_bound").is_some(),
        }),
    })
}
