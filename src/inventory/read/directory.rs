//! Bricks on file systems that somebody else makes and mounts: `{directory: /bricks/brick}` in a list of devices.

use super::fields::{Diagnostics, Fields, Located, name};
use super::host::HostDraft;
use super::yaml::Node;
use crate::inventory::diagnostics::{Diagnostic, Span};
use crate::inventory::model::{BrickDevice, Connection};
use crate::inventory::names::BrickDirectory;

/// Reads a device that has the key `directory`, whose value is `node`.
pub(super) fn read(node: &Node, fields: &Fields, problems: &mut Diagnostics) -> Option<Located<BrickDevice>> {
    let before = problems.len();
    for entry in fields.entries() {
        // What is Heketi's was read before.
        if ["directory", "leaving", "heketi"].contains(&entry.key) {
            continue;
        }
        let problem = Diagnostic::new(
            format!("`{}` does not go with `directory`", entry.key),
            entry.at.span.clone(),
        );
        problems.push(
            problem
                .label("somebody else makes and mounts the file system at this directory, whose last part is the brick's name")
                .help(format!("remove `{}`; or name a device with `path`, and remove `directory`", entry.key)),
        );
    }
    let directory = name::<BrickDirectory>(node, "where a brick's file system is mounted", problems)?;
    if problems.len() > before {
        return None;
    }
    let value = BrickDevice {
        name: directory.value.brick(),
        path: directory.value.into_path(),
        is_directory: true,
        wipe: None,
        lvm: None,
        raid: None,
        existing: None,
        leaving: false,
    };
    Some(Located {
        value,
        span: node.span.clone(),
    })
}

/// Only `glusterctl node` uses such file systems.
pub(super) fn check(hosts: &[HostDraft], problems: &mut Diagnostics) {
    let mut told: Vec<&Span> = Vec::new();
    for host in hosts.iter().filter(|host| host.connection != Connection::Local) {
        for device in host.devices.usable.iter().filter(|device| device.value.is_directory) {
            // What stands below `defaults` is the same mistake of all hosts.
            if told.contains(&&device.span) {
                continue;
            }
            told.push(&device.span);
            problems.push(
                Diagnostic::new("`directory` needs `connection: local`", device.span.clone())
                    .label("a kubelet mounts such a file system in a pod, and SSH reaches this host")
                    .help(
                        "write `devices: [/dev/vdb]`, or `brick:` for a brick that exists already; or `connection: local` if \
                         `glusterctl node` runs on the host",
                    ),
            );
        }
    }
}
