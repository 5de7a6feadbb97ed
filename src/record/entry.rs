//! The lines of a record, and the secrets that are left out of the lines. Pure but for the clock.

use serde::{Deserialize, Serialize};

use crate::clock::{now, now_exactly};
use crate::events::Event;
use crate::inventory::HostName;

/// One line of a record: a stable interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// The first line.
    Run {
        /// The time, in UTC.
        at: String,
        /// The cluster's name.
        cluster: String,
        /// The user, machine and process.
        by: String,
        /// The hosts that the run was limited to; none of a run on the whole cluster.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        limit: Vec<HostName>,
    },
    /// A step was begun.
    Begun {
        /// The time, in UTC.
        at: String,
        /// The host.
        host: String,
        /// The step's title.
        step: String,
        /// Why the step was needed.
        reason: String,
    },
    /// A step ended.
    Ended {
        /// The time, in UTC.
        at: String,
        /// The host.
        host: String,
        /// The step's title.
        step: String,
        /// The script that ran.
        command: String,
        /// The script's exit status; none if the connection to the host broke.
        status: Option<i32>,
        /// What the script printed.
        output: String,
        /// Why the step failed, if it failed.
        error: Option<String>,
    },
    /// The last line. Without this line, the run was ended early or still goes on.
    Finished {
        /// The time, in UTC.
        at: String,
        /// Whether the hosts were as the inventory wants them.
        done: bool,
        /// What went wrong.
        errors: Vec<String>,
    },
}

impl Entry {
    /// The first line of a record: a run on this cluster by this user and process begins.
    #[must_use]
    pub fn run(cluster: String, by: String, limit: Vec<HostName>) -> Self {
        Entry::Run {
            at: now(),
            cluster,
            by,
            limit,
        }
    }

    /// What the record keeps of an event; none for kinds of events that are not recorded.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let at = now_exactly();
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
            | Event::NewHostKey(_)
            | Event::Planned { .. }
            | Event::Asking { .. }
            | Event::Again { .. }
            | Event::Progress { .. }
            | Event::Skipped { .. } => None,
        }
    }
}

/// Parts of the names of volume options whose values are secrets; options that begin with `auth.` say who may use the
/// volume, and with which password.
const SECRET: [&str; 4] = ["password", "secret", "auth.", "private-key"];

fn secret(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    SECRET.iter().find(|secret| lower.contains(*secret)).copied()
}

/// The text with every line that names a secret replaced by that name.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let line = |line: &str| match secret(line) {
        Some(secret) => format!("(a line about {secret} is left out)"),
        None => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The text, unless `subject`, which the text is about, names a secret: such a text is left out as a whole, because the
/// text may have the secret's value without its name, as "the option is VALUE".
fn about(subject: &str, text: &str) -> String {
    match secret(subject) {
        Some(secret) => format!("(a text about {secret} is left out)"),
        None => without_secrets(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_record() {
        let text = "gluster volume set gv0 auth.login.x.password s3cret\nnext";
        assert_eq!(without_secrets(text), "(a line about password is left out)\nnext");
        let step = "set user.password of volume gv0 to new";
        assert_eq!(about(step, "it is old"), "(a text about password is left out)");
        assert_eq!(about("start volume gv0", "it is stopped"), "it is stopped");
    }
}
