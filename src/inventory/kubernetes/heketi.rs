//! Heketi, as `kubernetes: {heketi: …}` says it: where it runs, and the storage classes that ask it for volumes.
//!
//! What values may be is said by Kubernetes' own provisioner (kubernetes/kubernetes 1.25, `pkg/volume/glusterfs/glusterfs.go`,
//! `parseClassParameters`) and by Heketi (heketi/heketi, `apps/glusterfs/volume_durability_ec.go`, `volume_entry.go`).

use std::fmt;

use super::names::{Namespace, NodeName};
use crate::inventory::host_key::{self, KINDS};
use crate::inventory::names::{Refused, VolumeName, name, refuse};

name!(
    /// A container image, for example `heketi/heketi:10`.
    Image,
    image
);
name!(
    /// The address of Heketi for Kubernetes, for example `http://heketi.example.com`.
    RestUrl,
    rest_url
);
name!(
    /// The type of a class's volumes, as the class writes it: `replicate:3`, `disperse:4:2` or `none`.
    HeketiType,
    |text| shape(text).map(drop)
);
name!(
    /// The id of a cluster in Heketi, as `heketi-cli cluster list` prints it.
    HeketiId,
    heketi_id
);
name!(
    /// What the names of a class's volumes begin with.
    NamePrefix,
    name_prefix
);
name!(
    /// Options that every volume of a class gets, for example `group virt, performance.cache-size 64MB`.
    VolumeOptions,
    volume_options
);
name!(
    /// The public key with which Heketi logs in on the servers, a line as in `heketi-ssh.pub`.
    PublicKey,
    public_key
);

/// Where Heketi runs, and its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heketi {
    /// The namespace of Heketi's own objects.
    pub namespace: Namespace,
    /// The image of Heketi.
    pub image: Image,
    /// The volume of the inventory that keeps Heketi's database.
    pub database: VolumeName,
    /// The name at which an Ingress makes Heketi reachable; without it there is no Ingress.
    pub host: Option<NodeName>,
    /// What the classes have as `resturl`, if the inventory states it.
    pub url: Option<RestUrl>,
    /// The port of every node at which Heketi is reachable.
    pub node_port: u16,
    /// The login with which Heketi reaches the servers over SSH.
    pub user: String,
    /// Heketi's public key, if glusterctl is to authorise it on the servers.
    pub public_key: Option<PublicKey>,
    /// The storage classes.
    pub classes: Vec<HeketiClass>,
}

/// A storage class whose volumes Heketi makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeketiClass {
    /// The class's name.
    pub name: NodeName,
    /// The type of the volumes.
    pub volume_type: HeketiType,
    /// The smallest and the largest group that a volume gets.
    pub gid: (u32, u32),
    /// The cluster of Heketi, if it has several.
    pub cluster: Option<HeketiId>,
    /// What the names of volumes begin with, if not `vol_`.
    pub prefix: Option<NamePrefix>,
    /// Options of the volumes.
    pub options: Option<VolumeOptions>,
    /// The room for snapshots: the thin pool is this many times as large as the brick.
    pub snapshot_factor: Option<u8>,
    /// Whether claims may grow.
    pub expansion: bool,
}

/// The range of groups that the provisioner knows (`absoluteGidMin`, `absoluteGidMax`), and its default.
pub(in crate::inventory) const GIDS: (u32, u32) = (2_000, 2_147_483_647);

/// The node ports that an API server gives out, unless it is told otherwise.
pub(in crate::inventory) const NODE_PORTS: (u16, u16) = (30_000, 32_767);

/// The node port of the recipe that most people followed.
pub(in crate::inventory) const NODE_PORT: u16 = 30_348;

impl HeketiClass {
    /// A class of that name with the defaults of the provisioner.
    pub(in crate::inventory) fn preset(name: NodeName) -> Self {
        HeketiClass {
            name,
            volume_type: HeketiType::preset("replicate:3"),
            gid: GIDS,
            cluster: None,
            prefix: None,
            options: None,
            snapshot_factor: None,
            expansion: true,
        }
    }
}

impl Default for Heketi {
    fn default() -> Self {
        Heketi {
            namespace: Namespace::preset("heketi"),
            image: Image::preset("heketi/heketi:10"),
            database: VolumeName::preset("heketidbstorage"),
            host: None,
            url: None,
            node_port: NODE_PORT,
            user: "root".to_owned(),
            public_key: None,
            classes: vec![HeketiClass::preset(NodeName::preset("glusterfs-heketi"))],
        }
    }
}

/// How a volume of Heketi keeps data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    None,
    Replicate(usize),
    Disperse(usize, usize),
}

fn shape(text: &str) -> Result<Shape, Refused> {
    let numbers: Vec<&str> = text.split(':').collect();
    let shape = match numbers.as_slice() {
        ["none"] => Some(Shape::None),
        ["replicate", replica] => replica
            .parse()
            .ok()
            .filter(|n| (2..=3).contains(n))
            .map(Shape::Replicate),
        ["disperse", data, redundancy] => match (data.parse(), redundancy.parse()) {
            (Ok(data), Ok(redundancy)) => Some((data, redundancy))
                .filter(|known| [(2, 1), (4, 2), (8, 3), (8, 4)].contains(known))
                .map(|(data, redundancy)| Shape::Disperse(data, redundancy)),
            _ => None,
        },
        _ => None,
    };
    shape.ok_or_else(|| {
        let all = "replicate:2, replicate:3, disperse:2:1, disperse:4:2, disperse:8:3, disperse:8:4 and none";
        Refused(format!("Heketi makes volumes of the types {all}"))
    })
}

impl HeketiType {
    /// On how many servers a set of bricks is at the least: Heketi puts no two bricks of a set on one server.
    #[must_use]
    pub fn servers(&self) -> usize {
        match shape(&self.0) {
            Ok(Shape::Replicate(replica)) => replica,
            Ok(Shape::Disperse(data, redundancy)) => data + redundancy,
            Ok(Shape::None) | Err(_) => 1,
        }
    }
}

impl PublicKey {
    /// The kind and the text in base64, without the comment.
    #[must_use]
    pub fn without_comment(&self) -> String {
        let words: Vec<&str> = self.0.split_whitespace().take(2).collect();
        words.join(" ")
    }

    /// The text in base64.
    #[must_use]
    pub fn base64(&self) -> &str {
        self.0.split_whitespace().nth(1).unwrap_or_default()
    }
}

fn public_key(text: &str) -> Result<(), Refused> {
    const WHERE: &str = "write the line of the file heketi-ssh.pub";
    if text.contains("PRIVATE KEY") {
        return refuse(format!(
            "this is a private key, which the inventory must not have: {WHERE}"
        ));
    }
    if text.chars().any(char::is_control) {
        return refuse(format!("a public key is one line: {WHERE}"));
    }
    let mut words = text.split_whitespace();
    let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !KINDS.contains(&kind) {
        return refuse(format!(
            "a public key begins with its kind, one of {}: {WHERE}",
            KINDS.join(", ")
        ));
    }
    match host_key::is_whole(kind, key) {
        true => Ok(()),
        false => refuse(format!(
            "the text after {kind} is not a whole key of that kind: {WHERE}"
        )),
    }
}

fn image(text: &str) -> Result<(), Refused> {
    const MAX: usize = 255;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let ends = |c: char| c.is_ascii_alphanumeric();
    if text.is_empty()
        || text.len() > MAX
        || !text.chars().all(allowed)
        || !text.starts_with(ends)
        || !text.ends_with(ends)
    {
        return refuse("an image is written as registry/name:tag, for example heketi/heketi:10");
    }
    Ok(())
}

fn rest_url(text: &str) -> Result<(), Refused> {
    const MAX: usize = 255;
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '/' | '[' | ']');
    match rest {
        Some(rest) if !rest.is_empty() && text.len() <= MAX && rest.chars().all(allowed) && !rest.starts_with('/') => {
            Ok(())
        }
        _ => {
            refuse("the address of Heketi begins with http:// or https://, for example http://heketi.example.com:8080")
        }
    }
}

fn heketi_id(text: &str) -> Result<(), Refused> {
    const LENGTH: usize = 32;
    match text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(()),
        false => refuse(format!(
            "an id of Heketi has {LENGTH} digits from 0 to 9 and a to f, as heketi-cli cluster list prints it"
        )),
    }
}

fn name_prefix(text: &str) -> Result<(), Refused> {
    const MAX: usize = 20;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match (1..=MAX).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-') {
        true => Ok(()),
        // The provisioner joins prefix, namespace, claim and an id with `_`.
        false => refuse(format!("a prefix has 1 to {MAX} letters, digits and '-', and no '_'")),
    }
}

fn volume_options(text: &str) -> Result<(), Refused> {
    const MAX: usize = 1_024;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | '.' | '_' | '-' | ':' | '%' | '/');
    let whole = text.split(',').all(|option| option.trim().contains(' '));
    match !text.is_empty() && text.len() <= MAX && text.chars().all(allowed) && whole {
        true => Ok(()),
        false => refuse(
            "options are written as `key value, key value`, for example `group virt, performance.cache-size 64MB`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_one_whole_line() {
        const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJjGTM9Q5Lc6zWkv2oRXgJCUQIlJTW4h7vKkXcGvI4Zk";
        for good in [
            format!("ssh-ed25519 {KEY}"),
            format!("ssh-ed25519 {KEY} heketi of kube"),
        ] {
            let key = PublicKey::parse(&good).unwrap();
            assert_eq!(key.without_comment(), format!("ssh-ed25519 {KEY}"));
            assert_eq!(key.base64(), KEY);
        }
        for bad in [
            String::new(),
            KEY.to_owned(),
            "ssh-ed25519".to_owned(),
            format!("ssh-ed25519 {}", &KEY[..60]),
            format!("ssh-rsa {KEY}"),
            format!("ssh-dss {KEY}"),
            format!("ssh-ed25519 {KEY}\nssh-ed25519 {KEY}"),
            format!("from=\"*\" ssh-ed25519 {KEY}"),
            "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
        ] {
            assert!(PublicKey::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_are_what_heketi_and_the_provisioner_take() {
        for (good, servers) in [
            ("replicate:3", 3),
            ("replicate:2", 2),
            ("disperse:4:2", 6),
            ("disperse:8:3", 11),
            ("none", 1),
        ] {
            assert_eq!(HeketiType::parse(good).unwrap().servers(), servers, "{good}");
        }
        for bad in [
            "",
            "replicate",
            "replicate:1",
            "replicate:4",
            "disperse:3:2",
            "disperse:4",
            "none:1",
            "Replicate:3",
            "replicate:3:1",
        ] {
            assert!(HeketiType::parse(bad).is_err(), "{bad}");
        }
        for bad in [
            "heketi:8080",
            "http://",
            "http:///x",
            "http://a b",
            "ftp://a",
            "http://a\n",
            "http://a?x",
            "http://u@a",
        ] {
            assert!(RestUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(RestUrl::parse("https://heketi.example.com:8080/x").is_ok());
        for bad in ["", "a_b", "-a", "a b", "123456789012345678901"] {
            assert!(NamePrefix::parse(bad).is_err(), "{bad}");
        }
        assert!(NamePrefix::parse("k8s-dev").is_ok());
        for bad in ["", "group", "group virt,", "a b\nc", "a 'b'", "group virt, x"] {
            assert!(VolumeOptions::parse(bad).is_err(), "{bad}");
        }
        assert!(VolumeOptions::parse("group virt, nl-cache on").is_ok());
        for bad in ["", "a b", "/a", "a:", "$(id)"] {
            assert!(Image::parse(bad).is_err(), "{bad}");
        }
        assert!(HeketiId::parse("0ab1c2d3e4f5061728394a5b6c7d8e9f").is_ok() && HeketiId::parse("0ab1").is_err());
    }
}
