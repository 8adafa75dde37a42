//! The state a founding begins with: one household, one registrar, one witness, no block yet.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::open::log_id;
use linli_record::{CommunityId, LogOpen, Record, Refused};

use super::bylaws::Bylaws;
use super::people::{Device, Household, Role, SeatUnit, Witness};
use super::state::{Clock, Facts, State, VERSION};
use crate::canon::malformed;
use crate::charter::{Charter, Founder};

impl State {
    /// The state before the founding block, from the founder's log-open.
    ///
    /// # Errors
    /// [`Refused`] when the record is not a log-open with a charter of its own key.
    pub fn found(opening: &Record) -> Result<Self, Refused> {
        let wrong = |why: &str| malformed("founding", why);
        let payload = opening.payload().ok_or_else(|| wrong("its payload is missing"))?;
        let open = LogOpen::parse(opening.body().expect("it has a payload"))?;
        if opening.seq != 0 || open.log_id() != opening.log || open.audience.is_some() {
            return Err(wrong("not the opening of a public log"));
        }
        let charter = open.charter.as_deref().ok_or_else(|| wrong("there is no charter in it"))?;
        let charter = Charter::parse(charter)?;
        if charter.founder.device != open.key || charter.founder.incarnation != open.incarnation {
            return Err(wrong("the charter names another founder"));
        }
        let community = CommunityId::from(*blake3::hash(payload).as_bytes());
        Ok(Self::from_facts(facts(community, &charter, opening)))
    }
}

fn facts(community: CommunityId, charter: &Charter, opening: &Record) -> Facts {
    let founder = opening.id();
    let device = founders_device(&charter.founder, opening);
    let witnesses = charter.witnesses.iter().map(|witness| Witness {
        log: log_id(&witness.key, &witness.incarnation, None),
        key: witness.key,
        holder: founder,
        since_ms: 0,
        until_ms: None,
    });
    Facts {
        version: VERSION,
        community,
        bylaws: Bylaws::founded(charter, founder),
        charter: 0,
        era: 0,
        head: None,
        clock: Clock::default(),
        recent: Vec::new(),
        logs: Vec::new(),
        devices: BTreeMap::from([(device.key, device)]),
        households: BTreeMap::from([(founder, founders_household(&charter.founder, opening))]),
        founder,
        invites: BTreeSet::new(),
        grants: BTreeMap::new(),
        consents: BTreeMap::new(),
        outside: Vec::new(),
        roll: None,
        roll_by: None,
        witnesses: witnesses.collect(),
        open: BTreeMap::new(),
        approvals: BTreeMap::new(),
        successors: BTreeMap::new(),
        forks: Vec::new(),
        readmitted: BTreeSet::new(),
        past_offices: Vec::new(),
    }
}

fn founders_device(founder: &Founder, opening: &Record) -> Device {
    Device {
        key: founder.device,
        admitted: opening.id(),
        household: opening.id(),
        role: Role::Owner,
        log: opening.log,
        sealing: founder.sealing,
        node: founder.node,
        since: 0,
        ended: None,
        suspect_from_ms: None,
        forked: None,
        reopened: Vec::new(),
        added_by: None,
        label: founder.label.clone(),
    }
}

fn founders_household(founder: &Founder, opening: &Record) -> Household {
    Household {
        id: opening.id(),
        label: founder.label.clone(),
        role: Role::Owner,
        units: vec![SeatUnit { unit: founder.unit.clone(), owner: None }],
        lives: None,
        enrolled_by: Vec::new(),
        confirmed_by: Vec::new(),
        since: 0,
        removed: None,
        until_ms: None,
        ended: None,
        scope: Vec::new(),
    }
}
