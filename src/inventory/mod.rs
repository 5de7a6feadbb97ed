//! The desired state: what the operator wrote, checked. No I/O but reading the file.

pub mod layout;
pub mod model;
pub mod names;

pub use layout::{Brick, brick_dir, brick_mount, brick_uuid};
pub use model::{Become, Host, Inventory, Kubernetes, Mount, MountOn, Replicate, Role, Ssh, Volume};
pub use names::{ClusterName, DevicePath, HostName, MountOption, MountPath, VolumeName, Zone};
