//! `kubernetes`: the manifests, on standard output or as files; and its subcommands.

mod apply;
mod kubectl;
mod migrate;
mod pods;
mod print;
mod scale;
mod update;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context as _;

use super::{Ending, Usage, cluster};
use crate::cli::{Global, Kubernetes, KubernetesCommand, KubernetesMake, KubernetesTemplates, OutputFormat};
use crate::inventory::Inventory;
use crate::kubernetes::templates::{Templates, embedded};
use crate::kubernetes::{self, Choice, Manifest, Request};
use crate::output;

/// Runs `kubernetes`.
///
/// # Errors
/// [`Usage`] when the plugin cannot work on the version; else a template is wrong, or something could not be written.
pub fn run(global: &Global, options: &Kubernetes) -> anyhow::Result<Ending> {
    if let Some(KubernetesCommand::Templates(KubernetesTemplates::Export { dir })) = &options.what {
        return export(dir);
    }
    if options.what.is_some() && (options.dir.is_some() || options.examples) {
        return Err(Usage("error: --dir, and --examples before a subcommand, are for printing".to_owned()).into());
    }
    let templates = match &options.make.templates {
        Some(dir) => Templates::with_overrides(dir)?,
        None => Templates::default(),
    };
    match &options.what {
        Some(KubernetesCommand::Pods(pods)) => return pods::run(global, &options.make, pods, &templates),
        Some(KubernetesCommand::Scale(scale)) => return scale::run(global, scale),
        Some(KubernetesCommand::Update(update)) => return update::run(global, update),
        _ => {}
    }
    let (inventory, leaving) = kubernetes::offered(&*cluster::inventory(global)?);
    for warning in leaving.iter().filter(|_| !global.quiet) {
        output::stderr(&format!("warning: {warning}\n"));
    }
    match &options.what {
        Some(KubernetesCommand::Apply(apply)) => apply::run(global, &inventory, &options.make, apply, &templates),
        Some(KubernetesCommand::Migrate) => migrate::run(global, &inventory, &options.make, &templates),
        _ => {
            let (choice, mut manifests) = made(&inventory, request(&options.make), &templates)?;
            manifests.retain(|manifest| !manifest.example || options.examples);
            warn(global, &choice);
            show(global, options, &inventory, (&choice, &manifests), &templates)
        }
    }
}

/// The volume plugin that was chosen, and its manifests.
///
/// # Errors
/// [`Usage`] when the plugin cannot work on the version; else a template is wrong.
pub fn made(inventory: &Inventory, request: Request, templates: &Templates) -> anyhow::Result<(Choice, Vec<Manifest>)> {
    let choice = kubernetes::choose(inventory, request).map_err(|reasons| usage(&reasons))?;
    let manifests = kubernetes::manifests(inventory, &choice, templates)?;
    Ok((choice, manifests))
}

/// Every reason as a line of its own.
fn usage(reasons: &[String]) -> Usage {
    let lines: Vec<String> = reasons.iter().map(|reason| format!("error: {reason}")).collect();
    Usage(lines.join("\n"))
}

fn request(make: &KubernetesMake) -> Request {
    Request {
        version: make.kube_version,
        method: make.method,
        allow_deprecated: make.allow_deprecated,
    }
}

fn warn(global: &Global, choice: &Choice) {
    for warning in choice.warnings.iter().filter(|_| !global.quiet) {
        output::stderr(&format!("warning: {warning}\n"));
    }
}

fn show(
    global: &Global,
    options: &Kubernetes,
    inventory: &Inventory,
    (choice, manifests): (&Choice, &[Manifest]),
    templates: &Templates,
) -> anyhow::Result<Ending> {
    let notes = match manifests.is_empty() {
        true => {
            if !global.quiet {
                output::stderr("the inventory has no volumes, so there are no manifests\n");
            }
            Vec::new()
        }
        false => kubernetes::notes(inventory, choice),
    };
    deliver(global, options.dir.as_deref(), &notes, manifests, templates)
}

/// Prints the manifests, or writes a file for each.
fn deliver(
    global: &Global,
    dir: Option<&Path>,
    notes: &[String],
    manifests: &[Manifest],
    templates: &Templates,
) -> anyhow::Result<Ending> {
    let say = |text: &str| {
        if !global.quiet {
            output::stderr(text);
        }
    };
    // The YAML on standard output has the notes as comments.
    if !notes.is_empty() && (dir.is_some() || global.output == OutputFormat::Json) {
        say(&format!("note: {}\n", notes.join("\n      ")));
    }
    let Some(dir) = dir else {
        print::print(global.output, notes, manifests)?;
        return Ok(Ending::Done);
    };
    std::fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    let former = print::former(dir);
    let written = print::files(global.output, dir, notes, manifests, templates)?;
    for path in &written {
        say(&format!("wrote {}\n", path.display()));
    }
    let obsolete = former.iter().filter(|path| !written.contains(path));
    for path in obsolete.filter(|path| print::is_akin(path, manifests)) {
        std::fs::remove_file(path).with_context(|| format!("removing {}", path.display()))?;
        say(&format!("removed {}, which an earlier run wrote\n", path.display()));
    }
    Ok(Ending::Done)
}

/// Writes the built-in templates; a file that exists may have been changed, and stays.
fn export(dir: &Path) -> anyhow::Result<Ending> {
    std::fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    for (name, text) in embedded() {
        let path = dir.join(name);
        let writing = || format!("writing {}", path.display());
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => file.write_all(text.as_bytes()).with_context(writing)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                output::stderr(&format!("{} is there already and stays as it is\n", path.display()));
            }
            Err(error) => return Err(error).with_context(writing),
        }
    }
    Ok(Ending::Done)
}
