//! Audiences, key grants, private roots and sightings.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::{Street, any_order};
use linli_community::content::audience::{
    self, Audience, AudienceChange, AudienceKind, AudienceView, Member,
};
use linli_community::content::covered::{self, Cover, Covered, Covering};
use linli_community::content::grants::{self, Granted, KeyGrant};
use linli_community::content::sighting::{self, Sighting, Value, What};
use linli_community::content::{Author, Entry, Payload, Standing, limits};
use linli_community::register::{Reason, Role};
use linli_record::private_root::{self, Leaf};
use linli_record::writer::Seal;
use linli_record::{
    AudienceId, CommunityId, Draft, EpochKey, Incarnation, LogOpen, LogWriter, Record, RecordId, Retention,
    SealingSecret, SecretKey, envelope,
};
use proptest::prelude::*;

const COMMUNITY: [u8; 32] = [9; 32];
const CIRCLE: [u8; 16] = [7; 16];

/// A household's sealed log for the chess circle.
struct Player {
    writer: LogWriter,
    author: Author,
}

/// The circle's records, opened, with their standing and author.
struct Chess {
    players: Vec<Player>,
    said: Vec<(Record, Vec<u8>, Standing, usize)>,
    id: Option<RecordId>,
}

fn home(at: usize) -> RecordId {
    RecordId::from([u8::try_from(at).unwrap() + 0xb0; 32])
}

fn member(at: usize) -> Member {
    Member::Household(home(at))
}

impl Chess {
    /// Four households' logs; the first `members` are in.
    fn of(members: usize) -> Self {
        let players = (0..4u8)
            .map(|at| {
                let key = SecretKey::from_bytes(&[at + 50; 32]);
                let audience = Some(AudienceId::from(CIRCLE));
                let open = LogOpen::member(&key, Incarnation::from([1; 16]), audience, "street");
                let device = key.public();
                let writer =
                    LogWriter::begin(CommunityId::from(COMMUNITY), key, &open, [0; 16], 0, 1).unwrap();
                let author = Author {
                    device: Some(device),
                    household: Some(home(at.into())),
                    role: Some(Role::Owner),
                    ..Author::stranger(writer.tip().log)
                };
                Player { writer, author }
            })
            .collect();
        let mut chess = Self { players, said: Vec::new(), id: None };
        let opening = Audience {
            name: "Chess".to_owned(),
            kind: AudienceKind::Circle,
            members: (0..members).map(member).collect(),
            newcomers_read: true,
            keepers: Vec::new(),
        };
        chess.id = Some(chess.say(0, 1, Audience::begin(), &opening));
        chess
    }

    fn say<P: Payload>(&mut self, by: usize, epoch: u64, draft: Draft, payload: &P) -> RecordId {
        let key = EpochKey::from([u8::try_from(epoch).unwrap(); 32]);
        let salt = [u8::try_from(self.said.len()).unwrap(); 16];
        let seal = Seal { key: &key, epoch, nonce: [salt[0]; 24] };
        let body = payload.body().unwrap();
        let record = self.players[by].writer.append_sealed(draft, &body, &seal, salt, 5).unwrap();
        let place = envelope::Place::of(CommunityId::from(COMMUNITY), record.header()).unwrap();
        assert_eq!(envelope::open(&key, &place, record.body().unwrap()).unwrap(), body);
        let id = record.id();
        self.said.push((record, body, Standing::unsettled(), by));
        id
    }

    fn change(&mut self, by: usize, epoch: u64, add: &[usize], remove: &[usize]) -> RecordId {
        let change = AudienceChange {
            epoch,
            add: add.iter().map(|at| member(*at)).collect(),
            remove: remove.iter().map(|at| member(*at)).collect(),
            name: None,
            keepers: None,
            introduction: None,
        };
        let id = self.id.unwrap();
        self.say(by, epoch, AudienceChange::on(id, &[id]), &change)
    }

    fn settle(&mut self, id: RecordId, height: u64) {
        let said = self.said.iter_mut().find(|said| said.0.id() == id).unwrap();
        said.2 = Standing::settled(height);
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        self.said
            .iter()
            .map(|(record, body, standing, by)| {
                Entry::opened(record, body.clone(), *standing, &self.players[*by].author)
            })
            .collect()
    }

    fn view(&self) -> AudienceView {
        audience::fold(&self.entries(), &linli_community::content::Context::default()).unwrap()
    }

    fn newest(&self) -> Vec<Member> {
        self.view().newest().unwrap().members.clone()
    }
}

#[test]
fn every_change_of_members_begins_an_epoch() {
    let mut chess = Chess::of(2);
    chess.change(1, 2, &[2], &[]);
    chess.change(2, 3, &[], &[0]);
    let view = chess.view();
    assert_eq!(view.epochs.len(), 3);
    assert_eq!(view.epochs[1].members, [member(0), member(1), member(2)]);
    assert_eq!(chess.newest(), [member(1), member(2)]);
    assert!(view.includes(&chess.players[1].author) && !view.includes(&chess.players[0].author));
    assert!(!view.disputed());
}

#[test]
fn who_is_not_a_member_changes_nothing() {
    let mut chess = Chess::of(2);
    chess.change(3, 2, &[3], &[0, 1]);
    assert_eq!(chess.newest(), [member(0), member(1)]);
    assert_eq!(chess.view().asides[0].reason, "not-a-member");
    let removed = chess.change(0, 2, &[], &[1]);
    chess.settle(removed, 1);
    chess.change(1, 3, &[1, 3], &[]);
    assert_eq!(chess.newest(), [member(0)]);
}

#[test]
fn two_who_remove_each_other_are_both_out_and_add_nobody() {
    let mut chess = Chess::of(3);
    chess.change(0, 2, &[3], &[1]);
    chess.change(1, 2, &[], &[0]);
    assert_eq!(chess.newest(), [member(2)]);
    assert!(chess.view().disputed());
    chess.change(2, 3, &[], &[]);
    assert!(!chess.view().disputed());
}

#[test]
fn a_removed_member_who_backdates_does_not_get_back_in() {
    let mut chess = Chess::of(3);
    let removal = chess.change(0, 2, &[], &[1]);
    chess.settle(removal, 4);
    let backdated = chess.change(1, 2, &[3], &[0, 2]);
    assert_eq!(chess.newest(), [member(0), member(2)]);
    chess.settle(backdated, 5);
    assert_eq!(chess.newest(), [member(0), member(2)]);
    assert_eq!(chess.view().asides[0].reason, "epoch-begun-already");
}

#[test]
fn a_change_must_name_the_epoch_it_is_sealed_under() {
    let mut chess = Chess::of(2);
    let id = chess.id.unwrap();
    let change = AudienceChange {
        epoch: 2,
        add: vec![member(3)],
        remove: vec![],
        name: None,
        keepers: None,
        introduction: None,
    };
    chess.say(0, 1, AudienceChange::on(id, &[id]), &change);
    assert_eq!(chess.newest().len(), 2);
    assert_eq!(chess.view().asides[0].reason, "wrong-epoch");
}

#[test]
fn whoever_holds_no_key_sees_a_sealed_audience() {
    let chess = Chess::of(2);
    let entries: Vec<Entry<'_>> = chess
        .said
        .iter()
        .map(|(record, _, standing, by)| Entry::plain(record, *standing, &chess.players[*by].author))
        .collect();
    let view = audience::fold(&entries, &linli_community::content::Context::default()).unwrap();
    assert_eq!(view.mark.unwrap().code(), "sealed");
    assert!(view.name.is_empty() && view.epochs.is_empty());
}

fn chess_key() -> Granted {
    Granted {
        audience: AudienceId::from(CIRCLE),
        epoch: 3,
        key: EpochKey::from([3; 32]),
        name: "Chess".to_owned(),
    }
}

#[test]
fn a_grant_opens_for_its_recipients_alone_and_names_none_of_them() {
    let community = CommunityId::from(COMMUNITY);
    let devices: Vec<SealingSecret> = (1..4u8).map(|seed| SealingSecret::from_seed(&[seed; 32])).collect();
    let to = [devices[0].public(), devices[1].public()];
    let grant = grants::seal(&community, &to, &[chess_key()], &[8; 32]).unwrap();
    let body = grant.body().unwrap();
    let grant = KeyGrant::parse(&body).unwrap();
    for device in &devices {
        let bytes = device.public();
        assert!(!body.windows(8).any(|part| part == &bytes.as_bytes()[..8]));
    }
    for device in &devices[..2] {
        assert_eq!(grant.open_any(&community, device), [chess_key()]);
    }
    assert!(grant.open_any(&community, &devices[2]).is_empty());
    assert!(grant.open_any(&CommunityId::from([1; 32]), &devices[0]).is_empty());
}

#[test]
fn a_newcomer_is_granted_old_epochs_in_the_same_record() {
    let community = CommunityId::from(COMMUNITY);
    let device = SealingSecret::from_seed(&[1; 32]);
    let old = Granted { epoch: 2, key: EpochKey::from([2; 32]), ..chess_key() };
    let grant = grants::seal(&community, &[device.public()], &[old.clone(), chess_key()], &[8; 32]).unwrap();
    let mut opened = grant.open_any(&community, &device);
    opened.sort_by_key(|granted| granted.epoch);
    assert_eq!(opened, [old, chess_key()]);
}

#[test]
fn two_keys_granted_for_one_epoch_do_not_hide_from_each_other() {
    let community = CommunityId::from(COMMUNITY);
    let devices: Vec<SealingSecret> = (1..3u8).map(|seed| SealingSecret::from_seed(&[seed; 32])).collect();
    let other = Granted { key: EpochKey::from([0xee; 32]), ..chess_key() };
    let to = |device: usize, secret: &Granted| {
        grants::seal(&community, &[devices[device].public()], std::slice::from_ref(secret), &[8; 32]).unwrap()
    };
    let (one, two) = (to(0, &chess_key()), to(1, &other));
    let circle = AudienceId::from(CIRCLE);
    assert_eq!(one.names(&circle, 3), Some(chess_key().key.fingerprint(&circle, 3)));
    assert_ne!(one.names(&circle, 3), two.names(&circle, 3));
    assert_eq!(one.names(&circle, 4), None);
    let both = grants::seal(&community, &[devices[0].public()], &[chess_key(), other], &[8; 32]);
    assert!(both.is_err(), "one record names one key an epoch");
}

#[test]
fn the_length_of_a_grant_does_not_tell_the_audiences_name() {
    let community = CommunityId::from(COMMUNITY);
    let to = [SealingSecret::from_seed(&[1; 32]).public()];
    let length = |name: &str| {
        let secret = Granted { name: name.to_owned(), ..chess_key() };
        grants::seal(&community, &to, &[secret], &[8; 32]).unwrap().body().unwrap().len()
    };
    assert_eq!(length("A"), length("A long name for a"));
    let many = vec![to[0]; limits::GRANTS + 1];
    assert_eq!(grants::seal(&community, &many, &[chess_key()], &[8; 32]).unwrap_err().code(), "too-large");
}

#[test]
fn a_full_key_grant_fits_into_one_record() {
    let to: Vec<_> = (0..limits::GRANTS)
        .map(|at| SealingSecret::from_seed(&[u8::try_from(at).unwrap(); 32]).public())
        .collect();
    let secret = Granted { name: "x".repeat(limits::NAME), ..chess_key() };
    let grant = grants::seal(&CommunityId::from(COMMUNITY), &to, &[secret], &[8; 32]).unwrap();
    assert_eq!(KeyGrant::parse(&grant.body().unwrap()).unwrap().len(), limits::GRANTS);
}

#[test]
fn members_see_that_a_public_block_covers_their_private_log() {
    let mut chess = Chess::of(2);
    let tip = chess.players[0].writer.tip().id;
    let log = chess.players[0].writer.tip().log;
    let leaves = vec![
        Leaf { salt: [3; 16], log: [1; 32].into(), tip: [2; 32].into() },
        Leaf { salt: [4; 16], log, tip },
    ];
    let mut street = Street::of(2);
    let mut draft = Draft::new(linli_community::kinds::NOTICE);
    draft.private_root = private_root::root(&leaves);
    let public = street.say_body(0, draft, b"\xa0");
    let path = private_root::path(&leaves, 1).unwrap();
    let said = Covered { public, tip, path: path.clone() };
    chess.say(0, 1, Covered::begin(), &said);
    let header = street.said[0].record.header().clone();
    let key = |device: usize| street.devices[device].author.device.unwrap();
    let entries = chess.entries();
    let covered = entries.iter().find(|entry| entry.record.kind == Covered::KIND).unwrap();
    let seq_of = |id: &RecordId| (*id == tip).then_some(1);
    let held = |id: &RecordId| (*id == public).then(|| (key(0), header.clone()));
    let reaches = Cover::Reaches(Covering { seq: 1, public });
    assert_eq!(covered::read(covered, &key(0), seq_of, held), reaches);
    assert_eq!(covered::read(covered, &key(1), seq_of, held), Cover::Void, "another author's root");
    assert_eq!(covered::read(covered, &key(0), |_| None, held), Cover::Void, "no record of this log");
    assert_eq!(covered::read(covered, &key(0), seq_of, |_| None), Cover::Unread);
    let sealed = Entry { body: None, ..covered.clone() };
    assert_eq!(covered::read(&sealed, &key(0), seq_of, held), Cover::Unread);
    let wrong = Covered { tip: [0xee; 32].into(), ..said };
    assert!(!wrong.covers(&log, &header));
}

#[test]
fn the_first_covering_settles_a_private_word_and_a_key_that_comes_late_changes_nothing() {
    let reaches = |seq, public| Cover::Reaches(Covering { seq, public: [public; 32].into() });
    let first = |covers: &[(u64, Cover)], seq| {
        let public = covered::first_over(covers.iter().map(|(place, cover)| (*place, cover)), seq)?.public;
        Some(public.as_bytes()[0])
    };
    let whole = [(3, reaches(2, 1)), (6, Cover::Void), (7, reaches(5, 2)), (8, reaches(1, 3))];
    assert_eq!(first(&whole, 2), Some(1));
    assert_eq!(first(&whole, 3), Some(2), "a covered record is covered by the next");
    assert_eq!(first(&whole, 5), Some(2));
    assert_eq!(first(&whole, 6), None);
    // Whoever joined lately holds the key of the second alone; the first may be the one that counts.
    let lately = [(3, Cover::Unread), whole[1], whole[2], whole[3]];
    assert_eq!(first(&lately, 2), None);
    assert_eq!(first(&lately, 3), Some(2));
}

fn door(counter: u64, value: Value) -> Sighting {
    Sighting {
        source: "door-1".to_owned(),
        what: What::Contact,
        value,
        counter,
        at_ms: counter * 1_000,
        battery: (counter == 1).then_some(80),
    }
}

/// A gateway that says these counters of one door.
fn gateway(counters: &[u64]) -> Street {
    let mut street = Street::of(0);
    street.device(RecordId::from([0xe0; 32]), "", Role::Gateway);
    for counter in counters {
        street.say(0, Sighting::begin(), &door(*counter, Value::Is(counter % 2 == 0)));
    }
    street
}

#[test]
fn gaps_and_replays_of_a_sensor_are_both_shown() {
    assert_eq!(Sighting::begin().retention, Retention::Days(30));
    let street = gateway(&[1, 2, 5, 5, 4, 6]);
    let view = sighting::fold(&street.entries(), &street.context());
    let door = &view.sources[0];
    assert_eq!((door.counter, door.battery), (6, Some(80)));
    assert_eq!(door.gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(3, 4)]);
    assert_eq!(door.replays.len(), 2);
    assert!(!door.gaps[0].perhaps_dropped);
}

#[test]
fn unknown_is_an_answer_of_its_own() {
    let mut street = gateway(&[1, 2]);
    street.say(0, Sighting::begin(), &door(3, Value::Unknown));
    let view = sighting::fold(&street.entries(), &street.context());
    assert_eq!(view.sources[0].value, Value::Unknown);
    assert_eq!(view.sources[0].changed_ms, 3_000);
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["sources"][0]["value"], "unknown");
}

#[test]
fn a_gap_that_expired_bytes_may_explain_says_so() {
    let mut street = gateway(&[1, 2, 3, 4]);
    let second = street.said[1].record.id();
    street.drop_payload(second);
    let view = sighting::fold(&street.entries(), &street.context());
    assert!(view.sources[0].gaps[0].perhaps_dropped);
    assert_eq!(view.asides[0].reason, "not-held");
}

#[test]
fn a_sighting_without_consent_is_shown_and_counts_for_nothing() {
    let mut street = gateway(&[1, 2]);
    let second = street.said[1].record.id();
    street.quarantine(second, Reason::NoConsent);
    let view = sighting::fold(&street.entries(), &street.context());
    assert_eq!(view.sources[0].counter, 1);
    assert_eq!(view.asides[0].reason, "no-consent");
}

proptest! {
    #[test]
    fn sightings_in_any_order_of_arrival_are_heard_as_the_gateway_said_them(
        counters in proptest::collection::vec(1u64..9, 1..12),
        order in any_order(),
    ) {
        let street = gateway(&counters);
        let view = sighting::fold(&street.entries(), &street.context());
        prop_assert_eq!(sighting::fold(&street.arriving(&order), &street.context()), view);
    }

    #[test]
    fn changes_of_an_audience_in_any_order_of_arrival_give_the_same_members(
        changes in proptest::collection::vec((0usize..4, 2u64..5, 0usize..4, 0usize..4, 0u64..4), 1..10),
        order in any_order(),
    ) {
        let mut chess = Chess::of(2);
        for (by, epoch, add, remove, height) in changes {
            let id = chess.change(by, epoch, &[add], &[remove]);
            if height > 0 {
                chess.settle(id, height);
            }
        }
        let view = chess.view();
        let mut left = chess.entries();
        let mut shuffled = Vec::new();
        for place in order.iter().take(left.len()) {
            shuffled.push(left.swap_remove(place.index(left.len())));
        }
        let again = audience::fold(&shuffled, &linli_community::content::Context::default()).unwrap();
        prop_assert_eq!(&again, &view);
        let json = serde_json::to_string(&view).unwrap();
        prop_assert_eq!(&serde_json::from_str::<AudienceView>(&json).unwrap(), &view);
    }
}
