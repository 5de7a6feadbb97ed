//! `glusterctl kubernetes apply` after other routes to the same objects: printing and applying by hand, `migrate`, and claims
//! that were deleted. Against a stand-in for kubectl and the API server.

use serde_json::{Value, json};

use crate::support::kubernetes_cases;
use crate::support::kubernetes_cases::{
    NAME, OPENSTACK, StandIn, nothing_changed, openstack, path, run, said, stdout, with,
};

#[test]
fn every_route_comes_after_every_other_also_when_a_value_changed_between() {
    let place = tempfile::tempdir().unwrap();
    let routes = |cluster: &StandIn, inventory: &str, route: &str| {
        let directory = place.path().join("manifests");
        let file = place.path().join("printed.json");
        match route {
            "apply" => return cluster.apply(inventory, &[]),
            "-k" => {
                let _ = std::fs::remove_dir_all(&directory);
                stdout(&run(inventory, &["--dir", directory.to_str().unwrap(), "-o", "json"]));
            }
            _ => std::fs::write(&file, stdout(&run(inventory, &["-o", "json"]))).unwrap(),
        }
        let file = file.to_str().unwrap();
        match route {
            "-k" => cluster.kubectl(&["apply", "--server-side", "-k", directory.to_str().unwrap()]),
            "client" => cluster.kubectl(&["apply", "-f", file]),
            "manager" => cluster.kubectl(&["apply", "--server-side", "--field-manager=glusterctl-kube", "-f", file]),
            _ => cluster.kubectl(&["apply", "--server-side", "-f", file]),
        }
    };
    let all = ["apply", "stdout", "-k", "client", "manager"];
    for first in all {
        for second in all {
            let cluster = openstack();
            for route in [first, second] {
                let output = routes(&cluster, OPENSTACK, route);
                assert!(output.status.success(), "{first}, {second}: {route}: {}", said(&output));
            }
        }
        // Another value of a field that both manage: the program takes the field back from kubectl.
        let cluster = openstack();
        let (labelled, relabelled) = (with("{labels: {team: a}}"), with("{labels: {team: b}}"));
        assert!(routes(&cluster, path(&labelled), first).status.success(), "{first}");
        let output = cluster.apply(path(&relabelled), &[]);
        assert!(output.status.success(), "{first}: {}", said(&output));
        assert_eq!(
            cluster.object("PersistentVolume", NAME)["metadata"]["labels"]["team"],
            "b"
        );
    }
    // Not from a person who edits.
    let cluster = openstack();
    stdout(&cluster.apply(path(&with("{labels: {team: a}}")), &[]));
    cluster.change("PersistentVolume", NAME, |mut volume| {
        volume["metadata"]["labels"]["team"] = json!("edited");
        volume["managers"] = json!({"kubectl-edit": [["metadata", "labels", "team"]]});
        Some(volume)
    });
    let inventory = with("{labels: {team: b}}");
    let words = [
        "nothing was changed",
        "conflict with \"kubectl-edit\"",
        ".metadata.labels.team",
    ];
    nothing_changed(&cluster, || cluster.apply(path(&inventory), &[]), &words);
}

#[test]
fn a_cluster_that_was_migrated_is_applied_to_without_a_word_about_directories() {
    // Made with 1.25 by this program: the volume as a whole.
    let old = StandIn::new("v1.25.9", &["kube1", "kube2", "kube3"]);
    stdout(&old.apply(OPENSTACK, &[]));
    let list = stdout(&old.kubectl(&["get", "pv", "-o", "json"]));
    let migrated =
        assert_cmd::Command::from_std(kubernetes_cases::command(OPENSTACK, &["migrate", "-o", "json", "-q"]))
            .write_stdin(list)
            .output()
            .unwrap();
    let volume = &serde_json::from_str::<Value>(&stdout(&migrated)).unwrap()["items"][0];
    assert_eq!(volume["spec"]["local"]["path"], "/data");
    // The same objects on 1.36, with the volume that replaces the old one.
    let new = openstack();
    let claim = old.object("PersistentVolumeClaim", NAME);
    new.add(claim.clone());
    new.add(volume.clone());
    for _ in 0..2 {
        stdout(&new.apply(OPENSTACK, &[]));
    }
    assert_eq!(new.object("PersistentVolume", NAME)["spec"]["local"]["path"], "/data");
    assert_eq!(new.object("PersistentVolumeClaim", NAME)["status"]["phase"], "Bound");
    // A claim that a person made, bound to such a volume, counts as ours.
    let by_hand = openstack();
    let mut claim = claim;
    claim["metadata"]["labels"] = json!({});
    by_hand.add(claim);
    by_hand.add(volume.clone());
    stdout(&by_hand.apply(OPENSTACK, &[]));
    // Two namespaces, each with its own persistent volume for the same data.
    let several = openstack();
    let inventory = with("{namespaces: [default, kube-system]}");
    for namespace in ["default", "kube-system"] {
        let mut volume = volume.clone();
        volume["metadata"]["name"] = json!(format!("{NAME}.{namespace}"));
        volume["spec"]["claimRef"] = json!({"namespace": namespace, "name": NAME});
        several.add(volume);
    }
    stdout(&several.apply(path(&inventory), &[]));
    let again = several.object("PersistentVolume", &format!("{NAME}.kube-system"));
    assert_eq!(again["spec"]["local"]["path"], "/data");
    // What the inventory states and what is there differ: said, and nothing is changed.
    let stated = with("{volumes: {gv0: {directory: photos}}}");
    let words = ["shows /data, and the inventory says /data/photos", "cannot be changed"];
    nothing_changed(&new, || new.apply(path(&stated), &[]), &words);
    // Not migrated yet.
    let unmigrated = StandIn::new("v1.26.0", &["kube1"]);
    unmigrated.add(old.object("PersistentVolume", NAME));
    let words = [
        "exists with another source than local",
        "glusterctl kubernetes migrate replaces it",
    ];
    nothing_changed(&unmigrated, || unmigrated.apply(OPENSTACK, &[]), &words);
}

#[test]
fn a_released_volume_is_seen_and_freed_only_when_the_operator_says_so() {
    let cluster = openstack();
    stdout(&cluster.apply(OPENSTACK, &[]));
    cluster.change("PersistentVolumeClaim", NAME, |_| None);
    let words = [
        "persistent volume glusterfs-kube-gv0 is reserved for a claim that was deleted",
        "--rebind default/glusterfs-kube-gv0",
    ];
    nothing_changed(&cluster, || cluster.apply(OPENSTACK, &[]), &words);
    // Another word frees nothing.
    let words = ["--rebind other/x: no persistent volume waits for a claim of this name"];
    nothing_changed(&cluster, || cluster.apply(OPENSTACK, &["--rebind", "other/x"]), &words);
    // The claim was made again by hand, and waits.
    let printed = stdout(&run(OPENSTACK, &["-o", "json"]));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), printed).unwrap();
    cluster.kubectl(&["apply", "--server-side", "-f", path(&file)]);
    assert_eq!(
        cluster.object("PersistentVolumeClaim", NAME)["status"]["phase"],
        "Pending"
    );
    stdout(&cluster.apply(OPENSTACK, &["--rebind", NAME]));
    let claim = cluster.object("PersistentVolumeClaim", NAME);
    assert_eq!(claim["status"]["phase"], "Bound");
    let reference = &cluster.object("PersistentVolume", NAME)["spec"]["claimRef"];
    assert_eq!(reference["uid"], claim["metadata"]["uid"]);
    // Nothing to free any more.
    let words = ["no persistent volume waits for a claim of this name"];
    nothing_changed(&cluster, || cluster.apply(OPENSTACK, &["--rebind", NAME]), &words);
}
