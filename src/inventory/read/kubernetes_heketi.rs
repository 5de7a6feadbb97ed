//! The keys of `kubernetes: {heketi: …}`.

use super::fields::{Diagnostics, Fields, Located, choice, list, name, number, refuse, text, twice, value};
use super::yaml::Node;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::kubernetes::heketi::{GIDS, Heketi, HeketiClass, NODE_PORTS};
use crate::inventory::kubernetes::names::NodeName;

const KEYS: [&str; 9] = [
    "namespace",
    "image",
    "database",
    "host",
    "url",
    "node_port",
    "user",
    "public_key",
    "classes",
];
const CLASS_KEYS: [&str; 9] = [
    "name",
    "type",
    "gid_min",
    "gid_max",
    "cluster",
    "prefix",
    "options",
    "snapshot_factor",
    "expansion",
];

/// Reads the block.
pub(super) fn read(node: &Node, problems: &mut Diagnostics) -> Option<Heketi> {
    let fields = Fields::read(node, "`heketi`", &KEYS, problems)?;
    let get = |key: &str| fields.get(key);
    let preset = Heketi::default();
    let port = get("node_port").and_then(|node| {
        let (from, to) = NODE_PORTS;
        number(
            node,
            "a node port",
            from.into()..=to.into(),
            "for example `node_port: 30880`",
            problems,
        )
    });
    let user = get("user").and_then(|node| user(node, problems));
    let classes = get("classes").map(|node| classes(node, problems));
    Some(Heketi {
        namespace: value(get("namespace"), "a namespace", problems).unwrap_or(preset.namespace),
        image: value(get("image"), "an image", problems).unwrap_or(preset.image),
        database: value(get("database"), "a volume's name", problems).unwrap_or(preset.database),
        host: value(get("host"), "the name of an Ingress", problems),
        url: value(get("url"), "the address of Heketi", problems),
        node_port: port
            .and_then(|port| u16::try_from(port.value).ok())
            .unwrap_or(preset.node_port),
        user: user.unwrap_or(preset.user),
        public_key: value(get("public_key"), "Heketi's public key", problems),
        classes: classes.unwrap_or(preset.classes),
    })
}

/// A login of the servers.
fn user(node: &Node, problems: &mut Diagnostics) -> Option<String> {
    const MAX: usize = 32;
    let user = text(node, "a login", problems)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let begins = user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if user.len() > MAX || !begins || !user.chars().all(allowed) {
        refuse(
            node,
            "a login",
            "a login has small letters, digits, '-' and '_', for example root",
            problems,
        );
        return None;
    }
    Some(user.to_owned())
}

fn classes(node: &Node, problems: &mut Diagnostics) -> Vec<HeketiClass> {
    let items = list(
        node,
        "classes",
        "classes: [{name: glusterfs-rep3, type: replicate:3}]",
        problems,
    );
    let mut classes: Vec<HeketiClass> = Vec::new();
    let mut names: Vec<Located<NodeName>> = Vec::new();
    for item in items {
        let Some((name, class)) = class(item, problems) else {
            continue;
        };
        if let Some(first) = names.iter().find(|first| first.value == name.value) {
            let title = format!("the class {} is there twice", name.value);
            problems.push(twice(title, &name.span, &first.span));
        }
        names.push(name);
        classes.push(class);
    }
    if items.is_empty() {
        let problem = Diagnostic::new("there is no storage class", node.span.clone());
        problems.push(problem.help("leave `classes` out for one class of three-way replicated volumes"));
    }
    classes
}

fn class(node: &Node, problems: &mut Diagnostics) -> Option<(Located<NodeName>, HeketiClass)> {
    const EXPANSION: [(&str, bool); 2] = [("true", true), ("false", false)];
    const SNAPSHOT_FACTORS: (usize, usize) = (1, 100);
    let fields = Fields::read(node, "a storage class", &CLASS_KEYS, problems)?;
    let get = |key: &str| fields.get(key);
    let called = fields.required("name", "name: glusterfs-rep3", problems);
    let called = called.and_then(|node| name::<NodeName>(node, "a storage class's name", problems));
    let gid = |key: &str, preset: u32, problems: &mut Diagnostics| {
        let (least, most) = GIDS;
        let node = get(key)?;
        let gid = number(
            node,
            "a group",
            least as usize..=most as usize,
            "for example `40000`",
            problems,
        );
        Some(gid.and_then(|gid| u32::try_from(gid.value).ok()).unwrap_or(preset))
    };
    let gid_min = gid("gid_min", GIDS.0, problems).unwrap_or(GIDS.0);
    let gid_max = gid("gid_max", GIDS.1, problems).unwrap_or(GIDS.1);
    if let (true, Some(node)) = (gid_min > gid_max, get("gid_max").or(get("gid_min"))) {
        let problem = Diagnostic::new(format!("no group is from {gid_min} to {gid_max}"), node.span.clone());
        problems.push(
            problem
                .label("`gid_max` is not below `gid_min`")
                .help("write the smaller number as `gid_min`"),
        );
    }
    let factor = get("snapshot_factor").and_then(|node| {
        let (least, most) = SNAPSHOT_FACTORS;
        number(node, "a snapshot factor", least..=most, "for example `1`", problems)
    });
    let expansion = get("expansion").and_then(|node| choice(node, "`expansion`", &EXPANSION, problems));
    let volume_type = value(get("type"), "a type of Heketi", problems);
    let cluster = value(get("cluster"), "an id of Heketi", problems);
    let prefix = value(get("prefix"), "a prefix", problems);
    let options = value(get("options"), "options of volumes", problems);
    let called = called?;
    let preset = HeketiClass::preset(called.value.clone());
    let class = HeketiClass {
        volume_type: volume_type.unwrap_or(preset.volume_type),
        gid: (gid_min, gid_max),
        cluster,
        prefix,
        options,
        snapshot_factor: factor.and_then(|factor| u8::try_from(factor.value).ok()),
        expansion: expansion.is_none_or(|expansion| expansion.value),
        name: preset.name,
    };
    Some((called, class))
}
