//! What was found to be wrong, or worth knowing: of which kind, where, and in a sentence. `status` shows the sentences,
//! and each kind is one of the checks of `doctor`. Pure.

use crate::inventory::{HostName, VolumeName};

/// The kind of something that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// SSH or its key does not let anybody observe the host.
    Unreached,
    /// glusterd of a self-managed host does not answer this machine.
    SelfManagedSilent,
    /// glusterd has no identity.
    GlusterdBlank,
    /// glusterd does not answer.
    GlusterdSilent,
    /// The host is in maintenance.
    InMaintenance,
    /// glusterd answers with an error.
    GlusterdRefuses,
    /// A server has fewer connected peers than there are other servers.
    PeersMissing,
    /// A connection does not come about.
    Contact,
    /// Two servers can connect, and Gluster does not accept the peer.
    PeerNotAccepted,
    /// The host does not run systemd.
    NoSystemd,
    /// The names of the hosts are not in /etc/hosts.
    NamesMissing,
    /// A brick's file system is on no device.
    BrickLost,
    /// A brick's directory belongs to no volume, or to another.
    BrickForeign,
    /// A line of /etc/fstab is missing.
    FstabMissing,
    /// /etc/fstab has another line.
    FstabOther,
    /// A unit file is missing or has another text.
    UnitFile,
    /// A service is not enabled that mounts a volume.
    MountNotEnabled,
    /// glusterd is not enabled.
    GlusterdNotEnabled,
    /// A bare mount point can be written to.
    PointWritable,
    /// A mount point is missing.
    PointUnknown,
    /// A mount point cannot be made immutable.
    PointUnprotectable,
    /// Machines share a machine-id.
    MachineIds,
    /// Another device has a brick's UUID.
    Doubled,
    /// A volume does not exist.
    VolumeMissing,
    /// No server told of a volume.
    VolumeUnknown,
    /// A volume is not started.
    VolumeStopped,
    /// Servers have different definitions of a volume.
    Definitions,
    /// Gluster did not answer about a volume's bricks.
    Unanswered,
    /// A brick is not online.
    BrickOffline,
    /// A brick is not online because its file system is not mounted.
    BrickNotMounted,
    /// Gluster does not reach a brick, and whether the brick serves is not known.
    BrickUnreached,
    /// Whether a brick is online is not known.
    BrickUnknown,
    /// A brick has entries to heal.
    Heals,
    /// What a brick has to heal is not known.
    HealsUnknown,
    /// Entries are in split-brain.
    SplitBrain,
    /// A client is not connected to a brick that is online.
    ClientApart,
    /// A set of bricks does not serve.
    SetDown,
    /// A rebalance, or the removal of bricks, has failed.
    TaskFailed,
    /// The removal of bricks has ended and waits for somebody to commit it.
    TaskWaits,
    /// The quota daemon of a server does not run.
    QuotaDaemon,
    /// A volume is mounted, but does not answer.
    MountDead,
    /// A volume is not mounted.
    MountMissing,
    /// A file system takes no more data.
    Full,
    /// A brick's file system is nearly full.
    BrickNearlyFull,
    /// A limit of a quota is reached, or nearly reached.
    QuotaNearlyReached,
    /// A file system is nearly out of inodes.
    InodesShort,
    /// The file system of the logs is nearly full.
    LogNearlyFull,
    /// The file system of glusterd's state is nearly full.
    StateNearlyFull,
    /// A file system will be full soon.
    FullSoon,
    /// The clocks of hosts differ.
    Clocks,
    /// The clock of this machine differs from the hosts' clocks.
    OwnClock,
    /// Hosts have different versions of GlusterFS.
    VersionsMixed,
    /// Servers have different op-versions.
    OpVersionsMixed,
    /// The op-version could be higher.
    OpVersionLow,
    /// The thin pool of a brick is nearly full.
    ThinPool,
    /// The certificate of a host has ended.
    CertificateExpired,
    /// The certificate of a host ends soon.
    CertificateExpires,
    /// A host provisions itself, and only the host itself knows more.
    SelfManaged,
    /// Only `doctor` tells it.
    Doctor,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The kind.
    pub kind: Kind,
    /// The host that it is about, if it is about one host.
    pub host: Option<HostName>,
    /// The volume that it is about, if it is about one volume.
    pub volume: Option<VolumeName>,
    /// The host that the sentence names, if it names one and none of the fields above does.
    pub about: Option<HostName>,
    /// A sentence, without the names of host and volume that stand in the fields above.
    pub what: String,
    /// What to do about it, where what is known of the cause says more than the kind.
    pub remedy: Option<String>,
}

impl Found {
    /// About the cluster as a whole.
    pub(super) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Found {
            kind,
            host: None,
            volume: None,
            about: None,
            what: what.into(),
            remedy: None,
        }
    }

    /// About a host.
    pub(super) fn of_host(kind: Kind, host: &HostName, what: impl Into<String>) -> Self {
        Found {
            host: Some(host.clone()),
            ..Found::new(kind, what)
        }
    }

    /// About a volume.
    pub(super) fn of_volume(kind: Kind, volume: &VolumeName, what: impl Into<String>) -> Self {
        Found {
            volume: Some(volume.clone()),
            ..Found::new(kind, what)
        }
    }

    /// With the host that the sentence names.
    pub(super) fn about(self, host: &HostName) -> Self {
        Found {
            about: Some(host.clone()),
            ..self
        }
    }

    /// With what to do about it.
    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Found {
            remedy: Some(remedy.into()),
            ..self
        }
    }

    /// The whole sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = &self.what;
        match (&self.host, &self.volume) {
            (Some(host), _) => format!("{host}: {what}"),
            (None, Some(volume)) if self.kind.is_of_state() => format!("volume {volume} {what}"),
            (None, Some(volume)) => format!("volume {volume}: {what}"),
            (None, None) => what.clone(),
        }
    }
}

impl Kind {
    /// Whether the volume is the subject of the sentence.
    fn is_of_state(self) -> bool {
        matches!(self, Kind::VolumeMissing | Kind::VolumeStopped)
    }
}
