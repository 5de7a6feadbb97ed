//! The desired state: what the operator wrote, checked. No I/O but reading the file.

pub mod diagnostics;
pub mod kubernetes;
pub mod layout;
pub mod model;
pub mod names;
mod read;
mod sets;

pub use diagnostics::Report;
pub use kubernetes::plugin::VolumePlugin;
pub use kubernetes::version::KubeVersion;
pub use kubernetes::{Access, Kubernetes, Namespaces, Nfs, VolumeSettings};
pub use layout::{Brick, brick_dir, brick_mount, brick_uuid, replica_sets};
pub use model::{Become, Connection, Host, Inventory, Mount, MountOn, Replicate, Role, Ssh, Volume};
pub use names::{ClusterName, DevicePath, HostName, MountOption, MountPath, VolumeName, Zone};
pub use read::{load, read};
pub use sets::NoLayout;
