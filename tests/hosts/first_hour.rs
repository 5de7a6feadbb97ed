//! The first hour of a person at a terminal, from no inventory to a cluster that is healthy.

use std::fs;
use std::path::Path;

use crate::support::TestLab;
use crate::support::terminal::Terminal;

const MISTAKEN: &str = "sed -i s/replica:/replicas:/ glusterctl.yaml && glusterctl check";
const MENDED: &str = "sed -i s/replicas:/replica:/ glusterctl.yaml && glusterctl check";

/// Runs a command; what it shows can be read, and has these words.
fn shows(terminal: &Terminal, command: &str, words: &[&str]) -> String {
    let shown = terminal.run(command);
    terminal.can_be_read(&shown);
    for words in words {
        assert!(shown.contains(words), "{command}: {words}\n{shown}");
    }
    shown
}

/// Runs `apply` until it asks.
fn is_asked(terminal: &Terminal) {
    terminal.begin("glusterctl apply");
    let question = terminal.until("the question", |shown| shown.ends_with("[y/N]"));
    let (_, question) = question.split_once('\n').unwrap();
    terminal.can_be_read(question);
    for words in [
        "kube1, kube2, kube3: format /dev/",
        "This formats kube1:/dev/",
        "Go on?",
    ] {
        assert!(question.contains(words), "{words}\n{question}");
    }
}

#[test]
fn lab_first_hour_in_a_terminal() {
    let lab = TestLab::up("hour", 3, &["/dev/vdb"]);
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join(".ssh")).unwrap();
    // Not --lab: in a lab, nobody is asked.
    fs::copy(lab.ssh_config(), place.path().join(".ssh/lab")).unwrap();
    let terminal = Terminal::new(place.path(), 80);

    let shown = shows(
        &terminal,
        "glusterctl init kube[1:3] --config-file ~/.ssh/lab",
        &["wrote glusterctl.yaml"],
    );
    assert!(shown.ends_with("\nnext: glusterctl plan\n"), "{shown}");
    shows(
        &terminal,
        MISTAKEN,
        &[
            "replicas: 3\n",
            "did you mean `replica`?",
            "1 problem; nothing was contacted",
        ],
    );
    let shown = shows(&terminal, MENDED, &["is valid: 3 servers, 0 clients, 1 volume"]);
    assert!(shown.ends_with("\nnext: glusterctl plan\n"), "{shown}");
    let next = "`glusterctl apply` runs the steps, after it has asked";
    shows(
        &terminal,
        "glusterctl plan",
        &["Needs consent:\n", "3 devices are formatted, and no others.\n", next],
    );

    is_asked(&terminal);
    terminal.press("C-c");
    let shown = terminal.end();
    terminal.can_be_read(&shown);
    assert!(
        shown.ends_with("\nerror: stopped: interrupted; nothing was changed\n"),
        "{shown}"
    );
    for host in ["kube1", "kube2", "kube3"] {
        assert_eq!(
            lab.must(host, "blkid -p /dev/vdb; ls -A /bricks /data 2>/dev/null; true"),
            ""
        );
    }

    is_asked(&terminal);
    terminal.enter("yes");
    let shown = terminal.end();
    terminal.can_be_read(&shown);
    let lines: Vec<&str> = shown.lines().collect();
    let [.., done, next] = lines[..] else { panic!("{shown}") };
    assert!(
        done.starts_with("Done: ") && done.contains("observed again and proved"),
        "{shown}"
    );
    assert_eq!(next, "next: glusterctl status");
    let shown = shows(&terminal, "glusterctl status", &["kube3:/bricks/"]);
    assert!(shown.ends_with("\nHealthy.\n"), "{shown}");

    in_a_narrow_one(place.path());
}

/// What only looks, in half the width.
fn in_a_narrow_one(place: &Path) {
    let narrow = Terminal::new(place, 40);
    shows(&narrow, MISTAKEN, &["did you mean `replica`?"]);
    shows(&narrow, MENDED, &["HOST kube3\n  ADDRESS  198.51.100.13\n"]);
    shows(&narrow, "glusterctl plan", &["Nothing to do"]);
    shows(&narrow, "glusterctl discover", &["/dev/vdb"]);
    let shown = shows(&narrow, "glusterctl status", &["Replicate 1 × 3"]);
    assert!(shown.ends_with("\nHealthy.\n"), "{shown}");
}
