//! The method `heketi`, up to Kubernetes 1.25: Heketi itself, the storage classes that ask it for volumes, and examples. Pure.
//!
//! What Heketi wants of its configuration is said by heketi/heketi: `main.go` (`setWithEnvVariables` takes the keys from the
//! environment, and turns the authentication on), `middleware/jwt.go` (`NewJwtAuth` wants both keys) and
//! `extras/docker/fromsource/heketi-start.sh` (on a volume `heketidbstorage` without a database the script waits and gives up, so
//! that the program is started without the script).

mod context;

use serde_json::Value;

use super::check::{self, Identity};
use super::context::labels;
use super::live::CLUSTER;
use super::nodes::MOUNTED;
use super::templates::Templates;
use super::{Manifest, field_manager, rendered};
use crate::inventory::Inventory;
use context::{Context, KEYS, Make, SSH, database, servers, settings, shared};
pub(super) use context::{Expected, lacks};

/// The name of Heketi's objects in their namespace.
const NAME: &str = "heketi";

/// A kind of object: version, kind, template, and whether it only shows how the others are used.
struct Kind(&'static str, &'static str, &'static str, bool);

const OWN: [Kind; 5] = [
    Kind("v1", "Namespace", "heketi-namespace", false),
    Kind("v1", "ConfigMap", "heketi-config", false),
    Kind("v1", "Service", "heketi-service", false),
    Kind("apps/v1", "Deployment", "heketi-deployment", false),
    Kind("networking.k8s.io/v1", "Ingress", "heketi-ingress", false),
];
const CLASS: Kind = Kind("storage.k8s.io/v1", "StorageClass", "heketi-storage-class", false);
const EXAMPLES: [Kind; 4] = [
    Kind("v1", "PersistentVolumeClaim", "heketi-claim", true),
    Kind("v1", "Pod", "heketi-example-pod", true),
    Kind("apps/v1", "Deployment", "heketi-example-deployment", true),
    Kind("apps/v1", "StatefulSet", "heketi-example-stateful-set", true),
];

/// The manifests, in the order in which they are applied.
///
/// # Errors
/// A template makes what cannot be right; names its file and line.
pub(super) fn manifests(inventory: &Inventory, templates: &Templates) -> anyhow::Result<Vec<Manifest>> {
    let heketi = settings(inventory);
    let shared = shared(inventory, &heketi);
    let make = Make {
        heketi: &heketi,
        labels: labels(inventory),
        shared,
    };
    let Some(first) = heketi.classes.first() else {
        return Ok(Vec::new());
    };
    let mut manifests = Vec::new();
    for kind in OWN.iter().filter(|kind| kind.1 != "Ingress" || heketi.host.is_some()) {
        let name = if kind.1 == "Namespace" {
            heketi.namespace.as_str()
        } else {
            NAME
        };
        manifests.push(manifest(
            kind,
            &make.context(first, name, heketi.namespace.as_str()),
            templates,
        )?);
    }
    for class in &heketi.classes {
        manifests.push(manifest(
            &CLASS,
            &make.context(class, class.name.as_str(), ""),
            templates,
        )?);
    }
    let namespaces = inventory.kubernetes.namespaces.all();
    for kind in &EXAMPLES {
        let namespace = namespaces.first().map_or("default", |namespace| namespace.as_str());
        manifests.push(manifest(
            kind,
            &make.context(first, "heketi-example", namespace),
            templates,
        )?);
    }
    Ok(manifests)
}

fn manifest(kind: &Kind, context: &Context<'_>, templates: &Templates) -> anyhow::Result<Manifest> {
    let Kind(api_version, kind, template, example) = *kind;
    let namespace = match kind {
        "Namespace" | "StorageClass" => None,
        _ => Some(context.namespace),
    };
    let identity = Identity {
        api_version,
        kind,
        name: &context.name,
        namespace,
        cluster: context.labels.get(CLUSTER).copied().unwrap_or_default(),
    };
    let check = |document: &Value| check::heketi(&identity, &context.expected(), document);
    let (yaml, object) = rendered(templates, template, kind, context, check)?;
    let base = if kind == "StorageClass" {
        &format!("{}-", context.name)
    } else {
        ""
    };
    Ok(Manifest {
        file_name: format!("{base}{template}.yaml"),
        kind,
        name: context.name.clone(),
        namespace: namespace.map(str::to_owned),
        example,
        yaml,
        object,
    })
}

/// What whoever applies the manifests must do, in order, as lines for a comment.
pub(super) fn notes(inventory: &Inventory) -> Vec<String> {
    let heketi = settings(inventory);
    let (namespace, user) = (&heketi.namespace, &heketi.user);
    let servers: Vec<&str> = servers(inventory).map(|host| host.name.as_str()).collect();
    let manager = field_manager(&inventory.cluster);
    let label = shared(inventory, &heketi).node_label;
    let nodes = database(inventory, &heketi).map(|volume| super::nodes::nodes(inventory, volume).join(" "));
    let authorised = match &heketi.public_key {
        Some(_) => [
            format!(
                "4. apply authorises the public key of the inventory for {user} on {}, for what Heketi",
                servers.join(", ")
            ),
            "   sends and nothing else; heketi-ssh is its private key.".to_owned(),
        ],
        None => [
            format!(
                "4. Write the line of heketi-ssh.pub as `public_key` of `kubernetes: {{heketi: …}}`, and run apply: it authorises the key for {user}"
            ),
            format!("   on {}, for what Heketi sends and nothing else.", servers.join(", ")),
        ],
    };
    let [authorised, on_which] = authorised;
    vec![
        "Heketi reaches the servers over SSH, and makes a Gluster volume for each claim of its classes. In this order:".to_owned(),
        "1. Label the nodes that mount the volume with Heketi's database, which can run Heketi:".to_owned(),
        format!("     kubectl label node {} {label}={MOUNTED}", nodes.unwrap_or_default()),
        "2. Apply this file. Heketi waits for the Secrets of step 3.".to_owned(),
        format!("     kubectl apply --server-side --field-manager={manager} -f FILE"),
        "3. Make the Secrets once, in a directory that nobody else reads; they do not pass through glusterctl. For keys of your".to_owned(),
        "   own, write the files heketi-admin, heketi-user and heketi-ssh yourself.".to_owned(),
        "     umask 077".to_owned(),
        "     head -c 30 /dev/urandom | base64 | tr -d '\\n' > heketi-admin".to_owned(),
        "     head -c 30 /dev/urandom | base64 | tr -d '\\n' > heketi-user".to_owned(),
        "     ssh-keygen -q -t ecdsa -b 256 -m PEM -N '' -C heketi -f heketi-ssh".to_owned(),
        format!("     kubectl --namespace {namespace} create secret generic {KEYS} --type=kubernetes.io/glusterfs \\"),
        "       --from-file=key=heketi-admin --from-file=user=heketi-user".to_owned(),
        format!("     kubectl --namespace {namespace} create secret generic {SSH} --from-file=key=heketi-ssh"),
        authorised,
        on_which,
        "5. Load the topology, again after each change of it; Heketi takes blank devices only:".to_owned(),
        format!("     kubectl --namespace {namespace} exec deployment/{NAME} -- \\"),
        "       heketi-cli topology load --json=/etc/heketi/topology.json".to_owned(),
    ]
}
