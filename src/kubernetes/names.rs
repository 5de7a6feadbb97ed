//! What a volume's objects are called in Kubernetes.

use std::collections::BTreeMap;

use crate::inventory::{Volume, VolumeName};

/// Says what it is among other services, and makes the name begin with a letter, as a Service's must.
const PREFIX: &str = "glusterfs-";

/// A Service's name is an RFC 1035 label, a namespace's an RFC 1123 one (Kubernetes, "Object Names and IDs").
const LABEL_MAX: usize = 63;

/// The name of each volume's objects, in the order of the volumes; or every reason why there is none.
pub(super) fn of(volumes: &[Volume]) -> Result<Vec<String>, Vec<String>> {
    let names: Vec<String> = volumes.iter().map(|volume| object_name(&volume.name)).collect();
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut reasons = Vec::new();
    for (volume, name) in volumes.iter().zip(&names) {
        users.entry(name).or_default().push(volume.name.as_str());
        if name.len() > LABEL_MAX {
            reasons.push(format!(
                "volume {} would be {name}, of {} characters, and a Service's name has at most {LABEL_MAX}: \
                 give the volume a name of at most {}",
                volume.name,
                name.len(),
                LABEL_MAX - PREFIX.len()
            ));
        }
    }
    for (name, volumes) in users.iter().filter(|(_, volumes)| volumes.len() > 1) {
        reasons.push(format!(
            "volumes {} would all be {name} in Kubernetes, where names are in lower case and have no '_': rename all \
             but one",
            volumes.join(" and ")
        ));
    }
    if reasons.is_empty() { Ok(names) } else { Err(reasons) }
}

/// Kubernetes has neither upper case nor `_` in names, and none ends with `-`. A volume's name begins with a letter or
/// digit, so that something is always left.
fn object_name(volume: &VolumeName) -> String {
    let lower = volume.as_str().to_ascii_lowercase().replace('_', "-");
    format!("{PREFIX}{}", lower.trim_end_matches('-'))
}

/// Why that is no namespace, if it is none.
pub(super) fn refuse_namespace(namespace: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let right = (1..=LABEL_MAX).contains(&namespace.len())
        && namespace.chars().all(allowed)
        && !namespace.starts_with('-')
        && !namespace.ends_with('-');
    (!right).then(|| {
        format!(
            "{namespace:?} is no namespace: it has 1 to {LABEL_MAX} characters a-z, 0-9 and '-', and neither begins \
             nor ends with '-'"
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn upper_case_and_underscores_are_mapped() {
        for (volume, name) in [
            ("gv0", "glusterfs-gv0"),
            ("My_Data", "glusterfs-my-data"),
            ("0", "glusterfs-0"),
            ("a_-", "glusterfs-a"),
            ("a__b", "glusterfs-a--b"),
        ] {
            assert_eq!(object_name(&VolumeName::parse(volume).unwrap()), name);
        }
    }

    #[test]
    fn what_is_no_label_is_no_namespace() {
        for bad in ["", "-a", "a-", "A", "a.b", "a\nb", "a b", &"a".repeat(64)] {
            assert!(refuse_namespace(bad).is_some(), "{bad:?}");
        }
        for good in ["default", "0a", "a-b", &"a".repeat(63)] {
            assert_eq!(refuse_namespace(good), None);
        }
    }

    proptest! {
        #[test]
        fn every_volume_name_becomes_a_label_that_begins_with_a_letter(volume in "[A-Za-z0-9][A-Za-z0-9_-]{0,62}") {
            prop_assume!(volume != "all");
            let name = object_name(&VolumeName::parse(&volume).unwrap());
            prop_assert!(name.starts_with(|c: char| c.is_ascii_lowercase()));
            prop_assert!(name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()));
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        }
    }
}
