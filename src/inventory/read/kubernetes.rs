//! The keys of `kubernetes:`, and the names that every volume gets there whether the section exists or not.

use std::collections::BTreeMap;

use super::fields::{Entry, Fields, Located, Problems, choice, list, name, refuse, text};
use super::host::HostDraft;
use super::kubernetes_volume::{General, own, settings};
use super::suggest::{did_you_mean, listed};
use super::volume::VolumeDraft;
use super::yaml::Node;
use crate::inventory::diagnostics::{Problem, Span, shown};
use crate::inventory::kubernetes::{Kubernetes, Namespaces};
use crate::inventory::kubernetes_names::{LabelKey, LabelValue, Namespace, NodeName};
use crate::inventory::names::{ClusterName, HostName, Refused};
use crate::inventory::ways::{KubeVersion, Verdict, WAYS, Way};

const KEYS: [&str; 9] = [
    "version",
    "way",
    "namespace",
    "namespaces",
    "access",
    "size",
    "labels",
    "nodes",
    "volumes",
];

/// Reads the section, which need not be there.
pub(super) fn read(
    node: Option<&Node>,
    cluster: Option<&ClusterName>,
    hosts: &[HostDraft],
    volumes: &[VolumeDraft],
    problems: &mut Problems,
) -> Kubernetes {
    let mut kubernetes = Kubernetes::default();
    let fields = node.and_then(|node| Fields::read(node, "`kubernetes`", &KEYS, problems));
    let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
    kubernetes.version = get("version").and_then(|node| version(node, problems));
    let way = get("way").and_then(|node| choice(node, "a way", &WAYS, problems));
    kubernetes.way = way.as_ref().map(|way| way.value);
    if let (Some(version), Some(way)) = (kubernetes.version, &way) {
        possible(version, way, problems);
    }
    if let Some(namespaces) = namespaces(get("namespace"), get("namespaces"), problems) {
        kubernetes.namespaces = namespaces;
    }
    kubernetes.labels = get("labels").map(|node| labels(node, problems)).unwrap_or_default();
    kubernetes.nodes = get("nodes")
        .map(|node| nodes(node, hosts, problems))
        .unwrap_or_default();
    let general = General {
        size: get("size"),
        access: get("access"),
    };
    let own = get("volumes")
        .map(|node| own(node, volumes, problems))
        .unwrap_or_default();
    kubernetes.volumes = settings(cluster, volumes, &general, &own, problems);
    kubernetes
}

fn version(node: &Node, problems: &mut Problems) -> Option<KubeVersion> {
    match text(node, "`version`", problems)?.parse() {
        Ok(version) => Some(version),
        Err(Refused(why)) => {
            refuse(node, "a version of Kubernetes", &why, problems);
            None
        }
    }
}

/// A way that needs a consent has it on the command line, not here.
fn possible(version: KubeVersion, way: &Located<Way>, problems: &mut Problems) {
    if let Verdict::Refused(why, instead) = way.value.on(version) {
        problems.push(
            Problem::new(
                format!("way {} does not work on Kubernetes {version}", way.value),
                way.span.clone(),
            )
            .label("cannot work")
            .help(format!("{why}; {instead}")),
        );
    }
}

fn namespaces(one: Option<&Node>, several: Option<&Node>, problems: &mut Problems) -> Option<Namespaces> {
    let Some(node) = several else {
        let namespace = name::<Namespace>(one?, "a namespace", problems)?;
        return Some(Namespaces::One(namespace.value));
    };
    if let Some(one) = one {
        problems.push(
            Problem::new("either `namespace` or `namespaces`", node.span.clone())
                .label("several here")
                .also(one.span.clone(), "one here")
                .help("put all of them below `namespaces`"),
        );
    }
    let mut all: Vec<Located<Namespace>> = Vec::new();
    let items = list(node, "namespaces", "namespaces: [team-a, team-b]", problems);
    for item in items {
        let Some(namespace) = name::<Namespace>(item, "a namespace", problems) else {
            continue;
        };
        match all.iter().find(|other| other.value == namespace.value) {
            Some(first) => problems.push(twice(
                "namespace",
                namespace.value.as_str(),
                &namespace.span,
                &first.span,
            )),
            None => all.push(namespace),
        }
    }
    if items.is_empty() {
        problems.push(
            Problem::new("there is no namespace", node.span.clone()).help("leave `namespaces` out for `default`"),
        );
    }
    Some(Namespaces::Several(
        all.into_iter().map(|namespace| namespace.value).collect(),
    ))
}

fn twice(what: &str, name: &str, again: &Span, first: &Span) -> Problem {
    Problem::new(format!("the {what} {name} is there twice"), again.clone())
        .label("again here")
        .also(first.clone(), "first here")
        .help("keep one of them")
}

fn labels(node: &Node, problems: &mut Problems) -> BTreeMap<LabelKey, LabelValue> {
    let mut labels = BTreeMap::new();
    let Some(fields) = Fields::any(node, "`labels`", problems) else {
        return labels;
    };
    for Entry { key, at, value } in fields.entries() {
        let reserved = |prefix: &str| {
            prefix == "kubernetes.io"
                || prefix == "k8s.io"
                || prefix.ends_with(".kubernetes.io")
                || prefix.ends_with(".k8s.io")
        };
        if key
            .split_once('/')
            .is_some_and(|(prefix, _)| prefix != "app.kubernetes.io" && reserved(prefix))
        {
            refuse(
                at,
                "a label",
                "Kubernetes keeps this prefix for itself; app.kubernetes.io is free",
                problems,
            );
            continue;
        }
        if key.starts_with("glusterctl/") {
            refuse(
                at,
                "a label",
                "glusterctl finds its own objects by labels with this prefix",
                problems,
            );
            continue;
        }
        let key = name::<LabelKey>(at, "a label", problems);
        let value = name::<LabelValue>(value, "a label's value", problems);
        if let (Some(key), Some(value)) = (key, value) {
            labels.insert(key.value, value.value);
        }
    }
    labels
}

fn nodes(node: &Node, hosts: &[HostDraft], problems: &mut Problems) -> BTreeMap<HostName, NodeName> {
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

pub(super) fn unknown(what: &str, written: &str, at: &Node, known: &[&str]) -> Problem {
    let problem = Problem::new(format!("there is no {what} `{}`", shown(written)), at.span.clone());
    match did_you_mean(written, known) {
        Some(likely) => problem.label(format!("did you mean `{likely}`?")),
        None => problem.label(format!("the {what}s are {}", listed(known))),
    }
}
