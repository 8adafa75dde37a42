//! How two copies become one. A pure state machine.
