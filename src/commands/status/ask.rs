//! Questions to Gluster for `status`: each that takes a volume's lock is asked once, and again only while another command
//! holds the lock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::facts::{self, BrickClients, BrickHeal, BrickStatus, Reply};
use crate::health::{BricksSaid, MoreSaid};
use crate::inventory::{HostName, VolumeName};
use crate::remote::{Hosts, Output, Script};
use crate::shell;

/// How many times a question to Gluster is asked: Gluster refuses while another command holds Gluster's lock.
const TRIES: usize = 10;

/// The pause before a question is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// If the question what is left to heal took longer than this, what is in split-brain is not asked: the time is needed to find
/// out why a brick is not reached.
const QUICK: Duration = Duration::from_secs(8);

/// The exit status of a script that its limit ended.
const TIMED_OUT: i32 = 124;

/// What is asked about a volume.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// The processes of its bricks.
    Processes,
    /// Everything.
    All {
        /// Whether the bricks can have entries to heal.
        heals: bool,
        /// Whether Gluster keeps copies of whole files, which can be in split-brain.
        copies: bool,
        /// Whether a mount of the volume answers.
        answers: bool,
        /// Whether the volume's quota is on.
        has_quota: bool,
    },
}

/// Questions to the glusterd of one server.
#[derive(Clone)]
pub(in crate::commands) struct Asking {
    hosts: Arc<Hosts>,
    server: HostName,
    /// For how long all questions may be asked, and until when.
    limit: Duration,
    until: Instant,
}

impl Asking {
    /// Questions that may be asked for as long as the limit.
    pub fn new(hosts: &Arc<Hosts>, server: &HostName, limit: Duration) -> Self {
        Asking {
            hosts: Arc::clone(hosts),
            server: server.clone(),
            limit,
            until: Instant::now() + limit,
        }
    }

    /// Asks about a volume.
    pub(super) async fn about(&self, volume: &VolumeName, wanted: Wanted) -> BricksSaid {
        let name = shell::quote(volume.as_str());
        let Wanted::All {
            heals,
            copies,
            answers,
            has_quota,
        } = wanted
        else {
            return BricksSaid {
                status: self.processes(&name).await.0,
                heal: None,
                more: MoreSaid::default(),
            };
        };
        // Both take the volume's lock.
        let locked = async {
            let processes = self.processes(&name).await;
            let list = self.xml(format!("volume quota {name} list"), facts::quota_uses);
            (processes, if has_quota { Some(list.await) } else { None })
        };
        // The questions about heals take no lock. While the network swallows what is sent to a brick, each takes some 20 s.
        let heal = async {
            let begun = Instant::now();
            (self.heals(&name, heals).await, begun.elapsed() < QUICK)
        };
        let (((status, more), quota), (heal, is_quick)) = tokio::join!(locked, heal);
        let known = heal.as_ref().map(|heal| heal.as_deref().unwrap_or_default());
        let is_split =
            known.is_some_and(|bricks| bricks.iter().any(|brick| brick.entries.is_some_and(|some| some > 0)));
        // A brick that hangs keeps Gluster waiting for its list of clients, and the volume's lock is held meanwhile.
        let is_safe = match known {
            Some(bricks) => !bricks.is_empty() && bricks.iter().all(|brick| brick.connected),
            None => answers,
        };
        let split_brain = async {
            match copies && is_split && is_quick {
                true => Some(
                    self.xml(format!("volume heal {name} info split-brain"), facts::split_brain)
                        .await,
                ),
                false => None,
            }
        };
        let clients = async {
            match is_safe {
                true => self.clients(&name).await.ok(),
                false => None,
            }
        };
        let (split_brain, clients) = tokio::join!(split_brain, clients);
        BricksSaid {
            status,
            heal,
            more: MoreSaid {
                split_brain,
                clients,
                quota,
                ..more
            },
        }
    }

    /// The processes of a volume's bricks, and what else is said of the volume with them: its long tasks, and the quota daemons;
    /// `name` is quoted for a shell.
    pub async fn processes(&self, name: &str) -> (Result<Vec<BrickStatus>, String>, MoreSaid) {
        match self.xml(format!("volume status {name}"), facts::volume_status).await {
            Ok(status) => {
                let more = MoreSaid {
                    tasks: Some(status.tasks),
                    quota_daemons: Some(status.quota_daemons),
                    ..MoreSaid::default()
                };
                (Ok(status.bricks), more)
            }
            Err(words) => (Err(words), MoreSaid::default()),
        }
    }

    /// What is left to heal of a volume, if the volume heals; `name` is quoted for a shell.
    pub async fn heals(&self, name: &str, heals: bool) -> Option<Result<Vec<BrickHeal>, String>> {
        match heals {
            true => Some(self.xml(format!("volume heal {name} info"), facts::heal_entries).await),
            false => None,
        }
    }

    /// The clients of a volume, which Gluster's XML does not have.
    async fn clients(&self, name: &str) -> Result<facts::Clients, String> {
        let command = format!("gluster --mode=script volume status {name} client-list 2>&1");
        self.ask(&command, facts::clients).await
    }

    /// The connections of a volume's clients to its bricks; `name` is quoted for a shell.
    pub async fn connections(&self, name: &str) -> Result<Vec<BrickClients>, String> {
        self.xml(format!("volume status {name} clients"), facts::volume_clients)
            .await
    }

    /// The highest op-version that all servers know.
    pub async fn highest_op_version(&self) -> Result<u32, String> {
        let words = "volume get all cluster.max-op-version".to_owned();
        self.xml(words, facts::global_number).await
    }

    /// Asks `gluster --xml` these words, and parses the answer.
    pub async fn xml<T>(&self, words: String, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
        self.ask(&format!("gluster --mode=script --xml {words}"), parse).await
    }

    async fn ask<T>(&self, command: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
        let mut busy = self.silence();
        for _ in 0..TRIES {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let script = Script {
                text: command.to_owned(),
                // A limit of 0 s would be no limit.
                limit: left.max(Duration::from_secs(1)),
                changes: false,
            };
            // A question also waits for its turn: a host takes few questions at the same time.
            let run = timeout(left + PAUSE, self.hosts.run(&self.server, &script)).await;
            let run = run.map_err(|_| self.silence())?;
            let output = run.map_err(|lost| format!("{}: {}", self.server, lost.what))?;
            match answer(&output, &parse) {
                Answer::Known(known) => return Ok(known),
                Answer::Refused(words) => return Err(words),
                Answer::Silence => return Err(self.silence()),
                Answer::Busy(words) => busy = words,
            }
            sleep(PAUSE).await;
        }
        Err(busy)
    }

    fn silence(&self) -> String {
        format!("Gluster did not answer within {} s", self.limit.as_secs())
    }
}

/// What came of one question.
#[derive(Debug, PartialEq, Eq)]
enum Answer<T> {
    /// The answer is known.
    Known(T),
    /// Another command holds Gluster's lock: the same question may be answered in a moment.
    Busy(String),
    /// Gluster refused, or was not reached: the same question would end alike.
    Refused(String),
    /// The limit ended the question.
    Silence,
}

fn answer<T>(output: &Output, parse: impl Fn(&str) -> Result<T, String>) -> Answer<T> {
    match (parse(&output.stdout), facts::reply(&output.stdout)) {
        (Ok(known), _) => Answer::Known(known),
        (Err(_), _) if output.status == TIMED_OUT => Answer::Silence,
        (Err(words), Ok(Reply::Busy(_))) => Answer::Busy(words),
        // The same without XML.
        (Err(words), Err(_)) if words.contains("Another transaction") => Answer::Busy(words),
        (Err(words), _) => Answer::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: i32, stdout: &str) -> Answer<facts::VolumeStatus> {
        let output = Output {
            status,
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        answer(&output, facts::volume_status)
    }

    #[test]
    fn a_question_is_asked_again_only_while_the_lock_is_held() {
        let refusal = |words: &str| {
            format!("<?xml version=\"1.0\"?><cliOutput><opRet>-1</opRet><opErrstr>{words}</opErrstr></cliOutput>")
        };
        let busy = answered(0, &refusal("Another transaction is in progress for gv0."));
        assert!(
            matches!(&busy, Answer::Busy(words) if words.contains("Another transaction")),
            "{busy:?}"
        );
        let none = answered(0, &refusal("Volume gv0 does not exist"));
        assert!(
            matches!(&none, Answer::Refused(words) if words.contains("does not exist")),
            "{none:?}"
        );
        let down = answered(
            1,
            include_str!("../../../tests/captures/err-glusterd-down-volume-info.xml"),
        );
        assert!(
            matches!(&down, Answer::Refused(words) if words.contains("Connection failed")),
            "{down:?}"
        );
        assert_eq!(answered(TIMED_OUT, ""), Answer::Silence);
        let known = answered(0, include_str!("../../../tests/captures/volume-status-gv0.xml"));
        assert!(matches!(known, Answer::Known(status) if status.bricks.len() == 3));
    }
}
