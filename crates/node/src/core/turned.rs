//! A device that its neighbours do not take in any more. Whoever is revoked is cut off before it can be told, so it has to
//! conclude it: neighbours that had synced with this home treat it as a stranger now. Nothing is decided by it.

use linli_community::register::Device;
use linli_record::NodeKey;

use super::{Core, links::Peer};

/// The warning's stable code.
pub(super) const TURNED_AWAY: &str = "turned-away";

impl Core {
    /// A neighbour closed its door on this node as on a stranger.
    pub(super) fn turned_away(&mut self, by: &NodeKey) {
        let member =
            |state: &linli_community::register::State| state.device_by_node(by).is_some_and(Device::active);
        // One that never met this home may not have heard of its admission yet.
        let met = self.store.cursor(by).ok().flatten().is_some();
        let alone = !self.links.values().any(Peer::live);
        if met
            && alone
            && self.is_member()
            && self.state.as_ref().is_some_and(member)
            && !self.is_turned_away()
        {
            self.warn_lastingly(
                TURNED_AWAY,
                "neighbours that knew this device turn it away: it was most likely revoked, or its household removed. \
                 Nothing new arrives here; ask another device of your household, or a registrar",
            );
        }
    }

    /// A neighbour took this home in after all.
    pub(super) fn taken_in(&mut self) {
        self.unwarn(TURNED_AWAY);
    }

    pub(super) fn is_turned_away(&self) -> bool {
        self.warnings.contains_key(TURNED_AWAY)
    }
}
