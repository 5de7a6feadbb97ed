//! A strict reader of the text format of Prometheus
//! (https://prometheus.io/docs/instrumenting/exposition_formats/), for tests.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of a text, by the metric's name and its labels as they stand there.
pub type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// Reads a text of metrics; fails at the first line that is not as the format wants.
pub fn read(text: &str) -> Samples {
    assert!(text.ends_with('\n'), "the last line ends");
    let (mut helped, mut typed) = (BTreeSet::new(), BTreeMap::new());
    let (mut samples, mut current) = (Samples::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect(line);
            assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect(line);
            assert!(["gauge", "counter"].contains(&kind), "{line}");
            assert_eq!(name, current, "the type follows the help");
            assert_eq!(typed.insert(name.to_owned(), kind.to_owned()), None, "{line}");
        } else {
            let (name, labels, value) = sample(line);
            assert_eq!(name, current, "the samples of a metric stand together: {line}");
            assert!(typed.contains_key(&name), "{line}");
            let value = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(samples.insert((name, labels), value), None, "twice: {line}");
        }
    }
    samples
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The name, the labels and the value of a line.
fn sample(line: &str) -> (String, BTreeMap<String, String>, &str) {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_name(label), "{line}");
            let (value, after) = quoted(after).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None => {
                    rest = after.strip_prefix('}').expect(line);
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ').expect(line);
    assert!(
        !value.contains(' '),
        "no time stamp: the textfile collector refuses one: {line}"
    );
    (name.to_owned(), labels, value)
}

/// The value of a label, and what follows its closing quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

/// The value of the sample with exactly these labels.
pub fn value(samples: &Samples, name: &str, labels: &[(&str, &str)]) -> f64 {
    let labels = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let key = (format!("glusterctl_{name}"), labels.collect());
    *samples.get(&key).unwrap_or_else(|| panic!("{key:?} in {samples:#?}"))
}
