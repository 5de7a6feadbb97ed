use super::*;
use crate::inventory::{self, KubeVersion, VolumePlugin as Plugin};
use crate::kubernetes::templates::Templates;
use crate::kubernetes::{Choice, context::Context, located, plugins};

const INVENTORY: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 2, mount: /data}
kubernetes: {volumes: {gv0: {nfs: {server: 198.51.100.9, path: /gv0}}}}
";

/// Plugin, template, what is right in what it makes, what would be wrong instead, and the line of the template to look
/// at.
#[rustfmt::skip]
const WRONG: &[(Plugin, &str, &str, &str, usize)] = &[
    (Plugin::Glusterfs, "service", "apiVersion: v1", "apiVersion: v2", 2),
    (Plugin::Glusterfs, "service", "kind: Service", "kind: Secret", 3),
    (Plugin::Glusterfs, "service", "\"glusterfs-kube-gv0\"", "\"gv0\"", 5),
    (Plugin::Glusterfs, "service", "port: 24007", "port: 0", 17),
    (Plugin::Glusterfs, "service", "  ports:", "  selector: {a: b}\n  ports:", 11),
    (Plugin::Glusterfs, "service", "spec:", "---\nspec:", 1),
    (Plugin::Glusterfs, "service", "spec:", "kind: Service\nspec:", 3),
    (Plugin::Glusterfs, "service", "namespace: \"default\"", "namespace: \"other\"", 6),
    (Plugin::Glusterfs, "service", "\"glusterctl\"", "1", 7),
    (Plugin::Glusterfs, "endpoints", "\"198.51.100.11\"", "kube1", 20),
    (Plugin::Glusterfs, "endpoints", "\"198.51.100.11\"", "198.51.100.13", 18),
    (Plugin::Glusterfs, "endpoints", "port: 24007", "port: 65536", 26),
    (Plugin::Glusterfs, "endpoints", "skip-mirror: \"true\"", "skip-mirror: \"false\"", 15),
    (Plugin::Glusterfs, "endpoint-slice", "\"198.51.100.12\"", "", 17),
    (Plugin::Glusterfs, "endpoint-slice", "service-name: \"glusterfs-kube-gv0\"", "service-name: \"x\"", 12),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "  glusterfs:", "  hostPath: {path: /}\n  glusterfs:", 11),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "  glusterfs:", "  invented: {}\n  glusterfs:", 11),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "  glusterfs:", "  nfs:", 11),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "\"gv0\"", "\"gv1\"", 27),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "Retain", "Delete", 18),
    (Plugin::Glusterfs, "persistent-volume-glusterfs", "metadata:", "metadata:\n  namespace: default", 4),
    (Plugin::Glusterfs, "persistent-volume-claim", "storageClassName: \"\"", "# nothing", 19),
    (Plugin::Glusterfs, "persistent-volume-claim", "storage: \"1Gi\"", "cpu: 1", 17),
    (Plugin::Local, "persistent-volume-local", "operator: Exists", "operator: DoesNotExist", 39),
    (Plugin::Local, "persistent-volume-local", "/data/kubernetes/static", "/data/../etc", 27),
    (Plugin::HostPath, "persistent-volume-host-path", "type: Directory", "type: DirectoryOrCreate", 27),
    (Plugin::HostPath, "example-pod", "operator: Exists", "operator: DoesNotExist", 20),
    (Plugin::Nfs, "persistent-volume-nfs", "198.51.100.9", "198.51.100.8", 27),
    (Plugin::Local, "example-pod", "mountPath", "mountpath", 0),
    (Plugin::Local, "example-pod", "- name: gvolume\n      persistent", "- name: other\n      persistent", 25),
    (Plugin::Local, "example-pod", "claimName: \"glusterfs-kube-gv0\"", "claimName: \"x\"", 28),
    (Plugin::Local, "example-pod", "readOnly: false", "readOnly: false\n      emptyDir: {}", 28),
    (Plugin::Local, "example-deployment", "matchLabels:\n      glusterctl/example:", "matchLabels:\n      example:", 14),
    (Plugin::LocalPathProvisioner, "provisioner-config", "/data/kubernetes/dynamic", "/", 12),
    (Plugin::LocalPathProvisioner, "provisioner-config", "fuse", "nfs", 14),
    (Plugin::LocalPathProvisioner, "provisioner-config", "kind: Pod", "kind: Secret", 35),
    (Plugin::LocalPathProvisioner, "provisioner-cluster-role-binding", "kind: ClusterRole\n", "kind: Role\n", 11),
    (Plugin::LocalPathProvisioner, "storage-class", "glusterctl/glusterfs-kube-gv0", "x", 16),
    (Plugin::LocalPathProvisioner, "storage-class", "defaultVolumeType: local", "defaultVolumeType: hostPath", 14),
    (Plugin::LocalPathProvisioner, "provisioner-policy", "failurePolicy: Fail", "failurePolicy: Ignore", 13),
    (Plugin::LocalPathProvisioner, "provisioner-policy", "storageClassName == 'glusterfs-kube-gv0'", "storageClassName == 'x'", 24),
    (Plugin::LocalPathProvisioner, "provisioner-policy", "'glusterctl/glusterfs-kube-gv0'", "'x'", 29),
    (Plugin::LocalPathProvisioner, "provisioner-policy-binding", "policyName: \"glusterfs-kube-gv0\"", "policyName: x", 11),
    (Plugin::LocalPathProvisioner, "storage-class", "reclaimPolicy: Retain", "reclaimPolicy: Delete", 18),
    (Plugin::Kadalu, "kadalu-storage", "type: External", "type: Replica1", 14),
    (Plugin::Kadalu, "kadalu-storage", "pvReclaimPolicy: retain", "pvReclaimPolicy: delete", 17),
    (Plugin::Kadalu, "kadalu-storage", "  pvReclaimPolicy: retain\n", "", 17),
];

#[test]
fn a_template_that_goes_wrong_is_named_with_the_line_and_nothing_is_printed() {
    let inventory = inventory::read(INVENTORY, "inv.yaml").unwrap();
    let volume = &inventory.volumes[0];
    let settings = &inventory.kubernetes.volumes[&volume.name];
    let namespace = &inventory.kubernetes.namespaces.all()[0];
    let templates = Templates::default();
    let mut unexpected = String::new();
    for (plugin, template, right, instead, line) in WRONG {
        let choice = Choice {
            // The newest version has the policies of the provisioner, and 1.25 the other objects.
            version: match plugin {
                Plugin::LocalPathProvisioner => KubeVersion::NEWEST,
                _ => "1.25".parse().unwrap(),
            },
            plugin: *plugin,
            warnings: Vec::new(),
        };
        let context = Context::new(&inventory, volume, settings, namespace, &choice);
        let object = plugins::objects(*plugin, choice.version)
            .find(|object| object.template == *template)
            .unwrap();
        let yaml = templates.render(template, &context).unwrap();
        let check = |yaml: &str| parse(yaml).and_then(|document| check(object, &context, &document));
        check(&yaml).unwrap();
        assert!(yaml.contains(right), "{template}: {right}");
        let changed = yaml.replace(right, instead);
        match check(&changed) {
            // What a schema sees is left to schemas.
            Ok(()) => assert_eq!(*line, 0, "{template}: {instead:?} passed"),
            Err(wrong) => {
                let text = located(&templates, template, object.kind, &changed, &wrong).to_string();
                let place = format!("templates/kubernetes/{template}.yaml.j2:{line}: makes a wrong ");
                if !text.starts_with(&place) {
                    unexpected += &format!("{instead:?} expected at {line}: {text}\n");
                }
            }
        }
    }
    assert_eq!(unexpected, "");
}
