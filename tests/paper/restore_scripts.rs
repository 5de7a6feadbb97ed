//! The script that brings a volume back to a snapshot, with the real rsync between two directories; gluster, mount and umount
//! are fakes (tests/support/fake-gluster): this machine's kernel may have no device-mapper for snapshots.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use glusterctl::scripts::RESTORE_SNAPSHOT;

/// What the snapshot holds, and what the volume holds since.
const FILES: &str = r#"
mkdir -p snapshot/same snapshot/lost/deep "snapshot/odd *[x]
 name" snapshot/new-owner volume/newer/deep volume/.trashcan/x volume/.glusterfs-anonymous-inode-1
for at in snapshot volume; do
    mkdir -p $at/.meta/graphs/active/$at-client-0 $at/.meta/graphs/active/$at-client-1
    for brick in 0 1; do printf '[x]\nconnected = 1\n' >$at/.meta/graphs/active/$at-client-$brick/private; done
done
echo one >snapshot/one && ln snapshot/one snapshot/lost/hard && ln -s ../one snapshot/lost/soft && ln -s nowhere snapshot/dead
echo same >snapshot/same/file && cp -a snapshot/same volume/
echo old >snapshot/changed && echo changed >volume/changed
printf 12 >snapshot/quick && printf 34 >volume/quick
touch -d '2026-11-26 12:00:00.25' snapshot/quick && touch -d '2026-11-26 12:00:00.75' volume/quick
echo x >"snapshot/odd *[x]
 name/-ü" && mkfifo snapshot/fifo && truncate -s 3M snapshot/sparse
echo y >snapshot/mode && cp -a snapshot/mode volume/ && chmod 4711 snapshot/mode
mkdir snapshot/was-directory && echo a >snapshot/was-directory/a && echo b >volume/was-directory
echo c >snapshot/was-file && mkdir -p volume/was-file/deep && echo d >volume/was-file/deep/d
echo trash >volume/.trashcan/x/file && echo new >volume/newer/deep/file && ln volume/changed volume/newer/linked
"#;

struct Stage {
    root: TempDir,
}

impl Stage {
    fn new() -> Self {
        // The script wants paths without symbolic links.
        let root = TempDir::new_in(fs::canonicalize(std::env::temp_dir()).unwrap()).unwrap();
        let stage = Stage { root };
        fs::create_dir(stage.path("bin")).unwrap();
        let fake = fs::canonicalize("tests/support/fake-gluster").unwrap();
        for name in ["gluster", "mount", "umount", "lvs", "sleep", "rsync"] {
            symlink(&fake, stage.path(&format!("bin/{name}"))).unwrap();
        }
        stage.write("state", "Stopped\n");
        stage.write("mountinfo", "");
        stage.write("lvs", "  1000000000 10.00\n");
        let made = stage.sh(FILES);
        assert!(made.status.success(), "{made:?}");
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn sh(&self, text: &str) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut sh = Command::new("sh");
        sh.args(["-euc", text]).env("PATH", path).env("FAKE", self.root.path());
        sh.env("LC_ALL", "C").current_dir(self.root.path()).output().unwrap()
    }

    fn run(&self, mode: &str, path: &str) -> Output {
        let values = [
            ("volume", "gv0"),
            ("snapshot", "s1"),
            ("path", path),
            ("mode", mode),
            ("pools", "g/pool"),
        ];
        let text = RESTORE_SNAPSHOT.with(&values);
        let text = text.replace("/run/glusterctl.restore", self.path("place").to_str().unwrap());
        let text = text.replace("/proc/self/mountinfo", self.path("mountinfo").to_str().unwrap());
        let output = self.sh(&text);
        self.write("last", &String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Everything below a directory, with kind, mode, target, time, number of links and content.
    fn tree(&self, directory: &str) -> String {
        let find = format!(
            "cd {directory} && find . -path ./.meta -prune -o -printf '%p %y %m %l %T@ ' \\( -type f -printf '%n ' -exec sh \
             -c 'sha256sum <\"$1\"' sh {{}} \\; -o -printf '\\n' \\) | sort"
        );
        let output = self.sh(&find);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the volume holds, without what is Gluster's own.
    fn volume(&self) -> String {
        let lines = self.tree("volume");
        let own = |line: &&str| !line.starts_with("./.trashcan") && !line.starts_with("./.glusterfs");
        lines.lines().filter(own).map(|line| format!("{line}\n")).collect()
    }

    /// Nothing is mounted, the snapshot is as before, and no trace is left.
    fn is_left(&self, state: &str) {
        assert!(!self.path("place").exists(), "{}", self.read("last"));
        assert_eq!(
            (self.read("state").trim(), self.read("mountinfo").as_str()),
            (state, "")
        );
    }
}

/// What a run that has to fail says.
fn refused(stage: &Stage, path: &str) -> String {
    let before = stage.tree("volume");
    let output = stage.run("copy", path);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(stage.tree("volume"), before, "nothing was changed");
    stage.read("last")
}

#[test]
fn the_volume_holds_exactly_what_the_snapshot_holds_and_the_snapshot_rests_again() {
    let stage = Stage::new();
    // Not every file system of a temporary directory has extended attributes.
    let attributes = "setfattr -n user.a -v 1 snapshot/same/file && setfattr -n user.b -v 2 volume/same/file";
    let has_attributes = stage.sh(attributes).status.success();
    let output = stage.run("copy", "/");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stage.volume(), stage.tree("snapshot"));
    assert!(
        stage.path("volume/.trashcan/x/file").exists() && stage.path("volume/.glusterfs-anonymous-inode-1").exists()
    );
    stage.is_left("Stopped");
    let log = stage.read("log");
    assert_eq!(
        log.lines().collect::<Vec<_>>(),
        [
            "activate s1",
            "mount ro,acl localhost:/snaps/s1/gv0",
            "mount acl localhost:/gv0",
            "umount volume",
            "umount snapshot",
            "deactivate s1"
        ]
    );
    if has_attributes {
        let told = stage.sh("cd volume && getfattr -d same/file");
        assert_eq!(
            String::from_utf8(told.stdout).unwrap(),
            "# file: same/file\nuser.a=\"1\"\n\n"
        );
    }
    let again = stage.run("copy", "/");
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(
        said.starts_with("0 are missing, 0 have other content, 0 have other attributes, 0 go (0 bytes"),
        "{said}"
    );
}

#[test]
fn a_preview_lists_every_change_and_changes_nothing() {
    let stage = Stage::new();
    stage.write("state", "Started\n");
    let before = stage.tree("volume");
    let output = stage.run("preview", "/");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stage.tree("volume"), before);
    stage.is_left("Started");
    assert!(
        !stage.read("log").contains("activate"),
        "it was active before, and stays so"
    );
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<&str> = said.lines().collect();
    let total = lines.pop().unwrap();
    for wanted in [
        "~ changed",
        "~ quick",
        ". mode",
        "+ one => lost/hard",
        "+ lost/soft -> ../one",
        "+ odd *[x]\\#012 name/-ü",
        "- newer/deep/file",
        "- newer/linked",
        "+ was-directory/a",
        "- was-file/deep/d",
    ] {
        assert!(lines.contains(&wanted), "{wanted}\n{said}");
    }
    assert!(!said.contains("trashcan") && !said.contains("same/"), "{said}");
    let count = |sign: &str| lines.iter().filter(|line| line.starts_with(sign)).count();
    let told = format!(
        "{} are missing, {} have other content, {} have other attributes, {} go (",
        count("+"),
        count("~"),
        count("."),
        count("-")
    );
    assert!(total.starts_with(&told), "{told}\n{said}");
}

#[test]
fn only_a_part_comes_back_and_never_through_a_symbolic_link() {
    let stage = Stage::new();
    let before = stage.tree("volume");
    for path in ["/lost", "/changed", "/odd *[x]\n name/-ü"] {
        let output = stage.run("copy", path);
        let is_there = !path.starts_with("/odd");
        assert_eq!(output.status.success(), is_there, "{path}: {output:?}");
    }
    assert!(
        stage.read("last").contains("bring back a directory above"),
        "{}",
        stage.read("last")
    );
    let now = stage.tree("volume");
    let rest = |tree: &str| -> Vec<String> {
        let other = |line: &&str| {
            let parts = ["./lost", "./changed", "./newer/linked", ". "];
            !parts.iter().any(|part| line.starts_with(part))
        };
        tree.lines().filter(other).map(str::to_owned).collect()
    };
    assert_eq!(rest(&now), rest(&before));
    assert_eq!(stage.read("volume/changed"), "old\n");
    assert!(stage.path("volume/lost/deep").is_dir() && stage.path("volume/lost/soft").is_symlink());
    assert!(refused(&stage, "/nothing").contains("the snapshot has no /nothing"));
    assert!(refused(&stage, "/was-file").contains("no directory in the snapshot, directory in the volume"));
    // Links in the volume lead to the hosts' own files.
    let linked = stage.sh("mkdir outside outside/deep && rm -r volume/lost && ln -s \"$PWD/outside\" volume/lost && ln -s \"$PWD/outside\" volume/one");
    assert!(linked.status.success());
    for path in ["/lost", "/lost/deep", "/lost/hard", "/one"] {
        refused(&stage, path);
    }
    assert_eq!(fs::read_dir(stage.path("outside")).unwrap().count(), 1);
    stage.is_left("Stopped");
}

#[test]
fn nothing_is_copied_while_a_brick_or_the_room_is_missing() {
    let stage = Stage::new();
    for at in ["snapshot", "volume"] {
        let client = format!("{at}/.meta/graphs/active/{at}-client-1/private");
        stage.write(&client, "[x]\nconnected = 0\n");
        let said = refused(&stage, "/");
        assert!(
            said.contains(&format!("is not connected to a brick ({at}-client-1)")),
            "{said}"
        );
        stage.write(&client, "[x]\nconnected = 1\n");
        stage.is_left("Stopped");
    }
    stage.write("lvs", "  1000000000 89.99\n");
    let said = refused(&stage, "/");
    assert!(
        said.contains("bytes come back, and there is room for 100000: make room"),
        "{said}"
    );
    stage.write("lvs", "\n");
    assert!(refused(&stage, "/").contains("LVM does not tell how full g/pool is"));
    stage.write("status", "<statusStr>in progress</statusStr>");
    assert!(refused(&stage, "/").contains("Gluster moves files between bricks"));
    stage.is_left("Stopped");
    fs::remove_file(stage.path("status")).unwrap();
    fs::remove_file(stage.path("state")).unwrap();
    assert!(refused(&stage, "/").contains("does not exist"));
}

#[test]
fn a_brick_that_is_lost_during_the_copy_takes_no_file_with_it() {
    let stage = Stage::new();
    let lost = "rm \"$place/snapshot/one\"; \
                printf 'connected = 0\\n' >\"$place/snapshot/.meta/graphs/active/snapshot-client-0/private\"";
    stage.write("at-copy", lost);
    stage.write("volume/one", "is in the snapshot, too\n");
    let output = stage.run("copy", "/");
    assert!(!output.status.success(), "{output:?}");
    let last = stage.read("last");
    assert!(
        last.contains("is not connected to a brick (snapshot-client-0)"),
        "{last}"
    );
    assert!(stage.path("volume/one").exists() && stage.path("volume/newer/linked").exists());
    assert!(stage.path("volume/was-file").is_file(), "what is certain came back");
    stage.is_left("Stopped");
}

#[test]
fn whatever_interrupts_the_copy_the_next_run_carries_on_and_clears_up() {
    for (event, status) in [
        ("kill -9 $script", None),
        ("kill -TERM $script; exit 1", Some(143)),
        ("exit 23", Some(23)),
    ] {
        let stage = Stage::new();
        stage.write("at-copy", event);
        let output = stage.run("copy", "/");
        assert_eq!(output.status.code(), status, "{event}: {output:?}");
        fs::remove_file(stage.path("at-copy")).unwrap();
        match status {
            // Nothing could clear up.
            None => assert!(stage.path("place/volume/changed").exists() && stage.read("state") == "Started\n"),
            Some(_) => stage.is_left("Stopped"),
        }
        let output = stage.run("copy", "/");
        assert!(output.status.success(), "{event}: {output:?}");
        assert_eq!(stage.volume(), stage.tree("snapshot"));
        stage.is_left("Stopped");
    }
}

#[test]
fn what_others_write_meanwhile_is_told_and_no_more_is_removed_than_was_counted() {
    let stage = Stage::new();
    let counted = stage.run("preview", "/").stdout;
    let counted = String::from_utf8(counted)
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("- "))
        .count();
    // Newer files beyond those that were counted.
    stage.write(
        "at-copy",
        "for i in 1 2 3; do echo $i >\"$place/volume/meanwhile-$i\"; done",
    );
    let output = stage.run("copy", "/");
    assert!(!output.status.success(), "{output:?}");
    assert!(stage.read("last").contains("--max-delete"), "{}", stage.read("last"));
    let left = stage
        .sh("cd volume && { find newer was-file; ls meanwhile-*; } 2>/dev/null | wc -l")
        .stdout;
    let left: usize = String::from_utf8(left).unwrap().trim().parse().unwrap();
    assert!(left >= 1 && counted > 3, "{left} are left of {counted} and 3");
    fs::remove_file(stage.path("at-copy")).unwrap();
    stage.write("after-copy", "echo late >\"$place/volume/changed\"");
    let output = stage.run("copy", "/");
    assert!(!output.status.success(), "{output:?}");
    let last = stage.read("last");
    assert!(
        last.contains("these still differ from the snapshot:\n~ changed\nsomething writes to the volume"),
        "{last}"
    );
    stage.is_left("Stopped");
}
