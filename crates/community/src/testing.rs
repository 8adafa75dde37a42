//! A small community in memory, for tests and the simulator: a founder, newcomers, records, blocks. Deterministic: every
//! key and salt comes from the seed given to [`Estate::founded`]. It panics where a test went wrong.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{
    BlobHash, BlobRef, Block, BlockId, BlockTip, Claim, CommunityId, DeviceKey, Draft, Flags, Hash,
    Incarnation, Kind, LogId, LogOpen, LogWriter, NodeKey, Record, RecordId, SealingSecret, SecretKey,
    SignedClaim, Tip,
};

use crate::charter::{Charter, Founder, FoundingWitness};
use crate::register::statement::{Admit, Approve, Confirm, ConfirmWhat, Statement};
use crate::register::{BlockFault, Ledger, Outcome, Role, State, Verdict, apply, snapshot_due};

/// The founding's time: 2026-01-01.
pub const FOUNDED_MS: u64 = 1_767_225_600_000;
/// One hour: what passes between blocks unless a test says otherwise.
pub const HOUR_MS: u64 = 3_600_000;
/// One day.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// Records and attachments in memory.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    logs: BTreeMap<LogId, Vec<Record>>,
    annexes: BTreeMap<BlobHash, Vec<u8>>,
}

impl Ledger for Shelf {
    fn records(&self, log: &LogId, from: u64, to: u64) -> Vec<Record> {
        let held = self.logs.get(log).map_or(&[][..], Vec::as_slice);
        held.iter().filter(|record| (from..=to).contains(&record.seq)).cloned().collect()
    }

    fn annex(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        self.annexes.get(hash).cloned()
    }
}

impl Shelf {
    /// Takes a record that follows what is held of its log.
    pub fn put(&mut self, record: Record) {
        self.logs.entry(record.log).or_default().push(record);
    }

    /// Keeps an attachment.
    pub fn attach(&mut self, bytes: Vec<u8>) -> BlobHash {
        let hash = BlobHash::from(*blake3::hash(&bytes).as_bytes());
        self.annexes.insert(hash, bytes);
        hash
    }

    /// Loses an attachment.
    pub fn lose_annex(&mut self, hash: &BlobHash) -> Option<Vec<u8>> {
        self.annexes.remove(hash)
    }

    /// Loses a log, as a node that never received it.
    pub fn lose_log(&mut self, log: &LogId) -> Vec<Record> {
        self.logs.remove(log).unwrap_or_default()
    }

    /// Loses a record's payload.
    pub fn lose_payload(&mut self, id: &RecordId) {
        let held = self.logs.values_mut().flatten().find(|record| record.id() == *id);
        let record = held.expect("the record is held");
        *record = record.clone().without_payload();
    }

    /// The newest record of a log.
    #[must_use]
    pub fn newest(&self, log: &LogId) -> Option<&Record> {
        self.logs.get(log).and_then(|records| records.last())
    }

    /// A record.
    #[must_use]
    pub fn find(&self, id: &RecordId) -> Option<&Record> {
        self.logs.values().flatten().find(|record| record.id() == *id)
    }

    /// Every log held, ascending.
    pub fn logs(&self) -> impl Iterator<Item = &LogId> {
        self.logs.keys()
    }
}

/// A device of the estate, by number; the founder's is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who(usize);

impl Who {
    /// The founder's first device.
    pub const FOUNDER: Self = Self(0);
}

/// A device's secrets and its public log.
#[derive(Debug, Clone)]
pub struct Person {
    /// Shown name.
    pub name: String,
    /// Signing key.
    pub key: SecretKey,
    /// Transport key.
    pub node: SecretKey,
    /// Sealing key.
    pub sealing: SealingSecret,
    /// First life.
    pub incarnation: Incarnation,
    /// The public log, being written.
    pub writer: LogWriter,
}

/// A community with its register.
#[derive(Debug, Clone)]
pub struct Estate {
    /// The community.
    pub community: CommunityId,
    /// The register's state.
    pub state: State,
    /// Everything written.
    pub shelf: Shelf,
    /// Every block, oldest first.
    pub blocks: Vec<Block>,
    /// Every verdict that is not simply "stands".
    pub verdicts: BTreeMap<RecordId, Verdict>,
    /// The time of the next block, before it is moved on.
    pub now_ms: u64,
    /// The sole witness's key.
    pub witness: SecretKey,
    people: Vec<Person>,
    seed: u64,
    drawn: u64,
}

fn draw(seed: u64, drawn: &mut u64) -> [u8; 32] {
    *drawn += 1;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_be_bytes()).update(&drawn.to_be_bytes());
    *hasher.finalize().as_bytes()
}

fn half(bytes: [u8; 32]) -> [u8; 16] {
    *bytes.first_chunk().expect("sixteen of thirty-two")
}

impl Estate {
    /// A community of one, with its founding block; unit 1-101 is the founder's.
    #[must_use]
    pub fn founded(seed: u64) -> Self {
        let mut estate = Self::unfounded(seed);
        estate.block();
        estate
    }

    /// The same before its founding block.
    #[must_use]
    pub fn unfounded(seed: u64) -> Self {
        let mut drawn = 0;
        let mut key = || SecretKey::from_bytes(&draw(seed, &mut drawn));
        let (device, node, witness) = (key(), key(), key());
        let sealing = SealingSecret::from_seed(&draw(seed, &mut drawn));
        let incarnation = Incarnation::from(half(draw(seed, &mut drawn)));
        let founder = Founder {
            label: "founder".into(),
            unit: "1-101".into(),
            device: device.public(),
            incarnation,
            sealing: sealing.public(),
            node: NodeKey::from(*node.public().as_bytes()),
        };
        let mut charter = Charter::founding("Guihuali", founder);
        charter.witnesses = vec![FoundingWitness {
            key: witness.public(),
            incarnation: Incarnation::from(half(draw(seed, &mut drawn))),
            holder: None,
        }];
        let mut open = LogOpen::member(&device, incarnation, None, "linli test");
        open.charter = Some(charter.to_bytes());
        let salt = half(draw(seed, &mut drawn));
        let (community, writer) =
            LogWriter::found(device.clone(), &open, salt, FOUNDED_MS).expect("a founding fits");
        let mut shelf = Shelf::default();
        shelf.put(writer.opening().clone());
        Self {
            community,
            state: State::found(writer.opening()).expect("the founding record founds"),
            shelf,
            blocks: Vec::new(),
            verdicts: BTreeMap::new(),
            now_ms: FOUNDED_MS,
            witness,
            people: vec![Person { name: "founder".into(), key: device, node, sealing, incarnation, writer }],
            seed,
            drawn,
        }
    }

    /// Thirty-two bytes nobody had before.
    pub fn fresh(&mut self) -> [u8; 32] {
        draw(self.seed, &mut self.drawn)
    }

    /// A device nobody enrolled, with its public log begun.
    pub fn newcomer(&mut self, name: &str) -> Who {
        let (key, node) = (SecretKey::from_bytes(&self.fresh()), SecretKey::from_bytes(&self.fresh()));
        let sealing = SealingSecret::from_seed(&self.fresh());
        let incarnation = Incarnation::from(half(self.fresh()));
        let writer = self.life(&key, incarnation);
        self.people.push(Person { name: name.into(), key, node, sealing, incarnation, writer });
        Who(self.people.len() - 1)
    }

    fn life(&mut self, key: &SecretKey, incarnation: Incarnation) -> LogWriter {
        let open = LogOpen::member(key, incarnation, None, "linli test");
        let salt = half(self.fresh());
        let seen = self.state.seen();
        let writer = LogWriter::begin(self.community, key.clone(), &open, salt, seen, self.now_ms)
            .expect("an opening fits");
        self.shelf.put(writer.opening().clone());
        writer
    }

    /// Begins another life of a device's key; what it says from here on goes there.
    pub fn reincarnate(&mut self, who: Who) -> Incarnation {
        let incarnation = Incarnation::from(half(self.fresh()));
        let key = self.person(who).key.clone();
        self.people[who.0].writer = self.life(&key, incarnation);
        incarnation
    }

    /// A device's secrets.
    #[must_use]
    pub fn person(&self, who: Who) -> &Person {
        &self.people[who.0]
    }

    /// A device's secrets, to change.
    pub fn person_mut(&mut self, who: Who) -> &mut Person {
        &mut self.people[who.0]
    }

    /// A device's key.
    #[must_use]
    pub fn key(&self, who: Who) -> DeviceKey {
        self.person(who).key.public()
    }

    /// A device's present public log.
    #[must_use]
    pub fn log(&self, who: Who) -> LogId {
        self.person(who).writer.tip().log
    }

    /// A device's household.
    #[must_use]
    pub fn home(&self, who: Who) -> RecordId {
        self.state.device_by_key(&self.key(who)).expect("the device is enrolled").household
    }

    /// What a newcomer claims of itself.
    pub fn claim(&mut self, who: Who, role: Role, unit: Option<&str>, household: Option<RecordId>) -> Claim {
        let invite = Hash::from(self.fresh());
        let recent = self.state.head().map(|head| (head.height, Hash::from(*head.id.as_bytes())));
        let person = self.person(who);
        Claim {
            community: self.community,
            device: person.key.public(),
            incarnation: person.incarnation,
            sealing: person.sealing.public(),
            node: NodeKey::from(*person.node.public().as_bytes()),
            role: role.number(),
            unit: unit.map(str::to_owned),
            label: person.name.clone(),
            invite,
            household,
            recent,
        }
    }

    /// A claim, signed.
    #[must_use]
    pub fn sign(&self, who: Who, claim: &Claim) -> SignedClaim {
        let person = self.person(who);
        claim.sign(&person.key, &person.node)
    }

    /// Writes a record into a device's public log.
    pub fn say(&mut self, who: Who, draft: Draft, body: &[u8]) -> RecordId {
        let (salt, now) = (half(self.fresh()), self.now_ms);
        let seen = draft.seen.max(self.state.seen());
        let person = &mut self.people[who.0];
        let record = person.writer.append(draft.seen(seen), body, salt, now).expect("a record fits");
        let id = record.id();
        self.shelf.put(record);
        id
    }

    /// Writes a statement of power.
    pub fn state_it<S: Statement>(&mut self, who: Who, statement: &S) -> RecordId {
        self.say(who, S::draft(), &statement.body())
    }

    /// Writes a statement with a required annex.
    pub fn state_with_annex<S: Statement>(&mut self, who: Who, statement: &S, annex: Vec<u8>) -> RecordId {
        let size = annex.len() as u64;
        let hash = self.shelf.attach(annex);
        let mut draft = S::draft();
        draft.flags = draft.flags.with(Flags::REQUIRED_ANNEX);
        draft.blobs.push(BlobRef { hash, size, flag: 0 });
        self.say(who, draft, &statement.body())
    }

    /// Writes an ordinary message.
    pub fn chat(&mut self, who: Who, text: &str) -> RecordId {
        self.say(who, Draft::new(crate::kinds::MESSAGE), text.as_bytes())
    }

    /// Quotes a newcomer's claim; a body's term ends with `until_ms`.
    pub fn admit_claim(&mut self, by: Who, claim: SignedClaim, until_ms: Option<u64>) -> RecordId {
        let made = self.state.made();
        self.state_it(by, &Admit { made, claim, until_ms, scope: Vec::new() })
    }

    /// Makes a newcomer claim a role and somebody quote it.
    pub fn admit(
        &mut self,
        by: Who,
        who: Who,
        role: Role,
        unit: Option<&str>,
        household: Option<RecordId>,
    ) -> RecordId {
        let claim = self.claim(who, role, unit, household);
        let signed = self.sign(who, &claim);
        self.admit_claim(by, signed, None)
    }

    /// Approves a proposal.
    pub fn approve(&mut self, by: Who, proposal: RecordId) -> RecordId {
        let recent = self.state.recent();
        self.state_it(by, &Approve { proposal, recent })
    }

    /// Confirms a seat.
    pub fn confirm_seat(&mut self, by: Who, household: RecordId) -> RecordId {
        let recent = self.state.recent();
        self.state_it(by, &Confirm { what: ConfirmWhat::Seat, record: household, incarnation: None, recent })
    }

    /// Enrols households in units 1-102, 1-103, ... until there are `total` with the founder's, confirmed, one block each
    /// step; gives their devices, the founder's first.
    pub fn settle_in(&mut self, total: usize) -> Vec<Who> {
        let mut all = vec![Who::FOUNDER];
        for number in 2..=total {
            let unit = format!("1-{}", 100 + number);
            let who = self.newcomer(&unit);
            let admit = self.admit(Who::FOUNDER, who, Role::Owner, Some(&unit), None);
            if number > 3 {
                self.approve(all[1], admit);
            }
            self.block();
            all.push(who);
            if number == 3 {
                let (second, third) = (self.home(all[1]), self.home(all[2]));
                self.confirm_seat(all[1], third);
                self.confirm_seat(all[2], second);
                self.block();
            }
        }
        all
    }

    /// The next block, an hour later: everything that may settle.
    pub fn block(&mut self) -> Outcome {
        self.block_after(HOUR_MS)
    }

    /// The next block, that much later.
    pub fn block_after(&mut self, ms: u64) -> Outcome {
        let logs = self.settleable(ms);
        let block = self.compose(&logs, ms);
        self.adopt(&block).expect("the block follows")
    }

    /// The next block, settling only what these devices said in their present logs.
    pub fn block_of(&mut self, who: &[Who]) -> Outcome {
        let logs = who.iter().map(|who| self.log(*who)).collect();
        let block = self.compose(&logs, HOUR_MS);
        self.adopt(&block).expect("the block follows")
    }

    /// Logs that may settle now, with those that the block itself enrols.
    fn settleable(&self, ms: u64) -> BTreeSet<LogId> {
        let mut state = self.state.clone();
        let mut logs = BTreeSet::new();
        loop {
            let more: BTreeSet<LogId> = self
                .shelf
                .logs()
                .filter(|log| logs.contains(*log) || self.may_settle(&state, log))
                .copied()
                .collect();
            if more.len() == logs.len() {
                return logs;
            }
            logs = more;
            let block = self.compose(&logs, ms);
            let outcome = apply(&self.state, &block, block.id(), &self.shelf).expect("the block follows");
            state = outcome.state;
        }
    }

    fn may_settle(&self, state: &State, log: &LogId) -> bool {
        let newest = self.shelf.newest(log).expect("a log has a record");
        if let Some((number, seq, _)) = self.state.settled_tip(log) {
            let open = self.state.log_by_number(number).is_some_and(|log| log.closed.is_none());
            let owner = self.state.log_owner(log);
            return open
                && newest.seq > seq
                && owner.is_some_and(|owner| self.state.admits_node(&owner.node));
        }
        let writer = self.people.iter().find(|person| crate::testing::owns(person, &self.shelf, log));
        let device = writer.and_then(|person| state.device_by_key(&person.key.public()));
        device.is_some_and(|device| {
            let goes_on = device.forked.is_none() || device.reopened.contains(log);
            state.admits_node(&device.node) && goes_on
        })
    }

    /// A block on the present head that settles the newest held records of these logs.
    #[must_use]
    pub fn compose(&self, logs: &BTreeSet<LogId>, ms: u64) -> Block {
        let head = self.state.head();
        let height = head.map_or(0, |head| head.height + 1);
        let first_new = self.state.facts().logs.len();
        let opened: Vec<LogId> =
            logs.iter().filter(|log| self.state.log_number(log).is_none()).copied().collect();
        let number = |log: &LogId| {
            self.state.log_number(log).unwrap_or_else(|| {
                let at = opened.iter().position(|other| other == log).expect("it is opened");
                u32::try_from(first_new + at).expect("few logs")
            })
        };
        let mut tips: Vec<BlockTip> = logs
            .iter()
            .map(|log| {
                let newest = self.shelf.newest(log).expect("the log is held");
                BlockTip { number: number(log), seq: newest.seq, id: newest.id() }
            })
            .collect();
        tips.sort_by_key(|tip| tip.number);
        Block {
            version: 1,
            community: self.community,
            era: self.state.facts().era,
            height,
            prev: head.map(|head| head.id),
            time_ms: self.now_ms + ms,
            rules: self.state.bylaws().rules,
            opened,
            tips,
            snapshot: snapshot_due(&self.state, height),
            base: None,
        }
    }

    /// Applies a block and goes on from it.
    ///
    /// # Errors
    /// [`BlockFault`] when it does not follow; nothing changed then.
    pub fn adopt(&mut self, block: &Block) -> Result<Outcome, BlockFault> {
        let outcome = apply(&self.state, block, block.id(), &self.shelf)?;
        self.state = outcome.state.clone();
        self.now_ms = block.time_ms;
        self.verdicts.extend(outcome.verdicts.iter().copied());
        self.blocks.push(block.clone());
        Ok(outcome)
    }

    /// The verdict on a settled record.
    #[must_use]
    pub fn verdict(&self, id: &RecordId) -> Verdict {
        self.verdicts.get(id).copied().unwrap_or(Verdict::Stands)
    }

    /// The reason code of a settled record that does not stand.
    #[must_use]
    pub fn reason(&self, id: &RecordId) -> Option<&'static str> {
        self.verdict(id).reason().map(crate::register::Reason::code)
    }

    /// Applies every block again from the founding record, through bytes each time; the end must be the same.
    #[must_use]
    pub fn from_scratch(&self) -> State {
        let founding = &self.people[0].writer;
        let mut state = State::found(founding.opening()).expect("it founded before");
        for block in &self.blocks {
            state = State::from_bytes(&state.to_bytes()).expect("a state reads what it writes");
            state = apply(&state, block, block.id(), &self.shelf).expect("it applied before").state;
        }
        state
    }

    /// Id of the block at the head.
    #[must_use]
    pub fn head(&self) -> BlockId {
        self.state.head().expect("a block was made").id
    }

    /// The tips of every public log on the shelf, ascending by log.
    #[must_use]
    pub fn tips(&self) -> Vec<Tip> {
        let tip = |log: &LogId| {
            let opening = self.shelf.records(log, 0, 0);
            let open = opening.first().and_then(|record| record.body()).map(LogOpen::parse);
            let newest = self.shelf.newest(log).expect("a log has a record");
            Tip {
                log: *log,
                key: open.expect("a log begins with its opening").expect("an opening reads").key,
                audience: None,
                seq: newest.seq,
                id: newest.id(),
                seen: newest.seen,
                version: newest.version,
                closed: newest.kind == Kind::LOG_CLOSE,
            }
        };
        self.shelf.logs().map(tip).collect()
    }

    /// A draft of any kind, with the evidence flag.
    #[must_use]
    pub fn draft(kind: u16) -> Draft {
        Draft::new(Kind::new(kind)).evidence()
    }
}

/// Whether a log is one of a device's lives.
fn owns(person: &Person, shelf: &Shelf, log: &LogId) -> bool {
    let opening = shelf.records(log, 0, 0);
    let open = opening.first().and_then(|record| record.body()).and_then(|body| LogOpen::parse(body).ok());
    open.is_some_and(|open| open.key == person.key.public())
}
