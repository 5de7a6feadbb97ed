//! `rehearse`: provisions throwaway stand-ins for all hosts, cuts their power, and proves that every volume comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Serialize;

use super::cluster;
use super::lab::name_of;
use super::{Ending, apply, kubernetes, report, status};
use crate::cli::{Global, OutputFormat, Rehearse};
use crate::converge::Terms;
use crate::converge::consent::Consent;
use crate::facts::Facts;
use crate::health::{self, Health};
use crate::inventory::{Host, Inventory, Volume};
use crate::kubernetes::{Request, templates::Templates};
use crate::lab::{self, Lab, Spec};
use crate::output;
use crate::plan::Operation;
use crate::record::Notes;
use crate::remote::{Connections, Hosts, Script};
use crate::shell;

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
    let quiet = global.quiet;
    let say = move |line: &str| {
        if !quiet {
            output::stderr(&format!("{line}\n"));
        }
    };
    lab::require(options.make.install, &say)?;
    let mut phases = Phases {
        done: Vec::new(),
        say: Box::new(say),
    };
    let mut spec = Spec::of(&inventory, name.clone(), options.make.disk_size);
    spec.installed = options.make.installed;
    let lab = phases.time("boot the stand-ins", || Lab::up(&spec, &say))?;

    let notes = Notes::default();
    let result = rehearse(global, &inventory, &lab, &mut phases, &notes);
    let written = report::write(options.report.as_deref(), &notes.entries(), quiet);
    if options.keep {
        say(&format!(
            "The stand-ins are left running; glusterctl lab down --name {name} removes them."
        ));
    } else {
        phases.time("remove the stand-ins", || Lab::down(&name, &say))?;
    }
    let hint = if options.keep {
        ""
    } else {
        "; with --keep the stand-ins keep running, to be looked at"
    };
    let health = result.with_context(|| format!("the rehearsal failed{hint}"))?;
    written?;

    let yaml: Vec<&str> = manifests.iter().map(|manifest| manifest.yaml.as_str()).collect();
    let report = Report {
        version: 1,
        phases: &phases.done,
        status: &health,
        manifests: yaml,
    };
    output::data(global.output, &report, || report.text())?;
    Ok(Ending::Done)
}

/// Rehearses on stand-ins that were booted; returns the cluster's state at the end.
fn rehearse(
    global: &Global,
    inventory: &Arc<Inventory>,
    lab: &Lab,
    phases: &mut Phases,
    notes: &Notes,
) -> anyhow::Result<Health> {
    // The progress of apply goes to standard error, whatever the report's format.
    let global = Global {
        output: OutputFormat::Table,
        ..global.clone()
    };
    let hosts = || -> anyhow::Result<Arc<Hosts>> {
        Ok(Hosts::new(
            Arc::clone(inventory),
            Connections::new(Some(lab.ssh_config()))?,
        ))
    };
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
    let all: Vec<_> = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let say = |line: &str| (phases.say)(line);
    let begun = Instant::now();
    say("rehearsal: cut the power of all hosts, boot them again");
    lab.kill(&all, &say)?;
    lab.start(&all, &say)?;
    phases
        .done
        .push(Phase::new("cut the power of all hosts, boot them again", begun));
    let back = hosts()?;
    phases.time("wait until every volume is mounted again, read the files", || {
        cluster::run(&back, async {
            tokio::time::timeout(RECOVERY, until_read(&back)).await?
        })
    })?;
    let last = hosts()?;
    phases.time("apply after the power cut", || {
        let facts = converge(&global, &last, notes)?;
        cluster::run(&last, async { Ok(status::of(&last, &facts, status::LIMIT).await) })
    })
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

impl Phase {
    fn new(name: &'static str, begun: Instant) -> Self {
        Phase {
            name,
            seconds: begun.elapsed().as_secs_f64(),
        }
    }
}

impl Phases {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        (self.say)(&format!("rehearsal: {name}"));
        let begun = Instant::now();
        let result = work().with_context(|| name.to_owned());
        self.done.push(Phase::new(name, begun));
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
}

impl Report<'_> {
    fn text(&self) -> String {
        let rows = self
            .phases
            .iter()
            .map(|phase| [phase.name.to_owned(), format!("{:.1}", phase.seconds)]);
        let manifests = self.manifests.join("---\n");
        let phases = output::table(&["PHASE", "SECONDS"], rows);
        [manifests, health::table(self.status), phases].join("\n")
    }
}
