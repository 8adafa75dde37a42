//! Files that must be refused, each with its reason code.

use std::collections::BTreeMap;

use linli_record::envelope::{self, Place};
use linli_record::{
    Chain, CommunityId, Fields, ForkProof, Header, Incarnation, LogClose, LogOpen, LogWriter, RawRecord,
    Record, Refused, SecretKey, SignedClaim, block::CertifiedBlock, chain,
};
use serde_json::json;

use super::street::{EPOCH, SECRET_WORDS, Street, audience, epoch_key};
use crate::any::{headed, key, run_of};

/// The reason code that reading `bytes` gives, or `accepted`.
pub(super) fn judge(what: &str, bytes: &[u8]) -> &'static str {
    let street = Street::new();
    let community = street.community;
    let result = match what {
        "header" => Header::parse(bytes).map(drop),
        "runs" => follow(community, bytes),
        "block" => certified(bytes).and_then(|block| block.verify(&[key(1).public()]).map(drop)),
        "block-of-four" => certified(bytes)
            .and_then(|block| block.verify(&[30, 31, 32, 33].map(|n| key(n).public())).map(drop)),
        "claim" => minicbor::decode::<SignedClaim>(bytes)
            .map_err(|_| panic!("a claim file holds bytes and two signatures"))
            .and_then(|claim| claim.verify(&community).map(drop)),
        "envelope" => {
            let place = Place::of(community, street.anna_private[2].header()).unwrap();
            envelope::open(&epoch_key(), &place, bytes).map(drop)
        }
        "fork-proof" => ForkProof::parse(bytes).and_then(|proof| {
            let carl: SecretKey = key(4);
            proof.verify(&community, &carl.public()).map(drop)
        }),
        "log-close" => LogClose::parse(bytes).and_then(|close| {
            close.successor.map_or(Ok(()), |next| next.verify(&community, &street.ben[0].log).map(drop))
        }),
        _ => panic!("no such thing: {what}"),
    };
    result.err().map_or("accepted", |refused| refused.code())
}

fn certified(bytes: &[u8]) -> Result<CertifiedBlock, Refused> {
    CertifiedBlock::parse(bytes)
}

/// The first record opens the log, the rest is one run after it.
fn follow(community: CommunityId, bytes: &[u8]) -> Result<(), Refused> {
    let mut records = RawRecord::all_of(bytes)?;
    let rest = records.split_off(1);
    let (mut chain, _) = Chain::open(community, records)?;
    chain.extend(rest).map(drop)
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A header taken apart into encoded keys and values.
fn pairs(header: &[u8]) -> Pairs {
    let mut d = minicbor::Decoder::new(header);
    let count = d.map().unwrap().unwrap();
    let mut part = || {
        let start = d.position();
        d.skip().unwrap();
        header[start..d.position()].to_vec()
    };
    (0..count).map(|_| (part(), part())).collect()
}

fn joined(pairs: &Pairs) -> Vec<u8> {
    let inside: Vec<u8> = pairs.iter().flat_map(|(key, value)| [&key[..], value].concat()).collect();
    headed(5, pairs.len(), &inside)
}

struct Refusals(BTreeMap<String, (&'static str, &'static str, Vec<u8>)>);

impl Refusals {
    fn add(&mut self, name: &str, what: &'static str, code: &'static str, bytes: Vec<u8>) {
        assert!(self.0.insert(format!("{name}.bin"), (what, code, bytes)).is_none(), "{name} twice");
    }

    /// The founder's second header, with its pairs changed.
    fn header(&mut self, name: &str, code: &'static str, change: impl FnOnce(&mut Pairs)) {
        let mut pairs = pairs(Street::new().founder[5].bytes());
        change(&mut pairs);
        self.add(&format!("header-{name}"), "header", code, joined(&pairs));
    }

    fn runs(&mut self, name: &str, code: &'static str, records: &[RawRecord]) {
        let bytes = records.iter().flat_map(RawRecord::to_bytes).collect();
        self.add(&format!("runs-{name}"), "runs", code, bytes);
    }
}

fn value_of(pairs: &mut Pairs, key: u8) -> &mut Vec<u8> {
    &mut pairs.iter_mut().find(|pair| pair.0 == [key]).unwrap().1
}

fn headers(refusals: &mut Refusals) {
    let mut add = |name: &str, code, change: &dyn Fn(&mut Pairs)| refusals.header(name, code, change);
    add("number-not-shortest", "malformed", &|pairs| *value_of(pairs, 2) = vec![0x18, 0x05]);
    add("keys-out-of-order", "malformed", &|pairs| pairs.swap(4, 5));
    add("key-twice", "malformed", &|pairs| pairs.insert(1, pairs[1].clone()));
    add("version-2", "newer-version", &|pairs| *value_of(pairs, 0) = vec![2]);
    add("version-300", "newer-version", &|pairs| *value_of(pairs, 0) = vec![0x19, 0x01, 0x2c]);
    add("reserved-key", "unknown-key", &|pairs| pairs.push((vec![18], vec![0])));
    add("kind-missing", "malformed", &|pairs| pairs.retain(|pair| pair.0 != [6]));
    add("payload-hash-missing", "malformed", &|pairs| pairs.retain(|pair| pair.0 != [17]));
    add("empty", "malformed", &|pairs| pairs.clear());
    add("flags-zero-written-out", "malformed", &|pairs| pairs.insert(9, (vec![9], vec![0])));
    add("refs-empty-written-out", "malformed", &|pairs| *value_of(pairs, 8) = vec![0x80]);
    add("unknown-flag", "malformed", &|pairs| pairs.insert(9, (vec![9], vec![8])));
    add("sealed-for-nobody", "malformed", &|pairs| pairs.insert(9, (vec![9], vec![2])));
    add("annex-not-named", "malformed", &|pairs| pairs.insert(9, (vec![9], vec![4])));
    add("hash-too-short", "malformed", &|pairs| *value_of(pairs, 17) = headed(2, 31, &[1; 31]));
    add("nine-refs", "too-large", &|pairs| {
        *value_of(pairs, 8) = headed(4, 9, &headed(2, 32, &[1; 32]).repeat(9));
    });
    add("payload-too-long", "too-large", &|pairs| *value_of(pairs, 16) = vec![0x19, 0xf0, 0x01]);
    add("payload-without-salt", "malformed", &|pairs| *value_of(pairs, 16) = vec![15]);
    add("opening-late", "not-an-opening", &|pairs| *value_of(pairs, 6) = vec![0]);
    add("no-predecessor", "malformed", &|pairs| pairs.retain(|pair| pair.0 != [3]));
    let audience = |bytes: [u8; 16]| {
        move |pairs: &mut Pairs| {
            pairs.insert(10, (vec![12], headed(2, 16, &bytes)));
            pairs.insert(11, (vec![13], vec![1]));
        }
    };
    add("audience-of-zeros", "malformed", &audience([0; 16]));
    add("epoch-without-audience", "malformed", &|pairs| pairs.insert(10, (vec![13], vec![1])));
    add("later-keys-out-of-order", "malformed", &|pairs| {
        pairs.extend([(vec![0x18, 65], vec![0]), (vec![0x18, 64], vec![0])]);
    });
    add("later-key-with-a-float", "malformed", &|pairs| pairs.push((vec![0x18, 64], vec![0xf9, 0, 0])));
    add("later-key-with-a-tag", "malformed", &|pairs| pairs.push((vec![0x18, 64], vec![0xc0, 0])));
    add("later-key-nested-too-deep", "malformed", &|pairs| {
        pairs.push((vec![0x18, 64], [&[0x81; 16][..], &[0]].concat()));
    });
    add("seventeen-later-keys", "too-large", &|pairs| {
        pairs.extend((64..81).map(|n| (vec![0x18, n], vec![0])));
    });
    add("over-4-kib", "too-large", &|pairs| pairs.push((vec![0x18, 64], headed(2, 4000, &[0; 4000]))));
    let whole = Street::new().founder[5].bytes().to_vec();
    refusals.add("header-trailing-byte", "header", "malformed", [&whole[..], &[0]].concat());
    refusals.add("header-cut-short", "header", "malformed", whole[..whole.len() - 1].to_vec());
    let indefinite = [&[0xbf][..], &whole[1..], &[0xff]].concat();
    refusals.add("header-indefinite-map", "header", "malformed", indefinite);
    refusals.add("header-not-a-map", "header", "malformed", vec![0x80]);
}

/// Carl's log: an opening and three messages, every one signed.
fn carl(street: &Street) -> Vec<RawRecord> {
    street.carl[0].iter().map(Record::to_raw).collect()
}

/// `record` with its header's fields changed, signed by Carl.
fn resigned(street: &Street, record: &Record, change: impl FnOnce(&mut Fields)) -> RawRecord {
    let mut fields = Fields::clone(record);
    change(&mut fields);
    let header = Header::new(fields).unwrap();
    let signature = key(4).sign(&chain::signed_message(&street.community, header.bytes()));
    RawRecord { header: header.bytes().to_vec(), signature: Some(signature), ..record.to_raw() }
}

fn runs(refusals: &mut Refusals) {
    let street = Street::new();
    let carl = carl(&street);
    let mut with = |name: &str, code, change: &dyn Fn(&mut Vec<RawRecord>)| {
        let mut records = carl.clone();
        change(&mut records);
        refusals.runs(name, code, &records);
    };
    with("payload-changed", "payload", &|records| {
        *records[2].payload.as_mut().unwrap().last_mut().unwrap() ^= 1;
    });
    with("signature-changed", "signature", &|records| {
        let mut bytes = *records[3].signature.unwrap().as_bytes();
        bytes[40] ^= 1;
        records[3].signature = Some(bytes.into());
    });
    with("end-unsigned", "unsigned", &|records| records[3].signature = None);
    with("opening-unsigned", "unsigned", &|records| records[0].signature = None);
    with("opening-without-payload", "not-an-opening", &|records| records[0].payload = None);
    with("record-missing", "gap", &|records| drop(records.remove(1)));
    with("other-log", "other-log", &|records| records[2] = street.anna[1].to_raw());
    with("middle-exchanged", "broken", &|records| {
        records[1] = street.carl[1][1].to_raw();
        records[1].payload = None;
    });
    with("two-histories", "fork", &|records| {
        let other =
            resigned(&street, &street.carl[0][1], |fields| fields.prev = Some(street.carl[1][1].id()));
        records.splice(1.., [other]);
    });
    with("two-histories-unsigned", "signature", &|records| {
        let mut other =
            resigned(&street, &street.carl[0][1], |fields| fields.prev = Some(street.carl[1][1].id()));
        other.signature = records[3].signature;
        records.splice(1.., [other]);
    });
    with("seen-falls", "seen-fell", &|records| {
        let first = resigned(&street, &street.carl[0][1], |fields| fields.seen = 9);
        let id = Header::parse(&first.header).unwrap().id();
        records[2] = resigned(&street, &street.carl[0][2], |fields| fields.prev = Some(id));
        records[1] = first;
    });
    with("sixty-six", "too-large", &|records| records.extend(vec![records[3].clone(); 62]));
    with("other-audience", "malformed", &|records| {
        records[1] = resigned(&street, &street.carl[0][1], |fields| fields.audience = Some((audience(), 0)));
    });
    let mut closed = run_of(&street.ben);
    closed.push(closed[1].clone());
    refusals.runs("goes-on-after-the-close", "closed", &closed);
    let open = LogOpen::member(&key(4), Incarnation::from([9; 16]), None, "linli 0.1.0");
    let foreign = LogWriter::begin(CommunityId::from([8; 32]), key(4), &open, [0; 16], 0, 0).unwrap();
    refusals.runs("of-another-community", "signature", &[foreign.opening().to_raw()]);
    let later = LogOpen { suite: 2, ..open.clone() };
    let later = LogWriter::begin(street.community, key(4), &later, [0; 16], 0, 0).unwrap();
    refusals.runs("opened-with-suite-2", "newer-suite", &[later.opening().to_raw()]);
    let hers = LogWriter::begin(street.community, key(4), &open, [0; 16], 0, 0).unwrap();
    let stolen = resigned(&street, hers.opening(), |fields| fields.log = street.anna[0].log);
    refusals.runs("opened-under-another-name", "foreign-log", &[stolen]);
    refusals.add("runs-item-of-two", "runs", "malformed", vec![0x82, 0x40, 0x40]);
}

fn blocks(refusals: &mut Refusals) {
    let street = Street::new();
    let blocks = street.blocks();
    let (first, third) = (&blocks[0].0, &blocks[2].0);
    let block = first.verify(&[key(1).public()]).unwrap();
    let changed = |change: &dyn Fn(&mut linli_record::Block)| {
        let mut block = block.clone();
        change(&mut block);
        block.certify_alone(&key(1)).to_bytes()
    };
    let mut add = |name: &str, what, code, bytes| refusals.add(name, what, code, bytes);
    add("block-version-2", "block", "newer-version", changed(&|block| block.version = 2));
    add(
        "block-founding-with-a-predecessor",
        "block",
        "block",
        changed(&|block| block.prev = Some([1; 32].into())),
    );
    add("block-tips-out-of-order", "block", "block", changed(&|block| block.tips = vec![block.tips[0]; 2]));
    add(
        "block-height-over-40-bits",
        "block",
        "block",
        changed(&|block| (block.height, block.prev) = (1 << 40, Some([1; 32].into()))),
    );
    let mut unknown = first.clone();
    unknown.bytes[0] += 1;
    unknown.bytes.extend_from_slice(&[11, 0]);
    add("block-unknown-key", "block", "block", unknown.to_bytes());
    add("block-by-a-stranger", "block", "block", block.certify_alone(&key(2)).to_bytes());
    let mut few = third.clone();
    few.certificate.votes.pop();
    add("block-two-of-four", "block-of-four", "block", few.to_bytes());
    let mut twice = third.clone();
    twice.certificate.votes[1] = twice.certificate.votes[0];
    add("block-one-witness-twice", "block-of-four", "block", twice.to_bytes());
    let mut round = third.clone();
    round.certificate.round += 1;
    add("block-votes-of-another-round", "block-of-four", "block", round.to_bytes());
}

fn claims_and_envelopes(refusals: &mut Refusals) {
    let street = Street::new();
    let mut add = |name: &str, what, code, bytes| refusals.add(name, what, code, bytes);
    let claim =
        |device: u8, node: u8| minicbor::to_vec(street.claim().sign(&key(device), &key(node))).unwrap();
    add("claim-by-another-device", "claim", "signature", claim(6, 15));
    add("claim-by-another-node", "claim", "signature", claim(5, 16));
    let elsewhere = linli_record::Claim { community: [8; 32].into(), ..street.claim() };
    let elsewhere = minicbor::to_vec(elsewhere.sign(&key(5), &key(15))).unwrap();
    add("claim-for-another-community", "claim", "malformed", elsewhere);
    let place = Place::of(street.community, street.anna_private[2].header()).unwrap();
    let moved =
        envelope::seal(&epoch_key(), &Place { seq: 3, ..place.clone() }, [1; 24], SECRET_WORDS).unwrap();
    add("envelope-from-another-place", "envelope", "sealed", moved);
    let mut changed = envelope::seal(&epoch_key(), &place, [1; 24], SECRET_WORDS).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    add("envelope-changed", "envelope", "sealed", changed);
    let mut suite = envelope::seal(&epoch_key(), &place, [1; 24], SECRET_WORDS).unwrap();
    suite[1] = 2;
    add("envelope-suite-2", "envelope", "newer-suite", suite);
    assert_eq!(place.epoch, EPOCH);
}

fn proofs_and_closes(refusals: &mut Refusals) {
    let street = Street::new();
    let mut add = |name: &str, what, code, bytes| refusals.add(name, what, code, bytes);
    let mut proof = street.fork_proof().to_bytes();
    *proof.last_mut().unwrap() ^= 1;
    add("fork-proof-not-signed", "fork-proof", "signature", proof);
    let proof = street.fork_proof();
    let [one, other] = proof.branches();
    let branch = |branch: &linli_record::Branch| {
        let headers: Vec<u8> =
            branch.headers().iter().flat_map(|h| headed(2, h.bytes().len(), h.bytes())).collect();
        let signature = headed(2, 64, branch.signature().as_bytes());
        [vec![0x82], headed(4, branch.headers().len(), &headers), signature].concat()
    };
    let both = |one: &linli_record::Branch, other: &linli_record::Branch| {
        [vec![0xa2, 0], branch(one), vec![1], branch(other)].concat()
    };
    assert_eq!(both(one, other), proof.to_bytes());
    add("fork-proof-of-one-history", "fork-proof", "malformed", both(one, one));
    add("fork-proof-in-the-wrong-order", "fork-proof", "malformed", both(other, one));
    let close = street.ben.last().unwrap().body().unwrap().to_vec();
    let mut unsigned = close.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    add("log-close-successor-not-signed", "log-close", "signature", unsigned);
    add("log-close-cut-short", "log-close", "malformed", close[..close.len() - 1].to_vec());
}

/// Every file that must be refused, and the list of reasons.
pub(super) fn files() -> BTreeMap<String, Vec<u8>> {
    let mut refusals = Refusals(BTreeMap::new());
    headers(&mut refusals);
    runs(&mut refusals);
    blocks(&mut refusals);
    claims_and_envelopes(&mut refusals);
    proofs_and_closes(&mut refusals);
    let told: serde_json::Map<String, serde_json::Value> = refusals
        .0
        .iter()
        .map(|(name, (what, code, _))| (name.clone(), json!({"as": what, "code": code})))
        .collect();
    let mut list = serde_json::to_vec_pretty(&told).unwrap();
    list.push(b'\n');
    let mut files: BTreeMap<String, Vec<u8>> =
        refusals.0.into_iter().map(|(name, (_, _, bytes))| (format!("refused/{name}"), bytes)).collect();
    files.insert("refused/expected.json".to_owned(), list);
    files
}
