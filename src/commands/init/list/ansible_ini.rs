//! An inventory of Ansible in INI. Pure.
//!
//! The form: docs.ansible.com, `ansible.builtin.ini` and "How to build your inventory".

use super::ansible::{Ansible, Variables};
use super::{is_comment, section};
use crate::text::printable;

/// What the lines of a section are.
enum Section<'t> {
    Hosts(&'t str),
    Variables(&'t str),
    Children(&'t str),
}

/// Reads the inventory.
///
/// # Errors
/// Every line that is wrong.
pub fn read(text: &str) -> Result<Ansible, Vec<String>> {
    let (mut ansible, mut problems) = (Ansible::default(), Vec::new());
    let mut current = Section::Hosts("ungrouped");
    for (at, line) in text.lines().enumerate() {
        if is_comment(line) {
            continue;
        }
        let done = match section(line) {
            Some(name) => begun(name).map(|section| current = section),
            None => add(&mut ansible, &current, line.trim()),
        };
        if let Err(problem) = done {
            problems.push(format!("line {}: {problem}", at + 1));
        }
    }
    match problems.is_empty() {
        true => Ok(ansible),
        false => Err(problems),
    }
}

fn begun(name: &str) -> Result<Section<'_>, String> {
    match name.rsplit_once(':') {
        Some((group, "vars")) => Ok(Section::Variables(group)),
        Some((group, "children")) => Ok(Section::Children(group)),
        Some((_, other)) => Err(format!(
            "[{}] is no section of Ansible: {:?} is neither vars nor children",
            printable(name),
            other
        )),
        None => Ok(Section::Hosts(name)),
    }
}

fn add(ansible: &mut Ansible, section: &Section, line: &str) -> Result<(), String> {
    match section {
        Section::Children(group) => {
            let child = line.split([' ', '\t', '#']).next().unwrap_or_default();
            ansible.child(group, child);
            Ok(())
        }
        Section::Variables(group) => {
            let (name, value) = line.split_once('=').ok_or_else(|| {
                format!(
                    "{line:?} sets no variable; write NAME=VALUE in [{}:vars]",
                    printable(group)
                )
            })?;
            let value = words(value.trim())?.join(" ");
            ansible.set(group, Variables::from([(name.trim().to_owned(), value)]));
            Ok(())
        }
        Section::Hosts(group) => {
            let words = words(line)?;
            let Some((pattern, settings)) = words.split_first() else {
                return Ok(());
            };
            let mut variables = Variables::new();
            for setting in settings {
                let (name, value) = setting.split_once('=').ok_or_else(|| {
                    format!("{setting:?} behind the host {pattern:?} sets no variable; write NAME=VALUE")
                })?;
                variables.insert(name.to_owned(), value.to_owned());
            }
            if pattern.contains('=') {
                return Err(format!(
                    "{pattern:?} is no host; variables of a group stand below [GROUP:vars]"
                ));
            }
            ansible.add(group, pattern, &variables)
        }
    }
}

/// The words of a line, as a shell splits them; the line ends at a `#` that begins a word.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(format!("a quotation begins with {open} and does not end"));
    }
    words.extend(word);
    Ok(words)
}
