//! Homes that run a changed program. They say what they have no right to say, and change, invent, repeat and withhold what
//! they pass on. What an honest home does about it is the node's business; that it costs only the liar is `check`'s.
//! Lies about the copy itself are `doctored`'s.

use linli_community::content::Payload as _;
use linli_community::content::notice::Notice;
use linli_community::content::sighting::{Sighting, Value, What};
use linli_community::content::talk::Thread;
use linli_community::register::statement::{Approve, Revoke, Statement as _};
use linli_record::block::seen;
use linli_record::{Branch, Draft, ForkProof, Kind, LogWriter, RecordId};
use linli_sync::Shelf as _;

use crate::doctored::flip;
use crate::story::FOUNDER;
use crate::world::World;

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
    let pick = world.below(10);
    if pick == 9 {
        let proof = false_proof(world, home)?;
        return Some((
            "says that a neighbour has two histories",
            proof.carry().draft,
            proof.to_bytes(),
            false,
        ));
    }
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

/// Two records in a neighbour's log that contradict each other, both signed by the liar.
fn false_proof(world: &mut World, home: usize) -> Option<ForkProof> {
    let victim = world.below(world.homes.len());
    let log = world.homes[victim].node.as_ref()?.log()?;
    let node = world.homes[home].node.as_ref()?;
    let (tip, opening) = (node.store().tip(&log)?, node.store().records(&log, 0, 0).ok()?.pop()?);
    let community = node.shelf().community();
    let branch = |title: &str| {
        let mut writer = LogWriter::resume(community, node.signing(), tip.clone(), opening.clone());
        let thread = Thread { title: title.into(), about: None };
        let record = writer.append(Thread::begin(), &thread.body().ok()?, [7; 16], world.now_ms).ok()?;
        Branch::new(vec![record.header().clone()], *record.signature()?).ok()
    };
    ForkProof::new(branch("One")?, branch("Two")?).ok()
}
