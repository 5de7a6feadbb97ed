//! Concurrency limits: every number that limits how much happens at once.

/// SSH connections that are opened at the same time: a process for each of hundreds of hosts would exhaust this
/// machine.
pub const CONNECTIONS_AT_ONCE: usize = 64;

/// SSH sessions over one connection at the same time: an SSH server refuses the eleventh session, unless its
/// `MaxSessions` allows more (sshd_config(5)).
pub const SESSIONS_PER_HOST: usize = 8;

/// Steps that run at the same time, over all hosts; each host runs its own steps one after the other.
pub const STEPS: usize = 128;

/// The backup servers of a mount, which the mount asks for the volume's definition when the first server does not
/// answer. Each line of /etc/fstab names the backup servers; hundreds of names in a line would help nobody.
pub const BACKUP_SERVERS: usize = 16;

/// Hosts that have a line of their own on a terminal; the other hosts are counted. A terminal has 24 lines at least.
pub const HOSTS_ON_SCREEN: usize = 16;

/// Connections that one host tries at the same time, a process each: when a whole cluster is cut in two, the first few
/// connections that fail say why.
pub const TRIED_PER_HOST: usize = 64;
