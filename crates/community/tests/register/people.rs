//! Rules 18, 21, 22: how households come in, who confirms them, how devices come and go.

use linli_community::register::statement::{
    Confirm, ConfirmWhat, Objection, Readmit, Remove, Statement as _, Transfer,
};
use linli_community::register::{Heard, Office, Role, cut_off, judge_unsettled, provisional};
use linli_community::testing::{Estate, Who};
use linli_record::{Draft, LogClose, NextKey, NodeKey, RecordId};

use crate::blocks::revoke;
use crate::order::role;

fn enrolled(estate: &Estate, who: Who) -> bool {
    estate.state.device_by_key(&estate.key(who)).is_some()
}

#[test]
fn rule_18_the_founder_alone_enrols_the_second_and_third_household_and_no_fourth() {
    let mut estate = Estate::founded(40);
    let newcomers: Vec<Who> = (2..=4).map(|n| estate.newcomer(&format!("1-10{n}"))).collect();
    for (who, unit) in newcomers.iter().zip(["1-102", "1-103", "1-104"]) {
        estate.admit(Who::FOUNDER, *who, Role::Owner, Some(unit), None);
    }
    estate.block();
    assert_eq!(newcomers.iter().map(|who| enrolled(&estate, *who)).collect::<Vec<_>>(), [true, true, false]);
    assert!(estate.state.seats().all(|seat| seat.confirmed() == (seat.id == estate.state.facts().founder)));
}

#[test]
fn rule_18_households_two_and_three_confirm_each_other_and_then_count() {
    let mut estate = Estate::founded(41);
    let all = estate.settle_in(3);
    assert!(estate.state.seats().all(|seat| seat.confirmed()));
    let own = estate.confirm_seat(all[1], estate.home(all[1]));
    let founders = estate.confirm_seat(Who::FOUNDER, estate.home(all[1]));
    estate.block();
    assert_eq!(estate.reason(&own), Some("own-seat"));
    assert_eq!(estate.reason(&founders), Some("own-seat"), "who enrolled a seat does not confirm it");
}

#[test]
fn rule_18_the_founder_and_a_household_it_enrolled_alone_do_not_make_two() {
    let mut estate = Estate::founded(42);
    let (second, third) = (estate.newcomer("1-102"), estate.newcomer("1-103"));
    estate.admit(Who::FOUNDER, second, Role::Owner, Some("1-102"), None);
    estate.admit(Who::FOUNDER, third, Role::Owner, Some("1-103"), None);
    estate.block();
    let fourth = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, fourth, Role::Owner, Some("1-104"), None);
    estate.approve(second, admit);
    estate.block();
    assert!(!enrolled(&estate, fourth));
    estate.confirm_seat(third, estate.home(second));
    estate.block();
    assert!(enrolled(&estate, fourth), "once the second household is confirmed its word is its own");
}

#[test]
fn rule_18_two_owners_without_a_registrar_or_clerk_do_not_give_a_seat() {
    let mut estate = Estate::founded(43);
    let all = estate.settle_in(4);
    let newcomer = estate.newcomer("1-105");
    let admit = estate.admit(all[1], newcomer, Role::Owner, Some("1-105"), None);
    estate.approve(all[2], admit);
    estate.block();
    assert!(!enrolled(&estate, newcomer));
    let grant = role(&estate, all[2], Office::Clerk, None);
    estate.state_it(Who::FOUNDER, &grant);
    estate.block();
    assert!(enrolled(&estate, newcomer), "one of them is a clerk now");
}

#[test]
fn rule_18_a_clerk_and_his_tenant_or_family_do_not_give_a_seat() {
    let mut estate = Estate::founded(44);
    let all = estate.settle_in(3);
    let clerk = body(&mut estate, "clerk", Role::Clerk);
    let tenant = estate.newcomer("tenant");
    estate.admit(clerk, tenant, Role::Tenant, Some("1-102"), None);
    let family = estate.newcomer("family");
    let home = estate.home(all[1]);
    estate.admit(clerk, family, Role::Family, None, Some(home));
    estate.block();
    assert!(enrolled(&estate, tenant) && enrolled(&estate, family), "one clerk enrols family and tenants");
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(clerk, newcomer, Role::Owner, Some("1-104"), None);
    let by_tenant = estate.approve(tenant, admit);
    let by_family = estate.approve(family, admit);
    // The founder alone enrolled this clerk: the two are one word.
    estate.approve(Who::FOUNDER, admit);
    estate.block();
    assert_eq!(estate.reason(&by_tenant), Some("no-office"));
    assert_eq!(estate.reason(&by_family), Some("no-office"));
    assert!(!enrolled(&estate, newcomer));
    estate.approve(all[2], admit);
    estate.block();
    assert!(enrolled(&estate, newcomer));
}

#[test]
fn rule_18_a_puppets_approval_adds_nothing_to_what_a_clerk_rests_on() {
    let mut estate = Estate::founded(62);
    estate.settle_in(3);
    let tenant = estate.newcomer("tenant");
    estate.admit(Who::FOUNDER, tenant, Role::Tenant, Some("1-102"), None);
    estate.block();
    let clerk = estate.newcomer("clerk");
    let admit = estate.admit(Who::FOUNDER, clerk, Role::Clerk, None, None);
    let by_tenant = estate.approve(tenant, admit);
    estate.block();
    assert_eq!(estate.reason(&by_tenant), Some("no-office"), "even where the proposal completes with it");
    assert_eq!(estate.state.household(&admit).unwrap().enrolled_by, [estate.home(Who::FOUNDER)]);
    let newcomer = estate.newcomer("1-104");
    let seat = estate.admit(clerk, newcomer, Role::Owner, Some("1-104"), None);
    estate.approve(Who::FOUNDER, seat);
    estate.block();
    assert!(!enrolled(&estate, newcomer));
}

pub(crate) fn body(estate: &mut Estate, name: &str, kind: Role) -> Who {
    let who = estate.newcomer(name);
    estate.admit(Who::FOUNDER, who, kind, None, None);
    estate.block();
    who
}

#[test]
fn rule_18_a_founders_own_clerk_does_not_make_a_lonely_seat_count() {
    let mut estate = Estate::founded(45);
    let clerk = body(&mut estate, "clerk", Role::Clerk);
    let newcomer = estate.newcomer("1-102");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-102"), None);
    estate.approve(clerk, admit);
    estate.block();
    let seat = estate.state.household(&admit).unwrap();
    assert_eq!(seat.enrolled_by, [estate.state.facts().founder]);
    assert!(!seat.confirmed());
}

#[test]
fn rule_18_bodies_are_enrolled_by_registrars_and_by_nobody_else() {
    let mut estate = Estate::founded(46);
    let all = estate.settle_in(3);
    let gateway = estate.newcomer("gateway");
    let admit = estate.admit(all[1], gateway, Role::Gateway, None, None);
    estate.approve(all[2], admit);
    estate.block();
    assert!(!enrolled(&estate, gateway));
    estate.approve(Who::FOUNDER, admit);
    estate.block();
    assert_eq!(estate.state.gateways().count(), 1);
    assert_eq!(
        estate
            .state
            .device_by_node(&NodeKey::from(*estate.person(gateway).node.public().as_bytes()))
            .unwrap()
            .role,
        Role::Gateway
    );
}

#[test]
fn rule_18_a_later_claim_waits_for_the_registrars_and_never_freezes_the_holder() {
    let mut estate = Estate::founded(47);
    let all = crate::offices::three_registrars(&mut estate, 2);
    let newcomer = estate.newcomer("says it is 1-104");
    let admit = estate.admit(all[0], newcomer, Role::Owner, Some("1-104"), None);
    estate.approve(all[4], admit);
    estate.block();
    assert!(!enrolled(&estate, newcomer), "two approvers would do for an empty unit");
    assert_eq!(estate.state.seat_on("1-104").unwrap().id, estate.home(all[3]));
    estate.approve(all[1], admit);
    estate.block();
    assert_eq!(estate.state.seat_on("1-104").unwrap().id, admit);
    assert!(!estate.state.household(&estate.home(all[3])).unwrap().seated());
    let said = estate.chat(all[3], "I still live here");
    estate.block();
    assert!(estate.verdict(&said).stands());
}

#[test]
fn rule_18_one_invite_one_key_and_one_node_enrol_once() {
    let mut estate = Estate::founded(48);
    let all = estate.settle_in(3);
    let (one, other) = (estate.newcomer("one"), estate.newcomer("other"));
    let claim = estate.claim(one, Role::Owner, Some("1-104"), None);
    let mut copied = estate.claim(other, Role::Owner, Some("1-105"), None);
    copied.invite = claim.invite;
    for (who, claim) in [(one, &claim), (other, &copied)] {
        let signed = estate.sign(who, claim);
        let admit = estate.admit_claim(Who::FOUNDER, signed, None);
        estate.approve(all[1], admit);
    }
    estate.block();
    assert_eq!([one, other].map(|who| enrolled(&estate, who)).iter().filter(|in_it| **in_it).count(), 1);
    let again = estate.claim(one, Role::Owner, Some("1-106"), None);
    let signed = estate.sign(one, &again);
    let late = estate.admit_claim(Who::FOUNDER, signed, None);
    estate.block();
    assert!(estate.reason(&late) == Some("already-enrolled") || !enrolled(&estate, one));
}

#[test]
fn rule_18_a_claim_that_names_too_little_or_too_much_is_refused() {
    let mut estate = Estate::founded(49);
    let who = estate.newcomer("newcomer");
    let founder = estate.home(Who::FOUNDER);
    let no_unit = estate.admit(Who::FOUNDER, who, Role::Owner, None, None);
    let into = estate.admit(Who::FOUNDER, who, Role::Owner, Some("1-102"), Some(founder));
    let homeless = estate.admit(Who::FOUNDER, who, Role::Family, None, None);
    let mut unknown = estate.claim(who, Role::Owner, Some("1-102"), None);
    unknown.role = 77;
    let signed = estate.sign(who, &unknown);
    let strange = estate.admit_claim(Who::FOUNDER, signed, None);
    estate.block();
    for id in [no_unit, into, homeless, strange] {
        assert_eq!(estate.reason(&id), Some("bad-claim"));
    }
}

#[test]
fn rule_18_removal_from_common_life_leaves_an_owner_the_right_to_object() {
    let mut estate = Estate::founded(50);
    let all = estate.settle_in(4);
    let household = estate.home(all[3]);
    let made = estate.state.made();
    let removal = estate.state_it(Who::FOUNDER, &Remove { made, household, reason: "noise".into() });
    estate.block();
    let chat = estate.chat(all[3], "can you hear me?");
    let objection = estate.state_it(all[3], &Objection { about: Some(removal), text: "I object".into() });
    let newcomer = estate.newcomer("1-105");
    let admit = estate.admit(all[3], newcomer, Role::Owner, Some("1-105"), None);
    estate.approve(Who::FOUNDER, admit);
    estate.block();
    assert_eq!(estate.reason(&chat), Some("removed"));
    assert!(estate.verdict(&objection).stands());
    assert_eq!(estate.reason(&admit), Some("no-office"));
    assert!(estate.state.household(&household).unwrap().seated(), "a seat ends only by transfer or roll");
    // Re-admission by name: the household, and what it said meanwhile.
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &Readmit { made, records: vec![chat], removal: Some(removal) });
    let again = estate.chat(all[3], "thank you");
    estate.block();
    assert!(estate.verdict(&again).stands());
    assert!(estate.state.readmitted(&chat));
    assert!(!estate.verdict(&chat).stands(), "the verdict of its block never changes");
}

#[test]
fn rule_18_a_seat_ends_by_transfer() {
    let mut estate = Estate::founded(51);
    let all = estate.settle_in(4);
    let (from, to) = (estate.home(all[2]), estate.home(all[3]));
    let transfer = Transfer {
        made: estate.state.made(),
        unit: "1-103".into(),
        from,
        to: Some(to),
        basis: "deed 17".into(),
    };
    let by_owner = estate.state_it(all[2], &transfer);
    estate.block();
    assert_eq!(estate.reason(&by_owner), Some("no-office"));
    estate.state_it(Who::FOUNDER, &transfer);
    estate.block();
    let units: Vec<_> =
        estate.state.household(&to).unwrap().units.iter().map(|held| held.unit.clone()).collect();
    assert_eq!(units, ["1-103", "1-104"]);
    assert!(!estate.state.household(&from).unwrap().seated());
}

#[test]
fn rule_18_a_device_adds_devices_of_its_own_role_to_its_own_household_only() {
    let mut estate = Estate::founded(52);
    let all = estate.settle_in(3);
    let home = estate.home(all[1]);
    let tablet = estate.newcomer("tablet");
    let foreign = estate.admit(all[2], tablet, Role::Device, None, Some(home));
    estate.block();
    assert_eq!(estate.reason(&foreign), Some("no-office"));
    let added = estate.admit(all[1], tablet, Role::Device, None, Some(home));
    let said = estate.chat(tablet, "hello from the sofa");
    estate.block();
    let device = estate.state.device_by_key(&estate.key(tablet)).unwrap();
    assert_eq!((device.household, device.role, device.admitted), (home, Role::Owner, added));
    assert_eq!(device.added_by, Some(estate.key(all[1])));
    assert!(estate.verdict(&said).stands());
}

#[test]
fn rule_18_family_does_not_revoke_the_owner_and_a_neighbour_revokes_nobody() {
    let mut estate = Estate::founded(53);
    let all = estate.settle_in(3);
    let home = estate.home(all[1]);
    let family = estate.newcomer("family");
    let joined = estate.admit(Who::FOUNDER, family, Role::Family, None, Some(home));
    estate.block();
    let against_owner = revoke(&mut estate, family, home);
    let by_neighbour = revoke(&mut estate, all[2], home);
    let nobody = revoke(&mut estate, all[1], RecordId::from([9; 32]));
    estate.block();
    assert_eq!(estate.reason(&against_owner), Some("no-office"));
    assert_eq!(estate.reason(&by_neighbour), Some("no-office"));
    assert_eq!(estate.reason(&nobody), Some("no-such-thing"));
    revoke(&mut estate, all[1], joined);
    estate.block();
    assert!(!estate.state.device_by_key(&estate.key(family)).unwrap().active());
}

#[test]
fn rule_21_an_own_device_is_revoked_by_another_one_whatever_the_charter_number() {
    let mut estate = Estate::founded(54);
    let all = estate.settle_in(2);
    let home = estate.home(all[1]);
    let tablet = estate.newcomer("tablet");
    let added = estate.admit(all[1], tablet, Role::Device, None, Some(home));
    estate.block();
    let made = estate.state.made();
    let change = linli_community::register::statement::CharterChange {
        made,
        form: Some("estate".into()),
        ..Default::default()
    };
    estate.state_it(Who::FOUNDER, &change);
    // The tablet is stolen; its owner is cut off and still names the old charter.
    let revoked = revoke(&mut estate, all[1], added);
    let by_neighbour = revoke(&mut estate, Who::FOUNDER, added);
    let heard = |id, who| Heard { record: estate.shelf.find(&id).unwrap(), key: estate.key(who) };
    assert_eq!(cut_off(&estate.state, heard(revoked, all[1])), Some(estate.key(tablet)), "at once, on sync");
    assert_eq!(cut_off(&estate.state, heard(by_neighbour, Who::FOUNDER)), None);
    estate.block_of(&[Who::FOUNDER]);
    estate.block();
    assert!(estate.verdict(&revoked).stands());
    assert!(!estate.state.device_by_key(&estate.key(tablet)).unwrap().active());
}

fn close_for(estate: &mut Estate, old: Who, new: Who) -> RecordId {
    let (person, log) = (estate.person(new).clone(), estate.log(old));
    let next = NextKey {
        suite: 1,
        key: person.key.public().as_bytes().to_vec(),
        incarnation: person.incarnation,
        sealing: person.sealing.public(),
        node: NodeKey::from(*person.node.public().as_bytes()),
    };
    let successor = Some(next.sign(&estate.community, &log, &person.key, &person.node));
    estate.say(old, LogClose::draft(), &LogClose { reason: 2, successor }.to_bytes())
}

#[test]
fn rule_21_a_successor_key_is_a_claim_until_somebody_else_says_so() {
    let mut estate = Estate::founded(55);
    let all = estate.settle_in(3);
    let new = estate.newcomer("new phone");
    let close = close_for(&mut estate, all[1], new);
    estate.block();
    assert!(!enrolled(&estate, new));
    let recent = estate.state.recent();
    let confirm = Confirm { what: ConfirmWhat::Successor, record: close, incarnation: None, recent };
    let by_neighbour = estate.state_it(all[2], &confirm);
    estate.block();
    assert_eq!(estate.reason(&by_neighbour), Some("no-office"));
    let confirmed = estate.state_it(Who::FOUNDER, &confirm);
    estate.block();
    let device = estate.state.device_by_key(&estate.key(new)).unwrap();
    assert_eq!(
        (device.household, device.role, device.admitted),
        (estate.home(all[1]), Role::Owner, confirmed)
    );
    assert!(!estate.state.device_by_key(&estate.key(all[1])).unwrap().active());
    let said = estate.chat(new, "it is me");
    estate.block();
    assert!(estate.verdict(&said).stands());
    assert_eq!(estate.from_scratch(), estate.state);
}

#[test]
fn rule_21_a_registrars_successor_keeps_the_seat() {
    let mut estate = Estate::founded(56);
    estate.settle_in(2);
    let home = estate.home(Who::FOUNDER);
    let (tablet, new) = (estate.newcomer("tablet"), estate.newcomer("new phone"));
    estate.admit(Who::FOUNDER, tablet, Role::Device, None, Some(home));
    estate.block();
    let close = close_for(&mut estate, Who::FOUNDER, new);
    let recent = estate.state.recent();
    estate.state_it(
        tablet,
        &Confirm { what: ConfirmWhat::Successor, record: close, incarnation: None, recent },
    );
    estate.block();
    assert!(estate.state.registrar_seat(&estate.key(new)).is_some());
    assert!(estate.state.registrar_seat(&estate.key(Who::FOUNDER)).is_none());
}

#[test]
fn rule_21_a_log_that_was_closed_settles_nothing_more() {
    let mut estate = Estate::founded(57);
    let all = estate.settle_in(2);
    estate.say(all[1], LogClose::draft(), &LogClose { reason: 0, successor: None }.to_bytes());
    estate.block();
    assert_eq!(estate.state.closed_logs().count(), 1);
    // The device goes on in another life.
    estate.reincarnate(all[1]);
    let said = estate.chat(all[1], "restored from a backup");
    estate.block();
    assert!(estate.verdict(&said).stands());
    // A device that is retired does not.
    estate.say(all[1], LogClose::draft(), &LogClose { reason: 1, successor: None }.to_bytes());
    estate.block();
    assert!(!estate.state.device_by_key(&estate.key(all[1])).unwrap().active());
}

#[test]
fn a_key_has_at_most_eight_lives() {
    let mut estate = Estate::founded(58);
    let all = estate.settle_in(2);
    for _ in 1..8 {
        estate.reincarnate(all[1]);
        estate.block();
    }
    estate.reincarnate(all[1]);
    let logs = [estate.log(all[1])].into();
    let block = estate.compose(&logs, 1);
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "not-enrolled");
}

#[test]
fn rule_22_a_newcomer_whose_approvers_hold_settled_office_is_provisional_and_decides_nothing() {
    let mut estate = Estate::founded(59);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    let approval = estate.approve(all[1], admit);
    let said = estate.chat(newcomer, "hello?");
    let record = |id| estate.shelf.find(&id).unwrap();
    let heard = |id, who| Heard { record: record(id), key: estate.key(who) };
    assert!(provisional(&estate.state, heard(admit, Who::FOUNDER), &[]).is_none());
    let claim = provisional(&estate.state, heard(admit, Who::FOUNDER), &[heard(approval, all[1])]).unwrap();
    assert_eq!(claim.device, estate.key(newcomer));
    // A family member's approval, or a stranger's, does not help.
    assert!(provisional(&estate.state, heard(admit, Who::FOUNDER), &[heard(said, newcomer)]).is_none());
    // Until it settles it is nobody here.
    let verdict = judge_unsettled(&estate.state, record(said).header(), &estate.key(newcomer));
    assert_eq!(verdict.reason().unwrap().code(), "not-enrolled");
    let verdict = judge_unsettled(&estate.state, record(approval).header(), &estate.key(all[1]));
    assert_eq!(verdict.reason().unwrap().code(), "not-settled");
}

#[test]
fn a_narrow_role_says_only_what_belongs_to_it() {
    let mut estate = Estate::founded(60);
    estate.settle_in(2);
    let firm = body(&mut estate, "firm", Role::Firm);
    let step = estate.say(firm, Draft::new(linli_community::kinds::REQUEST_STEP).evidence(), b"\xa0");
    let notice = estate.say(firm, Draft::new(linli_community::kinds::NOTICE).evidence(), b"\xa0");
    estate.block();
    assert!(estate.verdict(&step).stands());
    assert_eq!(estate.reason(&notice), Some("no-office"));
}

#[test]
fn a_body_whose_term_ended_says_nothing_more() {
    let mut estate = Estate::founded(61);
    let firm = estate.newcomer("firm");
    let claim = estate.claim(firm, Role::Firm, None, None);
    let until = estate.now_ms + 5 * linli_community::testing::DAY_MS;
    let signed = estate.sign(firm, &claim);
    estate.admit_claim(Who::FOUNDER, signed, Some(until));
    estate.block();
    estate.block_after(6 * linli_community::testing::DAY_MS);
    estate.chat(firm, "still here");
    let record = estate.shelf.newest(&estate.log(firm)).unwrap();
    let verdict = judge_unsettled(&estate.state, record.header(), &estate.key(firm));
    assert_eq!(verdict.reason().unwrap().code(), "ended");
    assert!(!estate.state.admits_node(&estate.state.device_by_key(&estate.key(firm)).unwrap().node));
}

#[test]
fn statements_read_back_what_they_write() {
    let remove = Remove { made: Default::default(), household: [1; 32].into(), reason: "noise".into() };
    assert_eq!(Remove::parse(&remove.body()).unwrap(), remove);
    let mut longer = remove.body();
    longer[0] = 0xa4;
    longer.extend_from_slice(b"\x18\x40\x00");
    assert_eq!(Remove::parse(&longer).unwrap_err().code(), "malformed", "unknown keys are refused");
}

#[test]
fn rule_21_a_revoked_devices_successor_takes_nobodys_place() {
    let mut estate = Estate::founded(62);
    let all = estate.settle_in(3);
    let admission = estate.state.device_by_key(&estate.key(all[1])).unwrap().admitted;
    let thief = estate.newcomer("thief");
    let close = close_for(&mut estate, all[1], thief);
    estate.block();
    assert_eq!(estate.state.facts().successors.len(), 1);
    // The key was stolen: its household's device is revoked before anybody says a word about the successor.
    let revoked = revoke(&mut estate, Who::FOUNDER, admission);
    estate.block();
    assert!(estate.verdict(&revoked).stands());
    assert!(estate.state.facts().successors.is_empty(), "nobody waits to take its place");
    let recent = estate.state.recent();
    let confirm = Confirm { what: ConfirmWhat::Successor, record: close, incarnation: None, recent };
    let confirmed = estate.state_it(Who::FOUNDER, &confirm);
    estate.block();
    assert_eq!(estate.reason(&confirmed), Some("no-such-thing"));
    assert!(!enrolled(&estate, thief));
    assert_eq!(estate.from_scratch(), estate.state);
}
