//! The keys of `kubernetes:`, and the names that every volume gets in Kubernetes whether the section exists or not.

use std::collections::BTreeMap;

use super::fields::{Diagnostics, Entry, Fields, Located, choice, list, name, refuse, twice, unknown, value};
use super::host::HostDraft;
use super::kubernetes_heketi as heketi;
use super::kubernetes_volume::settings;
use super::volume::VolumeDraft;
use super::yaml::Node;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::kubernetes::names::{LabelKey, LabelValue, Namespace, NodeName};
use crate::inventory::kubernetes::plugin::VolumePlugin;
use crate::inventory::kubernetes::version::KubeVersion;
use crate::inventory::kubernetes::{Kubernetes, Namespaces};
use crate::inventory::names::{ClusterName, HostName};

const KEYS: [&str; 11] = [
    "version",
    "method",
    "way", // The earlier name of `method`.
    "namespace",
    "namespaces",
    "access",
    "size",
    "labels",
    "nodes",
    "heketi",
    "volumes",
];

/// Reads the section, which may be missing.
pub(super) fn read(
    node: Option<&Node>,
    cluster: Option<&ClusterName>,
    hosts: &[HostDraft],
    volumes: &[VolumeDraft],
    problems: &mut Diagnostics,
) -> Kubernetes {
    let fields = node.and_then(|node| Fields::read(node, "`kubernetes`", &KEYS, problems));
    let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
    let version = value(get("version"), "a version of Kubernetes", problems);
    let method = method(get("method"), get("way"), problems);
    if let (Some(version), Some(method)) = (version, &method) {
        possible(version, method, problems);
    }
    let labels = get("labels").map(|node| labels(node, problems));
    let nodes = get("nodes").map(|node| nodes(node, hosts, problems));
    Kubernetes {
        is_stated: node.is_some(),
        version,
        method: method.map(|method| method.value),
        namespaces: namespaces(get("namespace"), get("namespaces"), problems).unwrap_or_default(),
        labels: labels.unwrap_or_default(),
        nodes: nodes.unwrap_or_default(),
        heketi: get("heketi").and_then(|node| heketi::read(node, problems)),
        volumes: settings(fields.as_ref(), cluster, volumes, problems),
    }
}

/// `way` is an alias: inventories that were written before the key got the name `method` keep working.
fn method(method: Option<&Node>, way: Option<&Node>, problems: &mut Diagnostics) -> Option<Located<VolumePlugin>> {
    if let (Some(method), Some(way)) = (method, way) {
        let title = "`way` is another word for `method`, and both are written".to_owned();
        problems.push(twice(title, &way.span, &method.span));
    }
    choice(method.or(way)?, "a method", VolumePlugin::ALL, problems)
}

fn possible(version: KubeVersion, method: &Located<VolumePlugin>, problems: &mut Diagnostics) {
    if let Some((why, instead)) = method.value.removed_from(version) {
        problems.push(
            Diagnostic::new(
                format!("method {} does not work on Kubernetes {version}", method.value),
                method.span.clone(),
            )
            .label("this method does not work")
            .help(format!("{why}; {instead}")),
        );
    }
}

fn namespaces(one: Option<&Node>, several: Option<&Node>, problems: &mut Diagnostics) -> Option<Namespaces> {
    let Some(node) = several else {
        return value(one, "a namespace", problems).map(Namespaces::One);
    };
    if let Some(one) = one {
        problems.push(
            Diagnostic::new("`namespace` and `namespaces` are both written", node.span.clone())
                .label("several namespaces here")
                .also(one.span.clone(), "one namespace here")
                .help("put all namespaces below `namespaces`"),
        );
    }
    let mut all: Vec<Located<Namespace>> = Vec::new();
    let items = list(node, "namespaces", "namespaces: [team-a, team-b]", problems);
    for item in items {
        let Some(namespace) = name::<Namespace>(item, "a namespace", problems) else {
            continue;
        };
        match all.iter().find(|other| other.value == namespace.value) {
            Some(first) => {
                let title = format!("the namespace {} is there twice", namespace.value);
                problems.push(twice(title, &namespace.span, &first.span));
            }
            None => all.push(namespace),
        }
    }
    if items.is_empty() {
        problems.push(
            Diagnostic::new("there is no namespace", node.span.clone()).help("leave `namespaces` out for `default`"),
        );
    }
    Some(Namespaces::Several(
        all.into_iter().map(|namespace| namespace.value).collect(),
    ))
}

fn labels(node: &Node, problems: &mut Diagnostics) -> BTreeMap<LabelKey, LabelValue> {
    let mut labels = BTreeMap::new();
    let Some(fields) = Fields::any(node, "`labels`", problems) else {
        return labels;
    };
    for Entry { key, at, value } in fields.entries() {
        if let Some(why) = reserved(key) {
            refuse(at, "a label", why, problems);
            continue;
        }
        let key = name(at, "a label", problems);
        if let (Some(key), Some(value)) = (key, name(value, "a label's value", problems)) {
            labels.insert(key.value, value.value);
        }
    }
    labels
}

/// Why an operator's label cannot have this key.
pub(super) fn reserved(key: &str) -> Option<&'static str> {
    let (prefix, _) = key.split_once('/')?;
    let below = |domain: &str| prefix == domain || prefix.ends_with(&format!(".{domain}"));
    match prefix {
        "app.kubernetes.io" => None,
        "glusterctl" => Some("glusterctl finds its own objects by labels with this prefix"),
        _ if below("kubernetes.io") || below("k8s.io") => {
            Some("Kubernetes keeps this prefix for itself; app.kubernetes.io is free")
        }
        _ => None,
    }
}

fn nodes(node: &Node, hosts: &[HostDraft], problems: &mut Diagnostics) -> BTreeMap<HostName, NodeName> {
    let mut nodes = BTreeMap::new();
    let Some(fields) = Fields::any(node, "`nodes`", problems) else {
        return nodes;
    };
    let known: Vec<&str> = hosts
        .iter()
        .filter_map(|host| Some(host.name.as_ref()?.value.as_str()))
        .collect();
    for Entry { key, at, value } in fields.entries() {
        if !known.contains(&key) {
            problems.push(unknown("host", key, at, &known));
            continue;
        }
        if let (Ok(host), Some(node)) = (HostName::parse(key), name::<NodeName>(value, "a node's name", problems)) {
            nodes.insert(host, node.value);
        }
    }
    nodes
}
