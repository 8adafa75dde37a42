//! Who said what, in bytes that must still verify in 2046.
//!
//! Here live the frozen shapes of format 1: [`Header`], [`Record`], logs and their [`Chain`]s, [`Block`]s and
//! certificates, envelopes for what is not meant for everyone. This crate knows no kind's meaning, no clock, no
//! randomness and no disk: time, seeds and salts are arguments. Read [`header`] first, then [`chain`].
//!
//! The bytes are drawn in `docs/FORMAT.md`; the constants here are the same drawing.
//!
//! ```
//! use linli_record::{Chain, CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, SecretKey};
//!
//! let key = SecretKey::from_bytes(&[7; 32]);
//! let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "linli 0.1");
//! let community = CommunityId::from([9; 32]);
//! let mut writer = LogWriter::begin(community, key, &open, [0; 16], 0, 1_700_000_000_000).unwrap();
//! let opened = writer.opening().clone();
//! let said = writer.append(Draft::new(Kind::new(145)), b"\x40", [1; 16], 1_700_000_000_500).unwrap();
//!
//! let (chain, records) = Chain::open(community, vec![opened.to_raw(), said.to_raw()]).unwrap();
//! assert_eq!(records.len(), 2);
//! assert_eq!(chain.tip().id, said.id());
//! ```

pub mod block;
pub mod canonical;
pub mod chain;
pub mod claim;
pub mod close;
pub mod envelope;
pub mod fork;
pub mod grant;
pub mod header;
pub mod ids;
pub mod keys;
pub mod kind;
pub mod limits;
pub mod open;
pub mod private_root;
pub mod record;
pub mod refused;
pub mod sealed_file;
pub mod writer;

pub use block::{Block, BlockTip, Certificate, CertifiedBlock};
pub use chain::{Chain, Tip};
pub use claim::{Claim, SignedClaim};
pub use close::{LogClose, NextKey, Successor};
pub use envelope::{Envelope, EpochKey};
pub use fork::{Branch, Fork, ForkProof};
pub use header::{BlobRef, Draft, Fields, Flags, Header, Retention};
pub use ids::{
    AudienceId, BlobHash, BlockId, CommunityId, DeviceKey, Hash, Incarnation, LogId, NodeKey, PayloadHash,
    RecordId, SealingKey, StoreId,
};
pub use keys::{SealingSecret, SecretKey, Signature};
pub use kind::Kind;
pub use open::LogOpen;
pub use record::{RawRecord, Record};
pub use refused::Refused;
pub use writer::LogWriter;
