//! Content over a real register: a roll brought in from a file, a roll-call counted over it, a clerk whose term ended.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

use linli_community::content::roll_call::{self, Answer, AnswerGiven, AnswerKind, How, RollCall, Told};
use linli_community::content::{Author, Context, Entry, Payload, Scope, Standing, neighbourhood};
use linli_community::kinds;
use linli_community::register::statement::{RoleGrant, RoleWithdraw, RollChange};
use linli_community::register::{Office, Role};
use linli_community::roll::{self, Mapping};
use linli_community::testing::{Estate, Who};
use linli_record::{Draft, LogId, Record, RecordId};

const FILE: &str = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
    1-101,1,1,1,89.50,register,a,,owned\n\
    1-102,1,1,1,89.50,register,b,,owned\n\
    1-103,1,2,1,89.50,register,c,,owned\n\
    1-1001,1,10,10,89.50,register,d,,owned\n\
    2-101,2,1,1,120,contract,,,unsold\n";

/// An estate of three households with the roll of [`FILE`].
fn estate() -> (Estate, Vec<Who>) {
    let mut estate = Estate::founded(7);
    let all = estate.settle_in(3);
    let (roll, _) = roll::parse(FILE.as_bytes()).unwrap().assign(&Mapping::default(), &[1; 32]).unwrap();
    let change = RollChange {
        made: estate.state.made(),
        fingerprint: roll.fingerprint(),
        roll: Some(roll.clone()),
        ends: Vec::new(),
        as_of_ms: 0,
        source: "land register".to_owned(),
    };
    estate.state_it(Who::FOUNDER, &change);
    estate.block();
    assert_eq!(estate.state.roll(), Some(&roll));
    (estate, all)
}

/// The records of one object with their authors, as the newest state knows them.
struct Folding {
    records: Vec<(Record, Standing, Author)>,
}

impl Folding {
    /// `settled` gives each record's height.
    fn of(estate: &Estate, ids: &[(RecordId, Option<u64>)]) -> Self {
        let found = ids.iter().map(|(id, height)| {
            let record = estate.shelf.find(id).unwrap().clone();
            let author = neighbourhood::author(&estate.state, record.log, None, *height);
            let standing = height.map_or(Standing::unsettled(), Standing::settled);
            (record, standing, author)
        });
        Self { records: found.collect() }
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        self.records.iter().map(|(record, standing, by)| Entry::plain(record, *standing, by)).collect()
    }
}

fn height(estate: &Estate) -> Option<u64> {
    estate.state.head().map(|head| head.height)
}

fn say<P: Payload>(estate: &mut Estate, who: Who, draft: Draft, payload: &P) -> RecordId {
    estate.say(who, draft, &payload.body().unwrap())
}

fn storm() -> RollCall {
    RollCall {
        question: "All right after the storm?".to_owned(),
        text: String::new(),
        answers: AnswerKind::Here,
        options: Vec::new(),
        scope: Scope::Estate,
        until_ms: None,
    }
}

fn told(unit: &str, witness: RecordId) -> Told {
    Told {
        unit: unit.to_owned(),
        answer: Answer::Here,
        how: How::Phone,
        witness: "Mrs Wang".to_owned(),
        witness_household: Some(witness),
        note: String::new(),
    }
}

#[test]
fn a_roll_call_counts_every_unit_of_an_imported_roll_joined_or_not() {
    let (mut estate, all) = estate();
    let call = say(&mut estate, all[1], RollCall::begin(), &storm());
    let here = AnswerGiven { answer: Answer::Here, note: String::new() };
    let answer = say(&mut estate, all[2], AnswerGiven::on(call, &[call]), &here);
    estate.block();
    let at = height(&estate);
    let folding = Folding::of(&estate, &[(call, at), (answer, at)]);
    let dwellings = neighbourhood::dwellings(&estate.state);
    let view = roll_call::fold(&folding.entries(), &Context { dwellings: &dwellings }).unwrap();
    assert_eq!((view.coverage.units, view.coverage.reached), (5, 1));
    let stairs: Vec<&str> = view.coverage.buildings[0].stairs.iter().map(|s| s.stair.as_str()).collect();
    assert_eq!(stairs, ["1", "2", "10"], "as people count");
    let first = &view.coverage.buildings[0].stairs[0].missing;
    assert_eq!(first[0].unit, "1-101");
    assert_eq!(first[0].households[0].household, estate.home(Who::FOUNDER));
    assert_eq!(view.answered[0].units, ["1-103"]);
    assert!(view.coverage.buildings[1].stairs[0].missing[0].households.is_empty());
}

#[test]
fn what_a_clerk_was_told_still_counts_after_the_clerks_term() {
    let (mut estate, all) = estate();
    let grant = RoleGrant {
        made: estate.state.made(),
        to: estate.home(all[2]),
        office: Office::Clerk,
        scope: Vec::new(),
        of: None,
        until_ms: None,
    };
    let grant = estate.state_it(Who::FOUNDER, &grant);
    estate.block();
    let call = say(&mut estate, all[1], RollCall::begin(), &storm());
    let founder = estate.home(Who::FOUNDER);
    let in_term = say(&mut estate, all[2], Told::on(call, &[call]), &told("1-1001", founder));
    estate.block();
    let then = height(&estate);
    let withdraw = RoleWithdraw { made: estate.state.made(), grant, reason: None };
    estate.state_it(Who::FOUNDER, &withdraw);
    estate.block();
    let after_term = say(&mut estate, all[2], Told::on(call, &[call]), &told("2-101", founder));
    estate.block();
    let now = height(&estate);
    let folding = Folding::of(&estate, &[(call, then), (in_term, then), (after_term, now)]);
    let dwellings = neighbourhood::dwellings(&estate.state);
    let view = roll_call::fold(&folding.entries(), &Context { dwellings: &dwellings }).unwrap();
    assert_eq!(view.answered.iter().map(|answer| answer.said.id).collect::<Vec<_>>(), [in_term]);
    assert_eq!(view.asides[0].reason, "not-a-clerk");
}

#[test]
fn a_log_the_register_does_not_know_is_a_strangers_unless_its_key_is_known() {
    let (estate, all) = estate();
    let log = LogId::from([0xee; 32]);
    assert_eq!(neighbourhood::author(&estate.state, log, None, None), Author::stranger(log));
    let key = estate.key(all[1]);
    let private = neighbourhood::author(&estate.state, log, Some(&key), None);
    assert_eq!((private.log, private.household), (log, Some(estate.home(all[1]))));
    assert_eq!(private.role, Some(Role::Owner));
    assert_eq!(private.units, ["1-102"]);
}

#[test]
fn every_content_payload_is_kept_as_its_row_in_the_table_of_kinds_says() {
    for (kind, draft) in [
        (kinds::ROLL_CALL, RollCall::begin()),
        (kinds::TOLD, Told::begin()),
        (kinds::ANSWER, AnswerGiven::begin()),
    ] {
        let row = kinds::row(kind).unwrap();
        assert_eq!(draft.flags.has(linli_record::Flags::EVIDENCE), row.evidence, "{}", row.name);
    }
}
