//! Attachments this node lacks, fetched one at a time from neighbours, and its own, brought in from files.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use linli_record::sealed_file::{self, Under};
use linli_record::{AudienceId, BlobHash, BlobRef, EpochKey, NodeKey, Record, limits};
use linli_store::{Batch, Op};

use super::{Core, store_fault_read};
use crate::chance::random;
use crate::fault::{Fault, FaultKind};
use crate::net;
use crate::vocabulary::Answer;

/// Projection: how many arrivals there were when an attachment came that its record had to wait for (8 bytes), and its hash,
/// to nothing. A repair forgets it.
const FETCHED: &str = "fetched";

impl Core {
    /// Looks through the catalogue for what was still wanted when the node last stopped.
    pub(super) fn load_fetches(&mut self) -> Result<(), Fault> {
        let mut from = BlobHash::from([0; 32]);
        loop {
            let page = self.store.blobs(&from, 1024).map_err(|error| store_fault_read(&error))?;
            let full = page.len() == 1024;
            if let Some(last) = page.last() {
                from = last.hash;
            }
            for entry in page.iter().filter(|entry| !entry.held) {
                self.fetches.want(entry.hash);
            }
            if !full {
                self.forget_parts();
                return Ok(());
            }
        }
    }

    /// Notes the attachments a record names.
    pub(super) fn want_attachments(&mut self, record: &Record, batch: &mut Batch) {
        for blob in &record.blobs {
            let held = self.store.blob(&blob.hash).ok().flatten().is_some_and(|entry| entry.held);
            if !held {
                batch.push(Op::Blob { hash: blob.hash, size: blob.size, held: false });
                self.fetches.want(blob.hash);
            }
        }
    }

    /// Whether a record names an attachment that is not held.
    pub(super) fn is_wanted(&self, hash: &BlobHash) -> bool {
        self.fetches.contains(hash) || self.store.blob(hash).ok().flatten().is_some_and(|entry| !entry.held)
    }

    /// It came by another way.
    pub(super) fn no_longer_wanted(&mut self, hash: &BlobHash) {
        self.fetches.came(hash);
    }

    /// Parts of attachments that are not wanted any more.
    fn forget_parts(&self) {
        let parts = std::fs::read_dir(self.home.root().join("fetching")).into_iter().flatten().flatten();
        for part in parts {
            let name = part.file_name();
            let hash = name.to_str().and_then(|name| name.split('.').next()?.parse::<BlobHash>().ok());
            if hash.is_none_or(|hash| !self.fetches.contains(&hash)) {
                let _ = std::fs::remove_file(part.path());
            }
        }
    }

    /// What there was no room to remember is looked for again, once there is.
    pub(super) fn remember_fetches(&mut self) {
        if self.fetches.has_room_again()
            && let Err(fault) = self.load_fetches()
        {
            tracing::warn!(%fault, "the catalogue of attachments does not read");
        }
    }

    /// Starts what can be fetched now.
    pub(super) fn fetch_wanted(&mut self) {
        let Some(network) = &self.network else { return };
        let now = self.clock.now_ms();
        let peers: Vec<NodeKey> = self.links.values().map(|peer| peer.handle.peer).collect();
        while let Some((hash, from)) = self.fetches.next(&peers, now) {
            let link = self.links.values().find(|peer| peer.handle.peer == from);
            let Some(connection) = link.and_then(|peer| peer.handle.connection()) else {
                self.fetches.ended(hash, from, now);
                continue;
            };
            let folder = self.home.root().join("fetching");
            let desk = self.desk.clone();
            network.runtime.spawn(async move {
                let result = net::fetch(&connection, hash, &folder).await.map_err(|error| error.to_string());
                desk.fetched(hash, from, result).await;
            });
        }
    }

    /// A fetch ended: keep the file, or ask the next neighbour.
    pub(super) fn fetched(&mut self, hash: BlobHash, from: NodeKey, result: Result<PathBuf, String>) {
        let kept = result.and_then(|path| {
            let kept = self.keep_file(&path, hash).map_err(|fault| fault.to_string());
            let _ = std::fs::remove_file(&path);
            kept
        });
        if kept.is_ok() {
            self.fetches.came(&hash);
        }
        self.fetches.ended(hash, from, self.clock.now_ms());
        match kept {
            Ok(()) => {
                self.check_waiting_claims();
                self.advance_register();
            }
            Err(why) => {
                tracing::debug!(peer = %from.short(), attachment = %hash.short(), why, "not fetched");
            }
        }
    }

    /// The hash alone says whether it is the one: what a record says of its size may be a lie.
    fn keep_file(&mut self, path: &Path, hash: BlobHash) -> Result<(), Fault> {
        let disk = |error: std::io::Error| Fault::disk("keeping an attachment", &error);
        let mut from = std::fs::File::open(path).map_err(disk)?;
        let size = from.metadata().map_err(disk)?.len();
        let mut incoming = self.store.receive_blob(hash, size).map_err(disk)?;
        std::io::copy(&mut from, &mut incoming).map_err(disk)?;
        let entry = incoming.finish().map_err(disk)?;
        self.note_bytes_for_order();
        let mut batch = Batch::from(Op::Blob { hash: entry.hash, size: entry.size, held: true });
        self.note_fetched(&entry.hash, &mut batch);
        self.write(batch)
    }

    fn note_fetched(&self, hash: &BlobHash, batch: &mut Batch) {
        let at = [&self.store.arrivals().to_be_bytes()[..], hash.as_bytes()].concat();
        batch.cache(FETCHED, at, Some(Vec::new()));
    }

    /// Attachments that came when this node had at least so many arrivals.
    pub(super) fn fetched_since(&self, arrivals: u64) -> Result<BTreeSet<BlobHash>, Fault> {
        let came = self.store.cache_scan(FETCHED, &arrivals.to_be_bytes(), usize::MAX);
        let came = came.map_err(|error| store_fault_read(&error))?;
        Ok(came.iter().filter_map(|(key, _)| BlobHash::from_slice(key.get(8..)?)).collect())
    }

    /// Brings a file in as an attachment of a record about to be written.
    pub(super) fn bring_picture(&mut self, path: &Path) -> Result<BlobRef, Fault> {
        let bytes = read_picture(path)?;
        self.keep_attachment(&bytes)
    }

    /// Brings a file in as an attachment of a sealed record: what is kept and named is ciphertext.
    pub(super) fn bring_sealed(&mut self, path: &Path, under: &Sealing<'_>) -> Result<BlobRef, Fault> {
        let Sealing { audience, epoch, key } = under;
        let under = Under { community: &self.community, audience, epoch: *epoch, key };
        let sealed = sealed_file::seal(&under, random(), &read_picture(path)?)?;
        self.keep_attachment(&sealed)
    }

    /// Keeps bytes as an attachment.
    pub(super) fn keep_attachment(&mut self, bytes: &[u8]) -> Result<BlobRef, Fault> {
        let disk = |error: std::io::Error| Fault::disk("keeping an attachment", &error);
        let hash = BlobHash::from(*blake3::hash(bytes).as_bytes());
        let size = bytes.len() as u64;
        let held =
            self.store.blob(&hash).map_err(|error| store_fault_read(&error))?.is_some_and(|blob| blob.held);
        if !held {
            let mut incoming = self.store.receive_blob(hash, size).map_err(disk)?;
            incoming.write_all(bytes).map_err(disk)?;
            incoming.finish().map_err(disk)?;
            self.note_bytes_for_order();
            let mut batch = Batch::from(Op::Blob { hash, size, held: true });
            if self.is_wanted(&hash) {
                self.note_fetched(&hash, &mut batch);
            }
            self.write(batch)?;
        }
        Ok(BlobRef { hash, size, flag: 0 })
    }

    /// The file of an attachment, for a neighbour that may read a record naming it.
    ///
    /// Attachments of sealed records are ciphertext; everyone enrolled may hold them, nobody else may ask.
    pub(super) fn attachment_for(&self, peer: &NodeKey, hash: &BlobHash) -> Option<PathBuf> {
        if !self.knows_members() || !self.roster.admits(peer) || !self.attachment_shown(peer, hash) {
            return None;
        }
        let held = self.store.blob(hash).ok().flatten().is_some_and(|entry| entry.held);
        if held { self.store.blob_path(hash) } else { None }
    }

    /// Sets a damaged attachment's file aside and wants it again; a whole one is left alone.
    pub(super) fn attachment_again(&mut self, hash: &str) -> Result<Answer, Fault> {
        let hash = hash_named(hash)?;
        let entry = self.store.blob(&hash).map_err(|error| store_fault_read(&error))?;
        let entry = entry.ok_or_else(|| Fault::not_found("attachment", &hash.to_string()))?;
        if entry.held && self.store.read_blob(&hash).is_err() {
            // In this order: a power cut between leaves a file that nobody lists, and that the next one replaces.
            self.write(Batch::from(Op::Blob { hash, size: entry.size, held: false }))?;
            self.store
                .set_blob_aside(&hash)
                .map_err(|error| Fault::disk("setting a damaged attachment aside", &error))?;
            self.fetches.want(hash);
        }
        Ok(Answer::Done)
    }

    /// Puts an attachment's bytes into a file; one that is there gives way only when `replace` says so.
    pub(super) fn save_attachment(&self, hash: &str, path: &Path, replace: bool) -> Result<Answer, Fault> {
        let bytes = self.store.read_blob(&hash_named(hash)?).map_err(|error| store_fault_read(&error))?;
        let bytes = bytes.ok_or_else(|| {
            Fault::new(FaultKind::NotFound, "not-held", "this node does not hold that attachment (yet)")
                .hint("it comes when a neighbour that has it is connected")
        })?;
        save(path, &self.unseal_file(bytes), replace)?;
        Ok(Answer::Done)
    }
}

fn hash_named(hash: &str) -> Result<BlobHash, Fault> {
    let parsed = hash.trim().parse();
    parsed.map_err(|error: linli_record::ids::ParseIdError| Fault::input("hash", error.to_string()))
}

/// Writes a file of the person's.
fn save(path: &Path, bytes: &[u8], replace: bool) -> Result<(), Fault> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).truncate(true).create(replace).create_new(!replace);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Fault::input("file-exists", format!("{} is there already; it was left as it is", path.display()))
                .hint("choose another name, or add --force to replace it")
        }
        _ => Fault::disk("writing the file", &error),
    })?;
    file.write_all(bytes).map_err(|error| {
        if !replace {
            // A part of it would stand in the way of the next attempt.
            let _ = std::fs::remove_file(path);
        }
        Fault::disk("writing the file", &error)
    })
}

/// A key to seal an attachment under.
pub(super) struct Sealing<'a> {
    pub(super) audience: AudienceId,
    pub(super) epoch: u64,
    pub(super) key: &'a EpochKey,
}

fn read_picture(path: &Path) -> Result<Vec<u8>, Fault> {
    let disk = |error: std::io::Error| {
        Fault::input("unreadable-file", format!("{} does not open", path.display()))
            .details([error.to_string()])
    };
    let about = std::fs::metadata(path).map_err(disk)?;
    // A device or pipe has no end, and opening it may wait for ever.
    if !about.is_file() {
        return Err(Fault::input("not-a-file", format!("{} is no regular file", path.display()))
            .hint("name a picture's file"));
    }
    let size = about.len();
    if size > limits::BLOB_BYTES {
        return Err(
            Fault::input("attachment-size", "an attachment has at most 64 MiB").hint("make it smaller")
        );
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(disk)?.take(size + 1).read_to_end(&mut bytes).map_err(disk)?;
    if ![JPEG, PNG].iter().any(|begins| bytes.starts_with(begins)) {
        return Err(Fault::input("not-a-picture", format!("{} is no JPEG or PNG picture", path.display()))
            .hint("save it as JPEG or PNG; the name's ending does not matter"));
    }
    Ok(bytes)
}

/// What pictures that everyone's screen shows begin with.
const JPEG: &[u8] = b"\xff\xd8\xff";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
