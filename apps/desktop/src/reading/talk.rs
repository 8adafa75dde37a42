//! Threads and stories, read for this household.

use std::collections::BTreeSet;

use linli_community::content::story::{Editors, NoteKind, StoryNoteView, StoryView};
use linli_community::content::talk::{MessageView, ThreadView};

use super::{Reader, pictures};
use crate::view::{Addition, Message, Picture, Story, Thread};

/// Characters of a message that an answer quotes.
const QUOTED: usize = 40;

/// Threads, the newest message first.
pub(super) fn read(reader: &Reader<'_>) -> Vec<Thread> {
    let mut views: Vec<&ThreadView> =
        reader.holding.threads.iter().filter(|view| view.mark.is_none()).collect();
    views.sort_by_key(|view| std::cmp::Reverse(newest_ms(view)));
    views.into_iter().map(|view| thread(reader, view)).collect()
}

fn newest_ms(view: &ThreadView) -> u64 {
    view.messages.last().map_or(view.opened.claimed_ms, |message| message.said.claimed_ms)
}

fn thread(reader: &Reader<'_>, view: &ThreadView) -> Thread {
    let voices: BTreeSet<String> =
        view.messages.iter().map(|message| message.said.by.label.clone()).collect();
    Thread {
        id: view.id,
        title: view.title.clone(),
        voices: voices.len(),
        when: reader.now.when(newest_ms(view)),
        messages: view.messages.iter().map(|message| one(reader, view, message)).collect(),
    }
}

fn one(reader: &Reader<'_>, thread: &ThreadView, view: &MessageView) -> Message {
    let answered = view.reply_to.and_then(|id| thread.messages.iter().find(|message| message.said.id == id));
    Message {
        id: view.said.id,
        from: reader.who(&view.said.by),
        text: view.text.clone(),
        gone: view.mark.is_some(),
        answers: answered.map(|message| (reader.who(&message.said.by).name, begin_of(&message.text))),
        when: reader.when(&view.said),
        held: reader.held(&view.said),
        pictures: pictures(&view.pictures),
    }
}

fn begin_of(text: &str) -> String {
    let mut begin: String = text.chars().take(QUOTED).collect();
    if text.chars().nth(QUOTED).is_some() {
        begin.push('\u{2026}');
    }
    begin.replace('\n', " ")
}

/// Stories, newest first.
pub(super) fn read_stories(reader: &Reader<'_>) -> Vec<Story> {
    let mut views: Vec<&StoryView> =
        reader.holding.stories.iter().filter(|view| view.mark.is_none()).collect();
    views.sort_by_key(|view| std::cmp::Reverse(view.opened.claimed_ms));
    views.into_iter().map(|view| story(reader, view)).collect()
}

fn story(reader: &Reader<'_>, view: &StoryView) -> Story {
    let mut writers = vec![reader.who(&view.opened.by).name];
    for change in &view.changes {
        let name = reader.who(&change.said.by).name;
        if !writers.contains(&name) {
            writers.push(name);
        }
    }
    let pictures = view.pictures.iter().filter(|added| added.picture.mark.is_none());
    Story {
        id: view.id,
        title: view.title.clone(),
        other_titles: view.other_titles.clone(),
        text: view.text.clone(),
        version: view.version.clone(),
        writers,
        when: reader.when(&view.opened),
        pictures: pictures
            .map(|added| Picture { blob: added.picture.blob, caption: added.picture.caption.clone() })
            .collect(),
        notes: view.notes.iter().filter_map(|note| addition(reader, note)).collect(),
        ours_to_edit: !view.full && may_edit(reader, view),
        held: reader.held(&view.opened),
    }
}

fn may_edit(reader: &Reader<'_>, view: &StoryView) -> bool {
    let began = reader.is_ours(&view.opened.by);
    match &view.editors {
        Editors::Everyone => true,
        Editors::Named(households) => began || reader.own.is_some_and(|own| households.contains(&own)),
        _ => began,
    }
}

fn addition(reader: &Reader<'_>, view: &StoryNoteView) -> Option<Addition> {
    Some(Addition {
        kind: match view.kind.filter(|_| view.mark.is_none())? {
            NoteKind::Correction => "correction",
            NoteKind::Reply => "reply",
            NoteKind::Remark => "remark",
        },
        who: reader.who(&view.said.by),
        when: reader.when(&view.said),
        text: view.text.clone(),
    })
}
