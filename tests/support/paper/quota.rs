//! Quotas of a cluster on paper.

use super::{Cluster, Volume};

impl Cluster<'_> {
    /// `gluster volume quota NAME` with these words, of a volume that is started. What Gluster refuses is a mistake of the plan.
    pub(super) fn quota(&mut self, name: &str, words: &[&str]) {
        let volume = self.volumes.get_mut(name).unwrap();
        let mount = &self.desired.inventory.volume(name).unwrap().mount.path;
        assert!(volume.started, "{name}: {words:?}");
        assert_ne!(words == ["enable"], volume.has_quota(), "{name}: {words:?}");
        match words {
            [turn @ ("enable" | "disable")] => {
                let value = if *turn == "enable" { "on" } else { "off" };
                for key in ["features.quota", "features.inode-quota"] {
                    volume.options.insert(key.to_owned(), value.to_owned());
                }
                volume.limits.clear();
            }
            ["limit-usage", path, bytes] => {
                let is_there = *path == "/" || self.inside.contains(&format!("{mount}{path}"));
                assert!(is_there, "{path} of {name} is no directory");
                volume.limits.insert((*path).to_owned(), bytes.parse().unwrap());
            }
            ["remove", path] => assert!(volume.limits.remove(*path).is_some(), "{path} of {name} has no limit"),
            words => panic!("the cluster on paper does not know this quota: {words:?}"),
        }
    }

    /// The limits of a volume, in bytes; none if the quota is off.
    pub fn limits(&self, volume: &str) -> Option<Vec<(&str, u64)>> {
        let volume = &self.volumes[volume];
        let limits = volume.limits.iter().map(|(path, bytes)| (path.as_str(), *bytes));
        volume.has_quota().then(|| limits.collect())
    }
}

impl Volume {
    pub(super) fn has_quota(&self) -> bool {
        self.options.get("features.quota").is_some_and(|value| value == "on")
    }
}
