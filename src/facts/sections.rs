//! The sections that `templates/observe.sh` and `templates/discover.sh` print. Pure; for the parsers of this room.

use std::collections::BTreeMap;

/// The sections of one host's output, by name.
#[derive(Debug, Default)]
pub struct Sections<'a> {
    by_name: BTreeMap<&'a str, &'a str>,
    /// The texts of files, by path.
    files: BTreeMap<&'a str, String>,
}

impl<'a> Sections<'a> {
    /// Splits at the lines that begin with `mark`. Each section's text is exactly what was printed in it.
    ///
    /// # Errors
    /// The last section, `end`, is missing: the output is incomplete.
    pub fn split(output: &'a str, mark: &str) -> Result<Self, String> {
        let mut by_name = BTreeMap::new();
        let separator = format!("\n{mark} ");
        for part in output.split(separator.as_str()).skip(1) {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            by_name.insert(name, text);
        }
        if by_name.contains_key("end") {
            let files = by_name.get("files").map_or_else(BTreeMap::new, |text| files(text));
            Ok(Sections { by_name, files })
        } else {
            Err("the host's answer is incomplete: its end is missing".into())
        }
    }

    /// The names of all sections.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.by_name.keys().copied()
    }

    /// The text of a section, if the script printed that section.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.by_name.get(name).copied()
    }

    /// The text of a section; empty if the script did not print that section.
    #[must_use]
    pub fn text(&self, name: &str) -> &'a str {
        self.get(name).unwrap_or_default()
    }

    /// The text of a file, whose last line has an end; none if the file is missing or empty.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The `key=value` lines of a section.
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.text(name).lines().filter_map(|line| line.split_once('='))
    }

    /// The value of the first `key=` line of a section.
    #[must_use]
    pub fn value(&self, name: &str, key: &str) -> Option<&'a str> {
        self.pairs(name)
            .find(|(found, _)| *found == key)
            .map(|(_, value)| value)
    }
}

/// Files, of which each line comes after the file's path and a colon.
fn files(text: &str) -> BTreeMap<&str, String> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (path, line) in text.split_inclusive('\n').filter_map(|line| line.split_once(':')) {
        files.entry(path).or_default().push_str(line);
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_file_are_all_that_comes_after_its_path() {
        let output = "\n@7 files\n/etc/a:one: two\n/etc/a:\n/etc/a:  three\r\n/etc/b:::\n\n@7 end\n";
        let sections = Sections::split(output, "@7").unwrap();
        assert_eq!(sections.file("/etc/a"), Some("one: two\n\n  three\r\n"));
        assert_eq!(sections.file("/etc/b"), Some("::\n"));
        assert_eq!(sections.file("/etc/c"), None);
    }

    #[test]
    fn a_section_is_exactly_what_was_printed_in_it() {
        let output = "motd\n\n@7 a\nx=1\nno newline at the end\n@7 b\n\n@7 b c\nline\n\n@7 end\n";
        let sections = Sections::split(output, "@7").unwrap();
        assert_eq!(sections.get("a"), Some("x=1\nno newline at the end"));
        assert_eq!(sections.get("b"), Some(""));
        assert_eq!(sections.get("b c"), Some("line\n"));
        assert_eq!(sections.value("a", "x"), Some("1"));
        assert_eq!(sections.get("d"), None);
    }

    #[test]
    fn an_answer_without_its_end_is_refused() {
        assert!(Sections::split("\n@7 a\nx=1\n", "@7").is_err());
    }
}
