//! Reads the inventory from text: the keys, the values that the keys may have, and the defaults.
//!
//! `yaml` makes a tree, `fields` reads typed values out of the tree, a file for each noun knows the noun's keys, and
//! `validate` checks hosts and volumes against each other. Reading goes on after the first problem.

mod address;
mod choice;
mod directory;
mod existing;
mod fields;
mod firewall;
mod foreign;
mod gluster;
mod heketi;
mod host;
mod kubernetes;
mod kubernetes_heketi;
mod kubernetes_volume;
mod lvm;
mod plain;
mod quota;
mod shape;
mod ssh;
mod suggest;
mod tls;
mod validate;
mod volume;
mod yaml;

use std::io::{self, Read};
use std::path::Path;

use super::diagnostics::{Diagnostic, Report};
use super::gluster_version::GlusterVersion;
use super::kubernetes::Kubernetes;
use super::model::{Firewall, Inventory};
use super::names::{ClusterName, HostName};
use super::tls::Tls;
use fields::{Diagnostics, Fields, Located, list, name};
use host::{Defaults, HostDraft, Owner};
use ssh::SshDraft;
use suggest::did_you_mean;
use volume::VolumeDraft;
use yaml::{Node, Value};

use crate::text::printable;

pub use plain::data;

/// The smallest useful inventory, for an operator who has no inventory yet.
const SMALLEST: &str = "\
the smallest inventory is
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}";

/// The largest inventory that is read: the inventory of a thousand hosts has some 100 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// The inventory as the file has it, each part with its place.
#[derive(Debug)]
struct Draft {
    cluster: Option<ClusterName>,
    hosts: Vec<HostDraft>,
    volumes: Vec<VolumeDraft>,
    /// How connections are encrypted, at the place that says so.
    tls: Option<Located<Tls>>,
    gluster_version: Option<GlusterVersion>,
    /// What is done with firewalls, at the place that says so.
    firewall: Option<Located<Firewall>>,
    kubernetes: Kubernetes,
}

/// Reads the inventory from a file, or from standard input if the path is `-`.
///
/// # Errors
/// Always a [`Report`]: why the file cannot be read, or every problem in the file.
pub fn load(path: &Path) -> anyhow::Result<Inventory> {
    load_with_keys(path).map(|(inventory, _)| inventory)
}

/// The same, with the keys and values as the operator wrote them: for whoever writes the inventory again, for another place.
///
/// # Errors
/// As [`load`].
pub fn load_with_keys(path: &Path) -> anyhow::Result<(Inventory, serde_json::Value)> {
    let origin = if path == Path::new("-") {
        "standard input".into()
    } else {
        path.to_string_lossy()
    };
    let whole = |problem| Report::new(&origin, "", vec![problem]);
    let bytes = bytes(path).map_err(|error| whole(unreadable(&origin, &error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        let problem = Diagnostic::of_the_whole(format!("the inventory is larger than {} KiB", MAX_BYTES >> 10))
            .help("name the right file with -i; an inventory of a thousand hosts has some 100 KiB");
        return Err(whole(problem).into());
    }
    let text = String::from_utf8(bytes).map_err(|error| whole(not_utf8(&error)))?;
    Ok((read(&text, &origin)?, plain::keys(&text)))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn unreadable(origin: &str, error: &io::Error) -> Diagnostic {
    let shown = printable(origin);
    match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::of_the_whole(format!("there is no inventory at {shown}")).help(format!(
            "name another file with -i FILE or GLUSTERCTL_INVENTORY, or write an inventory;\n{SMALLEST}"
        )),
        io::ErrorKind::IsADirectory => Diagnostic::of_the_whole(format!("{shown} is a directory"))
            .help("name the inventory in the directory with -i FILE or GLUSTERCTL_INVENTORY"),
        _ => Diagnostic::of_the_whole(format!("the inventory cannot be read: {error}"))
            .help("make the file readable, or name another file with -i FILE or GLUSTERCTL_INVENTORY"),
    }
}

fn not_utf8(error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
    let column = 1 + valid
        .iter()
        .rev()
        .take_while(|&&byte| byte != b'\n')
        .filter(|&&byte| byte & 0xc0 != 0x80)
        .count();
    Diagnostic::of_the_whole(format!(
        "the inventory is not text in UTF-8: line {line}, column {column}"
    ))
    .help("name the right file with -i, or save the file as UTF-8")
}

/// Checks an inventory. `origin` is the inventory's name in messages, usually the path of the file. Pure, except that
/// `~/` stands for the environment's `HOME`.
///
/// # Errors
/// Every problem of the inventory.
pub fn read(text: &str, origin: &str) -> Result<Inventory, Report> {
    let text = without_mark(text);
    let mut problems = Diagnostics::new();
    let parsed = yaml::parse(text);
    let is_yaml = parsed.is_ok();
    let inventory = match parsed {
        Ok(None | Some(Node { value: Value::Null, .. })) => {
            problems.push(Diagnostic::of_the_whole("the inventory is empty").help(SMALLEST));
            None
        }
        Ok(Some(root)) => draft(&root, &mut problems).and_then(|mut draft| {
            existing::of_the_only_volume(&mut draft, &mut problems);
            validate::check(&draft, &mut problems);
            tls::check(&draft, &mut problems);
            firewall::check(&draft, &mut problems);
            draft.finish()
        }),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    match inventory {
        Some(inventory) if problems.is_empty() => Ok(inventory),
        _ => Err(Report::new(origin, text, foreign::explained(text, is_yaml, problems))),
    }
}

/// The keys of an inventory.
const KEYS: [&str; 10] = [
    "cluster",
    "connection",
    "ssh",
    "defaults",
    "hosts",
    "volumes",
    "tls",
    "gluster",
    "firewall",
    "kubernetes",
];

/// A file of another program: a block of keys of which none is a key of an inventory.
fn foreign_file(root: &Node) -> Option<Diagnostic> {
    let is_ours = |(key, _): &(Node, Node)| matches!(&key.value, Value::Scalar { text, .. } if did_you_mean(text, &KEYS).is_some() || text.contains(':'));
    let is_foreign = matches!(&root.value, Value::Map(entries) if !entries.iter().any(is_ours));
    let problem = Diagnostic::new("this is no inventory of glusterctl", root.span.start..root.span.start);
    // What `ansible-inventory --list --yaml` prints begins so, and what people write by hand.
    let is_ansible = matches!(&root.value, Value::Map(entries) if entries.iter().any(|(key, _)| matches!(&key.value, Value::Scalar { text, .. } if text == "all")));
    is_foreign.then(|| match is_ansible {
        true => problem
            .label("an inventory of Ansible begins so")
            .help("glusterctl init FILE, with this file, looks at its hosts and writes an inventory of glusterctl"),
        false => problem.label("no key of an inventory stands here").help(SMALLEST),
    })
}

/// Some editors write a byte order mark before the text; the mark is no part of the text.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn draft(root: &Node, problems: &mut Diagnostics) -> Option<Draft> {
    if let Some(problem) = foreign_file(root) {
        problems.push(problem);
        return None;
    }
    let fields = Fields::read(root, "the inventory", &KEYS, problems)?;
    let cluster = fields
        .required("cluster", "cluster: kube", problems)
        .and_then(|node| name(node, "a cluster name", problems))
        .map(|cluster| cluster.value);
    let defaults = Defaults {
        connection: fields
            .get("connection")
            .map(|node| host::connection(node, problems))
            .unwrap_or_default(),
        ssh: fields
            .get("ssh")
            .map(|node| SshDraft::of_the_cluster(node, problems))
            .unwrap_or_default(),
        devices: fields
            .get("defaults")
            .and_then(|node| Fields::read(node, "`defaults`", &["devices"], problems))
            .and_then(|defaults| defaults.get("devices"))
            .map(|node| host::devices(node, Owner::Defaults, problems)),
    };
    let hosts = match fields.required(
        "hosts",
        "hosts: [{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}]",
        problems,
    ) {
        Some(node) => host::hosts(node, &defaults, problems),
        None => Vec::new(),
    };
    let volumes = match fields.get("volumes") {
        Some(node) => list(
            node,
            "volumes",
            "volumes: [{name: gv0, replica: 3, mount: /data}]",
            problems,
        )
        .iter()
        .filter_map(|node| VolumeDraft::read(node, problems))
        .collect(),
        None => Vec::new(),
    };
    let kubernetes = kubernetes::read(fields.get("kubernetes"), cluster.as_ref(), &hosts, &volumes, problems);
    Some(Draft {
        tls: fields.get("tls").and_then(|node| tls::read(node, problems)),
        firewall: fields.get("firewall").and_then(|node| firewall::read(node, problems)),
        gluster_version: fields.get("gluster").and_then(|node| gluster::version(node, problems)),
        cluster,
        hosts,
        volumes,
        kubernetes,
    })
}

impl Draft {
    /// The inventory, unless a part of the file could not be used.
    fn finish(self) -> Option<Inventory> {
        let existing = existing::volumes(&self);
        let addresses: Vec<_> = self
            .hosts
            .iter()
            .filter_map(|host| host.address.as_ref()?.value.ip())
            .collect();
        let names: Vec<HostName> = self
            .hosts
            .iter()
            .filter_map(|host| Some(host.name.as_ref()?.value.clone()))
            .collect();
        let tls = self.tls.map(|tls| tls.value);
        let encryption = tls.map(|tls| tls.options(&names)).unwrap_or_default();
        Some(Inventory {
            tls,
            gluster_version: self.gluster_version,
            firewall: self.firewall.map(|firewall| firewall.value).unwrap_or_default(),
            cluster: self.cluster?,
            hosts: self.hosts.into_iter().map(HostDraft::finish).collect::<Option<_>>()?,
            volumes: self
                .volumes
                .into_iter()
                .map(|volume| volume.finish(&existing, &addresses, &encryption))
                .collect::<Option<_>>()?,
            kubernetes: self.kubernetes,
        })
    }
}
