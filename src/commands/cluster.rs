//! Shared by the commands that talk to hosts: loading the inventory, the connections, the runtime, and an orderly end.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::SignalKind;

use super::interruption::{Interrupted, interrupted};
use super::{Usage, lab, sudo_password};
use crate::cli::Global;
use crate::execute::Stop;
use crate::inventory::{
    self, Address, ClusterName, Connection, Firewall, Host, HostName, Inventory, Kubernetes, Role, Ssh,
};
use crate::output;
use crate::record::without_secrets;
use crate::remote::{Connections, Hosts, Limits, NewKey, Reach, Tell};

/// Everything that went wrong, a message for each error.
#[derive(Debug)]
pub struct Failures(pub Vec<String>);

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // `main` prints "error: " before the first message.
        f.write_str(&self.0.join("\nerror: "))
    }
}

impl std::error::Error for Failures {}

/// Loads the inventory and shows the inventory's warnings.
///
/// # Errors
/// The inventory is wrong.
pub fn inventory(global: &Global) -> anyhow::Result<Arc<Inventory>> {
    inventory_with_keys(global).map(|(inventory, _)| inventory)
}

/// The same, with the keys and values as the operator wrote them.
///
/// # Errors
/// The inventory is wrong.
pub fn inventory_with_keys(global: &Global) -> anyhow::Result<(Arc<Inventory>, serde_json::Value)> {
    let (inventory, keys) = inventory::load_with_keys(&global.inventory)?;
    if !global.quiet {
        for warning in inventory.warnings() {
            output::stderr(&format!("warning: {warning}\n"));
        }
    }
    Ok((Arc::new(inventory), keys))
}

/// The hosts of the inventory, or with `--lab`, their stand-ins. No host is contacted yet.
///
/// # Errors
/// There is no such lab, no directory can hold the sockets of connections, or this machine is none of the hosts with
/// `connection: local`.
pub fn hosts(global: &Global, inventory: &Arc<Inventory>) -> anyhow::Result<Arc<Hosts>> {
    let config: Option<PathBuf> = match &global.lab {
        None => None,
        Some(name) => {
            crate::lab::fits(inventory)?;
            Some(lab::open_named(name, &inventory.cluster)?.ssh_config())
        }
    };
    let connections = Connections::new(config)?
        .within(Limits {
            connect: Duration::from_secs(global.connect_timeout),
            hosts: global.concurrency,
        })
        .telling_of_touches(
            std::env::current_exe().ok(),
            io::stderr().is_terminal().then_some(touch as Tell),
        );
    let is_reached = |host: &&Host| connections.reach(host) != Reach::SelfManaged;
    let password = sudo_password::source(global, inventory.hosts.iter().filter(is_reached))?;
    let connections = connections.with_password(password);
    let any = |reach| inventory.hosts.iter().any(|host| connections.reach(host) == reach);
    if any(Reach::SelfManaged) && !any(Reach::ThisMachine) {
        let names: Vec<&str> = inventory
            .hosts
            .iter()
            .filter(|host| host.connection == Connection::Local)
            .map(|host| host.name.as_str())
            .collect();
        return Err(Usage(format!(
            "error: with connection: local, glusterctl has to run on {} itself, and this machine has no such address\n\
             run glusterctl there, or write connection: ssh",
            names.join(" or ")
        ))
        .into());
    }
    let tell = global.verbose.then_some(tell as Tell);
    let tell_of_key = (!global.quiet).then_some(tell_of_key as fn(&NewKey));
    Ok(Hosts::telling(Arc::clone(inventory), connections, tell, tell_of_key))
}

/// Tells a person that the security key wants a touch, in ssh's words.
fn touch(host: &HostName, words: &str) {
    output::erase_line();
    output::stderr(&format!("{host}: touch your security key: {words}\n"));
}

/// Tells that a host key was trusted at first sight.
fn tell_of_key(key: &NewKey) {
    output::stderr(&format!("{key}\n"));
}

/// Shows a script that only looks at a host. What such a script prints is not shown: it may have the values of secret options.
fn tell(host: &HostName, script: &str) {
    output::stderr(&format!(
        "{host}: looking\n{}\n",
        output::command(&without_secrets(script))
    ));
}

/// A host that only SSH is asked to reach: nothing is wanted of the host.
#[must_use]
pub fn bare_host(name: HostName, address: IpAddr, ssh: Ssh) -> Host {
    Host {
        name,
        address: Address::Fixed(address),
        ssh,
        zone: None,
        role: Role::Server,
        devices: Vec::new(),
        heketi: Vec::new(),
        leaving: false,
        connection: Connection::default(),
    }
}

/// An inventory of nothing but hosts.
#[must_use]
pub fn bare_inventory(cluster: ClusterName, hosts: Vec<Host>) -> Inventory {
    Inventory {
        tls: None,
        gluster_version: None,
        firewall: Firewall::default(),
        cluster,
        hosts,
        volumes: Vec::new(),
        kubernetes: Kubernetes::default(),
    }
}

/// Runs `work` to its end or until Ctrl-C, and closes the connections in both cases.
///
/// # Errors
/// The errors of `work`, and an interruption.
pub fn run<T>(hosts: &Arc<Hosts>, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    block_on(work, interrupted(), hosts.close())
}

/// Runs work that blocks, to its end or until Ctrl-C; after Ctrl-C, the work goes on beside what follows.
///
/// # Errors
/// The errors of `work`, and an interruption.
pub fn run_beside<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<T> {
    block_on(blocking(work), interrupted(), async {})
}

/// Runs work that blocks, beside what is awaited; once nobody waits any more, the work goes on to its end.
///
/// # Errors
/// The errors of `work`.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.context("a worker panicked")?
}

/// Like [`run`], for work that changes hosts: after the first Ctrl-C, the work finishes the commands that are running
/// and stops; the second Ctrl-C ends the work at once.
///
/// # Errors
/// The errors of `work`, and a second interruption; [`Interrupted`] if the work failed after the first.
pub fn run_gently<T, W>(hosts: &Arc<Hosts>, work: impl FnOnce(Stop) -> W) -> anyhow::Result<T>
where
    W: Future<Output = anyhow::Result<T>>,
{
    gently(work, hosts.close())
}

/// The same, for work that connects to no host.
///
/// # Errors
/// As [`run_gently`].
pub fn run_gently_from_here<T, W>(work: impl FnOnce(Stop) -> W) -> anyhow::Result<T>
where
    W: Future<Output = anyhow::Result<T>>,
{
    gently(work, async {})
}

fn gently<T, W>(work: impl FnOnce(Stop) -> W, close: impl Future<Output = ()>) -> anyhow::Result<T>
where
    W: Future<Output = anyhow::Result<T>>,
{
    let stop = Stop::new();
    let first = Cell::new(None);
    let end = async {
        first.set(Some(interrupted().await));
        output::stderr(match stop.rests() {
            // The line with the question ends here.
            true => "\n",
            false => "finishing the commands that are running; interrupt once more to stop at once\n",
        });
        stop.ask("interrupted");
        interrupted().await
    };
    let result = block_on(work(stop.clone()), end, close);
    result.map_err(|error| match first.get() {
        Some(signal) if !error.is::<Interrupted>() => Interrupted::by(signal, error).into(),
        _ => error,
    })
}

/// Runs `work` to its end, or until `end` tells a signal; then closes what was open.
fn block_on<T>(
    work: impl Future<Output = anyhow::Result<T>>,
    end: impl Future<Output = SignalKind>,
    close: impl Future<Output = ()>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let result = runtime.block_on(async {
        let result = tokio::select! {
            result = work => result,
            signal = end => {
                let error = anyhow::anyhow!(
                    "interrupted: commands that were running on hosts may go on to their end\n\
                     run the same command again: it observes the hosts and does what is left to do"
                );
                Err(Interrupted::by(signal, error).into())
            }
        };
        close.await;
        result
    });
    // A thread that still reads an answer from the terminal is not waited for.
    runtime.shutdown_background();
    result
}
