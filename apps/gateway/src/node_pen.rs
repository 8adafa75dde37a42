//! The pen, held by the node that runs in this process.

use std::collections::BTreeSet;

use linli_gateway::pen::{Pen, Refusal, Said, Spoken};
use linli_gateway::thing::Kind;
use linli_node::vocabulary::{Answer, ConsentView, Request, Sight, SightingView, StatusView};
use linli_node::{Desk, Fault, FaultKind, Node};

/// Why nothing is signed before the neighbours have admitted this gateway.
const JOINING: &str = "joining";

/// Asks the node from the bridge's own thread.
pub(crate) struct NodePen {
    desk: Desk,
    runtime: tokio::runtime::Handle,
}

impl NodePen {
    pub(crate) fn of(node: &Node) -> Self {
        Self { desk: node.desk(), runtime: node.runtime().clone() }
    }

    fn ask(&self, request: Request) -> Result<Answer, Refusal> {
        self.runtime.block_on(self.desk.ask(request)).map_err(|fault| refusal(&fault))
    }
}

impl Pen for NodePen {
    fn consented(&mut self) -> Result<BTreeSet<String>, Refusal> {
        let Answer::Status(status) = self.ask(Request::Status)? else { return Err(misunderstood()) };
        if status.household.is_none() {
            // Nobody can have agreed to anything yet, and once somebody has, what came meanwhile may be meant: the
            // broker keeps it.
            return Err(Refusal::Later(JOINING.into()));
        }
        let Answer::Consents(consents) = self.ask(Request::Consents)? else { return Err(misunderstood()) };
        Ok(own(&consents, &status).map(|consent| consent.source.clone()).collect())
    }

    fn said(&mut self, source: &str, kind: Kind) -> Result<Option<Said>, Refusal> {
        let Answer::Status(status) = self.ask(Request::Status)? else { return Err(misunderstood()) };
        let asked = self.ask(Request::Sightings { source: Some(source.to_owned()) })?;
        let Answer::Sightings(sightings) = asked else { return Err(misunderstood()) };
        let newest = sightings.iter().find(|one| is_own(one, &status) && one.kind == kind.word());
        Ok(newest.and_then(|one| Some(Said { state: kind.read(&one.value)?, at_ms: one.at_ms })))
    }

    fn say(&mut self, spoken: &Spoken) -> Result<(), Refusal> {
        let sight = Sight {
            source: spoken.source.clone(),
            kind: spoken.kind.word().to_owned(),
            value: spoken.value.clone(),
            battery: spoken.battery,
            at_ms: Some(spoken.at_ms),
        };
        self.ask(Request::Sight(sight)).map(drop)
    }
}

/// Whether this gateway said it.
pub(crate) fn is_own(sighting: &SightingView, status: &StatusView) -> bool {
    status.household.is_some() && sighting.household == status.household
}

/// The consents in force for this gateway.
pub(crate) fn own<'a>(
    consents: &'a [ConsentView],
    status: &'a StatusView,
) -> impl Iterator<Item = &'a ConsentView> {
    let own = |consent: &&ConsentView| status.household.is_some() && consent.holder == status.household;
    consents.iter().filter(|consent| consent.in_force).filter(own)
}

/// What the rules or the words forbid stays forbidden; everything else may pass.
fn refusal(fault: &Fault) -> Refusal {
    match fault.kind {
        FaultKind::NotAllowed | FaultKind::Input => Refusal::No(fault.code.clone()),
        _ => Refusal::Later(fault.code.clone()),
    }
}

fn misunderstood() -> Refusal {
    Refusal::Later("vocabulary".into())
}
