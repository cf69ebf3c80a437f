//! What the functions of the Ark gateway work with, besides tables and queues.

use std::sync::Arc;

use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark::arkd::{Arkd, Clock as ArkdClock};
use nanoark_ark::exchange::{InvalidArkd, Limits as ArkdLimits};
use nanoark_ark::info::OperatorInfo;
use nanoark_ark::script::default_address;
use nanoark_domain::ceremony::{FeePolicy, Quote};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nostr::{GatewayKeys, NostrKey};
use nanoark_nostr_relay::{Identity, Relays, WebSocketRelays};
use zeroize::Zeroizing;

use crate::relay::NotConfigured;

/// How long a quote holds: an intent that pays less than what is quoted when it is carried out is refused.
const QUOTE_HOLDS: Seconds = Seconds(600);

/// The settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// The operator's arkd, for the functions that ask it.
    pub arkd: Option<ArkdAccess>,
    /// Where the gateway's key is, for the functions that sign or decrypt.
    pub key: Option<KeySource>,
    /// The relays that the gateway reads and publishes on.
    pub relays: Vec<String>,
    /// Where its HTTP API is, for its announcement.
    pub public_url: Option<String>,
    /// What a party to a session pays.
    pub fee: FeePolicy,
    /// The key that fees are paid to: the float's, never the gateway's own.
    pub fee_owner: Option<XOnlyPublicKey>,
    /// Whether NIP-04 is taken.
    pub nip04: bool,
    /// How many open sessions one Nostr key may have.
    pub most_open_sessions: u32,
}

/// How the operator's arkd is reached.
#[derive(Debug, Clone)]
pub struct ArkdAccess {
    /// Its address.
    pub url: String,
    /// A certificate, in PEM, that is trusted besides the usual ones.
    pub certificate: Option<String>,
}

/// Where the gateway's key is. As a text, a line per key (`nsec1…` or hex), the current one first, then the retired ones.
#[derive(Clone)]
pub enum KeySource {
    /// In AWS Secrets Manager, under this name.
    Secret(String),
    /// Here: on a developer's machine.
    Given(Zeroizing<String>),
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret(name) => formatter.debug_tuple("Secret").field(name).finish(),
            Self::Given(_) => formatter.write_str("Given"),
        }
    }
}

/// Why the gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum InvalidGateway {
    /// Its arkd cannot be reached like this.
    #[error(transparent)]
    Arkd(#[from] InvalidArkd),
    /// Its key is none. Which text was found is not repeated.
    #[error("the gateway's key is no nsec or 64 hex digits per line")]
    Key,
    /// Its key cannot be fetched.
    #[error("the gateway's key cannot be fetched: {0}")]
    Secret(String),
    /// The relay client has no usable TLS set-up.
    #[error("TLS cannot be set up")]
    Tls,
}

/// What the functions of the Ark gateway work with.
#[derive(Debug, Clone)]
pub struct Gateway {
    arkd: Option<Arkd>,
    keys: Option<Arc<GatewayKeys>>,
    secret: Option<String>,
    now: Now,
    links: Arc<dyn Relays>,
    relays: Arc<[String]>,
    public_url: Option<String>,
    fee: FeePolicy,
    fee_owner: Option<XOnlyPublicKey>,
    nip04: bool,
    most_open_sessions: u32,
}

impl Gateway {
    pub(crate) fn new(config: GatewayConfig, now: ArkdClock) -> Result<Self, InvalidGateway> {
        let now = Now(now);
        let arkd = config
            .arkd
            .map(|access| {
                let certificate = access.certificate.as_deref().map(str::as_bytes);
                Arkd::new(&access.url, ArkdLimits::default(), certificate, Arc::clone(&now.0))
            })
            .transpose()?;
        let (keys, secret) = match config.key {
            None => (None, None),
            Some(KeySource::Given(text)) => (Some(Arc::new(read_keys(&text)?)), None),
            Some(KeySource::Secret(name)) => (None, Some(name)),
        };
        Ok(Self {
            arkd,
            links: web_sockets(keys.as_deref(), &now)?,
            keys,
            secret,
            now,
            relays: config.relays.into(),
            public_url: config.public_url,
            fee: config.fee,
            fee_owner: config.fee_owner,
            nip04: config.nip04,
            most_open_sessions: config.most_open_sessions,
        })
    }

    /// The name of the secret that is still to be fetched.
    pub(crate) fn missing_secret(&self) -> Option<&str> {
        self.secret.as_deref().filter(|_| self.keys.is_none())
    }

    pub(crate) fn with_secret(self, text: &str) -> Result<Self, InvalidGateway> {
        let keys = read_keys(text)?;
        Ok(Self {
            links: web_sockets(Some(&keys), &self.now)?,
            keys: Some(Arc::new(keys)),
            ..self
        })
    }

    /// With another way to arkd, if it has one.
    pub(crate) fn with_arkd(self, arkd: Arkd) -> Self {
        Self {
            arkd: self.arkd.map(|_| arkd),
            ..self
        }
    }

    /// With another way to relays.
    pub(crate) fn with_relays(self, links: Arc<dyn Relays>) -> Self {
        Self { links, ..self }
    }

    /// The operator's arkd.
    ///
    /// # Errors
    /// When this function has none.
    pub fn arkd(&self) -> Result<&Arkd, NotConfigured> {
        self.arkd.as_ref().ok_or(NotConfigured("arkd"))
    }

    /// The gateway's keys.
    ///
    /// # Errors
    /// When this function has none.
    pub fn keys(&self) -> Result<&GatewayKeys, NotConfigured> {
        self.keys.as_deref().ok_or(NotConfigured("the gateway's key"))
    }

    /// The way to relays.
    #[must_use]
    pub fn links(&self) -> &dyn Relays {
        &*self.links
    }

    /// The relays that the gateway reads and publishes on.
    #[must_use]
    pub fn relays(&self) -> &[String] {
        &self.relays
    }

    /// Where its HTTP API is, if the operator says so.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// Whether NIP-04 is taken.
    #[must_use]
    pub const fn nip04(&self) -> bool {
        self.nip04
    }

    /// How many open sessions one Nostr key may have.
    #[must_use]
    pub const fn most_open_sessions(&self) -> u32 {
        self.most_open_sessions
    }

    /// What a party to a session pays, with this operator.
    ///
    /// # Errors
    /// When nobody is named whom fees are paid to, or the operator's terms allow no address.
    pub fn quote(&self, info: &OperatorInfo, now: Timestamp) -> Result<Quote, NotConfigured> {
        let owner = self.fee_owner.ok_or(NotConfigured("the key that fees are paid to"))?;
        Ok(Quote {
            address: default_address(owner, info).ok_or(NotConfigured("an operator with a usable exit delay"))?,
            amount: self.fee.amount(info.minimum_output()),
            minimum_output: info.minimum_output(),
            maximum_output: info.maximum_output(),
            valid_until: now.plus(QUOTE_HOLDS),
        })
    }
}

/// A clock that can be shown.
#[derive(Clone)]
struct Now(ArkdClock);

impl std::fmt::Debug for Now {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Now")
    }
}

/// Relays over WebSockets. One that asks who is there (NIP-42) is told the gateway's key, if this function has it.
fn web_sockets(keys: Option<&GatewayKeys>, now: &Now) -> Result<Arc<dyn Relays>, InvalidGateway> {
    let identity = keys.map(|keys| Identity {
        key: keys.current().clone(),
        now: Arc::clone(&now.0),
    });
    let relays = WebSocketRelays::new(identity).map_err(|_| InvalidGateway::Tls)?;
    Ok(Arc::new(relays))
}

fn read_keys(text: &str) -> Result<GatewayKeys, InvalidGateway> {
    let mut keys = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| NostrKey::parse(line).map_err(|_| InvalidGateway::Key));
    let current = keys.next().ok_or(InvalidGateway::Key)??;
    Ok(GatewayKeys::new(current, keys.collect::<Result<_, _>>()?))
}

/// The gateway's settings; `None` for a function that has nothing to do with it.
pub(crate) fn read_config(
    lookup: &dyn Fn(&str) -> Option<String>,
    relays: Vec<String>,
) -> Result<Option<GatewayConfig>, crate::config::InvalidConfig> {
    use crate::config::InvalidConfig::Setting;
    let arkd = lookup("NANOARK_ARKD_URL").map(|url| ArkdAccess {
        url,
        certificate: lookup("NANOARK_ARKD_CA"),
    });
    let key = lookup("NANOARK_GATEWAY_KEY")
        .map(|text| KeySource::Given(Zeroizing::new(text)))
        .or_else(|| lookup("NANOARK_GATEWAY_SECRET").map(KeySource::Secret));
    if arkd.is_none() && key.is_none() && relays.is_empty() {
        return Ok(None);
    }
    let number = |setting, default: u32| match lookup(setting) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Setting {
            setting,
            expected: "whole number",
        }),
    };
    let fee_owner = lookup("NANOARK_FEE_OWNER")
        .map(|text| {
            text.parse().map_err(|_| Setting {
                setting: "NANOARK_FEE_OWNER",
                expected: "x-only public key in hex",
            })
        })
        .transpose()?;
    let nip04 = match lookup("NANOARK_ALLOW_NIP04").as_deref() {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => {
            return Err(Setting {
                setting: "NANOARK_ALLOW_NIP04",
                expected: "yes or no",
            });
        }
    };
    Ok(Some(GatewayConfig {
        arkd,
        key,
        relays,
        public_url: lookup("NANOARK_PUBLIC_URL"),
        fee: FeePolicy {
            flat: Amount::from_sat(number("NANOARK_GATEWAY_FEE", 0)?.into()),
        },
        fee_owner,
        nip04,
        most_open_sessions: number("NANOARK_MAX_OPEN_SESSIONS", 20)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_is_the_current_one_and_the_others_are_retired() {
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let keys = read_keys(&format!("\n {one} \n{two}\n")).unwrap();
        let public = |text: &str| NostrKey::parse(text).unwrap().public();
        assert_eq!(keys.publics(), [public(&one), public(&two)]);
        for wrong in ["", "\n", "nonsense", &format!("{one}\nnonsense")] {
            assert!(read_keys(wrong).is_err(), "{wrong:?}");
        }
        let source = KeySource::Given(Zeroizing::new(one.clone()));
        assert!(!format!("{source:?}").contains(&one[..8]));
    }

    #[test]
    fn a_function_without_any_of_it_has_no_gateway() {
        let settings = |pairs: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        };
        assert!(read_config(&settings(&[]), Vec::new()).unwrap().is_none());
        let config = read_config(&settings(&[("NANOARK_ARKD_URL", "http://a")]), Vec::new());
        assert_eq!(config.unwrap().unwrap().most_open_sessions, 20);
        for wrong in [
            &[("NANOARK_ARKD_URL", "http://a"), ("NANOARK_GATEWAY_FEE", "-1")][..],
            &[("NANOARK_ARKD_URL", "http://a"), ("NANOARK_FEE_OWNER", "ab")],
            &[("NANOARK_ARKD_URL", "http://a"), ("NANOARK_ALLOW_NIP04", "perhaps")],
        ] {
            let lookup = |name: &str| {
                let found = wrong.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert!(read_config(&lookup, Vec::new()).is_err(), "{wrong:?}");
        }
    }
}
