//! What statements of power say, in bytes: one payload type for each kind.
//!
//! A body is a CBOR map with small ascending keys in the deterministic encoding; keys this version does not know make
//! it [`Reason::Malformed`](super::Reason::Malformed), so that no two versions read one statement differently. What a
//! statement does is decided elsewhere. Read [`Statement`] and [`Made`] first; `docs/REGISTER.md` draws the bytes.

mod bylaws;
mod enrol;
mod log;
mod office;
mod votes;
mod witnesses;

pub use bylaws::{CharterChange, PresetChange, RegistrarsChange, RollChange, RulesChange, TellersChange};
pub use enrol::{
    Admit, Approve, Confirm, ConfirmWhat, Readmit, Recover, Remove, Revoke, Stop, Transfer, Unapprove,
    life_log, quoted_claim,
};
pub use log::Objection;
pub use office::{ConsentGrant, ConsentWithdraw, Handover, OutsideNote, RoleGrant, RoleWithdraw};
pub use votes::{
    Election, Era, EraSign, MotionOpen, MotionTeller, Petition, PetitionPurpose, PetitionSign, Question,
};
pub use witnesses::{NamedWitness, RulesReady, WitnessAccept, WitnessStep, WitnessVote, WitnessesChange};

use linli_record::{BlockId, Draft, ForkProof, Kind, LogClose, LogOpen, Refused};
use minicbor::{Decode, Encode};

use crate::canon;

/// A statement of power: its kind, and the one way to write and read its body.
pub trait Statement: Encode<()> + for<'b> Decode<'b, ()> {
    /// Its kind.
    const KIND: Kind;
    /// Its name, for errors.
    const NAME: &'static str;

    /// Checks bounds and rules between fields.
    ///
    /// # Errors
    /// [`Refused`] naming what breaks a rule.
    fn check(&self) -> Result<(), Refused>;

    /// The body's canonical bytes; the log adds the salt.
    fn body(&self) -> Vec<u8> {
        canon::write(self)
    }

    /// Reads and checks a body.
    ///
    /// # Errors
    /// [`Refused`] naming what is wrong.
    fn parse(body: &[u8]) -> Result<Self, Refused> {
        let statement: Self = canon::read(Self::NAME, body)?;
        statement.check()?;
        Ok(statement)
    }

    /// A draft with this kind and the flags that statements of power must have: plain, archived, evidence.
    #[must_use]
    fn draft() -> Draft {
        Draft::new(Self::KIND).evidence()
    }
}

/// Gives a type its kind, name and check.
macro_rules! statement {
    ($type:ident, $kind:ident, |$self:ident| $check:expr) => {
        impl crate::register::statement::Statement for $type {
            const KIND: linli_record::Kind = crate::kinds::$kind;
            const NAME: &'static str = stringify!($type);

            fn check(&self) -> Result<(), linli_record::Refused> {
                let $self = self;
                $check
            }
        }
    };
}
use statement;

/// A block its author knew, to recognise a history by (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Recent {
    /// Its height.
    #[n(0)]
    pub height: u64,
    /// Its id.
    #[n(1)]
    pub id: BlockId,
}

/// Under what a proposal was made. Its author's signature counts as an approval, so it names a recent block like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Made {
    /// Number of the charter it was made under (rule 6).
    #[n(0)]
    pub base: u64,
    /// A recent block; absent only before the founding block.
    #[n(1)]
    pub recent: Option<Recent>,
}

macro_rules! said {
    ($($name:ident($type:ty),)*) => {
        /// A body that was read: which statement it is.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, clippy::large_enum_variant)]
        pub enum Said { LogOpen(LogOpen), LogClose(LogClose), ForkProof(ForkProof), $($name($type),)* }

        impl Said {
            /// Reads a statement of power; nothing for kinds this version has no payload for.
            ///
            /// # Errors
            /// [`Refused`] naming what is wrong with the body.
            pub fn parse(kind: Kind, body: &[u8], annex: Option<&[u8]>) -> Option<Result<Self, Refused>> {
                $(if kind == <$type as Statement>::KIND {
                    return Some(<$type as Statement>::parse(body).map(Self::$name));
                })*
                match kind {
                    Kind::LOG_OPEN => Some(log::opened(body).map(Self::LogOpen)),
                    Kind::LOG_CLOSE => Some(LogClose::parse(body).map(Self::LogClose)),
                    Kind::FORK_PROOF => Some(ForkProof::read(body, annex).map(Self::ForkProof)),
                    _ => None,
                }
            }
        }
    };
}

said! {
    Objection(Objection), WitnessAccept(WitnessAccept),
    RulesReady(RulesReady), WitnessVote(WitnessVote), Approve(Approve), Unapprove(Unapprove), Stop(Stop),
    Admit(Admit), Confirm(Confirm), Revoke(Revoke), Roll(RollChange), RoleGrant(RoleGrant),
    RoleWithdraw(RoleWithdraw), ConsentGrant(ConsentGrant), ConsentWithdraw(ConsentWithdraw),
    CharterChange(CharterChange), Registrars(RegistrarsChange), Witnesses(WitnessesChange),
    Tellers(TellersChange), Remove(Remove), Readmit(Readmit), Recover(Recover), Transfer(Transfer),
    Handover(Handover), Preset(PresetChange), Rules(RulesChange), MotionOpen(MotionOpen), Outside(OutsideNote),
    Petition(Petition), PetitionSign(PetitionSign), Era(Era), EraSign(EraSign), Election(Election),
}
