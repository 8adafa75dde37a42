//! Rules 5 and 6: what is complete, in which order it applies, what lapses.

use linli_community::register::statement::{CharterChange, Made, RegistrarsChange, RoleGrant, Unapprove};
use linli_community::register::{Happening, Office, Role};
use linli_community::testing::{DAY_MS, Estate, HOUR_MS, Who};
use linli_record::RecordId;

use crate::blocks::revoke;
use crate::offices::{seat, three_registrars};

#[test]
fn rule_05_an_incomplete_proposal_waits_and_completes_with_its_last_approval() {
    let mut estate = Estate::founded(20);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    estate.block();
    assert!(estate.verdict(&admit).stands());
    assert!(estate.state.device_by_key(&estate.key(newcomer)).is_none());
    assert_eq!(estate.state.open_proposals().map(|open| open.id).collect::<Vec<_>>(), [admit]);
    estate.approve(all[1], admit);
    estate.block();
    assert_eq!(estate.home(newcomer), admit);
    assert_eq!(estate.state.open_proposals().count(), 0);
    assert!(estate.state.facts().approvals.is_empty());
    assert_eq!(estate.from_scratch(), estate.state);
}

#[test]
fn rule_05_an_approval_settled_before_its_proposal_counts_when_the_proposal_comes() {
    let mut estate = Estate::founded(21);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    let approval = estate.approve(all[1], admit);
    estate.block_of(&[all[1]]);
    assert!(estate.verdict(&approval).stands());
    estate.block();
    assert_eq!(estate.home(newcomer), admit);
}

#[test]
fn rule_05_approvals_count_by_seat_and_only_while_their_office_is_held() {
    let mut estate = Estate::founded(22);
    let all = three_registrars(&mut estate, 2);
    let grant = role(&estate, all[3], Office::Moderator, None);
    let proposal = estate.state_it(all[0], &grant);
    // The same seat twice is one seat.
    estate.approve(all[0], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 0);
    // A registrar's word, and the seat is given to somebody else before the next one speaks.
    estate.approve(all[3], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 0, "an owner is no registrar");
    estate.approve(all[1], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 1);
}

#[test]
fn rule_05_a_revoked_registrars_open_approval_no_longer_counts() {
    let mut estate = Estate::founded(23);
    let all = three_registrars(&mut estate, 2);
    let grant = role(&estate, all[3], Office::Moderator, None);
    let proposal = estate.state_it(all[1], &grant);
    estate.block();
    let admission = estate.home(all[1]);
    let revocation = revoke(&mut estate, all[0], admission);
    estate.approve(all[2], revocation);
    estate.block();
    estate.approve(all[2], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 0, "one present registrar of three is not two");
}

#[test]
fn rule_05_in_one_block_additions_come_before_charter_changes_and_removals_last() {
    let mut estate = Estate::founded(24);
    let all = estate.settle_in(4);
    let last = estate.home(all[3]);
    // Written in the wrong order: the removal of an approver first, then what needs its approval.
    let newcomer = estate.newcomer("1-105");
    revoke(&mut estate, Who::FOUNDER, last);
    let made = estate.state.made();
    estate.state_it(
        Who::FOUNDER,
        &CharterChange { made, name: Some("Guihuali South".into()), ..CharterChange::default() },
    );
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-105"), None);
    estate.approve(all[3], admit);
    let outcome = estate.block();
    let order: Vec<_> = outcome
        .happened
        .iter()
        .map(|happening| match happening {
            Happening::Admitted { .. } => "admitted",
            Happening::Seated { .. } => "seated",
            Happening::CharterChanged { .. } => "changed",
            Happening::Ended { .. } => "ended",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(order, ["admitted", "seated", "changed", "ended"]);
}

#[test]
fn rule_05_two_devices_that_revoke_each_other_in_one_block_are_both_out() {
    let mut estate = Estate::founded(25);
    let all = estate.settle_in(2);
    let home = estate.home(all[1]);
    let other = estate.newcomer("tablet");
    let added = estate.admit(all[1], other, Role::Device, None, Some(home));
    estate.block();
    revoke(&mut estate, all[1], added);
    revoke(&mut estate, other, home);
    estate.block();
    for who in [all[1], other] {
        assert!(!estate.state.device_by_key(&estate.key(who)).unwrap().active());
    }
}

#[test]
fn rule_05_a_proposal_lapses_after_sixty_days_of_block_time() {
    let mut estate = Estate::founded(26);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    estate.block();
    for _ in 0..3 {
        estate.block_after(20 * DAY_MS - HOUR_MS);
    }
    assert_eq!(estate.state.open_proposals().count(), 1);
    estate.approve(all[1], admit);
    let outcome = estate.block_after(4 * HOUR_MS);
    assert_eq!(outcome.happened, [Happening::Lapsed { proposal: admit }]);
    assert!(estate.state.device_by_key(&estate.key(newcomer)).is_none());
}

#[test]
fn rule_06_an_approval_taken_back_before_completion_does_not_count() {
    let mut estate = Estate::founded(27);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(all[1], newcomer, Role::Owner, Some("1-104"), None);
    let approval = estate.approve(all[2], admit);
    estate.block();
    let withdrawn = estate.state_it(all[2], &Unapprove { approval });
    let not_mine = estate.state_it(all[2], &Unapprove { approval: admit });
    estate.approve(Who::FOUNDER, admit);
    estate.block();
    assert!(estate.verdict(&withdrawn).stands());
    assert_eq!(estate.reason(&not_mine), Some("no-office"));
    // The author and the founder are two households, and the founder is a registrar.
    assert_eq!(estate.home(newcomer), admit);
    let household = estate.state.household(&admit).unwrap();
    let mut approvers = vec![estate.home(all[0]), estate.home(all[1])];
    approvers.sort();
    assert_eq!(household.enrolled_by, approvers);
}

#[test]
fn rule_06_an_author_may_take_its_own_word_back() {
    let mut estate = Estate::founded(28);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(all[1], newcomer, Role::Owner, Some("1-104"), None);
    estate.state_it(all[1], &Unapprove { approval: admit });
    estate.approve(Who::FOUNDER, admit);
    estate.block();
    assert!(estate.state.device_by_key(&estate.key(newcomer)).is_none());
}

#[test]
fn rule_06_a_charter_change_lapses_what_it_leaves_open() {
    let mut estate = Estate::founded(29);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(all[1], newcomer, Role::Owner, Some("1-104"), None);
    estate.block();
    let made = estate.state.made();
    estate.state_it(
        Who::FOUNDER,
        &CharterChange { made, form: Some("estate".into()), ..CharterChange::default() },
    );
    let outcome = estate.block();
    assert!(outcome.happened.contains(&Happening::Lapsed { proposal: admit }));
    assert_eq!(estate.state.charter_number(), 1);
    // What was made under the old charter and settles later is quarantined.
    let stale = Made { base: 0, recent: estate.state.recent() };
    let change = CharterChange { made: stale, form: Some("garden".into()), ..CharterChange::default() };
    let late = estate.state_it(Who::FOUNDER, &change);
    estate.block();
    assert_eq!(estate.reason(&late), Some("stale-base"));
    assert_eq!(estate.state.bylaws().form.as_deref(), Some("estate"));
}

#[test]
fn rule_06_a_grant_ends_at_the_first_block_at_or_past_its_end() {
    let mut estate = Estate::founded(30);
    let all = estate.settle_in(3);
    let until = estate.now_ms + 10 * DAY_MS;
    let grant = role(&estate, all[1], Office::Clerk, Some(until));
    let granted = estate.state_it(Who::FOUNDER, &grant);
    estate.block();
    let held = |estate: &Estate| estate.state.facts().holds(&estate.home(all[1]), Office::Clerk);
    assert!(held(&estate));
    let short = until - estate.now_ms - 1;
    estate.block_after(short);
    assert!(held(&estate));
    let outcome = estate.block_after(1);
    assert!(!held(&estate));
    assert_eq!(outcome.happened, [Happening::GrantEnded { grant: granted, by: None }]);
}

#[test]
fn rule_06_removing_registrars_takes_effect_before_the_removals_they_wanted() {
    let mut estate = Estate::founded(31);
    let all = three_registrars(&mut estate, 2);
    // Two of three want a household gone; in the same block the three agree on new registrars.
    let target = estate.home(all[4]);
    let removal = revoke(&mut estate, all[1], target);
    estate.approve(all[2], removal);
    let made = estate.state.made();
    let mut registrars = estate.state.registrars().clone();
    registrars.seats = vec![seat(&estate, all[0])];
    registrars.k = 1;
    let change = estate.state_it(all[0], &RegistrarsChange { made, registrars, result: None });
    estate.approve(all[1], change);
    estate.block();
    assert_eq!(estate.state.registrars().seats.len(), 1);
    assert!(estate.state.device_by_key(&estate.key(all[4])).unwrap().active(), "lapsed with the old charter");
}

pub(crate) fn role(estate: &Estate, to: Who, office: Office, until_ms: Option<u64>) -> RoleGrant {
    let to: RecordId = estate.home(to);
    RoleGrant { made: estate.state.made(), to, office, scope: Vec::new(), of: None, until_ms }
}

#[test]
fn rule_06_an_admission_that_lapses_in_the_block_that_settles_it_was_said_with_authority() {
    let mut estate = Estate::founded(36);
    estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    // One word is not enough for the seat, and the charter changes meanwhile.
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &CharterChange { made, form: Some("estate".into()), ..Default::default() });
    let outcome = estate.block();
    assert!(outcome.happened.contains(&Happening::Lapsed { proposal: admit }));
    assert_eq!(estate.reason(&admit), None);
}

#[test]
fn rule_06_two_who_quote_one_claim_in_one_block_both_spoke_with_authority() {
    let mut estate = Estate::founded(37);
    let all = estate.settle_in(3);
    let clerk = role(&estate, all[1], Office::Clerk, None);
    estate.state_it(Who::FOUNDER, &clerk);
    estate.block();
    let family = estate.newcomer("family");
    let home = estate.home(all[2]);
    let claim = estate.claim(family, Role::Family, None, Some(home));
    let signed = estate.sign(family, &claim);
    let one = estate.admit_claim(Who::FOUNDER, signed.clone(), None);
    let other = estate.admit_claim(all[1], signed, None);
    estate.block();
    assert!(estate.state.device_by_key(&estate.key(family)).is_some());
    assert_eq!((estate.reason(&one), estate.reason(&other)), (None, None));
}
