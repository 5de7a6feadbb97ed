//! The known word that an unknown word was probably meant to be.

use std::str::FromStr;

use crate::inventory::names::Refused;

/// The most similar text that parses, if such a text is obvious.
pub(super) fn nearest<T: FromStr<Err = Refused>>(text: &str) -> Option<String> {
    let text = text.trim();
    let as_word = [
        text.to_lowercase().replace(['_', ' '], "-"),
        text.trim_end_matches('/').to_owned(),
    ];
    // `false` and `UUID=…` are no beginnings of a path.
    let is_part = !["true", "false", "null"].contains(&text) && !text.contains('=');
    let as_path = [format!("/dev/{text}"), format!("/{text}")];
    // What takes a word takes no path.
    let paths = as_path.into_iter().filter(|_| is_part && "a".parse::<T>().is_err());
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    as_word
        .into_iter()
        .chain(paths)
        .find(|candidate| begins_well && candidate.parse::<T>().is_ok())
}

/// How a block of keys is written, by what messages call the block.
pub(super) fn block_example(what: &str) -> Option<&'static str> {
    const EXAMPLES: [(&str, &str); 9] = [
        ("`bricks`", "bricks: {hosts: [kube1, kube2, kube3]}"),
        ("`defaults`", "defaults: {devices: [/dev/vdb]}"),
        ("`gluster`", "gluster: {version: 11}"),
        ("`kubernetes`", "kubernetes: {version: 1.30}"),
        ("`labels`", "labels: {team: storage}"),
        ("`nodes`", "nodes: {kube1: node1}"),
        ("`options`", "options: {performance.cache-size: 256MB}"),
        ("`raid`", "raid: {stripe_unit: 256KiB, data_disks: 10}"),
        ("`tls`", "tls: {certificates: made}"),
    ];
    EXAMPLES
        .iter()
        .find(|(block, _)| *block == what)
        .map(|(_, example)| *example)
}

/// Words in the form of a list within a sentence.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => format!("`{only}`"),
        [most @ .., last] => format!("`{}` and `{last}`", most.join("`, `")),
    }
}

/// The known word that was probably meant, if a known word is close enough.
pub(super) fn did_you_mean<'w>(written: &str, known: &[&'w str]) -> Option<&'w str> {
    /// The length beyond which a text is not compared: every key is much shorter, and a text may have a megabyte.
    const TOO_LONG: usize = 40;
    /// Keys of other tools, each with the inventory's key of the same meaning.
    const OTHER_TOOLS: [(&str, &str); 18] = [
        ("nodes", "hosts"),
        ("servers", "hosts"),
        ("ip", "address"),
        ("addr", "address"),
        ("disks", "devices"),
        ("bricks", "devices"),
        ("mountpoint", "path"),
        ("mountpoint", "mount"),
        ("replicas", "replica"),
        ("key", "identity_file"),
        ("sudo", "become"),
        ("strict_host_key_checking", "host_keys"),
        ("hostkey", "host_key"),
        ("rack", "zone"),
        ("mount_options", "mount"),
        ("mount_point", "mount"),
        ("stripe", "disperse"),
        ("erasure", "disperse"),
    ];
    let word = written.to_lowercase().replace('-', "_");
    let usual = OTHER_TOOLS
        .iter()
        .filter(|(other, _)| *other == word)
        .map(|(_, ours)| *ours);
    let near = known
        .iter()
        .filter(|_| word.len() <= TOO_LONG)
        .map(|known| (strsim::levenshtein(&word, known), *known))
        .min();
    usual
        .filter_map(|ours| known.iter().copied().find(|known| *known == ours))
        .next()
        .or(near
            .filter(|(distance, known)| *distance <= 2 && *distance * 2 < known.len())
            .map(|(_, known)| known))
}
