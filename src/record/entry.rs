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
    // A clock before 1970 is the clock of a machine without a battery: humantime does not write such a time.
    humantime::format_rfc3339_seconds(SystemTime::now().max(UNIX_EPOCH)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_record() {
        let text = "gluster volume set gv0 auth.login.x.password s3cret\nnext";
        assert_eq!(without_secrets(text), "(a line about password is left out)\nnext");
        let step = "set user.password of volume gv0 to new";
        assert_eq!(about(step, "it is old"), "(left out: it is about password)");
        assert_eq!(about("start volume gv0", "it is stopped"), "it is stopped");
    }
}
