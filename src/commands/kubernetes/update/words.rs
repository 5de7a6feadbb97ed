//! Why a run of `kubernetes update` ends, and what to do then. Pure.

use std::time::Duration;

use crate::inventory::HostName;
use crate::kubernetes::pods::Workload;
use crate::kubernetes::pods::update::{Stage, Wait};
use crate::text::counted;

/// What did not happen within the limit.
pub(super) fn too_long(workload: &Workload, wait: &Wait, limit: Duration) -> Vec<String> {
    let host = match wait.at.and_then(|at| workload.members.get(at)) {
        Some(member) => member.host.to_string(),
        None => workload.shown(),
    };
    let (why, limit) = (&wait.why, humantime::format_duration(limit));
    let kubectl = format!("kubectl --namespace {}", workload.namespace);
    let look = format!("look at {kubectl} get pods, and at the pod's log: {kubectl} logs POD");
    match wait.stage {
        Stage::Template => vec![format!(
            "{host}: {why} (waited for {limit})\nrun the same command again"
        )],
        Stage::CanStop => {
            let head = "was not stopped, and nothing was changed: see what follows, or wait with --wait";
            vec![format!("{host} {head}"), why.clone()]
        }
        Stage::Serves => vec![format!(
            "{host}: {why}; so no other pod was deleted\n{look}\nif the new template mends this pod, delete it by hand: {kubectl} \
             delete pod POD; or wait with --wait"
        )],
        Stage::Ready => vec![format!("{host}: not ready within {limit}: {why}\n{look}")],
        Stage::Healed => vec![format!(
            "{host}: not healed within {limit}: {why}\nlook at {kubectl} exec POD -- glusterctl status; --heal-limit waits longer"
        )],
    }
}

/// The program in a pod is too old to be asked.
pub(super) fn too_old(workload: &Workload, host: &HostName, pod: &str) -> String {
    let kubectl = format!("kubectl --namespace {}", workload.namespace);
    format!(
        "{host}: the glusterctl in pod {pod} is older than this one, and does not know `node ok-to-stop`\ngo on by hand with this \
         pod: once `{kubectl} exec {pod} -- glusterctl ok-to-stop {host}` says yes, {kubectl} delete pod {pod}"
    )
}

/// A pod was made anew, and from an old template.
pub(super) fn made_alike(workload: &Workload, host: &HostName, pod: &str) -> String {
    format!(
        "{host}: pod {pod} was made anew, and again from an old template\nlook at its events: kubectl --namespace {} describe pod \
         {pod}",
        workload.namespace
    )
}

/// How far the run has come, and how to go on.
pub(super) fn stopped(done: usize, coming: Option<&HostName>, left: &[&str]) -> String {
    let mut told = "the update stopped here".to_owned();
    if done > 0 {
        told += &format!(", after {} made anew", counted(done, "pod"));
    }
    if let Some(host) = coming {
        told += &format!("; the pod of {host} comes back");
    }
    if !left.is_empty() {
        told += &format!("; left as before: {}", left.join(", "));
    }
    told + "\nonce the cause is gone, run the same command again: it carries on with what is left"
}
