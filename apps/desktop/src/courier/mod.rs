//! The courier: a thread that carries the window's errands to the home's node and brings back what changed.
//!
//! The window never waits: it hands over an [`Errand`] and reads [`News`] when a frame is painted. The courier asks the node
//! that runs in this home, or runs one itself; it hears every event, asks again only for what an event touched, and sends a
//! view only when it differs from the last. It knows nothing of egui: a [`Waker`] tells the window that news lie ready.
//! Read [`Courier`] first, then [`round::Round::run`].

mod door;
mod holding;
mod pictures;
mod round;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Founding, Settings};
use linli_record::BlobHash;

use crate::command::Wish;
use crate::keepsake::{JoiningNote, Keepsake};
use crate::view::{Trouble, View};

pub(crate) use holding::Holding;
pub use pictures::Drawing;

/// Tells the window that news lie ready.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// What the window hands over.
pub enum Errand {
    /// Ask the node something; the wish comes back with the answer.
    Ask(Wish, Box<Request>),
    /// Found a community in the home's folder.
    Found(Founding),
    /// Knock with an invite, under a name of one's own.
    Join(String, String),
    /// Try to open the home again.
    Reopen,
    /// Fetch a picture.
    Fetch(BlobHash),
    /// Remember the window.
    Remember(Box<Keepsake>),
}

/// What the courier brings.
pub enum News {
    /// The neighbourhood, as it stands now.
    View(Box<View>),
    /// A wish came true.
    Done(Wish, Box<Answer>),
    /// It did not.
    Refused(Wish, Trouble),
    /// The invite was taken; whose it is.
    Knocking(JoiningNote),
    /// A picture, or why there is none.
    Picture(BlobHash, Result<Drawing, Unseen>),
}

/// Why a picture is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Its bytes have not come yet.
    NotHeld,
    /// Its bytes are no picture, or a larger one than is shown.
    NoPicture,
}

/// Everything that reaches the courier's thread.
pub(crate) enum Call {
    /// From the window.
    Errand(Errand),
    /// From the node that was opened as this number.
    Heard(u64, Event),
    /// That node fell silent.
    Silent(u64),
    /// The window closes.
    End,
}

/// The window's end of the two channels.
pub struct Courier {
    calls: Sender<Call>,
    news: Receiver<News>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Courier {
    /// Sends a courier to the home in `home`; a home made here gets `settings`.
    ///
    /// # Panics
    /// When the machine can't start a thread.
    #[must_use]
    pub fn new(home: PathBuf, settings: Settings, waker: Waker) -> Self {
        let (calls, inbox) = channel();
        let (news, arrived) = channel();
        let round = round::Round::new(home, settings, calls.clone(), news, waker);
        let thread = std::thread::Builder::new()
            .name("linli-courier".into())
            .spawn(move || round.run(&inbox))
            .expect("the machine starts a thread");
        Self { calls, news: arrived, thread: Some(thread) }
    }

    /// Hands over an errand; returns at once.
    pub fn send(&self, errand: Errand) {
        // A courier that ended was told to: nobody waits for the rest.
        let _ = self.calls.send(Call::Errand(errand));
    }

    /// News that came since the last frame.
    pub fn news(&self) -> impl Iterator<Item = News> + '_ {
        self.news.try_iter()
    }
}

impl Drop for Courier {
    /// Waits until what was handed over is done and durable, and the node is closed.
    fn drop(&mut self) {
        let _ = self.calls.send(Call::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
