//! The kinds of objects that volume plugins list, and how each is named. An object of a new kind starts here or in its
//! plugin's file, with a template, and with what must hold for its kind in `check`.

/// A kind of object and where it comes from.
#[derive(Debug)]
pub(super) struct Object {
    pub api_version: &'static str,
    pub kind: &'static str,
    /// The name of its template, which also ends the name of the manifest's file.
    pub template: &'static str,
    pub name: Name,
    pub scope: Scope,
    /// Each namespace of the inventory has one, or the volume has one.
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
    /// The volume's name in Kubernetes and this.
    Suffixed(&'static str),
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
    Namespace(&'static str),
}

pub(super) const CORE: &str = "v1";

pub(super) const CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim");
pub(super) const DYNAMIC_CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim-dynamic");
pub(super) const POD: Object = example(CORE, "Pod", "example-pod", "-example");
pub(super) const DEPLOYMENT: Object = example("apps/v1", "Deployment", "example-deployment", "-example");

pub(super) const fn namespaced(api_version: &'static str, kind: &'static str, template: &'static str) -> Object {
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

pub(super) const fn persistent_volume(template: &'static str) -> Object {
    Object {
        name: Name::PersistentVolume,
        scope: Scope::Cluster,
        ..namespaced(CORE, "PersistentVolume", template)
    }
}

pub(super) const fn example(
    api_version: &'static str,
    kind: &'static str,
    template: &'static str,
    suffix: &'static str,
) -> Object {
    Object {
        name: Name::Suffixed(suffix),
        example: true,
        ..namespaced(api_version, kind, template)
    }
}

pub(super) const fn in_the_cluster(api_version: &'static str, kind: &'static str, template: &'static str) -> Object {
    Object {
        scope: Scope::Cluster,
        per_namespace: false,
        ..namespaced(api_version, kind, template)
    }
}

pub(super) const fn of_the_provisioner(
    api_version: &'static str,
    kind: &'static str,
    template: &'static str,
) -> Object {
    Object {
        scope: Scope::Provisioner,
        ..in_the_cluster(api_version, kind, template)
    }
}
