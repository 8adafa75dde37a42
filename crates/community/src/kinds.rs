//! The one numbered table of kinds.
