//! While a node checks or repairs, it says how far it is and still answers how it stands.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::vocabulary::{Answer, Event, Request};
use street::Home;

/// What was told while a request was worked on: each stage once.
fn stages(home: &Home, request: Request) -> Vec<(String, String)> {
    let mut events = home.node.events();
    let Answer::Checked(view) = home.ask(request) else { panic!() };
    assert_eq!(view.faults, []);
    let mut stages = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Busy(busy) = event {
            assert!(busy.done <= busy.of || busy.of == 0, "{busy:?}");
            let stage = (busy.what, busy.stage);
            if stages.last() != Some(&stage) {
                stages.push(stage);
            }
        }
    }
    stages
}

#[test]
fn a_check_and_a_repair_tell_how_far_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    shen.post("Water off");
    for (what, request) in [("check", Request::Check), ("repair", Request::Repair)] {
        let told = stages(&shen, request);
        assert!(told.iter().all(|(of, _)| of == what), "{told:?}");
        for stage in ["records", "indexes", "register", "blocks"] {
            assert!(told.iter().any(|(_, at)| at == stage), "{what} tells of {stage}: {told:?}");
        }
    }
}

#[test]
fn a_busy_node_answers_how_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let mut events = shen.node.events();
        let (node, runtime) = (&shen.node, shen.node.runtime());
        let work = scope.spawn(|| {
            for _ in 0..20 {
                node.ask(Request::Repair).unwrap();
            }
        });
        // The first word of each repair is told when the actor has begun it; its status is asked for at once.
        while !work.is_finished() && seen.is_empty() {
            let told = runtime.block_on(async { tokio::time::timeout(LOOK, events.recv()).await });
            if let Ok(Ok(Event::Busy(_))) = told {
                seen.extend(shen.status().busy);
            }
        }
    });
    let busy = seen.first().expect("one of twenty repairs was caught at it");
    assert_eq!(busy.what, "repair");
    let after = shen.status();
    assert!(after.busy.is_none() && after.records > 0);
}

/// Looked at again at the latest after this, though nothing was heard.
const LOOK: std::time::Duration = std::time::Duration::from_millis(250);
