//! The courier's round: take what came, do it in order, ask again for what became stale, bring the view if it changed.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use linli_node::vocabulary::{Answer, Request};
use linli_node::{Fault, FaultKind, Founding, Invite, Settings};
use linli_record::BlobHash;

use super::door::Door;
use super::holding::{Family, Holding};
use super::{Call, Errand, News, Unseen, Waker, pictures};
use crate::command::Wish;
use crate::keepsake::{self, JoiningNote, Keepsake};
use crate::reading;
use crate::view::{Stage, Trouble, View};

/// Without events the node is still looked at this often: how far behind, how long ago.
const LOOK: Duration = Duration::from_secs(5);
/// Between two rounds of questions, so that a flood of records is read in few of them.
const PAUSE: Duration = Duration::from_millis(120);
/// A home whose node fell silent is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);

/// The courier's own state.
pub(super) struct Round {
    home: PathBuf,
    settings: Settings,
    calls: Sender<Call>,
    news: Sender<News>,
    waker: Waker,
    files: Sender<(BlobHash, PathBuf)>,
    door: Option<Door>,
    number: u64,
    stage: Stage,
    holding: Holding,
    shown: View,
    remember: Option<Box<Keepsake>>,
    looked: Instant,
}

impl Round {
    pub(super) fn new(
        home: PathBuf,
        settings: Settings,
        calls: Sender<Call>,
        news: Sender<News>,
        waker: Waker,
    ) -> Self {
        let files = pictures::start(news.clone(), waker.clone());
        Self {
            home,
            settings,
            calls,
            news,
            waker,
            files,
            door: None,
            number: 0,
            stage: Stage::Opening,
            holding: Holding::default(),
            shown: View::default(),
            remember: None,
            looked: Instant::now(),
        }
    }

    /// Runs until the window closes.
    pub(super) fn run(mut self, inbox: &Receiver<Call>) {
        self.open();
        self.look();
        loop {
            match inbox.recv_timeout(self.patience()) {
                Ok(call) => {
                    let mut next = Some(call);
                    while let Some(call) = next.take() {
                        if matches!(call, Call::End) {
                            return self.close();
                        }
                        self.take(call);
                        next = inbox.try_recv().ok();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            self.keep();
            self.turn();
        }
    }

    /// How long to wait for a call before something else is due.
    fn patience(&self) -> Duration {
        let due = match (&self.door, &self.stage) {
            (None, Stage::Opening) => AGAIN,
            (Some(_), _) if self.holding.is_stale() => PAUSE,
            _ => LOOK,
        };
        due.saturating_sub(self.looked.elapsed())
    }

    fn turn(&mut self) {
        let since = self.looked.elapsed();
        if self.door.is_none() && self.stage == Stage::Opening && since >= AGAIN {
            self.open();
        }
        if since >= LOOK {
            self.holding.spoil(Family::Status);
        }
        if self.holding.is_stale() && self.looked.elapsed() >= PAUSE {
            self.look();
        }
    }

    fn take(&mut self, call: Call) {
        match call {
            Call::Errand(errand) => self.run_errand(errand),
            Call::Heard(number, event) if number == self.number => self.holding.hear(&event),
            Call::Silent(number) if number == self.number => self.lose_door(),
            Call::Heard(..) | Call::Silent(_) | Call::End => {}
        }
    }

    /// The node ended. Another program's may be followed by ours; our own was asked to stop, and stays so.
    fn lose_door(&mut self) {
        let elsewhere = self.door.take().is_some_and(|door| door.is_elsewhere());
        self.stage = if elsewhere { Stage::Opening } else { Stage::Stuck(trouble(&Fault::stopped())) };
        self.show();
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Ask(wish, request) => self.ask(wish, *request),
            Errand::Found(founding) => self.found(&founding),
            Errand::Join(invite, name) => self.join(&invite, &name),
            Errand::Reopen => {
                self.stage = Stage::Opening;
                self.open();
                self.look();
            }
            Errand::Fetch(hash) => self.fetch(hash),
            Errand::Remember(keepsake) => self.remember = Some(keepsake),
        }
    }

    fn ask(&mut self, wish: Wish, request: Request) {
        let outcome = match &self.door {
            Some(door) => door.ask(request),
            None => Err(Fault::stopped()),
        };
        // An invite made or taken back is no record: nothing else would tell.
        self.holding.spoil(Family::Visitors);
        self.tell(wish, outcome);
    }

    fn tell(&self, wish: Wish, outcome: Result<Answer, Fault>) {
        self.bring(match outcome {
            Ok(answer) => News::Done(wish, Box::new(answer)),
            Err(fault) => News::Refused(wish, trouble(&fault)),
        });
    }

    fn found(&mut self, founding: &Founding) {
        let outcome = linli_node::found(&self.home, founding, &self.settings);
        let made = outcome.is_ok();
        self.tell(Wish::Found, outcome);
        if made {
            self.open();
            self.look();
        }
    }

    fn join(&mut self, invite: &str, name: &str) {
        match self.prepare(invite, name) {
            Ok(invite) => {
                self.bring(News::Knocking(JoiningNote { community: invite.name, from: invite.from }));
                self.tell(Wish::Join, Ok(Answer::Done));
                self.open();
                self.look();
            }
            Err(fault) => self.tell(Wish::Join, Err(fault)),
        }
    }

    fn prepare(&self, invite: &str, name: &str) -> Result<Invite, Fault> {
        let unit = || Invite::parse(invite).ok().and_then(|invite| invite.unit);
        let name = if name.is_empty() { unit().unwrap_or_default() } else { name.to_owned() };
        linli_node::join(&self.home, invite, &name, &self.settings)
    }

    /// Opens the home, if there is one.
    fn open(&mut self) {
        self.door = None;
        self.number += 1;
        self.looked = Instant::now();
        match Door::open(&self.home, self.number, &self.calls) {
            Ok(door) => {
                self.holding = Holding::fresh(door.is_elsewhere());
                self.door = Some(door);
                self.stage = Stage::Home;
            }
            Err(fault) if fault.kind == FaultKind::NotFound => self.stage = Stage::NoHome,
            Err(fault) => self.stage = Stage::Stuck(trouble(&fault)),
        }
    }

    /// Asks for what is stale, and shows what came of it.
    fn look(&mut self) {
        if let Some(door) = &self.door
            && let Err(fault) = self.holding.refresh(door)
        {
            match fault.kind {
                FaultKind::Stopped => return self.lose_door(),
                _ => self.stage = Stage::Stuck(trouble(&fault)),
            }
        }
        self.looked = Instant::now();
        self.show();
    }

    fn show(&mut self) {
        let view = reading::view(&self.stage, &self.holding, &self.home);
        if view != self.shown {
            self.shown = view.clone();
            self.bring(News::View(Box::new(view)));
        }
    }

    fn fetch(&self, hash: BlobHash) {
        let folder = keepsake::folder(&self.home).join("pictures");
        let path = folder.join(hash.to_string());
        let request = Request::Attachment { hash: hash.to_string(), path: path.clone(), replace: true };
        let fetched = std::fs::create_dir_all(&folder).is_ok()
            && self.door.as_ref().is_some_and(|door| door.ask(request).is_ok());
        if !fetched || self.files.send((hash, path)).is_err() {
            self.bring(News::Picture(hash, Err(Unseen::NotHeld)));
        }
    }

    fn bring(&self, news: News) {
        // A window that is gone needs no news.
        let _ = self.news.send(news);
        (self.waker)();
    }

    /// Writes what the window wants remembered; of several, the newest.
    fn keep(&mut self) {
        if let Some(keepsake) = self.remember.take() {
            // A disk that refuses this has been reported by the node already; the words stay in the window.
            let _ = keepsake.write(&self.home);
        }
    }

    fn close(mut self) {
        self.keep();
        self.door = None;
    }
}

pub(super) fn trouble(fault: &Fault) -> Trouble {
    let kind = serde_json::to_value(fault.kind).ok();
    let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Trouble { code: fault.code.clone(), kind, message: fault.message.clone() }
}
