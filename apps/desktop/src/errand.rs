//! What a wish asks of the node, and what the window does when it came true.

use linli_community::content::Scope;
use linli_community::content::scope::Stair;
use linli_node::Founding;
use linli_node::vocabulary::{Answer, NoticePost, Request, RequestOpen};
use linli_record::RecordId;

use crate::command::{Field, Page, Place, Reaches, Wish};
use crate::courier::Errand;
use crate::view::{self, View};
use crate::window::{Done, Forms, Invited, Note, Window};
use crate::words::Language;

/// The errand of a wish, and the text that goes with it, to be forgotten once it is said.
pub(crate) fn of(wish: &Wish, window: &Window, view: &View, language: Language) -> (Errand, String) {
    let draft = |field: Field| window.draft(&field).trim().to_owned();
    let sent = match wish {
        Wish::Say(thread) => window.draft(&Field::Message(Some(*thread))).to_owned(),
        _ => String::new(),
    };
    let errand = match wish {
        Wish::Reopen => Errand::Reopen,
        Wish::Found => Errand::Found(Founding {
            name: draft(Field::CommunityName),
            unit: draft(Field::FounderUnit),
            label: or(draft(Field::FounderName), draft(Field::FounderUnit)),
            language: language.tag().to_owned(),
        }),
        Wish::Join => Errand::Join(draft(Field::Invite), draft(Field::NewcomerName)),
        said => Errand::Ask(wish.clone(), Box::new(request(said, window, view, draft))),
    };
    (errand, sent)
}

fn or(text: String, other: String) -> String {
    if text.is_empty() { other } else { text }
}

fn request(wish: &Wish, window: &Window, view: &View, draft: impl Fn(Field) -> String) -> Request {
    let forms = &window.forms;
    match wish {
        Wish::PostNotice(replaces) => {
            let old = replaces.and_then(|id| view.notices.iter().find(|notice| notice.id == id));
            let changed = |field: Field| window.drafts.get(&field).map(|text| text.trim().to_owned());
            let title = changed(Field::NoticeTitle(*replaces));
            let text = changed(Field::NoticeText(*replaces));
            Request::NoticePost(NoticePost {
                replaces: replaces.map(|id| id.to_string()),
                title: title.or_else(|| Some(old?.title.clone())).unwrap_or_default(),
                text: text.or_else(|| Some(old?.text.clone())).unwrap_or_default(),
                scope: scope(forms, old.map_or(&[][..], |old| &old.scope)),
                must_read: forms.must_read,
                days: forms.days,
            })
        }
        Wish::Acknowledge(id) => Request::Acknowledge { notice: id.to_string() },
        Wish::OpenThread => Request::ThreadOpen { title: draft(Field::ThreadTitle), audience: None },
        Wish::Say(id) => {
            let text = draft(Field::Message(Some(*id)));
            Request::Say { thread: id.to_string(), text, reply_to: None }
        }
        Wish::OpenRequest => Request::RequestOpen(RequestOpen {
            title: draft(Field::RequestTitle),
            text: draft(Field::RequestText),
            place: draft(Field::RequestPlace),
            category: forms.category.to_owned(),
            picture: Some(draft(Field::PicturePath(None))).filter(|path| !path.is_empty()).map(Into::into),
        }),
        Wish::Step(id, act) => Request::RequestStep {
            request: id.to_string(),
            step: act.word().to_owned(),
            text: draft(Field::Remark(*id)),
        },
        Wish::Answer(id, answer) => {
            Request::Answer { roll_call: id.to_string(), answer: answer.clone(), note: String::new() }
        }
        other => request_of_keeping(other, window, draft),
    }
}

fn request_of_keeping(wish: &Wish, window: &Window, draft: impl Fn(Field) -> String) -> Request {
    let forms = &window.forms;
    // What nobody touched is not sent: others may have changed it meanwhile.
    let changed = |field: Field| window.drafts.get(&field).map(|text| text.trim().to_owned());
    match wish {
        Wish::WriteStory(None) => {
            Request::StoryWrite { title: draft(Field::StoryTitle(None)), text: draft(Field::StoryText(None)) }
        }
        Wish::WriteStory(Some(id)) => Request::StoryEdit {
            story: id.to_string(),
            base: window.bases.get(id).cloned(),
            title: changed(Field::StoryTitle(Some(*id))),
            text: changed(Field::StoryText(Some(*id))),
        },
        Wish::AddPicture(id, path) => Request::StoryPicture {
            story: id.to_string(),
            path: path.clone(),
            caption: draft(Field::Caption(*id)),
        },
        Wish::AddWord(id) => Request::StoryNote {
            story: id.to_string(),
            kind: forms.addition.to_owned(),
            text: draft(Field::Addition(*id)),
        },
        Wish::Invite => Request::Invite {
            role: forms.role.to_owned(),
            unit: Some(draft(Field::InviteUnit)).filter(|unit| !unit.is_empty()),
        },
        Wish::CancelInvite(invite) => Request::InviteCancel { invite: invite.clone() },
        Wish::Admit(claim) => Request::Admit { claim: Some(claim.clone()) },
        Wish::Refuse(claim) => Request::Refuse { claim: claim.clone() },
        Wish::Confirm(household) => Request::Confirm { household: household.to_string() },
        _ => Request::Status,
    }
}

/// Whom the notice is for; the whole estate when no place was chosen.
fn scope(forms: &Forms, before: &[view::Place]) -> Scope {
    match forms.reaches {
        Reaches::AsBefore => scope_of(before.iter()),
        Reaches::Buildings | Reaches::Stairs => scope_of(forms.places.iter()),
        Reaches::Estate => Scope::Estate,
    }
}

/// The scope of some places, which are all of one kind.
fn scope_of<'p>(places: impl Iterator<Item = &'p view::Place>) -> Scope {
    let (mut buildings, mut stairs, mut units) = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        match place {
            view::Place::Everyone => return Scope::Everyone,
            view::Place::Estate => return Scope::Estate,
            view::Place::Building(name) => buildings.push(name.clone()),
            view::Place::Stair(building, stair) => {
                stairs.push(Stair { building: building.clone(), stair: stair.clone() });
            }
            view::Place::Unit(unit) => units.push(unit.clone()),
        }
    }
    match (buildings.is_empty(), stairs.is_empty(), units.is_empty()) {
        (false, ..) => Scope::Buildings(buildings),
        (true, false, _) => Scope::Stairs(stairs),
        (true, true, false) => Scope::Units(units),
        (true, true, true) => Scope::Estate,
    }
}

/// What follows when a wish came true: used drafts go, a page opens, another wish may come.
pub(crate) fn done(window: &mut Window, wish: &Wish, answer: Answer) -> Option<Wish> {
    let sent = window.underway.remove(wish).unwrap_or_default();
    let record = match &answer {
        Answer::Said { record, .. } => Some(*record),
        _ => None,
    };
    let approval_wanted = matches!(&answer, Answer::Said { state, .. } if state == "needs-another");
    window.note = Some(Note::Done(if approval_wanted { Done::NeedsAnother } else { Done::Saved }));
    for field in used(wish) {
        window.drafts.remove(&field);
    }
    if let Wish::WriteStory(Some(id)) = wish {
        window.forget_base(*id);
    }
    match wish {
        Wish::Say(id) => {
            window.note = None;
            forget_sent(window, *id, &sent);
        }
        Wish::OpenThread => return record.and_then(|thread| first_words(window, thread)),
        Wish::Invite => {
            window.note = None;
            window.invite = invited(answer);
        }
        other => turn_page(window, other, record),
    }
    None
}

fn turn_page(window: &mut Window, wish: &Wish, record: Option<RecordId>) {
    match wish {
        Wish::PostNotice(replaced) => {
            window.forms = Forms::default();
            (window.place, window.page) = (Place::Today, replaced.map_or(Page::Front, Page::Notice));
        }
        Wish::OpenRequest => {
            window.forms = Forms::default();
            window.page = record.map_or(Page::Front, Page::Request);
        }
        Wish::WriteStory(None) => window.page = record.map_or(Page::Front, Page::Story),
        Wish::WriteStory(Some(id)) => window.page = Page::Story(*id),
        Wish::Found | Wish::Join | Wish::Reopen => {
            window.note = None;
            (window.door, window.place, window.page) = (None, Place::Today, Page::Front);
        }
        _ => {}
    }
}

/// The drafts a wish used up.
fn used(wish: &Wish) -> Vec<Field> {
    match wish {
        Wish::Found => vec![Field::CommunityName, Field::FounderUnit, Field::FounderName],
        Wish::Join => vec![Field::Invite, Field::NewcomerName],
        Wish::PostNotice(id) => vec![Field::NoticeTitle(*id), Field::NoticeText(*id)],
        Wish::OpenThread => vec![Field::ThreadTitle],
        Wish::OpenRequest => {
            vec![Field::RequestTitle, Field::RequestPlace, Field::RequestText, Field::PicturePath(None)]
        }
        Wish::Step(id, _) => vec![Field::Remark(*id)],
        Wish::Answer(id, _) => vec![Field::Reply(*id)],
        Wish::WriteStory(id) => vec![Field::StoryTitle(*id), Field::StoryText(*id)],
        Wish::AddPicture(id, _) => vec![Field::PicturePath(Some(*id)), Field::Caption(*id)],
        Wish::AddWord(id) => vec![Field::Addition(*id)],
        Wish::Invite => vec![Field::InviteUnit],
        _ => Vec::new(),
    }
}

/// Takes what was said out of the draft; what was typed meanwhile stays.
fn forget_sent(window: &mut Window, thread: RecordId, sent: &str) {
    let field = Field::Message(Some(thread));
    let rest = window.draft(&field).strip_prefix(sent).map(str::to_owned);
    if let Some(rest) = rest {
        window.keep(field, rest);
    }
}

/// Opens the new thread, and says in it what was written with its title.
fn first_words(window: &mut Window, thread: RecordId) -> Option<Wish> {
    window.page = Page::Thread(thread);
    window.note = None;
    let words = window.drafts.remove(&Field::Message(None))?;
    window.keep(Field::Message(Some(thread)), words);
    Some(Wish::Say(thread))
}

fn invited(answer: Answer) -> Option<Invited> {
    let Answer::Invite(invite) = answer else { return None };
    let code = qrcode::QrCode::with_error_correction_level(invite.text.as_bytes(), qrcode::EcLevel::L).ok();
    let code = code.map(|code| {
        let dark = code.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark);
        dark.collect::<Vec<bool>>().chunks(code.width()).map(<[bool]>::to_vec).collect()
    });
    Some(Invited { text: invite.text, unit: invite.unit.unwrap_or_default(), code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_for_those_the_first_version_was_for_unless_somebody_says_otherwise() {
        let before = [view::Place::Stair("1".into(), "2".into())];
        let mut forms = Forms { reaches: Reaches::AsBefore, ..Forms::default() };
        let stair = Stair { building: "1".into(), stair: "2".into() };
        assert_eq!(scope(&forms, &before), Scope::Stairs(vec![stair]));
        assert_eq!(scope(&forms, &[view::Place::Unit("1-104".into())]), Scope::Units(vec!["1-104".into()]));
        forms.reaches = Reaches::Estate;
        assert_eq!(scope(&forms, &before), Scope::Estate);
    }
}
