use super::*;
use crate::thing::Kind;

/// Turns every bit, and knows its own by their first byte.
struct Turned;

impl Seal for Turned {
    fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        std::iter::once(7).chain(bytes.iter().map(|byte| !byte)).collect()
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.strip_prefix(&[7])?.iter().map(|byte| !byte).collect())
    }
}

fn open(home: &Path) -> Result<Spool, SpoolError> {
    Spool::open(home, Box::new(Turned))
}

fn opened(at_ms: u64) -> Spoken {
    Spoken { source: "door".into(), kind: Kind::Contact, value: "open".into(), battery: None, at_ms }
}

#[test]
fn what_waits_survives_a_restart_in_its_order() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path()).unwrap();
    for at in 1..=3 {
        spool.push(opened(at)).unwrap();
    }
    spool.forget(1).unwrap();
    let again = open(home.path()).unwrap();
    assert_eq!(again.waiting().map(|spoken| spoken.at_ms).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn what_has_waited_a_day_is_dropped_and_counted() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path()).unwrap();
    spool.push(opened(10)).unwrap();
    spool.push(opened(20)).unwrap();
    assert_eq!(spool.expire(10 + limits::SPOOL_MS).unwrap(), 1);
    assert_eq!(open(home.path()).unwrap().len(), 1);
}

#[test]
fn a_full_spool_takes_nothing_more() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path()).unwrap();
    spool.waiting = (0..limits::SPOOL_LINES as u64).map(opened).collect();
    assert!(matches!(spool.push(opened(0)), Err(SpoolError::Full)));
}

#[test]
fn a_damaged_spool_is_named_and_left_as_it_is() {
    for bytes in [&b"{\"source\":"[..], b"", &Turned.seal(b"\xff\xfe"), &Turned.seal(b"{}\n")] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("gateway-spool.sealed");
        fs::write(&path, bytes).unwrap();
        assert!(matches!(open(home.path()), Err(SpoolError::Damaged(_))));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_disk_that_refuses_keeps_nothing_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path()).unwrap();
    spool.push(opened(1)).unwrap();
    // A folder where the temporary file belongs: it can't be opened, whoever the user is.
    fs::create_dir(home.path().join("gateway-spool.new")).unwrap();
    assert!(matches!(spool.push(opened(2)), Err(SpoolError::Disk { .. })));
    assert_eq!(spool.len(), 1);
    assert_eq!(open(home.path()).unwrap().len(), 1);
}

#[test]
fn what_waits_is_not_read_off_the_disk_and_what_waits_no_more_leaves_no_file() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path()).unwrap();
    spool.push(opened(1)).unwrap();
    let bytes = fs::read(home.path().join("gateway-spool.sealed")).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"door"));
    spool.forget(1).unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
