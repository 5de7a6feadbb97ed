//! `init`: writes an inventory: of hosts with blank disks, or of a cluster that exists already, made by hand or by another
//! tool.

mod describe;
mod disks;
mod fresh;
mod heketi;
mod list;
mod propose;

pub(super) use list::expand;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tokio::task::JoinSet;

use super::cluster::{self, Failures};
use super::{Ending, Usage, plan};
use crate::cli::{Global, Init};
use crate::facts::ExistingServer;
use crate::inventory::{self, Become, ClusterName, Host, HostName, Role, Ssh};
use crate::output;
use crate::remote::Hosts;
use crate::text::{counted, printable};
use describe::{Description, Server};
use heketi::Pool;

/// The file of the inventory's schema, beside the inventory.
const SCHEMA: &str = "glusterctl.schema.json";

/// The first lines of an inventory: by the second, editors with yaml-language-server find the schema, beside the inventory and so
/// without a network.
const MODELINE: &str = "\
# Editors complete and check this file with the schema that `glusterctl schema` prints:
# yaml-language-server: $schema=glusterctl.schema.json
";

/// What to type, for whoever typed nothing.
const NOTHING_NAMED: &str = "\
error: init needs to know the hosts; name them in one of these ways
  glusterctl init kube1 root@198.51.100.12:22    hosts that ssh reaches
  glusterctl init hosts.ini                      an Ansible or gdeploy file
  terraform output -json | glusterctl init -     a list on standard input
  openstack server list -f json | glusterctl init -
  glusterctl init --from kube1                   a running cluster
  glusterctl init --from-heketi FILE             a topology of Heketi";

/// Runs `init`.
///
/// # Errors
/// [`Usage`] if the inventory exists already. Or some servers could not be looked at, or the cluster cannot be described.
pub fn run(global: &Global, options: &Init) -> anyhow::Result<Ending> {
    let to = &global.inventory;
    if to != Path::new("-") && to.exists() {
        return Err(Usage(format!(
            "error: {} exists already; write to another file with -i FILE, or to standard output with -i -",
            to.display()
        ))
        .into());
    }
    if !options.hosts.is_empty() || options.from.as_deref().is_some_and(fresh::is_list) {
        let described = fresh::describe(global, options)?;
        return finish(to, described, "with the disks that may become bricks");
    }
    let heketis = match &options.from_heketi {
        Some(file) => Some((shown(file), pool(file, options.heketi_cluster.as_deref())?)),
        None => None,
    };
    if options.from.is_none() && heketis.is_none() {
        return Err(Usage(NOTHING_NAMED.to_owned()).into());
    }
    let (ssh, destination) = ssh(options)?;
    let described = match (&options.from, &heketis) {
        (None, Some((origin, pool))) => Description {
            text: heketi::describe(origin, &options.cluster, &describe::ssh_section(&ssh), pool),
            warnings: Vec::new(),
        },
        (from, heketis) => {
            let from = from.as_deref().unwrap_or_default();
            let pool = heketis.as_ref().map(|(_, pool)| pool);
            running(global, options, from, (&ssh, &destination), pool)?
        }
    };
    finish(to, described, "which shows what apply would add")
}

/// The file of Heketi as comments show it.
fn shown(file: &Path) -> String {
    match file == Path::new("-") {
        true => "FILE".to_owned(),
        false => printable(&file.to_string_lossy()),
    }
}

/// The pool of Heketi that a file describes.
fn pool(file: &Path, which: Option<&str>) -> Result<Pool, Usage> {
    let (name, text) = text_of(file)?;
    Pool::read(&text, which).map_err(|problems| refused(&name, &problems))
}

/// The name of a file in messages, and the file's text; `-` is standard input.
fn text_of(file: &Path) -> Result<(String, String), Usage> {
    const MAX_BYTES: u64 = 64 << 20;
    let name = match file == Path::new("-") {
        true => "standard input".to_owned(),
        false => shown(file),
    };
    let read = |input: &mut dyn Read| {
        let mut text = String::new();
        input.take(MAX_BYTES).read_to_string(&mut text).map(|_| text)
    };
    let text = match file == Path::new("-") {
        true => read(&mut std::io::stdin().lock()),
        false => std::fs::File::open(file).and_then(|mut file| read(&mut file)),
    };
    let text = text.map_err(|error| Usage(format!("error: {name} cannot be read: {error}")))?;
    Ok((name, text))
}

/// Every problem of a file.
fn refused(name: &str, problems: &[String]) -> Usage {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("error: {name}: {problem}"))
        .collect();
    Usage(lines.join("\n"))
}

/// Looks at all servers of a running cluster.
fn running(
    global: &Global,
    options: &Init,
    from: &str,
    (ssh, destination): (&Ssh, &str),
    heketis: Option<&Pool>,
) -> anyhow::Result<Description> {
    let first = HostName::parse(destination).or_else(|_| HostName::parse("host-0"))?;
    let hosts = hosts(
        global,
        &options.cluster,
        vec![host(&first, IpAddr::V4(Ipv4Addr::UNSPECIFIED), ssh, Some(destination))],
    )?;
    let seen = cluster::run(&hosts, async {
        ExistingServer::of(&hosts, &first)
            .await
            .map_err(|lost| Failures(vec![format!("{from}: {lost}")]).into())
    })?;
    let others = peers(&seen);
    let first = seen.pool.own_uuid.clone();
    let mut shown = BTreeMap::from([(first.clone(), seen)]);
    let reached = others
        .iter()
        .map(|(name, address)| host(name, *address, ssh, None))
        .collect();
    if !others.is_empty() {
        let hosts = self::hosts(global, &options.cluster, reached)?;
        shown.extend(cluster::run(&hosts, look(&hosts))?);
    }
    let servers = servers(shown, &first, destination);
    Ok(describe::describe(from, &options.cluster, ssh, &servers, heketis))
}

/// Writes the inventory, which its own reader has to accept.
fn finish(to: &Path, Description { text, warnings }: Description, what: &str) -> anyhow::Result<Ending> {
    let inventory = inventory::read(&text, "the inventory").map_err(|report| {
        Failures(vec![format!(
            "an inventory cannot describe this cluster:\n{}",
            report.render(false, inventory::Report::WIDTH)
        )])
    })?;
    for warning in warnings.into_iter().chain(inventory.warnings()) {
        output::stderr(&format!("warning: {warning}\n"));
    }
    write(to, &format!("{MODELINE}{text}"))?;
    if to != Path::new("-") {
        let schema = schema_beside(to);
        let servers = inventory.hosts.iter().filter(|host| host.role == Role::Server).count();
        output::stderr(&format!(
            "wrote {}, {what}: {}\n{schema}{}",
            to.display(),
            counted(servers, "server"),
            plan::next("plan", to),
        ));
    }
    Ok(Ending::Done)
}

/// How SSH reaches the servers, and the destination of SSH for the first server.
fn ssh(options: &Init) -> Result<(Ssh, String), Usage> {
    let from = options.from.as_deref();
    let (user, destination) = match from.and_then(|from| from.split_once('@')) {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (options.user.clone(), from.unwrap_or_default()),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if from.is_some_and(|from| from.is_empty() || destination.is_empty())
        || destination.starts_with('-')
        || !destination.chars().all(allowed)
    {
        return Err(Usage(format!(
            "error: {:?} is no host name, address or user@host for ssh",
            from.unwrap_or_default()
        )));
    }
    let ssh = Ssh {
        host: None,
        user,
        port: options.port,
        identity_file: options.identity_file.clone(),
        config_file: options.config_file.clone(),
        become_root: if options.sudo { Become::Sudo } else { Become::No },
        ..Ssh::default()
    };
    Ok((ssh, destination.to_owned()))
}

fn host(name: &HostName, address: IpAddr, ssh: &Ssh, destination: Option<&str>) -> Host {
    let host = destination.map(str::to_owned);
    cluster::bare_host(name.clone(), address, Ssh { host, ..ssh.clone() })
}

fn hosts(global: &Global, cluster: &ClusterName, hosts: Vec<Host>) -> anyhow::Result<Arc<Hosts>> {
    cluster::hosts(global, &Arc::new(cluster::bare_inventory(cluster.clone(), hosts)))
}

/// The other servers of the pool, with names and addresses as the first server knows them.
fn peers(first: &ExistingServer) -> Vec<(HostName, IpAddr)> {
    let mut found = Vec::new();
    for (at, peer) in first.pool.peers.iter().enumerate() {
        let names = || peer.names.iter();
        let address = names().find_map(|name| name.parse().ok().or_else(|| first.names.get(name).copied()));
        let name = names().find_map(|name| HostName::parse(name).ok());
        let name = name.or_else(|| HostName::parse(&format!("host-{}", at + 1)).ok());
        found.extend(name.zip(Some(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))));
    }
    found
}

/// What all hosts show, by the UUIDs of their glusterds.
async fn look(hosts: &Arc<Hosts>) -> anyhow::Result<BTreeMap<String, ExistingServer>> {
    let mut looks = JoinSet::new();
    for host in &hosts.inventory().hosts {
        let (hosts, name) = (Arc::clone(hosts), host.name.clone());
        looks.spawn(async move {
            let seen = ExistingServer::of(&hosts, &name).await;
            seen.map(|seen| (seen.pool.own_uuid.clone(), seen))
                .map_err(|lost| format!("{name}: {lost}"))
        });
    }
    let (mut shown, mut lost) = (BTreeMap::new(), Vec::new());
    for look in looks.join_all().await {
        match look {
            Ok((uuid, seen)) => drop(shown.insert(uuid, seen)),
            Err(error) => lost.push(error),
        }
    }
    if lost.is_empty() {
        return Ok(shown);
    }
    lost.sort();
    lost.push("nothing was written: an inventory needs every server of the pool".to_owned());
    Err(Failures(lost).into())
}

/// The servers with the names that peers and bricks have for them, sorted by name. `destination` is where SSH found the
/// server whose glusterd has the UUID `first`.
fn servers(shown: BTreeMap<String, ExistingServer>, first: &str, destination: &str) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    let known: Vec<(String, Vec<String>, Option<IpAddr>)> = shown.keys().map(|uuid| known_as(uuid, &shown)).collect();
    for ((uuid, names, address), (_, shows)) in known.into_iter().zip(shown) {
        let own = shows
            .node_name
            .split('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let name = names.iter().chain([&own]).find_map(|name| HostName::parse(name).ok());
        let fallback = || HostName::parse(&format!("server-{}", &uuid[..8.min(uuid.len())])).ok();
        let Some(name) = name.or_else(fallback) else { continue };
        let reachable = || shows.addresses.iter().copied().find(|address| !address.is_loopback());
        let address = address.or_else(reachable).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        // An alias of an ssh_config, for example, or a floating address.
        let elsewhere = uuid == first && name.as_str() != destination && address.to_string() != destination;
        servers.push(Server {
            name,
            address,
            ssh_host: elsewhere.then(|| destination.to_owned()),
            shows,
        });
    }
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    servers
}

/// The names by which bricks and peers know a glusterd, names of bricks first; and the glusterd's address, if the server
/// itself has the address.
fn known_as(uuid: &str, shown: &BTreeMap<String, ExistingServer>) -> (String, Vec<String>, Option<IpAddr>) {
    let volumes = || shown.values().flat_map(|server| server.volumes.values());
    let of_bricks = volumes().flat_map(|info| info.bricks.iter().zip(&info.brick_hosts));
    let of_bricks = of_bricks
        .filter(|(_, host)| *host == uuid)
        .map(|(brick, _)| brick.host.clone());
    let peers = || shown.values().flat_map(|server| &server.pool.peers);
    let of_peers = peers()
        .filter(|peer| peer.uuid == uuid)
        .flat_map(|peer| peer.names.clone());
    let names: Vec<String> = of_bricks.chain(of_peers).collect();
    let own = shown.get(uuid).map(|server| &server.addresses);
    let mut addresses = names.iter().flat_map(|name| {
        let said = shown.values().filter_map(|server| server.names.get(name).copied());
        name.parse().ok().into_iter().chain(said)
    });
    let has = |address: &IpAddr| !address.is_loopback() && own.is_some_and(|own| own.contains(address));
    let address = addresses.find(has);
    (uuid.to_owned(), names, address)
}

/// Writes the schema that the modeline names beside the inventory, unless it is there, and says so in a line.
fn schema_beside(inventory: &Path) -> String {
    let to = inventory.with_file_name(SCHEMA);
    let written = || -> anyhow::Result<bool> {
        let text = output::json(&inventory::schema()?)?;
        match OpenOptions::new().write(true).create_new(true).open(&to) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            file => Ok(file?.write_all(text.as_bytes()).map(|()| true)?),
        }
    };
    match written() {
        Ok(true) => format!("wrote {}, with which editors complete and check it\n", to.display()),
        Ok(false) => String::new(),
        Err(error) => format!("warning: writing {}: {error:#}\n", to.display()),
    }
}

/// Writes the inventory; an existing file is never written over.
fn write(to: &Path, text: &str) -> anyhow::Result<()> {
    if to == Path::new("-") {
        output::stdout(text)?;
        return Ok(());
    }
    let shown = || format!("writing {}", to.display());
    let mut file = match OpenOptions::new().write(true).create_new(true).open(to) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Usage(format!("error: {} exists already", to.display())).into());
        }
        file => file.with_context(shown)?,
    };
    file.write_all(text.as_bytes()).with_context(shown)
}
