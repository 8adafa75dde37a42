//! One log verified from its log-open on: rows, links, kept signatures, payload hashes. Check and repair share it.
//!
//! After a hole the audit goes on at the next row that names its predecessor: what lies between can be read but not
//! verified, because nobody knows any more what came before it.

use linli_record::{Chain, CommunityId, RawRecord, Record, RecordId, Refused, Tip, limits};

use crate::errors::ReadError;
use crate::rebuild::{self, Rebuilt};
use crate::tips::Held;
use crate::view::Shelf;

/// What an audit tells as it goes.
pub(crate) trait Witness {
    /// Consecutive records that a signature vouches for, with their arrivals and peers.
    fn verified(&mut self, run: Vec<Verified>);
    /// A record that is missing, damaged or does not verify.
    fn fault(&mut self, seq: u64, arrival: Option<u64>, what: String);
    /// A whole row that nothing vouches for.
    fn unverified(&mut self, seq: u64, arrival: u64);
}

/// A record a signature vouches for.
pub(crate) struct Verified {
    pub(crate) arrival: u64,
    pub(crate) from: u32,
    pub(crate) record: Record,
}

/// Where the audit stands.
enum Footing {
    /// Before log-open.
    Beginning,
    /// On a verified record, or on the word of a row that names its predecessor.
    Chain(Box<Chain>),
    /// Behind a hole.
    Lost,
}

pub(crate) struct Audit<'a, S, W> {
    shelf: &'a S,
    community: CommunityId,
    number: u32,
    held: &'a Held,
    witness: &'a mut W,
    footing: Footing,
    prev: Option<RecordId>,
    run: Vec<(u64, u32, RawRecord)>,
}

impl<'a, S: Shelf, W: Witness> Audit<'a, S, W> {
    pub(crate) fn new(
        shelf: &'a S,
        community: CommunityId,
        number: u32,
        held: &'a Held,
        witness: &'a mut W,
    ) -> Self {
        let (footing, prev, run) = (Footing::Beginning, None, Vec::new());
        Self { shelf, community, number, held, witness, footing, prev, run }
    }

    /// Goes through the whole log; the tip the chain reached, if it reached the end unbroken from there.
    pub(crate) fn go(mut self) -> Option<Tip> {
        for seq in 0..=self.held.tip.seq {
            self.step(seq);
        }
        if !self.run.is_empty() {
            let (last, arrival) = (self.held.tip.seq, self.run.last().map(|(arrival, ..)| *arrival));
            self.lose();
            self.witness.fault(last, arrival, "the log ends without a signature".to_owned());
        }
        match self.footing {
            Footing::Chain(chain) => Some(chain.tip().clone()),
            _ => None,
        }
    }

    fn step(&mut self, seq: u64) {
        let arrival = match rebuild::arrival_of(self.shelf, self.number, seq) {
            Ok(Some(arrival)) => arrival,
            Ok(None) => return self.hole(seq, None, "not in the index of extents".to_owned()),
            Err(error) => return self.hole(seq, None, error.to_string()),
        };
        match self.read(seq, arrival) {
            Ok(Some(rebuilt)) => self.take(rebuilt),
            Ok(None) => self.witness.unverified(seq, arrival),
            Err(error) => self.hole(seq, Some(arrival), error.to_string()),
        }
    }

    /// The record; none when nobody knows what came before it.
    fn read(&mut self, seq: u64, arrival: u64) -> Result<Option<Rebuilt>, ReadError> {
        let damaged = |why| rebuild::damaged_row(arrival, why);
        let bytes = self.shelf.row(arrival)?.ok_or_else(|| damaged("missing"))?;
        let row = rebuild::parse(arrival, &bytes)?;
        if row.seat.log != self.number || row.seq != seq {
            return Err(damaged("belongs elsewhere"));
        }
        if matches!(self.footing, Footing::Lost) {
            let Some(prev) = row.prev else { return Ok(None) };
            self.resume(seq, prev);
        }
        Rebuilt::of(&row, self.held, self.prev).map(Some)
    }

    fn resume(&mut self, seq: u64, prev: RecordId) {
        let tip = Tip { seq: seq - 1, id: prev, seen: 0, version: 1, closed: false, ..self.held.tip.clone() };
        self.footing = Footing::Chain(Box::new(Chain::resume(self.community, tip)));
        self.prev = Some(prev);
    }

    fn take(&mut self, rebuilt: Rebuilt) {
        let (seq, arrival, from) = (rebuilt.header.seq, rebuilt.arrival, rebuilt.from);
        let ends = seq == self.held.tip.seq
            || rebuilt.header.keeps_signature()
            || self.run.len() + 1 == limits::RUN_RECORDS;
        self.prev = Some(rebuilt.header.id());
        self.run.push((arrival, from, rebuilt.into_raw()));
        if ends {
            self.verify(seq);
        }
    }

    fn verify(&mut self, last: u64) {
        let run = std::mem::take(&mut self.run);
        let places: Vec<_> = run.iter().map(|(arrival, from, _)| (*arrival, *from)).collect();
        let first = last + 1 - run.len() as u64;
        let raw = run.into_iter().map(|(.., raw)| raw).collect();
        match self.chain(raw) {
            Ok(records) => {
                let verified = places.into_iter().zip(records);
                let verified = verified.map(|((arrival, from), record)| Verified { arrival, from, record });
                self.witness.verified(verified.collect());
            }
            Err(refused) => {
                let at = seq_of(&refused).unwrap_or(first).clamp(first, last);
                for (seq, (arrival, _)) in (first..).zip(&places) {
                    if seq == at {
                        self.witness.fault(seq, Some(*arrival), refused.to_string());
                    } else {
                        self.witness.unverified(seq, *arrival);
                    }
                }
                (self.footing, self.prev) = (Footing::Lost, None);
            }
        }
    }

    fn chain(&mut self, raw: Vec<RawRecord>) -> Result<Vec<Record>, Refused> {
        match &mut self.footing {
            Footing::Chain(chain) => chain.extend(raw),
            _ => {
                let (chain, records) = Chain::open(self.community, raw)?;
                let tip = chain.tip();
                if (tip.log, &tip.key) != (self.held.tip.log, &self.held.tip.key) {
                    return Err(Refused::ForeignLog(tip.log));
                }
                self.footing = Footing::Chain(Box::new(chain));
                Ok(records)
            }
        }
    }

    fn hole(&mut self, seq: u64, arrival: Option<u64>, what: String) {
        self.lose();
        self.witness.fault(seq, arrival, what);
    }

    /// What waits for its signature will not get it.
    fn lose(&mut self) {
        for (arrival, _, raw) in std::mem::take(&mut self.run) {
            let seq = linli_record::Header::parse(&raw.header).map_or(0, |header| header.seq);
            self.witness.unverified(seq, arrival);
        }
        (self.footing, self.prev) = (Footing::Lost, None);
    }
}

const fn seq_of(refused: &Refused) -> Option<u64> {
    match refused {
        Refused::Fork { seq, .. }
        | Refused::Broken { seq }
        | Refused::Signature { seq }
        | Refused::Unsigned { seq }
        | Refused::SeenFell { seq, .. }
        | Refused::VersionFell { seq, .. }
        | Refused::Payload { seq }
        | Refused::Closed { seq } => Some(*seq),
        _ => None,
    }
}
