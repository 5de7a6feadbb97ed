//! The shell scripts that run on hosts: the files of `templates/`, and the only way to give values to a script. Pure.
//!
//! A script gets its values as shell variables that are set before its text; the comment at the top of each file names
//! the variables ("Set before: …"). A list is one value with an item on each line. A script splits a list at white
//! space only if checking has kept white space out of the items (checked names), and reads any other list line by line.

use crate::shell;

/// A file of `templates/`: a script, or functions that scripts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The file's name.
    pub file: &'static str,
    text: &'static str,
    /// The files that define the functions that this file uses.
    parts: &'static [&'static Template],
}

/// Defines a constant for each file; a file stands after the files that it needs.
macro_rules! templates {
    ($($name:ident = $file:literal $([$($part:ident),+])?;)*) => {
        $(
            #[doc = concat!("`templates/", $file, "`: its first lines say what the script does.")]
            pub const $name: Template = Template {
                file: $file,
                text: include_str!(concat!("../templates/", $file)),
                parts: &[$($(&$part),+)?],
            };
        )*
        #[cfg(test)]
        const ALL: &[Template] = &[$($name),*];
    };
}

templates! {
    ANSWERS = "answers.sh";
    APT = "apt.sh" [APT_LISTS];
    APT_LISTS = "apt-lists.sh";
    APT_RECOVER = "apt-recover.sh";
    BLANK = "blank.sh";
    BRICK_LINES = "brick-lines.sh";
    BRICK_MARK = "brick-mark.sh";
    BRICK_RUNS = "brick-runs.sh";
    CLIENT = "client.sh";
    COMPLETE = "complete.sh";
    DEVICES = "devices.sh" [BLANK];
    DNF = "dnf.sh";
    EDITION = "edition.sh";
    FIREWALLD = "firewalld.sh";
    FILE_SYSTEM = "file-system.sh" [BRICK_MARK];
    OWN_BRICKS = "own-bricks.sh";
    UNFINISHED = "unfinished.sh" [OWN_BRICKS, BRICK_RUNS];
    HEAL = "heal.sh" [UNFINISHED];
    HEAL_AGE = "heal-age.sh";
    HELD_FILE = "held-file.sh";
    HEAL_GATE = "heal-gate.sh";
    HOLD = "hold.sh";
    MOUNT = "mount.sh";
    MADE = "made.sh";
    NEW_BRICK = "new-brick.sh";
    NFTABLES = "nftables.sh";
    NOTED = "noted.sh";
    PEERS_SEE = "peers-see.sh";
    PEER_NAMES = "peer-names.sh";
    QUOTA_LIMITS = "quota-limits.sh" [BRICK_RUNS];
    REPLACE = "replace.sh" [MADE];
    RPM = "rpm.sh" [MADE];
    RESTORE_FILES = "restore-files.sh";
    BOOT_BRICK = "boot-brick.sh" [MOUNT, FILE_SYSTEM];
    BRICK = "brick.sh" [FILE_SYSTEM];
    REPLACE_GATE = "replace-gate.sh";
    SET_ASIDE = "set-aside.sh" [COMPLETE];
    SNAPSHOTS = "snapshots.sh";
    TLS = "tls.sh";
    UNMADE = "unmade.sh";
    UNMARKED = "unmarked.sh";
    UNMOUNT = "unmount.sh";
    UPDATE = "update.sh" [WAIT_FOR_BRICKS];
    WHO = "who.sh";
    START_BRICKS = "start-bricks.sh" [BRICK_RUNS, BRICK_LINES, BRICK];
    WAIT_FOR_BRICKS = "wait-for-bricks.sh" [BRICK_RUNS];
    ZYPPER = "zypper.sh";

    SUPERVISED = "supervised.sh";
    STOP_GLUSTER = "stop-gluster.sh" [BRICK_RUNS, HEAL_GATE];

    APT_INSTALL = "apt-install.sh" [MADE];
    APT_CHOOSE = "choose-version.sh" [APT, EDITION];
    APT_PIN = "apt-pin.sh" [REPLACE];
    APT_UPDATE = "apt-update.sh" [STOP_GLUSTER, WAIT_FOR_BRICKS, APT, EDITION, UPDATE];
    BARE_BRICKS = "bare-bricks.sh" [FILE_SYSTEM];
    BOOT_GLUSTERD = "boot-glusterd.sh";
    BOOT_ID = "boot-id.sh";
    BOOT_MOUNT = "boot-mount.sh" [MOUNT, CLIENT];
    BRICK_DROP = "brick-drop.sh" [BRICK, BRICK_RUNS];
    BOOT_NETWORK = "boot-network.sh";
    BRICK_DIRECTORIES = "brick-directories.sh" [FILE_SYSTEM];
    BRICK_BLAMES = "brick-blames.sh";
    BRICK_UNMOUNT = "brick-unmount.sh" [UNMOUNT];
    BRICKS_DOWN = "bricks-down.sh" [BRICK_RUNS];
    CHAOS_COMPARE = "chaos-compare.sh";
    CHAOS_READ = "chaos-read.sh";
    CHAOS_WRITE = "chaos-write.sh";
    CHECK_BRICK = "check-brick.sh" [BRICK];
    CLEAR_BRICK = "clear-brick.sh" [BRICK];
    CLOCK = "clock.sh";
    CONNECT = "connect.sh";
    DEAD_BRICK = "dead-brick.sh" [BRICK_RUNS];
    DELETE_BRICK = "delete-brick.sh" [BRICK];
    DEPARTED = "departed.sh" [REPLACE];
    CONNECTED = "connected.sh" [HEAL_GATE];
    DISCOVER = "discover.sh" [DEVICES, WHO];
    COMMIT_REMOVAL = "commit-removal.sh";
    EMPTIED_BRICK = "emptied-brick.sh" [BRICK, HELD_FILE];
    EXISTING = "existing.sh" [DEVICES, WHO];
    ENABLE_GLUSTERD = "enable-glusterd.sh" [MADE];
    FIREWALL_DROP = "firewall-drop.sh" [NOTED, FIREWALLD];
    FIREWALLD_OPEN = "firewalld-open.sh" [MADE, UNMADE, FIREWALLD];
    FORMAT_BLANK = "format-blank.sh" [BLANK];
    FORMAT_RELEASE = "format-release.sh";
    FORMAT_SAME = "format-same.sh";
    FORMAT_UNFINISHED = "format-unfinished.sh";
    FORMAT_WIPE = "format-wipe.sh";
    FORMAT_WIPE_REST = "format-wipe-rest.sh";
    FORMAT_XFS = "format-xfs.sh";
    FSTAB_DROP = "fstab-drop.sh" [REPLACE, NOTED];
    FSTAB = "fstab.sh" [REPLACE, MADE];
    GLUSTERD_DROP = "glusterd-drop.sh" [NOTED];
    GLUSTERD_FAMILY = "glusterd-family.sh" [REPLACE];
    GLUSTERD_FAMILY_DROP = "glusterd-family-drop.sh" [REPLACE, NOTED];
    GLUSTERD_IDENTITY = "glusterd-identity.sh" [MADE];
    HEAL_AND_ASK = "heal-and-ask.sh";
    HEAL_AFTER_START = "heal-after-start.sh" [BOOT_BRICK, START_BRICKS, HEAL];
    HEKETI_AUTHORIZE = "heketi-authorize.sh" [REPLACE];
    HEKETI_LOGIN = "heketi-login.sh";
    HEKETI_LOGIN_DROP = "heketi-login-drop.sh" [REPLACE, NOTED, UNMADE];
    HOSTS_DROP = "hosts-drop.sh" [REPLACE, NOTED];
    HOST_IS_BACK = "host-is-back.sh" [BRICK_RUNS];
    HOSTS_FILE = "hosts-file.sh" [REPLACE];
    IDLE = "idle.sh" [UNMOUNT];
    IMMUTABLE = "immutable.sh";
    INCOMPLETE_VOLUME = "incomplete-volume.sh" [SET_ASIDE];
    LEFT_BRICK = "left-brick.sh" [BRICK, BRICK_RUNS, HELD_FILE];
    DNF_CHOOSE = "choose-version.sh" [DNF, EDITION];
    DNF_INSTALL = "rpm-install.sh" [RPM, DNF];
    DNF_RECOVER = "rpm-recover.sh" [RPM, DNF];
    DNF_UPDATE = "rpm-update.sh" [STOP_GLUSTER, WAIT_FOR_BRICKS, DNF, EDITION, UPDATE];
    LOCK = "lock.sh";
    LVM_DROP = "lvm-drop.sh" [LVM_GROUP];
    LVM_GROUP = "lvm-group.sh";
    LVM_KEEP = "lvm-keep.sh";
    LVM_KERNEL = "lvm-kernel.sh";
    LVM_PHYSICAL = "lvm-physical.sh";
    LVM_VOLUMES = "lvm-volumes.sh" [LVM_GROUP];
    MAINTENANCE_END = "maintenance-end.sh";
    MAINTENANCE_ENTER = "maintenance-enter.sh" [STOP_GLUSTER, REPLACE];
    MAINTENANCE_EXIT = "maintenance-exit.sh" [WAIT_FOR_BRICKS];
    MARK_BRICK = "mark-brick.sh" [BRICK_MARK, UNMARKED];
    MOUNT_BRICK = "mount-brick.sh" [MOUNT];
    MOUNT_VOLUME = "mount-volume.sh" [MOUNT, ANSWERS];
    NAMES_MISSING = "names-missing.sh";
    NFTABLES_OPEN = "nftables-open.sh" [REPLACE];
    NFTABLES_SCRIPT = "nftables-script.sh" [NFTABLES];
    NODE_STOP = "node-stop.sh" [STOP_GLUSTER];
    OBSERVE = "observe.sh" [WHO, BRICK_MARK, UNMARKED, BRICK_RUNS, HEAL_AGE, DEVICES, COMPLETE, CLIENT, SNAPSHOTS, QUOTA_LIMITS, TLS, NFTABLES];
    PACKAGES_DROP = "packages-drop.sh" [NOTED];
    OBS_ADD = "obs-add.sh" [MADE];
    OBS_DROP = "obs-drop.sh";
    PPA_ADD = "ppa-add.sh" [MADE, APT_LISTS];
    PPA_DROP = "ppa-drop.sh";
    PROBE = "probe.sh";
    REPLACE_BRICK = "replace-brick.sh" [REPLACE_GATE, FILE_SYSTEM, NEW_BRICK, PEERS_SEE];
    RESET_BRICK = "reset-brick.sh" [REPLACE_GATE, FILE_SYSTEM, NEW_BRICK, PEERS_SEE, BRICK_RUNS];
    RESTORE_SNAPSHOT = "restore-snapshot.sh" [HEAL_GATE, RESTORE_FILES, UNMOUNT];
    RPM_DROP = "rpm-drop.sh" [NOTED];
    SELINUX_DROP = "selinux-drop.sh" [NOTED];
    SELINUX_LABEL = "selinux-label.sh" [MADE];
    STATE_DIRECTORY = "state-directory.sh" [FILE_SYSTEM];
    TAKE_OVER_BRICK = "take-over-brick.sh" [HEAL_GATE];
    RECEIVE_VOLUME = "receive-volume.sh" [SET_ASIDE, WAIT_FOR_BRICKS];
    TLS_DROP = "tls-drop.sh" [NOTED];
    TLS_MAKE = "tls-make.sh" [TLS, MADE, NOTED];
    TLS_MANAGEMENT = "tls-management.sh" [MADE];
    TLS_PLAIN = "tls-plain.sh" [NOTED];
    TLS_TRUST = "tls-trust.sh" [TLS, MADE, NOTED];
    TLS_USE = "tls-use.sh" [TLS];
    TRACES_DROP = "traces-drop.sh" [NOTED];
    UFW_OPEN = "ufw-open.sh" [MADE, UNMADE];
    UNIT_FILE = "unit-file.sh" [REPLACE, MADE];
    OP_VERSION = "op-version.sh";
    REBOOT = "reboot.sh" [STOP_GLUSTER];
    ROLLING_NOTE = "rolling-note.sh" [REPLACE];
    VITALS = "vitals.sh";
    VOLUME_DIRECTORIES = "volume-directories.sh";
    WIPE_BRICK = "wipe-brick.sh" [ZEROS];
    WIPE_PHYSICAL = "wipe-physical.sh" [ZEROS];
    WAIT_FOR_VOLUME = "wait-for-volume.sh" [ANSWERS];
    ZEROS = "zeros.sh";
    ZYPPER_CHOOSE = "choose-version.sh" [ZYPPER, EDITION];
    ZYPPER_INSTALL = "rpm-install.sh" [RPM, ZYPPER];
    ZYPPER_RECOVER = "rpm-recover.sh" [RPM, ZYPPER];
    ZYPPER_UPDATE = "rpm-update.sh" [STOP_GLUSTER, WAIT_FOR_BRICKS, ZYPPER, EDITION, UPDATE];
}

/// A script for hosts that speak IPv6 to each other: templates ask for IPv4 addresses where the variable `six` is not set.
#[must_use]
pub fn of_ipv6(script: &str) -> String {
    const BEGIN: &str = "six=6\n";
    match script.contains("${six") && !script.starts_with(BEGIN) {
        true => format!("{BEGIN}{script}"),
        false => script.to_owned(),
    }
}

/// A value for each variable that a template names.
pub type Values<'a> = &'a [(&'a str, &'a str)];

impl Template {
    /// The script with its values, ready to run.
    #[must_use]
    pub fn with(&self, values: Values) -> String {
        Text::default().then(&[self], values).end()
    }

    /// The comment that says what the script does; the variables to be set before, without the variables of its parts;
    /// and the commands.
    fn sections(&self) -> (&'static str, Vec<&'static str>, &'static str) {
        let (what, rest) = self.text.split_once("# Set before:").unwrap_or((self.text, ""));
        let (names, body) = rest.split_once("\n# shellcheck ").unwrap_or((rest, ""));
        let body = body.split_once('\n').map_or("", |(_, body)| body);
        // The words in parentheses explain a variable.
        let outside = names
            .split('(')
            .map(|part| part.rsplit_once(')').map_or(part, |(_, outside)| outside));
        let words = outside.flat_map(|part| part.split([',', ' ', '\n', '.', '#']));
        let names = words.filter(|word| !matches!(*word, "" | "nothing"));
        (what, names.collect(), body)
    }
}

/// The text of a script that is being composed: values, and templates that run one after the other.
#[derive(Debug, Default)]
pub struct Text {
    text: String,
    /// The files whose functions are defined.
    defined: Vec<&'static str>,
}

impl Text {
    /// Sets these values, then runs these templates.
    #[must_use]
    pub fn then(mut self, templates: &[&Template], values: Values) -> Self {
        self.text.push_str(&assignments(values));
        self.run(templates, values);
        self
    }

    /// Runs a single command, whose words the caller has quoted.
    #[must_use]
    pub fn command(mut self, command: &str) -> Self {
        self.text.push_str(command);
        self.text.push('\n');
        self
    }

    /// The text, without its last newline.
    #[must_use]
    pub fn end(self) -> String {
        self.text.trim_end().to_owned()
    }

    /// Runs these templates, whose values are set.
    fn run(&mut self, templates: &[&Template], values: Values) {
        let mut wanted = Vec::new();
        for template in templates {
            self.add(template, &mut wanted);
        }
        check(&wanted, values);
    }

    fn add(&mut self, template: &Template, wanted: &mut Vec<&'static str>) {
        for part in template.parts {
            if !self.defined.contains(&part.file) {
                self.defined.push(part.file);
                self.add(part, wanted);
            }
        }
        let (what, names, body) = template.sections();
        wanted.extend(names);
        self.text.push_str(what);
        // A reader of a plan does not need the lines for shellcheck.
        let lines = body
            .lines()
            .filter(|line| !line.trim_start().starts_with("# shellcheck "));
        self.text.extend(lines.flat_map(|line| [line, "\n"]));
    }
}

/// The script that runs these templates in a shell of their own while `templates/hold.sh` holds the device whose number
/// is the value `number`; the value `device` is the device's name in messages. The inner shell reads its lines from a
/// here-document that has no value in it.
#[must_use]
pub fn while_held(templates: &[&Template], values: Values) -> String {
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let mut held = Text::default();
    held.run(templates, values);
    let head = Text::default().command(&format!("{}export {}", assignments(values), names.join(" ")));
    let hold = head.then(&[&HOLD], &[]);
    hold.command(&format!("hold \"$device\" \"$number\" <<'END'\n{}\nEND", held.end()))
        .end()
}

/// A list as one value, with an item on each line.
pub fn lines<I>(items: I) -> String
where
    I: IntoIterator,
    I::Item: ToString,
{
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    debug_assert!(
        items.iter().all(|item| !item.contains('\n')),
        "a list has an item a line: {items:?}"
    );
    items.join("\n")
}

fn assignments(values: Values) -> String {
    let assignments = values
        .iter()
        .map(|(name, value)| format!("{name}={}\n", shell::quote(value)));
    assignments.collect()
}

/// Checks that every variable that the templates name is set, and no other variable.
fn check(wanted: &[&str], values: Values) {
    let sorted = |names: &mut Vec<&str>| {
        names.sort_unstable();
        names.dedup();
    };
    let (mut wanted, mut set) = (wanted.to_vec(), values.iter().map(|(name, _)| *name).collect());
    sorted(&mut wanted);
    sorted(&mut set);
    debug_assert_eq!(wanted, set, "what the templates name, and what is set");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_script_is_a_template_that_says_what_it_does_and_what_is_set_before() {
        let files = std::fs::read_dir("templates")
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let files: BTreeSet<String> = files
            .map(|name| name.into_string().unwrap())
            .filter(|name| name.ends_with(".sh"))
            .collect();
        assert_eq!(files, ALL.iter().map(|template| template.file.to_owned()).collect());
        for template in ALL {
            let (file, (what, names, body)) = (template.file, template.sections());
            assert!(
                what.starts_with("# ") && what.ends_with(".\n"),
                "{file} says first what it does"
            );
            assert!(template.text.contains("\n# Set before: ") && !body.is_empty(), "{file}");
            for name in names {
                let mut chars = name.chars();
                assert!(chars.all(|c| c.is_ascii_lowercase() || c == '_'), "{file}: {name:?}");
            }
            let status = Command::new("sh").arg("-n").arg(format!("templates/{file}")).status();
            assert!(status.unwrap().success(), "{file}");
        }
    }

    #[test]
    fn the_comment_at_the_top_names_the_variables() {
        assert_eq!(APT_RECOVER.sections().1, Vec::<&str>::new());
        assert_eq!(MOUNT_BRICK.sections().1, ["unit", "target"]);
        assert_eq!(BRICK_DIRECTORIES.sections().1, ["target", "uuid", "directories"]);
    }

    #[test]
    #[should_panic(expected = "what the templates name")]
    fn a_value_that_is_missing_is_found_out() {
        let _ = MOUNT_BRICK.with(&[("unit", "data.mount")]);
    }

    #[test]
    fn a_script_for_hosts_that_speak_ipv6_asks_for_no_ipv4_address() {
        // Names that a cluster of either family knows, and what is asked of glusterd.
        let of_both = ["boot-network.sh", "existing.sh"];
        for template in ALL.iter().filter(|template| !of_both.contains(&template.file)) {
            for word in [
                "ahostsv4",
                " -4 ",
                "ipv4",
                "ip saddr",
                "remote-host=\"$1",
                "remote-host=\"$name",
            ] {
                assert!(!template.text.contains(word), "{}: {word:?}", template.file);
            }
        }
        let script = NFTABLES_SCRIPT.with(&[("chain", "c"), ("addresses", "2001:db8::11"), ("ports", "24007")]);
        let script = of_ipv6(&script);
        assert_eq!(of_ipv6(&script), script);
        let fakes = "nft() { case $* in *ruleset) printf 'table ip6 t {\nchain i {\ntype filter hook input priority 0; policy drop;\n}\n}\n' ;; \
                     -f*) cat ;; esac; }\n";
        let rules = Command::new("sh")
            .args(["-euc", &format!("{fakes}{script}")])
            .output()
            .unwrap();
        let rules = String::from_utf8_lossy(&rules.stdout).into_owned();
        assert!(
            rules.contains("add rule ip6 t c ip6 saddr { 2001:db8::11 } tcp dport { 24007 } accept\n"),
            "{rules}"
        );
    }

    /// What a shell prints of the values of templates that print them.
    fn printed(text: &str) -> Vec<u8> {
        Command::new("sh")
            .arg("-eu")
            .arg("-c")
            .arg(text)
            .output()
            .unwrap()
            .stdout
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn any_value_arrives(value in "[^\0]*") {
            let text = assignments(&[("value", &value)]);
            prop_assert_eq!(printed(&format!("{text}printf %s \"$value\"")), value.as_bytes());
        }
    }
}
