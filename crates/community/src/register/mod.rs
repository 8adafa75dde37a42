//! The register of power: one pure function from blocks to state.
