//! The client's half of a session at the broker: nothing is ever under way in it, so nothing of it needs keeping.
//!
//! A gateway publishes nothing and holds no handshake of its own open: what it owes are acknowledgements, and the broker
//! sends again whatever lacks one. The library, though, takes a session that only the broker remembers for one whose
//! numbers it must not use, and then asks for no topic: what the broker keeps of each topic would never be heard after a
//! start. So every connection begins from this empty half.

use std::future::{Future, ready};
use std::pin::Pin;

use rumqttc::{PersistedAckMode, PersistedSession, SessionStore, SessionStoreError, SessionStoreKey};

/// A session in which nothing is under way.
#[derive(Debug)]
pub(super) struct NothingUnderWay {
    /// What the connection allows to be under way.
    pub(super) outgoing_limit: Option<u16>,
    /// How long the broker remembers.
    pub(super) expiry_secs: u32,
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

fn at_once<'a, T: Send + 'a>(answer: T) -> Answer<'a, T> {
    Box::pin(ready(Ok(answer)))
}

impl SessionStore for NothingUnderWay {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> Answer<'a, Option<PersistedSession>> {
        at_once(Some(PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: Some(self.expiry_secs),
            outgoing_inflight_upper_limit: self.outgoing_limit,
            ack_mode: PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        }))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> Answer<'a, ()> {
        at_once(())
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> Answer<'a, ()> {
        at_once(())
    }
}
