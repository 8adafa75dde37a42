//! The screens. Each file paints one, from the view, and pushes commands.
//!
//! Read [`paint`] first: it chooses what the whole window shows.

mod awaiting;
mod call;
mod doors;
mod elder;
mod estate;
mod invite;
mod matters;
mod memory;
mod navigation;
mod note;
mod notice;
mod notices;
mod reach;
mod request;
mod sheets;
mod status;
mod story;
mod talk;
mod thread;
mod today;
mod waiting;

use egui::{CentralPanel, Frame, Margin, Ui};

use crate::command::{Page, Place, Sheet};
use crate::desk::Scene;
use crate::say;
use crate::theme::space;
use crate::view::{Held, Stage};

/// Room that a scrolled page leaves at its right for the scroll bar.
pub(crate) const SCROLLED: Margin = Margin { left: 0, right: 20, top: 0, bottom: 0 };

/// Paints the whole window.
pub(crate) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    match scene.view.stage.clone() {
        Stage::Opening => page(ui, scene, waiting::opening),
        Stage::Stuck(trouble) => page(ui, scene, |ui, scene| waiting::stuck(ui, scene, &trouble)),
        Stage::NoHome => page(ui, scene, doors::paint),
        Stage::Joining(joining) => page(ui, scene, |ui, scene| waiting::joining(ui, scene, &joining)),
        Stage::Home if scene.window.tiles => {
            status::paint(ui, scene);
            page(ui, scene, elder::paint);
        }
        Stage::Home => {
            navigation::paint(ui, scene);
            status::paint(ui, scene);
            page(ui, scene, open);
        }
    }
}

/// What is open within the place; a thing that is gone leaves the place itself.
fn open(ui: &mut Ui, scene: &mut Scene<'_>) {
    note::paint(ui, scene);
    let view = scene.view;
    let painted = match scene.window.page.clone() {
        Page::Front => false,
        Page::Reach => reach::paint(ui, scene),
        Page::Notice(id) => {
            view.notices.iter().find(|n| n.id == id).is_some_and(|n| notice::paint(ui, scene, n))
        }
        Page::Thread(_) => false,
        Page::Request(id) => {
            view.matters.requests.iter().find(|r| r.id == id).is_some_and(|r| request::paint(ui, scene, r))
        }
        Page::Call(id) => {
            view.matters.calls.iter().find(|c| c.id == id).is_some_and(|c| call::paint(ui, scene, c))
        }
        Page::Story(id) => {
            view.stories.iter().find(|s| s.id == id).is_some_and(|s| story::paint(ui, scene, s))
        }
        Page::Sheet(Sheet::Notice(id)) => sheets::notice(ui, scene, id),
        Page::Sheet(Sheet::Thread) => sheets::thread(ui, scene),
        Page::Sheet(Sheet::Request) => sheets::request(ui, scene),
        Page::Sheet(Sheet::Story(id)) => sheets::story(ui, scene, id),
        Page::Sheet(Sheet::Invite) => invite::paint(ui, scene),
    };
    if !painted {
        front(ui, scene);
    }
}

fn front(ui: &mut Ui, scene: &mut Scene<'_>) {
    match scene.window.place {
        Place::Today => today::paint(ui, scene),
        Place::Talk => talk::paint(ui, scene),
        Place::Matters => matters::paint(ui, scene),
        Place::Memory => memory::paint(ui, scene),
        Place::Estate => estate::paint(ui, scene),
    }
}

fn page(ui: &mut Ui, scene: &mut Scene<'_>, contents: impl FnOnce(&mut Ui, &mut Scene<'_>)) {
    let talk = scene.view.stage == Stage::Home
        && (scene.window.tiles || (scene.window.place == Place::Talk && scene.window.page != Page::Reach));
    let right = if talk { space::XL } else { space::XL - f32::from(SCROLLED.right) };
    let margin = Margin { left: space::XL as i8, right: right as i8, top: 24, bottom: 0 };
    let frame = Frame::new().fill(scene.palette.paper).inner_margin(margin);
    CentralPanel::no_frame().frame(frame).show(ui, |ui| contents(ui, scene));
}

/// A name, with its role where that says more.
fn who(scene: &Scene<'_>, who: &crate::view::Who) -> String {
    match who.role {
        Some(role) => format!("{} \u{b7} {}", who.name, scene.words.word("role", role)),
        None => who.name.clone(),
    }
}

/// Where something of ours is held, in words.
fn held(scene: &Scene<'_>, held: Held) -> String {
    match held {
        Held::Here => say!(scene.words, "held-here"),
        Held::With(count) => say!(scene.words, "held-with", count = count),
        Held::Settled => say!(scene.words, "held-settled"),
    }
}
