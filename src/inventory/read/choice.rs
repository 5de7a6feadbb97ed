//! `bricks:` of a volume: the hosts and devices that carry the volume.

use super::fields::{Diagnostics, Fields, Located, list, name, twice, unknown};
use super::host::HostDraft;
use super::yaml::{Node, Value};
use crate::inventory::choice::BrickChoice;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::model::Role;
use crate::inventory::names::{BrickName, HostName, Refused};

/// The choice as the file has it.
#[derive(Debug, Default)]
pub(super) struct ChoiceDraft {
    hosts: Option<Vec<Located<HostName>>>,
    devices: Option<Vec<Located<BrickName>>>,
    /// Whether a part of the choice could not be read, so that nothing follows from the rest.
    pub is_unclear: bool,
}

impl ChoiceDraft {
    pub fn read(node: &Node, problems: &mut Diagnostics) -> Self {
        let before = problems.len();
        let mut draft = ChoiceDraft::default();
        if let Some(fields) = Fields::read(node, "`bricks`", &["hosts", "devices"], problems) {
            draft.hosts = fields
                .get("hosts")
                .map(|node| names(node, "hosts", "a host's name", "hosts: [kube1, kube2, kube3]", problems));
            draft.devices = fields
                .get("devices")
                .map(|node| names(node, "devices", "a brick's name", "devices: [vdb]", problems));
        }
        draft.is_unclear = problems.len() > before;
        draft
    }

    /// Whether the file chooses hosts.
    pub fn is_of_some_hosts(&self) -> bool {
        self.hosts.is_some()
    }

    /// Checks that the hosts are servers, and that the servers have the devices.
    pub fn check(&self, hosts: &[HostDraft], problems: &mut Diagnostics) {
        let called = |host: &HostDraft| host.name.as_ref().map(|name| name.value.clone());
        let servers = || hosts.iter().filter(|host| host.role == Some(Role::Server));
        let choice = self.finish();
        for host in self.hosts.iter().flatten() {
            let draft = hosts.iter().find(|draft| called(draft).as_ref() == Some(&host.value));
            let problem = match draft {
                None => {
                    let names: Vec<String> = servers().filter_map(called).map(|name| name.to_string()).collect();
                    let known: Vec<&str> = names.iter().map(String::as_str).collect();
                    unknown("server", host.value.as_str(), &at(host), &known)
                }
                Some(draft) if draft.role != Some(Role::Server) => {
                    Diagnostic::new(format!("{} is a client", host.value), host.span.clone())
                        .label("only a server carries bricks")
                        .help("remove the host here, or `role: client` there")
                }
                Some(draft) if !has_one_of(draft, self.devices.as_deref()) => {
                    Diagnostic::new(format!("{} has none of the devices", host.value), host.span.clone())
                        .label("this host would carry no brick of the volume")
                        .help("remove the host, or name one of its devices below `devices`")
                }
                Some(_) => continue,
            };
            problems.push(problem);
        }
        let chosen = || servers().filter(|host| called(host).is_some_and(|name| choice.chooses(&name)));
        for device in self.devices.iter().flatten() {
            let has = |host: &HostDraft| has_one_of(host, Some(std::slice::from_ref(device)));
            if !chosen().any(has) {
                let devices = chosen().flat_map(|host| &host.devices.usable);
                let mut known: Vec<&str> = devices.map(|device| device.value.name.as_str()).collect();
                known.sort_unstable();
                known.dedup();
                problems.push(unknown("device", device.value.as_str(), &at(device), &known));
            }
        }
    }

    pub fn finish(&self) -> BrickChoice {
        BrickChoice {
            hosts: self.hosts.as_deref().map(values),
            devices: self.devices.as_deref().map(values),
        }
    }
}

fn values<T: Clone>(located: &[Located<T>]) -> Vec<T> {
    located.iter().map(|one| one.value.clone()).collect()
}

fn has_one_of(host: &HostDraft, devices: Option<&[Located<BrickName>]>) -> bool {
    let mut own = host.devices.usable.iter();
    own.any(|own| devices.is_none_or(|devices| devices.iter().any(|device| device.value == own.value.name)))
}

fn at<T>(one: &Located<T>) -> Node {
    Node {
        span: one.span.clone(),
        value: Value::Null,
    }
}

/// A list of names that is not empty, each name once.
fn names<T: std::str::FromStr<Err = Refused> + PartialEq + std::fmt::Display>(
    node: &Node,
    what: &str,
    one: &str,
    example: &str,
    problems: &mut Diagnostics,
) -> Vec<Located<T>> {
    let items = list(node, what, example, problems);
    if items.is_empty() && matches!(node.value, Value::List(_)) {
        problems.push(
            Diagnostic::new(format!("`bricks` names no {what}"), node.span.clone())
                .label("this list is empty")
                .help(format!(
                    "for example `{example}`; without the key, all {what} carry the volume"
                )),
        );
    }
    let mut found: Vec<Located<T>> = Vec::new();
    for item in items {
        let Some(item) = name::<T>(item, one, problems) else {
            continue;
        };
        match found.iter().find(|first| first.value == item.value) {
            Some(first) => {
                let title = format!("{} is there twice", item.value);
                problems.push(twice(title, &item.span, &first.span));
            }
            None => found.push(item),
        }
    }
    found
}
