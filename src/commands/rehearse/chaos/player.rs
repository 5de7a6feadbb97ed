//! The programs that write to a volume and read from it on one host, and what their user noticed.

use std::time::Duration;

use super::choice::Strike;
use super::felt::felt;
use super::load::Load;
use super::scene::{Place, Promise, Scene, Volume};
use super::told::{Noticed, User};
use crate::inventory::HostName;

/// A program that writes or reads, where it does so, and the volume.
pub struct Player<'v> {
    pub volume: &'v Volume,
    pub host: &'v HostName,
    pub writes: Load,
    /// None until there are files.
    pub reads: Option<Load>,
}

impl Player<'_> {
    pub fn loads(&self) -> impl Iterator<Item = &Load> {
        [Some(&self.writes), self.reads.as_ref()].into_iter().flatten()
    }

    /// Whether a write and a read succeeded since then.
    pub fn goes_on_since(&self, then: Duration) -> bool {
        self.loads()
            .all(|load| load.last_done().is_some_and(|last| last > then))
    }

    /// Whether a user is promised to go on during the fault, and why.
    pub fn promise(&self, scene: &Scene, strike: &Strike) -> Promise {
        if strike.switches_off(self.host) {
            return Promise {
                is_whole: false,
                because: "the host itself has no power".to_owned(),
            };
        }
        let servers = strike.servers(self.host, scene);
        let reaches = |place: &Place| strike.reaches(self.host, place);
        self.volume.promise(reaches, servers, scene.servers.len())
    }

    /// What was noticed from the fault on, until the end; after `whole`, everything works again.
    pub fn noticed(&self, scene: &Scene, strike: &Strike, [from, whole, until]: [Duration; 3]) -> User {
        let Promise { is_whole, because } = self.promise(scene, strike);
        let of = |load: &Load| {
            let (moments, until) = (load.moments(), load.ended().unwrap_or(until));
            let is_stuck = felt(&moments, whole, until).done == 0;
            Noticed::new(felt(&moments, from, until), load.refusal(), is_stuck)
        };
        User {
            volume: self.volume.name.clone(),
            host: self.host.clone(),
            promised: is_whole,
            because,
            writes: of(&self.writes),
            reads: self.reads.as_ref().map(of).unwrap_or_default(),
        }
    }
}
