//! What is sealed, over real nodes: further devices, lost devices, households let in and taken out, pictures.

#![allow(clippy::unwrap_used)]

mod street;

use linli_community::content::audience::Member;
use linli_node::vocabulary::{Answer, Request};
use street::{Home, same, two_households, until};

#[test]
fn a_second_device_reads_what_its_household_sealed_and_is_read_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    zhou.talks_at_home("Keys");
    zhou.says("Keys", "The spare key is with grandmother");

    let phone = zhou.admits(folder.path().join("phone"), "device", "Zhou's phone", None);
    phone.awaits("The spare key is with grandmother");
    phone.says("Keys", "Grandmother is at the market");
    zhou.awaits("Grandmother is at the market");

    shen.post("Water off");
    same(&shen, &phone);
    assert!(!shen.reads("The spare key is with grandmother"));
    assert!(shen.log().iter().all(|line| !line.sealed), "a neighbour holds no record of another household's");
}

#[test]
fn a_lost_device_reads_nothing_new_while_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (_shen, zhou) = two_households(folder.path());
    zhou.talks_at_home("Keys");
    zhou.says("Keys", "before the loss");
    let tablet = zhou.admits(folder.path().join("tablet"), "device", "tablet", None);
    let lost = zhou.admits(folder.path().join("lost"), "device", "phone", None);
    tablet.awaits("before the loss");
    lost.awaits("before the loss");

    tablet.revokes(&lost, "left on the bus");
    until(&zhou, "the revocation", || {
        let Answer::People(people) = zhou.ask(Request::People) else { panic!() };
        let mut devices = people.households.iter().flat_map(|home| &home.devices);
        devices.any(|held| held.revoked && held.key.to_string() == lost.device()).then_some(())
    });
    until(&zhou, "the new epoch", || {
        let Answer::Audiences(audiences) = zhou.ask(Request::Audiences) else { panic!() };
        (audiences[0].newest().unwrap().epoch >= 2).then_some(())
    });
    zhou.says("Keys", "after the loss");
    tablet.awaits("after the loss");
    tablet.says("Keys", "the others go on");
    zhou.awaits("the others go on");

    // Even given every byte the household holds, the lost device opens nothing new.
    zhou.hands_everything_to(&lost, "3-1203 Zhou");
    assert!(lost.reads("before the loss"));
    assert!(lost.log().iter().filter(|line| line.sealed).count() >= 5, "it holds the ciphertext");
    assert!(!lost.reads("after the loss") && !lost.reads("the others go on"));
}

#[test]
fn a_device_the_registrars_revoked_is_shut_out_before_anybody_writes_again() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    zhou.talks_at_home("Keys");
    let lost = zhou.admits(folder.path().join("lost"), "device", "phone", None);
    until(&lost, "the thread", || lost.thread("Keys"));
    same(&shen, &lost);

    shen.revokes(&lost, "said at the office");
    same(&shen, &zhou);
    zhou.says("Keys", "after the office was told");
    let Answer::Audiences(audiences) = zhou.ask(Request::Audiences) else { panic!() };
    assert_eq!(audiences[0].newest().unwrap().epoch, 2, "another epoch began before the message was sealed");
    zhou.hands_everything_to(&lost, "3-1203 Zhou");
    assert!(lost.thread("Keys").is_some() && !lost.reads("after the office was told"));
}

#[test]
fn who_comes_later_reads_what_the_audience_allows_and_who_goes_reads_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    let li = shen.admits(folder.path().join("li"), "tenant", "2-101 Li", Some("2-101"));
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    same(&shen, &zhou);
    same(&shen, &wu);
    shen.opens_audience("open garden", "named", &["3-1203 Zhou"], false);
    shen.opens_audience("closed garden", "named", &["3-1203 Zhou"], true);
    for audience in ["open garden", "closed garden"] {
        shen.opens_thread(audience, Some(audience));
        shen.says(audience, &format!("before, in the {audience}"));
        zhou.awaits(&format!("before, in the {audience}"));
    }

    for audience in ["open garden", "closed garden"] {
        zhou.changes_audience(audience, &["2-101 Li"], &["1-302 Shen"]);
        zhou.opens_thread(&format!("{audience}, later"), Some(audience));
        let after = format!("after, in the {audience}");
        zhou.says(&format!("{audience}, later"), &after);
        li.awaits(&after);
        li.says(&format!("{audience}, later"), &format!("Li, in the {audience}"));
        zhou.awaits(&format!("Li, in the {audience}"));
    }
    assert!(li.reads("before, in the open garden"), "this audience lets newcomers read what was before");
    assert!(!li.reads("before, in the closed garden"), "this one only what comes after them");
    same(&shen, &li);
    // Nobody hands it a word of what follows: that others were given a key is what it has to go by.
    let again = || Request::ThreadOpen { title: "Again".into(), audience: Some("open garden".into()) };
    assert_eq!(shen.node.ask(again()).unwrap_err().code, "not-a-member");
    let Answer::Audiences(audiences) = shen.ask(Request::Audiences) else { panic!() };
    let Answer::People(people) = shen.ask(Request::People) else { panic!() };
    let own = people.households.iter().find(|home| home.label == "1-302 Shen").unwrap().id;
    let garden = audiences.iter().find(|view| view.name == "open garden").unwrap();
    assert!(!garden.newest().unwrap().members.contains(&Member::Household(own)), "it finds itself out");
    zhou.hands_everything_to(&shen, "2-101 Li");
    assert!(shen.reads("before, in the open garden") && shen.reads("before, in the closed garden"));
    let new = |text: &String| text.starts_with("after") || text.starts_with("Li");
    assert!(!shen.texts().iter().any(new), "{:?}", shen.texts());
    assert_eq!(shen.node.ask(again()).unwrap_err().code, "not-a-member");
    assert!(wu.log().iter().all(|line| !line.sealed), "who never was in holds no record of it");
}

#[test]
fn pictures_arrive_whole_and_a_sealed_one_is_ciphertext_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    let keeper = shen.admits(folder.path().join("keeper"), "keeper", "Basement", None);
    same(&shen, &zhou);
    same(&shen, &keeper);
    let pixels = (0..70_000u32).flat_map(u32::to_be_bytes);
    let picture: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(pixels).collect();
    let file = folder.path().join("picture.png");
    std::fs::write(&file, &picture).unwrap();

    shen.opens_thread("In the open", None);
    shen.opens_audience("committee", "committee", &["3-1203 Zhou"], false);
    shen.opens_thread("Behind doors", Some("committee"));
    let mut blobs = Vec::new();
    for title in ["In the open", "Behind doors"] {
        let thread = shen.thread(title).unwrap().id.to_string();
        shen.ask(Request::SayPicture { thread, path: file.clone(), caption: "the wall".into() });
        let shown = |home: &Home| home.thread(title)?.messages.first()?.pictures.first().cloned();
        let picture_view = until(&zhou, "the picture's record", || shown(&zhou));
        assert_eq!(picture_view.caption, "the wall");
        blobs.push(picture_view.blob);
    }
    let saved = |home: &Home, at: usize| {
        let path = folder.path().join("saved");
        let request = Request::Attachment { hash: blobs[at].to_string(), path: path.clone(), replace: true };
        until(home, "the picture", || home.node.ask(request.clone()).ok());
        std::fs::read(path).unwrap()
    };
    assert_eq!(saved(&zhou, 0), picture);
    assert_eq!(saved(&zhou, 1), picture, "a member opens the sealed one");
    assert_eq!(saved(&keeper, 0), picture);
    let sealed = saved(&keeper, 1);
    assert_ne!(sealed, picture);
    assert_eq!(
        blake3::hash(&sealed).as_bytes(),
        blobs[1].as_bytes(),
        "the keeper verifies what it can't read"
    );
    assert!(sealed.len() % 4096 == 50, "and sees a length rounded up: {}", sealed.len());
    assert!(!sealed.windows(64).any(|window| picture.windows(64).take(64).any(|part| part == window)));
}
