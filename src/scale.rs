//! How much at once: every number that limits concurrency, in one place.

/// The servers that a mount may ask for the volume's definition besides its first: each line of /etc/fstab names them, and
/// a line that named hundreds would help nobody.
pub const BACKUP_SERVERS: usize = 16;
/// How many steps run at once, over all hosts; each host runs its own steps one after the other.
pub const STEPS: usize = 128;
