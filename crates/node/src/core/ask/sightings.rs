//! What things say: sightings under a consent, counted by their source, sealed to whom the consent names.
//!
//! A door's openings are whereabouts. A consent whose viewers are `everyone` lets them be public; any other names
//! households, and what the source says goes into an audience of these and the gateway, which no keeper holds. The
//! audience is opened when the consent takes effect, so that nothing public tells when the source first spoke.

use std::collections::BTreeMap;

use linli_community::content::Payload as _;
use linli_community::content::audience::{Audience, AudienceKind, AudienceView, Member};
use linli_community::content::sighting::{self, Sighting, Value, What};
use linli_community::register::Consent;
use linli_community::register::people::Subject;
use linli_record::{AudienceId, EpochKey, Record, RecordId};
use linli_store::Op;

use super::super::own::{Saying, not_joined};
use super::super::{Core, store_fault_read};
use super::things::{EVERYONE, in_force};
use crate::fault::Fault;
use crate::vocabulary::{Answer, Sight, SightingView};

/// Sightings shown in a list.
const SHOWN: usize = 200;
/// Sightings looked at for a list, whoever said them.
const LOOKED_AT: usize = 20_000;
/// Beginnings read at once.
const STEP: usize = 512;

impl Core {
    /// Publishes a sighting, under a standing consent only.
    pub(super) fn sight(&mut self, sight: Sight) -> Result<Answer, Fault> {
        let consent = self.consent_for(&sight.source)?;
        let audience = self.sighting_audience(&consent)?;
        let sighting = Sighting {
            what: parse_what(&sight.kind)?,
            value: parse_value(&sight.value),
            counter: self.next_counter(&sight.source)?,
            source: sight.source,
            at_ms: sight.at_ms.unwrap_or_else(|| self.clock.now_ms()),
            battery: sight.battery,
        };
        let mut draft = Sighting::begin().for_days(consent.terms.retention_days);
        draft.consent = Some(consent.id);
        let saying = Saying { draft, body: sighting.body()? };
        // In one commit with the record: a number is used once, wherever the power is cut.
        self.alongside.push(self.counted(&sighting));
        let said = match audience {
            None => self.say(saying),
            Some((audience, epoch, key)) => self.say_to(audience, (epoch, &key), saying),
        };
        self.alongside.clear();
        Ok(self.said(said?))
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

    /// The audience of every consent's viewers is there before its source speaks. Done at every start and block, so that
    /// a crash in between leaves nothing undone.
    pub(in super::super) fn ready_viewers(&mut self) -> Result<(), Fault> {
        if self.pen.is_none() || !self.is_member() {
            return Ok(());
        }
        let own = self.own_household();
        let consents = self.state.iter().flat_map(|state| state.consents());
        let ours: Vec<Consent> = consents
            .filter(|consent| in_force(consent) && consent.terms.holder == own)
            .filter(|consent| consent.terms.subject == Subject::Source)
            .cloned()
            .collect();
        for consent in ours {
            if let Err(fault) = self.viewing_audience(&consent) {
                tracing::warn!(%fault, "a consent's viewers have no audience yet");
            }
        }
        Ok(())
    }

    /// Who may read what a consent lets this gateway say, and the key to seal it under; nothing when everyone may.
    fn sighting_audience(&mut self, consent: &Consent) -> Result<Option<(AudienceId, u64, EpochKey)>, Fault> {
        let Some(view) = self.viewing_audience(consent)? else { return Ok(None) };
        let (epoch, key) = self.writing_key(&view)?;
        Ok(Some((view.audience, epoch, key)))
    }

    fn viewing_audience(&mut self, consent: &Consent) -> Result<Option<AudienceView>, Fault> {
        let terms = &consent.terms;
        if terms.viewers.iter().any(|viewer| viewer == EVERYONE) {
            return Ok(None);
        }
        let members = self.viewing_members(&terms.viewers)?;
        let source = &terms.source;
        let serves = |view: &AudienceView| {
            let newest = view.newest().is_some_and(|epoch| epoch.members == members);
            view.name == *source && newest && view.keepers.is_empty()
        };
        let held = self.audiences().into_iter().find(serves);
        match held {
            Some(view) => Ok(Some(view)),
            None => self.open_sighting_audience(source, members).map(Some),
        }
    }

    /// The viewers' households and this gateway's own, in ascending order.
    fn viewing_members(&self, viewers: &[String]) -> Result<Vec<Member>, Fault> {
        let state = self.state.as_ref().ok_or_else(not_joined)?;
        let mut members = vec![Member::Household(self.own_household().ok_or_else(not_joined)?)];
        for viewer in viewers {
            let known = viewer.parse().ok().filter(|id| state.household(id).is_some());
            members.push(Member::Household(known.ok_or_else(|| {
                Fault::not_allowed("viewers", format!("the consent's viewer {viewer:?} is no household"))
                    .hint("withdraw the consent and grant one whose viewers are households")
            })?));
        }
        members.sort();
        members.dedup();
        Ok(members)
    }

    fn open_sighting_audience(&mut self, source: &str, members: Vec<Member>) -> Result<AudienceView, Fault> {
        let (kind, newcomers_read) = (AudienceKind::Named, true);
        let opening =
            Audience { name: source.to_owned(), kind, members, newcomers_read, keepers: Vec::new() };
        let (audience, _) = self.begin_audience(opening)?;
        self.audience(&audience).ok_or_else(Fault::stopped)
    }

    /// The source's next number. In another life of this device's key, after a repair or a restore, its own sightings are
    /// looked through again: a number is never used twice.
    fn next_counter(&self, source: &str) -> Result<u64, Fault> {
        let held = self.store.named(&counter_name(source)).map_err(|error| store_fault_read(&error))?;
        let (life, held) = match held.as_deref().and_then(<[u8]>::split_last_chunk::<8>) {
            Some((life, counter)) => (life.to_vec(), u64::from_be_bytes(*counter)),
            None => (Vec::new(), 0),
        };
        if life == self.keys.incarnation.as_bytes() {
            return Ok(held + 1);
        }
        let mut last = held;
        self.each_sighting(usize::MAX, |record, said| {
            let own = self.store.tip(&record.log).is_some_and(|tip| tip.key == self.keys.signing.public());
            if own && said.source == source {
                last = last.max(said.counter);
            }
            true
        })?;
        Ok(last + 1)
    }

    fn counted(&self, sighting: &Sighting) -> Op {
        let value = [&self.keys.incarnation.as_bytes()[..], &sighting.counter.to_be_bytes()].concat();
        Op::Name(counter_name(&sighting.source), Some(value))
    }

    /// Gives the sightings that read here to `take`, newest first, until it has enough or `at_most` were looked at.
    /// Returns whether that were all.
    fn each_sighting(
        &self,
        at_most: usize,
        mut take: impl FnMut(Record, Sighting) -> bool,
    ) -> Result<bool, Fault> {
        let (mut before, mut looked) = (u64::MAX, 0);
        loop {
            let page = self.store.beginnings_before(Sighting::KIND, before, STEP);
            let page = page.map_err(|error| store_fault_read(&error))?;
            let Some(oldest) = page.first() else { return Ok(true) };
            before = oldest.arrival;
            for beginning in page.iter().rev() {
                let record = self.store.record(&beginning.id).map_err(|error| store_fault_read(&error))?;
                let Some(record) = record else { continue };
                let said = self.open_body(&record).and_then(|body| Sighting::parse(&body).ok());
                if let Some(said) = said
                    && !take(record, said)
                {
                    return Ok(false);
                }
                looked += 1;
                if looked >= at_most {
                    return Ok(false);
                }
            }
        }
    }

    pub(super) fn sightings(&self, source: Option<&str>) -> Result<Answer, Fault> {
        let mut heard: Vec<(Record, Sighting)> = Vec::new();
        let all = self.each_sighting(LOOKED_AT, |record, said| {
            if source.is_none_or(|source| source == said.source) {
                heard.push((record, said));
            }
            heard.len() < SHOWN
        })?;
        let flags = self.flags(&heard, all);
        let view = |(record, said): (Record, Sighting)| self.sighting_view(&record, said, &flags);
        Ok(Answer::Sightings(heard.into_iter().map(view).collect()))
    }

    fn sighting_view(
        &self,
        record: &Record,
        said: Sighting,
        flags: &BTreeMap<RecordId, &str>,
    ) -> SightingView {
        let id = record.id();
        let author = self.author(&record.log, None);
        let verdict = self.verdict_word(record);
        let outside = self.outside_its_consent(record, &said).filter(|_| verdict == "stands");
        SightingView {
            id,
            gateway: author.label,
            household: author.household,
            kind: word(&said.what),
            value: value_word(&said.value),
            battery: said.battery,
            counter: said.counter,
            flag: flags.get(&id).map(|flag| (*flag).to_owned()),
            claimed_ms: record.claimed_ms,
            at_ms: said.at_ms,
            sealed: record.audience.is_some(),
            verdict: outside.map_or(verdict, str::to_owned),
            source: said.source,
        }
    }

    /// The register judges by headers; who can read the body also sees whether it is of the source that was agreed to.
    fn outside_its_consent(&self, record: &Record, said: &Sighting) -> Option<&'static str> {
        let state = self.state.as_ref()?;
        let consent = state.consents().find(|consent| Some(consent.id) == record.consent)?;
        sighting::outside(&consent.terms, record, said)
    }

    /// Gaps and replays among these, newest first. Of a list that was cut short, nobody knows what came before.
    fn flags(&self, heard: &[(Record, Sighting)], all: bool) -> BTreeMap<RecordId, &'static str> {
        let inside = heard.iter().filter(|(record, said)| self.outside_its_consent(record, said).is_none());
        let records: Vec<Record> = inside.map(|(record, _)| record.clone()).collect();
        let folded = self.with_records(&records, sighting::fold);
        let mut flags = BTreeMap::new();
        for source in &folded.sources {
            let gaps = source.gaps.iter().filter(|gap| (all || gap.from > 1) && !gap.perhaps_dropped);
            flags.extend(gaps.map(|gap| (gap.before, "gap")));
            flags.extend(source.replays.iter().map(|id| (*id, "replay")));
        }
        flags
    }
}

/// Name of a source's last number, kept with the life of the key that gave it.
fn counter_name(source: &str) -> String {
    format!("counter/{source}")
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
