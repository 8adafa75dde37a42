//! Notices (112) and their acknowledgements (113).
//!
//! A notice is edited by a further notice record that names the version it replaces; an acknowledgement names the exact
//! version read. Versions come from the party that published the notice. Two versions replacing one are both kept: the
//! later in canonical order is shown, the other listed as a conflict.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::coverage::{Coverage, Reached};
use super::entry::{Context, Entry, Party, Said};
use super::limits;
use super::object::{Aside, Gathered, Picture, pictures};
use super::payload::{Payload, captions, line, prose};
use super::scope::Scope;
use super::withdraw::Mark;
use crate::kinds;

/// The body of a notice, or of a later version of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Notice {
    /// One line.
    #[n(0)]
    pub title: String,
    /// The text; may be empty.
    #[n(1)]
    pub text: String,
    /// For whom.
    #[n(2)]
    pub scope: Scope,
    /// When it stops mattering, milliseconds since 1970.
    #[n(3)]
    pub expires_ms: Option<u64>,
    /// Whether everyone meant is asked to acknowledge it.
    #[n(4)]
    pub must_read: bool,
    /// The version this one replaces; absent in the first.
    #[n(5)]
    pub replaces: Option<RecordId>,
    /// Under the attachments, in their order.
    #[n(6)]
    pub captions: Vec<String>,
}

impl Payload for Notice {
    const KIND: Kind = kinds::NOTICE;
    const NAME: &'static str = "notice";

    fn check(&self) -> Result<(), Refused> {
        line("title", &self.title, limits::TITLE)?;
        prose("text", &self.text, limits::TEXT)?;
        self.scope.check()?;
        captions(&self.captions)
    }
}

/// The body of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Acknowledge {
    /// The record of the version that was read.
    #[n(0)]
    pub version: RecordId,
}

impl Payload for Acknowledge {
    const KIND: Kind = kinds::ACKNOWLEDGE;
    const NAME: &'static str = "acknowledge";

    fn check(&self) -> Result<(), Refused> {
        Ok(())
    }
}

/// A notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// The object.
    pub id: RecordId,
    /// Who published it.
    pub opened: Said,
    /// In its place, when the whole notice was withdrawn.
    pub mark: Option<Mark>,
    /// The version to read; `None` when withdrawn.
    pub current: Option<NoticeVersion>,
    /// Every version, in canonical order, the current one among them.
    pub history: Vec<NoticeVersion>,
    /// Other versions that nothing replaces.
    pub conflicts: Vec<RecordId>,
    /// Who acknowledged which version: once a household and version.
    pub acknowledged: Vec<Acknowledged>,
    /// Shown, without effect.
    pub asides: Vec<Aside>,
}

/// One version of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeVersion {
    /// Its record, who wrote it, when.
    pub said: Said,
    /// In its place, when it can't be shown; the fields below are then empty.
    pub mark: Option<Mark>,
    /// One line.
    pub title: String,
    /// The text.
    pub text: String,
    /// For whom.
    pub scope: Scope,
    /// When it stops mattering, milliseconds since 1970.
    pub expires_ms: Option<u64>,
    /// Whether everyone meant is asked to acknowledge it.
    pub must_read: bool,
    /// The version it replaced.
    pub replaces: Option<RecordId>,
    /// Its attachments.
    pub pictures: Vec<Picture>,
}

/// One household's acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The record, who, when.
    pub said: Said,
    /// The version read.
    pub version: RecordId,
    /// Whether that is the version to read.
    pub current: bool,
}

impl NoticeView {
    /// Whether it stopped mattering by `now_ms`.
    #[must_use]
    pub fn expired(&self, now_ms: u64) -> bool {
        self.current.as_ref().and_then(|version| version.expires_ms).is_some_and(|at| at <= now_ms)
    }

    /// Who has acknowledged the current version, over every unit it is meant for.
    #[must_use]
    pub fn coverage(&self, ctx: &Context<'_>) -> Coverage {
        let Some(current) = &self.current else {
            return Coverage::default();
        };
        let mut reached = Reached::default();
        for seen in self.acknowledged.iter().filter(|seen| seen.current) {
            reached.households.extend(seen.said.by.household);
            reached.units.extend(seen.said.by.units.iter().cloned());
        }
        Coverage::count(&current.scope, &reached, ctx)
    }
}

/// Folds a notice from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], ctx: &Context<'_>) -> Option<NoticeView> {
    let object = Gathered::of::<Notice>(entries)?;
    let mut view = NoticeView {
        id: object.id(),
        opened: object.begin.said(),
        mark: object.withdrawn(),
        current: None,
        history: Vec::new(),
        conflicts: Vec::new(),
        acknowledged: Vec::new(),
        asides: object.asides.clone(),
    };
    if view.mark.is_none() {
        view.read_versions(&object);
        view.read_acknowledgements(&object, ctx);
    }
    Some(view)
}

impl NoticeView {
    fn read_versions(&mut self, object: &Gathered<'_, '_>) {
        let publisher = object.begin.author.party();
        let mut own = Vec::new();
        for entry in object.rest.iter().filter(|entry| entry.record.kind == Notice::KIND) {
            if entry.author.party() == publisher {
                own.push((*entry, NoticeVersion::read(object, entry)));
            } else {
                self.asides.push(Aside::of(entry, "not-the-publisher"));
            }
        }
        let known = known_versions(&object.id(), own.iter().map(|(_, version)| version));
        self.history.push(NoticeVersion::read(object, object.begin));
        for (entry, version) in own {
            if known.contains(&version.said.id) {
                self.history.push(version);
            } else {
                self.asides.push(Aside::of(entry, "unknown-version"));
            }
        }
        self.choose();
    }

    /// The current version is the last one that nothing replaces; a version whose bytes are missing is never chosen
    /// over one that can be read.
    fn choose(&mut self) {
        let replaced: BTreeSet<RecordId> =
            self.history.iter().filter_map(|version| version.replaces).collect();
        let mut heads: Vec<&NoticeVersion> =
            self.history.iter().filter(|version| !replaced.contains(&version.said.id)).collect();
        heads.sort_by_key(|version| version.mark.is_none());
        if let Some((current, others)) = heads.split_last() {
            self.conflicts = others.iter().filter(|v| v.mark.is_none()).map(|v| v.said.id).collect();
            self.current = Some((*current).clone());
        }
    }

    /// Whether that version is meant for the entry's author.
    fn asks(&self, version: &RecordId, entry: &Entry<'_>, ctx: &Context<'_>) -> bool {
        let version = self.history.iter().find(|held| held.said.id == *version);
        version.is_some_and(|version| version.scope.means(entry.author, ctx))
    }

    fn read_acknowledgements(&mut self, object: &Gathered<'_, '_>, ctx: &Context<'_>) {
        let current = self.current.as_ref().map(|version| version.said.id);
        let versions: BTreeSet<RecordId> = self.history.iter().map(|version| version.said.id).collect();
        let mut counted: BTreeSet<(RecordId, Party)> = BTreeSet::new();
        for entry in object.rest.iter().filter(|entry| entry.record.kind == Acknowledge::KIND) {
            match object.read::<Acknowledge>(entry) {
                Err(mark) => self.asides.push(Aside::of(entry, mark.code())),
                Ok(seen) if !versions.contains(&seen.version) => {
                    self.asides.push(Aside::of(entry, "unknown-version"));
                }
                Ok(seen) if !self.asks(&seen.version, entry, ctx) => {
                    self.asides.push(Aside::of(entry, "outside"));
                }
                Ok(seen) => {
                    if counted.insert((seen.version, entry.author.party())) {
                        let is_current = Some(seen.version) == current;
                        let said = entry.said();
                        self.acknowledged.push(Acknowledged {
                            said,
                            version: seen.version,
                            current: is_current,
                        });
                    }
                }
            }
        }
    }
}

/// The versions that lead back to the first one, or to one whose bytes are missing. A version may precede the one it
/// replaces when its author named it without referring to it.
fn known_versions<'v>(
    first: &RecordId,
    versions: impl Iterator<Item = &'v NoticeVersion>,
) -> BTreeSet<RecordId> {
    let mut reached = vec![*first];
    let mut replacing: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    for version in versions {
        match (&version.mark, version.replaces) {
            (Some(_), _) => reached.push(version.said.id),
            (None, Some(replaced)) => replacing.entry(replaced).or_default().push(version.said.id),
            (None, None) => {}
        }
    }
    let mut known = BTreeSet::new();
    while let Some(id) = reached.pop() {
        if known.insert(id) {
            reached.extend(replacing.remove(&id).unwrap_or_default());
        }
    }
    known
}

impl NoticeVersion {
    fn read(object: &Gathered<'_, '_>, entry: &Entry<'_>) -> Self {
        #[cfg(test)]
        tests::READ.with(|read| read.set(read.get() + 1));
        match object.read::<Notice>(entry) {
            Ok(notice) => Self {
                said: entry.said(),
                mark: None,
                pictures: pictures(entry, &notice.captions, &object.marks),
                title: notice.title,
                text: notice.text,
                scope: notice.scope,
                expires_ms: notice.expires_ms,
                must_read: notice.must_read,
                replaces: notice.replaces,
            },
            Err(mark) => Self {
                said: entry.said(),
                mark: Some(mark),
                title: String::new(),
                text: String::new(),
                scope: Scope::Everyone,
                expires_ms: None,
                must_read: false,
                replaces: None,
                pictures: Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use linli_record::{CommunityId, Incarnation, LogOpen, LogWriter, SecretKey};

    use super::*;
    use crate::content::{Author, Standing};

    thread_local! {
        /// Versions read by this test.
        pub(super) static READ: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn a_notice_corrected_two_thousand_times_is_read_once_a_version() {
        let key = SecretKey::from_bytes(&[1; 32]);
        let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "test");
        let mut log = LogWriter::begin(CommunityId::from([9; 32]), key, &open, [0; 16], 0, 1).expect("a log");
        let mut notice = Notice {
            title: "Water off".to_owned(),
            text: String::new(),
            scope: Scope::Estate,
            expires_ms: None,
            must_read: false,
            replaces: None,
            captions: Vec::new(),
        };
        let mut records: Vec<linli_record::Record> = Vec::new();
        for number in 0..=2_000_u64 {
            notice.replaces = records.last().map(linli_record::Record::id);
            let draft = records.first().map_or_else(Notice::begin, |first| Notice::on(first.id(), &[]));
            let body = notice.body().expect("a body");
            records.push(log.append(draft, &body, [0; 16], number).expect("a record"));
        }
        let author = Author::stranger(log.tip().log);
        let entries: Vec<Entry<'_>> =
            records.iter().map(|record| Entry::plain(record, Standing::unsettled(), &author)).collect();
        READ.set(0);
        let view = fold(&entries, &Context::default()).expect("a notice");
        assert_eq!(view.history.len(), 2_001);
        assert_eq!(view.current.map(|current| current.said.id), records.last().map(linli_record::Record::id));
        assert_eq!(READ.get(), 2_001, "each version is read once");
    }
}
