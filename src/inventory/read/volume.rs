//! The keys of one volume, its options and its mount.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::choice::ChoiceDraft;
use super::fields::{Diagnostics, Entry, Fields, Located, choice, list, name, refuse, text};
use super::host::leaving;
use super::quota::QuotaDraft;
use super::shape;
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::{Diagnostic, Span, shown};
use crate::inventory::model::{Mount, MountOn, Volume};
use crate::inventory::names::{MountOption, MountPath, VolumeName};
use crate::inventory::options::HEAL_THREADS;
use crate::inventory::profile::Profile;
use crate::inventory::volume_type::{Spread, VolumeType};

/// The option that says which addresses may mount a volume.
const AUTH_ALLOW: &str = "auth.allow";

/// One volume as the file has it; a value that could not be used is `None`.
#[derive(Debug)]
pub(super) struct VolumeDraft {
    pub name: Option<Located<VolumeName>>,
    /// The type, at the place that says how large a set is.
    pub volume_type: Option<Located<VolumeType>>,
    pub spread: Spread,
    pub bricks: ChoiceDraft,
    profile: Option<Profile>,
    /// Where the file says that only the inventory's hosts may mount the volume.
    pub auth_allow: Option<Span>,
    pub options: BTreeMap<String, String>,
    pub quota: QuotaDraft,
    pub path: Option<Located<MountPath>>,
    mount_options: Vec<MountOption>,
    pub on: MountOn,
    pub leaving: bool,
}

impl VolumeDraft {
    pub fn read(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        const KEYS: [&str; 13] = [
            "name",
            "type",
            "replica",
            "arbiter",
            "disperse",
            "allow_same_host",
            "bricks",
            "profile",
            "auth_allow",
            "options",
            "quota",
            "mount",
            "leaving",
        ];
        let fields = Fields::read(node, "a volume", &KEYS, problems)?;
        let mut draft = VolumeDraft {
            name: fields
                .required("name", "name: gv0", problems)
                .and_then(|node| name(node, "a volume's name", problems)),
            volume_type: shape::volume_type(&fields, problems),
            spread: shape::spread(fields.get("allow_same_host"), problems),
            bricks: fields
                .get("bricks")
                .map(|node| ChoiceDraft::read(node, problems))
                .unwrap_or_default(),
            profile: fields.get("profile").and_then(|node| profile(node, problems)),
            auth_allow: fields.get("auth_allow").and_then(|node| auth_allow(node, problems)),
            options: fields
                .get("options")
                .map(|node| options(node, problems))
                .unwrap_or_default(),
            quota: fields
                .get("quota")
                .map(|node| QuotaDraft::read(node, problems))
                .unwrap_or_default(),
            path: None,
            mount_options: Vec::new(),
            on: MountOn::default(),
            leaving: leaving(fields.get("leaving"), problems),
        };
        if let (Some(at), true) = (&draft.auth_allow, draft.options.contains_key(AUTH_ALLOW)) {
            problems.push(
                Diagnostic::new(
                    "`auth_allow` and the option `auth.allow` say the same thing twice",
                    at.clone(),
                )
                .label("this sets `auth.allow` to the addresses of all hosts")
                .help("keep one of the two"),
            );
        }
        if let Some(node) = fields.required("mount", "mount: /data", problems) {
            draft.mount(node, problems);
        }
        Some(draft)
    }

    fn mount(&mut self, node: &Node, problems: &mut Diagnostics) {
        const KEYS: [&str; 3] = ["path", "options", "on"];
        const ON: [(&str, MountOn); 3] = [
            ("all", MountOn::All),
            ("servers", MountOn::Servers),
            ("clients", MountOn::Clients),
        ];
        if let Value::Scalar { .. } = node.value {
            self.path = name(node, "a mount point", problems);
            return;
        }
        let Some(fields) = Fields::read(node, "`mount`", &KEYS, problems) else {
            return;
        };
        self.path = fields
            .required("path", "path: /data", problems)
            .and_then(|node| name(node, "a mount point", problems));
        self.mount_options = match fields.get("options") {
            Some(node) => list(node, "mount options", "options: [noatime]", problems)
                .iter()
                .filter_map(|item| name(item, "a mount option", problems))
                .map(|option| option.value)
                .collect(),
            None => Vec::new(),
        };
        if let Some(on) = fields.get("on").and_then(|node| choice(node, "`on`", &ON, problems)) {
            self.on = on.value;
        }
    }

    /// The volume; `existing` are the volumes with bricks that somebody else made, `addresses` are those of all hosts,
    /// and `encryption` the options of every volume that encrypt.
    pub fn finish(
        self,
        existing: &BTreeSet<VolumeName>,
        addresses: &[IpAddr],
        encryption: &BTreeMap<String, String>,
    ) -> Option<Volume> {
        let name = self.name?.value;
        let is_existing = existing.contains(&name);
        // The options of a volume that somebody else made stay as they are.
        let ours = (!is_existing).then_some(&HEAL_THREADS);
        let members = ours
            .into_iter()
            .chain(self.profile.iter().flat_map(|profile| profile.options));
        let mut options: BTreeMap<String, String> =
            members.map(|(key, value)| ((*key).into(), (*value).into())).collect();
        if self.auth_allow.is_some() {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            options.insert(AUTH_ALLOW.to_owned(), addresses.join(","));
        }
        options.extend(encryption.clone());
        options.extend(self.options);
        Some(Volume {
            is_existing,
            leaving: self.leaving,
            name,
            volume_type: self.volume_type?.value,
            spread: self.spread,
            bricks: self.bricks.finish(),
            profile: self.profile,
            options,
            quota: self.quota.finish(),
            mount: Mount {
                path: self.path?.value,
                options: self.mount_options,
                on: self.on,
            },
        })
    }
}

/// One of Gluster's own groups of options.
fn profile(node: &Node, problems: &mut Diagnostics) -> Option<Profile> {
    let words: Vec<(&str, Profile)> = Profile::ALL.iter().map(|profile| (profile.name, *profile)).collect();
    choice(node, "`profile`", &words, problems).map(|profile| profile.value)
}

/// Who may mount the volume: the inventory's hosts, and nobody else.
fn auth_allow(node: &Node, problems: &mut Diagnostics) -> Option<Span> {
    if let Value::Scalar { text, .. } = &node.value
        && text.contains('.')
    {
        let problem = Diagnostic::new(format!("`{}` cannot be `auth_allow`", shown(text)), node.span.clone());
        problems.push(
            problem
                .label("`auth_allow: hosts` stands for the addresses of all hosts of the inventory")
                .help("write other addresses as Gluster's option: `options: {auth.allow: \"198.51.100.*\"}`"),
        );
        return None;
    }
    choice(node, "`auth_allow`", &[("hosts", ())], problems).map(|hosts| hosts.span)
}

/// Volume options, with values exactly as the operator wrote them.
fn options(node: &Node, problems: &mut Diagnostics) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    let Some(fields) = Fields::any(node, "`options`", problems) else {
        return options;
    };
    for Entry { key, at, value: node } in fields.entries() {
        let value = text(node, "an option's value", problems);
        if key == "group" {
            problems.push(
                Diagnostic::new("`group` is no volume option", at.span.clone())
                    .label("Gluster replaces a group by its members, so that nobody can see whether the group is set")
                    .help("write `profile: virt` beside `options` for Gluster's group virt; of a group of your own, write the members \
                           as options"),
            );
            continue;
        }
        if ["features.quota", "features.inode-quota"]
            .iter()
            .any(|quota| key.starts_with(quota))
        {
            problems.push(
                Diagnostic::new(format!("`{key}` is not set as an option"), at.span.clone())
                    .label("Gluster sets this option when a quota is turned on, and refuses it at other times")
                    .help("write `quota: 100Gi` beside `options`"),
            );
            continue;
        }
        if !is_option_key(key) {
            problems.push(
                Diagnostic::new(format!("`{}` is no volume option", shown(key)), at.span.clone())
                    .label("an option has a domain, a dot and a name, all in lower case")
                    .help("an option is written as `gluster volume set help` lists it, for example `performance.cache-size`"),
            );
            continue;
        }
        let Some(value) = value else { continue };
        if value.is_empty() || value.len() > 1024 || value.starts_with('-') || !value.chars().all(is_printable) {
            let why = "a value has 1 to 1024 printable ASCII characters and does not begin with '-'";
            refuse(node, "an option's value", why, problems);
            continue;
        }
        options.insert(key.to_owned(), value.to_owned());
    }
    options
}

fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

/// Whether the key is `domain.name`.
fn is_option_key(key: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    };
    key.len() <= 128 && key.contains('.') && key.split('.').all(part)
}
