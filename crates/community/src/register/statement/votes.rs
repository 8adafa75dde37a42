//! Statements that open votes, petitions and eras. Ballots and tallies are not here.

use linli_record::{BlockId, DeviceKey, Hash, RecordId, Refused, SealingKey};
use minicbor::{Decode, Encode};

use super::enrol::text_bound;
use super::witnesses::NamedWitness;
use super::{Made, Recent, statement};
use crate::canon::{bound, malformed};
use crate::charter::{Preset, Registrars};

/// One question of a motion.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Question {
    /// The question; at most 2,048 bytes.
    #[n(0)]
    pub text: String,
    /// The matter's number in the preset.
    #[n(1)]
    pub matter: u16,
    /// The answers; absent for yes, no, abstain. At most 32 of 256 bytes.
    #[n(2)]
    pub answers: Option<Vec<String>>,
    /// How many answers a ballot may mark.
    #[n(3)]
    pub marks: u8,
}

/// A teller of one vote, with a one-time key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MotionTeller {
    /// The household.
    #[n(0)]
    pub holder: RecordId,
    /// Keys that speak for the seat.
    #[n(1)]
    pub keys: Vec<DeviceKey>,
    /// One-time key for this motion; absent when ballots are not sealed.
    #[n(2)]
    pub sealing: Option<SealingKey>,
}

/// `motion-open` (35): freezes what a vote is about and by what it is judged (rule 19).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MotionOpen {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// Title; at most 256 bytes.
    #[n(1)]
    pub title: String,
    /// Hash of the motion's text.
    #[n(2)]
    pub text: Hash,
    /// The draft it comes from.
    #[n(3)]
    pub draft: Option<RecordId>,
    /// Questions; 1 to 32.
    #[n(4)]
    pub questions: Vec<Question>,
    /// The voting rules, copied whole.
    #[n(5)]
    pub preset: Preset,
    /// Number of the register's rules.
    #[n(6)]
    pub rules: u32,
    /// Fingerprint of the roll.
    #[n(7)]
    pub roll: Hash,
    /// Hash of the frozen seats and owner ids, as the opening block's state gives them.
    #[n(8)]
    pub seats: Option<Hash>,
    /// When it opens, milliseconds.
    #[n(9)]
    pub opens_ms: u64,
    /// When it closes, milliseconds.
    #[n(10)]
    pub closes_ms: u64,
    /// Tellers; at most 31.
    #[n(11)]
    pub tellers: Vec<MotionTeller>,
    /// How many of them open sealed ballots.
    #[n(12)]
    pub k: u8,
    /// The petition that demanded it.
    #[n(13)]
    pub petition: Option<RecordId>,
}
statement!(MotionOpen, MOTION_OPEN, |motion| check_motion(motion));

fn check_motion(motion: &MotionOpen) -> Result<(), Refused> {
    bound("title", motion.title.len(), 256)?;
    bound("questions", motion.questions.len(), 32)?;
    bound("tellers", motion.tellers.len(), 31)?;
    motion.preset.check()?;
    for question in &motion.questions {
        text_bound(Some(&question.text))?;
        let answers = question.answers.as_deref().unwrap_or_default();
        bound("answers", answers.len(), 32)?;
        answers.iter().try_for_each(|answer| bound("answer", answer.len(), 256))?;
    }
    if motion.questions.is_empty() || motion.closes_ms <= motion.opens_ms {
        return Err(malformed("motion-open", "asks something, and closes after it opens"));
    }
    Ok(())
}

/// What a petition demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PetitionPurpose {
    /// An election of registrars.
    #[n(0)]
    Recall,
    /// An owners' meeting or vote.
    #[n(1)]
    Meeting,
    /// A new era.
    #[n(2)]
    Era,
}

/// `petition` (37): its first record freezes roll, rules and tellers (rule 20).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Petition {
    /// What it demands.
    #[n(0)]
    pub purpose: PetitionPurpose,
    /// Its text; at most 2,048 bytes.
    #[n(1)]
    pub text: String,
    /// A recent block.
    #[n(2)]
    pub recent: Option<Recent>,
    /// The questions a meeting is to vote on.
    #[n(3)]
    pub questions: Vec<Question>,
}
statement!(Petition, PETITION, |petition| {
    bound("questions", petition.questions.len(), 32)?;
    text_bound(Some(&petition.text))
});

/// `petition-sign` (38): one signature a seat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PetitionSign {
    /// The petition.
    #[n(0)]
    pub petition: RecordId,
    /// A recent block.
    #[n(1)]
    pub recent: Option<Recent>,
}
statement!(PetitionSign, PETITION_SIGN, |_sign| Ok(()));

/// `era` (39): a new era is proposed at a named base (rule 16).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Era {
    /// The new era's number.
    #[n(0)]
    pub era: u64,
    /// Height of the base.
    #[n(1)]
    pub height: u64,
    /// The base.
    #[n(2)]
    pub base: BlockId,
    /// The witnesses it begins with.
    #[n(3)]
    pub witnesses: Vec<NamedWitness>,
    /// The registrars it begins with; absent when they stay.
    #[n(4)]
    pub registrars: Option<Registrars>,
    /// Why; at most 2,048 bytes.
    #[n(5)]
    pub text: String,
}
statement!(Era, ERA, |era| {
    text_bound(Some(&era.text))?;
    era.registrars.as_ref().map_or(Ok(()), Registrars::check)?;
    if matches!(era.witnesses.len(), 1 | 4 | 7 | 10) {
        Ok(())
    } else {
        Err(malformed("era", "a set has 1, 4, 7 or 10 witnesses"))
    }
});

/// `era-sign` (40): a seat signs for a new era.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EraSign {
    /// The `era` record.
    #[n(0)]
    pub era: RecordId,
}
statement!(EraSign, ERA_SIGN, |_sign| Ok(()));

/// `election` (41): an election as the register opened it from a petition; candidates and dates.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Election {
    /// The petition that opened it.
    #[n(0)]
    pub petition: RecordId,
    /// Candidate lists: who would register, and with how many approvals.
    #[n(1)]
    pub lists: Vec<Registrars>,
    /// When it closes, milliseconds.
    #[n(2)]
    pub closes_ms: u64,
}
statement!(Election, ELECTION, |election| {
    bound("lists", election.lists.len(), 16)?;
    election.lists.iter().try_for_each(Registrars::check)
});
