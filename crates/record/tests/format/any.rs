//! Strategies: any valid header, any canonical CBOR item, any damage; and a neighbour who writes a log.

use linli_record::{
    AudienceId, BlobHash, BlobRef, CommunityId, Draft, Fields, Flags, Hash, Incarnation, Kind, LogId,
    LogOpen, LogWriter, PayloadHash, RawRecord, Record, RecordId, Retention, SecretKey, header::Extra,
    limits,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// The community every test lives in.
pub(crate) fn community() -> CommunityId {
    CommunityId::from([9; 32])
}

/// One canonical CBOR item, of at most 4 levels.
pub(crate) fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(|n| minicbor::to_vec(n).unwrap()),
        any::<i64>().prop_map(|n| minicbor::to_vec(n).unwrap()),
        any::<bool>().prop_map(|yes| minicbor::to_vec(yes).unwrap()),
        Just(vec![0xf6]),
        vec(any::<u8>(), 0..40).prop_map(|bytes| headed(2, bytes.len(), &bytes)),
        "\\PC{0,20}".prop_map(|text| headed(3, text.len(), text.as_bytes())),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|items| headed(4, items.len(), &items.concat())),
            btree_map(inner.clone(), inner, 0..5).prop_map(|pairs| {
                let inside: Vec<u8> =
                    pairs.iter().flat_map(|(key, value)| [&key[..], value].concat()).collect();
                headed(5, pairs.len(), &inside)
            }),
        ]
    })
}

/// A CBOR head of `major` with the shortest argument, then `content`.
pub(crate) fn headed(major: u8, argument: usize, content: &[u8]) -> Vec<u8> {
    let mut out = minicbor::to_vec(argument as u64).unwrap();
    out[0] |= major << 5;
    out.extend_from_slice(content);
    out
}

fn record_id() -> impl Strategy<Value = RecordId> {
    any::<[u8; 32]>().prop_map(RecordId::from)
}

fn audience() -> impl Strategy<Value = AudienceId> {
    any::<[u8; 16]>().prop_filter("a real audience", |id| *id != [0; 16]).prop_map(AudienceId::from)
}

fn blob() -> impl Strategy<Value = BlobRef> {
    (any::<[u8; 32]>(), 0..=limits::ANNEX_BYTES, any::<u8>()).prop_map(|(hash, size, flag)| BlobRef {
        hash: BlobHash::from(hash),
        size,
        flag,
    })
}

prop_compose! {
    fn place()(
        seq in prop_oneof![Just(0), 1..200u64, any::<u64>()], log in any::<[u8; 32]>(), prev in record_id(),
        seen in any::<u64>(), claimed_ms in any::<u64>(), kind in any::<u16>(),
        payload_len in limits::SALT_BYTES as u32..=limits::PAYLOAD_BYTES as u32, payload_hash in any::<[u8; 32]>(),
    ) -> Fields {
        Fields {
            version: 1,
            log: LogId::from(log),
            seq,
            prev: (seq > 0).then_some(prev),
            seen,
            claimed_ms,
            kind: if seq == 0 { Kind::LOG_OPEN } else { Kind::new(kind.max(1)) },
            object: None,
            refs: Vec::new(),
            flags: Flags::NONE,
            retention: Retention::Archive,
            consent: None,
            audience: None,
            blobs: Vec::new(),
            private_root: None,
            payload_len,
            payload_hash: PayloadHash::from(payload_hash),
            extra: Vec::new(),
        }
    }
}

prop_compose! {
    /// Whatever a header may say.
    pub(crate) fn fields()(
        place in place(), object in option::of(record_id()), refs in vec(record_id(), 0..=limits::REFS),
        (evidence, sealed, annex) in any::<(bool, bool, bool)>(), days in any::<u16>(),
        consent in option::of(record_id()), audience in option::of((audience(), any::<u64>())),
        blobs in vec(blob(), 0..=limits::BLOBS), root in option::of(any::<[u8; 32]>()),
        extra in btree_map(prop_oneof![64..200u64, 64..=u64::MAX], item(), 0..4),
    ) -> Fields {
        let mut fields = Fields { object, refs, consent, audience, blobs, ..place };
        let bounds_a_log = fields.kind == Kind::LOG_OPEN || fields.kind == Kind::LOG_CLOSE;
        let chosen = [
            (Flags::EVIDENCE, evidence || bounds_a_log),
            (Flags::SEALED, sealed && audience.is_some() && !bounds_a_log),
            (Flags::REQUIRED_ANNEX, annex && !fields.blobs.is_empty()),
        ];
        for (flag, _) in chosen.into_iter().filter(|(_, set)| *set) {
            fields.flags = fields.flags.with(flag);
        }
        if days > 0 && !bounds_a_log {
            fields.retention = Retention::Days(days);
        }
        fields.private_root = root.map(Hash::from);
        fields.extra = extra.into_iter().map(|(key, value)| Extra { key, value }).collect();
        fields
    }
}

/// One way bytes get damaged on their way.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    /// One bit turned.
    Flip(prop::sample::Index, u8),
    /// One byte set.
    Set(prop::sample::Index, u8),
    /// One byte lost.
    Lose(prop::sample::Index),
    /// One byte more.
    Gain(prop::sample::Index, u8),
    /// The end lost.
    Cut(prop::sample::Index),
    /// Two stretches exchanged.
    Swap(prop::sample::Index, prop::sample::Index, usize),
}

/// Any [`Damage`].
pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        at().prop_map(Damage::Lose),
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Gain(at, byte)),
        at().prop_map(Damage::Cut),
        (at(), at(), 1..40usize).prop_map(|(one, other, length)| Damage::Swap(one, other, length)),
    ]
}

impl Damage {
    /// The bytes afterwards; now and then the same.
    pub(crate) fn done_to(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        match self {
            Self::Flip(at, bit) => out[at.index(bytes.len())] ^= 1 << bit,
            Self::Set(at, byte) => out[at.index(bytes.len())] = *byte,
            Self::Lose(at) => drop(out.remove(at.index(bytes.len()))),
            Self::Gain(at, byte) => out.insert(at.index(bytes.len() + 1), *byte),
            Self::Cut(at) => out.truncate(at.index(bytes.len())),
            Self::Swap(one, other, length) => {
                let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
                let (low, high) = (one.min(other), one.max(other));
                let length = (*length).min(high - low).min(bytes.len() - high);
                for i in 0..length {
                    out.swap(low + i, high + i);
                }
            }
        }
        out
    }
}

/// A neighbour's key, by number.
pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// A neighbour's new log.
pub(crate) fn writer(number: u8) -> LogWriter {
    let open = LogOpen::member(&key(number), Incarnation::from([number; 16]), None, "test");
    LogWriter::begin(community(), key(number), &open, [0; 16], 0, 1_000).unwrap()
}

/// What the neighbour says next.
#[derive(Debug, Clone)]
pub(crate) struct Saying {
    kind: u16,
    evidence: bool,
    seen: u64,
    body: Vec<u8>,
    dropped: bool,
}

/// Up to `most` things to say.
pub(crate) fn sayings(most: usize) -> impl Strategy<Value = Vec<Saying>> {
    let saying =
        (2..400u16, prop::bool::weighted(0.1), 0..50u64, vec(any::<u8>(), 0..60), prop::bool::weighted(0.1));
    vec(saying, 1..most).prop_map(|all| {
        all.into_iter()
            .map(|(kind, evidence, seen, body, dropped)| Saying { kind, evidence, seen, body, dropped })
            .collect()
    })
}

/// Writes them down; the opening comes first, some payloads are already forgotten.
pub(crate) fn say(writer: &mut LogWriter, sayings: &[Saying]) -> Vec<Record> {
    let mut records = Vec::new();
    for saying in sayings {
        let mut draft = Draft::new(Kind::new(saying.kind)).seen(saying.seen);
        if saying.evidence {
            draft = draft.evidence();
        }
        let record = writer.append(draft, &saying.body, [3; 16], 2_000).unwrap();
        records.push(if saying.dropped { record.without_payload() } else { record });
    }
    records
}

/// The records as they travel: signed where signatures are kept, and at the end.
pub(crate) fn run_of(records: &[Record]) -> Vec<RawRecord> {
    let last = records.len() - 1;
    let travelling = |(index, record): (usize, &Record)| {
        let mut raw = record.to_raw();
        raw.signature = raw.signature.filter(|_| index == last || record.keeps_signature());
        raw
    };
    records.iter().enumerate().map(travelling).collect()
}
