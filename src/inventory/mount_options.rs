//! The options that mounts of a volume take. A mount with an option that nobody knows fails on some systems and ignores the
//! option on others, so an inventory may have others, and they are doubted. Pure.

use super::names::MountOption;

/// What mount.glusterfs 10.3 takes.
const GLUSTERFS: [&str; 47] = [
    "acl",
    "attr-times-granularity",
    "attribute-timeout",
    "auto-invalidation",
    "aux-gfid-mount",
    "background-qlen",
    "congestion-threshold",
    "direct-io-mode",
    "dump-fuse",
    "entry-timeout",
    "event-history",
    "fetch-attempts",
    "fopen-keep-cache",
    "fuse-dev-eperm-ratelimit-ns",
    "fuse-flush-handle-interrupt",
    "fuse-mountopts",
    "gid-timeout",
    "global-threading",
    "halo-max-latency",
    "halo-max-replicas",
    "halo-min-replicas",
    "invalidate-limit",
    "io-engine",
    "kernel-writeback-cache",
    "localtime-logging",
    "log-file",
    "log-level",
    "lru-limit",
    "mem-accounting",
    "negative-timeout",
    "no-root-squash",
    "oom-score-adj",
    "process-name",
    "reader-thread-count",
    "resolve-gids",
    "root-squash",
    "selinux",
    "server-port",
    "subdir-mount",
    "thin-client",
    "transport",
    "use-readdirp",
    "volfile-check",
    "volume-id",
    "volume-name",
    "worm",
    "xlator-option",
];

/// What every mount takes: mount(8), with the options that it hands to the kernel and to systemd.
const EVERY: [&str; 24] = [
    "_netdev",
    "atime",
    "context",
    "defaults",
    "defcontext",
    "dev",
    "diratime",
    "exec",
    "fscontext",
    "loud",
    "mand",
    "noatime",
    "nodev",
    "nodiratime",
    "noexec",
    "nofail",
    "norelatime",
    "nosuid",
    "relatime",
    "ro",
    "rootcontext",
    "rw",
    "strictatime",
    "suid",
];

/// What is probably a mistake in a volume's mount options, with the remedies.
pub(super) fn doubts(options: &[MountOption]) -> impl Iterator<Item = String> {
    options.iter().filter_map(|option| doubt(option.as_str()))
}

fn doubt(option: &str) -> Option<String> {
    let name = option.split('=').next().unwrap_or_default();
    let mut known = GLUSTERFS.iter().chain(&EVERY);
    if name.starts_with("x-") || known.clone().any(|known| *known == name) {
        return None;
    }
    let meant = known.find(|known| strsim::levenshtein(name, known) <= 2);
    Some(match meant {
        Some(meant) => format!("no mount of GlusterFS has the option {name}; did you mean {meant}?"),
        None => format!("no mount of GlusterFS has the option {name}; mount.glusterfs(8) lists the options"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_mount_option_is_doubted() {
        let said = doubt("log-levl=WARNING");
        let meant = "no mount of GlusterFS has the option log-levl; did you mean log-level?";
        assert_eq!(said.as_deref(), Some(meant));
        assert!(doubt("foobar").is_some_and(|said| said.contains("mount.glusterfs(8)")));
    }

    #[test]
    fn what_mounts_take_is_not_doubted() {
        for option in [
            "log-level=WARNING",
            "noatime",
            "_netdev",
            "x-systemd.requires=net.target",
            "ro",
        ] {
            assert_eq!(doubt(option), None, "{option}");
        }
    }
}
