//! Why a session ended. Codes and numbers are stable: the carrier sends the number, logs and tests use the code.

/// Why a session was closed from this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The neighbour speaks another version of this protocol.
    #[error("another protocol version")]
    Protocol,
    /// The neighbour belongs to another community.
    #[error("another community")]
    Community,
    /// The neighbour is not enrolled here and showed no enrolment.
    #[error("not enrolled")]
    Stranger,
    /// The neighbour's nonce is this node's own.
    #[error("own hello came back")]
    Reflected,
    /// A frame above the bound.
    #[error("frame too large")]
    Oversize,
    /// A frame that is not what its first byte says.
    #[error("malformed frame")]
    Malformed,
    /// What a compressed frame holds is not as long as it says, or longer than it may be.
    #[error("frame does not inflate to its stated length")]
    Inflation,
    /// A frame whose first byte means nothing in this version.
    #[error("unknown frame")]
    UnknownFrame,
    /// A frame that makes no sense now.
    #[error("frame out of order")]
    OutOfOrder,
    /// More bulk than was granted.
    #[error("more sent than was granted")]
    Credit,
    /// More of something than the limits allow.
    #[error("too many")]
    TooMany,
    /// A run or block that no honest neighbour could hold.
    #[error("forged record or block")]
    Forged,
    /// No hello in time.
    #[error("no hello in time")]
    Silent,
    /// This node could not store what came.
    #[error("could not store")]
    Unstored,
}

impl Reason {
    /// The stable reason code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Community => "community",
            Self::Stranger => "stranger",
            Self::Reflected => "reflected",
            Self::Oversize => "oversize",
            Self::Malformed => "malformed",
            Self::Inflation => "inflation",
            Self::UnknownFrame => "unknown-frame",
            Self::OutOfOrder => "out-of-order",
            Self::Credit => "credit",
            Self::TooMany => "too-many",
            Self::Forged => "forged",
            Self::Silent => "silent",
            Self::Unstored => "unstored",
        }
    }

    /// Whether the neighbour broke a rule of this protocol, which no honest one does.
    #[must_use]
    pub const fn is_offence(self) -> bool {
        match self {
            Self::Protocol | Self::Community | Self::Stranger | Self::Silent | Self::Unstored => false,
            Self::Reflected
            | Self::Oversize
            | Self::Malformed
            | Self::Inflation
            | Self::UnknownFrame
            | Self::OutOfOrder
            | Self::Credit
            | Self::TooMany
            | Self::Forged => true,
        }
    }

    /// The number for the carrier's own close or reset.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Protocol => 1,
            Self::Community => 2,
            Self::Stranger => 3,
            Self::Reflected => 4,
            Self::Oversize => 5,
            Self::Malformed => 6,
            Self::Inflation => 7,
            Self::UnknownFrame => 8,
            Self::OutOfOrder => 9,
            Self::Credit => 10,
            Self::TooMany => 11,
            Self::Forged => 12,
            Self::Silent => 13,
            Self::Unstored => 14,
        }
    }
}
