//! `rehearse`: provisions throwaway stand-ins for all hosts, cuts their power, and proves that every volume comes back; with
//! `--chaos`, lets faults happen under load.

mod chaos;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Serialize;

use super::cluster::{self, Failures};
use super::lab::name_of;
use super::{Ending, Interrupted, apply, kubernetes, report, status};
use crate::cli::{Fault, Global, OutputFormat, Rehearse};
use crate::converge::Terms;
use crate::converge::consent::Consent;
use crate::desired::Desired;
use crate::facts::Facts;
use crate::health::{self, Health};
use crate::inventory::{Host, HostName, Inventory, Volume};
use crate::kubernetes::{Request, templates::Templates};
use crate::lab::{self, Lab, Spec};
use crate::output;
use crate::plan::Operation;
use crate::record::{Notes, Section};
use crate::remote::{Connections, Hosts, Script};
use crate::shell;
use chaos::Chaos;

/// How long hosts that lost power may take until all volumes are mounted again.
const RECOVERY: Duration = Duration::from_secs(120);

/// Runs `rehearse`.
///
/// # Errors
/// The inventory is wrong, the lab cannot be made, or a phase failed. The stand-ins are removed in every case.
pub fn run(global: &Global, options: &Rehearse) -> anyhow::Result<Ending> {
    report::is_possible(options.report.as_deref())?;
    let inventory = cluster::inventory(global)?;
    lab::fits(&inventory)?;
    let name = match &options.make.name {
        Some(_) => name_of(global, options.make.name.as_deref())?,
        None => inventory.cluster.clone(),
    };
    // The manifests are printed at the end, but made first: if the manifests cannot be made, no stand-in is booted.
    let (_, mut manifests) = kubernetes::made(&inventory, Request::default(), &Templates::default())?;
    manifests.retain(|manifest| !manifest.example);
    let say = teller(global.quiet);
    lab::require(options.make.install, &say)?;
    let mut phases = Phases {
        done: Vec::new(),
        say: Box::new(say),
    };
    let mut spec = Spec::of(&inventory, name.clone(), options.make.disk_size);
    spec.installed = options.make.installed;
    let made = phases.time("boot the stand-ins", || {
        cluster::run_beside(move || Lab::up(&spec, &say))
    });
    if made.as_ref().is_err_and(anyhow::Error::is::<Interrupted>) {
        Lab::down(&name, &say)?;
    }
    let lab = Arc::new(made?);

    let notes = Notes::default();
    let mut chaos = Chaos::default();
    let faults = (&options.chaos[..], &mut chaos);
    let result = rehearse(global, &inventory, &lab, &mut phases, &notes, faults);
    // Also if the rehearsal failed: what the faults did until then.
    let chaos = Some(chaos).filter(|chaos| !chaos.faults.is_empty());
    let sections: Vec<Section> = chaos.iter().map(Chaos::section).collect();
    let written = report::write(options.report.as_deref(), &notes.entries(), &sections, global.quiet);
    let hint = match options.keep {
        true => {
            say(&format!(
                "The stand-ins are left running; glusterctl lab down --name {name} removes them."
            ));
            ""
        }
        false => {
            phases.time("remove the stand-ins", || Lab::down(&name, &say))?;
            "; with --keep the stand-ins keep running, to be looked at"
        }
    };
    let health = result.with_context(|| format!("the rehearsal failed{hint}"))?;
    written?;

    let yaml: Vec<&str> = manifests.iter().map(|manifest| manifest.yaml.as_str()).collect();
    let report = Report {
        version: 1,
        phases: &phases.done,
        status: &health,
        manifests: yaml,
        chaos,
    };
    output::data(global.output, &report, || report.text())?;
    match report.chaos.map(|chaos| chaos.broken()) {
        Some(broken) if !broken.is_empty() => Err(Failures(broken).into()),
        _ => Ok(Ending::Done),
    }
}

/// Tells of progress.
fn teller(quiet: bool) -> impl Fn(&str) + Copy + Send + Sync + 'static {
    move |line| {
        if !quiet {
            output::stderr(&format!("{line}\n"));
        }
    }
}

/// The stand-ins, not connected yet.
fn stand_ins(inventory: &Arc<Inventory>, lab: &Lab) -> anyhow::Result<Arc<Hosts>> {
    Ok(Hosts::new(
        Arc::clone(inventory),
        Connections::new(Some(lab.ssh_config()))?,
    ))
}

/// Rehearses on stand-ins that were booted; returns the cluster's state at the end, and tells what the faults did.
fn rehearse(
    global: &Global,
    inventory: &Arc<Inventory>,
    lab: &Arc<Lab>,
    phases: &mut Phases,
    notes: &Notes,
    (faults, chaos): (&[Fault], &mut Chaos),
) -> anyhow::Result<Health> {
    // The progress of apply goes to standard error, whatever the report's format.
    let global = Global {
        output: OutputFormat::Table,
        ..global.clone()
    };
    let hosts = || stand_ins(inventory, lab);
    let first = hosts()?;
    phases.time("apply", || converge(&global, &first, notes))?;
    let again = hosts()?;
    phases.time("apply again", || converge(&global, &again, notes))?;
    let files = hosts()?;
    phases.time("write a file through each mount, read it through all others", || {
        cluster::run(&files, async {
            write_files(&files).await?;
            read_files(&files).await
        })
    })?;
    let (all, cut, say) = (names(inventory), Arc::clone(lab), teller(global.quiet));
    phases.time("cut the power of all hosts, boot them again", || {
        cluster::run_beside(move || cut.kill(&all, &say).and_then(|()| cut.start(&all, &say)))
    })?;
    let back = hosts()?;
    phases.time("wait until every volume is mounted again, read the files", || {
        cluster::run(&back, async {
            tokio::time::timeout(RECOVERY, until_read(&back)).await?
        })
    })?;
    let last = hosts()?;
    let (facts, health) = phases.time("apply after the power cut", || {
        let facts = converge(&global, &last, notes)?;
        let health = cluster::run(&last, async { Ok(status::of(&last, &facts, status::LIMIT).await) })?;
        Ok((facts, health))
    })?;
    if faults.is_empty() {
        return Ok(health);
    }
    let stage = chaos::Stage {
        global: &global,
        inventory,
        lab,
        notes,
    };
    chaos::run(&stage, &facts, faults, phases, chaos)?;
    let after = hosts()?;
    phases.time("look at the cluster after the faults", || {
        cluster::run(&after, async {
            let (facts, looks) = status::look(&after).await;
            Ok(Health::of(&Desired::of(inventory), &facts, &looks))
        })
    })
}

/// The names of all hosts.
fn names(inventory: &Inventory) -> Vec<HostName> {
    inventory.hosts.iter().map(|host| host.name.clone()).collect()
}

/// Does what `apply` does. Nobody needs to agree to formatting: the disks are files of the lab.
fn converge(global: &Global, hosts: &Arc<Hosts>, notes: &Notes) -> anyhow::Result<Facts> {
    let terms = Terms {
        operation: Operation::Apply,
        consent: Consent::Given,
        saved: None,
        wait: None,
    };
    cluster::run_gently(hosts, |stop| apply::noted(global, hosts, terms, stop, notes.clone()))
}

/// The host and volume of every mount.
fn mounts(inventory: &Inventory) -> impl Iterator<Item = (&Host, &Volume)> {
    inventory
        .hosts
        .iter()
        .flat_map(|host| inventory.mounts_on(host).map(move |volume| (host, volume)))
}

async fn write_files(hosts: &Hosts) -> anyhow::Result<()> {
    for (host, volume) in mounts(hosts.inventory()) {
        let file = format!("{}/rehearsal-{}", volume.mount.path, host.name);
        on(
            hosts,
            host,
            &format!("echo written on {} > {}", host.name, shell::quote(&file)),
        )
        .await?;
    }
    Ok(())
}

async fn read_files(hosts: &Hosts) -> anyhow::Result<()> {
    for (reader, volume) in mounts(hosts.inventory()) {
        for (writer, _) in mounts(hosts.inventory()).filter(|(_, other)| other.name == volume.name) {
            let file = format!("{}/rehearsal-{}", volume.mount.path, writer.name);
            let read = on(hosts, reader, &format!("cat {}", shell::quote(&file))).await?;
            if read != format!("written on {}\n", writer.name) {
                bail!("{}: {file} holds {read:?}", reader.name);
            }
        }
    }
    Ok(())
}

/// Reads the files again and again until all are read; the caller limits the time.
async fn until_read(hosts: &Hosts) -> anyhow::Result<()> {
    while read_files(hosts).await.is_err() {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Ok(())
}

async fn on(hosts: &Hosts, host: &Host, command: &str) -> anyhow::Result<String> {
    let script = Script {
        text: command.to_owned(),
        limit: Duration::from_secs(30),
        changes: false,
    };
    let output = hosts
        .run(&host.name, &script)
        .await
        .with_context(|| host.name.to_string())?;
    if output.status != 0 {
        bail!(
            "{}: {command}: exit status {}\n{}",
            host.name,
            output.status,
            output.stderr.trim()
        );
    }
    Ok(output.stdout)
}

/// The phases of the rehearsal so far.
struct Phases {
    done: Vec<Phase>,
    say: Box<dyn Fn(&str) + Sync>,
}

#[derive(Serialize)]
struct Phase {
    name: &'static str,
    seconds: f64,
}

impl Phases {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        (self.say)(&format!("rehearsal: {name}"));
        let begun = Instant::now();
        let result = work().with_context(|| name.to_owned());
        self.done.push(Phase {
            name,
            seconds: begun.elapsed().as_secs_f64(),
        });
        result
    }
}

/// The result of a rehearsal as JSON: a stable interface.
#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    phases: &'r [Phase],
    status: &'r Health,
    manifests: Vec<&'r str>,
    /// Only with `--chaos`.
    #[serde(skip_serializing_if = "Option::is_none")]
    chaos: Option<Chaos>,
}

impl Report<'_> {
    fn text(&self) -> String {
        let rows = self
            .phases
            .iter()
            .map(|phase| [phase.name.to_owned(), format!("{:.1}", phase.seconds)]);
        let manifests = self.manifests.join("---\n");
        let phases = output::table(&["PHASE", "SECONDS"], rows);
        let chaos = self.chaos.iter().map(Chaos::text);
        let parts = [manifests, health::table(self.status), phases].into_iter().chain(chaos);
        parts.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    #[test]
    fn the_document_is_what_its_schema_says() {
        let text = "cluster: kube\nhosts:\n  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n";
        let inventory = crate::inventory::read(text, "the inventory").unwrap();
        let health = Health::of(
            &Desired::of(&inventory),
            &Facts::default(),
            &crate::health::Looks::default(),
        );
        for chaos in [None, Some(chaos::example())] {
            let has_faults = chaos.is_some();
            let report = Report {
                version: 1,
                phases: &[],
                status: &health,
                manifests: vec!["kind: Service\n"],
                chaos,
            };
            let document = serde_json::to_value(&report).unwrap();
            crate::documents::valid("rehearsal", &document);
            assert_eq!(document.get("chaos").is_some(), has_faults);
            assert_eq!(report.text().contains("LONGEST WRITE"), has_faults);
        }
    }
}
