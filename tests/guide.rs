//! The guide does what it says: every `console` block of `docs/guide` runs, on real nodes, and prints what stands there.
//!
//! A page is a session in one fresh folder. How a block is written is told in `page`; how it is run, in `session`.

#[path = "guide/page.rs"]
mod page;
#[path = "guide/pattern.rs"]
mod pattern;
#[path = "guide/program.rs"]
mod program;
#[path = "guide/session.rs"]
mod session;

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

fn follow(name: &str) {
    let text = std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let language = if name.starts_with("zh/") { "zh" } else { "en" };
    let mut session = session::Session::begin(language);
    for step in page::steps(&text) {
        if let Err(why) = session.follow(&step) {
            panic!("docs/guide/{name}:{}: $ {}\n{why}", step.line, step.command);
        }
    }
}

macro_rules! pages {
    ($($test:ident $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                follow($name);
            }
        )*

        const PAGES: &[&str] = &[$($name),*];
    };
}

pages! {
    a_community_begins_and_speaks "getting-started.md";
    a_neighbour_joins_and_adds_a_second_device "joining.md";
    notices_are_posted_replaced_and_read "notices.md";
    a_roll_call_names_who_is_missing "roll-call.md";
    a_request_lives_until_it_is_judged "requests.md";
    a_story_is_written_by_several "stories.md";
    talk_is_for_everyone_or_for_a_few "talk-and-audiences.md";
    a_gateway_says_what_the_owners_agreed_to "gateways-and-consent.md";
    records_travel_without_any_network "sync-without-internet.md";
    nothing_is_lost_and_nothing_changed "keeping-check-repair.md";
    programs_read_json_and_exit_codes "json-and-exit-codes.md";
    a_community_begins_in_chinese "zh/getting-started.md";
    a_neighbour_joins_in_chinese "zh/joining.md";
    notices_are_posted_in_chinese "zh/notices.md";
}

#[test]
fn no_page_of_the_guide_is_left_out() {
    let mut found = Vec::new();
    for below in ["", "zh"] {
        for entry in std::fs::read_dir(folder().join(below)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") && name != "README.md" {
                found.push(Path::new(below).join(name).to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    let mut pages: Vec<String> = PAGES.iter().map(|&page| page.to_owned()).collect();
    pages.sort();
    assert_eq!(found, pages);
}
