//! Quoting for POSIX shells: the only way a value gets into a command.

use std::borrow::Cow;

/// Quotes `value` so that a POSIX shell takes it as one word, whatever it contains.
#[must_use]
pub fn quote(value: &str) -> Cow<'_, str> {
    shell_escape::unix::escape(Cow::Borrowed(value))
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

    proptest! {
        #[test]
        fn a_shell_reads_back_what_was_quoted(value in "[^\0]*") {
            let script = format!("printf %s {}", super::quote(&value));
            let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
            prop_assert_eq!(output.stdout, value.as_bytes());
        }
    }
}
