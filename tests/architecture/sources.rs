//! What a source file may hold. It knows nothing of manifests. Read [`broken`] first.

use std::fs;
use std::path::Path;

const PURE: &[&str] = &["record", "community", "witness", "sync", "export"];

/// The wall; half the files should be a fifth of it.
const LINES: usize = 700;

/// Words that bring a clock, a disk, a thread, a socket, chance or an executor into a pure crate.
const IMPURE: &[&str] = &[
    ".await",
    "HashMap",
    "HashSet",
    "Instant::",
    "OsRng",
    "SystemTime",
    "async fn",
    "getrandom",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "thread_rng",
    "tokio",
];

/// What a pure crate's clippy.toml must ban; it replaces the root file, so the thresholds stand in it too.
const BANS: &[&str] = &[
    "too-many-lines-threshold",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::fs::File",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::thread::spawn",
];

/// Paths in code and the one folder whose code may name them; `tests/` may name anything.
const ALONE: &[(&str, &str)] = &[
    ("automerge::", "crates/community/"),
    ("iroh::", "crates/node/"),
    ("iroh_relay::", "crates/node/"),
    ("iroh_blobs::", "crates/node/"),
    ("nokhwa::", "apps/gateway/"),
    ("redb::", "crates/store/"),
    ("tokio::net", "crates/node/"),
];

/// Words by which an endpoint would speak with a company's relays and name servers, or ask a router for a port: nothing
/// leaves a machine but to its peers. In pieces, since this file is read, too.
const OUTSIDE: &[&str] = &[
    concat!("presets", "::N0"),
    concat!("presets", "::{"),
    concat!("presets", "::*"),
    concat!("RelayMode", "::Default"),
    concat!("RelayMode", "::Staging"),
    concat!("PortmapperConfig", "::Enabled"),
    concat!("iroh", "::defaults"),
    concat!("defaults", "::prod"),
    concat!("Dns", "AddressLookup"),
    concat!("Pkarr", "Publisher"),
    concat!("Pkarr", "Resolver"),
    concat!("iroh", ".link"),
    concat!("N0_", "DNS"),
];

/// What code that makes an endpoint must say beside it: what it is left to itself would ask outside.
const ENDPOINT: &[&str] = &["presets::Minimal", "RelayMode::", "PortmapperConfig::Disabled"];

/// A file: its path from the root with `/`, and its text.
pub(crate) struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Tests, which may hold sample text and stand on any floor.
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The pure crate whose `src` it lies in; benchmarks and examples beside it have clocks and files.
    fn pure_crate(&self) -> Option<&str> {
        let (name, _) = self.path.strip_prefix("crates/")?.split_once("/src/")?;
        PURE.contains(&name).then_some(name)
    }

    /// Lines before the tests at the end of the file, with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let end = lines.windows(2).position(|pair| {
            pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        });
        let end = end.unwrap_or(lines.len());
        lines.into_iter().take(end).enumerate().map(|(index, line)| (index + 1, line))
    }

    /// [`Self::lines`] without comments that fill a line.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn code_says<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code().filter(move |(_, line)| line.contains(word)).map(|(number, _)| number)
    }
}

/// All Rust sources and lint settings of the workspace.
pub(crate) fn gather(root: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    for floor in ["crates", "apps", "tests", "examples"] {
        walk(root, &root.join(floor), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder stays readable").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            walk(root, &path, found);
        } else if path.is_file() && (name.ends_with(".rs") || name == "clippy.toml") {
            let relative = path.strip_prefix(root).expect("walked down from the root");
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            found.push(Source { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// Every rule that a file breaks, as sentences that begin with its path.
pub(crate) fn broken(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        broken.extend(shape(source));
        broken.extend(company(source));
        broken.extend(purity(source));
    }
    broken.extend(PURE.iter().flat_map(|name| bans(name, sources)));
    broken
}

/// Length, first words, letters.
fn shape(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    let mut broken = Vec::new();
    let lines = text.lines().count();
    if lines > LINES {
        broken.push(format!("{path} has {lines} lines, {LINES} are the wall"));
    }
    if !source.is_test() && !text.starts_with("//!") {
        broken.push(format!("{path} does not begin by saying what lives here"));
    }
    if !source.is_test() {
        let foreign = source.lines().filter(|(_, line)| !line.is_ascii());
        broken.extend(foreign.map(|(number, _)| format!("{path}:{number} is not ASCII")));
    }
    broken
}

/// Libraries that are another floor's, and words that lead outside.
fn company(source: &Source) -> Vec<String> {
    let path = &source.path;
    let outside = OUTSIDE.iter().flat_map(|word| source.code_says(word).map(move |number| (number, word)));
    let mut broken: Vec<String> =
        outside.map(|(number, word)| format!("{path}:{number} says {word}")).collect();
    let makes = ["Endpoint::builder(", "Endpoint::bind("];
    if !source.is_test() && makes.iter().any(|word| source.code_says(word).next().is_some()) {
        let silent = ENDPOINT.iter().filter(|word| source.code_says(word).next().is_none());
        broken.extend(silent.map(|word| format!("{path} makes an endpoint and does not say {word}")));
    }
    for (word, floor) in ALONE.iter().filter(|(_, floor)| !path.starts_with(floor) && !source.is_test()) {
        let said = source.code_says(word);
        broken.extend(said.map(|number| format!("{path}:{number} says {word}, which is for {floor} only")));
    }
    broken
}

fn purity(source: &Source) -> Vec<String> {
    let Some(name) = source.pure_crate().filter(|_| !source.is_test()) else {
        return Vec::new();
    };
    let path = &source.path;
    let said = IMPURE.iter().flat_map(|word| source.code_says(word).map(move |number| (number, word)));
    said.map(|(number, word)| format!("{path}:{number} says {word}, and {name} is pure")).collect()
}

fn bans(name: &str, sources: &[Source]) -> Vec<String> {
    let path = format!("crates/{name}/clippy.toml");
    let Some(lints) = sources.iter().find(|source| source.path == path) else {
        return vec![format!("{path} is missing")];
    };
    let absent = BANS.iter().filter(|ban| !lints.text.contains(**ban));
    absent.map(|ban| format!("{path} does not name {ban}")).collect()
}

fn made_up(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn lints() -> Vec<Source> {
    PURE.iter().map(|name| made_up(&format!("crates/{name}/clippy.toml"), &BANS.join("\n"))).collect()
}

#[test]
fn a_tidy_file_is_not_called_broken() {
    let mut sources = lints();
    sources.extend([
        made_up(
            "crates/record/src/lib.rs",
            "//! Docs.\n// a HashMap in a comment\n#[cfg(test)]\nmod tests {\n    // \u{90bb}\u{91cc}\n}\n",
        ),
        made_up("crates/record/examples/verify.rs", "//! Docs.\nuse std::fs;\n"),
        made_up("crates/store/src/lib.rs", "//! Docs.\nuse redb::Database;\n"),
        made_up("crates/node/src/lib.rs", "//! Docs.\nuse iroh::Endpoint;\nuse tokio::net::UdpSocket;\n"),
        made_up(
            "crates/node/src/net.rs",
            "//! Docs.\nEndpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled)\n    \
             .portmapper_config(PortmapperConfig::Disabled);\n",
        ),
        made_up("tests/strangers.rs", "use iroh::Endpoint;\n// \u{90bb}\u{91cc}\n"),
    ]);
    assert_eq!(broken(&sources), Vec::<String>::new());
}

#[test]
fn a_file_that_breaks_a_rule_is_seen() {
    let mut sources = lints();
    sources.retain(|source| source.path != "crates/sync/clippy.toml");
    sources[0].text = sources[0].text.replace("std::thread::spawn", "");
    sources.extend([
        made_up("crates/record/src/lib.rs", "pub mod undocumented;\n"),
        made_up("crates/record/src/long.rs", &format!("//! Docs.\n{}", "\n".repeat(LINES))),
        made_up(
            "crates/sync/src/peer.rs",
            "//! Docs.\nuse std::collections::HashMap;\nstd::thread::park();\n",
        ),
        made_up("crates/witness/src/vote.rs", "//! Docs.\npub async fn vote() {}\n"),
        made_up("crates/store/src/name.rs", "//! Docs.\nconst NAME: &str = \"\u{90bb}\u{91cc}\";\n"),
        made_up("apps/cli/src/main.rs", "//! Docs.\nuse iroh::Endpoint;\nuse tokio::net::TcpStream;\n"),
        made_up("tests/strangers.rs", concat!("endpoint(presets", "::N0DisableRelay)\n")),
        made_up("tests/imports.rs", concat!("use iroh::endpoint::presets", "::{Minimal, N0};\n")),
        made_up("crates/node/src/net.rs", "//! Docs.\nEndpoint::builder(presets::Minimal).bind();\n"),
        made_up("crates/node/src/way.rs", concat!("//! Docs.\nRelayMode", "::Default\n")),
    ]);
    let sentences = broken(&sources);
    let expected = [
        "crates/record/src/lib.rs does not begin by saying",
        "crates/record/src/long.rs has 701 lines",
        "crates/record/clippy.toml does not name std::thread::spawn",
        "crates/sync/clippy.toml is missing",
        "crates/sync/src/peer.rs:2 says HashMap",
        "crates/sync/src/peer.rs:3 says std::thread",
        "crates/witness/src/vote.rs:2 says async fn",
        "crates/store/src/name.rs:2 is not ASCII",
        "apps/cli/src/main.rs:2 says iroh::",
        "apps/cli/src/main.rs:3 says tokio::net",
        concat!("tests/strangers.rs:1 says presets", "::N0"),
        "tests/imports.rs:1 says presets",
        "crates/node/src/net.rs makes an endpoint and does not say RelayMode",
        "crates/node/src/net.rs makes an endpoint and does not say PortmapperConfig",
        "crates/node/src/way.rs:2 says RelayMode",
    ];
    for sentence in expected {
        assert!(sentences.iter().any(|s| s.starts_with(sentence)), "not seen: {sentence}\nin {sentences:#?}");
    }
}
