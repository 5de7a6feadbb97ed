//! `glusterctl kubernetes migrate`: names, claims and data stay, and the glusterfs plugin goes. The list of persistent volumes
//! has the shape that `kubectl get pv -o json` prints; the list was written by hand.

use std::process::Output;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::golden::is_golden;
use crate::support::kubernetes_cases::{command, documents, failure, stdout};

const OPENSTACK: &str = "inventories/openstack.yaml";
const LIST: &str = include_str!("../support/kubernetes_cases/pv-list.json");

fn migrate(inventory: &str, args: &[&str], input: &str) -> Output {
    let args = [&["migrate"], args].concat();
    assert_cmd::Command::from_std(command(inventory, &args))
        .write_stdin(input)
        .output()
        .unwrap()
}

fn list() -> Value {
    serde_json::from_str(LIST).unwrap()
}

#[test]
fn what_comes_out_was_judged() {
    let text = stdout(&migrate(OPENSTACK, &[], LIST));
    is_golden(&text, "kubernetes-migrate.yaml");
}

#[test]
fn names_claims_and_data_stay_and_the_rest_is_left_alone() {
    let new = documents(&stdout(&migrate(OPENSTACK, &[], LIST)));
    let old = list();
    assert_eq!(new.len(), 2);
    for (new, old) in new.iter().zip(old["items"].as_array().unwrap()) {
        for pointer in [
            "/metadata/name",
            "/metadata/labels/team",
            "/spec/capacity",
            "/spec/accessModes",
        ] {
            assert_eq!(new.pointer(pointer), old.pointer(pointer), "{pointer}");
        }
        assert_eq!(new["metadata"]["labels"]["glusterctl/cluster"], "kube");
        // The API server stores no empty class of a persistent volume.
        let class = old["spec"]["storageClassName"]
            .as_str()
            .filter(|class| !class.is_empty());
        assert_eq!(new["spec"]["storageClassName"].as_str(), class);
        assert_eq!(new["spec"]["persistentVolumeReclaimPolicy"], "Retain");
        assert!(new["spec"].get("glusterfs").is_none());
    }
    // The claim by its uid; what only the old object was is gone.
    let claim = &new[0]["spec"]["claimRef"];
    assert_eq!(claim["uid"], list()["items"][0]["spec"]["claimRef"]["uid"]);
    assert_eq!(
        (&claim["namespace"], &claim["name"]),
        (&json!("gstatic"), &json!("gluster-static-pvc1"))
    );
    let annotations = new[0]["metadata"]["annotations"].as_object().unwrap();
    assert!(!annotations.contains_key("kubectl.kubernetes.io/last-applied-configuration"));
    assert_eq!(annotations["pv.beta.kubernetes.io/gid"], "2000");
    assert_eq!(annotations["note"], "on\nkind: Secret # \"x\"");
    assert_eq!(new[0]["spec"]["local"]["path"], "/data");
    assert_eq!(new[1]["spec"]["local"]["path"], "/data/photos/raw");
}

#[test]
fn the_other_static_plugins_can_be_asked_for_and_dynamic_ones_cannot() {
    let source = |inventory: &str, method: &str, kind: &str| {
        let new = documents(&stdout(&migrate(inventory, &["--method", method, "-q"], LIST)));
        (new[0]["spec"][kind].clone(), new[1]["spec"][kind].clone())
    };
    let directory = |path: &str| json!({"path": path, "type": "Directory"});
    assert_eq!(
        source(OPENSTACK, "host-path", "hostPath"),
        (directory("/data"), directory("/data/photos/raw"))
    );
    let export = |path: &str, read_only: bool| json!({"server": "198.51.100.10", "path": path, "readOnly": read_only});
    assert_eq!(
        source("tests/inventories/nfs.yaml", "nfs", "nfs"),
        (export("/gv0", false), export("/gv0/photos/raw", true))
    );
    let message = failure(&migrate(OPENSTACK, &["--method", "glusterfs"], LIST), 2);
    assert!(message.contains("use local, host-path or nfs"), "{message}");
}

#[test]
fn what_changes_is_said_and_what_cannot_be_migrated_is_an_error_after_the_rest() {
    let said = String::from_utf8(migrate(OPENSTACK, &[], LIST).stderr).unwrap();
    assert!(said.contains("photos is read-only by its source"), "{said}");
    assert!(said.contains("mount options of persistent volume photos"), "{said}");
    let mut list = list();
    list["items"][1]["spec"]["glusterfs"]["path"] = json!("vol_heketi");
    let output = migrate(OPENSTACK, &[], &list.to_string());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("\"photos\": the inventory has no volume \"vol_heketi\""),
        "{said}"
    );
    assert_eq!(documents(std::str::from_utf8(&output.stdout).unwrap()).len(), 1);
}

#[test]
fn capacities_of_the_api_are_taken_and_what_the_old_plugin_read_is_named() {
    let mut list = list();
    list["items"][0]["spec"]["capacity"]["storage"] = json!("1e9");
    list["items"][1]["spec"]["capacity"]["storage"] = json!("1000500m");
    let text = stdout(&migrate(OPENSTACK, &[], &list.to_string()));
    let new = documents(&text);
    assert_eq!(
        (
            &new[0]["spec"]["capacity"]["storage"],
            &new[1]["spec"]["capacity"]["storage"]
        ),
        (&json!("1e9"), &json!("1000500m"))
    );
    for line in [
        "#   kubectl delete service,endpoints glusterfs --namespace gstatic\n",
        // A volume that is gone stops no step.
        "#      kubectl delete pv gluster-static-pv1 photos --wait=false --ignore-not-found\n",
        "#      kubectl get pv gluster-static-pv1 --ignore-not-found -o name |\n#        xargs -r -n 1 kubectl patch",
        "\"Data on the volume is lost!\": that means the",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    list["items"][0]["spec"]["capacity"]["storage"] = json!("a lot");
    let said = String::from_utf8(migrate(OPENSTACK, &[], &list.to_string()).stderr).unwrap();
    assert!(said.contains("its capacity \"a lot\" is no quantity"), "{said}");
}

#[test]
fn a_path_never_leaves_the_volume() {
    for path in ["gv0/..", "gv0/../../etc", "gv0/a//b", "gv0/$(id)", "../etc", ""] {
        let mut list = list();
        list["items"][0]["spec"]["glusterfs"]["path"] = json!(path);
        let output = migrate(OPENSTACK, &[], &list.to_string());
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert!(
            !String::from_utf8(output.stdout).unwrap().contains("gluster-static-pv1"),
            "{path}"
        );
    }
}

#[test]
fn wrong_input_is_an_error_and_nothing_to_do_is_none() {
    for (input, words) in [
        ("", "kubectl get pv -o json |"),
        ("NAME CAPACITY", "is not what kubectl get pv -o json prints"),
        (
            r#"{"kind": "List", "items": [{"kind": "Pod"}]}"#,
            "something else than persistent volumes",
        ),
        (r#"{"kind": "Secret"}"#, "something else than persistent volumes"),
    ] {
        let message = failure(&migrate(OPENSTACK, &[], input), 1);
        assert!(message.contains(words), "{input}: {message}");
    }
    let output = migrate(OPENSTACK, &[], r#"{"kind": "List", "items": []}"#);
    assert_eq!(stdout(&output), "");
    assert!(String::from_utf8(output.stderr).unwrap().contains("nothing to migrate"));
    // One alone, as kubectl get pv NAME -o json prints it.
    assert_eq!(
        documents(&stdout(&migrate(OPENSTACK, &[], &list()["items"][0].to_string()))).len(),
        1
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_a_cluster_holds_comes_back_exactly_or_is_refused(
        key in any::<String>(), value in any::<String>(), class in any::<String>(), claim in any::<String>(),
    ) {
        let mut list = list();
        list["items"][0]["metadata"]["annotations"] = json!({&key: &value});
        list["items"][0]["metadata"]["labels"] = json!({&key: &value});
        list["items"][0]["spec"]["storageClassName"] = json!(class);
        list["items"][0]["spec"]["claimRef"]["name"] = json!(claim);
        let new = documents(&stdout(&migrate(OPENSTACK, &["-q"], &list.to_string())));
        prop_assert_eq!(new.len(), 2);
        prop_assert_eq!(&new[0]["metadata"]["labels"][&key], &json!(value));
        prop_assert_eq!(&new[0]["metadata"]["annotations"], &json!({&key: &value}));
        prop_assert_eq!(new[0]["spec"]["storageClassName"].as_str().unwrap_or_default(), class);
        prop_assert_eq!(&new[0]["spec"]["claimRef"]["name"], &json!(claim));
    }
}

const HEKETI: &str = "tests/inventories/heketi-volumes.yaml";
const OF_HEKETI: &str = include_str!("../support/kubernetes_cases/pv-heketi.json");

#[test]
fn volumes_that_heketi_made_are_kept_for_the_same_claims() {
    let text = stdout(&migrate(HEKETI, &[], OF_HEKETI));
    is_golden(&text, "kubernetes-migrate-heketi.yaml");
    let (new, old) = (documents(&text), serde_json::from_str::<Value>(OF_HEKETI).unwrap());
    assert_eq!(new.len(), 2);
    for (new, old) in new.iter().zip(old["items"].as_array().unwrap()) {
        // A deleted claim must not take the Gluster volume with it, whatever the old volume said.
        assert_eq!(old["spec"]["persistentVolumeReclaimPolicy"], "Delete");
        assert_eq!(new["spec"]["persistentVolumeReclaimPolicy"], "Retain");
        assert_eq!(new["spec"]["claimRef"]["uid"], old["spec"]["claimRef"]["uid"]);
        assert_eq!(new["spec"]["storageClassName"], old["spec"]["storageClassName"]);
        let volume = old["spec"]["glusterfs"]["path"].as_str().unwrap();
        assert_eq!(new["spec"]["local"]["path"], format!("/gluster/{volume}"));
        // No provisioner takes the new volume for its own, and pods stay in the group that may write.
        let annotations = new["metadata"]["annotations"].as_object().unwrap();
        let mut keys: Vec<&str> = annotations.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "gluster.kubernetes.io/heketi-volume-id",
                "gluster.org/type",
                "pv.beta.kubernetes.io/gid",
                "pv.kubernetes.io/bound-by-controller"
            ]
        );
    }
}

#[test]
fn before_an_old_volume_of_heketi_is_deleted_its_data_is_kept() {
    let text = stdout(&migrate(HEKETI, &[], OF_HEKETI));
    let names = "pvc-0e7d1a4c-3f5b-4e57-9d3a-0a1b2c3d4e5f pvc-1f8e2b5d-4a6c-4f68-8e4b-1b2c3d4e5f60";
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    let kept = at(&format!(
        "kubectl patch pv {names} --type=merge -p '{{\"spec\":{{\"persistentVolumeReclaimPolicy\":\"Retain\"}}}}'"
    ));
    let deleted = at(&format!("kubectl delete pv {names} --wait=false"));
    assert!(kept < deleted && deleted < at("kubectl apply --server-side"));
    at("kubectl delete service,endpoints glusterfs-dynamic-0e7d1a4c-3f5b-4e57-9d3a-0a1b2c3d4e5f --namespace gdynamic");
    // An older provisioner named the Endpoints for the claim, and no namespace.
    at("kubectl delete service,endpoints glusterfs-dynamic-data-db-0 --namespace team-a");
    at("make and expand no volume on Kubernetes 1.26 and newer: gluster-vol-default, glusterfs-rep3");
    assert!(!stdout(&migrate(OPENSTACK, &[], LIST)).contains("Heketi"));
}

#[test]
fn a_volume_of_heketi_that_the_inventory_lacks_is_named_with_the_remedy() {
    let said = failure(&migrate(OPENSTACK, &[], OF_HEKETI), 1);
    assert!(
        said.contains("no volume \"vol_22222222222222222222222222222222\"; glusterctl init --from HOST"),
        "{said}"
    );
}
