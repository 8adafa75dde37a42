//! Pictures from neighbours, decoded under limits on a thread of their own: what does not decode is no picture.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use image::{ImageReader, Limits};
use linli_record::BlobHash;

use super::{News, Unseen, Waker};

/// Bytes of a picture that is shown; larger ones are kept and not shown.
const BYTES: u64 = 24 * 1024 * 1024;
/// Pixels on a side.
const SIDE: u32 = 12_000;
/// Memory one picture may take while it is decoded.
const MEMORY: u64 = 256 * 1024 * 1024;
/// Pixels on a side of what is shown.
const SHOWN: u32 = 1_600;

/// A decoded picture: rows of red, green, blue, opacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// Decodes a picture file under limits, no larger than a window shows.
pub(super) fn decode(path: &Path) -> Option<Drawing> {
    if std::fs::metadata(path).ok()?.len() > BYTES {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let decoded = reader.decode().ok()?;
    let shown =
        if decoded.width().max(decoded.height()) > SHOWN { decoded.thumbnail(SHOWN, SHOWN) } else { decoded };
    let rgba = shown.into_rgba8();
    let (width, height) = (rgba.width() as usize, rgba.height() as usize);
    Some(Drawing { width, height, rgba: rgba.into_raw() })
}

/// Starts the thread that decodes; files handed over are taken away afterwards.
pub(super) fn start(news: Sender<News>, waker: Waker) -> Sender<(BlobHash, PathBuf)> {
    let (files, inbox) = channel::<(BlobHash, PathBuf)>();
    let work = move || {
        for (hash, path) in inbox {
            // A decoder that panics on foreign bytes must not end the thread.
            let drawing = std::panic::catch_unwind(|| decode(&path)).ok().flatten();
            let _ = std::fs::remove_file(&path);
            if news.send(News::Picture(hash, drawing.ok_or(Unseen::NoPicture))).is_err() {
                return;
            }
            waker();
        }
    };
    // Without the thread the sender fails, and pictures stay unseen.
    let _ = std::thread::Builder::new().name("linli-pictures".into()).spawn(work);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    /// A PNG that claims to be 30,000 pixels on a side: 3.6 GB if it were believed.
    fn bomb() -> Vec<u8> {
        let mut bytes = Vec::new();
        image::RgbaImage::new(1, 1).write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        bytes
    }

    #[test]
    fn a_neighbours_picture_is_shown_no_larger_than_a_window() {
        let mut bytes = Vec::new();
        image::RgbImage::new(2_000, 100)
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        let drawing = decode(file(&bytes).path()).unwrap();
        assert_eq!((drawing.width, drawing.height), (1_600, 80));
        assert_eq!(drawing.rgba.len(), 1_600 * 80 * 4);
    }

    #[test]
    fn bytes_that_are_no_picture_or_claim_to_be_enormous_are_not_shown() {
        assert_eq!(decode(file(b"not a picture").path()), None);
        assert_eq!(decode(file(&bomb()).path()), None);
        assert_eq!(decode(Path::new("/nowhere/at/all")), None);
    }
}
