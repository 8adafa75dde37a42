//! What tests that cross floors share.
