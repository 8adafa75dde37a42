//! Counting a roll-call.

use std::collections::BTreeMap;

use linli_record::Kind;

use super::super::coverage::{Coverage, Reached};
use super::super::entry::{Context, Dwelling, Entry, Party, Said};
use super::super::object::{Aside, Gathered};
use super::super::payload::Payload;
use super::super::scope::Scope;
use super::super::withdraw::Mark;
use super::{
    Answer, AnswerGiven, AnswerKind, Answered, Count, RollCall, RollCallClose, RollCallView, Told, ToldBy,
};

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
        if !self.question.scope.covers_home_of(entry.author, self.ctx) {
            return Err("outside");
        }
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
        self.witnessed(entry, &told)?;
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

    /// A word brought by somebody else rests on a unit that is asked, and on a neighbour of a third household.
    fn witnessed(&self, entry: &Entry<'_>, told: &Told) -> Result<(), &'static str> {
        let unit = self.ctx.dwellings.iter().find(|dwelling| dwelling.unit == told.unit);
        let unit = unit.ok_or("unknown-unit")?;
        if !self.question.scope.covers(unit) {
            return Err("outside");
        }
        let witness = told.witness_household.ok_or("no-witness")?;
        let lives_in = |dwelling: &Dwelling| dwelling.households.iter().any(|home| home.household == witness);
        if Some(witness) == entry.author.household || lives_in(unit) {
            return Err("own-witness");
        }
        if self.ctx.dwellings.iter().any(lives_in) { Ok(()) } else { Err("no-witness") }
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
