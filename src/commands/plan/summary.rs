//! A plan in short, for people: what can be lost, then what is done, the same step of several hosts once. Pure.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::count;
use crate::commands::limit;
use crate::facts::Facts;
use crate::inventory::{HostName, Inventory};
use crate::plan::{Danger, Plan, Step};
use crate::text::{printable_lines, size, wrapped};

/// The hosts that a line names; of more, the number is told.
const NAMED: usize = 4;

/// How a plan is shown.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The columns of a line.
    pub width: usize,
    /// Whether what can be lost is red.
    pub colour: bool,
}

/// The plan in short, with every control sequence in it made visible, but for its own colours; without the last word, which
/// depends on the command.
pub fn summary(plan: &Plan, inventory: &Inventory, facts: &Facts, look: Look) -> String {
    let mut text = String::new();
    let dangerous: Vec<&Step> = plan.steps.iter().filter(|step| step.danger != Danger::Safe).collect();
    if !dangerous.is_empty() {
        text.push_str("Needs consent:\n");
        for step in dangerous {
            let told = format!("{}: {} ({}){}", step.host, step.title, step.reason, disk(step, facts));
            text.push_str(&red(&paragraph("  ", &told, look.width), look.colour));
        }
        text.push('\n');
    }
    text += &numbered(plan, look.width);
    let hosts = hosts(plan);
    // Of a host that was not reached, or that provisions itself, nothing is known.
    let is_seen = |host: &&HostName| facts.of(host).is_some_and(|facts| facts.self_managed.is_none());
    let others = inventory
        .hosts
        .iter()
        .map(|host| &host.name)
        .filter(|host| !hosts.contains(host));
    let is_in = |host: &&HostName| plan.limit.as_ref().is_none_or(|limit| limit.hosts.contains(*host));
    let unchanged: Vec<&HostName> = others.filter(is_seen).filter(is_in).collect();
    if !unchanged.is_empty() {
        let told = format!("Nothing to do on {}.", named(&unchanged, usize::MAX));
        let _ = write!(text, "\n{}", paragraph("", &told, look.width));
    }
    for waiting in &plan.waiting {
        let told = format!("Not planned yet: {}, until {}.", waiting.what, waiting.until);
        let _ = write!(text, "\n{}", paragraph("", &told, look.width));
    }
    text += &limit::paragraph(plan, look.width);
    let _ = writeln!(text, "\n{}{}.", count(plan.steps.len(), hosts.len()), formats(plan));
    text
}

/// The hosts that have steps.
fn hosts(plan: &Plan) -> BTreeSet<&HostName> {
    plan.steps.iter().map(|step| &step.host).collect()
}

/// The steps, each step that several hosts have once.
pub fn numbered(plan: &Plan, width: usize) -> String {
    let (mut text, all) = (String::new(), hosts(plan).len());
    for (place, (steps, on)) in grouped(plan).into_iter().enumerate() {
        let told = format!("{}: {} ({})", named(&on, all), steps.title, steps.reason);
        text += &paragraph(&format!("{:>3}. ", place + 1), &told, width);
    }
    text
}

/// How many devices are formatted, as the end of a sentence.
fn formats(plan: &Plan) -> String {
    let is_format = |step: &&Step| matches!(step.danger, Danger::Formats { .. });
    match plan.steps.iter().filter(is_format).count() {
        0 => "; no device is formatted".to_owned(),
        1 => "; 1 device is formatted, and no other".to_owned(),
        devices => format!("; {devices} devices are formatted, and no others"),
    }
}

/// The steps in their order, each step that several hosts have with all of these hosts.
fn grouped(plan: &Plan) -> Vec<(&Step, Vec<&HostName>)> {
    let mut groups: Vec<(&Step, Vec<&HostName>)> = Vec::new();
    for step in &plan.steps {
        let is_same = |(other, on): &&mut (&Step, Vec<&HostName>)| {
            (&other.title, &other.reason) == (&step.title, &step.reason) && !on.contains(&&step.host)
        };
        match groups.iter_mut().find(is_same) {
            Some((_, on)) => on.push(&step.host),
            None => groups.push((step, vec![&step.host])),
        }
    }
    groups
}

/// The hosts in words; `all` is the number of hosts that have steps.
fn named(hosts: &[&HostName], all: usize) -> String {
    if hosts.len() > NAMED && hosts.len() == all {
        return format!("all {all} hosts");
    }
    let shown = hosts.len().min(if hosts.len() > NAMED { NAMED - 1 } else { NAMED });
    let names: Vec<&str> = hosts[..shown].iter().map(|host| host.as_str()).collect();
    match hosts.len() - shown {
        0 => names.join(", "),
        others => format!("{} and {others} others", names.join(", ")),
    }
}

/// What tells the disk of a step from others, if the step formats one.
fn disk(step: &Step, facts: &Facts) -> String {
    let Danger::Formats { device: path } = &step.danger else {
        return String::new();
    };
    let Some(device) = facts.of(&step.host).and_then(|host| host.devices.get(path)) else {
        return String::new();
    };
    let bytes = size(device.bytes);
    // The number of a disk that has nothing else says nothing to a person.
    let is_said = |text: &&str| text.is_empty() || text.starts_with("diskseq ") || step.reason.contains(*text);
    let known = [&bytes, &device.model, &device.identity].map(|text| text.trim());
    let told: Vec<&str> = known.into_iter().filter(|text| !is_said(text)).collect();
    match told.is_empty() {
        true => String::new(),
        false => format!("; {}", told.join(", ")),
    }
}

/// Lines behind a lead, which stands in the first line only.
fn paragraph(lead: &str, text: &str, width: usize) -> String {
    let indent = lead.chars().count();
    let lines = wrapped(&printable_lines(text), width.saturating_sub(indent));
    let mut out = String::new();
    for (number, line) in lines.lines().enumerate() {
        let before = if number == 0 {
            lead.to_owned()
        } else {
            " ".repeat(indent)
        };
        let _ = writeln!(out, "{before}{line}");
    }
    out
}

fn red(text: &str, colour: bool) -> String {
    match colour {
        true => format!("\u{1b}[1;31m{}\u{1b}[0m\n", text.trim_end()),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{self, DevicePath};
    use crate::plan::Success;

    const INVENTORY: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

    fn step(host: &str, title: &str, reason: &str, danger: Danger) -> Step {
        Step {
            host: HostName::parse(host).unwrap(),
            title: title.to_owned(),
            reason: reason.to_owned(),
            command: String::new(),
            danger,
            success: Success::Exit,
            limit_seconds: 1,
            needs: Vec::new(),
        }
    }

    #[test]
    fn what_can_be_lost_comes_first_and_a_step_of_several_hosts_is_one_line() {
        let inventory = inventory::read(INVENTORY, "inventory.yaml").unwrap();
        let device = DevicePath::parse("/dev/vdb").unwrap();
        let format = |host| {
            let danger = Danger::Formats { device: device.clone() };
            step(host, "format /dev/vdb with XFS", "/dev/vdb is blank (10 GiB)", danger)
        };
        let names = |host| {
            let title = "write the names of all 3 hosts to /etc/hosts";
            step(host, title, "the names are missing", Danger::Safe)
        };
        let plan = Plan {
            steps: vec![
                names("kube1"),
                format("kube1"),
                names("kube2"),
                format("kube2"),
                step("kube1", "create volume gv0", "there is no such volume", Danger::Safe),
            ],
            ..Plan::default()
        };
        let look = Look {
            width: 80,
            colour: false,
        };
        let shown = summary(&plan, &inventory, &Facts::default(), look);
        insta::assert_snapshot!(shown, @"
        Needs consent:
          kube1: format /dev/vdb with XFS (/dev/vdb is blank (10 GiB))
          kube2: format /dev/vdb with XFS (/dev/vdb is blank (10 GiB))

          1. kube1, kube2: write the names of all 3 hosts to /etc/hosts (the names are
             missing)
          2. kube1, kube2: format /dev/vdb with XFS (/dev/vdb is blank (10 GiB))
          3. kube1: create volume gv0 (there is no such volume)

        5 steps on 2 hosts; 2 devices are formatted, and no others.
        ");
    }

    #[test]
    fn only_the_colours_of_the_plan_itself_reach_a_terminal() {
        let inventory = inventory::read(INVENTORY, "inventory.yaml").unwrap();
        let device = DevicePath::parse("/dev/vdb").unwrap();
        let reason = "/dev/vdb holds \u{1b}[2J";
        let plan = Plan {
            steps: vec![step("kube1", "format", reason, Danger::Formats { device })],
            ..Plan::default()
        };
        let look = Look {
            width: 80,
            colour: true,
        };
        let shown = summary(&plan, &inventory, &Facts::default(), look);
        let line = "\u{1b}[1;31m  kube1: format (/dev/vdb holds \\u{1b}[2J)\u{1b}[0m\n";
        assert!(shown.contains(line), "{shown:?}");
        assert_eq!(shown.matches('\u{1b}').count(), 2, "{shown:?}");
    }

    #[test]
    fn of_many_hosts_the_number_is_told() {
        let names: Vec<HostName> = (1..=6).map(|n| HostName::parse(&format!("kube{n}")).unwrap()).collect();
        let hosts: Vec<&HostName> = names.iter().collect();
        assert_eq!(named(&hosts, 6), "all 6 hosts");
        assert_eq!(named(&hosts, 9), "kube1, kube2, kube3 and 3 others");
        assert_eq!(named(&hosts[..4], 6), "kube1, kube2, kube3, kube4");
        assert_eq!(named(&hosts[..1], 1), "kube1");
    }
}
