//! How much at once: every number that limits concurrency, in one place.

/// Connections that are made at the same time: with hundreds of hosts, as many ssh processes would exhaust this machine.
pub const CONNECTIONS_AT_ONCE: usize = 64;

/// SSH sessions over one connection at the same time: an SSH server refuses the eleventh, unless its MaxSessions says
/// otherwise (sshd_config(5)).
pub const SESSIONS_PER_HOST: usize = 8;

/// Steps that run at the same time, over all hosts; each host runs its own steps one after the other.
pub const STEPS: usize = 128;

/// The servers that a mount may ask for the volume's definition besides its first: each line of /etc/fstab names them, and
/// a line that named hundreds would help nobody.
pub const BACKUP_SERVERS: usize = 16;
