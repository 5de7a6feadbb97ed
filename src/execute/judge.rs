//! How a command's end is judged. Pure.

use crate::facts::{Reply, peers_in_reply, reply};
use crate::inventory::HostName;
use crate::plan::{Step, Success};
use crate::remote::Output;

/// What to make of a command's end.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it should.
    Done,
    /// It did not, and trying again would not help.
    Failed(String),
    /// It did not, but may in a moment.
    Again(String),
}

/// What `timeout` exits with when it ended the command.
const TIMED_OUT: i32 = 124;

pub fn judge(step: &Step, output: &Output) -> Verdict {
    if output.status == TIMED_OUT {
        return Verdict::Failed(with_words(
            &format!("not finished after {} s", step.limit_seconds),
            output,
        ));
    }
    if output.status != 0 {
        return Verdict::Failed(with_words(&format!("exit status {}", output.status), output));
    }
    match &step.success {
        Success::Exit => Verdict::Done,
        Success::Gluster => match reply(&output.stdout) {
            Ok(Reply::Done) => Verdict::Done,
            Ok(Reply::Busy(words)) => Verdict::Again(words),
            Ok(Reply::Refused(words)) if words.contains("log file") => Verdict::Failed(format!(
                "Gluster refused: {words}\nlook at /var/log/glusterfs/glusterd.log on {}",
                step.host
            )),
            Ok(Reply::Refused(words)) => Verdict::Failed(format!("Gluster refused: {words}")),
            Err(words) => Verdict::Failed(words),
        },
        Success::Peers(names) => peers(names, &output.stdout),
    }
}

fn peers(names: &[HostName], status: &str) -> Verdict {
    // Right after a probe the daemon is busy with it.
    let peers = match peers_in_reply(status) {
        Ok(peers) => peers,
        Err(words) => return Verdict::Again(words),
    };
    let ready = |name: &HostName| {
        let mut ready = peers.iter().filter(|peer| peer.connected && peer.in_cluster);
        ready.any(|peer| peer.names.iter().any(|known| known == name.as_str()))
    };
    let missing: Vec<&str> = names.iter().filter(|name| !ready(name)).map(HostName::as_str).collect();
    if missing.is_empty() {
        Verdict::Done
    } else {
        Verdict::Again(format!("{} not yet in the cluster", missing.join(", ")))
    }
}

/// What the command itself said about what is wrong is kept whole.
fn with_words(what: &str, output: &Output) -> String {
    let said = [output.stderr.trim(), output.stdout.trim()];
    // What apt prints while all is well is not worth a screen, if it also says what is wrong.
    let words = said.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    format!("{what}\n{words}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(success: Success) -> Step {
        Step {
            host: HostName::parse("n1").unwrap(),
            title: "t".into(),
            reason: "r".into(),
            command: "c".into(),
            formats: None,
            success,
            limit_seconds: 60,
            needs: Vec::new(),
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
            Verdict::Failed("Gluster refused: Volume gv0 already started".into())
        );
        assert_eq!(judge(&step(Success::Exit), &said(0, refused)), Verdict::Done);
        assert!(matches!(
            judge(&step(Success::Gluster), &said(0, "no xml")),
            Verdict::Failed(_)
        ));
    }

    #[test]
    fn a_command_that_was_ended_by_its_limit_says_so() {
        let verdict = judge(&step(Success::Exit), &said(124, ""));
        assert_eq!(verdict, Verdict::Failed("not finished after 60 s\nwords".into()));
    }

    #[test]
    fn a_peer_that_is_only_accepted_is_waited_for() {
        let status = include_str!("../../tests/captures/peer-status-converging.xml");
        let peers = |names: &[&str]| Success::Peers(names.iter().map(|name| HostName::parse(name).unwrap()).collect());
        assert_eq!(judge(&step(peers(&["n2", "n3"])), &said(0, status)), Verdict::Done);
        let waiting = judge(&step(peers(&["n2", "n4"])), &said(0, status));
        assert_eq!(waiting, Verdict::Again("n4 not yet in the cluster".into()));
    }
}
