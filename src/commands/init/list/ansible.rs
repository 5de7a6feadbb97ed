//! Groups, hosts and variables of an inventory of Ansible, whether the inventory is INI or YAML. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Entry, List, destination, expand, only};
use crate::text::printable;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// The group that every host is in.
pub const ALL: &str = "all";

/// An inventory of Ansible.
#[derive(Debug, Default)]
pub struct Ansible {
    /// The hosts in the order of the file, each with its own variables.
    hosts: Vec<(String, Variables)>,
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Default)]
struct Group {
    hosts: Vec<String>,
    children: Vec<String>,
    variables: Variables,
}

impl Ansible {
    /// Adds the hosts of a pattern, with variables, to a group.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn add(&mut self, group: &str, pattern: &str, variables: &Variables) -> Result<(), String> {
        for name in expand(pattern)? {
            let (name, port) = match name.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') => (host.to_owned(), Some(port.to_owned())),
                _ => (name, None),
            };
            let at = self
                .hosts
                .iter()
                .position(|(known, _)| *known == name)
                .unwrap_or_else(|| {
                    self.hosts.push((name.clone(), Variables::new()));
                    self.hosts.len() - 1
                });
            let own = &mut self.hosts[at].1;
            own.extend(port.map(|port| ("ansible_port".to_owned(), port)));
            own.extend(variables.clone());
            let members = &mut self.group(group).hosts;
            if !members.contains(&name) {
                members.push(name);
            }
        }
        Ok(())
    }

    /// Makes one group a part of another.
    pub fn child(&mut self, group: &str, child: &str) {
        self.group(child);
        self.group(group).children.push(child.to_owned());
    }

    /// Sets variables of all hosts of a group.
    pub fn set(&mut self, group: &str, variables: Variables) {
        self.group(group).variables.extend(variables);
    }

    fn group(&mut self, name: &str) -> &mut Group {
        self.groups.entry(name.to_owned()).or_default()
    }

    /// The hosts of a group, in the order of the file.
    fn members(&self, group: &str) -> Vec<&str> {
        let (mut found, mut seen, mut left) = (BTreeSet::new(), BTreeSet::new(), vec![group]);
        while let Some(name) = left.pop().filter(|_| group != ALL) {
            let Some(group) = self.groups.get(name).filter(|_| seen.insert(name)) else {
                continue;
            };
            found.extend(group.hosts.iter().map(String::as_str));
            left.extend(group.children.iter().map(String::as_str));
        }
        let names = self.hosts.iter().map(|(name, _)| name.as_str());
        names.filter(|name| group == ALL || found.contains(name)).collect()
    }

    /// The variables of a host: those of the group that is nearest to the host precede, and the host's own precede all.
    fn variables(&self, host: &str) -> Variables {
        let mut of: Vec<(&String, &Group)> = self.groups.iter().collect();
        of.retain(|(name, _)| self.members(name).contains(&host));
        of.sort_by_key(|(name, _)| (*name != ALL, self.depth(name, 0), *name));
        let mut all = Variables::new();
        for (_, group) in of {
            all.extend(group.variables.clone());
        }
        let own = self.hosts.iter().find(|(name, _)| name == host);
        all.extend(own.map(|(_, own)| own.clone()).unwrap_or_default());
        all
    }

    /// How many groups lie above a group.
    fn depth(&self, group: &str, below: usize) -> usize {
        // Groups that are parts of each other have no depth.
        if below > self.groups.len() {
            return below;
        }
        let above = self
            .groups
            .iter()
            .filter(|(_, other)| other.children.iter().any(|child| child == group));
        above
            .map(|(name, _)| 1 + self.depth(name, below + 1))
            .max()
            .unwrap_or(0)
    }

    /// The hosts of the group that is named, or of the only group that has hosts.
    ///
    /// # Errors
    /// It is not clear which hosts are meant, or a host's variables cannot be taken over.
    pub fn list(&self, group: Option<&str>) -> Result<List, Vec<String>> {
        let chosen = self.chosen(group)?;
        let (mut list, mut problems) = (List::default(), Vec::new());
        for name in self.members(chosen) {
            match entry(name, &self.variables(name)) {
                Ok(entry) => list.hosts.push(entry),
                Err(problem) => problems.push(format!("host {}: {problem}", printable(name))),
            }
        }
        match problems.is_empty() {
            true => Ok(list),
            false => Err(problems),
        }
    }

    fn chosen<'s>(&'s self, group: Option<&str>) -> Result<&'s str, Vec<String>> {
        if self.hosts.is_empty() {
            return Err(vec!["it is an inventory of Ansible, and has no hosts".to_owned()]);
        }
        if group == Some(ALL) {
            return Ok(ALL);
        }
        let mut parts: Vec<(&str, usize)> = Vec::new();
        let mut sets: Vec<Vec<&str>> = vec![self.members(ALL)];
        let named = self
            .groups
            .keys()
            .filter(|name| !matches!(name.as_str(), ALL | "ungrouped"));
        for name in named {
            let members = self.members(name);
            if !members.is_empty() {
                parts.push((name, members.len()));
            }
            if !members.is_empty() && !sets.contains(&members) {
                sets.push(members);
            }
        }
        // Groups that all have every host leave no choice.
        if group.is_none() && sets.len() == 1 {
            return Ok(ALL);
        }
        parts.push((ALL, self.hosts.len()));
        only(&parts, group, "group")
    }
}

/// A host as its variables describe it.
fn entry(name: &str, variables: &Variables) -> Result<Entry, String> {
    let value = |names: &[&str]| {
        let found = names.iter().find_map(|name| Some((*name, variables.get(*name)?)));
        match found {
            Some((name, value)) if value.contains("{{") => Err(format!(
                "{name} is {value:?}, a template that only Ansible fills in; write the value itself"
            )),
            found => Ok(found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())),
        }
    };
    let connection = value(&["ansible_connection"])?;
    if let Some(other) =
        connection.filter(|kind| !matches!(kind.as_str(), "ssh" | "smart" | "paramiko" | "ansible.builtin.ssh"))
    {
        return Err(format!(
            "ansible_connection is {other:?}, and init looks at hosts over SSH; remove the variable, or leave the host out"
        ));
    }
    for ssh in ["ansible_ssh_common_args", "ansible_ssh_extra_args"] {
        if let Some(options) = value(&[ssh])?.filter(|options| options.contains("Proxy")) {
            return Err(format!(
                "{ssh} is {options:?}; write the jump host into ~/.ssh/config, which ssh reads here as well"
            ));
        }
    }
    let to = value(&["ansible_host", "ansible_ssh_host"])?.unwrap_or_else(|| name.to_owned());
    let mut entry = destination(&to)?;
    let named = destination(name).ok();
    entry.addresses.extend(named.iter().flat_map(|named| &named.addresses));
    entry.name = named
        .filter(|named| named.addresses.is_empty())
        .map(|named| named.destination);
    entry.user = value(&["ansible_user", "ansible_ssh_user"])?.or(entry.user);
    if let Some(port) = value(&["ansible_port", "ansible_ssh_port"])? {
        let number = port.parse().ok().filter(|port| *port > 0);
        entry.port =
            Some(number.ok_or_else(|| format!("ansible_port is {port:?}; a port is a number from 1 to 65535"))?);
    }
    let key = value(&["ansible_ssh_private_key_file", "ansible_private_key_file"])?;
    entry.identity_file = key.map(|key| absolute(&key)).transpose()?;
    let becomes = value(&["ansible_become", "ansible_sudo"])?.unwrap_or_default();
    let is_yes = matches!(becomes.to_ascii_lowercase().as_str(), "true" | "yes" | "1" | "on");
    entry.sudo = is_yes && entry.user.as_deref() != Some("root");
    Ok(entry)
}

/// The path of a key, from `/`.
fn absolute(key: &str) -> Result<PathBuf, String> {
    let path = match key.strip_prefix("~/") {
        Some(below) => std::env::home_dir().unwrap_or_default().join(below),
        None => PathBuf::from(key),
    };
    match path.is_absolute() {
        true => Ok(path),
        false => Err(format!(
            "the private key is {key:?}; write a path that begins with / or ~/"
        )),
    }
}
