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
        let applied =
            Self::head(self).map(|head| Head { era: head.era, height: head.height, id: head.id })?;
        // What this version can't judge is offered on all the same.
        match self.later_head() {
            Some((height, id)) => Some(Head { height, id, ..applied }),
            None => Some(applied),
        }
    }

    fn block(&self, height: u64) -> Option<CertifiedBlock> {
        self.store.block(height).ok().flatten().or_else(|| self.later_block(height))
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
        if !self.knows_members() {
            return Vec::new();
        }
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
            Some(None) => self.knows_members(),
            Some(Some(audience)) => self.may_read(peer, &audience),
        }
    }

    fn knows_readers(&self, log: &LogId) -> bool {
        let audience = self.store.tip(log).and_then(|tip| tip.audience);
        audience.is_none_or(|audience| self.audience(&audience).is_some())
    }

    fn cursor(&self, peer: &NodeKey) -> Option<Cursor> {
        if self.is_asking() {
            return None;
        }
        let (store, arrivals) = self.store.cursor(peer).ok().flatten()?;
        Some(Cursor { store, arrivals })
    }

    fn told(&self, peer: &NodeKey, arrivals: u64) -> u64 {
        veil(&self.veil_key(peer), arrivals)
    }

    fn untold(&self, peer: &NodeKey, told: u64) -> u64 {
        unveil(&self.veil_key(peer), told)
    }

    fn told_at_most(&self) -> u64 {
        u64::MAX
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

    fn forwards_now(&self, log: &LogId) -> bool {
        self.is_within_quota(log)
    }

    fn fork(&self, log: &LogId) -> Option<ForkProof> {
        self.fork_proof_held(log)
    }

    fn payload_for(&self, peer: &NodeKey, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        let record =
            self.store.record(id).ok().flatten().filter(|record| self.payload_shown(peer, record))?;
        if !self.knows_members() {
            return None;
        }
        Some((record.log, record.payload()?.to_vec()))
    }

    fn payload(&self, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        let record = self.store.record(id).ok().flatten()?;
        Some((record.log, record.payload()?.to_vec()))
    }
}

impl Core {
    /// Without the register nobody can say who belongs here: such a home asks whom it knew, and gives nothing.
    pub(super) const fn knows_members(&self) -> bool {
        self.state.is_some()
    }

    fn veil_key(&self, peer: &NodeKey) -> [u8; 32] {
        let mut hasher =
            blake3::Hasher::new_derive_key("linli 1: arrival numbers as a neighbour is told them");
        hasher.update(&*self.keys.node.to_bytes());
        hasher.update(self.store.store_id().as_bytes()).update(peer.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// Rounds of the Feistel network that turns a number into one that says nothing (Luby and Rackoff, 1988: four are enough).
const ROUNDS: u8 = 4;

fn veil(key: &[u8; 32], number: u64) -> u64 {
    let (left, right) = halves(number);
    let (left, right) =
        (0..ROUNDS).fold((left, right), |(left, right), at| (right, left ^ round(key, at, right)));
    u64::from(left) << 32 | u64::from(right)
}

fn unveil(key: &[u8; 32], veiled: u64) -> u64 {
    let (left, right) = halves(veiled);
    let (left, right) =
        (0..ROUNDS).rev().fold((left, right), |(left, right), at| (right ^ round(key, at, left), left));
    u64::from(left) << 32 | u64::from(right)
}

fn halves(number: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

fn round(key: &[u8; 32], at: u8, half: u32) -> u32 {
    let [a, b, c, d] = half.to_be_bytes();
    let hash = blake3::keyed_hash(key, &[at, a, b, c, d]);
    u32::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has four bytes"))
}

#[cfg(test)]
mod tests {
    use linli_record::NodeKey;

    use super::super::rig::{Rig, newcomer};
    use super::{Core, unveil, veil};

    fn given(core: &Core, peer: &NodeKey) -> usize {
        use linli_sync::Shelf as _;
        let logs = core.store.tips().filter(|tip| core.may_offer(peer, &tip.log)).count();
        let payloads = core.store.tips().filter(|tip| core.payload_for(peer, &tip.id).is_some()).count();
        core.offered(peer).len() + logs + payloads
    }

    #[test]
    fn a_home_whose_register_is_gone_asks_whom_it_knew_and_gives_nothing() {
        let mut rig = Rig::founded();
        let zhou = newcomer().node_key();
        assert!(given(&rig.core, &zhou) > 0);
        rig.core.state = None;
        assert_eq!(given(&rig.core, &zhou), 0);
    }

    #[test]
    fn a_neighbour_can_not_count_what_was_said_between_two_numbers() {
        let key = [7; 32];
        let told: Vec<u64> = (0..1000).map(|number| veil(&key, number)).collect();
        assert!(told.iter().zip(0..).all(|(told, number)| unveil(&key, *told) == number));
        assert!(told.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1 << 20));
        assert_ne!(veil(&[8; 32], 5), veil(&key, 5));
    }
}
