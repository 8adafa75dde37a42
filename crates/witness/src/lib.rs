//! How the community's order is agreed: proposing, checking and voting for blocks.
//!
//! A community begins with a sole witness, the founder's node: [`sole`] says when a block is due and what stands in it.
//! Witnesses order and decide nothing; what a block means is `linli_community::register`'s matter. Nothing here knows a
//! clock or a disk: tips, time and what waits are arguments.

pub mod sole;
