//! `restore`: a copy of an archive in a new home, made by the same door as the network.
//!
//! The archive is a node's folder or a bundle file, and may be hostile. Nothing in it is believed and nothing in it is
//! written: a folder is read without its keys, and first looked through for links ([`source`]); what it holds goes through a
//! bundle, which names no paths, into a new home that verifies every record on the way. The new home has fresh keys that
//! nobody ever enrolled. It can't speak in the community; it can be read, verified and asked for its digest, which is the
//! archive's. A restore that fails leaves no home behind.

mod source;

use std::path::{Path, PathBuf};

use linli_node::vocabulary::{Answer, DigestAnswer, Request, StatusView};
use linli_node::{Door, Fault, FaultKind, Invite, Role, Settings, chance};
use linli_speech::exit::Failure;
use linli_speech::{Session, say};
use serde::Serialize;

use self::source::Source;
use crate::arguments::misunderstood;

/// Rounds of catching up with an archive that grows meanwhile.
const ROUNDS: usize = 8;

/// What was copied.
#[derive(Debug, Default, Serialize)]
struct Restored {
    home: PathBuf,
    records: u64,
    refused: u64,
    /// Attachments the archive's records name and the copy lacks.
    lacking: u64,
    digest: String,
}

/// Copies, compares the digests, and prints them.
pub(crate) fn run(session: &Session, from: &Path, to: &Path, expected: Option<&str>) -> Result<(), Failure> {
    let restored = copy(session, from, to, expected)?;
    if restored.lacking > 0 {
        session.warn(&say!(session.speech, "restored-lacking", count = restored.lacking));
    }
    let answer = serde_json::json!({ "answer": "restored", "value": restored });
    session.result(&answer, |page| {
        let home = restored.home.display().to_string();
        page.line(&say!(page.speech, "restored", records = restored.records, home = home));
        page.line(&say!(page.speech, "restored-digest", digest = restored.digest.as_str()));
    })
}

fn copy(session: &Session, from: &Path, to: &Path, expected: Option<&str>) -> Result<Restored, Fault> {
    let source = Source::open(from)?;
    let fresh = !to.exists();
    prepare(to, &source)?;
    let name = source.name().unwrap_or_else(|| from.display().to_string());
    session.tell(&say!(session.speech, "restoring", name = name));
    let restored = fill(&source, to).and_then(|restored| as_expected(restored, expected));
    if restored.is_err() && fresh {
        // It was made a moment ago, and nobody else knows of it.
        let _ = std::fs::remove_dir_all(to);
    }
    restored
}

/// A home with fresh keys that belongs to nobody. It holds an invite nobody made, since a home is prepared with one: at
/// the archive's door it would be turned away.
fn prepare(to: &Path, source: &Source) -> Result<(), Fault> {
    let nobodys = Invite {
        community: source.community(),
        name: source.name().unwrap_or_default(),
        node: source.node(),
        addresses: Vec::new(),
        relay: None,
        secret: chance::random(),
        role: Role::Keeper.number(),
        unit: None,
        household: None,
        expires_ms: u64::MAX,
        recent: None,
        from: String::new(),
    };
    let settings = Settings { discover: false, ..Settings::default() };
    linli_node::join(to, &nobodys.to_text(), "copy", &settings).map(drop)
}

fn fill(source: &Source, to: &Path) -> Result<Restored, Fault> {
    let restored = Restored { home: to.to_owned(), ..Restored::default() };
    match source {
        Source::Home { archive, .. } => {
            let bundle = Bundle::beside(to)?;
            follow(archive, &Door::open(to)?, &bundle, restored)
        }
        Source::Bundle { path, .. } => read(&Door::open(to)?, path, restored),
    }
}

/// One bundle into the copy: what it holds is all there is to compare with.
fn read(copy: &Door, path: &Path, mut restored: Restored) -> Result<Restored, Fault> {
    take(copy, path, &mut restored)?;
    let status = status(copy)?;
    restored.lacking = status.attachments_wanted as u64;
    if let Some(missing) = status.waiting_for {
        return Err(lacks(missing));
    }
    restored.digest = digest(copy)?.of.digest.to_string();
    Ok(restored)
}

/// Bundles from the archive until both have the same digest.
fn follow(archive: &Door, copy: &Door, bundle: &Bundle, mut restored: Restored) -> Result<Restored, Fault> {
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
            return Err(differs(&now, &before));
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
    let wanted = Request::BundleExport { path: path.clone(), after, reader: None, whole: true };
    let Answer::Bundle { records: exported, until, lacking, .. } = archive.ask(wanted)? else {
        return Err(misunderstood());
    };
    restored.lacking += lacking;
    take(copy, &path, restored)?;
    Ok((exported, until))
}

/// Reads a bundle into the copy; anything refused, or missing at the end, ends it.
fn take(copy: &Door, path: &Path, restored: &mut Restored) -> Result<(), Fault> {
    let path = std::path::absolute(path).map_err(|error| Fault::disk("finding the bundle", &error))?;
    let read = copy.ask(Request::BundleImport { path })?;
    let Answer::Bundle { records, refused, missing, complete, .. } = read else {
        return Err(misunderstood());
    };
    restored.records += records;
    restored.refused += refused;
    match (refused, missing, complete) {
        (0, 0, true) => Ok(()),
        (0, missing, true) => Err(lacks(format!("{missing} records follow others that are not in it"))),
        (0, _, false) => Err(cut_short()),
        (refused, ..) => Err(forged(refused)),
    }
}

fn digest(door: &Door) -> Result<DigestAnswer, Fault> {
    match door.ask(Request::Digest)? {
        Answer::Digest(digest) => Ok(digest),
        _ => Err(misunderstood()),
    }
}

fn status(door: &Door) -> Result<StatusView, Fault> {
    match door.ask(Request::Status)? {
        Answer::Status(status) => Ok(*status),
        _ => Err(misunderstood()),
    }
}

fn as_expected(restored: Restored, expected: Option<&str>) -> Result<Restored, Fault> {
    match expected.map(|expected| expected.trim().to_ascii_lowercase()) {
        Some(expected) if expected != restored.digest => Err(Fault::input(
            "other-digest",
            "the archive's digest is not the one that was expected",
        )
        .details([format!("archive  {}", restored.digest), format!("expected {expected}")])
        .hint("ask several neighbours for theirs (`linli digest`); an older archive has another one, too")),
        _ => Ok(restored),
    }
}

fn differs(copy: &DigestAnswer, archive: &DigestAnswer) -> Fault {
    Fault::new(FaultKind::Disk, "copy-differs", "the copy's digest is not the archive's")
        .details([
            format!("archive {}, {} bodies missing", archive.of.digest, archive.of.missing),
            format!("copy    {}, {} bodies missing", copy.of.digest, copy.of.missing),
        ])
        .hint("run `linli-archive verify` on the archive: what is damaged there is not taken over")
}

fn cut_short() -> Fault {
    Fault::input("bundle-cut-short", "the bundle was cut short or changed: its sum is not right")
        .hint("copy it again from where it was written, and look at the free space")
}

fn lacks(what: String) -> Fault {
    Fault::input("bundle-lacks", "the bundle lacks what its blocks settle")
        .details([what])
        .hint("write it anew, from the first record on (`--after 0`)")
}

fn forged(refused: u64) -> Fault {
    Fault::input("archive-forged", "records of the archive do not verify")
        .details([format!("{refused} refused")])
        .hint("do not use this archive: take another keeper's, or a neighbour's")
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
