//! The bytes are `docs/PROTOCOL.md`'s; what goes over the wire comes back as it was.

use linli_record::header::Extra;
use linli_record::{
    AudienceId, BlobHash, BlobRef, Fields, Flags, Hash, Header, Kind, LogId, PayloadHash, RawRecord,
    RecordId, Retention, Signature, StoreId, limits,
};
use proptest::prelude::*;

use super::elide::{Known, elide, restore};
use super::*;
use crate::limits::{FILL_BYTES, INFLATED_BYTES};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fields(seq: u64) -> Fields {
    Fields {
        version: 1,
        log: LogId::from([0x11; 32]),
        seq,
        prev: (seq > 0).then(|| RecordId::from([0x22; 32])),
        seen: 3,
        claimed_ms: 1_790_000_000_000,
        kind: Kind::new(if seq == 0 { 0 } else { 145 }),
        object: None,
        refs: Vec::new(),
        flags: if seq == 0 { Flags::EVIDENCE } else { Flags::NONE },
        retention: Retention::Archive,
        consent: None,
        audience: None,
        blobs: Vec::new(),
        private_root: None,
        payload_len: 0,
        payload_hash: PayloadHash::from([0; 32]),
        extra: Vec::new(),
    }
}

fn record(mut fields: Fields, payload: &[u8], signed: bool) -> RawRecord {
    fields.payload_len = u32::try_from(payload.len()).unwrap();
    fields.payload_hash = PayloadHash::from(*blake3::hash(payload).as_bytes());
    let header = Header::new(fields).unwrap().bytes().to_vec();
    let signature = signed.then(|| Signature::from([0x33; 64]));
    RawRecord { header, payload: Some(payload.to_vec()), signature }
}

#[test]
fn control_frames_have_these_bytes() {
    let hello = Hello {
        protocol: 1,
        nonce: [0xaa; 16],
        community: [0xbb; 8],
        store: StoreId::from([0xcc; 16]),
        arrivals: 1000,
        head: Some(HelloHead { era: 0, height: 7, block: [0xdd; 4] }),
        capabilities: None,
        cursor: Some(HelloCursor { store: [0xee; 4], arrivals: 990 }),
        audiences: Some(vec![0x0f; 8]),
        enrolment: None,
    };
    let (number, last) = (0, Some(true));
    let golden = [
        (
            Message::Hello(hello),
            "01a8000101 50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0248bbbbbbbbbbbbbbbb 0350cccccccccccccccccccccccccccccccc \
             041903e8 0583000744dddddddd 078244eeeeeeee1903de 08480f0f0f0f0f0f0f0f",
        ),
        (Message::Audiences(Audiences { tags: vec![0x0f; 8] }), "02a100480f0f0f0f0f0f0f0f"),
        (Message::Root(Root { root: [0x01; 16] }), "03a1005001010101010101010101010101010101"),
        (Message::Buckets(Buckets { hashes: vec![2; 8] }), "04a100480202020202020202"),
        (
            Message::Prints(Prints {
                number,
                last,
                buckets: vec![0],
                counts: vec![1],
                prints: vec![3; 4],
                nothing: None,
            }),
            "05a5000001f502810003810104 4403030303",
        ),
        (
            Message::Heights(Heights { number, same: vec![0], logs: vec![4; 6], next: vec![65] }),
            "06a40000014100 0246040404040404 03811841",
        ),
        (Message::Wants(Wants { number, from: vec![60] }), "07a200000181183c"),
        (Message::Wanted(Wanted { number, from: vec![0] }), "09a20000018100"),
        (Message::Grant(Grant { bytes: 1 << 20 }), "0ba1001a00100000"),
        (Message::Through(Through { arrivals: 1000 }), "0ca1001903e8"),
        (Message::Head(NewHead { era: 0, height: 8 }), "0da200000108"),
        (Message::WantBlocks(WantBlocks { from: 8 }), "0ea10008"),
    ];
    for (message, bytes) in golden {
        let frame = message.to_frame();
        assert_eq!(hex(&frame), bytes.replace(' ', ""), "{message:?}");
        assert_eq!(Message::parse(&frame), Ok(message));
    }
    let want = Message::Want(Want { log: LogId::from([1; 32]), from: 2, to: Some(9) });
    assert_eq!(hex(&want.to_frame()), format!("0aa3005820{}01020209", "01".repeat(32)));
    let offers = Message::Offers(Offers { number, logs: vec![LogId::from([1; 32])], next: vec![5] });
    assert_eq!(hex(&offers.to_frame()), format!("08a3000001815820{}028105", "01".repeat(32)));
    let want = Message::WantPayloads(WantPayloads { ids: vec![RecordId::from([1; 32])] });
    assert_eq!(hex(&want.to_frame()), format!("0fa100815820{}", "01".repeat(32)));
}

#[test]
fn a_run_has_these_bytes() {
    let first = record(fields(5), &[0x44; 17], false);
    let mut second = fields(6);
    second.prev = Some(RecordId::from(*blake3::hash(&first.header).as_bytes()));
    let second = record(second, &[0x55; 16], true);
    let parts = pack_run(&LogId::from([0x11; 32]), 5, vec![first, second], FILL_BYTES);
    // version, seen, claimed, kind: what can't be worked out. The first one's predecessor stays.
    let rest = "0001 0403 051b000001a0c4506c00 061891".replace(' ', "");
    let first_entries = format!("0001035820{}04{}", "22".repeat(32), &rest[6..]);
    let golden = format!(
        "84 5820{} 05 82 58{:02x}{first_entries} 51{} 83 {:02x}{rest} 50{} 5840{}",
        "11".repeat(32),
        first_entries.len() / 2,
        "44".repeat(17),
        0x40 + rest.len() / 2,
        "55".repeat(16),
        "33".repeat(64),
    );
    assert_eq!(hex(&parts.item), golden.replace(' ', ""));
    assert!(parts.follow.is_empty());
}

#[test]
fn bulk_frames_are_plain_when_short_and_zstd_when_that_helps() {
    let short = Message::Bulk(Bulk::Payloads, vec![0x40]).to_frame();
    assert_eq!(hex(&short), "210040");
    let long = Message::Bulk(Bulk::Payloads, vec![0x40; 1000]).to_frame();
    assert_eq!(hex(&long[..6]), "2101000003e8");
    assert!(long.len() < 60);
    for frame in [short, long] {
        let Message::Bulk(bulk, body) = Message::parse(&frame).unwrap() else { panic!("not bulk") };
        assert_eq!(bulk, Bulk::Payloads);
        assert!(body.iter().all(|byte| *byte == 0x40));
    }
}

#[test]
fn sixty_four_headers_at_their_largest_fit_one_frame() {
    let log = LogId::from([0x11; 32]);
    let header = vec![0xff; limits::HEADER_BYTES];
    let signature = Some(Signature::from([0x33; 64]));
    // Not canonical, so nothing can be left out; and every payload must follow.
    let records = vec![RawRecord { header, payload: Some(vec![1; limits::PAYLOAD_BYTES]), signature }; 64];
    let parts = pack_run(&log, u64::from(u32::MAX), records.clone(), FILL_BYTES);
    assert!(parts.item.len() <= INFLATED_BYTES, "{} bytes", parts.item.len());
    assert_eq!(parts.follow.len(), 64);
    assert!(matches!(unpack(&parts.item, &[]), Ok(Unpacked::Lacks(64))));
    let Ok(Unpacked::Whole(run)) = unpack(&parts.item, &parts.follow) else { panic!("not whole") };
    assert_eq!(run.records, records);
}

fn any_fields() -> impl Strategy<Value = Fields> {
    let id = || any::<[u8; 32]>();
    let extra = prop::collection::btree_map(64u64..5000, prop::collection::vec(any::<u8>(), 0..20), 0..4);
    let lists = (prop::collection::vec(id(), 0..4), prop::collection::vec((id(), 0u64..1000), 0..3), extra);
    let options = (
        prop::option::of(id()),
        prop::option::of(id()),
        prop::option::of(id()),
        prop::option::of((any::<[u8; 16]>(), any::<u64>())),
    );
    (any::<(u64, u64, u16, u16)>(), lists, options, 1u64..u64::MAX, id()).prop_map(
        |(
            (seen, claimed_ms, kind, days),
            (refs, blobs, extra),
            (object, consent, root, audience),
            seq,
            prev,
        )| Fields {
            seen,
            claimed_ms,
            kind: Kind::new(kind.max(3)),
            prev: Some(RecordId::from(prev)),
            object: object.map(RecordId::from),
            consent: consent.map(RecordId::from),
            private_root: root.map(Hash::from),
            audience: audience
                .map(|(id, epoch)| (AudienceId::from(id), epoch))
                .filter(|(id, _)| *id != AudienceId::EVERYONE),
            retention: if days == 0 { Retention::Archive } else { Retention::Days(days) },
            refs: refs.into_iter().map(RecordId::from).collect(),
            blobs: blobs
                .into_iter()
                .map(|(hash, size)| BlobRef { hash: BlobHash::from(hash), size, flag: 0 })
                .collect(),
            extra: extra
                .into_iter()
                .map(|(key, text)| Extra { key, value: super::items::bytes_item(&text) })
                .collect(),
            ..fields(seq)
        },
    )
}

proptest! {
    #[test]
    fn whatever_a_header_says_it_comes_back_byte_for_byte(
        fields in any_fields(), payload in prop::collection::vec(any::<u8>(), 16..200), held in any::<bool>(), first in any::<bool>()
    ) {
        let (log, seq, prev) = (fields.log, fields.seq, fields.prev);
        let record = record(fields, &payload, false);
        let prev = prev.as_ref().filter(|_| !first);
        let known = Known { log: &log, seq, prev, payload: held.then_some(&payload[..]) };
        let entries = elide(&record.header, &known).unwrap();
        let left_out = 35 + 1 + if first { 0 } else { 35 } + if held { 37 } else { 0 };
        prop_assert!(entries.len() + left_out <= record.header.len());
        prop_assert_eq!(restore(&entries, &known), Some(record.header.clone()));
        // A header that says something else than the receiver would work out travels whole.
        let lie = Known { log: &LogId::from([0; 32]), ..known };
        prop_assert_eq!(elide(&record.header, &lie), None);
    }

    #[test]
    fn a_run_comes_back_whole_with_any_room(
        all in prop::collection::vec((any_fields(), 16usize..3000, any::<bool>(), any::<bool>()), 1..20), room in 0usize..20_000
    ) {
        let log = LogId::from([0x11; 32]);
        let mut prev = RecordId::from([0x22; 32]);
        let mut records = Vec::new();
        for (at, (fields, length, held, signed)) in all.into_iter().enumerate() {
            let fields = Fields { seq: 70 + at as u64, prev: Some(prev), ..fields };
            let mut record = record(fields, &vec![at as u8; length], signed);
            prev = RecordId::from(*blake3::hash(&record.header).as_bytes());
            if !held { record.payload = None; }
            records.push(record);
        }
        let parts = pack_run(&log, 70, records.clone(), room);
        match unpack(&parts.item, &parts.follow) {
            Ok(Unpacked::Whole(run)) => {
                prop_assert_eq!(run.last, prev);
                prop_assert_eq!(run.records, records);
            }
            _ => prop_assert!(false, "not whole"),
        }
    }
}
