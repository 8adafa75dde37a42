//! A community made for measuring: a founder's home with everyone enrolled, their talk of twenty years, and what things
//! said; settled in blocks, and a keeper's home that is enrolled and holds nothing yet.
//!
//! Everything but the founder's own keys comes from a seed. Signing goes in parallel; the store is written by its own
//! door, in the order in which a live node would have heard it. Made once, kept under `target/bench-data`.

use std::fs;
use std::path::{Path, PathBuf};

use linli_community::content::notice::{Acknowledge, Notice};
use linli_community::content::request::{Place, Request, RequestStep, Step};
use linli_community::content::sighting::{Sighting, Value, What};
use linli_community::content::story::{Editors, Story, document};
use linli_community::content::talk::{Message, Thread};
use linli_community::content::{Payload, Scope};
use linli_community::register::statement::{Admit, ConsentGrant, Statement};
use linli_community::register::{ConsentTerms, Ledger, Role, State, people};
use linli_node::{Founding, Home, Settings, found};
use linli_record::{
    BlobHash, Claim, CommunityId, Draft, Hash, Incarnation, LogId, LogOpen, LogWriter, NodeKey, Record,
    RecordId, SealingSecret, SecretKey, StoreId,
};
use linli_store::{Batch, Op, Store};

use crate::dice::{Dice, shares};
use crate::machine::THREADS;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Records people write.
    pub(crate) human: usize,
    /// Records things write, through [`GATEWAYS`] gateways.
    pub(crate) things: usize,
    /// Devices that write.
    pub(crate) authors: usize,
    /// Blocks that settle it all, beside those of the enrolment.
    pub(crate) blocks: usize,
}

/// Gateways among the authors.
pub(crate) const GATEWAYS: usize = 10;
/// Stretches the history is made in.
const STRETCHES: usize = 20;
/// Twenty years.
const SPAN_MS: u64 = 20 * 365 * 86_400_000;
/// Devices enrolled in one block.
const ENROLLED_AT_ONCE: usize = 500;
const BODY_BYTES: usize = 110;
/// Blocks that certainly settle what has gathered.
const SETTLED_WITHIN: usize = 32;

/// A community on disk.
#[derive(Debug, Clone)]
pub(crate) struct Estate {
    /// The founder's home: it holds everything, and is the witness.
    pub(crate) founder: PathBuf,
    /// The keeper's home: enrolled, empty.
    pub(crate) keeper: PathBuf,
    /// The founder's node.
    pub(crate) founder_node: NodeKey,
    community: CommunityId,
}

/// The folder kept between runs; `BENCH_DATA` names another.
pub(crate) fn kept() -> PathBuf {
    let here = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    std::env::var_os("BENCH_DATA").map_or_else(here, PathBuf::from)
}

/// Settings of nodes that stay on this machine.
pub(crate) fn settings(port: u16) -> Settings {
    Settings { listen: format!("127.0.0.1:{port}"), discover: false, ..Settings::default() }
}

/// The estate of this plan, made now unless it is there.
pub(crate) fn estate(plan: Plan) -> Estate {
    let root = kept().join(format!("{}-{}-{}-{}", plan.human, plan.things, plan.authors, plan.blocks));
    let made = root.join("made");
    if !made.exists() {
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("the data folder can be made");
        let began = std::time::Instant::now();
        make(&root, plan);
        fs::write(&made, format!("{plan:?}\n")).expect("the data folder can be written");
        eprintln!("made {plan:?} in {:.1} s", began.elapsed().as_secs_f64());
    }
    let founder = root.join("founder");
    let founder_node = Home::open(&founder).and_then(|home| home.keys()).expect("a home has keys").node_key();
    let store =
        Store::open(&founder.join("store"), &linli_store::Settings::default()).expect("the store opens");
    Estate { founder, keeper: root.join("keeper"), founder_node, community: store.community() }
}

struct StoreLedger<'a>(&'a Store);

impl Ledger for StoreLedger<'_> {
    fn records(&self, log: &LogId, from: u64, to: u64) -> Vec<Record> {
        self.0.records(log, from, to).expect("the store reads")
    }

    fn annex(&self, _: &BlobHash) -> Option<Vec<u8>> {
        None
    }
}

/// A device with its log.
struct Author {
    writer: LogWriter,
    dice: Dice,
}

/// The secrets of a device, from a seed.
struct Secrets {
    signing: [u8; 32],
    sealing: [u8; 32],
    node: [u8; 32],
    incarnation: [u8; 16],
}

impl Secrets {
    fn of(seed: u64) -> Self {
        let mut dice = Dice(seed);
        Self { signing: dice.bytes(), sealing: dice.bytes(), node: dice.bytes(), incarnation: dice.bytes() }
    }

    /// A home's folder with these keys, listening on `port`.
    fn furnish(&self, home: &Path, port: u16) {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let keys = serde_json::json!({
            "version": 1, "signing": hex(&self.signing), "sealing": hex(&self.sealing),
            "node": hex(&self.node), "incarnation": hex(&self.incarnation),
        });
        fs::create_dir_all(home).expect("a home's folder can be made");
        fs::write(home.join("device.key"), keys.to_string()).expect("its keys can be written");
        linli_node::write_settings(home, &settings(port)).expect("its settings can be written");
    }

    fn node_key(&self) -> NodeKey {
        NodeKey::from(*SecretKey::from_bytes(&self.node).public().as_bytes())
    }

    fn author(&self, community: CommunityId, seed: u64, seen: u64, now_ms: u64) -> Author {
        let key = SecretKey::from_bytes(&self.signing);
        let open = LogOpen::member(&key, Incarnation::from(self.incarnation), None, "linli bench");
        let mut dice = Dice(!seed);
        let writer =
            LogWriter::begin(community, key, &open, dice.bytes(), seen, now_ms).expect("an opening fits");
        Author { writer, dice }
    }
}

/// The seed of the keeper's secrets.
const KEEPER_SEED: u64 = 0x4b45_4550;

impl Estate {
    /// The keeper's home as it was the day it was enrolled, with the founder's address in its book.
    pub(crate) fn fresh_keeper(&self, founder_port: u16) {
        self.fresh_keeper_with(&[format!("127.0.0.1:{founder_port}")]);
    }

    /// The same with these addresses.
    pub(crate) fn fresh_keeper_with(&self, addresses: &[String]) {
        let _ = fs::remove_dir_all(self.keeper.join("store"));
        Secrets::of(KEEPER_SEED).furnish(&self.keeper, 0);
        let community = self.community;
        let cache = linli_store::Settings::default();
        let mut store = Store::create(&self.keeper.join("store"), community, StoreId::from([9; 16]), &cache)
            .expect("its store can be made");
        let book = serde_json::json!([{
            "node": self.founder_node, "addresses": addresses, "relay": null,
        }]);
        let mut batch = Batch::new();
        batch.name("address-book", book.to_string());
        store.write(batch).expect("its store writes");
    }
}

/// A street of `homes` homes that all hold the same, with everyone's address in everyone's book: the first founded it,
/// the others are enrolled. The home with number `n` listens on `first_port + n`.
pub(crate) fn street(root: &Path, homes: usize, first_port: u16) -> Vec<PathBuf> {
    let paths: Vec<PathBuf> = (0..homes).map(|number| root.join(number.to_string())).collect();
    found(&paths[0], &founding(), &settings(first_port)).expect("a community can be founded");
    let founder = Home::open(&paths[0]).and_then(|home| home.keys()).expect("a home has keys").node_key();
    let mut maker = Maker::open(&paths[0]);
    maker.enrol(homes - 1);
    drop(maker);
    let secrets: Vec<Secrets> = (1..homes).map(|number| Secrets::of(author_seed(number))).collect();
    let nodes = std::iter::once(founder).chain(secrets.iter().map(Secrets::node_key));
    let port = |number: usize| first_port + u16::try_from(number).expect("a street is short");
    let book: Vec<_> = nodes
        .enumerate()
        .map(|(number, node)| {
            let address = format!("127.0.0.1:{}", port(number));
            serde_json::json!({ "node": node, "addresses": [address], "relay": null })
        })
        .collect();
    let book = serde_json::to_string(&book).expect("plain values");
    for (number, path) in paths.iter().enumerate() {
        if number > 0 {
            secrets[number - 1].furnish(path, port(number));
            fs::create_dir_all(path.join("store")).expect("a store's folder can be made");
            fs::copy(paths[0].join("store/store.redb"), path.join("store/store.redb"))
                .expect("a store can be copied");
        }
        let cache = linli_store::Settings::default();
        let mut store = Store::open(&path.join("store"), &cache).expect("the store opens");
        let id = [[7; 8], number.to_be_bytes()].concat();
        store.restamp(StoreId::from_slice(&id).expect("16 bytes")).expect("the store writes");
        let mut batch = Batch::new();
        batch.name("address-book", book.clone());
        if number > 0 {
            // What the founder's home remembers of itself.
            batch.push(Op::Name("machine".into(), None)).push(Op::Name("witness".into(), None));
        }
        store.write(batch).expect("the store writes");
    }
    paths
}

/// The seed of an author's secrets.
const fn author_seed(number: usize) -> u64 {
    // Gateways come first.
    0x1153_0000 + (number + GATEWAYS) as u64
}

fn founding() -> Founding {
    Founding {
        name: "Guihuali".into(),
        unit: "1-101".into(),
        label: "1-101 Shen".into(),
        language: "zh-CN".into(),
    }
}

struct Maker {
    community: CommunityId,
    store: Store,
    state: State,
    witness: SecretKey,
    founder: Author,
    now_ms: u64,
}

fn make(root: &Path, plan: Plan) {
    let home = root.join("founder");
    found(&home, &founding(), &settings(0)).expect("a community can be founded");
    let mut maker = Maker::open(&home);
    let (mut authors, mut gateways) = maker.enrol(plan.authors);
    let consent = maker.consent(gateways[0].1);
    for stretch in 0..STRETCHES {
        maker.stretch(plan, stretch, &mut authors, &mut gateways, consent);
    }
}

impl Maker {
    fn open(path: &Path) -> Self {
        let home = Home::open(path).expect("a home");
        let keys = home.keys().expect("keys");
        let witness = home.witness().expect("reads").expect("a witness").signing;
        let store =
            Store::open(&home.store_path(), &linli_store::Settings::with_cache(1 << 30)).expect("opens");
        let community = store.community();
        let own = keys.signing.public();
        let tip = store.tips().find(|tip| tip.key == own).expect("the founder's log").clone();
        let opening = store.records(&tip.log, 0, 0).expect("reads").remove(0);
        let (_, state) = store.state().expect("reads").expect("was founded");
        let state = State::from_bytes(&state).expect("a state");
        let now_ms = state.head().expect("a founding block").time_ms - SPAN_MS;
        let writer = LogWriter::resume(community, keys.signing.clone(), tip, opening);
        Self { community, store, state, witness, founder: Author { writer, dice: Dice(0xf0) }, now_ms }
    }

    fn claim(&mut self, seed: u64, role: Role, unit: Option<String>, household: Option<RecordId>) -> Admit {
        let secrets = Secrets::of(seed);
        let (key, node) = (SecretKey::from_bytes(&secrets.signing), SecretKey::from_bytes(&secrets.node));
        let claim = Claim {
            community: self.community,
            device: key.public(),
            incarnation: Incarnation::from(secrets.incarnation),
            sealing: SealingSecret::from_seed(&secrets.sealing).public(),
            node: NodeKey::from(*node.public().as_bytes()),
            role: role.number(),
            label: format!("{} {seed}", unit.as_deref().unwrap_or("neighbour")),
            unit,
            invite: Hash::from(self.founder.dice.bytes::<32>()),
            household,
            recent: self.state.head().map(|head| (head.height, Hash::from(*head.id.as_bytes()))),
        };
        Admit { made: self.state.made(), claim: claim.sign(&key, &node), until_ms: None, scope: Vec::new() }
    }

    fn founder_says(&mut self, draft: Draft, body: &[u8]) -> Record {
        let (seen, now) = (self.state.seen(), self.now_ms);
        let salt = self.founder.dice.bytes();
        self.founder.writer.append(draft.seen(seen), body, salt, now).expect("a record fits")
    }

    fn write_founder(&mut self, records: Vec<Record>) {
        let mut batch = Batch::new();
        batch.append(records, self.founder.writer.tip().clone(), None);
        self.store.write(batch).expect("the store writes");
    }

    /// Enrols the keeper, the gateways and the authors; gives the authors, and the gateways with their households.
    fn enrol(&mut self, authors: usize) -> (Vec<Author>, Vec<(Author, RecordId)>) {
        let (mut all, mut gateways, mut homes) = (Vec::new(), Vec::new(), Vec::<RecordId>::new());
        let households = authors.div_ceil(10);
        let numbers: Vec<usize> = (0..=authors + GATEWAYS).collect();
        for at_once in numbers.chunks(ENROLLED_AT_ONCE) {
            let mut said = Vec::new();
            // Whoever joins a household is enrolled in a later block than whoever began it.
            let begun = homes.len();
            for &number in at_once {
                let seed = if number == 0 { KEEPER_SEED } else { 0x1153_0000 + number as u64 };
                let begins = number > GATEWAYS && homes.len() < households;
                let (role, unit, household) = match number {
                    0 => (Role::Keeper, None, None),
                    _ if number <= GATEWAYS => (Role::Gateway, None, None),
                    _ if begins || begun == 0 => (Role::Tenant, Some(format!("2-{}", 1000 + number)), None),
                    _ => (Role::Tenant, None, Some(homes[number % begun])),
                };
                let admit = self.claim(seed, role, unit, household);
                let record = self.founder_says(Admit::draft(), &admit.body());
                let author = Secrets::of(seed).author(self.community, seed, self.state.seen(), self.now_ms);
                match role {
                    Role::Keeper => {}
                    Role::Gateway => gateways.push((author, record.id())),
                    _ => all.push(author),
                }
                if begins {
                    homes.push(record.id());
                }
                said.push(record);
            }
            self.write_founder(said);
            self.block(1_000);
        }
        let enrolled = self.state.devices().filter(|device| device.active()).count();
        assert_eq!(enrolled, all.len() + gateways.len() + 2, "everyone is enrolled");
        let logs = all.iter().chain(gateways.iter().map(|(author, _)| author));
        let opened: Vec<Vec<Record>> = logs.map(|author| vec![author.writer.opening().clone()]).collect();
        let tips: Vec<_> = opened.iter().map(|records| records[0].id()).collect();
        assert_eq!(tips.len(), authors + GATEWAYS);
        let mut batch = Batch::new();
        for author in all.iter().chain(gateways.iter().map(|(author, _)| author)) {
            batch.append(vec![author.writer.opening().clone()], author.writer.tip().clone(), None);
        }
        self.store.write(batch).expect("the store writes");
        self.settle_all();
        for (author, household) in &mut gateways {
            let device = self.state.device_by_key(&author.writer.tip().key).expect("a gateway is enrolled");
            *household = device.household;
        }
        (all, gateways)
    }

    fn consent(&mut self, gateway: RecordId) -> RecordId {
        let kept = self.state.household(&gateway).is_some_and(|body| body.in_common_life());
        assert!(kept, "a gateway's body lives");
        let terms = ConsentTerms {
            subject: people::Subject::Source,
            holder: Some(gateway),
            source: "door/2".into(),
            purpose: "the stair's door".into(),
            viewers: vec!["everyone".into()],
            retention_days: 30,
            until_ms: None,
            motion: None,
            motion_text: "agreed".into(),
            place: None,
            mask: None,
        };
        let grant = ConsentGrant { made: self.state.made(), terms };
        let record = self.founder_says(ConsentGrant::draft(), &grant.body());
        let id = record.id();
        self.write_founder(vec![record]);
        self.settle_all();
        let verdict = self.store.verdict(&id).expect("the store reads");
        assert_eq!(self.state.consents().count(), 1, "the consent stands: {verdict:?}");
        id
    }

    /// Blocks until every public log is settled: one takes so many logs, those that waited longest first.
    fn settle_all(&mut self) {
        let waits = |maker: &Self| {
            let settled = |log: &LogId| maker.state.settled_tip(log).map(|(_, seq, _)| seq);
            maker.store.tips().any(|tip| tip.audience.is_none() && settled(&tip.log) != Some(tip.seq))
        };
        for _ in 0..SETTLED_WITHIN {
            if !waits(self) {
                return;
            }
            self.block(1_000);
        }
        panic!("{SETTLED_WITHIN} blocks settle everything");
    }

    /// One block: everything that may settle, as the founder's node as sole witness would make and keep it.
    fn block(&mut self, after_ms: u64) {
        self.now_ms += after_ms;
        let now = self.now_ms + SPAN_MS;
        let tips: Vec<_> = self.store.tips().filter(|tip| tip.audience.is_none()).cloned().collect();
        let settled = linli_witness::sole::settle(&self.state, &tips, &StoreLedger(&self.store), now);
        let (block, outcome) = settled.expect("a block follows").expect("something settles");
        let mut batch = Batch::new();
        for tip in &block.tips {
            let key = [&tip.number.to_be_bytes()[..], &tip.seq.to_be_bytes()[..]].concat();
            batch.cache("settled", key, Some(block.height.to_be_bytes().to_vec()));
        }
        for (id, verdict) in &outcome.verdicts {
            batch.push(Op::Verdict(*id, Some(verdict.to_bytes().to_vec())));
        }
        let certified = block.certify_alone(&self.witness);
        batch.push(Op::Block { block: certified, state: outcome.state.to_bytes() });
        self.store.write(batch).expect("the store writes");
        self.state = outcome.state;
    }

    /// A stretch of the history: what is begun in it, what is said about that, what things say; with its blocks.
    fn stretch(
        &mut self,
        plan: Plan,
        stretch: usize,
        authors: &mut [Author],
        gateways: &mut [(Author, RecordId)],
        consent: RecordId,
    ) {
        let human = plan.human / STRETCHES;
        // A thread has about 35 messages, a notice 40 acknowledgements, a request 5 steps.
        let begun = (human / 30).max(4);
        let slices = (plan.blocks / STRETCHES).max(1);
        let step_ms = SPAN_MS / (STRETCHES * (slices + 1)) as u64;
        let seen = self.state.seen();
        let shares_begun = shares(begun, authors.len(), 0);
        let start = self.now_ms;
        let begins = together(authors, |index, author| {
            (0..shares_begun[index])
                .map(|n| begin(author, seen, start + n as u64, n + index + stretch))
                .collect()
        });
        let objects = Objects::of(&begins);
        self.append(begins, authors);
        let shares = shares(human - begun, authors.len(), 0);
        for slice in 0..slices {
            self.block(step_ms);
            let (seen, now) = (self.state.seen(), self.now_ms);
            let part = |index: usize| shares[index] * (slice + 1) / slices - shares[index] * slice / slices;
            let said = together(authors, |index, author| {
                (0..part(index)).map(|n| go_on(author, &objects, seen, now + n as u64)).collect()
            });
            self.append(said, authors);
            let things = plan.things / STRETCHES / slices / GATEWAYS;
            if things > 0 {
                let base = (stretch * slices + slice) * things;
                let said = together(gateways, |_, (author, _)| {
                    (0..things)
                        .map(|n| sight(author, (base + n) as u64 + 1, consent, seen, now + n as u64))
                        .collect()
                });
                self.append_gateways(said, gateways);
            }
        }
        self.block(step_ms);
        if stretch + 1 == STRETCHES {
            self.settle_all();
        }
        eprintln!("stretch {} of {STRETCHES}: {} records held", stretch + 1, self.store.arrivals());
    }

    fn append(&mut self, said: Vec<Vec<Record>>, authors: &[Author]) {
        let logs = said.into_iter().zip(authors).filter(|(records, _)| !records.is_empty());
        let mut batch = Batch::new();
        for (records, author) in logs {
            batch.append(records, author.writer.tip().clone(), None);
        }
        self.store.write(batch).expect("the store writes");
    }

    fn append_gateways(&mut self, said: Vec<Vec<Record>>, gateways: &[(Author, RecordId)]) {
        let mut batch = Batch::new();
        for (records, (gateway, _)) in said.into_iter().zip(gateways) {
            batch.append(records, gateway.writer.tip().clone(), None);
        }
        self.store.write(batch).expect("the store writes");
    }
}

/// Does `work` with every author, on all threads.
fn together<A: Send, T: Send>(authors: &mut [A], work: impl Fn(usize, &mut A) -> T + Sync) -> Vec<T> {
    let mut parts: Vec<Vec<(usize, &mut A)>> = (0..THREADS).map(|_| Vec::new()).collect();
    for (index, author) in authors.iter_mut().enumerate() {
        parts[index % THREADS].push((index, author));
    }
    let work = &work;
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let each = |part: Vec<(usize, &mut A)>| {
            part.into_iter().map(|(index, author)| (index, work(index, author))).collect::<Vec<_>>()
        };
        let workers: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || each(part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, done)| done).collect()
}

/// What was begun in a stretch, by kind.
#[derive(Default)]
struct Objects {
    threads: Vec<RecordId>,
    notices: Vec<RecordId>,
    requests: Vec<RecordId>,
}

impl Objects {
    fn of(begins: &[Vec<Record>]) -> Self {
        let mut objects = Self::default();
        for record in begins.iter().flatten() {
            match record.kind {
                kind if kind == Thread::KIND => objects.threads.push(record.id()),
                kind if kind == Notice::KIND => objects.notices.push(record.id()),
                kind if kind == Request::KIND => objects.requests.push(record.id()),
                _ => {}
            }
        }
        objects
    }
}

fn said(author: &mut Author, draft: Draft, body: &[u8], seen: u64, now: u64) -> Record {
    let salt = author.dice.bytes();
    author.writer.append(draft.seen(seen), body, salt, now).expect("a record fits")
}

/// Begins something: of ten, seven threads, two requests, a notice or a story.
fn begin(author: &mut Author, seen: u64, now: u64, turn: usize) -> Record {
    let title = author.dice.text(30);
    match turn % 10 {
        0 => {
            let text = author.dice.text(BODY_BYTES);
            let notice = Notice {
                title,
                text,
                scope: Scope::Everyone,
                expires_ms: None,
                must_read: true,
                replaces: None,
                captions: Vec::new(),
            };
            said(author, Notice::begin(), &notice.body().expect("a notice"), seen, now)
        }
        1 | 2 => {
            let text = author.dice.text(BODY_BYTES);
            let place = Place { words: "stair 2".into(), ..Place::default() };
            let captions = Vec::new();
            let request = Request { title, text, category: "water".into(), place, urgent: false, captions };
            said(author, Request::begin(), &request.body().expect("a request"), seen, now)
        }
        3 if turn % 50 == 3 => {
            let text = author.dice.text(400);
            let log = author.writer.tip().log;
            let change = document::begin(&log, &title, &text).expect("a story").remove(0);
            let story =
                Story { change, editors: Editors::Everyone, agreed: String::new(), captions: Vec::new() };
            said(author, Story::begin(), &story.body().expect("a story"), seen, now)
        }
        _ => {
            let thread = Thread { title, about: None };
            said(author, Thread::begin(), &thread.body().expect("a thread"), seen, now)
        }
    }
}

/// Goes on with something that was begun: talk mostly, acknowledgements, steps.
fn go_on(author: &mut Author, objects: &Objects, seen: u64, now: u64) -> Record {
    let text = author.dice.text(BODY_BYTES);
    let pick = |dice: &mut Dice, from: &[RecordId]| from[dice.below(from.len())];
    match author.dice.below(100) {
        0..10 if !objects.notices.is_empty() => {
            let notice = pick(&mut author.dice, &objects.notices);
            let body = Acknowledge { version: notice }.body().expect("an acknowledgement");
            said(author, Acknowledge::on(notice, &[]), &body, seen, now)
        }
        10..14 if !objects.requests.is_empty() => {
            let request = pick(&mut author.dice, &objects.requests);
            let step = RequestStep { step: Step::Comment, text, satisfied: None, captions: Vec::new() };
            said(author, RequestStep::on(request, &[]), &step.body().expect("a step"), seen, now)
        }
        _ => {
            let thread = pick(&mut author.dice, &objects.threads);
            let body = Message::text(&text).body().expect("a message");
            said(author, Message::on(thread, &[]), &body, seen, now)
        }
    }
}

fn sight(author: &mut Author, counter: u64, consent: RecordId, seen: u64, now: u64) -> Record {
    let sighting = Sighting {
        what: What::Contact,
        value: Value::Is(counter.is_multiple_of(2)),
        source: "door/2".into(),
        counter,
        at_ms: now,
        battery: Some(90),
    };
    let mut draft = Sighting::begin().for_days(30);
    draft.consent = Some(consent);
    said(author, draft, &sighting.body().expect("a sighting"), seen, now)
}
