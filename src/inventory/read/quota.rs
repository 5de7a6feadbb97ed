//! The keys of `quota`: `quota: 100Gi`, or `quota: {limit: 100Gi, directories: {/projects/a: 10Gi}}`.

use std::collections::BTreeMap;

use super::fields::{Diagnostics, Entry, Fields, Located, name, refuse};
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::{Diagnostic, Span};
use crate::inventory::kubernetes::names::Quantity;
use crate::inventory::quota::{Quota, QuotaPath};

/// The smallest limit: a smaller one lacks its unit.
const LEAST: u64 = 1 << 20;
/// How many characters the paths have together: Gluster does not take a much longer option, and glusterctl keeps the paths
/// in one (measured with 10.3: 2871 characters are taken, 6492 are not).
const LONGEST: usize = 2800;

/// A quota as the file has it.
#[derive(Debug, Default)]
pub(super) struct QuotaDraft {
    limits: BTreeMap<QuotaPath, Located<Quantity>>,
    /// Where the file names directories.
    pub directories: Option<Span>,
}

impl QuotaDraft {
    pub fn read(node: &Node, problems: &mut Diagnostics) -> Self {
        let mut draft = QuotaDraft::default();
        if let Value::Scalar { .. } = node.value {
            draft.add(QuotaPath::root(), node, problems);
            return draft;
        }
        let Some(fields) = Fields::read(node, "`quota`", &["limit", "directories"], problems) else {
            return draft;
        };
        if let Some(node) = fields.get("limit") {
            draft.add(QuotaPath::root(), node, problems);
        }
        if let Some(node) = fields.get("directories") {
            draft.directories(node, problems);
        }
        if fields.entries().next().is_none() {
            problems.push(
                Diagnostic::new("`quota` limits nothing", node.span.clone())
                    .label("neither `limit` nor `directories` is here")
                    .help("write `quota: 100Gi`, or `quota: {directories: {/projects/a: 10Gi}}`; or remove `quota`"),
            );
        }
        draft.check(node, problems);
        draft
    }

    fn directories(&mut self, node: &Node, problems: &mut Diagnostics) {
        let Some(fields) = Fields::any(node, "`directories`", problems) else {
            return;
        };
        for Entry { at, value, .. } in fields.entries() {
            let Some(path) = name::<QuotaPath>(at, "a directory of a quota", problems) else {
                continue;
            };
            if path.value.is_root() {
                refuse(
                    at,
                    "a directory of a quota",
                    "the volume as a whole has `limit: 100Gi`",
                    problems,
                );
                continue;
            }
            self.directories = Some(node.span.clone());
            self.add(path.value, value, problems);
        }
    }

    fn add(&mut self, path: QuotaPath, node: &Node, problems: &mut Diagnostics) {
        let Some(limit) = name::<Quantity>(node, "a limit", problems) else {
            return;
        };
        if limit.value.bytes() < LEAST {
            let why = "a limit is at least 1Mi; without a suffix such as Mi or Gi, the number is in bytes";
            refuse(node, "a limit", why, problems);
            return;
        }
        self.limits.insert(path, limit);
    }

    /// A limit that another limit never lets anybody reach, and more paths than fit.
    fn check(&self, node: &Node, problems: &mut Diagnostics) {
        for (path, limit) in &self.limits {
            let mut above = self
                .limits
                .iter()
                .filter(|(other, _)| *other != path && other.holds(path.as_str()));
            let Some((other, smaller)) = above.find(|(_, other)| other.value.bytes() < limit.value.bytes()) else {
                continue;
            };
            problems.push(
                Diagnostic::new(
                    format!("the limit of {path} is above the limit of {other}"),
                    limit.span.clone(),
                )
                .label("nobody can reach this limit")
                .also(smaller.span.clone(), "because this limit is reached before")
                .help(format!("lower the limit of {path}, or raise the limit of {other}")),
            );
        }
        let length: usize = self.limits.keys().map(|path| path.as_str().len() + 1).sum();
        if length > LONGEST {
            problems.push(
                Diagnostic::new("the quota has too many directories", node.span.clone())
                    .label(format!(
                        "the paths have {length} characters together, and {LONGEST} fit into one option of Gluster"
                    ))
                    .help("limit fewer directories, for example those above"),
            );
        }
    }

    /// The quota.
    pub fn finish(self) -> Quota {
        self.limits
            .into_iter()
            .map(|(path, limit)| (path, limit.value))
            .collect()
    }
}
