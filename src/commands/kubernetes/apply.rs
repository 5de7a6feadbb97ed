//! `kubernetes apply`: looks at everything first, and then labels the nodes, applies the manifests through kubectl, and waits
//! for the claims.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};

use super::kubectl::{Applied, Kubectl};
use super::{request, usage, warn};
use crate::cli::{Global, KubernetesApply, KubernetesMake, OutputFormat};
use crate::commands::Ending;
use crate::commands::cluster::Failures;
use crate::inventory::Inventory;
use crate::kubernetes::live::claims::{self, State};
use crate::kubernetes::live::{self, Live, NodeLabels, Released};
use crate::kubernetes::templates::Templates;
use crate::kubernetes::{self, Choice, Manifest, field_manager, needs_the_nodes_mount};
use crate::output;

/// Between two looks at the claims.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes the fields that another manager has with other values.
const FORCE: &[&str] = &["--force-conflicts"];

/// Runs `kubernetes apply`.
///
/// # Errors
/// As for printing; nothing was changed if the cluster does not let everything happen; and claims were not bound in time.
pub fn run(
    global: &Global,
    inventory: &Inventory,
    make: &KubernetesMake,
    options: &KubernetesApply,
    templates: &Templates,
) -> anyhow::Result<Ending> {
    let kubectl = Kubectl::new(&options.kubectl);
    let choice = chosen(&kubectl, inventory, make)?;
    warn(global, &choice);
    let made = |inventory: &Inventory| -> anyhow::Result<Vec<Manifest>> {
        let mut manifests = kubernetes::manifests(inventory, &choice, templates)?;
        manifests.retain(|manifest| !manifest.example || options.examples);
        Ok(manifests)
    };
    let manifests = made(inventory)?;
    if manifests.is_empty() {
        say(global, "the inventory has no volumes, so there is nothing to apply");
        return report(global, &choice, &NodeLabels::default(), &[], &json!([]), &[]);
    }
    let live = kubectl.live(&manifests)?;
    let live = with_volumes_of_claims(&kubectl, &manifests, live)?;
    all_of_them(live::strangers(&inventory.cluster, &manifests, &live))?;
    let inventory = &live::as_it_is(inventory, &choice, &manifests, &live).map_err(Failures)?;
    let manifests = made(inventory)?;
    let labels = labels(&kubectl, inventory, &choice, options)?;
    for note in &labels.notes {
        say(global, note);
    }
    let freed = freed(&manifests, &live, options)?;
    let manager = field_manager(&inventory.cluster);
    let force = asked(&kubectl, &manifests, &live, &manager)?;

    let changes = Changes {
        manifests: &manifests,
        labels: &labels,
        freed: &freed,
        manager: &manager,
        force,
    };
    let applied = changes.make(global, &kubectl)?;
    let claims = wait(&kubectl, options.timeout, &manifests)?;
    report(global, &choice, &labels, &freed, &applied.json(), &claims)
}

/// What changes in the cluster, after everything was looked at.
struct Changes<'a> {
    manifests: &'a [Manifest],
    labels: &'a NodeLabels,
    freed: &'a [Released],
    manager: &'a str,
    force: &'static [&'static str],
}

impl Changes<'_> {
    /// Changes the cluster. The objects that were applied are printed, also when others were refused.
    fn make(&self, global: &Global, kubectl: &Kubectl) -> anyhow::Result<Applied> {
        let mut lines = Vec::new();
        for (label, nodes) in &self.labels.left_over {
            lines.push(kubectl.unlabel(label, nodes)?);
        }
        for (label, nodes) in &self.labels.missing {
            lines.push(kubectl.label(label, nodes)?);
        }
        for released in self.freed {
            lines.push(kubectl.free(released)?);
        }
        let applied = kubectl.apply(self.manifests, self.manager, self.force)?;
        lines.push(applied.objects.clone());
        if global.output == OutputFormat::Table {
            output::stdout(&lines.concat())?;
        }
        if applied.is_done {
            output::stderr(&applied.messages);
            return Ok(applied);
        }
        let done: Vec<&str> = applied.objects.lines().collect();
        let done = match done.is_empty() {
            true => "no object was applied".to_owned(),
            false => format!(
                "these objects were applied, and the others were not: {}",
                done.join(", ")
            ),
        };
        bail!("kubectl apply failed: {done}\n{}", applied.messages.trim_end());
    }
}

fn say(global: &Global, text: &str) {
    if !global.quiet {
        output::stderr(&format!("{text}\n"));
    }
}

/// All reasons, if there are any.
fn all_of_them(reasons: Vec<String>) -> anyhow::Result<()> {
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Failures(reasons).into()),
    }
}

/// The method for the version that the cluster has. A version that somebody states decides nothing here: what the cluster
/// is decides whether pods start.
fn chosen(kubectl: &Kubectl, inventory: &Inventory, make: &KubernetesMake) -> anyhow::Result<Choice> {
    let request = request(make);
    let stated = request.version.or(inventory.kubernetes.version);
    let server = kubectl.server_version()?;
    let of = |version| {
        let request = kubernetes::Request {
            version: Some(version),
            ..request
        };
        kubernetes::choose(inventory, request).map_err(|reasons| usage(&reasons))
    };
    let Some(stated) = stated.filter(|stated| *stated != server) else {
        return Ok(of(server)?);
    };
    let mut choice = match (of(stated), of(server)) {
        (Ok(wanted), Ok(choice)) if kubernetes::same_objects(&wanted, &choice) => choice,
        (_, Ok(choice)) => {
            let reason = format!(
                "Kubernetes {stated} is stated, and this cluster is {server}, which needs other objects (method {}); state \
                 {server}, or leave `version` and --kube-version out",
                choice.plugin
            );
            return Err(usage(&[reason]).into());
        }
        (_, Err(reasons)) => return Err(reasons.into()),
    };
    choice.warnings.push(format!(
        "Kubernetes {stated} is stated, and this cluster is {server}; the objects are the same"
    ));
    Ok(choice)
}

/// Also the persistent volumes that existing claims are bound to.
fn with_volumes_of_claims(kubectl: &Kubectl, manifests: &[Manifest], live: Live) -> anyhow::Result<Live> {
    let names = live::volumes_of_claims(manifests, &live);
    if names.is_empty() {
        return Ok(live);
    }
    let names = names.iter().map(String::as_str);
    let words: Vec<&str> = ["get", "persistentvolumes", "--ignore-not-found", "-o", "json"]
        .into_iter()
        .chain(names)
        .collect();
    Ok(live.and(Live::read(&kubectl.run(&words, "")?)?))
}

/// What is to be done about the labels of nodes.
fn labels(
    kubectl: &Kubectl,
    inventory: &Inventory,
    choice: &Choice,
    options: &KubernetesApply,
) -> anyhow::Result<NodeLabels> {
    if options.skip_labels || !needs_the_nodes_mount(choice.plugin) {
        return Ok(NodeLabels::default());
    }
    Ok(live::node_labels(inventory, &kubectl.json(&["get", "nodes"])?).map_err(Failures)?)
}

/// The released persistent volumes that the operator wants freed.
fn freed(manifests: &[Manifest], live: &Live, options: &KubernetesApply) -> anyhow::Result<Vec<Released>> {
    let released = live::released(manifests, live);
    let wanted = |one: &Released| options.rebind.iter().any(|word| one.is(word));
    let mut reasons: Vec<String> = released
        .iter()
        .filter(|one| !wanted(one))
        .map(|one| {
            let (namespace, name) = &one.claim;
            format!(
                "persistent volume {} is reserved for a claim that was deleted: claim {namespace}/{name} would stay Pending for \
                 ever; to give the volume with its data to the claim that has this name now, add --rebind {namespace}/{name}",
                one.volume
            )
        })
        .collect();
    let unknown = |word: &&String| !released.iter().any(|one| one.is(word));
    let unknown = options.rebind.iter().filter(unknown);
    reasons.extend(unknown.map(|word| format!("--rebind {word}: no persistent volume waits for a claim of this name")));
    let deleted = manifests.iter().filter(|one| one.kind == "PersistentVolumeClaim");
    let deleted = deleted.filter(|one| claims::state(one, live) == State::Terminating);
    reasons.extend(deleted.map(|one| {
        format!(
            "{} is being deleted: wait until it is gone (a pod that uses the claim holds it)",
            live::shown(one)
        )
    }));
    all_of_them(reasons)?;
    Ok(released)
}

/// Asks the API server whether it would take everything, and returns the options with which it would.
fn asked(
    kubectl: &Kubectl,
    manifests: &[Manifest],
    live: &Live,
    manager: &str,
) -> anyhow::Result<&'static [&'static str]> {
    // The API server refuses even the question about an object in a namespace that does not exist yet.
    let new = |manifest: &Manifest| manifest.kind == "Namespace" && live.of(manifest).is_none();
    let new: Vec<&str> = manifests
        .iter()
        .filter(|manifest| new(manifest))
        .map(|manifest| manifest.name.as_str())
        .collect();
    let in_new = |manifest: &Manifest| manifest.namespace.as_deref().is_some_and(|name| new.contains(&name));
    let ask = |options: &[&str]| {
        let manifests = manifests.iter().filter(|manifest| !in_new(manifest));
        kubectl.apply(manifests, manager, &[&["--dry-run=server"], options].concat())
    };
    let answer = ask(&[])?;
    if answer.is_done {
        return Ok(&[]);
    }
    let mut messages = answer.messages;
    if live::of_another_route(&messages) {
        let answer = ask(FORCE)?;
        if answer.is_done {
            return Ok(FORCE);
        }
        messages = answer.messages;
    }
    bail!(
        "the API server refuses, and nothing was changed:\n{}",
        messages.trim_end()
    )
}

/// Waits until every claim is bound, and says which are not.
fn wait<'a>(kubectl: &Kubectl, seconds: u64, manifests: &'a [Manifest]) -> anyhow::Result<Vec<(&'a Manifest, State)>> {
    let claims = || manifests.iter().filter(|one| one.kind == "PersistentVolumeClaim");
    let started = Instant::now();
    loop {
        let live = kubectl.live(claims())?;
        let states: Vec<_> = claims().map(|claim| (claim, claims::state(claim, &live))).collect();
        let is_bound = |state: &State| matches!(state, State::Bound(_));
        if states.iter().all(|(_, state)| is_bound(state)) {
            return Ok(states);
        }
        let left = Duration::from_secs(seconds).saturating_sub(started.elapsed());
        if !left.is_zero() {
            thread::sleep(left.min(PAUSE));
            continue;
        }
        let mut reasons = vec![format!(
            "everything was applied, and after {seconds} s not every claim is bound"
        )];
        for (claim, state) in states.iter().filter(|(_, state)| !is_bound(state)) {
            let events = kubectl.events(claim).unwrap_or_default();
            reasons.push(claims::unbound(claim, state, &events));
        }
        return Err(Failures(reasons).into());
    }
}

fn report(
    global: &Global,
    choice: &Choice,
    labels: &NodeLabels,
    freed: &[Released],
    applied: &Value,
    claims: &[(&Manifest, State)],
) -> anyhow::Result<Ending> {
    if global.output == OutputFormat::Table {
        if !claims.is_empty() {
            say(global, "Every claim is bound.");
        }
        return Ok(Ending::Done);
    }
    let of_nodes = |labels: &[(String, Vec<String>)]| -> Vec<Value> {
        let each = labels.iter();
        each.map(|(label, nodes)| json!({"label": label, "nodes": nodes}))
            .collect()
    };
    let claims = claims.iter().filter_map(|(claim, state)| match state {
        State::Bound(volume) => Some(json!({"namespace": claim.namespace, "name": claim.name, "volume": volume})),
        _ => None,
    });
    let document = json!({
        "version": 1,
        "kubernetes": choice.version.to_string(),
        "method": choice.plugin.as_str(),
        "labelled": of_nodes(&labels.missing),
        "unlabelled": of_nodes(&labels.left_over),
        "freed": freed.iter().map(|one| &one.volume).collect::<Vec<_>>(),
        "applied": applied,
        "bound": claims.collect::<Vec<_>>(),
    });
    match global.output {
        OutputFormat::Yaml => output::stdout(&output::yaml(&document)?)?,
        _ => output::stdout(&output::json(&document)?)?,
    }
    Ok(Ending::Done)
}
