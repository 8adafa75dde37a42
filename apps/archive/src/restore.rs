//! `restore`: a copy of an archive in a new home, made by the same door as the network.
//!
//! The archive writes a bundle; the new home, which has fresh keys that nobody ever enrolled, reads it and verifies
//! all of it on the way. It can't speak in the community; it can be read, verified and asked for its digest, which is
//! the archive's. An archive that grows meanwhile is followed for a few rounds.

use std::path::{Path, PathBuf};

use linli_node::vocabulary::{Answer, DigestAnswer, Request, StatusView};
use linli_node::{Door, Fault, FaultKind, Invite, Settings, chance};
use linli_speech::exit::Failure;
use linli_speech::{Session, say};
use serde::Serialize;

use crate::arguments::misunderstood;

/// Rounds of catching up with an archive that grows meanwhile.
const ROUNDS: usize = 8;
/// The keeper's number among the roles of a claim.
const KEEPER: u8 = 8;

/// What was copied.
#[derive(Debug, Default, Serialize)]
struct Restored {
    home: PathBuf,
    records: u64,
    refused: u64,
    digest: String,
}

/// Copies, compares the digests, and prints them.
pub(crate) fn run(session: &Session, from: &Path, to: &Path) -> Result<(), Failure> {
    let archive = Door::open(from)?;
    let Answer::Status(status) = archive.ask(Request::Status)? else { return Err(misunderstood().into()) };
    prepare(to, &status)?;
    session.tell(&say!(session.speech, "restoring", name = status.name.as_str()));
    let bundle = Bundle::beside(to)?;
    let copy = Door::open(to)?;
    let restored = follow(&archive, &copy, &bundle, to)?;
    let answer = serde_json::json!({ "answer": "restored", "value": restored });
    session.result(&answer, |page| {
        let home = restored.home.display().to_string();
        page.line(&say!(page.speech, "restored", records = restored.records, home = home));
        page.line(&say!(page.speech, "restored-digest", digest = restored.digest.as_str()));
    })
}

/// A home with fresh keys that belongs to nobody. It holds an invite nobody made, since a home is prepared with one: at
/// the archive's door it would be turned away.
fn prepare(to: &Path, archive: &StatusView) -> Result<(), Fault> {
    let nobodys = Invite {
        community: archive.community,
        name: archive.name.clone(),
        node: archive.node,
        addresses: Vec::new(),
        relay: None,
        secret: chance::random(),
        role: KEEPER,
        unit: None,
        household: None,
        expires_ms: u64::MAX,
        recent: None,
        from: archive.label.clone(),
    };
    let settings = Settings { discover: false, ..Settings::default() };
    linli_node::join(to, &nobodys.to_text(), "copy", &settings).map(drop)
}

/// Bundles from the archive until both have the same digest.
fn follow(archive: &Door, copy: &Door, bundle: &Bundle, to: &Path) -> Result<Restored, Fault> {
    let mut restored = Restored { home: to.to_owned(), ..Restored::default() };
    let mut after = 0;
    for _ in 0..ROUNDS {
        let before = digest(archive)?;
        let (exported, until) = carry(archive, copy, bundle, after, &mut restored)?;
        let now = digest(copy)?;
        restored.digest = now.of.digest.to_string();
        if now.of.digest == before.of.digest || now.of.digest == digest(archive)?.of.digest {
            return Ok(restored);
        }
        if exported == 0 && digest(archive)?.of.digest == before.of.digest {
            return Err(differs(&now, &before, &restored));
        }
        after = until;
    }
    Err(Fault::new(FaultKind::Waiting, "archive-grows", "the archive grows faster than it can be copied")
        .hint("stop its node while it is copied"))
}

/// One bundle across: how many records it held, and how far the archive's arrivals it reached.
fn carry(
    archive: &Door,
    copy: &Door,
    bundle: &Bundle,
    after: u64,
    restored: &mut Restored,
) -> Result<(u64, u64), Fault> {
    let path = bundle.0.clone();
    let written = archive.ask(Request::BundleExport { path: path.clone(), after, reader: None })?;
    let Answer::Bundle { records: exported, until, .. } = written else { return Err(misunderstood()) };
    let read = copy.ask(Request::BundleImport { path })?;
    let Answer::Bundle { records, refused, complete, .. } = read else { return Err(misunderstood()) };
    restored.records += records;
    restored.refused += refused;
    if complete { Ok((exported, until)) } else { Err(cut_short()) }
}

fn digest(door: &Door) -> Result<DigestAnswer, Fault> {
    match door.ask(Request::Digest)? {
        Answer::Digest(digest) => Ok(digest),
        _ => Err(misunderstood()),
    }
}

fn differs(copy: &DigestAnswer, archive: &DigestAnswer, restored: &Restored) -> Fault {
    Fault::new(FaultKind::Disk, "copy-differs", "the copy's digest is not the archive's")
        .details([
            format!("archive {}, {} bodies missing", archive.of.digest, archive.of.missing),
            format!("copy    {}, {} bodies missing", copy.of.digest, copy.of.missing),
            format!("{} records refused", restored.refused),
        ])
        .hint("run `linli-archive verify` on the archive: what is damaged there is not taken over")
}

fn cut_short() -> Fault {
    Fault::new(
        FaultKind::Disk,
        "bundle-cut-short",
        "the bundle between the archive and the copy was cut short",
    )
    .hint("check free space beside the new home, remove it, and try again")
}

/// The file that carries the records across; it goes when this is dropped.
struct Bundle(PathBuf);

impl Bundle {
    /// In the new home, since that is a place this person may write; by its full path, since a running archive writes it.
    fn beside(to: &Path) -> Result<Self, Fault> {
        let path = std::path::absolute(to.join("restore.bundle"));
        path.map(Self).map_err(|error| Fault::disk("finding the new home", &error))
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
