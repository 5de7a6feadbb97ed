//! The templates of `templates/kubernetes/`, embedded, and a directory of the operator's own that replaces some.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::templates;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/kubernetes/", $name, ".yaml.j2")))),*]
    };
}

/// Every template: one line each. The name is that of the file, without `.yaml.j2`.
const EMBEDDED: &[(&str, &str)] = embedded![
    "endpoint-slice",
    "endpoints",
    "example-deployment",
    "example-pod-direct",
    "example-pod",
    "heketi-claim",
    "heketi-config",
    "heketi-deployment",
    "heketi-example-deployment",
    "heketi-example-pod",
    "heketi-example-stateful-set",
    "heketi-ingress",
    "heketi-namespace",
    "heketi-service",
    "heketi-storage-class",
    "kadalu-storage",
    "kustomization",
    "persistent-volume-claim-dynamic",
    "persistent-volume-claim",
    "persistent-volume-glusterfs",
    "persistent-volume-host-path",
    "persistent-volume-local",
    "persistent-volume-migrated",
    "persistent-volume-nfs",
    "pods-config",
    "pods-disruption-budget",
    "pods-namespace",
    "pods-service-account",
    "pods-service",
    "pods-storage-class",
    "pods-workload",
    "provisioner-cluster-role-binding",
    "provisioner-cluster-role",
    "provisioner-config",
    "provisioner-deployment",
    "provisioner-namespace",
    "provisioner-policy-binding",
    "provisioner-policy",
    "provisioner-role-binding",
    "provisioner-role",
    "provisioner-service-account",
    "service",
    "storage-class",
];

const SUFFIX: &str = ".yaml.j2";

/// The templates, each embedded or from the operator's directory.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    overrides: BTreeMap<&'static str, (PathBuf, String)>,
}

/// Every embedded template, as the file that it is: name and text.
pub fn embedded() -> impl Iterator<Item = (String, &'static str)> {
    EMBEDDED.iter().map(|(name, text)| (format!("{name}{SUFFIX}"), *text))
}

/// A template is some KiB long.
const MAX_BYTES: u64 = 1 << 20;

/// The text of a template. Nothing but a file is opened: a FIFO would never end.
fn read(path: &Path) -> anyhow::Result<String> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        bail!("a template is a file");
    }
    if metadata.len() > MAX_BYTES {
        bail!("a template has at most {MAX_BYTES} bytes");
    }
    Ok(std::fs::read_to_string(path)?)
}

impl Templates {
    /// With the templates of a directory instead of the embedded ones of the same name.
    ///
    /// # Errors
    /// The directory cannot be read, or has a template that replaces none: a misspelt name would go unnoticed.
    pub fn with_overrides(dir: &Path) -> anyhow::Result<Self> {
        let reading = || format!("reading {}", dir.display());
        let mut overrides = BTreeMap::new();
        for entry in std::fs::read_dir(dir).with_context(reading)? {
            let path = entry.with_context(reading)?.path();
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            // Notes and backups may lie next to the templates.
            if !file.ends_with(".j2") {
                continue;
            }
            let known = EMBEDDED.iter().map(|(name, _)| *name);
            let Some(name) = known.clone().find(|name| file.strip_suffix(SUFFIX) == Some(name)) else {
                bail!(
                    "{}: there is no such template; with {SUFFIX} behind each, they are {}",
                    path.display(),
                    known.collect::<Vec<_>>().join(", ")
                );
            };
            let text = read(&path).with_context(|| format!("reading {}", path.display()))?;
            overrides.insert(name, (path, text));
        }
        Ok(Templates { overrides })
    }

    /// Fills in the template of that name.
    ///
    /// # Errors
    /// There is no such template, or the template uses what `context` does not have; names the file and the line.
    pub fn render(&self, name: &str, context: impl Serialize) -> anyhow::Result<String> {
        let source = self
            .source(name)
            .with_context(|| format!("there is no template {name}"))?;
        templates::render(&self.file(name), &format!("{name}{SUFFIX}"), source, context)
    }

    /// What messages call the file of the template.
    pub(super) fn file(&self, name: &str) -> String {
        match self.overrides.get(name) {
            Some((path, _)) => path.display().to_string(),
            None => format!("templates/kubernetes/{name}{SUFFIX}"),
        }
    }

    fn source(&self, name: &str) -> Option<&str> {
        match self.overrides.get(name) {
            Some((_, text)) => Some(text),
            None => EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text),
        }
    }

    /// The line of the template that a rendered line came from: the first line with the same text before its
    /// expression.
    pub(super) fn line_of_text(&self, name: &str, rendered: &str) -> Option<usize> {
        let same = |line: &str| match line.split_once("{{") {
            Some((before, _)) => !before.trim().is_empty() && rendered.starts_with(before),
            None => line == rendered,
        };
        let index = self.source(name)?.lines().position(same)?;
        Some(index + 1)
    }

    /// The line of the template that makes the value of `pointer` (RFC 6901), or the line of the nearest key above.
    pub(super) fn line_of_value(&self, name: &str, pointer: &str) -> usize {
        let lines: Vec<&str> = self.source(name).unwrap_or_default().lines().collect();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let mut found: Option<usize> = None;
        for key in pointer.split('/').skip(1).filter(|key| key.parse::<usize>().is_err()) {
            let key = key.replace("~1", "/");
            let is_key = |line: &str| {
                let line = line.trim_start().trim_start_matches("- ");
                line.strip_prefix(&key).is_some_and(|rest| rest.starts_with(':'))
            };
            // Only below the previous key: another block may have the same keys.
            let outside = |line: &str| {
                let text = line.trim_start();
                let counts = !text.is_empty() && !text.starts_with(['#', '{']);
                found.is_some_and(|at| counts && indent(line) <= indent(lines[at]) && !text.starts_with('-'))
            };
            let from = found.map_or(0, |at| at + 1);
            let block = lines
                .iter()
                .enumerate()
                .skip(from)
                .take_while(|(_, line)| !outside(line));
            match block.into_iter().find(|(_, line)| is_key(line)) {
                Some((at, _)) => found = Some(at),
                None => break,
            }
        }
        found.unwrap_or(0) + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_template_is_an_error() {
        assert!(Templates::default().render("nothing", json!({})).is_err());
    }

    #[test]
    fn what_is_missing_is_named_with_file_and_line() {
        let error = Templates::default()
            .render("service", json!({"name": "x"}))
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("templates/kubernetes/service.yaml.j2:6:"), "{text}");
    }

    #[test]
    fn every_file_of_the_directory_is_in_the_table() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/kubernetes");
        let mut files: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, embedded().map(|(name, _)| name).collect::<Vec<_>>());
    }

    // `x-{{ name }}` would give x-"gv0", and "{{ name }}" a scalar that the value's own quotes end.
    #[test]
    fn in_templates_an_expression_is_a_whole_value() {
        for (name, source) in EMBEDDED {
            for (number, line) in source.lines().enumerate() {
                let mut rest = line;
                while let Some((before, after)) = rest.split_once("{{") {
                    let (_, after) = after.split_once("}}").unwrap();
                    let at = format!("{name}:{}: {line}", number + 1);
                    let comment = line.trim_start().starts_with('#');
                    assert!(before.is_empty() || before.ends_with([' ', '[', '{']), "{at}");
                    assert!(
                        comment
                            || before.trim_end().is_empty()
                            || before.trim_end().ends_with([':', '-', ',', '[', '{']),
                        "{at}"
                    );
                    assert!(after.is_empty() || after.starts_with([':', ',', ' ', ']', '}']), "{at}");
                    rest = after;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_string_comes_back_exactly_from_the_real_templates(
            name in any::<String>(), namespace in any::<String>(), volume in any::<String>(), size in any::<String>(),
            key in "[a-z]{1,9}", value in any::<String>(), path in any::<String>(),
            addresses in prop::collection::vec(any::<String>(), 1..4),
        ) {
            let mut context = json!({
                "name": name, "example": name, "persistent_volume": name, "namespace": namespace, "volume": volume, "size": size,
                "access": value, "read_only": true, "replicas": 2, "labels": {&key: &value}, "node_label": value,
                "path": path, "whole": false, "tied": true, "class": name, "provisioner": value, "pinned": true, "slice": true,
                "nfs": {"server": value, "path": path}, "addresses": addresses, "resources": [&name],
                "examples": [&value], "annotations": {&key: &value}, "access_modes": [&value], "capacity": size,
                "claim": {"namespace": namespace, "name": name, "uid": value}, "source": "local",
            });
            context["storage_class"] = json!({"name": name, "parameters": {&key: &value}, "expansion": true});
            context["heketi"] = json!({
                "namespace": namespace, "image": value, "keys": name, "ssh": name, "user": value, "sudo": true, "port": value,
                "node_port": 30348, "host": value, "node_label": value, "mounted": value, "path": path,
                "nodes": [{"name": name, "address": value, "zone": 1, "devices": addresses}],
            });
            // A second object: the macro nests no deeper.
            let of_pods = json!({
                "kind": "DaemonSet", "workload": name, "inventory": {&key: [&value], "other": &value}, "available": 2,
                "nodes": [&value], "hosts": [{"name": name, "address": value}], "by_name": true, "image": value,
                "inventory_file": path, "inventory_directory": path, "state": path, "state_in_pod": path,
                "set": {"service": name, "replicas": 3, "device": path, "class": name, "provisioner": value, "size": size},
                "host_mounts": [{"name": name, "in_pod": path, "on_node": path}],
            });
            context.as_object_mut().unwrap().extend(of_pods.as_object().unwrap().clone());
            for (template, _) in EMBEDDED {
                let yaml = Templates::default().render(template, &context).unwrap();
                let parsed: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
                prop_assert!(parsed["apiVersion"].is_string() && parsed["kind"].is_string());
                if *template != "kustomization" {
                    prop_assert_eq!(&parsed["metadata"]["labels"][&key], &json!(value), "{}", template);
                }
            }
            let parse = |template: &str| -> serde_json::Value {
                serde_yaml::from_str(&Templates::default().render(template, &context).unwrap()).unwrap()
            };
            let volume_object = parse("persistent-volume-local");
            prop_assert_eq!(&volume_object["metadata"]["name"], &json!(name));
            prop_assert_eq!(&volume_object["spec"]["local"], &json!({"path": path}));
            let config = parse("provisioner-config");
            let inner = config["data"]["config.json"].as_str().unwrap();
            let inner: serde_json::Value = serde_json::from_str(inner).unwrap();
            prop_assert_eq!(inner, json!({"nodePathMap": [], "sharedFileSystemPath": path}));
            let config = parse("pods-config");
            let inner = config["data"]["inventory.yaml"].as_str().unwrap();
            let inner: serde_json::Value = serde_yaml::from_str(inner).unwrap();
            prop_assume!(key != "other");
            prop_assert_eq!(inner, json!({&key: [&value], "other": &value}));
        }
    }
}
