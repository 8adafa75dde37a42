//! The real window, on a display of its own (Xvfb) with software OpenGL, on a machine without one Chinese font: the
//! characters on its first screen are looked for in the picture itself.

#![allow(clippy::unwrap_used, clippy::float_arithmetic)]

#[path = "window/glyph.rs"]
mod glyph;
#[path = "window/screen.rs"]
mod screen;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use glyph::Stencil;
use screen::{Picture, Screen};

/// Nothing is waited for longer than this: software OpenGL on a busy machine is slow.
const BOUND: Duration = Duration::from_secs(60);
/// How alike a stencil and the screen must be, 1 being the same: the rest is where between two pixels a letter falls.
const ALIKE: f32 = 0.85;

/// The window as a process, ended with the test.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program where fontconfig knows no font at all.
fn open(home: &Path, display: &str) -> Window {
    let fonts = home.join("no-fonts.conf");
    std::fs::write(&fonts, "<?xml version=\"1.0\"?><fontconfig></fontconfig>").unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_linli-desktop"))
        .args(["--lang", "zh", "--home"])
        .arg(home.join("home"))
        .env_remove("WAYLAND_DISPLAY")
        .env("DISPLAY", display)
        .env("FONTCONFIG_FILE", &fonts)
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Window(child)
}

/// How well a stencil fits the best place of the screen, once it fits or nothing more is to be hoped for.
fn look_for(stencil: &Stencil, screen: &Screen, window: &mut Window) -> f32 {
    let began = Instant::now();
    let mut best = 0.0_f32;
    while best < ALIKE && began.elapsed() < BOUND {
        assert!(window.0.try_wait().unwrap().is_none(), "the window ended by itself: {}", said(window));
        if let Some(picture) = screen.picture() {
            best = best.max(stencil.best_fit(&picture));
        }
        std::thread::yield_now();
    }
    best
}

fn said(window: &mut Window) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    if let Some(stderr) = &mut window.0.stderr {
        let _ = stderr.read_to_string(&mut text);
    }
    text
}

#[test]
fn the_window_opens_and_shows_chinese_on_a_machine_without_chinese_fonts() {
    let folder = tempfile::tempdir().unwrap();
    let Some(screen) = Screen::open(folder.path()) else { return };
    let mut window = open(folder.path(), screen.display());
    for character in ['\u{90bb}', '\u{91cc}'] {
        let fit = look_for(&Stencil::of(character), &screen, &mut window);
        assert!(fit >= ALIKE, "{character} is not on the screen: {fit}");
    }
    // Control: a character that is not there, and the empty box of a missing one, do not fit.
    let picture: Picture = screen.picture().unwrap();
    for other in ['\u{9f9f}', '\u{25a1}'] {
        let fit = Stencil::of(other).best_fit(&picture);
        assert!(fit < ALIKE, "{other} seems to be on the screen: {fit}");
    }
}
