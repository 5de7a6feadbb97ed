//! What the hosts of each distribution get, without hosts: the steps that differ from Debian's, in golden files.

use crate::support::answers::*;
use crate::support::golden::is_golden;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Plan;

/// A server with a brick on LVM, one without, and a client.
const INVENTORY: &str = "cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [{path: /dev/vdb, lvm: thin}]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: app1, address: 198.51.100.13, role: client}
volumes:
  - {name: gv0, type: distribute, mount: /data}
";

/// The golden file of each distribution, which some share, and os-release as far as anything depends on it.
const DISTRIBUTIONS: [(&str, &str); 9] = [
    ("debian", "ID=debian\nVERSION_ID=\"12\"\n"),
    ("ubuntu", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\n"),
    ("ubuntu", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n"),
    (
        "enterprise-linux-9",
        "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n",
    ),
    (
        "enterprise-linux-9",
        "ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.6\"\n",
    ),
    (
        "enterprise-linux-9",
        "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"9\"\n",
    ),
    ("fedora", "ID=fedora\nVERSION_ID=42\n"),
    (
        "opensuse",
        "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n",
    ),
    (
        "opensuse",
        "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\nVERSION_ID=\"20260101\"\n",
    ),
];

fn wanted(version: Option<&str>) -> Inventory {
    let version = version.map_or(String::new(), |version| {
        format!("gluster: {{version: \"{version}\"}}\n")
    });
    inventory::read(&format!("{INVENTORY}{version}"), "test").unwrap()
}

fn on(inventory: &Inventory, os: &str, change: impl Fn(&mut Answer)) -> Plan {
    let mut answers = all_blank(inventory);
    for answer in &mut answers {
        answer.insert("file /etc/os-release".into(), os.to_owned());
        answer.insert("kernel".into(), "thin_pool=yes\n".into());
        change(answer);
    }
    planned(inventory, &answers)
}

/// The steps of a plan; a command that Debian's hosts get, too, is not written out, nor one that another host has.
fn told(plan: &Plan, debian: &Plan, shown: &mut Vec<String>) -> String {
    let mut text = String::new();
    for problem in &plan.problems {
        text += &format!("problem: {}\n\n", problem.message());
    }
    for (place, step) in plan.steps.iter().enumerate() {
        let as_on_debian = debian.steps.iter().find(|other| other.command == step.command);
        let command = match as_on_debian {
            Some(other) if other.title == step.title => continue,
            _ if shown.contains(&step.command) => "(as above)".to_owned(),
            _ => step.command.clone(),
        };
        shown.push(step.command.clone());
        let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
        let (host, title, reason, needs) = (&step.host, &step.title, &step.reason, needs.join(" "));
        text += &format!("{place}. {host}: {title}\n   because: {reason}\n   after: {needs}\n{command}\n\n");
    }
    text
}

#[test]
fn each_distribution_gets_exactly_these_commands() {
    let debian = on(&wanted(None), DISTRIBUTIONS[0].1, |_| {});
    for (name, os) in &DISTRIBUTIONS {
        let mut shown = Vec::new();
        let mut text = String::from("Where Debian's hosts get other commands, without gluster.version:\n\n");
        text += &told(&on(&wanted(None), os, |_| {}), &debian, &mut shown);
        text += "With gluster: {version: \"11\"}:\n\n";
        text += &told(&on(&wanted(Some("11")), os, |_| {}), &debian, &mut shown);
        is_golden(&text, &format!("distributions/{name}.txt"));
    }
}

#[test]
fn every_command_is_one_that_a_shell_understands() {
    for (name, os) in &DISTRIBUTIONS {
        for version in [None, Some("11.1")] {
            let plan = on(&wanted(version), os, |answer| {
                answer.insert("packages".into(), "rpm interrupted -\ndpkg interrupted -\n".into());
            });
            assert!(plan.problems.is_empty() && !plan.steps.is_empty(), "{name}: {plan:#?}");
            for step in &plan.steps {
                let status = std::process::Command::new("sh").arg("-nc").arg(&step.command).status();
                assert!(status.unwrap().success(), "{name}: {}", step.command);
            }
        }
    }
}

#[test]
fn a_distribution_that_is_not_known_is_refused_and_the_known_ones_are_named() {
    for (os, name) in [
        ("ID=slackware\nPRETTY_NAME=\"Slackware 15.0\"\n", "Slackware 15.0"),
        (
            "ID=rhel\nID_LIKE=fedora\nVERSION_ID=9.4\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.4 (Plow)\"\n",
            "Red Hat Enterprise Linux 9.4 (Plow)",
        ),
        (
            "ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=10.0\nPRETTY_NAME=\"Rocky Linux 10.0\"\n",
            "Rocky Linux 10.0",
        ),
    ] {
        let plan = on(&wanted(None), os, |_| {});
        assert_eq!(titles(&plan), Vec::<String>::new());
        assert_eq!(plan.problems.len(), 3, "{plan:#?}");
        assert_eq!(
            plan.problems[0].message(),
            format!(
                "kube1: runs {name:?}\nuse Debian, Ubuntu, Rocky Linux 9, AlmaLinux 9, CentOS Stream 9, Fedora, openSUSE \
                 Leap or openSUSE Tumbleweed: others are not supported yet"
            )
        );
    }
}

fn installed(version: &str) -> String {
    let names = [
        "xfsprogs",
        "glusterfs-server",
        "glusterfs-client",
        "lvm2",
        "thin-provisioning-tools",
        "rsync",
    ];
    names.map(|name| format!("{name} installed {version}\n")).concat()
}

/// The titles of the first host's steps of packages.
fn of_packages(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    let titles = steps.map(|step| step.title.as_str());
    titles
        .filter(|title| {
            ["install", "repository", "preferences"]
                .iter()
                .any(|word| title.contains(word))
        })
        .collect()
}

#[test]
fn another_version_than_the_wanted_one_is_refused_and_nothing_is_upgraded() {
    let (ubuntu, inventory) = (DISTRIBUTIONS[2].1, wanted(Some("11")));
    let plan = on(&inventory, ubuntu, |answer| {
        answer.insert("packages".into(), installed("10.1-1"));
    });
    // The repository alone is added: `update` needs it.
    assert_eq!(of_packages(&plan), ["add GlusterFS's repository gluster/glusterfs-11"]);
    let problem = "kube1: has GlusterFS 10.1-1, and the inventory wants 11\nglusterctl update --version 11 brings the hosts \
                   to it, one after the other; or correct `gluster: {version: …}` in the inventory";
    assert_eq!(plan.problems[0].message(), problem);
}

#[test]
fn the_wanted_version_is_kept_and_no_longer_once_it_is_not_wanted() {
    let pin = "/etc/apt/preferences.d/glusterctl";
    let text = "# Written by glusterctl; the next apply undoes changes to this file.\nPackage: glusterfs-* libgf* libgluster*\nPin: \
                version 11.*\nPin-Priority: 990\n";
    for (version, found, expected) in [
        (Some("11"), "", Some(format!("write {pin}"))),
        (Some("11"), text, None),
        (Some("11.1"), text, Some(format!("write {pin}"))),
        (None, text, Some(format!("take {pin} away"))),
        (None, "", None),
    ] {
        let plan = on(&wanted(version), DISTRIBUTIONS[2].1, |answer| {
            answer.insert("packages".into(), installed("11.1-4build3"));
            answer.insert(format!("file {pin}"), found.into());
            answer.insert("made".into(), format!("file {pin}\n"));
        });
        assert!(plan.problems.is_empty(), "{plan:#?}");
        assert_eq!(
            of_packages(&plan),
            Vec::from_iter(expected.as_deref()),
            "{version:?} {found:?}"
        );
    }
    // Somebody else's file stays.
    let plan = on(&wanted(None), DISTRIBUTIONS[2].1, |answer| {
        answer.insert("packages".into(), installed("11.1-4build3"));
        answer.insert(format!("file {pin}"), text.into());
    });
    assert_eq!(of_packages(&plan), Vec::<&str>::new());
}

#[test]
fn a_repository_that_the_host_has_is_not_added() {
    let (rocky, ubuntu) = (DISTRIBUTIONS[3].1, DISTRIBUTIONS[1].1);
    let release = |answer: &mut Answer| {
        let text = "centos-release-gluster10 installed 1.0-1.el9s\n";
        answer.insert("packages".into(), text.into());
    };
    // Whoever added version 10 gets version 10, unless the inventory wants another.
    let all = "install xfsprogs, glusterfs-server, glusterfs-fuse, policycoreutils-python-utils, lvm2, \
               device-mapper-persistent-data, rsync";
    assert_eq!(of_packages(&on(&wanted(None), rocky, release)), [all]);
    assert_eq!(of_packages(&on(&wanted(Some("10.5")), rocky, release)), [all]);
    let eleven = "add GlusterFS's repository: install centos-release-gluster11";
    assert_eq!(of_packages(&on(&wanted(Some("11")), rocky, release)), [eleven, all]);
    let plan = on(&wanted(Some("11")), ubuntu, |answer| {
        let line = "deb https://ppa.launchpadcontent.net/gluster/glusterfs-11/ubuntu/ jammy main\n";
        answer.insert("repositories".into(), line.into());
    });
    assert!(
        !of_packages(&plan).iter().any(|title| title.contains("repository")),
        "{plan:#?}"
    );
}

/// Runs a script with stand-ins for `rpm`, which has the packages of the file `packages`, and for the package manager;
/// `/etc/glusterctl` is a directory of the test.
fn run(directory: &std::path::Path, programs: &[(&str, &str)], script: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    for (name, text) in programs {
        let path = directory.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", directory.display());
    let script = script.replace("/etc/glusterctl", &format!("{}/etc", directory.display()));
    let command = std::process::Command::new("sh")
        .args(["-euc", &script])
        .env("PATH", path)
        .current_dir(directory)
        .output();
    command.unwrap().status.success()
}

#[test]
fn an_installation_of_rpms_that_was_killed_is_finished() {
    const RPM: &str = "case $* in *INSTALLTIME*) sed 's/$/ 1-1/' packages ;; *) cut -d' ' -f2 packages ;; esac";
    let (rocky, inventory) = (DISTRIBUTIONS[3].1, wanted(None));
    let of = |interrupted: &str| {
        let plan = on(&inventory, rocky, |answer| {
            let text = format!("centos-release-gluster11 installed 1-1\n{interrupted}");
            answer.insert("packages".into(), text);
        });
        let mut steps = plan.steps.into_iter().filter(|step| step.host.as_str() == "kube2");
        steps.find(|step| step.title.contains("install")).unwrap()
    };
    let directory = tempfile::tempdir().unwrap();
    let (file, read) = (
        |name: &str| directory.path().join(name),
        |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap_or_default(),
    );
    std::fs::write(file("packages"), "1 old\n").unwrap();
    // The package manager unpacks a package, and all is killed.
    let killed = "echo 4102444800 glusterfs-server >>packages; kill -9 $PPID";
    assert!(!run(
        directory.path(),
        &[("rpm", RPM), ("dnf", killed)],
        &of("").command
    ));
    assert_eq!(read("etc/installing"), "old\n");
    let recover = of("rpm interrupted -\n");
    assert_eq!(recover.title, "finish the interrupted package installation");
    let fails = [("dnf", "exit 1"), ("sleep", "")];
    assert!(!run(directory.path(), &fails, &recover.command) && !read("etc/installing").is_empty());
    assert!(run(
        directory.path(),
        &[("dnf", "echo \"$@\" >>asked")],
        &recover.command
    ));
    assert!(
        read("asked").ends_with("--enablerepo=crb reinstall glusterfs-server-1-1\n"),
        "{}",
        read("asked")
    );
    assert!(read("etc/made").contains("package glusterfs-server\n") && !read("etc/made").contains("old"));
    assert!(!file("etc/installing").exists());
    // What fails without a kill leaves nothing half done.
    assert!(!run(directory.path(), &fails, &of("").command) && !file("etc/installing").exists());
}

#[test]
fn bricks_get_a_type_where_selinux_is_enforcing() {
    let inventory = wanted(None);
    let told = |os: &str, selinux: &str| {
        let plan = on(&inventory, os, |answer| {
            answer.insert("selinux".into(), selinux.to_owned());
        });
        let label = |title: &String| title.contains("SELinux");
        let problems = plan.problems.iter().map(|problem| problem.what.clone());
        titles(&plan)
            .into_iter()
            .filter(label)
            .chain(problems)
            .collect::<Vec<_>>()
    };
    let (rocky, suse) = (DISTRIBUTIONS[3].1, DISTRIBUTIONS[7].1);
    let both = [
        "kube1: label /bricks/vdb/gv0 as glusterd_brick_t for SELinux",
        "kube2: label /bricks/vdb/gv0 as glusterd_brick_t for SELinux",
    ];
    assert_eq!(told(rocky, "enforcing=yes\n"), both);
    assert_eq!(told(rocky, "enforcing=yes\nlabel=unlabeled_t /bricks/vdb/gv0\n"), both);
    let right = "enforcing=yes\nlabel=glusterd_brick_t /bricks/vdb/gv0\n";
    assert_eq!(told(rocky, right), Vec::<String>::new());
    assert_eq!(told(rocky, ""), Vec::<String>::new());
    let unknown = "has SELinux enforcing, and which type its policy wants on bricks is not known";
    assert_eq!(told(suse, "enforcing=yes\n"), [unknown, unknown]);
    let plan = on(&inventory, rocky, |answer| {
        answer.insert("selinux".into(), "enforcing=yes\n".into());
    });
    let label = plan.steps.iter().find(|step| step.title.contains("SELinux")).unwrap();
    let place = |title: &str| titles(&plan).iter().position(|found| found.ends_with(title)).unwrap();
    // The directory is there before, and glusterd only starts with bricks that it may use.
    assert!(place("kube1: make the brick directory /bricks/vdb/gv0") < place(&label.title));
    assert!(place(&label.title) < place("kube1: enable and start glusterd"));
    is_golden(&format!("{}\n", label.command), "selinux-label.txt");
    // What runs, with stand-ins for the programs of SELinux.
    let directory = tempfile::tempdir().unwrap();
    let programs = [
        ("semanage", "echo semanage \"$@\" >>ran; case $2 in -a) exit 1 ;; esac"),
        ("restorecon", "echo restorecon \"$@\" >>ran"),
    ];
    assert!(run(directory.path(), &programs, &label.command));
    let expected = "semanage fcontext -a -t glusterd_brick_t /bricks(/.*)?\nsemanage fcontext -m -t glusterd_brick_t \
                    /bricks(/.*)?\nrestorecon /bricks /bricks/vdb\nrestorecon -R /bricks/vdb/gv0\n";
    assert_eq!(std::fs::read_to_string(directory.path().join("ran")).unwrap(), expected);
}
