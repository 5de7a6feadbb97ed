//! Gluster's own groups of volume options: `profile: virt`. Gluster keeps the groups as files in /var/lib/glusterd/groups
//! and shows only the members of a group afterwards, so the members are data here. Pure.

/// A group of options, with its members as GlusterFS 10 has them. All servers get the same members, whatever their version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The name of the group.
    pub name: &'static str,
    /// The options of the group.
    pub options: &'static [(&'static str, &'static str)],
}

impl Profile {
    /// All groups, by name.
    pub const ALL: &'static [Profile] = &[
        Profile {
            name: "db-workload",
            options: &[
                ("performance.open-behind", "on"),
                ("performance.write-behind", "off"),
                ("performance.stat-prefetch", "off"),
                ("performance.quick-read", "off"),
                ("performance.strict-o-direct", "on"),
                ("performance.read-ahead", "off"),
                ("performance.io-cache", "off"),
                ("performance.readdir-ahead", "off"),
                ("performance.client-io-threads", "on"),
                ("server.event-threads", "4"),
                ("client.event-threads", "4"),
                ("performance.read-after-open", "yes"),
            ],
        },
        Profile {
            name: "distributed-virt",
            options: &[
                ("performance.quick-read", "off"),
                ("performance.read-ahead", "off"),
                ("performance.io-cache", "off"),
                ("performance.low-prio-threads", "32"),
                ("network.remote-dio", "enable"),
                ("features.shard", "on"),
                ("user.cifs", "off"),
                ("client.event-threads", "4"),
                ("server.event-threads", "4"),
                ("performance.client-io-threads", "on"),
                ("cluster.lookup-optimize", "off"),
            ],
        },
        Profile {
            name: "gluster-block",
            options: &[
                ("performance.quick-read", "off"),
                ("performance.read-ahead", "off"),
                ("performance.io-cache", "off"),
                ("performance.stat-prefetch", "off"),
                ("performance.open-behind", "off"),
                ("performance.readdir-ahead", "off"),
                ("performance.strict-o-direct", "on"),
                ("performance.client-io-threads", "on"),
                ("performance.io-thread-count", "32"),
                ("performance.high-prio-threads", "32"),
                ("performance.normal-prio-threads", "32"),
                ("performance.low-prio-threads", "32"),
                ("performance.least-prio-threads", "4"),
                ("client.event-threads", "8"),
                ("server.event-threads", "8"),
                ("network.remote-dio", "disable"),
                ("cluster.eager-lock", "enable"),
                ("cluster.quorum-type", "auto"),
                ("cluster.data-self-heal-algorithm", "full"),
                ("cluster.locking-scheme", "granular"),
                ("cluster.shd-max-threads", "8"),
                ("cluster.shd-wait-qlength", "10000"),
                ("features.shard", "on"),
                ("features.shard-block-size", "64MB"),
                ("user.cifs", "off"),
                ("server.allow-insecure", "on"),
                ("cluster.choose-local", "off"),
                ("cluster.lookup-optimize", "off"),
            ],
        },
        Profile {
            name: "metadata-cache",
            options: &[
                ("features.cache-invalidation", "on"),
                ("features.cache-invalidation-timeout", "600"),
                ("performance.stat-prefetch", "on"),
                ("performance.cache-invalidation", "on"),
                ("performance.md-cache-timeout", "600"),
                ("network.inode-lru-limit", "200000"),
            ],
        },
        Profile {
            name: "nl-cache",
            options: &[
                ("features.cache-invalidation", "on"),
                ("features.cache-invalidation-timeout", "600"),
                ("performance.nl-cache", "on"),
                ("performance.nl-cache-timeout", "600"),
                ("network.inode-lru-limit", "200000"),
            ],
        },
        Profile {
            name: "samba",
            options: &[
                ("features.cache-invalidation", "on"),
                ("features.cache-invalidation-timeout", "600"),
                ("performance.cache-samba-metadata", "on"),
                ("performance.stat-prefetch", "on"),
                ("performance.cache-invalidation", "on"),
                ("performance.md-cache-timeout", "600"),
                ("network.inode-lru-limit", "200000"),
                ("performance.nl-cache", "on"),
                ("performance.nl-cache-timeout", "600"),
                ("performance.readdir-ahead", "on"),
                ("performance.parallel-readdir", "on"),
                ("performance.write-behind", "off"),
            ],
        },
        Profile {
            name: "virt",
            options: &[
                ("performance.quick-read", "off"),
                ("performance.read-ahead", "off"),
                ("performance.io-cache", "off"),
                ("performance.low-prio-threads", "32"),
                ("network.remote-dio", "disable"),
                ("performance.strict-o-direct", "on"),
                ("cluster.eager-lock", "enable"),
                ("cluster.quorum-type", "auto"),
                ("cluster.server-quorum-type", "server"),
                ("cluster.data-self-heal-algorithm", "full"),
                ("cluster.locking-scheme", "granular"),
                ("cluster.shd-max-threads", "8"),
                ("cluster.shd-wait-qlength", "10000"),
                ("features.shard", "on"),
                ("user.cifs", "off"),
                ("cluster.choose-local", "off"),
                ("client.event-threads", "4"),
                ("server.event-threads", "4"),
                ("performance.client-io-threads", "on"),
                ("network.ping-timeout", "20"),
                ("server.tcp-user-timeout", "20"),
                ("server.keepalive-time", "10"),
                ("server.keepalive-interval", "2"),
                ("server.keepalive-count", "5"),
                ("cluster.lookup-optimize", "off"),
            ],
        },
    ];

    /// The group of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Profile> {
        Self::ALL.iter().copied().find(|profile| profile.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_member_is_an_option_that_an_inventory_could_have() {
        for Profile { name, options } in Profile::ALL {
            let written: Vec<String> = options
                .iter()
                .map(|(key, value)| format!("{key}: \"{value}\""))
                .collect();
            let volume = |more: &str| {
                format!(
                    "cluster: a\nhosts: [{{name: b, address: 198.51.100.1, devices: [/dev/b]}}]\n\
                     volumes: [{{name: c, type: distribute, mount: /d, {more}}}]\n"
                )
            };
            let read = |more: &str| crate::inventory::read(&volume(more), "test").unwrap().volumes.remove(0);
            let by_profile = read(&format!("profile: {name}"));
            assert_eq!(
                by_profile.options,
                read(&format!("options: {{{}}}", written.join(", "))).options
            );
            let keys: BTreeSet<&str> = options.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys.len(), options.len(), "{name}");
        }
    }
}
