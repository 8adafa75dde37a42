//! B6: verify a million records of 5,000 authors by their chains, beside verifying every signature.
//!
//! Ours begins with flat bytes in memory and ends with verified `Record`s: copying out, parsing, hashing headers and
//! payloads, following the chain, checking the kept signatures. The peers are given parsed keys and signatures, check
//! nothing else, and run on a part of the records (`peer_records`), because they are slow. All three use the same
//! threads, one after the other in every round. Correctness is asserted in the same run: everything verifies, and one
//! forged record is named. Prints one JSON object.
//!
//! `cargo run --release --manifest-path crates/record/bench/Cargo.toml -- [records] [authors] [rounds] [evidence per mille]`

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use ed25519_dalek::{Signature as DalekSignature, VerifyingKey};
use linli_record::chain::signed_message;
use linli_record::limits::RUN_RECORDS;
use linli_record::{
    Chain, CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, RawRecord, Record, Refused, SecretKey,
    Signature,
};

const THREADS: usize = 2;
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

/// A generator with a printed seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        out.iter_mut().for_each(|byte| *byte = self.next() as u8);
        out
    }
}

/// Zipf shares that add up to `records`, at least 2 each.
fn shares(records: usize, authors: usize) -> Vec<usize> {
    let total: f64 = (1..=authors).map(|rank| 1.0 / rank as f64).sum();
    let spare = records - 2 * authors;
    let mut shares: Vec<usize> =
        (1..=authors).map(|rank| 2 + (spare as f64 / rank as f64 / total) as usize).collect();
    shares[0] += records - shares.iter().sum::<usize>();
    shares
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
        now += dice.next() % 100_000_000;
        let mut draft = Draft::new(Kind::new(145)).on(writer.opening().id()).seen(seq as u64 / 20);
        if dice.next() % 1000 < evidence {
            draft = draft.evidence();
        }
        log.push(&writer.append(draft, &dice.bytes::<BODY_BYTES>(), dice.bytes(), now).expect("writes"));
    }
    log
}

/// Runs `work` for every index below `count`, on all threads, the low indices first.
fn spread<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= count {
                            return done;
                        }
                        done.push(work(index));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
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

/// Records a second by the wall clock, and a processor second.
#[derive(Default)]
struct Series {
    wall: Vec<f64>,
    core: Vec<f64>,
}

impl Series {
    fn add(&mut self, records: usize, (wall, core): (f64, f64)) {
        self.wall.push(records as f64 / wall);
        self.core.push(records as f64 / core);
    }

    fn json(&self) -> String {
        format!("{{\"per_s\":{},\"per_core_s\":{}}}", spread_of(&self.wall), spread_of(&self.core))
    }

    fn ratio(&self, peer: &Self) -> String {
        let ratio = |ours: &[f64], peer: &[f64]| {
            spread_of(&ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect::<Vec<_>>())
        };
        format!("{{\"wall\":{},\"core\":{}}}", ratio(&self.wall, &peer.wall), ratio(&self.core, &peer.core))
    }
}

fn spread_of(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [low, middle, high] = [0, sorted.len() / 2, sorted.len() - 1].map(|index| sorted[index]);
    format!("{{\"median\":{middle:.1},\"min\":{low:.1},\"max\":{high:.1}}}")
}

/// Wall seconds and processor seconds (of all threads, from /proc) that `work` took. On a machine shared with other
/// work the second is the one that means something.
fn timed(work: impl FnOnce()) -> (f64, f64) {
    let (start, before) = (Instant::now(), processor_seconds());
    work();
    (start.elapsed().as_secs_f64(), processor_seconds() - before)
}

fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("a name").split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let arguments: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let (records, authors, rounds) = (argument(0, 1_000_000), argument(1, 5_000), argument(2, 7));
    let evidence = argument(3, 0) as u64;
    let community = CommunityId::from([9; 32]);
    let shares = shares(records, authors);
    eprintln!("writing {records} records of {authors} authors");
    let mut logs = spread(authors, |author| log(community, author, shares[author], evidence));
    logs.sort_by_key(|log| std::cmp::Reverse(log.cuts.len()));
    let bytes: usize = logs.iter().map(|log| log.bytes.len()).sum();
    let kept: usize = logs
        .iter()
        .map(|log| {
            let last = log.cuts.len() - 1;
            (0..=last).filter(|&seq| log.evidence[seq] || seq == last || seq % RUN_RECORDS == 63).count()
        })
        .sum();
    let groups = signed(&community, &logs);
    let peer_records: usize = groups.iter().map(|group| group.messages.len()).sum();

    let verify_all = |logs: &[Log]| -> Vec<(usize, Result<usize, (usize, Refused)>)> {
        spread(logs.len(), |author| (author, logs[author].verify(community)))
    };
    let [mut ours, mut singles, mut batches, mut forged] = std::array::from_fn(|_| Series::default());
    for round in 0..rounds {
        eprintln!("round {}", round + 1);
        ours.add(
            records,
            timed(|| {
                let verified: usize =
                    verify_all(&logs).into_iter().map(|(_, log)| log.expect("verifies")).sum();
                assert_eq!(verified, records);
            }),
        );
        singles.add(peer_records, timed(|| assert_eq!(single(&groups), peer_records)));
        batches.add(peer_records, timed(|| assert_eq!(batch(&groups), peer_records)));
    }
    let (forged_author, forged_seq) = forge(&mut logs);
    for _ in 0..rounds {
        forged.add(
            records,
            timed(|| {
                let refused: Vec<_> = verify_all(&logs)
                    .into_iter()
                    .filter_map(|(author, log)| Some((author, log.err()?)))
                    .collect();
                assert_eq!(refused.len(), 1, "one log is refused");
                let (author, (_, refused)) = &refused[0];
                assert_eq!(*author, forged_author);
                // The record after the forged one no longer follows it: one of the two is named.
                assert_eq!(*refused, Refused::Broken { seq: forged_seq as u64 + 1 });
            }),
        );
    }
    println!("{{\"work\":\"B6 verify\",\"records\":{records},\"authors\":{authors},\"rounds\":{rounds},");
    println!(" \"threads\":{THREADS},\"bytes_per_record\":{:.1},", bytes as f64 / records as f64);
    println!(" \"kept_signatures\":{kept},\"peer_records\":{peer_records},\"batch_of\":256,");
    println!(" \"ours\":{},", ours.json());
    println!(" \"ours_with_one_forged\":{},", forged.json());
    println!(" \"dalek_single_strict\":{},", singles.json());
    println!(" \"dalek_batch\":{},", batches.json());
    println!(
        " \"ratio_to_single\":{},\n \"ratio_to_batch\":{}}}",
        ours.ratio(&singles),
        ours.ratio(&batches)
    );
}
