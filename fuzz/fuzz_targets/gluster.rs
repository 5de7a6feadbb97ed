//! What `gluster --xml` prints: every parser gets every answer. None panics, a refusal has words, and nobody reads a
//! result out of an answer that says failure.

#![no_main]

use glusterctl::facts::{Reply, heal_entries, peers_in_reply, pool, reply, volume_status, volumes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let done = match reply(&text) {
        Ok(Reply::Done) => true,
        Ok(Reply::Busy(words) | Reply::Refused(words)) | Err(words) => {
            assert!(!words.is_empty());
            false
        }
    };
    let pool = pool(&text);
    let peers = peers_in_reply(&text);
    let volumes = volumes(&text);
    let read = [
        pool.is_ok(),
        peers.is_ok(),
        volumes.is_ok(),
        volume_status(&text).is_ok(),
        heal_entries(&text).is_ok(),
    ];
    assert!(done || !read.contains(&true), "{read:?}");
    for peer in pool
        .into_iter()
        .flat_map(|pool| pool.peers)
        .chain(peers.into_iter().flatten())
    {
        assert!(!peer.names.is_empty());
    }
    for (name, volume) in volumes.into_iter().flatten() {
        assert_eq!(name, volume.name);
        assert_eq!(volume.bricks.len(), volume.brick_hosts.len());
    }
});
