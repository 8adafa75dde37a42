//! Stories: texts neighbours write together, with pictures, corrections and replies.

use linli_community::content::Payload as _;
use linli_community::content::story::{
    self, EditError, Editors, NoteKind, Story, StoryChange, StoryNote, StoryView, document,
};
use linli_record::{LogId, RecordId};

use super::super::Core;
use super::super::own::{Saying, not_joined};
use crate::fault::Fault;
use crate::vocabulary::{Answer, Request};

impl Core {
    pub(super) fn ask_stories(&mut self, request: Request) -> Result<Answer, Fault> {
        match request {
            Request::StoryWrite { title, text } => self.write_story(&title, &text),
            Request::StoryEdit { story, base, title, text } => {
                self.edit_story(&story, base.as_deref(), title.as_deref(), text.as_deref())
            }
            Request::StoryPicture { story, path, caption } => self.add_picture(&story, &path, caption),
            Request::StoryNote { story, kind, text } => self.note_story(&story, &kind, text),
            Request::Stories => self.list(Story::KIND).map(Answer::Stories),
            Request::Story { story } => {
                let id = self.object_named("story", Story::KIND, &story)?;
                self.view("story", &id, story::fold).map(|view| Answer::Story(Box::new(view)))
            }
            other => self.ask_things(other),
        }
    }

    fn writing_log(&self) -> Result<LogId, Fault> {
        self.own_log().ok_or_else(not_joined)
    }

    fn write_story(&mut self, title: &str, text: &str) -> Result<Answer, Fault> {
        let log = self.writing_log()?;
        let mut chunks = document::begin(&log, title.trim(), text).map_err(edit_fault)?.into_iter();
        let change = chunks.next().ok_or_else(|| Fault::input("empty", "a story has a title or a text"))?;
        let story = Story { change, editors: Editors::Everyone, agreed: String::new(), captions: Vec::new() };
        let record = self.say(Saying { draft: Story::begin(), body: story.body()? })?;
        self.say_changes(record, chunks.collect())?;
        Ok(self.said(record))
    }

    fn say_changes(&mut self, story: RecordId, chunks: Vec<Vec<u8>>) -> Result<Vec<RecordId>, Fault> {
        let mut sayings = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let change = StoryChange { change: Some(chunk), captions: Vec::new() };
            let saying = Saying { draft: self.draft_on::<StoryChange>(story)?, body: change.body()? };
            if sayings.is_empty() {
                self.refuse_without_effect(&saying.draft, &saying.body)?;
            }
            sayings.push(saying);
        }
        if sayings.is_empty() { Ok(Vec::new()) } else { self.say_all(sayings) }
    }

    fn edit_story(
        &mut self,
        name: &str,
        base: Option<&str>,
        title: Option<&str>,
        text: Option<&str>,
    ) -> Result<Answer, Fault> {
        let log = self.writing_log()?;
        let id = self.object_named("story", Story::KIND, name)?;
        let (view, document) = self.view("story", &id, story::open)?;
        let document = document.ok_or_else(|| {
            Fault::input("not-editable", "this story was withdrawn, or its text is not held here yet")
        })?;
        let seen = match base {
            Some(base) => document.version_named(base).ok_or_else(base_unknown)?,
            None if self.is_all_ours(&view) => document.version(),
            None => return Err(base_missing()),
        };
        let chunks = document.edit_since(&log, &seen, title.map(str::trim), text).map_err(edit_fault)?;
        let records = self.say_changes(id, chunks)?;
        match records.last() {
            Some(record) => Ok(self.said(*record)),
            None => Ok(Answer::Done),
        }
    }

    /// Whether every word of it is this household's.
    fn is_all_ours(&self, story: &StoryView) -> bool {
        let own = self.own_household();
        own.is_some() && story.changes.iter().all(|change| change.said.by.household == own)
    }

    fn add_picture(&mut self, name: &str, path: &std::path::Path, caption: String) -> Result<Answer, Fault> {
        let id = self.object_named("story", Story::KIND, name)?;
        let blob = self.bring_picture(path)?;
        let change = StoryChange { change: None, captions: vec![caption] };
        let mut draft = self.draft_on::<StoryChange>(id)?;
        draft.blobs.push(blob);
        let record = self.say(Saying { draft, body: change.body()? })?;
        Ok(self.said(record))
    }

    fn note_story(&mut self, name: &str, kind: &str, text: String) -> Result<Answer, Fault> {
        let kind = match kind {
            "correction" => NoteKind::Correction,
            "reply" => NoteKind::Reply,
            "remark" => NoteKind::Remark,
            other => {
                return Err(Fault::input("note-kind", format!("no note of kind {other:?}"))
                    .hint("one of: correction, reply, remark"));
            }
        };
        let id = self.object_named("story", Story::KIND, name)?;
        self.continue_object(id, &StoryNote { kind, text, about: None, captions: Vec::new() })
    }
}

#[allow(clippy::needless_pass_by_value)]
fn edit_fault(error: EditError) -> Fault {
    Fault::input("story", error.to_string()).hint("shorten it, or continue in a new story")
}

fn base_missing() -> Fault {
    Fault::input("base-missing", "others wrote on this story too: say which version you read")
        .hint("`linli story show` prints the version; pass it on with --base")
}

fn base_unknown() -> Fault {
    Fault::input("base-unknown", "that is no version of this story, as this home holds it")
        .hint("`linli story show` prints the version to name")
}
