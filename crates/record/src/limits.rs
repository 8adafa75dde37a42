//! Every bound of format 1, in bytes unless the name says otherwise. `docs/FORMAT.md` prints this table.

/// The format version this crate writes.
pub const FORMAT_VERSION: u8 = 1;
/// A header and its payload together.
pub const RECORD_BYTES: usize = 64 * 1024;
/// A header alone: every field at its largest, and the extra keys.
pub const HEADER_BYTES: usize = 4 * 1024;
/// A payload alone, its 16 salt bytes included.
pub const PAYLOAD_BYTES: usize = 60 * 1024;
/// Random bytes every payload begins with, so that a short text can't be guessed from its hash.
pub const SALT_BYTES: usize = 16;
/// References in one header.
pub const REFS: usize = 8;
/// Attachments named by one header.
pub const BLOBS: usize = 8;
/// Unknown header keys (64 and above) in one header.
pub const EXTRA_KEYS: usize = 16;
/// One attachment.
pub const BLOB_BYTES: u64 = 64 * 1024 * 1024;
/// One required annex: an attachment that is part of the statement.
pub const ANNEX_BYTES: u64 = 16 * 1024 * 1024;
/// Records in one run; also the distance between signatures that are kept for ever.
pub const RUN_RECORDS: usize = 64;
/// A register block.
pub const BLOCK_BYTES: usize = 192 * 1024;
/// A certificate beside its block.
pub const CERTIFICATE_BYTES: usize = 1024;
/// Witnesses in the largest set.
pub const WITNESSES: usize = 10;
/// Nesting of arrays and maps in any canonical item.
pub const CBOR_DEPTH: usize = 16;
/// Incarnations (public logs) of one device key.
pub const INCARNATIONS: usize = 8;
/// Levels of a private root's tree: more private logs than anyone has.
pub const PATH_LEVELS: usize = 32;
/// Name and version of a writing program.
pub const PROGRAM_BYTES: usize = 64;
/// What a household wants to be called.
pub const LABEL_BYTES: usize = 64;
/// Bits of a height in a header's `seen` and in a block; the era stands above them.
pub const HEIGHT_BITS: u32 = 40;
/// Eras are numbered below this.
pub const ERAS: u64 = 1 << (u64::BITS - HEIGHT_BITS);
/// A successor's public key, of a suite that may not be invented yet.
pub const SUCCESSOR_KEY_BYTES: usize = 4 * 1024;
/// A successor's signature, of a suite that may not be invented yet.
pub const SUCCESSOR_PROOF_BYTES: usize = 32 * 1024;
/// Two branches of a fork, each a run of headers at their largest.
pub const FORK_PROOF_BYTES: usize = 2 * RUN_RECORDS * HEADER_BYTES + 1024;
/// A secret in a grant, sealed.
pub const GRANT_BYTES: usize = 4 * 1024;
/// A claim a newcomer signs.
pub const CLAIM_BYTES: usize = 2 * 1024;
