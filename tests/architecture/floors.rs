//! Who may lean on whom, read from cargo's metadata. It knows nothing of sources. Read [`FLOORS`] first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const CLIENT: &[&str] = &["linli-community", "linli-export", "linli-node", "linli-record", "linli-speech"];

/// Each crate and the crates of this house it may name, in any section of its manifest.
const FLOORS: &[(&str, &[&str])] = &[
    ("linli-record", &[]),
    ("linli-community", &["linli-record"]),
    ("linli-witness", &["linli-community", "linli-record"]),
    ("linli-sync", &["linli-record"]),
    ("linli-store", &["linli-record"]),
    ("linli-export", &["linli-community", "linli-record"]),
    (
        "linli-node",
        &["linli-community", "linli-export", "linli-record", "linli-store", "linli-sync", "linli-witness"],
    ),
    ("linli-speech", &["linli-node"]),
    ("linli-cli", CLIENT),
    ("linli-desktop", CLIENT),
    ("linli-gateway", CLIENT),
    ("linli-archive", CLIENT),
];

/// Packages outside the floors: they try the house, and nobody leans on them.
const YARD: &[&str] = &["linli-tests", "linli-simulator", "linli-examples"];

/// Libraries that may be named by these crates only. A name that ends in `*` stands for all that begin so.
const ALONE: &[(&str, &[&str])] = &[
    ("iroh*", &["linli-node"]),
    ("swarm-discovery", &["linli-node"]),
    ("redb", &["linli-store"]),
    ("automerge", &["linli-community"]),
    ("autosurgeon", &["linli-community"]),
    ("nokhwa", &["linli-gateway"]),
    (
        "tokio",
        &["linli-node", "linli-speech", "linli-cli", "linli-desktop", "linli-gateway", "linli-archive"],
    ),
];

const PURE: &[&str] = &["linli-record", "linli-community", "linli-witness", "linli-sync", "linli-export"];

/// What no pure crate may reach, however deep: executors, sockets, disks, clocks, threads, randomness.
const IMPURE: &[&str] = &[
    "async-std",
    "chrono",
    "fastrand",
    "getrandom",
    "iroh",
    "jiff",
    "mio",
    "rand",
    "rayon",
    "redb",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
];

/// What nothing here is built from, tests and tools included: it speaks with routers and servers that are no peers.
const OUTSIDE: &[&str] =
    &["igd-next", "iroh-mainline-address-lookup", "mainline", "pkarr", "portmapper", "stun-rs"];

/// Libraries whose own needs are not followed. automerge draws a random actor when none is given; `community` always
/// gives one.
const WALLED: &[&str] = &["automerge"];

/// A package of the workspace.
pub(crate) struct Package {
    name: String,
    /// Names in its manifest, in any section.
    names: BTreeSet<String>,
    /// Names of all packages it is built from; nothing behind [`WALLED`].
    reaches: BTreeSet<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("cargo metadata: expected a text, found {value}")).to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("cargo metadata: expected a list, found {value}"))
}

/// The workspace's packages.
pub(crate) fn read(metadata: &Value) -> Vec<Package> {
    let names: BTreeMap<String, String> =
        list(&metadata["packages"]).iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
    let needs: BTreeMap<String, Vec<String>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]), built_from(node)))
        .collect();
    let members: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
    list(&metadata["packages"])
        .iter()
        .filter(|package| members.contains(&text(&package["id"])))
        .map(|package| Package {
            name: text(&package["name"]),
            names: list(&package["dependencies"]).iter().map(|d| text(&d["name"])).collect(),
            reaches: reach(&text(&package["id"]), &needs, &names),
        })
        .collect()
}

/// Ids of what is linked into this package; build scripts and tests apart.
fn built_from(node: &Value) -> Vec<String> {
    list(&node["deps"])
        .iter()
        .filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()))
        .map(|dep| text(&dep["pkg"]))
        .collect()
}

fn reach(
    from: &str,
    needs: &BTreeMap<String, Vec<String>>,
    names: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(id) = open.pop() {
        let walled = names.get(&id).is_some_and(|name| WALLED.contains(&name.as_str()));
        if seen.insert(id.clone()) && !walled {
            open.extend(needs.get(&id).into_iter().flatten().cloned());
        }
    }
    seen.iter().filter(|id| *id != from).filter_map(|id| names.get(id).cloned()).collect()
}

/// Every floor that is broken, as sentences.
pub(crate) fn broken(packages: &[Package]) -> Vec<String> {
    let house: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut broken: Vec<String> = packages.iter().flat_map(speaks_outside).collect();
    for package in packages.iter().filter(|package| !YARD.contains(&package.name.as_str())) {
        broken.extend(leans_wrongly(package, &house));
        broken.extend(names_what_is_anothers(package));
        broken.extend(reaches_the_world(package));
    }
    broken
}

fn speaks_outside(package: &Package) -> Vec<String> {
    let reached = OUTSIDE.iter().filter(|outside| package.reaches.contains(**outside));
    reached
        .map(|outside| {
            format!("{} is built from {outside}, which speaks with others than peers", package.name)
        })
        .collect()
}

fn leans_wrongly(package: &Package, house: &BTreeSet<&str>) -> Vec<String> {
    let name = &package.name;
    let Some((_, may)) = FLOORS.iter().find(|(floor, _)| floor == name) else {
        return vec![format!("{name} has no floor: give it one in tests/architecture/floors.rs")];
    };
    let leans = package.names.iter().filter(|other| house.contains(other.as_str()) && *other != name);
    leans
        .filter(|other| !may.contains(&other.as_str()))
        .map(|other| format!("{name} leans on {other}"))
        .collect()
}

fn names_what_is_anothers(package: &Package) -> Vec<String> {
    let mut broken = Vec::new();
    for (library, owners) in ALONE.iter().filter(|(_, owners)| !owners.contains(&package.name.as_str())) {
        for named in package.names.iter().filter(|named| stands_for(library, named)) {
            broken.push(format!("{} names {named}, which is for {} only", package.name, owners.join(", ")));
        }
    }
    broken
}

fn stands_for(library: &str, named: &str) -> bool {
    library.strip_suffix('*').map_or(library == named, |begins| named.starts_with(begins))
}

fn reaches_the_world(package: &Package) -> Vec<String> {
    if !PURE.contains(&package.name.as_str()) {
        return Vec::new();
    }
    let reached = IMPURE.iter().filter(|impure| package.reaches.contains(**impure));
    reached.map(|impure| format!("{} is pure and reaches {impure}", package.name)).collect()
}

/// A house as cargo would tell it: each package with what its manifest names, all of it linked.
fn tell(packages: &[(&str, &[&str])]) -> Value {
    let members: Vec<&str> =
        packages.iter().map(|(name, _)| *name).filter(|name| name.starts_with("linli-")).collect();
    let told = packages.iter().map(|(name, needs)| {
        let named: Vec<Value> = needs.iter().map(|need| serde_json::json!({ "name": need })).collect();
        serde_json::json!({ "id": name, "name": name, "dependencies": named })
    });
    let nodes = packages.iter().map(|(name, needs)| {
        let deps: Vec<Value> = needs
            .iter()
            .map(|need| serde_json::json!({ "pkg": need, "dep_kinds": [{ "kind": null }] }))
            .collect();
        serde_json::json!({ "id": name, "deps": deps })
    });
    serde_json::json!({
        "packages": told.collect::<Vec<_>>(),
        "workspace_members": members,
        "resolve": { "nodes": nodes.collect::<Vec<_>>() },
    })
}

#[test]
fn a_sound_house_is_not_called_broken() {
    let sound = tell(&[
        ("linli-record", &["blake3"]),
        ("linli-community", &["linli-record", "automerge"]),
        ("linli-store", &["linli-record", "redb"]),
        ("linli-node", &["linli-store", "linli-community", "iroh", "iroh-relay", "tokio"]),
        ("linli-cli", &["linli-node", "tokio"]),
        ("linli-tests", &["linli-store", "iroh", "redb"]),
        ("automerge", &["getrandom"]),
        ("blake3", &[]),
        ("getrandom", &[]),
        ("iroh", &["tokio"]),
        ("iroh-relay", &["tokio"]),
        ("redb", &[]),
        ("tokio", &["mio"]),
        ("mio", &[]),
    ]);
    assert_eq!(broken(&read(&sound)), Vec::<String>::new());
}

#[test]
fn a_crate_on_the_wrong_floor_is_seen() {
    let sentences = broken(&read(&tell(&[
        ("linli-record", &["linli-community", "hasher"]),
        ("linli-community", &["linli-store"]),
        ("linli-sync", &["linli-community", "automerge"]),
        ("linli-store", &["tokio"]),
        ("linli-cli", &["linli-store", "iroh-blobs", "redb"]),
        ("linli-desktop", &["nokhwa"]),
        ("linli-attic", &[]),
        ("linli-tests", &["iroh"]),
        ("iroh", &["portmapper"]),
        ("portmapper", &[]),
        ("hasher", &["rand"]),
        ("rand", &[]),
        ("automerge", &[]),
        ("iroh-blobs", &[]),
        ("nokhwa", &[]),
        ("redb", &[]),
        ("tokio", &[]),
    ])));
    let expected = [
        "linli-record leans on linli-community",
        "linli-record is pure and reaches rand",
        "linli-record is pure and reaches tokio",
        "linli-community leans on linli-store",
        "linli-sync leans on linli-community",
        "linli-sync names automerge, which is for linli-community only",
        "linli-store names tokio",
        "linli-cli leans on linli-store",
        "linli-cli names iroh-blobs, which is for linli-node only",
        "linli-cli names redb, which is for linli-store only",
        "linli-desktop names nokhwa, which is for linli-gateway only",
        "linli-attic has no floor",
        "linli-tests is built from portmapper",
    ];
    for sentence in expected {
        assert!(sentences.iter().any(|s| s.starts_with(sentence)), "not seen: {sentence}\nin {sentences:#?}");
    }
}
