//! A keeper stands in when no household is there.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::Network;
use linli_node::vocabulary::{Answer, Request};
use street::{Home, same, until};

/// What begins like a photograph, and is `length` bytes longer than that.
fn photograph(length: usize) -> Vec<u8> {
    [b"\xff\xd8\xff".to_vec(), vec![7; length]].concat()
}

#[test]
fn a_newcomer_reads_everything_from_the_keeper_when_every_household_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let keeper = shen.admits(folder.path().join("library"), "keeper", "library", None);
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    same(&shen, &keeper);
    until(&zhou, "the way to the keeper", || {
        zhou.status().peers.iter().any(|peer| peer.role == "keeper" && peer.live).then_some(())
    });
    // The newcomer goes away on its first evening; what follows it never saw.
    let zhou = zhou.reopened(Network::Off);
    let picture = folder.path().join("tree.png");
    std::fs::write(&picture, photograph(90_000)).unwrap();
    let write = Request::StoryWrite { title: "The old tree".into(), text: "It stood here first.".into() };
    let Answer::Said { record, .. } = shen.ask(write) else { panic!() };
    let story = record.to_string();
    shen.ask(Request::StoryPicture { story: story.clone(), path: picture, caption: "In 1998".into() });
    shen.post("Water off");
    same(&shen, &keeper);
    until(&keeper, "the picture", || (keeper.status().attachments_wanted == 0).then_some(()));
    shen.node.close();

    let zhou = zhou.reopened(Network::On);
    same(&keeper, &zhou);
    let Answer::Notices(notices) = zhou.ask(Request::Notices { all: false }) else { panic!() };
    assert_eq!(notices.len(), 1);
    let Answer::Story(view) = zhou.ask(Request::Story { story }) else { panic!() };
    let hash = view.pictures[0].picture.blob.to_string();
    let path = folder.path().join("saved.png");
    let save = Request::Attachment { hash, path: path.clone(), replace: false };
    until(&zhou, "the picture", || zhou.node.ask(save.clone()).ok());
    assert!(std::fs::read(path).unwrap() == photograph(90_000), "the picture that was shown");
}

#[test]
fn an_attachment_that_was_damaged_is_fetched_again_from_a_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let keeper = shen.admits(folder.path().join("library"), "keeper", "library", None);
    let picture = folder.path().join("tree.png");
    std::fs::write(&picture, photograph(5_000)).unwrap();
    let write = Request::StoryWrite { title: "The old tree".into(), text: "It stood here first.".into() };
    let Answer::Said { record, .. } = shen.ask(write) else { panic!() };
    shen.ask(Request::StoryPicture { story: record.to_string(), path: picture, caption: String::new() });
    same(&shen, &keeper);
    until(&keeper, "the picture", || (keeper.status().attachments_wanted == 0).then_some(()));
    let hash = blake3::hash(&photograph(5_000)).to_hex().to_string();
    let file = keeper.path.join("store/blobs").join(&hash[..2]).join(&hash);
    std::fs::write(&file, b"something else").unwrap();

    let checked = || match keeper.ask(Request::Check) {
        Answer::Checked(checked) => checked.faults,
        other => panic!("{other:?}"),
    };
    let faults = checked();
    assert_eq!(
        (faults.len(), faults[0].place.as_str(), faults[0].at.as_str()),
        (1, "attachment", hash.as_str())
    );
    keeper.ask(Request::AttachmentAgain { hash: hash.clone() });
    until(&keeper, "the picture again", || (keeper.status().attachments_wanted == 0).then_some(()));
    assert!(std::fs::read(&file).unwrap() == photograph(5_000), "the picture that was lost");
    assert_eq!(checked(), []);
    keeper.ask(Request::AttachmentAgain { hash });
    assert_eq!(keeper.status().attachments_wanted, 0, "a whole one is left alone");
}
