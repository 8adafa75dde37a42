//! Any bytes, any messages, honest frames in any order: a session refuses them, and never panics.

use super::*;

fn edge() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..300, Just(u64::MAX), Just(u64::MAX - 1), any::<u64>()]
}

/// Any well-formed message, whether or not it makes sense now.
fn any_message() -> impl Strategy<Value = Message> {
    use crate::wire::{Audiences, NewHead, Offers, Root, WantBlocks, WantPayloads, Wanted};
    let id = || any::<[u8; 32]>().prop_map(LogId::from);
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    let numbers = || prop::collection::vec(edge(), 0..6);
    let small = || prop::collection::vec(0u32..4, 0..4);
    prop_oneof![
        bytes(40).prop_map(|tags| Message::Audiences(Audiences { tags })),
        any::<[u8; 16]>().prop_map(|root| Message::Root(Root { root })),
        bytes(70).prop_map(|hashes| Message::Buckets(Buckets { hashes })),
        (0usize..5).prop_map(|count| Message::Buckets(Buckets { hashes: vec![7; count * 8] })),
        (0u32..3, any::<Option<bool>>(), small(), small(), bytes(30), any::<Option<bool>>()).prop_map(
            |(number, last, buckets, counts, prints, nothing)| {
                let buckets = buckets.into_iter().map(|bucket| bucket as u16).collect();
                Message::Prints(Prints { number, last, buckets, counts, prints, nothing })
            }
        ),
        (0u32..3, bytes(4), bytes(20), numbers())
            .prop_map(|(number, same, logs, next)| Message::Heights(Heights { number, same, logs, next })),
        (0u32..3, numbers()).prop_map(|(number, from)| Message::Wants(Wants { number, from })),
        (0u32..3, prop::collection::vec(id(), 0..4), numbers())
            .prop_map(|(number, logs, next)| Message::Offers(Offers { number, logs, next })),
        (0u32..3, numbers()).prop_map(|(number, from)| Message::Wanted(Wanted { number, from })),
        (id(), edge(), prop::option::of(edge())).prop_map(|(log, from, to)| Message::Want(Want {
            log,
            from,
            to
        })),
        edge().prop_map(|bytes| Message::Grant(Grant { bytes })),
        edge().prop_map(|arrivals| Message::Through(Through { arrivals })),
        (edge(), edge()).prop_map(|(era, height)| Message::Head(NewHead { era, height })),
        edge().prop_map(|from| Message::WantBlocks(WantBlocks { from })),
        prop::collection::vec(any::<[u8; 32]>().prop_map(RecordId::from), 0..4)
            .prop_map(|ids| Message::WantPayloads(WantPayloads { ids })),
    ]
}

/// All frames of an honest opening, as the second side sends them.
fn honest_frames() -> Vec<Vec<u8>> {
    static FRAMES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    FRAMES.get_or_init(record_honest_frames).clone()
}

fn record_honest_frames() -> Vec<Vec<u8>> {
    let mut hood = Neighbourhood::new(3);
    hood.homes(2);
    hood.write(1, 300);
    hood.write_for(1, None, 12, 50_000);
    hood.settle_blocks(1, 3);
    let shelves: [MemoryShelf; 2] = [hood.homes[0].shelf.clone(), hood.homes[1].shelf.clone()];
    let nodes = [hood.homes[0].node, hood.homes[1].node];
    let mut sessions = [Session::new(nodes[1], None), Session::new(nodes[0], None)];
    let mut frames = Vec::new();
    let mut queue: Vec<_> =
        [(0, OURS), (1, THEIRS)].into_iter().map(|(side, nonce)| (side, Input::Opened { nonce })).collect();
    queue.reverse();
    while let Some((side, input)) = queue.pop() {
        for effect in sessions[side].handle(input, 0, &shelves[side]) {
            if let Effect::Send(frame) = effect {
                if side == 1 {
                    frames.push(frame.clone());
                }
                queue.insert(0, (1 - side, Input::Frame(frame)));
            }
        }
    }
    assert!(frames.len() > 5);
    frames
}

fn victim_of(frames: &[Vec<u8>]) {
    let mut hood = Neighbourhood::new(3);
    hood.homes(2);
    let mut session = Session::new(hood.homes[1].node, None);
    session.handle(Input::Opened { nonce: OURS }, 0, &hood.homes[0].shelf);
    for frame in frames {
        let effects = session.handle(Input::Frame(frame.clone()), 0, &hood.homes[0].shelf);
        let peer = hood.homes[1].node;
        let mut waiting = effects;
        while let Some(effect) = waiting.pop() {
            if let Some((ticket, outcome)) = hood.homes[0].work(effect, peer) {
                waiting.extend(session.handle(Input::Stored { ticket, outcome }, 0, &hood.homes[0].shelf));
            }
        }
        if let Phase::Open(open) = &session.phase {
            assert!(open.is_bounded(hood.homes[0].shelf.heights().len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_bytes_make_a_session_panic(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8)) {
        let (mut victim, _) = Victim::met();
        for frame in frames {
            victim.feed(Input::Frame(frame));
        }
    }

    #[test]
    fn a_known_first_byte_and_any_body_make_no_session_panic(kind in 1u8..40, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut victim, _) = Victim::met();
        let mut frame = vec![kind];
        frame.extend(body);
        victim.feed(Input::Frame(frame));
    }

    #[test]
    fn no_conversation_of_well_formed_messages_makes_a_session_panic(messages in prop::collection::vec(any_message(), 1..12)) {
        let (mut victim, _) = Victim::met();
        let own = *victim.home.shelf.heights().first_key_value().unwrap().0;
        for mut message in messages {
            if let Message::Want(want) = &mut message { want.log = own; }
            let effects = victim.say(&message);
            victim.store(effects);
            victim.feed(Input::Reconcile);
            victim.feed(Input::Drained);
        }
    }

    #[test]
    fn an_honest_frame_with_one_byte_changed_makes_no_session_panic(
        frame in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()
    ) {
        let mut frames = honest_frames();
        let frame = frame.index(frames.len());
        let at = at.index(frames[frame].len());
        if cut { frames[frame].truncate(at); } else { frames[frame][at] ^= 1 << bit; }
        victim_of(&frames);
    }

    #[test]
    fn honest_frames_in_any_order_make_no_session_panic(seed in any::<u64>()) {
        let mut frames = honest_frames();
        let mut chance = Chance::new(seed);
        for at in 1..frames.len() {
            let other = 1 + chance.below(frames.len() - 1);
            frames.swap(at, other);
        }
        victim_of(&frames);
    }
}
