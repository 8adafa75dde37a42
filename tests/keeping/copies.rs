//! Homes that were copied or restored: found out, told, and nothing that others hold is lost.

use crate::home::{Home, said, until};

/// What the neighbour's node says about the logs with two histories.
fn forks(home: &Home) -> Vec<serde_json::Value> {
    home.status()["forks"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_home_copied_to_a_second_machine_is_found_out_when_they_meet() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = Home::founded(folder.path().join("shen"));
    let running = shen.run();
    let lin = Home::joined(folder.path().join("lin"), &shen, "2-501", "Lin");
    let first = lin.post("From the laptop");
    let copy = lin.copied(folder.path().join("lin-on-another-machine"));

    // The copy knows at once that it is one: it goes on in a log of its own.
    assert!(copy.warnings().contains("was copied or restored"), "{}", copy.warnings());
    let node = copy.run();
    let second = copy.post("From the other machine");
    until("the copy's words", || shen.records().contains(&second).then_some(()));
    node.stop(&copy);

    // The first machine learns of it when it meets the copy's records.
    let node = lin.run();
    warns(&lin, "another copy of this home");
    assert!(lin.warnings().contains("Stop one of the two"), "{}", lin.warnings());
    let third = lin.post("From the laptop again");
    until("everything at the neighbour's", || {
        let held = shen.records();
        [&first, &second, &third].iter().all(|id| held.contains(*id)).then_some(())
    });
    node.stop(&lin);
    assert!(lin.warnings().contains("another copy of this home"), "it is told after a restart too");
    assert!(forks(&shen).is_empty(), "nobody wrote two histories");
    running.stop(&shen);
}

#[test]
fn a_home_restored_from_an_old_backup_loses_nothing_that_others_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = Home::founded(folder.path().join("shen"));
    let running = shen.run();
    let lin = Home::joined(folder.path().join("lin"), &shen, "2-501", "Lin");
    let backup = lin.copied(folder.path().join("backup"));
    let node = lin.run();
    let lost: Vec<String> = (0..5).map(|number| lin.post(&format!("After the backup {number}"))).collect();
    until("the words at the neighbour's", || shen.records().contains(&lost[4]).then_some(()));
    node.stop(&lin);

    lin.restored_from(&backup);
    let node = lin.run();
    warns(&lin, "it was restored from a backup");
    until("what was lost", || lost.iter().all(|id| lin.records().contains(id)).then_some(()));
    let again = lin.post("After the restore");
    until("the word after it", || shen.records().contains(&again).then_some(()));
    until("the same digest", || (lin.digest() == shen.digest()).then_some(()));
    settle(&shen, "after the restore");
    until("it to be settled", || stands(&shen, &again).then_some(()));
    assert!(forks(&shen).is_empty());
    node.stop(&lin);
    lin.is_sound();
    running.stop(&shen);
}

#[test]
fn a_restored_home_that_spoke_before_it_met_anyone_follows_the_settled_branch() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = Home::founded(folder.path().join("shen"));
    let running = shen.run();
    let lin = Home::joined(folder.path().join("lin"), &shen, "2-501", "Lin");
    let backup = lin.copied(folder.path().join("backup"));
    let node = lin.run();
    let settled: Vec<String> = (0..3).map(|number| lin.post(&format!("Settled {number}"))).collect();
    until("the words at the neighbour's", || shen.records().contains(&settled[2]).then_some(()));
    settle(&shen, "before the restore");
    until("it to be settled", || stands(&shen, &settled[2]).then_some(()));
    node.stop(&lin);

    lin.restored_from(&backup);
    lin.post("Said to nobody");
    let node = lin.run();
    warns(&lin, "another copy of this home");
    until("the settled branch", || settled.iter().all(|id| lin.records().contains(id)).then_some(()));
    // Both branches are kept, with the proof, on both sides.
    for home in [&shen, &lin] {
        until("the proof", || forks(home).iter().any(|fork| !fork["proof"].is_null()).then_some(()));
    }
    until("the proof to be settled", || forks(&lin).iter().any(|fork| fork["settled"] == true).then_some(()));
    assert!(forks(&lin).iter().any(|fork| fork["own"] == true && fork["aside"].as_u64() > Some(0)));
    until("the same digest", || (lin.digest() == shen.digest()).then_some(()));

    // The device is suspended until a registrar confirms its new log.
    let again = lin.post("Confirmed");
    until("the word at the neighbour's", || shen.records().contains(&again).then_some(()));
    shen.ask(&["admit", "--confirm", "2-501"]);
    settle(&shen, "after the confirmation");
    until("the new log to stand", || stands(&shen, &again).then_some(()));
    until("the same digest", || (lin.digest() == shen.digest()).then_some(()));
    node.stop(&lin);
    lin.is_sound();
    shen.is_sound();
    running.stop(&shen);
}

#[test]
fn a_copied_home_orders_nothing_without_the_registers_key_and_with_it_only_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let shen = Home::founded(folder.path().join("shen"));
    shen.post("Before");
    let digest = shen.digest();

    let without = shen.copied(folder.path().join("without"));
    std::fs::remove_file(without.root.join("witness.key")).expect("the key goes");
    assert!(without.warnings().contains("witness.key"), "{}", without.warnings());
    assert_eq!(without.status()["witness"], false);
    let head = without.status()["head"].clone();
    without.post("It is heard, and not settled");
    assert_eq!(without.status()["head"], head);
    let (code, error) = without.refused(&["witness", "resume"]);
    assert_eq!((code, error["code"].as_str()), (5, Some("no-register-key")), "{error}");

    let with = shen.copied(folder.path().join("with"));
    assert!(with.warnings().contains("linli witness resume"), "{}", with.warnings());
    let head = with.status()["head"].clone();
    let waiting = said(&with.ask(&["notice", "post", "It waits", "--text", "for a word"]));
    assert_eq!(with.status()["head"], head);
    assert!(!stands(&with, &waiting));
    with.ask(&["witness", "resume"]);
    until("the block", || stands(&with, &waiting).then_some(()));
    assert!(!with.warnings().contains("linli witness resume"));
    shen.is_sound();
    assert_eq!(shen.digest(), digest);
}

/// Makes the witness settle what it holds at once: it decides something, whose flat 1-101 is now.
fn settle(witness: &Home, owner: &str) {
    let roll = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guihuali/roll.csv");
    let roll = std::fs::read_to_string(roll).expect("the estate has a roll");
    let changed = witness.root.with_extension("csv");
    let sold = roll.replacen(
        "1-101,1,1,1,88.52,register,GHL-0001",
        &format!("1-101,1,1,1,88.52,register,{owner}"),
        1,
    );
    std::fs::write(&changed, sold).expect("the roll is written");
    witness.ask(&["roll", "import", changed.to_str().expect("a path")]);
}

fn warns(home: &Home, what: &str) {
    until(what, || home.warnings().contains(what).then_some(()));
}

/// Whether a record is settled and stands.
fn stands(home: &Home, id: &str) -> bool {
    let log = home.ask(&["log", "--limit", "1000"]);
    let lines = log["value"].as_array().expect("lines");
    lines.iter().any(|line| line["id"] == id && line["verdict"] == "stands" && !line["height"].is_null())
}
