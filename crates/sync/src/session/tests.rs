//! A neighbour who breaks every rule costs itself the session and nobody else anything.

use linli_record::{CommunityId, LogId, NodeKey, RawRecord, RecordId, StoreId};
use proptest::prelude::*;

use super::*;
use crate::key::HelloKey;
use crate::testing::{Chance, Home, MemoryShelf, Neighbourhood};
use crate::wire::{self, Buckets, Bulk, Grant, Heights, Hello, Packer, Prints, Through, Want, Wants};

mod any;

const OURS: Nonce = [1; 16];
const THEIRS: Nonce = [2; 16];

/// One honest node, and the liar at the other end of its stream.
struct Victim {
    session: Session,
    home: Home,
    community: CommunityId,
    peer: NodeKey,
    chance: Chance,
}

impl Victim {
    /// Hellos were said; the victim holds a log of 200 records.
    fn met() -> (Self, Vec<Effect>) {
        let mut chance = Chance::new(7);
        let community = CommunityId::from(chance.bytes());
        let mut home = Home::new(community, &mut chance);
        for _ in 0..199 {
            home.write(None, community, 40, &mut chance);
        }
        let peer = NodeKey::from(chance.bytes());
        let session = Session::new(peer, None);
        let mut victim = Self { session, home, community, peer, chance };
        let mut effects = victim.feed(Input::Opened { nonce: OURS });
        effects.extend(victim.say(&Message::Hello(victim.hello())));
        (victim, effects)
    }

    fn hello(&self) -> Hello {
        let key = HelloKey::new(&self.community, &THEIRS);
        Hello {
            protocol: limits::PROTOCOL,
            nonce: THEIRS,
            community: key.community(),
            store: StoreId::from([3; 16]),
            arrivals: 0,
            head: None,
            capabilities: None,
            cursor: None,
            audiences: None,
            enrolment: None,
        }
    }

    fn feed(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.session.handle(input, 0, &self.home.shelf);
        if let Phase::Open(open) = &self.session.phase {
            assert!(open.is_bounded(self.home.shelf.heights().len()));
        }
        effects
    }

    fn say(&mut self, message: &Message) -> Vec<Effect> {
        self.feed(Input::Frame(message.to_frame()))
    }

    fn send_run(&mut self, log: &LogId, from: u64, run: Vec<RawRecord>) -> Vec<Effect> {
        let mut packer = Packer::new(Bulk::Runs);
        packer.push(&wire::pack_run(log, from, run, limits::FILL_BYTES).item);
        self.feed(Input::Frame(packer.take().unwrap()))
    }

    /// Everything handed up is dealt with, and what follows, until nothing does.
    fn store(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let (mut waiting, mut said) = (effects, Vec::new());
        while let Some(effect) = waiting.pop() {
            said.push(effect.clone());
            if let Some((ticket, outcome)) = self.home.work(effect, self.peer) {
                let more = self.feed(Input::Stored { ticket, outcome });
                waiting.extend(more);
            }
        }
        said
    }

    /// A home of another household in the same community, with a log of this many records and its opening.
    fn neighbour(&mut self, records: usize) -> (Home, LogId) {
        let mut home = Home::new(self.community, &mut self.chance);
        let write = |_| home.write(None, self.community, 40, &mut self.chance);
        let log = (0..records).map(write).last().unwrap();
        (home, log)
    }
}

fn closed(effects: &[Effect]) -> Option<Reason> {
    effects.iter().find_map(|effect| if let Effect::Close(reason) = effect { Some(*reason) } else { None })
}

fn messages(effects: &[Effect]) -> Vec<Message> {
    let frame = |effect: &Effect| if let Effect::Send(frame) = effect { Some(frame.clone()) } else { None };
    effects.iter().filter_map(frame).map(|frame| Message::parse(&frame).unwrap()).collect()
}

fn takes(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Take { .. })).count()
}

#[test]
fn a_hello_from_another_community_version_or_mirror_ends_the_session() {
    let wrong = [
        (Reason::Protocol, (|hello| hello.protocol = 2) as fn(&mut Hello)),
        (Reason::Community, |hello| hello.community = [0; 8]),
        (Reason::Reflected, |hello| hello.nonce = OURS),
        (Reason::Malformed, |hello| hello.audiences = Some(vec![0; 7])),
        (Reason::TooMany, |hello| hello.enrolment = Some(vec![0; limits::ENROLMENT_BYTES + 1])),
    ];
    for (reason, spoil) in wrong {
        let (mut victim, _) = Victim::met();
        victim.session = Session::new(victim.peer, None);
        victim.feed(Input::Opened { nonce: OURS });
        let mut hello = victim.hello();
        spoil(&mut hello);
        let effects = victim.say(&Message::Hello(hello));
        assert_eq!(closed(&effects), Some(reason));
        assert_eq!(victim.feed(Input::Arrived), [], "a closed session says nothing more");
    }
}

#[test]
fn a_stranger_without_an_enrolment_hears_nothing_at_all() {
    let (mut victim, _) = Victim::met();
    victim.home.shelf.strangers.insert(victim.peer);
    victim.session = Session::new(victim.peer, None);
    assert_eq!(victim.feed(Input::Opened { nonce: OURS }), []);
    let hello = victim.hello();
    assert_eq!(victim.say(&Message::Hello(hello)), [Effect::Close(Reason::Stranger)]);
}

#[test]
fn a_neighbour_that_says_no_hello_is_not_waited_for() {
    let (mut victim, _) = Victim::met();
    victim.session = Session::new(victim.peer, None);
    victim.feed(Input::Opened { nonce: OURS });
    assert_eq!(victim.session.handle(Input::Tick, limits::HELLO_MS, &victim.home.shelf), []);
    let late = victim.session.handle(Input::Tick, limits::HELLO_MS + 1, &victim.home.shelf);
    assert_eq!(late, [Effect::Close(Reason::Silent)]);
}

#[test]
fn a_bomb_is_refused_before_it_inflates() {
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap();
    for (length, reason) in [
        (limits::INFLATED_BYTES as u32, Reason::Inflation),
        (limits::INFLATED_BYTES as u32 + 1, Reason::Oversize),
        (u32::MAX, Reason::Oversize),
    ] {
        let (mut victim, _) = Victim::met();
        let mut frame = vec![32, 1];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&bomb);
        assert_eq!(closed(&victim.feed(Input::Frame(frame))), Some(reason));
    }
    let (mut victim, _) = Victim::met();
    let frame = vec![64; limits::FRAME_BYTES + 1];
    assert_eq!(closed(&victim.feed(Input::Frame(frame))), Some(Reason::Oversize));
}

#[test]
fn more_than_was_granted_ends_the_session() {
    let (mut victim, _) = Victim::met();
    let (home, log) = victim.neighbour(63);
    let run = home.shelf.held(&log);
    let run = crate::Held::run(&run, 0);
    let mut sent = 0;
    loop {
        let effects = victim.send_run(&log, 0, run.clone());
        sent += 1;
        if closed(&effects).is_some() {
            assert_eq!(closed(&effects), Some(Reason::Credit));
            break;
        }
        assert!(sent < 3000, "never stopped");
    }
    assert!(sent > 500, "stopped after {sent} runs");
}

#[test]
fn a_gap_is_asked_for_once_and_what_follows_it_is_parked_within_bounds() {
    let (mut victim, _) = Victim::met();
    let (home, log) = victim.neighbour(64 * 80 - 1);
    let mut asked = 0;
    for at in (1..80).rev() {
        let run = crate::Held::run(&home.shelf.held(&log), at * 64);
        let effects = victim.send_run(&log, at * 64, run);
        assert_eq!(takes(&effects), 0);
        let wants = messages(&effects).into_iter().filter(|it| matches!(it, Message::Want(_)));
        asked += wants.count();
    }
    assert_eq!(asked, 1);
    let first = crate::Held::run(&home.shelf.held(&log), 0);
    let effects = victim.send_run(&log, 0, first);
    let said = victim.store(effects);
    assert_eq!(takes(&said), 1, "sixty-four runs are parked, the ones next to the gap were one too many");
    // What did not fit comes by another way; then the parked ones follow by themselves.
    for at in 1..16 {
        let run = crate::Held::run(&home.shelf.held(&log), at * 64);
        let effects = victim.send_run(&log, at * 64, run);
        victim.store(effects);
    }
    assert_eq!(victim.home.shelf.tip(&log), home.shelf.tip(&log));
}

#[test]
fn a_withholding_neighbour_holds_up_nothing_but_its_own_cursor() {
    let (mut victim, _) = Victim::met();
    let (home, log) = victim.neighbour(200);
    let run = crate::Held::run(&home.shelf.held(&log), 128);
    victim.send_run(&log, 128, run);
    let effects = victim.say(&Message::Through(Through { arrivals: 9 }));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Remember(_))));
    let (other, log) = victim.neighbour(3);
    let run = crate::Held::run(&other.shelf.held(&log), 0);
    let effects = victim.send_run(&log, 0, run);
    victim.store(effects);
    assert_eq!(victim.home.shelf.tip(&log), other.shelf.tip(&log));
}

#[test]
fn records_of_another_community_or_another_log_are_forged() {
    let (mut victim, _) = Victim::met();
    let elsewhere = CommunityId::from([9; 32]);
    let mut chance = Chance::new(1);
    let mut home = Home::new(elsewhere, &mut chance);
    let log = home.write(None, elsewhere, 40, &mut chance);
    let run = crate::Held::run(&home.shelf.held(&log), 0);
    let effects = victim.send_run(&log, 0, run);
    assert_eq!(takes(&effects), 1);
    assert_eq!(closed(&victim.store(effects)), Some(Reason::Forged));

    let (mut victim, _) = Victim::met();
    let (home, log) = victim.neighbour(10);
    let run = crate::Held::run(&home.shelf.held(&log), 0);
    let other = LogId::from([4; 32]);
    let effects = victim.send_run(&other, 0, run);
    assert_eq!(closed(&victim.store(effects)), Some(Reason::Forged));
    assert!(victim.home.shelf.tip(&other).is_none());
}

#[test]
fn a_device_with_two_histories_is_shown_to_both_sides() {
    for seed in 0..20 {
        println!("seed {seed}");
        let mut hood = Neighbourhood::new(seed);
        hood.homes(3);
        let common = 1 + hood.chance.below(130);
        let log = hood.write(0, common);
        let link = hood.meet(0, 1);
        hood.settle();
        hood.part(link);
        // The same keys go on in two places.
        let writers = hood.homes[0].writers.clone();
        hood.write(0, 1 + seed as usize * 7 % 90);
        hood.homes[1].writers = writers;
        hood.write(1, 1 + seed as usize * 11 % 90);
        hood.meet(0, 1);
        hood.settle();
        hood.meet(1, 2);
        hood.settle();
        for home in 0..2 {
            assert_eq!(hood.homes[home].shelf.forked(), [log], "home {home}");
        }
        assert!(hood.links.iter().all(|link| link.closed() == [None, None]));
        // Both know: comparing again finds nothing to send.
        let link = hood.links.len() - 2;
        let before = hood.links[link].bulk_bytes;
        hood.reconcile(link);
        assert_eq!(hood.links[link].bulk_bytes, before);
    }
}

#[test]
fn messages_that_answer_nothing_end_the_session() {
    let messages = [
        Message::Wants(Wants { number: 0, from: vec![] }),
        Message::Heights(Heights { number: 0, same: vec![], logs: vec![], next: vec![] }),
        Message::Hello(Victim::met().0.hello()),
        Message::Bulk(Bulk::Payloads, vec![0x40]),
        Message::Bulk(Bulk::Found, wire::found_item(&RecordId::from([0; 32]), None)),
    ];
    for message in messages {
        let (mut victim, _) = Victim::met();
        assert_eq!(closed(&victim.say(&message)), Some(Reason::OutOfOrder), "{message:?}");
    }
    let (mut victim, _) = Victim::met();
    let grant = Message::Grant(Grant { bytes: u64::MAX });
    assert_eq!(closed(&victim.say(&grant)), Some(Reason::Credit));
    let (mut victim, _) = Victim::met();
    let buckets = Message::Buckets(Buckets { hashes: vec![0; 24] });
    assert_eq!(closed(&victim.say(&buckets)), Some(Reason::Malformed));
    let (mut victim, _) = Victim::met();
    let last = Some(true);
    let prints = Prints { number: 0, last, buckets: vec![], counts: vec![9], prints: vec![], nothing: None };
    assert_eq!(closed(&victim.say(&Message::Prints(prints))), Some(Reason::Malformed));
    assert_eq!(closed(&Victim::met().0.feed(Input::Frame(vec![63, 0]))), Some(Reason::UnknownFrame));
    assert_eq!(closed(&Victim::met().0.feed(Input::Frame(vec![64, 0]))), None);
    assert_eq!(closed(&Victim::met().0.feed(Input::Frame(vec![]))), Some(Reason::Malformed));
}

#[test]
fn endless_asking_ends_the_session() {
    let (mut victim, _) = Victim::met();
    let log = *victim.home.shelf.heights().first_key_value().unwrap().0;
    let want = Message::Want(Want { log, from: 0, to: None });
    // Credit is used up first; then what is asked for waits in line, and the line has an end.
    let reason = (0..20_000).find_map(|_| closed(&victim.say(&want)));
    assert_eq!(reason, Some(Reason::TooMany));
}

#[test]
fn a_private_log_is_not_served_to_whoever_guesses_its_name() {
    let (mut victim, _) = Victim::met();
    let audience = linli_record::AudienceId::from([5; 16]);
    let community = victim.community;
    let log = victim.home.write(Some(audience), community, 40, &mut victim.chance);
    let grown = victim.feed(Input::Arrived);
    let asked = victim.say(&Message::Want(Want { log, from: 0, to: None }));
    for message in messages(&grown).iter().chain(&messages(&asked)) {
        assert!(!matches!(message, Message::Bulk(..)), "{message:?}");
    }
}

/// What a victim with this many records in a private log, of which the peer is no reader, says to these messages.
fn said_of_a_private_log(records: usize, probe: impl Fn(&LogId) -> Message) -> Vec<Message> {
    let (mut victim, _) = Victim::met();
    let audience = Some(linli_record::AudienceId::from([5; 16]));
    let (community, mut log) = (victim.community, LogId::from([0; 32]));
    for _ in 0..records {
        log = victim.home.write(audience, community, 40, &mut victim.chance);
    }
    let mut said = Vec::new();
    for _ in 0..2 {
        let effects = victim.say(&probe(&log));
        said.extend(messages(&victim.store(effects)));
    }
    said
}

#[test]
fn a_former_member_does_not_learn_how_often_the_door_opened() {
    use crate::wire::{Offers, Wanted};
    let offers = |log: &LogId| Message::Offers(Offers { number: 0, logs: vec![*log], next: vec![u64::MAX] });
    let ahead = |log: &LogId| {
        let (mut victim, _) = Victim::met();
        let (home, other) = victim.neighbour(100);
        let run = crate::Held::run(&home.shelf.held(&other), 64);
        let mut packer = Packer::new(Bulk::Runs);
        packer.push(&wire::pack_run(log, 64, run, limits::FILL_BYTES).item);
        Message::parse(&packer.take().unwrap()).unwrap()
    };
    let told = said_of_a_private_log(40, offers);
    assert_eq!(told, said_of_a_private_log(90, offers));
    let wanted = |from| Message::Wanted(Wanted { number: 0, from: vec![from] });
    assert_eq!(told, [wanted(1), wanted(0)], "everything, once");
    // A forged run that would follow, and one that leaves a gap, are met with the same silence.
    assert_eq!(said_of_a_private_log(40, ahead), []);
    assert_eq!(said_of_a_private_log(64, ahead), []);
}

#[test]
fn who_sends_forgeries_of_a_log_it_may_not_read_is_cut_off_in_the_end() {
    let (mut victim, _) = Victim::met();
    let (home, other) = victim.neighbour(100);
    let run = crate::Held::run(&home.shelf.held(&other), 64);
    let audience = Some(linli_record::AudienceId::from([5; 16]));
    let community = victim.community;
    let log = victim.home.write(audience, community, 40, &mut victim.chance);
    let reason = (0..=limits::VAIN_RUNS).find_map(|_| {
        let effects = victim.send_run(&log, 64, run.clone());
        closed(&victim.store(effects))
    });
    assert_eq!(reason, Some(Reason::TooMany));
}

#[test]
fn whoever_keeps_what_it_can_not_read_tells_to_a_run_how_far_it_came() {
    use crate::wire::{Offers, Wanted};
    let (mut victim, _) = Victim::met();
    victim.home.shelf.keeps_ciphertext = true;
    let audience = Some(linli_record::AudienceId::from([5; 16]));
    let (community, mut log) = (victim.community, LogId::from([0; 32]));
    for _ in 0..99 {
        log = victim.home.write(audience, community, 40, &mut victim.chance);
    }
    let offers = Message::Offers(Offers { number: 0, logs: vec![log], next: vec![300] });
    let wanted = Message::Wanted(Wanted { number: 0, from: vec![65] });
    assert_eq!(messages(&victim.say(&offers)), [wanted], "100 held; the last whole run of 64 is told");
}

/// The victim, with a run parked behind a gap that another neighbour then filled; the gap's last run, and a mark behind.
fn parked_behind_a_filled_gap() -> (Victim, LogId, Vec<RawRecord>) {
    let (mut victim, _) = Victim::met();
    let (home, log) = victim.neighbour(150);
    let run = |from| crate::Held::run(&home.shelf.held(&log), from);
    let effects = victim.send_run(&log, 128, run(128));
    assert!(matches!(messages(&effects)[..], [Message::Want(_)]), "{effects:?}");
    victim.say(&Message::Through(Through { arrivals: 151 }));
    for from in [0, 64] {
        victim.home.shelf.take(&log, run(from), None);
    }
    (victim, log, run(64))
}

#[test]
fn what_waits_behind_a_gap_is_taken_when_the_missing_part_turns_out_to_be_here() {
    let remembered = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Remember(cursor) if cursor.arrivals == 151))
    };
    let (mut victim, log, known) = parked_behind_a_filled_gap();
    let effects = victim.send_run(&log, 64, known);
    assert_eq!(takes(&effects), 1, "{effects:?}");
    assert!(remembered(&victim.store(effects)));
    // Nor does it wait for this neighbour to say anything more.
    let (mut victim, _, _) = parked_behind_a_filled_gap();
    let effects = victim.feed(Input::Arrived);
    assert_eq!(takes(&effects), 1, "{effects:?}");
    assert!(remembered(&victim.store(effects)));
}

#[test]
fn the_last_answer_about_a_payload_says_that_more_may_be_sought() {
    let (mut victim, _) = Victim::met();
    let ids = [RecordId::from([1; 32]), RecordId::from([2; 32])];
    victim.feed(Input::Seek(ids.to_vec()));
    let found = |victim: &mut Victim, id| {
        let mut packer = Packer::new(Bulk::Found);
        packer.push(&wire::found_item(id, None));
        victim.feed(Input::Frame(packer.take().unwrap()))
    };
    assert_eq!(found(&mut victim, &ids[0]), []);
    assert_eq!(found(&mut victim, &ids[1]), [Effect::Sought]);
}

#[test]
fn a_sender_waits_for_the_carrier_and_then_for_credit() {
    let (mut victim, _) = Victim::met();
    let community = victim.community;
    for _ in 0..300 {
        victim.home.write(None, community, 50_000, &mut victim.chance);
    }
    let log = *victim.home.shelf.heights().first_key_value().unwrap().0;
    let bulk = |effects: &[Effect]| {
        let sent =
            effects.iter().map(|effect| if let Effect::Send(frame) = effect { frame.len() } else { 0 });
        sent.sum::<usize>()
    };
    let mut sent = bulk(&victim.say(&Message::Want(Want { log, from: 0, to: None })));
    assert!(sent <= limits::OUTBOX_BYTES + limits::FRAME_BYTES, "{sent} bytes before the carrier drained");
    for _ in 0..100 {
        let effects = victim.feed(Input::Drained);
        assert!(bulk(&effects) <= limits::OUTBOX_BYTES + limits::FRAME_BYTES);
        sent += bulk(&effects);
    }
    assert!(sent as u64 <= limits::WINDOW_BYTES, "{sent} bytes without a grant");
    let effects = victim.say(&Message::Grant(Grant { bytes: limits::GRANT_BYTES }));
    assert!(bulk(&effects) > 0);
}

#[test]
fn a_newcomer_hears_blocks_then_office_holders_then_the_rest() {
    let mut hood = Neighbourhood::new(1);
    hood.homes(12);
    for home in 1..12 {
        let log = hood.write(home, 100);
        if home % 4 == 0 {
            hood.homes[11].shelf.offices.insert(log, u8::try_from(home).unwrap() / 4);
        }
        let link = hood.meet(home, 11);
        hood.settle();
        hood.part(link);
    }
    hood.settle_blocks(11, 10);
    let offices = hood.homes[11].shelf.offices.clone();
    hood.meet(11, 0);
    let mut order = Vec::new();
    loop {
        for job in hood.homes[0].jobs.iter() {
            let rank = match &job.effect {
                Effect::TakeBlock { .. } => 0,
                Effect::Take { log, .. } => offices.get(log).copied().unwrap_or(9),
                _ => continue,
            };
            if order.last() != Some(&rank) {
                order.push(rank);
            }
        }
        if !hood.step() {
            break;
        }
        order.dedup();
    }
    order.dedup();
    let mut firsts = Vec::new();
    for rank in order {
        if !firsts.contains(&rank) {
            firsts.push(rank);
        }
    }
    assert_eq!(firsts, [0, 1, 2, 9]);
}

#[test]
fn nothing_goes_back_to_where_it_came_from() {
    let mut hood = Neighbourhood::new(2);
    hood.homes(2);
    let link = hood.meet(0, 1);
    hood.settle();
    let before = hood.links[link].bulk_bytes;
    hood.write(0, 1);
    hood.settle();
    let once = hood.links[link].bulk_bytes - before;
    assert!(once > 200);
    let newest = crate::Held::run(
        &hood.homes[0].shelf.held(hood.homes[0].shelf.heights().first_key_value().unwrap().0),
        0,
    );
    let most: usize = newest.iter().map(|record| record.header.len() + 160).sum();
    assert!(once < 2 * most, "{once} bytes for {} records", newest.len());
    let frames = hood.links[link].frames;
    hood.tell_grown(1);
    hood.settle();
    assert_eq!(hood.links[link].frames, frames);
}

#[test]
fn a_neighbour_that_asks_for_comparison_after_comparison_is_cut_off() {
    let (mut victim, _) = Victim::met();
    let root = Message::Root(crate::wire::Root { root: [0; 16] });
    let reason = (0..=limits::COMPARISONS).find_map(|_| closed(&victim.say(&root)));
    assert_eq!(reason, Some(Reason::TooMany));
}

#[test]
fn a_clock_set_back_ten_years_costs_no_honest_neighbour_its_session() {
    let (mut victim, _) = Victim::met();
    let root = Message::Root(crate::wire::Root { root: [0; 16] });
    let years = 10 * 365 * 86_400_000;
    victim.session.handle(Input::Frame(root.to_frame()), years, &victim.home.shelf);
    for hour in 0..3 * limits::COMPARISONS {
        let now_ms = hour * 3_600_000;
        let effects = victim.session.handle(Input::Frame(root.to_frame()), now_ms, &victim.home.shelf);
        assert_eq!(closed(&effects), None, "after {hour} hours");
    }
}
