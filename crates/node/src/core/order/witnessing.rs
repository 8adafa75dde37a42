//! This home as the register's sole witness: the blocks it makes, what it notes beside its key, and when it must not sign.

use linli_community::register::State;
use linli_record::{Block, Tip};
use linli_store::{Batch, Op};
use linli_witness::sole::{self, Waiting};

use super::super::{Core, store_fault_read};
use super::{BEHIND, PAUSED, StoreLedger, WITNESS};
use crate::fault::Fault;
use crate::home::Signed;

impl Core {
    /// As the sole witness: makes the block that is due, if one is.
    pub(super) fn make_block(&mut self) -> bool {
        let (Some(witness), Some(state)) = (&self.witness, &self.state) else { return false };
        let [sole] = state.witnesses() else { return false };
        let may = !self.order.paused && !self.is_outdated() && !self.is_asking();
        let ours = sole.key == witness.signing.public() && may;
        let now = self.clock.now_ms();
        self.order.taken_ms = self.order.taken_ms.map(|taken| taken.min(now));
        if !ours || !sole::is_due(state, self.order.waits, self.order.taken_ms, now) {
            return false;
        }
        if let Some(why) = self.behind_own_word() {
            self.warn_behind(&why);
            return false;
        }
        let tips: Vec<_> = self.store.tips().filter(|tip| tip.audience.is_none()).cloned().collect();
        let (block, outcome) =
            match sole::settle(state, &tips, &StoreLedger(&self.store), self.clock.now_ms()) {
                Ok(Some(made)) => made,
                Ok(None) => {
                    self.order.left_out = true;
                    self.order.waits = Waiting::default();
                    return false;
                }
                Err(unfit) => {
                    tracing::error!(%unfit, "no block can be made");
                    self.order.lacks = Some(unfit.to_string());
                    return false;
                }
            };
        // It was checked as it would be by anybody else: only now it is signed.
        let certified = block.certify_alone(&witness.signing);
        let left_out = tips.iter().any(|tip| is_left_out(&outcome.state, tip));
        self.order.waiting.insert(block.height, certified.clone());
        let made = self.write_block(&block, certified, outcome);
        if made {
            (self.order.waits, self.order.left_out) = (Waiting::default(), left_out);
            self.order.lacks = None;
        }
        made
    }

    /// Bytes came that a log may have waited for.
    pub(in super::super) const fn note_bytes_for_order(&mut self) {
        self.order.waits.power |= self.order.left_out;
    }

    /// What this home signed outlives a store that was put back from a backup: what is held must go as far (rule 15).
    fn behind_own_word(&self) -> Option<String> {
        let signed = match self.home.signed() {
            Ok(signed) => signed?,
            Err(error) => return Some(error.to_string()),
        };
        let held = self.store.block(signed.height).ok().flatten();
        let same = held.is_some_and(|held| held.id() == signed.block);
        (!same).then(|| format!("it signed block {}, which its store does not hold", signed.height))
    }

    fn warn_behind(&mut self, why: &str) {
        if self.warnings.contains_key(BEHIND) {
            return;
        }
        self.warn(
            BEHIND,
            format!(
                "this home orders the community's register, and {why}: its store was put back from a backup. It orders \
                 again as soon as a neighbour has brought what was lost; if nobody can, say so (`linli witness resume`)"
            ),
        );
    }

    /// A block of this home's key is in the store: noted beside the key before it leaves the house.
    pub(super) fn note_signed(&mut self, block: &Block) {
        let Some(witness) = &self.witness else { return };
        let ours = |state: &State| state.witnesses().iter().any(|one| one.key == witness.signing.public());
        if !self.state.as_ref().is_some_and(ours) {
            return;
        }
        let newer = |signed: Option<Signed>| signed.is_none_or(|signed| signed.height < block.height);
        if self.home.signed().is_ok_and(newer)
            && let Err(error) = self.home.write_signed(Signed { height: block.height, block: block.id() })
        {
            tracing::error!(%error, "how far this home signed could not be noted");
        }
        if self.behind_own_word().is_none() {
            self.warnings.remove(BEHIND);
        }
    }

    /// Pauses this home's witness: two homes must not sign with one key, nor one home two blocks at one height.
    pub(in super::super) fn pause_witness(&mut self, why: &str) {
        if self.witness.is_none() {
            return;
        }
        self.order.paused = true;
        let mut batch = Batch::new();
        batch.name(PAUSED, why.as_bytes());
        if let Err(fault) = self.write(batch) {
            tracing::error!(%fault, "that ordering is paused could not be kept; it is paused until the next start");
        }
        self.warn_paused(why);
    }

    pub(super) fn warn_paused(&mut self, why: &str) {
        self.warn(
            "witness-paused",
            format!(
                "this home orders the community's register, and {why}: ordering is paused until you say that no other \
                 copy runs (`linli witness resume`)"
            ),
        );
    }

    /// A home that ordered the register once, and whose witness key is not here, can't: it says so at every start.
    pub(super) fn notice_missing_witness(&mut self) -> Result<(), Fault> {
        let remembered = self.store.named(WITNESS).map_err(|error| store_fault_read(&error))?;
        let own = self.witness.as_ref().map(|witness| witness.signing.public().as_bytes().to_vec());
        match (remembered, own) {
            (held, Some(own)) if held.as_ref() != Some(&own) => {
                let mut batch = Batch::new();
                batch.name(WITNESS, own);
                self.write(batch)
            }
            (Some(held), None) => {
                let orders = |state: &State| {
                    state.witnesses().iter().any(|witness| witness.key.as_bytes()[..] == held[..])
                };
                if self.state.as_ref().is_some_and(orders) {
                    self.warn(
                        "witness-missing",
                        "this home's folder lacks the register's key (witness.key): it can't order. The home that has the \
                         key goes on ordering; if it is lost, only a new era can name another witness"
                            .into(),
                    );
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The person says that no other copy runs.
    pub(in super::super) fn resume_witness(&mut self) -> Result<(), Fault> {
        if self.witness.is_none() {
            return Err(Fault::not_allowed(
                "no-register-key",
                "this home has no witness key: it does not order the register",
            )
            .hint("the key lies in the folder of the home that orders, and in no backup"));
        }
        self.write(Batch::from(Op::Name(PAUSED.into(), None)))?;
        self.home.forget_signed()?;
        self.order.paused = false;
        self.warnings.remove(BEHIND);
        self.warnings.remove("witness-paused");
        self.advance_register();
        Ok(())
    }
}

/// Whether a log may settle and has more than was settled.
fn is_left_out(state: &State, tip: &Tip) -> bool {
    let enrolled = state.device_by_key(&tip.key).is_some_and(|device| state.admits_node(&device.node));
    enrolled && state.settled_tip(&tip.log).is_none_or(|(_, seq, _)| tip.seq > seq)
}
