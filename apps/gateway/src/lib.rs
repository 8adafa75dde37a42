//! A gateway's own part: from a broker's messages to what the home's node is asked to sign.
//!
//! Nothing here knows iroh, records or the register: the node is behind the small [`pen::Pen`]. Rooms, from the thing to
//! the record: [`config`] says which device is which source, [`topics`] and [`zigbee`] read what the broker delivers,
//! [`hearing`] decides what is known and what is new, [`spool`] keeps what the node can't take yet, [`bridge`] joins them
//! and acknowledges to the broker what is durable, [`broker`] is the connection. Read [`hearing`] first: it is the
//! gateway's judgement, without clock or socket.
//!
//! ```
//! use linli_gateway::thing::{Kind, State};
//! use linli_gateway::zigbee;
//!
//! let said = zigbee::reading(Kind::Contact, br#"{"contact": true, "battery": 97}"#)?;
//! assert_eq!(said.state, Some(State::Quiet)); // true means closed
//! # Ok::<(), zigbee::Malformed>(())
//! ```

pub mod bridge;
pub mod broker;
pub mod config;
pub mod hearing;
pub mod limits;
mod pace;
pub mod pen;
pub mod seen;
pub mod spool;
pub mod thing;
pub mod topics;
pub mod zigbee;
