//! What a restore reads from: a node's folder, or a bundle file. Either may have been prepared by a stranger.

use std::io;
use std::path::{Path, PathBuf};

use linli_node::vocabulary::{Answer, Request, StatusView};
use linli_node::{CommunityId, Door, Fault, NodeKey};

use crate::arguments::misunderstood;

/// Folders within folders that are looked into; a home has three.
const DEPTH: usize = 8;

/// Where an archive is.
pub(super) enum Source {
    /// A node's folder, opened only to be read, or the node that runs in it.
    Home {
        /// Its door.
        archive: Box<Door>,
        /// How it is.
        status: Box<StatusView>,
    },
    /// A bundle file.
    Bundle {
        /// The file.
        path: PathBuf,
        /// Whose records it says it holds.
        community: CommunityId,
    },
}

impl Source {
    /// Looks at what is there, and opens it.
    pub(super) fn open(from: &Path) -> Result<Self, Fault> {
        if from.is_file() {
            let community = linli_node::bundle_community(from)?;
            return Ok(Self::Bundle { path: from.to_owned(), community });
        }
        if from.is_dir() {
            no_links(from, DEPTH)?;
        }
        let archive = Box::new(Door::look(from)?);
        match archive.ask(Request::Status)? {
            Answer::Status(status) => Ok(Self::Home { archive, status }),
            _ => Err(misunderstood()),
        }
    }

    pub(super) fn community(&self) -> CommunityId {
        match self {
            Self::Home { status, .. } => status.community,
            Self::Bundle { community, .. } => *community,
        }
    }

    /// What the community is called; a bundle tells it only once it was read.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Home { status, .. } => Some(status.name.clone()),
            Self::Bundle { .. } => None,
        }
    }

    /// Whom a copy's invite names; nobody is asked there.
    pub(super) fn node(&self) -> NodeKey {
        match self {
            Self::Home { status, .. } => status.node,
            Self::Bundle { .. } => NodeKey::from([0; 32]),
        }
    }
}

/// A link in an archive's folder would have other files of this machine read, or its lock file made elsewhere; a pipe would
/// hang. A home holds files and folders, nothing else.
fn no_links(folder: &Path, depth: usize) -> Result<(), Fault> {
    let disk = |error: io::Error| Fault::disk("looking through the archive", &error);
    for entry in std::fs::read_dir(folder).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        let kind = entry.file_type().map_err(disk)?;
        if kind.is_dir() && depth > 0 {
            no_links(&entry.path(), depth - 1)?;
        } else if !kind.is_file() {
            let why = "the archive holds something that is neither a file nor a folder of a home";
            return Err(Fault::input("archive-link", why)
                .details([entry.path().display().to_string()])
                .hint("a home holds no links: restore from the folder itself, or from a bundle"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(folder: &Path) -> String {
        no_links(folder, DEPTH).unwrap_err().code
    }

    #[test]
    fn a_home_of_files_and_folders_is_looked_into() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("store/blobs/aa")).unwrap();
        std::fs::write(home.path().join("store/blobs/aa/file"), b"").unwrap();
        no_links(home.path(), DEPTH).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_named_wherever_it_hides() {
        for place in ["lock", "store", "store/blobs/aa/link"] {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
            assert_eq!(code(home.path()), "archive-link", "{place}");
        }
    }

    #[test]
    fn a_folder_without_end_is_left() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(["deep"; DEPTH + 1].join("/"))).unwrap();
        assert_eq!(code(home.path()), "archive-link");
    }
}
