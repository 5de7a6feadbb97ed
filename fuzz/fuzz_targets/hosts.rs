//! /etc/hosts and the managed block in it: read, planned for, and edited by the plan's own command. Lines outside of the
//! block stay byte for byte, and once it is edited nothing is left to edit.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/edit.rs"]
mod edit;
#[path = "../../tests/support/etc.rs"]
mod etc;

fuzz_target!(|bytes: &[u8]| edit::hosts(bytes));
