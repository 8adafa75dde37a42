//! Audience keys: which of them a device holds follows from the records, not from the order in which these came.

#![allow(clippy::unwrap_used)]

mod street;

use linli_community::content::Payload as _;
use linli_community::content::grants::{self, Granted, KeyGrant};
use linli_node::Network;
use linli_node::vocabulary::{Answer, Request};
use linli_record::{AudienceId, EpochKey, LogWriter, SealingSecret, SecretKey};
use linli_store::{Batch, Store};
use street::{Home, same};

/// A secret of a closed home, as its key file holds it.
fn secret(home: &Home, name: &str) -> [u8; 32] {
    let bytes = std::fs::read(home.path.join("device.key")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    data_encoding::HEXLOWER.decode(file[name].as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
}

/// Signs a grant with a home's key that its node would not make, and opens the home again.
fn grants_a_key(by: Home, to: &Home, audience: AudienceId) -> Home {
    let signing = SecretKey::from_bytes(&secret(&by, "signing"));
    let to = SealingSecret::from_seed(&secret(to, "sealing")).public();
    let Home { path, node, clock } = by;
    node.close();
    let mut store = Store::open(&path.join("store"), &linli_store::Settings::default()).unwrap();
    let tip =
        store.tips().find(|tip| tip.key == signing.public() && tip.audience.is_none()).cloned().unwrap();
    let opening = store.records(&tip.log, 0, 0).unwrap().remove(0);
    let mut writer = LogWriter::resume(store.community(), signing, tip, opening);
    let granted = Granted { audience, epoch: 1, key: EpochKey::from([7; 32]), name: "Roof".into() };
    let grant = grants::seal(&store.community(), &[to], &[granted], &[9; 32]).unwrap();
    let record = writer.append(KeyGrant::begin(), &grant.body().unwrap(), [3; 16], 1).unwrap();
    let mut batch = Batch::new();
    batch.append(vec![record], writer.tip().clone(), None);
    store.write(batch).unwrap();
    drop(store);
    Home::opened(path, clock, Network::On)
}

fn faults(home: &Home) -> Vec<String> {
    let Answer::Checked(view) = home.ask(Request::Check) else { panic!() };
    view.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_key_from_one_who_becomes_a_member_later_changes_nothing_that_a_repair_would_not_make() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    let wu = shen.admits(folder.path().join("wu"), "owner", "2-102 Wu", Some("2-102"));
    shen.opens_audience("Roof", "named", &["3-1203 Zhou"], false);
    shen.opens_thread("The roof", Some("Roof"));
    shen.says("The roof", "Old He has the ladder");
    zhou.awaits("Old He has the ladder");
    let Answer::Audiences(audiences) = shen.ask(Request::Audiences) else { panic!() };
    let audience = audiences.iter().find(|view| view.name == "Roof").unwrap().audience;

    let wu = grants_a_key(wu, &zhou, audience);
    same(&wu, &shen);
    same(&wu, &zhou);
    shen.changes_audience("Roof", &["2-102 Wu"], &[]);
    shen.says("The roof", "Wu brings a rope");
    zhou.awaits("Wu brings a rope");
    wu.awaits("Old He has the ladder");
    assert_eq!(faults(&zhou), Vec::<String>::new());

    zhou.ask(Request::Repair);
    assert_eq!(faults(&zhou), Vec::<String>::new());
    assert!(zhou.reads("Old He has the ladder") && zhou.reads("Wu brings a rope"));
    let zhou = zhou.reopened(Network::On);
    assert_eq!(faults(&zhou), Vec::<String>::new());
    zhou.says("The roof", "The ladder is back");
    wu.awaits("The ladder is back");
}
