//! Watches long work that Gluster does by itself, to its end: healing, and moving files between bricks.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::step::Runner;
use crate::events::Event;
use crate::facts::{self, BrickHeal, Migration, MigrationState, Reply};
use crate::inventory::HostName;
use crate::plan::Watch;
use crate::remote::Output;
use crate::text;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Work that comes no further for this long has failed; a large file takes minutes.
const STILL: Duration = Duration::from_secs(1_800);
/// For how long Gluster may be busy, or a brick may be unconnected, before the watch ends: a brick that was just started
/// needs some seconds, and glusterd drops the lock of a crashed command after 3 minutes.
const AWAY: Duration = Duration::from_secs(240);
/// Healing has ended if this many looks, one after the other, find nothing left to heal.
const CLEAN: usize = 2;

/// What one look at the work says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// The work has ended well.
    Ended,
    /// The work goes on.
    GoesOn(Going),
    /// Nothing can be said now, and a later look may tell; why.
    Away(String),
    /// The work ended, or cannot go on: why.
    Failed(String),
}

/// How far work that goes on has come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Going {
    words: String,
    /// How much is left, if that can be told.
    left: Option<u64>,
    /// What may help if the work comes no further.
    remedy: Option<String>,
}

impl Going {
    fn new(words: String, left: Option<u64>) -> Self {
        let remedy = None;
        Going { words, left, remedy }
    }
}

impl Runner {
    /// Looks at the work until it has ended; fails with the reason, and the last look's output if the host answered.
    pub async fn watch(&self, watch: Watch) -> Result<Output, (String, Option<Output>)> {
        let script = self.step.script();
        let mut seen = Seen::new(Instant::now());
        loop {
            let output = self.hosts.run(&self.step.host, &script).await;
            let output = output.map_err(|lost| (lost.to_string(), None))?;
            let look = look(watch, &self.step.host, &output);
            let progress = match seen.next(look, Instant::now()) {
                Next::Done => return Ok(output),
                Next::Failed(why) => return Err((why, Some(output))),
                Next::Look(progress) => progress,
            };
            let what = progress.what.clone();
            if progress.is_new {
                self.events.send(Event::Progress {
                    host: self.step.host.clone(),
                    step: self.step.title.clone(),
                    what: progress.what,
                    done: progress.done,
                    total: progress.total,
                });
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                reason = self.stop.asked() => {
                    let why = format!(
                        "{what}\nGluster goes on with this work by itself: {reason}; the next run of the same command \
                         takes the watch up again"
                    );
                    return Err((why, Some(output)));
                }
            }
        }
    }
}

/// What a look at the work says, from the output of the command on this host.
fn look(watch: Watch, host: &HostName, output: &Output) -> Look {
    match watch {
        Watch::Heal => match facts::heal_entries(&output.stdout) {
            Ok(bricks) => heal(&bricks),
            Err(words) => Look::Away(words),
        },
        Watch::Names => names(output),
        Watch::Migration | Watch::Removal => match (facts::migration(&output.stdout), facts::reply(&output.stdout)) {
            (Ok(work), _) => migration(&work, watch, host),
            // A server's own process was asked just when it ended (measured with 10.3).
            (Err(_), Ok(Reply::Refused(words))) if words.contains("brick op 'Rebalance' failed") => Look::Away(words),
            (Err(_), Ok(Reply::Refused(words))) => Look::Failed(format!("Gluster refused: {words}")),
            (Err(words), _) => Look::Away(words),
        },
    }
}

/// A brick that lacks names though nothing is left to heal is one that Gluster never took.
fn names(output: &Output) -> Look {
    let missing = output.stdout.lines().find_map(|line| line.strip_prefix("missing="));
    match missing.and_then(|missing| missing.parse::<u64>().ok()) {
        Some(0) => Look::Ended,
        Some(missing) => Look::Away(format!(
            "the new brick lacks {missing} names that another brick of its set has, though nothing is left to heal; to \
             put the brick in anew, make an empty file beside its directory, called as the directory with .glusterctl-new \
             behind, and run the same command again\n{}",
            output.stderr.trim()
        )),
        None => Look::Away(format!(
            "the names of the bricks cannot be compared: {}",
            output.stderr.trim()
        )),
    }
}

fn heal(bricks: &[BrickHeal]) -> Look {
    let away: Vec<String> = bricks
        .iter()
        .filter(|brick| !brick.connected || brick.entries.is_none())
        .map(|brick| brick.brick.to_string())
        .collect();
    if !away.is_empty() {
        return Look::Away(format!("Gluster does not reach {}", away.join(", ")));
    }
    let left = bricks.iter().filter_map(|brick| brick.entries).sum();
    let words = match left {
        0 => return Look::Ended,
        1 => "1 entry is left to heal".to_owned(),
        left => format!("{left} entries are left to heal"),
    };
    Look::GoesOn(Going::new(words, Some(left)))
}

fn migration(work: &Migration, watch: Watch, asked: &HostName) -> Look {
    let files = if work.files == 1 { "file" } else { "files" };
    let moved = format!("{} {files} ({}) moved", work.files, text::size(work.bytes));
    let names = |servers: &[String]| {
        let named = servers.iter().map(|server| match server.as_str() {
            "localhost" => asked.as_str(),
            name => name,
        });
        named.collect::<Vec<_>>().join(", ")
    };
    match &work.state {
        // A process that dies while glusterd does not look leaves "in progress" behind for good; glusterd begins again what was
        // in progress when it starts (measured with 10.3).
        MigrationState::Runs => Look::GoesOn(Going {
            words: moved,
            left: None,
            remedy: Some(format!(
                "not finished: {}; where no process moves files any more (pgrep -f 'process-name rebalance'), systemctl restart \
                 glusterd starts the process again",
                names(&work.runs_on)
            )),
        }),
        MigrationState::Completed if watch == Watch::Removal || !work.has_left_files() => Look::Ended,
        MigrationState::Completed => Look::Failed(format!(
            "{moved}, and Gluster could not move {} files, which stay where they are, unless a program has renamed or \
             deleted them; the logs /var/log/glusterfs/*-rebalance.log on the servers name these files",
            work.failures
        )),
        MigrationState::Failed => Look::Failed(format!(
            "Gluster says that the work has failed on {}; {moved}; the logs \
             /var/log/glusterfs/*-rebalance.log there may say why it failed",
            names(&work.failed_on)
        )),
        MigrationState::Idle(word) => Look::Failed(format!(
            "Gluster says that the work is in the state \"{word}\"; {moved}; glusterctl apply, run again, begins anew"
        )),
    }
}

/// What the looks have seen so far. Pure.
struct Seen {
    /// The most that was left to do.
    most: u64,
    /// The last words, and since when they are the same.
    words: String,
    since: Instant,
    /// How many looks, one after the other, found nothing left to do.
    clean: usize,
}

/// What follows from a look.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Done,
    Failed(String),
    Look(Progress),
}

/// How far the work has come.
#[derive(Debug, PartialEq, Eq)]
struct Progress {
    what: String,
    done: Option<u64>,
    total: Option<u64>,
    /// Whether the words were different before.
    is_new: bool,
}

impl Seen {
    fn new(now: Instant) -> Self {
        Seen {
            most: 0,
            words: String::new(),
            since: now,
            clean: 0,
        }
    }

    fn next(&mut self, look: Look, now: Instant) -> Next {
        self.clean = if look == Look::Ended { self.clean + 1 } else { 0 };
        let (Going { words, left, remedy }, patience) = match look {
            Look::Ended if self.clean >= CLEAN => return Next::Done,
            Look::Ended => {
                let words = "nothing is left to do; looking once more".to_owned();
                (Going::new(words, Some(0)), STILL)
            }
            Look::Failed(why) => return Next::Failed(why),
            Look::GoesOn(going) => (going, STILL),
            Look::Away(words) => (Going::new(words, None), AWAY),
        };
        let is_new = words != self.words;
        if is_new {
            (self.words, self.since) = (words.clone(), now);
        } else if now.duration_since(self.since) > patience {
            let why = format!("{words}, for {} s without a change", patience.as_secs());
            return Next::Failed([Some(why), remedy].into_iter().flatten().collect::<Vec<_>>().join("\n"));
        }
        self.most = self.most.max(left.unwrap_or(0));
        Next::Look(Progress {
            what: words,
            done: left.map(|left| self.most - left),
            total: left.map(|_| self.most),
            is_new,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stdout: &str) -> Output {
        Output {
            status: 0,
            stdout: stdout.into(),
            stderr: String::new(),
        }
    }

    fn look(watch: Watch, output: &Output) -> Look {
        super::look(watch, &HostName::parse("n1").unwrap(), output)
    }

    fn left(words: &str, left: u64) -> Look {
        Look::GoesOn(Going::new(words.into(), Some(left)))
    }

    macro_rules! captured {
        ($name:literal) => {
            said(include_str!(concat!("../../tests/captures/", $name)))
        };
    }

    #[test]
    fn a_heal_with_a_brick_that_is_not_connected_has_not_ended() {
        let pending = look(Watch::Heal, &captured!("volume-heal-info-pending.xml"));
        assert!(matches!(&pending, Look::Away(words) if words.starts_with("Gluster does not reach n3:/")));
        assert_eq!(look(Watch::Heal, &captured!("volume-heal-info-clean.xml")), Look::Ended);
        assert!(matches!(look(Watch::Heal, &said("")), Look::Away(_)));
    }

    #[test]
    fn a_new_brick_that_lacks_names_is_not_whole() {
        assert_eq!(look(Watch::Names, &said("missing=0\n")), Look::Ended);
        let lacks = look(Watch::Names, &said("missing=3\n"));
        assert!(
            matches!(&lacks, Look::Away(words) if words.contains("lacks 3 names")),
            "{lacks:?}"
        );
        assert!(matches!(look(Watch::Names, &said("")), Look::Away(_)));
    }

    #[test]
    fn a_migration_ends_when_gluster_says_completed_without_failures() {
        let look = |output| look(Watch::Migration, &output);
        let runs = look(captured!("rebalance-status-inprogress.xml"));
        assert!(
            matches!(&runs, Look::GoesOn(going) if going.words == "10 files (0.1 KiB) moved"
                && going.left.is_none() && going.remedy.as_ref().unwrap().starts_with("not finished: n3, n2, n1; ")),
            "{runs:?}"
        );
        assert_eq!(look(captured!("rebalance-status-completed.xml")), Look::Ended);
        let completed = include_str!("../../tests/captures/rebalance-status-completed.xml");
        let failures = completed.replace("<failures>0<", "<failures>2<");
        assert!(matches!(look(said(&failures)), Look::Failed(why) if why.contains("could not move 2 files")));
        // Files that Gluster skips stay where they are: that is no failure.
        let skipped = completed.replace("<skipped>0<", "<skipped>3<");
        assert_eq!(look(said(&skipped)), Look::Ended);
        let ends = "<cliOutput><opRet>-1</opRet><opErrno>30800</opErrno><opErrstr>Glusterd Syncop Mgmt brick op 'Rebalance' failed. \
                    Please check brick log file for details.</opErrstr></cliOutput>";
        assert!(matches!(look(said(ends)), Look::Away(_)));
        let none = look(captured!("rebalance-status-none.xml"));
        assert!(matches!(none, Look::Failed(why) if why.contains("Rebalance not started")));
    }

    #[test]
    fn a_removal_ends_when_gluster_says_completed_and_the_bricks_tell_whether_a_file_was_left() {
        let completed = include_str!("../../tests/captures/remove-brick-status-completed.xml");
        let failures = completed.replace("<failures>0<", "<failures>2<");
        let skipped = failures.replace("<skipped>0<", "<skipped>3<");
        assert_eq!(look(Watch::Removal, &said(&skipped)), Look::Ended);
        let failed = look(Watch::Removal, &captured!("remove-brick-status-failed.xml"));
        assert!(
            matches!(&failed, Look::Failed(why) if why.contains("has failed on kube4; 0 files")),
            "{failed:?}"
        );
        let runs = look(Watch::Removal, &captured!("remove-brick-status-inprogress.xml"));
        assert!(matches!(runs, Look::GoesOn(_)), "{runs:?}");
    }

    #[test]
    fn progress_is_told_once_and_work_that_stands_still_fails() {
        let begun = Instant::now();
        let mut seen = Seen::new(begun);
        let left = |entries| left(&format!("{entries} left"), entries);
        let progress = |next| match next {
            Next::Look(progress) => (progress.done, progress.total, progress.is_new),
            other => panic!("{other:?}"),
        };
        assert_eq!(progress(seen.next(left(8), begun)), (Some(0), Some(8), true));
        assert_eq!(progress(seen.next(left(2), begun)), (Some(6), Some(8), true));
        assert_eq!(
            progress(seen.next(left(2), begun + AWAY * 2)),
            (Some(6), Some(8), false)
        );
        assert!(matches!(seen.next(left(2), begun + STILL * 2), Next::Failed(_)));
    }

    #[test]
    fn files_that_are_moved_no_further_are_told_with_a_remedy() {
        let begun = Instant::now();
        let mut seen = Seen::new(begun);
        let runs = || look(Watch::Removal, &captured!("remove-brick-status-inprogress.xml"));
        assert!(matches!(seen.next(runs(), begun), Next::Look(_)));
        let failed = seen.next(runs(), begun + STILL * 2);
        assert!(
            matches!(&failed, Next::Failed(why) if why.contains("for 1800 s without a change\nnot finished: n4")),
            "{failed:?}"
        );
    }

    #[test]
    fn nothing_left_to_heal_is_believed_the_second_time() {
        let now = Instant::now();
        let mut seen = Seen::new(now);
        assert!(matches!(seen.next(Look::Ended, now), Next::Look(_)));
        assert!(matches!(seen.next(left("1", 1), now), Next::Look(_)));
        assert!(matches!(seen.next(Look::Ended, now), Next::Look(_)));
        assert_eq!(seen.next(Look::Ended, now), Next::Done);
    }

    #[test]
    fn gluster_that_stays_away_fails_the_watch_sooner() {
        let now = Instant::now();
        let mut seen = Seen::new(now);
        let away = || Look::Away("Gluster does not reach n3:/b".into());
        assert!(matches!(seen.next(away(), now), Next::Look(_)));
        let failed = seen.next(away(), now + AWAY * 2);
        assert_eq!(
            failed,
            Next::Failed("Gluster does not reach n3:/b, for 240 s without a change".into())
        );
    }
}
