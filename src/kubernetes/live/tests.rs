use serde_json::json;

use super::*;

#[test]
fn what_kubectl_prints_is_nothing_or_an_object_or_a_list() {
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "a", "namespace": "n"}});
    let list = json!({"kind": "List", "items": [claim]});
    for text in [claim.to_string(), list.to_string()] {
        let live = Live::read(&text).unwrap();
        assert!(live.find("PersistentVolumeClaim", Some("n"), "a").is_some());
        assert!(live.find("PersistentVolumeClaim", Some("m"), "a").is_none());
        assert!(live.find("PersistentVolumeClaim", None, "a").is_none());
    }
    assert!(Live::read(" \n").unwrap().0.is_empty());
    assert!(Live::read("No resources").is_err());
}

#[test]
fn a_conflict_with_kubectl_alone_is_one_of_another_route() {
    // As kubectl prints what the API server answers: one conflict in a line, several in a list.
    let one = |manager: &str| {
        format!("error: Apply failed with 1 conflict: conflict with \"{manager}\" using v1: .spec.capacity.storage\n")
    };
    let several = |manager: &str| {
        format!("error: Apply failed with 2 conflicts: conflicts with \"{manager}\":\n- .spec.a\n- .spec.b\n")
    };
    for manager in ["kubectl", "kubectl-client-side-apply"] {
        assert!(of_another_route(&one(manager)) && of_another_route(&several(manager)));
    }
    for manager in ["kubectl-edit", "helm", "glusterctl-other"] {
        assert!(!of_another_route(&one(manager)) && !of_another_route(&several(manager)));
        assert!(!of_another_route(&(one("kubectl") + &one(manager))));
    }
    let refused =
        "Error from server (Forbidden): persistentvolumeclaims \"a\" is forbidden: only dynamically provisioned";
    assert!(!of_another_route(refused));
    assert!(!of_another_route(&(one("kubectl") + refused)));
}
