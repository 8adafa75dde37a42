//! The single door for runs from anywhere: a neighbour, a bundle, an archive.
//!
//! [`admit`] leaves out what is held, lets [`Chain`] verify the rest, and says what the run is. A run is taken whole or
//! not at all. It knows nothing of sessions, and writes nothing.

use linli_record::fork::{Branch, Fork};
use linli_record::{
    Chain, CommunityId, ForkProof, Header, LogId, RawRecord, Record, RecordId, Refused, Tip, limits,
};

/// How far a log is held, for one call of [`admit`].
pub trait Held {
    /// The log's tip; `None` when the log is new here.
    fn tip(&self) -> Option<Tip>;

    /// The id of a record that is held; `None` also for one that is still on its way into the store.
    fn id(&self, seq: u64) -> Option<RecordId>;

    /// Records from `from` on, at most 64, ending at a kept signature or the tip.
    fn run(&self, from: u64) -> Vec<RawRecord>;
}

/// What a run turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Everything in it is held already.
    Nothing,
    /// New records, verified; what was held is left out.
    Extends {
        /// Consecutive; the last one signed.
        records: Vec<Record>,
        /// Where the log stands after them.
        tip: Tip,
    },
    /// Something before it is missing.
    Gap {
        /// The sequence number needed first.
        next: u64,
    },
    /// The log has two histories; both branches were verified.
    Fork(Box<Conflict>),
    /// Not a run of this log.
    Refused(Refused),
}

/// Two histories of one log, with their proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Both branches from the lowest sequence number of the run at which they differ.
    pub proof: ForkProof,
    /// What the proof shows.
    pub fork: Fork,
    /// The branch that is not held.
    pub branch: Vec<Record>,
}

/// Judges one run of `log`. A payload that `wants` declines is dropped after it was verified.
pub fn admit(
    community: CommunityId,
    log: &LogId,
    held: &impl Held,
    run: Vec<RawRecord>,
    wants: impl Fn(&Header) -> bool,
) -> Intake {
    match judge(community, log, held, run) {
        Ok(Intake::Extends { records, tip }) => {
            let keep = |record: Record| if wants(&record) { record } else { record.without_payload() };
            Intake::Extends { records: records.into_iter().map(keep).collect(), tip }
        }
        Ok(intake) => intake,
        Err(refused) => Intake::Refused(refused),
    }
}

fn judge(
    community: CommunityId,
    log: &LogId,
    held: &impl Held,
    run: Vec<RawRecord>,
) -> Result<Intake, Refused> {
    if run.len() > limits::RUN_RECORDS {
        return Err(Refused::TooLarge { what: "run", found: run.len(), limit: limits::RUN_RECORDS });
    }
    let ends = run.first().zip(run.last());
    let (first, last) = ends.ok_or_else(|| malformed("a run has a record"))?;
    let (first, last) = (Header::parse(&first.header)?, Header::parse(&last.header)?);
    for end in [&first, &last] {
        if end.log != *log {
            return Err(Refused::OtherLog { expected: *log, found: end.log });
        }
    }
    if last.seq < first.seq || last.seq - first.seq != run.len() as u64 - 1 {
        return Err(Refused::Broken { seq: last.seq });
    }
    match held.tip() {
        None if first.seq > 0 => Ok(Intake::Gap { next: 0 }),
        None => {
            let (chain, records) = Chain::open(community, run)?;
            Ok(Intake::Extends { records, tip: chain.tip().clone() })
        }
        Some(tip) if first.seq > tip.seq.saturating_add(1) => Ok(Intake::Gap { next: tip.seq + 1 }),
        Some(tip) => follow(community, &tip, held, run, &first, &last),
    }
}

/// A run that touches or overlaps what is held.
fn follow(
    community: CommunityId,
    tip: &Tip,
    held: &impl Held,
    run: Vec<RawRecord>,
    first: &Header,
    last: &Header,
) -> Result<Intake, Refused> {
    if last.seq <= tip.seq {
        let same = if last.seq == tip.seq { Some(tip.id) } else { held.id(last.seq) };
        // An id that can't be told is of a record on its way into the store: nothing of this run is new.
        return match same {
            Some(id) if id != last.id() => conflict(community, tip, held, &run),
            _ => Ok(Intake::Nothing),
        };
    }
    // The record at the held tip, or the predecessor the run names, vouches for everything below.
    let overlap = usize::try_from(tip.seq + 1 - first.seq).expect("a run is short");
    let joint = match overlap.checked_sub(1) {
        Some(at) => Some(Header::parse(&run[at].header)?.id()),
        None => first.prev,
    };
    if joint != Some(tip.id) {
        return conflict(community, tip, held, &run);
    }
    let mut chain = Chain::resume(community, tip.clone());
    let records = chain.extend(run.into_iter().skip(overlap).collect())?;
    Ok(Intake::Extends { records, tip: chain.tip().clone() })
}

/// Both branches from the lowest sequence number at which they differ, if the log's key signed both.
fn conflict(
    community: CommunityId,
    tip: &Tip,
    held: &impl Held,
    run: &[RawRecord],
) -> Result<Intake, Refused> {
    let headers = run.iter().map(|raw| Header::parse(&raw.header)).collect::<Result<Vec<_>, _>>()?;
    let differs = |header: &Header| match held.id(header.seq) {
        Some(id) => id != header.id(),
        None => header.seq > tip.seq,
    };
    // Theirs may begin right after the tip: then the tip alone contradicts it. Our branch can't be shown while it is
    // still on its way into the store: the neighbour's will come again.
    let at = headers.iter().position(differs);
    let ours = at.map(|at| held.run(headers[at].seq.min(tip.seq))).filter(|run| !run.is_empty());
    let (Some(at), Some(ours)) = (at, ours) else { return Ok(Intake::Nothing) };
    let (ours, theirs) = (branch(&ours)?, branch(&run[at..])?);
    let proof = ForkProof::new(ours, theirs)?;
    let fork = proof.verify(&community, &tip.key)?;
    let branch = run[at..].iter().cloned().map(Record::recall).collect::<Result<_, _>>()?;
    Ok(Intake::Fork(Box::new(Conflict { proof, fork, branch })))
}

fn branch(run: &[RawRecord]) -> Result<Branch, Refused> {
    let headers = run.iter().map(|raw| Header::parse(&raw.header)).collect::<Result<Vec<_>, _>>()?;
    let last = run.last().ok_or_else(|| malformed("a branch has a record"))?;
    let seq = headers.last().map_or(0, |header| header.seq);
    Branch::new(headers, last.signature.ok_or(Refused::Unsigned { seq })?)
}

fn malformed(why: &str) -> Refused {
    Refused::Malformed { what: "run", why: why.to_owned() }
}
