//! Names and values that Kubernetes has rules for. Only a parser that checks a name makes the name's type.

use std::fmt;
use std::net::Ipv4Addr;

use crate::inventory::names::{ClusterName, Refused, VolumeName, host_name, label, name, refuse};
use crate::inventory::paths::normalized;

name!(
    /// A namespace: an RFC 1123 label (kubernetes.io, "Object Names and IDs").
    Namespace,
    |text| label(text, "a namespace")
);
name!(
    /// The name of a volume's objects: an RFC 1035 label, as a Service's must be (kubernetes.io, "Object Names and
    /// IDs"), which is stricter than the rule of the other kinds.
    ObjectName,
    object_name
);
name!(
    /// The name of a node: an RFC 1123 name in lower case.
    NodeName,
    |text| subdomain(text, "a node's name")
);
name!(
    /// The key of a label: an optional prefix and `/`, then a name (kubernetes.io, "Labels and Selectors").
    LabelKey,
    label_key
);
name!(
    /// The value of a label, which may be empty.
    LabelValue,
    label_value
);
name!(
    /// A size as Kubernetes writes it, for example `10Gi`: a positive number and a suffix.
    Quantity,
    |text| bytes(text).map(drop)
);
name!(
    /// A directory inside a volume, relative to the volume's root; `.` is the root itself.
    VolumeDirectory,
    volume_directory
);
name!(
    /// The address or the name of an NFS server.
    NfsServer,
    nfs_server
);
name!(
    /// The path of an NFS export.
    ExportPath,
    |text| normalized(text, "an export")
);

name!(
    /// The name of a storage class: an RFC 1123 name in lower case.
    StorageClassName,
    |text| subdomain(text, "a storage class's name")
);
name!(
    /// The name of a provisioner of volumes, which is written like the key of a label.
    Provisioner,
    label_key
);
name!(
    /// The name of a container image, with registry, tag and digest as far as it has them.
    ImageName,
    image_name
);
name!(
    /// A directory on a node that keeps what outlasts pods.
    StateDirectory,
    |text| match text {
        "/" => refuse("the state needs a directory of its own"),
        _ => normalized(text, "the directory of the state"),
    }
);

/// The name that a volume's objects have when the inventory states none. The cluster's name is part of the name,
/// because persistent volumes of all clusters' inventories share one space of names. The inventory's reader makes the
/// default name, because the reader says which two volumes of the file would have the same name.
///
/// Each `-` of the cluster's name is doubled, so that the first single `-` ends the cluster's name: else volume `b`
/// of cluster `kube-a` and volume `a-b` of cluster `kube` would have one name.
///
/// A name in Kubernetes has neither upper case nor `_`, and does not end with `-`. A volume's name begins with a letter
/// or digit, so that at least this character is left.
#[must_use]
pub fn default_name(cluster: &ClusterName, volume: &VolumeName) -> String {
    let cluster = cluster.as_str().replace('-', "--");
    let lower = volume.as_str().to_ascii_lowercase().replace('_', "-");
    // The prefix says what the object is among others, and makes the name begin with a letter.
    format!("glusterfs-{cluster}-{}", lower.trim_end_matches('-'))
}

const NAME_MAX: usize = 63;
const SUBDOMAIN_MAX: usize = 253;

fn object_name(text: &str) -> Result<(), Refused> {
    label(text, "a name in Kubernetes")?;
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return refuse("a name in Kubernetes begins with a letter here, because the name of a Service must");
    }
    Ok(())
}

fn image_name(text: &str) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let end = |c: char| c.is_ascii_alphanumeric();
    if text.len() > SUBDOMAIN_MAX || !text.chars().all(allowed) || !text.starts_with(end) || !text.ends_with(end) {
        return refuse("an image's name looks like registry.example/glusterfs:10: letters, digits and . _ - / : @");
    }
    Ok(())
}

fn subdomain(text: &str, what: &str) -> Result<(), Refused> {
    if text.len() > SUBDOMAIN_MAX {
        return refuse(format!("{what} has at most {SUBDOMAIN_MAX} characters"));
    }
    text.split('.')
        .try_for_each(|part| label(part, &format!("each part of {what}")))
}

fn label_key(text: &str) -> Result<(), Refused> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(prefix) = prefix {
        subdomain(prefix, "what stands before the '/' of a label")?;
    }
    if name.is_empty() {
        return refuse("a label's key has a name, after the '/' if there is one");
    }
    word(name, "the name of a label")
}

fn label_value(text: &str) -> Result<(), Refused> {
    match text {
        "" => Ok(()),
        _ => word(text, "the value of a label"),
    }
}

fn word(text: &str, what: &str) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = |c: char| c.is_ascii_alphanumeric();
    if text.len() > NAME_MAX {
        return refuse(format!("{what} has at most {NAME_MAX} characters"));
    }
    if !text.chars().all(allowed) || !text.starts_with(end) || !text.ends_with(end) {
        return refuse(format!(
            "{what} consists of letters, digits, '-', '_' and '.', and begins and ends with a letter or digit"
        ));
    }
    Ok(())
}

impl Quantity {
    /// The size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        // The text was checked when the value was made.
        bytes(self.as_str()).unwrap_or_default()
    }
}

// A subset of the quantities that the API takes (resource.Quantity): no exponents, no number below 1.
fn bytes(text: &str) -> Result<u64, Refused> {
    const KILO: u128 = 1000;
    const KIBI: u128 = 1024;
    const SUFFIXES: [(&str, u128, u32); 13] = [
        ("", 1, 0),
        ("Ki", KIBI, 1),
        ("Mi", KIBI, 2),
        ("Gi", KIBI, 3),
        ("Ti", KIBI, 4),
        ("Pi", KIBI, 5),
        ("Ei", KIBI, 6),
        ("k", KILO, 1),
        ("M", KILO, 2),
        ("G", KILO, 3),
        ("T", KILO, 4),
        ("P", KILO, 5),
        ("E", KILO, 6),
    ];
    const DIGITS: usize = 15;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, suffix) = text.split_at(digits);
    let unit = SUFFIXES.iter().find(|(known, ..)| *known == suffix);
    let (Some((_, base, power)), true) = (unit, (1..=DIGITS).contains(&digits) && !number.starts_with('0')) else {
        let significant = number.trim_start_matches('0');
        // As other programs write the units: 10gi, 10GB, 10GiB.
        let unit = suffix.trim_start().trim_end_matches(['b', 'B']);
        let unit = SUFFIXES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(unit));
        return match (unit, significant) {
            (Some(_), "") if digits > 0 => refuse("a size is larger than 0"),
            (Some((known, ..)), number) if (1..=DIGITS).contains(&number.len()) => {
                refuse(format!("Kubernetes writes this size as {number}{known}"))
            }
            _ => refuse("a size is a whole number and a unit such as Mi, Gi or Ti, for example 10Gi"),
        };
    };
    // The API server cuts a larger size down, and what it stores is not what was written.
    let size = number.parse::<u128>().map(|number| number * base.pow(*power));
    match size.map(i64::try_from) {
        Ok(Ok(size)) => Ok(size.unsigned_abs()),
        _ => refuse(format!("a size is at most {} bytes, which is less than 8Ei", i64::MAX)),
    }
}

/// Whether a text is a quantity as the API writes and takes quantities: also with an exponent, a fraction or a suffix
/// below 1 (kubernetes/kubernetes, `resource.Quantity`: "quantity ::= signedNumber suffix").
#[must_use]
pub fn is_quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 16] = [
        "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "n", "u", "m", "k", "M", "G", "T", "P", "E",
    ];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_number = number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    let exponent = suffix.strip_prefix(['e', 'E']).unwrap_or_default();
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_exponent = !exponent.is_empty() && exponent.chars().all(|c| c.is_ascii_digit());
    is_number && (SUFFIXES.contains(&suffix) || is_exponent)
}

fn volume_directory(text: &str) -> Result<(), Refused> {
    if text == "." {
        return Ok(());
    }
    if text.is_empty() {
        return refuse("a directory inside a volume must not be empty; the volume's root is '.'");
    }
    if text.starts_with('/') {
        return refuse("the directory is relative to the volume's root: leave the first '/' out");
    }
    if text.split('/').any(|part| part == ".glusterfs" || part == ".trashcan") {
        return refuse("Gluster keeps the directories .glusterfs and .trashcan for itself");
    }
    normalized(&format!("/{text}"), "a directory inside a volume")
}

fn nfs_server(text: &str) -> Result<(), Refused> {
    match text.parse::<Ipv4Addr>() {
        Ok(_) => Ok(()),
        Err(_) => host_name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_kubernetes() {
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a.b", "a\nb", "a b", "a_b", long.as_str()] {
            assert!(Namespace::parse(bad).is_err(), "{bad:?}");
            assert!(ObjectName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Namespace::parse("0a").is_ok() && ObjectName::parse("0a").is_err());
        for bad in ["", "/a", "a/", "a/b/c", "A/b", "-a", "a-", "a b", "a/\n", long.as_str()] {
            assert!(LabelKey::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "example.com/A_b.c-d", "storagenode"] {
            assert!(LabelKey::parse(good).is_ok(), "{good:?}");
        }
        assert!(LabelValue::parse("").is_ok() && LabelValue::parse("a b").is_err());
        assert!(NodeName::parse("ip-198-51-100-11.example").is_ok() && NodeName::parse("a..b").is_err());
    }

    #[test]
    fn sizes_are_whole_and_positive() {
        for bad in [
            "",
            "0",
            "01Gi",
            "-1Gi",
            "1.5Gi",
            "1e3",
            "1gi",
            "10 Gi",
            "Gi",
            "1000000000000000Gi",
            "8Ei",
            "9223372036855P",
        ] {
            assert!(Quantity::parse(bad).is_err(), "{bad:?}");
        }
        for (good, bytes) in [
            ("1", 1),
            ("10Gi", 10 << 30),
            ("500M", 500_000_000),
            ("2Ti", 2 << 40),
            ("7Ei", 7 << 60),
        ] {
            assert_eq!(Quantity::parse(good).unwrap().bytes(), bytes, "{good:?}");
        }
    }

    #[test]
    fn quantities_of_the_api_have_exponents_and_fractions() {
        for good in ["1e9", "1000500m", "1.5Gi", "12E", "3E2", "+1e-3", ".5", "5."] {
            assert!(is_quantity(good), "{good:?}");
        }
        for bad in [
            "", "e9", "1e", "1ee9", "1.2.3", "Gi", "1gi", "1 Gi", "1\n", ".", "$(id)",
        ] {
            assert!(!is_quantity(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_directory_stays_inside_the_volume() {
        for bad in [
            "",
            "/a",
            "..",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "-a",
            "a b",
            ".glusterfs/x",
            "a'b",
        ] {
            assert!(VolumeDirectory::parse(bad).is_err(), "{bad:?}");
        }
        for good in [".", "a", "a/b", "kubernetes/static"] {
            assert!(VolumeDirectory::parse(good).is_ok(), "{good:?}");
        }
    }
}
