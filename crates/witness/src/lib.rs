//! How the community's order is agreed: proposing, checking and voting for blocks.
//!
//! A community begins with a sole witness, the founder's: [`sole`] says when a block is due and what stands in it,
//! [`check`] what is looked at before signing, [`time`] what a block's time may be, [`rivals`] what it means to meet two
//! blocks at one height. Witnesses order and decide nothing; what a block means is `linli_community::register`'s matter.
//! Nothing here knows a clock or a disk: tips, records, time and what waits are arguments.
//!
//! ```
//! use linli_community::testing::Estate;
//! use linli_witness::sole;
//!
//! let estate = Estate::unfounded(7);
//! let tips = estate.tips();
//! let (block, outcome) = sole::settle(&estate.state, &tips, &estate.shelf, estate.now_ms).unwrap().unwrap();
//! let certified = block.certify_alone(&estate.witness);
//! certified.verify(&estate.state.witness_keys()).unwrap();
//! assert_eq!(outcome.state.head().unwrap().id, certified.id());
//! ```

pub mod check;
pub mod rivals;
pub mod sole;
pub mod time;
