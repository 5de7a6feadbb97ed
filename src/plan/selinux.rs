//! SELinux: where it is enforcing, glusterd may only use bricks of a type of its own. Pure.

use super::ownership::Refused;
use super::steps::{Draft, FORMAT, Planner};
use crate::desired::DesiredHost;
use crate::facts::HostFacts;
use crate::scripts::{self, lines};

/// Gives the bricks that glusterctl makes the type that the policy wants.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) {
    let Some(labels) = &observed.selinux else { return };
    let bricks = host.bricks.iter().filter(|brick| !brick.is_existing());
    let bricks: Vec<_> = bricks.filter(|brick| !refused.contains(&brick.device.name)).collect();
    let Some(wanted) = observed.distro().and_then(|distro| distro.selinux_brick_type) else {
        if !bricks.is_empty() {
            let what = "has SELinux enforcing, and which type its policy wants on bricks is not known";
            let remedy = "let SELinux only warn about glusterd (semanage permissive -a glusterd_t) or about everything \
                          (setenforce 0, and SELINUX=permissive in /etc/selinux/config)";
            planner.problem(host.host, what, remedy);
        }
        return;
    };
    let is_other = |dir: &&str| labels.get(*dir).is_none_or(|label| label != wanted);
    let dirs = || bricks.iter().flat_map(|brick| brick.dirs());
    let directories: Vec<&str> = dirs().filter(is_other).collect();
    if directories.is_empty() {
        return;
    }
    let mounts = bricks.iter().map(|brick| brick.mount.as_str());
    let command = scripts::SELINUX_LABEL.with(&[
        ("type", wanted),
        ("mounts", &lines(mounts)),
        ("directories", &lines(&directories)),
    ]);
    let title = format!("label {} as {wanted} for SELinux", directories.join(", "));
    let reason = "SELinux is enforcing, and keeps glusterd from other directories";
    planner.prepare(host.host, Draft::new(title, reason, command).limit(FORMAT));
}

/// Takes the type of bricks out of the host's policy again.
pub fn drop(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: Vec<usize>) {
    if !observed.made.iter().any(|line| line.starts_with("selinux ")) {
        return;
    }
    let title = "take the type of bricks out of SELinux's policy";
    let draft = Draft::new(title, "glusterctl put it there", scripts::SELINUX_DROP.with(&[]));
    planner.push(host.host, draft, needs);
}
