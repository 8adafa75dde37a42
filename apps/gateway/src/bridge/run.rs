//! A bridge with a clock, a connection and a thread.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use super::Bridge;
use crate::broker::{Connection, Told};
use crate::config::{Config, ConfigError};
use crate::hearing::Moment;
use crate::limits;
use crate::pen::Pen;
use crate::seen::Seen;
use crate::spool::Spool;
use crate::topics::Topics;

/// Time is looked at this often when nothing comes.
const TICK: Duration = Duration::from_millis(500);

/// Is shown what was seen, whenever it changed.
pub type Watcher = Box<dyn FnMut(&Seen) + Send>;

/// A gateway at work; it stops when this is dropped. What is not acknowledged then comes again.
#[derive(Debug)]
pub struct Gateway {
    connection: Option<Connection>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    register_changed: Arc<AtomicBool>,
}

impl Gateway {
    /// Starts a gateway on a home's folder, under the name `client_id` at its broker.
    ///
    /// # Errors
    /// [`ConfigError`] when the login or the certificates do not read.
    ///
    /// # Panics
    /// When the system has no room for two more threads.
    pub fn start(
        config: Config,
        client_id: &str,
        pen: impl Pen + Send + 'static,
        spool: Spool,
        watcher: Watcher,
    ) -> Result<Self, ConfigError> {
        let (told, inbox) = mpsc::channel(limits::INBOX);
        let topics = Topics::of(&config).names().map(str::to_owned).collect();
        let connection = Connection::open(&config, client_id, topics, told)?;
        let clock = Clock::new();
        let stop = Arc::new(AtomicBool::new(false));
        let register_changed = Arc::new(AtomicBool::new(true));
        let work = Work {
            bridge: Bridge::new(config, pen, spool, clock.now()),
            clock,
            inbox,
            stop: Arc::clone(&stop),
            register_changed: Arc::clone(&register_changed),
            watcher,
        };
        let thread = std::thread::Builder::new()
            .name("linli-bridge".into())
            .spawn(move || work.run())
            .expect("a thread needs only a little memory");
        Ok(Self { connection: Some(connection), stop, thread: Some(thread), register_changed })
    }

    /// The register may have changed who may speak.
    pub fn register_changed(&self) {
        self.register_changed.store(true, Ordering::Release);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The connection's end ends the inbox, which wakes the thread.
        self.connection.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Watches a home's file of what was seen.
#[must_use]
pub fn to_file(home: &Path) -> Watcher {
    let home = home.to_owned();
    Box::new(move |seen| {
        if let Err(error) = seen.write(&home) {
            tracing::debug!(%error, "what was seen could not be left for others");
        }
    })
}

struct Clock {
    began: Instant,
}

impl Clock {
    fn new() -> Self {
        Self { began: Instant::now() }
    }

    fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment { wall_ms: millis(wall), steady_ms: millis(self.began.elapsed()) }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

struct Work<P> {
    bridge: Bridge<P>,
    clock: Clock,
    inbox: mpsc::Receiver<Told>,
    stop: Arc<AtomicBool>,
    register_changed: Arc<AtomicBool>,
    watcher: Watcher,
}

impl<P: Pen> Work<P> {
    fn run(mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a timer needs nothing the system could refuse");
        let mut shown = Seen::default();
        let mut ticked: Option<Instant> = None;
        while !self.stop.load(Ordering::Acquire) {
            if self.register_changed.swap(false, Ordering::AcqRel) {
                self.bridge.look_at_consents(self.clock.now());
            }
            if ticked.is_none_or(|at| at.elapsed() >= TICK) {
                ticked = Some(Instant::now());
                self.bridge.tick(self.clock.now());
            }
            if shown != *self.bridge.seen() {
                shown = self.bridge.seen().clone();
                (self.watcher)(&shown);
            }
            if let Some(told) = self.next(&runtime) {
                self.bridge.take(told, self.clock.now());
            }
        }
    }

    /// What comes within a tick; nothing is looked at while the bridge is blocked.
    fn next(&mut self, runtime: &tokio::runtime::Runtime) -> Option<Told> {
        let blocked = self.bridge.is_blocked();
        runtime.block_on(async {
            if blocked {
                tokio::time::sleep(TICK).await;
                return None;
            }
            tokio::time::timeout(TICK, self.inbox.recv()).await.ok().flatten()
        })
    }
}
