//! A street of real nodes on loopback, for tests: homes that are founded, joined, cut off and asked.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part; a test that can't go on fails"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use linli_community::content::Scope;
use linli_community::content::talk::ThreadView;
use linli_node::chance::Clock;
use linli_node::vocabulary::{Answer, LogFilter, LogLine, MemberState, NoticePost, Request, StatusView};
use linli_node::{Founding, Network, Node, Settings, found, join};

/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(120);
/// Looked at again at the latest after this, though nothing was heard.
const LOOK: Duration = Duration::from_millis(250);

pub fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

/// A home with its node.
pub struct Home {
    pub path: PathBuf,
    pub node: Node,
    pub clock: Clock,
}

fn watch() {
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
}

/// Tries again whenever something happens on `home`, until there is something.
pub fn until<T>(home: &Home, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    let mut events = home.node.events();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        let _ = home.node.runtime().block_on(async { tokio::time::timeout(LOOK, events.recv()).await });
    }
}

impl Home {
    pub fn founded(path: PathBuf) -> Self {
        Self::founded_by(path, Clock::default())
    }

    pub fn founded_by(path: PathBuf, clock: Clock) -> Self {
        watch();
        let founding = Founding {
            name: "Guihuali".into(),
            unit: "1-302".into(),
            label: "1-302 Shen".into(),
            language: "zh-CN".into(),
        };
        found(&path, &founding, &settings()).unwrap();
        Self::opened(path, clock, Network::On)
    }

    pub fn opened(path: PathBuf, clock: Clock, network: Network) -> Self {
        let node = Node::open_by(&path, network, clock.clone()).unwrap();
        Self { path, node, clock }
    }

    /// Ends the node and opens the home again.
    pub fn reopened(self, network: Network) -> Self {
        let Self { path, node, clock } = self;
        node.close();
        Self::opened(path, clock, network)
    }

    pub fn ask(&self, request: Request) -> Answer {
        self.node.ask(request).unwrap()
    }

    pub fn invite(&self, role: &str, unit: Option<&str>) -> String {
        match self.ask(Request::Invite { role: role.into(), unit: unit.map(Into::into) }) {
            Answer::Invite(invite) => invite.text,
            other => panic!("{other:?}"),
        }
    }

    /// Invites a newcomer, who joins from a new home, and admits it.
    pub fn admits(&self, path: PathBuf, role: &str, label: &str, unit: Option<&str>) -> Self {
        self.admits_by(path, role, label, unit, Clock::default())
    }

    pub fn admits_by(
        &self,
        path: PathBuf,
        role: &str,
        label: &str,
        unit: Option<&str>,
        clock: Clock,
    ) -> Self {
        let text = self.invite(role, unit);
        join(&path, &text, label, &settings()).unwrap();
        let newcomer = Self::opened(path, clock, Network::On);
        until(self, "the knock", || match self.ask(Request::Claims) {
            Answer::Claims(claims) => (!claims.is_empty()).then_some(()),
            other => panic!("{other:?}"),
        });
        self.ask(Request::Admit { claim: None });
        until(&newcomer, "membership", || {
            let status = newcomer.status();
            (status.state == MemberState::Member && newcomer.writes()).then_some(())
        });
        newcomer
    }

    pub fn status(&self) -> StatusView {
        match self.ask(Request::Status) {
            Answer::Status(status) => *status,
            other => panic!("{other:?}"),
        }
    }

    /// Whether its own log is open.
    pub fn writes(&self) -> bool {
        let own = self.status().device;
        let Answer::People(people) = self.ask(Request::People) else { panic!() };
        let mine = people.households.iter().find(|home| home.devices.iter().any(|device| device.key == own));
        mine.is_some_and(|mine| {
            let Answer::Log(lines) =
                self.ask(Request::Log(LogFilter { limit: Some(10_000), ..LogFilter::default() }))
            else {
                panic!()
            };
            lines.iter().any(|line| line.kind == 0 && line.by.household == Some(mine.id))
        })
    }

    pub fn digest(&self) -> String {
        match self.ask(Request::Digest) {
            Answer::Digest(digest) => digest.of.digest.to_string(),
            other => panic!("{other:?}"),
        }
    }

    pub fn log(&self) -> Vec<LogLine> {
        match self.ask(Request::Log(LogFilter { limit: Some(100_000), ..LogFilter::default() })) {
            Answer::Log(lines) => lines,
            other => panic!("{other:?}"),
        }
    }

    pub fn post(&self, title: &str) {
        self.ask(Request::NoticePost(NoticePost {
            replaces: None,
            title: title.into(),
            text: "From nine to eleven.".into(),
            scope: Scope::Estate,
            must_read: false,
            days: None,
        }));
    }

    pub fn opens_audience(&self, name: &str, kind: &str, households: &[&str], from_now: bool) {
        let households = households.iter().map(|name| (*name).to_owned()).collect();
        self.ask(Request::AudienceOpen { name: name.into(), kind: kind.into(), households, from_now });
    }

    pub fn changes_audience(&self, name: &str, add: &[&str], remove: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.ask(Request::AudienceChange { audience: name.into(), add: owned(add), remove: owned(remove) });
    }

    /// An audience of one's own household, and a thread in it.
    pub fn talks_at_home(&self, thread: &str) {
        self.opens_audience("at home", "household", &[], false);
        self.opens_thread(thread, Some("at home"));
    }

    /// The key of this home's device, as `people` lists it.
    pub fn device(&self) -> String {
        self.status().device.to_string()
    }

    pub fn revokes(&self, lost: &Self, reason: &str) {
        self.ask(Request::Revoke { device: lost.device(), reason: reason.into() });
    }

    /// Carries everything this home holds that `reader` may hold to another home, as on a stick.
    pub fn hands_everything_to(&self, other: &Self, reader: &str) {
        let path = self.path.with_extension("bundle");
        let reader = Some(reader.to_owned());
        self.ask(Request::BundleExport { path: path.clone(), after: 0, reader, whole: false });
        other.ask(Request::BundleImport { path });
    }

    pub fn opens_thread(&self, title: &str, audience: Option<&str>) {
        self.ask(Request::ThreadOpen { title: title.into(), audience: audience.map(Into::into) });
    }

    pub fn says(&self, thread: &str, text: &str) {
        let thread = self.thread(thread).unwrap_or_else(|| panic!("no thread {thread}")).id.to_string();
        self.ask(Request::Say { thread, text: text.into(), reply_to: None });
    }

    /// The thread of that title, or the only one whose title is sealed to this home.
    pub fn thread(&self, title: &str) -> Option<ThreadView> {
        let Answer::Threads(threads) = self.ask(Request::Threads) else { panic!() };
        threads.into_iter().find(|thread| thread.title == title)
    }

    /// Every text this home reads, in whatever thread.
    pub fn texts(&self) -> Vec<String> {
        let Answer::Threads(threads) = self.ask(Request::Threads) else { panic!() };
        let messages = threads.into_iter().flat_map(|thread| thread.messages);
        messages.filter(|message| message.mark.is_none()).map(|message| message.text).collect()
    }

    pub fn reads(&self, text: &str) -> bool {
        self.texts().iter().any(|held| held == text)
    }

    pub fn awaits(&self, text: &str) {
        until(self, text, || self.reads(text).then_some(()));
    }

    /// Whether these bytes stand anywhere in this home's folder.
    pub fn holds_bytes(&self, needle: &[u8]) -> bool {
        holds_bytes(&self.path, needle)
    }
}

/// The founder's household, and a neighbour it admitted: 1-302 Shen, 3-1203 Zhou.
pub fn two_households(folder: &Path) -> (Home, Home) {
    let shen = Home::founded(folder.join("shen"));
    let zhou = shen.admits(folder.join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    (shen, zhou)
}

/// Waits until both show the same.
pub fn same(a: &Home, b: &Home) {
    until(a, "both to show the same", || (a.digest() == b.digest()).then_some(()));
}

/// Whether these bytes stand in any file below a folder.
pub fn holds_bytes(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds_bytes(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}
