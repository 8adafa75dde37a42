//! Stories: what neighbours write together, and what a hostile one can't do to it.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjType, ROOT, ReadDoc, TextEncoding};
use content_street::{Street, any_order, blob};
use linli_community::content::story::{
    self, Document, EditError, Editors, NoteKind, Story, StoryChange, StoryNote, StoryView, actor, document,
};
use linli_community::content::withdraw::{Why, Withdraw};
use linli_community::content::{Payload, limits};
use linli_community::register::{Reason, Role};
use linli_record::{LogId, RecordId};
use proptest::prelude::*;

fn log(street: &Street, by: usize) -> LogId {
    street.devices[by].author.log
}

/// Begins a story by device 0; whatever does not fit its first change follows.
fn begin(street: &mut Street, editors: Editors, title: &str, text: &str) -> RecordId {
    let mut chunks = document::begin(&log(street, 0), title, text).unwrap().into_iter();
    let change = chunks.next().unwrap();
    let story = Story { change, editors, agreed: String::new(), captions: Vec::new() };
    let id = street.say(0, Story::begin(), &story);
    chunks.for_each(|chunk| {
        add(street, 0, id, chunk);
    });
    id
}

fn add(street: &mut Street, by: usize, story: RecordId, chunk: Vec<u8>) -> RecordId {
    let body = StoryChange { change: Some(chunk), captions: Vec::new() };
    street.say(by, StoryChange::on(story, &[story]), &body)
}

fn open(street: &Street) -> (StoryView, Document) {
    let (view, document) = story::open(&street.entries(), &street.context()).unwrap();
    (view, document.unwrap())
}

/// Device `by` edits what it sees to `text`; the records it wrote.
fn edit(street: &mut Street, by: usize, story: RecordId, text: &str) -> Vec<RecordId> {
    let (view, document) = open(street);
    let chunks = document.edit(&log(street, by), &view.title, text).unwrap();
    chunks.into_iter().map(|chunk| add(street, by, story, chunk)).collect()
}

#[test]
fn two_neighbours_writing_at_once_lose_nothing() {
    let mut street = Street::of(3);
    let id = begin(&mut street, Editors::Everyone, "The guard", "He was hurt. We gave 200000 yuan.");
    let (_, seen) = open(&street);
    let one = seen.edit(&log(&street, 1), "The guard", "In May he was hurt. We gave 200000 yuan.").unwrap();
    let two =
        seen.edit(&log(&street, 2), "The guard", "He was hurt. We gave 200000 yuan. He is well.").unwrap();
    assert_eq!((one.len(), two.len()), (1, 1));
    for (by, chunks) in [(1, one), (2, two)] {
        chunks.into_iter().for_each(|chunk| {
            add(&mut street, by, id, chunk);
        });
    }
    let (view, _) = open(&street);
    assert_eq!(view.text, "In May he was hurt. We gave 200000 yuan. He is well.");
    assert_eq!(view.changes.len(), 3);
    assert!(view.asides.is_empty());
}

#[test]
fn who_saves_an_old_copy_takes_nothing_of_the_others_away() {
    let mut street = Street::of(3);
    let id = begin(&mut street, Editors::Everyone, "The guard", "He came in May. He was hurt. He left.");
    let (old, seen) = open(&street);
    let version = seen.version_named(&old.version).unwrap();
    // Meanwhile one neighbour corrects, adds, takes away and names it anew; and the reader writes from another window.
    let (view, document) = open(&street);
    let newer = view.text.replace("May", "June").replace(" He left.", " We gave 200000 yuan.");
    for chunk in document.edit(&log(&street, 1), "The torch", &newer).unwrap() {
        add(&mut street, 1, id, chunk);
    }
    edit(&mut street, 2, id, &newer.replace("hurt", "badly hurt"));

    let (_, document) = open(&street);
    let mine = "He came in May, on foot. He was hurt. He left. So it was.";
    let chunks = document.edit_since(&log(&street, 2), &version, Some("Old He"), Some(mine)).unwrap();
    assert_eq!(chunks.len(), 1);
    add(&mut street, 2, id, chunks[0].clone());
    let (view, document) = open(&street);
    assert_eq!(view.text, "He came in June, on foot. He was badly hurt. We gave 200000 yuan. So it was.");
    assert_eq!(
        (view.title.as_str(), view.other_titles.len()),
        ("Old He", 0),
        "it rests on this writer's newest words"
    );
    assert!(view.asides.is_empty());
    // Saved once more as it was read, nothing changes at all.
    let none = document.edit_since(&log(&street, 1), &version, Some(&old.title), Some(&old.text)).unwrap();
    assert_eq!(none, Vec::<Vec<u8>>::new());
    assert_eq!(document.version_named("0123abcd"), None);
    assert_eq!(document.version_named(&old.version[..8]), Some(version));
}

#[test]
fn two_titles_given_at_once_are_both_shown() {
    let mut street = Street::of(3);
    let id = begin(&mut street, Editors::Everyone, "Tale", "Text");
    let (_, seen) = open(&street);
    for (by, title) in [(1, "A tale"), (2, "The tale")] {
        for chunk in seen.edit(&log(&street, by), title, "Text").unwrap() {
            add(&mut street, by, id, chunk);
        }
    }
    let (view, document) = open(&street);
    let mut both = view.other_titles.clone();
    both.push(view.title.clone());
    both.sort();
    assert_eq!(both, ["A tale", "The tale"]);
    for chunk in document.edit(&log(&street, 1), "One tale", "Text").unwrap() {
        add(&mut street, 1, id, chunk);
    }
    let (view, _) = open(&street);
    assert_eq!((view.title.as_str(), view.other_titles.len()), ("One tale", 0));
}

#[test]
fn an_edit_touches_only_what_differs_and_nothing_when_nothing_does() {
    let mut street = Street::of(1);
    begin(&mut street, Editors::Author, "T", &"word ".repeat(1_000));
    let (view, document) = open(&street);
    let text = view.text.replacen("word word word", "word cherry word", 1);
    let chunks = document.edit(&log(&street, 0), "T", &text).unwrap();
    assert_eq!(chunks.len(), 1, "one edit is one change");
    assert!(chunks.iter().all(|chunk| chunk.len() < 200));
    assert!(document.edit(&log(&street, 0), "T", &view.text).unwrap().is_empty());
}

#[test]
fn a_long_story_travels_as_several_changes_and_reads_whole() {
    let mut street = Street::of(2);
    let text: String = "\u{4e00}\u{4e8c}\u{4e09}".repeat(10_000);
    let id = begin(&mut street, Editors::Everyone, "Long", &text);
    assert_eq!(street.said.len(), 3);
    assert_eq!(open(&street).0.text, text);
    edit(&mut street, 1, id, "short");
    assert_eq!(open(&street).0.text, "short");
}

#[test]
fn only_those_the_story_names_write_on_it_and_others_leave_notes() {
    let mut street = Street::of(3);
    let named = vec![street.household(1)];
    let id = begin(&mut street, Editors::Named(named), "Tale", "Once");
    edit(&mut street, 1, id, "Once more");
    edit(&mut street, 2, id, "Never");
    let note = StoryNote {
        kind: NoteKind::Correction,
        text: "It was Tuesday".to_owned(),
        about: None,
        captions: Vec::new(),
    };
    street.say(2, StoryNote::on(id, &[id]), &note);
    let (view, _) = open(&street);
    assert_eq!(view.text, "Once more");
    assert_eq!(view.asides[0].reason, "not-an-editor");
    assert_eq!(view.notes[0].kind, Some(NoteKind::Correction));
}

#[test]
fn rule_10_a_quarantined_change_stays_marked_if_a_standing_change_depends_on_it() {
    let mut street = Street::of(3);
    let id = begin(&mut street, Editors::Everyone, "Tale", "One.");
    let two = edit(&mut street, 1, id, "One. Two.")[0];
    edit(&mut street, 2, id, "One. Two. Three.");
    let alone = edit(&mut street, 1, id, "One. Two. Three. Four.")[0];
    street.quarantine(two, Reason::Revoked);
    street.quarantine(alone, Reason::Revoked);
    let (view, document) = open(&street);
    assert_eq!(view.text, "One. Two. Three.");
    let marked: Vec<RecordId> = view
        .changes
        .iter()
        .filter(|change| change.kept_because_needed.as_deref() == Some("revoked"))
        .map(|change| change.said.id)
        .collect();
    assert_eq!(marked, [two]);
    assert_eq!(view.asides.iter().map(|aside| aside.id).collect::<Vec<_>>(), [alone]);
    assert_eq!(document.edit(&log(&street, 1), "Tale", "x"), Err(EditError::Stuck));
}

#[test]
fn a_withdrawn_story_is_a_mark_and_a_single_change_is_not_withdrawn() {
    let mut street = Street::of(2);
    let id = begin(&mut street, Editors::Everyone, "Tale", "Once");
    let change = edit(&mut street, 1, id, "Once more")[0];
    let part = Withdraw { target: change, blob: None, reason: String::new() };
    street.say(1, Withdraw::on(id, &[change]), &part);
    let (view, _) = open(&street);
    assert_eq!(view.text, "Once more");
    assert_eq!(view.asides[0].reason, "not-withdrawable");
    let whole = Withdraw { target: id, blob: None, reason: "asked to".to_owned() };
    street.say(0, Withdraw::on(id, &[id]), &whole);
    let view = story::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.mark.as_ref().unwrap().why, Why::Withdrawn);
    assert!(view.text.is_empty() && view.title.is_empty() && view.changes.is_empty());
    for dropped in [id, change] {
        street.drop_payload(dropped);
    }
    assert_eq!(story::fold(&street.entries(), &street.context()).unwrap(), view);
}

#[test]
fn pictures_come_with_captions_and_go_one_by_one() {
    let mut street = Street::of(1);
    let id = begin(&mut street, Editors::Author, "Tale", "Once");
    let mut draft = StoryChange::on(id, &[id]);
    draft.blobs = vec![blob(3), blob(4)];
    let captions = vec!["the gate".to_owned(), "the tree".to_owned()];
    let record = street.say(0, draft, &StoryChange { change: None, captions });
    let gone = Withdraw { target: record, blob: Some([3; 32].into()), reason: String::new() };
    street.say(0, Withdraw::on(id, &[record]), &gone);
    let (view, _) = open(&street);
    assert_eq!(view.pictures.len(), 2);
    assert!(view.pictures[0].picture.mark.is_some());
    assert_eq!(view.pictures[1].picture.caption, "the tree");
}

#[test]
fn a_full_story_takes_no_more_and_says_so() {
    let mut street = Street::of(1);
    let text = "x".repeat(limits::DOCUMENT_BYTES + 1);
    assert_eq!(document::begin(&log(&street, 0), "T", &text), Err(EditError::Full));
    begin(&mut street, Editors::Author, "T", "");
    let (_, document) = open(&street);
    assert_eq!(document.edit(&log(&street, 0), "T", &text), Err(EditError::Full));
    assert!(matches!(document.edit(&log(&street, 0), "T", "\u{7}"), Err(EditError::Refused(_))));
}

/// A change of device 1 after the beginning, bent by `bend`.
fn bent(street: &Street, bend: impl Fn(&mut ExpandedChange)) -> Vec<u8> {
    let first = Story::parse(street.said[0].record.body().unwrap()).unwrap().change;
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
        .with_actor(ActorId::from(actor(&log(street, 1))));
    doc.apply_changes([Change::from_bytes(first).unwrap()]).unwrap();
    let (_, text) = doc.get(ROOT, "text").unwrap().unwrap();
    let mut tx = doc.transaction();
    tx.splice_text(&text, 0, 0, "y").unwrap();
    tx.commit_with(CommitOptions::default().with_time(0));
    let mut change = doc.get_last_local_change().unwrap().decode();
    bend(&mut change);
    Change::from(change).raw_bytes().to_vec()
}

/// What becomes of a change of device 1: `None` when it is applied.
fn refused(chunk: Vec<u8>) -> Option<String> {
    let mut street = Street::of(2);
    let id = begin(&mut street, Editors::Everyone, "T", "abc");
    add(&mut street, 1, id, chunk);
    let (view, document) = open(&street);
    if view.text == "yabc" {
        return None;
    }
    assert_eq!(view.text, "abc", "a refused change leaves the story as it was");
    document.edit(&log(&street, 0), "T", "still writable").unwrap();
    Some(view.asides[0].reason.clone())
}

type Bend<'a> = Box<dyn Fn(&mut ExpandedChange) + 'a>;

/// A change of device 1 that holds one operation only, instead of the honest one.
fn one<'a>(obj: &ObjectId, key: Key, action: OpType, insert: bool, pred: &[OpId]) -> Bend<'a> {
    let op = Op { action, obj: obj.clone(), key, pred: pred.to_vec().into(), insert };
    Box::new(move |change| change.operations = vec![op.clone()])
}

/// The actor who began the story, and the story's text.
fn begun() -> (Street, ActorId, ObjectId) {
    let mut street = Street::of(2);
    begin(&mut street, Editors::Everyone, "T", "abc");
    let beginner = ActorId::from(actor(&log(&street, 0)));
    let text = ObjectId::Id(OpId::new(1, &beginner));
    (street, beginner, text)
}

fn none_is_applied(street: &Street, cases: Vec<(&str, Bend<'_>)>) {
    assert_eq!(refused(bent(street, |_| {})), None, "the honest change is");
    for (name, bend) in cases {
        assert!(refused(bent(street, bend)).is_some(), "{name} was applied");
    }
}

#[test]
fn a_change_out_of_its_place_leaves_the_story_as_it_was_and_writable() {
    let (street, beginner, _) = begun();
    none_is_applied(
        &street,
        vec![
            ("sequence 0", Box::new(|c| c.seq = 0)),
            ("sequence 2", Box::new(|c| c.seq = 2)),
            ("sequence max", Box::new(|c| c.seq = u64::MAX)),
            ("start 1", Box::new(|c| c.start_op = 1.try_into().unwrap())),
            ("start u32 max", Box::new(|c| c.start_op = u64::from(u32::MAX).try_into().unwrap())),
            ("no dependency", Box::new(|c| c.deps.clear())),
            ("same dependency twice", Box::new(|c| c.deps.push(c.deps[0]))),
            ("unknown dependency", Box::new(|c| c.deps[0].0[0] ^= 1)),
            ("no operation", Box::new(|c| c.operations.clear())),
            ("foreign actor", Box::new(|c| c.actor_id = beginner.clone())),
            ("with a time", Box::new(|c| c.time = 1)),
            ("with a message", Box::new(|c| c.message = Some("hello".to_owned()))),
            ("with extra bytes", Box::new(|c| c.extra_bytes = vec![1, 2, 3])),
        ],
    );
}

#[test]
fn a_change_touches_nothing_but_title_and_text() {
    let (street, beginner, text) = begun();
    let root = &ObjectId::Root;
    let map = |key: &str| Key::Map(key.into());
    let head = || Key::Seq(ElementId::Head);
    let id = |counter| OpId::new(counter, &beginner);
    let object = |counter| ObjectId::Id(id(counter));
    let put = |text: &str| OpType::Put(text.into());
    none_is_applied(
        &street,
        vec![
            ("another key", one(root, map("k"), put("x"), false, &[])),
            ("title a number", one(root, map("title"), OpType::Put(1.into()), false, &[])),
            ("title on two lines", one(root, map("title"), put("a\nb"), false, &[id(2)])),
            ("title over an unknown one", one(root, map("title"), put("x"), false, &[id(999)])),
            ("title over a character", one(root, map("title"), put("x"), false, &[id(3)])),
            ("title deleted", one(root, map("title"), OpType::Delete, false, &[id(2)])),
            ("title counted up", one(root, map("title"), OpType::Increment(i64::MAX), false, &[id(2)])),
            ("title inserted", one(root, map("title"), put("x"), true, &[])),
            ("text replaced", one(root, map("text"), put("x"), false, &[])),
            ("a second text", one(root, map("text"), OpType::Make(ObjType::Text), false, &[id(1)])),
            ("a list key at the root", one(root, head(), put("x"), true, &[])),
            ("unknown object", one(&object(500), head(), put("x"), true, &[])),
            ("a character as object", one(&object(3), head(), put("x"), true, &[])),
            ("map key in the text", one(&text, map("k"), put("x"), false, &[])),
        ],
    );
}

#[test]
fn a_change_writes_single_characters_where_it_may() {
    let (street, beginner, text) = begun();
    let own = ActorId::from(actor(&log(&street, 1)));
    let id = |counter| OpId::new(counter, &beginner);
    let at = |id: OpId| Key::Seq(ElementId::Id(id));
    let head = || Key::Seq(ElementId::Head);
    let put = |text: &str| OpType::Put(text.into());
    none_is_applied(
        &street,
        vec![
            ("two characters in one", one(&text, head(), put("xy"), true, &[])),
            ("no character", one(&text, head(), put(""), true, &[])),
            ("a number in the text", one(&text, head(), OpType::Put(7.into()), true, &[])),
            ("a control character", one(&text, head(), put("\u{0}"), true, &[])),
            ("after an unknown character", one(&text, at(id(400)), put("x"), true, &[])),
            ("after the title", one(&text, at(id(2)), put("x"), true, &[])),
            ("after itself", one(&text, at(OpId::new(6, &own)), put("x"), true, &[])),
            ("after one yet to come", one(&text, at(OpId::new(7, &own)), put("x"), true, &[])),
            ("inserted over another", one(&text, head(), put("x"), true, &[id(3)])),
            ("overwriting a character", one(&text, at(id(3)), put("x"), false, &[id(3)])),
            ("setting the head", one(&text, head(), put("x"), false, &[])),
            ("deleting the head", one(&text, head(), OpType::Delete, false, &[])),
            ("deleting without predecessor", one(&text, at(id(3)), OpType::Delete, false, &[])),
            ("deleting another than named", one(&text, at(id(3)), OpType::Delete, false, &[id(4)])),
            ("deleting two at once", one(&text, at(id(3)), OpType::Delete, false, &[id(3), id(4)])),
            ("deleting an unknown one", one(&text, at(id(400)), OpType::Delete, false, &[id(400)])),
            ("an object in the text", one(&text, head(), OpType::Make(ObjType::Map), true, &[])),
            ("end of a mark", one(&text, head(), OpType::MarkEnd(true), true, &[])),
        ],
    );
}

#[test]
fn a_chunk_that_is_no_plain_change_is_refused_before_it_is_decoded() {
    let mut street = Street::of(2);
    begin(&mut street, Editors::Everyone, "T", "abc");
    let good = bent(&street, |_| {});
    for at in 0..good.len() {
        assert!(refused(good[..at].to_vec()).is_some());
    }
    for (at, flip) in [(0, 1), (4, 1), (8, 3), (8, 2), (9, 1), (good.len() - 1, 1)] {
        let mut bad = good.clone();
        bad[at] ^= flip;
        assert!(refused(bad).is_some(), "byte {at}");
    }
    let mut tail = good;
    tail.push(0);
    assert!(refused(tail).is_some());
}

/// 80 bytes that claim `operations` puts with `predecessors` each, by the actor of device 1.
fn bomb(operations: u64, predecessors: u64) -> Vec<u8> {
    fn leb(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = u8::try_from(value & 0x7f).unwrap();
            value >>= 7;
            // Read as signed too: one more byte where the sign bit would be set.
            if value == 0 && byte & 0x40 == 0 {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }
    let street = Street::of(2);
    let run = |value: &[u8]| [&leb(operations), value].concat();
    let columns: Vec<(u64, Vec<u8>)> = vec![
        (21, run(&[1, b'k'])),
        (52, leb(operations)),
        (66, run(&[1])),
        (86, run(&[0])),
        (112, run(&leb(predecessors))),
    ];
    let mut body = vec![0];
    body.extend(leb(16));
    body.extend(actor(&log(&street, 1)));
    body.extend([1, 1, 0, 0, 0]);
    body.extend(leb(columns.len() as u64));
    for (column, bytes) in &columns {
        body.extend(leb(*column));
        body.extend(leb(bytes.len() as u64));
    }
    columns.iter().for_each(|(_, bytes)| body.extend(bytes));
    [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1][..], &leb(body.len() as u64), &body].concat()
}

#[test]
fn a_bomb_of_run_lengths_does_not_go_off() {
    for (operations, predecessors) in
        [(1 << 40, 0), (1, 1 << 40), (1 << 62, 1 << 62), (20_001, 0), (5, 3_000_000)]
    {
        let reason = refused(bomb(operations, predecessors)).unwrap();
        assert_eq!(reason, "change-too-large", "{operations} operations, {predecessors} predecessors");
    }
}

#[test]
fn one_device_with_two_histories_can_not_break_the_story() {
    let mut street = Street::of(2);
    let id = begin(&mut street, Editors::Everyone, "T", "abc");
    let (_, seen) = open(&street);
    // Two changes at one place of one actor, as a restored backup would write them.
    for text in ["abc one", "abc two"] {
        for chunk in seen.edit(&log(&street, 1), "T", text).unwrap() {
            add(&mut street, 1, id, chunk);
        }
    }
    let (view, document) = open(&street);
    assert_eq!(view.text, "abc one");
    assert_eq!(view.asides[0].reason, "sequence-out-of-place");
    assert_eq!(document.edit(&log(&street, 1), "T", "x"), Err(EditError::Stuck));
    document.edit(&log(&street, 0), "T", "x").unwrap();
}

#[test]
fn a_household_goes_on_with_its_other_device() {
    let mut street = Street::of(1);
    let id = begin(&mut street, Editors::Author, "T", "abc");
    let second = street.device(street.household(0), "1-101", Role::Owner);
    edit(&mut street, second, id, "abc d");
    assert_eq!(open(&street).0.text, "abc d");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_merges_to_the_same_text(
        edits in proptest::collection::vec((0usize..3, 0usize..20, 0usize..4, "[a-z]{0,3}", any::<bool>()), 1..10),
        order in any_order(),
        quarantined in any::<prop::sample::Index>(),
    ) {
        let mut street = Street::of(3);
        let id = begin(&mut street, Editors::Everyone, "T", "the cherry tree");
        let (_, mut seen) = open(&street);
        let mut busy = [false; 3];
        for (by, at, delete, insert, look) in edits {
            if look || busy[by] {
                seen = open(&street).1;
                busy = [false; 3];
            }
            let mut text: Vec<char> = seen.text().chars().collect();
            let at = at.min(text.len());
            text.splice(at..(at + delete).min(text.len()), insert.chars());
            let text: String = text.into_iter().collect();
            busy[by] = true;
            for chunk in seen.edit(&log(&street, by), "T", &text).unwrap() {
                add(&mut street, by, id, chunk);
            }
        }
        let victim = street.said[quarantined.index(street.said.len())].record.id();
        if victim != id {
            street.quarantine(victim, Reason::Removed);
        }
        let view = story::fold(&street.entries(), &street.context());
        prop_assert_eq!(&story::fold(&street.arriving(&order), &street.context()), &view);
        let json = serde_json::to_string(&view).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Option<StoryView>>(&json).unwrap(), &view);
    }

    #[test]
    fn random_bytes_in_a_change_never_panic(
        at in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 1..8),
    ) {
        let mut street = Street::of(2);
        begin(&mut street, Editors::Everyone, "T", "abc");
        let mut chunk = bent(&street, |_| {});
        let at = at.index(chunk.len());
        let end = (at + bytes.len()).min(chunk.len());
        chunk.splice(at..end, bytes);
        let _ = refused(chunk);
    }
}
