//! Lists of hosts that other tools write: recognised by what they contain, and read into one form. Pure.

mod ansible;
mod ansible_ini;
mod ansible_yaml;
mod destination;
mod gdeploy;
mod openstack;
mod range;
mod terraform;

use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::Value;

use crate::inventory;
use crate::text::printable;

pub use destination::destination;
pub use range::expand;

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// The hosts, in the order of the list; of blocks that name them, in the order of the names.
    pub hosts: Vec<Entry>,
    /// The volume that the list describes.
    pub volume: Option<Wish>,
    /// What the list says and an inventory does not take over, a sentence each.
    pub notes: Vec<String>,
}

/// A host of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The name that the list has for the host.
    pub name: Option<String>,
    /// Where SSH connects.
    pub destination: String,
    /// The addresses that the list has for the host.
    pub addresses: Vec<IpAddr>,
    /// The login.
    pub user: Option<String>,
    /// The port of SSH.
    pub port: Option<u16>,
    /// The private key.
    pub identity_file: Option<PathBuf>,
    /// Whether the login becomes root with sudo.
    pub sudo: bool,
    /// The devices that the list has for bricks; every blank disk if there are none.
    pub devices: Vec<String>,
}

/// A volume that a list describes, as the inventory writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The volume's name.
    pub name: String,
    /// The keys that say how the volume keeps data, a line each.
    pub shape: Vec<String>,
    /// Where the volume is mounted.
    pub mount: Option<String>,
}

/// The lists that are read, for messages.
const KINDS: &str = "an Ansible inventory (INI or YAML), a gdeploy file, the output of terraform output -json or of \
                     openstack server list -f json, or host names, one a line";

/// Reads a list. `group` names a group of Ansible or an output of Terraform.
///
/// # Errors
/// Every reason why the text is no list of hosts that an inventory can have.
pub fn read(text: &str, group: Option<&str>) -> Result<List, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(vec![format!("it is empty; init reads {KINDS}")]);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => return json(&value, group),
        Err(error) if text.trim_start().starts_with('{') => {
            return Err(vec![format!("it begins as JSON does, and is no JSON: {error}")]);
        }
        _ => {}
    }
    if sections(text).next().is_some() {
        return match gdeploy::is_one(text) {
            true => no_groups(group).and_then(|()| gdeploy::read(text)),
            false => ansible_ini::read(text)?.list(group),
        };
    }
    let lines = || text.lines().map(str::trim_end).filter(|line| !is_comment(line));
    let is_yaml = lines().any(|line| line == "---" || line.ends_with(':') || line.contains(": "));
    if is_yaml {
        let value = inventory::data(text).map_err(|wrong| vec![format!("it looks like YAML, and is none: {wrong}")]);
        return yaml(&value?, group);
    }
    match (lines().count(), ansible_ini::read(text)) {
        (0, _) => Err(vec![format!("it has comments only; init reads {KINDS}")]),
        (_, Ok(ansible)) => ansible.list(group),
        (_, Err(problems)) => Err([problems, vec![format!("init reads {KINDS}")]].concat()),
    }
}

/// A list in JSON.
fn json(value: &Value, group: Option<&str>) -> Result<List, Vec<String>> {
    let unknown = || vec![format!("it is JSON, but no list of hosts; init reads {KINDS}")];
    match value {
        Value::Array(servers) if servers.iter().all(Value::is_object) => {
            no_groups(group).and_then(|()| openstack::read(servers).unwrap_or_else(|| Err(unknown())))
        }
        Value::Object(keys) if keys.contains_key("_meta") => Err(vec![
            "it is what ansible-inventory --list prints as JSON; write it as YAML: ansible-inventory --list --yaml"
                .to_owned(),
        ]),
        Value::Object(keys) if keys.contains_key("clusters") => Err(vec![
            "it is the topology of a Heketi cluster; read it with --from-heketi FILE".to_owned(),
        ]),
        Value::Object(keys) => match keys.get("outputs").filter(|_| keys.contains_key("terraform_version")) {
            Some(Value::Object(outputs)) => terraform::read(outputs, group),
            _ if terraform::is_one(keys) => terraform::read(keys, group),
            _ if ansible_yaml::is_one(value) => ansible_yaml::read(value)?.list(group),
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

/// A list in YAML.
fn yaml(value: &Value, group: Option<&str>) -> Result<List, Vec<String>> {
    match value {
        Value::Object(keys) if keys.contains_key("cluster") && keys.contains_key("hosts") => Err(vec![
            "it is an inventory of glusterctl already: glusterctl check -i FILE validates it".to_owned(),
        ]),
        _ if ansible_yaml::is_one(value) => ansible_yaml::read(value)?.list(group),
        Value::Array(_) => Err(vec![format!(
            "it is a YAML list, as a playbook of Ansible is, and no inventory; init reads {KINDS}"
        )]),
        _ => Err(vec![format!(
            "it is YAML, but no inventory of Ansible; init reads {KINDS}"
        )]),
    }
}

fn no_groups(group: Option<&str>) -> Result<(), Vec<String>> {
    match group {
        None => Ok(()),
        Some(_) => Err(vec![
            "--group is for groups of Ansible and outputs of Terraform; this list has none".to_owned(),
        ]),
    }
}

/// The hosts of the parts that one of several names, or of the only part; `parts` are names with numbers of hosts.
fn only<'p>(parts: &[(&'p str, usize)], group: Option<&str>, kind: &str) -> Result<&'p str, Vec<String>> {
    let shown: Vec<String> = parts
        .iter()
        .map(|(name, hosts)| format!("{} ({hosts})", printable(name)))
        .collect();
    let shown = shown.join(", ");
    match (group, parts) {
        (Some(group), _) => match parts.iter().find(|(name, _)| *name == group) {
            Some((name, _)) => Ok(name),
            None => Err(vec![format!(
                "it has no {kind} {group:?}; its {kind}s with hosts are: {shown}"
            )]),
        },
        (None, [(name, _)]) => Ok(name),
        (None, _) => Err(vec![format!(
            "it has several {kind}s, and not all of their hosts may be meant; name one with --group: {shown}"
        )]),
    }
}

/// The sections of a file of sections: the number of the line, and the name.
fn sections(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, section(line)?)))
}

/// The name of the section that a line begins.
fn section(line: &str) -> Option<&str> {
    let line = line.trim();
    let (name, after) = line.strip_prefix('[')?.split_once(']')?;
    (after.trim().is_empty() || is_comment(after)).then(|| name.trim())
}

/// Whether a line is blank or a comment.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with(['#', ';'])
}

#[cfg(test)]
mod tests;
