//! What runs in a home: one loop, one endpoint, one local interface.
