//! `gateway.toml`: which broker, and which device is which source.
//!
//! A value of [`Config`] is one that can be served: names are unique and bounded, and no device's name can reach a topic
//! of the bridge's own. Read [`Config::read`] first.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::thing::Kind;

/// Why the configuration can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is none yet.
    #[error("{0} is not there")]
    Missing(PathBuf),
    /// The disk said no.
    #[error("reading {path}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It does not read, or names something impossible.
    #[error("{path}: {why}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file with a password that others on this machine may read.
    #[error("{0} holds a password and others on this machine may read it")]
    Exposed(PathBuf),
}

impl ConfigError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "no-config",
            Self::Disk { .. } => "config-disk",
            Self::Wrong { .. } => "config-wrong",
            Self::Exposed(_) => "login-exposed",
        }
    }
}

/// What a gateway serves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the things are heard.
    pub broker: BrokerConfig,
    /// A source not heard this long after a start, or after the broker went away, is unknown.
    #[serde(default = "grace_secs")]
    pub grace_secs: u64,
    /// A source that says nothing at all this long is unknown; battery sensors report about once an hour.
    #[serde(default = "silent_hours")]
    pub silent_hours: u64,
    /// Devices and the sources they are.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
}

/// Where the things are heard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// `host:port`.
    pub address: String,
    /// Whether the connection is TLS.
    #[serde(default)]
    pub tls: bool,
    /// Certificates (PEM) the broker's must rest on; the system's when left out.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// A file with the user on its first line and the password on its second.
    #[serde(default)]
    pub login_file: Option<PathBuf>,
    /// How Zigbee2MQTT's topics begin.
    #[serde(default = "base_topic")]
    pub base_topic: String,
}

/// A device and the source it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Zigbee2MQTT's friendly name.
    pub device: String,
    /// The source's name, as consents name it.
    pub name: String,
    /// What is watched.
    pub kind: Kind,
}

/// The user and password a broker asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

fn base_topic() -> String {
    "zigbee2mqtt".to_owned()
}

const fn grace_secs() -> u64 {
    60
}

const fn silent_hours() -> u64 {
    25
}

impl Config {
    /// Reads `gateway.toml` of a home. Files it names are looked for beside it.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(home: &Path) -> Result<Self, ConfigError> {
        let path = Self::path(home);
        let text = read_bounded(&path)?;
        let wrong = |why: String| ConfigError::Wrong { path: path.clone(), why };
        let mut config: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(why) = config.fault() {
            return Err(wrong(why));
        }
        for file in [&mut config.broker.ca_file, &mut config.broker.login_file].into_iter().flatten() {
            *file = home.join(&*file);
        }
        Ok(config)
    }

    /// Where a home's configuration lies.
    #[must_use]
    pub fn path(home: &Path) -> PathBuf {
        home.join("gateway.toml")
    }

    /// The broker's host and port.
    #[must_use]
    pub fn broker_address(&self) -> Option<(&str, u16)> {
        let (host, port) = self.broker.address.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Some((host, port.parse().ok()?)).filter(|(host, port)| !host.is_empty() && *port != 0)
    }

    /// Whether a password would cross a network that others may listen to.
    #[must_use]
    pub fn shows_its_password(&self) -> bool {
        let local = self.broker_address().is_some_and(|(host, _)| {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        });
        self.broker.login_file.is_some() && !self.broker.tls && !local
    }

    fn fault(&self) -> Option<String> {
        if self.broker_address().is_none() {
            return Some(format!("broker address {:?} is not host:port", self.broker.address));
        }
        if let Some(why) = topic_fault(&self.broker.base_topic) {
            return Some(format!("base_topic {:?} {why}", self.broker.base_topic));
        }
        if self.sources.len() > limits::SOURCES {
            return Some(format!("more than {} sources", limits::SOURCES));
        }
        let mut names = BTreeSet::new();
        let mut things = BTreeSet::new();
        self.sources.iter().find_map(|source| source_fault(source, &mut names, &mut things))
    }
}

fn source_fault<'a>(
    source: &'a Source,
    names: &mut BTreeSet<&'a str>,
    things: &mut BTreeSet<(&'a str, Kind)>,
) -> Option<String> {
    let Source { device, name, kind } = source;
    if let Some(why) = device_name_fault(device) {
        return Some(format!("device {device:?} {why}"));
    }
    if name.is_empty() || name.len() > limits::NAME_BYTES || name.chars().any(char::is_control) {
        return Some(format!("source name {name:?} is not 1 to {} bytes of one line", limits::NAME_BYTES));
    }
    if !names.insert(name) {
        return Some(format!("source {name:?} stands twice"));
    }
    let kind = *kind;
    (!things.insert((device, kind)))
        .then(|| format!("device {device:?} is a source of {:?} twice", kind.word()))
}

/// What is wrong with a device's name: a topic is made of it, and it must not become another device's or the bridge's.
#[must_use]
pub fn device_name_fault(name: &str) -> Option<&'static str> {
    if let Some(why) = topic_fault(name) {
        return Some(why);
    }
    let first = name.split('/').next().unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    if first == "bridge" {
        return Some("would be one of the bridge's own topics");
    }
    matches!(last, "availability" | "set" | "get").then_some("ends like a topic of Zigbee2MQTT's own")
}

fn topic_fault(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > limits::DEVICE_BYTES {
        return Some("is empty or too long");
    }
    if text.contains(['+', '#']) || text.starts_with('$') {
        return Some("holds a wildcard or begins with $");
    }
    if text.chars().any(char::is_control) {
        return Some("holds a control character");
    }
    text.split('/').any(str::is_empty).then_some("has an empty level")
}

impl BrokerConfig {
    /// The login, if one is configured.
    ///
    /// # Errors
    /// [`ConfigError`], also when others on this machine may read the file.
    pub fn login(&self) -> Result<Option<Login>, ConfigError> {
        let Some(path) = &self.login_file else { return Ok(None) };
        let text = read_bounded(path)?;
        if is_exposed(path) {
            return Err(ConfigError::Exposed(path.clone()));
        }
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next().filter(|user| !user.is_empty()), lines.next()) {
            (Some(user), Some(password)) => Ok(Some(Login { user, password })),
            _ => Err(ConfigError::Wrong {
                path: path.clone(),
                why: "the user belongs on the first line, the password on the second".to_owned(),
            }),
        }
    }

    /// The certificates the broker's must rest on, if they are named.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn certificates(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        self.ca_file.as_ref().map(|path| Ok(read_bounded(path)?.into_bytes())).transpose()
    }
}

fn read_bounded(path: &Path) -> Result<String, ConfigError> {
    let disk = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => ConfigError::Missing(path.to_owned()),
        _ => ConfigError::Disk { path: path.to_owned(), source },
    };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(disk)?;
    file.take(limits::FILE_BYTES + 1).read_to_string(&mut text).map_err(disk)?;
    if text.len() as u64 > limits::FILE_BYTES {
        return Err(ConfigError::Wrong { path: path.to_owned(), why: "the file is too large".to_owned() });
    }
    Ok(text)
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).is_ok_and(|about| about.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
const fn is_exposed(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests;
