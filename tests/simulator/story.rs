//! A seed's story: founding, joining, days of trouble, healing, comparison.

use linli_node::Founding;
use linli_node::vocabulary::{Answer, MemberState, Request};

use crate::home::Heart;
use crate::world::{Event, HOUR, MINUTE, World};

/// The founder is the registrar and the sole witness.
pub(crate) const FOUNDER: usize = 0;
/// The gateway joins first.
pub(crate) const GATEWAY: usize = 1;
/// The roll.
pub(crate) const UNITS: [&str; 8] = ["1-101", "1-102", "1-201", "1-202", "2-101", "2-102", "2-201", "2-202"];
const NAMES: [&str; 6] = ["Zhou", "Wu", "Lin", "Qian", "He", "Sun"];
/// Nights after the trouble in which everything must become even.
const NIGHTS: u64 = 8;

/// Lives it.
pub(crate) fn live(world: &mut World) -> anyhow::Result<()> {
    found(world)?;
    let households = 2 + world.below(3);
    let liars = if world.once_in(2) { 1 } else { 0 };
    join(world, "Gateway", "gateway", None, Heart::Honest)?;
    for (number, name) in NAMES.iter().enumerate().take(households + liars) {
        let heart = if number < households { Heart::Honest } else { Heart::Liar };
        join(world, name, "owner", Some(UNITS[number + 1]), heart)?;
        if number == 1 {
            confirm(world)?;
        }
    }
    skew_clocks(world);
    trouble(world)?;
    crate::check::nothing_changed_its_mind(world)?;
    heal(world)?;
    crate::check::at_the_end(world)
}

pub(crate) fn found(world: &mut World) -> anyhow::Result<()> {
    let at = world.build("Shen");
    let founding = Founding {
        name: "Guihuali".into(),
        unit: UNITS[0].into(),
        label: "Shen".into(),
        language: "zh-CN".into(),
    };
    world.set_true_clock();
    at.found(&founding).map_err(|fault| anyhow::anyhow!("founding: {fault}"))?;
    let home = world.move_in("Shen", at, Heart::Honest)?;
    world.run_until(MINUTE)?;
    let csv = roll();
    let imported =
        world.ask(home, "imports the roll", Request::RollImport { csv, dry_run: false, shrink: false });
    anyhow::ensure!(matches!(imported, Some(Ok(_))), "the roll was not imported: {imported:?}");
    Ok(())
}

fn roll() -> Vec<u8> {
    let mut csv = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n".to_owned();
    for (number, unit) in UNITS.iter().enumerate() {
        let building = &unit[..1];
        csv.push_str(&format!("{unit},{building},1,1,80.00,register,G-{number:03},Owner {number},owned\n"));
    }
    csv.into_bytes()
}

/// The two first households confirm each other's seats, so that neither rests on the founder's word alone.
fn confirm(world: &mut World) -> anyhow::Result<()> {
    for (home, other) in [(2, 3), (3, 2)] {
        let household = world.homes[other].name.clone();
        let confirmed = world.ask(home, "confirms", Request::Confirm { household });
        anyhow::ensure!(matches!(confirmed, Some(Ok(_))), "a seat is not confirmed: {confirmed:?}");
    }
    world.run_until(world.now_ms + 2 * MINUTE)
}

/// One more home knocks, is admitted, and gets everything.
pub(crate) fn join(
    world: &mut World,
    name: &str,
    role: &str,
    unit: Option<&str>,
    heart: Heart,
) -> anyhow::Result<()> {
    let request = Request::Invite { role: role.into(), unit: unit.map(Into::into) };
    let invited = world.ask(FOUNDER, "invites", request);
    let Some(Ok(Answer::Invite(invite))) = invited else {
        anyhow::bail!("no invite for {name}: {invited:?}")
    };
    let at = world.build(name);
    at.join(&invite.text, name).map_err(|fault| anyhow::anyhow!("{name} can't join: {fault}"))?;
    let home = world.move_in(name, at, heart)?;
    world.schedule(MINUTE, Event::Dial);
    world.run_until(world.now_ms + 2 * MINUTE)?;
    let admitted = world.ask(FOUNDER, "admits", Request::Admit { claim: None });
    anyhow::ensure!(matches!(admitted, Some(Ok(_))), "{name} is not admitted: {admitted:?}");
    for _ in 0..5 {
        world.schedule(0, Event::Dial);
        world.run_until(world.now_ms + 2 * MINUTE)?;
        if is_member(world, home) {
            break;
        }
        // From the third household on, a neighbour has to agree.
        world.ask(GATEWAY + 1, "agrees", Request::Admit { claim: None });
    }
    anyhow::ensure!(is_member(world, home), "{name} did not become a member");
    Ok(())
}

fn is_member(world: &mut World, home: usize) -> bool {
    let status = world.call(home, |node| node.ask(Request::Status));
    matches!(status, Some(Ok(Answer::Status(status))) if status.state == MemberState::Member)
}

/// One home in eight has a clock that is hours off, one in eight one that is ten years off. The sole witness's is right:
/// it is the one clock that decides.
fn skew_clocks(world: &mut World) {
    const YEARS: i64 = 10 * 365 * 24 * 3_600_000;
    for home in 1..world.homes.len() {
        let off = match world.below(16) {
            0 => -YEARS,
            1 => YEARS,
            2 | 3 => i64::try_from(world.chance.below(4 * HOUR)).unwrap_or(0) - 2 * 3_600_000,
            _ => 0,
        };
        world.homes[home].skew_ms = off;
    }
}

fn trouble(world: &mut World) -> anyhow::Result<()> {
    (world.calm, world.moved_in) = (false, true);
    let days = 1 + world.chance.below(4);
    let ends = days * 24 * HOUR;
    let (said, struck) = (30 + world.below(50), 6 + world.below(14));
    for _ in 0..said {
        let at = world.chance.below(ends);
        world.schedule(at, Event::Person);
    }
    for _ in 0..struck {
        let at = world.chance.below(ends);
        world.schedule(at, Event::Trouble);
    }
    for dial in 0..days * 12 {
        world.schedule(dial * 2 * HOUR, Event::Dial);
    }
    world.run_until(world.now_ms + ends)
}

/// Everything is mended, everyone meets, nights pass.
fn heal(world: &mut World) -> anyhow::Result<()> {
    world.tell("healing begins");
    world.calm = true;
    world.sides.fill(0);
    crate::trouble::mend(world);
    for _ in 0..NIGHTS {
        // The last one comes after the block that the night owes.
        for dial in 0..=6 {
            world.schedule(dial * 4 * HOUR, Event::Dial);
        }
        world.run_until(world.now_ms + 25 * HOUR)?;
        if crate::check::even(world)? {
            return Ok(());
        }
    }
    Ok(())
}
