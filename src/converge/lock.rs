//! The cluster's lock: one apply at a time, from whichever machine. The lock is a lock on each host, held over the
//! connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::invoker;
use crate::events::{Event, Events};
use crate::execute::Stop;
use crate::inventory::HostName;
use crate::remote::{Hosts, RemoteHandle, STEP_LOCK};
use crate::scripts;

/// How often a host is told that the lock's holder is alive; after 30 s of silence the host drops the lock
/// (templates/lock.sh).
const BEAT: Duration = Duration::from_secs(5);

/// For how long a run waits for a lock whose holder is gone: a little longer than such a lock lasts.
const LAPSE: Duration = Duration::from_secs(40);
/// The pause before another attempt to take a lock whose holder is gone.
const AGAIN: Duration = Duration::from_secs(2);

/// For how long a run waits for a command of a killed run to end: as long as the longest step takes.
const ORPHAN: Duration = Duration::from_secs(1_800);
/// How long a host may take to say whether the lock is free.
const ANSWER: Duration = Duration::from_secs(20);

/// The cluster's lock while this program holds the lock. The end of this value, or of the program, releases the lock.
pub struct Lock {
    /// The hosts that can be reached, and that did not say whether the lock is taken there.
    pub silent: Vec<HostName>,
    _beats: JoinSet<()>,
}

/// Takes the lock on every host that can be reached. A host that cannot be reached is not changed either.
///
/// # Errors
/// Another apply holds the lock (the error says who, and since when), or the run was asked to stop.
pub async fn take(hosts: &Arc<Hosts>, events: &Events, stop: &Stop) -> Result<Lock, String> {
    tokio::select! {
        lock = take_all(hosts, events, stop) => lock,
        // No step runs yet that would have to be finished.
        reason = stop.asked() => Err(format!("stopped: {reason}; nothing was changed")),
    }
}

async fn take_all(hosts: &Arc<Hosts>, events: &Events, stop: &Stop) -> Result<Lock, String> {
    let holder = invoker::this();
    hosts.connect_all().await;
    let mut names: Vec<HostName> = hosts.inventory().hosts.iter().map(|host| host.name.clone()).collect();
    let held = Arc::new(AtomicUsize::new(0));
    let (mut beats, mut silent) = (JoinSet::new(), Vec::new());
    let mut keep = |end: End| match end {
        End::Taken(name, lock) => {
            held.fetch_add(1, Ordering::Relaxed);
            let (hosts, holder) = (Arc::clone(hosts), holder.clone());
            beats.spawn(beat(hosts, name, holder, lock, Arc::clone(&held), stop.clone()));
        }
        End::Silent(host) => silent.push(host),
        End::Unreachable => {}
    };
    // The first host in the inventory that is up decides: of two runs that begin together, one gets the lock.
    while !names.is_empty() {
        let first = on(Arc::clone(hosts), names.remove(0), holder.clone(), events.clone()).await?;
        let decided = matches!(first, End::Taken(..));
        keep(first);
        if decided {
            break;
        }
    }
    let mut rest = JoinSet::new();
    for name in names {
        rest.spawn(on(Arc::clone(hosts), name, holder.clone(), events.clone()));
    }
    while let Some(lock) = rest.join_next().await {
        keep(lock.map_err(|error| error.to_string())??);
    }
    Ok(Lock { silent, _beats: beats })
}

/// How the attempts to take the lock on one host ended.
enum End {
    Taken(HostName, RemoteHandle),
    /// The host did not say whether the lock is taken.
    Silent(HostName),
    Unreachable,
}

/// Takes the lock on one host. Waits for a lock whose holder is known to be gone: such a lock lapses by itself.
async fn on(hosts: Arc<Hosts>, name: HostName, holder: String, events: Events) -> Result<End, String> {
    let tell = |why: &str| {
        events.send(Event::Waiting {
            host: name.clone(),
            why: why.to_owned(),
        });
    };
    let mut begun = None;
    loop {
        match attempt(&hosts, &name, &holder, &tell).await? {
            Answer::Taken(lock) => return Ok(End::Taken(name, lock)),
            Answer::Silent => return Ok(End::Silent(name)),
            Answer::Unreachable => return Ok(End::Unreachable),
            Answer::Held(other) if other == holder => {
                return Err(format!(
                    "{name} and another host of the inventory are one and the same machine\n\
                     correct the addresses, or the hosts' ssh: sections, in the inventory"
                ));
            }
            Answer::Held(other)
                if invoker::is_gone(&other) && begun.is_none_or(|begun: Instant| begun.elapsed() < LAPSE) =>
            {
                if begun.is_none() {
                    begun = Some(Instant::now());
                    tell("the apply that holds the lock has ended; waiting until its lock lapses");
                }
                sleep(AGAIN).await;
            }
            Answer::Held(other) => {
                return Err(format!(
                    "{name}: another apply is at work on cluster {}: {}\n\
                     wait until that apply is done; if it was killed, its lock lapses within half a minute",
                    hosts.inventory().cluster,
                    if other.is_empty() { "begun just now" } else { &other }
                ));
            }
        }
    }
}

/// A host's answer to an attempt to take the lock.
enum Answer {
    Taken(RemoteHandle),
    /// Another run holds the lock; its invoker.
    Held(String),
    /// The script ended without an answer, or the host hangs.
    Silent,
    Unreachable,
}

async fn attempt(hosts: &Arc<Hosts>, name: &HostName, holder: &str, tell: &impl Fn(&str)) -> Result<Answer, String> {
    let cluster = &hosts.inventory().cluster;
    let file = format!("/run/glusterctl-{cluster}.lock");
    let text = scripts::LOCK.with(&[("file", &file), ("steps", STEP_LOCK), ("holder", holder)]);
    let Ok(mut lock) = hosts.hold(name, &text).await else {
        return Ok(Answer::Unreachable);
    };
    let mut answer = lock.line(ANSWER).await;
    if answer.as_deref() == Some("waiting") {
        tell("a command of an apply that was killed is still at work; waiting for its end");
        answer = lock.line(ORPHAN).await;
    }
    let Some(answer) = answer else {
        return Ok(Answer::Silent);
    };
    match answer.strip_prefix("held by ") {
        None if answer == "taken" => Ok(Answer::Taken(lock)),
        None => Err(format!("{name}: taking the lock of cluster {cluster} failed: {answer}")),
        Some(other) => Ok(Answer::Held(other.to_owned())),
    }
}

/// Keeps the lock on one host, and takes it again on a host that was lost and has come back, for example after a reboot. As
/// long as another host keeps the lock, nobody else gets the cluster's lock.
async fn beat(
    hosts: Arc<Hosts>,
    name: HostName,
    holder: String,
    mut lock: RemoteHandle,
    held: Arc<AtomicUsize>,
    stop: Stop,
) {
    loop {
        while lock.beat().await {
            sleep(BEAT).await;
        }
        if held.fetch_sub(1, Ordering::Relaxed) == 1 {
            stop.ask("the lock was lost on every host");
            return;
        }
        drop(lock);
        lock = loop {
            sleep(BEAT).await;
            if held.load(Ordering::Relaxed) == 0 {
                return;
            }
            if let Ok(Answer::Taken(lock)) = attempt(&hosts, &name, &holder, &|_| ()).await {
                break lock;
            }
        };
        held.fetch_add(1, Ordering::Relaxed);
    }
}
