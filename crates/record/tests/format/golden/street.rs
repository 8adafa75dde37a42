//! A small street that never changes: who lives there, what they said, how it was ordered.

use std::collections::BTreeMap;

use linli_record::block::{Vote, vote_message};
use linli_record::header::Extra;
use linli_record::private_root::{self, Leaf};
use linli_record::writer::Seal;
use linli_record::{
    AudienceId, BlobHash, BlobRef, Block, BlockTip, Branch, Certificate, CertifiedBlock, Claim, CommunityId,
    Draft, EpochKey, Fields, Flags, ForkProof, Header, Incarnation, Kind, LogClose, LogOpen, LogWriter,
    NextKey, NodeKey, PayloadHash, RawRecord, Record, RecordId, Retention, SealingSecret, SecretKey, Tip,
    chain, grant, limits, record,
};
use serde_json::{Value, json};

use crate::any::{key, run_of};

const NOON: u64 = 1_700_000_000_000;
pub(super) const EPOCH: u64 = 3;
pub(super) const SECRET_WORDS: &[u8] = b"\xa1\x00\x78\x1bKey is under the plum tree.";

pub(super) fn audience() -> AudienceId {
    AudienceId::from([0xa0; 16])
}

pub(super) fn epoch_key() -> EpochKey {
    EpochKey::from([0xe3; 32])
}

fn salt(seq: u64) -> [u8; 16] {
    let mut salt = [0x5a; 16];
    salt[8..].copy_from_slice(&seq.to_be_bytes());
    salt
}

fn text(words: &str) -> Vec<u8> {
    let mut e = minicbor::Encoder::new(Vec::new());
    e.map(1).unwrap().u8(0).unwrap().str(words).unwrap();
    e.into_writer()
}

fn blob(name: &[u8]) -> BlobRef {
    BlobRef { hash: BlobHash::from(*blake3::hash(name).as_bytes()), size: name.len() as u64, flag: 0 }
}

/// Everything the files are made of.
pub(super) struct Street {
    pub(super) community: CommunityId,
    pub(super) founder: Vec<Record>,
    pub(super) anna: Vec<Record>,
    pub(super) anna_private: Vec<Record>,
    pub(super) ben: Vec<Record>,
    pub(super) carl: [Vec<Record>; 2],
}

struct Author {
    writer: LogWriter,
    said: Vec<Record>,
}

impl Author {
    fn new(writer: LogWriter) -> Self {
        let said = vec![writer.opening().clone()];
        Self { writer, said }
    }

    fn opens(community: CommunityId, number: u8, audience: Option<AudienceId>) -> Self {
        let open = LogOpen::member(&key(number), Incarnation::from([number; 16]), audience, "linli 0.1.0");
        Self::new(LogWriter::begin(community, key(number), &open, salt(0), 0, NOON).unwrap())
    }

    fn says(&mut self, draft: Draft, body: &[u8]) -> RecordId {
        let seq = self.writer.tip().seq + 1;
        let record = self.writer.append(draft, body, salt(seq), NOON + seq * 60_000).unwrap();
        self.said.push(record);
        self.said[self.said.len() - 1].id()
    }

    /// A record with header keys that a later program may write.
    fn says_with_later_keys(&mut self, community: &CommunityId, key: &SecretKey) {
        let tip = self.writer.tip().clone();
        let payload = record::salted(&salt(tip.seq + 1), &text("from a later program"));
        let extra = [(64, &b"\xf5"[..]), (65, b"\x82\x01\xa1\x00\x61a"), (1 << 40, b"\x43\x01\x02\x03")];
        let fields = Fields {
            version: 1,
            log: tip.log,
            seq: tip.seq + 1,
            prev: Some(tip.id),
            seen: tip.seen,
            claimed_ms: NOON,
            kind: Kind::new(60_000),
            object: None,
            refs: Vec::new(),
            flags: Flags::NONE,
            retention: Retention::Archive,
            consent: None,
            audience: None,
            blobs: Vec::new(),
            private_root: None,
            payload_len: u32::try_from(payload.len()).unwrap(),
            payload_hash: PayloadHash::from(*blake3::hash(&payload).as_bytes()),
            extra: extra.map(|(key, value)| Extra { key, value: value.to_vec() }).to_vec(),
        };
        let header = Header::new(fields).unwrap();
        let signature = key.sign(&chain::signed_message(community, header.bytes()));
        let tip = Tip { seq: header.seq, id: header.id(), ..tip };
        let raw =
            RawRecord { header: header.bytes().to_vec(), payload: Some(payload), signature: Some(signature) };
        self.said.push(Record::recall(raw).unwrap());
        self.writer = LogWriter::resume(*community, key.clone(), tip, self.said[0].clone());
    }
}

fn private_leaves(private_tip: RecordId, log: linli_record::LogId) -> Vec<Leaf> {
    let other = |n: u8| Leaf { salt: [n; 16], log: [n; 32].into(), tip: [n ^ 0xff; 32].into() };
    vec![other(1), Leaf { salt: [2; 16], log, tip: private_tip }, other(3)]
}

/// The founder's public log: 66 records, so that one run ends at sequence 63.
fn founder() -> (CommunityId, Author) {
    let open = LogOpen {
        charter: Some(text("Plum Court")),
        ..LogOpen::member(&key(1), [1; 16].into(), None, "linli 0.1.0")
    };
    let (community, writer) = LogWriter::found(key(1), &open, salt(0), NOON).unwrap();
    let mut founder = Author::new(writer);
    let notice = founder.says(Draft::new(Kind::new(112)), &text("Water is off on Tuesday from 9 to 11."));
    let mut pictures = Draft::new(Kind::new(112));
    pictures.blobs = vec![blob(b"a picture of the valve"), blob(b"a map")];
    founder.says(pictures, &text("Where the valve is."));
    let mut roll = Draft::new(Kind::new(19)).evidence().seen(1);
    roll.blobs = vec![blob(b"the roll, line by line")];
    roll.flags = roll.flags.with(Flags::REQUIRED_ANNEX);
    let roll = founder.says(roll, &text("roll"));
    founder.says_with_later_keys(&community, &key(1));
    let mut answer = Draft::new(Kind::new(145)).on(notice).for_days(90).seen(2);
    answer.refs = vec![notice, roll];
    founder.says(answer, &text("It is back."));
    while founder.said.len() < 66 {
        let seq = founder.said.len() as u64;
        founder.says(Draft::new(Kind::new(145)).on(notice).seen(seq / 10), &text(&format!("Message {seq}.")));
    }
    founder.said[10] = founder.said[10].clone().without_payload();
    (community, founder)
}

fn anna(community: CommunityId, notice: RecordId) -> (Author, Author) {
    let mut private = Author::opens(community, 2, Some(audience()));
    private.says(Draft::new(Kind::new(144)), &text("not sealed, but offered to members only"));
    let seal = Seal { key: &epoch_key(), epoch: EPOCH, nonce: [0x24; 24] };
    let sealed =
        private.writer.append_sealed(Draft::new(Kind::new(145)), SECRET_WORDS, &seal, salt(2), NOON).unwrap();
    private.said.push(sealed);
    let mut anna = Author::opens(community, 2, None);
    let leaves = private_leaves(private.writer.tip().id, private.writer.tip().log);
    let mut acknowledge = Draft::new(Kind::new(113)).on(notice);
    acknowledge.refs = vec![notice];
    acknowledge.private_root = private_root::root(&leaves);
    anna.says(acknowledge, &text("read"));
    let mut sighting = Draft::new(Kind::new(208)).for_days(30).seen(1);
    sighting.consent = Some(notice);
    anna.says(sighting, &text("door 3 opened"));
    anna.says(Draft::new(Kind::new(64)).evidence().seen(linli_record::block::seen(1, 2)), &text("ballot"));
    (anna, private)
}

fn next_key() -> NextKey {
    NextKey {
        suite: 1,
        key: key(7).public().as_bytes().to_vec(),
        incarnation: [7; 16].into(),
        sealing: SealingSecret::from_seed(&[7; 32]).public(),
        node: NodeKey::from(*key(17).public().as_bytes()),
    }
}

impl Street {
    pub(super) fn new() -> Self {
        let (community, founder) = founder();
        let (anna, anna_private) = anna(community, founder.said[1].id());
        let mut ben = Author::opens(community, 3, None);
        ben.says(Draft::new(Kind::new(145)), &text("New telephone soon."));
        let successor = next_key().sign(&community, &ben.writer.tip().log, &key(7), &key(17));
        ben.says(LogClose::draft(), &LogClose { reason: 2, successor: Some(successor) }.to_bytes());
        let mut carl = Author::opens(community, 4, None);
        let mut twin = Author::new(carl.writer.clone());
        for words in ["yes", "and here is why", "goodbye"] {
            carl.says(Draft::new(Kind::new(145)), &text(words));
        }
        twin.says(Draft::new(Kind::new(145)), &text("no"));
        Self {
            community,
            founder: founder.said,
            anna: anna.said,
            anna_private: anna_private.said,
            ben: ben.said,
            carl: [carl.said, twin.said],
        }
    }

    fn logs(&self) -> [(&'static str, &[Record]); 4] {
        [
            ("founder.cborseq", &self.founder),
            ("anna.cborseq", &self.anna),
            ("anna-private.cborseq", &self.anna_private),
            ("ben-closed.cborseq", &self.ben),
        ]
    }

    pub(super) fn claim(&self) -> Claim {
        Claim {
            community: self.community,
            device: key(5).public(),
            incarnation: [5; 16].into(),
            sealing: SealingSecret::from_seed(&[5; 32]).public(),
            node: NodeKey::from(*key(15).public().as_bytes()),
            role: 0,
            unit: Some("3-1203".to_owned()),
            label: "Zhao, building 3".to_owned(),
            invite: [0x11; 32].into(),
            household: None,
            recent: Some((1, [0x22; 32].into())),
        }
    }

    pub(super) fn fork_proof(&self) -> ForkProof {
        let branch = |records: &[Record]| {
            let headers = records.iter().map(|record| record.header().clone()).collect();
            Branch::new(headers, *records.last().unwrap().signature().unwrap()).unwrap()
        };
        ForkProof::new(branch(&self.carl[0][1..]), branch(&self.carl[1][1..])).unwrap()
    }

    /// Four blocks: two by the founder alone, one by three of four witnesses, one that begins an era.
    pub(super) fn blocks(&self) -> Vec<(CertifiedBlock, Vec<u8>)> {
        let tip = |number, record: &Record| BlockTip { number, seq: record.seq, id: record.id() };
        let block = |prev: Option<&CertifiedBlock>, height, opened: Vec<&Record>, tips| Block {
            version: 1,
            community: self.community,
            era: 0,
            height,
            prev: prev.map(CertifiedBlock::id),
            time_ms: NOON + 3_600_000 * (height + 1),
            rules: 1,
            opened: opened.into_iter().map(|record| record.log).collect(),
            tips,
            snapshot: None,
            base: None,
        };
        let first =
            block(None, 0, vec![&self.founder[0]], vec![tip(0, &self.founder[3])]).certify_alone(&key(1));
        let opened = vec![&self.anna[0], &self.ben[0]];
        let tips = vec![tip(0, &self.founder[20]), tip(1, &self.anna[2]), tip(2, &self.ben[1])];
        let second = block(Some(&first), 1, opened, tips).certify_alone(&key(1));
        let mut third = block(Some(&second), 2, vec![], vec![tip(0, &self.founder[65])]);
        third.snapshot = Some([0x33; 32].into());
        let third = voted(&third, 1, &[0, 2, 3]);
        let mut fourth = block(Some(&third), 3, vec![], vec![]);
        (fourth.era, fourth.base) = (1, Some(third.id()));
        let fourth = fourth.certify_alone(&key(31));
        vec![(first, vec![1]), (second, vec![1]), (third, vec![30, 31, 32, 33]), (fourth, vec![31])]
    }

    pub(super) fn travelling(&self, records: &[Record]) -> Vec<RawRecord> {
        records.chunks(limits::RUN_RECORDS).flat_map(run_of).collect()
    }

    fn expected(&self) -> Value {
        let logs: serde_json::Map<String, Value> = self
            .logs()
            .into_iter()
            .map(|(name, records)| {
                let open = LogOpen::parse(records[0].body().unwrap()).unwrap();
                let told: Vec<Value> = records.iter().map(described).collect();
                (name.to_owned(), json!({"log": open.log_id(), "key": open.key, "records": told}))
            })
            .collect();
        let blocks: Vec<Value> = self
            .blocks()
            .iter()
            .map(|(certified, numbers)| {
                let keys: Vec<_> = numbers.iter().map(|&number| key(number).public()).collect();
                let block = certified.verify(&keys).unwrap();
                json!({"id": certified.id(), "era": block.era, "height": block.height, "witnesses": keys})
            })
            .collect();
        let private = self.anna_private.last().unwrap();
        let fork = self.fork_proof().verify(&self.community, &key(4).public()).unwrap();
        json!({
            "community": self.community,
            "logs": logs,
            "blocks": blocks,
            "sealed": {
                "file": "anna-private.cborseq", "seq": 2, "epoch_key": hex(epoch_key().as_bytes()),
                "body": hex(SECRET_WORDS), "fingerprint": epoch_key().fingerprint(&audience(), EPOCH),
            },
            "grant": {"sealing_seed": hex(&[5; 32]), "secret": hex(epoch_key().as_bytes())},
            "claim": {"log": self.claim().log_id(), "label": self.claim().label},
            "fork": {"log": fork.log, "seq": fork.seq, "key": key(4).public()},
            "successor": {"log": next_key().log_id()},
            "private_root": {"root": self.anna[1].private_root, "log": private.log, "tip": private.id()},
        })
    }
}

/// Votes of the witnesses at these places of the set.
fn voted(block: &Block, round: u32, witnesses: &[u8]) -> CertifiedBlock {
    let message = vote_message(block, &block.id(), round);
    let vote = |&witness: &u8| Vote { witness, signature: key(30 + witness).sign(&message) };
    let certificate = Certificate { round, votes: witnesses.iter().map(vote).collect() };
    CertifiedBlock { bytes: block.to_bytes(), certificate }
}

/// What the expectation says of one record: every field in a form that another program can compare.
pub(super) fn described(record: &Record) -> Value {
    let blobs: Vec<Value> = record
        .blobs
        .iter()
        .map(|blob| json!({"hash": blob.hash, "size": blob.size, "flag": blob.flag}))
        .collect();
    let extra: BTreeMap<String, String> =
        record.extra.iter().map(|extra| (extra.key.to_string(), hex(&extra.value))).collect();
    let days = match record.retention {
        Retention::Archive => 0,
        Retention::Days(days) => days,
    };
    json!({
        "id": record.id(), "seq": record.seq, "kind": record.kind, "seen": record.seen,
        "claimed_ms": record.claimed_ms, "prev": record.prev, "object": record.object, "refs": record.refs,
        "evidence": record.flags.has(Flags::EVIDENCE), "sealed": record.flags.has(Flags::SEALED),
        "required_annex": record.flags.has(Flags::REQUIRED_ANNEX), "days": days, "consent": record.consent,
        "audience": record.audience.map(|(id, _)| id), "epoch": record.audience.map(|(_, epoch)| epoch),
        "blobs": blobs, "private_root": record.private_root, "payload_hash": record.payload_hash,
        "payload_len": record.payload_len, "extra": extra, "held": record.payload().is_some(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every honest golden file.
pub(super) fn files() -> BTreeMap<String, Vec<u8>> {
    let street = Street::new();
    let mut files = BTreeMap::new();
    for (name, records) in street.logs() {
        let items = street.travelling(records).iter().flat_map(RawRecord::to_bytes).collect();
        files.insert(name.to_owned(), items);
    }
    let leaves = private_leaves(street.anna_private[2].id(), street.anna_private[2].log);
    let to = SealingSecret::from_seed(&[5; 32]).public();
    let grant = grant::seal(&to, &street.community, [0x66; 32], epoch_key().as_bytes()).unwrap();
    let blocks = street.blocks().iter().flat_map(|(certified, _)| certified.to_bytes()).collect();
    let mut expected = serde_json::to_vec_pretty(&street.expected()).unwrap();
    expected.push(b'\n');
    let others = [
        ("private-path.cbor", minicbor::to_vec(private_root::path(&leaves, 1).unwrap()).unwrap()),
        ("claim.cbor", minicbor::to_vec(street.claim().sign(&key(5), &key(15))).unwrap()),
        ("grant.cbor", minicbor::to_vec(grant).unwrap()),
        ("fork-proof.cbor", street.fork_proof().to_bytes()),
        ("blocks.cborseq", blocks),
        ("expected.json", expected),
    ];
    files.extend(others.map(|(name, bytes)| (name.to_owned(), bytes)));
    files
}
