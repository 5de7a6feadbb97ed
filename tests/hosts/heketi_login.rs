//! Heketi's key on a real host: it runs what Heketi sends, and no shell, no other command, no copy, no forwarding.

use std::process::Output;

use crate::support::cluster::Cluster;

const INVENTORY: &str = "cluster: CLUSTER\nhosts:\n\
                         \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb, {path: /dev/vdc, heketi: true}]}\n\
                         volumes:\n\
                         \x20 - {name: gv0, type: distribute, mount: /data}\n";

/// The inventory's section with Heketi's public key.
fn section(key: &str) -> String {
    format!(
        "kubernetes:\n  version: \"1.25\"\n  method: heketi\n  heketi:\n    database: gv0\n{key}    classes: [{{name: one, type: none}}]\n"
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_heketis_key_runs_what_heketi_sends_and_nothing_else() {
    let cluster = Cluster::installed("heketi-login", INVENTORY);
    let lab = &cluster.lab;
    let on = |command: &str| lab.must("kube1", command);
    on("ssh-keygen -q -t ecdsa -b 256 -m PEM -N '' -C heketi -f /root/heketi-ssh");
    // The lab has no package source: for dpkg, what Heketi's bricks need is installed.
    on(
        "for name in lvm2 thin-provisioning-tools; do printf '\\nPackage: %s\\nStatus: install ok installed\\nVersion: 99\\n\
        Architecture: amd64\\nMaintainer: lab\\nDescription: stands in\\n' $name; done >>/var/lib/dpkg/status",
    );
    let before = on("cat /root/.ssh/authorized_keys");
    let key = format!("    public_key: {}\n", on("cat /root/heketi-ssh.pub").trim());
    let with = cluster.write("with.yaml", &format!("{INVENTORY}{}", section(&key)));
    let without = cluster.write("without.yaml", &format!("{INVENTORY}{}", section("")));
    let run = |inventory, words: &[&str]| {
        let lab = format!("--lab={}", cluster.name());
        let ran = cluster.run_with(inventory, &[&[lab.as_str()], words].concat());
        assert_eq!(ran.status, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
    };
    run(&with, &["apply", "--yes"]);
    run(&with, &["plan", "--exit-code"]);

    // A login with the key alone, as the host's own client makes it.
    let options = "-i /root/heketi-ssh -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
                   -o LogLevel=ERROR -F /dev/null";
    let ssh = |rest: &str| lab.run("kube1", &format!("ssh {options} root@198.51.100.11 {rest} </dev/null"));
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let ran = ssh(r#""/bin/bash -c 'gluster --mode=script --timeout=600 volume info --xml'""#);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(
        String::from_utf8_lossy(&ran.stdout).contains("<name>gv0</name>"),
        "{ran:?}"
    );
    for refused in [
        "",
        "cat /etc/shadow",
        "/bin/bash -c \"'cat /etc/shadow'\"",
        r#""/bin/bash -c 'mount; cat /etc/shadow'""#,
        r#""/bin/bash -c 'gluster --mode=script --timeout=600 volume stop gv0 force'""#,
        r#""/bin/bash -c 'wipefs --all /dev/vdb'""#,
    ] {
        let ran = ssh(refused);
        let all = said(&ran) + &String::from_utf8_lossy(&ran.stdout);
        assert_eq!(ran.status.code(), Some(126), "{refused:?}: {all}");
        assert!(
            all.contains("glusterctl: refused: ") && !all.contains("root:"),
            "{refused:?}: {all}"
        );
    }
    // sshd has no way for what a subsystem says on standard error.
    assert_eq!(ssh("-s sftp").status.code(), Some(126));
    let copied = lab.run(
        "kube1",
        &format!("scp {options} /etc/hostname root@198.51.100.11:/root/copied"),
    );
    assert!(!copied.status.success(), "{copied:?}");
    let forwarded = ssh("-o ExitOnForwardFailure=yes -N -R 7777:localhost:22");
    assert!(!forwarded.status.success(), "{forwarded:?}");
    on("test ! -e /root/copied && gluster --mode=script volume info gv0 | grep -q Started");

    // The inventory drops the key.
    run(&without, &["apply", "--yes"]);
    assert_eq!(on("cat /root/.ssh/authorized_keys"), before);
    on("test ! -e /etc/glusterctl/heketi-login.sh");
    let ran = ssh(r#""/bin/bash -c 'mount'""#);
    assert_eq!(ran.status.code(), Some(255), "{ran:?}");

    run(&with, &["apply", "--yes"]);
    assert_ne!(on("cat /root/.ssh/authorized_keys"), before);
    run(&with, &["destroy", "--cluster", "--confirm", cluster.name()]);
    assert_eq!(on("cat /root/.ssh/authorized_keys"), before);
    on("test ! -e /etc/glusterctl");
}
