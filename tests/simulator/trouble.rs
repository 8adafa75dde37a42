//! What breaks: power, disks, links, networks, backups, copied homes. And how it is mended in the end.

use linli_node::testing::SimHome;
use linli_store::testing::Plan;

use crate::home::{Backup, Heart};
use crate::story::FOUNDER;
use crate::world::{Event, HOUR, MINUTE, World};

/// One piece of trouble.
pub(crate) fn strike(world: &mut World) {
    let home = world.below(world.homes.len());
    match world.below(14) {
        0..3 => power(world, home),
        3 => full(world, home),
        4 => bad_sector(world, home),
        5..8 => cut_network(world),
        8 => rejoin_network(world),
        9 => cut_link(world),
        10 => restart(world, home),
        11 => back_up(world, home),
        12 => restore(world, home),
        _ => copy_home(world, home),
    }
}

/// The power will fail at one of the next syncs.
fn power(world: &mut World, home: usize) {
    if !world.homes[home].up() || world.homes[home].disk_failed {
        return;
    }
    let sync = 1 + world.chance.below(12);
    world.tell(&format!("{}'s power will fail at sync {sync}", world.homes[home].name));
    world.homes[home].disk_failed = true;
    world.homes[home].at.disk.plan(Plan::PowerCut { sync });
}

fn full(world: &mut World, home: usize) {
    let write = 1 + world.chance.below(20);
    ail(world, home, Plan::Full { write });
}

fn bad_sector(world: &mut World, home: usize) {
    let operation = 1 + world.chance.below(20);
    ail(world, home, Plan::Fails { operation });
}

/// The disk fails; somebody notices hours later, makes room and starts the node again.
fn ail(world: &mut World, home: usize, plan: Plan) {
    if !world.homes[home].up() || world.homes[home].disk_failed {
        return;
    }
    world.tell(&format!("{}'s disk: {plan:?}", world.homes[home].name));
    world.tally.bad_disks += 1;
    world.homes[home].disk_failed = true;
    world.homes[home].at.disk.plan(plan);
    let noticed = HOUR + world.chance.below(12 * HOUR);
    world.schedule(noticed, Event::Start(home));
}

fn cut_network(world: &mut World) {
    let sides = 2 + world.below(2);
    for home in 0..world.sides.len() {
        world.sides[home] = world.below(sides) as u8;
    }
    world.tally.partitions += 1;
    world.tell(&format!("the network is cut: {:?}", world.sides));
    let across: Vec<u64> = world
        .links
        .iter()
        .filter(|(_, link)| world.sides[link.ends[0]] != world.sides[link.ends[1]])
        .map(|(id, _)| *id)
        .collect();
    for id in across {
        world.break_link(id);
    }
}

fn rejoin_network(world: &mut World) {
    world.tell("the network is whole");
    world.sides.fill(0);
    world.schedule(0, Event::Dial);
}

fn cut_link(world: &mut World) {
    let links: Vec<u64> = world.links.keys().copied().collect();
    if !links.is_empty() {
        let id = links[world.below(links.len())];
        world.break_link(id);
        let again = world.chance.below(30 * MINUTE);
        world.schedule(again, Event::Dial);
    }
}

fn restart(world: &mut World, home: usize) {
    if world.homes[home].up() && !world.homes[home].disk_failed {
        world.start(home);
    }
}

/// Somebody copies the whole home folder away.
fn back_up(world: &mut World, home: usize) {
    let it = &world.homes[home];
    let (Ok(keys), true) = (std::fs::read(it.at.root.join("device.key")), it.up() && it.honest()) else {
        return;
    };
    let backup = Backup { disk: it.at.disk.copied(), keys, at_ms: world.now_ms };
    world.tell(&format!("{} makes a backup", world.homes[home].name));
    world.homes[home].backup = Some(backup);
}

/// The backup takes the place of what was there. Not the witness's: a register whose key signs twice is another story.
fn restore(world: &mut World, home: usize) {
    if home == FOUNDER || !world.homes[home].up() {
        return;
    }
    let Some(backup) = world.homes[home].backup.take() else { return };
    let copied = backup.disk.copied();
    world.tell(&format!("{} is restored from its backup", world.homes[home].name));
    drop(world.homes[home].node.take());
    world.unplug(home);
    let it = &mut world.homes[home];
    it.at.disk = copied;
    it.restored = true;
    // What nobody else heard is lost with the disk; what others hold comes back.
    it.told.retain(|told| told.at_ms < backup.at_ms);
    if let Err(error) = std::fs::write(it.at.root.join("device.key"), &backup.keys) {
        world.fail(format!("this machine could not keep a file: {error}"));
    }
    world.start(home);
}

/// Somebody copies a running home to a second machine that looks the same to it, and runs both.
fn copy_home(world: &mut World, home: usize) {
    let twins = world.homes.iter().any(|other| other.heart == Heart::Twin);
    let it = &world.homes[home];
    if home == FOUNDER || twins || !it.up() || it.disk_failed || !it.honest() {
        return;
    }
    let name = format!("{}'s copy", it.name);
    let at = SimHome {
        root: world.folder.path().join(&name),
        disk: it.at.disk.copied(),
        machine: it.at.machine.clone(),
    };
    let copied = std::fs::create_dir_all(&at.root)
        .and_then(|()| std::fs::copy(it.at.root.join("device.key"), at.root.join("device.key")));
    let side = u8::from(world.sides[home] == 0);
    match copied.map_err(anyhow::Error::from).and_then(|_| world.move_in(&name, at, Heart::Twin)) {
        Ok(twin) => {
            world.sides[twin] = side;
            world.homes[home].restored = true;
        }
        Err(error) => world.fail(format!("{name} does not start: {error}")),
    }
}

/// Disks are whole, everyone is at home, second copies are switched off.
pub(crate) fn mend(world: &mut World) {
    for home in 0..world.homes.len() {
        if world.homes[home].heart == Heart::Twin {
            world.homes[home].gone = true;
            drop(world.homes[home].node.take());
            world.unplug(home);
        } else if !world.homes[home].up() || world.homes[home].disk_failed {
            world.start(home);
        }
    }
    let bad: Vec<u64> = world
        .links
        .iter()
        .filter(|(_, link)| link.line == crate::link::Line::Bad)
        .map(|(id, _)| *id)
        .collect();
    for id in bad {
        world.break_link(id);
    }
}
