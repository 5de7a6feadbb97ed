//! Scripts that run on nodes, in a directory that stands for a node, with a `gluster` that says what a test wants.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use glusterctl::scripts::{
    BRICK_LINES, BRICK_RUNS, BRICKS_DOWN, HEAL, HEAL_AFTER_START, HEAL_AGE, HEAL_GATE, PEER_NAMES, Template, Text,
    WAIT_FOR_BRICKS,
};

struct Node {
    root: TempDir,
}

impl Node {
    fn new() -> Self {
        Node {
            root: TempDir::new().unwrap(),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn directory(&self, path: &str) {
        fs::create_dir_all(self.path(path)).unwrap();
    }

    /// A command that a script may call.
    fn command(&self, name: &str, text: &str) {
        self.write(&format!("/bin/{name}"), &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.path(&format!("/bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What a script prints that runs a template and then a command.
    fn says(&self, template: &Template, command: &str) -> String {
        self.runs(&Text::default().then(&[template], &[]).command(command).end())
    }

    fn runs(&self, text: &str) -> String {
        let root = self.root.path().to_str().unwrap();
        let mut text = text.to_owned();
        for directory in ["/var/lib", "/run/", "/etc/", "/proc/uptime", "/proc/${"] {
            text = text.replace(directory, &format!("{root}{directory}"));
        }
        let path = format!("{root}/bin:{}", std::env::var("PATH").unwrap());
        let mut sh = Command::new("sh");
        // A unit's script sets its own options.
        let options = if text.contains("\nset -u\n") { "-c" } else { "-euc" };
        let output = sh.arg(options).arg(text).env("PATH", path).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {stderr}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// A brick of a host, and the process that runs the brick.
    fn brick(&self, host: &str, dir: &str, volume: &str, process: Option<(u32, &str)>) {
        let name = dir.trim_start_matches('/').replace('/', "-");
        self.write(
            &format!("/var/lib/glusterd/vols/{volume}/bricks/{host}:-{name}"),
            &format!("uuid={host}\nhostname={host}\npath={dir}\nreal_path={dir}\nlisten-port=49152\n"),
        );
        if let Some((pid, program)) = process {
            self.write(
                &format!("/run/gluster/vols/{volume}/{host}-{name}.pid"),
                &format!("{pid}\n"),
            );
            self.write(&format!("/proc/{pid}/comm"), &format!("{program}\n"));
        }
    }
}

#[test]
fn bricks_that_share_a_process_run_and_a_brick_whose_process_is_gone_does_not() {
    let node = Node::new();
    assert_eq!(node.says(&BRICK_RUNS, "running_bricks"), "", "no volume");
    let shared = Some((7, "glusterfsd"));
    node.brick("kube-1", "/bricks/b-1/gv0", "gv0", shared);
    node.brick("kube-1", "/bricks/b-1/gv1", "gv1", shared);
    node.brick("kube-2", "/bricks/b-1/gv1", "gv1", None);
    node.brick("kube-1", "/bricks/b/reused", "gv2", Some((8, "sshd")));
    node.brick("kube-1", "/bricks/b/killed", "gv2", Some((9, "glusterfsd")));
    fs::remove_file(node.path("/proc/9/comm")).unwrap();
    assert_eq!(
        node.says(&BRICK_RUNS, "running_bricks"),
        "/bricks/b-1/gv0\n/bricks/b-1/gv1\n"
    );
    let asked = "/bricks/b-1/gv1\n/bricks/b-1/gv\n/bricks/b/killed";
    let down = node.runs(&BRICKS_DOWN.with(&[("bricks", asked)]));
    assert_eq!(down, "/bricks/b-1/gv\n/bricks/b/killed\n");
    assert_eq!(node.runs(&BRICKS_DOWN.with(&[("bricks", "")])), "");
    for asked in ["/bricks/b-1/gv0", "/bricks/b-1/gv"] {
        let runs = node.says(
            &BRICK_RUNS,
            &format!("if brick_runs {asked}; then echo yes; else echo no; fi"),
        );
        assert_eq!(runs == "yes\n", asked.ends_with("gv0"), "{asked}");
    }
}

#[test]
fn bricks_are_waited_for_until_glusterd_has_heard_from_those_that_have_a_process() {
    let node = Node::new();
    let (late, other, down) = ("/bricks/a/gv0", "/bricks/b/gv0", "/bricks/c/gv0");
    node.brick("kube1", late, "gv0", Some((7, "glusterfsd")));
    node.brick("kube1", other, "gv0", Some((8, "glusterfsd")));
    node.brick("kube1", down, "gv0", None);
    let brick = |at, dir, heard| {
        format!("Volume1.Brick{at}.path: 2001:db8::1:{dir}\nVolume1.Brick{at}.port_registered: {heard}\n")
    };
    let state = |heard| brick(1, late, heard) + &brick(2, other, 1) + &brick(3, down, 0);
    let root = node.root.path().display().to_string();
    // `gluster --mode=script get-state glusterd odir DIRECTORY file NAME`
    node.command("gluster", &format!("cp {root}/said $5/$7"));
    node.command(
        "sleep",
        &format!("echo slept >>{root}/slept; cp {root}/then {root}/said"),
    );
    let waits = |first: &str, then: &str, bricks: &str| {
        for (name, text) in [("/said", first), ("/then", then), ("/slept", "")] {
            node.write(name, text);
        }
        let script = Text::default().then(&[&WAIT_FOR_BRICKS], &[("bricks", bricks)]);
        let said = node.runs(&script.command("wait_for_bricks 2>&1 || :").end());
        let slept = fs::read_to_string(node.path("/slept")).unwrap().lines().count();
        (slept, said)
    };
    let both = format!("{late}\n{other}");
    assert_eq!(waits(&state(1), "", &both), (0, String::new()));
    assert_eq!(waits(&state(0), &state(1), &both), (1, String::new()));
    assert_eq!(waits(&state(0), "", other), (0, String::new()), "not asked for");
    // The next round sees a brick that has no process after 10 s.
    assert_eq!(waits(&state(1), &state(1), down), (100, String::new()));
    // An older or newer glusterd may say something else.
    assert_eq!(waits("", "", &both), (0, String::new()));
    let (slept, said) = waits(&state(0), &state(0), &both);
    assert_eq!(slept, 150);
    assert!(
        said.contains(&format!("the process of the brick {late}, so that")),
        "{said}"
    );
}

#[test]
fn the_file_systems_of_bricks_are_those_that_glusterd_waits_for() {
    let node = Node::new();
    node.write(
        "/etc/fstab",
        "UUID=9c1d / ext4 defaults 0 1\n\
         UUID=\"F19E\" /bricks/vdb xfs noatime,nofail,x-systemd.before=glusterd.service 0 0\n\
         # UUID=f19f /bricks/vdc xfs x-systemd.before=glusterd.service 0 0\n\
         localhost:/gv0 /data glusterfs x-systemd.after=glusterd.service 0 0\n",
    );
    assert_eq!(node.says(&BRICK_LINES, "brick_lines"), "f19e /bricks/vdb\n");
}

/// What `heal gv0` says if Gluster lists so many entries for each of these bricks (none: the brick is not connected), and
/// starts a heal or refuses; and whether the heal was asked for.
fn heal(bricks: &[(&str, Option<u32>)], launch: &str) -> (String, bool) {
    let node = Node::new();
    let info: String = bricks
        .iter()
        .map(|(brick, entries)| match entries {
            Some(entries) => format!("Brick {brick}\n/file\nStatus: Connected\nNumber of entries: {entries}\n\n"),
            None => format!("Brick {brick}\nStatus: Transport endpoint is not connected\nNumber of entries: -\n\n"),
        })
        .collect();
    node.write("/info", &info);
    let root = node.root.path().display();
    node.command(
        "gluster",
        &format!("case $* in *info) cat {root}/info ;; *) touch {root}/asked; {launch} ;; esac"),
    );
    (node.says(&HEAL, "heal gv0"), node.path("/asked").exists())
}

#[test]
fn a_heal_is_started_if_anything_is_left_to_heal_and_what_came_of_it_is_said() {
    let (one, two) = ("kube1:/bricks/vdb/gv0", "kube2:/bricks/vdb/gv0");
    let started = "echo Launching heal operation has been successful";
    let (said, asked) = heal(&[(one, Some(0)), (two, Some(0))], started);
    assert!(said.starts_with("healed volume gv0: ") && !asked, "{said}");
    let (said, asked) = heal(&[(one, Some(12)), (two, Some(3))], started);
    assert!(
        said.starts_with("heals volume gv0: ") && said.contains("list 15 entries") && asked,
        "{said}"
    );
    let refused = "echo Another transaction is in progress; exit 1";
    let (said, _) = heal(&[(one, Some(12)), (two, Some(0))], refused);
    assert!(
        said.starts_with("fails volume gv0: ") && said.contains("Another transaction"),
        "{said}"
    );
    let (said, asked) = heal(&[(one, Some(12)), (two, None)], refused);
    assert!(said.starts_with("waits volume gv0: ") && asked, "{said}");
    assert!(
        said.contains(&format!("does not reach {two}; the other bricks list 12 entries")),
        "{said}"
    );
    let (said, asked) = heal(&[(one, Some(0)), (two, None)], started);
    assert!(said.starts_with("waits volume gv0: ") && !asked, "{said}");

    let node = Node::new();
    node.command("gluster", "echo Connection failed. >&2; exit 1");
    let said = node.says(&HEAL, "heal gv0");
    assert!(
        said.starts_with("fails volume gv0: ") && said.contains("Connection failed."),
        "{said}"
    );
}

/// What gluster-heal.service says on kube1, with a brick of gv0 on kube1 and on kube2; seconds pass as `sleep` is called.
fn after_start(node: &Node, status: u8) -> String {
    node.write("/proc/uptime", "100.5 3\n");
    node.write("/etc/fstab", "");
    node.write(
        "/var/lib/glusterd/glusterd.info",
        "UUID=kube1\noperating-version=100000\n",
    );
    node.write("/var/lib/glusterd/peers/2", "uuid=2\nstate=3\nhostname1=kube2\n");
    node.write(
        "/var/lib/glusterd/vols/gv0/info",
        &format!("type=2\nstatus={status}\nreplica_count=2\nvolume-id=99\n"),
    );
    node.brick("kube2", "/bricks/vdb/gv0", "gv0", None);
    let uptime = node.path("/proc/uptime");
    node.command(
        "sleep",
        &format!(
            "read -r now _ <{0}; echo \"$((${{now%.*}} + $1)).5 3\" >{0}",
            uptime.display()
        ),
    );
    node.runs(&HEAL_AFTER_START.with(&[]))
}

#[test]
fn after_a_start_of_glusterd_heals_are_started_until_nothing_is_left() {
    let node = Node::new();
    node.brick("kube1", "/bricks/vdb/gv0", "gv0", Some((7, "glusterfsd")));
    let root = node.root.path().display();
    // Each time that a heal is started, one entry of four is healed.
    node.write("/left", "4\n");
    let gluster = format!(
        "read -r left <{root}/left
         case $* in
         *info) printf 'Brick kube1:/b\\nStatus: Connected\\nNumber of entries: %s\\n' $left ;;
         *) echo $((left - 1)) >{root}/left ;;
         esac"
    );
    node.command("gluster", &gluster);
    let said = after_start(&node, 1);
    assert_eq!(said.lines().count(), 5, "{said}");
    assert!(said.lines().nth(3).unwrap().contains("they list 1 entries"), "{said}");
    assert!(
        said.ends_with("all bricks of this node run, and nothing was left to heal for a minute\n"),
        "{said}"
    );
    let uptime = fs::read_to_string(node.path("/proc/uptime")).unwrap();
    assert_eq!(uptime, "175.5 3\n");
    // Nothing is asked about a volume that is stopped.
    node.command("gluster", "echo asked >&2; exit 1");
    assert_eq!(after_start(&node, 2).lines().count(), 1);
}

#[test]
fn a_brick_is_started_only_with_company_and_nothing_goes_on_for_ever() {
    let node = Node::new();
    node.brick("kube1", "/bricks/vdb/gv0", "gv0", None);
    let root = node.root.path().display();
    let gluster = |connected: &str| {
        format!(
            "case $* in
             'peer '*|*pool*) printf 'UUID Hostname State\\n1 localhost Connected\\n2 kube2 {connected}\\n' ;;
             *info) printf 'Brick kube1:/b\\nStatus: gone\\nNumber of entries: -\\n' ;;
             *) echo \"$*\" >>{root}/asked ;;
             esac"
        )
    };
    node.command("gluster", &gluster("Disconnected"));
    let said = after_start(&node, 1);
    assert!(
        said.starts_with("volume gv0: no process runs for the brick /bricks/vdb/gv0\n"),
        "{said}"
    );
    assert!(said.contains("Gluster does not reach kube1:/b"), "{said}");
    assert!(said.lines().last().unwrap().starts_with("900 s have passed"), "{said}");
    let uptime = fs::read_to_string(node.path("/proc/uptime")).unwrap();
    let end: u32 = uptime.split('.').next().unwrap().parse().unwrap();
    assert!((1_000..1_200).contains(&end), "{uptime}");
    // With a peer, the brick's file system is looked for before anything is started.
    node.command("gluster", &gluster("Connected"));
    let brick = node.path("/b/gv0");
    node.directory("/b/gv0");
    let definition = node.path("/var/lib/glusterd/vols/gv0/bricks/kube1:-bricks-vdb-gv0");
    fs::write(definition, format!("uuid=kube1\npath={}\n", brick.display())).unwrap();
    let said = after_start(&node, 1);
    assert!(said.contains("does not belong to volume gv0"), "{said}");
    assert!(said.contains("the brick is left alone"), "{said}");
    assert!(!node.path("/asked").exists(), "{said}");
}

#[test]
fn the_age_of_the_oldest_entry_is_the_time_since_its_file_changed() {
    const FILE: &str = "aabb0000-0000-4000-8000-000000000001";
    const LINK: &str = "ccdd0000-0000-4000-8000-000000000002";
    const DIRECTORY: &str = "eeff0000-0000-4000-8000-000000000003";
    let node = Node::new();
    let brick = node.path("/b").display().to_string();
    let age = || node.says(&HEAL_AGE, &format!("heal_age '{brick}'"));
    // The script may take a while on a busy machine.
    let is_age_of = |path: &str| {
        let changed = node.path(path).symlink_metadata().unwrap().ctime();
        let now = || rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec;
        let (begun, age, ended) = (now(), age(), now());
        let seconds: i64 = age.trim().parse().unwrap();
        assert!(
            (begun - changed..=ended - changed).contains(&seconds),
            "{path}: {age:?} is not the time from {changed} to {begun} or {ended}"
        );
    };
    assert_eq!(age(), "");
    let base = "/b/.glusterfs/indices/xattrop/xattrop-00000000-0000-4000-8000-000000000009";
    node.write(base, "");
    node.directory("/b/.glusterfs/indices/dirty");
    assert_eq!(age(), "");
    let entry = |list: &str, id: &str| {
        let path = node.path(&format!("/b/.glusterfs/indices/{list}/{id}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::hard_link(node.path(base), path).unwrap();
    };
    // A symbolic link of a user's leads to a file that is no entry, and a directory's link to the directory.
    node.directory("/b/directory");
    node.directory("/b/.glusterfs/ee/ff");
    symlink(
        "../../../directory",
        node.path(&format!("/b/.glusterfs/ee/ff/{DIRECTORY}")),
    )
    .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    node.write("/b/.glusterfs/aa/bb/aabb0000-0000-4000-8000-000000000001", "");
    node.directory("/b/.glusterfs/cc/dd");
    symlink("../../../directory", node.path("/b/link")).unwrap();
    fs::hard_link(node.path("/b/link"), node.path(&format!("/b/.glusterfs/cc/dd/{LINK}"))).unwrap();
    entry("xattrop", FILE);
    entry("dirty", LINK);
    is_age_of("/b/.glusterfs/aa/bb/aabb0000-0000-4000-8000-000000000001");
    entry("xattrop", DIRECTORY);
    is_age_of("/b/directory");
}

/// What keeps volume gv0 from losing redundancy, by what Gluster says of its heals and of its clients.
fn gate_says(heal: &str, clients: &str, info: &str) -> Vec<String> {
    let node = Node::new();
    node.write("/var/lib/glusterd/vols/gv0/info", info);
    node.write("/heal", heal);
    node.write("/clients", clients);
    let root = node.root.path().display().to_string();
    let answers = "case $* in *heal*) cat ROOT/heal ;; *clients) cat ROOT/clients ;; esac";
    node.command("gluster", &answers.replace("ROOT", &root));
    let said = node.says(&HEAL_GATE, "gate_words gv0");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn the_gate_is_open_only_if_all_bricks_are_connected_and_healed_and_seen_by_all_clients() {
    let (clean, pending) = (
        include_str!("../captures/volume-heal-info-clean.txt"),
        include_str!("../captures/volume-heal-info-pending.txt"),
    );
    let clients = include_str!("../captures/volume-status-clients.xml");
    let (replicate, distribute) = (
        "replica_count=3\ndisperse_count=0\n",
        "replica_count=1\ndisperse_count=0\n",
    );
    let none = Vec::<String>::new();
    assert_eq!(gate_says(clean, clients, replicate), none);
    // Nothing of a distributed volume heals, and Gluster refuses to tell of its heals.
    assert_eq!(gate_says(pending, clients, distribute), none);
    assert_eq!(
        gate_says(pending, clients, replicate),
        [
            "volume gv0: brick n1:/bricks/b1/gv0 lists 33 entries to heal",
            "volume gv0: brick n2:/bricks/b1/gv0 lists 33 entries to heal",
            "volume gv0: Gluster does not reach brick n3:/bricks/b1/gv0",
        ]
    );
    // Of the two clients on a host, one has lost sight of a brick.
    let lost = clients.replace("<hostname>10.78.0.11:49129</hostname>", "");
    let sentence = "volume gv0: a client on 10.78.0.11 is not connected to brick n3:/bricks/b1/gv0";
    assert_eq!(gate_says(clean, &lost, replicate), [sentence]);
    // A bit-rot daemon has one more connection to the brick of its own host.
    assert_eq!(
        gate_says(clean, &lost, &format!("{replicate}features.bitrot=on\n")),
        none
    );
    let down = clients.replacen("<status>1</status>", "<status>0</status>", 1);
    let sentence = "volume gv0: brick n1:/bricks/b1/gv0 does not run";
    assert_eq!(gate_says(clean, &down, distribute), [sentence]);
    let refused = "<cliOutput>\n<opRet>-1</opRet>\n<opErrstr>Volume gv0 is not started</opErrstr>\n</cliOutput>";
    assert_eq!(
        gate_says("", refused, replicate),
        [
            "volume gv0: Gluster names no brick",
            "volume gv0: gluster volume status gv0 clients: Volume gv0 is not started",
        ]
    );
}

#[test]
fn in_the_definition_of_a_peer_the_name_goes_first_and_addresses_go_while_glusterd_is_stopped() {
    let node = Node::new();
    let peer = "/var/lib/glusterd/peers/u2";
    let other = "/var/lib/glusterd/peers/u3";
    let known = "uuid=u3\nstate=3\nhostname1=kube3\n";
    node.write(
        peer,
        "uuid=u2\nstate=3\nhostname1=198.51.100.12\nhostname2=kube2.long\nhostname3=kube2\n",
    );
    node.write(other, known);
    node.command(
        "systemctl",
        "echo \"$* $(grep -c 198 ROOT)\""
            .replace("ROOT", &node.path(peer).display().to_string())
            .as_str(),
    );
    let said = node.runs(&PEER_NAMES.with(&[("peers", "u2 kube2\ngone kube9")]));
    assert_eq!(said, "stop glusterd 1\nstart glusterd 0\n");
    let read = |path: &str| fs::read_to_string(node.path(path)).unwrap();
    assert_eq!(read(peer), "uuid=u2\nstate=3\nhostname1=kube2\nhostname2=kube2.long\n");
    assert_eq!(read(other), known);
    assert!(!node.path("/var/lib/glusterd/peers/gone").exists());
}
