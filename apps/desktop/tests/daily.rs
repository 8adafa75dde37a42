//! A household's day at its desk, over a real node: everything is found by the words a screen reader would say.

#![allow(clippy::unwrap_used)]

mod household;

use egui_kittest::kittest::Queryable as _;
use household::Household;
use linli_community::content::Scope;
use linli_community::content::roll_call::AnswerKind;
use linli_desktop::command::{Command, Page};
use linli_desktop::theme::Look;
use linli_desktop::view::{Stand, Step};
use linli_desktop::words::Language;
use linli_node::Client;
use linli_node::vocabulary::{NoticePost, Request, RollCallOpen};

#[test]
fn the_first_household_founds_and_posts_a_notice() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    assert!(desk.shows("Guihuali"));
    desk.press("Post a notice");
    desk.write("Title", "Water off on Wednesday");
    desk.write("Text", "From nine to twelve.");
    desk.press("Yes, it must be read");
    desk.press("30 days");
    desk.press("Post");
    desk.until("the notice", |desk| desk.shows("Open the notice: Water off on Wednesday"));
    let notice = &desk.sitting().desk.view().notices[0];
    assert!(notice.must_read && matches!(notice.days_left, Some(29 | 30)), "{notice:?}");
    desk.press("Open the notice: Water off on Wednesday");
    desk.press("Revise this notice");
    desk.write("Text", " Only buildings 1 and 2.");
    desk.press("Post");
    desk.until("the new version", |desk| desk.shows("Earlier versions"));
    let notice = &desk.sitting().desk.view().notices[0];
    assert_eq!(
        (notice.earlier.len(), notice.text.as_str()),
        (1, "From nine to twelve. Only buildings 1 and 2.")
    );
}

#[test]
fn a_notice_for_others_asks_nothing_of_this_household() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    let office = Client::find(home.path()).unwrap();
    for (title, unit) in [("Your meter", "1-302"), ("Their meter", "3-1203")] {
        let post = NoticePost {
            replaces: None,
            title: title.into(),
            text: "It is read on Monday.".into(),
            scope: Scope::Units(vec![unit.into()]),
            must_read: true,
            days: None,
        };
        office.ask(&Request::NoticePost(post)).unwrap();
    }
    desk.until("both notices", |desk| desk.sitting().desk.view().notices.len() == 2);
    let meant: Vec<(&str, bool)> = {
        let notices = &desk.sitting().desk.view().notices;
        notices.iter().map(|notice| (notice.title.as_str(), notice.for_us)).collect()
    };
    assert!(meant.contains(&("Your meter", true)) && meant.contains(&("Their meter", false)), "{meant:?}");
    assert!(desk.shows("Open the notice: Their meter"), "it can be read all the same");
}

#[test]
fn a_draft_begun_on_an_old_story_takes_nothing_of_what_was_written_since() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Memory");
    desk.press("Write a story");
    desk.write("Title", "The old tree");
    desk.write("The story", "It stood here first.");
    desk.press("Keep it");
    desk.press("Write on");
    desk.write("The story", " It still does.");
    // The draft outlives the window; meanwhile the story goes on from another program.
    let kept = home.path().join("desktop/window.json");
    desk.until("the draft on disk", |_| {
        std::fs::read_to_string(&kept).is_ok_and(|text| text.contains("still does") && text.contains("bases"))
    });
    let story = desk.sitting().desk.view().stories[0].id.to_string();
    let text = Some("It stood here first, before the wall.".into());
    let edit = Request::StoryEdit { story, base: None, title: None, text };
    Client::find(home.path()).unwrap().ask(&edit).unwrap();
    drop(desk);

    let mut desk = Household::sit_down(home.path());
    desk.press("Memory");
    desk.press("The old tree");
    desk.press("Write on");
    desk.press("Keep it");
    let whole = "It stood here first, before the wall. It still does.";
    desk.until("both", |desk| desk.sitting().desk.view().stories[0].text == whole);
    assert!(desk.sitting().desk.window().bases.is_empty());
}

#[test]
fn a_thread_begins_and_enter_sends() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Talk");
    desk.press("Start a thread");
    desk.write("About", "Stepladder");
    desk.write("First words", "Who has one?");
    desk.press("Start");
    desk.until("the first words", |desk| desk.shows("Who has one?"));
    desk.write("Write a message to Stepladder", "I have one.");
    desk.window.key_press(egui::Key::Enter);
    desk.until("the answer", |desk| {
        desk.sitting().desk.view().threads[0].messages.iter().any(|message| message.text == "I have one.")
    });
    assert_eq!(desk.sitting().desk.window().drafts.len(), 0, "what was said is no draft any more");
}

#[test]
fn the_enter_that_ends_a_composition_of_characters_does_not_send() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Talk");
    desk.press("Start a thread");
    desk.write("About", "Tree");
    desk.press("Start");
    desk.write("Write a message to Tree", "a");
    desk.window.event(egui::Event::Ime(egui::ImeEvent::Commit("\u{6811}".into())));
    desk.window.key_press(egui::Key::Enter);
    desk.window.run_steps(3);
    assert!(desk.sitting().desk.window().underway.is_empty());
    let thread = &desk.sitting().desk.view().threads[0];
    assert!(thread.messages.is_empty(), "{:?}", thread.messages);
}

#[test]
fn a_request_lives_from_report_to_judgement_and_is_reopened() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Matters");
    desk.press("Report something");
    desk.write("What is it", "The stair light is out");
    desk.press("Lights");
    desk.write("Where", "Building 2, floor 3");
    desk.press("Report");
    desk.press("I see to it");
    desk.until("the step", |desk| desk.shows("Taken"));
    desk.write("Words beside it", "A new bulb");
    desk.press("It is done");
    desk.press("Good");
    desk.until("the judgement", |desk| desk.sitting().desk.view().matters.requests[0].stand == Stand::Good);
    desk.press("Not mended: open again");
    desk.until("the reopening", |desk| desk.sitting().desk.view().matters.requests[0].stand == Stand::Open);
    let request = &desk.sitting().desk.view().matters.requests[0];
    let steps: Vec<Step> = request.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, [Step::Taken, Step::Done, Step::Good, Step::Reopened]);
    assert_eq!((request.steps[1].text.as_str(), request.category.as_str()), ("A new bulb", "light"));
}

#[test]
fn a_story_is_written_shown_with_its_picture_and_written_on() {
    let home = tempfile::tempdir().unwrap();
    let picture = home.path().join("tree.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([10, 120, 60])).save(&picture).unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Memory");
    desk.press("Write a story");
    desk.write("Title", "The old tree");
    desk.write("The story", "It stood here first.");
    desk.press("Keep it");
    desk.write("Add a picture", &picture.display().to_string());
    desk.write("Words under it", "In 1998");
    desk.press("Add the picture");
    desk.until("the picture", |desk| desk.shows("Picture: In 1998"));
    desk.press("Write on");
    desk.write("The story", " It still does.");
    desk.press("Keep it");
    desk.until("the longer story", |desk| {
        desk.sitting().desk.view().stories[0].text == "It stood here first. It still does."
    });
    assert_eq!(desk.sitting().desk.view().stories[0].title, "The old tree", "what nobody touched stays");
}

#[test]
fn half_written_words_survive_a_window_that_was_killed() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Post a notice");
    desk.write("Title", "Half a sen");
    let kept = home.path().join("desktop/window.json");
    desk.until("the draft on disk", |_| {
        std::fs::read_to_string(&kept).is_ok_and(|text| text.contains("Half a sen"))
    });
    drop(desk);
    let mut desk = Household::sit_down(home.path());
    desk.press("Post a notice");
    desk.until("the draft", |desk| desk.window.query_all_by_value("Half a sen").next().is_some());
}

#[test]
fn the_language_changes_while_the_window_is_open_and_the_keyboard_reaches_every_place() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num4);
    desk.until("Memory", |desk| desk.shows("Write a story"));
    desk.window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
    desk.until("the sheet", |desk| desk.shows("Keep it"));
    desk.window.key_press(egui::Key::Escape);
    desk.until("the way back", |desk| desk.shows("The estate's stories live here"));
    desk.press("Switch to Chinese");
    desk.until("Chinese", |desk| desk.shows("\u{5207}\u{6362}\u{5230}\u{82f1}\u{6587}"));
    assert!(!desk.shows("Write a story"));
}

#[test]
fn tab_reaches_the_places_and_space_presses_one() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    for _ in 0..2 {
        desk.window.key_press(egui::Key::Tab);
        desk.window.run_steps(2);
    }
    assert!(desk.window.get_by_label("Talk").is_focused());
    desk.window.key_press(egui::Key::Space);
    desk.until("Talk", |desk| desk.shows("Start a thread"));
}

#[test]
fn in_elder_mode_a_question_to_every_unit_stands_above_the_tiles_until_it_is_answered() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    let roll = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
        1-302,1,1,3,89.50,register,a,,owned\n";
    let office = Client::find(home.path()).unwrap();
    office.ask(&Request::RollImport { csv: roll.into(), dry_run: false, shrink: false }).unwrap();
    let call = RollCallOpen {
        question: "All well after the storm?".into(),
        choices: Vec::new(),
        kind: Some(AnswerKind::Here),
        scope: Scope::Estate,
    };
    office.ask(&Request::RollCallOpen(call)).unwrap();
    desk.until("the question", |desk| desk.sitting().desk.view().matters.calls.len() == 1);
    desk.ask(Command::Simplify(true));
    desk.press("Answer: All well after the storm?");
    desk.press_beginning("Here: ");
    desk.until("the answer", |desk| desk.sitting().desk.view().matters.calls[0].ours.is_some());
    desk.ask(Command::Simplify(true));
    assert!(!desk.shows("Answer: All well after the storm?"), "it is answered");
}

#[test]
fn a_pointer_that_rests_on_a_long_notice_lays_nothing_over_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    let office = Client::find(home.path()).unwrap();
    let post = NoticePost {
        replaces: None,
        title: "Water".into(),
        text: "Off from nine to twelve. ".repeat(60),
        scope: Scope::Estate,
        must_read: false,
        days: None,
    };
    office.ask(&Request::NoticePost(post)).unwrap();
    let shown = |desk: &Household| desk.window.query_all_by_label_contains("Off from nine").count();
    desk.until("the notice", |desk| shown(desk) == 1);
    desk.window.get_by_label_contains("Off from nine").hover();
    desk.window.run_steps(20);
    assert_eq!(shown(&desk), 1);
}

#[test]
fn the_notices_tile_shows_the_notices_first_however_large_the_text_is() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    let office = Client::find(home.path()).unwrap();
    for number in 0..4 {
        let title = format!("thread {number}");
        office.ask(&Request::ThreadOpen { title, audience: None }).unwrap();
        let text = "It stood here first.".to_owned();
        office.ask(&Request::StoryWrite { title: format!("story {number}"), text }).unwrap();
    }
    let post = NoticePost {
        replaces: None,
        title: "Water".into(),
        text: "Off from nine to twelve.".into(),
        scope: Scope::Estate,
        must_read: false,
        days: None,
    };
    office.ask(&Request::NoticePost(post)).unwrap();
    desk.until("the notice", |desk| !desk.sitting().desk.view().notices.is_empty());
    desk.until("the stories", |desk| desk.sitting().desk.view().stories.len() == 4);
    for percent in [125, 200] {
        desk.ask(Command::Resize(percent));
        desk.ask(Command::Simplify(true));
        desk.press_beginning("Read notices");
        desk.until("the page", |desk| desk.shows("Open the notice: Water"));
        let notice = desk.window.get_by_label("Open the notice: Water").rect();
        let story = desk.window.get_by_label_contains("story 3").rect();
        let screen = desk.window.ctx.content_rect();
        assert!(screen.contains_rect(notice), "{percent} %: {notice:?} on {screen:?}");
        assert!(notice.top() < story.top(), "{percent} %");
    }
}

/// Every place in every look, language and size: a glyph nobody can draw, or a field without a name, panics.
#[test]
fn every_place_in_every_look_and_language_has_all_its_characters_and_names() {
    let home = tempfile::tempdir().unwrap();
    drop(Household::founds(home.path()));
    for language in [Language::Chinese, Language::English] {
        let mut desk = Household::sit_down_speaking(home.path(), language);
        desk.ask(Command::Speak(language));
        desk.until("the home", |desk| !desk.sitting().desk.view().community.is_empty());
        for look in [Look::Light, Look::Dark, Look::HighContrast] {
            desk.ask(Command::Wear(look));
            for place in linli_desktop::command::Place::ALL {
                desk.ask(Command::Go(place));
                desk.ask(Command::Begin);
            }
            desk.ask(Command::Open(Page::Reach));
            desk.ask(Command::Simplify(true));
            desk.ask(Command::Simplify(false));
        }
        desk.ask(Command::Resize(200));
        desk.ask(Command::Go(linli_desktop::command::Place::Today));
    }
}

/// Control for the test above: a character outside the standard list does stop a test.
#[test]
#[should_panic(expected = "glyph")]
fn a_character_no_bundled_font_has_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Household::founds(home.path());
    desk.press("Post a notice");
    desk.write("Title", "\u{20000}");
}
