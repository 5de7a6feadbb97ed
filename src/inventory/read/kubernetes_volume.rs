//! The keys of `kubernetes: {volumes: …}`, and the name that every volume gets in Kubernetes.

use std::collections::{BTreeMap, HashMap};

use super::fields::{Diagnostics, Entry, Fields, Located, choice, name, refuse, text, unknown, value};
use super::kubernetes::reserved;
use super::volume::VolumeDraft;
use super::yaml::Node;
use crate::inventory::diagnostics::{Diagnostic, Span};
use crate::inventory::kubernetes::names::{LabelKey, ObjectName, Quantity, default_name};
use crate::inventory::kubernetes::{Access, Nfs, VolumeSettings};
use crate::inventory::names::{ClusterName, Refused, VolumeName};

const VOLUME_KEYS: [&str; 6] = ["name", "size", "access", "directory", "node_label", "nfs"];
const ACCESS: [(&str, Access); 3] = [
    ("ReadWriteMany", Access::ReadWriteMany),
    ("ReadOnlyMany", Access::ReadOnlyMany),
    ("ReadWriteOnce", Access::ReadWriteOnce),
];

/// The settings of every volume, with a name that no other volume has. `section` is the whole section `kubernetes:`.
pub(super) fn settings(
    section: Option<&Fields<'_>>,
    cluster: Option<&ClusterName>,
    volumes: &[VolumeDraft],
    problems: &mut Diagnostics,
) -> BTreeMap<VolumeName, VolumeSettings> {
    let general = |key: &str| section.and_then(|fields| fields.get(key));
    let blocks = general("volumes").map(|node| blocks(node, volumes, problems));
    let mut settings: BTreeMap<VolumeName, VolumeSettings> = BTreeMap::new();
    let mut taken: HashMap<ObjectName, (VolumeName, Span)> = HashMap::new();
    for volume in volumes.iter().filter_map(|volume| volume.name.as_ref()) {
        // `validate` reports a name that two volumes have.
        if settings.contains_key(&volume.value) {
            continue;
        }
        let block = blocks.as_ref().and_then(|blocks| blocks.get(volume.value.as_str()));
        let get = |key: &str| block.and_then(|fields| fields.get(key));
        let name = match (get("name"), cluster) {
            (Some(node), _) => name::<ObjectName>(node, "a volume's name in Kubernetes", problems),
            (None, Some(cluster)) => preset(cluster, volume, problems),
            (None, None) => None,
        };
        let Some(name) = name else { continue };
        if let Some((other, first)) = taken.get(&name.value) {
            problems.push(same_name(&volume.value, other, &name, first));
            continue;
        }
        taken.insert(name.value.clone(), (volume.value.clone(), name.span));
        let access = get("access").or(general("access"));
        let access = access.and_then(|node| choice(node, "`access`", &ACCESS, problems));
        let size = value(get("size").or(general("size")), "a size", problems);
        let one = VolumeSettings {
            name: name.value,
            size: size.unwrap_or_else(|| Quantity::preset("1Gi")),
            access: access.map(|access| access.value).unwrap_or_default(),
            directory: value(get("directory"), "a directory inside a volume", problems),
            node_label: get("node_label").and_then(|node| node_label(node, problems)),
            nfs: get("nfs").and_then(|node| nfs(node, problems)),
        };
        settings.insert(volume.value.clone(), one);
    }
    settings
}

/// The blocks below `volumes`, by volume.
fn blocks<'n>(node: &'n Node, volumes: &[VolumeDraft], problems: &mut Diagnostics) -> HashMap<&'n str, Fields<'n>> {
    let names = volumes.iter().filter_map(|volume| volume.name.as_ref());
    let known: Vec<&str> = names.map(|name| name.value.as_str()).collect();
    let mut blocks = HashMap::new();
    let Some(fields) = Fields::any(node, "`volumes`", problems) else {
        return blocks;
    };
    for Entry { key, at, value } in fields.entries() {
        if known.contains(&key) {
            if let Some(fields) = Fields::read(value, "a volume's settings", &VOLUME_KEYS, problems) {
                blocks.insert(key, fields);
            }
        } else {
            problems.push(unknown("volume", key, at, &known));
        }
    }
    blocks
}

fn same_name(volume: &VolumeName, other: &VolumeName, name: &Located<ObjectName>, first: &Span) -> Diagnostic {
    let title = format!(
        "volumes {other} and {volume} would both be {} in Kubernetes",
        name.value
    );
    Diagnostic::new(title, name.span.clone())
        .label("this name")
        .also(first.clone(), "and this name")
        .help(rename(volume))
}

fn preset(
    cluster: &ClusterName,
    volume: &Located<VolumeName>,
    problems: &mut Diagnostics,
) -> Option<Located<ObjectName>> {
    let preset = default_name(cluster, &volume.value);
    match ObjectName::parse(&preset) {
        Ok(value) => Some(Located {
            value,
            span: volume.span.clone(),
        }),
        Err(Refused(why)) => {
            problems.push(
                Diagnostic::new(
                    format!("volume {} would be {preset} in Kubernetes", volume.value),
                    volume.span.clone(),
                )
                .label(format!("{why}, and this name has {}", preset.len()))
                .help(rename(&volume.value)),
            );
            None
        }
    }
}

fn rename(volume: &VolumeName) -> String {
    format!("give the volume another name in Kubernetes: `kubernetes: {{volumes: {{{volume}: {{name: my-volume}}}}}}`")
}

/// `kubernetes apply` sets the label on nodes, so that the label must not be one that Kubernetes gives a meaning to.
fn node_label(node: &Node, problems: &mut Diagnostics) -> Option<LabelKey> {
    if let Some(why) = text(node, "a label", problems).and_then(reserved) {
        refuse(node, "the label of a volume's nodes", why, problems);
        return None;
    }
    value(Some(node), "a label", problems)
}

fn nfs(node: &Node, problems: &mut Diagnostics) -> Option<Nfs> {
    let fields = Fields::read(node, "`nfs`", &["server", "path"], problems)?;
    let server = fields.required("server", "server: 198.51.100.10", problems);
    let path = fields.required("path", "path: /gv0", problems);
    let server = value(server, "an NFS server", problems);
    let path = value(path, "an export", problems);
    Some(Nfs {
        server: server?,
        path: path?,
    })
}
