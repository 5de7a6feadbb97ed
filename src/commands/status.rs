//! `status`: shows the state of pool, bricks, volumes, heals and mounts, within 30 seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Ending;
use super::cluster::{self, Failures};
use crate::cli::Global;
use crate::desired::Desired;
use crate::facts::{self, Facts, Reply, heal_entries, volume_status};
use crate::health::{self, BricksSaid, BricksSeen, Health};
use crate::inventory::{HostName, VolumeName};
use crate::output;
use crate::plan::{self, Problem};
use crate::remote::{Hosts, Output, Script};
use crate::shell;

/// For how long hosts are observed and Gluster is asked, in all: the connections take the rest of the 30 seconds to end.
pub const LIMIT: Duration = Duration::from_secs(26);

/// For how long Gluster is asked at least, however long observing the hosts took.
pub(super) const LEAST: Duration = Duration::from_secs(4);

/// How many times a question to Gluster is asked: Gluster refuses while another command holds Gluster's lock.
const TRIES: usize = 10;

/// The pause before a question is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// The exit status of a script that its limit ended.
const TIMED_OUT: i32 = 124;

/// Runs `status`.
///
/// # Errors
/// The inventory is wrong, or a host cannot be observed.
pub fn run(global: &Global, exit_code: bool) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let hosts = cluster::hosts(global, &inventory)?;
    let (facts, health) = cluster::run(&hosts, async {
        let begun = Instant::now();
        let facts = facts::glance(&hosts, &Desired::of(&inventory)).await;
        let left = LIMIT.saturating_sub(begun.elapsed()).max(LEAST);
        let health = of(&hosts, &facts, left).await;
        Ok((facts, health))
    })?;
    output::data(global.output, &health, || health::table(&health))?;
    let hosts = inventory.hosts.iter();
    let lost = hosts.filter_map(|host| Some(format!("{}: {}", host.name, facts.error_of(&host.name)?)));
    let lost: Vec<String> = lost.collect();
    if !lost.is_empty() {
        return Err(Failures(lost).into());
    }
    Ok(if exit_code && !health.healthy {
        Ending::Difference
    } else {
        Ending::Done
    })
}

/// The cluster's state. Asks Gluster for the state of bricks and of heals, which `facts` does not have; what Gluster does
/// not answer within `limit` is unknown. Connections that Gluster says do not come about are tried.
pub async fn of(hosts: &Arc<Hosts>, facts: &Facts, limit: Duration) -> Health {
    let desired = Desired::of(hosts.inventory());
    let until = Instant::now() + limit;
    let peers = health::between_peers(&desired, facts);
    let (seen, mut tried) = tokio::join!(
        bricks(hosts, &desired, facts, health::started(&desired, facts), limit),
        facts::try_contacts(hosts, &peers, limit)
    );
    let unreached = health::to_unreached_bricks(&desired, facts, &seen);
    let left = until.saturating_duration_since(Instant::now());
    tried.extend(facts::try_contacts(hosts, &unreached, left).await);
    Health::of(&desired, facts, &seen, &tried)
}

/// Why hosts do not reach bricks that run, a problem for each reason: asks Gluster for the ports of all bricks, and tries
/// each port from each host that uses the brick's volume. What is not answered within `limit` is not known.
pub async fn unreachable_bricks(hosts: &Arc<Hosts>, facts: &Facts, limit: Duration) -> Vec<Problem> {
    let desired = Desired::of(hosts.inventory());
    let until = Instant::now() + limit;
    // What there is to heal is another question.
    let volumes = health::started(&desired, facts)
        .into_iter()
        .map(|(volume, _)| (volume, false));
    let seen = bricks(hosts, &desired, facts, volumes.collect(), limit).await;
    let all = health::to_all_bricks(&desired, facts, &seen);
    let left = until.saturating_duration_since(Instant::now());
    let tried = facts::try_contacts(hosts, &all, left).await;
    plan::contact_problems(hosts.inventory(), &tried)
}

/// What Gluster says within `limit` about the bricks of these volumes, and what the bricks of a volume have to heal if
/// that is asked for.
async fn bricks(
    hosts: &Arc<Hosts>,
    desired: &Desired<'_>,
    facts: &Facts,
    started: Vec<(&VolumeName, bool)>,
    limit: Duration,
) -> BricksSeen {
    let Some(server) = health::server_to_ask(desired, facts) else {
        return BricksSeen::new();
    };
    let asking = Asking::of(hosts, server, limit);
    // Gluster locks each volume by itself.
    let mut volumes = JoinSet::new();
    for (volume, heals) in started {
        let (asking, volume) = (asking.clone(), volume.clone());
        volumes.spawn(async move {
            let said = asking.bricks(&volume, heals).await;
            (volume, said)
        });
    }
    volumes.join_all().await.into_iter().collect()
}

/// Questions to the glusterd of one server.
#[derive(Clone)]
pub(super) struct Asking {
    hosts: Arc<Hosts>,
    server: HostName,
    /// For how long all questions may be asked, and until when.
    limit: Duration,
    until: Instant,
}

impl Asking {
    /// Questions that may be asked for so long, from now on.
    pub(super) fn of(hosts: &Arc<Hosts>, server: &HostName, limit: Duration) -> Self {
        Asking {
            hosts: Arc::clone(hosts),
            server: server.clone(),
            limit,
            until: Instant::now() + limit,
        }
    }

    /// Asks about a volume's bricks, and what they have to heal: only the first question takes the volume's lock.
    async fn bricks(&self, volume: &VolumeName, heals: bool) -> BricksSaid {
        let name = shell::quote(volume.as_str());
        let (status, info) = (format!("volume status {name}"), format!("volume heal {name} info"));
        let heal = async {
            match heals {
                true => Some(self.ask(&info, heal_entries).await),
                false => None,
            }
        };
        let (status, heal) = tokio::join!(self.ask(&status, volume_status), heal);
        BricksSaid { status, heal }
    }

    pub(super) async fn ask<T>(&self, words: &str, parse: fn(&str) -> Result<T, String>) -> Result<T, String> {
        let mut busy = self.silence();
        for _ in 0..TRIES {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let script = Script {
                text: format!("gluster --mode=script --xml {words}"),
                // A limit of 0 s would be no limit.
                limit: left.max(Duration::from_secs(1)),
                changes: false,
            };
            // A question also waits for its turn: a host takes few questions at the same time.
            let run = timeout(left + PAUSE, self.hosts.run(&self.server, &script)).await;
            let run = run.map_err(|_| self.silence())?;
            let output = run.map_err(|lost| format!("{}: {}", self.server, lost.what))?;
            match answer(&output, parse) {
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

fn answer<T>(output: &Output, parse: fn(&str) -> Result<T, String>) -> Answer<T> {
    match (parse(&output.stdout), facts::reply(&output.stdout)) {
        (Ok(known), _) => Answer::Known(known),
        (Err(_), _) if output.status == TIMED_OUT => Answer::Silence,
        (Err(words), Ok(Reply::Busy(_))) => Answer::Busy(words),
        (Err(words), _) => Answer::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: i32, stdout: &str) -> Answer<Vec<facts::BrickStatus>> {
        let output = Output {
            status,
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        answer(&output, volume_status)
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
            include_str!("../../tests/captures/err-glusterd-down-volume-info.xml"),
        );
        assert!(
            matches!(&down, Answer::Refused(words) if words.contains("Connection failed")),
            "{down:?}"
        );
        assert_eq!(answered(TIMED_OUT, ""), Answer::Silence);
        let known = answered(0, include_str!("../../tests/captures/volume-status-gv0.xml"));
        assert!(matches!(known, Answer::Known(bricks) if bricks.len() == 3));
    }
}
