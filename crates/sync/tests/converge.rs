//! Any two copies become one, in whatever order things happen.

use linli_record::{AudienceId, StoreId};
use linli_sync::Input;
use linli_sync::shelf::Shelf;
use linli_sync::testing::Neighbourhood;

const SEEDS: std::ops::Range<u64> = 0..20;

fn each_seed(story: impl Fn(&mut Neighbourhood)) {
    for seed in SEEDS {
        println!("seed {seed}");
        story(&mut Neighbourhood::new(seed));
    }
}

fn no_complaint(hood: &Neighbourhood) {
    for link in &hood.links {
        assert_eq!(link.closed(), [None, None]);
    }
}

#[test]
fn a_newcomer_gets_what_a_neighbour_holds() {
    each_seed(|hood| {
        let (old, new) = (hood.move_in(), hood.move_in());
        hood.write(old, 200);
        hood.settle_blocks(old, 3);
        let link = hood.meet(old, new);
        hood.settle();
        assert!(hood.agree(old, new));
        assert!(hood.links[link].live());
        assert_eq!(hood.homes[new].shelf.records(), 201);
        assert_eq!(hood.homes[new].shelf.head(), hood.homes[old].shelf.head());
        no_complaint(hood);
    });
}

#[test]
fn two_neighbours_who_both_wrote_offline_agree_after_one_meeting() {
    each_seed(|hood| {
        let homes = hood.homes(2);
        for home in &homes {
            let records = 1 + hood.chance.below(150);
            hood.write(*home, records);
        }
        let link = hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1));
        assert!(hood.links[link].live());
        no_complaint(hood);
    });
}

#[test]
fn what_is_written_while_live_arrives_without_being_asked_for() {
    each_seed(|hood| {
        let homes = hood.homes(2);
        let link = hood.meet(0, 1);
        hood.settle();
        assert!(hood.links[link].live());
        for _ in 0..20 {
            let home = homes[hood.chance.below(2)];
            hood.write(home, 1);
            hood.steps(5);
        }
        hood.settle();
        assert!(hood.agree(0, 1));
        no_complaint(hood);
    });
}

#[test]
fn news_travels_along_a_chain_of_neighbours() {
    each_seed(|hood| {
        let homes = hood.homes(6);
        for pair in homes.windows(2) {
            hood.meet(pair[0], pair[1]);
        }
        hood.settle();
        hood.write(0, 30);
        hood.write(5, 40);
        hood.settle_blocks(0, 2);
        hood.settle();
        for home in &homes {
            assert!(hood.agree(0, *home));
            assert_eq!(hood.homes[*home].shelf.head().map(|head| head.height), Some(1));
        }
        no_complaint(hood);
    });
}

#[test]
fn a_building_cut_in_two_heals_when_one_link_stands_again() {
    each_seed(|hood| {
        let homes = hood.homes(6);
        let mut links = Vec::new();
        for (one, other) in [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)] {
            links.push(hood.meet(one, other));
        }
        hood.settle();
        for home in &homes {
            hood.write(*home, 12);
        }
        hood.settle();
        assert!(!hood.agree(0, 3));
        hood.meet(2, 3);
        hood.settle();
        assert!(homes.iter().all(|home| hood.agree(0, *home)));
        no_complaint(hood);
    });
}

#[test]
fn a_connection_that_breaks_at_any_frame_is_taken_up_again() {
    for cut in 0.. {
        let mut hood = Neighbourhood::new(1000 + cut);
        hood.homes(2);
        hood.write(0, 300);
        hood.write_for(1, None, 40, 20_000);
        hood.settle_blocks(0, 5);
        let link = hood.meet(0, 1);
        while hood.links[link].frames < cut as usize && hood.step() {}
        let whole = hood.links[link].live();
        hood.part(link);
        hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1), "cut after frame {cut}");
        no_complaint(&hood);
        if whole && cut > 20 {
            return;
        }
    }
}

#[test]
fn a_connection_that_breaks_again_and_again_still_gets_everything_across() {
    each_seed(|hood| {
        hood.homes(2);
        hood.write(0, 3000);
        hood.write_for(1, None, 60, 20_000);
        let mut meetings = 0;
        while !hood.agree(0, 1) {
            let link = hood.meet(0, 1);
            hood.steps(60);
            hood.part(link);
            meetings += 1;
            assert!(meetings < 1000);
        }
        no_complaint(hood);
    });
}

#[test]
fn two_links_between_the_same_homes_do_no_harm() {
    each_seed(|hood| {
        hood.homes(3);
        hood.write(0, 90);
        hood.write(1, 70);
        for (one, other) in [(0, 1), (1, 0), (0, 1), (1, 2), (2, 0)] {
            hood.meet(one, other);
        }
        for _ in 0..10 {
            let home = hood.chance.below(3);
            hood.write(home, 3);
            hood.steps(30);
        }
        hood.settle();
        assert!(hood.agree(0, 1) && hood.agree(0, 2));
        no_complaint(hood);
    });
}

#[test]
fn neighbours_who_met_before_send_only_what_is_new() {
    each_seed(|hood| {
        hood.homes(2);
        hood.write(0, 500);
        let first = hood.meet(0, 1);
        hood.settle();
        hood.part(first);
        hood.write(0, 5);
        hood.write(1, 5);
        let again = hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1));
        let link = &hood.links[again];
        assert!(link.live());
        assert!(link.control_bytes <= 260, "{} bytes of control", link.control_bytes);
        assert!(link.bulk_bytes < 12 * 400, "{} bytes of records", link.bulk_bytes);
        no_complaint(hood);
    });
}

#[test]
fn a_home_restored_from_yesterdays_backup_gets_its_own_records_back() {
    each_seed(|hood| {
        hood.homes(2);
        hood.write(0, 50);
        hood.write(1, 50);
        let link = hood.meet(0, 1);
        hood.settle();
        let mut backup = hood.homes[0].shelf.clone();
        hood.write(0, 20);
        hood.settle();
        hood.part(link);
        let id = StoreId::from(hood.chance.bytes());
        backup.restamp(id);
        hood.homes[0].shelf = backup;
        assert!(!hood.agree(0, 1));
        hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1));
        no_complaint(hood);
    });
}

#[test]
fn a_copy_that_silently_lost_records_is_found_out_by_the_root() {
    each_seed(|hood| {
        hood.homes(2);
        hood.write(0, 50);
        let link = hood.meet(0, 1);
        hood.settle();
        hood.part(link);
        // Home 1 believes it has everything of home 0, and has nothing.
        let cursor = hood.homes[1].shelf.cursor(&hood.homes[0].node).unwrap();
        let other = hood.homes[0].shelf.cursor(&hood.homes[1].node).unwrap();
        let store = hood.homes[1].shelf.store_id();
        let empty = linli_sync::testing::MemoryShelf::new(hood.community, store);
        hood.homes[1].shelf = empty;
        let peer = hood.homes[0].node;
        hood.homes[1].shelf.remember(peer, cursor);
        let peer = hood.homes[1].node;
        hood.homes[0].shelf.remember(peer, linli_sync::Cursor { arrivals: 0, ..other });
        hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1));
        no_complaint(hood);
    });
}

#[test]
fn a_private_log_reaches_its_members_and_nobody_else() {
    each_seed(|hood| {
        let homes = hood.homes(3);
        let audience = AudienceId::from(hood.chance.bytes());
        let members = [hood.homes[0].node, hood.homes[1].node];
        for home in [0, 1] {
            hood.homes[home].shelf.audiences.insert(audience, members.into());
        }
        hood.write(0, 10);
        let private = hood.write_for(0, Some(audience), 10, 40);
        for pair in homes.windows(2) {
            hood.meet(pair[0], pair[1]);
        }
        hood.meet(0, 2);
        hood.settle();
        assert!(hood.agree(0, 1));
        assert!(hood.homes[2].shelf.tip(&private).is_none());
        assert_eq!(hood.homes[2].shelf.records(), 11);
        hood.write_for(0, Some(audience), 3, 40);
        hood.settle();
        assert!(hood.agree(0, 1));
        assert!(hood.homes[2].shelf.tip(&private).is_none());
        no_complaint(hood);
    });
}

#[test]
fn a_new_member_gets_the_private_log_although_it_never_heard_of_the_audience() {
    each_seed(|hood| {
        hood.homes(2);
        let audience = AudienceId::from(hood.chance.bytes());
        hood.write(0, 10);
        let private = hood.write_for(0, Some(audience), 70, 40);
        let link = hood.meet(0, 1);
        hood.settle();
        assert!(hood.homes[1].shelf.tip(&private).is_none());
        let member = hood.homes[1].node;
        hood.homes[0].shelf.audiences.entry(audience).or_default().insert(member);
        hood.reconcile(link);
        assert!(hood.agree(0, 1));
        // The member learns of the audience from the log, and offers it back.
        let member = hood.homes[0].node;
        hood.homes[1].shelf.audiences.entry(audience).or_default().insert(member);
        hood.reconcile(link);
        hood.write_for(0, Some(audience), 3, 40);
        hood.settle();
        assert!(hood.agree(0, 1));
        no_complaint(hood);
    });
}

#[test]
fn long_payloads_travel_in_frames_of_their_own() {
    for seed in 0..3 {
        let mut hood = Neighbourhood::new(seed);
        hood.homes(2);
        hood.write_for(0, None, 140, 58_000);
        hood.meet(0, 1);
        hood.settle();
        assert!(hood.agree(0, 1));
        no_complaint(&hood);
    }
}

#[test]
fn a_header_keeper_seeks_the_payload_it_needs() {
    each_seed(|hood| {
        hood.homes(2);
        hood.homes[1].shelf.keeps_payloads = false;
        hood.write(0, 40);
        let link = hood.meet(0, 1);
        hood.settle();
        let lacking = hood.homes[1].shelf.without_payload();
        // The opening of a log can't be read without its payload; the shelf drops it all the same.
        assert_eq!(lacking.len(), 41);
        hood.feed(link, 1, Input::Seek(lacking));
        hood.settle();
        assert_eq!(hood.homes[1].shelf.without_payload(), []);
        no_complaint(hood);
    });
}

#[test]
fn twenty_years_of_blocks_reach_a_newcomer_in_order() {
    let mut hood = Neighbourhood::new(5);
    hood.homes(2);
    hood.settle_blocks(0, 3000);
    hood.write(0, 10);
    hood.meet(0, 1);
    hood.settle();
    assert_eq!(hood.homes[1].shelf.head(), hood.homes[0].shelf.head());
    hood.settle_blocks(0, 1);
    hood.settle();
    assert_eq!(hood.homes[1].shelf.head(), hood.homes[0].shelf.head());
    assert!(hood.agree(0, 1));
    no_complaint(&hood);
}

#[test]
fn an_unknown_neighbour_shows_its_enrolment_before_it_hears_anything() {
    each_seed(|hood| {
        hood.homes(2);
        hood.write(0, 10);
        let stranger = hood.homes[1].node;
        hood.homes[0].shelf.strangers.insert(stranger);
        let link = hood.meet_as(0, 1, [None, Some(vec![7; 200])]);
        hood.settle();
        assert!(hood.links[link].live());
        assert!(hood.agree(0, 1));
        no_complaint(hood);
    });
}

#[test]
fn many_homes_with_links_that_come_and_go_all_agree_in_the_end() {
    for seed in 0..12 {
        println!("seed {seed}");
        let mut hood = Neighbourhood::new(seed);
        let homes = hood.homes(8);
        for _ in 0..150 {
            match hood.chance.below(10) {
                0..=2 => {
                    let (one, other) = (hood.chance.below(8), hood.chance.below(8));
                    if one != other {
                        hood.meet(one, other);
                    }
                }
                3 if !hood.links.is_empty() => {
                    let link = hood.chance.below(hood.links.len());
                    hood.part(link);
                }
                4..=6 => {
                    let (home, records) = (hood.chance.below(8), 1 + hood.chance.below(20));
                    hood.write(home, records);
                }
                7 => hood.settle_blocks(0, 1),
                _ => hood.steps(200),
            }
        }
        for home in 1..8 {
            hood.meet(0, home);
        }
        hood.settle();
        for home in &homes {
            assert!(hood.agree(0, *home));
        }
        no_complaint(&hood);
    }
}
