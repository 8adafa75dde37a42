//! Sightings (208): what a thing said through its gateway: signed, counted, expiring; "unknown" is a value.
//!
//! A gateway counts each source's sightings from 1. A number skipped is a gap, a number heard before is a replay: both are
//! shown, neither is hidden by what follows. The consent a sighting rests on stands in its header; whether that
//! consent permits it is the register's word. [`fold`] takes the sightings of one gateway or of many.

use std::collections::BTreeMap;

use linli_record::{Header, Kind, LogId, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{By, Context, Entry, Party};
use super::limits;
use super::object::Aside;
use super::order;
use super::payload::{Payload, line, malformed};
use crate::kinds;
use crate::register::ConsentTerms;

/// What was watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A door or window: true is open.
    #[n(0)]
    Contact,
    /// Water where none should be: true is wet.
    #[n(1)]
    Leak,
    /// Smoke: true is smoke.
    #[n(2)]
    Smoke,
    /// Gas: true is gas.
    #[n(3)]
    Gas,
    /// A lift: true is running.
    #[n(4)]
    Lift,
    /// A picture changed: true is motion.
    #[n(5)]
    Motion,
    /// Mains power: true is on.
    #[n(6)]
    Power,
    /// Thousandths of a degree Celsius.
    #[n(7)]
    Temperature,
    /// Thousandths of a percent of relative humidity.
    #[n(8)]
    Humidity,
    /// A count that only rises.
    #[n(9)]
    Count,
    /// A help button: true is pressed.
    #[n(10)]
    Button,
    /// Whether the source or its bridge is heard at all: true is heard.
    #[n(11)]
    Reachable,
    /// Anything else: a label as the thing gave it.
    #[n(12)]
    Other,
}

/// What it said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nobody knows: not heard, or not believable.
    #[n(0)]
    Unknown,
    /// Yes or no, in the sense [`What`] gives it.
    #[n(1)]
    Is(#[n(0)] bool),
    /// A number, in the unit [`What`] gives it.
    #[n(2)]
    Number(#[n(0)] i64),
    /// A label, with the model's confidence in thousandths if it gave one.
    #[n(3)]
    Label(#[n(0)] String, #[n(1)] Option<u16>),
}

/// The body of a sighting.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Sighting {
    /// The source's name at its gateway.
    #[n(0)]
    pub source: String,
    /// What was watched.
    #[n(1)]
    pub what: What,
    /// What it said.
    #[n(2)]
    pub value: Value,
    /// The source's number for it, from 1; a gateway never uses one twice.
    #[n(3)]
    pub counter: u64,
    /// The gateway's clock, milliseconds since 1970; shown, never believed.
    #[n(4)]
    pub at_ms: u64,
    /// Percent left, 0 to 100.
    #[n(5)]
    pub battery: Option<u8>,
}

impl Payload for Sighting {
    const KIND: Kind = kinds::SIGHTING;
    const NAME: &'static str = "sighting";
    const DAYS: u16 = limits::SIGHTING_DAYS;

    fn check(&self) -> Result<(), Refused> {
        line("source", &self.source, limits::SOURCE)?;
        if self.counter == 0 {
            return Err(malformed("counter", "counts from 1"));
        }
        if self.battery.is_some_and(|percent| percent > 100) {
            return Err(malformed("battery", "is a percentage"));
        }
        match &self.value {
            Value::Label(_, Some(confidence)) if *confidence > 1_000 => {
                Err(malformed("confidence", "is in thousandths"))
            }
            Value::Label(label, _) => line("label", label, limits::TITLE),
            _ => Ok(()),
        }
    }
}

impl Sighting {
    /// Bytes of a source's name.
    pub const SOURCE: usize = limits::SOURCE;
}

/// Why a sighting is outside the consent its header names, as a stable code. The register's verdict rests on headers and
/// can't tell; whoever can read the body can.
#[must_use]
pub fn outside(terms: &ConsentTerms, record: &Header, said: &Sighting) -> Option<&'static str> {
    let public = terms.viewers.iter().any(|viewer| viewer == "everyone");
    if terms.source != said.source {
        Some("other-source")
    } else if record.audience.is_none() && !public {
        Some("shown-too-widely")
    } else {
        None
    }
}

/// Sources and what they last said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcesView {
    /// By gateway and name.
    pub sources: Vec<SourceView>,
    /// Sightings that do not stand, or can't be read.
    pub asides: Vec<Aside>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// The gateway.
    pub gateway: By,
    /// The source's name there.
    pub source: String,
    /// What is watched.
    pub what: What,
    /// What it last said; `unknown` is an answer.
    pub value: Value,
    /// Its number for that.
    pub counter: u64,
    /// The gateway's clock then.
    pub at_ms: u64,
    /// The gateway's clock when the value last became another.
    pub changed_ms: u64,
    /// The newest sighting.
    pub record: RecordId,
    /// The consent it rests on.
    pub consent: Option<RecordId>,
    /// Percent left, when it last said so.
    pub battery: Option<u8>,
    /// Numbers that never came.
    pub gaps: Vec<Gap>,
    /// Sightings whose number had been heard.
    pub replays: Vec<RecordId>,
}

/// Numbers skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The first number that is missing.
    pub from: u64,
    /// The last number that is missing.
    pub to: u64,
    /// The sighting that came instead.
    pub before: RecordId,
    /// Whether sightings whose bytes are not held here may be the missing ones.
    pub perhaps_dropped: bool,
}

/// Folds sightings, of any gateways, to what each source last said.
///
/// A gateway that was restored or copied goes on in a new log, and private logs are never settled: nothing but the count
/// tells which of two logs came first. So each log is heard in canonical order, and the logs by their first number.
#[must_use]
pub fn fold(entries: &[Entry<'_>], _: &Context<'_>) -> SourcesView {
    let mut view = SourcesView::default();
    let mut heard: BTreeMap<(Party, String), BTreeMap<LogId, Vec<Heard<'_, '_>>>> = BTreeMap::new();
    let mut dropped: BTreeMap<LogId, u64> = BTreeMap::new();
    for entry in order::canonical(entries).into_iter().filter(|entry| entry.record.kind == Sighting::KIND) {
        if let Some(code) = entry.standing.code() {
            view.asides.push(Aside::of(entry, code));
            continue;
        }
        match entry.read::<Sighting>() {
            Ok(said) => {
                let log = entry.record.log;
                let before = dropped.get(&log).copied().unwrap_or_default();
                let lives = heard.entry((entry.author.party(), said.source.clone())).or_default();
                lives.entry(log).or_default().push(Heard { entry, said, dropped: before });
            }
            Err(mark) => {
                *dropped.entry(entry.record.log).or_default() += 1;
                view.asides.push(Aside::of(entry, mark.code()));
            }
        }
    }
    view.sources = heard.into_values().filter_map(source).collect();
    view
}

/// One sighting, and how many of its log before it are not held.
struct Heard<'e, 'a> {
    entry: &'e Entry<'a>,
    said: Sighting,
    dropped: u64,
}

fn source(lives: BTreeMap<LogId, Vec<Heard<'_, '_>>>) -> Option<SourceView> {
    let mut lives: Vec<(LogId, Vec<Heard<'_, '_>>)> = lives.into_iter().collect();
    lives.sort_by_key(|(log, heard)| (heard.first().map(|first| first.said.counter), *log));
    let mut source: Option<SourceView> = None;
    for (_, heard) in lives {
        let mut dropped = 0;
        for Heard { entry, said, dropped: before } in heard {
            let perhaps_dropped = before > dropped;
            dropped = before;
            match &mut source {
                Some(source) => source.hear(entry, said, perhaps_dropped),
                None => source = Some(SourceView::first(entry, said, perhaps_dropped)),
            }
        }
    }
    source
}

impl SourceView {
    fn first(entry: &Entry<'_>, heard: Sighting, perhaps_dropped: bool) -> Self {
        let record = entry.record.id();
        let gap = (heard.counter > 1).then_some(Gap {
            from: 1,
            to: heard.counter - 1,
            before: record,
            perhaps_dropped,
        });
        Self {
            gateway: entry.author.by(),
            source: heard.source,
            what: heard.what,
            value: heard.value,
            counter: heard.counter,
            at_ms: heard.at_ms,
            changed_ms: heard.at_ms,
            record,
            consent: entry.record.consent,
            battery: heard.battery,
            gaps: gap.into_iter().collect(),
            replays: Vec::new(),
        }
    }

    fn hear(&mut self, entry: &Entry<'_>, heard: Sighting, perhaps_dropped: bool) {
        let record = entry.record.id();
        if heard.counter <= self.counter {
            return self.replays.push(record);
        }
        if heard.counter > self.counter + 1 {
            let gap = Gap { from: self.counter + 1, to: heard.counter - 1, before: record, perhaps_dropped };
            self.gaps.push(gap);
        }
        if heard.value != self.value {
            self.changed_ms = heard.at_ms;
        }
        self.what = heard.what;
        self.value = heard.value;
        self.counter = heard.counter;
        self.at_ms = heard.at_ms;
        self.record = record;
        self.consent = entry.record.consent;
        self.battery = heard.battery.or(self.battery);
    }
}
