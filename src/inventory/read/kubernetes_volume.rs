//! The keys of `kubernetes: {volumes: …}`, and the name that every volume gets in Kubernetes.

use std::collections::{BTreeMap, HashMap};

use super::fields::{Entry, Fields, Located, Problems, choice, name};
use super::kubernetes::unknown;
use super::volume::VolumeDraft;
use super::yaml::Node;
use crate::inventory::diagnostics::{Problem, Span};
use crate::inventory::kubernetes::{Access, Nfs, VolumeSettings, default_name};
use crate::inventory::kubernetes_names::ObjectName;
use crate::inventory::names::{ClusterName, Refused, VolumeName};

const VOLUME_KEYS: [&str; 6] = ["name", "size", "access", "directory", "node_label", "nfs"];
const ACCESS: [(&str, Access); 3] = [
    ("ReadWriteMany", Access::ReadWriteMany),
    ("ReadOnlyMany", Access::ReadOnlyMany),
    ("ReadWriteOnce", Access::ReadWriteOnce),
];

/// What holds for every volume that says nothing itself.
pub(super) struct General<'n> {
    pub size: Option<&'n Node>,
    pub access: Option<&'n Node>,
}

/// The blocks below `volumes`, by volume.
pub(super) fn own<'n>(
    node: &'n Node,
    volumes: &[VolumeDraft],
    problems: &mut Problems,
) -> HashMap<&'n str, Fields<'n>> {
    let known: Vec<&str> = volumes
        .iter()
        .filter_map(|volume| Some(volume.name.as_ref()?.value.as_str()))
        .collect();
    let mut own = HashMap::new();
    let Some(fields) = Fields::any(node, "`volumes`", problems) else {
        return own;
    };
    for Entry { key, at, value } in fields.entries() {
        if known.contains(&key) {
            if let Some(fields) = Fields::read(value, "a volume's settings", &VOLUME_KEYS, problems) {
                own.insert(key, fields);
            }
        } else {
            problems.push(unknown("volume", key, at, &known));
        }
    }
    own
}

/// The settings of every volume, with a name that no other has.
pub(super) fn settings(
    cluster: Option<&ClusterName>,
    volumes: &[VolumeDraft],
    general: &General<'_>,
    own: &HashMap<&str, Fields<'_>>,
    problems: &mut Problems,
) -> BTreeMap<VolumeName, VolumeSettings> {
    let mut settings: BTreeMap<VolumeName, VolumeSettings> = BTreeMap::new();
    let mut places: HashMap<ObjectName, (VolumeName, Span)> = HashMap::new();
    for volume in volumes.iter().filter_map(|volume| volume.name.as_ref()) {
        // A volume that is there twice has been reported.
        if settings.contains_key(&volume.value) {
            continue;
        }
        let fields = own.get(volume.value.as_str());
        let get = |key: &str| fields.and_then(|fields| fields.get(key));
        let name = match (get("name"), cluster) {
            (Some(node), _) => name::<ObjectName>(node, "a volume's name in Kubernetes", problems),
            (None, Some(cluster)) => preset(cluster, volume, problems),
            (None, None) => None,
        };
        let Some(name) = name else { continue };
        if let Some((other, first)) = places.get(&name.value) {
            problems.push(
                Problem::new(
                    format!(
                        "volumes {other} and {} would both be {} in Kubernetes",
                        volume.value, name.value
                    ),
                    name.span.clone(),
                )
                .label("this one")
                .also(first.clone(), "and this one")
                .help(rename(&volume.value)),
            );
            continue;
        }
        places.insert(name.value.clone(), (volume.value.clone(), name.span));
        let mut one = VolumeSettings::new(name.value);
        if let Some(size) = get("size").or(general.size) {
            set(&mut one.size, self::name(size, "a size", problems));
        }
        if let Some(access) = get("access").or(general.access) {
            set(&mut one.access, choice(access, "`access`", &ACCESS, problems));
        }
        if let Some(directory) = get("directory") {
            set(
                &mut one.directory,
                self::name(directory, "a directory inside a volume", problems),
            );
        }
        if let Some(label) = get("node_label") {
            set(&mut one.node_label, self::name(label, "a label", problems));
        }
        one.nfs = get("nfs").and_then(|node| nfs(node, problems));
        settings.insert(volume.value.clone(), one);
    }
    settings
}

fn set<T>(field: &mut T, value: Option<Located<T>>) {
    if let Some(value) = value {
        *field = value.value;
    }
}

fn preset(cluster: &ClusterName, volume: &Located<VolumeName>, problems: &mut Problems) -> Option<Located<ObjectName>> {
    let preset = default_name(cluster, &volume.value);
    match ObjectName::parse(&preset) {
        Ok(value) => Some(Located {
            value,
            span: volume.span.clone(),
        }),
        Err(Refused(why)) => {
            problems.push(
                Problem::new(
                    format!("volume {} would be {preset} in Kubernetes", volume.value),
                    volume.span.clone(),
                )
                .label(format!("{why}, and this has {}", preset.len()))
                .help(rename(&volume.value)),
            );
            None
        }
    }
}

fn rename(volume: &VolumeName) -> String {
    format!("give it a name of its own there: `kubernetes: {{volumes: {{{volume}: {{name: my-volume}}}}}}`")
}

fn nfs(node: &Node, problems: &mut Problems) -> Option<Nfs> {
    let fields = Fields::read(node, "`nfs`", &["server", "path"], problems)?;
    let server = fields.required("server", "server: 198.51.100.10", problems);
    let path = fields.required("path", "path: /gv0", problems);
    let server = server.and_then(|node| name(node, "an NFS server", problems));
    let path = path.and_then(|node| name(node, "an export", problems));
    Some(Nfs {
        server: server?.value,
        path: path?.value,
    })
}
