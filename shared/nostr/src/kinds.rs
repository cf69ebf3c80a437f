//! The kinds of events between wallets and the gateway. All are addressable (NIP-01): of events with the same author, kind
//! and `d` tag a relay keeps the newest only, so each has a `d` tag of its own.

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayKind {
    /// A transaction is final. For everybody.
    Confirmation,
    /// Something that a wallet asked for will not be done.
    Failure,
    /// Receipts are anchored in the Bitcoin chain. For everybody.
    Commitment,
    /// A wallet asks something that moves no value.
    ServiceRequest,
    /// The answer to it.
    ServiceResponse,
    /// The gateway tells a wallet something that it did not ask for.
    Notice,
    /// A wallet orders something.
    Intent,
    /// The gateway asks a wallet to sign.
    Challenge,
    /// The wallet's signatures.
    Answer,
    /// A wallet binds an address, with an owner key of its own, to its Nostr key. For everybody.
    Binding,
    /// The gateway's keys, kinds and endpoints. For everybody.
    Announcement,
}

/// Who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A wallet, to the gateway.
    ToGateway,
    /// The gateway.
    FromGateway,
}

/// Who can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Everybody.
    Everybody,
    /// Sender and receiver.
    Parties,
    /// Everybody, or sender and receiver: the sender decides.
    AsSent,
}

impl GatewayKind {
    /// Every kind there is, by number.
    pub const ALL: [Self; 11] = [
        Self::Confirmation,
        Self::Failure,
        Self::Commitment,
        Self::ServiceRequest,
        Self::ServiceResponse,
        Self::Notice,
        Self::Intent,
        Self::Challenge,
        Self::Answer,
        Self::Binding,
        Self::Announcement,
    ];

    /// Those that wallets send, which is what the gateway asks relays for.
    pub const TO_GATEWAY: [Self; 4] = [Self::ServiceRequest, Self::Intent, Self::Answer, Self::Binding];

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Confirmation => 31_340,
            Self::Failure => 31_341,
            Self::Commitment => 31_342,
            Self::ServiceRequest => 31_500,
            Self::ServiceResponse => 31_501,
            Self::Notice => 31_502,
            Self::Intent => 31_510,
            Self::Challenge => 31_511,
            Self::Answer => 31_512,
            Self::Binding => 31_520,
            Self::Announcement => 31_530,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// What it is called in documents and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Failure => "failure",
            Self::Commitment => "commitment",
            Self::ServiceRequest => "service request",
            Self::ServiceResponse => "service response",
            Self::Notice => "notice",
            Self::Intent => "intent",
            Self::Challenge => "challenge",
            Self::Answer => "answer",
            Self::Binding => "address binding",
            Self::Announcement => "announcement",
        }
    }

    /// Who sends it.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::ServiceRequest | Self::Intent | Self::Answer | Self::Binding => Direction::ToGateway,
            Self::Confirmation
            | Self::Failure
            | Self::Commitment
            | Self::ServiceResponse
            | Self::Notice
            | Self::Challenge
            | Self::Announcement => Direction::FromGateway,
        }
    }

    /// Who can read it.
    #[must_use]
    pub const fn readers(self) -> Readers {
        match self {
            Self::Confirmation | Self::Commitment | Self::Binding | Self::Announcement => Readers::Everybody,
            Self::Failure
            | Self::ServiceRequest
            | Self::ServiceResponse
            | Self::Notice
            | Self::Challenge
            | Self::Answer => Readers::Parties,
            Self::Intent => Readers::AsSent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_number_and_is_addressable() {
        for kind in GatewayKind::ALL {
            assert_eq!(GatewayKind::from_number(kind.number()), Some(kind));
            assert!((30_000..40_000).contains(&kind.number()), "{kind:?}");
        }
        for number in [0, 1, 4, 1_059, 22_242, 27_235, 31_343, 31_503, 31_509, 31_513, u16::MAX] {
            assert_eq!(GatewayKind::from_number(number), None, "{number}");
        }
        assert!(GatewayKind::ALL.is_sorted_by_key(|kind| kind.number()));
    }

    #[test]
    fn wallets_send_what_goes_to_the_gateway() {
        let to_gateway = GatewayKind::ALL
            .into_iter()
            .filter(|kind| kind.direction() == Direction::ToGateway);
        assert_eq!(to_gateway.collect::<Vec<_>>(), GatewayKind::TO_GATEWAY);
    }
}
