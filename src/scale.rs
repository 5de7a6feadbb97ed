//! How much at once: every number that limits concurrency, in one place.

/// Connections that are made at the same time: with hundreds of hosts, as many ssh processes would exhaust this machine.
pub const CONNECTIONS_AT_ONCE: usize = 64;

/// SSH sessions over one connection at the same time: an SSH server refuses the eleventh, unless its MaxSessions says
/// otherwise (sshd_config(5)).
pub const SESSIONS_PER_HOST: usize = 8;
