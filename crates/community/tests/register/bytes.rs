//! The exact bytes of every statement, of a charter, a roll and a state: they must never change. `docs/REGISTER.md`
//! draws them; `golden.txt` holds them in hexadecimal, or the first 16 bytes of their BLAKE3 hash where they are long.

use linli_community::canon;
use linli_community::charter::{
    Charter, Founder, Fraction, Matter, Preset, RegistrarSeat, Registrars, TellerSeat, Tellers, Threshold,
};
use linli_community::register::statement::*;
use linli_community::register::{ConsentTerms, Office, Reason, Roll, Subject};
use linli_community::testing::Estate;
use linli_record::{Claim, Incarnation, Kind, NodeKey, RecordId, SecretKey, SignedClaim};

use crate::blocks::unit;

fn hex(bytes: &[u8]) -> String {
    if bytes.len() > 160 {
        let hash = blake3::hash(bytes);
        return format!("{} bytes, hash {}", bytes.len(), hash.to_hex().get(..32).unwrap());
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn id(n: u8) -> RecordId {
    RecordId::from([n; 32])
}

fn made() -> Made {
    Made { base: 3, recent: Some(Recent { height: 7, id: [0xbb; 32].into() }) }
}

fn claim() -> SignedClaim {
    let (device, node) = (SecretKey::from_bytes(&[1; 32]), SecretKey::from_bytes(&[2; 32]));
    let claim = Claim {
        community: [3; 32].into(),
        device: device.public(),
        incarnation: Incarnation::from([4; 16]),
        sealing: [5; 32].into(),
        node: NodeKey::from(*node.public().as_bytes()),
        role: 0,
        unit: Some("1-102".into()),
        label: "Wang".into(),
        invite: [6; 32].into(),
        household: None,
        recent: Some((7, [0xbb; 32].into())),
    };
    claim.sign(&device, &node)
}

fn preset() -> Preset {
    let threshold = |of, whole, more_than| Threshold { fraction: Fraction { of, whole }, more_than };
    Preset {
        name: "civil-code".into(),
        source: "PRC Civil Code, article 278".into(),
        matters: vec![Matter {
            number: 1,
            name: "ordinary".into(),
            participation: threshold(2, 3, false),
            passing: threshold(1, 2, true),
        }],
        notice_days: 15,
        open_days: 7,
        teller_days: 7,
        silence: 0,
        sealed: true,
        changes: None,
        extensions: 3,
        measures: 3,
    }
}

fn registrars() -> Registrars {
    let seat = RegistrarSeat { label: "Wang".into(), keys: vec![[8; 32].into()], holder: Some(id(9)) };
    Registrars { seats: vec![seat], k: 1, by_kind: Vec::new() }
}

fn witness() -> NamedWitness {
    NamedWitness {
        key: [8; 32].into(),
        incarnation: Incarnation::from([4; 16]),
        holder: id(9),
        until_ms: Some(1_800_000_000_000),
    }
}

fn terms() -> ConsentTerms {
    ConsentTerms {
        subject: Subject::Source,
        holder: Some(id(1)),
        source: "lift-2".into(),
        purpose: "repairs".into(),
        viewers: vec!["owners".into()],
        retention_days: 30,
        until_ms: Some(1_800_000_000_000),
        motion: None,
        motion_text: "resolution 3".into(),
        place: Some("lift 2".into()),
        mask: None,
    }
}

fn people() -> Vec<(&'static str, Kind, Vec<u8>)> {
    let text = || "because".to_owned();
    vec![
        line("objection", &Objection { about: Some(id(1)), text: text() }),
        line("approve", &Approve { proposal: id(1), recent: made().recent }),
        line("approve before block 0", &Approve { proposal: id(1), recent: None }),
        line("unapprove", &Unapprove { approval: id(1) }),
        line("stop", &Stop { recovery: id(1), reason: None }),
        line("admit", &Admit { made: made(), claim: claim(), until_ms: None, scope: vec![] }),
        line(
            "confirm seat",
            &Confirm { what: ConfirmWhat::Seat, record: id(1), incarnation: None, recent: made().recent },
        ),
        line(
            "confirm life",
            &Confirm {
                what: ConfirmWhat::Life,
                record: id(1),
                incarnation: Some(Incarnation::from([4; 16])),
                recent: None,
            },
        ),
        line(
            "revoke",
            &Revoke { made: made(), admission: id(1), reason: Some(text()), suspect_from_ms: Some(5) },
        ),
        line("remove", &Remove { made: made(), household: id(1), reason: text() }),
        line("readmit", &Readmit { made: made(), records: vec![id(1), id(2)], removal: Some(id(3)) }),
        line("recover", &Recover { made: made(), household: id(1), claim: claim(), reason: None }),
        line(
            "transfer",
            &Transfer {
                made: made(),
                unit: "1-102".into(),
                from: id(1),
                to: Some(id(2)),
                basis: "deed".into(),
            },
        ),
    ]
}

fn offices() -> Vec<(&'static str, Kind, Vec<u8>)> {
    let made = made();
    let roll = Roll::new(vec![unit("1-101", 1)]).unwrap();
    vec![
        line(
            "roll",
            &RollChange {
                made,
                fingerprint: roll.fingerprint(),
                roll: Some(roll),
                ends: vec![],
                as_of_ms: 5,
                source: "land register".into(),
            },
        ),
        line(
            "role-grant",
            &RoleGrant {
                made,
                to: id(1),
                office: Office::Moderator,
                scope: vec!["talk".into()],
                of: None,
                until_ms: Some(5),
            },
        ),
        line("role-withdraw", &RoleWithdraw { made, grant: id(1), reason: None }),
        line("consent-grant", &ConsentGrant { made, terms: terms() }),
        line("consent-withdraw", &ConsentWithdraw { made, consent: id(1), reason: None }),
        line("handover", &Handover { made, from: Some(id(1)), to: None, due_ms: Some(5), text: "go".into() }),
        line(
            "outside",
            &OutsideNote {
                made,
                what: "face gate".into(),
                run_by: "firm".into(),
                place: None,
                motion_text: None,
                replaces: None,
            },
        ),
        line(
            "charter-change",
            &CharterChange { made, name: Some("South".into()), ..CharterChange::default() },
        ),
        line("registrars", &RegistrarsChange { made, registrars: registrars(), result: None }),
        line("witnesses", &WitnessesChange { made, set: vec![witness()], result: None }),
        line(
            "tellers",
            &TellersChange {
                made,
                tellers: Tellers {
                    seats: vec![TellerSeat { holder: id(1), keys: vec![[8; 32].into()] }],
                    k: 1,
                },
            },
        ),
        line("preset", &PresetChange { made, preset: preset() }),
        line("rules", &RulesChange { made, rules: 2 }),
    ]
}

fn votes() -> Vec<(&'static str, Kind, Vec<u8>)> {
    let question = Question { text: "repair the lift?".into(), matter: 1, answers: None, marks: 1 };
    let motion = MotionOpen {
        made: made(),
        title: "lift".into(),
        text: [1; 32].into(),
        draft: None,
        questions: vec![question],
        preset: preset(),
        rules: 1,
        roll: [2; 32].into(),
        seats: None,
        opens_ms: 5,
        closes_ms: 6,
        tellers: vec![MotionTeller {
            holder: id(1),
            keys: vec![[8; 32].into()],
            sealing: Some([9; 32].into()),
        }],
        k: 1,
        petition: None,
    };
    let petition = Petition {
        purpose: PetitionPurpose::Recall,
        text: "enough".into(),
        recent: made().recent,
        questions: vec![],
    };
    let era = Era {
        era: 1,
        height: 7,
        base: [0xbb; 32].into(),
        witnesses: vec![witness()],
        registrars: None,
        text: "burnt".into(),
    };
    let vote = WitnessVote {
        era: 0,
        height: 8,
        round: 1,
        step: WitnessStep::Precommit,
        block: Some([0xbb; 32].into()),
        valid_round: None,
        signature: None,
    };
    vec![
        line("witness-accept", &WitnessAccept { statement: id(1) }),
        line("rules-ready", &RulesReady { rules: 2 }),
        line("witness-vote", &vote),
        line("motion-open", &motion),
        line("petition", &petition),
        line("petition-sign", &PetitionSign { petition: id(1), recent: None }),
        line("era", &era),
        line("era-sign", &EraSign { era: id(1) }),
        line("election", &Election { petition: id(1), lists: vec![registrars()], closes_ms: 5 }),
    ]
}

fn line<S: Statement + PartialEq + std::fmt::Debug>(
    name: &'static str,
    said: &S,
) -> (&'static str, Kind, Vec<u8>) {
    let body = said.body();
    assert_eq!(&S::parse(&body).unwrap(), said, "{name} reads back what it writes");
    (name, S::KIND, body)
}

#[test]
fn the_bytes_of_every_statement_charter_roll_and_state_are_what_they_were() {
    let mut lines: Vec<String> = [people(), offices(), votes()]
        .concat()
        .into_iter()
        .map(|(name, kind, body)| format!("{} {name}: {}", kind.number(), hex(&body)))
        .collect();
    let founder = Founder {
        label: "Wang".into(),
        unit: "1-101".into(),
        device: [1; 32].into(),
        incarnation: Incarnation::from([2; 16]),
        sealing: [3; 32].into(),
        node: NodeKey::from([4; 32]),
    };
    let mut charter = Charter::founding("Guihuali", founder);
    lines.push(format!("charter: {}", hex(&charter.to_bytes())));
    charter.presets.push(preset());
    lines.push(format!("preset: {}", hex(&canon::write(&preset()))));
    lines.push(format!("charter with a preset: {}", hex(&charter.to_bytes())));
    let roll = Roll::new(vec![unit("1-101", 1)]).unwrap();
    lines.push(format!("roll: {}", hex(&roll.to_bytes())));
    lines.push(format!("roll fingerprint: {}", hex(roll.fingerprint().as_bytes())));
    let mut estate = Estate::founded(7);
    lines.push(format!("state after block 0: {}", hex(&estate.state.to_bytes())));
    estate.settle_in(5);
    lines.push(format!("state of five households: {}", hex(&estate.state.to_bytes())));
    lines.push(format!("its hash: {}", hex(estate.state.hash().as_bytes())));
    let golden: Vec<&str> = include_str!("golden.txt").lines().collect();
    for (line, held) in lines.iter().zip(&golden) {
        assert_eq!(line, held);
    }
    assert_eq!(lines.len(), golden.len(), "new lines: {:#?}", &lines[golden.len().min(lines.len())..]);
}

#[test]
fn reason_codes_and_numbers_are_what_they_were() {
    let codes: Vec<String> = Reason::ALL.iter().map(|r| format!("{} {}", r.number(), r.code())).collect();
    let expected = "1 not-enrolled, 2 revoked, 3 removed, 4 ended, 5 forked, 6 log-closed, 7 no-office, \
                    8 seen-ahead, 9 malformed, 10 not-plain, 11 stale-base, 12 other-history, 13 no-consent, \
                    14 kept-too-long, 15 bad-claim, 16 already-enrolled, 17 no-such-thing, 18 bad-proof, \
                    19 too-many-open, 20 own-seat, 21 breaks-rule, 22 not-judged, 23 not-settled";
    assert_eq!(codes.join(", "), expected);
}
