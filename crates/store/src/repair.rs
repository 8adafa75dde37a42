//! Rebuilding a store from its rows.
