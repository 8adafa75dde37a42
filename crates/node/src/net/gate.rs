//! Who may speak to this node: decided right after the handshake, before any stream.
//!
//! Enrolment is open to strangers, within tight limits; every other protocol refuses a key that is not enrolled.

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use iroh::endpoint::{AfterHandshakeOutcome, Connection, EndpointHooks, Side, VarInt};
use linli_record::NodeKey;

use super::{ENROL_ALPN, STRANGER_CODE};

/// The transport keys that may sync with us; shared between the actor, which writes it, and the gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster(Arc<RwLock<BTreeSet<NodeKey>>>);

impl Roster {
    /// Whether `key` is enrolled.
    pub(crate) fn admits(&self, key: &NodeKey) -> bool {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains(key)
    }

    /// Replaces the list; true if it changed.
    pub(crate) fn replace(&self, keys: BTreeSet<NodeKey>) -> bool {
        let mut held = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let changed = *held != keys;
        *held = keys;
        changed
    }
}

/// The hook iroh asks after each handshake.
#[derive(Debug)]
pub(crate) struct Gate(pub(crate) Roster);

impl EndpointHooks for Gate {
    fn after_handshake<'a>(
        &'a self,
        connection: &'a Connection,
    ) -> impl Future<Output = AfterHandshakeOutcome> + Send + 'a {
        let known = self.0.admits(&NodeKey::from(*connection.remote_id().as_bytes()));
        let open = connection.side() == Side::Client || connection.alpn() == ENROL_ALPN;
        async move {
            if known || open {
                AfterHandshakeOutcome::Accept
            } else {
                // Bland on purpose: a stranger learns nothing of the community.
                AfterHandshakeOutcome::Reject {
                    error_code: VarInt::from_u32(STRANGER_CODE),
                    reason: b"not enrolled".to_vec(),
                }
            }
        }
    }
}
