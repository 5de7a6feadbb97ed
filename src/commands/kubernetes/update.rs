//! `kubernetes update`: deletes the pods that are made from an old template, one after the other, each ready again and healed before
//! the next. What is next is decided in `kubernetes::pods`; here kubectl is run, and told what happens.

mod rolling;
mod waits;
mod words;

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::bail;

use super::kubectl::Kubectl;
use super::pods::kind;
use super::usage;
use crate::cli::{Global, KubernetesUpdate, OutputFormat};
use crate::commands::apply::readers;
use crate::commands::cluster::{self, Failures};
use crate::commands::ok_to_stop::all_named;
use crate::commands::{Ending, plan};
use crate::converge::saved::Saved;
use crate::inventory::{HostName, Inventory, Role};
use crate::kubernetes::pods::update::{UNNOTED, old};
use crate::kubernetes::pods::{Pod, Seen, Workload};
use crate::output;
use crate::plan::{Danger, Plan, Step, Success};
use crate::text::counted;
use rolling::Update;

/// What a run is about.
struct Target<'u> {
    options: &'u KubernetesUpdate,
    inventory: &'u Inventory,
    kubectl: Kubectl,
    workload: Workload,
    /// The members whose pods are to be made anew; none of all.
    only: Option<BTreeSet<usize>>,
}

/// Runs `kubernetes update`.
///
/// # Errors
/// [`super::Usage`] when these pods cannot be updated one by one; else kubectl's words, or why the update stopped.
pub fn run(global: &Global, options: &KubernetesUpdate) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let workload = Workload::of(&inventory, kind(options.kind), options.namespace.as_ref());
    let workload = workload.map_err(|reasons| usage(&reasons))?;
    let chosen = all_named(&inventory, &options.hosts)?;
    let members = workload.members.iter().enumerate();
    let members = members.filter(|(_, member)| chosen.contains(&member.host));
    let target = Target {
        options,
        inventory: &inventory,
        kubectl: Kubectl::new(&options.kubectl),
        only: (!chosen.is_empty()).then(|| members.map(|(at, _)| at).collect()),
        workload,
    };
    if options.preview {
        let seen = cluster::run_beside({
            let (kubectl, workload) = (target.kubectl.clone(), target.workload.clone());
            move || look(&kubectl, &workload)
        })?;
        if seen.revision.is_none() {
            bail!("{}: {UNNOTED}\nrun the same command again", target.workload.shown());
        }
        let planned = target.planned(&seen);
        output::styled(global.output, &Saved::of(&planned), || match planned.steps.is_empty() {
            true => format!("{}.\n", target.nothing(&seen)),
            false => plan::steps(&planned),
        })?;
        return Ok(Ending::Done);
    }
    cluster::run_gently_from_here(async |stop| {
        let (events, reading) = readers(global, &inventory, Vec::new(), |_| {});
        let mut update = Update::new(global, &target, events, stop);
        let (begun, result) = (Instant::now(), update.all().await);
        let (done, seconds) = (update.done(), begun.elapsed().as_secs_f64());
        update.finish(&result, seconds);
        drop(update);
        reading.finish().await;
        let seen = result.map_err(Failures)?;
        if !global.quiet && global.output == OutputFormat::Table {
            output::stderr(&match done {
                0 => format!("{} ({seconds:.1} s).\n", target.nothing(&seen)),
                _ => format!(
                    "Done: {} made anew and healed, one after the other, in {seconds:.1} s.\n",
                    counted(done, "pod")
                ),
            });
        }
        Ok(Ending::Done)
    })
}

fn look(kubectl: &Kubectl, workload: &Workload) -> anyhow::Result<Seen> {
    let said = kubectl.said(workload)?;
    Seen::read(workload, &said).map_err(anyhow::Error::msg)
}

impl Target<'_> {
    fn host(&self, at: usize) -> &HostName {
        &self.workload.members[at].host
    }

    /// A step for each pod that is old.
    fn planned(&self, seen: &Seen) -> Plan {
        let newest = seen.revision.as_deref().unwrap_or_default();
        let limit = self.options.pod_limit + self.options.heal_limit;
        let steps = old(seen, self.only.as_ref()).enumerate().map(|(place, (at, pod))| {
            let host = self.host(at);
            let is_server = self.inventory.host(host).is_none_or(|host| host.role == Role::Server);
            Step {
                host: host.clone(),
                title: title(pod),
                reason: reason(pod, newest),
                command: self.kubectl.deletion(&self.workload, &pod.name),
                danger: if is_server { Danger::StopsBricks } else { Danger::Safe },
                success: Success::Once,
                limit_seconds: limit.as_secs(),
                needs: place.checked_sub(1).into_iter().collect(),
            }
        });
        Plan {
            steps: steps.collect(),
            ..Plan::default()
        }
    }

    fn nothing(&self, seen: &Seen) -> String {
        let newest = seen.revision.as_deref().unwrap_or("unknown");
        let pods = match &self.only {
            None => "every pod is".to_owned(),
            Some(only) => {
                let hosts: Vec<&str> = only.iter().map(|at| self.host(*at).as_str()).collect();
                format!("of {} every pod is", hosts.join(", "))
            }
        };
        format!("Nothing to do: {pods} made from the newest template, {newest}")
    }
}

fn title(pod: &Pod) -> String {
    format!("delete pod {}, wait for the new one, and heal", pod.name)
}

fn reason(pod: &Pod, newest: &str) -> String {
    format!("its template is {}, the newest is {newest}", pod.revision)
}
