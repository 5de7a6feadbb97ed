//! glusterd on a host: whether it answers, what it answers, and what it has on disk. Pure.

use std::collections::BTreeMap;

use super::gluster::{self, Peer, Pool, VolumeId, Volumes};
use super::sections::Sections;
use super::supervised;
use crate::inventory::Family;

/// glusterd's state on a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Glusterd {
    /// glusterd has no identity: glusterd never ran, was killed before it wrote its UUID, or lost /var/lib/glusterd.
    #[default]
    Blank,
    /// glusterd has an identity, but does not run or does not answer.
    Silent,
    /// glusterd answers with an error, in these words.
    Refuses(String),
    /// glusterd answers.
    Answers {
        /// The pool as this host sees it.
        pool: Pool,
        /// The volumes, by name.
        volumes: Volumes,
    },
}

/// Whether glusterd speaks IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpeaksIpv6 {
    /// The file that glusterd reads at its start says so.
    pub is_set: bool,
    /// A program listens on glusterd's port at IPv6 addresses.
    pub listens: bool,
    /// Who listens at IPv6 addresses is not reached at 127.0.0.1 (`net.ipv6.bindv6only`).
    pub only: bool,
}

/// Whether glusterd speaks IPv6, if the script asked.
pub(super) fn speaks_ipv6(sections: &Sections) -> Option<SpeaksIpv6> {
    sections.get("family")?;
    let is = |key| {
        sections
            .value("family", key)
            .is_some_and(|value| value.trim() == Family::V6.gluster())
    };
    Some(SpeaksIpv6 {
        is_set: is("option"),
        listens: is("listens"),
        only: sections.value("family", "only") == Some("1"),
    })
}

/// The state that the sections show.
pub(super) fn state(sections: &Sections) -> Glusterd {
    let identity = sections.value("glusterd_state", "uuid");
    let hidden = supervised::parse(sections)
        .and_then(|host| host.state)
        .is_some_and(|state| !state.bound);
    if hidden {
        return Glusterd::Silent;
    }
    let (Some(pool), Some(volumes)) = (sections.get("pool"), sections.get("volumes")) else {
        return identity.map_or(Glusterd::Blank, |_| Glusterd::Silent);
    };
    answers(pool, volumes)
}

/// The state of a glusterd that was asked: what it said of the pool and of the volumes.
pub(super) fn answers(pool: &str, volumes: &str) -> Glusterd {
    // gluster prints no XML if gluster cannot reach glusterd, which may be starting.
    if !pool.trim_start().starts_with("<?xml") || !volumes.trim_start().starts_with("<?xml") {
        return Glusterd::Silent;
    }
    match (gluster::pool(pool), gluster::volumes(volumes)) {
        (Ok(pool), Ok(volumes)) => Glusterd::Answers { pool, volumes },
        (Err(words), _) | (_, Err(words)) => Glusterd::Refuses(words),
    }
}

/// The files of /var/lib/glusterd/peers, one after the other: in each, the line with the UUID comes before the names.
pub(super) fn peers_on_disk(sections: &Sections) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for (key, value) in sections.pairs("peers_on_disk") {
        match (key, peers.last_mut()) {
            ("uuid", _) => peers.push(Peer {
                uuid: value.to_owned(),
                names: Vec::new(),
                connected: false,
                in_cluster: false,
                state: String::new(),
            }),
            (_, Some(peer)) => peer.names.push(value.to_owned()),
            (_, None) => {}
        }
    }
    peers
}

/// The lines `volume=NAME ID` in the section on glusterd's state.
pub(super) fn volume_ids(sections: &Sections) -> BTreeMap<String, VolumeId> {
    let volumes = sections.pairs("glusterd_state").filter(|(key, _)| *key == "volume");
    let volumes = volumes.filter_map(|(_, value)| value.split_once(' '));
    volumes.map(|(name, id)| (name.to_owned(), VolumeId::new(id))).collect()
}
