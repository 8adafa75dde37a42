//! What pages of several nouns share: the small phrases (who, when, for whom), how far something reached, a code to scan.
//!
//! Pages themselves are `linli-speech`'s. Nothing here asks the node.

pub(crate) mod coverage;
pub(crate) mod phrase;
pub(crate) mod qr;
