//! Notices, roll-calls, requests, talk, audiences: what people say to each other.

use linli_community::content::notice::{self, Acknowledge, Notice};
use linli_community::content::request::{self, Place, Request as Problem, RequestStep, Status, Step};
use linli_community::content::roll_call::{
    self, Answer as Given, AnswerGiven, AnswerKind, How, RollCall, RollCallClose, Told,
};
use linli_community::content::scope::Stair;
use linli_community::content::story::Story;
use linli_community::content::talk::{self, Message, Thread};
use linli_community::content::withdraw::Withdraw;
use linli_community::content::{Context, Entry, Payload, Said, Scope};
use linli_record::{AudienceId, Draft, EpochKey, Kind, LogId, Record, RecordId, Tip};

use super::super::door::pick;
use super::super::fetch::Sealing;
use super::super::own::{Saying, not_joined};
use super::super::{Core, store_fault_read};
use crate::fault::Fault;
use crate::vocabulary::{Answer, Family, NoticePost, Request, RequestOpen, RollCallOpen};

const DAY_MS: u64 = 86_400_000;

impl Core {
    pub(super) fn ask_daily(&mut self, request: Request) -> Result<Answer, Fault> {
        match request {
            Request::NoticePost(post) => self.post_notice(post),
            Request::Notices { all } => self.notices(all).map(Answer::Notices),
            Request::Notice { notice } => {
                let id = self.object_named("notice", Notice::KIND, &notice)?;
                self.view("notice", &id, notice::fold).map(|view| Answer::Notice(Box::new(view)))
            }
            Request::Acknowledge { notice } => self.acknowledge(&notice),
            Request::Aside { family } => self.aside_of(family),
            Request::RollCallOpen(open) => self.open_roll_call(open),
            Request::RollCalls => self.list(RollCall::KIND).map(Answer::RollCalls),
            Request::RollCall { roll_call } => {
                let id = self.object_named("roll-call", RollCall::KIND, &roll_call)?;
                self.view("roll-call", &id, roll_call::fold).map(|view| Answer::RollCall(Box::new(view)))
            }
            Request::Answer { roll_call, answer, note } => self.answer_roll_call(&roll_call, &answer, note),
            Request::Told { roll_call, unit, answer, how, witness } => {
                self.told(&roll_call, unit, &answer, how, &witness)
            }
            Request::RollCallClose { roll_call } => self.close_roll_call(&roll_call),
            other => self.ask_requests(other),
        }
    }

    fn ask_requests(&mut self, request: Request) -> Result<Answer, Fault> {
        match request {
            Request::RequestOpen(open) => self.open_request(open),
            Request::Requests => self.list(Problem::KIND).map(Answer::Requests),
            Request::Request { request } => {
                let id = self.object_named("request", Problem::KIND, &request)?;
                self.view("request", &id, request::fold).map(|view| Answer::Request(Box::new(view)))
            }
            Request::RequestStep { request, step, text } => self.step_request(&request, &step, text),
            Request::ThreadOpen { title, audience } => self.open_thread(&title, audience.as_deref()),
            Request::Say { thread, text, reply_to } => {
                self.say_in_thread(&thread, &text, reply_to.as_deref())
            }
            Request::SayPicture { thread, path, caption } => self.show_in_thread(&thread, &path, caption),
            Request::Threads => self.list(Thread::KIND).map(Answer::Threads),
            Request::Thread { thread } => {
                let id = self.object_named("thread", Thread::KIND, &thread)?;
                self.view("thread", &id, talk::fold).map(|view| Answer::Thread(Box::new(view)))
            }
            Request::AudienceOpen { name, kind, households, from_now } => {
                self.open_audience(&name, &kind, &households, !from_now)
            }
            Request::AudienceChange { audience, add, remove } => {
                self.change_audience(&audience, &add, &remove)
            }
            Request::Audiences => Ok(Answer::Audiences(self.audiences_shown())),
            Request::Withdraw { record, reason } => self.withdraw(&record, reason),
            other => self.ask_stories(other),
        }
    }

    /// Folds one object.
    pub(super) fn view<T>(
        &self,
        what: &str,
        id: &RecordId,
        fold: impl FnOnce(&[Entry<'_>], &Context<'_>) -> Option<T>,
    ) -> Result<T, Fault> {
        self.with_entries(id, fold)?.ok_or_else(|| Fault::not_found(what, &id.short()))
    }

    fn aside_of(&mut self, family: Family) -> Result<Answer, Fault> {
        match family {
            Family::Notices => self.list_aside(Notice::KIND).map(Answer::Notices),
            Family::RollCalls => self.list_aside(RollCall::KIND).map(Answer::RollCalls),
            Family::Requests => self.list_aside(Problem::KIND).map(Answer::Requests),
            Family::Stories => self.list_aside(Story::KIND).map(Answer::Stories),
            Family::Threads => self.list_aside(Thread::KIND).map(Answer::Threads),
        }
    }

    pub(super) fn notices(&mut self, all: bool) -> Result<Vec<notice::NoticeView>, Fault> {
        let now = self.clock.now_ms();
        let mut views: Vec<notice::NoticeView> = self.list(Notice::KIND)?;
        if !all {
            views.retain(|view| view.mark.is_none() && !view.expired(now));
        }
        Ok(views)
    }

    /// Notices that matter now.
    pub(in super::super) fn current_notices(&mut self) -> Result<Vec<RecordId>, Fault> {
        Ok(self.notices(false)?.into_iter().map(|view| view.id).collect())
    }

    fn begin_object<P: Payload>(&mut self, payload: &P) -> Result<Answer, Fault> {
        let saying = Saying { draft: P::begin(), body: payload.body()? };
        self.refuse_without_effect(&saying.draft, &saying.body)?;
        let record = self.say(saying)?;
        Ok(self.said(record))
    }

    /// Continues an object, in the audience it was begun in.
    pub(super) fn continue_object<P: Payload>(
        &mut self,
        object: RecordId,
        payload: &P,
    ) -> Result<Answer, Fault> {
        let draft = self.draft_on::<P>(object)?;
        let body = payload.body()?;
        let audience = self.audience_of(&object)?;
        if audience.is_none() {
            self.refuse_without_effect(&draft, &body)?;
        }
        let record = self.say_where(audience, Saying { draft, body })?;
        Ok(self.said(record))
    }

    /// A draft that says what of the object its author had seen: its newest records.
    pub(super) fn draft_on<P: Payload>(&self, object: RecordId) -> Result<Draft, Fault> {
        let held = self.store.object(&object).map_err(|error| store_fault_read(&error))?;
        let seen: Vec<RecordId> = held.iter().map(|record| record.id()).collect();
        Ok(P::on(object, &seen))
    }

    fn audience_of(&self, object: &RecordId) -> Result<Option<AudienceId>, Fault> {
        let record = self.store.record(object).map_err(|error| store_fault_read(&error))?;
        Ok(record.and_then(|record| record.audience.map(|(audience, _)| audience)))
    }

    /// Says something in the open, or sealed to an audience under its newest key.
    pub(super) fn say_where(
        &mut self,
        audience: Option<AudienceId>,
        saying: Saying,
    ) -> Result<RecordId, Fault> {
        let Some(id) = audience else { return self.say(saying) };
        let (epoch, key) = self.key_for(&id)?;
        self.say_to(id, (epoch, &key), saying)
    }

    fn key_for(&mut self, audience: &AudienceId) -> Result<(u64, EpochKey), Fault> {
        let view = self
            .audience(audience)
            .ok_or_else(|| Fault::not_allowed("not-a-member", "this device is not in that audience"))?;
        self.writing_key(&view)
    }

    fn post_notice(&mut self, post: NoticePost) -> Result<Answer, Fault> {
        let replaces = match &post.replaces {
            None => None,
            Some(name) => {
                let id = self.object_named("notice", Notice::KIND, name)?;
                let view = self.view("notice", &id, notice::fold)?;
                self.must_be_ours(
                    &view.opened,
                    "not-the-publisher",
                    "only who published a notice replaces it",
                )?;
                Some((id, self.current_version(&id)?))
            }
        };
        self.check_scope(&post.scope)?;
        if post.text.trim().is_empty() {
            return Err(Fault::input("notice-empty", "a notice without a text tells nobody anything")
                .hint("give it with --text or --file"));
        }
        let notice = Notice {
            title: post.title.trim().to_owned(),
            text: post.text,
            scope: post.scope,
            expires_ms: post.days.map(|days| self.clock.now_ms() + u64::from(days) * DAY_MS),
            must_read: post.must_read,
            replaces: replaces.map(|(_, version)| version),
            captions: Vec::new(),
        };
        match replaces {
            Some((object, _)) => self.continue_object(object, &notice),
            None => self.begin_object(&notice),
        }
    }

    /// A place that is not on the roll is a slip of the pen: nobody would be meant.
    fn check_scope(&self, scope: &Scope) -> Result<(), Fault> {
        let Some(roll) = self.state.as_ref().and_then(|state| state.roll()) else { return Ok(()) };
        let units = || roll.units().iter();
        let missing = match scope {
            Scope::Everyone | Scope::Estate => None,
            Scope::Buildings(names) => {
                let mut names = names.iter();
                names
                    .find(|name| !units().any(|unit| unit.building == **name))
                    .map(|name| ("building", name.clone()))
            }
            Scope::Stairs(stairs) => {
                let is_there =
                    |at: &Stair| units().any(|unit| unit.building == at.building && unit.stair == at.stair);
                let at = stairs.iter().find(|at| !is_there(at));
                at.map(|at| ("stair", format!("{}-{}", at.building, at.stair)))
            }
            Scope::Units(names) => {
                names.iter().find(|name| roll.unit(name).is_none()).map(|name| ("unit", name.clone()))
            }
        };
        let fault = |(what, name): (&str, String)| {
            Fault::not_found(what, &name).hint("`linli roll show` lists buildings, stairs and units")
        };
        missing.map_or(Ok(()), |missing| Err(fault(missing)))
    }

    /// Refuses before anything is said what every node would set aside.
    fn must_be_ours(&self, opened: &Said, code: &str, why: &str) -> Result<(), Fault> {
        let ours = opened.by.household.is_some() && opened.by.household == self.own_household();
        if ours { Ok(()) } else { Err(Fault::not_allowed(code, why)) }
    }

    fn close_roll_call(&mut self, name: &str) -> Result<Answer, Fault> {
        let id = self.object_named("roll-call", RollCall::KIND, name)?;
        let view = self.view("roll-call", &id, roll_call::fold)?;
        if view.closed.is_some() {
            return Err(Fault::not_allowed("closed-already", "this roll-call is closed already"));
        }
        self.must_be_ours(&view.opened, "not-the-opener", "only who opened a roll-call closes it")?;
        self.continue_object(id, &RollCallClose { note: String::new() })
    }

    fn current_version(&self, notice: &RecordId) -> Result<RecordId, Fault> {
        let view = self.view("notice", notice, notice::fold)?;
        view.current
            .map(|version| version.said.id)
            .ok_or_else(|| Fault::input("withdrawn", "this notice was withdrawn"))
    }

    fn acknowledge(&mut self, name: &str) -> Result<Answer, Fault> {
        let id = self.object_named("notice", Notice::KIND, name)?;
        let version = self.current_version(&id)?;
        self.continue_object(id, &Acknowledge { version })
    }

    fn open_roll_call(&mut self, open: RollCallOpen) -> Result<Answer, Fault> {
        self.check_scope(&open.scope)?;
        let twice =
            open.choices.iter().enumerate().find(|(at, choice)| {
                open.choices[..*at].iter().any(|earlier| earlier.trim() == choice.trim())
            });
        if let Some((_, choice)) = twice {
            return Err(Fault::input("choice-twice", format!("{choice:?} stands among the choices twice"))
                .hint("give every choice once"));
        }
        let answers =
            open.kind.unwrap_or(if open.choices.is_empty() { AnswerKind::Text } else { AnswerKind::Choice });
        self.begin_object(&RollCall {
            question: open.question.trim().to_owned(),
            text: String::new(),
            answers,
            options: open.choices,
            scope: open.scope,
            until_ms: None,
        })
    }

    fn roll_call_and_answer(&self, name: &str, answer: &str) -> Result<(RecordId, Given), Fault> {
        let id = self.object_named("roll-call", RollCall::KIND, name)?;
        let view = self.view("roll-call", &id, roll_call::fold)?;
        if view.closed.is_some() {
            return Err(Fault::not_allowed("late", "this roll-call is closed"));
        }
        let given = parse_answer(&view, answer.trim())?;
        Ok((id, given))
    }

    fn answer_roll_call(&mut self, name: &str, answer: &str, note: String) -> Result<Answer, Fault> {
        let (id, answer) = self.roll_call_and_answer(name, answer)?;
        self.continue_object(id, &AnswerGiven { answer, note })
    }

    fn told(
        &mut self,
        name: &str,
        unit: String,
        answer: &str,
        how: How,
        witness: &str,
    ) -> Result<Answer, Fault> {
        let (id, answer) = self.roll_call_and_answer(name, answer)?;
        let on_roll =
            self.state.as_ref().and_then(|state| state.roll()).is_some_and(|roll| roll.unit(&unit).is_some());
        if !on_roll {
            return Err(Fault::not_found("unit", &unit).hint("`linli roll show` lists the units"));
        }
        let witness_household = self.household_named(witness).ok();
        let told =
            Told { unit, answer, how, witness: witness.to_owned(), witness_household, note: String::new() };
        self.continue_object(id, &told)
    }

    fn open_request(&mut self, open: RequestOpen) -> Result<Answer, Fault> {
        let mut draft = Problem::begin();
        let mut captions = Vec::new();
        if let Some(path) = &open.picture {
            draft.blobs.push(self.bring_picture(path)?);
            captions.push(String::new());
        }
        let category = if open.category.is_empty() { "other".to_owned() } else { open.category };
        let problem = Problem {
            title: open.title.trim().to_owned(),
            text: open.text,
            category,
            place: Place { words: open.place, ..Place::default() },
            urgent: false,
            captions,
        };
        let saying = Saying { draft, body: problem.body()? };
        self.refuse_without_effect(&saying.draft, &saying.body)?;
        let record = self.say(saying)?;
        Ok(self.said(record))
    }

    fn step_request(&mut self, name: &str, step: &str, text: String) -> Result<Answer, Fault> {
        let (step, satisfied) = match step {
            "taken" => (Step::Taken, None),
            "done" => (Step::Done, None),
            "judged-good" => (Step::Judged, Some(true)),
            "judged-bad" => (Step::Judged, Some(false)),
            "reopened" => (Step::Reopened, None),
            "comment" => (Step::Comment, None),
            "given-back" => (Step::GivenBack, None),
            other => {
                return Err(Fault::input("step", format!("no step {other:?}"))
                    .hint("one of: taken, done, given-back, judged-good, judged-bad, reopened, comment"));
            }
        };
        let id = self.object_named("request", Problem::KIND, name)?;
        self.refuse_idle_step(&id, step)?;
        self.continue_object(id, &RequestStep { step, text, satisfied, captions: Vec::new() })
    }

    /// A step that would change nothing is refused before it is signed.
    fn refuse_idle_step(&self, request: &RecordId, step: Step) -> Result<(), Fault> {
        let view = self.view("request", request, request::fold)?;
        let own = self.own_household();
        let opener = view.opened.by.household == own;
        let taker = view.taken_by.as_ref().is_some_and(|by| by.household == own);
        let follows = match step {
            Step::Comment => true,
            Step::Taken => view.status == Status::Open,
            Step::Done | Step::GivenBack => view.status == Status::Taken && taker,
            Step::Judged => view.status == Status::Done && opener,
            Step::Reopened => view.status != Status::Open && opener,
        };
        if follows {
            return Ok(());
        }
        Err(Fault::not_allowed("idle-step", "this step would change nothing where the request stands now")
            .hint("`linli request show` tells where it stands: whoever took it says done, whoever opened it judges"))
    }

    fn open_thread(&mut self, title: &str, audience: Option<&str>) -> Result<Answer, Fault> {
        let audience = match audience {
            None => None,
            Some(name) => Some(self.audience_named(name)?.audience),
        };
        let thread = Thread { title: title.trim().to_owned(), about: None };
        let saying = Saying { draft: Thread::begin(), body: thread.body()? };
        let record = self.say_where(audience, saying)?;
        Ok(self.said(record))
    }

    fn say_in_thread(&mut self, name: &str, text: &str, reply_to: Option<&str>) -> Result<Answer, Fault> {
        let id = self.object_named("thread", Thread::KIND, name)?;
        let mut message = Message::text(text);
        if let Some(reply_to) = reply_to {
            let view = self.view("thread", &id, talk::fold)?;
            let ids: Vec<RecordId> = view.messages.iter().map(|message| message.said.id).collect();
            message.reply_to = Some(pick("message", reply_to, ids.iter())?);
        }
        self.continue_object(id, &message)
    }

    /// A picture in a thread; in a sealed one it is sealed under the key its message will be sealed under.
    fn show_in_thread(
        &mut self,
        name: &str,
        path: &std::path::Path,
        caption: String,
    ) -> Result<Answer, Fault> {
        let id = self.object_named("thread", Thread::KIND, name)?;
        let audience = self.audience_of(&id)?;
        let message = Message { captions: vec![caption], ..Message::text("") };
        let body = message.body()?;
        let record = match audience {
            None => {
                let blob = self.bring_picture(path)?;
                let mut draft = self.draft_on::<Message>(id)?;
                draft.blobs.push(blob);
                self.say(Saying { draft, body })?
            }
            Some(audience) => {
                let (epoch, key) = self.key_for(&audience)?;
                let blob = self.bring_sealed(path, &Sealing { audience, epoch, key: &key })?;
                let mut draft = self.draft_on::<Message>(id)?;
                draft.blobs.push(blob);
                self.say_to(audience, (epoch, &key), Saying { draft, body })?
            }
        };
        Ok(self.said(record))
    }

    fn withdraw(&mut self, name: &str, reason: String) -> Result<Answer, Fault> {
        let record = self.own_record_named(name).map_err(|fault| self.if_anothers(name, fault))?;
        if !linli_community::content::withdraw::withdrawable(record.1) {
            return Err(Fault::not_allowed(
                "kept",
                "records of this kind can't be withdrawn: others rest on them",
            ));
        }
        let (target, _, object) = record;
        self.continue_object(object, &Withdraw { target, blob: None, reason })
    }

    /// What is held, and somebody else's, is not missing.
    fn if_anothers(&self, name: &str, fault: Fault) -> Fault {
        let of = [Notice::KIND, RollCall::KIND, Problem::KIND, Story::KIND, Thread::KIND].into_iter();
        if !of.into_iter().any(|kind| self.object_named("record", kind, name).is_ok()) {
            return fault;
        }
        Fault::not_allowed("not-the-author", "somebody else said this: only who said it takes it back")
            .hint("`linli log` tells who said what")
    }

    /// What this household said, by its name: id, kind, object. Whose log it stands in counts, not which: another device's
    /// of the household, or one of an earlier life.
    fn own_record_named(&self, name: &str) -> Result<(RecordId, Kind, RecordId), Fault> {
        let about = |record: &Record| (record.id(), record.kind, record.object_id());
        let own = self.own_household().ok_or_else(not_joined)?;
        let ours = |log: &LogId| self.author(log, None).household == Some(own);
        if let Ok(id) = name.trim().parse::<RecordId>() {
            let held = self.store.record(&id).map_err(|error| store_fault_read(&error))?;
            let held = held.filter(|record| ours(&record.log));
            return held.as_ref().map(about).ok_or_else(|| Fault::not_found("record of yours", name));
        }
        let prefix = name.trim().to_ascii_lowercase();
        let mut found = Vec::new();
        for tip in self.store.tips().filter(|tip| ours(&tip.log)) {
            self.each_record(tip, |record| {
                if record.id().to_string().starts_with(&prefix) {
                    found.push(about(record));
                }
            })?;
        }
        let ids: Vec<RecordId> = found.iter().map(|(id, ..)| *id).collect();
        let chosen = pick("record of yours", name, ids.iter())?;
        found.into_iter().find(|(id, ..)| *id == chosen).ok_or_else(|| Fault::not_found("record", name))
    }

    /// Walks a log to its end.
    fn each_record(&self, tip: &Tip, mut look: impl FnMut(&Record)) -> Result<(), Fault> {
        let mut from = 0;
        while from <= tip.seq {
            let page =
                self.store.records(&tip.log, from, tip.seq).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            page.iter().for_each(&mut look);
        }
        Ok(())
    }
}

/// Reads an answer in the form the roll-call asks for.
fn parse_answer(view: &roll_call::RollCallView, text: &str) -> Result<Given, Fault> {
    let wrong = |hint: String| {
        Fault::input("answer", format!("{text:?} is not an answer to this roll-call")).hint(hint)
    };
    match view.answers {
        AnswerKind::Here => Ok(Given::Here),
        AnswerKind::Text => Ok(Given::Text(text.to_owned())),
        AnswerKind::Number => {
            text.parse().map(Given::Number).map_err(|_| wrong("give a whole number".into()))
        }
        AnswerKind::YesNo => match text.to_lowercase().as_str() {
            "yes" | "y" | "\u{662f}" => Ok(Given::YesNo(true)),
            "no" | "n" | "\u{5426}" => Ok(Given::YesNo(false)),
            _ => Err(wrong("answer yes or no".into())),
        },
        AnswerKind::Choice => {
            let at =
                view.options.iter().position(|option| option == text).or_else(|| {
                    text.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < view.options.len())
                });
            let at = at.and_then(|at| u32::try_from(at).ok());
            at.map(Given::Choice).ok_or_else(|| wrong(format!("one of: {}", view.options.join(", "))))
        }
    }
}
