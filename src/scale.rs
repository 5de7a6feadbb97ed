//! How much at once: every number that limits concurrency, in one place.

/// How many steps run at once, over all hosts; each host runs its own steps one after the other.
pub const STEPS: usize = 128;
