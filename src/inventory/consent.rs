//! The consent to erase what a device holds. A consent names the content, so that the consent ends with the content.

use std::fmt;

use super::names::Refused;

/// What may be erased from a device: the name of the device's content, as `discover` and the refusal of `apply` print
/// the name, for example `ext4 8f3c1a2b-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent(String);

impl Consent {
    /// Reads a consent.
    ///
    /// # Errors
    /// The text names no content; the error says what is missing.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        const ANSWERS: [&str; 6] = ["true", "yes", "on", "false", "no", "off"];
        let words: Vec<&str> = text.split_whitespace().collect();
        let why = match words.as_slice() {
            [] => "nothing is named here",
            [word] if ANSWERS.contains(&word.to_ascii_lowercase().as_str()) => {
                "an answer names nothing: it would consent to whatever the device ever holds"
            }
            [_] => "one word is not enough: a kind of content is followed by a UUID, and `serial` by the serial number",
            _ if text.chars().any(char::is_control) => "a name has no control characters",
            _ => return Ok(Consent(words.join(" "))),
        };
        Err(Refused(why.to_owned()))
    }

    /// Whether the consent is for the content with that name. White space and the case of letters make no difference.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let words = name.split_whitespace().map(str::to_ascii_lowercase);
        words.eq(self.0.split(' ').map(str::to_ascii_lowercase))
    }

    /// How the name of a content is written in an inventory: the key `wipe` with the name in double quotes.
    #[must_use]
    pub fn written(name: &str) -> String {
        let mut text = String::from("wipe: \"");
        for c in name.chars() {
            if matches!(c, '"' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text + "\""
    }
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_no_consent() {
        for text in ["", " ", "true", "TRUE", "yes", "false", "ext4", "a\u{1b} b"] {
            assert!(Consent::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_consent_is_for_one_content() {
        let consent = Consent::parse(" ext4  8F3C-1a2b ").unwrap();
        assert_eq!(consent.to_string(), "ext4 8F3C-1a2b");
        for (name, covered) in [
            ("ext4 8f3c-1a2b", true),
            ("ext4 8f3c-1a2", false),
            ("xfs 8f3c-1a2b", false),
            ("ext4 8f3c-1a2b, gpt", false),
            ("ext4", false),
            ("", false),
        ] {
            assert_eq!(consent.covers(name), covered, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn a_consent_that_was_copied_covers_what_it_names(kind in "[!-~]{1,8}", id in "[ -~]*[!-~]") {
            let name = format!("{kind} {id}");
            let text = format!(
                "cluster: a\nhosts:\n  - {{name: b, address: 198.51.100.1, devices: [{{path: /dev/b, {}}}]}}\n",
                Consent::written(&name)
            );
            let inventory = crate::inventory::read(&text, "test").unwrap_or_else(|report| panic!("{report}"));
            let consent = inventory.hosts[0].devices[0].wipe.as_ref();
            prop_assert!(consent.is_some_and(|consent| consent.covers(&name)), "{}", text);
        }
    }
}
