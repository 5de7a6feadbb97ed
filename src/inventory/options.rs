//! Gluster's own volume options: their names and the form of their values. An inventory may name others, because each
//! version of Gluster has its own; a name or value that Gluster 10 does not know is only doubted. Pure.

use std::collections::BTreeMap;

/// An option a line, with what its values look like. The names are what `gluster volume get VOLUME all`, `gluster volume set
/// help` and the table of glusterd 10.3 have; the forms are those of the translators' own tables. An option whose form is not
/// clear from these has none.
const OPTIONS: &str = include_str!("options.txt");

/// The version whose options the list has.
pub(super) const VERSION: &str = "Gluster 10";

/// What a volume has unless the inventory says otherwise: how many threads of a brick heal and rebalance at a time, which is half
/// of a brick's threads.
///
/// With Gluster's own 1, every thread that has nothing to do spins while two such requests wait for the one. Measured with
/// GlusterFS 10.3 on three hosts that shared two processors, while a client wrote: 600 files of 64 KiB were healed in a
/// third of the time (10 s instead of 30 to 34 s), and a write took 17 to 21 ms instead of 34 to 51 ms (99th percentile,
/// benches/heal). Without a client, and with 16 threads, the bricks took 2.5 instead of 7.6 processor seconds to heal 300 files.
pub const HEAL_THREADS: (&str, &str) = ("performance.least-prio-threads", "8");

/// What every switch takes: `gf_string2boolean`.
const SWITCH: [&str; 10] = ["on", "off", "yes", "no", "true", "false", "enable", "disable", "1", "0"];

/// The letters by which two names may differ, so that one of them is a misspelling of the other.
const MISSPELLED: usize = 3;

/// Every option of the list, with the form of its values; the form is empty if it is not clear.
pub(super) fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPTIONS.lines().map(|line| line.split_once(' ').unwrap_or((line, "")))
}

/// What is probably a mistake in a volume's options, with the remedies.
pub(super) fn doubts(options: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    options.iter().filter_map(|(option, value)| doubt(option, value))
}

/// Why an option is probably a mistake, with the remedy; `None` if nothing is wrong with the option.
fn doubt(option: &str, value: &str) -> Option<String> {
    // Gluster takes any name that begins so, for the operator's own use.
    if option.starts_with("user.") {
        return None;
    }
    let Some((_, form)) = known().find(|(name, _)| *name == option) else {
        let near = known().map(|(name, _)| (strsim::levenshtein(option, name), name)).min();
        let remedy = match near.filter(|(distance, _)| *distance <= MISSPELLED) {
            Some((_, name)) => format!("did you mean {name}?"),
            None => "`gluster volume set help` lists the options".to_owned(),
        };
        return Some(format!("{VERSION} has no option {option}; {remedy}"));
    };
    let begins_as_number = value.starts_with(|c: char| c.is_ascii_digit());
    let why = match form {
        "switch" if !SWITCH.contains(&value.to_ascii_lowercase().as_str()) => "is neither on nor off".to_owned(),
        "number" if !begins_as_number && !value.starts_with('-') => "is no number".to_owned(),
        "seconds" if !begins_as_number => "is no number of seconds".to_owned(),
        "percent" if !begins_as_number => "is no percentage, for example 10%".to_owned(),
        "size" if !begins_as_number => "is no size, for example 64MB".to_owned(),
        words if words.contains('|') && !words.split('|').any(|word| word.eq_ignore_ascii_case(value)) => {
            format!("is none of {}", words.replace('|', ", "))
        }
        _ => return None,
    };
    Some(format!("the value `{value}` of {option} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Profile;

    #[test]
    fn a_misspelled_option_is_doubted_with_the_name_that_was_meant() {
        let said = doubt("performance.cache-sise", "1GB");
        let meant = "Gluster 10 has no option performance.cache-sise; did you mean performance.cache-size?";
        assert_eq!(said.as_deref(), Some(meant));
        assert!(doubt("features.teleport", "on").is_some_and(|said| said.ends_with("lists the options")));
    }

    #[test]
    fn a_value_of_another_form_is_doubted() {
        for (option, value) in [
            ("performance.cache-size", "lots"),
            ("features.shard", "64MB"),
            ("network.ping-timeout", "short"),
            ("cluster.quorum-type", "majority"),
            ("client.event-threads", "four"),
            ("cluster.min-free-inodes", "few"),
        ] {
            assert!(doubt(option, value).is_some(), "{option}: {value}");
        }
    }

    #[test]
    fn what_gluster_takes_is_not_doubted() {
        for (option, value) in [
            ("performance.cache-size", "256MB"),
            ("features.shard", "Enable"),
            ("cluster.quorum-type", "auto"),
            ("cluster.lookup-unhashed", "auto"),
            ("diagnostics.client-log-level", "warning"),
            ("client.event-threads", "4"),
            ("storage.owner-uid", "-1"),
            ("cluster.min-free-disk", "10%"),
            ("auth.allow", "198.51.100.*"),
            ("user.cifs", "off"),
        ] {
            assert_eq!(doubt(option, value), None, "{option}: {value}");
        }
    }

    #[test]
    fn the_members_of_the_profiles_are_known() {
        for (option, value) in Profile::ALL.iter().flat_map(|profile| profile.options) {
            assert_eq!(doubt(option, value), None, "{option}: {value}");
        }
    }
}
