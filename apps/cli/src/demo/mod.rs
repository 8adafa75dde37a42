//! `linli demo`: a neighbourhood of real nodes on this machine, from founding to the day the cable is pulled.
//!
//! [`run`] is the door; [`estate`] reads the play's text, [`stage`] keeps the nodes, [`play`] is what happens,
//! [`paste`] writes commands as a shell takes them.

mod estate;
mod paste;
mod play;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use linli_node::Fault;
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say};
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
    together: String,
    records: u64,
    nodes: Vec<&'a Path>,
    digests: Vec<Shown<'a>>,
    folder: &'a Path,
    seconds: u64,
    scenes: Vec<Scene>,
}

/// A node, and the digest it shows.
#[derive(Serialize)]
struct Shown<'a> {
    label: &'a str,
    digest: String,
}

/// A scene, and how long it took.
#[derive(Serialize)]
struct Scene {
    scene: &'static str,
    ms: u64,
}

/// Plays the demo.
pub(crate) fn run(options: &Options, session: &Session) -> Result<(), Failure> {
    let estate = Estate::read(&options.estate.clone().unwrap_or_else(estate::bundled))?;
    let folder = Folder::make(options.folder.as_deref())?;
    stage::mind_the_person();
    let began = Instant::now();
    let mut begun: Vec<(&'static str, Instant)> = Vec::new();
    let bar = session.progress("");
    let mut curtain = |scene: &'static str| {
        begun.push((scene, Instant::now()));
        let line = session.speech.fill(scene, &linli_speech::FluentArgs::new());
        bar.suspend(|| session.tell(&line));
        bar.set_message(line);
    };
    let outcome = Play::run(&estate, &folder.path, &mut curtain);
    bar.finish_and_clear();
    let outcome = outcome.map_err(|fault| folder.after(fault))?;
    let summary = Summary {
        digest: outcome.digest.to_string(),
        together: outcome.together.to_string(),
        records: outcome.records,
        nodes: outcome.nodes.iter().map(|node| node.home.as_path()).collect(),
        digests: outcome.nodes.iter().map(shown).collect(),
        folder: &folder.path,
        seconds: began.elapsed().as_secs(),
        scenes: scenes(&begun),
    };
    let answer = serde_json::json!({ "answer": "demo", "value": summary });
    session.result(&answer, |page| last_page(page, &estate, &outcome, &summary))
}

fn shown(node: &play::Shown) -> Shown<'_> {
    Shown { label: &node.label, digest: node.digest.to_string() }
}

fn scenes(begun: &[(&'static str, Instant)]) -> Vec<Scene> {
    let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([Instant::now()]);
    let lasted = |(at, end): (&(&'static str, Instant), Instant)| Scene {
        scene: at.0.trim_start_matches("demo-"),
        ms: u64::try_from(end.duration_since(at.1).as_millis()).unwrap_or(u64::MAX),
    };
    begun.iter().zip(ends).map(lasted).collect()
}

/// Where the demo's homes lie. The demo never touches a home that is there already.
struct Folder {
    path: PathBuf,
    is_ours: bool,
}

impl Folder {
    fn make(named: Option<&Path>) -> Result<Self, Fault> {
        let path = named.map_or_else(unused, Path::to_owned);
        let taken = std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some());
        if taken {
            return Err(Fault::input("folder-taken", format!("{} is not empty", path.display()))
                .hint("choose another folder with --folder"));
        }
        std::fs::create_dir_all(&path).map_err(|error| Fault::disk("making the demo's folder", &error))?;
        let path = std::path::absolute(&path).unwrap_or(path);
        Ok(Self { path, is_ours: named.is_none() })
    }

    /// What a demo that did not come to its end leaves: nothing, if nobody named the folder.
    fn after(&self, fault: Fault) -> Failure {
        if self.is_ours {
            let _ = std::fs::remove_dir_all(&self.path);
        }
        if fault.code == stage::INTERRUPTED {
            return Failure::Interrupted;
        }
        fault.details([format!("in {}", self.path.display())]).into()
    }
}

/// A name in the system's folder for passing things that nothing has.
fn unused() -> PathBuf {
    let below = std::env::temp_dir();
    let name = |number: u32| match number {
        0 => format!("linli-demo-{}", std::process::id()),
        more => format!("linli-demo-{}-{more}", std::process::id()),
    };
    let mut free = (0..).map(|number| below.join(name(number))).filter(|path| !path.exists());
    free.next().expect("numbers don't end")
}

fn last_page(page: &mut Page<'_>, estate: &Estate, outcome: &Outcome, summary: &Summary<'_>) {
    let speech = page.speech;
    page.line("");
    let rows = summary.digests.iter().map(|node| vec![node.label.to_owned(), node.digest[..16].to_owned()]);
    page.table(&[say!(speech, "head-node"), say!(speech, "demo-digest")], rows);
    page.line(&say!(speech, "demo-end", nodes = outcome.nodes.len(), seconds = summary.seconds));
    page.line(&say!(
        speech,
        "demo-what",
        name = estate.community.name.clone(),
        notices = outcome.notices,
        stories = outcome.stories,
        records = outcome.records,
        before = summary.together[..16].to_owned()
    ));
    page.line(&say!(speech, "demo-refused", source = outcome.refused.clone()));
    page.line(&say!(speech, "demo-where", folder = summary.folder.display().to_string()));
    page.gap();
    page.line(&say!(speech, "demo-try"));
    let program = paste::program();
    let home = outcome.nodes.first().map(|node| paste::quoted(&node.home.display().to_string()));
    let home = home.unwrap_or_default();
    for command in [&format!("story show {}", &outcome.story[..8]), "request list", "digest"] {
        page.line(&format!("  {program} --home {home} {command}"));
    }
}
