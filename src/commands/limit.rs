//! `--limit`: the hosts that a command is limited to, and in words what was left out therefore.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Usage;
use super::init::expand;
use crate::cli::LimitTo;
use crate::inventory::{HostName, Inventory};
use crate::plan::{LeftOut, Limited, Operation, Plan, Why};
use crate::text::{counted, printable_lines, wrapped};

/// A misspelt name of a host differs from the host's name by at most so many characters.
const NEAR: usize = 2;

/// The hosts that the option names; none if it names all hosts, or is not given.
///
/// # Errors
/// A word names no host of the inventory.
pub fn hosts(inventory: &Inventory, limit: &LimitTo) -> Result<Option<BTreeSet<HostName>>, Usage> {
    let mut hosts = BTreeSet::new();
    for word in &limit.limit {
        let wrong = |why| Usage(format!("error: --limit {word}: {why}"));
        for name in expand(word).map_err(wrong)? {
            let host = inventory.hosts.iter().find(|host| host.name.as_str() == name);
            let host = host.ok_or_else(|| wrong(unknown(inventory, &name)))?;
            hosts.insert(host.name.clone());
        }
    }
    let is_limit = !hosts.is_empty() && hosts.len() < inventory.hosts.len();
    Ok(is_limit.then_some(hosts))
}

/// What `apply` does within such a limit.
#[must_use]
pub fn operation(hosts: Option<BTreeSet<HostName>>) -> Operation {
    hosts.map_or(Operation::Apply, Operation::ApplyOn)
}

/// That a host is not in the inventory, and which host was probably meant.
#[must_use]
pub fn unknown(inventory: &Inventory, name: &str) -> String {
    let known: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    let near = known
        .iter()
        .map(|known| (strsim::levenshtein(name, known), known))
        .min();
    let near = near.filter(|(distance, known)| *distance <= NEAR && distance * 2 < known.len());
    match near {
        Some((_, near)) => format!("{name:?} is no host of the inventory; did you mean {near}?"),
        None => format!(
            "{name:?} is no host of the inventory; its hosts are {}",
            known.join(", ")
        ),
    }
}

/// What was left out, in lines of so many columns at most; an empty text if nothing was.
#[must_use]
pub fn left_out(limit: &Limited, width: usize) -> String {
    if limit.is_whole() {
        return String::new();
    }
    let mut text = format!("Left out by --limit {}:\n", names(&limit.hosts));
    let mut say = |line: String| {
        let lines = wrapped(&line, width.saturating_sub(4));
        for (number, line) in lines.lines().enumerate() {
            let _ = writeln!(text, "{}{line}", if number == 0 { "  " } else { "    " });
        }
    };
    let of = |why: Why| limit.steps.iter().filter(move |step| step.why == why);
    let mut own: BTreeMap<&HostName, usize> = BTreeMap::new();
    for step in of(Why::OtherHost) {
        *own.entry(&step.host).or_default() += 1;
    }
    for (host, steps) in own {
        say(format!("{host}: {}", counted(steps, "step")));
    }
    let mut cluster: Vec<&str> = Vec::new();
    for LeftOut { title, .. } in of(Why::Cluster) {
        if !cluster.contains(&title.as_str()) {
            cluster.push(title);
        }
    }
    if !cluster.is_empty() {
        say(format!("the cluster: {}", cluster.join("; ")));
    }
    for LeftOut { host, title, needs, .. } in of(Why::Needs) {
        say(format!(
            "{host}: {title} (needs {})",
            needs.as_deref().unwrap_or("what is left out")
        ));
    }
    for problem in &limit.problems {
        let host = problem.host.as_ref().map_or("the cluster", HostName::as_str);
        say(format!("in the way on {host}: {}; {}", problem.what, problem.remedy));
    }
    for waiting in &limit.waiting {
        say(format!("not planned yet: {}, until {}", waiting.what, waiting.until));
    }
    text
}

/// What was left out of a plan, as a paragraph that follows another; an empty text if nothing was.
#[must_use]
pub fn paragraph(plan: &Plan, width: usize) -> String {
    match plan.limit.as_ref().filter(|limit| !limit.is_whole()) {
        Some(limit) => format!("\n{}", printable_lines(&left_out(limit, width))),
        None => String::new(),
    }
}

/// Names of hosts, as one types them after `--limit`.
#[must_use]
pub fn names(hosts: &BTreeSet<HostName>) -> String {
    let names: Vec<&str> = hosts.iter().map(HostName::as_str).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;
    use crate::plan::{Problem, Waiting};

    fn inventory() -> Inventory {
        let hosts: String = (1..=4)
            .map(|at| format!("  - {{name: kube{at}, address: 198.51.100.{at}, devices: [/dev/vdb]}}\n"))
            .collect();
        inventory::read(&format!("cluster: kube\nhosts:\n{hosts}"), "the inventory").unwrap()
    }

    fn named(words: &[&str]) -> Result<Option<String>, String> {
        let limit = words.iter().map(|word| (*word).to_owned()).collect();
        let hosts = hosts(&inventory(), &LimitTo { limit });
        hosts
            .map(|hosts| hosts.map(|hosts| names(&hosts)))
            .map_err(|usage| usage.0)
    }

    #[test]
    fn hosts_are_named_one_by_one_or_by_a_range() {
        assert_eq!(named(&[]), Ok(None));
        assert_eq!(named(&["kube3", "kube1", "kube3"]), Ok(Some("kube1,kube3".to_owned())));
        assert_eq!(named(&["kube[2:4]"]), Ok(Some("kube2,kube3,kube4".to_owned())));
        assert_eq!(named(&["kube[1:4]"]), Ok(None), "all hosts are no limit");
    }

    #[test]
    fn an_unknown_host_is_an_error_that_names_the_nearest() {
        let error = named(&["kube1", "kbe2"]).unwrap_err();
        assert_eq!(
            error,
            "error: --limit kbe2: \"kbe2\" is no host of the inventory; did you mean kube2?"
        );
        let error = named(&["kube[3:5]"]).unwrap_err();
        assert!(
            error.starts_with("error: --limit kube[3:5]: \"kube5\" is no host"),
            "{error}"
        );
        let error = named(&["web"]).unwrap_err();
        assert!(error.ends_with("its hosts are kube1, kube2, kube3, kube4"), "{error}");
        assert!(named(&["kube[1:"]).unwrap_err().contains("a range that cannot be read"));
    }

    #[test]
    fn what_is_left_out_fits_the_terminal() {
        let host = |name: &str| HostName::parse(name).unwrap();
        let step = |name: &str, title: &str, why, needs: Option<&str>| LeftOut {
            host: host(name),
            title: title.to_owned(),
            why,
            needs: needs.map(str::to_owned),
        };
        let limit = Limited {
            steps: vec![
                step("kube2", "install glusterfs-server", Why::OtherHost, None),
                step("kube2", "enable and start glusterd", Why::OtherHost, None),
                step("kube4", "install glusterfs-client", Why::OtherHost, None),
                step("kube1", "probe kube2", Why::Cluster, None),
                step("kube1", "create volume gv0", Why::Cluster, None),
                step(
                    "kube1",
                    "mount volume gv0 at /data",
                    Why::Needs,
                    Some("kube1: create volume gv0"),
                ),
            ],
            problems: vec![Problem {
                host: Some(host("kube3")),
                what: "cannot be reached: connection refused by 198.51.100.3 port 22".to_owned(),
                remedy: "start sshd".to_owned(),
            }],
            waiting: vec![Waiting {
                what: "the volumes".to_owned(),
                until: "kube3 can be reached".to_owned(),
            }],
            ..Limited::to(&[host("kube1")].into())
        };
        insta::assert_snapshot!(left_out(&limit, 60), @r"
        Left out by --limit kube1:
          kube2: 2 steps
          kube4: 1 step
          the cluster: probe kube2; create volume gv0
          kube1: mount volume gv0 at /data (needs kube1: create
            volume gv0)
          in the way on kube3: cannot be reached: connection
            refused by 198.51.100.3 port 22; start sshd
          not planned yet: the volumes, until kube3 can be reached
        ");
        assert_eq!(left_out(&Limited::to(&limit.hosts), 60), "");
    }
}
