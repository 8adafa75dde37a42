//! What a node answers. Views of daily life are `linli_community`'s; those of the node itself are here.

use linli_community::content::By;
use linli_community::content::audience::AudienceView;
use linli_community::content::digest::DigestView;
use linli_community::content::notice::NoticeView;
use linli_community::content::request::RequestView;
use linli_community::content::roll_call::RollCallView;
use linli_community::content::story::StoryView;
use linli_community::content::talk::ThreadView;
use linli_community::roll::ImportReport;
use linli_record::{BlockId, CommunityId, DeviceKey, Hash, LogId, NodeKey, RecordId, StoreId};
use serde::{Deserialize, Serialize};

use crate::net::PathView;

/// What a node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "kebab-case")]
pub enum Answer {
    /// Done, with the record that says so, durable.
    Said {
        /// The record.
        record: RecordId,
        /// What still has to happen, in a stable code: `settled`, `unsettled`, `needs-another`.
        state: String,
    },
    /// Done; nothing more to say.
    Done,
    /// How the node is.
    Status(Box<StatusView>),
    /// The digest.
    Digest(DigestAnswer),
    /// What a check or repair found.
    Checked(Box<CheckView>),
    /// Who said what.
    Log(Vec<LogLine>),
    /// People and offices.
    People(Box<PeopleView>),
    /// The roll.
    Roll(Option<RollView>),
    /// What importing a roll would do or did.
    Import(Box<ImportView>),
    /// An invite.
    Invite(InviteView),
    /// Open invites.
    Invites(Vec<InviteView>),
    /// Newcomers waiting.
    Claims(Vec<ClaimView>),
    /// Open proposals.
    Proposals(Vec<ProposalView>),
    /// The consent register.
    Consents(Vec<ConsentView>),
    /// Notices.
    Notices(Vec<NoticeView>),
    /// One notice.
    Notice(Box<NoticeView>),
    /// Roll-calls.
    RollCalls(Vec<RollCallView>),
    /// One roll-call.
    RollCall(Box<RollCallView>),
    /// Requests.
    Requests(Vec<RequestView>),
    /// One request.
    Request(Box<RequestView>),
    /// Stories.
    Stories(Vec<StoryView>),
    /// One story.
    Story(Box<StoryView>),
    /// Threads.
    Threads(Vec<ThreadView>),
    /// One thread.
    Thread(Box<ThreadView>),
    /// Audiences.
    Audiences(Vec<AudienceView>),
    /// Sightings.
    Sightings(Vec<SightingView>),
    /// A bundle was written or read.
    Bundle {
        /// Records in it, or taken from it.
        records: u64,
        /// Records it held that were refused.
        refused: u64,
        /// Records left because those before them are not here: they were in an earlier bundle.
        #[serde(default)]
        missing: u64,
        /// The number it goes on from: what came before is in earlier bundles of the same home.
        #[serde(default)]
        after: u64,
        /// Pass as `after` to the next export.
        until: u64,
        /// Whether the file was whole; one cut short gave what it held.
        complete: bool,
        /// Why it was not: `shorter` (the file ends early), `no-entry` (it goes on with something else), `changed`.
        #[serde(default)]
        cut: Option<String>,
        /// Attachments its records name that could not be put into it: not held here, or damaged.
        #[serde(default)]
        lacking: u64,
    },
    /// Everything at once, for a first screen.
    Today {
        /// How the node is.
        status: Box<StatusView>,
        /// Newest notices.
        notices: Vec<NoticeView>,
        /// Newest requests.
        requests: Vec<RequestView>,
        /// Newest stories.
        stories: Vec<StoryView>,
        /// Newest threads.
        threads: Vec<ThreadView>,
    },
}

/// What a check or repair found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// Records a signature vouches for.
    pub records: u64,
    /// Whole records behind a damaged one, that nothing vouches for.
    pub unverified: u64,
    /// Logs.
    pub logs: u64,
    /// Register blocks.
    pub blocks: u64,
    /// Attachments whose bytes were hashed.
    pub attachments: u64,
    /// Every fault, with its place; empty when all is well.
    pub faults: Vec<FaultView>,
    /// Faults beyond those listed.
    pub more: u64,
    /// What the register's next block waits for, when a repair had to put something aside that it settles.
    pub waiting_for: Option<String>,
    /// What a repair did before this was found; nothing after a check.
    pub repaired: Option<RepairView>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultView {
    /// One of [`FaultView::PLACES`], stable.
    pub place: String,
    /// Which of them, in words for people.
    pub at: String,
    /// What was found there.
    pub what: String,
}

impl FaultView {
    /// Every kind of place a fault can be at.
    pub const PLACES: [&str; 11] = [
        "attachment",
        "block",
        "cache",
        "file",
        "fork",
        "index",
        "other",
        "record",
        "register",
        "tip",
        "value",
    ];
}

impl std::fmt::Display for FaultView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = if self.at.is_empty() { String::new() } else { format!(" ({})", self.at) };
        write!(f, "{}{at}: {}", self.place, self.what)
    }
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairView {
    /// What was wrong before.
    pub found: Vec<FaultView>,
    /// Records in which one damaged byte was mended and verified.
    pub mended: u64,
    /// Records that could not be kept: they lie aside, and come again from neighbours that hold them.
    pub aside: u64,
    /// Whether parts of the file could not be read at all, so that more may be lost than `found` names.
    #[serde(default)]
    pub incomplete: bool,
    /// Whether nothing could be read, so that the store begins empty.
    #[serde(default)]
    pub fresh: bool,
    /// The digest before, if it could be told.
    pub before: Option<Hash>,
    /// The digest of what was rebuilt.
    pub after: Option<Hash>,
    /// The damaged file, as it was, if anything was wrong with it.
    pub damaged_file: Option<std::path::PathBuf>,
}

/// A log with two histories: its author's key was used twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkView {
    /// The log.
    pub log: LogId,
    /// Who writes it.
    pub by: String,
    /// Whether it is this device's own.
    pub own: bool,
    /// Where the two part, if the other branch is held.
    pub seq: Option<u64>,
    /// Records kept of the other branch.
    pub aside: u64,
    /// The record that proves it, if one is held.
    pub proof: Option<RecordId>,
    /// Whether the register settled the proof.
    pub settled: bool,
}

/// Where this home stands in the community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberState {
    /// Waiting to be admitted.
    Joining,
    /// Enrolled.
    Member,
    /// Enrolled as far as this home knows, and turned away by neighbours that knew it: most likely revoked meanwhile.
    TurnedAway,
    /// Revoked or removed.
    Removed,
}

/// How the node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// The community.
    pub community: CommunityId,
    /// What it is called, once its charter arrived.
    pub name: String,
    /// What this household is called.
    pub label: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Its role.
    pub role: String,
    /// Whether it is enrolled.
    pub state: MemberState,
    /// Its household's id, once enrolled.
    pub household: Option<RecordId>,
    /// This device's key.
    pub device: DeviceKey,
    /// This node's key on the transport.
    pub node: NodeKey,
    /// This store's life.
    pub store: StoreId,
    /// Records held.
    pub records: u64,
    /// Height and id of the newest block.
    pub head: Option<(u64, BlockId)>,
    /// Time of that block, milliseconds since 1970.
    pub settled_until_ms: Option<u64>,
    /// What the next block waits for, if it can't be applied yet.
    pub waiting_for: Option<String>,
    /// Whether this node is a witness.
    pub witness: bool,
    /// Addresses others can dial.
    pub addresses: Vec<String>,
    /// Linked neighbours.
    pub peers: Vec<PeerView>,
    /// Linked neighbours to whom everything was sent that they may have. Whether they stored it is not known here; 0 while
    /// this node is over its daily rate.
    pub copies: usize,
    /// Attachments that records name and this node does not hold yet.
    pub attachments_wanted: usize,
    /// Logs with two histories, with their proof.
    #[serde(default)]
    pub forks: Vec<ForkView>,
    /// Things a person should know, each with what to do.
    pub warnings: Vec<WarningView>,
    /// What takes the node's whole attention now; the rest of this is how it stood when that began.
    #[serde(default)]
    pub busy: Option<BusyView>,
}

/// How far a long piece of work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusyView {
    /// `check` or `repair`.
    pub what: String,
    /// In a stable code: `records`, `indexes`, `register`, `attachments`, `blocks`.
    pub stage: String,
    /// How much of the stage is done.
    pub done: u64,
    /// How much there is; 0 when nobody knows yet.
    pub of: u64,
}

/// Something a person should know now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningView {
    /// One of [`WarningView::CODES`], stable.
    pub code: String,
    /// What it is and what to do, in English; screens translate by code.
    pub message: String,
}

impl WarningView {
    /// Every code there is.
    pub const CODES: [&str; 12] = [
        "clock",
        "copied-home",
        "disk-failed",
        "invite-refused",
        "needs-newer",
        "port-taken",
        "restored-home",
        "turned-away",
        "two-blocks",
        "witness-behind",
        "witness-missing",
        "witness-paused",
    ];
}

/// A neighbour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// Its transport key.
    pub node: NodeKey,
    /// What it is called.
    pub name: String,
    /// Its role.
    pub role: String,
    /// How it is reached.
    pub path: Option<PathView>,
    /// Arrivals of ours it has yet to take.
    pub behind: u64,
    /// Whether the opening round is over.
    pub live: bool,
}

/// The digest that equal nodes share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestAnswer {
    /// The register's head.
    pub head: Option<(u64, BlockId)>,
    /// The digest, with what it was made of.
    #[serde(flatten)]
    pub of: DigestView,
}

/// One record in `linli log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The record.
    pub id: RecordId,
    /// Its log.
    pub log: LogId,
    /// Its place in the log.
    pub seq: u64,
    /// Its kind's number.
    pub kind: u16,
    /// Its kind's name.
    pub kind_name: String,
    /// The object it belongs to.
    pub object: RecordId,
    /// Who wrote it.
    pub by: By,
    /// The author's clock, milliseconds since 1970.
    pub claimed_ms: u64,
    /// Block that settled it.
    pub height: Option<u64>,
    /// `stands`, or the reason code it does not.
    pub verdict: String,
    /// Whether its body is sealed.
    pub sealed: bool,
    /// Whether its body is held.
    pub held: bool,
    /// Whether parts of it need a newer Linli.
    #[serde(default)]
    pub newer: bool,
    /// Whether its body is gone for good: its days were over, or a settled word of its author took it back.
    #[serde(default)]
    pub expired: bool,
}

/// People and offices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleView {
    /// Households and bodies.
    pub households: Vec<HouseholdView>,
    /// What the registrars are called, and how many of them a decision needs.
    pub registrars: (Vec<String>, u8),
    /// Who orders.
    pub witnesses: Vec<String>,
}

/// A household or body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdView {
    /// Its id.
    pub id: RecordId,
    /// What it is called.
    pub label: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Its role.
    pub role: String,
    /// For owners: whether the seat counts in votes.
    pub confirmed: bool,
    /// Its devices.
    pub devices: Vec<DeviceView>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Its signing key.
    pub key: DeviceKey,
    /// Its transport key.
    pub node: NodeKey,
    /// Whether it is this one.
    pub own: bool,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// The roll in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollView {
    /// Fingerprint of the roll.
    pub fingerprint: Hash,
    /// Owners by head; the developer's units are one.
    pub heads: u64,
    /// Sum of all areas, hundredths of a square metre.
    pub area_centi_m2: u64,
    /// The units.
    pub units: Vec<UnitView>,
}

/// A unit on the roll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitView {
    /// Its name.
    pub unit: String,
    /// Its building.
    pub building: String,
    /// Its stair.
    pub stair: String,
    /// Hundredths of a square metre.
    pub area_centi_m2: u64,
    /// `owned`, `unsold` or `undelivered`.
    pub status: String,
    /// Households that joined there.
    pub households: Vec<String>,
}

/// What importing a roll would do or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// What the file holds.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Units on the roll now that the file does not have: they go.
    #[serde(default)]
    pub gone: Vec<String>,
    /// The proposal, unless it was a dry run.
    pub record: Option<RecordId>,
}

/// An invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteView {
    /// Its name: the hash of its secret.
    pub invite: Hash,
    /// The text to send; empty in lists.
    pub text: String,
    /// Role offered.
    pub role: String,
    /// Unit it is bound to.
    pub unit: Option<String>,
    /// When it ends, milliseconds since 1970.
    pub expires_ms: u64,
}

/// A newcomer who knocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimView {
    /// The claim's name: the invite's.
    pub claim: Hash,
    /// What the newcomer wants to be called.
    pub label: String,
    /// Role asked for.
    pub role: String,
    /// Unit claimed.
    pub unit: Option<String>,
    /// The newcomer's device key, to compare by phone.
    pub device: DeviceKey,
    /// `waiting` or `needs-another`.
    pub state: String,
}

/// An open proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalView {
    /// The proposal.
    pub id: RecordId,
    /// What it would do.
    pub what: String,
    /// Who proposed it.
    pub by: String,
    /// Who approved so far.
    pub approvals: Vec<String>,
    /// What it still needs.
    pub needs: String,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    /// The record that granted it.
    pub id: RecordId,
    /// The gateway.
    pub gateway: String,
    /// The gateway's household id.
    pub holder: Option<RecordId>,
    /// The source.
    pub source: String,
    /// Who may look: `everyone`, or households.
    pub viewers: Vec<String>,
    /// What for.
    pub purpose: String,
    /// Days a sighting is kept.
    pub retention_days: u16,
    /// When it ends, milliseconds since 1970.
    pub ends_ms: Option<u64>,
    /// The owners' motion.
    pub motion: String,
    /// Whether it is in force.
    pub in_force: bool,
}

/// What a thing said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingView {
    /// The record.
    pub id: RecordId,
    /// The gateway.
    pub gateway: String,
    /// The gateway's household id.
    pub household: Option<RecordId>,
    /// The source.
    pub source: String,
    /// The kind of thing.
    pub kind: String,
    /// What it said.
    pub value: String,
    /// Battery, percent, if it said so.
    pub battery: Option<u8>,
    /// Its place in the source's own count.
    pub counter: u64,
    /// `gap`, `replay` or nothing.
    pub flag: Option<String>,
    /// The gateway's clock when it was signed, milliseconds since 1970.
    pub claimed_ms: u64,
    /// The gateway's clock when it was heard.
    pub at_ms: u64,
    /// Whether only the consent's viewers can read it.
    pub sealed: bool,
    /// `stands`, or the reason code it does not.
    pub verdict: String,
}
