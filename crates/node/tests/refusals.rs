//! What is refused at once, with its reason, and leaves nothing behind.

#![allow(clippy::unwrap_used)]

mod street;

use linli_community::content::Scope;
use linli_community::content::roll_call::How;
use linli_node::chance::Clock;
use linli_node::vocabulary::{
    Answer, ConsentTerms, Family, MemberState, NoticePost, Request, RequestOpen, RollCallOpen,
};
use linli_node::{Founding, Network, found, join};
use street::{Home, same, settings, two_households, until};

const HOUR_MS: i64 = 3_600_000;
const ROLL: &str = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
    1-302,1,1,3,89.50,register,a,,owned\n2-501,2,1,5,89.50,register,b,,owned\n3-1203,3,1,12,89.50,register,c,,owned\n";

fn code(home: &Home, request: Request) -> String {
    let before = home.log().len();
    let refused = format!("{request:?} is refused");
    let code = home.node.ask(request).expect_err(&refused).code;
    assert_eq!(home.log().len(), before, "nothing was said");
    code
}

#[test]
fn a_founding_or_an_invite_that_is_refused_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("new/home");
    let founding = Founding {
        name: String::new(),
        unit: "1-302".into(),
        label: "1-302".into(),
        language: "zh-CN".into(),
    };
    assert!(found(&home, &founding, &settings()).is_err());
    assert!(!home.exists());
    let shen = Home::founded(folder.path().join("shen"));
    let text = shen.invite("owner", Some("3-1203"));
    assert_eq!(join(&home, &text, &"x".repeat(65), &settings()).unwrap_err().code, "label");
    assert!(!home.exists());
    std::fs::create_dir_all(&home).unwrap();
    assert!(found(&home, &founding, &settings()).is_err());
    assert!(home.exists(), "a folder that was there stays");
}

#[test]
fn a_statement_without_its_office_is_refused_before_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-501 Wu", Some("2-501"));
    same(&shen, &zhou);
    same(&shen, &wu);
    let terms = ConsentTerms {
        gateway: "3-1203 Zhou".into(),
        source: "door".into(),
        purpose: "none".into(),
        viewers: "everyone".into(),
        retention_days: 1,
        days: None,
        motion: String::new(),
    };
    for home in [&zhou, &wu] {
        assert_eq!(code(home, Request::ConsentGrant(terms.clone())), "no-office");
        assert_eq!(
            code(home, Request::RollImport { csv: ROLL.into(), dry_run: false, shrink: false }),
            "no-office"
        );
        let device = shen.status().device.to_string();
        assert_eq!(code(home, Request::Revoke { device, reason: String::new() }), "no-office");
    }
    assert_eq!(code(&wu, Request::Confirm { household: "3-1203 Zhou".into() }), "no-office");
}

fn consent_for(gateway: &str) -> Request {
    Request::ConsentGrant(ConsentTerms {
        gateway: gateway.into(),
        source: "door".into(),
        purpose: "none".into(),
        viewers: "everyone".into(),
        retention_days: 1,
        days: None,
        motion: String::new(),
    })
}

#[test]
fn a_consent_is_a_gateways_and_is_taken_back_once() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    shen.admits(folder.path().join("hall"), "gateway", "hall", None);
    assert_eq!(code(&shen, consent_for("1-302 Shen")), "not-a-gateway");
    let Answer::Said { record, .. } = shen.ask(consent_for("hall")) else { panic!() };
    let withdraw = || Request::ConsentWithdraw { consent: record.to_string(), reason: String::new() };
    shen.ask(withdraw());
    assert_eq!(code(&shen, withdraw()), "consent-ended");
}

#[test]
fn a_roll_that_lost_a_line_takes_no_unit_away_unless_it_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let import = |csv: &str, shrink| Request::RollImport { csv: csv.into(), dry_run: false, shrink };
    shen.ask(import(ROLL, false));
    let shorter: Vec<&str> = ROLL.lines().filter(|line| !line.starts_with("2-501")).collect();
    let shorter = shorter.join("\n");
    let refused = shen.node.ask(import(&shorter, false)).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.details.as_slice()),
        ("roll-shrinks", &["2-501".to_owned()][..])
    );
    let look = Request::RollImport { csv: shorter.clone().into(), dry_run: true, shrink: false };
    let Answer::Import(view) = shen.ask(look) else { panic!() };
    assert_eq!(view.gone, ["2-501"]);
    let on_the_roll = || match shen.ask(Request::Roll) {
        Answer::Roll(Some(roll)) => roll.units.iter().any(|unit| unit.unit == "2-501"),
        other => panic!("{other:?}"),
    };
    assert!(on_the_roll(), "nothing was changed");
    shen.ask(import(&shorter, true));
    assert!(!on_the_roll());
}

#[test]
fn who_may_not_enter_what_others_told_is_refused_and_so_is_a_witness_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    shen.admits(folder.path().join("firm"), "firm", "The firm", None);
    shen.ask(Request::RollImport { csv: ROLL.into(), dry_run: false, shrink: false });
    let open = |choices: &[&str]| {
        Request::RollCallOpen(RollCallOpen {
            question: "All well?".into(),
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
            kind: None,
            scope: Scope::Estate,
        })
    };
    assert_eq!(code(&shen, open(&["well", "ill", " well"])), "choice-twice");
    let Answer::Said { record, .. } = shen.ask(open(&["well", "ill"])) else { panic!() };
    same(&shen, &zhou);
    let told = |witness: &str, how: How| Request::Told {
        roll_call: record.to_string(),
        unit: "2-501".into(),
        answer: "well".into(),
        how,
        witness: witness.into(),
    };
    assert_eq!(code(&zhou, told("1-302 Shen", How::Paper)), "not-a-clerk");
    assert_eq!(code(&shen, told("1-302 Shen", How::Phone)), "own-witness");
    for nobody in ["Nobody", "The firm"] {
        assert_eq!(code(&shen, told(nobody, How::Paper)), "no-witness");
    }
    shen.ask(told("3-1203 Zhou", How::Paper));
    let Answer::RollCall(call) = shen.ask(Request::RollCall { roll_call: record.to_string() }) else {
        panic!()
    };
    let entered = call.answered[0].told.as_ref().unwrap();
    assert_eq!(
        (entered.how, entered.witness.as_str(), call.coverage.reached),
        (How::Paper, "3-1203 Zhou", 1)
    );
    assert!(call.asides.is_empty());
    zhou.ask(Request::Answer { roll_call: record.to_string(), answer: "ill".into(), note: String::new() });
    same(&shen, &zhou);
    let late = Request::Told {
        roll_call: record.to_string(),
        unit: "3-1203".into(),
        answer: "well".into(),
        how: How::Phone,
        witness: "2-501 Wu".into(),
    };
    shen.admits(folder.path().join("wu"), "tenant", "2-501 Wu", Some("2-501"));
    assert_eq!(code(&shen, late), "answered-itself");
}

#[test]
fn what_could_not_be_meant_is_refused_before_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    shen.ask(Request::RollImport { csv: ROLL.into(), dry_run: false, shrink: false });
    let family = |unit: &str| Request::Invite { role: "family".into(), unit: Some(unit.into()) };
    assert_eq!(code(&shen, family("3-1203")), "unit-not-yours");
    shen.ask(family("1-302"));
    let request = |path: &str| {
        Request::RequestOpen(RequestOpen {
            title: "Lamp".into(),
            text: "Dark".into(),
            place: String::new(),
            category: String::new(),
            picture: Some(path.into()),
        })
    };
    let roll = folder.path().join("roll.png");
    std::fs::write(&roll, ROLL).unwrap();
    assert_eq!(code(&shen, request(roll.to_str().unwrap())), "not-a-picture");
    assert_eq!(code(&shen, request("/dev/zero")), "not-a-file");
    let post = |text: &str, scope: Scope| {
        Request::NoticePost(NoticePost {
            replaces: None,
            title: "Pipes".into(),
            text: text.into(),
            scope,
            must_read: true,
            days: None,
        })
    };
    assert_eq!(code(&shen, post(" ", Scope::Estate)), "notice-empty");
    let for_one = post("At nine.", Scope::Units(vec!["1-302".into()]));
    let Answer::Said { record, .. } = shen.ask(for_one) else { panic!() };
    same(&shen, &zhou);
    let notice = record.to_string();
    assert_eq!(code(&zhou, Request::Acknowledge { notice: notice.clone() }), "outside");
    let withdraw = || Request::Withdraw { record: notice.clone(), reason: String::new() };
    assert_eq!(code(&zhou, withdraw()), "not-the-author");
    shen.ask(withdraw());
    assert_eq!(code(&shen, withdraw()), "withdrawn");
    let write = Request::StoryWrite { title: "The tree".into(), text: "It stood here.".into() };
    let Answer::Said { record, .. } = shen.ask(write) else { panic!() };
    let story = record.to_string();
    shen.ask(Request::Withdraw { record: story.clone(), reason: String::new() });
    assert_eq!(
        code(&shen, Request::StoryNote { story, kind: "remark".into(), text: "why".into() }),
        "withdrawn"
    );
}

#[test]
fn what_a_revoked_device_says_is_kept_with_its_reason_and_in_no_everyday_list() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    let zhou = zhou.reopened(Network::Off);
    zhou.post("Pay here");
    zhou.ask(Request::StoryWrite { title: "Mine".into(), text: "All of it.".into() });
    shen.ask(Request::Revoke { device: zhou.status().device.to_string(), reason: "lost".into() });
    let path = folder.path().join("stick");
    zhou.ask(Request::BundleExport { path: path.clone(), after: 0, reader: None, whole: false });
    shen.ask(Request::BundleImport { path });
    assert!(shen.log().iter().any(|line| line.kind == 112 && line.verdict == "revoked"), "it is kept");
    assert_eq!(shen.ask(Request::Notices { all: true }), Answer::Notices(Vec::new()));
    assert_eq!(shen.ask(Request::Stories), Answer::Stories(Vec::new()));
    let Answer::Today { notices, stories, .. } = shen.ask(Request::Today) else { panic!() };
    assert!(notices.is_empty() && stories.is_empty());
    let Answer::Notices(aside) = shen.ask(Request::Aside { family: Family::Notices }) else { panic!() };
    assert_eq!(aside[0].opened.aside.as_deref(), Some("revoked"));
    shen.post("Water off");
    let Answer::Notices(shown) = shen.ask(Request::Notices { all: false }) else { panic!() };
    assert_eq!(shown.len(), 1);
}

#[test]
fn an_attachment_is_never_saved_over_a_file_unless_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let Answer::Said { record, .. } =
        shen.ask(Request::StoryWrite { title: "The tree".into(), text: "It stood here.".into() })
    else {
        panic!()
    };
    let story = record.to_string();
    let picture = folder.path().join("tree.png");
    std::fs::write(&picture, b"\xff\xd8\xff a tree").unwrap();
    shen.ask(Request::StoryPicture { story: story.clone(), path: picture, caption: String::new() });
    let Answer::Story(view) = shen.ask(Request::Story { story }) else { panic!() };
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, b"dear neighbour").unwrap();
    let hash = view.pictures[0].picture.blob.to_string();
    let save = |replace| Request::Attachment { hash: hash.clone(), path: path.clone(), replace };
    assert_eq!(code(&shen, save(false)), "file-exists");
    assert_eq!(std::fs::read(&path).unwrap(), b"dear neighbour");
    shen.ask(save(true));
    assert_eq!(std::fs::read(&path).unwrap(), b"\xff\xd8\xff a tree");
}

#[test]
fn every_role_there_is_joins_by_its_own_invite() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let living = [("owner", Some("3-1203")), ("tenant", Some("2-501")), ("family", None)];
    let bodies = ["clerk", "firm", "grid", "department", "gateway", "keeper"].map(|role| (role, None));
    for (role, unit) in living.into_iter().chain(bodies) {
        let home = shen.admits(folder.path().join(role), role, &format!("the {role}"), unit);
        let status = home.status();
        let lives = if role == "family" { Some("1-302") } else { unit };
        assert_eq!((status.role.as_str(), status.unit.as_deref()), (role, lives));
        home.node.close();
    }
    let refused = shen.node.ask(Request::Invite { role: "moderator".into(), unit: None });
    assert_eq!(refused.unwrap_err().code, "role");
}

#[test]
fn an_invite_opens_the_door_for_72_hours_and_not_longer() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let shen = Home::founded_by(folder.path().join("shen"), clock.clone());
    let (early, late) = (shen.invite("owner", Some("3-1203")), shen.invite("owner", Some("2-501")));
    let knocks = |name: &str, text: &str| {
        join(&folder.path().join(name), text, name, &settings()).unwrap();
        Home::opened(folder.path().join(name), Clock::default(), Network::On)
    };
    clock.advance(71 * HOUR_MS);
    let zhou = knocks("zhou", &early);
    until(&shen, "the knock in the last hour", || match shen.ask(Request::Claims) {
        Answer::Claims(claims) => (!claims.is_empty()).then_some(()),
        other => panic!("{other:?}"),
    });
    zhou.node.close();
    clock.advance(HOUR_MS + 60_000);
    let Answer::Invites(open) = shen.ask(Request::Invites) else { panic!() };
    assert!(open.is_empty(), "{open:?}");
    let wu = knocks("wu", &late);
    let refused = |home: &Home| home.status().warnings.iter().any(|told| told.code == "invite-refused");
    until(&wu, "the refusal", || refused(&wu).then_some(()));
    assert_eq!(wu.status().state, MemberState::Joining);
    // A newcomer whose own clock is right does not even knock.
    let gone = wu.status();
    assert!(gone.peers.is_empty(), "{gone:?}");
    let wu = wu.reopened(Network::Off);
    assert!(refused(&wu), "it is told after a restart too");
}

#[test]
fn a_home_that_waits_is_told_once_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let text = shen.invite("owner", Some("3-1203"));
    join(&folder.path().join("zhou"), &text, "Zhou", &settings()).unwrap();
    let clock = Clock::default();
    let zhou = Home::opened(folder.path().join("zhou"), clock.clone(), Network::On);
    let mut events = zhou.node.events();
    let mut heard = Vec::new();
    until(&zhou, "the first word", || {
        heard.extend(joinings(&mut events));
        (!heard.is_empty()).then_some(())
    });
    // It knocks again and again: its clock is set on as often as it looks.
    let knocks = std::cell::Cell::new(0);
    until(&zhou, "ten more knocks", || {
        clock.advance(10_000);
        knocks.set(knocks.get() + 1);
        (knocks.get() > 10).then_some(())
    });
    shen.ask(Request::Admit { claim: None });
    until(&zhou, "membership", || (zhou.status().state == MemberState::Member).then_some(()));
    heard.extend(joinings(&mut events));
    assert_eq!(heard, ["waiting", "admitted"]);
}

fn joinings(events: &mut tokio::sync::broadcast::Receiver<linli_node::vocabulary::Event>) -> Vec<String> {
    let mut heard = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let linli_node::vocabulary::Event::Joining { answer } = event {
            let word = serde_json::to_value(answer).unwrap();
            heard.push(word.as_str().unwrap().to_owned());
        }
    }
    heard
}

#[test]
fn a_device_that_was_revoked_says_that_it_is_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = two_households(folder.path());
    let lost = zhou.admits(folder.path().join("lost"), "device", "phone", None);
    same(&shen, &lost);
    zhou.ask(Request::Revoke { device: lost.status().device.to_string(), reason: "in a taxi".into() });
    until(&lost, "the closed door", || {
        let state = lost.status().state;
        matches!(state, MemberState::TurnedAway | MemberState::Removed).then_some(())
    });
    let lost = lost.reopened(Network::Off);
    assert_ne!(lost.status().state, MemberState::Member, "it is told after a restart too, without a network");
}
