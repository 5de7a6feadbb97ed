//! Connections that should come about and do not: what a name resolves to on the host that should connect, what the port
//! answers, and whether anybody listens there. Runs `templates/connect.sh` on the hosts of both ends.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::inventory::{HostName, Inventory};
use crate::remote::{Hosts, Reach, Script};
use crate::scale;
use crate::scripts::{self, lines};

/// glusterd's port.
const GLUSTERD_PORT: u16 = 24007;

/// How long a host may take for all of its answers; `templates/connect.sh` waits at most 4 s for an answer.
const LIMIT: Duration = Duration::from_secs(6);

/// The exit status of `timeout` when the limit ended the command (timeout(1)).
const TIMED_OUT: &str = "124";

/// A connection that one host should make to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// The host that should connect.
    pub from: HostName,
    /// The host that should answer.
    pub to: HostName,
    /// What should answer there.
    pub listener: Listener,
}

/// What listens on a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listener {
    /// glusterd.
    Glusterd,
    /// The process of a brick.
    Brick {
        /// The brick's directory.
        dir: String,
        /// The port that Gluster gave the brick.
        port: u16,
    },
}

impl Listener {
    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Listener::Glusterd => GLUSTERD_PORT,
            Listener::Brick { port, .. } => *port,
        }
    }
}

/// What came of trying a connection; what no host told is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The connection.
    pub contact: Contact,
    /// The addresses that the other host's name resolves to on the host that should connect; no address if the name
    /// does not resolve.
    pub addresses: Option<BTreeSet<IpAddr>>,
    /// What the port answered at the address of the other host.
    pub answer: Option<Answer>,
    /// Whether the other host says that a program listens on the port.
    pub listens: Option<bool>,
}

/// What a port answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The port accepted the connection.
    Open,
    /// The port refused the connection.
    Refused,
    /// Nothing.
    Silence,
    /// The connection failed; in the system's words.
    Failed(String),
}

/// Tries connections, all at once, from the hosts that should connect. Of more connections of one host than
/// [`scale::TRIED_PER_HOST`], the first are tried. A host that does not answer within `limit` tells nothing.
pub async fn try_contacts(hosts: &Arc<Hosts>, wanted: &BTreeSet<Contact>, limit: Duration) -> Vec<Tried> {
    let wanted: Vec<&Contact> = wanted.iter().collect();
    let of_one = wanted.chunk_by(|one, other| one.from == other.from);
    let wanted: Vec<&Contact> = of_one
        .flat_map(|wanted| wanted.iter().take(scale::TRIED_PER_HOST))
        .copied()
        .collect();
    let ends: BTreeSet<&HostName> = wanted.iter().flat_map(|wanted| [&wanted.from, &wanted.to]).collect();
    let mut runs = JoinSet::new();
    for name in ends {
        let host = hosts.inventory().host(name);
        if limit.as_secs() == 0 || host.is_none_or(|host| hosts.reach(host) == Reach::SelfManaged) {
            continue;
        }
        let script = Script {
            text: script(hosts.inventory(), name, &wanted),
            limit: LIMIT.min(limit),
            changes: false,
        };
        let (hosts, name) = (Arc::clone(hosts), name.clone());
        runs.spawn(async move {
            let output = timeout(limit, hosts.run(&name, &script)).await;
            let said = output
                .ok()
                .and_then(Result::ok)
                .map(|output| Said::parse(&output.stdout));
            (name, said.unwrap_or_default())
        });
    }
    let said: BTreeMap<HostName, Said> = runs.join_all().await.into_iter().collect();
    wanted.into_iter().map(|wanted| Said::of(&said, wanted)).collect()
}

/// The script for one host: the connections that the host should make, and the ports on which the host should listen.
fn script(inventory: &Inventory, host: &HostName, wanted: &[&Contact]) -> String {
    let made = wanted.iter().filter(|wanted| wanted.from == *host);
    let names: BTreeSet<&HostName> = made.clone().map(|wanted| &wanted.to).collect();
    let targets = made.filter_map(|Contact { to, listener, .. }| {
        let address = inventory.host(to)?.found_at();
        Some(format!("{to} {address} {}", listener.port()))
    });
    let accepted = wanted.iter().filter(|wanted| wanted.to == *host);
    let ports: BTreeSet<u16> = accepted.map(|wanted| wanted.listener.port()).collect();
    scripts::CONNECT.with(&[
        ("names", &lines(names)),
        ("targets", &lines(targets)),
        ("ports", &lines(ports)),
    ])
}

/// What one host said.
#[derive(Debug, Default)]
struct Said {
    /// The addresses of names.
    names: BTreeMap<String, BTreeSet<IpAddr>>,
    /// What the ports of other hosts answered.
    answers: BTreeMap<(String, u16), Answer>,
    /// Whether the host itself listens on a port.
    listens: BTreeMap<u16, bool>,
}

impl Said {
    fn parse(output: &str) -> Self {
        let mut said = Said::default();
        for line in output.lines() {
            let words: Vec<&str> = line.splitn(5, ' ').collect();
            match words[..] {
                // 2: the name was not found (getent(1)).
                ["name", name, "0" | "2", ..] => {
                    let addresses = words[3..].iter().flat_map(|words| words.split(' '));
                    let addresses = addresses.filter_map(|address| address.parse().ok());
                    said.names.insert(name.to_owned(), addresses.collect());
                }
                ["port", name, port, status, words] => {
                    let answer = Answer::parse(status, words);
                    if let (Some(answer), Ok(port)) = (answer, port.parse()) {
                        said.answers.insert((name.to_owned(), port), answer);
                    }
                }
                ["listens", port, state @ ("yes" | "no")] => {
                    if let Ok(port) = port.parse() {
                        said.listens.insert(port, state == "yes");
                    }
                }
                _ => {}
            }
        }
        said
    }

    fn of(all: &BTreeMap<HostName, Said>, contact: &Contact) -> Tried {
        let Contact { from, to, listener } = contact;
        let (from, port) = (all.get(from), listener.port());
        Tried {
            addresses: from.and_then(|said| said.names.get(to.as_str()).cloned()),
            answer: from.and_then(|said| said.answers.get(&(to.to_string(), port)).cloned()),
            listens: all.get(to).and_then(|said| said.listens.get(&port).copied()),
            contact: contact.clone(),
        }
    }
}

impl Answer {
    /// bash exits with 1 if the connection fails; any other status is not about the connection.
    fn parse(status: &str, words: &str) -> Option<Self> {
        match (status, words.trim()) {
            ("0", _) => Some(Answer::Open),
            (TIMED_OUT, _) | ("1", "Connection timed out") => Some(Answer::Silence),
            ("1", "Connection refused") => Some(Answer::Refused),
            ("1", words) => Some(Answer::Failed(words.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> HostName {
        HostName::parse(text).unwrap()
    }

    #[test]
    fn what_no_host_told_is_not_known() {
        // As bash 5.2 and getent of Debian 12 say it.
        let kube1 = "name kube2 0 198.51.100.12 198.51.100.12 198.51.100.12 \nname kube3 2 \nname kube4 124 \n\
                     port kube2 24007 0 \nport kube2 49200 124 \nport kube3 24007 1 Connection refused\n\
                     port kube3 49200 1 No route to host\nport kube4 24007 127 No such file or directory\n";
        let kube2 = "listens 24007 yes\nlistens 49200 no\n";
        let said = [(name("kube1"), Said::parse(kube1)), (name("kube2"), Said::parse(kube2))].into();
        let tried = |to: &str, port: u16| {
            let listener = match port {
                GLUSTERD_PORT => Listener::Glusterd,
                port => Listener::Brick { dir: "/b".into(), port },
            };
            let (from, to) = (name("kube1"), name(to));
            Said::of(&said, &Contact { from, to, listener })
        };
        let address = || Some(BTreeSet::from([IpAddr::from([198, 51, 100, 12])]));
        let known = |tried: Tried| (tried.addresses, tried.answer, tried.listens);
        assert_eq!(
            known(tried("kube2", 24007)),
            (address(), Some(Answer::Open), Some(true))
        );
        assert_eq!(
            known(tried("kube2", 49200)),
            (address(), Some(Answer::Silence), Some(false))
        );
        let nowhere = || Some(BTreeSet::new());
        assert_eq!(known(tried("kube3", 24007)), (nowhere(), Some(Answer::Refused), None));
        let failed = Answer::Failed("No route to host".into());
        assert_eq!(known(tried("kube3", 49200)), (nowhere(), Some(failed), None));
        assert_eq!(known(tried("kube4", 24007)), (None, None, None));
    }

    #[test]
    fn the_script_says_what_this_machine_answers() {
        let listening = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listening.local_addr().unwrap().port();
        // A port that was open a moment ago refuses.
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let text = scripts::CONNECT.with(&[
            ("names", "localhost"),
            ("targets", &format!("a 127.0.0.1 {port}\nb 127.0.0.1 {closed}")),
            ("ports", &format!("{port}\n{closed}")),
        ]);
        let text = format!("set -eu; export LC_ALL=C\n{text}");
        let output = std::process::Command::new("sh").arg("-c").arg(text).output().unwrap();
        let said = Said::parse(&String::from_utf8(output.stdout).unwrap());
        let answer = |name: &str, port| said.answers.get(&(name.to_owned(), port));
        assert_eq!(
            (answer("a", port), answer("b", closed)),
            (Some(&Answer::Open), Some(&Answer::Refused))
        );
        assert_eq!(
            (said.listens.get(&port), said.listens.get(&closed)),
            (Some(&true), Some(&false))
        );
        assert_eq!(said.names["localhost"], BTreeSet::from([IpAddr::from([127, 0, 0, 1])]));
    }
}
