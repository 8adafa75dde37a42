//! `linli bundle`: records on a memory stick, where no network reaches.

use std::path::PathBuf;

use clap::Subcommand;
use linli_node::vocabulary::{Answer, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say};

use super::shared::absolute;
use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write what neighbours may lack into a file
    Export {
        /// The file to write
        file: PathBuf,
        /// Only what came after this number, as the last export printed it
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
        /// Household it is for: what it may read goes with it, sealed as it is
        #[arg(long = "for", value_name = "HOUSEHOLD")]
        reader: Option<String>,
    },
    /// Take in what a file brings
    Import {
        /// The file to read
        file: PathBuf,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let (request, text) = match self {
            Self::Export { file, after, reader } => {
                let path = absolute(&file)?;
                (
                    Request::BundleExport { path, after, reader, whole: false },
                    say!(session.speech, "bundle-writing"),
                )
            }
            Self::Import { file } => {
                let path = absolute(&file)?;
                (Request::BundleImport { path }, say!(session.speech, "bundle-reading"))
            }
        };
        let answer = session.ask_long(request, &text)?;
        session.answer(&answer)
    }
}

/// What was written or taken in.
pub(super) fn show(answer: &Answer, page: &mut Page<'_>) {
    let Answer::Bundle { records, refused, missing, after, until, ref cut, lacking, .. } = *answer else {
        return;
    };
    let speech = page.speech;
    page.line(&say!(speech, "bundle-records", records = records));
    if refused > 0 {
        page.line(&say!(speech, "bundle-refused", refused = refused));
    }
    if missing > 0 {
        page.line(&say!(speech, "bundle-missing", missing = missing, after = after));
    }
    if lacking > 0 {
        page.line(&say!(speech, "bundle-lacking", count = lacking));
    }
    if until > 0 {
        page.line(&say!(speech, "bundle-until", until = until));
    }
    if let Some(why) = cut {
        page.line(&match why.as_str() {
            "shorter" => say!(speech, "bundle-cut-shorter"),
            "no-entry" => say!(speech, "bundle-cut-no-entry"),
            _ => say!(speech, "bundle-cut-changed"),
        });
    }
}
