//! What only a newer Linli understands: kept, passed on, said so, and not judged.

#![allow(clippy::unwrap_used)]

mod street;

use std::path::Path;

use linli_node::Network;
use linli_node::vocabulary::{Answer, Request};
use linli_record::chain::signed_message;
use linli_record::header::Extra;
use linli_record::{Block, CommunityId, Fields, Header, Kind, PayloadHash, RawRecord, SecretKey};
use linli_store::{Settings, Store};
use street::{Home, same, until};

const LATER_KIND: u16 = 999;
const NOTICE: u16 = 112;
const WARNING: &str = "newer Linli";

/// A program of a later year, writing on in a home's log; it signs what this version can not say.
struct Later {
    community: CommunityId,
    key: SecretKey,
    newest: Header,
    written: Vec<RawRecord>,
}

impl Later {
    /// In place of the program that closed this home.
    fn in_home(path: &Path, community: CommunityId) -> Self {
        let key = linli_node::Home::open(path).unwrap().keys().unwrap().signing;
        let store = Store::open(&path.join("store"), &Settings::with_cache(4 << 20)).unwrap();
        let own = store.tips().find(|tip| tip.key == key.public() && tip.audience.is_none()).unwrap();
        let newest = store.records(&own.log, own.seq, own.seq).unwrap().remove(0).header().clone();
        Self { community, key, newest, written: Vec::new() }
    }

    fn fields(&self, kind: u16, body: &[u8]) -> (Fields, Vec<u8>) {
        let payload = [&[9; 16][..], body].concat();
        let fields = Fields {
            version: 1,
            log: self.newest.log,
            seq: self.newest.seq + 1,
            prev: Some(self.newest.id()),
            seen: self.newest.seen,
            claimed_ms: self.newest.claimed_ms + 1,
            kind: Kind::new(kind),
            object: None,
            refs: Vec::new(),
            flags: linli_record::Flags::EVIDENCE,
            retention: linli_record::Retention::Archive,
            consent: None,
            audience: None,
            blobs: Vec::new(),
            private_root: None,
            payload_len: u32::try_from(payload.len()).unwrap(),
            payload_hash: PayloadHash::from(*blake3::hash(&payload).as_bytes()),
            extra: Vec::new(),
        };
        (fields, payload)
    }

    fn signed(&self, header: &[u8], payload: Vec<u8>) -> RawRecord {
        let signature = self.key.sign(&signed_message(&self.community, header));
        RawRecord { header: header.to_vec(), payload: Some(payload), signature: Some(signature) }
    }

    /// Writes a record with a header key of 64 or above.
    fn write(&mut self, kind: u16, body: &[u8], extra: Vec<Extra>) {
        let (fields, payload) = self.fields(kind, body);
        let header = Header::new(Fields { extra, ..fields }).unwrap();
        let raw = self.signed(header.bytes(), payload);
        self.newest = header;
        self.written.push(raw);
    }

    /// The same next record with its bytes changed before signing.
    fn forged(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> RawRecord {
        let (fields, payload) = self.fields(LATER_KIND, b"\xa0");
        let header = Header::new(fields).unwrap();
        self.signed(&change(header.bytes().to_vec()), payload)
    }
}

/// A bundle of these entries, as `bundle export` would write it.
fn bundle(path: &Path, community: &CommunityId, entries: &[(u8, Vec<u8>)]) {
    let head = [&community.as_bytes()[..], &[0; 32]].concat();
    let mut bytes = b"LINLI-BUNDLE-1\n".to_vec();
    let entry = |bytes: &mut Vec<u8>, kind: u8, content: &[u8]| {
        bytes.push(kind);
        bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
        bytes.extend_from_slice(content);
    };
    entry(&mut bytes, b'H', &head);
    entries.iter().for_each(|(kind, content)| entry(&mut bytes, *kind, content));
    let sum = *blake3::hash(&bytes).as_bytes();
    entry(&mut bytes, b'E', &sum);
    std::fs::write(path, bytes).unwrap();
}

fn imports(home: &Home, path: &Path) -> (u64, u64) {
    match home.ask(Request::BundleImport { path: path.to_owned() }) {
        Answer::Bundle { records, refused, complete: true, .. } => (records, refused),
        other => panic!("{other:?}"),
    }
}

fn says_so(home: &Home) -> bool {
    home.status().warnings.iter().any(|warning| warning.message.contains(WARNING))
}

#[test]
fn later_kinds_and_header_keys_are_kept_passed_on_and_not_judged_and_reserved_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "tenant", "3-1203 Zhou", Some("3-1203"));
    let li = shen.admits(folder.path().join("li"), "tenant", "2-101 Li", Some("2-101"));
    same(&shen, &li);
    same(&shen, &zhou);
    let community = shen.status().community;
    let Home { path, node, .. } = li;
    node.close();

    let mut later = Later::in_home(&path, community);
    later.write(LATER_KIND, b"\xa1\x00\x01", Vec::new());
    let notice = linli_community::content::Payload::body(&linli_community::content::notice::Notice {
        title: "from a later year".into(),
        text: "still read".into(),
        scope: linli_community::content::Scope::Estate,
        expires_ms: None,
        must_read: false,
        replaces: None,
        captions: Vec::new(),
    });
    later.write(NOTICE, &notice.unwrap(), vec![Extra { key: 64, value: vec![0x18, 0x2a] }]);
    let file = folder.path().join("later");
    let entries: Vec<(u8, Vec<u8>)> = later.written.iter().map(|raw| (b'R', raw.to_bytes())).collect();
    bundle(&file, &community, &entries);
    assert!(!says_so(&zhou) && !says_so(&shen));
    assert_eq!(imports(&zhou, &file), (2, 0), "kept");

    for home in [&zhou, &shen] {
        let line =
            until(home, "the later record", || home.log().into_iter().find(|line| line.kind == LATER_KIND));
        assert_eq!((line.verdict.as_str(), line.newer, line.held), ("not-judged", true, true));
        let known = home.log().into_iter().find(|line| line.kind == NOTICE).unwrap();
        assert!(known.newer, "a header key this version does not know is shown too");
        until(home, "the status to say it", || says_so(home).then_some(()));
        let Answer::Notices(notices) = home.ask(Request::Notices { all: false }) else { panic!() };
        assert_eq!(notices.len(), 1, "what it does know of it is read");
    }
    same(&shen, &zhou);
    let shen = shen.reopened(Network::On);
    assert!(says_so(&shen), "and after a restart");

    // Keys below 64 are this format's own: one it does not define is refused, whoever signed it.
    let reserved = later.forged(|mut header| {
        // The map grows by one entry: key 63, value 0.
        header[0] += 1;
        header.extend_from_slice(&[0x18, 0x3f, 0x00]);
        header
    });
    assert_eq!(Header::parse(&reserved.header).unwrap_err().code(), "unknown-key");
    bundle(&file, &community, &[(b'R', reserved.to_bytes())]);
    assert_eq!(imports(&shen, &file), (0, 1));
}

#[test]
fn a_log_that_goes_on_in_a_later_format_waits_and_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let li = shen.admits(folder.path().join("li"), "tenant", "2-101 Li", Some("2-101"));
    same(&shen, &li);
    let community = shen.status().community;
    let Home { path, node, .. } = li;
    node.close();
    let later = Later::in_home(&path, community);
    let next = later.forged(|mut header| {
        assert_eq!(header[1..3], [0x00, 0x01], "key 0, version 1");
        header[2] = 2;
        header
    });
    assert_eq!(Header::parse(&next.header).unwrap_err().code(), "newer-version");
    let file = folder.path().join("later");
    bundle(&file, &community, &[(b'R', next.to_bytes())]);
    let held = shen.log().len();
    assert_eq!(imports(&shen, &file), (0, 1), "it can't be verified here: its holders keep it");
    assert!(says_so(&shen));
    assert_eq!(shen.log().len(), held);
    shen.post("life goes on");
}

#[test]
fn blocks_under_later_rules_are_kept_and_passed_on_and_move_no_power_here() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    same(&shen, &zhou);
    same(&shen, &wu);
    let status = shen.status();
    let (community, (height, id)) = (status.community, status.head.unwrap());
    let time_ms = status.settled_until_ms.unwrap() + 1;
    let Home { path, node, .. } = shen;
    node.close();
    let witness = linli_node::Home::open(&path).unwrap().witness().unwrap().unwrap();
    let newest = {
        let store = Store::open(&path.join("store"), &Settings::with_cache(4 << 20)).unwrap();
        Block::parse(&store.block(height).unwrap().unwrap().bytes).unwrap()
    };
    let later = |height: u64, prev| Block {
        height,
        prev: Some(prev),
        time_ms: time_ms + height,
        rules: 2,
        opened: Vec::new(),
        tips: Vec::new(),
        snapshot: None,
        ..newest.clone()
    };
    let first = later(height + 1, id).certify_alone(&witness.signing);
    let second = later(height + 2, first.id()).certify_alone(&witness.signing);
    let file = folder.path().join("later");
    bundle(&file, &community, &[(b'B', first.to_bytes()), (b'B', second.to_bytes())]);
    imports(&zhou, &file);
    assert!(says_so(&zhou));
    assert_eq!(zhou.status().head.unwrap().0, height, "it does not apply what it can't judge");
    until(&wu, "the third to hold it", || says_so(&wu).then_some(()));
    let refused = zhou.node.ask(Request::Confirm { household: "2-102 Wu".into() }).unwrap_err();
    assert_eq!(refused.code, "needs-newer");
    zhou.post("still read");
    until(&wu, "life to go on", || {
        let Answer::Notices(notices) = wu.ask(Request::Notices { all: false }) else { panic!() };
        notices.iter().any(|notice| notice.opened.aside.is_none()).then_some(())
    });
    let zhou = zhou.reopened(Network::On);
    assert!(says_so(&zhou));
}
