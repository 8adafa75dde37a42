//! This node's copy, as one sync session may see it.

use linli_record::{
    CertifiedBlock, CommunityId, ForkProof, LogId, NodeKey, RawRecord, RecordId, StoreId, Tip,
};
use linli_sync::{Arrival, Cursor, Head, Shelf};

use super::Core;

/// Founder's log, then whoever holds office, then the rest.
const RANK_FOUNDER: u8 = 0;
const RANK_OFFICE: u8 = 1;
const RANK_REST: u8 = 2;

/// Reading a damaged row yields nothing here: the session then has nothing to send, and `linli check` names the row.
impl Shelf for Core {
    fn community(&self) -> CommunityId {
        self.community
    }

    fn store_id(&self) -> StoreId {
        self.store.store_id()
    }

    fn arrivals(&self) -> u64 {
        self.store.arrivals()
    }

    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival> {
        let arrivals = self.store.arrivals_after(after, limit).unwrap_or_default();
        let shown = |arrival: linli_store::Arrival| Arrival {
            number: arrival.number,
            log: arrival.log,
            seq: arrival.seq,
            from: arrival.from,
        };
        arrivals.into_iter().map(shown).collect()
    }

    fn head(&self) -> Option<Head> {
        Self::head(self).map(|head| Head { era: head.era, height: head.height, id: head.id })
    }

    fn block(&self, height: u64) -> Option<CertifiedBlock> {
        self.store.block(height).ok().flatten()
    }

    fn tip(&self, log: &LogId) -> Option<Tip> {
        self.store.tip(log).cloned()
    }

    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord> {
        self.store.run(log, from).unwrap_or_default()
    }

    fn run_for(&self, peer: &NodeKey, log: &LogId, from: u64) -> Vec<RawRecord> {
        self.run_shown(peer, self.run(log, from))
    }

    fn offered(&self, peer: &NodeKey) -> Vec<Tip> {
        let mut readable = std::collections::BTreeMap::new();
        let tips = self.store.tips().filter(|tip| match &tip.audience {
            None => true,
            Some(audience) => *readable.entry(*audience).or_insert_with(|| self.may_read(peer, audience)),
        });
        tips.cloned().collect()
    }

    fn may_offer(&self, peer: &NodeKey, log: &LogId) -> bool {
        match self.store.tip(log).map(|tip| tip.audience) {
            None => false,
            Some(None) => true,
            Some(Some(audience)) => self.may_read(peer, &audience),
        }
    }

    fn cursor(&self, peer: &NodeKey) -> Option<Cursor> {
        let (store, arrivals) = self.store.cursor(peer).ok().flatten()?;
        Some(Cursor { store, arrivals })
    }

    fn rank(&self, log: &LogId) -> u8 {
        let Some(state) = &self.state else { return RANK_REST };
        if state.log_number(log) == Some(0) {
            return RANK_FOUNDER;
        }
        let office = state.log_owner(log).is_some_and(|device| {
            state.registrar_seat(&device.key).is_some()
                || state.witnesses().iter().any(|witness| witness.key == device.key)
        });
        if office { RANK_OFFICE } else { RANK_REST }
    }

    fn meets(&self, peer: &NodeKey) -> bool {
        self.roster.admits(peer)
    }

    fn fork(&self, log: &LogId) -> Option<ForkProof> {
        self.fork_proof_held(log)
    }

    fn payload_for(&self, peer: &NodeKey, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        let record =
            self.store.record(id).ok().flatten().filter(|record| self.payload_shown(peer, record))?;
        Some((record.log, record.payload()?.to_vec()))
    }

    fn payload(&self, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        let record = self.store.record(id).ok().flatten()?;
        Some((record.log, record.payload()?.to_vec()))
    }
}
