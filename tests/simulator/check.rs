//! What must hold: of one home after it started, of everyone at the end.
//!
//! Nothing acknowledged is lost, nothing settled changes, honest homes become the same, lies stand nowhere, and nobody
//! honest is taken for a liar. Chains are walked here once more, by the rules of the format and not by the code that
//! admitted them.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::register::State;
use linli_node::testing::SimNode;
use linli_node::vocabulary::{Answer, FaultView, Request};
use linli_record::{Header, LogId, chain};

use crate::home::Heart;
use crate::story::FOUNDER;
use crate::world::World;

/// After a start: everything the home ever acknowledged is there, and every verdict is as it was.
pub(crate) fn acknowledged(world: &mut World, home: usize) {
    let it = &world.homes[home];
    let Some(node) = &it.node else { return };
    if it.restored || !it.honest() {
        return;
    }
    let lost = it.told.iter().find(|told| !node.store().holds(&told.record).unwrap_or(false));
    if let Some(lost) = lost {
        let why = format!("{} acknowledged {} and lost it", it.name, lost.record.short());
        world.fail(why);
    }
}

/// No verdict on a record that a block settled is another now, on any honest home that can tell.
pub(crate) fn nothing_changed_its_mind(world: &mut World) -> anyhow::Result<()> {
    for home in &world.homes {
        let (true, Some(node)) = (home.honest() && !home.disk_failed, &home.node) else { continue };
        let readmitted =
            |id: &linli_record::RecordId| node.register().is_some_and(|state| state.readmitted(id));
        for record in node.records()? {
            let Some(height) = record.height else { continue };
            let now = (height, record.verdict);
            let before = world.verdicts.entry(record.id).or_insert_with(|| {
                world.tally.covered += u64::from(!record.public);
                now.clone()
            });
            if *before != now && !readmitted(&record.id) {
                anyhow::bail!(
                    "{} thinks otherwise of {} (kind {}): {now:?}, settled was {before:?}",
                    home.name,
                    record.id.short(),
                    record.kind
                );
            }
        }
    }
    Ok(())
}

/// Honest homes that are enrolled, by the founder's register.
fn members(world: &World) -> Vec<usize> {
    let Some(state) = world.homes[FOUNDER].node.as_ref().and_then(SimNode::register) else {
        return Vec::new();
    };
    let enrolled = |home: &crate::home::Home| state.admits_node(&home.key);
    let homes = world.homes.iter().enumerate();
    homes.filter(|(_, home)| home.honest() && home.up() && enrolled(home)).map(|(index, _)| index).collect()
}

fn digest(world: &mut World, home: usize) -> anyhow::Result<(String, u64)> {
    match world.call(home, |node| node.ask(Request::Digest)) {
        Some(Ok(Answer::Digest(digest))) => {
            let head = digest.head.map(|(height, id)| format!("{height} {}", id.short()));
            Ok((format!("{} at {head:?}, {:?}", digest.of.digest.short(), digest.of), digest.of.missing))
        }
        other => anyhow::bail!("{} gives no digest: {other:?}", world.homes[home].name),
    }
}

/// Whether every member shows the same, with nothing missing.
pub(crate) fn even(world: &mut World) -> anyhow::Result<bool> {
    nothing_changed_its_mind(world)?;
    let mut digests = BTreeSet::new();
    let mut missing = 0;
    for home in members(world) {
        let (digest, lacks) = digest(world, home)?;
        world.tell(&format!("{} shows {digest}", world.homes[home].name));
        missing += lacks;
        digests.insert(digest);
    }
    Ok(digests.len() == 1 && missing == 0)
}

/// Everything that must hold when all is healed.
pub(crate) fn at_the_end(world: &mut World) -> anyhow::Result<()> {
    if !even(world)? {
        anyhow::bail!("the honest homes do not become the same: {}", what_differs(world));
    }
    let members = members(world);
    anyhow::ensure!(members.contains(&FOUNDER), "the founder is no member any more");
    let forked = forked_logs(world)?;
    for home in &members {
        from_scratch(world, *home)?;
        holds_what_was_said(world, *home, &members, &forked)?;
        no_lie_stands(world, *home)?;
        the_removed_are_silent(world, *home)?;
        chains_hold(world, *home)?;
    }
    nothing_changed_its_mind(world)?;
    for home in &members {
        can_speak(world, *home)?;
    }
    let node = world.homes[FOUNDER].node.as_ref().expect("a member is up");
    world.tally.records = node.store().arrivals();
    world.tally.blocks = node.register().and_then(State::head).map_or(0, |head| head.height + 1);
    world.tally.forks = forked.len() as u64;
    world.tell("all is well");
    Ok(())
}

/// Where members stand who are not even: what each waits for and warns of, and the logs that end elsewhere.
fn what_differs(world: &mut World) -> String {
    let mut lines = Vec::new();
    let members = members(world);
    let mut ends: BTreeMap<String, BTreeMap<(u64, String), Vec<String>>> = BTreeMap::new();
    for home in &members {
        let Some(Ok(Answer::Status(status))) = world.call(*home, |node| node.ask(Request::Status)) else {
            continue;
        };
        let links = status.peers.iter().map(|peer| peer.name.clone()).collect::<Vec<_>>().join(", ");
        lines.push(format!(
            "{} at {:?} waits for {:?}, warns {:?}, linked with {links}",
            world.homes[*home].name,
            status.head.map(|(height, _)| height),
            status.waiting_for,
            status.warnings
        ));
        let Some(node) = &world.homes[*home].node else { continue };
        for tip in node.store().tips().filter(|tip| tip.audience.is_none()) {
            let owner = world.homes.iter().find(|home| home.device == tip.key);
            let name = format!("{} of {:?}", tip.log.short(), owner.map(|home| &home.name));
            let end = ends.entry(name).or_default().entry((tip.seq, tip.id.short())).or_default();
            end.push(world.homes[*home].name.clone());
        }
    }
    let uneven = ends.iter().filter(|(_, ends)| ends.len() > 1);
    lines.extend(uneven.map(|(log, ends)| format!("log {log} ends at {ends:?}")));
    lines.join("\n  ")
}

/// Logs proven forked. Only homes that were copied, restored or lie may have any.
fn forked_logs(world: &World) -> anyhow::Result<BTreeSet<LogId>> {
    let node = world.homes[FOUNDER].node.as_ref().expect("a member is up");
    let mut forked = BTreeSet::new();
    for fork in node.register().into_iter().flat_map(State::forks) {
        let key = node.store().tip(&fork.log).map(|tip| tip.key);
        let owner = world.homes.iter().find(|home| Some(home.device) == key);
        let expected = owner.is_none_or(|home| home.restored || home.heart != Heart::Honest);
        anyhow::ensure!(expected, "{} never had two histories", owner.map_or("nobody", |home| &home.name));
        forked.insert(fork.log);
    }
    Ok(forked)
}

/// What was kept up to date step by step is what the records give from the beginning.
fn from_scratch(world: &mut World, home: usize) -> anyhow::Result<()> {
    let (before, _) = digest(world, home)?;
    match world.call(home, |node| node.ask(Request::Check)) {
        Some(Ok(Answer::Checked(view))) if view.faults.iter().all(is_leftover) => {}
        other => anyhow::bail!("a check of {}: {other:?}", world.homes[home].name),
    }
    if let Some(Err(fault)) = world.call(home, SimNode::rebuild) {
        anyhow::bail!("rebuilding {}: {fault}", world.homes[home].name);
    }
    let (after, _) = digest(world, home)?;
    anyhow::ensure!(before == after, "{}: {before} became {after} when rebuilt", world.homes[home].name);
    Ok(())
}

/// What anyone was told is said is held: in the open by all, sealed by whoever said it.
fn holds_what_was_said(
    world: &World,
    home: usize,
    members: &[usize],
    forked: &BTreeSet<LogId>,
) -> anyhow::Result<()> {
    let node = world.homes[home].node.as_ref().expect("a member is up");
    for author in members.iter().map(|author| &world.homes[*author]) {
        let own = author.key == world.homes[home].key;
        let source = author.node.as_ref().expect("a member is up").store();
        for told in &author.told {
            let record = source.record(&told.record)?;
            let shared = record.as_ref().is_none_or(|record| record.audience.is_none());
            let disputed = match &record {
                Some(record) => forked.contains(&record.log),
                None => author.restored && !forked.is_empty(),
            };
            let held = node.store().holds(&told.record)?;
            anyhow::ensure!(
                held || disputed || !(own || shared),
                "{} does not hold {}, which {} acknowledged",
                world.homes[home].name,
                told.record.short(),
                author.name
            );
        }
    }
    Ok(())
}

/// A power cut between naming an attachment's file and listing it leaves a whole file that nobody lists: no harm done.
fn is_leftover(fault: &FaultView) -> bool {
    fault.place == "attachment" && fault.what == "the file is not in the catalogue"
}

fn no_lie_stands(world: &World, home: usize) -> anyhow::Result<()> {
    let node = world.homes[home].node.as_ref().expect("a member is up");
    let held: BTreeMap<_, _> = node.records()?.into_iter().map(|record| (record.id, record)).collect();
    for (id, what) in &world.lies {
        let told = held.get(id).filter(|record| record.verdict == "stands");
        let place = told.map(|told| (told.log.short(), told.seq, told.height));
        let name = &world.homes[home].name;
        anyhow::ensure!(told.is_none(), "{name} lets a lie stand: {} {what}, {place:?}", id.short());
    }
    Ok(())
}

/// Whatever happened to a member's home, it has a log to write in.
fn can_speak(world: &mut World, home: usize) -> anyhow::Result<()> {
    let request = Request::ThreadOpen { title: "Here".into(), audience: None };
    let said = world.ask(home, "speaks", request);
    anyhow::ensure!(matches!(said, Some(Ok(_))), "{} can't speak: {said:?}", world.homes[home].name);
    Ok(())
}

/// Nothing that a revoked device said stands, if it was settled after the revocation.
fn the_removed_are_silent(world: &World, home: usize) -> anyhow::Result<()> {
    let node = world.homes[home].node.as_ref().expect("a member is up");
    let records = node.records()?;
    let ended: BTreeMap<_, u64> = node
        .register()
        .into_iter()
        .flat_map(State::devices)
        .filter_map(|device| Some((device.key, device.ended.as_ref()?.height)))
        .collect();
    for record in &records {
        let (Some(key), Some(height)) = (&record.key, record.height) else { continue };
        let late = ended.get(key).is_some_and(|end| height > *end);
        anyhow::ensure!(
            !late || record.verdict != "stands",
            "{}: {} stands, by a device that was revoked before",
            world.homes[home].name,
            record.id.short()
        );
    }
    Ok(())
}

/// Each record names the one before, and each kept signature is the log's key's.
fn chains_hold(world: &World, home: usize) -> anyhow::Result<()> {
    let node = world.homes[home].node.as_ref().expect("a member is up");
    let community = node.store().community();
    for tip in node.store().tips() {
        let (mut next, mut before) = (0, None);
        while next <= tip.seq {
            let run = node.store().run(&tip.log, next)?;
            anyhow::ensure!(!run.is_empty(), "{}: {} ends early", world.homes[home].name, tip.log.short());
            for raw in run {
                let header = Header::parse(&raw.header)?;
                let follows = header.seq == next && header.prev == before && header.log == tip.log;
                anyhow::ensure!(
                    follows,
                    "{}: {} does not follow",
                    world.homes[home].name,
                    header.id().short()
                );
                if let Some(signature) = &raw.signature {
                    let signed = chain::verify_alone(&community, &tip.key, &header, signature);
                    anyhow::ensure!(signed, "{}: {} is forged", world.homes[home].name, header.id().short());
                }
                anyhow::ensure!(
                    raw.payload.as_ref().is_none_or(
                        |payload| blake3::hash(payload).as_bytes() == header.payload_hash.as_bytes()
                    ),
                    "{}: {} holds another payload",
                    world.homes[home].name,
                    header.id().short()
                );
                (next, before) = (next + 1, Some(header.id()));
            }
        }
    }
    Ok(())
}
