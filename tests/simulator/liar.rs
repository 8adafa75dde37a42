//! Homes that run a changed program. They say what they have no right to say, change what they pass on, invent, repeat
//! and withhold. What an honest home does about it is the node's business; that it costs only the liar is `check`'s.
//!
//! A liar's end of a link wears a [`Mask`]: a session of its own over [`Doctored`], its node's copy with one lie in it.
//! The node behind the mask stays honest to itself, so that the liar knows what there is to lie about.

use std::collections::VecDeque;

use linli_community::content::Payload as _;
use linli_community::content::notice::Notice;
use linli_community::content::sighting::{Sighting, Value, What};
use linli_community::content::talk::Thread;
use linli_community::register::statement::{Approve, Revoke, Statement as _};
use linli_record::block::seen;
use linli_record::{
    CertifiedBlock, CommunityId, Draft, ForkProof, Kind, LogId, LogWriter, NodeKey, RawRecord, RecordId,
    Signature, StoreId, Tip,
};
use linli_sync::{Arrival, Cursor, Effect, Head, Input, Outcome, Session, Shelf};

use crate::home::Heart;
use crate::link::Link;
use crate::story::FOUNDER;
use crate::world::World;

/// What a mask does to the copy it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// Every third log is not there.
    Withholds,
    /// A bit of every run's last signature is another.
    BreaksSignatures,
    /// A bit of a payload is another.
    ChangesPayloads,
    /// A bit of a header is another.
    ChangesHeaders,
    /// A record in the middle is left out.
    LeavesGaps,
    /// Two records changed places.
    Shuffles,
    /// Somebody else's log goes on, signed by the liar.
    Impersonates,
    /// The liar's own log goes on from a record that does not exist.
    Disconnects,
    /// Blocks say something else than their certificate covers.
    ChangesBlocks,
    /// It says that it has had everything there will ever be.
    Boasts,
}

const LIES: [Lie; 10] = [
    Lie::Withholds,
    Lie::BreaksSignatures,
    Lie::ChangesPayloads,
    Lie::ChangesHeaders,
    Lie::LeavesGaps,
    Lie::Shuffles,
    Lie::Impersonates,
    Lie::Disconnects,
    Lie::ChangesBlocks,
    Lie::Boasts,
];

/// A session that lies.
pub(crate) struct Mask {
    session: Session,
    lie: Lie,
    forged: Option<(Tip, RawRecord)>,
}

/// A copy with a lie in it.
struct Doctored<'a, S> {
    true_copy: &'a S,
    lie: Lie,
    forged: Option<&'a (Tip, RawRecord)>,
}

impl<S: Shelf> Doctored<'_, S> {
    fn hides(&self, log: &LogId) -> bool {
        self.lie == Lie::Withholds && log.as_bytes()[0].is_multiple_of(3)
    }

    fn tip_shown(&self, tip: Tip) -> Tip {
        match self.forged {
            Some((forged, _)) if forged.log == tip.log => forged.clone(),
            _ => tip,
        }
    }

    fn doctor(&self, log: &LogId, from: u64, mut run: Vec<RawRecord>) -> Vec<RawRecord> {
        let (middle, several) = (run.len() / 2, run.len() > 2);
        match (self.lie, run.last_mut()) {
            (Lie::BreaksSignatures, Some(RawRecord { signature: Some(signature), .. })) => {
                let mut bytes = *signature.as_bytes();
                bytes[7] ^= 4;
                *signature = Signature::from_slice(&bytes).expect("as long as a signature");
            }
            (Lie::ChangesPayloads, Some(RawRecord { payload: Some(payload), .. })) => flip(payload, from),
            (Lie::ChangesHeaders, Some(last)) => flip(&mut last.header, from),
            (Lie::LeavesGaps, Some(_)) if several => drop(run.remove(middle)),
            (Lie::Shuffles, Some(_)) if several => run.swap(middle, middle - 1),
            _ => {}
        }
        if let Some((tip, record)) = self.forged.filter(|(tip, _)| tip.log == *log)
            && from + run.len() as u64 == tip.seq
        {
            run.push(record.clone());
        }
        run
    }
}

fn flip(bytes: &mut [u8], at: u64) {
    let length = bytes.len() as u64;
    if let Some(byte) =
        usize::try_from(at.wrapping_mul(31) % length.max(1)).ok().and_then(|at| bytes.get_mut(at))
    {
        *byte ^= 1;
    }
}

impl<S: Shelf> Shelf for Doctored<'_, S> {
    fn community(&self) -> CommunityId {
        self.true_copy.community()
    }

    fn store_id(&self) -> StoreId {
        self.true_copy.store_id()
    }

    fn arrivals(&self) -> u64 {
        self.true_copy.arrivals()
    }

    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival> {
        self.true_copy.arrivals_after(after, limit)
    }

    fn head(&self) -> Option<Head> {
        self.true_copy.head()
    }

    fn block(&self, height: u64) -> Option<CertifiedBlock> {
        let mut block = self.true_copy.block(height)?;
        if self.lie == Lie::ChangesBlocks {
            flip(&mut block.bytes, height);
        }
        Some(block)
    }

    fn tip(&self, log: &LogId) -> Option<Tip> {
        self.true_copy.tip(log).filter(|_| !self.hides(log)).map(|tip| self.tip_shown(tip))
    }

    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord> {
        if self.hides(log) { Vec::new() } else { self.doctor(log, from, self.true_copy.run(log, from)) }
    }

    fn offered(&self, peer: &NodeKey) -> Vec<Tip> {
        let tips = self.true_copy.offered(peer).into_iter().filter(|tip| !self.hides(&tip.log));
        tips.map(|tip| self.tip_shown(tip)).collect()
    }

    fn may_offer(&self, peer: &NodeKey, log: &LogId) -> bool {
        self.true_copy.may_offer(peer, log) && !self.hides(log)
    }

    fn cursor(&self, peer: &NodeKey) -> Option<Cursor> {
        let cursor = self.true_copy.cursor(peer);
        match self.lie {
            Lie::Boasts => cursor.map(|cursor| Cursor { arrivals: u64::MAX, ..cursor }),
            _ => cursor,
        }
    }

    fn rank(&self, log: &LogId) -> u8 {
        self.true_copy.rank(log)
    }

    fn fork(&self, log: &LogId) -> Option<ForkProof> {
        self.true_copy.fork(log)
    }

    fn payload(&self, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        self.true_copy.payload(id)
    }
}

/// Puts masks on a liar's ends of a new link; says which ends wear one.
pub(crate) fn put_on(world: &mut World, link: &mut Link, keys: [NodeKey; 2]) -> [bool; 2] {
    let mut masked = [false, false];
    for end in 0..2 {
        let liar = link.ends[end];
        if world.homes[liar].heart != Heart::Liar || !world.moved_in {
            continue;
        }
        link.tainted = true;
        if world.once_in(3) {
            continue;
        }
        let lie = LIES[world.below(LIES.len())];
        let forged = forge(world, liar, lie);
        world.tell(&format!("{} puts on a mask: {lie:?}", world.homes[liar].name));
        link.masks[end] = Some(Mask { session: Session::new(keys[1 - end], None), lie, forged });
        masked[end] = true;
    }
    masked
}

/// A record that nobody may take, and the tip it would make.
fn forge(world: &mut World, liar: usize, lie: Lie) -> Option<(Tip, RawRecord)> {
    let victim = match lie {
        Lie::Impersonates => world.below(world.homes.len()),
        Lie::Disconnects => liar,
        _ => return None,
    };
    let log = world.homes[victim].node.as_ref()?.log()?;
    let node = world.homes[liar].node.as_ref()?;
    let own = node.signing();
    let opening = node.store().records(&log, 0, 0).ok()?.into_iter().next()?;
    let mut tip = node.store().tip(&log).cloned()?;
    if lie == Lie::Disconnects {
        tip.id = RecordId::from([world.chance.next() as u8; 32]);
    }
    let mut writer = LogWriter::resume(node.shelf().community(), own, tip, opening);
    let thread = Thread { title: "I am your neighbour".into(), about: None };
    let record = writer.append(Thread::begin(), &thread.body().ok()?, [7; 16], world.now_ms).ok()?;
    Some((writer.tip().clone(), record.to_raw()))
}

/// A mask takes an input, and everything it wants is done: sent, or swallowed.
pub(crate) fn hears(world: &mut World, id: u64, end: usize, input: Input) {
    let mut inputs = VecDeque::from([input]);
    while let Some(input) = inputs.pop_front() {
        let Some(link) = world.links.get_mut(&id) else { return };
        let home = link.ends[end];
        let Some(mask) = link.masks[end].as_mut() else { return };
        let Some(node) = world.homes[home].node.as_ref() else { return };
        let copy = Doctored { true_copy: node.shelf(), lie: mask.lie, forged: mask.forged.as_ref() };
        for effect in mask.session.handle(input, world.now_ms, &copy) {
            match effect {
                Effect::Send(frame) => inputs.extend(sends(world, id, end, frame)),
                Effect::Take { ticket, .. }
                | Effect::TakeBlock { ticket, .. }
                | Effect::TakePayload { ticket, .. } => {
                    inputs.push_back(Input::Stored { ticket, outcome: Outcome::Known });
                }
                Effect::Introduced(_) => inputs.push_back(Input::Admitted),
                Effect::Close(reason) => {
                    let reason = format!("{} {} (a mask)", reason.number(), reason.code());
                    world.closed_by(id, end, &reason);
                    return;
                }
                Effect::Forked(_) | Effect::Remember(_) | Effect::Live => {}
            }
        }
    }
}

fn sends(world: &mut World, id: u64, end: usize, frame: Vec<u8>) -> Option<Input> {
    world.send(id, end, frame);
    None
}

/// What a liar does to a frame on its way out.
pub(crate) fn meddle(world: &mut World, id: u64, end: usize, mut frame: Vec<u8>) {
    if let Some(link) = world.links.get_mut(&id) {
        link.tainted = true;
    }
    match world.below(60) {
        0 => {
            let at = world.chance.next();
            flip(&mut frame, at);
        }
        1 => frame.truncate(world.below(frame.len().max(1))),
        2 => {
            let again = world.below(world.recorded.len());
            let old = world.recorded[again].clone();
            world.fly(id, end, old, 0);
        }
        3 => {
            let noise: Vec<u8> = (0..world.below(400)).map(|_| world.chance.next() as u8).collect();
            world.fly(id, end, noise, 0);
        }
        4 => {
            for _ in 0..150 {
                world.fly(id, end, frame.clone(), 0);
            }
        }
        5 => frame.clear(),
        6 => return,
        _ => {
            world.fly(id, end, frame, 0);
            return;
        }
    }
    world.tally.mischief += 1;
    world.tell(&format!("#{id} {} meddles", world.homes[world.links[&id].ends[end]].name));
    world.fly(id, end, frame, 0);
}

/// A liar says something it has no right to say, in its own log, well signed.
pub(crate) fn lies(world: &mut World, home: usize) {
    let Some((what, draft, body, must_fall)) = made_up(world, home) else { return };
    let said = world.call(home, |node| node.say_unchecked(draft, &body));
    let Some(Ok(id)) = said else { return };
    world.tell(&format!("{} lies: {what}, {}", world.homes[home].name, id.short()));
    world.tally.lies += 1;
    if must_fall {
        world.lies.push((id, what));
    }
}

type MadeUp = (&'static str, Draft, Vec<u8>, bool);

fn made_up(world: &mut World, home: usize) -> Option<MadeUp> {
    let pick = world.below(9);
    let founder = world.homes[FOUNDER].device;
    let noise = RecordId::from([world.chance.next() as u8; 32]);
    let state = world.homes[home].node.as_ref()?.register()?;
    let thread = Thread { title: "From tomorrow".into(), about: None }.body().ok()?;
    let ahead = seen(state.facts().era, state.head().map_or(0, |head| head.height) + 100_000);
    Some(match pick {
        0 => ("names a block to come", Thread::begin().seen(ahead), thread, true),
        1 | 2 => {
            let admission = state.device_by_key(&founder)?.admitted;
            let revoke = Revoke { made: state.made(), admission, reason: None, suspect_from_ms: None };
            ("revokes the founder", Revoke::draft(), revoke.body(), true)
        }
        3 => {
            let approve = Approve { proposal: noise, recent: state.recent() };
            ("approves what nobody proposed", Approve::draft(), approve.body(), false)
        }
        4 => ("shows no proof of a fork", Draft::new(Kind::FORK_PROOF).evidence(), vec![0x80], true),
        5 => {
            let sighting = Sighting {
                what: What::Contact,
                value: Value::Is(true),
                source: "3-1203/door".into(),
                counter: 1,
                at_ms: 1,
                battery: None,
            };
            ("watches a neighbour's door", Sighting::begin().for_days(30), sighting.body().ok()?, true)
        }
        6 => ("posts what is no notice", Notice::begin(), vec![0xa1, 0x00, 0xf6], false),
        7 => ("says what nobody knows", Draft::new(Kind::new(4_000)), vec![0x40], false),
        _ => ("revokes in no form", Draft::new(Revoke::KIND).evidence(), vec![0xff; 9], true),
    })
}
