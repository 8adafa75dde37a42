//! Verifying a store from the ground up.
