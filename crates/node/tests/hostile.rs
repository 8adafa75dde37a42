//! A neighbour who belongs and means harm: what it sends is refused with a stable reason, its link is closed, it has to wait
//! longer each time, and the others are served.

#![allow(clippy::unwrap_used)]

mod homes;

use std::path::Path;

use homes::SYNC;
use iroh::endpoint::{Connection, ConnectionError, RecvStream, SendStream};
use iroh::{Endpoint, EndpointAddr, SecretKey};
use linli_node::Node;
use linli_record::{
    CommunityId, Draft, Incarnation, Kind, LogId, LogOpen, LogWriter, NodeKey, RawRecord, StoreId,
};
use linli_sync::testing::MemoryShelf;
use linli_sync::{Effect, Input, Session};

/// The transport key of a home that is not running.
fn transport_key(home: &Path) -> SecretKey {
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.join("device.key")).unwrap()).unwrap();
    let digits = file["node"].as_str().unwrap().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
    SecretKey::from_bytes(&bytes.try_into().unwrap())
}

/// The node that is done harm to.
struct Target {
    address: EndpointAddr,
    community: CommunityId,
}

impl Target {
    fn of(node: &Node) -> Self {
        Self { address: homes::address(node), community: homes::status(node).community }
    }
}

/// A link spoken by hand.
struct Link {
    connection: Connection,
    send: SendStream,
    _recv: RecvStream,
}

impl Link {
    /// Pings and, if asked to, says a true hello.
    async fn open(endpoint: &Endpoint, target: &Target, greet: bool) -> Self {
        let connection = endpoint.connect(target.address.clone(), SYNC).await.unwrap();
        let (send, recv) = connection.open_bi().await.unwrap();
        let mut link = Self { connection, send, _recv: recv };
        link.write(&[0]).await;
        if greet {
            let shelf = MemoryShelf::new(target.community, StoreId::from([7; 16]));
            let mut session = Session::new(NodeKey::from(*target.address.id.as_bytes()), None);
            for effect in session.handle(Input::Opened { nonce: [9; 16] }, 0, &shelf) {
                if let Effect::Send(frame) = effect {
                    link.say(&frame).await;
                }
            }
        }
        link
    }

    async fn write(&mut self, block: &[u8]) {
        let length = u32::try_from(block.len()).unwrap().to_be_bytes();
        // The other side may have closed already: the reason is what counts.
        let _ = self.send.write_all(&[&length[..], block].concat()).await;
    }

    async fn say(&mut self, frame: &[u8]) {
        self.write(&[&[1], frame].concat()).await;
    }

    /// The reason with which the other side closes.
    async fn closed(&self) -> (u64, String) {
        match tokio::time::timeout(homes::BOUND, self.connection.closed()).await {
            Ok(ConnectionError::ApplicationClosed(closed)) => {
                (closed.error_code.into_inner(), String::from_utf8_lossy(&closed.reason).into_owned())
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A frame of runs with one piece: `[log, from, record..]`, headers whole.
fn runs(log: &LogId, from: u64, records: &[RawRecord]) -> Vec<u8> {
    let mut e = minicbor::Encoder::new(vec![32, 0]);
    e.array(2 + records.len() as u64).unwrap().bytes(log.as_bytes()).unwrap().u64(from).unwrap();
    for record in records {
        e.array(2 + u64::from(record.signature.is_some())).unwrap();
        e.array(1).unwrap().bytes(&record.header).unwrap();
        match &record.payload {
            Some(payload) => e.bytes(payload).unwrap(),
            None => e.null().unwrap(),
        };
        if let Some(signature) = &record.signature {
            e.bytes(signature.as_bytes()).unwrap();
        }
    }
    e.into_writer()
}

/// A log with one record beside its opening, signed for `community`.
fn log(community: CommunityId) -> (LogId, Vec<RawRecord>) {
    let key = linli_record::SecretKey::from_bytes(&[5; 32]);
    let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "a hostile neighbour");
    let mut writer = LogWriter::begin(community, key, &open, [0; 16], 0, 1_790_000_000_000).unwrap();
    let opening = writer.opening().to_raw();
    let said =
        writer.append(Draft::new(Kind::new(145)).evidence(), b"\x40", [1; 16], 1_790_000_001_000).unwrap();
    (writer.tip().log, vec![opening, said.to_raw()])
}

/// Everything a neighbour can do wrong on the wire after a true hello, and the reason it is given.
fn misdeeds(community: CommunityId) -> Vec<(&'static str, Vec<u8>, (u64, &'static str))> {
    let (oversize, malformed, inflation) = ((5, "oversize"), (6, "malformed"), (7, "inflation"));
    let (unknown, disorder, forged) = ((8, "unknown-frame"), (9, "out-of-order"), (12, "forged"));
    let squeezed = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 19).unwrap();
    let bomb = |length: u32| [&[32, 1][..], &length.to_be_bytes(), &squeezed].concat();
    let (name, records) = log(community);
    let changed = |change: &dyn Fn(&mut Vec<RawRecord>)| {
        let mut records = records.clone();
        change(&mut records);
        runs(&name, 0, &records)
    };
    let (theirs, elsewhere) = log(CommunityId::from([0xee; 32]));
    vec![
        ("a frame above the bound", vec![1; 280 * 1024], oversize),
        ("a bomb that says what it is", bomb(64 * 1024 * 1024), oversize),
        ("a bomb that lies", bomb(256 * 1024), inflation),
        ("noise for runs", [&[32, 0][..], &[0xd9; 600]].concat(), malformed),
        ("noise for steering", [&[7][..], &[0x5b; 60]].concat(), malformed),
        ("a meaning nobody gave", vec![40, 0], unknown),
        ("a hello that says nothing", vec![1, 0xa0], malformed),
        ("an answer to nothing", vec![33, 0, 0x40], disorder),
        ("records of another community", runs(&theirs, 0, &elsewhere), forged),
        ("records under another log's name", runs(&LogId::from([3; 32]), 0, &records), forged),
        ("a changed signature", changed(&|all| all[1].signature = all[0].signature), forged),
        ("another's payload", changed(&|all| all[1].payload = all[0].payload.clone()), forged),
        ("a header that is not canonical", changed(&|all| lengthen(&mut all[0].header)), forged),
        ("a header with a byte changed", changed(&|all| *all[1].header.last_mut().unwrap() ^= 1), forged),
    ]
}

/// The same map in a longer encoding: its head in two bytes.
fn lengthen(header: &mut Vec<u8>) {
    assert!((0xa0..0xb7).contains(&header[0]));
    let entries = header[0] - 0xa0;
    header.splice(0..1, [0xb8, entries]);
}

/// Links as a member, does it, and hears why it is thrown out.
async fn thrown_out_for(target: &Target, key: &SecretKey, frame: &[u8]) -> (u64, String) {
    let endpoint = homes::bare_endpoint("127.0.0.1:0", Some(key.clone())).await;
    let mut link = Link::open(&endpoint, target, true).await;
    link.say(frame).await;
    let said = link.closed().await;
    endpoint.close().await;
    said
}

#[test]
fn what_a_hostile_neighbour_sends_is_refused_with_a_stable_reason_and_others_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let zhou = homes::admitted(&shen, &folder.path().join("zhou"), "3-1203");
    let home = folder.path().join("lu");
    homes::admitted(&shen, &home, "2-501").close();
    let (key, target) = (transport_key(&home), Target::of(&shen));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for (deed, frame, reason) in misdeeds(target.community) {
        let said = runtime.block_on(thrown_out_for(&target, &key, &frame));
        assert_eq!((said.0, said.1.as_str()), reason, "{deed}");
        homes::post(&zhou, deed);
        homes::until("a neighbour's notice", || {
            homes::titles(&shen).contains(&deed.to_owned()).then_some(())
        });
    }
    // Who goes on like that has to wait, and is not even heard meanwhile.
    homes::until("an end of patience", || {
        let said = runtime.block_on(thrown_out_for(&target, &key, &[40, 0]));
        assert!(said == (8, "unknown-frame".to_owned()) || said == (23, "slow down".to_owned()), "{said:?}");
        (said.0 == 23).then_some(())
    });
    homes::post(&zhou, "All is well");
    homes::until("a neighbour's notice", || {
        homes::titles(&shen).contains(&"All is well".to_owned()).then_some(())
    });
    assert!(homes::status(&shen).warnings.is_empty(), "{:?}", homes::status(&shen).warnings);
}

/// What a neighbour can say that breaks no rule of the wire and is a lie all the same.
fn lies(target: &Target, others: &[NodeKey]) -> Vec<(&'static str, Vec<u8>)> {
    let mut e = minicbor::Encoder::new(vec![2]);
    e.array(others.len() as u64).unwrap();
    for node in others {
        e.map(3).unwrap().u8(0).unwrap().bytes(node.as_bytes()).unwrap();
        e.u8(1).unwrap().array(1).unwrap().str("127.0.0.1:9").unwrap();
        e.u8(2).unwrap().str("http://127.0.0.1:9/").unwrap();
    }
    let (name, records) = log(target.community);
    let sync = |frame: Vec<u8>| [vec![1], frame].concat();
    let mut offers = minicbor::Encoder::new(vec![8]);
    offers.map(3).unwrap().u8(0).unwrap().u8(0).unwrap().u8(1).unwrap().array(1).unwrap();
    offers.bytes(name.as_bytes()).unwrap().u8(2).unwrap().array(1).unwrap().u64(u64::MAX).unwrap();
    // Two branches that no key signed: each is the form of a run, its payloads null.
    let branch = |payload: u8| {
        let mut changed = records[1].clone();
        *changed.header.last_mut().unwrap() ^= payload;
        changed.payload = None;
        let mut frame = runs(&name, 1, &[changed]);
        frame[0] = 35;
        sync(frame)
    };
    vec![
        ("false addresses and relays of others", e.into_writer()),
        ("a log offered that goes on for ever", sync(offers.into_writer())),
        ("a log", sync(runs(&name, 0, &records))),
        ("one half of a false fork", branch(1)),
        ("the other half", branch(2)),
    ]
}

#[test]
fn lies_that_break_no_rule_of_the_wire_change_nothing_and_keep_nobody_apart() {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let zhou = homes::admitted(&shen, &folder.path().join("zhou"), "3-1203");
    let home = folder.path().join("lu");
    homes::admitted(&shen, &home, "2-501").close();
    let (key, target) = (transport_key(&home), Target::of(&shen));
    let others = [homes::status(&shen).node, homes::status(&zhou).node];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let endpoint = runtime.block_on(homes::bare_endpoint("127.0.0.1:0", Some(key)));
    let mut link = runtime.block_on(Link::open(&endpoint, &target, true));
    for (lie, block) in lies(&target, &others) {
        runtime.block_on(link.write(&block));
        homes::post(&zhou, lie);
        homes::until("a neighbour's notice", || homes::titles(&shen).contains(&lie.to_owned()).then_some(()));
        assert!(link.connection.close_reason().is_none(), "{lie}: {:?}", link.connection.close_reason());
    }
    let status = homes::status(&shen);
    assert!(
        status.warnings.is_empty() && status.forks.is_empty(),
        "{:?} {:?}",
        status.warnings,
        status.forks
    );
    // Whoever was lied about is found again where it says it is.
    runtime.block_on(endpoint.close());
    let path = folder.path().join("zhou");
    zhou.close();
    let zhou = Node::open(&path, linli_node::Network::On).unwrap();
    homes::post(&zhou, "Back again");
    homes::until("a neighbour's notice", || {
        homes::titles(&shen).contains(&"Back again".to_owned()).then_some(())
    });
}

#[test]
fn a_block_longer_than_any_may_be_and_a_word_nobody_knows_end_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let home = folder.path().join("lu");
    homes::admitted(&shen, &home, "2-501").close();
    let (key, target) = (transport_key(&home), Target::of(&shen));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cases: [(&[u8], (u64, &str)); 2] =
        [(&[0x7f, 0xff, 0xff, 0xff, 1], (5, "oversize")), (&[0, 0, 0, 1, 99], (8, "unknown-frame"))];
    for (bytes, reason) in cases {
        let said = runtime.block_on(async {
            let endpoint = homes::bare_endpoint("127.0.0.1:0", Some(key.clone())).await;
            let mut link = Link::open(&endpoint, &target, false).await;
            let _ = link.send.write_all(bytes).await;
            let said = link.closed().await;
            endpoint.close().await;
            said
        });
        assert_eq!((said.0, said.1.as_str()), reason);
    }
}
