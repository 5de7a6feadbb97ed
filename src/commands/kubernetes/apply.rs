//! `kubernetes apply`: labels the nodes, applies the manifests through kubectl, waits for the claims.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::print::yaml;
use super::{made, request, warn};
use crate::cli::{Global, KubernetesApply, KubernetesMake};
use crate::commands::Ending;
use crate::inventory::Inventory;
use crate::kubernetes::templates::Templates;
use crate::kubernetes::{MOUNTED, Manifest, needs_the_nodes_mount, node_label, nodes};
use crate::output;

/// Runs `kubernetes apply`.
///
/// # Errors
/// As for printing; and kubectl failed, or claims were not bound in time.
pub fn run(
    global: &Global,
    inventory: &Inventory,
    make: &KubernetesMake,
    options: &KubernetesApply,
    templates: &Templates,
) -> anyhow::Result<Ending> {
    let say = |text: &str| {
        if !global.quiet {
            output::stderr(text);
        }
    };
    let kubectl = Kubectl::new(options);
    let mut request = request(make);
    // The cluster knows its version when nobody states one.
    if request.version.or(inventory.kubernetes.version).is_none() {
        let version = kubectl.json(&["version"])?;
        let text = version.pointer("/serverVersion/gitVersion").and_then(Value::as_str);
        let text = text.context("kubectl version names no version of the server")?;
        request.version = Some(text.parse().with_context(|| format!("the cluster's version, {text}"))?);
    }
    let (choice, mut manifests) = made(inventory, request, templates)?;
    manifests.retain(|manifest| !manifest.example || options.examples);
    warn(global, &choice);
    if manifests.is_empty() {
        say("the inventory has no volumes, so there is nothing to apply\n");
        return Ok(Ending::Done);
    }
    if needs_the_nodes_mount(choice.plugin) {
        label(&kubectl, inventory, &say)?;
    }
    // A manager for each cluster: another inventory that claims the same object gets a conflict.
    let manager = format!("--field-manager=glusterctl-{}", inventory.cluster);
    let applied = kubectl.run(&["apply", "--server-side", &manager, "-f", "-"], &yaml(&[], &manifests))?;
    output::stdout(&applied)?;
    wait(&kubectl, options.timeout, &manifests)?;
    say("Every claim is bound.\n");
    Ok(Ending::Done)
}

/// Labels the nodes that mount each volume. A host need not be a node: a storage server often is none.
fn label(kubectl: &Kubectl, inventory: &Inventory, say: &impl Fn(&str)) -> anyhow::Result<()> {
    let list = kubectl.json(&["get", "nodes"])?;
    let items = list
        .get("items")
        .and_then(Value::as_array)
        .context("kubectl get nodes lists none")?;
    let name = |node: &Value| Some(node.pointer("/metadata/name")?.as_str()?.to_owned());
    let known: Vec<String> = items.iter().filter_map(name).collect();
    for volume in &inventory.volumes {
        let Some(settings) = inventory.kubernetes.volumes.get(&volume.name) else {
            continue;
        };
        let (there, missing): (Vec<String>, Vec<String>) = nodes(inventory, volume)
            .into_iter()
            .partition(|node| known.contains(node));
        if there.is_empty() {
            bail!(
                "none of the hosts that mount volume {} is a node of this cluster, whose nodes are {}; if they have other \
                 names there, write `kubernetes: {{nodes: {{HOST: NODE}}}}` in the inventory",
                volume.name,
                known.join(", ")
            );
        }
        for node in missing {
            say(&format!(
                "{node} mounts volume {} and is no node of this cluster\n",
                volume.name
            ));
        }
        let mark = format!("{}={MOUNTED}", node_label(settings));
        let mut words = vec!["label", "--overwrite", "nodes"];
        words.extend(there.iter().map(String::as_str));
        words.push(&mark);
        output::stdout(&kubectl.run(&words, "")?)?;
    }
    Ok(())
}

/// Waits until every claim is bound, a namespace at a time.
fn wait(kubectl: &Kubectl, seconds: u64, manifests: &[Manifest]) -> anyhow::Result<()> {
    let timeout = format!("--timeout={seconds}s");
    for manifest in manifests
        .iter()
        .filter(|manifest| manifest.kind == "PersistentVolumeClaim")
    {
        let claim = format!("persistentvolumeclaim/{}", manifest.name);
        let namespace = manifest.namespace.as_deref().unwrap_or_default();
        let bound = "--for=jsonpath={.status.phase}=Bound";
        kubectl
            .run(&["wait", bound, &claim, "--namespace", namespace, &timeout], "")
            .with_context(|| {
                format!(
                    "claim {} in namespace {namespace} is not bound after {seconds} s; see kubectl describe {claim} \
                     --namespace {namespace}",
                    manifest.name
                )
            })?;
    }
    Ok(())
}

struct Kubectl {
    program: PathBuf,
    context: Option<String>,
}

impl Kubectl {
    fn new(options: &KubernetesApply) -> Self {
        Kubectl {
            program: options.kubectl.clone(),
            context: options.context.clone(),
        }
    }

    /// Runs kubectl with `input` on its standard input and returns its standard output; its messages go where ours go.
    fn run<S: AsRef<OsStr>>(&self, words: &[S], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(&self.program);
        if let Some(context) = &self.context {
            command.arg(format!("--context={context}"));
        }
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let called = || {
            let words: Vec<_> = words.iter().map(|word| word.as_ref().to_string_lossy()).collect();
            format!("{} {}", self.program.display(), words.join(" "))
        };
        let mut child = command.spawn().with_context(|| format!("running {}", called()))?;
        let (stdin, input) = (child.stdin.take(), input.to_owned());
        // While this thread reads: else both programs could wait for each other.
        let writer = thread::spawn(move || {
            // The exit status says whether kubectl needed the rest of the input.
            stdin.map(|mut stdin| stdin.write_all(input.as_bytes()))
        });
        let output = child
            .wait_with_output()
            .with_context(|| format!("running {}", called()))?;
        let _ = writer.join();
        if !output.status.success() {
            bail!("{} failed: {}", called(), output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("what {} printed", called()))
    }

    fn json(&self, words: &[&str]) -> anyhow::Result<Value> {
        let words = [words, &["-o", "json"]].concat();
        let text = self.run(&words, "")?;
        serde_json::from_str(&text).with_context(|| format!("what kubectl {} printed", words.join(" ")))
    }
}
