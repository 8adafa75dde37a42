//! A node's folder: what lies where, who may open it, and the secrets that must never be copied.
//!
//! ```text
//! HOME/linli.toml      settings a person may edit
//! HOME/device.key      signing, sealing and transport secrets (mode 0600)
//! HOME/community       the community's id: whose store it is, should the store be lost
//! HOME/witness.key     the register's key, if this home is a witness; no backup holds it
//! HOME/store/          every record, and attachments by hash (crate `store`)
//! HOME/lock            held while a node or command has the store open
//! HOME/running.json    port and token of the running node's local interface (mode 0600)
//! ```

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use linli_record::{CommunityId, Incarnation, NodeKey, SealingSecret, SecretKey, StoreId};
use linli_store::{OpenError, Store};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Why a home can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is no home in this folder yet.
    #[error("{0} holds no Linli home")]
    Missing(PathBuf),
    /// There is one already.
    #[error("{0} already holds a Linli home")]
    Exists(PathBuf),
    /// Another program has it open.
    #[error("{0} is in use by another Linli program")]
    Busy(PathBuf),
    /// A file of the home does not read.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// The disk said no.
    #[error("{doing} {path}")]
    Disk {
        /// What was attempted.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

/// Settings a person may edit; every field has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// UDP address the node listens on; port 0 lets the system choose once, and the choice is kept.
    pub listen: String,
    /// Addresses to tell others, beside the interfaces' own (a forwarded port, a fixed name's address).
    pub announce: Vec<std::net::SocketAddr>,
    /// Look for neighbours by multicast on the building's network.
    pub discover: bool,
    /// TCP address of an embedded relay for community members, on a node others can reach.
    pub relay: Option<std::net::SocketAddr>,
    /// The URL others reach that relay at (an IP literal); made from `relay` when left out.
    pub relay_url: Option<String>,
    /// Language of messages: `zh` or `en`; the system's when left out.
    pub language: Option<String>,
    /// Store cache, mebibytes.
    pub cache_mib: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:0".into(),
            announce: Vec::new(),
            discover: true,
            relay: None,
            relay_url: None,
            language: None,
            cache_mib: 64,
        }
    }
}

/// The device's secrets.
#[derive(Clone)]
pub struct DeviceKeys {
    /// Signs records.
    pub signing: SecretKey,
    /// Opens grants.
    pub sealing: SealingSecret,
    /// The transport's key.
    pub node: SecretKey,
    /// Which life of the signing key this home writes.
    pub incarnation: Incarnation,
}

impl DeviceKeys {
    /// The transport key others know this node by.
    #[must_use]
    pub fn node_key(&self) -> NodeKey {
        NodeKey::from(*self.node.public().as_bytes())
    }
}

/// `device.key` on disk.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    version: u8,
    signing: String,
    sealing: String,
    node: String,
    incarnation: Incarnation,
}

/// `witness.key` on disk.
#[derive(Serialize, Deserialize)]
struct WitnessFile {
    version: u8,
    signing: String,
    incarnation: Incarnation,
}

/// The newest block this home's witness signed: `witness.signed` on disk. It lies beside the key and not in the store, so
/// that a store put back from a backup does not make the key sign twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Its height.
    pub height: u64,
    /// The block.
    pub block: linli_record::BlockId,
}

/// The register's key of a home that is a witness.
#[derive(Clone)]
pub struct WitnessKeys {
    /// Signs blocks and the witness's own log.
    pub signing: SecretKey,
    /// Which life of that key.
    pub incarnation: Incarnation,
}

/// A home folder, locked for this process.
pub struct Home {
    root: PathBuf,
    _lock: fs::File,
    #[cfg(feature = "testing")]
    simulated: Option<Simulated>,
}

/// The simulated disk of a home's store, and what its machine is called.
#[cfg(feature = "testing")]
#[derive(Debug, Clone)]
pub(crate) struct Simulated {
    pub(crate) disk: linli_store::testing::SimDisk,
    pub(crate) machine: Vec<u8>,
}

impl Home {
    /// Makes a new home; the folder may exist if it is empty of Linli's files.
    ///
    /// # Errors
    /// [`HomeError::Exists`], [`HomeError::Busy`], or the disk's refusal.
    pub fn create(root: &Path) -> Result<Self, HomeError> {
        fs::create_dir_all(root).map_err(disk("creating", root))?;
        let home = Self::locked(root)?;
        if home.keys_path().exists() || home.store_path().exists() {
            return Err(HomeError::Exists(root.to_owned()));
        }
        Ok(home)
    }

    /// Opens a home that exists.
    ///
    /// # Errors
    /// [`HomeError::Missing`], [`HomeError::Busy`], or the disk's refusal.
    pub fn open(root: &Path) -> Result<Self, HomeError> {
        if !root.join("device.key").exists() {
            return Err(HomeError::Missing(root.to_owned()));
        }
        Self::locked(root)
    }

    /// Opens a home only to read its store; a backup that left the keys out is enough.
    ///
    /// # Errors
    /// As [`Home::open`].
    pub fn look(root: &Path) -> Result<Self, HomeError> {
        if !root.join("store").is_dir() {
            return Err(HomeError::Missing(root.to_owned()));
        }
        Self::locked(root)
    }

    /// Whether no process has the home open.
    ///
    /// # Errors
    /// The disk's refusal.
    pub(crate) fn is_free(root: &Path) -> Result<bool, HomeError> {
        match Self::locked(root) {
            Ok(_) => Ok(true),
            Err(HomeError::Busy(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn locked(root: &Path) -> Result<Self, HomeError> {
        let path = root.join("lock");
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(disk("opening", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                root: root.to_owned(),
                _lock: file,
                #[cfg(feature = "testing")]
                simulated: None,
            }),
            Err(fs::TryLockError::WouldBlock) => Err(HomeError::Busy(root.to_owned())),
            Err(fs::TryLockError::Error(source)) => Err(HomeError::Disk { doing: "locking", path, source }),
        }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes this home's store.
    pub(crate) fn create_store(
        &self,
        community: CommunityId,
        store: StoreId,
        settings: &linli_store::Settings,
    ) -> Result<Store, OpenError> {
        #[cfg(feature = "testing")]
        if let Some(Simulated { disk, .. }) = &self.simulated {
            return Ok(Store::create_on(disk, community, store)?.with_folder(self.store_path()));
        }
        let made = Store::create(&self.store_path(), community, store, settings)?;
        let noted = self.note_community(community);
        noted.map_err(|source| OpenError::Io { attempted: "noting the community".into(), source })?;
        Ok(made)
    }

    /// Whose home this is, as a file beside the store says; a home of an earlier version does not say.
    #[must_use]
    pub fn community(&self) -> Option<CommunityId> {
        fs::read_to_string(self.community_path()).ok()?.trim().parse().ok()
    }

    /// Notes whose home this is, so that a lost store can be made anew.
    pub(crate) fn note_community(&self, community: CommunityId) -> std::io::Result<()> {
        if self.community() == Some(community) {
            return Ok(());
        }
        write_whole(&self.community_path(), format!("{community}\n").as_bytes())
    }

    /// Opens this home's store.
    pub(crate) fn open_store(&self, settings: &linli_store::Settings) -> Result<Store, OpenError> {
        #[cfg(feature = "testing")]
        if let Some(Simulated { disk, .. }) = &self.simulated {
            return Ok(Store::open_on(disk)?.with_folder(self.store_path()));
        }
        Store::open(&self.store_path(), settings)
    }

    /// What a simulated machine is called.
    #[cfg(feature = "testing")]
    pub(crate) fn simulated_machine(&self) -> Option<Vec<u8>> {
        self.simulated.as_ref().map(|simulated| simulated.machine.clone())
    }

    /// Puts the store on a simulated disk, the home on a simulated machine.
    #[cfg(feature = "testing")]
    pub(crate) fn simulate(mut self, simulated: Simulated) -> Self {
        self.simulated = Some(simulated);
        self
    }

    /// Where the store lies.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        self.root.join("store")
    }

    fn community_path(&self) -> PathBuf {
        self.root.join("community")
    }

    fn keys_path(&self) -> PathBuf {
        self.root.join("device.key")
    }

    fn witness_path(&self) -> PathBuf {
        self.root.join("witness.key")
    }

    fn signed_path(&self) -> PathBuf {
        self.root.join("witness.signed")
    }

    /// The newest block this home's witness signed.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] or the disk's refusal.
    pub fn signed(&self) -> Result<Option<Signed>, HomeError> {
        let path = self.signed_path();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(damaged(&path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(HomeError::Disk { doing: "reading", path, source }),
        }
    }

    /// Notes the newest block signed; durable when this returns.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn write_signed(&self, signed: Signed) -> Result<(), HomeError> {
        write_private(&self.signed_path(), &serde_json::to_vec(&signed).expect("plain fields"))
    }

    /// Forgets what was signed: a person says that nobody has it.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn forget_signed(&self) -> Result<(), HomeError> {
        let path = self.signed_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(HomeError::Disk { doing: "removing", path, source: error })
            }
            _ => Ok(()),
        }
    }

    /// The settings; defaults where the file says nothing.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] when the file does not read.
    pub fn settings(&self) -> Result<Settings, HomeError> {
        Self::read_settings(&self.root)
    }

    /// The settings of the home in `root`, open or not.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] when the file does not read.
    pub fn read_settings(root: &Path) -> Result<Settings, HomeError> {
        let path = root.join("linli.toml");
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| HomeError::Damaged { path, why: error.message().to_owned() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(source) => Err(HomeError::Disk { doing: "reading", path, source }),
        }
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), HomeError> {
        Self::save_settings(&self.root, settings)
    }

    /// Writes the settings of the home in `root`, open or not.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn save_settings(root: &Path, settings: &Settings) -> Result<(), HomeError> {
        let text = toml::to_string_pretty(settings).expect("settings hold only tables TOML can write");
        write_private(&root.join("linli.toml"), text.as_bytes())
    }

    /// Writes new device secrets.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn write_keys(&self, seeds: &KeySeeds) -> Result<DeviceKeys, HomeError> {
        let file = KeyFile {
            version: 1,
            signing: hex(&seeds.signing),
            sealing: hex(&seeds.sealing),
            node: hex(&seeds.node),
            incarnation: seeds.incarnation,
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).expect("plain fields"));
        write_private(&self.keys_path(), &text)?;
        Ok(seeds.keys())
    }

    /// Begins a new life of the signing key: the same secrets, another incarnation.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] or the disk's refusal.
    pub fn write_incarnation(&self, incarnation: Incarnation) -> Result<(), HomeError> {
        let path = self.keys_path();
        let text = Zeroizing::new(fs::read(&path).map_err(disk("reading", &path))?);
        let mut file: KeyFile = serde_json::from_slice(&text).map_err(damaged(&path))?;
        file.incarnation = incarnation;
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).expect("plain fields"));
        write_private(&path, &text)
    }

    /// Reads the device secrets.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] or the disk's refusal.
    pub fn keys(&self) -> Result<DeviceKeys, HomeError> {
        Self::read_keys(&self.root)
    }

    /// Reads the device secrets of the home in `root`, open or not.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] or the disk's refusal.
    pub fn read_keys(root: &Path) -> Result<DeviceKeys, HomeError> {
        let path = root.join("device.key");
        let text = Zeroizing::new(fs::read(&path).map_err(disk("reading", &path))?);
        let file: KeyFile = serde_json::from_slice(&text).map_err(damaged(&path))?;
        let part = |text: &str| unhex(text).ok_or_else(|| damaged(&path)("not 64 hexadecimal digits"));
        let seeds = KeySeeds {
            signing: part(&file.signing)?,
            sealing: part(&file.sealing)?,
            node: part(&file.node)?,
            incarnation: file.incarnation,
        };
        Ok(seeds.keys())
    }

    /// Writes the register's key, once, when this home becomes a witness.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn write_witness(&self, seed: &[u8; 32], incarnation: Incarnation) -> Result<(), HomeError> {
        let file = WitnessFile { version: 1, signing: hex(seed), incarnation };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).expect("plain fields"));
        write_private(&self.witness_path(), &text)
    }

    /// The register's key, if this home is a witness.
    ///
    /// # Errors
    /// [`HomeError::Damaged`] or the disk's refusal.
    pub fn witness(&self) -> Result<Option<WitnessKeys>, HomeError> {
        let path = self.witness_path();
        let text = match fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(HomeError::Disk { doing: "reading", path, source }),
        };
        let file: WitnessFile = serde_json::from_slice(&text).map_err(damaged(&path))?;
        let seed = unhex(&file.signing).ok_or_else(|| damaged(&path)("not 64 hexadecimal digits"))?;
        Ok(Some(WitnessKeys { signing: SecretKey::from_bytes(&seed), incarnation: file.incarnation }))
    }
}

/// Random bytes a new home's secrets are made from.
pub struct KeySeeds {
    /// For the signing key.
    pub signing: [u8; 32],
    /// For the sealing key.
    pub sealing: [u8; 32],
    /// For the transport key.
    pub node: [u8; 32],
    /// The first life.
    pub incarnation: Incarnation,
}

impl KeySeeds {
    /// The keys these seeds make.
    #[must_use]
    pub fn keys(&self) -> DeviceKeys {
        DeviceKeys {
            signing: SecretKey::from_bytes(&self.signing),
            sealing: SealingSecret::from_seed(&self.sealing),
            node: SecretKey::from_bytes(&self.node),
            incarnation: self.incarnation,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn disk<'a>(doing: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> HomeError + 'a {
    move |source| HomeError::Disk { doing, path: path.to_owned(), source }
}

fn damaged<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> HomeError + '_ {
    move |why| HomeError::Damaged { path: path.to_owned(), why: why.to_string() }
}

/// Writes a file only its owner may read: to a temporary name, synced, then renamed, so that a crash leaves the old or
/// the new file and never half of one.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    write_whole(path, bytes).map_err(disk("writing", path))
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds() -> KeySeeds {
        KeySeeds {
            signing: [1; 32],
            sealing: [2; 32],
            node: [3; 32],
            incarnation: Incarnation::from([4; 16]),
        }
    }

    #[test]
    fn a_home_reads_back_its_keys_and_nobody_else_may_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        let written = home.write_keys(&seeds()).unwrap();
        assert!(matches!(Home::open(folder.path()), Err(HomeError::Busy(_))));
        drop(home);
        let home = Home::open(folder.path()).unwrap();
        assert_eq!(home.keys().unwrap().signing.public(), written.signing.public());
        assert!(home.witness().unwrap().is_none());
        assert_eq!(home.settings().unwrap(), Settings::default());
    }

    #[test]
    fn a_damaged_key_file_is_named_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::create(folder.path()).unwrap();
        home.write_keys(&seeds()).unwrap();
        fs::write(folder.path().join("device.key"), b"{").unwrap();
        assert!(matches!(home.keys(), Err(HomeError::Damaged { .. })));
        drop(home);
        assert!(matches!(Home::create(folder.path()), Err(HomeError::Exists(_))));
    }
}
