//! One body of every kind.

use linli_community::content::audience::{Audience, AudienceChange, AudienceKind, Member};
use linli_community::content::covered::Covered;
use linli_community::content::grants::{self, Granted};
use linli_community::content::notice::{Acknowledge, Notice};
use linli_community::content::request::{Place, Request, RequestStep, Step};
use linli_community::content::roll_call::{
    Answer, AnswerGiven, AnswerKind, How, RollCall, RollCallClose, Told,
};
use linli_community::content::scope::Stair;
use linli_community::content::sighting::{Sighting, Value, What};
use linli_community::content::story::{Editors, NoteKind, Story, StoryChange, StoryNote, document};
use linli_community::content::talk::{Message, Thread};
use linli_community::content::withdraw::Withdraw;
use linli_community::content::{Payload, Scope};
use linli_community::roll::{MappingLine, RollMapping};
use linli_record::private_root::Path;
use linli_record::{AudienceId, CommunityId, EpochKey, Kind, RecordId, SealingSecret};

/// One body of every kind, with the kind's own reader.
pub struct Sample {
    pub kind: Kind,
    pub body: Vec<u8>,
    pub read: fn(&[u8]) -> Option<Vec<u8>>,
}

fn sample<P: Payload>(payload: &P) -> Sample {
    let read = |body: &[u8]| P::parse(body).ok().map(|payload| payload.body().unwrap());
    Sample { kind: P::KIND, body: payload.body().unwrap(), read }
}

/// One body of every kind, ascending by kind.
pub fn samples() -> Vec<Sample> {
    [private(), spoken(), asked(), told_and_seen()].into_iter().flatten().collect()
}

fn id() -> RecordId {
    RecordId::from([1; 32])
}

fn text() -> String {
    "text".to_owned()
}

fn change() -> Vec<u8> {
    document::begin(&[2; 32].into(), "T", "abc").unwrap().remove(0)
}

fn grant() -> Sample {
    let granted =
        Granted { audience: AudienceId::from([3; 16]), epoch: 1, key: EpochKey::from([4; 32]), name: text() };
    let to = [SealingSecret::from_seed(&[5; 32]).public()];
    sample(&grants::seal(&CommunityId::from([6; 32]), &to, &[granted], &[7; 32]).unwrap())
}

fn private() -> Vec<Sample> {
    vec![
        grant(),
        sample(&Audience {
            name: text(),
            kind: AudienceKind::Circle,
            members: vec![Member::Household(id()), Member::Device([8; 32].into())],
            newcomers_read: true,
            keepers: vec![[9; 32].into()],
        }),
        sample(&AudienceChange {
            epoch: 2,
            add: vec![Member::Household(id())],
            remove: vec![],
            name: Some(text()),
            keepers: Some(vec![]),
            introduction: None,
        }),
        sample(&Withdraw { target: id(), blob: Some([1; 32].into()), reason: text() }),
        sample(&Covered {
            public: id(),
            tip: id(),
            path: Path { salt: [1; 16], siblings: vec![Some([2; 32].into()), None], index: 1 },
        }),
        sample(&RollMapping {
            lines: vec![MappingLine { file_id: text(), owner: [1; 16].into(), name: text(), salt: [2; 16] }],
        }),
    ]
}

fn spoken() -> Vec<Sample> {
    vec![
        sample(&Notice {
            title: text(),
            text: text(),
            scope: Scope::Stairs(vec![Stair { building: text(), stair: text() }]),
            expires_ms: Some(1),
            must_read: true,
            replaces: Some(id()),
            captions: vec![text()],
        }),
        sample(&Acknowledge { version: id() }),
        sample(&RollCall {
            question: text(),
            text: text(),
            answers: AnswerKind::Choice,
            options: vec![text(), text()],
            scope: Scope::Units(vec![text()]),
            until_ms: None,
        }),
        sample(&AnswerGiven { answer: Answer::Choice(1), note: text() }),
        sample(&Told {
            unit: text(),
            answer: Answer::Text(text()),
            how: How::Paper,
            witness: text(),
            witness_household: Some(id()),
            note: text(),
        }),
        sample(&RollCallClose { note: text() }),
    ]
}

fn asked() -> Vec<Sample> {
    vec![
        sample(&Request {
            title: text(),
            text: text(),
            category: text(),
            place: Place { unit: Some(text()), known: Some(id()), ..Place::default() },
            urgent: false,
            captions: vec![],
        }),
        sample(&RequestStep { step: Step::Judged, text: text(), satisfied: Some(false), captions: vec![] }),
        sample(&Story {
            change: change(),
            editors: Editors::Named(vec![id()]),
            agreed: text(),
            captions: vec![],
        }),
        sample(&StoryChange { change: Some(change()), captions: vec![] }),
        sample(&StoryNote { kind: NoteKind::Reply, text: text(), about: Some(id()), captions: vec![] }),
    ]
}

fn told_and_seen() -> Vec<Sample> {
    vec![
        sample(&Thread { title: text(), about: Some(id()) }),
        sample(&Message {
            text: text(),
            reply_to: Some(id()),
            replaces: Some(id()),
            mentions: vec![id()],
            captions: vec![],
        }),
        sample(&Sighting {
            source: text(),
            what: What::Other,
            value: Value::Label(text(), Some(900)),
            counter: 1,
            at_ms: 2,
            battery: Some(100),
        }),
    ]
}
