//! One stand-in: how its files are made, and how it is booted.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use super::{StandIn, cgroup, disk, paths, ssh, tools};
use crate::inventory::names::ClusterName;

/// One stand-in of a lab.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// The lab's name.
    pub lab: &'a ClusterName,
    /// The lab's directory.
    pub lab_directory: &'a Path,
    /// What the stand-in consists of.
    pub stand_in: &'a StandIn,
}

impl Host<'_> {
    /// The name of the stand-in's network namespace and of its cgroup.
    pub fn namespace(&self) -> String {
        paths::host_namespace(self.lab, &self.stand_in.name)
    }

    fn directory(&self) -> PathBuf {
        paths::host(self.lab_directory, &self.stand_in.name)
    }

    /// Writes the stand-in's own files (names, keys, machine id) above the layers of the shared root file system.
    pub fn make(&self, layers: &[PathBuf], operator_key: &str) -> Result<()> {
        let directory = self.directory();
        for name in ["disks", "merged", "upper", "volatile", "work"] {
            make_directory(&directory.join(name), 0o755)?;
        }
        // The kernel reads the lower directories from a list with separators; a link's name has none.
        let mut links = Vec::new();
        for (number, layer) in layers.iter().enumerate() {
            let link = format!("layer{number}");
            std::os::unix::fs::symlink(layer, directory.join(&link)).with_context(|| format!("making {link}"))?;
            links.push(link);
        }
        let name = &self.stand_in.name;
        let machine_id = fs::read_to_string("/proc/sys/kernel/random/uuid").context("making a machine id")?;
        self.put("etc/hostname", 0o644, &format!("{name}\n"))?;
        self.put("etc/machine-id", 0o444, &machine_id.replace('-', ""))?;
        // As on cloud images, the host's own name resolves to loopback.
        let own = name
            .as_str()
            .split_once('.')
            .map_or(String::new(), |(short, _)| format!(" {short}"));
        let hosts = format!(
            "127.0.0.1\tlocalhost\n127.0.1.1\t{name}{own}\n\n\
             # The following lines are desirable for IPv6 capable hosts\n\
             ::1     localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"
        );
        self.put("etc/hosts", 0o644, &hosts)?;
        self.put("root/.ssh/authorized_keys", 0o600, operator_key)?;
        let host_key = directory.join("upper").join(ssh::HOST_KEY);
        make_directories(&directory.join("upper"), Path::new("etc/ssh"))?;
        ssh::make_key(&host_key, &format!("root@{name}"))?;
        self.put_script(&directory, &links.join(":"))
    }

    /// Attaches the disks of a stand-in that is off, and boots the stand-in.
    pub fn boot(&self) -> Result<()> {
        let directory = self.directory();
        disk::detach(&directory)?;
        let mut loops = Vec::new();
        for (index, wanted) in self.stand_in.disks.iter().enumerate() {
            let image = paths::disk_image(self.lab_directory, &self.stand_in.name, index);
            disk::make(&image, wanted.mib)?;
            loops.push(disk::attach(&image)?);
        }
        self.put_disks(&loops)?;
        cgroup::make(&self.namespace())?;
        let console = OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("console.log"));
        let console = console.context("opening the console log")?;
        let mut script = tools::tool("sh");
        script
            .arg(directory.join("boot.sh"))
            .stdout(console.try_clone()?)
            .stderr(Stdio::from(console));
        let status = script.status().context("starting sh")?;
        if !status.success() {
            bail!("{}", self.explain("it could not be started"));
        }
        Ok(())
    }

    /// A message: `what` went wrong, with the last lines of the console.
    pub fn explain(&self, what: &str) -> String {
        const LINES: usize = 15;
        let console = paths::console(self.lab_directory, &self.stand_in.name);
        let log = fs::read(&console).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LINES)..].join("\n    ");
        format!("{what}; the last lines of {} are:\n    {last}", console.display())
    }

    /// Tells the stand-in about its disks: device nodes, links, and rules by which udev looks at these devices alone.
    fn put_disks(&self, loops: &[disk::Loop]) -> Result<()> {
        let mut nodes = String::new();
        let own: Vec<&str> = loops.iter().map(|device| device.name.as_str()).collect();
        // The kernel tells every stand-in of every device: a stand-in passes over the devices of others.
        let mut links = format!(
            "SUBSYSTEM==\"block\", KERNEL!=\"{}\", ENV{{SYSTEMD_READY}}=\"0\", \
             ENV{{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}}=\"1\"\n",
            if own.is_empty() {
                "none".to_owned()
            } else {
                own.join("|")
            }
        );
        let (mut triggers, mut entries) = (String::new(), String::new());
        for (disk, device) in self.stand_in.disks.iter().zip(loops) {
            let name = &device.name;
            let path = disk.path.as_str().trim_start_matches("/dev/");
            nodes += &format!("b! /dev/{name} 0660 root disk - {}\n", device.number);
            // On a real host, a name right below /dev is a device node, and a longer name is udev's link to the node.
            // udev watches a hard link like the node itself, and so notices a write to either.
            if !path.contains('/') && path != name {
                triggers += &format!("ExecStart=ln -f /dev/{name} /dev/{path}\n");
            }
            links += &format!("SUBSYSTEM==\"block\", KERNEL==\"{name}\", SYMLINK+=\"{path}\"\n");
            entries += &format!(" /sys/block/{name}");
        }
        // `udevadm trigger --settle` waits for its events without end, and with many disks, and other labs busy, an event
        // was lost now and then.
        triggers += &match entries.is_empty() {
            true => "ExecStart=/bin/true\n".to_owned(),
            false => format!(
                "ExecStart=-sh -c 'for try in 1 2 3 4 5; do \
                 timeout 5 udevadm trigger --settle --action=add{entries} && break; done'\n"
            ),
        };
        self.put("etc/tmpfiles.d/lab.conf", 0o644, &nodes)?;
        self.put("etc/udev/rules.d/10-lab.rules", 0o644, &links)?;
        // The rule of nfs-common runs a program in every stand-in at each mount on this machine, in other stand-ins, too.
        self.put(
            "etc/udev/rules.d/99-nfs.rules",
            0o644,
            "# In place of nfs-common's rule.\n",
        )?;
        let unit = format!("[Unit]\nAfter=systemd-tmpfiles-setup-dev.service\n[Service]\nExecStart=\n{triggers}");
        self.put(
            "etc/systemd/system/systemd-udev-trigger.service.d/lab.conf",
            0o644,
            &unit,
        )
    }

    /// Writes the script that boots the stand-in, and boots it again after each reboot.
    fn put_script(&self, directory: &Path, layers: &str) -> Result<()> {
        let cgroups = cgroup::directories(&self.namespace())?;
        let cgroups: Vec<String> = cgroups.iter().map(|path| path.display().to_string()).collect();
        let script = include_str!("boot.sh")
            .replace("@CGROUPS@", &cgroups.join(" "))
            .replace("@DIRECTORY@", &directory.display().to_string())
            .replace("@LAYERS@", layers)
            .replace("@HOST@", self.stand_in.name.as_str())
            .replace("@MACHINE@", &paths::machine_name(self.lab, &self.stand_in.name))
            .replace(
                "@NAMESPACE@",
                &super::net::path(&self.namespace()).display().to_string(),
            );
        fs::write(directory.join("boot.sh"), script).context("writing boot.sh")
    }

    /// Writes a file of the stand-in while the stand-in is off.
    fn put(&self, path: &str, mode: u32, text: &str) -> Result<()> {
        let upper = self.directory().join("upper");
        let path = Path::new(path);
        make_directories(&upper, path.parent().unwrap_or(Path::new("")))?;
        let target = upper.join(path);
        // The stand-in may have put anything at the path, even a link that leads out of its root: replace, never
        // follow.
        match fs::remove_file(&target) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context(target.display().to_string());
            }
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&target);
        let written = file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.set_permissions(Permissions::from_mode(mode)) // whatever the umask is
        });
        written.with_context(|| format!("writing {}", target.display()))
    }
}

/// Makes directories in the overlay's upper layer; their modes are those that the stand-in sees.
fn make_directories(upper: &Path, below: &Path) -> Result<()> {
    let mut path = upper.to_owned();
    let mut mode = 0o755;
    for part in below {
        path.push(part);
        if part == "root" {
            mode = 0o700;
        }
        if !path.exists() {
            make_directory(&path, mode)?;
        }
    }
    Ok(())
}

/// Makes a directory with just that mode, whatever the user's umask is.
fn make_directory(path: &Path, mode: u32) -> Result<()> {
    let made = fs::create_dir(path).and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)));
    made.with_context(|| format!("making {}", path.display()))
}
