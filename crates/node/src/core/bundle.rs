//! Bundles: everything a neighbour may lack, in one file, for a stick or a chat message.
//!
//! ```text
//! "LINLI-BUNDLE-1\n", then entries: 1 byte of type, 8 bytes of length (most significant first), that many bytes
//!   H  community (32), store id (16), after (8), until (8)
//!   B  a certified block                    R  one record, runs in order, as in a record file
//!   A  an attachment: its hash (32), then its bytes
//!   E  BLAKE3 of everything before this entry (32)
//! ```
//! Types are capital letters; other bytes where a type should be are no entry, and what follows the `E` is not read.
//!
//! Reading goes through the same door as the network, entry by entry; a bundle that is cut short gives what it holds, and
//! reading it again does no harm.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use linli_record::{BlobHash, CertifiedBlock, CommunityId, Header, LogId, NodeKey, RawRecord, limits};
use linli_store::Batch;
use linli_sync::Outcome;

use super::{Core, store_fault_read};
use crate::chance::random;
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::Answer;

const MAGIC: &[u8; 15] = b"LINLI-BUNDLE-1\n";
/// No entry but an attachment is longer than this.
const ENTRY_BYTES: u64 = 512 * 1024;
/// Arrivals looked at in one step.
const STEP: usize = 2048;
/// Name under which is kept what earlier exports held of the register.
const EXPORTED: &str = "exported";
/// Exports remembered.
const EXPORTS: usize = 64;

struct BundleWriter<W: Write> {
    out: W,
    hasher: blake3::Hasher,
}

impl<W: Write> BundleWriter<W> {
    fn new(mut out: W) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(MAGIC);
        out.write_all(MAGIC)?;
        Ok(Self { out, hasher })
    }

    fn entry(&mut self, kind: u8, parts: &[&[u8]]) -> std::io::Result<()> {
        let length: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let mut head = vec![kind];
        head.extend_from_slice(&length.to_be_bytes());
        for part in std::iter::once(&head[..]).chain(parts.iter().copied()) {
            self.hasher.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<W> {
        let sum = *self.hasher.finalize().as_bytes();
        self.entry(b'E', &[&sum])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A new file beside `path`, under a name that nothing has.
fn begin_beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.unfinished", u64::from_be_bytes(random())));
    let unfinished = path.with_file_name(name);
    let file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
    Ok((unfinished, file))
}

/// A rename is durable once the folder is. Where a folder can't be opened like a file, the system does it.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

impl Core {
    /// Writes blocks, public records, the private ones `reader` may read, and attachments that arrived after `after`.
    pub(super) fn bundle_export(
        &mut self,
        path: &Path,
        after: u64,
        reader: Option<&str>,
        whole: bool,
    ) -> Result<Answer, Fault> {
        let reader = match reader.map(|name| self.reader_named(name)).transpose()? {
            _ if whole => Reader::Copy,
            Some(node) => Reader::Node(node),
            None => Reader::Anyone,
        };
        let disk = |error: std::io::Error| Fault::disk("writing the bundle", &error);
        let (unfinished, file) = begin_beside(path).map_err(disk)?;
        let until = self.store.arrivals();
        let written = self.write_bundle(file, after, until, &reader);
        let kept = written.and_then(|written| {
            std::fs::rename(&unfinished, path).and_then(|()| sync_folder(path)).map_err(disk)?;
            Ok(written)
        });
        let (records, lacking) = kept.inspect_err(|_| drop(std::fs::remove_file(&unfinished)))?;
        self.note_exported(until);
        let cut = None;
        Ok(Answer::Bundle { records, refused: 0, missing: 0, after, until, complete: true, cut, lacking })
    }

    fn write_bundle(&self, file: File, after: u64, until: u64, reader: &Reader) -> Result<(u64, u64), Fault> {
        let disk = |error: std::io::Error| Fault::disk("writing the bundle", &error);
        let mut out = BundleWriter::new(BufWriter::new(file)).map_err(disk)?;
        let ids = [&self.community.as_bytes()[..], &self.store.store_id().as_bytes()[..]].concat();
        out.entry(b'H', &[&ids, &after.to_be_bytes(), &until.to_be_bytes()]).map_err(disk)?;
        let exported = self.export_records(&mut out, after, reader)?;
        self.export_fetched(&mut out, after, reader)?;
        self.export_blocks(&mut out, after)?;
        let file = out.finish().map_err(disk)?.into_inner().map_err(|error| disk(error.into_error()))?;
        file.sync_all().map_err(disk)?;
        Ok(exported)
    }

    /// How far the register had come at earlier exports, by the arrivals they ended at.
    fn exported(&self) -> BTreeMap<u64, u64> {
        let held = self.store.named(EXPORTED).ok().flatten();
        held.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// A lost note costs the next bundle some blocks that were in an earlier one.
    fn note_exported(&mut self, until: u64) {
        let Some(head) = self.head() else { return };
        let mut exported = self.exported();
        exported.insert(until, head.height);
        while exported.len() > EXPORTS {
            exported.pop_first();
        }
        let mut batch = Batch::new();
        batch.name(EXPORTED, serde_json::to_vec(&exported).expect("plain numbers"));
        if let Err(fault) = self.write(batch) {
            tracing::warn!(%fault, "what was exported could not be noted");
        }
    }

    fn reader_named(&self, name: &str) -> Result<NodeKey, Fault> {
        let household = self.household_named(name)?;
        let state = self.state.as_ref().ok_or_else(super::own::not_joined)?;
        let device = state.devices().find(|device| device.household == household && device.active());
        device.map(|device| device.node).ok_or_else(|| Fault::not_found("device of", name))
    }

    fn export_blocks<W: Write>(&self, out: &mut BundleWriter<W>, after: u64) -> Result<(), Fault> {
        let Some(head) = self.head() else { return Ok(()) };
        let earlier = self.exported().range(..=after).next_back().map(|(_, height)| height + 1);
        for height in earlier.filter(|_| after > 0).unwrap_or_default()..=head.height {
            let block = self.store.block(height).map_err(|error| store_fault_read(&error))?;
            if let Some(block) = block {
                out.entry(b'B', &[&block.to_bytes()]).map_err(|e| Fault::disk("writing the bundle", &e))?;
            }
        }
        Ok(())
    }

    /// Logs touched since `after`, each from its first new record on.
    fn export_records<W: Write>(
        &self,
        out: &mut BundleWriter<W>,
        after: u64,
        reader: &Reader,
    ) -> Result<(u64, u64), Fault> {
        let mut from: BTreeMap<LogId, u64> = BTreeMap::new();
        let mut at = after;
        loop {
            let page = self.store.arrivals_after(at, STEP).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            at = last.number;
            for arrival in &page {
                let first = from.entry(arrival.log).or_insert(arrival.seq);
                *first = (*first).min(arrival.seq);
            }
        }
        let (mut records, mut lacking) = (0, 0);
        for (log, from) in from {
            if self.is_shown(&log, reader) {
                records += self.export_log(out, &log, from, &mut lacking)?;
            }
        }
        Ok((records, lacking))
    }

    fn is_shown(&self, log: &LogId, reader: &Reader) -> bool {
        let audience = self.store.tip(log).and_then(|tip| tip.audience);
        audience.is_none_or(|audience| match reader {
            Reader::Anyone => false,
            Reader::Node(node) => self.may_read(node, &audience),
            Reader::Copy => true,
        })
    }

    /// Attachments that came after an export which held the records that name them.
    fn export_fetched<W: Write>(
        &self,
        out: &mut BundleWriter<W>,
        after: u64,
        reader: &Reader,
    ) -> Result<(), Fault> {
        let mut fetched = self.fetched_since(after)?;
        let mut at = 0;
        while !fetched.is_empty() && at < after {
            let page = self.store.arrivals_after(at, STEP).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            at = last.number;
            for arrival in page.iter().filter(|arrival| arrival.number <= after) {
                let record =
                    self.store.by_arrival(arrival.number).map_err(|error| store_fault_read(&error))?;
                let named =
                    record.filter(|record| !record.blobs.is_empty() && self.is_shown(&record.log, reader));
                for blob in named.iter().flat_map(|record| &record.blobs) {
                    if fetched.remove(&blob.hash)
                        && let Ok(Some(bytes)) = self.store.read_blob(&blob.hash)
                    {
                        let written = out.entry(b'A', &[blob.hash.as_bytes(), &bytes]);
                        written.map_err(|error| Fault::disk("writing the bundle", &error))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn export_log<W: Write>(
        &self,
        out: &mut BundleWriter<W>,
        log: &LogId,
        from: u64,
        lacking: &mut u64,
    ) -> Result<u64, Fault> {
        let disk = |error: std::io::Error| Fault::disk("writing the bundle", &error);
        let mut next = from;
        loop {
            let run = self.store.run(log, next).map_err(|error| store_fault_read(&error))?;
            if run.is_empty() {
                return Ok(next - from);
            }
            next += run.len() as u64;
            for raw in &run {
                out.entry(b'R', &[&raw.to_bytes()]).map_err(disk)?;
            }
            // After the whole run: a reader takes it in by its last signature.
            for raw in run {
                let header = Header::parse(&raw.header)?;
                for blob in &header.blobs {
                    match self.store.read_blob(&blob.hash) {
                        Ok(Some(bytes)) => out.entry(b'A', &[blob.hash.as_bytes(), &bytes]).map_err(disk)?,
                        // Absent, or not as it was signed: `linli check` tells which.
                        _ => *lacking += 1,
                    }
                }
            }
        }
    }

    /// Reads a bundle by the same door as the network.
    pub(super) fn bundle_import(&mut self, path: &Path) -> Result<Answer, Fault> {
        let mut reading = Reading::open(path)?;
        let mut taken = Taken::default();
        let cut = loop {
            match reading.entry()? {
                Entry::Cut(why) => break Some(why),
                Entry::End => break None,
                Entry::One(kind, bytes) => self.take_entry(kind, &bytes, &mut taken)?,
            }
        };
        if cut.is_some() {
            // The end of a run without its signature is no forgery; it comes when the file is brought again.
            let signed = taken.run.iter().rposition(|raw| raw.signature.is_some());
            taken.run.truncate(signed.map_or(0, |last| last + 1));
        }
        self.take_gathered(&mut taken);
        self.commit_pending();
        self.advance_register();
        let Taken { records, refused, missing, after, until, others, .. } = taken;
        if missing > 0 && (records, others) == (0, 0) && cut.is_none() {
            return Err(too_early(missing, after));
        }
        let (complete, cut) = (cut.is_none(), cut.map(str::to_owned));
        Ok(Answer::Bundle { records, refused, missing, after, until, complete, cut, lacking: 0 })
    }

    fn take_entry(&mut self, kind: u8, bytes: &[u8], taken: &mut Taken) -> Result<(), Fault> {
        match kind {
            b'H' => (taken.after, taken.until) = self.read_head(bytes)?,
            b'R' => match RawRecord::first_of(bytes) {
                Ok((raw, length)) if length == bytes.len() => self.gather(raw, taken),
                _ => taken.refused += 1,
            },
            b'B' => match CertifiedBlock::parse(bytes) {
                Ok(block) => {
                    let mut outcome = self.take_block(block.clone());
                    if outcome == Outcome::Declined {
                        // So many blocks don't wait at once: those before it are applied first.
                        self.take_gathered(taken);
                        self.commit_pending();
                        self.advance_register();
                        outcome = self.take_block(block);
                    }
                    taken.refused += u64::from(outcome == Outcome::Forged);
                    taken.others += u64::from(outcome == Outcome::Kept);
                }
                Err(_) => taken.refused += 1,
            },
            b'A' => {
                self.take_gathered(taken);
                self.take_attachment(bytes, taken)?;
            }
            // A later version's entry: skipped, so that the rest is still read.
            _ => {}
        }
        Ok(())
    }

    /// Where it goes on from, and how far it goes.
    fn read_head(&self, bytes: &[u8]) -> Result<(u64, u64), Fault> {
        if bytes.get(..32) != Some(&self.community.as_bytes()[..]) {
            return Err(Fault::input("other-community", "this bundle belongs to another community"));
        }
        let number =
            |at: usize| bytes.get(at..)?.first_chunk::<8>().map(|number| u64::from_be_bytes(*number));
        Ok((number(48).unwrap_or(0), number(56).unwrap_or(0)))
    }

    /// Consecutive records of one log go in as runs that end at a kept signature.
    fn gather(&mut self, raw: RawRecord, taken: &mut Taken) {
        let header = match Header::parse(&raw.header) {
            Ok(header) => header,
            Err(refused) => {
                if refused.code() == "newer-version" {
                    self.meet_newer();
                }
                taken.refused += 1;
                return;
            }
        };
        let follows =
            taken.run.last().is_none_or(|_| taken.log == Some(header.log) && header.seq == taken.next);
        if !follows || taken.run.len() == limits::RUN_RECORDS {
            self.take_gathered(taken);
        }
        taken.log = Some(header.log);
        taken.next = header.seq + 1;
        let ends = header.keeps_signature();
        taken.run.push(raw);
        if ends {
            self.take_gathered(taken);
        }
    }

    fn take_gathered(&mut self, taken: &mut Taken) {
        let run = std::mem::take(&mut taken.run);
        let (Some(log), false) = (taken.log, run.is_empty()) else { return };
        let count = run.len() as u64;
        match self.admit_run(None, &log, run) {
            Outcome::Kept => taken.records += count,
            Outcome::Known => {}
            // What comes before it was in an earlier bundle.
            Outcome::Gap { .. } => taken.missing += count,
            _ => taken.refused += count,
        }
    }

    fn take_attachment(&mut self, bytes: &[u8], taken: &mut Taken) -> Result<(), Fault> {
        let Some((hash, content)) = bytes.split_first_chunk::<32>() else {
            taken.refused += 1;
            return Ok(());
        };
        let hash = BlobHash::from(*hash);
        let wanted = self.is_wanted(&hash);
        if *blake3::hash(content).as_bytes() != *hash.as_bytes() {
            taken.refused += 1;
        } else if wanted {
            self.commit_pending();
            self.keep_attachment(content)?;
            self.no_longer_wanted(&hash);
            taken.others += 1;
        }
        Ok(())
    }
}

/// Whom a bundle is for.
enum Reader {
    /// Everyone: public records only.
    Anyone,
    /// Whoever that node belongs to.
    Node(NodeKey),
    /// A copy of all that is held.
    Copy,
}

/// The community a bundle belongs to, as its first entry says.
///
/// # Errors
/// A [`Fault`] when the file is no bundle, or the disk refuses.
pub(crate) fn community(path: &Path) -> Result<CommunityId, Fault> {
    match Reading::open(path)?.entry()? {
        Entry::One(b'H', bytes) => bytes.get(..32).and_then(CommunityId::from_slice).ok_or_else(not_a_bundle),
        _ => Err(not_a_bundle()),
    }
}

fn not_a_bundle() -> Fault {
    Fault::input("not-a-bundle", "this file is not a Linli bundle")
        .hint("choose the file that `linli bundle export` wrote")
}

/// Nothing of a bundle fits yet, and which one comes first.
fn too_early(missing: u64, after: u64) -> Fault {
    let message =
        format!("{missing} records of this bundle follow others that are not here; nothing was taken");
    Fault::new(FaultKind::Waiting, "bundle-too-early", message)
        .details([format!("it goes on from number {after} of the home that wrote it")])
        .hint(format!(
            "import the earlier bundle first, the one whose export ended with `--after {after}`, then this one again; or \
             have one written without --after"
        ))
}

/// Why a bundle ends before its end: it is shorter, goes on with what is no entry, or does not hold what was written.
const SHORTER: &str = "shorter";
const NO_ENTRY: &str = "no-entry";
const CHANGED: &str = "changed";

/// What a bundle gave so far.
#[derive(Default)]
struct Taken {
    run: Vec<RawRecord>,
    log: Option<LogId>,
    next: u64,
    records: u64,
    refused: u64,
    missing: u64,
    /// Blocks and attachments.
    others: u64,
    after: u64,
    until: u64,
}

enum Entry {
    One(u8, Vec<u8>),
    /// The end, and the sum over everything is right.
    End,
    /// Nothing more can be read, and why.
    Cut(&'static str),
}

struct Reading<R: Read> {
    input: R,
    hasher: blake3::Hasher,
}

impl Reading<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| {
            Fault::input("unreadable-file", format!("{} does not open", path.display()))
                .details([error.to_string()])
        })?;
        let mut reading = Self { input: BufReader::new(file), hasher: blake3::Hasher::new() };
        reading.magic()?;
        Ok(reading)
    }
}

impl<R: Read> Reading<R> {
    fn magic(&mut self) -> Result<(), Fault> {
        let mut magic = [0; MAGIC.len()];
        let read = self.input.read_exact(&mut magic);
        if read.is_err() || magic != *MAGIC {
            return Err(not_a_bundle());
        }
        self.hasher.update(&magic);
        Ok(())
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        let mut head = [0; 9];
        if let Err(error) = self.input.read_exact(&mut head) {
            return cut_short(&error);
        }
        // A file that was filled up with zeros must not be read to its end.
        if !head[0].is_ascii_uppercase() {
            return Ok(Entry::Cut(NO_ENTRY));
        }
        let length = u64::from_be_bytes(*head.last_chunk().expect("nine bytes"));
        let limit = if head[0] == b'A' { limits::BLOB_BYTES + 32 } else { ENTRY_BYTES };
        if length > limit {
            return Err(Fault::new(
                FaultKind::Input,
                "too-large",
                "an entry of this bundle is larger than any may be",
            ));
        }
        let before = self.hasher.finalize();
        let mut bytes = Vec::new();
        match self.input.by_ref().take(length).read_to_end(&mut bytes) {
            Ok(read) if read as u64 == length => {}
            Ok(_) => return Ok(Entry::Cut(SHORTER)),
            Err(error) => return cut_short(&error),
        }
        self.hasher.update(&head).update(&bytes);
        if head[0] == b'E' {
            return Ok(if bytes == before.as_bytes() { Entry::End } else { Entry::Cut(CHANGED) });
        }
        Ok(Entry::One(head[0], bytes))
    }
}

fn cut_short(error: &std::io::Error) -> Result<Entry, Fault> {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        Ok(Entry::Cut(SHORTER))
    } else {
        Err(Fault::disk("reading the bundle", error))
    }
}
