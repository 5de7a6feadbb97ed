//! What a program that writes or reads has felt, measured from when each of its tries began and ended. Pure.

use std::time::Duration;

/// Something that a program told, and when, counted from the program's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What a program told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A write or a read begins; or the program would begin one, and cannot, because its host has no power.
    Try,
    /// It succeeded.
    Done,
    /// It was refused.
    Failed,
    /// It succeeded with content that nobody wrote.
    Different,
}

/// What a program has felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Felt {
    /// The longest time from when something was to be written or read until that succeeded, whether the program stood still
    /// meanwhile or was refused again and again.
    pub longest: Duration,
    /// How many tries succeeded.
    pub done: usize,
    /// How many tries were refused.
    pub failed: usize,
    /// How many reads gave content that nobody wrote.
    pub different: usize,
}

/// What was felt between `from` and `until`, with the whole of a try that was on its way at `from`.
#[must_use]
pub fn felt(moments: &[Moment], from: Duration, until: Duration) -> Felt {
    let mut felt = Felt::default();
    let mut waits: Option<Duration> = None;
    for Moment { at, what } in moments.iter().copied().filter(|moment| moment.at <= until) {
        let counts = usize::from(at >= from);
        match what {
            What::Try => {
                waits.get_or_insert(at);
            }
            What::Failed => felt.failed += counts,
            What::Done | What::Different => {
                let waited = at.saturating_sub(waits.take().unwrap_or(at));
                if counts == 1 {
                    felt.longest = felt.longest.max(waited);
                }
                match what {
                    What::Different => felt.different += counts,
                    _ => felt.done += counts,
                }
            }
        }
    }
    if let Some(since) = waits {
        felt.longest = felt.longest.max(until.saturating_sub(since));
    }
    felt
}

/// When something succeeded last.
#[must_use]
pub fn last_done(moments: &[Moment]) -> Option<Duration> {
    let done = moments.iter().rev().find(|moment| moment.what == What::Done);
    done.map(|moment| moment.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn moments(told: &[(u64, What)]) -> Vec<Moment> {
        let moment = |(at, what): &(u64, What)| Moment {
            at: seconds(*at),
            what: *what,
        };
        told.iter().map(moment).collect()
    }

    use What::{Different, Done, Failed, Try};

    #[test]
    fn a_stall_lasts_from_the_first_try_until_success() {
        let told = moments(&[
            (1, Try),
            (2, Done),
            (10, Try),
            (12, Failed),
            (13, Try),
            (14, Failed),
            (15, Try),
            (17, Done),
            (30, Try),
            (31, Done),
        ]);
        let all = felt(&told, seconds(0), seconds(40));
        assert_eq!((all.longest, all.done, all.failed), (seconds(7), 3, 2));
        // The pause between two tries is no stall.
        assert_eq!(felt(&told, seconds(18), seconds(40)).longest, seconds(1));
    }

    #[test]
    fn a_try_on_its_way_counts_as_a_whole_and_an_earlier_one_does_not() {
        let told = moments(&[(1, Try), (8, Done), (9, Try), (14, Done), (15, Try), (15, Different)]);
        let later = felt(&told, seconds(10), seconds(20));
        assert_eq!((later.longest, later.done, later.different), (seconds(5), 1, 1));
    }

    #[test]
    fn what_never_succeeds_stalls_until_the_end() {
        let told = moments(&[(1, Try), (2, Done), (5, Try), (6, Failed), (7, Try)]);
        let lost = felt(&told, seconds(3), seconds(50));
        assert_eq!((lost.longest, lost.failed, lost.done), (seconds(45), 1, 0));
        // A host that lost its power told nothing more; it was to write when the power went.
        let off = moments(&[(1, Try), (2, Done), (5, Try), (60, Try), (61, Done)]);
        assert_eq!(felt(&off, seconds(5), seconds(70)).longest, seconds(56));
        assert_eq!(last_done(&off), Some(seconds(61)));
        assert_eq!(last_done(&[]), None);
    }
}
