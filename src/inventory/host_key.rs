//! The public key of a host's sshd, as the host's own files have it.

use std::fmt;
use std::str::FromStr;

use super::names::{Refused, refuse};

/// The kinds of keys that an sshd has (sshd(8)).
pub(in crate::inventory) const KINDS: [&str; 5] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];

/// A public key: its kind and its text in base64, without the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey(String);

impl FromStr for HostKey {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        const WHERE: &str = "write the kind and the key, as in /etc/ssh/ssh_host_ed25519_key.pub on the host";
        let mut words = text.split_whitespace();
        let (Some(kind), key) = (words.next(), words.next().unwrap_or_default()) else {
            return refuse(format!("a host key is not empty: {WHERE}"));
        };
        if text.contains(':') && KINDS.iter().all(|known| *known != kind) {
            return refuse(format!("this is a fingerprint, which only proves a key: {WHERE}"));
        }
        if KINDS.contains(&key) {
            return refuse("write the key without the name before it");
        }
        if !KINDS.contains(&kind) {
            return refuse(format!("a host key is of the kind {}: {WHERE}", KINDS.join(", ")));
        }
        match is_whole(kind, key) {
            true => Ok(HostKey(format!("{kind} {key}"))),
            false => refuse(format!(
                "the text after {kind} is not a whole key of that kind: {WHERE}"
            )),
        }
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the text in base64 is a whole public key of that kind.
pub(in crate::inventory) fn is_whole(kind: &str, key: &str) -> bool {
    decoded(key).is_some_and(|bytes| is_key(&bytes, kind))
}

/// Whether these are strings with their lengths before them, to the last byte, the first of which is the kind (RFC 4253,
/// section 6.6).
fn is_key(mut bytes: &[u8], kind: &str) -> bool {
    let mut strings = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((string, rest)) = rest.split_at_checked(length) else {
            return false;
        };
        strings.push(string);
        bytes = rest;
    }
    bytes.is_empty() && strings.len() > 1 && strings[0] == kind.as_bytes()
}

/// The bytes of a text in base64 (RFC 4648, section 4).
fn decoded(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut bytes, mut bits, mut value) = (Vec::new(), 0, 0_u32);
    for digit in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == digit)?;
        value = value << 6 | u32::try_from(digit).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((value >> bits).to_be_bytes()[3]);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJjGTM9Q5Lc6zWkv2oRXgJCUQIlJTW4h7vKkXcGvI4Zk";

    #[test]
    fn the_line_of_a_hosts_own_file_is_a_key() {
        let parsed = |text: &str| text.parse::<HostKey>().map(|key| key.to_string());
        assert_eq!(parsed(KEY).as_deref(), Ok(KEY));
        assert_eq!(parsed(&format!("{KEY} root@kube1\n")).as_deref(), Ok(KEY));
    }

    #[test]
    fn what_is_no_whole_key_is_refused_with_its_reason() {
        for (text, why) in [
            (String::new(), "not empty"),
            ("SHA256:q3V1yQvD0Jb0kqVx".to_owned(), "a fingerprint"),
            (format!("kube1 {KEY}"), "without the name"),
            ("~/.ssh/known_hosts".to_owned(), "of the kind ssh-ed25519"),
            ("ssh-ed25519".to_owned(), "not a whole key"),
            (KEY[..KEY.len() - 4].to_owned(), "not a whole key"),
            (KEY.replace("ssh-ed25519", "ssh-rsa"), "not a whole key"),
            (KEY.replace('M', "!"), "not a whole key"),
        ] {
            let refused = text.parse::<HostKey>().unwrap_err();
            assert!(refused.0.contains(why), "{text}: {refused}");
        }
    }
}
