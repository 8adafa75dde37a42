//! What things say: sightings under a consent, and the consents themselves.

use std::collections::BTreeMap;

use linli_community::content::Payload as _;
use linli_community::content::sighting::{self, Sighting, Value, What};
use linli_community::register::statement::{ConsentGrant, ConsentWithdraw, Statement as _};
use linli_community::register::{Consent, ConsentTerms as Terms, State, people};
use linli_record::{Kind, RecordId};

use super::super::door::pick;
use super::super::own::{Saying, not_joined};
use super::super::{Core, store_fault_read};
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::{Answer, ConsentTerms, ConsentView, Request, Sight, SightingView};

const DAY_MS: u64 = 86_400_000;
/// Sightings shown in a list.
const SHOWN: usize = 200;
/// Projection: source to the last number this gateway gave it.
const COUNTERS: &str = "counters";

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

    /// Publishes a sighting, under a standing consent only.
    fn sight(&mut self, sight: Sight) -> Result<Answer, Fault> {
        let consent = self.consent_for(&sight.source)?;
        let counter = self.next_counter(&sight.source)?;
        let sighting = Sighting {
            what: parse_what(&sight.kind)?,
            value: parse_value(&sight.value),
            source: sight.source,
            counter,
            at_ms: sight.at_ms.unwrap_or_else(|| self.clock.now_ms()),
            battery: sight.battery,
        };
        let body = sighting.body()?;
        let mut draft = Sighting::begin().for_days(consent.terms.retention_days);
        draft.consent = Some(consent.id);
        let key = sighting.source.into_bytes();
        let value = Some(counter.to_be_bytes().to_vec());
        self.alongside.push(linli_store::Op::Cache { cache: COUNTERS.into(), key, value });
        let record = self.say(Saying { draft, body })?;
        Ok(self.said(record))
    }

    fn consent_for(&self, source: &str) -> Result<Consent, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let own = self.own_household().ok_or_else(not_joined)?;
        let covers = |consent: &&Consent| {
            in_force(consent) && consent.terms.source == source && consent.terms.holder == Some(own)
        };
        state.consents().find(covers).cloned().ok_or_else(|| {
            Fault::not_allowed("no-consent", format!("no consent of the owners covers the source {source:?}"))
                .hint("a registrar grants one with `linli consent grant`")
        })
    }

    /// The source's next number. After a repair it is found again among this gateway's own records.
    fn next_counter(&self, source: &str) -> Result<u64, Fault> {
        let held =
            self.store.cached(COUNTERS, source.as_bytes()).map_err(|error| store_fault_read(&error))?;
        if let Some(bytes) = held.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()) {
            return Ok(u64::from_be_bytes(bytes) + 1);
        }
        let Some(pen) = &self.pen else { return Ok(1) };
        let records =
            self.store.records(&pen.tip().log, 0, pen.tip().seq).map_err(|error| store_fault_read(&error))?;
        let own =
            records.iter().filter(|record| record.kind == Sighting::KIND).filter_map(|record| record.body());
        let used =
            own.filter_map(|body| Sighting::parse(body).ok()).filter(|sighting| sighting.source == source);
        Ok(used.map(|sighting| sighting.counter).max().unwrap_or(0) + 1)
    }

    fn sightings(&self, source: Option<&str>) -> Result<Answer, Fault> {
        let mut views = Vec::new();
        for id in self.newest(Sighting::KIND)?.into_iter().take(SHOWN) {
            let Some(record) = self.store.record(&id).map_err(|error| store_fault_read(&error))? else {
                continue;
            };
            let Some(body) = self.open_body(&record).and_then(|body| Sighting::parse(&body).ok()) else {
                continue;
            };
            if source.is_some_and(|source| source != body.source) {
                continue;
            }
            let author = self.author(&record.log, None);
            views.push(SightingView {
                id,
                gateway: author.label,
                kind: word(&body.what),
                value: value_word(&body.value),
                counter: body.counter,
                flag: None,
                claimed_ms: record.claimed_ms,
                verdict: self.verdict_word(&record),
                source: body.source,
            });
        }
        self.flag_sightings(&mut views)?;
        Ok(Answer::Sightings(views))
    }

    /// Gaps and replays, as the fold of all shown sightings finds them.
    fn flag_sightings(&self, views: &mut [SightingView]) -> Result<(), Fault> {
        let mut records = Vec::new();
        for view in views.iter() {
            records.extend(self.store.record(&view.id).map_err(|error| store_fault_read(&error))?);
        }
        let folded = self.with_records(&records, sighting::fold);
        let mut flags: BTreeMap<RecordId, &str> = BTreeMap::new();
        for source in &folded.sources {
            flags.extend(source.gaps.iter().map(|gap| (gap.before, "gap")));
            flags.extend(source.replays.iter().map(|id| (*id, "replay")));
        }
        for view in views {
            view.flag = flags.get(&view.id).map(|flag| (*flag).to_owned());
        }
        Ok(())
    }

    /// A registrar's statement: this gateway may publish this source for this purpose.
    pub(super) fn grant_consent(&mut self, terms: ConsentTerms) -> Result<Answer, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let made = state.made();
        let viewers = if terms.viewers.is_empty() { "everyone".to_owned() } else { terms.viewers };
        let grant = ConsentGrant {
            made,
            terms: Terms {
                subject: people::Subject::Source,
                holder: Some(self.household_named(&terms.gateway)?),
                source: terms.source.trim().to_owned(),
                purpose: terms.purpose.trim().to_owned(),
                viewers: vec![viewers],
                retention_days: terms.retention_days,
                until_ms: terms.days.map(|days| self.clock.now_ms() + u64::from(days) * DAY_MS),
                motion: None,
                motion_text: terms.motion,
                place: None,
                mask: None,
            },
        };
        grant.check()?;
        self.propose(ConsentGrant::KIND, ConsentGrant::draft(), grant.body())
    }

    pub(super) fn withdraw_consent(&mut self, name: &str, reason: &str) -> Result<Answer, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let ids: Vec<RecordId> = state.consents().map(|consent| consent.id).collect();
        let consent = pick("consent", name, ids.iter())?;
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

    /// Says a statement of power and tells at once when the register quarantines it.
    pub(in super::super) fn propose(
        &mut self,
        kind: Kind,
        draft: linli_record::Draft,
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        let record = self.state_power(draft, body)?;
        let held = self.store.record(&record).map_err(|error| store_fault_read(&error))?;
        let reason = held.and_then(|held| {
            let settled = self.settled_height(&held.log, held.seq).is_some();
            self.verdict(&held).reason().filter(|_| settled)
        });
        match reason {
            None => Ok(self.said(record)),
            Some(reason) => Err(Fault::not_allowed(
                reason.code(),
                format!("the register does not act on this statement (kind {kind}): {reason}"),
            )
            .hint("docs/REGISTER.md says who may state what; `linli people` lists the offices")),
        }
    }
}

fn in_force(consent: &Consent) -> bool {
    consent.ended.is_none()
}

fn consent_view(state: &State, consent: &Consent) -> ConsentView {
    let gateway = consent.terms.holder.and_then(|holder| state.household(&holder));
    ConsentView {
        id: consent.id,
        gateway: gateway.map(|home| home.label.clone()).unwrap_or_default(),
        source: consent.terms.source.clone(),
        purpose: consent.terms.purpose.clone(),
        retention_days: consent.terms.retention_days,
        ends_ms: consent.terms.until_ms,
        motion: consent.terms.motion_text.clone(),
        in_force: in_force(consent),
    }
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn parse_what(text: &str) -> Result<What, Fault> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        Fault::input("thing", format!("no kind of thing {text:?}"))
            .hint("one of: contact, leak, smoke, gas, lift, motion, power, temperature, humidity, count, button, reachable, other")
    })
}

fn parse_value(text: &str) -> Value {
    match text {
        "unknown" => Value::Unknown,
        "open" | "wet" | "yes" | "on" | "true" => Value::Is(true),
        "closed" | "dry" | "no" | "off" | "false" => Value::Is(false),
        other => match other.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Label(other.to_owned(), None),
        },
    }
}

fn value_word(value: &Value) -> String {
    match value {
        Value::Unknown => "unknown".into(),
        Value::Is(true) => "yes".into(),
        Value::Is(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::Label(label, _) => label.clone(),
    }
}
