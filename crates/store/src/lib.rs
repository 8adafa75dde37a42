//! Where records are kept and how they survive a power cut.
