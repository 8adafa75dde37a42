//! Attachments: pictures, annexes, any bytes a record names by hash. One stream of a link's connection each.
//!
//! Request: 32 bytes of hash, 8 bytes of offset. Answer: one byte (1 = held), 8 bytes of total size, then the bytes from
//! the offset. What arrives is hashed as it is read and kept only if it is what was asked for. Members are served; what belongs
//! to a sealed record is sealed itself.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use linli_record::{BlobHash, NodeKey};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use crate::actor::Desk;

const REQUEST_BYTES: usize = BlobHash::LEN + 8;
const CHUNK_BYTES: usize = 64 * 1024;
const HELD: u8 = 1;
const NOT_HELD: u8 = 0;
/// Without a byte for this long, a transfer is given up.
const STALL: Duration = Duration::from_secs(20);

/// Why an attachment did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The neighbour does not hold it, or may not give it to us.
    #[error("the neighbour does not hold it")]
    NotHeld,
    /// The connection ended.
    #[error("transfer ended: {0}")]
    Ended(String),
    /// Size or hash is not what the record says.
    #[error("what arrived is not what the record names")]
    Wrong,
    /// The disk refused.
    #[error("writing {path}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Answers a neighbour's requests until the connection ends.
pub(super) async fn serve(connection: Connection, peer: NodeKey, desk: Desk) {
    while let Ok((send, recv)) = connection.accept_bi().await {
        let desk = desk.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(send, recv, peer, desk).await {
                tracing::debug!(peer = %peer.short(), %error, "attachment not served");
            }
        });
    }
}

async fn answer(
    mut send: SendStream,
    mut recv: RecvStream,
    peer: NodeKey,
    desk: Desk,
) -> Result<(), std::io::Error> {
    let mut request = [0; REQUEST_BYTES];
    tokio::time::timeout(STALL, recv.read_exact(&mut request))
        .await?
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let (hash, offset) = request.split_at(BlobHash::LEN);
    let hash = BlobHash::from_slice(hash).expect("split at its length");
    let offset = u64::from_be_bytes(offset.try_into().expect("eight bytes remain"));
    let Some(path) = desk.attachment_for(peer, hash).await else {
        send.write_all(&[NOT_HELD]).await?;
        return send.finish().map_err(std::io::Error::other);
    };
    let mut file = tokio::fs::File::open(&path).await?;
    let size = file.metadata().await?.len();
    file.seek(SeekFrom::Start(offset.min(size))).await?;
    send.write_all(&[HELD]).await?;
    send.write_all(&size.to_be_bytes()).await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            break;
        }
        tokio::time::timeout(STALL, send.write_all(&chunk[..read])).await??;
    }
    send.finish().map_err(std::io::Error::other)
}

/// Fetches an attachment into `path`, going on where an earlier try stopped; `size` is the signed size.
pub(crate) async fn fetch(
    connection: &Connection,
    hash: BlobHash,
    size: u64,
    path: &Path,
) -> Result<(), FetchError> {
    let disk = |source| FetchError::Disk { path: path.to_owned(), source };
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.create(true).read(true).append(true).open(path).await.map_err(disk)?;
    let (mut hasher, held) = hashed(&mut file, size).await.map_err(disk)?;
    let mut recv = request(connection, hash, held).await?;
    if read_size(&mut recv).await? != size {
        return Err(FetchError::Wrong);
    }
    let mut left = size - held;
    while left > 0 {
        let chunk = tokio::time::timeout(STALL, recv.read_chunk(CHUNK_BYTES))
            .await
            .map_err(|_| FetchError::Ended("stalled".into()))?
            .map_err(|error| FetchError::Ended(error.to_string()))?
            .ok_or_else(|| FetchError::Ended("cut short".into()))?;
        let bytes = &chunk[..];
        left = left.checked_sub(bytes.len() as u64).ok_or(FetchError::Wrong)?;
        hasher.update(bytes);
        file.write_all(bytes).await.map_err(disk)?;
    }
    file.sync_all().await.map_err(disk)?;
    drop(file);
    if hasher.finalize().as_bytes() == hash.as_bytes() {
        return Ok(());
    }
    tokio::fs::remove_file(path).await.map_err(disk)?;
    Err(FetchError::Wrong)
}

/// What an earlier try left in the file, hashed; a file already too long starts anew.
async fn hashed(file: &mut tokio::fs::File, size: u64) -> Result<(blake3::Hasher, u64), std::io::Error> {
    let mut hasher = blake3::Hasher::new();
    let held = file.metadata().await?.len();
    if held > size {
        file.set_len(0).await?;
        return Ok((hasher, 0));
    }
    file.seek(SeekFrom::Start(0)).await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok((hasher, held));
        }
        hasher.update(&chunk[..read]);
    }
}

async fn request(connection: &Connection, hash: BlobHash, offset: u64) -> Result<RecvStream, FetchError> {
    let ended = |error: String| FetchError::Ended(error);
    let (mut send, recv) = connection.open_bi().await.map_err(|error| ended(error.to_string()))?;
    let mut request = Vec::with_capacity(REQUEST_BYTES);
    request.extend_from_slice(hash.as_bytes());
    request.extend_from_slice(&offset.to_be_bytes());
    send.write_all(&request).await.map_err(|error| ended(error.to_string()))?;
    send.finish().map_err(|error| ended(error.to_string()))?;
    Ok(recv)
}

async fn read_size(recv: &mut RecvStream) -> Result<u64, FetchError> {
    let mut head = [0; 9];
    let read = tokio::time::timeout(STALL, recv.read_exact(&mut head[..1])).await;
    match read {
        Ok(Ok(())) if head[0] == HELD => {}
        Ok(Ok(())) => return Err(FetchError::NotHeld),
        Ok(Err(error)) => return Err(FetchError::Ended(error.to_string())),
        Err(_) => {
            let _ = recv.stop(VarInt::from_u32(0));
            return Err(FetchError::Ended("stalled".into()));
        }
    }
    recv.read_exact(&mut head[1..]).await.map_err(|error| FetchError::Ended(error.to_string()))?;
    Ok(u64::from_be_bytes(head[1..].try_into().expect("eight bytes")))
}
