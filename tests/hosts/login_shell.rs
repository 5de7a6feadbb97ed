//! A host whose login shell is no POSIX shell, and more scripts at once than the host's SSH server allows sessions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::support::cluster::Cluster;
use crate::support::{host, say};
use glusterctl::remote::{Connections, Hosts, Script};

const INVENTORY: &str = "cluster: CLUSTER\nhosts:\n\
                         \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n\
                         \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}\n\
                         volumes:\n  - {name: gv0, replica: 2, mount: /data}\n";
const SHELL: &str = "/usr/bin/tcsh";

#[test]
fn lab_login_shell_that_is_no_posix_shell_makes_no_difference() {
    let cluster = Cluster::installed("shell", INVENTORY);
    let lab = &cluster.lab;
    if Path::new(SHELL).exists() {
        // The stand-ins are of the same Debian release as the machines that tests/run is for: tcsh needs no more than libc.
        lab.put("kube1", Path::new(SHELL), SHELL, "755");
    }
    if lab.ssh("kube1", &format!("{SHELL} -c true")).status.success() {
        lab.must("kube1", &format!("usermod -s {SHELL} root"));
        let shell = lab.ssh("kube1", "echo $version | cut -c 1-4");
        assert_eq!(shell.stdout, b"tcsh\n");
    } else {
        say("tcsh does not run on the stand-in: the login shell stays sh");
    }
    let ran = cluster.run(&["apply", "--yes"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(cluster.is_mounted("kube1", "/data"));
    let again = cluster.run(&["apply", "--yes"]);
    assert!(again.stderr.contains("Nothing to do"), "{}", again.stderr);
    // Two of 8 rounds failed while the end of a script came before its output.
    for _ in 0..8 {
        many_scripts_at_once(&cluster);
    }
}

/// OpenSSH's MaxSessions is 10: a script more on one connection would be refused. And no output is lost, though the exit
/// status of a script may arrive before the script's output.
fn many_scripts_at_once(cluster: &Cluster) {
    let connections = Connections::new(Some(cluster.lab.ssh_config())).unwrap();
    let hosts = Hosts::new(Arc::new(cluster.inventory.clone()), connections);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for number in 0..24 {
            let hosts = Arc::clone(&hosts);
            let script = Script {
                // More than one argument of a command may have.
                text: format!("long={}\nsleep 0.1\necho {number} ${{#long}}", "x".repeat(200_000)),
                limit: Duration::from_secs(60),
                changes: false,
            };
            running.spawn(async move { (number, hosts.run(&host("kube1"), &script).await) });
        }
        for (number, output) in running.join_all().await {
            assert_eq!(output.unwrap().stdout, format!("{number} 200000\n"));
        }
        hosts.close().await;
    });
}
