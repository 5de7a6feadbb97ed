//! How each host fares: its clock, the space on its file systems, and the networks of its interfaces. Asked by `status` and
//! `doctor` alone: runs `templates/vitals.sh` and `templates/clock.sh` on each host.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Facts;
use super::sections::Sections;
use crate::desired::{Desired, DesiredHost};
use crate::inventory::{HostName, Role};
use crate::remote::{Hosts, Script};
use crate::scripts::{self, lines};

/// Where GlusterFS keeps its logs; a full file system there ends the logs.
pub const LOGS: &str = "/var/log";
/// Where glusterd keeps its state; a full file system there makes every change fail.
pub const STATE: &str = "/var/lib/glusterd";

/// How long a host may take: `templates/vitals.sh` waits at most 6 s for its file systems.
const LIMIT: Duration = Duration::from_secs(8);

/// The vitals of the hosts that were asked and answered.
pub type VitalsOfAll = BTreeMap<HostName, Vitals>;

/// How one host fares; what the host did not tell is not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vitals {
    /// The host's clock against the clock of this machine.
    pub clock: Option<Clock>,
    /// The space of the file systems that were asked about, by path.
    pub spaces: BTreeMap<String, Space>,
    /// The MTU of the interface whose network has the host's address.
    pub mtu: Option<u32>,
    /// Whether the host has the device that FUSE clients need.
    pub has_fuse: Option<bool>,
    /// Whether glusterd runs from a file that a package has replaced since.
    pub is_outdated: Option<bool>,
}

/// A host's clock, measured with one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// How many seconds the host's clock is ahead of this machine's; negative if the host's clock is behind.
    pub offset: f64,
    /// By how many seconds the offset may be wrong in either direction: half of the round trip.
    pub uncertainty: f64,
}

impl Clock {
    /// The clock of a host that answered with the time `said` to a question that was sent at `sent` and answered at
    /// `received`, all in seconds since 1970: the host read its clock at some time between.
    #[must_use]
    pub fn measured(sent: f64, said: f64, received: f64) -> Self {
        Clock {
            offset: said - f64::midpoint(sent, received),
            uncertainty: (received - sent).max(0.0) / 2.0,
        }
    }
}

/// The space of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Space {
    /// The size in bytes.
    pub bytes: u64,
    /// The bytes that hold data.
    pub used: u64,
    /// The bytes that programs can still write.
    pub available: u64,
    /// How many inodes the file system can have.
    pub inodes: u64,
    /// How many more inodes the file system can have.
    pub inodes_free: u64,
    /// For how many seconds the directory exists, if the file system tells; on a brick, since the file system was made.
    pub age: Option<u64>,
}

impl Vitals {
    /// Parses a host's answer. `now` is the time in seconds since 1970 on the host, as far as it is known.
    ///
    /// # Errors
    /// When the answer is incomplete.
    pub fn parse(output: &str, mark: &str, address: Option<IpAddr>, now: u64) -> Result<Self, String> {
        let sections = Sections::split(output, mark)?;
        let born = sections.text("born").lines().filter_map(|line| {
            let (born, path) = line.split_once(' ')?;
            // 0 is what stat(1) prints if the file system does not tell.
            let born = born.parse::<u64>().ok().filter(|born| *born > 0)?;
            Some((path, now.checked_sub(born)?))
        });
        let ages: BTreeMap<&str, u64> = born.collect();
        let space = |line: &str| {
            let mut words = line.splitn(7, ' ');
            let mut number = || words.next()?.parse::<u64>().ok();
            let block = number()?;
            let [blocks, free, available, inodes, inodes_free] =
                [number()?, number()?, number()?, number()?, number()?];
            let path = words.next()?;
            let space = Space {
                bytes: blocks.saturating_mul(block),
                used: blocks.saturating_sub(free).saturating_mul(block),
                available: available.saturating_mul(block),
                inodes,
                inodes_free,
                age: ages.get(path).copied(),
            };
            Some((path.to_owned(), space))
        };
        let word = |key| sections.value("programs", key);
        Ok(Vitals {
            clock: None,
            spaces: sections.text("space").lines().filter_map(space).collect(),
            mtu: address.and_then(|address| mtu(&sections, address)),
            has_fuse: word("fuse").map(|said| said == "yes"),
            is_outdated: word("glusterd")
                .filter(|file| !file.is_empty())
                .map(|file| file.ends_with(" (deleted)")),
        })
    }
}

/// The MTU of the interface to the smallest network that has the IPv4 address, or of the interface that has the IPv6 address.
fn mtu(sections: &Sections, address: IpAddr) -> Option<u32> {
    // The kernel prints an address as a number in the order of the machine's bytes.
    let number = |word: &str| u32::from_str_radix(word, 16).ok().map(u32::swap_bytes);
    let of_v4 = |v4: Ipv4Addr| {
        let routes = sections.text("routes").lines().filter_map(|line| {
            let mut words = line.split(' ');
            let (interface, network, mask) = (words.next()?, number(words.next()?)?, number(words.next()?)?);
            (mask != 0 && u32::from(v4) & mask == network).then_some((mask, interface))
        });
        Some(routes.max()?.1)
    };
    let of_v6 = |v6: Ipv6Addr| {
        let mut lines = sections
            .text("addresses6")
            .lines()
            .filter_map(|line| line.split_once(' '));
        let (interface, _) = lines.find(|(_, number)| u128::from_str_radix(number, 16) == Ok(v6.to_bits()))?;
        Some(interface)
    };
    let interface = match address {
        IpAddr::V4(v4) => of_v4(v4)?,
        IpAddr::V6(v6) => of_v6(v6)?,
    };
    let mut sizes = sections.text("mtu").lines().filter_map(|line| line.split_once(' '));
    sizes.find(|(of, _)| *of == interface)?.1.parse().ok()
}

/// Asks all hosts that were observed, all at once. A host that does not answer within `limit` tells nothing.
pub async fn vitals(hosts: &Arc<Hosts>, desired: &Desired<'_>, facts: &Facts, limit: Duration) -> VitalsOfAll {
    let mut runs = JoinSet::new();
    for host in &desired.hosts {
        let observed = facts.of(host.name());
        if limit.as_secs() == 0 || observed.is_none_or(|observed| observed.self_managed.is_some()) {
            continue;
        }
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let text = scripts::VITALS.with(&[("mark", &mark), ("places", &lines(places(host)))]);
        let script = |text| Script {
            text,
            limit: LIMIT.min(limit),
            changes: false,
        };
        let (vitals, clock) = (script(text), script(scripts::CLOCK.with(&[])));
        let (hosts, name, address) = (Arc::clone(hosts), host.name().clone(), host.host.address.ip());
        runs.spawn(async move {
            // The question for the time goes first and alone: other work would make the round trip longer.
            let clock = timeout(limit, measure(&hosts, &name, &clock)).await.ok().flatten();
            let output = timeout(limit, hosts.run(&name, &vitals)).await;
            let output = output.ok().and_then(Result::ok);
            let now = clock.map_or_else(now, |clock| now() + clock.offset);
            let parsed = output.and_then(|output| Vitals::parse(&output.stdout, &mark, address, seconds(now)).ok());
            let vitals = Vitals {
                clock,
                ..parsed.unwrap_or_default()
            };
            (name, vitals)
        });
    }
    runs.join_all().await.into_iter().collect()
}

/// The paths whose file systems are measured on a host.
fn places<'d>(host: &'d DesiredHost) -> impl Iterator<Item = &'d str> {
    let state = (host.host.role == Role::Server).then_some(STATE);
    host.brick_mounts().chain([LOGS]).chain(state)
}

async fn measure(hosts: &Hosts, name: &HostName, script: &Script) -> Option<Clock> {
    let sent = now();
    let output = hosts.run(name, script).await.ok()?;
    let received = now();
    let said = output.stdout.trim().parse().ok()?;
    Some(Clock::measured(sent, said, received))
}

/// The time in seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64()
}

/// Whole seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of day fits; what does not fit becomes the nearest number that does"
)]
fn seconds(time: f64) -> u64 {
    time as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a host of the lab answered.
    const SAID: &str = "\n@ routes\neth0 006433C6 00FFFFFF\nwlan0 00000000 00000000\n\n@ mtu\neth0 1400\nlo 65536\n\n\
        @ programs\nfuse=yes\nglusterd=/usr/sbin/glusterfsd (deleted)\n\n@ space\n\
        4096 245760 237000 235725 524288 524004 /bricks/vdb\n4096 66053021 16500000 16487700 16777216 16314124 /var/log\n\n\
        @ born\n1795693651 /bricks/vdb\n0 /var/log\n\n@ end\n";

    #[test]
    fn what_a_host_says_is_read_and_the_rest_is_not_known() {
        let address = Some(IpAddr::from([198, 51, 100, 11]));
        let vitals = Vitals::parse(SAID, "@", address, 1_795_693_651 + 3_600).unwrap();
        let brick = vitals.spaces["/bricks/vdb"];
        assert_eq!((brick.bytes, brick.age), (245_760 * 4_096, Some(3_600)));
        assert_eq!(brick.used, (245_760 - 237_000) * 4_096);
        assert_eq!(vitals.spaces[LOGS].age, None);
        assert_eq!((vitals.mtu, vitals.has_fuse), (Some(1400), Some(true)));
        assert_eq!(vitals.is_outdated, Some(true));
        let nothing = Vitals::parse("\n@ end\n", "@", address, 0).unwrap();
        assert_eq!(nothing, Vitals::default());
        assert!(Vitals::parse("", "@", address, 0).is_err());
        let elsewhere = Vitals::parse(SAID, "@", Some(IpAddr::from([203, 0, 113, 1])), 0).unwrap();
        assert_eq!(elsewhere.mtu, None);
    }

    #[test]
    fn the_mtu_of_an_ipv6_address_is_its_interfaces() {
        let said = "\n@ addresses6\nlo 00000000000000000000000000000001\neth1 20010db8000000000000000000000011\n\n\
                    @ mtu\neth0 1500\neth1 9000\n\n@ end\n";
        let mtu = |address: &str| {
            let vitals = Vitals::parse(said, "@", address.parse().ok(), 0).unwrap();
            vitals.mtu
        };
        assert_eq!((mtu("2001:db8::11"), mtu("2001:db8::12")), (Some(9000), None));
    }

    #[test]
    fn a_clock_is_as_certain_as_half_of_the_round_trip() {
        let clock = Clock::measured(100.0, 221.0, 102.0);
        assert_eq!(
            clock,
            Clock {
                offset: 120.0,
                uncertainty: 1.0
            }
        );
    }

    #[test]
    fn the_script_says_what_this_machine_answers() {
        let text = scripts::VITALS.with(&[("mark", "@"), ("places", "/\n/no/such/path")]);
        let text = format!("set -eu; export LC_ALL=C\n{text}");
        let output = std::process::Command::new("sh").arg("-c").arg(text).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let vitals = Vitals::parse(&said, "@", Some(IpAddr::from([127, 0, 0, 1])), u64::MAX).unwrap();
        assert_eq!(vitals.spaces.keys().collect::<Vec<_>>(), ["/"]);
        assert!(vitals.spaces["/"].bytes > 0 && vitals.has_fuse.is_some(), "{vitals:?}");
    }
}
