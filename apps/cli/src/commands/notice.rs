//! `linli notice`: what everyone should know, and who has read it.

use clap::{Args, Subcommand};
use linli_community::content::notice::{NoticeVersion, NoticeView};
use linli_node::vocabulary::{Family, NoticePost, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, moment, say, short};

use super::shared::{ScopeArgs, TextArgs};
use crate::commands::answer::Asking as _;
use crate::render::phrase::{asides, mark, name, pictures, said, scope, title_or, titled};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Post a notice
    Post(Post),
    /// Post a new version of a notice
    Replace {
        /// The notice
        notice: String,
        #[command(flatten)]
        post: Post,
    },
    /// Notices in force, newest first
    List {
        /// Expired and withdrawn ones too
        #[arg(long)]
        all: bool,
        /// Only what was set aside, with the reason
        #[arg(long, conflicts_with = "all")]
        aside: bool,
    },
    /// One notice, with its versions and who has read it
    Show {
        /// The notice
        notice: String,
    },
    /// Say that you have read the newest version
    Ack {
        /// The notice
        notice: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    /// Its title
    title: String,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Ask everyone it is for to say that they read it
    #[arg(long)]
    must_read: bool,
    /// Days it is in force; for ever when left out
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
}

impl Post {
    fn request(self, replaces: Option<String>) -> Result<Request, Failure> {
        Ok(Request::NoticePost(NoticePost {
            replaces,
            title: self.title,
            text: self.text.read()?.unwrap_or_default(),
            scope: self.scope.scope()?,
            must_read: self.must_read,
            days: self.days,
        }))
    }
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Post(post) => post.request(None)?,
            Self::Replace { notice, post } => post.request(Some(notice))?,
            Self::List { aside: true, .. } => Request::Aside { family: Family::Notices },
            Self::List { all, .. } => Request::Notices { all },
            Self::Show { notice } => Request::Notice { notice },
            Self::Ack { notice } => Request::Acknowledge { notice },
        })
    }
}

/// Notices, newest first.
pub(super) fn list(views: &[NoticeView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-notices"));
    }
    let headings = [
        say!(speech, "head-notice"),
        say!(speech, "head-title"),
        say!(speech, "head-for"),
        say!(speech, "head-who"),
        say!(speech, "head-until"),
        say!(speech, "head-read"),
    ];
    let rows = views.iter().map(|view| {
        let version = view.current.as_ref();
        let title = version.map(|version| version.title.as_str()).unwrap_or_default();
        let read = view.acknowledged.iter().filter(|seen| seen.current).count();
        vec![
            short(&view.id),
            titled(&view.opened, view.mark.as_ref(), title, speech),
            version.map(|version| scope(&version.scope, speech)).unwrap_or_default(),
            name(&view.opened.by, speech),
            version.and_then(|version| version.expires_ms).map(moment).unwrap_or_default(),
            if version.is_some_and(|version| version.must_read) { read.to_string() } else { String::new() },
        ]
    });
    page.table(&headings, rows);
}

/// One notice.
pub(super) fn show(view: &NoticeView, page: &mut Page<'_>) {
    let speech = page.speech;
    match &view.current {
        Some(version) => show_version(version, page),
        None => page.title(&title_or(view.mark.as_ref(), "", speech)),
    }
    if !view.conflicts.is_empty() {
        let ids: Vec<String> = view.conflicts.iter().map(short).collect();
        page.line(&say!(speech, "notice-conflicts", ids = speech.list(&ids)));
    }
    if view.history.len() > 1 {
        page.gap();
        page.line(&say!(speech, "versions"));
        let rows = view.history.iter().map(|version| {
            let title = title_or(version.mark.as_ref(), &version.title, speech);
            vec![short(&version.said.id), title, moment(version.said.claimed_ms)]
        });
        page.table(&[], rows);
    }
    readers(view, page);
    asides(&view.asides, page);
}

fn show_version(version: &NoticeVersion, page: &mut Page<'_>) {
    let speech = page.speech;
    if let Some(there) = &version.mark {
        page.title(&mark(there, speech));
        return;
    }
    page.title(&version.title);
    page.line(&said(&version.said, speech));
    page.line(&scope(&version.scope, speech));
    if let Some(ms) = version.expires_ms {
        page.line(&say!(speech, "until", time = moment(ms)));
    }
    page.gap();
    page.prose(&version.text);
    pictures(&version.pictures, page);
}

fn readers(view: &NoticeView, page: &mut Page<'_>) {
    let speech = page.speech;
    if view.acknowledged.is_empty() {
        return;
    }
    page.gap();
    page.line(&say!(speech, "read-by"));
    let rows = view.acknowledged.iter().map(|seen| {
        let earlier = if seen.current { String::new() } else { say!(speech, "read-earlier-version") };
        vec![name(&seen.said.by, speech), moment(seen.said.claimed_ms), short(&seen.version), earlier]
    });
    page.table(&[], rows);
}
