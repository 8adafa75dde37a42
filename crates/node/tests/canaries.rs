//! Canaries: words that stand nowhere else, searched for on a neighbour's disk that must not hold them.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::vocabulary::{Answer, ConsentTerms, Request, Sight};
use street::{Home, same, until};

/// When the door opened, by the gateway's clock: a time like no other.
const OPENED_MS: u64 = 1_777_777_777_777;

const ROLL: &str = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
    1-302,1,1,3,89.50,register,CANARY-OWNER-A,CANARY-NAME-SHEN,owned\n\
    3-1203,3,1,12,89.50,register,CANARY-OWNER-B,CANARY-NAME-ZHOU,owned\n\
    2-102,2,1,1,89.50,register,CANARY-OWNER-C,CANARY-NAME-WU,owned\n";

fn sight(value: &str) -> Request {
    Request::Sight(Sight {
        source: "door/3-1203".into(),
        kind: "contact".into(),
        value: value.into(),
        battery: None,
        at_ms: Some(OPENED_MS),
    })
}

#[test]
fn a_neighbours_disk_holds_no_whereabouts_no_contacts_no_names_and_no_owner_ids() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    shen.ask(Request::RollImport { csv: ROLL.into(), dry_run: false, shrink: false });
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    let keeper = shen.admits(folder.path().join("keeper"), "keeper", "Basement", None);
    let gateway = shen.admits(folder.path().join("box"), "gateway", "Stair 1", None);
    same(&shen, &gateway);
    shen.ask(Request::ConsentGrant(ConsentTerms {
        gateway: "Stair 1".into(),
        source: "door/3-1203".into(),
        purpose: "know that it is shut".into(),
        viewers: "3-1203".into(),
        retention_days: 30,
        days: None,
        motion: "asked by the household".into(),
    }));
    same(&shen, &gateway);
    same(&shen, &zhou);
    same(&shen, &wu);
    zhou.opens_audience("at home", "household", &[], false);
    zhou.opens_thread("CANARY-TITLE", Some("at home"));
    zhou.says("CANARY-TITLE", "CANARY-PHONE 139 0000 1234");
    gateway.ask(sight("CANARY-OPENED"));
    let seen = until(&zhou, "the door, at its household", || {
        let Answer::Sightings(sightings) = zhou.ask(Request::Sightings { source: None }) else { panic!() };
        sightings.into_iter().next()
    });
    assert_eq!((seen.value.as_str(), seen.at_ms), ("CANARY-OPENED", OPENED_MS));
    shen.post("CANARY-PUBLIC");
    same(&shen, &wu);
    same(&shen, &keeper);

    let private: Vec<_> = gateway.log().into_iter().filter(|line| line.sealed).collect();
    assert!(!private.is_empty());
    let opened_cbor = [&[0x1b][..], &OPENED_MS.to_be_bytes()].concat();
    for home in [&shen, &wu, &keeper] {
        let name = home.path.display();
        let held = |needle: &[u8]| home.holds_bytes(needle);
        assert!(held(b"CANARY-PUBLIC"), "{name}: the search finds what is there");
        for canary in ["CANARY-TITLE", "CANARY-PHONE", "CANARY-OPENED", "CANARY-OWNER", "CANARY-NAME"] {
            assert!(!held(canary.as_bytes()), "{name} holds {canary}");
        }
        assert!(!held(&opened_cbor) && !held(&OPENED_MS.to_le_bytes()), "{name} holds when a door opened");
        for line in &private {
            assert!(
                !held(line.id.as_bytes()) && !held(line.log.as_bytes()),
                "{name} holds a private log's id"
            );
        }
    }
    assert!(gateway.log().iter().all(|line| line.kind != 208 || line.sealed));
}
