//! `verify` and `digest`: everything from the first block, and what equal copies print alike.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use linli_node::vocabulary::{Answer, CheckView, DigestAnswer, FaultView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say};
use serde::{Deserialize, Serialize};

use crate::arguments::misunderstood;

/// Bytes of a report's file that are read.
const FILE_BYTES: usize = 1024 * 1024;
/// Faults kept in a report; what is beyond is counted.
const FAULTS: usize = 1_000;

/// What a verification looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// When it ended: this machine's clock, milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Records whose place, hash and signature were looked at.
    pub(crate) records: u64,
    /// Public logs among them.
    pub(crate) logs: u64,
    /// Blocks, from the first.
    pub(crate) blocks: u64,
    /// The digest then.
    pub(crate) digest: String,
    /// How many faults there were.
    pub(crate) fault_count: usize,
    /// The faults, each with its place.
    pub(crate) faults: Vec<FaultView>,
}

impl Report {
    /// What a check and a digest say together.
    pub(crate) fn of(checked: &CheckView, digest: &DigestAnswer) -> Self {
        Self {
            logs: digest.of.logs,
            blocks: digest.head.map_or(0, |(height, _)| height + 1),
            digest: digest.of.digest.to_string(),
            ..Self::without_digest(checked)
        }
    }

    /// Of a store too damaged to be opened there is no digest.
    pub(crate) fn without_digest(checked: &CheckView) -> Self {
        Self {
            at_ms: now_ms(),
            records: checked.records,
            logs: checked.logs,
            blocks: checked.blocks,
            digest: String::new(),
            fault_count: checked.faults.len() + usize::try_from(checked.more).unwrap_or(usize::MAX),
            faults: checked.faults.iter().take(FAULTS).cloned().collect(),
        }
    }

    /// The attachments found damaged: each is set aside and wanted again.
    pub(crate) fn wanted_again(&self) -> impl Iterator<Item = Request> {
        let attachments = self.faults.iter().filter(|fault| fault.place == "attachment");
        attachments.map(|fault| Request::AttachmentAgain { hash: fault.at.clone() })
    }

    /// The last one of a home.
    pub(crate) fn read(home: &Path) -> Option<Self> {
        let bytes = std::fs::read(path(home)).ok().filter(|bytes| bytes.len() <= FILE_BYTES)?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Leaves it for `status`. Losing it loses nothing: a verification can be made again.
    pub(crate) fn leave(&self, home: &Path) {
        let whole = path(home).with_extension("new");
        let written = serde_json::to_vec(self)
            .map_err(std::io::Error::other)
            .and_then(|bytes| std::fs::write(&whole, bytes))
            .and_then(|()| std::fs::rename(&whole, path(home)));
        if let Err(error) = written {
            tracing::warn!(%error, "the report could not be left");
        }
    }
}

fn path(home: &Path) -> std::path::PathBuf {
    home.join("archive-verified.json")
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Verifies, prints what was looked at, and ends with the code of damage when there is any.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    session.tell(&say!(session.speech, "verifying"));
    let report = match session.ask(Request::Check) {
        Ok(Answer::Checked(checked)) => Report::of(&checked, &ask_digest(session)?),
        Err(Failure::Fault(fault)) if fault.code == "store-damaged" => closed(session)?,
        Err(failure) => return Err(failure),
        Ok(_) => return Err(misunderstood().into()),
    };
    report.leave(&session.home);
    for again in report.wanted_again() {
        session.ask(again)?;
    }
    let answer = serde_json::json!({ "answer": "verified", "value": report });
    session.result(&answer, |page| write(&report, page))?;
    if report.fault_count == 0 { Ok(()) } else { Err(Failure::Damaged) }
}

/// A store too damaged to be opened is looked at while it is closed.
fn closed(session: &Session) -> Result<Report, Failure> {
    match linli_node::examine(&session.home, &mut |_| {})? {
        Answer::Checked(checked) => Ok(Report::without_digest(&checked)),
        _ => Err(misunderstood().into()),
    }
}

/// Prints the digest.
pub(crate) fn digest(session: &Session) -> Result<(), Failure> {
    let digest = ask_digest(session)?;
    session.result(&Answer::Digest(digest.clone()), |page| {
        page.line(&digest.of.digest.to_string());
        if digest.of.missing > 0 {
            page.line(&say!(page.speech, "digest-missing", count = digest.of.missing));
        }
    })
}

fn ask_digest(session: &Session) -> Result<DigestAnswer, Failure> {
    match session.ask(Request::Digest)? {
        Answer::Digest(digest) => Ok(digest),
        _ => Err(misunderstood().into()),
    }
}

/// A report's page.
pub(crate) fn write(report: &Report, page: &mut Page<'_>) {
    let speech = page.speech;
    page.fields(&[
        (say!(speech, "verified-records"), report.records.to_string()),
        (say!(speech, "verified-logs"), report.logs.to_string()),
        (say!(speech, "verified-blocks"), report.blocks.to_string()),
        (say!(speech, "verified-digest"), report.digest.clone()),
    ]);
    write_faults(report, page);
    let verdict = match report.fault_count {
        0 => say!(speech, "verified-sound"),
        count => say!(speech, "verified-faults", count = count),
    };
    page.line(&verdict);
}

/// The faults by their kind, and under each kind what to do about it.
fn write_faults(report: &Report, page: &mut Page<'_>) {
    let kinds: BTreeSet<&str> = report.faults.iter().map(|fault| fault.place.as_str()).collect();
    for kind in kinds {
        page.gap();
        for fault in report.faults.iter().filter(|fault| fault.place == kind) {
            page.line(&fault.to_string());
        }
        let advice = page.speech.known("advice", kind).unwrap_or_else(|| page.speech.word("advice", "other"));
        page.prose(&advice);
    }
    page.gap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_fault_says_what_to_do_about_it() {
        for language in [linli_speech::Language::Zh, linli_speech::Language::En] {
            let speech = linli_speech::Speech::of(language, &crate::TEXTS);
            for place in FaultView::PLACES {
                assert!(speech.known("advice", place).is_some(), "{language:?}: {place}");
            }
        }
    }

    #[test]
    fn a_report_that_does_not_read_is_no_report() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Report::read(home.path()), None);
        std::fs::write(path(home.path()), b"{").unwrap();
        assert_eq!(Report::read(home.path()), None);
    }

    #[test]
    fn a_report_is_read_back_as_it_was_left() {
        let home = tempfile::tempdir().unwrap();
        let report = Report {
            at_ms: 1,
            records: 2,
            logs: 1,
            blocks: 3,
            digest: "00".into(),
            fault_count: 1,
            faults: vec![FaultView { place: "tip".into(), at: "1".into(), what: "a hash differs".into() }],
        };
        report.leave(home.path());
        assert_eq!(Report::read(home.path()), Some(report));
    }
}
