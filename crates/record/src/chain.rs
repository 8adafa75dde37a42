//! One log's chain: the only way in for records from elsewhere.
//!
//! A run is consecutive records of one log that end at a kept signature. The chain under a signed tip vouches for
//! everything before it, so catching up verifies one signature in 64 and hashes the rest. A [`Chain`] holds only the
//! [`Tip`]; what it accepts, the caller stores.

use minicbor::{Decode, Encode};

use crate::header::Header;
use crate::ids::{AudienceId, CommunityId, DeviceKey, Domain, LogId, RecordId};
use crate::keys::{self, Signature, Verifier};
use crate::kind::Kind;
use crate::limits;
use crate::open::LogOpen;
use crate::record::{RawRecord, Record};
use crate::refused::Refused;

const RECORD_DOMAIN: &Domain = b"linli/record/1\0\0";

/// The message a record's signature covers: domain tag, community id, header bytes.
#[must_use]
pub fn signed_message(community: &CommunityId, header: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(RECORD_DOMAIN.len() + CommunityId::LEN + header.len());
    message.extend_from_slice(RECORD_DOMAIN);
    message.extend_from_slice(community.as_bytes());
    message.extend_from_slice(header);
    message
}

/// How far a log is held, and what its next record must follow.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Tip {
    /// The log.
    #[n(0)]
    pub log: LogId,
    /// Whose it is.
    #[n(1)]
    pub key: DeviceKey,
    /// For whom; absent for the whole community.
    #[n(2)]
    pub audience: Option<AudienceId>,
    /// Sequence number of the newest record held.
    #[n(3)]
    pub seq: u64,
    /// Its id.
    #[n(4)]
    pub id: RecordId,
    /// Block height it had seen.
    #[n(5)]
    pub seen: u64,
    /// Its format version.
    #[n(6)]
    pub version: u8,
    /// Whether it was log-close.
    #[n(7)]
    pub closed: bool,
}

/// A log being followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    community: CommunityId,
    tip: Tip,
    /// The tip's key, made ready at the first signature.
    verifier: Option<Verifier>,
}

impl Chain {
    /// Begins a chain from a run that starts with log-open.
    ///
    /// # Errors
    /// [`Refused`] with the first reason found; nothing of the run is taken then.
    pub fn open(community: CommunityId, run: Vec<RawRecord>) -> Result<(Self, Vec<Record>), Refused> {
        let first = run.first().ok_or(Refused::NotAnOpening)?;
        let tip = opening_tip(first)?;
        let mut chain = Self::resume(community, tip);
        let records = chain.take(run, true)?;
        Ok((chain, records))
    }

    /// Continues a chain that was verified before.
    #[must_use]
    pub const fn resume(community: CommunityId, tip: Tip) -> Self {
        Self { community, tip, verifier: None }
    }

    /// Verifies the records that follow the tip and moves it.
    ///
    /// # Errors
    /// [`Refused`]; the chain stays where it was. [`Refused::Fork`] is given only when the run's signature verifies: it
    /// is then proof of two histories.
    pub fn extend(&mut self, run: Vec<RawRecord>) -> Result<Vec<Record>, Refused> {
        self.take(run, false)
    }

    /// Where the chain stands.
    #[must_use]
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    fn take(&mut self, run: Vec<RawRecord>, opening: bool) -> Result<Vec<Record>, Refused> {
        Refused::bound("run", run.len(), limits::RUN_RECORDS)?;
        let mut link = Link { tip: self.tip.clone(), opening, fork: None };
        let mut records = Vec::with_capacity(run.len());
        let last = run.len().saturating_sub(1);
        for (index, raw) in run.into_iter().enumerate() {
            let header = Header::parse_owned(raw.header)?;
            link.follow(&header, index == 0)?;
            let signature = self.kept(&header, raw.signature, index == last)?;
            records.push(Record::from_parts(header, raw.payload, signature)?);
        }
        if let Some(fork) = link.fork {
            return Err(fork);
        }
        self.tip = link.tip;
        Ok(records)
    }

    /// The signature if this record keeps it, verified. Others are dropped unread.
    fn kept(
        &mut self,
        header: &Header,
        signature: Option<Signature>,
        last: bool,
    ) -> Result<Option<Signature>, Refused> {
        if !last && !header.keeps_signature() {
            return Ok(None);
        }
        let signature = signature.ok_or(Refused::Unsigned { seq: header.seq })?;
        let message = signed_message(&self.community, header.bytes());
        if self.verifier.is_none() {
            self.verifier = Verifier::of(&self.tip.key);
        }
        if self.verifier.as_ref().is_some_and(|key| key.verifies(&message, &signature)) {
            Ok(Some(signature))
        } else {
            Err(Refused::Signature { seq: header.seq })
        }
    }
}

/// Verifies one record standing alone against a key: evidence shown without its log.
#[must_use]
pub fn verify_alone(
    community: &CommunityId,
    key: &DeviceKey,
    header: &Header,
    signature: &Signature,
) -> bool {
    keys::verify(key, &signed_message(community, header.bytes()), signature)
}

/// The chain rules from one record to the next, without signatures.
struct Link {
    tip: Tip,
    opening: bool,
    fork: Option<Refused>,
}

impl Link {
    fn follow(&mut self, header: &Header, first: bool) -> Result<(), Refused> {
        let seq = header.seq;
        if header.log != self.tip.log {
            return Err(Refused::OtherLog { expected: self.tip.log, found: header.log });
        }
        if self.opening {
            self.opening = false;
            if seq != 0 {
                return Err(Refused::NotAnOpening);
            }
        } else {
            self.continues(header, first)?;
        }
        if header.audience.map(|(id, _)| id) != self.tip.audience {
            return Err(Refused::malformed("header", "audience differs from the log's"));
        }
        self.tip.seq = seq;
        self.tip.id = header.id();
        self.tip.seen = header.seen;
        self.tip.version = header.version;
        self.tip.closed = header.kind == Kind::LOG_CLOSE;
        Ok(())
    }

    fn continues(&mut self, header: &Header, first: bool) -> Result<(), Refused> {
        let (seq, held) = (header.seq, &self.tip);
        if held.closed {
            return Err(Refused::Closed { seq });
        }
        let expected = held.seq.saturating_add(1);
        if seq != expected {
            return Err(Refused::Gap { expected, found: seq });
        }
        if header.seen < held.seen {
            return Err(Refused::SeenFell { seq, held: held.seen, found: header.seen });
        }
        if header.version < held.version {
            return Err(Refused::VersionFell { seq, held: held.version, found: header.version });
        }
        match header.prev {
            Some(prev) if prev == held.id => Ok(()),
            // What was unsigned until here may be anyone's: a break inside a run says nothing about the author.
            Some(_) if !first => Err(Refused::Broken { seq }),
            Some(found) => {
                // Told only if the signature at the end of the run verifies: then it proves two histories.
                self.fork.get_or_insert(Refused::Fork { seq, held: held.id, found });
                Ok(())
            }
            None => Err(Refused::NotAnOpening),
        }
    }
}

fn opening_tip(first: &RawRecord) -> Result<Tip, Refused> {
    let header = Header::parse(&first.header)?;
    let payload = first.payload.as_deref().ok_or(Refused::NotAnOpening)?;
    if header.seq != 0 || !header.matches(payload) {
        return Err(Refused::NotAnOpening);
    }
    let open = LogOpen::parse(&payload[limits::SALT_BYTES..])?;
    if open.log_id() != header.log {
        return Err(Refused::ForeignLog(header.log));
    }
    Ok(Tip {
        log: header.log,
        key: open.key,
        audience: open.audience,
        seq: 0,
        id: header.id(),
        seen: header.seen,
        version: header.version,
        closed: false,
    })
}
