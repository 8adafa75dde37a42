//! Roll-calls (120), answers (121), answers told by phone or on paper (122), and their close (123).
//!
//! Counted over every unit on the roll that the question is meant for, joined or not. A household's last answer counts;
//! what a clerk was told counts for a unit whose households have not answered themselves. An answer is late when the block
//! that settled the close is older than its own, or when it refers to the close.

use std::collections::BTreeMap;

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::coverage::{Coverage, Reached};
use super::entry::{Context, Entry, Party, Said};
use super::limits;
use super::object::{Aside, Gathered};
use super::payload::{Payload, line, line_or_nothing, malformed, prose, within};
use super::scope::Scope;
use super::withdraw::Mark;
use crate::kinds;

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

/// Folds a roll-call from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], ctx: &Context<'_>) -> Option<RollCallView> {
    let object = Gathered::of::<RollCall>(entries)?;
    Some(match object.read::<RollCall>(object.begin) {
        Err(mark) => empty(&object, mark),
        Ok(question) => Counting::new(&object, &question, ctx).finish(),
    })
}

fn empty(object: &Gathered<'_, '_>, mark: Mark) -> RollCallView {
    let question = RollCall {
        question: String::new(),
        text: String::new(),
        answers: AnswerKind::Here,
        options: Vec::new(),
        scope: Scope::Everyone,
        until_ms: None,
    };
    RollCallView { mark: Some(mark), ..begun(object, &question) }
}

fn begun(object: &Gathered<'_, '_>, question: &RollCall) -> RollCallView {
    RollCallView {
        id: object.id(),
        opened: object.begin.said(),
        mark: None,
        question: question.question.clone(),
        text: question.text.clone(),
        answers: question.answers,
        options: question.options.clone(),
        scope: question.scope.clone(),
        until_ms: question.until_ms,
        closed: None,
        answered: Vec::new(),
        counts: Vec::new(),
        coverage: Coverage::default(),
        asides: object.asides.clone(),
    }
}

struct Counting<'o, 'e, 'a> {
    object: &'o Gathered<'e, 'a>,
    question: &'o RollCall,
    ctx: &'o Context<'o>,
    view: RollCallView,
    close: Option<&'e Entry<'a>>,
    own: BTreeMap<Party, Answered>,
    told: BTreeMap<String, Answered>,
}

impl<'o, 'e, 'a> Counting<'o, 'e, 'a> {
    fn new(object: &'o Gathered<'e, 'a>, question: &'o RollCall, ctx: &'o Context<'o>) -> Self {
        let mut counting = Self {
            object,
            question,
            ctx,
            view: begun(object, question),
            close: None,
            own: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        counting.find_close();
        for entry in &object.rest {
            if let Err(reason) = counting.take(entry) {
                counting.view.asides.push(Aside::of(entry, reason));
            }
        }
        counting
    }

    fn find_close(&mut self) {
        let opener = self.object.begin.author.party();
        let closes = |entry: &&&Entry<'_>| {
            entry.record.kind == RollCallClose::KIND
                && entry.author.party() == opener
                && entry.read::<RollCallClose>().is_ok()
        };
        self.close = self.object.rest.iter().find(closes).copied();
        self.view.closed = self.close.map(Entry::said);
    }

    fn take(&mut self, entry: &Entry<'_>) -> Result<(), &'static str> {
        match entry.record.kind {
            AnswerGiven::KIND => self.answer(entry),
            Told::KIND => self.told(entry),
            RollCallClose::KIND if self.close.is_some_and(|c| c.record.id() == entry.record.id()) => Ok(()),
            RollCallClose::KIND if self.close.is_some() => Err("closed-already"),
            RollCallClose::KIND => Err("not-the-opener"),
            _ => Err("unknown-kind"),
        }
    }

    fn answer(&mut self, entry: &Entry<'_>) -> Result<(), &'static str> {
        let given = self.object.read::<AnswerGiven>(entry).map_err(|mark| mark.code())?;
        self.usable(entry, &given.answer)?;
        let party = entry.author.party();
        let answered = Answered {
            said: entry.said(),
            units: entry.author.units.clone(),
            household: entry.author.household,
            answer: given.answer,
            note: given.note,
            told: None,
        };
        if let Some(earlier) = self.own.insert(party, answered) {
            self.set_aside(&earlier.said, AnswerGiven::KIND, "answered-again");
        }
        Ok(())
    }

    fn told(&mut self, entry: &Entry<'_>) -> Result<(), &'static str> {
        let told = self.object.read::<Told>(entry).map_err(|mark| mark.code())?;
        self.usable(entry, &told.answer)?;
        if !entry.author.office && entry.author.party() != self.object.begin.author.party() {
            return Err("not-a-clerk");
        }
        if told.witness_household.is_some() && told.witness_household == entry.author.household {
            return Err("own-witness");
        }
        if !self.ctx.dwellings.iter().any(|dwelling| dwelling.unit == told.unit) {
            return Err("unknown-unit");
        }
        let how = ToldBy { how: told.how, witness: told.witness, witness_household: told.witness_household };
        let answered = Answered {
            said: entry.said(),
            units: vec![told.unit.clone()],
            household: None,
            answer: told.answer,
            note: told.note,
            told: Some(how),
        };
        if let Some(earlier) = self.told.insert(told.unit, answered) {
            self.set_aside(&earlier.said, Told::KIND, "answered-again");
        }
        Ok(())
    }

    fn usable(&self, entry: &Entry<'_>, answer: &Answer) -> Result<(), &'static str> {
        if self.late(entry) {
            return Err("late");
        }
        if answer.fits(self.question) { Ok(()) } else { Err("wrong-answer") }
    }

    fn late(&self, entry: &Entry<'_>) -> bool {
        self.close.is_some_and(|close| {
            let settled_after = close
                .standing
                .height
                .is_some_and(|closed| entry.standing.height.is_none_or(|settled| settled > closed));
            settled_after || entry.record.refs.contains(&close.record.id())
        })
    }

    fn set_aside(&mut self, said: &Said, kind: Kind, reason: &str) {
        let aside = Aside { id: said.id, kind, by: said.by.clone(), reason: reason.to_owned() };
        self.view.asides.push(aside);
    }

    fn finish(mut self) -> RollCallView {
        let mut reached = Reached::default();
        for answered in self.own.values() {
            reached.households.extend(answered.household);
            reached.units.extend(answered.units.iter().cloned());
        }
        for (unit, answered) in std::mem::take(&mut self.told) {
            if self.answered_itself(&unit, &reached) {
                self.set_aside(&answered.said, Told::KIND, "answered-itself");
            } else {
                reached.units.insert(unit);
                self.view.answered.push(answered);
            }
        }
        self.view.answered.extend(self.own.into_values());
        self.view.answered.sort_by(|a, b| (&a.units, a.said.id).cmp(&(&b.units, b.said.id)));
        self.view.counts = counts(&self.view.answered);
        self.view.coverage = Coverage::count(&self.question.scope, &reached, self.ctx);
        self.view
    }

    fn answered_itself(&self, unit: &str, reached: &Reached) -> bool {
        self.own.values().any(|answered| answered.units.iter().any(|own| own == unit))
            || self
                .ctx
                .dwellings
                .iter()
                .filter(|dwelling| dwelling.unit == unit)
                .any(|dwelling| dwelling.households.iter().any(|n| reached.households.contains(&n.household)))
    }
}

fn counts(answered: &[Answered]) -> Vec<Count> {
    let mut times: BTreeMap<&Answer, u32> = BTreeMap::new();
    for one in answered {
        *times.entry(&one.answer).or_default() += 1;
    }
    times.into_iter().map(|(answer, times)| Count { answer: answer.clone(), times }).collect()
}
