//! Estate: who is at the door, who lives here, who is connected, and the roll in short.

use egui::{Align, Layout, ScrollArea, TextStyle, Ui, vec2};

use crate::command::{Command, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{Neighbour, Newcomer, OpenInvite, Reach};

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let heading = scene.view.community.clone();
    let act = say!(scene.words, "invite-new");
    parts::heading(ui, scene, &heading, Some((icon::PERSON_ADD, &act)));
    ScrollArea::vertical().auto_shrink(false).content_margin(super::SCROLLED).show(ui, |ui| {
        let estate = &scene.view.estate;
        if !estate.newcomers.is_empty() {
            parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "newcomers-heading"));
            ui.add_space(space::XS);
            for newcomer in &estate.newcomers {
                newcomer_card(ui, scene, newcomer);
                ui.add_space(space::S);
            }
            ui.add_space(space::M);
        }
        roll(ui, scene);
        parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "neighbours-heading"));
        ui.add_space(space::XS);
        parts::card(scene.palette).show(ui, |ui| {
            ui.set_width(ui.available_width());
            for each in &estate.neighbours {
                neighbour(ui, scene, each);
            }
        });
        if estate.neighbours.len() == 1 {
            ui.add_space(space::S);
            parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "neighbours-alone"));
        }
        invites(ui, scene, &estate.invites);
        ui.add_space(space::XL);
    });
}

fn newcomer_card(ui: &mut Ui, scene: &mut Scene<'_>, newcomer: &Newcomer) {
    let palette = scene.palette;
    parts::card(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        parts::row(ui, 52.0, |ui| {
            parts::avatar(ui, palette, &newcomer.name, 48.0);
            let key = say!(scene.words, "newcomer-key", key = newcomer.key.as_str());
            let facts = [scene.words.word("role", &newcomer.role), newcomer.unit.clone(), key];
            parts::name_and_facts(ui, palette, &newcomer.name, &facts);
        });
        ui.add_space(space::S);
        let explain = if newcomer.needs_another {
            say!(scene.words, "newcomer-needs-another")
        } else {
            say!(scene.words, "newcomer-check")
        };
        parts::text(ui, TextStyle::Body, palette.ink_soft, explain);
        ui.add_space(space::S);
        ui.horizontal_wrapped(|ui| newcomer_verbs(ui, scene, newcomer));
    });
}

fn newcomer_verbs(ui: &mut Ui, scene: &mut Scene<'_>, newcomer: &Newcomer) {
    let name = newcomer.name.as_str();
    let admit = Wish::Admit(newcomer.claim.clone());
    let ready = !scene.window.underway.contains_key(&admit);
    let words = say!(scene.words, "newcomer-admit");
    let spoken = say!(scene.words, "newcomer-admit-name", name = name);
    let pressed = ui.add_enabled_ui(ready, |ui| {
        parts::verb(ui, scene.palette, Weight::Main, Some(icon::CHECK), &words, &spoken).clicked()
    });
    if pressed.inner {
        scene.wish(admit);
    }
    let words = say!(scene.words, "newcomer-refuse");
    let spoken = say!(scene.words, "newcomer-refuse-name", name = name);
    if parts::verb(ui, scene.palette, Weight::Aside, None, &words, &spoken).clicked() {
        scene.wish(Wish::Refuse(newcomer.claim.clone()));
    }
}

/// How many units there are, and how many joined.
fn roll(ui: &mut Ui, scene: &Scene<'_>) {
    let (palette, estate) = (scene.palette, &scene.view.estate);
    if estate.units == 0 {
        parts::text(ui, TextStyle::Body, palette.ink_soft, say!(scene.words, "roll-none"));
        ui.add_space(space::L);
        return;
    }
    let words = say!(scene.words, "roll-joined", joined = estate.joined, units = estate.units);
    parts::text(ui, TextStyle::Body, palette.ink_soft, words);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width().min(420.0), 10.0), egui::Sense::hover());
    let part = estate.joined as f32 / estate.units as f32;
    parts::paint_share(ui, palette, part, rect.with_max_y(rect.top() + 8.0));
    ui.add_space(space::L);
}

fn neighbour(ui: &mut Ui, scene: &mut Scene<'_>, neighbour: &Neighbour) {
    let palette = scene.palette;
    parts::row(ui, 62.0, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            link(ui, scene, neighbour);
            if neighbour.unconfirmed && !neighbour.ours {
                confirm(ui, scene, neighbour);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                parts::avatar(ui, palette, &neighbour.name, 44.0);
                let ours = if neighbour.ours { say!(scene.words, "neighbour-ours") } else { String::new() };
                let devices = match neighbour.devices {
                    0 | 1 => String::new(),
                    count => say!(scene.words, "neighbour-devices", count = count),
                };
                let role = scene.words.word("role", &neighbour.role);
                let facts = [ours, role, neighbour.unit.clone(), devices];
                parts::name_and_facts(ui, palette, &neighbour.name, &facts);
            });
        });
    });
}

fn link(ui: &mut Ui, scene: &Scene<'_>, neighbour: &Neighbour) {
    let palette = scene.palette;
    let (words, ink) = match neighbour.linked {
        _ if neighbour.ours => return,
        None => (say!(scene.words, "neighbour-apart"), palette.ink_soft),
        Some(Reach::Relay) => (say!(scene.words, "neighbour-relay"), palette.leaf),
        Some(_) => (say!(scene.words, "neighbour-linked"), palette.leaf),
    };
    parts::text(ui, TextStyle::Small, ink, words);
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), egui::Sense::hover());
    if neighbour.linked.is_some() {
        ui.painter().circle_filled(rect.center(), 5.0, ink);
    } else {
        ui.painter().circle_stroke(rect.center(), 4.5, egui::Stroke::new(1.5, ink));
    }
}

fn confirm(ui: &mut Ui, scene: &mut Scene<'_>, neighbour: &Neighbour) {
    let wish = Wish::Confirm(neighbour.id);
    let words = say!(scene.words, "neighbour-confirm");
    let name = say!(scene.words, "neighbour-confirm-name", name = neighbour.name.as_str());
    let ready = !scene.window.underway.contains_key(&wish);
    let pressed = ui.add_enabled_ui(ready, |ui| {
        parts::verb(ui, scene.palette, Weight::Aside, None, &words, &name).clicked()
    });
    if pressed.inner {
        scene.wish(wish);
    }
}

fn invites(ui: &mut Ui, scene: &mut Scene<'_>, invites: &[OpenInvite]) {
    if invites.is_empty() {
        return;
    }
    ui.add_space(space::XL);
    parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "invites-heading"));
    for invite in invites {
        parts::row(ui, space::TOUCH, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let words = say!(scene.words, "invite-cancel");
                let name = say!(scene.words, "invite-cancel-name", unit = invite.unit.as_str());
                if parts::verb(ui, scene.palette, Weight::Aside, None, &words, &name).clicked() {
                    scene.ask(Command::Wish(Wish::CancelInvite(invite.id.clone())));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let left = say!(scene.words, "invite-hours", count = invite.hours_left);
                    parts::facts(
                        ui,
                        scene,
                        &[invite.unit.clone(), scene.words.word("role", &invite.role), left],
                    );
                });
            });
        });
    }
}
