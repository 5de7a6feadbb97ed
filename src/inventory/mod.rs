//! What the operator wrote, checked. The only I/O is reading the file.

mod address;
mod choice;
mod consent;
mod diagnostics;
mod gluster_version;
mod host_key;
pub mod kubernetes;
mod lvm;
mod model;
mod mount_options;
pub mod names;
mod options;
mod paths;
mod profile;
mod quota;
mod read;
mod schema;
pub(crate) mod sets;
mod snapshot_name;
mod tls;
mod volume_path;
mod volume_type;
mod warnings;

pub use address::{Address, Family};
pub use choice::BrickChoice;
pub use consent::Consent;
pub use diagnostics::{Mistake, Report};
pub use gluster_version::GlusterVersion;
pub use host_key::HostKey;
pub use kubernetes::plugin::VolumePlugin;
pub use kubernetes::version::KubeVersion;
pub use kubernetes::{Access, Kubernetes, Namespaces, Nfs, VolumeSettings};
pub use lvm::{Lvm, LvmSizes, Raid, StripeUnit};
pub use model::{
    Become, BrickDevice, Connection, ExistingBricks, Firewall, Host, HostKeys, Inventory, MountOn, Role, Ssh, Volume,
};
pub use names::{
    BrickDir, BrickMount, BrickName, ClusterName, DevicePath, HostName, MountOption, MountPath, VolumeName, Zone,
};
pub use options::HEAL_THREADS;
pub use profile::Profile;
pub use quota::{Quota, QuotaPath};
pub use read::{data, load, load_with_keys, read};
pub use schema::schema;
pub use sets::NoLayout;
pub use snapshot_name::SnapshotName;
pub use tls::{Certificates, SSL, Tls};
pub use volume_path::VolumePath;
pub use volume_type::{Spread, VolumeType};
