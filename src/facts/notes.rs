//! What glusterctl has noted on a host itself: that the host is in maintenance, and how far an operation has come that goes
//! through the hosts one by one. Pure.

use super::sections::Sections;

/// The mark of a host in maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintenance {
    /// Since when, in UTC; empty if the mark does not say.
    pub since: String,
    /// Whether the mark keeps glusterd from starting; otherwise the end of the maintenance has begun.
    pub holds: bool,
}

/// How far an operation that goes through the hosts one by one has come on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingNote {
    /// The kind of the operation: `reboot` or `update`.
    pub kind: String,
    /// The name of the run: the time at which the run began.
    pub run: String,
    /// What the operation wants besides: the version of an update; `-` if nothing.
    pub what: String,
    /// How far the operation has come.
    pub progress: Progress,
}

/// How far an operation has come on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The host is still to be done; the number of the boot in which the note was made.
    Todo(String),
    /// The host is done.
    Done,
}

impl RollingNote {
    /// The note as a line.
    #[must_use]
    pub fn line(&self) -> String {
        let RollingNote {
            kind,
            run,
            what,
            progress,
        } = self;
        match progress {
            Progress::Todo(boot) => format!("{kind} {run} {what} todo {boot}"),
            Progress::Done => format!("{kind} {run} {what} done"),
        }
    }

    /// Reads a note; none if the line is no note.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (head, progress) = match words[..] {
            [kind, run, what, "todo", boot] => ([kind, run, what], Progress::Todo(boot.to_owned())),
            [kind, run, what, "done"] => ([kind, run, what], Progress::Done),
            _ => return None,
        };
        let [kind, run, what] = head.map(str::to_owned);
        Some(RollingNote {
            kind,
            run,
            what,
            progress,
        })
    }
}

pub(super) fn maintenance(sections: &Sections) -> Option<Maintenance> {
    let since = sections.value("notes", "maintenance")?.to_owned();
    let holds = sections.value("notes", "held").is_some();
    Some(Maintenance { since, holds })
}

pub(super) fn rolling(sections: &Sections) -> Option<RollingNote> {
    RollingNote::parse(sections.value("notes", "rolling")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for progress in [Progress::Todo("6b1d".to_owned()), Progress::Done] {
            let note = RollingNote {
                kind: "update".to_owned(),
                run: "20261126T120000Z".to_owned(),
                what: "11.1-6".to_owned(),
                progress,
            };
            assert_eq!(RollingNote::parse(&note.line()), Some(note));
        }
        for wrong in ["", "reboot", "reboot a - todo", "reboot a - done more"] {
            assert_eq!(RollingNote::parse(wrong), None);
        }
    }
}
