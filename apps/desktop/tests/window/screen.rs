//! A display without a screen: Xvfb, whose pixels lie in a file.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const WIDTH: usize = 1240;
const HEIGHT: usize = 820;

/// A display, ended with the test.
pub(crate) struct Screen {
    server: Child,
    display: String,
    file: PathBuf,
}

/// What it shows: how bright each pixel is, 0 to 255.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) bright: Vec<u8>,
}

impl Screen {
    /// Opens one on a free number; `None`, with a printed line, where Xvfb is missing and nobody insists on it.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
            .arg(format!("{WIDTH}x{HEIGHT}x24"))
            .arg("-fbdir")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = match server {
            Ok(server) => server,
            Err(error) => {
                let required = std::env::var("LINLI_REQUIRE_PEERS").is_ok_and(|value| value == "1");
                assert!(!required, "Xvfb does not start: {error}");
                eprintln!("skipped: Xvfb does not start: {error}");
                return None;
            }
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        Some(Self { server, display, file: folder.join("Xvfb_screen0") })
    }

    /// What `DISPLAY` names it by.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// What it shows now; an X window dump (version 7: a header, a colour map, then rows of pixels).
    pub(crate) fn picture(&self) -> Option<Picture> {
        let dump = std::fs::read(&self.file).ok()?;
        let word = |index: usize| {
            let bytes = dump.get(index * 4..index * 4 + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
        };
        let (header, width, height) = (word(0)?, word(4)?, word(5)?);
        let (bits, row, colours) = (word(11)?, word(12)?, word(19)?);
        let pixels = dump.get(header + colours * 12..)?;
        let bright = (0..height).flat_map(|y| (0..width).map(move |x| y * row + x * bits / 8));
        let bright = bright.map(|at| pixels.get(at + 1).copied()).collect::<Option<Vec<u8>>>()?;
        Some(Picture { width, height, bright })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
