//! The guide does what it says: every `console` block of `docs/guide` runs, on real nodes, and prints what stands there.
//!
//! A page is a session in one fresh folder. How a block is written is told in `page`; how it is run, in `session`. Pages wait
//! for neighbours most of the time, so all of them are followed at once, however many tests run beside each other.

#[path = "guide/page.rs"]
mod page;
#[path = "guide/pattern.rs"]
mod pattern;
#[path = "guide/program.rs"]
mod program;
#[path = "guide/session.rs"]
mod session;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::thread::JoinHandle;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

/// Follows a page to its end, or says where it differs.
fn follow(name: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(folder().join(name)).map_err(|error| format!("{name}: {error}"))?;
    let language = if name.starts_with("zh/") { "zh" } else { "en" };
    let mut session = session::Session::begin(language);
    page::steps(&text).iter().try_for_each(|step| {
        let told = |why| format!("docs/guide/{name}:{}: $ {}\n{why}", step.line, step.command);
        session.follow(step).map_err(told)
    })
}

type Followed = BTreeMap<&'static str, JoinHandle<Result<(), String>>>;

/// Every page that is asked for, each followed by a thread of its own.
fn followed() -> &'static Mutex<Followed> {
    static FOLLOWED: OnceLock<Mutex<Followed>> = OnceLock::new();
    FOLLOWED.get_or_init(|| {
        let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
        let is_wanted =
            |test: &str| wanted.is_empty() || wanted.iter().any(|word| test.contains(word.as_str()));
        let pages = PAGES.iter().filter(|(test, _)| is_wanted(test));
        Mutex::new(pages.map(|&(_, name)| (name, std::thread::spawn(move || follow(name)))).collect())
    })
}

fn judge(name: &str) {
    let page = followed().lock().expect("no test dies holding it").remove(name);
    // A filter this file does not understand left it out.
    let outcome = page.map_or_else(|| follow(name), |page| page.join().expect("the page's thread ends"));
    if let Err(why) = outcome {
        panic!("{why}");
    }
}

macro_rules! pages {
    ($($test:ident $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                judge($name);
            }
        )*

        /// Each page's test and its name.
        const PAGES: &[(&str, &str)] = &[$((stringify!($test), $name)),*];
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
    a_keeper_holds_verifies_and_gives_back "keeping-an-archive.md";
    a_command_works_beside_the_window "desktop.md";
    programs_read_json_and_exit_codes "json-and-exit-codes.md";
    a_community_begins_in_chinese "zh/getting-started.md";
    a_neighbour_joins_in_chinese "zh/joining.md";
    notices_are_posted_in_chinese "zh/notices.md";
    a_roll_call_names_who_is_missing_in_chinese "zh/roll-call.md";
    a_gateway_says_what_the_owners_agreed_to_in_chinese "zh/gateways-and-consent.md";
    a_keeper_holds_verifies_and_gives_back_in_chinese "zh/keeping-an-archive.md";
    a_command_works_beside_the_window_in_chinese "zh/desktop.md";
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
    let mut pages: Vec<String> = PAGES.iter().map(|&(_, page)| page.to_owned()).collect();
    pages.sort();
    assert_eq!(found, pages);
}
