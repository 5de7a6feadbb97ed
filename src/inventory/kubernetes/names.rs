//! Names and values that Kubernetes has rules for. Only a parser that checks a name makes the name's type.

use std::fmt;
use std::net::Ipv4Addr;

use crate::inventory::names::{ClusterName, Refused, VolumeName, host_name, label, name, normalized, refuse};

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
    quantity
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

// A subset of the quantities that the API takes (resource.Quantity): no exponents, no number below 1.
fn quantity(text: &str) -> Result<(), Refused> {
    const SUFFIXES: [&str; 13] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E"];
    const DIGITS: usize = 15;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, suffix) = text.split_at(digits);
    if !(1..=DIGITS).contains(&digits) || number.starts_with('0') || !SUFFIXES.contains(&suffix) {
        return refuse("a size is a whole number without leading zeros and a suffix such as Mi, Gi or Ti: 10Gi");
    }
    Ok(())
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
        ] {
            assert!(Quantity::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["1", "10Gi", "500M", "2Ti"] {
            assert!(Quantity::parse(good).is_ok(), "{good:?}");
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
