//! What goes wrong when a node is asked something: one kind a program can act on, one sentence a person can.

use std::io::ErrorKind;

use linli_community::roll::BadLine;
use serde::{Deserialize, Serialize};

/// Stable kinds; `linli` turns them into exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The request is malformed or breaks a bound: change it.
    Input,
    /// Nothing by that name.
    NotFound,
    /// More than one thing by that name.
    Ambiguous,
    /// The community's rules say no.
    NotAllowed,
    /// This home is not (yet) a member.
    NotJoined,
    /// Someone else must act first: an approval, a witness, a neighbour.
    Waiting,
    /// The network did not carry it.
    Unreachable,
    /// The disk refused or holds damaged bytes.
    Disk,
    /// Another program has the home open.
    Busy,
    /// The node is stopping or has stopped.
    Stopped,
    /// Needs a newer Linli.
    Newer,
    /// A defect of this program.
    Internal,
}

/// A refusal, its cause, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// For programs.
    pub kind: FaultKind,
    /// Stable code of the reason, for translation and tests.
    pub code: String,
    /// For people, in English; screens translate by code.
    pub message: String,
    /// What to do, if there is something.
    pub hint: Option<String>,
    /// Lines that explain further: every bad line of a file, every cause.
    pub details: Vec<String>,
    /// For a roll that was refused: every bad line with its stable code; the same as `details` say in English.
    #[serde(default)]
    pub lines: Box<[BadLine]>,
}

impl Fault {
    /// A fault of a kind, with its code and sentence.
    pub fn new(kind: FaultKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            details: Vec::new(),
            lines: Box::default(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds lines that explain further.
    #[must_use]
    pub fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// Bad input.
    pub fn input(code: &str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Input, code, message)
    }

    /// Nothing by that name.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::new(FaultKind::NotFound, "not-found", format!("no {what} {name:?}"))
    }

    /// The rules say no.
    pub fn not_allowed(code: &str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::NotAllowed, code, message)
    }

    /// The node has ended.
    #[must_use]
    pub fn stopped() -> Self {
        Self::new(FaultKind::Stopped, "stopped", "the node has stopped")
    }

    /// A defect of this program ended the work; nothing of it was acknowledged.
    #[must_use]
    pub fn failed() -> Self {
        Self::new(FaultKind::Internal, "failed", "the node failed at this and goes on without it")
            .hint("its log says more; please report it")
    }

    /// The disk refused; the causes in order.
    #[must_use]
    pub fn disk(doing: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let causes: Vec<_> = std::iter::successors(Some(error), |error| error.source()).collect();
        let io = |kinds: &[ErrorKind]| {
            causes.iter().any(|cause| {
                cause.downcast_ref::<std::io::Error>().is_some_and(|error| kinds.contains(&error.kind()))
            })
        };
        let full =
            causes.iter().any(|cause| matches!(cause.downcast_ref(), Some(linli_store::WriteError::Full)));
        let (code, hint) = if full || io(&[ErrorKind::StorageFull, ErrorKind::QuotaExceeded]) {
            (
                "disk-full",
                "the disk is full: nothing was acknowledged, nothing is lost; make room and say it again",
            )
        } else if io(&[ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem]) {
            ("forbidden", "this account may not write there; use its owner's, or another folder")
        } else {
            ("disk", "nothing was acknowledged; check the disk, then try again")
        };
        Self::new(FaultKind::Disk, code, format!("{doing} failed"))
            .details(causes.iter().map(ToString::to_string))
            .hint(hint)
    }

    /// The store is not as it was written; it was left as it is.
    #[must_use]
    pub fn store_damaged(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Disk, "store-damaged", message).hint(
            "nothing was changed; `linli check` says what is damaged, `linli repair` saves what can be saved, and the \
             rest comes again from the neighbours",
        )
    }
}

impl From<crate::home::HomeError> for Fault {
    fn from(error: crate::home::HomeError) -> Self {
        use crate::home::HomeError;
        let message = error.to_string();
        match &error {
            HomeError::Missing(_) => Self::new(FaultKind::NotFound, "no-home", message)
                .hint("found a community with `linli found`, or join one with `linli join INVITE`"),
            HomeError::Exists(_) => {
                Self::input("home-exists", message).hint("choose another folder with --home")
            }
            HomeError::Busy(_) => Self::new(FaultKind::Busy, "busy", message)
                .hint("a node or command is using this home; wait for it, or stop it"),
            HomeError::Damaged { .. } => Self::new(FaultKind::Disk, "damaged", message)
                .hint("restore the file from a backup; it was left as it is"),
            HomeError::Disk { .. } => Self::disk("using the home folder", &error),
        }
    }
}

impl From<linli_record::Refused> for Fault {
    fn from(refused: linli_record::Refused) -> Self {
        // What a person wrote is no "malformed" thing: the field and what is wrong with it.
        let text = refused.to_string();
        Self::input(refused.code(), text.strip_prefix("malformed ").unwrap_or(&text))
    }
}
