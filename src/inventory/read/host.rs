//! The keys of one host, and of `defaults:`.

use super::address::address;
use super::directory;
use super::existing::{self, Existing};
use super::fields::{Diagnostics, Fields, Located, choice, list, name, text};
use super::heketi::{self, Listed};
use super::lvm::{self, Below};
use super::ssh::SshDraft;
use super::yaml::{Node, Value};
use crate::inventory::address::Address;
use crate::inventory::consent::Consent;
use crate::inventory::diagnostics::{Diagnostic, Span, shown};
use crate::inventory::model::{BrickDevice, Connection, Host, Role, Ssh};
use crate::inventory::names::{BrickDir, BrickName, DevicePath, HostName, Refused, Zone};

/// One host as the file has it; a value that could not be used is `None`.
#[derive(Debug, Clone)]
pub(super) struct HostDraft {
    /// The place of the host's first key.
    pub span: Span,
    pub name: Option<Located<HostName>>,
    pub address: Option<Located<Address>>,
    pub connection: Connection,
    pub ssh: Ssh,
    pub zone: Option<Zone>,
    pub role: Option<Role>,
    pub devices: Devices,
    pub leaving: bool,
}

/// The devices of a host.
#[derive(Debug, Clone, Default)]
pub(super) struct Devices {
    /// The place of the list; `None` if the file has no list.
    pub span: Option<Span>,
    /// The devices that can be used.
    pub usable: Vec<Located<BrickDevice>>,
    /// The devices that are Heketi's.
    pub heketi: Vec<Located<DevicePath>>,
    /// How many devices cannot be used.
    pub refused: usize,
    /// Bricks that exist already and whose volume the file does not name: the index of the usable device, and the
    /// brick's directory.
    pub unnamed: Vec<(usize, Located<BrickDir>)>,
}

/// The settings of every host that does not state the setting itself.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub connection: Connection,
    pub ssh: SshDraft,
    pub devices: Option<Devices>,
}

/// Whose devices a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// One host.
    Host,
    /// Every host that lists no devices itself, also hosts that are added later.
    Defaults,
}

/// The word after `connection:`.
pub(super) fn connection(node: &Node, problems: &mut Diagnostics) -> Connection {
    const WORDS: [(&str, Connection); 2] = [("ssh", Connection::Ssh), ("local", Connection::Local)];
    choice(node, "`connection`", &WORDS, problems)
        .map(|word| word.value)
        .unwrap_or_default()
}

/// `leaving: true` at a host, a device or a volume.
pub(super) fn leaving(node: Option<&Node>, problems: &mut Diagnostics) -> bool {
    const WORDS: [(&str, bool); 2] = [("true", true), ("false", false)];
    node.and_then(|node| choice(node, "`leaving`", &WORDS, problems))
        .is_some_and(|word| word.value)
}

/// The list of hosts.
pub(super) fn hosts(node: &Node, defaults: &Defaults, problems: &mut Diagnostics) -> Vec<HostDraft> {
    let example = "hosts: [{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}]";
    let before = problems.len();
    let items = list(node, "hosts", example, problems);
    if items.is_empty() && problems.len() == before {
        problems.push(
            Diagnostic::new("there is no host", node.span.clone())
                .label("this list is empty")
                .help(format!("for example `{example}`")),
        );
    }
    items
        .iter()
        .filter_map(|item| HostDraft::read(item, defaults, problems))
        .collect()
}

impl Devices {
    /// Whether the list names a device, whoever uses it.
    pub fn names_any(&self) -> bool {
        !self.usable.is_empty() || !self.heketi.is_empty()
    }
}

impl HostDraft {
    fn read(node: &Node, defaults: &Defaults, problems: &mut Diagnostics) -> Option<Self> {
        const KEYS: [&str; 8] = [
            "name",
            "address",
            "connection",
            "ssh",
            "zone",
            "role",
            "devices",
            "leaving",
        ];
        const ROLES: [(&str, Role); 2] = [("server", Role::Server), ("client", Role::Client)];
        let fields = Fields::read(node, "a host", &KEYS, problems)?;
        let own = fields
            .get("ssh")
            .map(|node| SshDraft::of_a_host(node, problems))
            .unwrap_or_default();
        let role = match fields.get("role") {
            Some(node) => choice(node, "a role", &ROLES, problems).map(|role| role.value),
            None => Some(Role::Server),
        };
        let devices = match (fields.get("devices"), &defaults.devices) {
            (Some(node), _) => devices(node, Owner::Host, problems),
            (None, Some(defaults)) if role != Some(Role::Client) && !fields.means("devices") => defaults.clone(),
            // The devices stand below another word, which is reported.
            (None, _) if fields.means("devices") => Devices {
                refused: 1,
                ..Devices::default()
            },
            (None, _) => Devices::default(),
        };
        let leaving = leaving(fields.get("leaving"), problems);
        let mut devices = devices;
        for device in devices.usable.iter_mut().filter(|_| leaving) {
            device.value.leaving = true;
        }
        Some(HostDraft {
            leaving,
            name: fields
                .required("name", "name: kube1", problems)
                .and_then(|node| name(node, "a host's name", problems)),
            address: fields
                .required("address", "address: 198.51.100.11", problems)
                .and_then(|node| address(node, problems)),
            connection: match fields.get("connection") {
                Some(node) => connection(node, problems),
                None => defaults.connection,
            },
            ssh: defaults.ssh.with(own),
            zone: fields
                .get("zone")
                .and_then(|node| name(node, "a zone", problems))
                .map(|zone| zone.value),
            role,
            devices,
            span: fields.span,
        })
    }

    pub fn finish(self) -> Option<Host> {
        Some(Host {
            name: self.name?.value,
            address: self.address?.value,
            connection: self.connection,
            ssh: self.ssh,
            zone: self.zone,
            role: self.role?,
            devices: self.devices.usable.into_iter().map(|device| device.value).collect(),
            heketi: self.devices.heketi.into_iter().map(|path| path.value).collect(),
            leaving: self.leaving,
        })
    }
}

/// A list of devices.
pub(super) fn devices(node: &Node, owner: Owner, problems: &mut Diagnostics) -> Devices {
    let items = list(node, "devices", "devices: [/dev/vdb]", problems);
    let (mut usable, mut unnamed, mut heketi) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        if let Listed::Heketis(path) = heketi::listed(item, problems) {
            heketi.extend(path);
            continue;
        }
        let Some((device, dir)) = device(item, owner, problems) else {
            continue;
        };
        unnamed.extend(dir.map(|dir| (usable.len(), dir)));
        usable.push(device);
    }
    let refused = if matches!(node.value, Value::List(_)) {
        items.len() - usable.len() - heketi.len()
    } else {
        1
    };
    Devices {
        span: Some(node.span.clone()),
        usable,
        heketi,
        refused,
        unnamed,
    }
}

/// A device: a path, or a block with the path, the brick's name, and the consent to erase the device's content; or a block
/// about bricks that exist already, with the directory of a brick whose volume the block does not name; or a block about a file
/// system that somebody else mounts.
fn device(
    node: &Node,
    owner: Owner,
    problems: &mut Diagnostics,
) -> Option<(Located<BrickDevice>, Option<Located<BrickDir>>)> {
    if !matches!(node.value, Value::Map(_)) {
        let path = name(node, "a device", problems)?;
        return Some((finished(path, None, None, Below::default(), problems)?, None));
    }
    let keys = [
        "path",
        "name",
        "wipe",
        "lvm",
        "raid",
        "brick",
        "uuid",
        "mount",
        "directory",
        "leaving",
        "heketi",
    ];
    let fields = Fields::read(node, "a device", &keys, problems)?;
    let leaves = leaving(fields.get("leaving"), problems);
    if let Some(node) = fields.get("directory") {
        let mut device = directory::read(node, &fields, problems)?;
        device.value.leaving = leaves;
        return Some((device, None));
    }
    if let Some(node) = fields.get("brick") {
        let Existing { mut device, unnamed } = existing::read(node, &fields, owner, problems)?;
        device.value.leaving = leaves;
        return Some((device, unnamed));
    }
    for key in ["uuid", "mount"] {
        if let Some(node) = fields.get(key) {
            let problem = Diagnostic::new(format!("`{key}` goes with `brick`"), node.span.clone());
            problems.push(
                problem
                    .label("glusterctl chooses this for the bricks that it makes")
                    .help("add `brick: DIRECTORY` if the brick exists already; else remove the key"),
            );
        }
    }
    let path = fields.required("path", "path: /dev/vdb", problems);
    let path = path.and_then(|node| name::<DevicePath>(node, "a device", problems));
    let wipe = fields.get("wipe").and_then(|node| wipe(node, owner, problems));
    let called = match fields.get("name") {
        Some(node) => Some(name::<BrickName>(node, "a brick's name", problems)?.value),
        None => None,
    };
    let below = lvm::read(&fields, problems);
    // A consent that cannot be used is a problem, and no consent.
    let mut device = finished(path?, called, wipe, below, problems)?;
    device.value.leaving = leaves;
    Some((device, None))
}

/// The consent to erase what is named.
fn wipe(node: &Node, owner: Owner, problems: &mut Diagnostics) -> Option<Consent> {
    const HELP: &str = "write what may go, as `glusterctl discover` prints it, for example \
                        `wipe: \"ext4 8f3c1a2b-5b0c-4f0e-9a1d-6c5e0f7b9d41\"`; leave the key out if nothing may go";
    if owner == Owner::Defaults {
        let problem = Diagnostic::new("`wipe` cannot stand below `defaults`", node.span.clone());
        problems.push(
            problem
                .label("this would consent for every host, also for hosts that do not exist yet")
                .help("write `wipe` at the device of the one host that it is for"),
        );
        return None;
    }
    let text = text(node, "what `wipe` names", problems)?;
    match Consent::parse(text) {
        Ok(consent) => Some(consent),
        Err(Refused(why)) => {
            let problem = Diagnostic::new(
                format!("`{}` does not name what may go", shown(text)),
                node.span.clone(),
            );
            problems.push(problem.label(why).help(HELP));
            None
        }
    }
}

fn finished(
    path: Located<DevicePath>,
    called: Option<BrickName>,
    wipe: Option<Consent>,
    below: Below,
    problems: &mut Diagnostics,
) -> Option<Located<BrickDevice>> {
    let Located { value: path, span } = path;
    match called.map_or_else(|| BrickName::of_device(&path), Ok) {
        Ok(name) => {
            let value = BrickDevice {
                name,
                path,
                is_directory: false,
                wipe,
                lvm: below.lvm,
                raid: below.raid,
                existing: None,
                leaving: false,
            };
            Some(Located { value, span })
        }
        Err(refused) => {
            let problem = Diagnostic::new(format!("the brick of {path} needs a name of its own"), span);
            problems.push(
                problem
                    .label(format!("the last part of the path makes no name: {refused}"))
                    .help(format!("write {{path: {path}, name: vdb}}")),
            );
            None
        }
    }
}
