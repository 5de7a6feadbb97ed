//! `snapshot`: takes, lists and deletes Gluster's snapshots of volumes.

use std::io::IsTerminal;

use anyhow::bail;
use serde::Serialize;

use super::apply::{consent, readers, saved_plan};
use super::cluster::{self, Failures};
use super::{Ending, Usage};
use crate::cli::{Global, OutputFormat, SavedPlan, Snapshot as SnapshotCommand, SnapshotChange};
use crate::converge::{self, Outcome, Terms};
use crate::facts::{self, Snapshot};
use crate::inventory::{Inventory, VolumeName};
use crate::output;
use crate::plan::Operation;
use crate::remote::{Hosts, Script};

/// How long a server may take to list the snapshots.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);

/// Why a snapshot is not restored, and what a person can do.
const RESTORE: &str = "\
glusterctl does not restore snapshots: Gluster's own restore makes the snapshot the volume, and the bricks are below
/run/gluster/snaps from then on, where neither /etc/fstab nor glusterctl mounts them
bring the files back instead, while the volume goes on serving: activate the snapshot, mount it, and copy
    gluster snapshot activate NAME
    mount -t glusterfs HOST:/snaps/NAME/VOLUME /mnt
docs/lvm.md has the steps, and what to know before gluster snapshot restore";

/// Runs one of the `snapshot` commands.
///
/// # Errors
/// The inventory or a name is wrong, or Gluster or the state of the volume forbids the command: every reason.
pub fn run(global: &Global, command: &SnapshotCommand) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    match command {
        SnapshotCommand::Change(what) => {
            let (plan, otherwise) = match what {
                SnapshotChange::Create { name, plan, .. } => {
                    let made =
                        format!("a snapshot {name} is there already\nchoose another name: glusterctl snapshot list");
                    (plan, made)
                }
                SnapshotChange::Delete { name, plan } => {
                    let none = format!("there is no snapshot {name}\nglusterctl snapshot list lists all snapshots");
                    (plan, none)
                }
            };
            change(global, operation(&inventory, what)?, plan, otherwise)?;
        }
        SnapshotCommand::List { volume } => {
            volume.iter().try_for_each(|volume| is_known(&inventory, volume))?;
            list(global, volume.as_ref())?;
        }
        SnapshotCommand::Restore { name } => bail!("{}", RESTORE.replace("NAME", name.as_str())),
    }
    Ok(Ending::Done)
}

/// What the options say.
///
/// # Errors
/// The inventory does not have the volume.
pub fn operation(inventory: &Inventory, what: &SnapshotChange) -> Result<Operation, Usage> {
    Ok(match what {
        SnapshotChange::Create { name, volume, .. } => {
            is_known(inventory, volume)?;
            let (name, volume) = (name.clone(), volume.clone());
            Operation::SnapshotCreate { name, volume }
        }
        SnapshotChange::Delete { name, .. } => Operation::SnapshotDelete { name: name.clone() },
    })
}

fn is_known(inventory: &Inventory, volume: &VolumeName) -> Result<(), Usage> {
    if inventory.volume(volume.as_str()).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = inventory.volumes.iter().map(|volume| volume.name.as_str()).collect();
    Err(Usage(format!(
        "error: the inventory has no volume {volume}\nits volumes are: {}",
        names.join(", ")
    )))
}

/// Carries an operation out. That nothing was left to do is an error, which `otherwise` explains: whoever takes a snapshot
/// wants a new one.
fn change(global: &Global, operation: Operation, plan: &SavedPlan, otherwise: String) -> anyhow::Result<()> {
    let inventory = cluster::inventory(&Global {
        quiet: true,
        ..global.clone()
    })?;
    let hosts = cluster::hosts(global, &inventory)?;
    let terms = Terms {
        operation,
        consent: consent(global),
        saved: saved_plan(plan)?,
        wait: None,
    };
    let work = async |stop| {
        let (events, reading) = readers(global, hosts.inventory());
        let outcome = converge::run(&hosts, &terms, &events, &stop).await;
        drop(events);
        reading.finish().await;
        Ok(outcome)
    };
    let outcome = cluster::run_gently(&hosts, work)?;
    let Outcome {
        done, errors, seconds, ..
    } = outcome;
    if !errors.is_empty() {
        return Err(Failures(errors).into());
    }
    if done.is_empty() {
        bail!(otherwise);
    }
    if !global.quiet && global.output == OutputFormat::Table {
        let titles: Vec<&str> = done.iter().map(|(_, title)| title.as_str()).collect();
        output::stderr(&format!(
            "Done: {}, observed again and proved, in {seconds:.1} s.\n",
            titles.join("; ")
        ));
    }
    Ok(())
}

/// The data that `snapshot list` prints: a stable interface.
#[derive(Serialize)]
struct Listing {
    version: u32,
    snapshots: Vec<Listed>,
}

/// A snapshot in the list.
#[derive(Serialize)]
struct Listed {
    name: String,
    volume: String,
    /// In UTC.
    created: String,
    /// Whether the snapshot can be mounted.
    activated: bool,
    description: String,
}

impl Listed {
    fn of(snapshot: Snapshot) -> Self {
        Listed {
            activated: snapshot.status == "Started",
            name: snapshot.name,
            volume: snapshot.volume,
            created: snapshot.created,
            description: snapshot.description,
        }
    }
}

fn list(global: &Global, volume: Option<&VolumeName>) -> anyhow::Result<()> {
    let inventory = cluster::inventory(&Global {
        quiet: true,
        ..global.clone()
    })?;
    let hosts = cluster::hosts(global, &inventory)?;
    let snapshots = cluster::run(&hosts, asked(&hosts))?;
    let of_volume = |snapshot: &Snapshot| volume.is_none_or(|volume| volume.as_str() == snapshot.volume);
    let mut listed: Vec<Listed> = snapshots.into_iter().filter(of_volume).map(Listed::of).collect();
    listed.sort_by(|one, other| {
        (&one.volume, &one.created, &one.name).cmp(&(&other.volume, &other.created, &other.name))
    });
    let listing = Listing {
        version: 1,
        snapshots: listed,
    };
    if listing.snapshots.is_empty() && global.output == OutputFormat::Table && std::io::stderr().is_terminal() {
        output::stderr("There are no snapshots.\n");
    }
    output::data(global.output, &listing, || table(&listing))
}

fn table(listing: &Listing) -> String {
    let rows = listing.snapshots.iter().map(|snapshot| {
        let state = if snapshot.activated { "activated" } else { "-" };
        [&snapshot.volume, &snapshot.name, &snapshot.created, state].map(str::to_owned)
    });
    output::table(&["VOLUME", "SNAPSHOT", "MADE (UTC)", "STATE"], rows)
}

/// The snapshots, as the first server knows them whose glusterd answers.
async fn asked(hosts: &Hosts) -> anyhow::Result<Vec<Snapshot>> {
    let script = Script {
        text: "gluster --mode=script --xml snapshot info".to_owned(),
        limit: LIMIT,
        changes: false,
    };
    let mut errors = Vec::new();
    for server in hosts.inventory().servers() {
        let name = &server.name;
        match hosts.run(name, &script).await {
            Ok(output) => match facts::snapshots(&output.stdout) {
                Ok(snapshots) => return Ok(snapshots),
                Err(why) => errors.push(format!("{name}: {why}")),
            },
            Err(error) => errors.push(format!("{name}: {error}")),
        }
    }
    Err(Failures(errors).into())
}
