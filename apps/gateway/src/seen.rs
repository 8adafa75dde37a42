//! What a running gateway leaves for `sources` and `status` to show: never a value, never what an unconsented source said.
//!
//! It is a cache for people: losing it loses nothing, and a file that does not read is no file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::spool::write_private;
use crate::zigbee::Device;

/// Bytes of the file that are read.
const FILE_BYTES: usize = 1024 * 1024;

/// What the gateway has seen since it started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// `unheard`, `online` or `offline`: Zigbee2MQTT.
    pub bridge: String,
    /// `up`, `down`, or why the broker turned us away.
    pub broker: String,
    /// Topics the broker refused to let us hear.
    pub unheard_topics: usize,
    /// Devices Zigbee2MQTT knows.
    pub devices: Vec<Device>,
    /// By source.
    pub sources: BTreeMap<String, SourceSeen>,
    /// Sightings in the spool.
    pub spooled: usize,
    /// Sightings dropped from it after a day.
    pub expired: usize,
    /// Messages sent without acknowledgement that found no room.
    pub missed: u64,
    /// Messages of the bridge's own that were refused, by reason code.
    pub refused: BTreeMap<String, u64>,
    /// Why the node or the disk does not take sightings now.
    pub blocked: Option<String>,
}

/// What was seen of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceSeen {
    /// Sightings signed since the start.
    pub signed: u64,
    /// Messages refused, by reason code.
    pub refused: BTreeMap<String, u64>,
}

impl Seen {
    /// Where a home's file lies.
    #[must_use]
    pub fn path(home: &Path) -> PathBuf {
        home.join("gateway-seen.json")
    }

    /// What the gateway of a home last left.
    #[must_use]
    pub fn read(home: &Path) -> Option<Self> {
        let bytes = std::fs::read(Self::path(home)).ok().filter(|bytes| bytes.len() <= FILE_BYTES)?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Leaves it.
    ///
    /// # Errors
    /// The disk's refusal; nothing depends on it.
    pub fn write(&self, home: &Path) -> std::io::Result<()> {
        write_private(&Self::path(home), &serde_json::to_vec(self).expect("plain fields"))
    }

    pub(crate) fn source(&mut self, name: &str) -> &mut SourceSeen {
        self.sources.entry(name.to_owned()).or_default()
    }
}

impl SourceSeen {
    pub(crate) fn refuse(&mut self, code: &str) {
        *self.refused.entry(code.to_owned()).or_default() += 1;
    }
}
