//! What the Ark gateway of a stack works with.

use bitcoin::hex::DisplayHex as _;
use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_nostr::NostrKey;

use super::Options;
use crate::template::{ACCOUNT, Template};

/// The gateway's Nostr key where nobody names another. It is printed here for everybody to read, and worth nothing.
const DEVELOPMENT_GATEWAY: &[u8; 32] = b"nanoark development gateway key!";

/// The key of the float that fees are paid to, as public as the gateway's.
const DEVELOPMENT_FLOAT: &[u8; 32] = b"nanoark development float's key!";

/// The port of the discard protocol: nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What the Ark gateway of a stack works with. The default has the public keys of development and reaches nobody.
#[derive(Clone, Debug)]
pub struct ArkGateway {
    /// The address of the operator's arkd.
    pub arkd_url: String,
    /// Addresses of Nostr relays.
    pub nostr_relays: Vec<String>,
    /// The gateway's own key.
    pub key: NostrKey,
    /// What each party to a session pays.
    pub fee: Amount,
    /// The key that fees are paid to.
    pub fee_owner: XOnlyPublicKey,
}

impl Default for ArkGateway {
    fn default() -> Self {
        Self {
            arkd_url: NOWHERE.into(),
            nostr_relays: Vec::new(),
            key: development_key(DEVELOPMENT_GATEWAY),
            fee: Amount::ZERO,
            fee_owner: development_key(DEVELOPMENT_FLOAT).public(),
        }
    }
}

impl ArkGateway {
    /// The key that the default's fees are paid to: it opens the float of development.
    #[must_use]
    pub fn development_float() -> NostrKey {
        development_key(DEVELOPMENT_FLOAT)
    }

    /// Sets the parameters that say this to the template of this repository.
    pub(super) fn describe(&self, options: Options) -> Options {
        options
            .parameter("ArkdUrl", &self.arkd_url)
            .parameter("NostrRelays", self.nostr_relays.join(","))
            .parameter("GatewaySecretArn", secret_arn())
            .parameter("GatewayFee", self.fee.to_sat().to_string())
            .parameter("FeeOwner", self.fee_owner.to_string())
    }
}

/// Gives the key itself to every function that is told of the secret which holds it: there is no Secrets Manager here.
pub(super) fn hand_out(key: &NostrKey, template: &mut Template) {
    for function in template.functions.values_mut() {
        if function.environment.remove("NANOARK_GATEWAY_SECRET").is_some() {
            let text = key.secret_bytes().to_lower_hex_string();
            function.environment.insert("NANOARK_GATEWAY_KEY".into(), text);
        }
    }
}

fn secret_arn() -> String {
    format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:nanoark-gateway")
}

#[expect(
    clippy::expect_used,
    reason = "32 bytes of ASCII are below the order of the curve, and not zero"
)]
fn development_key(bytes: &[u8; 32]) -> NostrKey {
    NostrKey::from_bytes(bytes).expect("a key of the curve")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Stack;

    #[tokio::test]
    async fn the_key_reaches_those_who_are_told_of_the_secret_and_nobody_else() {
        let gateway = ArkGateway::default();
        let options = Options::new()
            .parameter("NanoRpcUrls", "http://127.0.0.1:9")
            .ark_gateway(&gateway);
        let stack = Stack::start(options).await.unwrap();
        let key = gateway.key.secret_bytes().to_lower_hex_string();
        let told = stack.environment("open-session");
        assert_eq!(told["NANOARK_GATEWAY_KEY"], key);
        assert_eq!(told["NANOARK_FEE_OWNER"], gateway.fee_owner.to_string());
        for function in ["get-session", "get-job", "sweep-sessions"] {
            assert!(
                !stack.environment(function).values().any(|value| *value == key),
                "{function}"
            );
        }
        for environment in stack.environments().values() {
            assert!(!environment.contains_key("NANOARK_GATEWAY_SECRET"));
        }
    }
}
