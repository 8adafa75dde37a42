//! The consent register: what may be collected, for what, for whose eyes, for how long.

use linli_community::content::sighting::Sighting;
use linli_community::register::statement::{ConsentGrant, ConsentWithdraw, Statement as _};
use linli_community::register::{Consent, ConsentTerms as Terms, Device, Role, State, people};
use linli_record::RecordId;

use super::super::Core;
use super::super::door::pick;
use super::super::own::not_joined;
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::{Answer, ConsentTerms, ConsentView, Request};

const DAY_MS: u64 = 86_400_000;
/// The viewers of what is public.
pub(super) const EVERYONE: &str = "everyone";
/// Viewers a consent names, at most.
const VIEWERS: usize = 16;

impl Core {
    pub(super) fn ask_things(&mut self, request: Request) -> Result<Answer, Fault> {
        match request {
            Request::Sight(sight) => self.sight(sight),
            Request::Sightings { source } => self.sightings(source.as_deref()),
            _ => Err(Fault::new(
                FaultKind::Internal,
                "unknown-request",
                "this node does not know that request",
            )),
        }
    }

    /// A registrar's statement: this gateway may publish this source for this purpose.
    pub(super) fn grant_consent(&mut self, terms: ConsentTerms) -> Result<Answer, Fault> {
        let viewers = self.viewers(&terms.viewers)?;
        let made = self.state.as_ref().ok_or_else(not_joined)?.made();
        let source = terms.source.trim().to_owned();
        if source.len() > Sighting::SOURCE {
            return Err(Fault::input("source", "a source's name has at most 64 bytes").hint("shorten it"));
        }
        let holder = self.household_named(&terms.gateway)?;
        let grant = ConsentGrant {
            made,
            terms: Terms {
                subject: people::Subject::Source,
                holder: Some(holder),
                source,
                purpose: terms.purpose.trim().to_owned(),
                viewers,
                retention_days: terms.retention_days,
                until_ms: terms.days.map(|days| self.clock.now_ms() + u64::from(days) * DAY_MS),
                motion: None,
                motion_text: terms.motion,
                place: None,
                mask: None,
            },
        };
        grant.check()?;
        self.refuse_without_power(ConsentGrant::KIND, &ConsentGrant::draft(), &grant.body())?;
        self.refuse_unless_gateway(holder, &terms.gateway)?;
        self.propose(ConsentGrant::KIND, ConsentGrant::draft(), grant.body())
    }

    /// Whoever is to publish serves as a gateway: a consent to anybody else would never be used.
    fn refuse_unless_gateway(&self, holder: RecordId, name: &str) -> Result<(), Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let serves =
            |device: &Device| device.active() && device.role == Role::Gateway && device.household == holder;
        if state.devices().any(serves) {
            return Ok(());
        }
        Err(Fault::not_allowed("not-a-gateway", format!("{name:?} is no gateway: it can publish nothing"))
            .hint("`linli people` lists who is; `linli invite --as gateway` lets one join"))
    }

    /// Who may look: everyone, or households, which a statement names by their ids.
    fn viewers(&self, words: &str) -> Result<Vec<String>, Fault> {
        let words = words.trim();
        if words == EVERYONE {
            return Ok(vec![EVERYONE.to_owned()]);
        }
        if let Ok(household) = self.household_named(words) {
            return Ok(vec![household.to_string()]);
        }
        let names: Vec<&str> = words
            .split([',', '\u{ff0c}', '\u{3001}'])
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() || names.len() > VIEWERS {
            return Err(Fault::input("viewers", "a consent names who may look: one to sixteen households")
                .hint("say `everyone`, or households by their unit, with commas between"));
        }
        let named = names.into_iter().map(|name| Ok(self.household_named(name)?.to_string()));
        named.collect()
    }

    pub(super) fn withdraw_consent(&mut self, name: &str, reason: &str) -> Result<Answer, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let ids: Vec<RecordId> = state.consents().map(|consent| consent.id).collect();
        let consent = pick("consent", name, ids.iter())?;
        if state.consents().any(|one| one.id == consent && !in_force(one)) {
            return Err(Fault::not_allowed("consent-ended", "this consent is not in force any more")
                .hint("`linli consent list` tells which are"));
        }
        let withdraw = ConsentWithdraw {
            made: state.made(),
            consent,
            reason: Some(reason.to_owned()).filter(|r| !r.is_empty()),
        };
        withdraw.check()?;
        self.propose(ConsentWithdraw::KIND, ConsentWithdraw::draft(), withdraw.body())
    }

    pub(super) fn consents(&self) -> Result<Answer, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        Ok(Answer::Consents(state.consents().map(|consent| consent_view(state, consent)).collect()))
    }
}

pub(super) fn in_force(consent: &Consent) -> bool {
    consent.ended.is_none()
}

fn consent_view(state: &State, consent: &Consent) -> ConsentView {
    let gateway = consent.terms.holder.and_then(|holder| state.household(&holder));
    ConsentView {
        id: consent.id,
        gateway: gateway.map(|home| home.label.clone()).unwrap_or_default(),
        holder: consent.terms.holder,
        source: consent.terms.source.clone(),
        viewers: consent.terms.viewers.iter().map(|viewer| viewer_name(state, viewer)).collect(),
        purpose: consent.terms.purpose.clone(),
        retention_days: consent.terms.retention_days,
        ends_ms: consent.terms.until_ms,
        motion: consent.terms.motion_text.clone(),
        in_force: in_force(consent),
    }
}

/// A viewer as people call it; as it was written, when it names no household.
fn viewer_name(state: &State, viewer: &str) -> String {
    let household = viewer.parse().ok().and_then(|id: RecordId| state.household(&id));
    household.map_or_else(|| viewer.to_owned(), |home| home.label.clone())
}
