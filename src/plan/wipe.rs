//! Devices on which somebody else's content is: such a device is wiped if the inventory names that very content and no
//! server lists a brick on the device; every other such device is refused. Pure.

use super::content::content_name;
use super::listed::{Listing, listing};
use super::ownership::{Formattable, Reason, with_consent};
use super::steps::Planner;
use crate::desired::DesiredHost;
use crate::facts::{Device, HostFacts};
use crate::inventory::{BrickDevice, BrickName, Consent};

/// The proof that the device may be wiped and formatted; without a proof, the refusal is noted, or what is waited for.
pub fn formattable(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    wanted: &BrickDevice,
    device: &Device,
    reasons: &[Reason],
) -> Option<Formattable> {
    let path = &wanted.path;
    let listing = listing(planner.desired, planner.facts, host, observed, path, device);
    let name = content_name(device);
    let is_named = matches!((&wanted.wipe, &name), (Some(consent), Some(name)) if consent.covers(name));
    let is_covered = is_named && reasons.iter().all(Reason::is_content);
    match listing {
        Listing::Holds(brick) => {
            let what = format!("{}; it holds {brick}", refusal(wanted, reasons));
            planner.problem(host.host, what, BRICK);
        }
        Listing::Unknown(until) if is_covered => {
            planner.wait_on(host.host, format!("wiping {path} on {}", host.name()), until);
        }
        Listing::MayHold(brick) if is_covered => {
            let what = format!(
                "{}; and it may hold {brick}, which is not mounted, and nothing says where it is",
                refusal(wanted, reasons)
            );
            planner.problem(host.host, what, LOST);
        }
        Listing::Unlisted(proof) if is_covered => return with_consent(wanted, device, reasons, &proof),
        Listing::Unknown(_) | Listing::MayHold(_) | Listing::Unlisted(_) => {
            let what = match &wanted.wipe {
                Some(consent) if !is_named => {
                    format!("{}; {}", refusal(wanted, reasons), stale(consent, name.as_deref()))
                }
                _ => refusal(wanted, reasons),
            };
            planner.problem(host.host, what, remedy(wanted, reasons, name.as_deref()));
        }
    }
    None
}

const BRICK: &str = "leave the device as it is, and name another device in the inventory: a brick is never wiped";
const LOST: &str = "mount the file system of that brick, so that it is known where it is; or name another, blank device \
                    in the inventory: what may hold a brick is never wiped";

fn refusal(wanted: &BrickDevice, reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    format!("{} is not blank or not usable: {}", wanted.path, reasons.join("; "))
}

/// What is wrong with a consent for something else than what is there.
fn stale(consent: &Consent, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("wipe names {consent}, and the device holds {name}"),
        None => format!("wipe names {consent}, and what the device holds has no name"),
    }
}

fn remedy(wanted: &BrickDevice, reasons: &[Reason], name: Option<&str>) -> String {
    const ANOTHER: &str = "name another device in the inventory";
    if reasons.iter().any(Reason::is_use) {
        return format!("leave the device as it is while anybody uses it, and {ANOTHER}");
    }
    if !reasons.iter().all(Reason::is_content) {
        return match &wanted.wipe {
            Some(_) => format!("{ANOTHER}; wipe covers only what a device holds"),
            None => format!("{ANOTHER}: glusterctl discover shows which devices are usable"),
        };
    }
    let Some(name) = name else {
        return format!(
            "{ANOTHER}: a consent to wipe this one would have to name what it holds or its disk, and neither has a name"
        );
    };
    let path = &wanted.path;
    let called = match BrickName::of_device(path) {
        Ok(name) if name == wanted.name => String::new(),
        _ => format!(", name: {}", wanted.name),
    };
    format!(
        "{ANOTHER}; or, only if all that is on this one may be lost for ever, write {{path: {path}{called}, {}}}",
        Consent::written(name)
    )
}
