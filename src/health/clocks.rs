//! The clocks of the hosts, against each other and against this machine. Pure.

use serde::Serialize;

use super::{Found, Health, HostHealth, Kind};
use crate::facts::Clock;

/// A difference of more seconds than this is worth a warning: time stamps of one volume then contradict each other.
pub const TOLERANCE: f64 = 1.0;

/// The clock of a host.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClockHealth {
    /// How many seconds the host's clock is ahead of this machine's; negative if the host's clock is behind.
    pub offset_seconds: f64,
    /// By how many seconds the offset may be wrong in either direction: half of the round trip.
    pub uncertainty_seconds: f64,
}

impl From<Clock> for ClockHealth {
    fn from(clock: Clock) -> Self {
        let rounded = |seconds: f64| (seconds * 1e4).round() / 1e4;
        ClockHealth {
            offset_seconds: rounded(clock.offset),
            uncertainty_seconds: rounded(clock.uncertainty),
        }
    }
}

/// How much two clocks differ for certain: as far as the round trips let anybody say.
fn certain(difference: f64, uncertainty: f64) -> bool {
    difference.abs() - uncertainty > TOLERANCE
}

/// The hosts whose clocks differ from the clocks of most hosts; and this machine, if its clock differs from all hosts'.
pub(super) fn warnings(health: &Health) -> Vec<Found> {
    let mut clocks: Vec<(&HostHealth, ClockHealth)> = health
        .hosts
        .iter()
        .filter_map(|host| Some((host, host.clock?)))
        .collect();
    clocks.sort_by(|one, other| one.1.offset_seconds.total_cmp(&other.1.offset_seconds));
    // Of two hosts, nobody knows which clock is wrong: the sentence names both.
    let Some((middle, most)) = clocks.get(clocks.len().saturating_sub(1) / 2).copied() else {
        return Vec::new();
    };
    let differs = |clock: &ClockHealth| {
        let uncertainty = clock.uncertainty_seconds + most.uncertainty_seconds;
        let difference = clock.offset_seconds - most.offset_seconds;
        certain(difference, uncertainty).then_some((difference, uncertainty))
    };
    let mut found: Vec<Found> = clocks
        .iter()
        .filter_map(|(host, clock)| {
            let (difference, uncertainty) = differs(clock)?;
            let direction = if difference > 0.0 { "ahead of" } else { "behind" };
            let what = format!(
                "the clock is {:.1} s {direction} the clock of {} (give or take {uncertainty:.2} s)",
                difference.abs(),
                middle.name
            );
            Some(Found::of_host(Kind::Clocks, &host.name, what))
        })
        .collect();
    let all = |other: &dyn Fn(f64) -> bool| {
        clocks
            .iter()
            .all(|(_, clock)| other(clock.offset_seconds) && certain(clock.offset_seconds, clock.uncertainty_seconds))
    };
    if all(&|offset| offset > 0.0) || all(&|offset| offset < 0.0) {
        let direction = if most.offset_seconds > 0.0 {
            "behind"
        } else {
            "ahead of"
        };
        found.push(Found::new(
            Kind::OwnClock,
            format!(
                "the clock of this machine is {:.1} s {direction} the clock of {} (give or take {:.2} s)",
                most.offset_seconds.abs(),
                middle.name,
                most.uncertainty_seconds
            ),
        ));
    }
    found
}

/// The offset of a clock as a cell of a table.
pub(super) fn cell(clock: Option<ClockHealth>) -> Option<String> {
    let ClockHealth {
        offset_seconds,
        uncertainty_seconds,
    } = clock?;
    Some(format!("{offset_seconds:+.2} s ± {uncertainty_seconds:.2}"))
}
