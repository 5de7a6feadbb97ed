//! The documents of an OCI image (opencontainers/image-spec 1.0: image-layout, config, manifest). Pure.

use serde_json::{Value, json};

/// The file `oci-layout`.
pub const LAYOUT: &str = "{\"imageLayoutVersion\":\"1.0.0\"}\n";

const CONFIGURATION: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A file of the image.
#[derive(Debug)]
pub struct Blob {
    /// `sha256:` and the sum.
    pub digest: String,
    /// In bytes.
    pub size: u64,
}

impl Blob {
    fn descriptor(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest, "size": self.size})
    }
}

/// An image of one layer.
#[derive(Debug)]
pub struct Image<'a> {
    pub name: &'a str,
    /// As Go calls it.
    pub architecture: &'a str,
    /// As RFC 3339 writes it.
    pub created: String,
    /// The compressed layer.
    pub layer: Blob,
    /// The digest of the layer before it was compressed.
    pub unpacked: String,
}

impl Image<'_> {
    /// What a container of the image runs.
    pub fn configuration(&self) -> String {
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let configuration = json!({
            "architecture": self.architecture,
            "os": "linux",
            "created": self.created,
            "config": {"Entrypoint": ["/usr/bin/glusterctl", "node"], "Env": [path]},
            "rootfs": {"type": "layers", "diff_ids": [self.unpacked]},
            "history": [{"created": self.created, "created_by": "glusterctl kubernetes pods image"}],
        });
        configuration.to_string()
    }

    /// The manifest of the image with that configuration.
    pub fn manifest(&self, configuration: &Blob) -> String {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": configuration.descriptor(CONFIGURATION),
            "layers": [self.layer.descriptor(LAYER)],
        });
        manifest.to_string()
    }

    /// The index of an archive with that manifest alone. containerd reads the image's name from its own annotation, and every
    /// other program from that of the specification.
    pub fn index(&self, manifest: &Blob) -> String {
        let mut entry = manifest.descriptor(MANIFEST);
        entry["platform"] = json!({"architecture": self.architecture, "os": "linux"});
        entry["annotations"] = json!({
            "io.containerd.image.name": self.name,
            "org.opencontainers.image.ref.name": self.name,
        });
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).to_string()
    }
}
