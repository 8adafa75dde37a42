//! Attachments: pictures, annexes, any bytes a record names by hash. One stream of a link's connection each.
//!
//! Request: 32 bytes of hash, 8 bytes of offset. Answer: one byte (1 = held), 8 bytes of total size, then the bytes from
//! the offset. What arrives is hashed as it is read and kept only if it is what was asked for. Members are served; what belongs
//! to a sealed record is sealed itself.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use linli_record::{BlobHash, NodeKey, limits};
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
    /// The hash is not the one asked for, or it is larger than any attachment.
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

/// Fetches an attachment into a file in `folder`, going on where an earlier try with this neighbour stopped. What another
/// neighbour began is not gone on with: it may have been a lie, and would spoil what comes.
pub(crate) async fn fetch(
    connection: &Connection,
    hash: BlobHash,
    folder: &Path,
) -> Result<PathBuf, FetchError> {
    let from = NodeKey::from(*connection.remote_id().as_bytes());
    let path = folder.join(format!("{hash}.{from}"));
    let disk = |source| FetchError::Disk { path: path.clone(), source };
    tokio::fs::create_dir_all(folder).await.map_err(disk)?;
    forget_others(folder, &hash, &path).await.map_err(disk)?;
    match fetch_rest(connection, hash, &path).await {
        Ok(()) => return Ok(path),
        Err(FetchError::Wrong) => tokio::fs::remove_file(&path).await.map_err(disk)?,
        Err(error) => return Err(error),
    }
    Err(FetchError::Wrong)
}

/// Removes what other neighbours left of it.
async fn forget_others(folder: &Path, hash: &BlobHash, kept: &Path) -> Result<(), std::io::Error> {
    let mut parts = tokio::fs::read_dir(folder).await?;
    while let Some(part) = parts.next_entry().await? {
        let of_it = part.file_name().to_str().is_some_and(|name| name.starts_with(&hash.to_string()));
        if of_it && part.path() != kept {
            tokio::fs::remove_file(part.path()).await?;
        }
    }
    Ok(())
}

/// The hash decides; a size is only ever too large.
async fn fetch_rest(connection: &Connection, hash: BlobHash, path: &Path) -> Result<(), FetchError> {
    let disk = |source| FetchError::Disk { path: path.to_owned(), source };
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.create(true).read(true).append(true).open(path).await.map_err(disk)?;
    let (mut hasher, held) = hashed(&mut file).await.map_err(disk)?;
    let mut recv = request(connection, hash, held).await?;
    let size = read_size(&mut recv).await?;
    if size > limits::BLOB_BYTES {
        return Err(FetchError::Wrong);
    }
    let mut left = size.checked_sub(held).ok_or(FetchError::Wrong)?;
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
    if hasher.finalize().as_bytes() == hash.as_bytes() { Ok(()) } else { Err(FetchError::Wrong) }
}

/// What an earlier try left in the file, hashed.
async fn hashed(file: &mut tokio::fs::File) -> Result<(blake3::Hasher, u64), std::io::Error> {
    let (mut hasher, mut held) = (blake3::Hasher::new(), 0);
    file.seek(SeekFrom::Start(0)).await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok((hasher, held));
        }
        held += read as u64;
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use iroh::endpoint::presets;
    use iroh::{Endpoint, EndpointAddr, RelayMode, TransportAddr};

    use super::*;

    const ALPN: &[u8] = b"linli/test";

    async fn endpoint() -> Endpoint {
        let builder = Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled);
        let builder = builder.alpns(vec![ALPN.to_vec()]).clear_ip_transports();
        builder.bind_addr("127.0.0.1:0").unwrap().bind().await.unwrap()
    }

    /// A neighbour that sends these bytes from the offset on, at most so many at a time, and notes the offsets.
    struct Neighbour {
        connection: Connection,
        asked: Arc<Mutex<Vec<usize>>>,
        _ends: [Endpoint; 2],
    }

    async fn neighbour(bytes: Vec<u8>, at_most: usize) -> Neighbour {
        let (here, there) = (endpoint().await, endpoint().await);
        let asked = Arc::<Mutex<Vec<usize>>>::default();
        let (noted, accepting) = (Arc::clone(&asked), there.clone());
        tokio::spawn(async move {
            let connection = accepting.accept().await.unwrap().await.unwrap();
            while let Ok((mut send, mut recv)) = connection.accept_bi().await {
                let mut request = [0; REQUEST_BYTES];
                recv.read_exact(&mut request).await.unwrap();
                let offset = u64::from_be_bytes(request[BlobHash::LEN..].try_into().unwrap());
                let offset = usize::try_from(offset).unwrap();
                noted.lock().unwrap().push(offset);
                let rest = &bytes[offset.min(bytes.len())..];
                let answer =
                    [&[HELD], &(bytes.len() as u64).to_be_bytes()[..], &rest[..rest.len().min(at_most)]];
                send.write_all(&answer.concat()).await.unwrap();
                send.finish().unwrap();
            }
        });
        let sockets = there.bound_sockets().into_iter().map(TransportAddr::Ip);
        let address = EndpointAddr::from_parts(there.id(), sockets);
        let connection = here.connect(address, ALPN).await.unwrap();
        Neighbour { connection, asked, _ends: [here, there] }
    }

    #[test]
    fn a_lie_that_one_neighbour_began_does_not_spoil_what_another_sends() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let picture: Vec<u8> = (0..100_000_u32).map(|at| (at % 251) as u8).collect();
            let hash = BlobHash::from(*blake3::hash(&picture).as_bytes());
            let liar = neighbour(vec![0; 100_000], 60_000).await;
            let honest = neighbour(picture.clone(), 60_000).await;
            assert!(matches!(fetch(&liar.connection, hash, folder.path()).await, Err(FetchError::Ended(_))));
            assert!(matches!(
                fetch(&honest.connection, hash, folder.path()).await,
                Err(FetchError::Ended(_))
            ));
            // With the same neighbour it goes on where it stopped.
            let path = fetch(&honest.connection, hash, folder.path()).await.unwrap();
            assert_eq!(std::fs::read(path).unwrap(), picture);
            assert_eq!(*honest.asked.lock().unwrap(), [0, 60_000]);
            // The liar ends its lie: nothing is left of it.
            assert!(matches!(fetch(&liar.connection, hash, folder.path()).await, Err(FetchError::Ended(_))));
            assert!(matches!(fetch(&liar.connection, hash, folder.path()).await, Err(FetchError::Wrong)));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        });
    }
}
