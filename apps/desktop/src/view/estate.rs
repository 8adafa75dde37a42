//! The estate's book: who lives here, who is at the door, and how neighbours are reached.

use linli_record::RecordId;

/// Which road leads to the neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// None: everything still works here.
    #[default]
    Alone,
    /// Through the community's own relay or gateway.
    Relay,
    /// Directly, over a wider network.
    Direct,
    /// The building's own network.
    Building,
}

/// How neighbours are reached and what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The best road of all.
    pub reach: Reach,
    /// Neighbours linked now.
    pub neighbours: usize,
    /// Neighbours that hold everything this home wrote.
    pub copies: usize,
    /// Records the best neighbour has yet to take.
    pub waiting: u64,
    /// Records held here.
    pub records: u64,
    /// When the register last settled something, in words of the reader's calendar.
    pub settled: Option<super::When>,
    /// The register's height.
    pub height: Option<u64>,
    /// Addresses others can dial.
    pub addresses: Vec<String>,
    /// Codes of what a person should know, with the node's own words.
    pub warnings: Vec<(String, String)>,
    /// Whether another program of this home runs the node.
    pub elsewhere: bool,
}

/// The estate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estate {
    /// Households and bodies, in the roll's order as far as it names them.
    pub neighbours: Vec<Neighbour>,
    /// Who knocked and waits.
    pub newcomers: Vec<Newcomer>,
    /// Invites still open.
    pub invites: Vec<OpenInvite>,
    /// Units on the roll; 0 without one.
    pub units: usize,
    /// Units where somebody joined.
    pub joined: usize,
    /// The roll's buildings.
    pub buildings: Vec<String>,
    /// The roll's stairs: building, stair.
    pub stairs: Vec<(String, String)>,
    /// Units on the roll where nobody joined yet.
    pub free_units: Vec<String>,
    /// Whether this household decides as a registrar.
    pub registrar: bool,
}

/// A household or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Names it in commands.
    pub id: RecordId,
    /// What it is called.
    pub name: String,
    /// Its unit; empty for who lives nowhere.
    pub unit: String,
    /// The role's word.
    pub role: String,
    /// Devices in use.
    pub devices: usize,
    /// Whether it is this household.
    pub ours: bool,
    /// The road to it, when it is linked now.
    pub linked: Option<Reach>,
    /// For an owner: whether a second neighbour's word is still wanted.
    pub unconfirmed: bool,
}

/// Somebody who knocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// Names the claim in commands.
    pub claim: String,
    /// What it wants to be called.
    pub name: String,
    /// The role's word.
    pub role: String,
    /// Its unit.
    pub unit: String,
    /// The first digits of its key, to compare by phone.
    pub key: String,
    /// Whether one neighbour approved and another must.
    pub needs_another: bool,
}

/// An invite still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvite {
    /// Names it in commands.
    pub id: String,
    /// The role's word.
    pub role: String,
    /// Its unit.
    pub unit: String,
    /// Whole hours until it ends.
    pub hours_left: i64,
}
