use quick_xml::events::Event;

use super::*;

fn entries(lines: &str) -> Vec<Entry> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const RUN: &str = r#"{"entry":"run","at":"2026-11-26T10:00:00Z","cluster":"kube","by":"op@desk, process 7"}
{"entry":"begun","at":"2026-11-26T10:00:01.000Z","host":"kube1","step":"install glusterfs-server","reason":"not installed"}
{"entry":"begun","at":"2026-11-26T10:00:01.200Z","host":"kube2","step":"format <b>/dev/vdb</b>","reason":"blank & \"new\""}
{"entry":"ended","at":"2026-11-26T10:00:09.500Z","host":"kube1","step":"install glusterfs-server","command":"apt-get install","status":0,"output":"ok","error":null}
{"entry":"begun","at":"2026-11-26T10:00:09.600Z","host":"kube1","step":"start glusterd","reason":"does not run"}
{"entry":"ended","at":"2026-11-26T10:00:10.000Z","host":"kube2","step":"format <b>/dev/vdb</b>","command":"mkfs.xfs </dev/null","status":1,"output":"a\u001b[31m</pre><script>alert(1)</script>","error":"exit status 1 <&>"}
"#;
const FAILED: &str = r#"{"entry":"finished","at":"2026-11-26T10:00:12Z","done":false,"errors":["kube2: format <b>/dev/vdb</b>: exit status 1 <&>\nlook at the disk"]}
"#;

/// The elements of a page, which must be well-formed, with their attributes; and its text.
fn parsed(page: &str) -> (Vec<String>, String) {
    let mut reader = quick_xml::Reader::from_str(page);
    let (mut elements, mut text, mut depth) = (Vec::new(), String::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) => {
                depth += 1;
                elements.push(start.to_string());
            }
            Event::Empty(start) => elements.push(start.to_string()),
            Event::End(_) => depth -= 1,
            Event::Text(piece) => text += &piece,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{page}");
    (elements, text)
}

#[test]
fn the_page_of_a_failed_run_is_well_formed_and_complete() {
    let page = page(&entries(&format!("{RUN}{FAILED}")), &[]).unwrap();
    let path = std::path::Path::new("tests/golden/report.html");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        page.replace(crate::cli::VERSION, "VERSION"),
        golden.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
    let (elements, text) = parsed(&page);
    assert_eq!(
        elements.iter().filter(|element| element.starts_with("rect ")).count(),
        3,
        "{elements:?}"
    );
    for words in [
        "Cluster kube: failed",
        "3 steps on 2 hosts",
        "start glusterd",
        "the end is not known",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn nothing_that_hosts_say_becomes_an_element_or_a_script() {
    let page = page(&entries(&format!("{RUN}{FAILED}")), &[]).unwrap();
    let (elements, _) = parsed(&page);
    assert!(
        !elements
            .iter()
            .any(|element| element.starts_with("script") || *element == "b"),
        "{elements:?}"
    );
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(page.contains("\\u{1b}[31m"), "{page}");
    // No other file and no other machine.
    for from_elsewhere in ["src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
}

#[test]
fn a_run_without_steps_and_a_run_that_was_cut_short_have_pages() {
    let nothing = page(&entries(FAILED.replace("false", "true").as_str()), &[]).unwrap();
    let (elements, text) = parsed(&nothing);
    assert!(
        !elements.iter().any(|element| element.starts_with("svg")),
        "{elements:?}"
    );
    assert!(text.contains("nothing had to be changed"), "{text}");
    let short = page(&entries(RUN), &[]).unwrap();
    assert!(parsed(&short).1.contains("Cluster kube: cut short"), "{short}");
}

#[test]
fn steps_of_a_host_that_overlap_have_lanes_of_their_own() {
    let entries = entries(RUN);
    let mut both = entries.clone();
    for entry in &entries {
        if let Entry::Begun { at, host, reason, .. } = entry {
            both.insert(
                2,
                Entry::Begun {
                    at: at.clone(),
                    host: host.clone(),
                    step: "another".to_owned(),
                    reason: reason.clone(),
                },
            );
        }
    }
    let (labels, ticks, bars, _) = picture(&steps(&both));
    assert_eq!(labels.len(), 2);
    assert_eq!(ticks.first().map(|tick| tick.label.as_str()), Some("0 s"));
    for (at, bar) in bars.iter().enumerate() {
        let edges = |bar: &Bar| {
            let from: f64 = bar.x.parse().unwrap();
            (from, from + bar.width.parse::<f64>().unwrap())
        };
        for other in &bars[at + 1..] {
            let ((a, b), (c, d)) = (edges(bar), edges(other));
            assert!(
                bar.y != other.y || b <= c + 0.2 || d <= a + 0.2,
                "{} covers {}",
                bar.told,
                other.told
            );
        }
    }
}

#[test]
fn a_section_is_a_table_with_sentences_and_what_is_wrong() {
    let section = Section {
        title: "Faults".to_owned(),
        failed: vec!["1 file is lost: <b>".to_owned()],
        head: vec!["FAULT", "LOST"],
        rows: vec![vec!["host".to_owned(), "1 of 2 & more\u{1b}".to_owned()]],
        sentences: vec!["host: kube3 is lost".to_owned()],
    };
    let page = page(&entries(RUN), &[section]).unwrap();
    let (elements, text) = parsed(&page);
    for element in ["h2", "table class=\"values\"", "pre class=\"failed\"", "li"] {
        assert!(elements.iter().any(|one| one == element), "{element}: {elements:?}");
    }
    for words in ["Faults", "FAULT", "kube3 is lost"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        page.contains("<td>1 of 2 &amp; more\\u{1b}</td>") && page.contains("lost: &lt;b&gt;"),
        "{page}"
    );
}
