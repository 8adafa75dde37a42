//! A device's own log, being written. Pure: salts, nonces and the time come from the caller.

use crate::chain::{Tip, signed_message};
use crate::envelope::{self, EpochKey, Place};
use crate::header::{Draft, Fields, Flags, Header};
use crate::ids::{AudienceId, CommunityId, LogId, PayloadHash};
use crate::keys::SecretKey;
use crate::kind::Kind;
use crate::limits;
use crate::open::LogOpen;
use crate::record::{Record, salted};
use crate::refused::Refused;

/// Signs records one after another into one log.
#[derive(Debug, Clone)]
pub struct LogWriter {
    community: CommunityId,
    key: SecretKey,
    tip: Tip,
    opening: Record,
}

/// What sealing one record needs beside the draft.
pub struct Seal<'a> {
    /// The audience's key.
    pub key: &'a EpochKey,
    /// Which epoch it is the key of.
    pub epoch: u64,
    /// 24 fresh random bytes.
    pub nonce: [u8; envelope::NONCE_BYTES],
}

impl LogWriter {
    /// Opens a log: signs its log-open record.
    ///
    /// # Errors
    /// [`Refused`] when the opening breaks a bound.
    pub fn begin(
        community: CommunityId,
        key: SecretKey,
        open: &LogOpen,
        salt: [u8; 16],
        seen: u64,
        now_ms: u64,
    ) -> Result<Self, Refused> {
        let payload = salted(&salt, &open.to_bytes());
        let draft = Draft::new(Kind::LOG_OPEN).evidence().seen(seen);
        let at = At { log: open.log_id(), audience: open.audience.map(|id| (id, 0)), after: None };
        let record = sign(&community, &key, &at, draft, payload, now_ms)?;
        let tip = Tip {
            log: at.log,
            key: key.public(),
            audience: open.audience,
            seq: 0,
            id: record.id(),
            seen,
            version: limits::FORMAT_VERSION,
            closed: false,
        };
        Ok(Self { community, key, tip, opening: record })
    }

    /// Founds a community: the log-open's payload holds the charter, and the community id is that payload's hash.
    ///
    /// # Errors
    /// [`Refused`] when the opening breaks a bound.
    pub fn found(
        key: SecretKey,
        open: &LogOpen,
        salt: [u8; 16],
        now_ms: u64,
    ) -> Result<(CommunityId, Self), Refused> {
        let payload = salted(&salt, &open.to_bytes());
        let community = CommunityId::from(*blake3::hash(&payload).as_bytes());
        Ok((community, Self::begin(community, key, open, salt, 0, now_ms)?))
    }

    /// Goes on after `tip`; `opening` is the log's first record.
    #[must_use]
    pub const fn resume(community: CommunityId, key: SecretKey, tip: Tip, opening: Record) -> Self {
        Self { community, key, tip, opening }
    }

    /// The log-open record.
    #[must_use]
    pub const fn opening(&self) -> &Record {
        &self.opening
    }

    /// The newest record's place.
    #[must_use]
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// Signs a record whose body everyone offered the log may read.
    ///
    /// # Errors
    /// [`Refused`] when the draft or body breaks a bound, or the log is closed.
    pub fn append(
        &mut self,
        draft: Draft,
        body: &[u8],
        salt: [u8; 16],
        now_ms: u64,
    ) -> Result<Record, Refused> {
        let at = self.next(self.tip.audience.map(|id| (id, 0)))?;
        self.push(draft, &at, salted(&salt, body), now_ms)
    }

    /// Signs a record whose body is sealed under the audience's epoch key.
    ///
    /// # Errors
    /// [`Refused`] as [`LogWriter::append`], or when this log has no audience.
    pub fn append_sealed(
        &mut self,
        mut draft: Draft,
        body: &[u8],
        seal: &Seal<'_>,
        salt: [u8; 16],
        now_ms: u64,
    ) -> Result<Record, Refused> {
        let audience = self.tip.audience.ok_or_else(|| Refused::malformed("draft", "log has no audience"))?;
        let at = self.next(Some((audience, seal.epoch)))?;
        let place = Place {
            community: self.community,
            log: at.log,
            seq: self.tip.seq + 1,
            kind: draft.kind,
            audience,
            epoch: seal.epoch,
        };
        let sealed = envelope::seal(seal.key, &place, seal.nonce, body)?;
        draft.flags = draft.flags.with(Flags::SEALED);
        self.push(draft, &at, salted(&salt, &sealed), now_ms)
    }

    fn next(&self, audience: Option<(AudienceId, u64)>) -> Result<At, Refused> {
        if self.tip.closed {
            return Err(Refused::Closed { seq: self.tip.seq + 1 });
        }
        Ok(At { log: self.tip.log, audience, after: Some(self.tip.clone()) })
    }

    fn push(&mut self, mut draft: Draft, at: &At, payload: Vec<u8>, now_ms: u64) -> Result<Record, Refused> {
        draft.seen = draft.seen.max(self.tip.seen);
        let closes = draft.kind == Kind::LOG_CLOSE;
        let record = sign(&self.community, &self.key, at, draft, payload, now_ms)?;
        self.tip.seq = record.seq;
        self.tip.id = record.id();
        self.tip.seen = record.seen;
        self.tip.closed = closes;
        Ok(record)
    }
}

/// Where the next record goes.
struct At {
    log: LogId,
    audience: Option<(AudienceId, u64)>,
    after: Option<Tip>,
}

fn sign(
    community: &CommunityId,
    key: &SecretKey,
    at: &At,
    draft: Draft,
    payload: Vec<u8>,
    now_ms: u64,
) -> Result<Record, Refused> {
    Refused::bound("payload", payload.len(), limits::PAYLOAD_BYTES)?;
    let header = Header::new(Fields {
        version: limits::FORMAT_VERSION,
        log: at.log,
        seq: at.after.as_ref().map_or(0, |tip| tip.seq + 1),
        prev: at.after.as_ref().map(|tip| tip.id),
        seen: draft.seen,
        claimed_ms: now_ms,
        kind: draft.kind,
        object: draft.object,
        refs: draft.refs,
        flags: draft.flags,
        retention: draft.retention,
        consent: draft.consent,
        audience: at.audience,
        blobs: draft.blobs,
        private_root: draft.private_root,
        payload_len: u32::try_from(payload.len()).expect("bounded above"),
        payload_hash: PayloadHash::from(*blake3::hash(&payload).as_bytes()),
        extra: Vec::new(),
    })?;
    let signature = key.sign(&signed_message(community, header.bytes()));
    Record::from_parts(header, Some(payload), Some(signature))
}
