//! The disks of a stand-in: sparse files on loop devices. The lab knows a loop device by the file behind it, never by
//! its number.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::fs::{Mode, OFlags};

use super::tools::{run, tool};

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// A loop device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The kernel's name for the device, for example `loop3`.
    pub name: String,
    /// The device number, `MAJOR:MINOR`.
    pub number: String,
    file: PathBuf,
}

/// Makes the sparse file behind a disk, unless the file exists.
pub fn make(image: &Path, mib: u64) -> Result<()> {
    if image.exists() {
        return Ok(());
    }
    let sized = File::create_new(image).and_then(|file| file.set_len(mib * 1024 * 1024));
    sized.with_context(|| format!("{}: making a disk of {mib} MiB", image.display()))
}

/// Attaches the file to a loop device of its own.
pub fn attach(image: &Path) -> Result<Loop> {
    let node = run(tool("losetup").args(["--find", "--show"]).arg(image))?;
    let attached = attached(image)?;
    let found = attached
        .into_iter()
        .find(|device| node == format!("/dev/{}", device.name));
    let found = found.with_context(|| {
        format!(
            "{}: losetup said {node}, but the kernel does not know it",
            image.display()
        )
    })?;
    // The kernel keeps the read-only flag and the partitions of an earlier user of the same loop device.
    run(tool("blockdev").args(["--setrw", &node]))?;
    if partitions(&found.name)? {
        run(tool("partx").args(["--delete", &node]))?;
    }
    Ok(found)
}

/// Whether the kernel knows partitions of a device.
fn partitions(name: &str) -> Result<bool> {
    let directory = Path::new("/sys/block").join(name);
    for entry in fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
        if entry?.path().join("partition").exists() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The loop devices whose file is `path` or below `path`, even if the file was deleted since.
fn attached(path: &Path) -> Result<Vec<Loop>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/block").context("/sys/block")? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Only a loop device in use has a backing_file.
        let Ok(file) = fs::read_to_string(entry.path().join("loop/backing_file")) else {
            continue;
        };
        let file = PathBuf::from(file.trim_end_matches('\n').trim_end_matches(" (deleted)"));
        if file.starts_with(path) {
            let number = fs::read_to_string(entry.path().join("dev")).with_context(|| name.clone())?;
            found.push(Loop {
                name,
                number: number.trim().to_owned(),
                file,
            });
        }
    }
    Ok(found)
}

/// Ends swapping to the loop devices of `path`: a program that began swapping and ended would leave the devices in use.
pub fn swapoff(path: &Path) -> Result<()> {
    const SWAPS: &str = "/proc/swaps"; // proc_swaps(5): a line of titles, then a line for each swap, which begins with its path
    let lines = fs::read_to_string(SWAPS).context(SWAPS)?;
    let number = |node: &str| fs::metadata(node).map(|node| node.rdev()).ok();
    let paths = lines.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    let swaps: Vec<u64> = paths.filter_map(number).collect();
    for device in attached(path)? {
        let node = format!("/dev/{}", device.name);
        if number(&node).is_some_and(|number| swaps.contains(&number)) {
            run(tool("swapoff").arg(&node))?;
        }
    }
    Ok(())
}

/// Lets the disk of a running stand-in die: all but its first sector is gone at once, and every read and write of the rest
/// fails, also for a file system that is mounted.
pub fn fail(image: &Path) -> Result<()> {
    const SECTOR: u64 = 512;
    resize(image, &[SECTOR])
}

/// Puts a blank disk of `mib` MiB into the place of a disk that died.
pub fn renew(image: &Path, mib: u64) -> Result<()> {
    // What the dying disk was still writing made the file longer again.
    resize(image, &[0, mib * 1024 * 1024])
}

/// Gives the file behind a disk these lengths, one after the other, and its loop device the last of them.
fn resize(image: &Path, lengths: &[u64]) -> Result<()> {
    let resized = File::options()
        .write(true)
        .open(image)
        .and_then(|file| lengths.iter().try_for_each(|length| file.set_len(*length)));
    resized.with_context(|| image.display().to_string())?;
    for device in attached(image)? {
        let node = format!("/dev/{}", device.name);
        run(tool("losetup").args(["--set-capacity", &node]))?;
        // The kernel keeps what was read of the old content.
        run(tool("blockdev").args(["--flushbufs", &node]))?;
    }
    Ok(())
}

/// Waits until nothing uses the loop devices of `path` any more, then detaches the devices.
pub fn detach(path: &Path) -> Result<()> {
    idle(path)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let attached = attached(path)?;
        let Some(device) = attached.first() else { return Ok(()) };
        if Instant::now() > deadline {
            bail!("/dev/{} still holds {}", device.name, device.file.display());
        }
        for device in &attached {
            let detached = run(tool("losetup").args(["--detach", &format!("/dev/{}", device.name)]));
            // The kernel may have freed the device at the same moment.
            if detached.is_err() && Instant::now() > deadline {
                detached?;
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Waits until no file system on the loop devices of `path` is mounted any more, in any namespace.
pub fn idle(path: &Path) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    for device in attached(path)? {
        let node = format!("/dev/{}", device.name);
        // An exclusive open is refused while the device is mounted or claimed otherwise, open(2).
        let exclusive = || rustix::fs::open(&node, OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC, Mode::empty());
        while exclusive().is_err_and(|error| error == rustix::io::Errno::BUSY) {
            if Instant::now() > deadline {
                bail!("{node} ({}) is still in use", device.file.display());
            }
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}
