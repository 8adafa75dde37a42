//! How the community's order is agreed: proposing, checking and voting for blocks.
