//! Nodes without a thread or a network, for tests that need to say what no honest node says. They meet by bundle.

mod audiences;
mod roll;
mod withdrawing;

use std::path::{Path, PathBuf};

use linli_community::charter::{RegistrarSeat, Registrars};
use linli_community::register::statement::{RegistrarsChange, Statement as _};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::Core;
use crate::actor::{self, Call};
use crate::chance::Clock;
use crate::home::Home;
use crate::net::Knock;
use crate::node::Founding;
use crate::vocabulary::{Answer, Request};

const DAY_MS: i64 = 86_400_000;

/// A home and its node.
pub(super) struct Here {
    pub(super) core: Core,
    pub(super) clock: Clock,
    pub(super) label: String,
    stick: PathBuf,
    _folder: TempDir,
    _inbox: mpsc::Receiver<Call>,
}

impl Here {
    pub(super) fn founded() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::create(&folder.path().join("home")).expect("a home");
        let founding = Founding {
            name: "Guihuali".into(),
            unit: "1-302".into(),
            label: "1-302 Shen".into(),
            language: "zh-CN".into(),
        };
        super::found(&home, &founding).expect("a community");
        drop(home);
        Self::opened(folder, "1-302 Shen")
    }

    fn opened(folder: TempDir, label: &str) -> Self {
        let home = Home::open(&folder.path().join("home")).expect("a home");
        let (desk, inbox) = actor::channel();
        let clock = Clock::default();
        let mut core = Core::open(home, desk, clock.clone(), crate::Network::Off).expect("a node");
        core.settle_down();
        let stick = folder.path().join("stick");
        Self { core, clock, label: label.into(), stick, _folder: folder, _inbox: inbox }
    }

    /// Admits a newcomer, who holds afterwards what this home holds; a clerk has no unit.
    pub(super) fn admits(&mut self, role: &str, unit: &str) -> Self {
        let lives = (role != "clerk").then(|| unit.to_owned());
        let request = Request::Invite { role: role.into(), unit: lives };
        let Answer::Invite(invite) = self.ask(request) else { panic!("an invite") };
        let invite = crate::invite::Invite::parse(&invite.text).expect("an invite reads");
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::create(&folder.path().join("home")).expect("a home");
        super::join(&home, &invite, unit).expect("a newcomer");
        drop(home);
        let mut newcomer = Self::opened(folder, unit);
        let core = &newcomer.core;
        let claim = core.own_claim(&invite, unit).sign(&core.keys.signing, &core.keys.node);
        let knock = Knock { community: invite.community, secret: invite.secret, claim };
        self.core.knocked(core.keys.node_key(), &knock);
        self.ask(Request::Admit { claim: None });
        self.gives(&mut newcomer);
        assert!(newcomer.core.is_member(), "{unit} was admitted");
        newcomer
    }

    #[track_caller]
    pub(super) fn ask(&mut self, request: Request) -> Answer {
        let answer = self.core.ask(request).expect("an answer");
        self.core.settle_down();
        answer
    }

    /// Brings the other home everything it may hold.
    #[track_caller]
    pub(super) fn gives(&mut self, other: &mut Self) {
        let known = self.core.household_named(&other.label).is_ok();
        let reader = known.then(|| other.label.clone());
        let _ = std::fs::remove_file(&self.stick);
        let path = self.stick.clone();
        self.ask(Request::BundleExport { path: path.clone(), after: 0, reader, whole: false });
        other.ask(Request::BundleImport { path });
    }

    /// Both hold what the other may give.
    pub(super) fn meets(&mut self, other: &mut Self) {
        self.gives(other);
        other.gives(self);
    }

    /// Days pass here, and the night's block is made.
    pub(super) fn sleeps(&mut self) {
        self.clock.advance(DAY_MS);
        self.core.settle_down();
    }

    /// Everything in memory comes from the store again.
    pub(super) fn restarts(&mut self) {
        self.core.settle_down();
        self.core.recover();
        self.core.settle_down();
    }

    fn seat(&self) -> RegistrarSeat {
        RegistrarSeat {
            label: "registrar".into(),
            keys: vec![self.core.keys.signing.public()],
            holder: self.core.own_household(),
        }
    }

    /// Puts others into the registrars' seats; one of them decides.
    pub(super) fn seats(&mut self, seats: Vec<RegistrarSeat>) {
        let made = self.core.state.as_ref().expect("a register").made();
        let registrars = Registrars { seats, k: 1, by_kind: Vec::new() };
        let change = RegistrarsChange { made, registrars, result: None };
        self.core.state_power(RegistrarsChange::draft(), change.body()).expect("a statement");
        self.core.settle_down();
        assert_eq!(self.core.state.as_ref().expect("a register").registrars(), &change.registrars);
    }
}

fn example(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guihuali").join(name);
    std::fs::read(path).expect("an example")
}
