//! The volumes of a rehearsal: where their bricks are, who mounts them, and what their redundancy promises while some bricks are
//! out of reach. Pure.

use std::time::Duration;

use crate::desired::{BrickSpec, Desired};
use crate::facts::{Facts, VolumeInfo};
use crate::health::{Quorum, QuorumType};
use crate::inventory::{BrickName, HostName, MountPath, Role, VolumeName, VolumeType};

/// The hosts and the volumes.
#[derive(Debug)]
pub struct Scene {
    /// The hosts that hold bricks, in the inventory's order.
    pub servers: Vec<HostName>,
    /// The volumes that exist, in the inventory's order.
    pub volumes: Vec<Volume>,
}

/// A volume.
#[derive(Debug)]
pub struct Volume {
    /// Its name.
    pub name: VolumeName,
    /// Where it is mounted.
    pub mount: MountPath,
    /// The hosts that mount it, in the inventory's order.
    pub clients: Vec<HostName>,
    /// Its type.
    pub volume_type: VolumeType,
    /// How many bricks of a set have to be up.
    pub quorum: Quorum,
    /// Its bricks, set by set.
    pub sets: Vec<Vec<Place>>,
    /// After how long a client gives up a server that does not answer.
    pub ping_timeout: Duration,
    /// How often a brick looks whether its disk is alive.
    pub health_check: Duration,
}

/// Where a brick is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The host.
    pub host: HostName,
    /// The disk; none if somebody else made the brick.
    pub disk: Option<BrickName>,
}

impl Scene {
    /// The hosts and volumes of an inventory that was applied.
    #[must_use]
    pub fn of(desired: &Desired, facts: &Facts) -> Self {
        let inventory = desired.inventory;
        let servers = inventory.staying_servers().filter(|host| host.role == Role::Server);
        let volumes = inventory.volumes.iter().filter(|volume| !volume.leaving);
        let known = volumes.filter_map(|volume| Some((volume, facts.cluster.volume(volume.name.as_str())?)));
        Scene {
            servers: servers.map(|host| host.name.clone()).collect(),
            volumes: known
                .map(|(volume, known)| Volume {
                    name: volume.name.clone(),
                    mount: volume.mount.path.clone(),
                    clients: inventory.hosts_mounting(volume).map(|host| host.name.clone()).collect(),
                    volume_type: known.info.volume_type,
                    quorum: Quorum::of(&known.info),
                    sets: sets(desired, &volume.name, &known.info),
                    ping_timeout: seconds(&known.info, "network.ping-timeout", 42),
                    health_check: seconds(&known.info, "storage.health-check-interval", 30),
                })
                .collect(),
        }
    }
}

fn sets(desired: &Desired, volume: &VolumeName, info: &VolumeInfo) -> Vec<Vec<Place>> {
    let place = |spec: &BrickSpec| {
        let host = desired.host_known_as(&spec.host)?;
        let mut bricks = host.bricks.iter();
        let brick = bricks.find(|brick| brick.dir(volume) == Some(&spec.dir) && !brick.is_existing());
        Some(Place {
            host: host.name().clone(),
            disk: brick.map(|brick| brick.device.name.clone()),
        })
    };
    let sets = info.sets().into_iter();
    sets.map(|set| set.iter().filter_map(place).collect()).collect()
}

/// An option in seconds, or GlusterFS's default.
fn seconds(info: &VolumeInfo, option: &str, default: u64) -> Duration {
    let value = info.options.get(option).and_then(|value| value.parse().ok());
    Duration::from_secs(value.unwrap_or(default))
}

/// What a client of a volume may expect while it reaches only some of the bricks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Whether all files can be read and written.
    pub is_whole: bool,
    /// Which bricks are reached, and what follows, as a sentence without the client.
    pub because: String,
}

impl Volume {
    /// What the volume's redundancy promises a client that reaches these bricks. `servers` are the servers on the client's side
    /// of the network, of so many: glusterd may stop its bricks where it sees too few (`cluster.server-quorum-type`).
    #[must_use]
    pub fn promise(&self, reaches: impl Fn(&Place) -> bool, servers: usize, of: usize) -> Promise {
        if self.quorum.server && servers * 2 <= of {
            return Promise {
                is_whole: false,
                because: format!(
                    "{servers} of {of} servers see each other, and with cluster.server-quorum-type they stop their bricks"
                ),
            };
        }
        let serves = |set: &&Vec<Place>| {
            let up: Vec<Option<bool>> = set.iter().map(|place| Some(reaches(place))).collect();
            self.quorum.serves(&up) == Some(true)
        };
        let (all, whole) = (self.sets.len(), self.sets.iter().filter(serves).count());
        let is_whole = whole == all;
        // The set that suffers most.
        let reached = |set: &Vec<Place>| set.iter().filter(|place| reaches(place)).count();
        let fewest = self.sets.iter().map(reached).min().unwrap_or_default();
        let Quorum { needed, of, .. } = self.quorum;
        let because = match (self.volume_type, is_whole) {
            (VolumeType::Distribute, true) => "every brick is reached".to_owned(),
            (VolumeType::Distribute, false) => format!(
                "the volume is distributed, without copies: the files on {} of its {all} bricks can be neither read nor \
                 written",
                all - whole
            ),
            (_, true) if self.quorum.r#type == QuorumType::None && fewest < of => format!(
                "{fewest} of {of} bricks are reached, and one is enough: the volume has no quorum, and both sides of a split \
                 may write"
            ),
            (_, true) => format!("{fewest} of {of} bricks are reached, and {needed} are enough"),
            (_, false) if all == 1 => {
                format!("{fewest} of {of} bricks are reached, and {needed} have to be: nothing can be read or written")
            }
            (_, false) => format!(
                "in {} of {all} sets of {of} bricks fewer than the {needed} are reached that have to be: their files can be \
                 neither read nor written",
                all - whole
            ),
        };
        Promise { is_whole, because }
    }

    /// Whether the volume has another copy of what is on the disk.
    #[must_use]
    pub fn survives(&self, host: &HostName, disk: &BrickName) -> bool {
        let is_lost = |place: &Place| place.host == *host && place.disk.as_ref() == Some(disk);
        let is_touched = self.sets.iter().flatten().any(is_lost);
        let is_kept = self.volume_type != VolumeType::Distribute;
        !is_touched || is_kept && self.promise(|place| !is_lost(place), 1, 1).is_whole
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::facts::VolumeId;

    pub fn host(name: &str) -> HostName {
        HostName::parse(name).unwrap()
    }

    /// A volume whose sets have bricks on these hosts, which mount it, too.
    pub fn volume(name: &str, volume_type: VolumeType, sets: &[&[&str]], options: &[(&str, &str)]) -> Volume {
        let options = options.iter();
        let info = VolumeInfo {
            name: name.into(),
            id: VolumeId::new("1"),
            started: true,
            volume_type,
            bricks: Vec::new(),
            brick_hosts: Vec::new(),
            options: options.map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        };
        let place = |name: &&str| Place {
            host: host(name),
            disk: Some(BrickName::parse("vdb").unwrap()),
        };
        let mut volume = Volume {
            name: VolumeName::parse(name).unwrap(),
            mount: MountPath::parse(&format!("/{name}")).unwrap(),
            clients: Vec::new(),
            volume_type,
            quorum: Quorum::of(&info),
            sets: sets.iter().map(|set| set.iter().map(place).collect()).collect(),
            ping_timeout: seconds(&info, "network.ping-timeout", 42),
            health_check: seconds(&info, "storage.health-check-interval", 30),
        };
        volume.clients = volume.sets.iter().flatten().map(|place| place.host.clone()).collect();
        volume
    }

    pub const REPLICA: VolumeType = VolumeType::Replicate { replica: 3, arbiter: 0 };
    const ARBITER: VolumeType = VolumeType::Replicate { replica: 3, arbiter: 1 };
    const TWO: VolumeType = VolumeType::Replicate { replica: 2, arbiter: 0 };
    const DISPERSE: VolumeType = VolumeType::Disperse { data: 2, redundancy: 1 };
    pub const THREE: &[&str] = &["kube1", "kube2", "kube3"];

    #[test]
    fn the_type_decides_which_bricks_a_volume_can_do_without() {
        let serves = |volume_type, hosts: &[&str], lost: &[&str]| {
            let volume = volume("gv0", volume_type, &[hosts], &[]);
            let promise = volume.promise(|place| !lost.contains(&place.host.as_str()), 1, 1);
            (promise.is_whole, promise.because)
        };
        let words = |whole: bool, because: &str| (whole, because.to_owned());
        assert_eq!(
            serves(REPLICA, THREE, &["kube3"]),
            words(true, "2 of 3 bricks are reached, and 2 are enough")
        );
        assert_eq!(
            serves(REPLICA, THREE, &["kube3", "kube2"]),
            words(
                false,
                "1 of 3 bricks are reached, and 2 have to be: nothing can be read or written"
            )
        );
        assert!(serves(ARBITER, THREE, &["kube1"]).0);
        assert!(serves(DISPERSE, THREE, &["kube1"]).0);
        assert!(!serves(DISPERSE, THREE, &["kube1", "kube2"]).0);
        assert!(
            serves(TWO, &["kube1", "kube2"], &["kube1"])
                .1
                .contains("both sides of a split may write")
        );
    }

    #[test]
    fn a_distributed_volume_loses_what_is_on_the_lost_brick() {
        let sets: &[&[&str]] = &[&["kube1"], &["kube2"], &["kube3"]];
        let volume = volume("gv1", VolumeType::Distribute, sets, &[]);
        let promise = volume.promise(|place| place.host != host("kube2"), 2, 3);
        assert!(!promise.is_whole);
        assert_eq!(
            promise.because,
            "the volume is distributed, without copies: the files on 1 of its 3 bricks can be neither read nor written"
        );
        let disk = BrickName::parse("vdb").unwrap();
        assert!(!volume.survives(&host("kube2"), &disk));
        assert!(volume.survives(&host("kube2"), &BrickName::parse("vdc").unwrap()));
    }

    #[test]
    fn a_set_that_lost_too_many_bricks_is_told_of_many_sets() {
        let sets: &[&[&str]] = &[THREE, &["kube4", "kube5", "kube6"]];
        let volume = volume("gv0", REPLICA, sets, &[]);
        let lost = ["kube4", "kube5"];
        let promise = volume.promise(|place| !lost.contains(&place.host.as_str()), 4, 6);
        assert_eq!(
            promise.because,
            "in 1 of 2 sets of 3 bricks fewer than the 2 are reached that have to be: their files can be neither read nor \
             written"
        );
        assert!(volume.survives(&host("kube4"), &BrickName::parse("vdb").unwrap()));
    }

    #[test]
    fn glusterd_stops_its_bricks_without_most_servers_if_the_volume_wants_so() {
        let of = |options: &[(&str, &str)], servers| {
            volume("gv0", REPLICA, &[THREE], options)
                .promise(|_| true, servers, 3)
                .is_whole
        };
        assert!(of(&[], 1));
        assert!(!of(&[("cluster.server-quorum-type", "server")], 1));
        assert!(of(&[("cluster.server-quorum-type", "server")], 2));
    }
}
