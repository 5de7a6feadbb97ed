//! `snapshot`: takes, lists and deletes Gluster's snapshots of volumes, and brings volumes back to snapshots.

use std::io::IsTerminal;
use std::sync::{Arc, mpsc};

use anyhow::{anyhow, bail};
use serde::Serialize;

use super::apply::{readers, saved_plan};
use super::cluster::{self, Failures};
use super::{Ending, Usage, agreement};
use crate::cli::{Global, OutputFormat, Snapshot as SnapshotCommand, SnapshotChange};
use crate::converge::{self, Outcome, Terms};
use crate::events::Event;
use crate::facts::{self, Snapshot};
use crate::inventory::{Inventory, SnapshotName, VolumeName, VolumePath};
use crate::output;
use crate::plan::{Operation, Restore};
use crate::remote::{Hosts, Script};

/// How long a server may take to list the snapshots.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);

/// Runs one of the `snapshot` commands.
///
/// # Errors
/// The inventory or a name is wrong, or Gluster or the state of the volume forbids the command: every reason.
pub fn run(global: &Global, command: &SnapshotCommand) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    match command {
        SnapshotCommand::Change(what) => change(global, &inventory, what)?,
        SnapshotCommand::List { volume } => {
            volume.iter().try_for_each(|volume| is_known(&inventory, volume))?;
            list(global, &inventory, volume.as_ref())?;
        }
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
        SnapshotChange::Restore {
            name, path, preview, ..
        } => Operation::SnapshotRestore(Restore {
            name: name.clone(),
            path: path.clone().unwrap_or_else(VolumePath::root),
            preview: *preview,
        }),
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

/// Carries an operation out. That nothing was left to do is an error: whoever takes a snapshot wants a new one.
fn change(global: &Global, inventory: &Arc<Inventory>, what: &SnapshotChange) -> anyhow::Result<()> {
    let hosts = cluster::hosts(global, inventory)?;
    let (plan, nothing) = match what {
        SnapshotChange::Create { name, plan, .. } => (
            plan,
            format!("a snapshot {name} is there already\nchoose another name: glusterctl snapshot list"),
        ),
        SnapshotChange::Restore { name, plan, .. } | SnapshotChange::Delete { name, plan } => (plan, unknown(name)),
    };
    let (operation, saved) = (operation(inventory, what)?, saved_plan(plan)?);
    let is_preview = matches!(what, SnapshotChange::Restore { preview: true, .. });
    let work = async |stop| {
        let consent = match what {
            SnapshotChange::Restore { name, confirm, .. } if !is_preview => {
                agreement::by_name(volume_of(&hosts, name).await?, confirm.as_deref())
                    // Hosts were contacted: the command line is not all that was looked at.
                    .map_err(|Usage(why)| anyhow!(why.trim_start_matches("error: ").to_owned()))?
            }
            _ => agreement::by_yes(global),
        };
        let terms = Terms {
            operation,
            consent,
            saved,
            wait: None,
        };
        let (sender, outputs) = mpsc::channel();
        let (events, reading) = readers(global, hosts.inventory(), Vec::new(), move |event| {
            if let Event::Ended { output, .. } = event {
                let _ = sender.send(output.clone());
            }
        });
        let outcome = converge::run(&hosts, &terms, &events, &stop).await;
        drop(events);
        reading.finish().await;
        Ok((outcome, outputs.into_iter().last().unwrap_or_default()))
    };
    let (outcome, output) = cluster::run_gently(&hosts, work)?;
    let Outcome {
        done, errors, seconds, ..
    } = outcome;
    if !errors.is_empty() {
        return Err(Failures(errors).into());
    }
    if done.is_empty() {
        bail!(nothing);
    }
    let is_table = global.output == OutputFormat::Table;
    if is_preview && is_table {
        output::stdout(&output)?;
    } else if !global.quiet && is_table {
        let titles: Vec<&str> = done.iter().map(|(_, title)| title.as_str()).collect();
        output::stderr(&format!(
            "Done: {}, observed again and proved, in {seconds:.1} s.\n",
            titles.join("; ")
        ));
    }
    Ok(())
}

fn unknown(name: &SnapshotName) -> String {
    format!("there is no snapshot {name}\nglusterctl snapshot list lists all snapshots")
}

/// The volume that a snapshot is of.
async fn volume_of(hosts: &Hosts, name: &SnapshotName) -> anyhow::Result<String> {
    let mut snapshots = asked(hosts).await?.into_iter();
    let found = snapshots.find(|snapshot| snapshot.name == name.as_str());
    found.map_or_else(|| bail!(unknown(name)), |found| Ok(found.volume))
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

fn list(global: &Global, inventory: &Arc<Inventory>, volume: Option<&VolumeName>) -> anyhow::Result<()> {
    let hosts = cluster::hosts(global, inventory)?;
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
    output::report(global.output, &listing, || table(&listing))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_what_gluster_printed_is_what_its_schema_says() {
        let snapshots = facts::snapshots(include_str!("../../tests/captures/snapshot-info.xml")).unwrap();
        let listing = Listing {
            version: 1,
            snapshots: snapshots.into_iter().map(Listed::of).collect(),
        };
        assert!(!listing.snapshots.is_empty());
        crate::documents::valid("snapshots", &serde_json::to_value(&listing).unwrap());
    }
}
