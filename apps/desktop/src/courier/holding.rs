//! What the courier holds of the node's answers, and which of them an event makes stale.

use linli_community::content::notice::NoticeView;
use linli_community::content::request::RequestView;
use linli_community::content::roll_call::RollCallView;
use linli_community::content::story::StoryView;
use linli_community::content::talk::ThreadView;
use linli_community::kinds;
use linli_node::vocabulary::{
    Answer, ClaimView, Event, InviteView, MemberState, PeopleView, Request, RollView, StatusView,
};
use linli_node::{Fault, KnockAnswer};
use linli_record::Kind;

use super::door::Door;

/// A family of answers, asked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// How the node is.
    Status,
    /// Households and the roll.
    People,
    /// Invites and who knocked.
    Visitors,
    /// Notices.
    Notices,
    /// Threads.
    Threads,
    /// Requests.
    Requests,
    /// Roll-calls.
    Calls,
    /// Stories.
    Stories,
}

impl Family {
    pub(super) const ALL: [Self; 8] = [
        Self::Status,
        Self::People,
        Self::Visitors,
        Self::Notices,
        Self::Threads,
        Self::Requests,
        Self::Calls,
        Self::Stories,
    ];

    /// What people say: everything a withdrawal or a block may change.
    const SAID: [Self; 5] = [Self::Notices, Self::Threads, Self::Requests, Self::Calls, Self::Stories];
}

/// The node's answers, each as new as its family.
#[derive(Default)]
pub(crate) struct Holding {
    /// How the node is.
    pub(crate) status: Option<Box<StatusView>>,
    /// Households.
    pub(crate) people: Option<Box<PeopleView>>,
    /// The roll.
    pub(crate) roll: Option<RollView>,
    /// Who knocked.
    pub(crate) claims: Vec<ClaimView>,
    /// Invites still open.
    pub(crate) invites: Vec<InviteView>,
    /// Notices.
    pub(crate) notices: Vec<NoticeView>,
    /// Threads.
    pub(crate) threads: Vec<ThreadView>,
    /// Requests.
    pub(crate) requests: Vec<RequestView>,
    /// Roll-calls.
    pub(crate) calls: Vec<RollCallView>,
    /// Stories.
    pub(crate) stories: Vec<StoryView>,
    /// The last word at the door, while joining.
    pub(crate) knock: Option<KnockAnswer>,
    /// Whether another program runs the node.
    pub(crate) elsewhere: bool,
    stale: Vec<Family>,
}

impl Holding {
    /// Nothing is known: ask for all.
    pub(super) fn fresh(elsewhere: bool) -> Self {
        Self { elsewhere, stale: Family::ALL.to_vec(), ..Self::default() }
    }

    /// Marks a family stale.
    pub(super) fn spoil(&mut self, family: Family) {
        if !self.stale.contains(&family) {
            self.stale.push(family);
        }
    }

    /// Whether anything must be asked again.
    pub(super) const fn is_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// Whether this home is enrolled, or was.
    pub(crate) fn is_member(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.state != MemberState::Joining)
    }

    /// Notes what an event makes stale.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Record { kind, .. } => self.spoil_kind(Kind::new(*kind)),
            Event::Block { .. } | Event::Lagged { .. } => {
                Family::ALL.into_iter().for_each(|family| self.spoil(family));
            }
            Event::Linked { .. }
            | Event::Unlinked { .. }
            | Event::Even { .. }
            | Event::Warning { .. }
            | Event::Busy(_) => {
                self.spoil(Family::Status);
            }
            Event::Knocked { .. } => self.spoil(Family::Visitors),
            Event::Joining { answer } => {
                self.knock = Some(*answer);
                self.spoil(Family::Status);
            }
        }
    }

    fn spoil_kind(&mut self, kind: Kind) {
        self.spoil(Family::Status);
        match kind {
            kinds::NOTICE | kinds::ACKNOWLEDGE => self.spoil(Family::Notices),
            kinds::ROLL_CALL | kinds::ANSWER | kinds::TOLD | kinds::ROLL_CALL_CLOSE => {
                self.spoil(Family::Calls);
            }
            kinds::REQUEST | kinds::REQUEST_STEP => self.spoil(Family::Requests),
            kinds::STORY | kinds::STORY_CHANGE | kinds::STORY_NOTE => self.spoil(Family::Stories),
            kinds::THREAD | kinds::MESSAGE => self.spoil(Family::Threads),
            kinds::WITHDRAW | kinds::KEY_GRANT => {
                Family::SAID.into_iter().for_each(|family| self.spoil(family));
            }
            kinds::ADMIT | kinds::APPROVE => {
                self.spoil(Family::People);
                self.spoil(Family::Visitors);
            }
            _ => self.spoil(Family::People),
        }
    }

    /// Asks the node for what is stale. A home that waits to be admitted has only a status.
    pub(super) fn refresh(&mut self, door: &Door) -> Result<(), Fault> {
        let was_member = self.is_member();
        let stale = std::mem::take(&mut self.stale);
        self.take(door.ask(Request::Status)?);
        if !self.is_member() {
            return Ok(());
        }
        let families = if was_member { stale } else { Family::ALL.to_vec() };
        for family in families {
            self.refresh_family(family, door)?;
        }
        Ok(())
    }

    fn refresh_family(&mut self, family: Family, door: &Door) -> Result<(), Fault> {
        let requests: &[Request] = match family {
            Family::Status => &[],
            Family::People => &[Request::People, Request::Roll],
            Family::Visitors => &[Request::Claims, Request::Invites],
            Family::Notices => &[Request::Notices { all: false }],
            Family::Threads => &[Request::Threads],
            Family::Requests => &[Request::Requests],
            Family::Calls => &[Request::RollCalls],
            Family::Stories => &[Request::Stories],
        };
        for request in requests {
            self.take(door.ask(request.clone())?);
        }
        Ok(())
    }

    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Status(status) => self.status = Some(status),
            Answer::People(people) => self.people = Some(people),
            Answer::Roll(roll) => self.roll = roll,
            Answer::Claims(claims) => self.claims = claims,
            Answer::Invites(invites) => self.invites = invites,
            Answer::Notices(notices) => self.notices = notices,
            Answer::Threads(threads) => self.threads = threads,
            Answer::Requests(requests) => self.requests = requests,
            Answer::RollCalls(calls) => self.calls = calls,
            Answer::Stories(stories) => self.stories = stories,
            _ => {}
        }
    }
}
