//! Runs kubectl.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::cli;
use crate::inventory::KubeVersion;
use crate::kubernetes::live::{self, Live};
use crate::kubernetes::pods::{Answer, CONTAINER, Kind, Said, Workload};
use crate::kubernetes::{MOUNTED, Manifest};
use crate::{output, shell};

#[derive(Debug, Clone)]
pub(super) struct Kubectl {
    program: PathBuf,
    context: Option<String>,
}

impl Kubectl {
    pub(super) fn new(options: &cli::Kubectl) -> Self {
        Kubectl {
            program: options.program.clone(),
            context: options.context.clone(),
        }
    }

    /// Runs kubectl with `input` on its standard input.
    fn call(&self, words: &[&str], input: &str) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.program);
        if let Some(context) = &self.context {
            command.arg(format!("--context={context}"));
        }
        command.args(words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let running = || format!("running {}", self.called(words));
        let mut child = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "there is no program {}\ninstall kubectl, or name it with --kubectl",
                self.program.display()
            ),
            started => started.with_context(running)?,
        };
        let (stdin, input) = (child.stdin.take(), input.to_owned());
        // While this thread reads: else both programs could wait for each other.
        let writer = thread::spawn(move || {
            // The exit status says whether kubectl needed the rest of the input.
            stdin.map(|mut stdin| stdin.write_all(input.as_bytes()))
        });
        let output = child.wait_with_output().with_context(running)?;
        let _ = writer.join();
        Ok(output)
    }

    fn called(&self, words: &[&str]) -> String {
        format!("{} {}", self.program.display(), words.join(" "))
    }

    /// What kubectl printed; its messages go where ours go.
    pub(super) fn run(&self, words: &[&str], input: &str) -> anyhow::Result<String> {
        let (text, messages) = self.succeed(words, input)?;
        output::stderr(&messages);
        Ok(text)
    }

    /// What kubectl printed, and its messages.
    fn succeed(&self, words: &[&str], input: &str) -> anyhow::Result<(String, String)> {
        let output = self.call(words, input)?;
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            bail!(
                "{} failed: {}\n{}",
                self.called(words),
                output.status,
                messages.trim_end()
            );
        }
        let text = String::from_utf8(output.stdout).with_context(|| format!("what {} printed", self.called(words)))?;
        Ok((text, messages))
    }

    pub(super) fn json(&self, words: &[&str]) -> anyhow::Result<Value> {
        let (value, messages) = self.json_with_messages(words)?;
        output::stderr(&messages);
        Ok(value)
    }

    fn json_with_messages(&self, words: &[&str]) -> anyhow::Result<(Value, String)> {
        let words = [words, &["-o", "json"]].concat();
        let (text, messages) = self.succeed(&words, "")?;
        let value = serde_json::from_str(&text);
        let value = value.with_context(|| format!("what kubectl {} printed", words.join(" ")))?;
        Ok((value, messages))
    }

    /// The version of the API server.
    pub(super) fn server_version(&self) -> anyhow::Result<KubeVersion> {
        let version = self.json(&["version"])?;
        let text = version.pointer("/serverVersion/gitVersion").and_then(Value::as_str);
        let text = text.context("kubectl version names no version of the server")?;
        text.parse().with_context(|| format!("the cluster's version, {text}"))
    }

    /// Those objects of the manifests that exist.
    pub(super) fn live<'a>(&self, manifests: impl IntoIterator<Item = &'a Manifest>) -> anyhow::Result<Live> {
        let words = ["get", "--ignore-not-found", "-o", "json", "-f", "-"];
        let text = self.run(&words, &live::list(manifests).to_string())?;
        Live::read(&text).with_context(|| format!("what {} printed", self.called(&words)))
    }

    /// The events of a claim.
    pub(super) fn events(&self, claim: &Manifest) -> anyhow::Result<Live> {
        let namespace = claim.namespace.as_deref().unwrap_or_default();
        let about = format!(
            "--field-selector=involvedObject.kind=PersistentVolumeClaim,involvedObject.name={}",
            claim.name
        );
        let words = ["get", "events", "--namespace", namespace, &about, "-o", "json"];
        Live::read(&self.run(&words, "")?).context("what kubectl get events printed")
    }

    /// Sets the label on nodes that do not have it. Without `--overwrite` kubectl refuses to change another value.
    pub(super) fn label(&self, label: &str, nodes: &[String]) -> anyhow::Result<String> {
        self.label_nodes(nodes, &format!("{label}={MOUNTED}"))
    }

    /// Takes the label off nodes.
    pub(super) fn unlabel(&self, label: &str, nodes: &[String]) -> anyhow::Result<String> {
        self.label_nodes(nodes, &format!("{label}-"))
    }

    fn label_nodes(&self, nodes: &[String], change: &str) -> anyhow::Result<String> {
        let nodes = nodes.iter().map(String::as_str);
        let words: Vec<&str> = ["label", "nodes"].into_iter().chain(nodes).chain([change]).collect();
        self.run(&words, "")
    }

    /// Frees a persistent volume for the next claim of the same name.
    pub(super) fn free(&self, released: &live::Released) -> anyhow::Result<String> {
        let patch = format!("--patch={}", released.patch());
        self.run(
            &["patch", "persistentvolume", &released.volume, "--type=json", &patch],
            "",
        )
    }

    /// What is said of a workload and its pods. Messages are left out: this is asked again and again.
    pub(super) fn said(&self, workload: &Workload) -> anyhow::Result<Said> {
        let get = |words: &[&str]| {
            let words = [&["get"], words, &["--namespace", &workload.namespace]].concat();
            self.json_with_messages(&words).map(|(value, _)| value)
        };
        let list = |kind: &str| get(&[kind, "--selector", &workload.selector]);
        let object = get(&[&workload.kind.name().to_lowercase(), &workload.name]);
        let hint = || {
            format!(
                "the pods are those of {}: --kind, --namespace and --context say which pods are meant, as for `glusterctl kubernetes \
                 pods` and for kubectl",
                workload.shown()
            )
        };
        Ok(Said {
            workload: object.map_err(|error| match format!("{error:#}") {
                error if error.to_lowercase().contains("not found") => anyhow::anyhow!("{error}\n{}", hint()),
                error => anyhow::anyhow!(error),
            })?,
            pods: list("pods")?,
            revisions: match workload.kind {
                // Its status has the newest revision.
                Kind::StatefulSet => Value::Null,
                Kind::DaemonSet | Kind::Pod => list("controllerrevisions")?,
            },
        })
    }

    /// Asks a pod whether its host can stop.
    pub(super) fn ok_to_stop(&self, workload: &Workload, pod: &str) -> anyhow::Result<Answer> {
        let exec = [
            "exec",
            pod,
            "--namespace",
            &workload.namespace,
            "--container",
            CONTAINER,
            "--",
        ];
        let output = self.call(
            &[&exec[..], &["glusterctl", "-o", "json", "node", "ok-to-stop"]].concat(),
            "",
        )?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Answer::read(&text(&output.stdout), &text(&output.stderr)))
    }

    /// Deletes a pod, which has its own grace period, and does not wait for its end.
    pub(super) fn delete_pod(&self, workload: &Workload, pod: &str) -> anyhow::Result<String> {
        self.run(&deletion(workload, pod), "")
    }

    /// The command with which a pod is deleted, for a shell.
    pub(super) fn deletion(&self, workload: &Workload, pod: &str) -> String {
        let context = self.context.iter().map(|context| format!("--context={context}"));
        let first = [self.program.to_string_lossy().into_owned()].into_iter().chain(context);
        let words = deletion(workload, pod).map(str::to_owned);
        shell::words(first.chain(words))
    }

    /// A server-side apply of all manifests: for real, or as a question.
    pub(super) fn apply<'a>(
        &self,
        manifests: impl IntoIterator<Item = &'a Manifest>,
        manager: &str,
        options: &[&str],
    ) -> anyhow::Result<Applied> {
        let manager = format!("--field-manager={manager}");
        let words = [&["apply", "--server-side", &manager], options, &["-f", "-"]].concat();
        let output = self.call(&words, &live::list(manifests).to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Applied {
            is_done: output.status.success(),
            objects: text(&output.stdout),
            messages: text(&output.stderr),
        })
    }
}

fn deletion<'w>(workload: &'w Workload, pod: &'w str) -> [&'w str; 6] {
    ["delete", "pod", pod, "--namespace", &workload.namespace, "--wait=false"]
}

/// What an apply did.
pub(super) struct Applied {
    /// Every object was taken.
    pub is_done: bool,
    /// A line for each object that was taken.
    pub objects: String,
    /// What kubectl said, for example why an object was refused.
    pub messages: String,
}

impl Applied {
    /// The objects that were taken, for a program that reads them.
    pub(super) fn json(&self) -> Value {
        let lines = self.objects.lines().filter_map(|line| line.split_whitespace().next());
        json!(lines.collect::<Vec<_>>())
    }
}
