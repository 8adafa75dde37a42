//! What runs in a home: one loop, one endpoint, one local interface.
//!
//! Clients need three things from here: the [`vocabulary`], a [`Door`] to the home's node (the one that is running, or
//! one opened for a single command), and [`found`] / [`join`] to make a home. Inside, [`actor`] owns the truth on one
//! thread, `core` is what it knows (no async there), `net` is iroh and nothing else, `local` is loopback HTTP.
//!
//! ```no_run
//! use linli_node::{Door, vocabulary::Request};
//!
//! let door = Door::open(std::path::Path::new("/home/lin/linli"))?;
//! println!("{:?}", door.ask(Request::Status)?);
//! # Ok::<(), linli_node::Fault>(())
//! ```

mod actor;
pub mod chance;
mod core;
mod fault;
mod home;
mod invite;
mod local;
mod net;
mod node;
mod strongbox;
pub mod vocabulary;

pub use actor::Desk;
#[cfg(feature = "testing")]
pub use core::testing;
pub use fault::{Fault, FaultKind};
pub use home::{Home, HomeError, Settings};
pub use invite::{Invite, InviteError};
pub use linli_community::register::Role;
pub use linli_record::{CommunityId, NodeKey};
pub use local::Client;
pub use net::{KnockAnswer, PathView};
pub use node::{
    Door, Founding, Network, Node, bundle_community, examine, found, join, mend, settings, stop,
    write_settings,
};
pub use strongbox::Strongbox;
