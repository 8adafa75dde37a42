//! What people say: one thing at a time, at a home chosen by chance, about whatever they have heard of.

use linli_community::content::Scope;
use linli_community::content::roll_call::How;
use linli_node::vocabulary::{Answer, ConsentTerms, NoticePost, Request, RequestOpen, RollCallOpen, Sight};
use linli_record::RecordId;

use crate::home::Heart;
use crate::story::{FOUNDER, GATEWAY, UNITS};
use crate::world::World;

/// What sort of thing a record began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Notice,
    RollCall,
    Problem,
    Story,
    Thread,
    Audience,
    Consent,
}

/// The source that gateways speak of.
const SOURCE: &str = "stair-1/door";

/// Somebody who is at home says something.
pub(crate) fn somebody_acts(world: &mut World) {
    let awake: Vec<usize> = (0..world.homes.len()).filter(|home| world.homes[*home].up()).collect();
    if awake.is_empty() {
        return;
    }
    let home = awake[world.below(awake.len())];
    if world.homes[home].heart == Heart::Liar && world.once_in(2) {
        crate::liar::lies(world, home);
        return;
    }
    match world.below(100) {
        0..15 => notices(world, home),
        15..30 => requests(world, home),
        30..50 => stories(world, home),
        50..65 => talk(world, home),
        65..78 => roll_calls(world, home),
        78..84 => withdraws(world, home),
        84..92 => things(world, home),
        92..98 => audiences(world, home),
        _ => office(world, home),
    }
}

fn any(world: &mut World, thing: Thing) -> Option<RecordId> {
    let known: Vec<RecordId> =
        world.things.iter().filter(|(kind, _)| *kind == thing).map(|(_, id)| *id).collect();
    if known.is_empty() { None } else { Some(known[world.below(known.len())]) }
}

fn begins(world: &mut World, home: usize, thing: Thing, request: Request) {
    if let Some(id) = world.say(home, &format!("begins {thing:?}"), request) {
        world.things.push((thing, id));
    }
}

fn words(world: &mut World) -> String {
    let number = world.chance.below(10_000);
    format!("Number {number}: {}", "the water is off. ".repeat(1 + world.below(12)))
}

fn scope(world: &mut World) -> Scope {
    match world.below(3) {
        0 => Scope::Everyone,
        1 => Scope::Estate,
        _ => Scope::Buildings(vec!["1".into()]),
    }
}

fn notices(world: &mut World, home: usize) {
    let old = any(world, Thing::Notice);
    match (world.below(4), old) {
        (0, Some(notice)) | (1, Some(notice)) => {
            world.say(home, "acknowledges", Request::Acknowledge { notice: notice.to_string() });
        }
        (2, Some(notice)) => {
            let post = post(world, Some(notice));
            world.say(home, "replaces a notice", post);
        }
        _ => {
            let post = post(world, None);
            begins(world, home, Thing::Notice, post);
        }
    }
}

fn post(world: &mut World, replaces: Option<RecordId>) -> Request {
    let days = if world.once_in(3) { Some(1 + world.below(9) as u32) } else { None };
    Request::NoticePost(NoticePost {
        replaces: replaces.map(|id| id.to_string()),
        title: format!("Notice {}", world.chance.below(1000)),
        text: words(world),
        scope: scope(world),
        must_read: world.once_in(2),
        days,
    })
}

fn requests(world: &mut World, home: usize) {
    let old = any(world, Thing::Problem);
    match old.filter(|_| world.below(3) > 0) {
        Some(request) => {
            let steps = ["taken", "done", "judged-good", "judged-bad", "reopened", "comment", "given-back"];
            let step = steps[world.below(steps.len())].to_owned();
            let what = format!("{step} on {}", request.short());
            let request = Request::RequestStep { request: request.to_string(), step, text: words(world) };
            world.say(home, &what, request);
        }
        None => {
            let open = RequestOpen {
                title: "The lamp".into(),
                text: words(world),
                place: "stair 1".into(),
                category: String::new(),
                picture: None,
            };
            begins(world, home, Thing::Problem, Request::RequestOpen(open));
        }
    }
}

fn stories(world: &mut World, home: usize) {
    let old = any(world, Thing::Story);
    match (world.below(8), old) {
        (0..4, Some(story)) => {
            let text = format!("{} Told by home {home}.", words(world));
            let title = if world.once_in(3) { Some("The osmanthus".to_owned()) } else { None };
            let base = match world.ask(home, "reads a story", Request::Story { story: story.to_string() }) {
                Some(Ok(Answer::Story(view))) => Some(view.version),
                _ => None,
            };
            let edit = Request::StoryEdit { story: story.to_string(), base, title, text: Some(text) };
            world.say(home, &format!("edits {}", story.short()), edit);
        }
        (4, Some(story)) => {
            let kind = if world.once_in(2) { "correction" } else { "reply" };
            let note = Request::StoryNote { story: story.to_string(), kind: kind.into(), text: words(world) };
            world.say(home, "notes a story", note);
        }
        (5, Some(story)) => picture(world, home, story),
        _ => {
            let write = Request::StoryWrite { title: "The well".into(), text: words(world) };
            begins(world, home, Thing::Story, write);
        }
    }
}

fn picture(world: &mut World, home: usize, story: RecordId) {
    let path = world.folder.path().join("picture");
    let pixels = (0..200).map(|_| world.chance.next() as u8);
    let bytes: Vec<u8> = [0xff, 0xd8, 0xff].into_iter().chain(pixels).collect();
    if std::fs::write(&path, bytes).is_ok() {
        let story = story.to_string();
        world.say(home, "adds a picture", Request::StoryPicture { story, path, caption: "Old well".into() });
    }
}

fn talk(world: &mut World, home: usize) {
    let old = any(world, Thing::Thread);
    match old.filter(|_| world.below(4) > 0) {
        Some(thread) => {
            let say = Request::Say { thread: thread.to_string(), text: words(world), reply_to: None };
            world.say(home, &format!("says in {}", thread.short()), say);
        }
        None => {
            let audience = if world.once_in(3) { Some("Stair 1".to_owned()) } else { None };
            begins(world, home, Thing::Thread, Request::ThreadOpen { title: "Bicycles".into(), audience });
        }
    }
}

fn roll_calls(world: &mut World, home: usize) {
    let old = any(world, Thing::RollCall);
    match (world.below(6), old) {
        (0..3, Some(call)) => {
            let answer = if world.once_in(2) { "yes" } else { "no" };
            let request =
                Request::Answer { roll_call: call.to_string(), answer: answer.into(), note: String::new() };
            world.say(home, "answers", request);
        }
        (3, Some(call)) => {
            let told = Request::Told {
                roll_call: call.to_string(),
                unit: UNITS[world.below(UNITS.len())].into(),
                answer: "yes".into(),
                how: How::Phone,
                witness: "Shen".into(),
            };
            world.say(home, "was told", told);
        }
        (4, Some(call)) if world.once_in(3) => {
            world.say(home, "closes a roll-call", Request::RollCallClose { roll_call: call.to_string() });
        }
        _ => {
            let open = RollCallOpen {
                question: "Who is in?".into(),
                choices: vec!["yes".into(), "no".into()],
                kind: None,
                scope: scope(world),
            };
            begins(world, home, Thing::RollCall, Request::RollCallOpen(open));
        }
    }
}

fn withdraws(world: &mut World, home: usize) {
    if world.things.is_empty() {
        return;
    }
    let pick = world.below(world.things.len());
    let (kind, id) = world.things[pick];
    let own = world.homes[home].told.iter().any(|told| told.record == id);
    if own || world.once_in(4) {
        let reason = "A mistake.".to_owned();
        world.say(
            home,
            &format!("withdraws {kind:?} {}", id.short()),
            Request::Withdraw { record: id.to_string(), reason },
        );
    }
}

fn things(world: &mut World, home: usize) {
    let consent = any(world, Thing::Consent);
    match (world.below(5), consent) {
        (0, Some(consent)) if world.once_in(4) => {
            let reason = String::new();
            let withdraw = Request::ConsentWithdraw { consent: consent.to_string(), reason };
            world.say(FOUNDER, "withdraws a consent", withdraw);
        }
        (1, _) | (_, None) => {
            let viewers =
                if world.once_in(2) { "everyone".to_owned() } else { world.homes[FOUNDER].name.clone() };
            let terms = ConsentTerms {
                gateway: "Gateway".into(),
                source: SOURCE.into(),
                purpose: "to know that the door shuts".into(),
                viewers,
                retention_days: 1 + world.below(300) as u16,
                days: if world.once_in(3) { Some(2) } else { None },
                motion: String::new(),
            };
            begins(world, FOUNDER, Thing::Consent, Request::ConsentGrant(terms));
        }
        _ => {
            let who = if world.once_in(5) { home } else { GATEWAY };
            let value = if world.once_in(2) { "open" } else { "closed" };
            let sight = Sight {
                source: SOURCE.into(),
                kind: "contact".into(),
                value: value.into(),
                battery: None,
                at_ms: None,
            };
            let sighted = world.say(who, "sights", Request::Sight(sight)).is_some();
            world.tally.sightings += u64::from(sighted);
        }
    }
}

fn audiences(world: &mut World, home: usize) {
    let other = world.below(world.homes.len());
    let other = world.homes[other].name.clone();
    let old = any(world, Thing::Audience);
    if old.is_some() && world.once_in(2) {
        let (add, remove) =
            if world.once_in(2) { (vec![other], Vec::new()) } else { (Vec::new(), vec![other]) };
        world.say(
            home,
            "changes an audience",
            Request::AudienceChange { audience: "Stair 1".into(), add, remove },
        );
    } else {
        let from_now = world.once_in(2);
        let open = Request::AudienceOpen {
            name: "Stair 1".into(),
            kind: "named".into(),
            households: vec![other],
            from_now,
        };
        begins(world, home, Thing::Audience, open);
    }
}

/// The registrar's work: confirm a seat, revoke a device now and then.
fn office(world: &mut World, home: usize) {
    if world.once_in(3) && home != FOUNDER && !world.homes[home].restored {
        let device = world.homes[home].device.to_string();
        world.say(FOUNDER, "revokes a device", Request::Revoke { device, reason: "lost".into() });
    } else {
        let household = world.homes[home].name.clone();
        world.say(FOUNDER, "confirms", Request::Confirm { household });
    }
}
