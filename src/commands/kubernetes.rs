//! `glusterctl kubernetes`: the manifests, on standard output or as files.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::cli::OutputFormat;
use crate::inventory::Inventory;
use crate::kubernetes::{self, Manifest, NOTE};

/// Prints the manifests, or writes a file each into `dir`.
///
/// # Errors
/// It could not be written.
pub fn run(inventory: &Inventory, format: OutputFormat, dir: Option<&Path>) -> anyhow::Result<()> {
    emit(
        inventory,
        format,
        dir,
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    )
}

/// The same, with data going to `out` and messages to `messages`.
///
/// # Errors
/// As [`run`].
pub fn emit(
    inventory: &Inventory,
    format: OutputFormat,
    dir: Option<&Path>,
    out: &mut impl Write,
    messages: &mut impl Write,
) -> anyhow::Result<()> {
    let manifests = kubernetes::manifests(inventory)?;
    // A message that nobody can read is no reason to fail.
    let mut say = |text: &str| drop(writeln!(messages, "{text}"));
    if manifests.is_empty() {
        say("the inventory has no volumes, so there are no manifests");
    } else {
        say(&format!("note: {}", NOTE.join("\n      ")));
    }
    let Some(dir) = dir else {
        return until_the_reader_leaves(print(&manifests, format, out)).context("writing the manifests");
    };
    std::fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    for manifest in &manifests {
        let (file_name, text) = match format {
            OutputFormat::Json => (
                Path::new(&manifest.file_name).with_extension("json"),
                pretty(&manifest.object)?,
            ),
            OutputFormat::Table | OutputFormat::Yaml => (
                (&manifest.file_name).into(),
                format!("{}{}", note_as_comment(), manifest.yaml),
            ),
        };
        let path = dir.join(file_name);
        replace(&path, &text).with_context(|| format!("writing {}", path.display()))?;
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}

fn print(manifests: &[Manifest], format: OutputFormat, out: &mut impl Write) -> io::Result<()> {
    match format {
        // An empty list and not nothing: what reads JSON wants a document.
        OutputFormat::Json => {
            let items: Vec<_> = manifests.iter().map(|manifest| &manifest.object).collect();
            out.write_all(pretty(&json!({"apiVersion": "v1", "kind": "List", "items": items}))?.as_bytes())?;
        }
        OutputFormat::Table | OutputFormat::Yaml => {
            for (index, manifest) in manifests.iter().enumerate() {
                let before = if index == 0 {
                    note_as_comment()
                } else {
                    "---\n".to_owned()
                };
                write!(out, "{before}{}", manifest.yaml)?;
            }
        }
    }
    out.flush()
}

fn note_as_comment() -> String {
    let note: String = NOTE.iter().map(|line| format!("# {line}\n")).collect();
    // Apart from the comment that belongs to the object below.
    note + "\n"
}

fn pretty(value: &serde_json::Value) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(value).map(|text| text + "\n")
}

/// `glusterctl kubernetes | head` is no failure.
fn until_the_reader_leaves(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Whoever reads the file meanwhile, or after a crash, sees the old content or the new, and never half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = path.parent().unwrap_or(Path::new("."));
    // As an ordinary new file, so that the umask decides; the default would be for the owner alone.
    let mut file = tempfile::Builder::new()
        .prefix(".glusterctl-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
