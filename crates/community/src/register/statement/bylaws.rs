//! Statements that change the rules as they stand: charter, registrars, tellers, presets, rules number, roll.

use linli_record::{Hash, Refused};
use minicbor::{Decode, Encode};

use super::{Made, statement};
use crate::canon::{bound, malformed};
use crate::charter::{Fraction, Preset, Registrars, Tellers};
use crate::register::limits;
use crate::register::rolls::Roll;

/// `charter-change` (24): what is given replaces what stood; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct CharterChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// Name; 1 to 128 bytes.
    #[n(1)]
    pub name: Option<String>,
    /// Longest time content waits for a block, milliseconds; at least a minute.
    #[n(2)]
    pub interval_ms: Option<u64>,
    /// Language tags; at most 8.
    #[n(3)]
    pub languages: Option<Vec<String>>,
    /// Days a recovery waits in public.
    #[n(4)]
    pub recovery_days: Option<u16>,
    /// What a petition needs.
    #[n(5)]
    pub petition: Option<Fraction>,
    /// The written bylaws: hash of a document.
    #[n(6)]
    pub bylaws: Option<Hash>,
    /// What kind of community it is.
    #[n(7)]
    pub form: Option<String>,
}
statement!(CharterChange, CHARTER_CHANGE, |change| {
    bound("name", change.name.as_ref().map_or(0, String::len), 128)?;
    bound("form", change.form.as_ref().map_or(0, String::len), 128)?;
    let languages = change.languages.as_deref().unwrap_or_default();
    bound("languages", languages.len(), 8)?;
    languages.iter().try_for_each(|tag| bound("language", tag.len(), 35))?;
    let wrong = change.name.as_ref().is_some_and(String::is_empty)
        || change.interval_ms.is_some_and(|ms| ms < limits::INTERVAL_MIN_MS)
        || change.petition.is_some_and(|part| part.whole == 0 || part.of > part.whole);
    if wrong {
        Err(malformed("charter-change", "a name, an interval, a fraction of a whole"))
    } else {
        Ok(())
    }
});

/// `registrars` (25): the registrars' seats and how many each kind needs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RegistrarsChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// All seats and thresholds; every seat names its holder.
    #[n(1)]
    pub registrars: Registrars,
    /// The election's result that gives them office.
    #[n(2)]
    pub result: Option<linli_record::RecordId>,
}
statement!(RegistrarsChange, REGISTRARS, |change| {
    change.registrars.check()?;
    if change.registrars.seats.iter().all(|seat| seat.holder.is_some()) {
        Ok(())
    } else {
        Err(malformed("registrars", "every seat names its holder"))
    }
});

/// `tellers` (27): the standing tellers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TellersChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// All seats and their threshold.
    #[n(1)]
    pub tellers: Tellers,
}
statement!(TellersChange, TELLERS_CHANGE, |change| change.tellers.check());

/// `preset` (33): voting rules come into force, replacing those of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PresetChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The rules.
    #[n(1)]
    pub preset: Preset,
}
statement!(PresetChange, PRESET, |change| change.preset.check());

/// `rules` (34): the register's rules change (rule 23).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RulesChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The new number; one above the present one.
    #[n(1)]
    pub rules: u32,
}
statement!(RulesChange, RULES, |_change| Ok(()));

/// `roll` (19): the community's roll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RollChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// Fingerprint of the roll.
    #[n(1)]
    pub fingerprint: Hash,
    /// The roll, when it fits; otherwise it is the required annex.
    #[n(2)]
    pub roll: Option<Roll>,
    /// Units whose seats end with this roll, because they changed hands; at most 1,024, ascending.
    #[n(3)]
    pub ends: Vec<String>,
    /// The day the roll describes, milliseconds.
    #[n(4)]
    pub as_of_ms: u64,
    /// Where it comes from; at most 512 bytes.
    #[n(5)]
    pub source: String,
}
statement!(RollChange, ROLL, |change| {
    bound("source", change.source.len(), 512)?;
    bound("ended seats", change.ends.len(), 1024)?;
    if !change.ends.is_sorted_by(|a, b| a < b) {
        return Err(malformed("roll", "ended units ascend"));
    }
    change.ends.iter().try_for_each(|unit| bound("unit", unit.len(), limits::UNIT_BYTES))
});

impl RollChange {
    /// The roll, from the statement or its annex, if it is the one fingerprinted.
    ///
    /// # Errors
    /// [`Refused`] naming what is wrong.
    pub fn roll(&self, annex: Option<&[u8]>) -> Result<Roll, Refused> {
        let roll = match (&self.roll, annex) {
            (Some(roll), None) => Roll::parse(&roll.to_bytes())?,
            (None, Some(bytes)) => Roll::parse(bytes)?,
            _ => return Err(malformed("roll", "stands in the statement or in its annex")),
        };
        if roll.fingerprint() == self.fingerprint {
            Ok(roll)
        } else {
            Err(malformed("roll", "is not the one fingerprinted"))
        }
    }
}
