//! `linli story`: what is kept for ever, written by several people at once.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use linli_community::content::story::{StoryNoteView, StoryView};
use linli_node::Fault;
use linli_node::vocabulary::{Family, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, code, moment, say, short};

use super::shared::{TextArgs, absolute};
use crate::commands::answer::Asking as _;
use crate::render::phrase::{asides, mark, name, pictures, said, title_or, titled};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a story
    Write {
        /// Its title
        title: String,
        #[command(flatten)]
        text: TextArgs,
    },
    /// Change a story to read like this; what others write meanwhile is kept
    Edit(Edit),
    /// Add a picture
    Picture {
        /// The story
        story: String,
        /// The picture file (JPEG or PNG)
        file: PathBuf,
        /// Words under it
        #[arg(long, default_value = "")]
        caption: String,
    },
    /// Add a correction, reply or remark beside a story
    Note {
        /// The story
        story: String,
        /// What it is
        #[arg(value_enum)]
        kind: NoteWord,
        /// Its text
        text: String,
    },
    /// Stories, newest first
    List {
        /// Only what was set aside, with the reason
        #[arg(long)]
        aside: bool,
    },
    /// One story
    Show {
        /// The story
        story: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The story
    story: String,
    /// The version you read before you changed it, as `story show` prints it; needed once others wrote on the story too
    #[arg(long, value_name = "VERSION")]
    base: Option<String>,
    /// The new title
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    text: TextArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum NoteWord {
    Correction,
    Reply,
    Remark,
}

impl NoteWord {
    const fn word(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Reply => "reply",
            Self::Remark => "remark",
        }
    }
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Write { title, text } => {
                Request::StoryWrite { title, text: text.read()?.unwrap_or_default() }
            }
            Self::Edit(edit) => edit.request()?,
            Self::Picture { story, file, caption } => {
                Request::StoryPicture { story, path: absolute(&file)?, caption }
            }
            Self::Note { story, kind, text } => {
                Request::StoryNote { story, kind: kind.word().to_owned(), text }
            }
            Self::List { aside: true } => Request::Aside { family: Family::Stories },
            Self::List { aside: false } => Request::Stories,
            Self::Show { story } => Request::Story { story },
        })
    }
}

impl Edit {
    fn request(self) -> Result<Request, Failure> {
        let text = self.text.read()?;
        if text.is_none() && self.title.is_none() {
            let fault = Fault::input("nothing-to-change", "neither a new title nor a new text was given");
            return Err(fault.hint("use --title, --text or --file").into());
        }
        Ok(Request::StoryEdit { story: self.story, base: self.base, title: self.title, text })
    }
}

/// Stories, newest first.
pub(super) fn list(views: &[StoryView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-stories"));
    }
    let headings = [
        say!(speech, "head-story"),
        say!(speech, "head-title"),
        say!(speech, "head-who"),
        say!(speech, "head-when"),
        say!(speech, "head-pictures"),
    ];
    let rows = views.iter().map(|view| {
        vec![
            short(&view.id),
            titled(&view.opened, view.mark.as_ref(), &view.title, speech),
            writers(view, speech),
            moment(view.opened.claimed_ms),
            view.pictures.len().to_string(),
        ]
    });
    page.table(&headings, rows);
}

/// One story.
pub(super) fn show(view: &StoryView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&title_or(view.mark.as_ref(), &view.title, speech));
    if !view.other_titles.is_empty() {
        page.line(&say!(speech, "story-other-titles", titles = view.other_titles.join(" / ")));
    }
    page.line(&said(&view.opened, speech));
    page.line(&say!(speech, "story-writers", names = writers(view, speech)));
    if !view.version.is_empty() {
        page.line(&say!(speech, "story-version", version = version(view)));
    }
    if !view.agreed.is_empty() {
        page.line(&say!(speech, "story-agreed", text = view.agreed.as_str()));
    }
    page.gap();
    page.prose(&view.text);
    let shown: Vec<_> = view.pictures.iter().map(|added| added.picture.clone()).collect();
    pictures(&shown, page);
    for note in &view.notes {
        page.gap();
        show_note(note, page);
    }
    if view.full {
        page.gap();
        page.line(&say!(speech, "story-full"));
    }
    asides(&view.asides, page);
}

/// The version, each of its hashes cut short.
fn version(view: &StoryView) -> String {
    view.version.split('+').map(|hash| short(&hash)).collect::<Vec<_>>().join("+")
}

/// Everyone whose changes make the text, each once, in order of their first.
fn writers(view: &StoryView, speech: &Speech) -> String {
    let mut names = vec![name(&view.opened.by, speech)];
    for change in &view.changes {
        let writer = name(&change.said.by, speech);
        if !names.contains(&writer) {
            names.push(writer);
        }
    }
    speech.list(&names)
}

fn show_note(note: &StoryNoteView, page: &mut Page<'_>) {
    let speech = page.speech;
    let kind = note.kind.map(|kind| speech.word("note", &code(&kind))).unwrap_or_default();
    page.line(&format!("{kind}  {}", said(&note.said, speech)));
    match &note.mark {
        Some(there) => page.prose(&mark(there, speech)),
        None => page.prose(&note.text),
    }
    pictures(&note.pictures, page);
}
