//! `linli demo`: a neighbourhood of real nodes on this machine, from founding to the day the cable is pulled.
//!
//! [`run`] is the door; [`estate`] reads the play's text, [`stage`] keeps the nodes, [`play`] is what happens.

mod estate;
mod play;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use linli_node::Fault;
use linli_speech::exit::Failure;
use linli_speech::{Session, say};
use serde::Serialize;

use estate::Estate;
use play::{Outcome, Play};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder for the demo's homes; a new temporary one when left out
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Folder of the estate to play; `examples/guihuali` when left out
    #[arg(long, value_name = "DIR")]
    pub(crate) estate: Option<PathBuf>,
}

/// What the demo came to, as `--json` prints it.
#[derive(Serialize)]
struct Summary<'a> {
    digest: String,
    records: u64,
    nodes: Vec<&'a Path>,
    folder: &'a Path,
    seconds: u64,
}

/// Plays the demo.
pub(crate) fn run(options: &Options, session: &Session) -> Result<(), Failure> {
    let estate = Estate::read(&options.estate.clone().unwrap_or_else(estate::bundled))?;
    let folder = folder(options)?;
    let began = Instant::now();
    let bar = session.progress("");
    let mut curtain = |scene: &'static str| {
        let line = session.speech.fill(scene, &linli_speech::FluentArgs::new());
        bar.suspend(|| session.tell(&line));
        bar.set_message(line);
    };
    let outcome = Play::run(&estate, &folder, &mut curtain);
    bar.finish_and_clear();
    let outcome = outcome?;
    let seconds = began.elapsed().as_secs();
    let summary = Summary {
        digest: outcome.digest.to_string(),
        records: outcome.records,
        nodes: outcome.nodes.iter().map(|(_, home)| home.as_path()).collect(),
        folder: &folder,
        seconds,
    };
    session.result(&summary, |_| {})?;
    if session.format == linli_speech::Format::Words {
        session.out(&last_page(session, &estate, &outcome, &folder, seconds))?;
    }
    Ok(())
}

/// A fresh folder: the demo never touches a home that is there already.
fn folder(options: &Options) -> Result<PathBuf, Fault> {
    let folder = options
        .folder
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("linli-demo-{}", std::process::id())));
    let taken = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(Fault::input("folder-taken", format!("{} is not empty", folder.display()))
            .hint("choose another folder with --folder"));
    }
    std::fs::create_dir_all(&folder).map_err(|error| Fault::disk("making the demo's folder", &error))?;
    Ok(folder)
}

fn last_page(session: &Session, estate: &Estate, outcome: &Outcome, folder: &Path, seconds: u64) -> String {
    let speech = &session.speech;
    let home = outcome.nodes.first().map(|(_, home)| home.display().to_string()).unwrap_or_default();
    let digest = outcome.digest.to_string();
    let mut page = String::new();
    let mut line = |text: String| {
        page.push_str(&text);
        page.push('\n');
    };
    line(String::new());
    line(say!(
        speech,
        "demo-end",
        nodes = outcome.nodes.len(),
        digest = digest[..16].to_owned(),
        seconds = seconds
    ));
    line(say!(
        speech,
        "demo-what",
        name = estate.community.name.clone(),
        notices = outcome.notices,
        stories = outcome.stories,
        records = outcome.records,
        before = outcome.together.to_string()[..16].to_owned()
    ));
    line(say!(speech, "demo-refused", source = outcome.refused.clone()));
    line(say!(speech, "demo-where", folder = folder.display().to_string()));
    line(String::new());
    line(say!(speech, "demo-try"));
    for command in ["story list", "request list", "digest"] {
        line(format!("  linli --home {home} {command}"));
    }
    page
}
