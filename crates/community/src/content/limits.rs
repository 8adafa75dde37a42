//! Every bound of content, in bytes unless the name says otherwise. `docs/CONTENT.md` prints this table.

/// A title, a question, a caption: one line.
pub const TITLE: usize = 256;
/// A short remark: a reason, a note, a short answer.
pub const REMARK: usize = 2 * 1024;
/// A notice's, request's or message's text.
pub const TEXT: usize = 32 * 1024;
/// A unit, building or stair as the roll writes it.
pub const PLACE_NAME: usize = 64;
/// A person's or household's name.
pub const NAME: usize = 96;
/// Units, buildings or stairs one scope names.
pub const SCOPE_PLACES: usize = 500;
/// Options of a roll-call.
pub const OPTIONS: usize = 32;
/// Households one message mentions.
pub const MENTIONS: usize = 32;
/// Households that may edit one story.
pub const EDITORS: usize = 64;
/// Members of one audience.
pub const MEMBERS: usize = 1_000;
/// Keepers one audience names.
pub const AUDIENCE_KEEPERS: usize = 16;
/// Grants in one key-grant record.
pub const GRANTS: usize = 128;
/// A grant's secret before it is sealed, padded: the longest name fits.
pub const GRANT_SECRET: usize = 192;
/// A source's name at its gateway.
pub const SOURCE: usize = 64;
/// Siblings on a private root's path: a million private logs.
pub const PATH_SIBLINGS: usize = 20;
/// Lines of one roll mapping.
pub const MAPPING_LINES: usize = 200;
/// Days talk is kept from first receipt.
pub const TALK_DAYS: u16 = 730;
/// Days an ordinary sighting is kept; a consent may ask for fewer or more.
pub const SIGHTING_DAYS: u16 = 30;

/// One Automerge change chunk.
pub const CHANGE: usize = 59 * 1024;
/// Dependencies of one change.
pub const CHANGE_DEPS: u64 = 64;
/// Operations in one change.
pub const CHANGE_OPS: u64 = 20_000;
/// Other actors one change names.
pub const CHANGE_ACTORS: u64 = 64;
/// Changes in one document.
pub const DOCUMENT_CHANGES: usize = 2_000;
/// Change chunks of one document together.
pub const DOCUMENT_BYTES: usize = 512 * 1024;
/// Operations in one document.
pub const DOCUMENT_OPS: u64 = 600_000;
/// Characters one change of ours inserts; longer edits become several changes.
pub const EDIT_CHARS: usize = 12_000;
/// Characters one change of ours deletes; scattered authors make a deletion long.
pub const EDIT_DELETES: usize = 4_000;
