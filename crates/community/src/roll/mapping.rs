//! Which random owner id stands for which owner of an imported file (104): sealed to the registrars.

use std::collections::BTreeMap;

use linli_record::{Hash, Kind, Refused};
use minicbor::{Decode, Encode};

use crate::content::limits;
use crate::content::payload::{Payload, line_or_nothing, within};
use crate::content::{Entry, order};
use crate::kinds;
use crate::register::OwnerId;

/// The file id of the developer, who holds all that is unsold or undelivered.
pub(super) const DEVELOPER: &str = "";

const OWNER_DOMAIN: &[u8; 16] = b"linli/owner/1\0\0\0";
const SALT_DOMAIN: &[u8; 16] = b"linli/osalt/1\0\0\0";
const NAME_DOMAIN: &[u8; 16] = b"linli/oname/1\0\0\0";

/// One owner.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MappingLine {
    /// The file's id; empty for the developer.
    #[n(0)]
    pub file_id: String,
    /// The random id on the roll.
    #[n(1)]
    pub owner: OwnerId,
    /// The name on the deed; may be empty.
    #[n(2)]
    pub name: String,
    /// Random; with the name it opens the roll's commitment.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: [u8; 16],
}

impl MappingLine {
    /// What the roll shows of the name: BLAKE3 over a tag, the salt and the name; nothing when there is no name.
    #[must_use]
    pub fn commitment(&self) -> Option<Hash> {
        if self.name.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(NAME_DOMAIN).update(&self.salt).update(self.name.as_bytes());
        Some(Hash::from(*hasher.finalize().as_bytes()))
    }
}

/// The body of a roll-mapping record; a large mapping is several.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RollMapping {
    /// At most 200 owners.
    #[n(0)]
    pub lines: Vec<MappingLine>,
}

impl Payload for RollMapping {
    const KIND: Kind = kinds::ROLL_MAPPING;
    const NAME: &'static str = "roll-mapping";

    fn check(&self) -> Result<(), Refused> {
        within("lines", self.lines.len(), limits::MAPPING_LINES)?;
        self.lines.iter().try_for_each(|line| {
            line_or_nothing("owner id", &line.file_id, limits::NAME)?;
            line_or_nothing("owner name", &line.name, limits::NAME)
        })
    }
}

/// Everything known of an imported file's owners.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    lines: BTreeMap<String, MappingLine>,
}

impl Mapping {
    /// The owner a file's id stands for.
    #[must_use]
    pub fn owner(&self, file_id: &str) -> Option<&MappingLine> {
        self.lines.get(file_id)
    }

    /// Every owner, by file id.
    pub fn lines(&self) -> impl Iterator<Item = &MappingLine> {
        self.lines.values()
    }

    /// Owners.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no owner is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The bodies to seal for the registrars: what `before` does not hold, or holds otherwise.
    #[must_use]
    pub fn payloads(&self, before: &Self) -> Vec<RollMapping> {
        let new: Vec<MappingLine> =
            self.lines.values().filter(|line| before.owner(&line.file_id) != Some(line)).cloned().collect();
        new.chunks(limits::MAPPING_LINES).map(|lines| RollMapping { lines: lines.to_vec() }).collect()
    }

    /// The line of an owner, made if it is new. A changed name takes a new salt; the owner stays the same.
    pub(super) fn learn(&mut self, file_id: &str, name: &str, seed: &[u8; 32]) -> MappingLine {
        let line = self.lines.entry(file_id.to_owned()).or_insert_with(|| MappingLine {
            file_id: file_id.to_owned(),
            owner: OwnerId::from(derived(seed, OWNER_DOMAIN, &[file_id])),
            name: String::new(),
            salt: derived(seed, SALT_DOMAIN, &[file_id, ""]),
        });
        if !name.is_empty() && line.name != name {
            name.clone_into(&mut line.name);
            line.salt = derived(seed, SALT_DOMAIN, &[file_id, name]);
        }
        line.clone()
    }
}

/// 16 bytes nobody can guess who does not hold the seed; the parts' lengths keep them apart.
fn derived(seed: &[u8; 32], domain: &[u8; 16], parts: &[&str]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(seed);
    hasher.update(domain);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
    }
    let mut out = [0; 16];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    out
}

/// The mapping from its records. An owner keeps the id first given, so that two clerks who import at once agree; the
/// newest name stands.
#[must_use]
pub fn fold(entries: &[Entry<'_>]) -> Mapping {
    let mut mapping = Mapping::default();
    let counted = order::canonical(entries)
        .into_iter()
        .filter(|entry| entry.record.kind == kinds::ROLL_MAPPING && entry.standing.code().is_none());
    for body in counted.filter_map(|entry| entry.read::<RollMapping>().ok()) {
        for line in body.lines {
            let owner = mapping.owner(&line.file_id).map_or(line.owner, |known| known.owner);
            mapping.lines.insert(line.file_id.clone(), MappingLine { owner, ..line });
        }
    }
    mapping
}
