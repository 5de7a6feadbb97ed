//! What docs/architecture.md says of the rooms is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, from the top floor down; a room uses only rooms of lower floors.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["commands"],
    &["node"],
    &["converge", "boot", "image", "lab", "health"],
    &["execute", "output", "record"],
    &["cli", "events"],
    &["plan"],
    &["facts"],
    &["remote"],
    &["desired"],
    &["kubernetes", "distro"],
    &["inventory", "templates"],
    &["scripts"],
    &["scale", "shell", "text", "clock"],
];

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

/// The rooms that a file uses: what follows `crate::` in code.
fn used(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text = code.collect::<Vec<_>>().join(" ");
    for rest in text.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let names = group.map_or(rest, |(group, _)| group);
        for name in names.split(", ") {
            let end = name
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(name.len());
            rooms.insert(name[..end].to_owned());
            if group.is_none() {
                break;
            }
        }
    }
    rooms
}

#[test]
fn a_room_uses_only_rooms_of_lower_floors() {
    let floor = |room: &str| FLOORS.iter().position(|floor| floor.contains(&room));
    let mut wrong = Vec::new();
    for path in files_below(Path::new("src")) {
        let room = path.components().nth(1).unwrap().as_os_str().to_string_lossy();
        let room = room.trim_end_matches(".rs").to_owned();
        if path.extension() != Some("rs".as_ref()) || room == "lib" {
            continue;
        }
        let own = floor(&room).unwrap_or_else(|| panic!("{room} is on no floor"));
        for other in used(&fs::read_to_string(&path).unwrap()) {
            if other != room && floor(&other).is_some_and(|floor| floor <= own) {
                wrong.push(format!("{} uses {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_path_of_the_page_exists() {
    let page = fs::read_to_string("docs/architecture.md").unwrap();
    let quoted = page.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted
        .filter(|text| text.starts_with("src/") || text.starts_with("templates/"))
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    let missing: Vec<&&str> = paths
        .iter()
        .filter(|path| !path.contains('*') && !Path::new(path).exists())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
