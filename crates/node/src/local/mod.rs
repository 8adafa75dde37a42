//! The local interface: the same vocabulary over loopback HTTP, for the CLI, scripts and other programs of this home.
//!
//! It listens on 127.0.0.1 only. A random token, in a file only the owner may read, opens it; the `Host` header must name
//! the loopback address, so that a web page can't reach it through a rebound name.

mod client;
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use client::Client;
pub(crate) use server::serve;

use crate::home::{HomeError, write_private};

/// `running.json`: how to reach the node that has this home open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// TCP port on 127.0.0.1.
    pub port: u16,
    /// Opens it.
    pub token: String,
    /// The node's process.
    pub pid: u32,
}

impl Running {
    fn path(home: &Path) -> PathBuf {
        home.join("running.json")
    }

    /// What the running node left, if one is, or was.
    #[must_use]
    pub(crate) fn read(home: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(home)).ok()?).ok()
    }

    /// Leaves word of this node, until what is returned is dropped.
    ///
    /// # Errors
    /// The disk's refusal.
    pub(crate) fn announce(self, home: &Path) -> Result<Announcement, HomeError> {
        write_private(&Self::path(home), &serde_json::to_vec(&self).expect("plain fields"))?;
        Ok(Announcement { home: home.to_owned(), running: self })
    }
}

/// That a node can be reached, as long as this lives.
///
/// Whoever holds it drops it before the home's lock: the next node of the home writes its own word as soon as it has the
/// lock, and that one must stay.
#[derive(Debug)]
pub(crate) struct Announcement {
    home: PathBuf,
    running: Running,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        if Running::read(&self.home).as_ref() == Some(&self.running) {
            let _ = std::fs::remove_file(Running::path(&self.home));
        }
    }
}
