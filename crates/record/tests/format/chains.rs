//! Logs: any honest cut verifies, any changed byte is refused, and only a signature proves two histories.

use linli_record::{
    Chain, Draft, Incarnation, Kind, LogClose, LogOpen, LogWriter, RawRecord, Record, Refused, Signature,
    limits,
};
use proptest::prelude::*;

use crate::any::{community, key, run_of, say, sayings, writer};

/// Follows a whole log in the runs given.
fn follow(runs: Vec<Vec<RawRecord>>) -> Result<(Chain, Vec<Record>), Refused> {
    let mut runs = runs.into_iter();
    let (mut chain, mut records) = Chain::open(community(), runs.next().unwrap())?;
    for run in runs {
        records.extend(chain.extend(run)?);
    }
    Ok((chain, records))
}

proptest! {
    #[test]
    fn a_log_verifies_in_whatever_runs_it_arrives(
        sayings in sayings(150), cuts in prop::collection::vec(1..=limits::RUN_RECORDS, 1..40)
    ) {
        let mut writer = writer(1);
        let mut log = vec![writer.opening().clone()];
        log.extend(say(&mut writer, &sayings));
        let (mut runs, mut rest, mut cuts) = (Vec::new(), &log[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (run, more) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            runs.push(run_of(run));
            rest = more;
        }
        let (chain, records) = follow(runs).unwrap();
        prop_assert_eq!(chain.tip(), writer.tip());
        prop_assert_eq!(records.len(), log.len());
        for (held, said) in records.iter().zip(&log) {
            prop_assert_eq!(held.header(), said.header());
            prop_assert_eq!(held.payload(), said.payload());
            prop_assert!(held.signature().is_some() || !held.keeps_signature());
        }
    }

    #[test]
    fn one_changed_byte_anywhere_in_a_run_is_refused(
        sayings in sayings(20), at in any::<prop::sample::Index>(), bit in 0..8u8
    ) {
        let mut writer = writer(1);
        let (mut chain, _) = Chain::open(community(), run_of(&[writer.opening().clone()])).unwrap();
        let before = chain.clone();
        let run = run_of(&say(&mut writer, &sayings));
        let mut parts: Vec<Vec<u8>> = run.iter().flat_map(parts).collect();
        let mut at = at.index(parts.iter().map(Vec::len).sum());
        for part in &mut parts {
            if at < part.len() {
                part[at] ^= 1 << bit;
                break;
            }
            at -= part.len();
        }
        let mut parts = parts.into_iter();
        let tampered: Vec<RawRecord> = run.iter().map(|raw| rebuilt(raw, &mut parts)).collect();
        prop_assert_ne!(&tampered, &run);
        prop_assert!(chain.extend(tampered).is_err());
        prop_assert_eq!(&chain, &before, "a refused run leaves the chain where it was");
        prop_assert!(chain.extend(run).is_ok());
    }

    #[test]
    fn two_signed_histories_are_a_fork_and_unsigned_ones_are_not(
        common in sayings(5), one in sayings(5), other in sayings(5), bit in 0..512usize
    ) {
        let mut writer = writer(1);
        let mut log = vec![writer.opening().clone()];
        log.extend(say(&mut writer, &common));
        let mut twin = writer.clone();
        log.extend(say(&mut writer, &one));
        // The same length said twice, so that the twin's next run begins where the log held ends.
        let same_length: Vec<_> = one.iter().cloned().chain(other).take(one.len() + 1).collect();
        twin.append(Draft::new(Kind::new(9)), b"other words", [0; 16], 0).unwrap();
        say(&mut twin, &same_length[1..one.len()]);
        let (mut chain, _) = Chain::open(community(), run_of(&log)).unwrap();
        let next = twin.append(Draft::new(Kind::new(9)).seen(60), b"", [0; 16], 0).unwrap();
        let refused = chain.extend(run_of(std::slice::from_ref(&next))).unwrap_err();
        prop_assert_eq!(refused, Refused::Fork { seq: next.seq, held: log.last().unwrap().id(), found: next.prev.unwrap() });
        let mut forged = run_of(&[next]);
        let mut signature = *forged[0].signature.unwrap().as_bytes();
        signature[bit / 8] ^= 1 << (bit % 8);
        forged[0].signature = Some(Signature::from(signature));
        prop_assert_eq!(chain.extend(forged).unwrap_err().code(), "signature");
    }
}

fn parts(raw: &RawRecord) -> Vec<Vec<u8>> {
    let signature = raw.signature.map(|signature| signature.as_bytes().to_vec());
    [Some(raw.header.clone()), raw.payload.clone(), signature].into_iter().flatten().collect()
}

fn rebuilt(raw: &RawRecord, parts: &mut impl Iterator<Item = Vec<u8>>) -> RawRecord {
    let mut next = |present: bool| present.then(|| parts.next().unwrap());
    RawRecord {
        header: next(true).unwrap(),
        payload: next(raw.payload.is_some()),
        signature: next(raw.signature.is_some()).map(|bytes| Signature::from_slice(&bytes).unwrap()),
    }
}

fn log_of(length: usize) -> (LogWriter, Vec<Record>) {
    let mut writer = writer(1);
    let mut log = vec![writer.opening().clone()];
    while log.len() < length {
        log.push(writer.append(Draft::new(Kind::new(145)), b"hello", [1; 16], 1).unwrap());
    }
    (writer, log)
}

fn refusal(log: &[Record], run: Vec<RawRecord>) -> &'static str {
    let (mut chain, _) = Chain::open(community(), run_of(log)).unwrap();
    chain.extend(run).unwrap_err().code()
}

#[test]
fn a_relay_that_swaps_an_unsigned_record_accuses_nobody() {
    let (_, log) = log_of(6);
    let mut stranger = writer(2);
    let forged = stranger.append(Draft::new(Kind::new(145)), b"not hers", [0; 16], 0).unwrap();
    let mut fields = linli_record::Fields::clone(&forged);
    (fields.log, fields.seq, fields.prev) = (log[3].log, log[3].seq, log[3].prev);
    let mut run = run_of(&log[3..]);
    run[0].header = linli_record::Header::new(fields).unwrap().bytes().to_vec();
    run[0].payload = None;
    assert_eq!(
        refusal(&log[..3], run),
        "broken",
        "her next record, truly signed, does not follow the forged one"
    );
}

#[test]
fn a_run_must_follow_on_what_is_held() {
    let (mut writer, log) = log_of(10);
    assert_eq!(refusal(&log[..3], run_of(&log[4..])), "gap");
    assert_eq!(refusal(&log[..3], run_of(&log[2..])), "gap");
    assert_eq!(refusal(&log[..3], run_of(&log[..1])), "gap");
    assert_eq!(refusal(&log[..3], run_of(&[crate::any::writer(2).opening().clone()])), "other-log");
    let mut unsigned = run_of(&log[3..]);
    unsigned.last_mut().unwrap().signature = None;
    assert_eq!(refusal(&log[..3], unsigned), "unsigned");
    let before = writer.clone();
    writer.append(Draft::new(Kind::new(145)).seen(7), b"", [0; 16], 1).unwrap();
    let newer = writer.append(Draft::new(Kind::new(145)), b"", [0; 16], 1).unwrap();
    assert_eq!(newer.seen, 7, "the writer never forgets what it saw");
    let close = LogClose { reason: 1, successor: None };
    let mut writer = before;
    let closing = writer.append(LogClose::draft(), &close.to_bytes(), [0; 16], 1).unwrap();
    assert!(writer.append(Draft::new(Kind::new(145)), b"", [0; 16], 1).is_err());
    let (mut chain, _) = Chain::open(community(), run_of(&log)).unwrap();
    chain.extend(run_of(std::slice::from_ref(&closing))).unwrap();
    assert_eq!(chain.extend(run_of(&[closing])).unwrap_err().code(), "closed");
}

#[test]
fn what_an_author_had_seen_never_falls() {
    let (writer, log) = log_of(3);
    let mut tip = writer.tip().clone();
    tip.seen = 5;
    let mut chain = Chain::resume(community(), tip);
    let mut forgetful = writer;
    let next = forgetful.append(Draft::new(Kind::new(145)).seen(4), b"", [0; 16], 1).unwrap();
    assert_eq!(chain.extend(run_of(&[next])).unwrap_err().code(), "seen-fell");
    assert_eq!(log.len(), 3);
}

#[test]
fn a_run_is_at_most_64_records() {
    let (_, log) = log_of(65);
    assert_eq!(Chain::open(community(), run_of(&log)).unwrap_err().code(), "too-large");
    assert_eq!(Chain::open(community(), Vec::new()).unwrap_err().code(), "not-an-opening");
    let (chain, records) = Chain::open(community(), run_of(&log[..64])).unwrap();
    assert_eq!(chain.tip().seq, 63);
    let signed: Vec<u64> = records.iter().filter(|r| r.signature().is_some()).map(|r| r.seq).collect();
    assert_eq!(signed, [0, 63]);
}

#[test]
fn a_log_opens_only_with_its_own_key_in_its_own_community() {
    let opening = writer(1).opening().to_raw();
    let elsewhere = Chain::open([8; 32].into(), vec![opening.clone()]).unwrap_err();
    assert_eq!(elsewhere.code(), "signature");
    let mut hers = LogOpen::member(&key(1), Incarnation::from([1; 16]), None, "test");
    let stolen = LogWriter::begin(community(), key(2), &hers, [0; 16], 0, 0).unwrap();
    assert_eq!(Chain::open(community(), vec![stolen.opening().to_raw()]).unwrap_err().code(), "signature");
    hers.incarnation = Incarnation::from([2; 16]);
    let other = LogWriter::begin(community(), key(1), &hers, [0; 16], 0, 0).unwrap();
    let mut mixed = opening.clone();
    mixed.payload = other.opening().to_raw().payload;
    assert_eq!(Chain::open(community(), vec![mixed]).unwrap_err().code(), "not-an-opening");
    let without = RawRecord { payload: None, ..opening };
    assert_eq!(Chain::open(community(), vec![without]).unwrap_err().code(), "not-an-opening");
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    let identity = {
        let mut bytes = [0u8; 32];
        bytes[0] = 1;
        bytes
    };
    let mut signature = [0u8; 64];
    signature[0] = 1;
    let accepts = linli_record::keys::verify(&identity.into(), b"anything", &Signature::from(signature));
    assert!(!accepts);
    let not_reduced = {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xee, 0x7f);
        bytes
    };
    assert_eq!(linli_record::keys::Verifier::of(&not_reduced.into()), None);
}

#[test]
fn the_same_key_in_a_new_audience_or_a_new_life_is_another_log() {
    let open = |incarnation, audience| LogOpen::member(&key(1), incarnation, audience, "test").log_id();
    let (first, second) = (Incarnation::from([1; 16]), Incarnation::from([2; 16]));
    let logs = [
        open(first, None),
        open(second, None),
        open(first, Some([1; 16].into())),
        open(first, Some([2; 16].into())),
    ];
    assert!(logs.iter().enumerate().all(|(i, log)| !logs[..i].contains(log)));
}
