//! Roll-calls (120), answers (121), answers told by phone or on paper (122), and their close (123).
//!
//! Counted over every unit on the roll that the question is meant for, joined or not. A household's last answer counts;
//! what a clerk was told counts for a unit whose households have not answered themselves. An answer is late when the block
//! that settled the close is older than its own, or when it refers to the close.

mod fold;

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::coverage::Coverage;
use super::entry::Said;
use super::limits;
use super::object::Aside;
use super::payload::{Payload, line, line_or_nothing, malformed, prose, within};
use super::scope::Scope;
use super::withdraw::Mark;
use crate::kinds;

pub use fold::fold;

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerKind {
    /// "Here": seen, present.
    #[n(0)]
    Here,
    /// Yes or no.
    #[n(1)]
    YesNo,
    /// One of the options.
    #[n(2)]
    Choice,
    /// How many.
    #[n(3)]
    Number,
    /// A short text.
    #[n(4)]
    Text,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// "Here".
    #[n(0)]
    Here,
    /// Yes (true) or no.
    #[n(1)]
    YesNo(#[n(0)] bool),
    /// The option's position, from 0.
    #[n(2)]
    Choice(#[n(0)] u32),
    /// How many.
    #[n(3)]
    Number(#[n(0)] u64),
    /// A short text.
    #[n(4)]
    Text(#[n(0)] String),
}

impl Answer {
    fn check(&self) -> Result<(), Refused> {
        if let Self::Text(text) = self { line("answer", text, limits::REMARK) } else { Ok(()) }
    }

    fn fits(&self, question: &RollCall) -> bool {
        match (self, question.answers) {
            (Self::Here, AnswerKind::Here)
            | (Self::YesNo(_), AnswerKind::YesNo)
            | (Self::Number(_), AnswerKind::Number)
            | (Self::Text(_), AnswerKind::Text) => true,
            (Self::Choice(at), AnswerKind::Choice) => (*at as usize) < question.options.len(),
            _ => false,
        }
    }
}

/// The body of a roll-call.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RollCall {
    /// One line.
    #[n(0)]
    pub question: String,
    /// More about it; may be empty.
    #[n(1)]
    pub text: String,
    /// What an answer looks like.
    #[n(2)]
    pub answers: AnswerKind,
    /// What can be chosen; exactly for [`AnswerKind::Choice`].
    #[n(3)]
    pub options: Vec<String>,
    /// Whose units are counted.
    #[n(4)]
    pub scope: Scope,
    /// When its author means to close it, milliseconds since 1970; the close itself is a record.
    #[n(5)]
    pub until_ms: Option<u64>,
}

impl Payload for RollCall {
    const KIND: Kind = kinds::ROLL_CALL;
    const NAME: &'static str = "roll-call";

    fn check(&self) -> Result<(), Refused> {
        line("question", &self.question, limits::TITLE)?;
        prose("text", &self.text, limits::TEXT)?;
        self.scope.check()?;
        within("options", self.options.len(), limits::OPTIONS)?;
        if (self.answers == AnswerKind::Choice) != (self.options.len() >= 2) {
            return Err(malformed("options", "a choice has at least two, nothing else has any"));
        }
        self.options.iter().try_for_each(|option| line("option", option, limits::TITLE))
    }
}

/// The body of a household's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AnswerGiven {
    /// The answer.
    #[n(0)]
    pub answer: Answer,
    /// A remark; may be empty.
    #[n(1)]
    pub note: String,
}

impl Payload for AnswerGiven {
    const KIND: Kind = kinds::ANSWER;
    const NAME: &'static str = "answer";

    fn check(&self) -> Result<(), Refused> {
        self.answer.check()?;
        line_or_nothing("note", &self.note, limits::REMARK)
    }
}

/// How an answer reached the clerk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By phone.
    #[n(0)]
    Phone,
    /// On paper.
    #[n(1)]
    Paper,
    /// At the door.
    #[n(2)]
    Door,
}

/// The body of what a clerk, or whoever opened the roll-call, was told for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Told {
    /// The unit, as on the roll.
    #[n(0)]
    pub unit: String,
    /// Its answer.
    #[n(1)]
    pub answer: Answer,
    /// How it was told.
    #[n(2)]
    pub how: How,
    /// The witness's name; may be empty when a household is named.
    #[n(3)]
    pub witness: String,
    /// The witness's household.
    #[n(4)]
    pub witness_household: Option<RecordId>,
    /// A remark; may be empty.
    #[n(5)]
    pub note: String,
}

impl Payload for Told {
    const KIND: Kind = kinds::TOLD;
    const NAME: &'static str = "told";

    fn check(&self) -> Result<(), Refused> {
        line("unit", &self.unit, limits::PLACE_NAME)?;
        self.answer.check()?;
        line_or_nothing("witness", &self.witness, limits::NAME)?;
        if self.witness.trim().is_empty() && self.witness_household.is_none() {
            return Err(malformed("witness", "is named by a name or a household"));
        }
        line_or_nothing("note", &self.note, limits::REMARK)
    }
}

/// The body of a roll-call's close, by the party that opened it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RollCallClose {
    /// A remark; may be empty.
    #[n(0)]
    pub note: String,
}

impl Payload for RollCallClose {
    const KIND: Kind = kinds::ROLL_CALL_CLOSE;
    const NAME: &'static str = "roll-call-close";

    fn check(&self) -> Result<(), Refused> {
        line_or_nothing("note", &self.note, limits::REMARK)
    }
}

/// A roll-call as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollCallView {
    /// The object.
    pub id: RecordId,
    /// Who opened it.
    pub opened: Said,
    /// In its place, when it can't be shown.
    pub mark: Option<Mark>,
    /// One line.
    pub question: String,
    /// More about it.
    pub text: String,
    /// What an answer looks like.
    pub answers: AnswerKind,
    /// What can be chosen.
    pub options: Vec<String>,
    /// Whose units are counted.
    pub scope: Scope,
    /// When its author means to close it.
    pub until_ms: Option<u64>,
    /// Who closed it.
    pub closed: Option<Said>,
    /// The answers that count: one a household, one for each unit told.
    pub answered: Vec<Answered>,
    /// How often each answer was given, in ascending order.
    pub counts: Vec<Count>,
    /// Answered and missing, by building and stair.
    pub coverage: Coverage,
    /// Shown, without effect: late, wrong, overtaken.
    pub asides: Vec<Aside>,
}

/// One answer that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The record; for a told answer its author is the clerk.
    pub said: Said,
    /// The units answered for.
    pub units: Vec<String>,
    /// The household, when it answered itself.
    pub household: Option<RecordId>,
    /// The answer.
    pub answer: Answer,
    /// A remark.
    pub note: String,
    /// How it was told; `None` when the household's own device said it.
    pub told: Option<ToldBy>,
}

/// How a told answer came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldBy {
    /// The way.
    pub how: How,
    /// The witness's name.
    pub witness: String,
    /// The witness's household.
    pub witness_household: Option<RecordId>,
}

/// How often an answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The answer.
    pub answer: Answer,
    /// Times.
    pub times: u32,
}
