//! How long the tests go on, which `GLUSTERCTL_SOAK` says.

/// The number of rounds of long tests; `None` for the short form of the tests.
pub fn soak() -> Option<usize> {
    let rounds = std::env::var("GLUSTERCTL_SOAK")
        .ok()
        .filter(|rounds| !rounds.is_empty())?;
    Some(rounds.parse().expect("GLUSTERCTL_SOAK is a number of rounds"))
}

/// The number of cases of a property test: so many in each round.
pub fn cases(in_each_round: u32) -> u32 {
    u32::try_from(soak().unwrap_or(1)).unwrap() * in_each_round
}
