//! A core on a real disk without thread or network, for tests of its rooms: founded, with neighbours let in and linked by hand.

use std::collections::BTreeMap;

use linli_record::{Claim, Draft, Kind, LogId, LogOpen, LogWriter, NodeKey, RawRecord, Record};
use linli_sync::testing::MemoryShelf;
use linli_sync::{Effect, Input, Session};
use tokio::sync::{mpsc, oneshot};

use super::{Core, begin};
use crate::actor::{self, Actor, Call, Desk, LinkId};
use crate::chance::{Clock, random};
use crate::fault::Fault;
use crate::home::{DeviceKeys, Home};
use crate::invite::{Invite, invite_id};
use crate::net::{Carrier, Knock, KnockAnswer, LinkHandle, Message, Side};
use crate::node::Founding;
use crate::vocabulary::{Answer, Request};

pub(super) const NOW: u64 = 1_790_000_000_000;

pub(super) struct Rig {
    pub(super) core: Core,
    carriers: BTreeMap<LinkId, Carrier>,
    inbox: mpsc::Receiver<Call>,
    pub(super) folder: tempfile::TempDir,
}

impl Rig {
    pub(super) fn founded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let founding = Founding {
            name: "Guihuali".into(),
            unit: "1-302".into(),
            label: "1-302 Shen".into(),
            language: "zh-CN".into(),
        };
        begin::found(&Home::create(folder.path()).unwrap(), &founding).unwrap();
        let (desk, inbox) = actor::channel();
        let home = Home::open(folder.path()).unwrap();
        let core = Core::open(home, desk, Clock::default(), crate::Network::Off).unwrap();
        Self { core, carriers: BTreeMap::new(), inbox, folder }
    }

    /// The core in its loop.
    pub(super) fn into_actor(self) -> (Actor, Desk) {
        let desk = self.core.desk.clone();
        (Actor::new(self.core, desk.clone(), self.inbox, None), desk)
    }

    pub(super) fn ask(&mut self, request: Request) -> Result<Answer, Fault> {
        let (reply, mut answer) = oneshot::channel();
        self.core.take(Call::Ask { request: Box::new(request), reply });
        answer.try_recv().unwrap()
    }

    pub(super) fn invite(&mut self, unit: &str) -> Invite {
        let request = Request::Invite { role: "owner".into(), unit: Some(unit.into()) };
        let Answer::Invite(invite) = self.ask(request).unwrap() else { panic!() };
        Invite::parse(&invite.text).unwrap()
    }

    /// Somebody knocks with an invite.
    pub(super) fn knock(&mut self, invite: &Invite, keys: &DeviceKeys) -> KnockAnswer {
        let claim = Claim {
            community: invite.community,
            device: keys.signing.public(),
            incarnation: keys.incarnation,
            sealing: keys.sealing.public(),
            node: keys.node_key(),
            role: invite.role,
            unit: invite.unit.clone(),
            label: "somebody".into(),
            invite: invite_id(&invite.secret),
            household: invite.household,
            recent: invite.recent,
        };
        let claim = claim.sign(&keys.signing, &keys.node);
        let knock = Knock { community: invite.community, secret: invite.secret, claim };
        self.core.knocked(keys.node_key(), &knock)
    }

    /// A neighbour who was let in.
    pub(super) fn member(&mut self, unit: &str) -> DeviceKeys {
        let (invite, keys) = (self.invite(unit), newcomer());
        assert_eq!(self.knock(&invite, &keys), KnockAnswer::Waiting);
        self.ask(Request::Admit { claim: None }).unwrap();
        keys
    }

    /// A link to a neighbour.
    pub(super) fn link(&mut self, id: u64, peer: NodeKey) -> LinkId {
        let (handle, carrier) = LinkHandle::simulated(LinkId(id), peer, Side::Accepted);
        self.carriers.insert(LinkId(id), carrier);
        self.core.link_up(handle);
        LinkId(id)
    }

    /// Why the node closed a link.
    pub(super) fn closed(&self, link: LinkId) -> Option<String> {
        self.carriers[&link].closed()
    }

    /// Lets an empty neighbour talk until nothing is left to say; what the node sent.
    pub(super) fn converse(&mut self, link: LinkId) -> Vec<Vec<u8>> {
        let shelf = MemoryShelf::new(self.core.community, linli_record::StoreId::from([7; 16]));
        let mut session = Session::new(self.core.keys.node_key(), None);
        let (mut said, mut inputs) = (Vec::new(), vec![Input::Opened { nonce: random() }]);
        loop {
            while let Some(message) = self.carriers.get_mut(&link).and_then(Carrier::take) {
                if let Message::Sync(frame) = message {
                    said.push(frame.clone());
                    inputs.push(Input::Frame(frame));
                }
            }
            self.core.drained(link);
            if inputs.is_empty() {
                return said;
            }
            let mut waiting: std::collections::VecDeque<Input> = inputs.drain(..).collect();
            while let Some(input) = waiting.pop_front() {
                for effect in session.handle(input, NOW, &shelf) {
                    match effect {
                        Effect::Send(frame) => self.core.frame(link, frame),
                        Effect::Take { ticket, .. }
                        | Effect::TakeBlock { ticket, .. }
                        | Effect::TakePayload { ticket, .. } => {
                            let outcome = linli_sync::Outcome::Known;
                            waiting.push_back(Input::Stored { ticket, outcome });
                        }
                        _ => {}
                    }
                }
            }
            self.core.commit_pending();
        }
    }

    /// A log of this key with so many records behind its opening.
    pub(super) fn log(&self, keys: &DeviceKeys, records: usize) -> (LogWriter, Vec<RawRecord>) {
        let open = LogOpen::member(&keys.signing, keys.incarnation, None, "rig");
        let signing = keys.signing.clone();
        let mut writer =
            LogWriter::begin(self.core.community, signing, &open, random(), self.core.seen(), NOW).unwrap();
        let mut run = vec![writer.opening().to_raw()];
        run.extend((0..records).map(|at| said(&mut writer, at).to_raw()));
        (writer, run)
    }

    /// Takes a run as one that came over a link, without answering yet.
    pub(super) fn take(&mut self, link: LinkId, log: &LogId, run: &[RawRecord]) {
        let from = NodeKey::from([1; 32]);
        self.core.take_run(link, from, 1, log, run.to_vec());
    }

    /// Takes a run and makes it durable.
    pub(super) fn hold(&mut self, log: &LogId, run: &[RawRecord]) {
        for run in run.chunks(linli_record::limits::RUN_RECORDS) {
            self.take(LinkId(u64::MAX), log, run);
        }
        self.core.commit_pending();
        assert_eq!(self.core.store.tip(log).map(|tip| tip.seq + 1), next(run));
    }
}

fn next(run: &[RawRecord]) -> Option<u64> {
    let header = linli_record::Header::parse(&run.last()?.header).ok()?;
    Some(header.seq + 1)
}

pub(super) fn newcomer() -> DeviceKeys {
    begin::fresh_seeds().keys()
}

/// One more record of a kind without meaning.
pub(super) fn said(writer: &mut LogWriter, at: usize) -> Record {
    let body = [0x18, u8::try_from(at % 200).unwrap() + 24];
    writer.append(Draft::new(Kind::new(145)).evidence(), &body, random(), NOW).unwrap()
}
