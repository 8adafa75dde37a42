//! The rules as they stand: what the charter founded and statements changed since.

use linli_record::Hash;
use minicbor::{Decode, Encode};

use crate::charter::{Charter, Fraction, Preset, Registrars, Tellers};

/// The changeable part of a charter, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bylaws {
    /// The community's name.
    #[n(0)]
    pub name: String,
    /// Who decides; in a state every seat names its holder.
    #[n(1)]
    pub registrars: Registrars,
    /// Who enters paper ballots.
    #[n(2)]
    pub tellers: Tellers,
    /// Longest time content waits for a block, milliseconds.
    #[n(3)]
    pub interval_ms: u64,
    /// Voting rules in force.
    #[n(4)]
    pub presets: Vec<Preset>,
    /// Number of the register's rules.
    #[n(5)]
    pub rules: u32,
    /// Language tags.
    #[n(6)]
    pub languages: Vec<String>,
    /// Days a recovery waits in public.
    #[n(7)]
    pub recovery_days: u16,
    /// What a petition needs.
    #[n(8)]
    pub petition: Fraction,
    /// The written bylaws.
    #[n(9)]
    pub bylaws: Option<Hash>,
    /// What kind of community it is.
    #[n(10)]
    pub form: Option<String>,
}

impl Bylaws {
    pub(super) fn founded(charter: &Charter, founder: linli_record::RecordId) -> Self {
        let mut registrars = charter.registrars.clone();
        for seat in &mut registrars.seats {
            seat.holder.get_or_insert(founder);
        }
        Self {
            name: charter.name.clone(),
            registrars,
            tellers: charter.tellers.clone(),
            interval_ms: charter.interval_ms,
            presets: charter.presets.clone(),
            rules: charter.rules,
            languages: charter.languages.clone(),
            recovery_days: charter.recovery_days,
            petition: charter.petition,
            bylaws: charter.bylaws,
            form: charter.form.clone(),
        }
    }
}
