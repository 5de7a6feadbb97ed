//! What is left to heal, from the XML of `volume heal VOLUME info`. Pure.

use serde::Deserialize;

use super::envelope::heal_bricks;
use crate::desired::BrickSpec;

/// What is left to heal on a brick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickHeal {
    /// The brick.
    pub brick: BrickSpec,
    /// Whether the self-heal daemon reaches the brick.
    pub connected: bool,
    /// How many entries are left to heal; unknown while the brick is not connected.
    pub entries: Option<u64>,
}

#[derive(Deserialize)]
struct HealBrick {
    name: String,
    status: String,
    #[serde(rename = "numberOfEntries")]
    entries: String,
}

/// Parses `volume heal VOLUME info`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn heal_entries(text: &str) -> Result<Vec<BrickHeal>, String> {
    let bricks = heal_bricks::<HealBrick>(text, "heal info")?;
    let heal = |brick: HealBrick| {
        Some(BrickHeal {
            brick: BrickSpec::parse(&brick.name)?,
            connected: brick.status == "Connected",
            // Gluster writes "-" for a brick that is down.
            entries: brick.entries.parse().ok(),
        })
    };
    Ok(bricks.into_iter().filter_map(heal).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn a_brick_that_is_down_has_no_known_number_of_entries_to_heal() {
        let heal = heal_entries(captured!("volume-heal-info-pending.xml")).unwrap();
        assert_eq!(heal[0].entries, Some(33));
        assert!(heal[0].connected);
        assert_eq!((heal[2].entries, heal[2].connected), (None, false));
        let clean = heal_entries(captured!("volume-heal-info-clean.xml")).unwrap();
        assert!(clean.iter().all(|brick| brick.entries == Some(0)));
    }
}
