//! Bricks on file systems that somebody else mounts: what is planned for the pods of a StatefulSet.

use crate::support::answers::*;
use glusterctl::desired::Desired;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Plan;
use glusterctl::scripts::{FILE_SYSTEM, MARK_BRICK, Text};

const MOUNT: &str = "36 35 254:16 / /bricks/brick rw,relatime - ext4 /dev/vdb rw\n";

fn pods() -> Inventory {
    inventory::load(std::path::Path::new("tests/inventories/directories.yaml")).unwrap()
}

fn uuid(inventory: &Inventory, host: usize) -> String {
    Desired::of(inventory).hosts[host].bricks[0].uuid.clone()
}

/// Hosts without devices, which have mounted nothing.
fn answers(inventory: &Inventory) -> Vec<Answer> {
    let mut answers = all_blank(inventory);
    for answer in &mut answers {
        answer.retain(|name, _| !name.starts_with("device "));
        answer.insert("mount /srv/gluster/gv0".to_owned(), "kind=missing\n".to_owned());
    }
    answers
}

/// The plan of the first pod, for which the kubelet mounted this and which has this there; the answer has these lines more.
fn plan_of_pod(inventory: &Inventory, mountinfo: &str, claim: &str, more: &str) -> Plan {
    let mut answers = answers(inventory);
    let host = answers[0].get_mut("host").unwrap();
    *host = host.replace("init=systemd", "init=glusterctl") + "node=yes\n" + more;
    answers[0].insert("mountinfo".to_owned(), mountinfo.to_owned());
    answers[0].insert("claim /bricks/brick".to_owned(), claim.to_owned());
    let first = inventory.hosts[0].name.clone();
    let mut plan = planned(inventory, &answers);
    plan.steps.retain(|step| step.host == first);
    plan.problems
        .retain(|problem| problem.host.as_ref().is_none_or(|host| *host == first));
    plan
}

fn own_titles(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.title.clone()).collect()
}

const STATE: &str = "state=/bricks/brick/glusterd\n";

#[test]
fn an_empty_file_system_is_marked_and_neither_formatted_nor_mounted() {
    let inventory = pods();
    let plan = plan_of_pod(&inventory, MOUNT, "mark=\nholds=\n", STATE);
    assert_eq!(plan.problems.len(), 0, "{:?}", plan.problems);
    assert_eq!(
        own_titles(&plan),
        [
            "mark the file system at /bricks/brick as the brick's",
            "write /srv/gluster/gv0 to /run/glusterctl/fstab",
            "make /srv/gluster/gv0 immutable below the mount",
            "make the brick directory /bricks/brick/gv0",
            "bind /bricks/brick/glusterd over /var/lib/glusterd",
        ]
    );
    let mark = &plan.steps[0];
    assert!(
        mark.command.contains(&format!("\nuuid={}\n", uuid(&inventory, 0))),
        "{}",
        mark.command
    );
    let all: String = plan.steps.iter().map(|step| step.command.as_str()).collect();
    assert!(!all.contains("mkfs"), "{all}");
    // What the other steps write to has to be the marked file system.
    for step in &plan.steps[3..] {
        assert!(step.command.contains(&uuid(&inventory, 0)), "{}", step.command);
    }
}

#[test]
fn a_marked_file_system_is_the_brick_whatever_else_it_holds() {
    let inventory = pods();
    let claim = format!("mark={}\nholds=glusterd gv0\n", uuid(&inventory, 0));
    let plan = plan_of_pod(&inventory, MOUNT, &claim, &format!("{STATE}state_bound=yes\n"));
    assert_eq!(plan.problems.len(), 0, "{:?}", plan.problems);
    let titles = own_titles(&plan);
    assert!(
        !titles.iter().any(|title| title.contains("mark the file system")),
        "{titles:?}"
    );
    assert!(titles.contains(&"enable and start glusterd".to_owned()), "{titles:?}");
}

#[test]
fn what_is_not_the_bricks_own_file_system_is_refused_and_no_state_is_bound_to_it() {
    let inventory = pods();
    let other = format!("mark={}\nholds=glusterd gv0\n", uuid(&inventory, 1));
    let stranger = "mark=99999999-0000-5000-8000-000000000000\nholds=gv0\n".to_owned();
    let empty = "mark=\nholds=\n".to_owned();
    let of = |from: &str, to: &str| MOUNT.replace(from, to);
    let elsewhere = of("/bricks/brick", "/bricks");
    #[rustfmt::skip]
    let cases = [
        (MOUNT, &"mark=\nholds=theirs x\n".to_owned(), "is not empty: it holds theirs x\nhave an empty file system"),
        (MOUNT, &other, "holds the brick of /bricks/brick on gluster-1.gluster.storage.svc"),
        (MOUNT, &stranger, "holds a brick made by glusterctl, but not for here (UUID 99999999-0000-5000-8000-000000000000)"),
        (&of("ext4 /dev/vdb", "overlay overlay"), &empty, "overlay is mounted at /bricks/brick, and no brick is made on it"),
        (&of("ext4 /dev/vdb", "tmpfs tmpfs"), &empty, "known are xfs, ext4"),
        (&of("ext4 /dev/vdb", "nfs4 nas:/x"), &empty, "nfs4 is mounted at /bricks/brick"),
        (&of("rw,relatime", "ro,relatime"), &empty, "the file system at /bricks/brick is read-only"),
        (&of("/dev/vdb rw", "/dev/vdb ro"), &empty, "the file system at /bricks/brick is read-only"),
        (&elsewhere, &empty, "no file system is mounted at /bricks/brick\nhave a file system mounted"),
    ];
    for (mountinfo, claim, words) in cases {
        let plan = plan_of_pod(&inventory, mountinfo, claim, STATE);
        let told: Vec<String> = plan.problems.iter().map(|problem| problem.message()).collect();
        assert!(told.len() == 1 && told[0].contains(words), "{words}: {told:?}");
        let about: Vec<String> = own_titles(&plan)
            .into_iter()
            .filter(|title| title.contains("brick"))
            .collect();
        assert_eq!(about, Vec::<String>::new(), "{words}");
    }
}

#[test]
fn a_host_that_no_node_looks_after_is_refused() {
    let inventory = pods();
    let plan = planned(&inventory, &answers(&inventory));
    assert_eq!(plan.problems.len(), 3, "{:?}", plan.problems);
    let told = plan.problems[0].message();
    assert!(
        told.contains("no glusterctl node runs on the host") && told.contains("devices: [/dev/vdb]"),
        "{told}"
    );
}

/// A directory with programs that stand for the real ones: what is mounted, the mark, and what was done.
struct Stand(tempfile::TempDir);

impl Stand {
    fn new(kind: &str, mark: &str) -> Self {
        let stand = Stand(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(stand.0.path().join("claim")).unwrap();
        stand.program(
            "findmnt",
            &format!("case $* in *FSTYPE*) echo {kind} ;; *SOURCE*) echo /dev/none ;; *) echo 0:9 ;; esac"),
        );
        stand.program("getfattr", &format!("[ -z '{mark}' ] || printf %s '{mark}'"));
        for name in ["setfattr", "sync", "blkid"] {
            stand.program(
                name,
                &format!("echo {name} \"$@\" >>{}", stand.0.path().join("done").display()),
            );
        }
        stand
    }

    fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn claim(&self) -> String {
        self.0.path().join("claim").display().to_string()
    }

    /// Whether a script succeeds; what it says, and what was done.
    fn runs(&self, script: &str) -> (bool, String, String) {
        let path = format!("{}:{}", self.0.path().display(), std::env::var("PATH").unwrap());
        let mut sh = std::process::Command::new("sh");
        let output = sh.arg("-euc").arg(script).env("PATH", path).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let done = std::fs::read_to_string(self.0.path().join("done")).unwrap_or_default();
        (output.status.success(), said, done)
    }

    fn marks(&self) -> (bool, String, String) {
        let values = [
            ("target", self.claim()),
            ("kind", "ext4".to_owned()),
            ("uuid", "u1".to_owned()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.runs(&MARK_BRICK.with(&values))
    }
}

#[test]
fn only_an_empty_file_system_is_marked_after_the_last_look() {
    let stand = Stand::new("ext4", "");
    let claim = stand.claim();
    std::fs::create_dir(format!("{claim}/lost+found")).unwrap();
    let (is_done, said, done) = stand.marks();
    assert!(is_done, "{said}");
    assert_eq!(
        done,
        format!("setfattr -n trusted.glusterctl.brick -v u1 {claim}\nsync -f {claim}\n")
    );
    for file in ["theirs", ".hidden", "lost+found/#12"] {
        let stand = Stand::new("ext4", "");
        std::fs::create_dir(format!("{}/lost+found", stand.claim())).unwrap();
        std::fs::write(format!("{}/{file}", stand.claim()), "").unwrap();
        let (is_done, said, done) = stand.marks();
        let name = file.rsplit('/').next().unwrap();
        assert!(
            !is_done && said.contains(&format!("it holds {name}; nothing was marked")),
            "{said}"
        );
        assert_eq!(done, "");
    }
    for (kind, mark, words) in [
        ("overlay", "", "overlay is mounted there"),
        ("", "", "no file system is mounted there"),
        ("ext4", "u2", "it is marked as u2"),
    ] {
        let (is_done, said, done) = Stand::new(kind, mark).marks();
        assert!(
            !is_done && said.contains(words) && done.is_empty(),
            "{words}: {said}{done}"
        );
    }
}

#[test]
fn a_mark_is_a_bricks_identity_for_every_script() {
    let holds = |mark: &str| {
        let stand = Stand::new("ext4", mark);
        let asked = format!("holds {} u1 || {{ echo \"$wrong\" >&2; exit 1; }}", stand.claim());
        stand.runs(&Text::default().then(&[&FILE_SYSTEM], &[]).command(&asked).end())
    };
    assert!(holds("u1").0);
    for other in ["u2", ""] {
        let (is_ours, said, _) = holds(other);
        assert!(!is_ours && said.contains("is not the file system u1"), "{said}");
    }
}
