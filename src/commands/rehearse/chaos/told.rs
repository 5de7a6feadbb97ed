//! What a rehearsal of faults tells: the judgement, the table, the document, and the section of the page. Pure.

use serde::Serialize;

use super::felt::Felt;
use crate::cli::Fault;
use crate::inventory::{HostName, VolumeName};
use crate::output;
use crate::record::Section;
use crate::text::counted;

/// What happened; its JSON is a stable interface.
#[derive(Debug, Default, Serialize)]
pub struct Chaos {
    /// Whether every volume kept what its redundancy promises.
    pub ok: bool,
    /// The faults, in order.
    pub faults: Vec<Told>,
}

/// What happened during one fault.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The fault.
    pub fault: Fault,
    /// What it hit, in words.
    pub what: String,
    /// Why the fault was not rehearsed; none if it was.
    pub skipped: Option<String>,
    /// How long the fault lasted, in seconds.
    pub seconds: Option<f64>,
    /// How many seconds after the end of the fault everything was healed; none if it was not.
    pub healed_seconds: Option<f64>,
    /// How many files were compared with what was written.
    pub files: usize,
    /// The files that are lost.
    pub lost: Vec<String>,
    /// The files whose content is not what was written.
    pub different: Vec<String>,
    /// What the users of the volumes noticed.
    pub users: Vec<User>,
    /// Each promise that was not kept, a sentence each.
    pub broken: Vec<String>,
    /// Why the fault did not come to its end; none if it did. The document has only faults that did.
    #[serde(skip)]
    pub cut_short: Option<String>,
}

/// What a user of a volume on a host noticed.
#[derive(Debug, Serialize)]
pub struct User {
    /// The volume.
    pub volume: VolumeName,
    /// The host.
    pub host: HostName,
    /// Whether the volume's redundancy promises that all files can be read and written meanwhile.
    pub promised: bool,
    /// Why.
    pub because: String,
    /// The writes.
    pub writes: Noticed,
    /// The reads.
    pub reads: Noticed,
}

/// What was noticed of writes, or of reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Noticed {
    /// The longest time, in seconds, from when something was to be done until it succeeded.
    pub longest_seconds: f64,
    /// How many succeeded.
    pub done: usize,
    /// How many were refused.
    pub refused: usize,
    /// How many reads gave content that nobody wrote.
    pub different: usize,
    /// The words of the first refusal; none if nothing was refused.
    pub words: Option<String>,
    /// Whether nothing succeeded after everything was healed.
    pub stuck: bool,
}

impl Noticed {
    /// Of what was felt, the words of the first refusal, and whether nothing succeeded at the end.
    #[must_use]
    pub fn new(felt: Felt, words: Option<String>, stuck: bool) -> Self {
        Noticed {
            longest_seconds: felt.longest.as_secs_f64(),
            done: felt.done,
            refused: felt.failed,
            different: felt.different,
            words: words.filter(|_| felt.failed > 0),
            stuck,
        }
    }
}

impl Told {
    /// A fault of which nothing is known yet.
    #[must_use]
    pub fn new(fault: Fault, what: String) -> Self {
        Told {
            fault,
            what,
            skipped: None,
            seconds: None,
            healed_seconds: None,
            files: 0,
            lost: Vec::new(),
            different: Vec::new(),
            users: Vec::new(),
            broken: Vec::new(),
            cut_short: None,
        }
    }

    /// A fault that was not rehearsed.
    #[must_use]
    pub fn skipped(fault: Fault, why: String) -> Self {
        let mut told = Told::new(fault, "not rehearsed".to_owned());
        told.skipped = Some(why);
        told
    }

    /// Adds every promise of the volumes' redundancy that was not kept. Whoever waits long is not told of here: how long a
    /// client waits for a lost server is an option of the volume.
    pub fn judge(&mut self) {
        let mut broken = Vec::new();
        for user in &self.users {
            for (noun, noticed) in [("write", &user.writes), ("read", &user.reads)] {
                let mut add = |words: String| broken.push(format!("{} on {}: {words}", user.volume, user.host));
                if user.promised && noticed.refused > 0 {
                    add(format!(
                        "{} refused ({}), though {}",
                        were(noticed.refused, noun),
                        noticed.words.as_deref().unwrap_or("without words"),
                        user.because
                    ));
                }
                if noticed.different > 0 {
                    add(format!(
                        "{} wrong: content that nobody wrote",
                        were(noticed.different, noun)
                    ));
                }
                if noticed.stuck {
                    add(format!("no {noun} succeeded any more, though everything works again"));
                }
            }
        }
        for (files, how) in [(&self.lost, "lost"), (&self.different, "not what was written")] {
            if !files.is_empty() {
                let shown: Vec<&str> = files.iter().take(5).map(String::as_str).collect();
                let more = if files.len() > shown.len() { ", …" } else { "" };
                broken.push(format!(
                    "{} {how}: {}{more}",
                    are(files.len(), "file"),
                    shown.join(", ")
                ));
            }
        }
        self.broken.extend(broken);
    }

    fn rows(&self) -> Vec<[String; 8]> {
        let name = name(self.fault);
        let lost = match self.files {
            0 => "-".to_owned(),
            files => format!("{} of {files}", self.lost.len() + self.different.len()),
        };
        let healed = self.healed_seconds.map_or_else(|| "-".to_owned(), time);
        if self.users.is_empty() {
            let none = || "-".to_owned();
            return vec![[name.to_owned(), none(), none(), none(), none(), none(), lost, healed]];
        }
        let row = |user: &User| {
            [
                name.to_owned(),
                user.volume.to_string(),
                user.host.to_string(),
                longest(&user.writes),
                longest(&user.reads),
                format!("{} + {}", user.writes.refused, user.reads.refused),
                lost.clone(),
                healed.clone(),
            ]
        };
        self.users.iter().map(row).collect()
    }

    /// What the numbers do not say, a sentence each.
    fn sentences(&self) -> Vec<String> {
        let name = name(self.fault);
        if let Some(why) = &self.skipped {
            return vec![format!("{name}: not rehearsed: {why}")];
        }
        let for_long = self.seconds.map(|seconds| format!(", for {}", time(seconds)));
        let mut sentences = vec![format!("{name}: {}{}", self.what, for_long.unwrap_or_default())];
        if let Some(why) = &self.cut_short {
            sentences.push(format!("{name}: {why}: the numbers are what was measured until then"));
        }
        for user in &self.users {
            let expected = if user.promised { "" } else { ", as expected" };
            sentences.push(format!(
                "{name}: {} on {}{expected}: {}",
                user.volume, user.host, user.because
            ));
        }
        sentences
    }
}

const HEAD: [&str; 8] = [
    "FAULT",
    "VOLUME",
    "ON",
    "LONGEST WRITE",
    "READ",
    "REFUSED",
    "LOST",
    "HEALED IN",
];

impl Chaos {
    /// Every promise that was not kept.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let faults = self.faults.iter();
        let broken = faults.flat_map(|told| {
            let name = name(told.fault);
            told.broken.iter().map(move |broken| format!("{name}: {broken}"))
        });
        broken.collect()
    }

    /// The table, and what its numbers do not say.
    #[must_use]
    pub fn text(&self) -> String {
        let rows = self.faults.iter().flat_map(Told::rows);
        let mut text = output::table(&HEAD, rows);
        text.push('\n');
        for sentence in self.faults.iter().flat_map(Told::sentences) {
            text += &crate::text::wrapped(&sentence, output::COLUMNS.into()).replace('\n', "\n  ");
            text.push('\n');
        }
        text
    }

    /// The same for the page, which is also written of faults that did not come to their end.
    #[must_use]
    pub fn section(&self) -> Section {
        let ends = self.faults.iter();
        let ends = ends.filter_map(|told| Some(format!("{}: {}", name(told.fault), told.cut_short.as_ref()?)));
        Section {
            title: "Faults".to_owned(),
            failed: ends.chain(self.broken()).collect(),
            head: HEAD.to_vec(),
            rows: self.faults.iter().flat_map(Told::rows).map(Vec::from).collect(),
            sentences: self.faults.iter().flat_map(Told::sentences).collect(),
        }
    }
}

/// The word for a fault.
#[must_use]
pub fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Host => "host",
        Fault::Disk => "disk",
        Fault::Network => "network",
        Fault::Power => "power",
    }
}

fn longest(noticed: &Noticed) -> String {
    match noticed.stuck {
        true => "no end".to_owned(),
        false => time(noticed.longest_seconds),
    }
}

fn time(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

fn were(number: usize, noun: &str) -> String {
    format!("{} {}", counted(number, noun), if number == 1 { "was" } else { "were" })
}

fn are(number: usize, noun: &str) -> String {
    format!("{} {}", counted(number, noun), if number == 1 { "is" } else { "are" })
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn noticed(longest_seconds: f64, refused: usize) -> Noticed {
        Noticed {
            longest_seconds,
            done: 40,
            refused,
            different: 0,
            words: (refused > 0).then(|| "Transport endpoint is not connected".to_owned()),
            stuck: false,
        }
    }

    fn user(host: &str, promised: bool, refused: usize) -> User {
        User {
            volume: VolumeName::parse("gv0").unwrap(),
            host: HostName::parse(host).unwrap(),
            promised,
            because: if promised {
                "2 of 3 bricks are reached, and 2 are enough".to_owned()
            } else {
                "1 of 3 bricks are reached, and 2 have to be: nothing can be read or written".to_owned()
            },
            writes: noticed(5.25, refused),
            reads: noticed(0.5, 0),
        }
    }

    fn network(users: Vec<User>) -> Told {
        let mut told = Told::new(Fault::Network, "the network is cut: kube3 on one side".to_owned());
        (told.seconds, told.healed_seconds, told.files) = (Some(15.0), Some(3.21), 80);
        told.users = users;
        told
    }

    #[test]
    fn only_what_was_promised_and_not_kept_is_broken() {
        let mut told = network(vec![user("kube1", true, 0), user("kube3", false, 30)]);
        told.judge();
        assert_eq!(told.broken, Vec::<String>::new());
        let mut told = network(vec![user("kube1", true, 2)]);
        told.users[0].reads.stuck = true;
        told.users[0].reads.different = 1;
        told.lost = (1..=6).map(|number| format!("gv0: w-{number}")).collect();
        told.different = vec!["gv0: w-7".to_owned()];
        told.judge();
        assert_eq!(
            told.broken,
            [
                "gv0 on kube1: 2 writes were refused (Transport endpoint is not connected), though 2 of 3 bricks are reached, \
                 and 2 are enough",
                "gv0 on kube1: 1 read was wrong: content that nobody wrote",
                "gv0 on kube1: no read succeeded any more, though everything works again",
                "6 files are lost: gv0: w-1, gv0: w-2, gv0: w-3, gv0: w-4, gv0: w-5, …",
                "1 file is not what was written: gv0: w-7",
            ]
        );
    }

    #[test]
    fn a_long_stall_is_told_and_is_no_broken_promise() {
        let mut told = network(vec![user("kube1", true, 0)]);
        told.users[0].writes.longest_seconds = 42.0;
        told.judge();
        assert!(told.broken.is_empty());
    }

    /// A fault with a user on each side, and a fault that was not rehearsed.
    pub fn example() -> Chaos {
        let skipped = Told::skipped(Fault::Disk, "gv1 (distribute) has no other copy".to_owned());
        let faults = vec![network(vec![user("kube1", true, 0), user("kube3", false, 30)]), skipped];
        Chaos { ok: true, faults }
    }

    #[test]
    fn the_page_says_what_was_measured_of_a_fault_that_was_interrupted() {
        let mut network = network(vec![user("kube1", true, 1), user("kube3", false, 30)]);
        (network.healed_seconds, network.files) = (None, 0);
        network.judge();
        network.cut_short = Some("interrupted".to_owned());
        let power = Told::skipped(Fault::Power, "the fault before: interrupted".to_owned());
        let section = Chaos {
            ok: false,
            faults: vec![network, power],
        }
        .section();
        assert_eq!(section.failed[0], "network: interrupted");
        assert!(section.failed[1].starts_with("network: gv0 on kube1: 1 write was refused"));
        let said = "network: interrupted: the numbers are what was measured until then".to_owned();
        assert!(section.sentences.contains(&said), "{:?}", section.sentences);
        let row = |at: usize| section.rows[at].join(" ");
        assert_eq!(row(0), "network gv0 kube1 5.2 s 0.5 s 1 + 0 - -");
        assert_eq!(row(2), "power - - - - - - -");
    }

    #[test]
    fn the_table_has_a_row_for_each_user_and_says_what_is_expected() {
        let chaos = example();
        assert_eq!(
            chaos.text(),
            "\
FAULT    VOLUME  ON     LONGEST WRITE  READ   REFUSED  LOST     HEALED IN
network  gv0     kube1  5.2 s          0.5 s  0 + 0    0 of 80  3.2 s
network  gv0     kube3  5.2 s          0.5 s  30 + 0   0 of 80  3.2 s
disk     -       -      -              -      -        -        -

network: the network is cut: kube3 on one side, for 15.0 s
network: gv0 on kube1: 2 of 3 bricks are reached, and 2 are enough
network: gv0 on kube3, as expected: 1 of 3 bricks are reached, and 2 have to be:
  nothing can be read or written
disk: not rehearsed: gv1 (distribute) has no other copy
"
        );
        let section = chaos.section();
        assert_eq!(
            (section.rows.len(), section.sentences.len(), section.failed.len()),
            (3, 4, 0)
        );
    }
}
