//! The lines of a record, and what is left out of them. Pure but for the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::execute::Event;

/// One line of a record: a stable interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// The first line.
    Run {
        /// When, in UTC.
        at: String,
        /// The cluster.
        cluster: String,
        /// Who.
        by: String,
    },
    /// A step was begun.
    Begun {
        /// When, in UTC.
        at: String,
        /// Where.
        host: String,
        /// Its title.
        step: String,
        /// Why it was needed.
        reason: String,
    },
    /// A step ended.
    Ended {
        /// When, in UTC.
        at: String,
        /// Where.
        host: String,
        /// Its title.
        step: String,
        /// The script that ran.
        command: String,
        /// Its exit status; none if the host was lost.
        status: Option<i32>,
        /// What it printed.
        output: String,
        /// Why it failed, if it did.
        error: Option<String>,
    },
    /// The last line; without it the run was cut short.
    Finished {
        /// When, in UTC.
        at: String,
        /// Everything was as the inventory wants it.
        done: bool,
        /// What went wrong.
        errors: Vec<String>,
    },
}

impl Entry {
    /// What of an event goes into the record.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let at = now();
        match event {
            Event::Started { host, step, reason } => Some(Entry::Begun {
                at,
                host: host.to_string(),
                step: without_secrets(step),
                reason: about(step, reason),
            }),
            Event::Ended {
                host,
                step,
                error,
                command,
                output,
                status,
                ..
            } => Some(Entry::Ended {
                at,
                host: host.to_string(),
                step: without_secrets(step),
                command: about(step, command),
                status: *status,
                output: about(step, output),
                error: error.as_deref().map(|error| about(step, error)),
            }),
            Event::Finished { done, errors, .. } => Some(Entry::Finished {
                at,
                done: *done,
                errors: errors.iter().map(|error| about(error, error)).collect(),
            }),
            Event::Waiting { .. }
            | Event::Observing { .. }
            | Event::Planned { .. }
            | Event::Asking { .. }
            | Event::Again { .. }
            | Event::Skipped { .. } => None,
        }
    }
}

/// What the names of volume options whose values are secrets have in common; `auth.` are GlusterFS's lists of who may
/// do what, with which password.
const SECRET: [&str; 4] = ["password", "secret", "auth.", "private-key"];

fn secret(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    SECRET.iter().find(|secret| lower.contains(*secret)).copied()
}

/// Leaves out every line that names a secret, but for the name.
fn without_secrets(text: &str) -> String {
    let line = |line: &str| match secret(line) {
        Some(secret) => format!("(a line about {secret} is left out)"),
        None => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A text about something that names a secret is left out as a whole: it may tell the secret without its name, as "it is
/// VALUE" does.
fn about(something: &str, text: &str) -> String {
    match secret(something) {
        Some(secret) => format!("(left out: it is about {secret})"),
        None => without_secrets(text),
    }
}

/// The time, in UTC, as RFC 3339 writes it, to the second.
#[must_use]
pub fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    stamp(seconds)
}

/// From seconds since 1970. Days to a date: Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn stamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // As `date -u -d @SECONDS +%FT%TZ` prints them.
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_795_219_200, "2026-11-21T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(stamp(seconds), date);
        }
    }

    #[test]
    fn secrets_do_not_reach_the_record() {
        let text = "gluster volume set gv0 auth.login.x.password s3cret\nnext";
        assert_eq!(without_secrets(text), "(a line about password is left out)\nnext");
        let step = "set user.password of volume gv0 to new";
        assert_eq!(about(step, "it is old"), "(left out: it is about password)");
        assert_eq!(about("start volume gv0", "it is stopped"), "it is stopped");
    }
}
