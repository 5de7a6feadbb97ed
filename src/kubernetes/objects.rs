//! The kinds of objects that volume plugins list, and how each is named. An object of a new kind starts here or in its
//! plugin's file, with a template, and with what must hold for its kind in `check`.

type Text = &'static str;

/// A kind of object, and the template that makes the object.
#[derive(Debug)]
pub(super) struct Object {
    pub api_version: Text,
    pub kind: Text,
    /// The name of its template, which also ends the name of the manifest's file.
    pub template: Text,
    pub name: Name,
    pub scope: Scope,
    /// Each namespace of the inventory has such an object; else the volume has a single one for all namespaces.
    pub per_namespace: bool,
    /// Only shows how the other objects are used.
    pub example: bool,
    /// The first minor version that has this API.
    pub since: u16,
}

/// The name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The volume's name in Kubernetes.
    Volume,
    /// The same, with the namespace if there are several.
    PersistentVolume,
    /// The storage class that claims name.
    StorageClass,
    /// The volume's name in Kubernetes, cut if it is long, and this.
    Suffixed(Text),
}

/// The scope of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The cluster: no namespace.
    Cluster,
    /// The namespace of the claims.
    Claims,
    /// The namespace of the volume's provisioner, which has the volume's name.
    Provisioner,
    /// This namespace.
    Namespace(Text),
}

pub(super) const CORE: &str = "v1";
/// The kind that ties the persistent volumes of a class to nodes.
pub(super) const POLICY: &str = "MutatingAdmissionPolicy";

pub(super) const CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim");
pub(super) const DYNAMIC_CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim-dynamic");
pub(super) const POD: Object = example(CORE, "Pod", "example-pod", "-example");
pub(super) const DEPLOYMENT: Object = example("apps/v1", "Deployment", "example-deployment", "-example");

pub(super) const fn namespaced(api_version: Text, kind: Text, template: Text) -> Object {
    Object {
        api_version,
        kind,
        template,
        name: Name::Volume,
        scope: Scope::Claims,
        per_namespace: true,
        example: false,
        since: 0,
    }
}

pub(super) const fn persistent_volume(template: Text) -> Object {
    Object {
        name: Name::PersistentVolume,
        scope: Scope::Cluster,
        ..namespaced(CORE, "PersistentVolume", template)
    }
}

pub(super) const fn example(api_version: Text, kind: Text, template: Text, suffix: Text) -> Object {
    Object {
        name: Name::Suffixed(suffix),
        example: true,
        ..namespaced(api_version, kind, template)
    }
}

pub(super) const fn once(api_version: Text, kind: Text, template: Text, scope: Scope) -> Object {
    Object {
        scope,
        per_namespace: false,
        ..namespaced(api_version, kind, template)
    }
}
