//! Quoting for POSIX shells: every value in a command has been quoted by [`quote`].

use std::borrow::Cow;

/// Quotes `value` so that a POSIX shell takes the value as one word: in single quotes, unless every character is
/// harmless. No quoting makes a NUL part of a word: `remote` refuses a script that has a NUL.
#[must_use]
pub fn quote(value: &str) -> Cow<'_, str> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_=/,.+".contains(c);
    if !value.is_empty() && value.chars().all(harmless) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("'{}'", value.replace('\'', r"'\''")))
}

/// Quotes each value and joins them with spaces.
pub fn words<I>(values: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let quoted: Vec<String> = values
        .into_iter()
        .map(|value| quote(value.as_ref()).into_owned())
        .collect();
    quoted.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    #[test]
    fn a_value_is_single_quoted_unless_it_is_harmless() {
        for (value, quoted) in [
            ("/dev/vdb", "/dev/vdb"),
            ("kube1:/bricks/vdb", "'kube1:/bricks/vdb'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(super::quote(value), quoted);
        }
    }

    proptest! {
        #[test]
        fn a_shell_reads_back_what_was_quoted(value in "[^\0]*") {
            let script = format!("printf %s {}", super::quote(&value));
            let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
            prop_assert_eq!(output.stdout, value.as_bytes());
        }
    }
}
