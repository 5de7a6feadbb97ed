//! How bricks form sets, for any hosts.

use proptest::prelude::*;

use super::*;

fn carriers(bricks: &[(usize, Option<u8>)]) -> Vec<Carrier<'static>> {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    bricks
        .iter()
        .map(|&(bricks, zone)| Carrier {
            name: "host",
            zone: zone.map(|zone| NAMES[usize::from(zone)]),
            bricks,
        })
        .collect()
}

fn mirror(replica: usize) -> VolumeType {
    VolumeType::Replicate { replica, arbiter: 0 }
}

fn arrange(carriers: &[Carrier<'_>], volume_type: VolumeType) -> Result<Sets, NoLayout> {
    super::arrange(carriers, volume_type, Spread::Hosts)
}

fn any_type() -> impl Strategy<Value = VolumeType> {
    let replicate = |(replica, arbiter)| VolumeType::Replicate { replica, arbiter };
    prop_oneof![
        Just(VolumeType::Distribute),
        (2usize..5, 0usize..2).prop_map(replicate),
        (1usize..3, 1usize..4).prop_map(|(redundancy, more)| VolumeType::Disperse {
            data: redundancy + more,
            redundancy
        }),
    ]
}

fn spread_over(sets: &[Vec<usize>], group: impl Fn(usize) -> usize) -> bool {
    sets.iter().all(|set| {
        let mut groups: Vec<usize> = set.iter().map(|&host| group(host)).collect();
        groups.sort_unstable();
        groups.windows(2).all(|pair| pair[0] != pair[1])
    })
}

#[test]
fn equal_hosts_form_sets_in_the_order_of_the_file() {
    assert_eq!(
        arrange(&carriers(&[(1, None); 3]), mirror(3)).unwrap().hosts,
        [[0, 1, 2]]
    );
    assert_eq!(
        arrange(&carriers(&[(2, None); 6]), mirror(3)).unwrap().hosts,
        [[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]]
    );
}

#[test]
fn arbiters_do_not_all_land_on_one_host() {
    let sets = arrange(
        &carriers(&[(2, None); 3]),
        VolumeType::Replicate { replica: 3, arbiter: 1 },
    )
    .unwrap();
    assert_eq!(sets.hosts, [[0, 1, 2], [0, 2, 1]]);
}

#[test]
fn a_host_has_several_bricks_of_a_set_only_where_the_volume_allows_that() {
    let two_hosts = carriers(&[(3, None), (3, None)]);
    let three_hosts = carriers(&[(2, None); 3]);
    let disperse = VolumeType::Disperse { data: 4, redundancy: 2 };
    assert_eq!(
        arrange(&three_hosts, disperse).unwrap_err().to_string(),
        "disperse data 4 redundancy 2 needs 6 servers: there are 3 servers; add servers, or write `disperse: {data: 2, \
         redundancy: 1}`; with `allow_same_host: true` a host holds several bricks of a set, which are lost with the host"
    );
    // Three bricks of a set would be lost with a host, and the set can lose two.
    let refused = arrange(&two_hosts, disperse).unwrap_err().to_string();
    assert!(!refused.contains("allow_same_host"), "{refused}");
    let dealt =
        |carriers: &[Carrier<'_>], volume_type| super::arrange(carriers, volume_type, Spread::Devices).unwrap().hosts;
    assert_eq!(dealt(&two_hosts, disperse), [[0, 0, 0, 1, 1, 1]]);
    assert_eq!(dealt(&three_hosts, disperse), [[0, 0, 1, 1, 2, 2]]);
    // No set has three copies on one host, and the arbiter is where another brick of the set is.
    let arbiter = VolumeType::Replicate { replica: 3, arbiter: 1 };
    assert_eq!(dealt(&two_hosts, arbiter), [[0, 1, 0], [0, 1, 1]]);
    // Where the hosts suffice, the permission changes nothing.
    assert_eq!(dealt(&carriers(&[(1, None); 3]), mirror(3)), [[0, 1, 2]]);
}

#[test]
fn a_crowded_zone_is_named() {
    let sets = arrange(&carriers(&[(1, Some(0)), (1, Some(0)), (1, Some(1))]), mirror(3)).unwrap();
    assert_eq!(sets.crowded.as_deref(), Some("a"));
}

proptest! {
    #[test]
    fn a_layout_is_found_whenever_one_exists_and_keeps_replicas_apart(
        bricks in prop::collection::vec((0usize..5, prop::option::of(0u8..4)), 1..10),
        volume_type in any_type(),
    ) {
        let carriers = carriers(&bricks);
        let size = volume_type.set_size();
        let total: usize = bricks.iter().map(|(bricks, _)| bricks).sum();
        let sets = total / size;
        let exists = total > 0 && total.is_multiple_of(size) && bricks.iter().all(|&(bricks, _)| bricks <= sets);
        let found = arrange(&carriers, volume_type);
        prop_assert_eq!(found.is_ok(), exists);
        let Ok(found) = found else { return Ok(()) };
        prop_assert_eq!(&found, &arrange(&carriers, volume_type).unwrap());
        prop_assert_eq!(found.hosts.len(), sets);
        prop_assert!(found.hosts.iter().all(|set| set.len() == size));
        prop_assert!(spread_over(&found.hosts, |host| host));
        for (host, carrier) in carriers.iter().enumerate() {
            let used = found.hosts.iter().flatten().filter(|&&other| other == host).count();
            prop_assert_eq!(used, carrier.bricks);
        }
        let zone = |host: usize| bricks[host].1.map_or(100 + host, usize::from);
        let of_zone = |zone: u8| bricks.iter().filter(|(_, z)| *z == Some(zone)).map(|(b, _)| b).sum::<usize>();
        let zones_allow = (0..4).all(|zone| of_zone(zone) <= sets);
        prop_assert_eq!(found.crowded.is_none(), zones_allow);
        if zones_allow {
            prop_assert!(spread_over(&found.hosts, zone));
        }
    }

    #[test]
    fn bricks_of_one_host_are_dealt_to_sets_as_evenly_as_can_be(
        bricks in prop::collection::vec((0usize..7, prop::option::of(0u8..3)), 1..6),
        volume_type in any_type(),
    ) {
        let carriers = carriers(&bricks);
        let size = volume_type.set_size();
        let total: usize = bricks.iter().map(|(bricks, _)| bricks).sum();
        let found = super::arrange(&carriers, volume_type, Spread::Devices);
        prop_assert_eq!(found.is_ok(), total > 0 && total.is_multiple_of(size));
        let Ok(found) = found else { return Ok(()) };
        if let Ok(apart) = arrange(&carriers, volume_type) {
            prop_assert_eq!(&found, &apart);
        }
        prop_assert_eq!(found.hosts.len(), total / size);
        let sets = found.hosts.len();
        let counts = |set: &[usize], of: &dyn Fn(usize) -> bool| set.iter().filter(|&&host| of(host)).count();
        let is_even = |of: &dyn Fn(usize) -> bool, bricks: usize| {
            found.hosts.iter().all(|set| (bricks / sets..=bricks.div_ceil(sets)).contains(&counts(set, of)))
        };
        for (host, &(own, _)) in bricks.iter().enumerate() {
            prop_assert!(is_even(&|other| other == host, own));
            let used: usize = found.hosts.iter().map(|set| counts(set, &|other| other == host)).sum();
            prop_assert_eq!(used, own);
        }
        for zone in 0..3 {
            let own = bricks.iter().filter(|(_, z)| *z == Some(zone)).map(|(b, _)| b).sum::<usize>();
            prop_assert!(found.crowded.is_some() || is_even(&|host| bricks[host].1 == Some(zone), own));
        }
        if volume_type.arbiters() > 0 && bricks.iter().all(|&(own, _)| own < total) && size == 3 {
            let all_copies_on_one = |set: &Vec<usize>| set[0] == set[1] && set[0] != set[2];
            prop_assert!(!found.hosts.iter().any(all_copies_on_one), "{:?}", found.hosts);
        }
    }
}
