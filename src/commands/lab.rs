//! `lab`: commands for the stand-ins of a lab.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{Ending, Usage};
use crate::cli::{Global, Lab as LabCommand, LabMake};
use crate::inventory::names::{ClusterName, HostName};
use crate::lab::{self, Lab, Spec};
use crate::{inventory, output};

/// Runs one of the `lab` commands.
///
/// # Errors
/// [`Usage`] for a name that is not valid, or a host that the lab does not have; else why the command failed.
pub fn run(global: &Global, command: &LabCommand) -> Result<Ending> {
    let say = |line: &str| {
        if !global.quiet {
            output::stderr(&format!("{line}\n"));
        }
    };
    let with_hosts = |hosts: &[String], work: fn(&Lab, &[HostName], lab::Say) -> Result<()>| {
        let lab = open(global)?;
        work(&lab, &chosen(&lab, hosts)?, &say)
    };
    match command {
        LabCommand::Connect {
            namespace,
            address,
            port,
        } => lab::connect(namespace, *address, *port)?,
        LabCommand::Up(make) => up(global, make, &say)?,
        LabCommand::Down { name, all } => {
            lab::require_root()?;
            let names = if *all {
                Lab::names()?
            } else {
                vec![name_of(global, name.as_deref())?]
            };
            names.iter().try_for_each(|name| Lab::down(name, &say))?;
        }
        LabCommand::List => {
            lab::require_root()?;
            list(global.output)?;
        }
        LabCommand::Ssh { host, command } => return ssh(&open(global)?, host, command),
        LabCommand::Kill { hosts } => with_hosts(hosts, Lab::kill)?,
        LabCommand::Start { hosts } => with_hosts(hosts, Lab::start)?,
        LabCommand::Reboot { hosts } => with_hosts(hosts, Lab::reboot)?,
        LabCommand::Partition { hosts, heal: true } => with_hosts(hosts, |lab, hosts, _| lab.heal(hosts))?,
        LabCommand::Partition { hosts, heal: false } => with_hosts(hosts, |lab, hosts, _| lab.partition(hosts))?,
    }
    Ok(Ending::Done)
}

fn up(global: &Global, make: &LabMake, say: lab::Say) -> Result<()> {
    let inventory = inventory::load(&global.inventory)?;
    lab::fits(&inventory)?;
    let name = match &make.name {
        Some(name) => parse(name)?,
        None => inventory.cluster.clone(),
    };
    lab::require(make.install, say)?;
    let mut spec = Spec::of(&inventory, name, make.disk_size);
    spec.installed = make.installed;
    let lab = Lab::up(&spec, say)?;
    say(&format!("ssh -F {} reaches the hosts", lab.ssh_config().display()));
    Ok(())
}

fn ssh(lab: &Lab, host: &str, command: &[String]) -> Result<Ending> {
    let host = &chosen(lab, &[host.to_owned()])?[0];
    let mut ssh = Command::new("ssh");
    ssh.arg("-F")
        .arg(lab.ssh_config())
        .arg("--")
        .arg(host.as_str())
        .args(command);
    // `exec` returns only if ssh could not be started; otherwise this process becomes ssh.
    Err(ssh.exec()).context("starting ssh")
}

/// The data that `lab list` prints: a stable interface.
#[derive(Serialize)]
struct Listing {
    version: u32,
    labs: Vec<ListedLab>,
}

#[derive(Serialize)]
struct ListedLab {
    name: ClusterName,
    directory: String,
    /// Why the lab cannot be used, if the lab is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
    hosts: Vec<ListedHost>,
}

#[derive(Serialize)]
struct ListedHost {
    name: HostName,
    address: std::net::IpAddr,
    state: &'static str,
}

fn list(format: output::Format) -> Result<()> {
    let labs = Lab::names()?.into_iter().map(listed).collect::<Result<_>>()?;
    let listing = Listing { version: 1, labs };
    output::report(format, &listing, || table(&listing))
}

fn listed(name: ClusterName) -> Result<ListedLab> {
    let lab = match Lab::open(&name) {
        Ok(lab) => lab,
        Err(error) => {
            let directory = Lab::directory_of(&name)?.display().to_string();
            return Ok(ListedLab {
                name,
                directory,
                broken: Some(format!("{error:#}")),
                hosts: Vec::new(),
            });
        }
    };
    let host = |host: &lab::StandIn| {
        let state = if lab.is_running(&host.name)? { "running" } else { "off" };
        Ok(ListedHost {
            name: host.name.clone(),
            address: host.address,
            state,
        })
    };
    let hosts = lab.spec().hosts.iter().map(host).collect::<Result<_>>()?;
    Ok(ListedLab {
        name,
        directory: lab.directory().display().to_string(),
        broken: None,
        hosts,
    })
}

fn table(listing: &Listing) -> String {
    let (mut rows, mut directories) = (Vec::new(), String::new());
    for lab in &listing.labs {
        let mut row = |host: &str, address: &str, state: &str| {
            rows.push([lab.name.as_str(), host, address, state].map(str::to_owned));
        };
        // Below the table, which would break a long path.
        directories += &format!("{}: {}\n", lab.name, lab.directory);
        if let Some(broken) = &lab.broken {
            row("-", "-", broken);
        }
        for host in &lab.hosts {
            row(host.name.as_str(), &host.address.to_string(), host.state);
        }
    }
    let table = output::table(&["LAB", "HOST", "ADDRESS", "STATE"], rows);
    match directories.is_empty() {
        true => table,
        false => format!("{table}\n{directories}"),
    }
}

fn open(global: &Global) -> Result<Lab> {
    lab::require_root()?;
    Lab::open(&name_of(global, None)?)
}

/// The lab of that name; with an empty name, the lab that has the cluster's name.
///
/// # Errors
/// There is no such lab, or this process does not run as root.
pub fn open_named(name: &str, cluster: &ClusterName) -> Result<Lab> {
    lab::require_root()?;
    let name = if name.is_empty() { cluster.clone() } else { parse(name)? };
    Lab::open(&name)
}

/// The name of the lab that a command is for: `name`, else the name after `--lab`, else the cluster's name.
///
/// # Errors
/// The name is not valid, or the inventory is wrong.
pub fn name_of(global: &Global, name: Option<&str>) -> Result<ClusterName> {
    match name.or(global.lab.as_deref()) {
        Some(name) if !name.is_empty() => parse(name),
        _ => Ok(inventory::load(&global.inventory)?.cluster),
    }
}

fn parse(name: &str) -> Result<ClusterName> {
    Ok(ClusterName::parse(name).map_err(|refused| Usage(format!("{name:?} is no name for a lab: {refused}")))?)
}

/// The hosts that a command is for: the named hosts, or all hosts of the lab.
fn chosen(lab: &Lab, hosts: &[String]) -> Result<Vec<HostName>> {
    if hosts.is_empty() {
        return Ok(lab.spec().hosts.iter().map(|host| host.name.clone()).collect());
    }
    let known = |host: &String| {
        let name = HostName::parse(host).map_err(|refused| Usage(format!("{host:?} is no host name: {refused}")))?;
        lab.host(&name).map_err(|error| Usage(error.to_string()))?;
        Ok(name)
    };
    hosts.iter().map(known).collect()
}
