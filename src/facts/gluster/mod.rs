//! Parsers of what `gluster --mode=script --xml` prints (GlusterFS 9 to 11), a file for each command. Pure.

mod clients;
mod connections;
mod envelope;
mod global;
mod heal;
mod pool;
mod quota;
mod rebalance;
mod reply;
mod room;
mod snapshots;
mod split_brain;
mod status;
mod tasks;
mod volumes;

pub use clients::{Clients, clients};
pub use connections::{BrickClients, volume_clients};
pub use global::global_number;
pub use heal::{BrickHeal, heal_entries};
pub use pool::{PEER_IN_CLUSTER, Peer, Pool, peers_in_reply, pool};
pub use quota::{QuotaUse, quota_uses};
pub use rebalance::{Migration, MigrationState, Removal, migration, removal};
pub use reply::{Reply, reply};
pub use room::brick_rooms;
pub use snapshots::{Snapshot, snapshots};
pub use split_brain::{SplitBrainEntry, split_brain};
pub use status::{BrickStatus, QuotaDaemon, VolumeStatus, volume_status};
pub use tasks::{Task, TaskKind, TaskState};
pub use volumes::{VolumeId, VolumeInfo, Volumes, volumes};

/// A real answer of GlusterFS 10.3.
#[cfg(test)]
macro_rules! captured {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures/", $name))
    };
}
#[cfg(test)]
use captured;
