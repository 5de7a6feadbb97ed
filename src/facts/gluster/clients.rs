//! The clients of a volume, from the text of `volume status VOLUME client-list`: its XML has no client. Pure.

use std::collections::BTreeMap;

/// How many clients a volume has, by Gluster's word for their kind: `fuse` is a mount, `glustershd` a self-heal daemon.
pub type Clients = BTreeMap<String, u64>;

/// Parses `volume status VOLUME client-list`.
///
/// # Errors
/// The text is not such a list, in Gluster's words.
pub fn clients(text: &str) -> Result<Clients, String> {
    if !text.contains("Client connections for volume") {
        let words = text.trim();
        let words = if words.is_empty() { "no answer" } else { words };
        return Err(format!("gluster volume status client-list: {words}"));
    }
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, count) = (words.next()?, words.next()?.parse().ok()?);
        words.next().is_none().then(|| (name.to_owned(), count))
    };
    Ok(text.lines().filter_map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn clients_are_counted_by_their_kind() {
        let known = clients(captured!("volume-status-client-list.txt")).unwrap();
        assert_eq!(known, [("fuse".to_owned(), 3), ("glustershd".to_owned(), 3)].into());
        let busy = "Another transaction is in progress for gv0. Please try again after some time.\n";
        assert!(clients(busy).unwrap_err().contains("Another transaction"));
    }
}
