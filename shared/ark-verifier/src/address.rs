//! Ark addresses: version 0, the operator's key and the VTXO's output key, in bech32m.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use bech32::{Bech32m, Hrp};
use bitcoin::key::TweakedPublicKey;
use bitcoin::{ScriptBuf, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

/// The Bitcoin network of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The main network.
    Bitcoin,
    /// A test network.
    Testnet,
    /// A signet, whatever its challenge.
    Signet,
    /// A network of one's own.
    Regtest,
}

/// An Ark address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArkAddress {
    mainnet: bool,
    operator: XOnlyPublicKey,
    output_key: TweakedPublicKey,
}

/// A text that is no [`ArkAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// It is not bech32m.
    #[error("it is no bech32m text")]
    Encoding,
    /// It begins with something else than `ark` or `tark`.
    #[error("it begins with neither ark nor tark")]
    Prefix,
    /// It holds something else than a version and two keys.
    #[error("it does not hold 65 bytes")]
    Length,
    /// Its version is not 0.
    #[error("its version is {0}, not 0")]
    Version(u8),
    /// One of its keys is no point of the curve.
    #[error("it holds a key that is none")]
    Key,
}

const MAINNET: Hrp = Hrp::parse_unchecked("ark");
const OTHERS: Hrp = Hrp::parse_unchecked("tark");

impl ArkAddress {
    /// The address of the VTXO script with this output key at this operator.
    #[must_use]
    pub fn new(network: Network, operator: XOnlyPublicKey, output_key: TweakedPublicKey) -> Self {
        Self {
            mainnet: network == Network::Bitcoin,
            operator,
            output_key,
        }
    }

    /// The operator's key.
    #[must_use]
    pub const fn operator(&self) -> XOnlyPublicKey {
        self.operator
    }

    /// The taproot output key.
    #[must_use]
    pub const fn output_key(&self) -> TweakedPublicKey {
        self.output_key
    }

    /// Whether it is one of this network's.
    #[must_use]
    pub const fn is_for(&self, network: Network) -> bool {
        self.mainnet == matches!(network, Network::Bitcoin)
    }

    /// The script that pays it.
    #[must_use]
    pub fn script_pubkey(&self) -> ScriptBuf {
        ScriptBuf::new_p2tr_tweaked(self.output_key)
    }

    /// The script that pays it less than dust: not spendable by itself.
    #[must_use]
    pub fn sub_dust_script_pubkey(&self) -> ScriptBuf {
        ScriptBuf::new_op_return(self.output_key.serialize())
    }

    const fn prefix(&self) -> Hrp {
        if self.mainnet { MAINNET } else { OTHERS }
    }
}

impl fmt::Display for ArkAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = alloc::vec::Vec::with_capacity(65);
        bytes.push(0);
        bytes.extend_from_slice(&self.operator.serialize());
        bytes.extend_from_slice(&self.output_key.serialize());
        bech32::encode_to_fmt::<Bech32m, _>(formatter, self.prefix(), &bytes).map_err(|_| fmt::Error)
    }
}

impl core::str::FromStr for ArkAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let checked =
            bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text).map_err(|_| InvalidAddress::Encoding)?;
        let hrp = checked.hrp();
        let mainnet = if hrp == MAINNET {
            true
        } else if hrp == OTHERS {
            false
        } else {
            return Err(InvalidAddress::Prefix);
        };
        let bytes: alloc::vec::Vec<u8> = checked.byte_iter().collect();
        let Some(([version], keys)) = bytes.split_first_chunk::<1>() else {
            return Err(InvalidAddress::Length);
        };
        let Some((operator, output_key)) = keys.split_first_chunk::<32>() else {
            return Err(InvalidAddress::Length);
        };
        if output_key.len() != 32 {
            return Err(InvalidAddress::Length);
        }
        if *version != 0 {
            return Err(InvalidAddress::Version(*version));
        }
        let key = |bytes: &[u8]| XOnlyPublicKey::from_slice(bytes).map_err(|_| InvalidAddress::Key);
        Ok(Self {
            mainnet,
            operator: key(operator)?,
            // Finished already: whoever made the address tweaked it.
            output_key: TweakedPublicKey::dangerous_assume_tweaked(key(output_key)?),
        })
    }
}

impl Serialize for ArkAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArkAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl From<Network> for bitcoin::Network {
    fn from(network: Network) -> Self {
        match network {
            Network::Bitcoin => Self::Bitcoin,
            Network::Testnet => Self::Testnet,
            Network::Signet => Self::Signet,
            Network::Regtest => Self::Regtest,
        }
    }
}

impl Network {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bitcoin => "bitcoin",
            Self::Testnet => "testnet",
            Self::Signet => "signet",
            Self::Regtest => "regtest",
        }
    }

    /// The network of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Bitcoin, Self::Testnet, Self::Signet, Self::Regtest]
            .into_iter()
            .find(|network| network.as_str() == name)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that names an address, for messages.
#[must_use]
pub fn shortened(address: &ArkAddress) -> String {
    let text = alloc::format!("{address}");
    let (head, tail) = (text.get(..12), text.get(text.len().saturating_sub(6)..));
    match (head, tail) {
        (Some(head), Some(tail)) => alloc::format!("{head}…{tail}"),
        (None, _) | (_, None) => text,
    }
}
