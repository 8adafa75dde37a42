//! The founding charter: the rules a community begins with, as signed data.
//!
//! It stands in the payload of the founder's first `log-open`; the community id is that payload's hash, so nothing in it
//! can ever be changed: the register keeps the rules as they are ([`crate::register::Bylaws`]). Read [`Charter`] first.

use linli_record::{DeviceKey, Hash, Incarnation, NodeKey, RecordId, Refused, SealingKey};
use minicbor::{Decode, Encode};

use crate::canon::{self, bound, malformed};
use crate::register::limits;

/// The charter format this version writes.
pub const VERSION: u8 = 1;
/// How often other content is settled when nothing of power is said: one night.
pub const NIGHT_MS: u64 = 24 * 60 * 60 * 1000;

/// What a community is founded on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Charter {
    /// Charter format; 1.
    #[n(0)]
    pub version: u8,
    /// The community's name; 1 to 128 bytes.
    #[n(1)]
    pub name: String,
    /// Who founds it.
    #[n(2)]
    pub founder: Founder,
    /// Who decides. One seat, or three and more.
    #[n(3)]
    pub registrars: Registrars,
    /// Who orders: at the founding exactly one, held by the founder.
    #[n(4)]
    pub witnesses: Vec<FoundingWitness>,
    /// Who enters paper ballots.
    #[n(5)]
    pub tellers: Tellers,
    /// Longest time, in milliseconds, that content waits for a block when nothing of power is said.
    #[n(6)]
    pub interval_ms: u64,
    /// Voting rules.
    #[n(7)]
    pub presets: Vec<Preset>,
    /// Number of the register's rules.
    #[n(8)]
    pub rules: u32,
    /// Language tags (BCP 47), the first one preferred; at most 8.
    #[n(9)]
    pub languages: Vec<String>,
    /// Days that a recovery by registrars and neighbours waits in public.
    #[n(10)]
    pub recovery_days: u16,
    /// What a petition needs, of heads and of area each.
    #[n(11)]
    pub petition: Fraction,
    /// The community's written bylaws, if any: hash of a document.
    #[n(12)]
    pub bylaws: Option<Hash>,
    /// What kind of community it is, in its own words.
    #[n(13)]
    pub form: Option<String>,
}

/// The founder's household and first device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Founder {
    /// What the household wants to be called; at most 64 bytes.
    #[n(0)]
    pub label: String,
    /// Its unit; at most 64 bytes.
    #[n(1)]
    pub unit: String,
    /// Signing key.
    #[n(2)]
    pub device: DeviceKey,
    /// First life of that key.
    #[n(3)]
    pub incarnation: Incarnation,
    /// Where epoch keys are sealed to.
    #[n(4)]
    pub sealing: SealingKey,
    /// Key on the transport.
    #[n(5)]
    pub node: NodeKey,
}

/// The registrars and how many of them each kind of statement needs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Registrars {
    /// One seat, or three and more; at most 31.
    #[n(0)]
    pub seats: Vec<RegistrarSeat>,
    /// Seats needed where `by_kind` says nothing else.
    #[n(1)]
    pub k: u8,
    /// Seats needed for a kind of statement, ascending by kind.
    #[n(2)]
    pub by_kind: Vec<KindThreshold>,
}

/// Seats needed for one kind of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct KindThreshold {
    /// The kind's number.
    #[n(0)]
    pub kind: u16,
    /// How many seats.
    #[n(1)]
    pub k: u8,
}

/// One registrar: a seat with one to three keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RegistrarSeat {
    /// Shown name; at most 64 bytes.
    #[n(0)]
    pub label: String,
    /// Device keys that speak for the seat.
    #[n(1)]
    pub keys: Vec<DeviceKey>,
    /// The household; absent in the charter for the founder's own.
    #[n(2)]
    pub holder: Option<RecordId>,
}

/// A witness named by the charter.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FoundingWitness {
    /// Its key.
    #[n(0)]
    pub key: DeviceKey,
    /// The life of that key whose public log is the witness's.
    #[n(1)]
    pub incarnation: Incarnation,
    /// The household or body; absent for the founder's own.
    #[n(2)]
    pub holder: Option<RecordId>,
}

/// The standing tellers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Tellers {
    /// At most 31; none of them a registrar.
    #[n(0)]
    pub seats: Vec<TellerSeat>,
    /// How many open sealed ballots; 0 when there are no tellers yet.
    #[n(1)]
    pub k: u8,
}

/// One teller.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TellerSeat {
    /// The household.
    #[n(0)]
    pub holder: RecordId,
    /// Device keys that speak for the seat; one to three.
    #[n(1)]
    pub keys: Vec<DeviceKey>,
}

/// A fraction of a whole, compared by cross-multiplication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Fraction {
    /// Numerator.
    #[n(0)]
    pub of: u16,
    /// Denominator; never 0.
    #[n(1)]
    pub whole: u16,
}

/// A threshold: a fraction that must be reached, or passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Threshold {
    /// The fraction.
    #[n(0)]
    pub fraction: Fraction,
    /// Whether reaching it is not enough ("more than").
    #[n(1)]
    pub more_than: bool,
}

/// Voting rules a community adopted, with their source.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Preset {
    /// Short name, unique in a community; at most 32 bytes.
    #[n(0)]
    pub name: String,
    /// The article of law or the resolution it comes from; at most 512 bytes.
    #[n(1)]
    pub source: String,
    /// Kinds of matters.
    #[n(2)]
    pub matters: Vec<Matter>,
    /// Days between notice and opening.
    #[n(3)]
    pub notice_days: u16,
    /// Days a vote is open at least.
    #[n(4)]
    pub open_days: u16,
    /// Days after the close in which tellers enter paper and open sealed ballots.
    #[n(5)]
    pub teller_days: u16,
    /// What an owner's silence means: 0 nothing, 1 takes part, 2 joins the majority of votes cast.
    #[n(6)]
    pub silence: u8,
    /// Whether ballots are sealed until the close.
    #[n(7)]
    pub sealed: bool,
    /// How often an owner may change a ballot; absent for as often as wished.
    #[n(8)]
    pub changes: Option<u16>,
    /// How often a vote may be extended.
    #[n(9)]
    pub extensions: u16,
    /// What is counted: bit 0 heads, bit 1 area.
    #[n(10)]
    pub measures: u8,
}

/// One kind of matter and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Matter {
    /// Number within the preset.
    #[n(0)]
    pub number: u16,
    /// Shown name; at most 128 bytes.
    #[n(1)]
    pub name: String,
    /// Of all, who must take part.
    #[n(2)]
    pub participation: Threshold,
    /// Of those taking part, who must agree.
    #[n(3)]
    pub passing: Threshold,
}

impl Charter {
    /// The charter of a community of one: the founder registers and witnesses alone.
    #[must_use]
    pub fn founding(name: &str, founder: Founder) -> Self {
        let seat = RegistrarSeat { label: founder.label.clone(), keys: vec![founder.device], holder: None };
        let witness = FoundingWitness { key: founder.device, incarnation: founder.incarnation, holder: None };
        Self {
            version: VERSION,
            name: name.to_owned(),
            founder,
            registrars: Registrars { seats: vec![seat], k: 1, by_kind: Vec::new() },
            witnesses: vec![witness],
            tellers: Tellers::default(),
            interval_ms: NIGHT_MS,
            presets: Vec::new(),
            rules: crate::register::RULES,
            languages: vec!["zh-CN".to_owned(), "en".to_owned()],
            recovery_days: 14,
            petition: Fraction { of: 1, whole: 5 },
            bylaws: None,
            form: None,
        }
    }

    /// The canonical bytes, for [`linli_record::LogOpen::charter`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canon::write(self)
    }

    /// Reads and checks a charter.
    ///
    /// # Errors
    /// [`Refused`] naming what breaks a rule.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        bound("charter", bytes.len(), limits::CHARTER_BYTES)?;
        let charter: Self = canon::read("charter", bytes)?;
        charter.check()?;
        Ok(charter)
    }

    fn check(&self) -> Result<(), Refused> {
        let wrong = |why: &str| Err(malformed("charter", why));
        if self.version != VERSION {
            return Err(Refused::Version { found: self.version.into(), known: VERSION });
        }
        if self.name.is_empty() || self.founder.unit.is_empty() {
            return wrong("a community and its founder's unit have names");
        }
        bound("name", self.name.len(), 128)?;
        bound("label", self.founder.label.len(), limits::LABEL_BYTES)?;
        bound("unit", self.founder.unit.len(), limits::UNIT_BYTES)?;
        bound("languages", self.languages.len(), 8)?;
        bound("form", self.form.as_ref().map_or(0, String::len), 128)?;
        self.registrars.check()?;
        self.tellers.check()?;
        check_presets(&self.presets)?;
        match self.witnesses.as_slice() {
            // Its key may be one of its own, kept in a file that no backup holds (rule 15).
            [one] if one.holder.is_none() => {}
            _ => return wrong("a founding has one witness, held by the founder"),
        }
        if self.interval_ms < limits::INTERVAL_MIN_MS || self.petition.whole == 0 {
            return wrong("interval under a minute, or a fraction of nothing");
        }
        Ok(())
    }
}

impl Registrars {
    /// Seats that a statement of `kind` needs.
    #[must_use]
    pub fn needed(&self, kind: u16) -> u8 {
        self.by_kind.iter().find(|t| t.kind == kind).map_or(self.k, |t| t.k)
    }

    /// The seat that `key` speaks for.
    #[must_use]
    pub fn seat_of(&self, key: &DeviceKey) -> Option<usize> {
        self.seats.iter().position(|seat| seat.keys.contains(key))
    }

    /// Checks the rules between seats, keys and thresholds (rule 18: one seat, or three and more).
    ///
    /// # Errors
    /// [`Refused::Malformed`] naming what breaks a rule.
    pub fn check(&self) -> Result<(), Refused> {
        let wrong = |why: &str| Err(malformed("registrars", why));
        let n = self.seats.len();
        if n == 0 || n == 2 || n > limits::REGISTRARS {
            return wrong("one registrar, or three to 31");
        }
        if self.seats.iter().any(|seat| seat.keys.is_empty() || seat.keys.len() > 3) {
            return wrong("a seat has one to three keys");
        }
        if self.seats.iter().any(|seat| seat.label.len() > limits::LABEL_BYTES) {
            return wrong("a seat's label is too long");
        }
        let mut keys: Vec<_> = self.seats.iter().flat_map(|seat| &seat.keys).collect();
        keys.sort();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return wrong("one key speaks for one seat");
        }
        let fits = |k: u8| k >= 1 && usize::from(k) <= n;
        if !fits(self.k) || !self.by_kind.iter().all(|t| fits(t.k)) {
            return wrong("thresholds are from one to the number of seats");
        }
        if !self.by_kind.is_sorted_by(|a, b| a.kind < b.kind) || self.by_kind.len() > 64 {
            return wrong("thresholds ascend by kind");
        }
        Ok(())
    }
}

impl Tellers {
    /// Checks the rules between seats and threshold.
    ///
    /// # Errors
    /// [`Refused::Malformed`] naming what breaks a rule.
    pub fn check(&self) -> Result<(), Refused> {
        let n = self.seats.len();
        let fits = if n == 0 { self.k == 0 } else { self.k >= 1 && usize::from(self.k) <= n };
        let keyed = self.seats.iter().all(|seat| matches!(seat.keys.len(), 1..=3));
        if n <= limits::TELLERS && fits && keyed {
            Ok(())
        } else {
            Err(malformed("tellers", "at most 31 seats of one to three keys, k from one to their number"))
        }
    }
}

/// Checks bounds and unique names of presets.
///
/// # Errors
/// [`Refused`] naming what breaks a rule.
pub fn check_presets(presets: &[Preset]) -> Result<(), Refused> {
    bound("presets", presets.len(), limits::PRESETS)?;
    for (index, preset) in presets.iter().enumerate() {
        preset.check()?;
        if presets[..index].iter().any(|other| other.name == preset.name) {
            return Err(malformed("preset", "two of one name"));
        }
    }
    Ok(())
}

impl Preset {
    /// Checks bounds.
    ///
    /// # Errors
    /// [`Refused`] naming what breaks a rule.
    pub fn check(&self) -> Result<(), Refused> {
        bound("preset name", self.name.len(), 32)?;
        bound("preset source", self.source.len(), 512)?;
        bound("matters", self.matters.len(), 32)?;
        let whole = |t: &Threshold| t.fraction.whole > 0 && t.fraction.of <= t.fraction.whole;
        let fine =
            self.matters.iter().all(|m| m.name.len() <= 128 && whole(&m.participation) && whole(&m.passing));
        let ascending = self.matters.is_sorted_by(|a, b| a.number < b.number);
        if fine && ascending && self.silence <= 2 && matches!(self.measures, 1..=3) {
            Ok(())
        } else {
            Err(malformed(
                "preset",
                "matters ascend, fractions are of a whole, measures and silence are known",
            ))
        }
    }
}
