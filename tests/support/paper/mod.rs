//! A cluster on paper: the cluster carries out the commands of a plan as far as the commands change facts, and answers as
//! hosts would. The commands themselves write the files below /etc. A command that the cluster does not know, or that comes
//! before a step that the command needs, is a mistake of the plan.

mod answers;
mod bricks;
mod quota;
mod volumes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex};

use glusterctl::desired::{Desired, DesiredHost, units};
use glusterctl::facts::{Facts, FstabLine, HostFacts, fstab};
use glusterctl::inventory::{Host, HostName, Inventory, Role, VolumeType};
use glusterctl::plan::{Danger, Operation, Plan, Step, Success, plan};
use uuid::Uuid;

use super::etc::Etc;
pub use answers::MARK;

const FSTAB: &str = "/etc/fstab";
const HOSTS: &str = "/etc/hosts";
const GLUSTERD_VOL: &str = "/etc/glusterfs/glusterd.vol";
const INSTALLED: &str = "installed";

/// Hosts, their pool and their volumes.
pub struct Cluster<'a> {
    desired: Desired<'a>,
    hosts: BTreeMap<HostName, Machine>,
    pool: BTreeSet<HostName>,
    volumes: BTreeMap<String, Volume>,
    /// The directories inside volumes.
    inside: BTreeSet<String>,
    /// The bricks that a script looked at before a volume was created with `force`.
    checked: BTreeSet<String>,
}

/// One host: its files, packages, file systems, mounts and units.
#[derive(Clone)]
struct Machine {
    etc: Etc,
    /// dpkg's status word of each package that dpkg knows.
    packages: BTreeMap<String, &'static str>,
    /// The UUID of the file system on each device that has a file system.
    formatted: BTreeMap<String, String>,
    /// The devices on which mkfs.xfs was interrupted.
    unfinished: BTreeSet<String>,
    immutable: BTreeSet<String>,
    mounted: Vec<FstabLine>,
    brick_dirs: BTreeSet<String>,
    enabled: BTreeSet<String>,
    glusterd_runs: bool,
    /// The directories of former bricks, each with the id of its volume.
    left: BTreeMap<String, Uuid>,
}

#[derive(Clone)]
struct Volume {
    id: Uuid,
    volume_type: VolumeType,
    bricks: Vec<String>,
    options: BTreeMap<String, String>,
    started: bool,
    /// The files that are being moved, or were moved last.
    moving: Option<bricks::Moving>,
    /// The bricks that do not hold all of their data yet.
    heal_pending: BTreeSet<String>,
    /// The bricks that were added since the files were last spread over all bricks.
    unbalanced: BTreeSet<String>,
    /// The bricks that were seen to be empty.
    looked_at: BTreeSet<String>,
    /// The limits of the quota, in bytes, by the path inside the volume.
    limits: BTreeMap<String, u64>,
}

/// What commands made of files. The same clusters are made again and again, killed each time before another step, and a
/// command makes the same of the same files.
static CHANGED: LazyLock<Mutex<HashMap<(Etc, String), Etc>>> = LazyLock::new(Mutex::default);

/// Runs a command that changes files in /etc.
fn change(etc: &mut Etc, command: &str) {
    let key = (etc.clone(), command.to_owned());
    let known = CHANGED.lock().unwrap().get(&key).cloned();
    *etc = known.unwrap_or_else(|| {
        etc.run(command);
        CHANGED.lock().unwrap().insert(key, etc.clone());
        etc.clone()
    });
}

impl<'a> Cluster<'a> {
    /// Fresh hosts with blank disks, and with a few lines of somebody else's in /etc; clients are cloud images.
    pub fn blank(inventory: &'a Inventory) -> Self {
        let machine = |host: &Host| {
            let mut etc = Etc::new();
            if host.role == Role::Client {
                etc.write(
                    "/etc/cloud/templates/hosts.debian.tmpl",
                    b"## template:jinja\n127.0.1.1 {{fqdn}} {{hostname}}\n",
                );
            }
            etc.write(HOSTS, b"127.0.0.1\tlocalhost\n");
            etc.write(
                GLUSTERD_VOL,
                b"volume management\n    type mgmt/glusterd\n#   option transport.address-family inet6\nend-volume\n",
            );
            etc.write(FSTAB, b"# /etc/fstab\nUUID=0a1b / ext4 errors=remount-ro 0 1");
            Machine {
                etc,
                packages: BTreeMap::new(),
                formatted: BTreeMap::new(),
                unfinished: BTreeSet::new(),
                immutable: BTreeSet::new(),
                mounted: Vec::new(),
                brick_dirs: BTreeSet::new(),
                enabled: BTreeSet::new(),
                glusterd_runs: false,
                left: BTreeMap::new(),
            }
        };
        Cluster {
            desired: Desired::of(inventory),
            hosts: inventory
                .hosts
                .iter()
                .map(|host| (host.name.clone(), machine(host)))
                .collect(),
            pool: BTreeSet::new(),
            volumes: BTreeMap::new(),
            inside: BTreeSet::new(),
            checked: BTreeSet::new(),
        }
    }

    /// A copy of the machines after the inventory was edited: hosts keep what they have, new hosts are blank, and of hosts that
    /// the inventory does not have any more, nothing is known but what the others say.
    pub fn edited<'b>(&self, inventory: &'b Inventory) -> Cluster<'b> {
        let mut new = Cluster::blank(inventory);
        for (name, machine) in &mut new.hosts {
            if let Some(kept) = self.hosts.get(name) {
                *machine = kept.clone();
            }
        }
        Cluster {
            pool: self.pool.clone(),
            volumes: self.volumes.clone(),
            inside: self.inside.clone(),
            ..new
        }
    }

    /// The bricks of each volume, which no edit of an inventory changes.
    pub fn bricks(&self) -> BTreeMap<String, Vec<String>> {
        let volumes = self.volumes.iter();
        volumes
            .map(|(name, volume)| (name.clone(), volume.bricks.clone()))
            .collect()
    }

    /// Whether nothing is left that only Gluster can end: no brick has to be healed or filled, no file is being moved.
    pub fn is_settled(&self) -> bool {
        self.volumes.values().all(|volume| {
            let moving = volume.moving.as_ref();
            let rests = moving.is_none_or(|moving| moving.ended && moving.emptied.is_empty());
            rests && volume.heal_pending.is_empty() && volume.unbalanced.is_empty()
        })
    }

    /// The hosts in the pool.
    pub fn pool(&self) -> Vec<&str> {
        self.pool.iter().map(HostName::as_str).collect()
    }

    /// The options of a volume.
    pub fn options(&self, volume: &str) -> &BTreeMap<String, String> {
        &self.volumes[volume].options
    }

    /// The mount points on which something is mounted on a host.
    pub fn mounted(&self, host: &str) -> Vec<&str> {
        let mounted = &self.hosts[&HostName::parse(host).unwrap()].mounted;
        mounted.iter().map(|line| line.target.as_str()).collect()
    }

    /// The text of a file on a host.
    pub fn file(&self, host: &str, path: &str) -> String {
        self.hosts[&HostName::parse(host).unwrap()].file(path)
    }

    /// The facts at this moment.
    pub fn facts(&self) -> Facts {
        let parsed = |host: &DesiredHost| HostFacts::parse(&self.answer(host), MARK, host).unwrap();
        let hosts = self.desired.hosts.iter();
        let hosts = hosts.map(|host| (host.name().clone(), Ok(parsed(host))));
        Facts::new(&self.desired, hosts.collect())
    }

    /// A running cluster: everything that the inventory wants is carried out.
    pub fn running(inventory: &'a Inventory) -> Self {
        let mut cluster = Cluster::blank(inventory);
        let (_, plan) = cluster.converge();
        assert!(plan.is_done(), "{plan:#?}");
        cluster
    }

    /// Carries out plans until no step is left; all steps, and the last plan.
    pub fn converge(&mut self) -> (Vec<Step>, Plan) {
        let mut steps = Vec::new();
        for _ in 0..12 {
            let plan = self.plan();
            if plan.steps.is_empty() {
                return (steps, plan);
            }
            plan.steps.iter().for_each(|step| self.run(step));
            steps.extend(plan.steps);
        }
        panic!("steps are planned for ever: {:#?}", self.plan());
    }

    /// The plan at this moment.
    pub fn plan(&self) -> Plan {
        plan(&self.desired, &self.facts(), &Operation::Apply)
    }

    /// The plan for these hosts alone.
    pub fn plan_on(&self, hosts: &BTreeSet<HostName>) -> Plan {
        plan(&self.desired, &self.facts(), &Operation::ApplyOn(hosts.clone()))
    }

    /// Carries out one step.
    pub fn run(&mut self, step: &Step) {
        let before = self.volumes.iter();
        let before = before.map(|(name, volume)| (name.clone(), (volume.id, volume.bricks.clone())));
        let before = before.collect();
        self.carry_out(step);
        self.note_left(&before);
    }

    #[expect(clippy::too_many_lines, reason = "a table of commands")]
    fn carry_out(&mut self, step: &Step) {
        let command = step.command.as_str();
        let host = self.hosts.get_mut(&step.host).unwrap();
        if let Danger::Formats { device } = &step.danger {
            let uuid = value(command, "uuid");
            assert!(host.has_package("xfsprogs"), "{step:?}");
            let before = host.formatted.insert(device.to_string(), uuid);
            assert!(before.is_none() || host.unfinished.remove(device.as_str()), "{step:?}");
        } else if step.title.starts_with("replace the brick ") {
            let [volume, old, new] = ["volume", "old", "new"].map(|name| value(command, name));
            self.change_bricks(&["volume", "replace-brick", &volume, &old, &new, "commit", "force"]);
        } else if let Success::Watch(_) = step.success {
            self.watch(step);
        } else if step.title == "take out the units and the names of the cluster's hosts" {
            change(&mut host.etc, command);
            host.enabled.clear();
            host.glusterd_runs = false;
        } else if step.title.starts_with("look whether ") || step.title.starts_with("clear what volume ") {
            self.look_at_brick(step);
        } else if step.title.starts_with("delete /") {
            assert!(!self.volumes.contains_key(&value(command, "volume")), "{step:?}");
            host.left.remove(&value(command, "brick"));
            host.brick_dirs.remove(&value(command, "brick"));
        } else if command.contains("\nunmount_idle ") {
            let target = words_after(command, "\nunmount_idle ").remove(0);
            host.mounted.retain(|line| line.target != target);
            host.immutable.remove(&target);
            if command.contains("$(mktemp ") {
                change(&mut host.etc, command);
            }
            if command.contains("systemctl -q disable ") {
                let service = words_after(command, "systemctl -q disable --now ").remove(0);
                assert!(host.enabled.remove(&service), "{step:?}");
            }
        } else if command.contains("$(mktemp ") {
            change(&mut host.etc, command);
        } else if let Some(packages) = step.title.strip_prefix("install ") {
            assert_eq!(values(command, "packages"), packages.split(", ").collect::<Vec<_>>());
            let packages = packages.split(", ");
            host.packages.extend(packages.map(|name| (name.to_owned(), INSTALLED)));
        } else if step.title == "finish the interrupted package installation" {
            host.packages.values_mut().for_each(|status| *status = INSTALLED);
        } else if command.starts_with("systemctl -q enable ") {
            let units = words_after(command, "systemctl -q enable ");
            assert!(units.iter().all(|unit| host.knows(unit)), "{step:?}");
            host.enabled.extend(units);
        } else if command.contains("chattr +i") {
            let points = values(command, "points");
            assert!(points.iter().all(|point| host.has_point(point)), "{step:?}");
            host.immutable.extend(points);
        } else if command.contains("systemctl enable --now glusterd") {
            assert!(host.has_package("glusterfs-server"), "{step:?}");
            host.enabled.insert(units::GLUSTERD.to_owned());
            host.glusterd_runs = true;
        } else if command.contains("start_mount \"$unit\" ") {
            self.mount(&step.host, &value(command, "unit"));
        } else if command.ends_with("peer probe \"$name\"") {
            assert!(host.glusterd_runs, "{step:?}");
            let other = HostName::parse(&value(command, "name")).unwrap();
            assert!(self.hosts[&other].glusterd_runs, "{step:?}");
            self.pool.extend([step.host.clone(), other]);
        } else if step.title.contains(" out of volume ") {
            let removal = words_after(&command.replace("'\\''", ""), "removal=");
            self.gluster(&step.host, &[removal, vec!["commit".to_owned()]].concat());
        } else if command.starts_with("gluster --mode=script --xml ") {
            assert!(host.glusterd_runs, "{step:?}");
            self.gluster(&step.host, &words_after(command, "gluster --mode=script --xml "));
        } else if step.title.starts_with("make the brick directory ") {
            assert!(host.mounted_at(&value(command, "target")).is_some(), "{step:?}");
            host.brick_dirs.extend(values(command, "directories"));
        } else if step.title.starts_with("check that the bricks of volume ") {
            self.look_at_bricks(step);
        } else if command.contains("findmnt -n -t fuse.glusterfs -M ") {
            assert!(host.mounted_at(&value(command, "path")).is_some(), "{step:?}");
            self.inside.extend(values(command, "directories"));
        } else {
            panic!("the cluster on paper does not know this command: {step:?}");
        }
    }

    /// Leaves what a step that is killed halfway leaves: a file is replaced as a whole or not at all, and so is a change in
    /// Gluster made.
    pub fn interrupt(&mut self, step: &Step) {
        let host = self.hosts.get_mut(&step.host).unwrap();
        if let Danger::Formats { device } = &step.danger {
            host.unfinished.insert(device.to_string());
            host.formatted.insert(device.to_string(), value(&step.command, "uuid"));
        } else if let Some(packages) = step.title.strip_prefix("install ") {
            let packages = packages.split(", ");
            host.packages
                .extend(packages.map(|name| (name.to_owned(), "half-configured")));
        }
    }

    /// `systemctl start` of a mount: mounts the file system or volume of the line in fstab, which must exist.
    fn mount(&mut self, name: &HostName, unit: &str) {
        let host = self.hosts.get_mut(name).unwrap();
        let mut lines = host.fstab().into_iter();
        let line = lines.find(|line| units::mount_unit(&line.target) == unit);
        let line = line.unwrap_or_else(|| panic!("{name}: {unit} is not in fstab"));
        match (line.source.strip_prefix("UUID="), line.source.split_once(":/")) {
            (Some(uuid), _) => assert!(host.formatted.values().any(|found| found == uuid), "{line:?}"),
            (_, Some((_, volume))) => {
                assert!(host.has_package("glusterfs-client"), "{line:?}");
                assert!(
                    self.volumes.get(volume).is_some_and(|volume| volume.started),
                    "{line:?}"
                );
            }
            _ => panic!("{line:?}"),
        }
        host.mounted.push(line);
    }

    fn gluster(&mut self, on: &HostName, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["peer", "status"] => {}
            ["volume", "create", name, rest @ ..] => self.create(on, name, rest),
            ["volume", "set", name, pairs @ ..] => {
                let volume = self.volumes.get_mut(*name).unwrap();
                for pair in pairs.chunks(2) {
                    volume.options.insert(pair[0].to_owned(), pair[1].to_owned());
                }
            }
            ["volume", "reset", name, key] => {
                let removed = self.volumes.get_mut(*name).unwrap().options.remove(*key);
                assert!(removed.is_some(), "{key} of {name} is not set");
            }
            ["volume", "quota", name, words @ ..] => self.quota(name, words),
            ["volume", "start", name] => self.volumes.get_mut(*name).unwrap().started = true,
            ["volume", "stop", name] => self.volumes.get_mut(*name).unwrap().started = false,
            ["volume", "delete", name] => {
                let deleted = self.volumes.remove(*name).unwrap();
                let users = self.hosts.values().flat_map(|host| &host.mounted);
                let mut users = users.filter(|line| line.source.ends_with(&format!(":/{name}")));
                assert!(!deleted.started && users.next().is_none(), "{name} is in use");
            }
            ["peer", "detach", name] => {
                let holds = |brick: &String| brick.starts_with(&format!("{name}:"));
                assert!(
                    !self.volumes.values().any(|volume| volume.bricks.iter().any(holds)),
                    "{name}"
                );
                assert!(self.pool.remove(&HostName::parse(name).unwrap()), "{name}");
            }
            words => self.change_bricks(words),
        }
    }
}

impl Machine {
    fn file(&self, path: &str) -> String {
        String::from_utf8(self.etc.read(path)).unwrap()
    }

    fn fstab(&self) -> Vec<FstabLine> {
        fstab(&self.file(FSTAB))
    }

    fn has_package(&self, name: &str) -> bool {
        self.packages.get(name) == Some(&INSTALLED)
    }

    /// Whether the mount point exists: the command that writes fstab makes the directories, too.
    fn has_point(&self, point: &str) -> bool {
        self.fstab().iter().any(|line| line.target == point)
    }

    /// Whether there is a file for the unit, or for the template of the unit.
    fn knows(&self, unit: &str) -> bool {
        let template = unit
            .split_once('@')
            .map_or(unit.to_owned(), |(name, _)| format!("{name}@.service"));
        !self.file(&format!("/etc/systemd/system/{template}")).is_empty()
    }

    fn mounted_at(&self, point: &str) -> Option<&FstabLine> {
        self.mounted.iter().find(|line| line.target == point)
    }
}

/// The words that follow `before` in a command, without their quotes; lines may be continued. No word of a plan's commands
/// holds a blank.
fn words_after(command: &str, before: &str) -> Vec<String> {
    let (_, rest) = command
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {command}"));
    let rest = rest.replace("\\\n", " ");
    let line = rest.lines().next().unwrap_or_default();
    let words = line.split(' ').filter(|word| !word.is_empty());
    words
        .map(|word| word.trim_matches(['\'', '"', ')']).to_owned())
        .collect()
}

/// The value that a command gives to a variable.
fn value(command: &str, name: &str) -> String {
    let (_, rest) = format!("\n{command}")
        .split_once(&format!("\n{name}="))
        .map(|(before, rest)| (before.to_owned(), rest.to_owned()))
        .unwrap_or_else(|| panic!("{name} is not set in {command}"));
    let quoted = rest.strip_prefix('\'').and_then(|rest| rest.split('\'').next());
    quoted.or(rest.lines().next()).unwrap_or_default().to_owned()
}

/// The items of a list that a command sets.
fn values(command: &str, name: &str) -> Vec<String> {
    value(command, name).lines().map(str::to_owned).collect()
}
