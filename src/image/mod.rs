//! A container image with Debian's GlusterFS and glusterctl, as an OCI archive, built without a daemon by mmdebstrap and the
//! system's own tools. The same program and the same packages give the same bytes. Called by `commands/kubernetes/pods.rs`.

mod oci;

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use oci::{Blob, Image};

/// The release of Debian in the image: the one whose GlusterFS glusterctl is tested with.
const RELEASE: &str = "bookworm";
/// `attr` has the program that reads the volume's id from a brick.
const PACKAGES: &str = "glusterfs-server,glusterfs-client,xfsprogs,attr";
/// The image is thrown away when the machine fails while it is built. gsyncd belongs to geo-replication: with it, each start of
/// glusterd runs some twenty Python programs.
const OPTIONS: [&str; 7] = [
    "--variant=minbase",
    "--format=tar",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/lib/*/glusterfs/gsyncd",
];
const HOOK: &str = include_str!("finish.sh");

/// What the image is made of.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// The archive that is written.
    pub out: &'a Path,
    /// The name of the image.
    pub name: &'a str,
    /// The glusterctl that is put into the image.
    pub program: &'a Path,
    /// The Debian mirror; none for Debian's own, with its security updates.
    pub mirror: Option<&'a str>,
    /// The time of the image and of its newest files, in seconds from 1970 (reproducible-builds.org, `SOURCE_DATE_EPOCH`).
    pub epoch: u64,
}

/// Builds the image; returns the digest of its manifest.
///
/// # Errors
/// A tool is missing or fails, the program does not run in the image, or a file cannot be written.
pub fn build(recipe: &Recipe) -> Result<String> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("images are made on amd64 and arm64, and this machine is {other}; use containerfile instead"),
    };
    let out = std::path::absolute(recipe.out).with_context(|| recipe.out.display().to_string())?;
    let directory = out.parent().context("the archive needs a name")?;
    // Next to the archive, where there has to be room for it; removed in any case.
    let work = tempfile::Builder::new()
        .prefix(".glusterctl-image-")
        .tempdir_in(directory);
    let work = work.with_context(|| format!("making a directory in {}", directory.display()))?;
    let blobs = work.path().join("blobs/sha256");
    fs::create_dir_all(&blobs).with_context(|| blobs.display().to_string())?;
    let root = root(recipe, work.path())?;
    let unpacked = digest(&root)?;
    run(Command::new("gzip").args(["--no-name", "--fast"]).arg(&root), "gzip")?;
    let layer = keep(&root.with_extension("tar.gz"), &blobs)?;
    let seconds = SystemTime::UNIX_EPOCH + Duration::from_secs(recipe.epoch);
    let image = Image {
        name: recipe.name,
        architecture,
        created: humantime::format_rfc3339_seconds(seconds).to_string(),
        layer,
        unpacked,
    };
    let write = |name: &str, text: String| -> Result<PathBuf> {
        let path = work.path().join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(path)
    };
    let configuration = keep(&write("configuration", image.configuration())?, &blobs)?;
    let manifest = keep(&write("manifest", image.manifest(&configuration))?, &blobs)?;
    write("index.json", image.index(&manifest))?;
    write("oci-layout", oci::LAYOUT.to_owned())?;
    let packed = work.path().join("packed");
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--sort=name",
        "--format=ustar",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=u=rwX,go=rX",
    ]);
    tar.arg(format!("--mtime=@{}", recipe.epoch)).arg("--file").arg(&packed);
    tar.arg("--directory")
        .arg(work.path())
        .args(["blobs", "index.json", "oci-layout"]);
    run(&mut tar, "tar")?;
    fs::rename(&packed, &out).with_context(|| format!("writing {}", out.display()))?;
    Ok(manifest.digest)
}

/// The root file system as a tar file: Debian with GlusterFS, and glusterctl, which ran there once.
fn root(recipe: &Recipe, work: &Path) -> Result<PathBuf> {
    let program = work.join("glusterctl");
    // A copy: mmdebstrap may run as another user, who cannot read everything.
    fs::copy(recipe.program, &program).with_context(|| format!("copying {}", recipe.program.display()))?;
    let root = work.join("root.tar");
    let mut command = Command::new("mmdebstrap");
    command.args(OPTIONS).arg(format!("--include={PACKAGES}"));
    command.arg(format!(
        "--customize-hook=upload {} /usr/bin/glusterctl",
        quoted(&program)?
    ));
    command.arg(format!("--customize-hook={HOOK}"));
    command.args([OsStr::new(RELEASE), root.as_os_str()]);
    command.args(recipe.mirror);
    command.env("SOURCE_DATE_EPOCH", recipe.epoch.to_string());
    run(&mut command, "mmdebstrap")?;
    Ok(root)
}

/// A path as a word for mmdebstrap, which splits the words of its own hooks as a shell does.
fn quoted(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(crate::shell::quote(text).into_owned())
}

/// Moves a file to the blobs, where its name is its digest.
fn keep(file: &Path, blobs: &Path) -> Result<Blob> {
    let digest = digest(file)?;
    let size = fs::metadata(file).with_context(|| file.display().to_string())?.len();
    let place = blobs.join(digest.trim_start_matches("sha256:"));
    fs::rename(file, &place).with_context(|| place.display().to_string())?;
    Ok(Blob { digest, size })
}

fn digest(file: &Path) -> Result<String> {
    // From standard input: sha256sum would mark a name that it has to quote.
    let input = fs::File::open(file).with_context(|| file.display().to_string())?;
    let said = run(Command::new("sha256sum").stdin(input), "sha256sum")?;
    match said.split(' ').next() {
        Some(sum) if sum.len() == 64 => Ok(format!("sha256:{sum}")),
        _ => bail!("sha256sum printed no digest: {said}"),
    }
}

/// What a tool of this machine printed.
fn run(command: &mut Command, name: &str) -> Result<String> {
    let output = command
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                anyhow::anyhow!("{name} is not installed here; run: apt-get install {}", package(name))
            }
            _ => anyhow::Error::new(error).context(format!("running {name}")),
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{name} failed ({}):\n{}", output.status, said.trim_end())
}

/// The Debian package that has a tool.
fn package(name: &str) -> &str {
    match name {
        "sha256sum" => "coreutils",
        name => name,
    }
}
