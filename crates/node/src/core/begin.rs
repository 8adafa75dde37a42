//! How a home begins: founding a community, or preparing to knock with an invite.

use linli_community::charter::{Charter, Founder, FoundingWitness};
use linli_record::{Incarnation, LogOpen, LogWriter, SecretKey, StoreId};
use linli_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use super::PROGRAM;
use super::own::JOINING;
use crate::chance::{now_ms, random};
use crate::fault::Fault;
use crate::home::{DeviceKeys, Home, HomeError, KeySeeds};
use crate::invite::Invite;
use crate::node::Founding;

/// What a home that waits to be admitted remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Joining {
    pub(super) invite: String,
    pub(super) label: String,
    /// When it knocked first, by its own clock.
    #[serde(default)]
    pub(super) since_ms: Option<u64>,
}

pub(super) fn fresh_seeds() -> KeySeeds {
    KeySeeds {
        signing: random(),
        sealing: random(),
        node: random(),
        incarnation: Incarnation::from(random()),
    }
}

fn store_settings(home: &Home) -> Result<linli_store::Settings, Fault> {
    Ok(super::store_settings(&home.settings()?))
}

/// Founds a community: keys, charter, the founder's log, the store. The first block follows when the home opens.
pub(crate) fn found(home: &Home, founding: &Founding) -> Result<(), Fault> {
    let seeds = fresh_seeds();
    let keys = seeds.keys();
    let witness_seed = random();
    let witness = FoundingWitness {
        key: SecretKey::from_bytes(&witness_seed).public(),
        incarnation: Incarnation::from(random()),
        holder: None,
    };
    let charter = charter(founding, &keys, witness.clone())?;
    let mut open = LogOpen::member(&keys.signing, keys.incarnation, None, PROGRAM);
    open.charter = Some(charter.to_bytes());
    let (community, writer) = LogWriter::found(keys.signing.clone(), &open, random(), now_ms())?;
    let settings = store_settings(home)?;
    let mut store = home
        .create_store(community, StoreId::from(random()), &settings)
        .map_err(|error| Fault::disk("creating the store", &error))?;
    let mut batch = Batch::new();
    batch.append(vec![writer.opening().clone()], writer.tip().clone(), None);
    store.write(batch).map_err(|error| Fault::disk("writing the founding record", &error))?;
    // The device key comes last: a home is a home once that file is there.
    home.write_witness(&witness_seed, witness.incarnation)?;
    home.write_keys(&seeds)?;
    Ok(())
}

fn charter(founding: &Founding, keys: &DeviceKeys, witness: FoundingWitness) -> Result<Charter, Fault> {
    let founder = Founder {
        label: founding.label.trim().to_owned(),
        unit: founding.unit.trim().to_owned(),
        device: keys.signing.public(),
        incarnation: keys.incarnation,
        sealing: keys.sealing.public(),
        node: keys.node_key(),
    };
    let mut charter = Charter::founding(founding.name.trim(), founder);
    charter.witnesses = vec![witness];
    if !charter.languages.contains(&founding.language) {
        charter.languages.push(founding.language.clone());
    }
    charter.languages.sort_by_key(|language| *language != founding.language);
    Charter::parse(&charter.to_bytes()).map_err(|refused| {
        Fault::input(refused.code(), refused.to_string())
            .hint("a community's name has 1 to 128 bytes, a unit and a label 1 to 64")
    })
}

/// Makes a home that will knock with `invite`.
pub(crate) fn join(home: &Home, invite: &Invite, label: &str) -> Result<(), Fault> {
    check(invite, label)?;
    let seeds = fresh_seeds();
    let settings = store_settings(home)?;
    let mut store = home
        .create_store(invite.community, StoreId::from(random()), &settings)
        .map_err(|error| Fault::disk("creating the store", &error))?;
    remember(&mut store, invite, label)?;
    home.write_keys(&seeds)?;
    Ok(())
}

/// A home that nobody has admitted yet takes another invite: the first may have expired or been refused. So does one whose
/// store was lost: whoever made the invite is the neighbour that everything comes back from.
pub(crate) fn join_anew(home: &Home, invite: &Invite, label: &str) -> Result<(), Fault> {
    check(invite, label)?;
    let mut store = home.open_store(&store_settings(home)?).map_err(|error| super::store_fault(&error))?;
    let waits = store.named(JOINING).map_err(|error| super::store_fault_read(&error))?.is_some();
    let lost = store.arrivals() == 0 && store.head().is_none();
    if !(waits || lost) || store.community() != invite.community {
        return Err(HomeError::Exists(home.root().to_owned()).into());
    }
    remember(&mut store, invite, label)
}

fn check(invite: &Invite, label: &str) -> Result<(), Fault> {
    if label.len() > linli_record::limits::LABEL_BYTES {
        return Err(Fault::input("label", "a household's name has at most 64 bytes").hint("shorten it"));
    }
    if invite.expires_ms < now_ms() {
        return Err(Fault::input("invite-expired", "this invite has expired").hint("ask for a new one"));
    }
    Ok(())
}

fn remember(store: &mut Store, invite: &Invite, label: &str) -> Result<(), Fault> {
    let joining = Joining { invite: invite.to_text(), label: label.trim().to_owned(), since_ms: None };
    let mut batch = Batch::new();
    batch.name(JOINING, serde_json::to_vec(&joining).expect("plain fields"));
    store.write(batch).map_err(|error| Fault::disk("writing the invite", &error))?;
    Ok(())
}
