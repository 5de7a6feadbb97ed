//! Whether an attempt at a step succeeded: by the command's exit status and by what the command printed. Pure.

use crate::facts::{self, MigrationState, Peer, Reply, peers_in_reply, reply};
use crate::inventory::HostName;
use crate::plan::{Step, Success, Watch};
use crate::remote::Output;

/// How an attempt at a step ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The step is done.
    Done,
    /// The step failed, and another attempt would not help; why.
    Failed(String),
    /// The step is not done, but another attempt may do it; why.
    Again(String),
    /// The step is not done: Gluster rejects a peer, which right after the start of a glusterd may pass; why.
    Rejected(String),
}

/// The exit status of `timeout` when the limit ended the command (timeout(1)).
const TIMED_OUT: i32 = 124;

/// Judges an attempt by the command's exit status and output.
pub fn judge(step: &Step, output: &Output) -> Attempt {
    if output.status == TIMED_OUT {
        return Attempt::Failed(with_words(
            &format!("the command did not end within {} s", step.limit_seconds),
            output,
        ));
    }
    if is_anew(step, output) {
        return Attempt::Failed(output.stderr.trim().to_owned());
    }
    if output.status != 0 {
        return Attempt::Failed(with_words(&format!("exit status {}", output.status), output));
    }
    match &step.success {
        // `watch.rs` judges what a step watches, and `boot.rs` whether a host has booted.
        Success::Exit | Success::Once | Success::Anew | Success::Watch(_) | Success::NewBoot(_) => Attempt::Done,
        Success::Gluster | Success::Probe(_) => match reply(&output.stdout) {
            Ok(Reply::Done) => Attempt::Done,
            Ok(Reply::Busy(words)) => Attempt::Again(words),
            Ok(Reply::Refused(words)) if words.contains("log file") => Attempt::Failed(format!(
                "Gluster refused: {words}\nlook at /var/log/glusterfs/glusterd.log on {}",
                step.host
            )),
            Ok(Reply::Refused(words)) => Attempt::Failed(format!("Gluster refused: {words}")),
            Err(words) => Attempt::Failed(words),
        },
        Success::Peers(names) => peers(names, &output.stdout),
    }
}

/// Whether a step that failed has to begin anew: the command has taken back what earlier steps began, a process that moves files
/// ended too soon, or a rebalance left files where they were, which another rebalance moves.
pub fn is_anew(step: &Step, output: &Output) -> bool {
    match step.success {
        Success::Anew | Success::Gluster => output.status == Success::ANEW,
        Success::Watch(watch @ (Watch::Migration | Watch::Removal)) => {
            facts::migration(&output.stdout).is_ok_and(|work| match work.state {
                MigrationState::Failed => true,
                _ => watch == Watch::Migration && work.has_left_files(),
            })
        }
        _ => false,
    }
}

/// Gluster's words for a peer that it is connected to and does not accept, for example because the two have different
/// definitions of a volume.
const REJECTED: &str = "Peer Rejected";

fn peers(names: &[HostName], status: &str) -> Attempt {
    // Right after a probe, glusterd is busy with the probe and may answer with an error.
    let peers = match peers_in_reply(status) {
        Ok(peers) => peers,
        Err(words) => return Attempt::Again(words),
    };
    let missing: Vec<&HostName> = missing(names, &peers).collect();
    if missing.is_empty() {
        return Attempt::Done;
    }
    let rejected = |name: &&&HostName| {
        let mut rejected = peers.iter().filter(|peer| peer.connected && peer.state == REJECTED);
        rejected.any(|peer| peer.is_called(name))
    };
    let list = |names: Vec<&HostName>| names.into_iter().map(HostName::as_str).collect::<Vec<_>>().join(", ");
    match missing.iter().filter(rejected).copied().collect::<Vec<_>>() {
        rejected if rejected.is_empty() => Attempt::Again(format!("{} not yet in the cluster", list(missing))),
        rejected => Attempt::Rejected(format!(
            "glusterd is connected to {}, and Gluster says: {REJECTED}",
            list(rejected)
        )),
    }
}

/// The hosts that are no connected peers in the cluster.
fn missing<'n>(names: &'n [HostName], peers: &[Peer]) -> impl Iterator<Item = &'n HostName> {
    let is_ready = |name: &HostName| {
        let mut ready = peers.iter().filter(|peer| peer.connected && peer.in_cluster);
        ready.any(|peer| peer.is_called(name))
    };
    names.iter().filter(move |name| !is_ready(name))
}

/// The hosts that a step could not connect to, as far as its last attempt tells.
pub fn unconnected(step: &Step, output: &Output) -> Vec<HostName> {
    match &step.success {
        Success::Exit | Success::Once | Success::Anew | Success::Gluster | Success::Watch(_) | Success::NewBoot(_) => {
            Vec::new()
        }
        Success::Probe(name) => vec![name.clone()],
        Success::Peers(names) => {
            let peers = peers_in_reply(&output.stdout).unwrap_or_default();
            missing(names, &peers).cloned().collect()
        }
    }
}

/// How many lines of a command's standard output a message repeats; the record has the whole output.
const LINES: usize = 12;

/// `what`, then what the command printed: all of standard error, the end of standard output, and the earlier lines of
/// standard output that read like an error.
fn with_words(what: &str, output: &Output) -> String {
    let mut lines = vec![what];
    lines.extend(Some(output.stderr.trim()).filter(|words| !words.is_empty()));
    let said: Vec<&str> = output.stdout.trim().lines().map(last_shown).collect();
    let (rest, end) = said.split_at(said.len().saturating_sub(LINES));
    if !rest.is_empty() {
        lines.push("[…]");
        // dpkg's errors reach standard output only: apt gives it a terminal of its own.
        let errors = ["error", "cannot", "No space left"];
        let told = rest
            .iter()
            .filter(|line| errors.iter().any(|error| line.contains(error)));
        lines.extend(told.take(LINES));
    }
    lines.extend(end.iter().filter(|line| !line.is_empty()));
    lines.join("\n")
}

/// The part of a line that a terminal shows in the end: programs overwrite the line of their progress.
fn last_shown(line: &str) -> &str {
    line.trim_end().rsplit('\r').next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(success: Success) -> Step {
        Step {
            success,
            ..Step::made_up("n1", "t")
        }
    }

    fn said(status: i32, stdout: &str) -> Output {
        Output {
            status,
            stdout: stdout.into(),
            stderr: "words".into(),
        }
    }

    #[test]
    fn exit_status_0_is_no_success_for_gluster() {
        let refused = include_str!("../../tests/captures/err-start-already.xml");
        assert_eq!(
            judge(&step(Success::Gluster), &said(0, refused)),
            Attempt::Failed("Gluster refused: Volume gv0 already started".into())
        );
        assert_eq!(judge(&step(Success::Exit), &said(0, refused)), Attempt::Done);
        assert!(matches!(
            judge(&step(Success::Gluster), &said(0, "no xml")),
            Attempt::Failed(_)
        ));
    }

    #[test]
    fn a_command_that_took_the_beginning_back_says_only_why() {
        let anew = said(Success::ANEW, "");
        assert_eq!(judge(&step(Success::Anew), &anew), Attempt::Failed("words".into()));
        assert!(is_anew(&step(Success::Anew), &anew) && is_anew(&step(Success::Gluster), &anew));
        assert!(!is_anew(&step(Success::Exit), &anew) && !is_anew(&step(Success::Anew), &said(1, "")));
        assert_eq!(
            judge(&step(Success::Anew), &said(1, "")),
            Attempt::Failed("exit status 1\nwords".into())
        );
    }

    #[test]
    fn a_rebalance_that_left_files_begins_anew() {
        let completed = include_str!("../../tests/captures/rebalance-status-completed.xml");
        let left = completed.replace("<failures>0<", "<failures>2<");
        let watch = |watch| step(Success::Watch(watch));
        assert!(is_anew(&watch(Watch::Migration), &said(0, &left)));
        assert!(!is_anew(&watch(Watch::Migration), &said(0, completed)));
        assert!(!is_anew(&watch(Watch::Removal), &said(0, &left)));
    }

    #[test]
    fn work_whose_process_ended_too_soon_begins_anew_and_work_that_somebody_stopped_does_not() {
        let failed = include_str!("../../tests/captures/remove-brick-status-failed.xml");
        let stopped = failed
            .replace("<status>4<", "<status>2<")
            .replace(">failed<", ">stopped<");
        for watch in [Watch::Removal, Watch::Migration] {
            let watch = step(Success::Watch(watch));
            assert!(is_anew(&watch, &said(0, failed)) && !is_anew(&watch, &said(0, &stopped)));
        }
    }

    #[test]
    fn a_command_that_was_ended_by_its_limit_says_so() {
        let attempt = judge(&step(Success::Exit), &said(124, ""));
        assert_eq!(
            attempt,
            Attempt::Failed("the command did not end within 60 s\nwords".into())
        );
    }

    #[test]
    fn a_message_has_all_errors_and_only_the_end_of_the_rest() {
        let rest: String = (0..99).map(|number| format!("line {number}\n")).collect();
        let output = said(
            100,
            &(format!("dpkg: error\n{rest}") + "(Reading 5%\r(Reading 10%\rdone\n"),
        );
        let Attempt::Failed(message) = judge(&step(Success::Exit), &output) else {
            panic!("exit status 100 is a failure");
        };
        assert!(
            message.starts_with("exit status 100\nwords\n[…]\ndpkg: error\nline 88\n"),
            "{message}"
        );
        assert!(message.ends_with("line 98\ndone"), "{message}");
    }

    #[test]
    fn a_peer_that_is_only_accepted_is_waited_for() {
        let status = include_str!("../../tests/captures/peer-status-converging.xml");
        let peers = |names: &[&str]| Success::Peers(names.iter().map(|name| HostName::parse(name).unwrap()).collect());
        assert_eq!(judge(&step(peers(&["n2", "n3"])), &said(0, status)), Attempt::Done);
        let waiting = judge(&step(peers(&["n2", "n4"])), &said(0, status));
        assert_eq!(waiting, Attempt::Again("n4 not yet in the cluster".into()));
        let n4 = unconnected(&step(peers(&["n2", "n4"])), &said(0, status));
        assert_eq!(n4, [HostName::parse("n4").unwrap()]);
        let rejected = status.replace("Accepted peer request", "Peer Rejected");
        let attempt = judge(&step(peers(&["n2", "n4"])), &said(0, &rejected));
        let words = "glusterd is connected to n4, and Gluster says: Peer Rejected";
        assert_eq!(attempt, Attempt::Rejected(words.into()));
    }
}
