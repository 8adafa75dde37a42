//! A body that a home should hold and lacks is asked for, of every neighbour, until one has it.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::Network;
use linli_node::vocabulary::Request;
use linli_record::RecordId;
use linli_store::{Batch, Op, Store};
use street::{Home, same, until};

/// A home that lost what a record said, as a damaged row is set right by a repair: the header stays, the body is sought.
fn forgetting(home: Home, id: RecordId) -> Home {
    let Home { path, node, clock } = home;
    node.close();
    let mut store = Store::open(&path.join("store"), &linli_store::Settings::default()).unwrap();
    store.write(Batch::from(Op::DropPayload(id))).unwrap();
    drop(store);
    let home = Home::opened(path, clock, Network::Off);
    home.ask(Request::Repair);
    assert!(!holds(&home, id));
    home
}

fn holds(home: &Home, id: RecordId) -> bool {
    home.log().iter().any(|line| line.id == id && line.held)
}

#[test]
fn a_household_that_lacks_a_body_asks_until_somebody_who_has_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    let lin = shen.admits(folder.path().join("lin"), "owner", "2-501 Lin", Some("2-501"));
    shen.opens_thread("Ladders", None);
    shen.says("Ladders", "The long one is in the cellar");
    zhou.awaits("The long one is in the cellar");
    lin.awaits("The long one is in the cellar");
    same(&zhou, &lin);
    until(&zhou, "a link of the two", || (zhou.status().peers.len() == 2).then_some(()));
    let id = shen.log().into_iter().find(|line| line.kind_name == "message").unwrap().id;

    let shen = shen.reopened(Network::Off);
    let (zhou, lin) = (forgetting(zhou, id), forgetting(lin, id));
    let (zhou, lin) = (zhou.reopened(Network::On), lin.reopened(Network::On));
    // Each asks the other, who can't help.
    until(&zhou, "a link of the two", || zhou.status().peers.iter().any(|peer| peer.live).then_some(()));
    until(&lin, "a link of the two", || lin.status().peers.iter().any(|peer| peer.live).then_some(()));
    assert!(!holds(&zhou, id) && !holds(&lin, id));

    let _shen = shen.reopened(Network::On);
    for home in [&zhou, &lin] {
        until(home, "the body", || holds(home, id).then_some(()));
        home.awaits("The long one is in the cellar");
    }
    same(&zhou, &lin);
}
