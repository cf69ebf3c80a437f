//! The second act: two wallets and the Ark gateway. One wallet speaks HTTPS, the other knows nothing but a Nostr relay.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitcoin::Amount;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::intent::{ActionId, Fee, Leg, Swap};
use nanoark_ark_wallet::wire::SessionView;
use nanoark_ark_wallet::{ArkWallet, Gateway, Keys, Ordering, Standing, Wanted, Way};
use nanoark_bots::Durability;
use nanoark_client::{HttpTransport, System, TransportLimits};
use nanoark_domain::ceremony::Stage;
use nanoark_nostr::NostrKey;
use nanoark_nostr_relay::{RelayUrl, WebSocketRelays};
use serde_json::json;

use super::timeline::{Timeline, Who};
use crate::running::Running;
use crate::{Failure, operator};

/// How often a wallet looks for its challenge.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A wallet of the play.
struct Player {
    who: Who,
    by: &'static str,
    wallet: ArkWallet<HttpTransport>,
    /// For a look at its sessions as the gateway shows them.
    gateway: Gateway<HttpTransport>,
    address: ArkAddress,
    key: NostrKey,
}

impl Player {
    async fn new(running: &Running, folder: &Path, who: Who, secret: &[u8; 32], way: Way) -> Result<Self, Failure> {
        let key = NostrKey::from_bytes(secret)?;
        let gateway = || -> Result<Gateway<HttpTransport>, Failure> {
            let transport = HttpTransport::new(TransportLimits::default())?;
            Ok(Gateway::new(&running.http_url(), transport, key.clone(), System)?)
        };
        let file = folder.join(format!("{}.sqlite", who.name()));
        let by = match way {
            Way::Https => "HTTPS",
            Way::Relays { .. } => "a Nostr relay",
        };
        let wallet = ArkWallet::open(&file, Durability::Full, Keys::new(key.clone()), gateway()?)?.by(way);
        Ok(Self {
            who,
            by,
            address: wallet.address().await?,
            gateway: gateway()?,
            wallet,
            key,
        })
    }

    async fn order(&self, wanted: Wanted) -> Result<ActionId, Failure> {
        Ok(self.wallet.order(wanted, Ordering::default()).await?.action_id)
    }
}

/// Plays the act.
pub(super) async fn play(running: &Running, told: &Timeline, folder: &Path) -> Result<(), Failure> {
    let relays = WebSocketRelays::new(None)?;
    let urls: Vec<RelayUrl> = running
        .gateway()
        .nostr_relays
        .iter()
        .map(|url| url.parse())
        .collect::<Result<_, _>>()?;
    let by_relay = Way::Relays {
        client: Arc::new(relays),
        urls,
    };
    // Wallets of a demo: everybody may know their keys.
    let alice = Player::new(
        running,
        folder,
        Who::Alice,
        b"alice of the demo, a public key!",
        Way::Https,
    )
    .await?;
    let bob = Player::new(running, folder, Who::Bob, b"bob of the demo, a public key!!!", by_relay).await?;
    for (player, satoshi) in [(&alice, 100_000), (&bob, 50_000)] {
        let amount = Amount::from_sat(satoshi);
        operator::give(&running.gateway().arkd_url, player.address, amount).await?;
        let words = format!("makes a VTXO of {satoshi} sat for {}", player.who.name());
        told.step(
            &format!("fund-{}", player.who.name()),
            Who::Operator,
            &words,
            &json!({ "address": player.address, "amount_sat": satoshi }),
        )?;
    }
    let transfer = alice.order(Wanted::send(bob.address, Amount::from_sat(30_000))).await?;
    carry_out(
        running,
        told,
        "transfer",
        "sends 30000 sat to bob",
        &[(&alice, transfer)],
    )
    .await?;
    let amounts = vec![Amount::from_sat(10_000), Amount::from_sat(25_000)];
    let split = bob.order(Wanted::split(amounts)).await?;
    carry_out(
        running,
        told,
        "split",
        "splits off 10000 and 25000 sat",
        &[(&bob, split)],
    )
    .await?;
    let quote = alice.gateway.quote().await?;
    let leg = |from: &Player, to: &Player, satoshi| Leg {
        from: from.key.public(),
        to: to.key.public(),
        amount: Amount::from_sat(satoshi),
        assets: Vec::new(),
    };
    let terms = Swap {
        swap_id: "demo-swap-1".parse()?,
        legs: vec![leg(&alice, &bob, 40_000), leg(&bob, &alice, 20_000)],
        fee: Fee {
            address: quote.address,
            amount: quote.amount,
        },
    };
    let hers = alice.order(Wanted::Swap(terms.clone())).await?;
    let his = bob.order(Wanted::Swap(terms)).await?;
    let words = "swaps 40000 sat for 20000 sat of bob's";
    let swap = carry_out(running, told, "swap", words, &[(&alice, hers), (&bob, his)]).await?;
    end(told, &alice, &bob, &swap).await
}

/// Drives an order of every party to its end, and tells the six steps.
async fn carry_out(
    running: &Running,
    told: &Timeline,
    name: &str,
    words: &str,
    parties: &[(&Player, ActionId)],
) -> Result<SessionView, Failure> {
    let (first, order) = parties.first().ok_or("nobody orders")?;
    let ways: Vec<&str> = parties.iter().map(|(player, _)| player.by).collect();
    let words = format!("{words} (by {})", ways.join(" and "));
    told.step(name, first.who, &words, &json!({ "action_id": order }))?;
    let mut open = true;
    while open {
        open = false;
        for (player, order) in parties {
            match player.wallet.step(order).await? {
                Standing::Open { .. } => open = true,
                Standing::Finalized { .. } => {}
                Standing::Failed { failure, .. } => return Err(format!("{name} failed: {}", failure.message).into()),
                Standing::Refused(refused) => return Err(format!("{name} was refused: {}", refused.reason).into()),
            }
        }
        // The gateway looks at relays by its own clock; the play does not wait for that.
        running
            .stack()
            .trigger("poll-relays")
            .await
            .map_err(|error| error.to_string())?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let known = first.wallet.order_of(order)?.and_then(|order| order.session);
    let session = first
        .gateway
        .session(known.ok_or("a final order has a session")?)
        .await?;
    tell_steps(told, name, &session)?;
    Ok(session)
}

fn tell_steps(told: &Timeline, name: &str, session: &SessionView) -> Result<(), Failure> {
    for reached in &session.history {
        let (step, words) = match reached.stage {
            Stage::Gathering => continue,
            Stage::Accepted => (1, "intents verified"),
            Stage::Challenged => (2, "ark transaction and checkpoints built, inputs reserved"),
            Stage::Signed => (3, "ark transaction signed by its wallets"),
            Stage::Submitted => (4, "submitted, and signed by the operator"),
            Stage::Countersigned => (5, "checkpoints signed by their wallets"),
            Stage::Finalized => (6, "final; the confirmation is published"),
            Stage::Failed => return Err("a final session has failed".into()),
        };
        let after = reached.at.as_millis().saturating_sub(session.created_at.as_millis());
        told.step(
            &format!("{name}-step-{step}"),
            Who::Gateway,
            &format!("step {step}/6, {after} ms after the first intent: {words}"),
            &json!({ "session_id": session.session_id, "stage": reached.stage, "after_ms": after }),
        )?;
    }
    Ok(())
}

async fn end(told: &Timeline, alice: &Player, bob: &Player, swap: &SessionView) -> Result<(), Failure> {
    let (hers, his) = (
        alice.wallet.balance().await?.spendable,
        bob.wallet.balance().await?.spendable,
    );
    let words = format!(
        "Three ceremonies. Alice has {} sat, Bob {} sat, and the gateway never held a key of theirs.",
        hers.to_sat(),
        his.to_sat()
    );
    let facts = json!({
        "outcome": swap.stage,
        "swap": swap.session_id,
        "ark_txid": swap.ark_txid,
        "receipt": swap.receipt,
        "alice_sat": hers.to_sat(),
        "bob_sat": his.to_sat(),
    });
    told.end(&words, &facts)
}
