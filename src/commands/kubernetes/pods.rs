//! `kubernetes pods`: the manifests of pods that are the hosts, and the image of these pods.

use anyhow::Context as _;
use serde::Serialize;

use super::{deliver, usage};
use crate::cli::{BuildImage, Global, KubernetesMake, KubernetesPods, PodsImage, PodsKind};
use crate::commands::{Ending, Usage, cluster};
use crate::image::{self, Recipe};
use crate::kubernetes::pods::{self, Disk, Kind, Refused, Request};
use crate::kubernetes::templates::Templates;
use crate::output;

/// Runs `kubernetes pods`.
///
/// # Errors
/// [`Usage`] when hosts of the inventory cannot be pods; else a template is wrong, or something could not be written.
pub fn run(
    global: &Global,
    make: &KubernetesMake,
    options: &KubernetesPods,
    templates: &Templates,
) -> anyhow::Result<Ending> {
    match &options.what {
        Some(PodsImage::Containerfile) => {
            output::stdout(pods::CONTAINERFILE)?;
            return Ok(Ending::Done);
        }
        Some(PodsImage::Image(options)) => return build(global, options),
        None => {}
    }
    let Some(image) = options.image.clone() else {
        return Err(Usage("error: --image is missing: the image of the pods".to_owned()).into());
    };
    let request = Request {
        kind: kind(options.kind),
        disk: Disk {
            size: options.size.clone(),
            class: options.storage_class.clone(),
            provisioner: options.provisioner.clone(),
        },
        image,
        version: make.kube_version,
        namespace: options.namespace.clone(),
        state: options.state.clone(),
    };
    let (inventory, keys) = cluster::inventory_with_keys(global)?;
    let made =
        pods::make(&inventory, &keys, &request, templates).map_err(|error| match error.downcast::<Refused>() {
            Ok(Refused(reasons)) => usage(&reasons).into(),
            Err(error) => error,
        })?;
    for warning in made.warnings.iter().filter(|_| !global.quiet) {
        output::stderr(&format!("warning: {warning}\n"));
    }
    deliver(global, options.dir.as_deref(), &made.notes, &made.manifests, templates)
}

/// The kind that was asked for.
pub(super) fn kind(asked: PodsKind) -> Kind {
    match asked {
        PodsKind::DaemonSet => Kind::DaemonSet,
        PodsKind::Pod => Kind::Pod,
        PodsKind::StatefulSet => Kind::StatefulSet,
    }
}

fn build(global: &Global, options: &BuildImage) -> anyhow::Result<Ending> {
    let own = match &options.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("finding the program's own file")?,
    };
    let name = options.name.as_ref().map(ToString::to_string);
    let name = name.unwrap_or_else(|| format!("glusterctl:{}", env!("CARGO_PKG_VERSION")));
    // mmdebstrap would read any other text as a line of an apt source, or as an option.
    let is_address = |mirror: &String| mirror.starts_with("http://") || mirror.starts_with("https://");
    if let Some(mirror) = options
        .mirror
        .as_ref()
        .filter(|mirror| !is_address(mirror) || mirror.contains(char::is_whitespace))
    {
        return Err(Usage(format!(
            "error: --mirror {mirror:?} is no address: http://deb.debian.org/debian"
        ))
        .into());
    }
    if !global.quiet {
        output::stderr("building a Debian with GlusterFS; this takes a minute or two\n");
    }
    let recipe = Recipe {
        out: &options.out,
        name: &name,
        program: &own,
        mirror: options.mirror.as_deref(),
        epoch: options.epoch,
    };
    let digest = image::build(&recipe)?;
    let built = Built {
        version: 1,
        file: &options.out.display().to_string(),
        name: &name,
        digest: &digest,
    };
    output::data(global.output, &built, || {
        format!("{}: {name}, {digest}\n", options.out.display())
    })?;
    Ok(Ending::Done)
}

/// What was built, as JSON: a stable interface.
#[derive(Serialize)]
struct Built<'a> {
    version: u32,
    file: &'a str,
    name: &'a str,
    digest: &'a str,
}
