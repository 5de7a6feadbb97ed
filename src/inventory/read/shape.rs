//! The keys that say how a volume keeps data in a set of bricks: `type`, `replica`, `arbiter`, `disperse` and
//! `allow_same_host`.

use super::fields::{Diagnostics, Fields, Located, choice, number, text};
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::{Diagnostic, shown};
use crate::inventory::volume_type::{RECOMMENDED, Spread, VolumeType};

/// The word after `type:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Distribute,
    Replicate,
    Disperse,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Distribute => "distribute",
            Kind::Replicate => "replicate",
            Kind::Disperse => "disperse",
        }
    }

    /// The keys that go with the type.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Kind::Distribute => &[],
            Kind::Replicate => &["replica", "arbiter"],
            Kind::Disperse => &["disperse"],
        }
    }
}

/// The type of a volume, and the place that says how large a set is; `None` if the keys do not make a type.
pub(super) fn volume_type(fields: &Fields, problems: &mut Diagnostics) -> Option<Located<VolumeType>> {
    let before = problems.len();
    let stated = fields.get("type").map(|node| kind(node, problems));
    let kind = match stated {
        // The other keys are read with the type that they belong to.
        Some(None) => return None,
        Some(Some(Located { value, .. })) => value,
        None if fields.get("disperse").is_some() => Kind::Disperse,
        None => Kind::Replicate,
    };
    for key in ["replica", "arbiter", "disperse"] {
        if let Some(node) = fields.get(key).filter(|_| !kind.keys().contains(&key)) {
            problems.push(does_not_go_with(key, node, kind, fields));
        }
    }
    if problems.len() > before {
        return None;
    }
    match kind {
        Kind::Distribute => Some(Located {
            value: VolumeType::Distribute,
            span: fields.get("type")?.span.clone(),
        }),
        Kind::Replicate => replicate(fields, problems),
        Kind::Disperse => {
            let example = "disperse: {data: 4, redundancy: 2}";
            disperse(fields.required("disperse", example, problems)?, problems)
        }
    }
}

/// `allow_same_host`: whether a host may have several bricks of a set.
pub(super) fn spread(node: Option<&Node>, problems: &mut Diagnostics) -> Spread {
    const WORDS: [(&str, Spread); 2] = [("true", Spread::Devices), ("false", Spread::Hosts)];
    node.and_then(|node| choice(node, "`allow_same_host`", &WORDS, problems))
        .map(|word| word.value)
        .unwrap_or_default()
}

fn kind(node: &Node, problems: &mut Diagnostics) -> Option<Located<Kind>> {
    const WORDS: [(&str, Kind); 3] = [
        ("distribute", Kind::Distribute),
        ("replicate", Kind::Replicate),
        ("disperse", Kind::Disperse),
    ];
    let written = text(node, "`type`", problems)?;
    let plain = written
        .strip_prefix("distributed-")
        .or_else(|| written.strip_prefix("distribute-"));
    if let Some((word, _)) = plain.and_then(|plain| WORDS.iter().find(|(word, _)| *word == plain)) {
        problems.push(
            Diagnostic::new(
                format!("`{}` cannot be a volume's type", shown(written)),
                node.span.clone(),
            )
            .label("distribution is not written down: it follows from the number of bricks")
            .help(format!("write `type: {word}`")),
        );
        return None;
    }
    choice(node, "a volume's type", &WORDS, problems)
}

fn does_not_go_with(key: &str, node: &Node, kind: Kind, fields: &Fields) -> Diagnostic {
    let other = if key == "disperse" {
        Kind::Disperse
    } else {
        Kind::Replicate
    };
    match fields.get("type") {
        Some(stated) => Diagnostic::new(
            format!("`{key}` does not go with `type: {}`", kind.word()),
            node.span.clone(),
        )
        .label(format!("only a volume of the type {} has `{key}`", other.word()))
        .also(stated.span.clone(), "the volume's type")
        .help(format!("remove `{key}`, or write `type: {}`", other.word())),
        // Without a type, `disperse` has made the type.
        None => {
            let problem = Diagnostic::new(format!("`{key}` does not go with `disperse`"), node.span.clone())
                .label("a set of bricks holds copies, or holds coded parts")
                .help(format!("keep `{key}` or `disperse`, and remove the other key"));
            match fields.get("disperse") {
                Some(disperse) => problem.also(disperse.span.clone(), "the volume is dispersed here"),
                None => problem,
            }
        }
    }
}

fn replicate(fields: &Fields, problems: &mut Diagnostics) -> Option<Located<VolumeType>> {
    // The words stand within the backquotes of a message.
    const EXAMPLE: &str = "replica: 3`, or `disperse: {data: 4, redundancy: 2}`, or `type: distribute";
    const COPIES: &str =
        "for example `replica: 3` for three copies of each file; bricks without copies are `type: distribute`";
    const ARBITER: &str = "write `arbiter: 1` for sets whose last brick holds names and no data; the hosts of the sets follow from \
                           the order of the hosts";
    let before = problems.len();
    let replica = fields
        .required("replica", EXAMPLE, problems)
        .and_then(|node| number(node, "`replica`", 2..=16, COPIES, problems));
    let arbiter = fields
        .get("arbiter")
        .and_then(|node| number(node, "`arbiter`", 0..=1, ARBITER, problems));
    let replica = replica.filter(|_| problems.len() == before)?;
    if let Some(arbiter) = arbiter.as_ref().filter(|arbiter| arbiter.value == 1)
        && replica.value != 3
    {
        problems.push(
            Diagnostic::new("an arbiter goes with `replica: 3`", arbiter.span.clone())
                .label("this asks for an arbiter")
                .also(replica.span.clone(), format!("but the sets have {}", replica.value))
                .help("write `replica: 3, arbiter: 1` for two copies and an arbiter, or `arbiter: 0`"),
        );
        return None;
    }
    Some(Located {
        value: VolumeType::Replicate {
            replica: replica.value,
            arbiter: arbiter.map_or(0, |arbiter| arbiter.value),
        },
        span: replica.span,
    })
}

fn disperse(node: &Node, problems: &mut Diagnostics) -> Option<Located<VolumeType>> {
    const PARTS: &str = "for example `disperse: {data: 4, redundancy: 2}`";
    if let Value::Scalar { text, .. } = &node.value {
        let parts = text.split_once('+').or_else(|| text.split_once(':'));
        let parts =
            parts.and_then(|(data, more)| Some((data.trim().parse::<u8>().ok()?, more.trim().parse::<u8>().ok()?)));
        let (data, redundancy) = parts.unwrap_or((4, 2));
        problems.push(
            Diagnostic::new("`disperse` has two numbers, each with its key", node.span.clone())
                .label("this is a single value")
                .help(format!("write `disperse: {{data: {data}, redundancy: {redundancy}}}`")),
        );
        return None;
    }
    // Gluster's EC_MAX_FRAGMENTS is 16, and a set has fewer than twice as many bricks as data bricks.
    let fields = Fields::read(node, "`disperse`", &["data", "redundancy"], problems)?;
    let data = fields
        .required("data", "data: 4", problems)
        .and_then(|node| number(node, "`data`", 2..=16, PARTS, problems));
    let redundancy = fields
        .required("redundancy", "redundancy: 2", problems)
        .and_then(|node| number(node, "`redundancy`", 1..=15, PARTS, problems));
    let (data, redundancy) = (data?, redundancy?);
    if redundancy.value >= data.value {
        let size = data.value + redundancy.value;
        let recommended: Vec<String> = RECOMMENDED
            .iter()
            .map(|(data, redundancy)| format!("{data} + {redundancy}"))
            .collect();
        problems.push(
            Diagnostic::new("a dispersed volume has more data than redundancy", redundancy.span)
                .label(format!(
                    "of {size} bricks, at most {} can be redundancy",
                    size.saturating_sub(1) / 2
                ))
                .also(data.span, "the data")
                .help(format!(
                    "write smaller `redundancy` or larger `data`; recommended are {} (data + redundancy)",
                    recommended.join(", ")
                )),
        );
        return None;
    }
    Some(Located {
        value: VolumeType::Disperse {
            data: data.value,
            redundancy: redundancy.value,
        },
        span: node.span.clone(),
    })
}
