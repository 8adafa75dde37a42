//! Arguments that several commands share: a text, a scope, a role.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use linli_community::content::Scope;
use linli_community::content::scope::Stair;
use linli_node::Fault;
use linli_speech::exit::Failure;

/// No text of the neighbourhood is longer; a larger file is a mistake.
const TEXT_BYTES: u64 = 1024 * 1024;

// No comment of documentation on these types: clap would print it as the command's own.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct TextArgs {
    /// The text
    #[arg(long)]
    text: Option<String>,
    /// File that holds the text; `-` is the standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl TextArgs {
    /// The text, if one was given.
    pub(crate) fn read(self) -> Result<Option<String>, Failure> {
        match (self.text, self.file) {
            (Some(text), _) => Ok(Some(text)),
            (None, Some(path)) => read_text(&path).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// A text file, or the standard input for `-`; a mark of byte order and the last line's end are left away.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read_bytes(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Fault::input("not-utf8", format!("{} is not UTF-8 text", path.display())))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).trim_end().to_owned())
}

/// A file's bytes, or the standard input's for `-`.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(TEXT_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(TEXT_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Fault::input("unreadable-file", format!("{} does not open", path.display()))
            .details([error.to_string()])
    })?;
    if bytes.len() as u64 > TEXT_BYTES {
        let message = format!("{} is larger than {TEXT_BYTES} bytes", path.display());
        return Err(Fault::input("too-large", message).into());
    }
    Ok(bytes)
}

/// A path as the running node sees it, which may have been started elsewhere.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        Fault::input("path", format!("{} is not a path", path.display())).details([error.to_string()]).into()
    })
}

#[derive(Debug, Args)]
#[group(multiple = true)]
pub(crate) struct ScopeArgs {
    /// For whoever has an account, the firm and keepers too
    #[arg(long, conflicts_with_all = ["building", "stair", "unit"])]
    everyone: bool,
    /// For a building; may be repeated
    #[arg(long, value_name = "BUILDING", conflicts_with_all = ["stair", "unit"])]
    building: Vec<String>,
    /// For a stair, as `BUILDING-STAIR`; may be repeated
    #[arg(long, value_name = "BUILDING-STAIR", conflicts_with = "unit")]
    stair: Vec<String>,
    /// For a unit; may be repeated
    #[arg(long, value_name = "UNIT")]
    unit: Vec<String>,
}

impl ScopeArgs {
    /// For whom; the estate when nothing was said.
    pub(crate) fn scope(self) -> Result<Scope, Failure> {
        if self.everyone {
            return Ok(Scope::Everyone);
        }
        if !self.building.is_empty() {
            return Ok(Scope::Buildings(self.building));
        }
        if !self.unit.is_empty() {
            return Ok(Scope::Units(self.unit));
        }
        if self.stair.is_empty() {
            return Ok(Scope::Estate);
        }
        let stairs: Result<Vec<Stair>, Failure> = self.stair.iter().map(|text| stair(text)).collect();
        Ok(Scope::Stairs(stairs?))
    }
}

fn stair(text: &str) -> Result<Stair, Failure> {
    match text.rsplit_once('-') {
        Some((building, stair)) if !building.is_empty() && !stair.is_empty() => {
            Ok(Stair { building: building.to_owned(), stair: stair.to_owned() })
        }
        _ => Err(Fault::input("stair", format!("{text:?} is not BUILDING-STAIR, such as 1-2")).into()),
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleWord {
    Owner,
    Family,
    Tenant,
    Clerk,
    Firm,
    Grid,
    Department,
    Gateway,
    Keeper,
}

impl RoleWord {
    /// The role's word in the vocabulary.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Family => "family",
            Self::Tenant => "tenant",
            Self::Clerk => "clerk",
            Self::Firm => "firm",
            Self::Grid => "grid",
            Self::Department => "department",
            Self::Gateway => "gateway",
            Self::Keeper => "keeper",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope_of(stairs: &[&str]) -> Result<Scope, Failure> {
        let stair = stairs.iter().map(|&text| text.to_owned()).collect();
        ScopeArgs { everyone: false, building: Vec::new(), stair, unit: Vec::new() }.scope()
    }

    #[test]
    fn a_notice_goes_to_the_whole_estate_unless_somebody_says_otherwise() {
        assert_eq!(scope_of(&[]).unwrap(), Scope::Estate);
    }

    #[test]
    fn a_stair_is_named_by_its_building_and_number() {
        let stair = Stair { building: "1-North".into(), stair: "2".into() };
        assert_eq!(scope_of(&["1-North-2"]).unwrap(), Scope::Stairs(vec![stair]));
        assert!(scope_of(&["2"]).is_err());
    }

    #[test]
    fn a_text_saved_by_a_windows_editor_reads_without_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notice.txt");
        std::fs::write(&path, "\u{feff}停水\r\n").unwrap();
        assert_eq!(read_text(&path).unwrap(), "停水");
    }
}
