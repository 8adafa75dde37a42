//! Bundles between homes that never meet: everything both ways, only what is new, cut short and brought again, and files that
//! mean harm.

#![allow(clippy::unwrap_used)]

mod homes;

use std::path::{Path, PathBuf};

use linli_node::vocabulary::{Answer, Request};
use linli_node::{Fault, FaultKind, Network, Node};

/// Records, refused, until, complete.
type Bundle = (u64, u64, u64, bool);

fn bundle(answer: &Answer) -> Bundle {
    let Answer::Bundle { records, refused, until, complete, .. } = answer else { panic!("{answer:?}") };
    (*records, *refused, *until, *complete)
}

fn export(node: &Node, path: &Path, after: u64, reader: Option<&str>) -> Bundle {
    let reader = reader.map(Into::into);
    bundle(&node.ask(Request::BundleExport { path: path.to_owned(), after, reader, whole: false }).unwrap())
}

fn import(node: &Node, path: &Path) -> Result<Bundle, Fault> {
    node.ask(Request::BundleImport { path: path.to_owned() }).map(|answer| bundle(&answer))
}

fn picture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guihuali/stories/pictures/chess.jpg")
}

fn story_with_a_picture(node: &Node) {
    let story = Request::StoryWrite { title: "Chess".into(), text: "Every evening.".into() };
    let Answer::Said { record, .. } = node.ask(story).unwrap() else { panic!() };
    let story = record.to_string();
    let picture = Request::StoryPicture { story: story.clone(), path: picture(), caption: "Old He".into() };
    node.ask(picture).unwrap();
    let text = Some("Every evening but Monday.".into());
    let edit = Request::StoryEdit { story, base: None, title: None, text };
    node.ask(edit).unwrap();
}

fn household(node: &Node, unit: &str) -> String {
    let Answer::People(people) = node.ask(Request::People).unwrap() else { panic!() };
    let household = people.households.iter().find(|household| household.unit.as_deref() == Some(unit));
    household.unwrap().id.to_string()
}

/// Two homes without a network that were never linked to each other: the founder knew both, and is gone.
fn strangers_to_each_other(folder: &Path) -> (Node, Node) {
    let shen = homes::founder(&folder.join("shen"));
    homes::admitted(&shen, &folder.join("zhou"), "3-1203").close();
    homes::admitted(&shen, &folder.join("lin"), "2-501").close();
    shen.close();
    let open = |name| Node::open(&folder.join(name), Network::Off).unwrap();
    (open("zhou"), open("lin"))
}

#[test]
fn two_homes_that_never_meet_hold_the_same_after_a_stick_went_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let stick = folder.path().join("stick.bundle");
    homes::post(&zhou, "Poles are behind the stairs");
    story_with_a_picture(&zhou);
    homes::post(&lin, "Sheets are ready");
    // Zhou has never heard of Lin: the register's blocks come along.
    export(&lin, &stick, 0, None);
    let (records, refused, _, complete) = import(&zhou, &stick).unwrap();
    assert!(records > 0 && refused == 0 && complete);
    let lins = household(&zhou, "2-501");
    let audience = Request::AudienceOpen {
        name: "Cake".into(),
        kind: "named".into(),
        households: vec![lins.clone()],
        from_now: false,
    };
    let Answer::Said { record: audience, .. } = zhou.ask(audience).unwrap() else { panic!() };
    let sealed = Request::ThreadOpen { title: "Which cake?".into(), audience: Some(audience.to_string()) };
    zhou.ask(sealed).unwrap();
    export(&zhou, &stick, 0, Some(&lins));
    let (records, refused, _, complete) = import(&lin, &stick).unwrap();
    assert!(records > 0 && refused == 0 && complete);
    assert_eq!(homes::digest(&zhou), homes::digest(&lin));
    assert_eq!(homes::titles(&lin).len(), 2);
    let Answer::Threads(threads) = lin.ask(Request::Threads).unwrap() else { panic!() };
    assert_eq!(threads[0].title, "Which cake?");
    let hash = blake3::hash(&std::fs::read(picture()).unwrap()).to_hex().to_string();
    let saved = folder.path().join("saved.jpg");
    lin.ask(Request::Attachment { hash, path: saved.clone(), replace: false }).unwrap();
    assert_eq!(std::fs::read(saved).unwrap(), std::fs::read(picture()).unwrap());
}

#[test]
fn a_second_bundle_holds_only_what_is_new_and_one_read_twice_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let (first, second) = (folder.path().join("first.bundle"), folder.path().join("second.bundle"));
    story_with_a_picture(&zhou);
    let (_, _, until, _) = export(&zhou, &first, 0, None);
    homes::post(&zhou, "Poles are behind the stairs");
    let (records, _, _, _) = export(&zhou, &second, until, None);
    assert_eq!(records, 1);
    assert!(std::fs::metadata(&second).unwrap().len() < 2_000, "no block, no picture, one record");
    import(&lin, &first).unwrap();
    assert_eq!(import(&lin, &second).unwrap().0, 1);
    let before = homes::digest(&lin);
    for file in [&first, &second] {
        let (records, refused, _, complete) = import(&lin, file).unwrap();
        assert_eq!((records, refused, complete), (0, 0, true));
    }
    assert_eq!(homes::digest(&lin), before);
    assert_eq!(homes::titles(&lin), ["Poles are behind the stairs"]);
}

#[test]
fn a_file_cut_short_gives_what_it_holds_and_the_whole_one_completes_it() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let stick = folder.path().join("stick.bundle");
    for title in ["One", "Two", "Three"] {
        homes::post(&zhou, title);
    }
    story_with_a_picture(&zhou);
    export(&zhou, &stick, 0, None);
    let whole = std::fs::read(&stick).unwrap();
    let cut = folder.path().join("cut.bundle");
    let mut taken = 0;
    for part in 1..16 {
        std::fs::write(&cut, &whole[..whole.len() * part / 16]).unwrap();
        let (records, refused, _, complete) = import(&lin, &cut).unwrap();
        assert_eq!((refused, complete), (0, false), "cut at {part}/16");
        taken += records;
    }
    assert!(taken > 0);
    let (_, refused, _, complete) = import(&lin, &stick).unwrap();
    assert_eq!((refused, complete), (0, true));
    assert_eq!(homes::titles(&lin).len(), 3);
    export(&lin, &stick, 0, None);
    import(&zhou, &stick).unwrap();
    assert_eq!(homes::digest(&zhou), homes::digest(&lin));
}

#[test]
fn a_file_that_goes_on_with_zeros_is_read_no_further_and_says_why_it_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let stick = folder.path().join("stick.bundle");
    homes::post(&zhou, "Poles are behind the stairs");
    export(&zhou, &stick, 0, None);
    let whole = std::fs::read(&stick).unwrap();
    let why = |bytes: &[u8], length: usize| {
        std::fs::write(&stick, bytes).unwrap();
        // As large as a disk: nobody reads that to its end.
        std::fs::File::options().write(true).open(&stick).unwrap().set_len(length as u64).unwrap();
        match lin.ask(Request::BundleImport { path: stick.clone() }).unwrap() {
            Answer::Bundle { refused: 0, complete, cut, .. } if complete == cut.is_none() => cut,
            other => panic!("{other:?}"),
        }
    };
    let beginning = &whole[..whole.len() - 41];
    assert_eq!(why(beginning, 1 << 40).as_deref(), Some("no-entry"));
    assert_eq!(homes::titles(&lin), ["Poles are behind the stairs"]);
    assert_eq!(why(beginning, beginning.len()).as_deref(), Some("shorter"));
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(why(&changed, changed.len()).as_deref(), Some("changed"));
    // Behind the end nothing is read.
    assert_eq!(why(&whole, 1 << 40), None);
}

#[test]
fn files_that_mean_harm_are_refused_with_a_stable_reason_and_what_is_here_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let elsewhere = homes::founder(&folder.path().join("elsewhere"));
    let file = folder.path().join("file.bundle");
    let code = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        import(&lin, &file).unwrap_err().code
    };
    homes::post(&lin, "Sheets are ready");
    let before = homes::digest(&lin);
    assert_eq!(code(b""), "not-a-bundle");
    assert_eq!(code(b"LINLI-BUNDLE-2\n"), "not-a-bundle");
    assert_eq!(code(&[&b"LINLI-BUNDLE-1\nA"[..], &u64::MAX.to_be_bytes()].concat()), "too-large");
    assert_eq!(code(&[&b"LINLI-BUNDLE-1\nR"[..], &(1_u64 << 30).to_be_bytes()].concat()), "too-large");
    assert_eq!(import(&lin, folder.path()).unwrap_err().code, "not-a-bundle");
    assert_eq!(import(&lin, &folder.path().join("nothing")).unwrap_err().code, "unreadable-file");
    export(&elsewhere, &file, 0, None);
    assert_eq!(import(&lin, &file).unwrap_err().code, "other-community");
    assert_eq!(homes::digest(&lin), before);

    homes::post(&zhou, "Poles are behind the stairs");
    export(&zhou, &file, 0, None);
    let whole = std::fs::read(&file).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        std::fs::write(&file, &flipped).unwrap();
        match import(&lin, &file) {
            Ok((_, _, _, complete)) => assert!(!complete, "a flip at {at} shows"),
            Err(fault) => {
                let known = ["not-a-bundle", "other-community", "too-large"];
                assert!(known.contains(&fault.code.as_str()), "{fault:?}");
            }
        }
    }
    // Whatever of it was genuine came in; the whole file brings the rest, and both hold the same.
    std::fs::write(&file, &whole).unwrap();
    assert!(import(&lin, &file).unwrap().3);
    export(&lin, &file, 0, None);
    import(&zhou, &file).unwrap();
    assert_eq!(homes::digest(&zhou), homes::digest(&lin));
}

#[test]
fn a_bundle_whose_earlier_one_is_missing_says_so_and_refuses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let (first, second) = (folder.path().join("first.bundle"), folder.path().join("second.bundle"));
    homes::post(&zhou, "Poles are behind the stairs");
    let (_, _, until, _) = export(&zhou, &first, 0, None);
    homes::post(&zhou, "Sheets are ready");
    export(&zhou, &second, until, None);

    let import = |file: &Path| lin.ask(Request::BundleImport { path: file.to_owned() }).unwrap();
    let fault = lin.ask(Request::BundleImport { path: second.clone() }).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.kind), ("bundle-too-early", FaultKind::Waiting));
    let first_of = format!("--after {until}");
    assert!(fault.hint.as_deref().is_some_and(|hint| hint.contains(&first_of)), "{fault:?}");
    let Answer::Bundle { refused, missing, .. } = import(&first) else { panic!() };
    assert_eq!((refused, missing), (0, 0));
    let Answer::Bundle { records, missing, .. } = import(&second) else { panic!() };
    assert_eq!((records, missing), (1, 0));
    assert_eq!(homes::titles(&lin).len(), 2);
}

#[test]
fn a_picture_that_came_after_an_export_is_in_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let (zhou, lin) = strangers_to_each_other(folder.path());
    let file = |name: &str| folder.path().join(name);
    story_with_a_picture(&zhou);
    // A picture travels behind its story: this stick lost it on the way, the one after it brings it.
    export(&zhou, &file("whole.bundle"), 0, None);
    let whole = std::fs::read(file("whole.bundle")).unwrap();
    std::fs::write(file("told.bundle"), without_pictures(&whole)).unwrap();
    import(&lin, &file("told.bundle")).unwrap();
    let (_, _, until, _) = export(&lin, &file("first.bundle"), 0, None);
    import(&lin, &file("whole.bundle")).unwrap();
    export(&lin, &file("second.bundle"), until, None);

    let shen = Node::open(&file("shen"), Network::Off).unwrap();
    import(&shen, &file("first.bundle")).unwrap();
    assert_eq!(homes::status(&shen).attachments_wanted, 1);
    import(&shen, &file("second.bundle")).unwrap();
    assert_eq!(homes::status(&shen).attachments_wanted, 0);
}

/// The same file without its attachments, and so without a sum that is right.
fn without_pictures(bundle: &[u8]) -> Vec<u8> {
    let (magic, mut rest) = bundle.split_at(15);
    let mut kept = magic.to_vec();
    while let Some((head, _)) = rest.split_first_chunk::<9>() {
        let length = usize::try_from(u64::from_be_bytes(*head.last_chunk().unwrap())).unwrap();
        let (entry, after) = rest.split_at(9 + length);
        if head[0] != b'A' {
            kept.extend_from_slice(entry);
        }
        rest = after;
    }
    kept
}
