//! Following an audience from epoch to epoch.

use std::collections::{BTreeMap, BTreeSet};

use super::super::entry::{Context, Entry};
use super::super::object::{Aside, Gathered};
use super::super::payload::Payload;
use super::super::withdraw::Mark;
use super::{Audience, AudienceChange, AudienceKind, AudienceView, EpochView, Member};

/// Folds an audience from its records; `None` without its opening.
#[must_use]
pub fn fold(entries: &[Entry<'_>], _: &Context<'_>) -> Option<AudienceView> {
    let object = Gathered::of::<Audience>(entries)?;
    let (audience, epoch) = object.begin.record.audience?;
    let opening = object.begin.read::<Audience>();
    let mut view = AudienceView {
        id: object.id(),
        audience,
        opened: object.begin.said(),
        mark: None,
        name: String::new(),
        kind: AudienceKind::Named,
        newcomers_read: false,
        keepers: Vec::new(),
        epochs: Vec::new(),
        asides: object.asides.clone(),
    };
    match opening {
        Err(mark) => view.run_from_introduction(&object, mark),
        Ok(_) if epoch != 1 => view.asides.push(Aside::of(object.begin, "wrong-epoch")),
        Ok(opening) => view.run(&object, opening),
    }
    Some(view)
}

struct Change<'e, 'a> {
    entry: &'e Entry<'a>,
    body: AudienceChange,
}

impl AudienceView {
    fn run(&mut self, object: &Gathered<'_, '_>, opening: Audience) {
        self.name = opening.name;
        self.kind = opening.kind;
        self.newcomers_read = opening.newcomers_read;
        self.keepers = opening.keepers;
        let members: BTreeSet<Member> = opening.members.into_iter().collect();
        self.epochs.push(EpochView {
            epoch: 1,
            begun_by: vec![self.id],
            members: members.into_iter().collect(),
        });
        let changes = self.read_changes(object);
        self.follow(changes);
    }

    /// For who came later and may not read what was before: the audience as whoever let them in introduced it.
    fn run_from_introduction(&mut self, object: &Gathered<'_, '_>, sealed: Mark) {
        let mut changes = self.read_changes(object);
        self.asides.retain(|aside| aside.reason != sealed.code());
        let first = changes.iter().find_map(|(epoch, changes)| {
            let introduction = changes.iter().find_map(|change| change.body.introduction.clone())?;
            Some((*epoch, introduction))
        });
        let Some((epoch, introduction)) = first else {
            self.mark = Some(sealed);
            return;
        };
        self.name = introduction.name;
        self.kind = introduction.kind;
        self.newcomers_read = introduction.newcomers_read;
        self.keepers = introduction.keepers;
        let begun_by = changes.remove(&epoch).unwrap_or_default();
        let members: BTreeSet<Member> = introduction.members.into_iter().collect();
        self.epochs.push(EpochView {
            epoch,
            begun_by: begun_by.iter().map(|change| change.entry.record.id()).collect(),
            members: members.into_iter().collect(),
        });
        self.follow(changes);
    }

    fn next_epoch(&self) -> u64 {
        self.newest().map_or(1, |newest| newest.epoch + 1)
    }

    fn follow(&mut self, mut changes: BTreeMap<u64, Vec<Change<'_, '_>>>) {
        while let Some(next) = changes.remove(&self.next_epoch()) {
            if !self.begin_epoch(next) {
                break;
            }
        }
        for change in changes.into_values().flatten() {
            self.asides.push(Aside::of(change.entry, "epoch-missing"));
        }
    }

    fn read_changes<'e, 'a>(&mut self, object: &Gathered<'e, 'a>) -> BTreeMap<u64, Vec<Change<'e, 'a>>> {
        let mut changes: BTreeMap<u64, Vec<Change<'e, 'a>>> = BTreeMap::new();
        for entry in &object.rest {
            let reason = match entry.read::<AudienceChange>() {
                _ if entry.record.kind != AudienceChange::KIND => "unknown-kind",
                Err(mark) => mark.code(),
                Ok(body) if entry.record.audience != Some((self.audience, body.epoch)) => "wrong-epoch",
                Ok(body) => {
                    changes.entry(body.epoch).or_default().push(Change { entry, body });
                    continue;
                }
            };
            self.asides.push(Aside::of(entry, reason));
        }
        changes
    }

    /// Applies the changes that begin the next epoch; false when none may.
    fn begin_epoch(&mut self, changes: Vec<Change<'_, '_>>) -> bool {
        let before: BTreeSet<Member> =
            self.newest().map(|epoch| epoch.members.iter().copied().collect()).unwrap_or_default();
        let (by_members, by_others): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|change| before.iter().any(|member| member.is(change.entry.author)));
        let first = by_members.iter().filter_map(|change| change.entry.standing.height).min();
        let (counted, stale): (Vec<_>, Vec<_>) =
            by_members.into_iter().partition(|change| change.entry.standing.height == first);
        let out = |change: &Change<'_, '_>| {
            let mut removed = counted.iter().flat_map(|counted| &counted.body.remove);
            removed.any(|member| member.is(change.entry.author))
        };
        // Whom a member shut out stays out, though another change was settled first.
        let (late, stale): (Vec<_>, Vec<_>) =
            stale.into_iter().partition(|change| !change.body.remove.is_empty() && !out(change));
        self.asides.extend(by_others.iter().map(|change| Aside::of(change.entry, "not-a-member")));
        self.asides.extend(stale.iter().map(|change| Aside::of(change.entry, "epoch-begun-already")));
        if counted.is_empty() {
            return false;
        }
        self.apply(before, &counted, &late);
        true
    }

    fn apply(&mut self, before: BTreeSet<Member>, counted: &[Change<'_, '_>], late: &[Change<'_, '_>]) {
        let begun = || counted.iter().chain(late);
        let removed: BTreeSet<Member> = begun().flat_map(|change| change.body.remove.clone()).collect();
        let mut members = before;
        for change in counted {
            let out = removed.iter().any(|member| member.is(change.entry.author)) && counted.len() > 1;
            if !out {
                members.extend(change.body.add.iter().copied());
            }
            if let Some(name) = &change.body.name {
                self.name.clone_from(name);
            }
            if let Some(keepers) = &change.body.keepers {
                self.keepers.clone_from(keepers);
            }
        }
        members.retain(|member| !removed.contains(member));
        self.epochs.push(EpochView {
            epoch: self.next_epoch(),
            begun_by: begun().map(|change| change.entry.record.id()).collect(),
            members: members.into_iter().collect(),
        });
    }
}
