//! What the first record of a log says: whose key, which life of it, for whom.

use minicbor::{Decode, Encode};

use crate::canonical::{self, Cursor};
use crate::ids::{AudienceId, DeviceKey, Domain, Hash, Incarnation, LogId, hash_parts};
use crate::keys::SecretKey;
use crate::limits;
use crate::refused::Refused;

const LOG_DOMAIN: &Domain = b"linli/log/1\0\0\0\0\0";

/// Signature suite 1: Ed25519 and BLAKE3.
pub const SUITE_ED25519_BLAKE3: u16 = 1;

/// The payload body of `log-open`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogOpen {
    /// The key that signs every record of this log.
    #[n(0)]
    pub key: DeviceKey,
    /// Signature and hash suite.
    #[n(1)]
    pub suite: u16,
    /// Which life of the key.
    #[n(2)]
    pub incarnation: Incarnation,
    /// For whom; absent for the whole community.
    #[n(3)]
    pub audience: Option<AudienceId>,
    /// Name and version of the writing program.
    #[n(4)]
    pub program: String,
    /// The founding charter's canonical bytes; in the founder's first log only.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub charter: Option<Vec<u8>>,
    /// The log this one continues after a restore, a repair or a fork.
    #[n(6)]
    pub continues: Option<LogId>,
    /// Reserved for a second key of a later suite.
    #[n(7)]
    pub reserved: Option<Hash>,
}

impl LogOpen {
    /// The opening of an ordinary log.
    #[must_use]
    pub fn member(
        key: &SecretKey,
        incarnation: Incarnation,
        audience: Option<AudienceId>,
        program: &str,
    ) -> Self {
        Self {
            key: key.public(),
            suite: SUITE_ED25519_BLAKE3,
            incarnation,
            audience,
            program: program.to_owned(),
            charter: None,
            continues: None,
            reserved: None,
        }
    }

    /// The log this opening opens.
    #[must_use]
    pub fn log_id(&self) -> LogId {
        log_id(&self.key, &self.incarnation, self.audience.as_ref())
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// Reads a body that opens a log; keys this version does not know are left alone. Whether its key can sign, the record's signature shows.
    ///
    /// # Errors
    /// [`Refused`] when it is malformed or of a suite this program does not know.
    pub fn parse(body: &[u8]) -> Result<Self, Refused> {
        canonical::check(body)?;
        known_suite(body)?;
        let open: Self = minicbor::decode(body).map_err(|error| Refused::malformed("log-open", error))?;
        Refused::bound("program", open.program.len(), limits::PROGRAM_BYTES)?;
        if open.audience == Some(AudienceId::EVERYONE) {
            return Err(Refused::malformed(
                "log-open",
                "the whole community is written by leaving the audience out",
            ));
        }
        Ok(open)
    }
}

/// A later suite may have keys of another length: its number is read before the rest.
fn known_suite(body: &[u8]) -> Result<(), Refused> {
    let mut cursor = Cursor::new(body);
    for _ in 0..cursor.map()? {
        if cursor.uint()? != 1 {
            cursor.inner_item()?;
            continue;
        }
        return match cursor.small()? {
            SUITE_ED25519_BLAKE3 => Ok(()),
            found => Err(Refused::Suite { what: "log-open", found }),
        };
    }
    Err(Refused::malformed("log-open", "suite is missing"))
}

/// The log id: BLAKE3 over a tag, key, incarnation and audience (16 zero bytes for the whole community).
#[must_use]
pub fn log_id(key: &DeviceKey, incarnation: &Incarnation, audience: Option<&AudienceId>) -> LogId {
    let audience = audience.unwrap_or(&AudienceId::EVERYONE);
    LogId::from(hash_parts(LOG_DOMAIN, &[key.as_bytes(), incarnation.as_bytes(), audience.as_bytes()]))
}
