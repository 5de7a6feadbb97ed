//! The Kubernetes manifests of an inventory: whatever an accepted inventory says, its manifests are made for every volume plugin
//! that can work, and say what they should; the program itself reads each of them again.

#![no_main]

use glusterctl::inventory::{self, VolumePlugin};
use glusterctl::kubernetes::templates::Templates;
use glusterctl::kubernetes::{Request, choose, manifests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(inventory) = inventory::read(&String::from_utf8_lossy(bytes), "inv.yaml") else {
        return;
    };
    for (_, plugin) in VolumePlugin::ALL {
        let request = Request {
            method: Some(*plugin),
            allow_deprecated: true,
            ..Request::default()
        };
        if let Ok(choice) = choose(&inventory, request) {
            let made = manifests(&inventory, &choice, &Templates::default());
            assert_eq!(made.expect("manifests").is_empty(), inventory.volumes.is_empty());
        }
    }
});
