//! The keys of a device about what lies below the brick's file system: `lvm: thin`, and `raid: {stripe_unit: 256KiB,
//! data_disks: 10}`.

use super::fields::{Diagnostics, Fields, choice, name, number};
use super::yaml::Node;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::lvm::{Lvm, Raid, StripeUnit};

/// More disks than any RAID set has.
const MOST_DISKS: usize = 256;

/// What lies below the file system of one brick; what could not be read is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Below {
    pub lvm: Option<Lvm>,
    pub raid: Option<Raid>,
}

/// Reads the two keys of a device.
pub(super) fn read(fields: &Fields, problems: &mut Diagnostics) -> Below {
    const WORDS: [(&str, Lvm); 1] = [("thin", Lvm::Thin)];
    let lvm = fields
        .get("lvm")
        .and_then(|node| choice(node, "`lvm`", &WORDS, problems));
    let raid = fields.get("raid").and_then(|node| Some((node, raid(node, problems)?)));
    if let (Some(lvm), Some((node, raid))) = (&lvm, &raid)
        && let Some(why) = raid.unfit_for_thin()
    {
        let problem = Diagnostic::new("this RAID does not go with `lvm: thin`", node.span.clone()).label(why);
        problems.push(
            problem
                .also(lvm.span.clone(), "this asks for a thin pool")
                .help("remove `lvm`, or make the RAID anew with a larger stripe unit"),
        );
    }
    Below {
        lvm: lvm.map(|lvm| lvm.value),
        raid: raid.map(|(_, raid)| raid),
    }
}

fn raid(node: &Node, problems: &mut Diagnostics) -> Option<Raid> {
    const EXAMPLE: &str = "raid: {stripe_unit: 256KiB, data_disks: 10}";
    let fields = Fields::read(node, "`raid`", &["stripe_unit", "data_disks"], problems)?;
    let unit = fields.required("stripe_unit", EXAMPLE, problems);
    let unit = unit.and_then(|node| name::<StripeUnit>(node, "a stripe unit", problems));
    let disks = fields.required("data_disks", EXAMPLE, problems);
    let disks = disks.and_then(|node| {
        number(
            node,
            "the number of data disks",
            1..=MOST_DISKS,
            "for example `data_disks: 10`",
            problems,
        )
    });
    Some(Raid {
        stripe_unit: unit?.value,
        data_disks: u32::try_from(disks?.value).ok()?,
    })
}

/// Notes that the keys do not go with bricks that exist already.
pub(super) fn refuse_with_brick(fields: &Fields, problems: &mut Diagnostics) {
    for key in ["lvm", "raid"] {
        if let Some(node) = fields.get(key) {
            let problem = Diagnostic::new(format!("`{key}` does not go with `brick`"), node.span.clone());
            problems.push(
                problem
                    .label("what is below a brick that exists already stays as it is")
                    .help(format!("remove `{key}`")),
            );
        }
    }
}
