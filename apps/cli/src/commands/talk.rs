//! `linli talk`: short messages in threads.

use std::path::PathBuf;

use clap::Subcommand;
use linli_community::content::talk::{MessageView, ThreadView};
use linli_node::vocabulary::{Family, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, moment, say, short};

use crate::commands::answer::Asking as _;
use crate::commands::shared::absolute;
use crate::render::phrase::{asides, mark, name, pictures, said, title_or, titled};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open a thread
    Open {
        /// What it is about
        title: String,
        /// The audience that may read it; everyone when left out
        #[arg(long)]
        audience: Option<String>,
    },
    /// Say something in a thread
    Say {
        /// The thread
        thread: String,
        /// What to say
        text: String,
        /// The message you answer
        #[arg(long, value_name = "MESSAGE")]
        reply: Option<String>,
    },
    /// Show a picture in a thread
    Picture {
        /// The thread
        thread: String,
        /// The picture's file
        file: PathBuf,
        /// Words under it
        #[arg(long, default_value = "")]
        caption: String,
    },
    /// Threads, newest first
    List {
        /// Only what was set aside, with the reason
        #[arg(long)]
        aside: bool,
    },
    /// One thread
    Show {
        /// The thread
        thread: String,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Open { title, audience } => Request::ThreadOpen { title, audience },
            Self::Say { thread, text, reply } => Request::Say { thread, text, reply_to: reply },
            Self::Picture { thread, file, caption } => {
                Request::SayPicture { thread, path: absolute(&file)?, caption }
            }
            Self::List { aside: true } => Request::Aside { family: Family::Threads },
            Self::List { aside: false } => Request::Threads,
            Self::Show { thread } => Request::Thread { thread },
        })
    }
}

/// Threads, newest first.
pub(super) fn list(views: &[ThreadView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-threads"));
    }
    let headings = [
        say!(speech, "head-thread"),
        say!(speech, "head-title"),
        say!(speech, "head-who"),
        say!(speech, "head-messages"),
        say!(speech, "head-last"),
    ];
    let rows = views.iter().map(|view| {
        let last = view.messages.last().map_or(view.opened.claimed_ms, |message| message.said.claimed_ms);
        vec![
            short(&view.id),
            titled(&view.opened, view.mark.as_ref(), &view.title, speech),
            name(&view.opened.by, speech),
            view.messages.len().to_string(),
            moment(last),
        ]
    });
    page.table(&headings, rows);
}

/// One thread.
pub(super) fn show(view: &ThreadView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&title_or(view.mark.as_ref(), &view.title, speech));
    page.line(&said(&view.opened, speech));
    for message in &view.messages {
        page.gap();
        show_message(message, view, page);
    }
    asides(&view.asides, page);
}

fn show_message(message: &MessageView, thread: &ThreadView, page: &mut Page<'_>) {
    let speech = page.speech;
    let mut head = format!("{}  {}", short(&message.said.id), said(&message.said, speech));
    if !message.earlier.is_empty() {
        head.push_str(&format!("  {}", say!(speech, "edited")));
    }
    page.line(&head);
    let answered = message.reply_to.and_then(|id| thread.messages.iter().find(|other| other.said.id == id));
    if let Some(other) = answered {
        page.prose(&say!(
            speech,
            "in-reply-to",
            name = name(&other.said.by, speech),
            message = short(&other.said.id)
        ));
    }
    match &message.mark {
        Some(there) => page.prose(&mark(there, speech)),
        None => page.prose(&message.text),
    }
    pictures(&message.pictures, page);
}
