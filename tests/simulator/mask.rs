//! What a liar's end of a link wears: a session of its own over a [`Doctored`] copy. The node behind the mask stays honest
//! to itself, so that the liar knows what there is to lie about.

use std::collections::VecDeque;

use linli_community::content::Payload as _;
use linli_community::content::talk::Thread;
use linli_record::{LogWriter, RawRecord, RecordId, SecretKey, Tip};
use linli_sync::{Effect, Input, Outcome, Session, Shelf as _};

use crate::doctored::{Doctored, LIES, Lie};
use crate::home::Heart;
use crate::link::Link;
use crate::world::World;

/// A session that lies.
pub(crate) struct Mask {
    session: Session,
    lie: Lie,
    forged: Option<(Tip, RawRecord)>,
    signing: SecretKey,
}

/// Puts masks on a liar's ends of a new link.
pub(crate) fn put_on(world: &mut World, link: &mut Link) {
    for end in 0..2 {
        let liar = link.ends[end];
        if world.homes[liar].heart != Heart::Liar || !world.moved_in {
            continue;
        }
        link.tainted = true;
        if !world.once_in(3) {
            let lie = LIES[world.below(LIES.len())];
            link.masks[end] = mask(world, liar, link.ends[1 - end], lie);
        }
    }
}

/// A mask for `liar`, to be shown to `neighbour`.
pub(crate) fn mask(world: &mut World, liar: usize, neighbour: usize, lie: Lie) -> Option<Mask> {
    let signing = world.homes[liar].node.as_ref()?.signing();
    let forged = forge(world, liar, lie);
    world.tell(&format!("{} puts on a mask: {lie:?}", world.homes[liar].name));
    Some(Mask { session: Session::new(world.homes[neighbour].key, None), lie, forged, signing })
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
        let (forged, signing) = (mask.forged.as_ref(), &mask.signing);
        let copy = Doctored { true_copy: node.shelf(), lie: mask.lie, forged, signing };
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
                Effect::Forked(_) | Effect::Remember(_) | Effect::Sought | Effect::Live => {}
            }
        }
    }
}

fn sends(world: &mut World, id: u64, end: usize, frame: Vec<u8>) -> Option<Input> {
    world.send(id, end, frame);
    None
}
