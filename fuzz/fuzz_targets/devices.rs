//! What `templates/discover.sh` and `templates/devices.sh` print about block devices, as `discover` reads it: sysfs, blkid,
//! wipefs and mountinfo in lines of our own. (lsblk is not used here, so its JSON is not what is parsed.) Every device is
//! listed once, and whatever is said to be blank was said to be zeros.

#![no_main]

use glusterctl::facts::{Content, DeviceKind, Disks, InUse};
use glusterctl::plan::{Ownership, ownership};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // Cut short, it is no answer.
    let _ = Disks::parse(&text, "@");
    let Ok(found) = Disks::parse(&format!("\n{text}\n@ end\n"), "@") else {
        panic!("it is whole");
    };
    for (at, disk) in found.disks.iter().enumerate() {
        let device = &disk.device;
        assert!(found.disks[..at].iter().all(|other| other.device.name != device.name));
        assert!(disk.depth == 0 || disk.below.is_some());
        let _ = device.xfs();
        if let Ownership::Blank(_) = ownership(&found.mounted, device, None) {
            assert_eq!((device.kind, &device.content), (DeviceKind::Block, &Content::Zeros));
            assert_eq!(device.in_use, InUse::No);
            assert!(!text.is_empty() && text.contains("zeros=yes"));
        }
    }
});
