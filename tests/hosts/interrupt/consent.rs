//! Consent to formatting: the program asks once at a terminal, and refuses to format without a terminal.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::ALONE;
use super::bench::{Bench, Running, said};
use glusterctl::shell;

/// Runs the program at a terminal of its own and answers its question: exit status, and all that the terminal showed.
fn at_a_terminal(program: &Command, answer: &[u8]) -> (i32, String) {
    let words = std::iter::once(program.get_program()).chain(program.get_args());
    let line = shell::words(words.map(OsStr::to_string_lossy));
    let mut script = Command::new("script");
    // A shell that stayed would get the Ctrl-C, too, and die of it.
    let line = format!("exec {line}");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = script.stdin.take().unwrap();
    let mut stdout = script.stdout.take().unwrap();
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    let mut answered = false;
    loop {
        let count = stdout.read(&mut part).unwrap();
        shown.extend_from_slice(&part[..count]);
        if count == 0 {
            break;
        }
        if !answered && String::from_utf8_lossy(&shown).contains("[y/N]") {
            stdin.write_all(answer).unwrap();
            answered = true;
        }
    }
    assert!(answered, "asked: {}", String::from_utf8_lossy(&shown));
    (
        script.wait().unwrap().code().unwrap(),
        String::from_utf8_lossy(&shown).into_owned(),
    )
}

/// Neither formatted, nor anything else done.
fn untouched(bench: &Bench) {
    let look = "blkid -p /dev/vdb; ls /var/lib/glusterd /etc/systemd/system/gluster-mount@.service; \
                dpkg-query -W -f '${db:Status-Status}' glusterfs-server; grep glusterctl /etc/hosts";
    let output = bench.lab.run("kube1", look);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn lab_what_would_be_formatted_needs_consent_and_nothing_is_done_without() {
    let bench = Bench::up("consent", ALONE);
    let real = bench.as_real(ALONE);

    let nobody = Running::start(bench.program(&real, &["apply"])).end();
    assert_eq!(nobody.status, Some(1), "{}", nobody.stderr);
    for words in ["kube1:/dev/vdb", "--yes"] {
        assert!(nobody.stderr.contains(words), "{words} in:\n{}", nobody.stderr);
    }
    untouched(&bench);

    // The last two are Ctrl-D and Ctrl-C, as a terminal sends them.
    for (answer, expected) in [("n\n", 1), ("\n", 1), ("\u{4}", 1), ("\u{3}", 130)] {
        let (status, shown) = at_a_terminal(&bench.program(&real, &["apply"]), answer.as_bytes());
        assert_eq!(status, expected, "{answer:?}: {shown}");
        for words in [
            "format /dev/vdb with XFS (/dev/vdb is blank",
            "install xfsprogs",
            "nothing was changed",
        ] {
            assert!(shown.contains(words), "{answer:?}: {words} in:\n{shown}");
        }
        untouched(&bench);
    }

    let (status, shown) = at_a_terminal(&bench.program(&real, &["apply"]), b"y\n");
    assert_eq!(status, 0, "{shown}");
    assert_eq!(shown.matches("[y/N]").count(), 1, "{shown}");

    // With nothing to format nobody is asked, and nothing is needed.
    bench.lab.must("kube1", "systemctl stop glusterd");
    let again = bench.program(&real, &["apply"]).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
}
