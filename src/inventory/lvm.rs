//! What lies below a brick's file system: LVM, and the geometry of a hardware RAID.

use std::fmt;
use std::str::FromStr;

use super::names::Refused;

/// How LVM carries a brick's file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lvm {
    /// A thin volume in a thin pool of its own, which fills the device: what Gluster's snapshots need.
    Thin,
}

/// The geometry of a hardware RAID that the operating system sees as one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raid {
    /// How much the controller writes to a disk before it goes on with the next disk.
    pub stripe_unit: StripeUnit,
    /// The disks that hold data, without the disks' worth of parity: 10 of the 12 disks of a RAID 6.
    pub data_disks: u32,
}

/// A RAID's stripe unit, in KiB: a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripeUnit(u32);

/// The data alignment that Gluster recommends for disks without RAID, in KiB; the chunks of a thin pool are of this size,
/// too.
const ALIGNMENT: u32 = 256;
/// The smallest extents of a volume group, in KiB: LVM's default.
const EXTENT: u32 = 4096;
/// Larger extents are a multiple of this, in KiB (vgcreate(8), --physicalextentsize).
const EXTENT_STEP: u32 = 128;
/// The chunks of a thin pool are a multiple of this, in KiB (lvcreate(8), --chunksize).
const CHUNK_STEP: u32 = 64;
/// The largest chunks of a thin pool, in KiB.
const CHUNK_MAX: u32 = 1024 * 1024;

impl Raid {
    /// A full stripe, in KiB.
    #[must_use]
    pub fn stripe(&self) -> u32 {
        self.stripe_unit.0 * self.data_disks
    }

    /// Why a thin pool cannot have chunks of a full stripe, if so.
    #[must_use]
    pub fn unfit_for_thin(&self) -> Option<String> {
        let stripe = self.stripe();
        let unfit = !stripe.is_multiple_of(CHUNK_STEP) || stripe > CHUNK_MAX;
        unfit.then(|| {
            format!(
                "the chunks of a thin pool are full stripes, {stripe} KiB here, and LVM takes multiples of {CHUNK_STEP} KiB \
                 up to 1 GiB"
            )
        })
    }
}

/// What LVM is told of sizes, all in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LvmSizes {
    /// Where the data of the physical volume begins is a multiple of this; the pool's chunks have this size.
    pub alignment: u32,
    /// The size of the volume group's extents: a multiple of the alignment, so that what lies on extents is aligned.
    pub extent: u32,
}

impl LvmSizes {
    /// The sizes that Gluster recommends for a disk, or for a RAID of this geometry.
    #[must_use]
    pub fn of(raid: Option<Raid>) -> Self {
        let alignment = raid.map_or(ALIGNMENT, |raid| raid.stripe());
        let step = alignment / gcd(alignment, EXTENT_STEP) * EXTENT_STEP;
        LvmSizes {
            alignment,
            extent: EXTENT.div_ceil(step) * step,
        }
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

impl StripeUnit {
    /// The stripe unit in KiB.
    #[must_use]
    pub fn kib(self) -> u32 {
        self.0
    }
}

impl FromStr for StripeUnit {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        const WHAT: &str = "a stripe unit is a power of two from 4KiB to 4MiB, for example 256KiB, as the RAID controller \
                            shows it (also as strip size or chunk size)";
        let (digits, factor) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
            (Some(digits), _) => (digits, 1),
            (_, Some(digits)) => (digits, 1024),
            (None, None) => return Err(Refused(WHAT.to_owned())),
        };
        let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number: Option<u32> = digits.trim().parse().ok().filter(|_| is_plain);
        number
            .and_then(|number| number.checked_mul(factor))
            .filter(|kib| kib.is_power_of_two() && (4..=4096).contains(kib))
            .map(StripeUnit)
            .ok_or_else(|| Refused(WHAT.to_owned()))
    }
}

impl fmt::Display for StripeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}KiB", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raid(stripe_unit: &str, data_disks: u32) -> Raid {
        let stripe_unit = stripe_unit.parse().unwrap();
        Raid {
            stripe_unit,
            data_disks,
        }
    }

    #[test]
    fn extents_are_whole_stripes_of_a_size_that_lvm_takes() {
        let sizes = |raid| {
            let LvmSizes { alignment, extent } = LvmSizes::of(raid);
            (alignment, extent)
        };
        assert_eq!(sizes(None), (256, 4096));
        // Red Hat's example for 12 disks in RAID 6: pvcreate --dataalignment 1280k.
        assert_eq!(sizes(Some(raid("128KiB", 10))), (1280, 5120));
        assert_eq!(sizes(Some(raid("64KiB", 9))), (576, 4608));
        for (unit, disks) in [("64KiB", 7), ("256KiB", 11), ("16KiB", 4), ("4MiB", 16)] {
            let (alignment, extent) = sizes(Some(raid(unit, disks)));
            assert!(
                extent % alignment == 0 && extent % 128 == 0 && extent >= 4096,
                "{unit} {disks}"
            );
        }
    }

    #[test]
    fn a_stripe_unit_is_what_a_controller_can_have() {
        for (text, kib) in [("256KiB", 256), ("1MiB", 1024), ("4KiB", 4), ("4MiB", 4096)] {
            assert_eq!(text.parse::<StripeUnit>().unwrap().kib(), kib);
        }
        for wrong in [
            "256",
            "256k",
            "KiB",
            "-256KiB",
            "+256KiB",
            "100KiB",
            "8MiB",
            "2KiB",
            "99999999999MiB",
            "1 MiB",
        ] {
            assert!(wrong.parse::<StripeUnit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_thin_pool_needs_stripes_that_lvm_takes_for_chunks() {
        assert_eq!(raid("256KiB", 10).unfit_for_thin(), None);
        assert!(raid("16KiB", 5).unfit_for_thin().unwrap().contains("80 KiB here"));
        assert!(raid("4MiB", 300).unfit_for_thin().is_some());
    }
}
