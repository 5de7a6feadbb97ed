//! The JSON Schema of the inventory and the reader of the inventory know the same keys, words and defaults, and what a schema can
//! see of the mistakes, it refuses. The places of every key are found by changing inventories that have all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use assert_cmd::cargo::cargo_bin_cmd;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::schemas;
use crate::support::schemas::{flattened, place};
use glusterctl::inventory::{self, Inventory};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| inventory::schema().unwrap());
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&SCHEMA).unwrap());

/// A key, and a word, that no inventory has.
const UNKNOWN: &str = "xyzzy";

/// The value of YAML as editors read it.
fn parsed(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Every example and every inventory of the tests.
fn inventories() -> Vec<(PathBuf, Value)> {
    let entries = ["inventories", "tests/inventories"].map(|directory| std::fs::read_dir(directory).unwrap());
    let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut all: Vec<(PathBuf, Value)> = paths
        .filter(|path| path.extension() == Some("yaml".as_ref()))
        .map(|path| (path.clone(), parsed(&std::fs::read_to_string(path).unwrap())))
        .collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(all.len() > 10, "{}", all.len());
    all
}

/// The inventory of a document, or everything that the reader says against it.
fn read(document: &Value) -> Result<Inventory, String> {
    inventory::read(&document.to_string(), "inventory").map_err(|report| report.render(false, 100_000))
}

fn is_valid(document: &Value) -> bool {
    VALIDATOR.is_valid(document)
}

/// The words between backquotes of what follows some words on their line.
fn words_after(report: &str, before: &str) -> Option<BTreeSet<String>> {
    let rest = report.split_once(before)?.1.lines().next()?;
    Some(rest.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Calls `judge` with each document in which one place of an inventory has been changed by `change`, with the place, and with
/// the schemas that hold there. Of the places with the same schemas, a few are changed.
fn for_each_change(change: impl Fn(&mut Value), mut judge: impl FnMut(&Value, &str, &[&'static Value])) {
    const ENOUGH: usize = 4;
    let mut changes: BTreeMap<Vec<*const Value>, usize> = BTreeMap::new();
    for (path, document) in inventories() {
        for at in schemas::places(&document) {
            let here = place(&SCHEMA, &at);
            let count = changes
                .entry(here.iter().map(|schema| std::ptr::from_ref(*schema)).collect())
                .or_default();
            *count += 1;
            if *count <= ENOUGH {
                let mut changed = document.clone();
                change(changed.pointer_mut(&at).unwrap());
                judge(&changed, &format!("{} {at}", path.display()), &here);
            }
        }
    }
}

/// The keys of the blocks among schemas.
fn keys(schemas: &[&'static Value]) -> BTreeSet<String> {
    let blocks = schemas.iter().filter(|schema| schema["additionalProperties"] == false);
    blocks
        .filter_map(|schema| schema["properties"].as_object())
        .flat_map(|properties| properties.keys().cloned())
        .collect()
}

/// Every schema in the schema that fits.
fn all_that(fits: impl Fn(&Value) -> bool) -> BTreeSet<*const Value> {
    let mut all = Vec::new();
    schemas::walk(&SCHEMA, &mut |schema| {
        all.extend(fits(schema).then_some(std::ptr::from_ref(schema)))
    });
    assert!(!all.is_empty());
    all.into_iter().collect()
}

#[test]
fn the_schema_is_a_schema_and_the_program_prints_it() {
    jsonschema::meta::validate(&SCHEMA).unwrap();
    let printed = |args: &[&str]| {
        cargo_bin_cmd!("glusterctl")
            .args(args)
            .assert()
            .success()
            .get_output()
            .stdout
            .clone()
    };
    assert_eq!(serde_json::from_slice::<Value>(&printed(&["schema"])).unwrap(), *SCHEMA);
    assert_eq!(
        parsed(&String::from_utf8(printed(&["schema", "-o", "yaml"])).unwrap()),
        *SCHEMA
    );
}

#[test]
fn every_inventory_of_the_examples_and_tests_is_valid() {
    for (path, document) in inventories() {
        if let Err(error) = VALIDATOR.validate(&document) {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        }
    }
}

// The reader lists the keys of the block when it refuses a key.
#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let mut seen = BTreeSet::new();
    let block = |value: &mut Value| {
        match value {
            Value::Object(entries) => drop(entries.insert(UNKNOWN.to_owned(), json!(1))),
            // Perhaps a block can stand where something else stands.
            other => *other = json!({ UNKNOWN: 1 }),
        }
    };
    for_each_change(block, |changed, at, schemas| {
        let Err(report) = read(changed) else {
            assert!(
                is_valid(changed),
                "{at}: the schema refuses a key of the operator's choice"
            );
            return;
        };
        if !report.contains(&format!("there is no key `{UNKNOWN}` in ")) {
            return;
        }
        let listed = report
            .split_once("the keys of ")
            .unwrap()
            .1
            .split_once(" are ")
            .unwrap()
            .1;
        assert_eq!(words_after(listed, "").unwrap(), keys(schemas), "{at}");
        assert!(!is_valid(changed), "{at}: the schema takes any key");
        seen.extend(schemas.iter().map(|schema| std::ptr::from_ref(*schema)));
    });
    let blocks = all_that(|schema| schema["additionalProperties"] == false);
    assert!(
        blocks.is_subset(&seen),
        "no inventory of the tests has some block of the schema"
    );
}

#[test]
fn every_key_of_the_schema_is_in_an_inventory_and_has_a_description() {
    let mut written = BTreeSet::new();
    for (_, document) in inventories() {
        for at in schemas::places(&document) {
            written.extend(place(&SCHEMA, &at).into_iter().map(std::ptr::from_ref));
        }
    }
    schemas::walk(&SCHEMA, &mut |schema| {
        let properties = schema["properties"]
            .as_object()
            .filter(|_| schema["additionalProperties"] == false);
        for (key, value) in properties.into_iter().flatten() {
            assert!(
                written.contains(&std::ptr::from_ref(value)),
                "no inventory of the tests has this {key}: {value}"
            );
            let described = flattened(&SCHEMA, value)
                .iter()
                .any(|schema| schema["description"].is_string());
            assert!(described, "{key} has no description: {value}");
        }
    });
}

// The reader says which keys a block needs.
#[test]
fn the_schema_and_the_reader_want_the_same_keys() {
    let mut needed = 0;
    for (path, document) in inventories() {
        for at in schemas::places(&document) {
            let Some(entries) = document.pointer(&at).unwrap().as_object() else {
                continue;
            };
            for key in entries.keys() {
                let mut changed = document.clone();
                changed.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(key);
                // A brick that exists already needs keys or not, by what its mount point is.
                let depends = at.contains("/devices/") && ["uuid", "mount"].contains(&key.as_str());
                let report = read(&changed).err().unwrap_or_default();
                let needs = report.contains("` is missing here") && !depends;
                let place = format!("{} {at}: {key}", path.display());
                // Of what the reader refuses for another reason, the schema need not know.
                // With `type`, the schema does not say which other keys the type needs.
                let is_of_type = entries.contains_key("type") && ["replica", "disperse"].contains(&key.as_str());
                if !is_of_type && (needs || report.is_empty()) {
                    assert_eq!(is_valid(&changed), !needs, "{place}");
                }
                needed += usize::from(needs);
            }
        }
    }
    assert!(needed > 100, "{needed}");
}

// The reader lists the words that can stand in a place when it refuses a word.
#[test]
fn the_schema_and_the_reader_know_the_same_words() {
    let mut seen = BTreeSet::new();
    let word = |value: &mut Value| *value = json!(UNKNOWN);
    for_each_change(word, |changed, at, schemas| {
        let words: BTreeSet<String> = schemas
            .iter()
            .flat_map(|schema| match &schema["enum"] {
                Value::Array(words) => words.iter().map(|word| word.as_str().unwrap().to_owned()).collect(),
                _ if schema["type"] == "boolean" => vec!["true".to_owned(), "false".to_owned()],
                _ => Vec::new(),
            })
            .collect();
        seen.extend(schemas.iter().map(|schema| std::ptr::from_ref(*schema)));
        let report = read(changed).err().unwrap_or_default();
        let listed = report
            .lines()
            .find(|line| line.contains("= help: ") && line.contains("` or `"));
        let listed = listed.or(report
            .lines()
            .find(|line| line.contains("= help: ") && line.ends_with('`')));
        let refused = report.contains(&format!("`{UNKNOWN}` cannot be ")) || report.contains("Heketi makes volumes");
        match listed
            .and_then(|line| words_after(line, " is "))
            .filter(|_| refused && !words.is_empty())
        {
            Some(listed) => assert_eq!(listed, words, "{at}"),
            // Heketi's types have rules of their own, and are listed without quotes.
            None => assert!(
                words.is_empty() || words.iter().all(|word| report.contains(word)),
                "{at}: {words:?}\n{report}"
            ),
        }
        assert!(words.is_empty() || !is_valid(changed), "{at}");
    });
    let with_words = all_that(|schema| schema["enum"].is_array() || schema["type"] == "boolean");
    assert!(
        with_words.is_subset(&seen),
        "no inventory of the tests has some key with these words"
    );
}

#[test]
fn the_schema_and_the_reader_have_the_same_limits_of_numbers() {
    let mut seen = 0;
    for (path, document) in inventories() {
        for at in schemas::places(&document) {
            let limits = place(&SCHEMA, &at)
                .into_iter()
                .find(|schema| schema["type"] == "integer");
            let Some((least, most)) = limits.map(|schema| (&schema["minimum"], &schema["maximum"])) else {
                continue;
            };
            let (least, most) = (least.as_i64().unwrap(), most.as_i64().unwrap());
            for (number, good) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                let mut changed = document.clone();
                *changed.pointer_mut(&at).unwrap() = json!(number);
                let report = read(&changed).err().unwrap_or_default();
                let refused = report.contains(&format!("`{number}` cannot be "));
                assert_eq!(
                    (!refused, is_valid(&changed)),
                    (good, good),
                    "{} {at}: {number}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_reader() {
    let mut seen = BTreeSet::new();
    for (path, document) in inventories() {
        for at in schemas::places(&document) {
            let Some(entries) = document.pointer(&at).unwrap().as_object() else {
                continue;
            };
            let here = place(&SCHEMA, &at);
            let properties = here
                .iter()
                .filter_map(|schema| schema["properties"].as_object())
                .flatten();
            for (key, schema) in properties.filter(|(_, schema)| !schema["default"].is_null()) {
                let mut changed = document.clone();
                let block = changed.pointer_mut(&at).unwrap().as_object_mut().unwrap();
                block.insert(key.clone(), schema["default"].clone());
                // What holds for every host or volume only counts where nothing else is said, and two keys exclude each other.
                let elsewhere = entries.contains_key(key) || key == "namespace" && entries.contains_key("namespaces");
                let elsewhere = elsewhere || key == "arbiter" && !entries.contains_key("replica");
                let elsewhere = elsewhere || key == "heketi" && entries.contains_key("brick");
                let elsewhere = elsewhere || entries.get("heketi") == Some(&json!(true));
                // Of a host, the cluster's word holds.
                let elsewhere = elsewhere || key == "become" && at.contains("/hosts/");
                if elsewhere {
                    continue;
                }
                let place = format!("{} {at}: {key}", path.display());
                assert_eq!(read(&changed), read(&document), "{place}");
                seen.insert(std::ptr::from_ref(schema));
            }
        }
    }
    assert!(seen.len() >= 10, "{}", seen.len());
}

/// What stands in a sound inventory, what stands there by mistake, and whether a schema can see it.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str)] = &[
    ("cluster: kube", "clutser: kube"),
    ("cluster: kube", "cluster: Kube_1"),
    ("cluster: kube", "cluster: \u{201c}kube\u{201d}"),
    ("cluster: kube", "cluster: [kube]"),
    ("name: kube1", "name: kub\u{435}1"),
    ("name: kube1", "name: kube_1"),
    ("name: kube1, ", ""),
    ("address: 198.51.100.11, ", ""),
    ("address: 198.51.100.11", "address: 198.51.100.11/24"),
    ("address: 198.51.100.11", "address: ssh://198.51.100.11"),
    ("address: 198.51.100.11", "address: kube1.example"),
    ("devices: [/dev/vdb]}\n  - {name: kube2", "device: /dev/vdb}\n  - {name: kube2"),
    ("devices: [/dev/vdb]", "devices: /dev/vdb"),
    ("devices: [/dev/vdb]", "devices: [vdb]"),
    ("devices: [/dev/vdb]", "devices: [/tmp/x]"),
    ("devices: [/dev/vdb]", "devices: [{path: /dev/vdb, wipe: true}]"),
    ("devices: [/dev/vdb]", "devices: [{path: /dev/vdb, lvm: thick}]"),
    ("devices: [/dev/vdb]", "devices: [{name: vdb}]"),
    ("{name: kube1,", "{name: kube1, role: worker,"),
    ("{name: kube1,", "{name: kube1, ssh: {port: 70000},"),
    ("{name: kube1,", "{name: kube1, ssh: {become: doas},"),
    ("{name: kube1,", "{name: kube1, leaving: maybe,"),
    ("{name: kube2,", "{name: kube2, kubernetes: {node: n1},"),
    ("replica: 3", "replica: three"),
    ("replica: 3", "replica: 3, arbiter: kube3"),
    ("replica: 3", "replica: 1"),
    ("replica: 3", "repilca: 3"),
    ("replica: 3", "disperse: 4+2"),
    ("replica: 3", "disperse: {data: 4}"),
    ("replica: 3", "type: mirror"),
    ("mount: /data", "mount: data"),
    ("mount: /data", "mount: {path: /data, on: nodes}"),
    ("mount: /data", "mount: {option: [noatime]}"),
    (", mount: /data", ""),
    ("mount: /data", "mount: /data, quota: 10gi"),
    ("mount: /data", "mount: /data, options: {Performance: on}"),
    ("mount: /data", "mount: /data, profile: vrit"),
    ("volumes:", "tls: {certificates: mad}\nvolumes:"),
    ("volumes:", "kubernetes: {version: 1.13.x}\nvolumes:"),
    ("volumes:", "kubernetes: {method: nsf}\nvolumes:"),
    ("volumes:", "kubernetes: {access: RWX}\nvolumes:"),
];

#[test]
fn mistakes_that_a_schema_can_see_are_refused() {
    let sound = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";
    assert!(is_valid(&parsed(sound)) && inventory::read(sound, "sound").is_ok());
    for (right, wrong) in MISTAKES {
        assert!(sound.contains(right), "{right}");
        let text = sound.replacen(right, wrong, 1);
        assert!(inventory::read(&text, "wrong").is_err(), "the reader accepts {wrong}");
        assert!(!is_valid(&parsed(&text)), "the schema accepts {wrong}");
    }
}

#[test]
fn gluster_s_own_options_are_completed_and_others_are_accepted() {
    let options = &SCHEMA["definitions"]["volume"]["properties"]["options"]["properties"];
    let described = |option: &str| options[option]["description"].as_str().unwrap_or_default().to_owned();
    assert_eq!(described("client.send-gids"), "An option of Gluster 10: on or off.");
    assert_eq!(
        described("changelog.encoding"),
        "An option of Gluster 10: one of binary, ascii."
    );
    assert!(options.as_object().unwrap().len() > 100);
    assert!(
        inventories()
            .iter()
            .any(|(_, document)| document.to_string().contains("user.note"))
    );
}
