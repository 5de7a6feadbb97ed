//! The limits of quotas, as the bricks carry them. Pure.

use std::collections::BTreeMap;

use super::Facts;
use super::sections::Sections;

/// How many bytes directories of a volume may hold, by the path inside the volume; `/` is the whole volume.
pub type QuotaLimits = BTreeMap<String, u64>;

/// Parses what `templates/quota-limits.sh` prints: of each volume whose quota is on, the limits on each brick that runs here.
pub(super) fn parse(sections: &Sections) -> BTreeMap<String, Vec<QuotaLimits>> {
    let mut volumes: BTreeMap<String, Vec<QuotaLimits>> = BTreeMap::new();
    let mut volume = None;
    for (key, value) in sections.pairs("quota_limits") {
        let Some((first, path)) = value.split_once(' ') else {
            continue;
        };
        if key == "brick" {
            volume = Some(first);
            volumes.entry(first.to_owned()).or_default().push(QuotaLimits::new());
        } else if let Some(bytes) = limit(first)
            && let Some(brick) = volume.and_then(|volume| volumes.get_mut(volume)?.last_mut())
        {
            brick.insert(path.to_owned(), bytes);
        }
    }
    volumes
}

/// The limit in the attribute of a directory: 8 bytes of the limit, then 8 of the share at which Gluster logs (-1 for the
/// volume's default). A limit that is not above 0 is none (`quota_limits_t` in GlusterFS's
/// libglusterfs/src/glusterfs/quota-common-utils.h).
fn limit(hex: &str) -> Option<u64> {
    let bytes = u64::from_str_radix(hex.get(..16)?, 16).ok()?;
    i64::try_from(bytes).is_ok_and(|bytes| bytes > 0).then_some(bytes)
}

impl Facts {
    /// The limits of a volume whose quota is on: of each directory, what most bricks carry, because a brick that was down
    /// may not have heard of the last change. None if no running brick was looked at.
    #[must_use]
    pub fn quota_limits(&self, volume: &str) -> Option<QuotaLimits> {
        let hosts = self.hosts.values().filter_map(|host| host.as_ref().ok());
        let bricks = hosts.filter_map(|host| host.quota_limits.get(volume)).flatten();
        let bricks: Vec<&QuotaLimits> = bricks.collect();
        if bricks.is_empty() {
            return None;
        }
        let most = |path: &String| {
            let mut carried: BTreeMap<Option<u64>, usize> = BTreeMap::new();
            for brick in &bricks {
                *carried.entry(brick.get(path).copied()).or_default() += 1;
            }
            carried.into_iter().max_by_key(|(_, bricks)| *bricks)?.0
        };
        let paths = bricks.iter().flat_map(|brick| brick.keys());
        Some(paths.filter_map(|path| Some((path.clone(), most(path)?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::Desired;
    use crate::facts::HostFacts;
    use crate::inventory;

    #[test]
    fn the_limits_of_each_brick_are_read() {
        let output = "\n@ quota_limits\nbrick=gv0 /bricks/vdb/gv0\nlimit=0000000006400000ffffffffffffffff /\n\
                      limit=0000000001400000ffffffffffffffff /a/b c\nlimit=0000000000000000ffffffffffffffff /none\n\
                      brick=gv1 /bricks/vdb/gv1\n\n@ end\n";
        let parsed = parse(&Sections::split(output, "@").unwrap());
        let limits: Vec<(&str, u64)> = parsed["gv0"][0].iter().map(|(path, bytes)| (&**path, *bytes)).collect();
        assert_eq!(limits, [("/", 104_857_600), ("/a/b c", 20_971_520)]);
        assert!(parsed["gv1"][0].is_empty());
    }

    #[test]
    fn a_brick_that_missed_a_change_is_outvoted_and_no_brick_is_unknown() {
        let text = "cluster: a\ndefaults: {devices: [/dev/b]}\nhosts: [{name: a, address: 198.51.100.1}, {name: b, address: \
                    198.51.100.2}, {name: c, address: 198.51.100.3}]\n";
        let inventory = inventory::read(text, "test").unwrap();
        let said = [("a", 5), ("b", 7), ("c", 7)].map(|(name, bytes)| {
            let limits: QuotaLimits = [("/".to_owned(), bytes)].into();
            let facts = HostFacts {
                quota_limits: [("gv0".to_owned(), vec![limits])].into(),
                ..HostFacts::default()
            };
            (name.parse().unwrap(), Ok(facts))
        });
        let facts = Facts::new(&Desired::of(&inventory), said.into());
        assert_eq!(facts.quota_limits("gv0").unwrap()["/"], 7);
        assert_eq!(facts.quota_limits("gv1"), None);
    }
}
