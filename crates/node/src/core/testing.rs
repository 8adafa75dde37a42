//! A node that somebody else drives: no thread, socket, clock or chance of its own; nothing here is in a real build.
//!
//! [`SimHome`] is a folder with a simulated disk and machine; [`SimNode`] is the whole core of the node open on it, given
//! the calls the actor would give it, one by one. Whoever drives it carries the frames. Call [`begin`] first on the
//! thread that drives, and [`set_clock`] before each call.

use std::collections::BTreeMap;
use std::path::PathBuf;

use linli_community::register::State;
use linli_record::{BlobHash, DeviceKey, Draft, Kind, LogId, NodeKey, RawRecord, RecordId, SecretKey};
use linli_store::testing::SimDisk;
use linli_store::{Batch, Store};
use linli_sync::{Outcome, Shelf};
use tokio::sync::{mpsc, oneshot};

use super::Core;
use crate::actor::{self, Call, LinkId};
use crate::chance::{Clock, random, staged};
use crate::fault::Fault;
use crate::home::{Home, Simulated};
use crate::invite::Invite;
use crate::net::{Carrier, Knock, KnockAnswer, LinkHandle, Message, Side};
use crate::node::Founding;
use crate::vocabulary::{Answer, Request};

/// From here on, everything random on this thread follows from `seed`.
pub fn begin(seed: u64) {
    staged::begin(seed);
}

/// Sets this thread's clock, milliseconds since 1970.
pub fn set_clock(now_ms: u64) {
    staged::set_clock(now_ms);
}

/// A home's folder, disk and machine.
#[derive(Debug, Clone)]
pub struct SimHome {
    /// Where keys and attachments lie.
    pub root: PathBuf,
    /// Where the store lies.
    pub disk: SimDisk,
    /// What tells this machine from another.
    pub machine: Vec<u8>,
}

impl SimHome {
    fn simulated(&self) -> Simulated {
        Simulated { disk: self.disk.clone(), machine: self.machine.clone() }
    }

    /// Founds a community here.
    ///
    /// # Errors
    /// The [`Fault`] that `found` answers.
    pub fn found(&self, founding: &Founding) -> Result<(), Fault> {
        super::found(&Home::create(&self.root)?.simulate(self.simulated()), founding)
    }

    /// Prepares to knock with an invite.
    ///
    /// # Errors
    /// The [`Fault`] that `join` answers.
    pub fn join(&self, invite: &str, label: &str) -> Result<(), Fault> {
        let invite = Invite::parse(invite).map_err(|error| Fault::input("invite", error.to_string()))?;
        super::join(&Home::create(&self.root)?.simulate(self.simulated()), &invite, label)
    }

    /// Starts the node.
    ///
    /// # Errors
    /// The [`Fault`] that opening a home answers.
    pub fn open(&self) -> Result<SimNode, Fault> {
        let home = Home::open(&self.root)?.simulate(self.simulated());
        let (desk, inbox) = actor::channel();
        let core = Core::open(home, desk, Clock::default(), crate::Network::Off)?;
        Ok(SimNode { core, _inbox: inbox, lines: BTreeMap::new() })
    }
}

/// A record as a node holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// Its id.
    pub id: RecordId,
    /// Its log.
    pub log: LogId,
    /// Its place there.
    pub seq: u64,
    /// Who signed the log.
    pub key: Option<DeviceKey>,
    /// What kind of thing it says.
    pub kind: Kind,
    /// Whether it stands in a public log.
    pub public: bool,
    /// The block that settled it.
    pub height: Option<u64>,
    /// `stands`, or the reason why not.
    pub verdict: String,
}

/// A node without a thread.
pub struct SimNode {
    core: Core,
    _inbox: mpsc::Receiver<Call>,
    lines: BTreeMap<u64, Carrier>,
}

impl SimNode {
    /// The key other nodes know it by.
    #[must_use]
    pub fn key(&self) -> NodeKey {
        self.core.keys.node_key()
    }

    /// The key it signs with.
    #[must_use]
    pub fn device(&self) -> DeviceKey {
        self.core.keys.signing.public()
    }

    /// What it signs with: liars sign too.
    #[must_use]
    pub fn signing(&self) -> SecretKey {
        self.core.keys.signing.clone()
    }

    /// Its public log, once it has one.
    #[must_use]
    pub fn log(&self) -> Option<LogId> {
        self.core.own_log()
    }

    /// Asks it something, as a person would.
    ///
    /// # Errors
    /// The node's [`Fault`].
    pub fn ask(&mut self, request: Request) -> Result<Answer, Fault> {
        let (reply, mut answer) = oneshot::channel();
        self.core.take(Call::Ask { request: Box::new(request), reply });
        answer.try_recv().map_err(|_| Fault::stopped())?
    }

    /// Ends a round of calls.
    pub fn settle_down(&mut self) {
        self.core.settle_down();
    }

    /// Whether the gate would let this neighbour in.
    #[must_use]
    pub fn admits(&self, peer: &NodeKey) -> bool {
        self.core.roster.admits(peer)
    }

    /// A link to `peer` came up.
    pub fn link_up(&mut self, link: u64, peer: NodeKey, dialed: bool) {
        let side = if dialed { Side::Dialed } else { Side::Accepted };
        let (handle, carrier) = LinkHandle::simulated(LinkId(link), peer, side);
        self.lines.insert(link, carrier);
        self.core.take(Call::LinkUp(handle));
    }

    /// A frame came over a link.
    pub fn frame(&mut self, link: u64, frame: Vec<u8>) {
        self.core.take(Call::Frame(LinkId(link), Message::Sync(frame)));
    }

    /// The carrier wrote everything it was given.
    pub fn drained(&mut self, link: u64) {
        self.core.take(Call::Drained(LinkId(link)));
    }

    /// A link ended.
    pub fn link_down(&mut self, link: u64) {
        self.lines.remove(&link);
        self.core.take(Call::LinkDown(LinkId(link), None));
    }

    /// What the node wants carried, in order.
    pub fn outgoing(&mut self, link: u64) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        if let Some(line) = self.lines.get_mut(&link) {
            while let Some(message) = line.take() {
                if let Message::Sync(frame) = message {
                    frames.push(frame);
                }
            }
        }
        frames
    }

    /// Why the node closed a link or let go of it; nothing while it holds it.
    #[must_use]
    pub fn closed(&self, link: u64) -> Option<String> {
        self.lines.get(&link)?.closed()
    }

    /// The knock of a home that waits to be admitted, and at whose door.
    #[must_use]
    pub fn knock(&self) -> Option<(NodeKey, Vec<u8>)> {
        let joining = self.core.door.joining_label()?;
        let invite = self.core.joining_invite()?;
        let claim = self.core.own_claim(&invite, joining);
        let signed = claim.sign(&self.core.keys.signing, &self.core.keys.node);
        let knock = Knock { community: invite.community, secret: invite.secret, claim: signed };
        Some((invite.node, minicbor::to_vec(&knock).expect("a vector takes every byte")))
    }

    /// Somebody knocks; bytes that are no knock are refused.
    pub fn knocked(&mut self, peer: NodeKey, knock: &[u8]) -> KnockAnswer {
        let Ok(knock) = minicbor::decode::<Knock>(knock) else { return KnockAnswer::Refused };
        let (reply, mut answer) = oneshot::channel();
        self.core.take(Call::Knock { peer, knock: Box::new(knock), reply });
        answer.try_recv().unwrap_or(KnockAnswer::Refused)
    }

    /// The door answered.
    pub fn knock_answered(&mut self, answer: KnockAnswer) {
        self.core.take(Call::KnockAnswered(Ok(answer)));
    }

    /// Attachments it lacks.
    #[must_use]
    pub fn lacks(&self) -> Vec<BlobHash> {
        let listed = self.core.store.blobs(&BlobHash::from([0; 32]), 1024).unwrap_or_default();
        listed.iter().filter(|entry| !entry.held).map(|entry| entry.hash).collect()
    }

    /// An attachment's bytes, as it would serve them to `peer`.
    pub fn attachment(&mut self, peer: NodeKey, hash: BlobHash) -> Option<Vec<u8>> {
        let (reply, mut answer) = oneshot::channel();
        self.core.take(Call::AttachmentFor { peer, hash, reply });
        std::fs::read(answer.try_recv().ok()??).ok()
    }

    /// An attachment came from `peer`.
    ///
    /// # Errors
    /// When the folder does not take the file.
    pub fn attachment_came(&mut self, peer: NodeKey, hash: BlobHash, bytes: &[u8]) -> std::io::Result<()> {
        let path = self.core.home.root().join("fetching").join(hash.to_string());
        std::fs::create_dir_all(self.core.home.root().join("fetching"))?;
        std::fs::write(&path, bytes)?;
        self.core.take(Call::Fetched { hash, from: peer, result: Ok(path) });
        Ok(())
    }

    /// The copy, as a session with a neighbour reads it.
    #[must_use]
    pub const fn shelf(&self) -> &impl Shelf {
        &self.core
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.core.store
    }

    /// The register's state.
    #[must_use]
    pub const fn register(&self) -> Option<&State> {
        self.core.state.as_ref()
    }

    /// Warnings it shows.
    #[must_use]
    pub fn warnings(&self) -> Vec<&'static str> {
        self.core.warnings.keys().copied().collect()
    }

    /// Every record held, in order of arrival.
    ///
    /// # Errors
    /// A [`Fault`] when a row does not read.
    pub fn records(&self) -> Result<Vec<HeldRecord>, Fault> {
        let core = &self.core;
        let mut records = Vec::new();
        for number in 1..=core.store.arrivals() {
            let read = core.store.by_arrival(number).map_err(|error| super::store_fault_read(&error))?;
            let Some(record) = read else { continue };
            records.push(HeldRecord {
                id: record.id(),
                log: record.log,
                seq: record.seq,
                key: core.store.tip(&record.log).map(|tip| tip.key),
                kind: record.kind,
                public: record.audience.is_none(),
                height: core.settled_height(&record.log, record.seq),
                verdict: core.standing(&record).code().unwrap_or("stands").to_owned(),
            });
        }
        Ok(records)
    }

    /// Writes whatever it is told into its public log, as a changed program could: nothing of it is checked.
    ///
    /// # Errors
    /// A [`Fault`] when it has no log or the disk fails.
    pub fn say_unchecked(&mut self, draft: Draft, body: &[u8]) -> Result<RecordId, Fault> {
        let core = &mut self.core;
        core.commit_pending();
        let mut writer = core.pen.clone().ok_or_else(super::own::not_joined)?;
        let record = writer.append(draft, body, random(), core.clock.now_ms())?;
        let mut batch = Batch::new();
        batch.append(vec![record.clone()], writer.tip().clone(), None);
        core.write(batch)?;
        core.pen = Some(writer);
        core.note_records(std::slice::from_ref(&record));
        Ok(record.id())
    }

    /// Hands it a run of a log, as a bundle file would.
    pub fn hand(&mut self, log: &LogId, run: Vec<RawRecord>) -> Outcome {
        let outcome = self.core.admit_run(None, log, run);
        self.core.commit_pending();
        outcome
    }

    /// Makes register, verdicts and keys again from blocks and records alone.
    ///
    /// # Errors
    /// A [`Fault`] when a block does not follow or the disk fails.
    pub fn rebuild(&mut self) -> Result<(), Fault> {
        self.core.replay_register(None)?;
        self.core.rebuild_ring()?;
        self.core.commit_pending();
        Ok(())
    }

    /// Ends in order.
    pub fn close(mut self) {
        self.core.close();
    }
}
