//! Damaged files: named with cause and cure, never opened as if they were empty, and repaired as far as they can be.

use std::path::Path;

use crate::home::{Home, until};

/// Places in the file where a bit is flipped.
const FLIPS: u64 = 14;

/// Numbers that depend on a seed alone (SplitMix64; Steele, Lea, Flood 2014).
fn chance(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn change(path: &Path, at: usize, mask: u8) {
    let mut bytes = std::fs::read(path).expect("the file reads");
    bytes[at] ^= mask;
    std::fs::write(path, bytes).expect("the file is written");
}

/// Every place where these bytes stand in the file.
fn places(path: &Path, wanted: &[u8]) -> Vec<usize> {
    let bytes = std::fs::read(path).expect("the file reads");
    bytes.windows(wanted.len()).enumerate().filter(|(_, at)| *at == wanted).map(|(at, _)| at).collect()
}

/// A home with something of everything, and a digest to compare with.
fn furnished(root: std::path::PathBuf) -> Home {
    let home = Home::founded(root);
    for number in 0..40 {
        home.post(&format!("Heron number {number}"));
    }
    // A decision is settled at once, and everything with it: the digest stands still from here on.
    let roll = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guihuali/roll.csv");
    home.ask(&["roll", "import", roll.to_str().expect("a path")]);
    home
}

#[test]
fn a_flipped_bit_anywhere_is_reported_or_harmless_and_never_an_empty_home() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = furnished(folder.path().join("shen"));
    let records = whole.records().len();
    let bytes = std::fs::read(whole.store()).expect("a store");
    // Most of a young file is room nobody uses yet.
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let mut seed = 20_461_123;
    println!("seed {seed}");
    let mut found = 0;
    for flip in 0..FLIPS {
        // The first ones hit the head of the file, the others anywhere.
        let reach = if flip < 4 { used.partition_point(|at| *at < 4096) } else { used.len() };
        let at = used[usize::try_from(chance(&mut seed) % reach as u64).expect("within the file")];
        let mask = 1 << (chance(&mut seed) % 8);
        let home = whole.copied(folder.path().join(format!("flip-{flip}")));
        change(&home.store(), at, mask);
        let checked = home.told(&["check"]);
        let code = checked.status.code();
        let told =
            String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
        assert!(matches!(code, Some(0 | 9 | 13)), "byte {at}, mask {mask}: {code:?} {told}");
        found += u32::from(code != Some(0));
        let repaired = home.told(&["repair"]);
        is_quiet(&checked);
        is_quiet(&repaired);
        // It ends here: repaired, or with what is lost said and the file kept.
        match repaired.status.code() {
            Some(0) => {
                home.is_sound();
                assert!(home.records().len() >= records / 2, "byte {at}, mask {mask}");
            }
            Some(13) => waits_for_blocks(&home, &answer(&repaired)),
            code => panic!("byte {at}, mask {mask}: {code:?} {}", String::from_utf8_lossy(&repaired.stderr)),
        }
    }
    println!("{found} of {FLIPS} reported");
    assert!(found > 0, "no flip hit anything: choose another seed");
}

fn answer(output: &std::process::Output) -> serde_json::Value {
    let said = String::from_utf8_lossy(&output.stderr);
    let answer: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    answer["value"].clone()
}

/// Nobody is shown how the program found out.
fn is_quiet(output: &std::process::Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
}

/// A repair that lost blocks says which, and so does every check until they are back; the damaged file is kept.
fn waits_for_blocks(home: &Home, repaired: &serde_json::Value) {
    let kept = repaired["repaired"]["damaged_file"].as_str().expect("the damaged file is kept");
    assert!(Path::new(kept).exists());
    let (code, faults) = home.check();
    assert_eq!(code, Some(13));
    assert!(faults.iter().all(|fault| fault["place"] == "block"), "{faults:?}");
    assert!(home.status()["waiting_for"].as_str().is_some_and(|what| what.contains("block")));
}

#[test]
fn a_flipped_bit_in_a_record_is_named_by_its_place_and_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = furnished(folder.path().join("shen"));
    let digest = home.digest();
    let place = places(&home.store(), b"Heron number 17").pop().expect("the notice lies in the file");
    change(&home.store(), place, 4);
    let (code, faults) = home.check();
    assert_eq!(code, Some(13));
    assert!(faults.iter().any(|fault| fault["place"] == "record"), "{faults:?}");
    let repaired = home.ask(&["repair"])["value"].clone();
    assert_eq!(repaired["repaired"]["mended"], 1, "{repaired}");
    assert_eq!(repaired["repaired"]["aside"], 0);
    assert_eq!(repaired["faults"].as_array().map(Vec::len), Some(0));
    home.is_sound();
    assert_eq!(home.digest(), digest);
    let kept = repaired["repaired"]["damaged_file"].as_str().expect("the damaged file is kept");
    assert!(Path::new(kept).exists());
}

#[test]
fn what_a_repair_cannot_save_comes_again_from_a_neighbour() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = furnished(folder.path().join("shen"));
    let running = shen.run();
    let lin = Home::joined(folder.path().join("lin"), &shen, "2-501", "Lin");
    let digest = shen.digest();
    for place in places(&lin.store(), b"Heron number 17") {
        change(&lin.store(), place, 0xff);
        change(&lin.store(), place + 3, 0xff);
    }
    assert_eq!(lin.check().0, Some(13));
    let repaired = lin.ask(&["repair"])["value"]["repaired"].clone();
    assert!(repaired["aside"].as_u64().is_some_and(|aside| aside > 0), "{repaired}");
    lin.is_sound();
    assert_ne!(lin.digest(), digest);
    let node = lin.run();
    until("the lost records", || (lin.digest() == digest).then_some(()));
    node.stop(&lin);
    lin.is_sound();
    running.stop(&shen);
}

#[test]
fn a_file_cut_short_or_emptied_is_reported_left_as_it_is_and_begun_anew_by_a_repair_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = furnished(folder.path().join("shen"));
    let length = std::fs::metadata(whole.store()).expect("a store").len();
    for (name, left) in [("half", length / 2), ("head", 300), ("empty", 0)] {
        let home = whole.copied(folder.path().join(name));
        let file = std::fs::File::options().write(true).open(home.store()).expect("the file opens");
        file.set_len(left).expect("the file is cut");
        drop(file);
        let before = std::fs::read(home.store()).expect("the file reads");
        for words in [&["status"][..], &["notice", "post", "A word", "--text", "in vain"], &["check"]] {
            let (code, error) = home.refused(words);
            assert_eq!((code, error["code"].as_str()), (9, Some("store-damaged")), "{name}: {error}");
            assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("repair")), "{error}");
        }
        assert!(
            std::fs::read(home.store()).expect("the file reads") == before,
            "{name}: the file was touched"
        );
        let repaired = home.told(&["repair"]);
        is_quiet(&repaired);
        let repaired_view = answer(&repaired);
        println!("{name}: {} records saved", repaired_view["records"]);
        assert_eq!(repaired_view["repaired"]["incomplete"], true, "{repaired_view}");
        let kept = repaired_view["repaired"]["damaged_file"].as_str().expect("the damaged file is kept");
        assert!(std::fs::read(kept).expect("it reads") == before, "{name}: what is kept was touched");
        if repaired.status.code() != Some(0) {
            assert_eq!(repaired.status.code(), Some(13));
            waits_for_blocks(&home, &repaired_view);
        }
        let fresh = repaired_view["repaired"]["fresh"] == true;
        assert_eq!(fresh, repaired_view["records"] == 0);
        assert!(home.warnings().contains("witness-paused"), "{}", home.warnings());
    }
    // A home whose store is gone is not founded anew by anything else either.
    let home = whole.copied(folder.path().join("gone"));
    std::fs::remove_file(home.store()).expect("the file goes");
    let (code, error) = home.refused(&["status"]);
    assert_eq!((code, error["code"].as_str()), (9, Some("store-missing")), "{error}");
    assert!(!home.store().exists());
    // Where nothing says whose it was, a repair says so and what to do.
    let community = std::fs::read_to_string(home.root.join("community")).expect("whose home it is");
    std::fs::remove_file(home.root.join("community")).expect("the file goes");
    let (code, error) = home.refused(&["repair"]);
    assert_eq!((code, error["code"].as_str()), (9, Some("store-nameless")), "{error}");
    assert!(!home.store().exists());
    std::fs::write(home.root.join("community"), community).expect("a person writes it");
    let repaired = home.told(&["repair"]);
    assert_eq!((repaired.status.code(), &answer(&repaired)["repaired"]["fresh"]), (Some(13), &true.into()));
    assert_eq!(home.status()["records"], 0);
}

#[test]
fn a_home_that_lost_its_whole_store_gets_everything_back_by_a_neighbours_invite() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = furnished(folder.path().join("shen"));
    let running = shen.run();
    let lin = Home::joined(folder.path().join("lin"), &shen, "2-501", "Lin");
    running.stop(&shen);
    let digest = lin.digest();
    assert_eq!(shen.digest(), digest);
    let records = lin.records();

    std::fs::write(shen.store(), b"nothing of what was here").expect("the file is written over");
    assert_eq!(answer(&shen.told(&["repair"]))["repaired"]["fresh"], true);
    waits_for_blocks_of_all(&shen);
    let neighbour = lin.run();
    let invite = lin.ask(&["invite", "--unit", "2-501", "--as", "owner"]);
    shen.ask(&["join", invite["value"]["text"].as_str().expect("an invite's text"), "--no-wait"]);
    let running = shen.run();
    until("the lost records", || records.is_subset(&shen.records()).then_some(()));
    until("the same digest", || (shen.digest() == lin.digest()).then_some(()));
    let (code, faults) = shen.check();
    assert_eq!((code, faults), (Some(0), Vec::new()));
    // It speaks in a new log, and orders again only when a person says so.
    assert!(shen.warnings().contains("witness-paused"), "{}", shen.warnings());
    shen.ask(&["witness", "resume"]);
    let said = shen.post("Here again");
    until("the new word", || lin.records().contains(&said).then_some(()));
    until("the same digest", || (shen.digest() == lin.digest() && shen.digest() != digest).then_some(()));
    running.stop(&shen);
    neighbour.stop(&lin);
    shen.is_sound();
    lin.is_sound();
}

fn waits_for_blocks_of_all(home: &Home) {
    let (code, faults) = home.check();
    assert_eq!((code, faults.len()), (Some(13), 1), "{faults:?}");
    assert!(
        faults[0]["place"] == "block" && faults[0]["at"].as_str().is_some_and(|at| at.starts_with("0 to "))
    );
}

#[test]
fn a_damaged_attachment_is_named_and_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::founded(folder.path().join("shen"));
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guihuali");
    let picture = picture_below(&picture).expect("the estate has a picture");
    let request =
        ["request", "open", "Lamp", "--text", "Dark.", "--picture", picture.to_str().expect("a path")];
    home.ask(&request);
    let digest = home.digest();
    let blob = blob_below(&home.root.join("store").join("blobs")).expect("the picture is kept");
    change(&blob, 100, 1);
    let (code, faults) = home.check();
    assert_eq!(code, Some(13));
    let name = blob.file_name().and_then(|name| name.to_str()).expect("a hash");
    let named = |fault: &serde_json::Value| fault["place"] == "attachment" && fault["at"] == name;
    assert!(faults.iter().any(named), "{faults:?}");
    home.ask(&["repair"]);
    home.is_sound();
    assert!(!blob.exists(), "what is not what its name says is not served");
    assert_eq!(home.digest(), digest);
}

fn picture_below(folder: &Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    entries.into_iter().find_map(|path| match path.extension().and_then(|end| end.to_str()) {
        Some("jpg" | "jpeg" | "png") => Some(path),
        _ => picture_below(&path),
    })
}

fn blob_below(folder: &Path) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() {
            blob_below(&path)
        } else {
            Some(path).filter(|path| path.metadata().is_ok_and(|m| m.len() > 200))
        }
    })
}
