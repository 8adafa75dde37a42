//! The estate the demo plays: `community.toml` and the text files beside it, as `examples/guihuali/README.md` draws them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use linli_node::Fault;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The estate's files, read whole.
pub(super) struct Estate {
    pub(super) folder: PathBuf,
    pub(super) community: Community,
    pub(super) roll: Vec<u8>,
    pub(super) notices: Vec<(Notice, String)>,
    pub(super) stories: Vec<(Story, String)>,
    pub(super) requests: Vec<Request>,
    pub(super) talk: Vec<(Talk, String)>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Community {
    pub(super) name: String,
    pub(super) languages: Vec<String>,
    pub(super) roll: String,
    pub(super) founder: Home,
    pub(super) household: Vec<Home>,
    pub(super) gateway: Body,
    pub(super) keeper: Body,
    pub(super) consent: Vec<Consent>,
    pub(super) sighting: Vec<Sighting>,
    pub(super) refused: Vec<Refused>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Home {
    pub(super) unit: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) cut_off: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Body {
    pub(super) label: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Consent {
    pub(super) source: String,
    pub(super) purpose: String,
    pub(super) viewers: Vec<String>,
    pub(super) retention_days: u16,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sighting {
    pub(super) source: String,
    pub(super) state: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Notice {
    pub(super) title: String,
    pub(super) by: String,
    pub(super) scope: String,
    pub(super) expires_days: Option<u32>,
    #[serde(default)]
    pub(super) must_read: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Story {
    pub(super) title: String,
    pub(super) by: String,
    #[serde(default)]
    pub(super) pictures: Vec<PathBuf>,
    #[serde(default)]
    pub(super) edit: Vec<Edit>,
    /// The words under each picture.
    #[serde(skip)]
    pub(super) captions: BTreeMap<PathBuf, String>,
}

impl Story {
    /// Takes the images out of a text, and their words into the captions; pictures travel beside a story's text.
    fn take_images(&mut self, text: &str) -> String {
        let mut paragraphs = Vec::new();
        for paragraph in text.split("\n\n") {
            match image(paragraph) {
                Some((caption, path)) => {
                    self.captions.insert(path.into(), caption.to_owned());
                }
                None => paragraphs.push(paragraph),
            }
        }
        paragraphs.join("\n\n")
    }
}

/// The words and the path of a Markdown image that stands alone.
fn image(paragraph: &str) -> Option<(&str, &str)> {
    paragraph.trim().strip_prefix("![")?.strip_suffix(')')?.split_once("](")
}

#[derive(Debug, Deserialize)]
pub(super) struct Edit {
    pub(super) by: String,
    pub(super) after: String,
    pub(super) add: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) title: String,
    pub(super) by: String,
    pub(super) place: String,
    pub(super) category: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) step: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) what: String,
    pub(super) by: String,
    #[serde(default)]
    pub(super) text: String,
    pub(super) satisfied: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Talk {
    pub(super) title: String,
    pub(super) when: String,
}

/// The estate that ships with the sources.
pub(super) fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guihuali")
}

impl Estate {
    /// Reads an estate's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Fault> {
        if !folder.join("community.toml").is_file() {
            return Err(no_estate(folder));
        }
        let community: Community = parse(folder, "community.toml", &text(&folder.join("community.toml"))?)?;
        Ok(Self {
            roll: bytes(&folder.join(&community.roll))?,
            notices: fronted(folder, "notices")?,
            stories: fronted(folder, "stories")?.into_iter().map(without_images).collect(),
            requests: plain(folder, "requests")?,
            talk: fronted(folder, "talk")?,
            folder: folder.to_owned(),
            community,
        })
    }
}

fn without_images((mut story, text): (Story, String)) -> (Story, String) {
    let text = story.take_images(&text);
    (story, text)
}

/// Every file of a folder with a TOML head between `+++` lines.
fn fronted<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<(T, String)>, Fault> {
    let mut found = Vec::new();
    for path in files(&folder.join(name))? {
        let whole = text(&path)?;
        let mut parts = whole.splitn(3, "+++\n");
        let (head, body) = match (parts.next(), parts.next(), parts.next()) {
            (Some(""), Some(head), Some(body)) => (head, body.trim()),
            _ => return Err(unreadable(&path, "it begins with no head between +++ lines")),
        };
        found.push((parse(folder, &path.display().to_string(), head)?, body.to_owned()));
    }
    Ok(found)
}

fn plain<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, Fault> {
    files(&folder.join(name))?
        .iter()
        .map(|path| parse(folder, &path.display().to_string(), &text(path)?))
        .collect()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

fn text(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|error| unreadable(path, &error.to_string()))
}

fn parse<T: DeserializeOwned>(_: &Path, name: &str, text: &str) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error| unreadable(Path::new(name), error.message()))
}

fn no_estate(folder: &Path) -> Fault {
    Fault::input("no-estate", format!("{:?} holds no estate: no community.toml is in it", folder.display().to_string())).hint(
        "an estate's folder holds community.toml, the roll it names, and the folders notices, stories, requests and \
         talk; examples/guihuali in the source folder is one, and its README.md says what each file is",
    )
}

fn unreadable(path: &Path, why: &str) -> Fault {
    Fault::input("estate", format!("{}: {why}", path.display())).hint(
        "compare it with examples/guihuali in the source folder, whose README.md says what each file is",
    )
}

#[cfg(test)]
mod tests {
    use linli_community::content::request::CATEGORIES;

    use super::*;

    #[test]
    fn the_estate_speaks_in_words_that_screens_know() {
        let estate = Estate::read(&bundled()).unwrap();
        for request in &estate.requests {
            assert!(CATEGORIES.contains(&request.category.as_str()), "{}", request.category);
        }
        for (story, text) in &estate.stories {
            assert!(!text.contains("!["), "{text}");
            assert!(
                story.pictures.iter().all(|picture| story.captions.contains_key(picture)),
                "{}",
                story.title
            );
            assert!(story.edit.iter().all(|edit| text.matches(&edit.after).count() == 1), "{}", story.title);
        }
    }
}
