//! What the records of daily life fold to.
