//! B6: verify a million records of 5,000 authors by their chains, beside verifying every signature.
//!
//! Ours begins with flat bytes in memory and ends with verified `Record`s: copying out, parsing, hashing headers and
//! payloads, following the chain, checking the kept signatures. The peers are given parsed keys and signatures, check
//! nothing else, and run on a part of the records (`peer_records`), because they are slow. All three use the same
//! threads, one after the other in every round. Correctness is asserted in the same run: everything verifies, and one
//! forged record is named.
//! `b6 [records] [authors] [evidence per mille]`

use crate::dice::{Dice, shares};
use crate::machine::{THREADS, processor_seconds, spread};
use crate::rounds::{Report, Row, arguments, rounds, timed};
use ed25519_dalek::{Signature as DalekSignature, VerifyingKey};
use linli_record::chain::signed_message;
use linli_record::limits::RUN_RECORDS;
use linli_record::{
    Chain, CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, RawRecord, Record, Refused, SecretKey,
    Signature,
};

const PEER_PART: usize = 10;
const BODY_BYTES: usize = 100;

/// One author's log: header and payload bytes end to end, with where each begins.
struct Log {
    key: [u8; 32],
    bytes: Vec<u8>,
    cuts: Vec<(u32, u32)>,
    signatures: Vec<[u8; 64]>,
    evidence: Vec<bool>,
}

impl Log {
    fn copy(&self) -> Self {
        Self {
            key: self.key,
            bytes: self.bytes.clone(),
            cuts: self.cuts.clone(),
            signatures: self.signatures.clone(),
            evidence: self.evidence.clone(),
        }
    }

    fn push(&mut self, record: &Record) {
        let raw = record.to_raw();
        self.bytes.extend_from_slice(&raw.header);
        let middle = self.bytes.len() as u32;
        self.bytes.extend_from_slice(raw.payload.as_deref().expect("just written"));
        self.cuts.push((middle, self.bytes.len() as u32));
        self.signatures.push(*raw.signature.expect("just signed").as_bytes());
        self.evidence.push(record.keeps_signature());
    }

    fn start(&self, seq: usize) -> usize {
        if seq == 0 { 0 } else { self.cuts[seq - 1].1 as usize }
    }

    fn header(&self, seq: usize) -> &[u8] {
        &self.bytes[self.start(seq)..self.cuts[seq].0 as usize]
    }

    /// The record as a peer would send it: signed where signatures are kept, and at the end of its run.
    fn raw(&self, seq: usize, last: bool) -> RawRecord {
        let (middle, end) = self.cuts[seq];
        RawRecord {
            header: self.header(seq).to_vec(),
            payload: Some(self.bytes[middle as usize..end as usize].to_vec()),
            signature: (last || self.evidence[seq]).then(|| Signature::from(self.signatures[seq])),
        }
    }

    fn verify(&self, community: CommunityId) -> Result<usize, (usize, Refused)> {
        let mut chain: Option<Chain> = None;
        let mut verified = 0;
        for from in (0..self.cuts.len()).step_by(RUN_RECORDS) {
            let to = (from + RUN_RECORDS).min(self.cuts.len());
            let run = (from..to).map(|seq| self.raw(seq, seq + 1 == to)).collect();
            let records = match &mut chain {
                None => Chain::open(community, run).map(|(opened, records)| {
                    chain = Some(opened);
                    records
                }),
                Some(chain) => chain.extend(run),
            };
            verified += records.map_err(|refused| (from, refused))?.len();
        }
        Ok(verified)
    }
}

fn log(community: CommunityId, author: usize, records: usize, evidence: u64) -> Log {
    let mut dice = Dice(0x1153_0000 + author as u64);
    let key = SecretKey::from_bytes(&dice.bytes());
    let open = LogOpen::member(&key, Incarnation::from(dice.bytes::<16>()), None, "bench");
    let mut now = 1_700_000_000_000;
    let mut writer = LogWriter::begin(community, key.clone(), &open, dice.bytes(), 0, now).expect("opens");
    let mut log = Log {
        key: *key.public().as_bytes(),
        bytes: Vec::new(),
        cuts: Vec::new(),
        signatures: Vec::new(),
        evidence: Vec::new(),
    };
    log.push(writer.opening());
    for seq in 1..records {
        now += dice.roll() % 100_000_000;
        let mut draft = Draft::new(Kind::new(145)).on(writer.opening().id()).seen(seq as u64 / 20);
        if dice.roll() % 1000 < evidence {
            draft = draft.evidence();
        }
        log.push(&writer.append(draft, &dice.bytes::<BODY_BYTES>(), dice.bytes(), now).expect("writes"));
    }
    log
}

/// What a peer verifies, ready made.
struct Signed {
    messages: Vec<Vec<u8>>,
    signatures: Vec<DalekSignature>,
    keys: Vec<VerifyingKey>,
}

fn signed(community: &CommunityId, logs: &[Log]) -> Vec<Signed> {
    let mut groups = Vec::new();
    let mut group = Signed { messages: Vec::new(), signatures: Vec::new(), keys: Vec::new() };
    let mut index = 0usize;
    for log in logs {
        let key = VerifyingKey::from_bytes(&log.key).expect("a key");
        for seq in 0..log.cuts.len() {
            index += 1;
            if index % PEER_PART != 0 {
                continue;
            }
            group.messages.push(signed_message(community, log.header(seq)));
            group.signatures.push(DalekSignature::from_bytes(&log.signatures[seq]));
            group.keys.push(key);
            if group.messages.len() == 256 {
                groups.push(std::mem::replace(
                    &mut group,
                    Signed { messages: Vec::new(), signatures: Vec::new(), keys: Vec::new() },
                ));
            }
        }
    }
    groups.push(group);
    groups
}

fn single(groups: &[Signed]) -> usize {
    let one = |group: &Signed| {
        for ((message, signature), key) in group.messages.iter().zip(&group.signatures).zip(&group.keys) {
            key.verify_strict(message, signature).expect("verifies");
        }
        group.messages.len()
    };
    spread(groups.len(), |index| one(&groups[index])).into_iter().sum()
}

fn batch(groups: &[Signed]) -> usize {
    let one = |group: &Signed| {
        let messages: Vec<&[u8]> = group.messages.iter().map(Vec::as_slice).collect();
        ed25519_dalek::verify_batch(&messages, &group.signatures, &group.keys).expect("verifies");
        messages.len()
    };
    spread(groups.len(), |index| one(&groups[index])).into_iter().sum()
}

/// Forges one record in the middle of a run so that its own header and payload agree; returns where.
fn forge(logs: &mut [Log]) -> (usize, usize) {
    let author = logs.len() / 50;
    let log = &mut logs[author];
    let seq = log.cuts.len() / 2 / RUN_RECORDS * RUN_RECORDS + 20;
    let (start, (middle, end)) = (log.start(seq), log.cuts[seq]);
    log.bytes[end as usize - 1] ^= 1;
    let hash = *blake3::hash(&log.bytes[middle as usize..end as usize]).as_bytes();
    let header = &mut log.bytes[start..middle as usize];
    let at = header.len() - 32;
    header[at..].copy_from_slice(&hash);
    (author, seq)
}

/// Adds records a second by the wall clock, and a processor second of all threads: on a machine shared with other work
/// the second is the one that means something.
fn add(report: &mut Report, name: &str, records: usize, work: impl FnOnce()) {
    let before = processor_seconds();
    let (wall, ()) = timed(work);
    report.add(name, records as f64 / wall / 1e3);
    report.add(&format!("{name} a core"), records as f64 / (processor_seconds() - before) / 1e3);
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    let arguments = arguments();
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let (records, authors) = (argument(0, 1_000_000), argument(1, 5_000));
    let evidence = argument(2, 0) as u64;
    let community = CommunityId::from([9; 32]);
    let shares = shares(records, authors, 2);
    let mut logs = spread(authors, |author| log(community, author, shares[author], evidence));
    logs.sort_by_key(|log| std::cmp::Reverse(log.cuts.len()));
    let bytes: usize = logs.iter().map(|log| log.bytes.len()).sum();
    let groups = signed(&community, &logs);
    let peer_records: usize = groups.iter().map(|group| group.messages.len()).sum();

    let mut report = Report::new("b6");
    report.fact("records", records);
    report.fact("authors", authors);
    report.fact("threads", THREADS);
    report.fact("bytes a record", bytes / records);
    report.fact("kept signatures", logs.iter().map(kept).sum::<usize>());
    report.fact("records the peers verified", peer_records);
    let mut forged = logs.iter().map(Log::copy).collect::<Vec<_>>();
    let place = forge(&mut forged);
    for _ in 0..rounds() {
        add(&mut report, "by chain", records, || {
            let verified = spread(logs.len(), |author| logs[author].verify(community).expect("verifies"));
            assert_eq!(verified.into_iter().sum::<usize>(), records);
        });
        add(&mut report, "single", peer_records, || assert_eq!(single(&groups), peer_records));
        add(&mut report, "batch", peer_records, || assert_eq!(batch(&groups), peer_records));
        add(&mut report, "one forged", records, || name_forged(&forged, community, place));
    }
    rows(&mut report);
    report.finish();
}

fn kept(log: &Log) -> usize {
    let last = log.cuts.len() - 1;
    (0..=last).filter(|&seq| log.evidence[seq] || seq == last || seq % RUN_RECORDS == 63).count()
}

fn name_forged(logs: &[Log], community: CommunityId, (author, seq): (usize, usize)) {
    let verified = spread(logs.len(), |author| logs[author].verify(community));
    let refused: Vec<_> =
        verified.into_iter().enumerate().filter_map(|(at, log)| Some((at, log.err()?))).collect();
    assert_eq!(refused.len(), 1, "one log is refused");
    let (refused_author, (_, why)) = &refused[0];
    assert_eq!(*refused_author, author);
    // The record after the forged one no longer follows it: one of the two is named.
    assert_eq!(*why, Refused::Broken { seq: seq as u64 + 1 });
}

fn rows(report: &mut Report) {
    let row = |ours, peer, peer_name, target, reach| Row {
        work: if ours == "one forged" {
            "the same with one forged, which is named"
        } else {
            "verify 1 M records of 5,000 authors"
        },
        unit: "k records/s",
        ours,
        peer,
        peer_name,
        limit: "1.7 M/s",
        target,
        reach,
        smaller_is_better: false,
    };
    report.row(row("by chain", "single", "dalek, each strictly", "1.2 M/s", Some(1200.0)));
    report.row(row("by chain", "batch", "dalek, batches of 256", "1.2 M/s", Some(1200.0)));
    report.row(row("one forged", "by chain", "ours, none forged", "named within 2 x", None));
    report.row(row("by chain a core", "single a core", "dalek, each strictly, a core-second", "", None));
}
