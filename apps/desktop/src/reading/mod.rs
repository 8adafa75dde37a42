//! From the node's answers to the window's view: what the courier holds, told relative to this household and now.
//!
//! The one place that reads the clock and the calendar. It asks nothing and paints nothing. Read [`view`] first.

mod calendar;
mod estate;
mod matters;
mod notice;
mod talk;

use std::path::Path;

use linli_community::content::object::Picture as NodePicture;
use linli_community::content::{By, Dwelling, Neighbour, Said, Scope};
use linli_community::register::Role;
use linli_node::KnockAnswer;
use linli_node::vocabulary::{MemberState, StatusView};
use linli_record::RecordId;

use crate::courier::Holding;
use crate::view::{Held, JoinStep, Joining, Picture, Stage, View, When, Who};
use calendar::Now;

/// What every reading is relative to.
struct Reader<'a> {
    holding: &'a Holding,
    /// This household.
    own: Option<RecordId>,
    now: Now,
    dwellings: Vec<Dwelling>,
}

/// The view of what is held.
#[must_use]
pub(crate) fn view(stage: &Stage, holding: &Holding, home: &Path) -> View {
    let mut view = View { stage: stage.clone(), ..View::default() };
    let Some(status) = holding.status.as_ref().filter(|_| *stage == Stage::Home) else {
        return view;
    };
    if !holding.is_member() {
        view.stage = Stage::Joining(Joining {
            step: join_step(holding),
            records: status.records,
            folder: home.display().to_string(),
        });
        return view;
    }
    let reader = Reader::of(holding);
    view.community.clone_from(&status.name);
    view.household.clone_from(&status.label);
    view.unit = status.unit.clone().unwrap_or_default();
    view.removed = matches!(status.state, MemberState::Removed | MemberState::TurnedAway);
    view.day = reader.now.day();
    view.status = estate::status(&reader, status);
    view.notices = notice::read(&reader);
    view.threads = talk::read(&reader);
    view.matters = matters::read(&reader);
    view.stories = talk::read_stories(&reader);
    view.estate = estate::read(&reader);
    view
}

fn join_step(holding: &Holding) -> JoinStep {
    let refused = |status: &&StatusView| status.warnings.iter().any(|told| told.code == "invite-refused");
    let refused = holding.status.as_deref().filter(refused).is_some();
    match holding.knock {
        Some(KnockAnswer::Refused) => JoinStep::Refused,
        Some(KnockAnswer::Admitted) => JoinStep::Receiving,
        Some(KnockAnswer::NeedsAnother) => JoinStep::NeedsAnother,
        Some(KnockAnswer::Waiting) => JoinStep::Waiting,
        None if refused => JoinStep::Refused,
        None => JoinStep::Knocking,
    }
}

impl<'a> Reader<'a> {
    fn of(holding: &'a Holding) -> Self {
        let people = holding.people.iter().flat_map(|people| &people.households);
        let own =
            people.clone().find(|home| home.devices.iter().any(|device| device.own)).map(|home| home.id);
        let units = holding.roll.iter().flat_map(|roll| &roll.units);
        let dwellings = units.map(|unit| Dwelling {
            unit: unit.unit.clone(),
            building: unit.building.clone(),
            stair: unit.stair.clone(),
            households: people
                .clone()
                .filter(|home| unit.households.contains(&home.label))
                .map(|home| Neighbour { household: home.id, label: home.label.clone() })
                .collect(),
        });
        let dwellings = dwellings.collect();
        Self { holding, own, now: Now::read(), dwellings }
    }

    fn who(&self, by: &By) -> Who {
        Who {
            name: if by.label.is_empty() { by.log.short() } else { by.label.clone() },
            role: by.role.and_then(noteworthy),
            ours: self.is_ours(by),
        }
    }

    fn is_ours(&self, by: &By) -> bool {
        self.own.is_some() && by.household == self.own
    }

    /// Whether a scope means this household. Without a roll nobody can tell which building it is in.
    fn is_for_us(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Everyone | Scope::Estate => return true,
            Scope::Buildings(_) | Scope::Stairs(_) if self.dwellings.is_empty() => return true,
            Scope::Units(units) if self.unit().is_some_and(|unit| units.contains(unit)) => return true,
            _ => {}
        }
        let lives =
            |dwelling: &&Dwelling| dwelling.households.iter().any(|home| Some(home.household) == self.own);
        self.dwellings.iter().filter(lives).any(|dwelling| scope.covers(dwelling))
    }

    fn unit(&self) -> Option<&String> {
        self.holding.status.as_ref()?.unit.as_ref()
    }

    fn when(&self, said: &Said) -> When {
        self.now.when(said.claimed_ms)
    }

    /// Where a record is held: of ours that is not settled, every neighbour that is not behind has it.
    fn held(&self, said: &Said) -> Held {
        let copies = self.holding.status.as_ref().map_or(0, |status| status.copies);
        match (said.height, copies) {
            (Some(_), _) => Held::Settled,
            (None, 0) => Held::Here,
            (None, copies) => Held::With(copies),
        }
    }
}

/// The role's word, where it says more than a household's name does.
const fn noteworthy(role: Role) -> Option<&'static str> {
    match role {
        Role::Owner | Role::Family | Role::Tenant => None,
        Role::Clerk => Some("clerk"),
        Role::Firm => Some("firm"),
        Role::Grid => Some("grid"),
        Role::Department => Some("department"),
        Role::Gateway => Some("gateway"),
        Role::Keeper => Some("keeper"),
        _ => None,
    }
}

fn pictures(pictures: &[NodePicture]) -> Vec<Picture> {
    let there = pictures.iter().filter(|picture| picture.mark.is_none());
    there.map(|picture| Picture { blob: picture.blob, caption: picture.caption.clone() }).collect()
}
