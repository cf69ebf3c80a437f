//! From accepted intents to transactions that the wallets are asked to sign.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{OutPoint, Sequence};
use nanoark_ark::arkd::Arkd;
use nanoark_ark::base64_psbt;
use nanoark_ark::building::{self, CoinInput};
use nanoark_ark::error::ArkdError;
use nanoark_ark::indexer::{VtxoFilter, VtxoState};
use nanoark_ark::info::OperatorInfo;
use nanoark_ark::recovery::recovery_proof;
use nanoark_ark::signing;
use nanoark_ark_verifier::challenge::{Recovery, Step};
use nanoark_domain::ceremony::{
    Addresses, Bounds, Coin, Failure, FailureCode, Order, Orderer, Plan, Session, Unsigned,
};
use nanoark_domain::time::Timestamp;
use nanoark_runtime::Relay;

use super::ask::Round;
use super::outcome::Outcome;
use crate::holdings::{Held, Home, named, of_owner};
use crate::refusal::Refusal;

/// The proof by which a lost transaction is got back holds for ever: arkd takes the epoch for no expiry.
const RECOVERY_HOLDS_UNTIL: Timestamp = Timestamp::EPOCH;

/// Builds the transactions, reserves their inputs and asks for the first signatures.
pub(super) async fn build(relay: &Relay, session: &Session) -> Result<Outcome, Refusal> {
    let arkd = relay.gateway()?.arkd()?;
    let info = arkd.info().await.map_err(Refusal::Operator)?;
    let now = relay.now();
    match prepare(relay, session, arkd, &info, now).await {
        Ok(outcome) => Ok(outcome),
        Err(Refusal::Session(failure)) => Outcome::failed(relay, session, failure, now),
        Err(passing) => Err(passing),
    }
}

async fn prepare(
    relay: &Relay,
    session: &Session,
    arkd: &Arkd,
    info: &OperatorInfo,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let quote = relay.gateway()?.quote(info, now)?;
    let intents: Vec<_> = session
        .parties
        .iter()
        .filter_map(|party| Some((party.nostr, &party.intent.as_ref()?.intent)))
        .collect();
    let order = Order::read(&intents, &quote).map_err(|refusal| Refusal::Session(refusal.failure()))?;
    let homes = homes(relay, &order, info).await?;
    let mut coins = Vec::new();
    for party in &order.parties {
        let owner = homes
            .get(&party.nostr)
            .ok_or_else(|| Refusal::Internal("a party without a home".to_owned()))?
            .owner;
        coins.push(spendable(relay, session, arkd, party, owner, info, now).await?);
    }
    let addresses = Addresses {
        homes: homes.iter().map(|(nostr, home)| (*nostr, home.address)).collect(),
        owners: order
            .parties
            .iter()
            .filter_map(|party| homes.get(&party.nostr))
            .map(|home| home.owner)
            .collect(),
    };
    let plan = Plan::make(&order, &addresses, &coins, &Bounds::from(&quote))
        .map_err(|refusal| Refusal::Session(refusal.failure()))?;
    challenge(relay, session, plan, &homes, info, now)
}

/// The home of everybody whose address is needed.
async fn homes(
    relay: &Relay,
    order: &Order,
    info: &OperatorInfo,
) -> Result<BTreeMap<bitcoin::XOnlyPublicKey, Home>, Refusal> {
    let names: Vec<_> = order.names().into_iter().collect();
    let bindings = relay.store().bindings_of(&names).await?;
    names
        .into_iter()
        .map(|name| {
            let home = Home::of(&name, &bindings, info).map_err(|error| Refusal::Internal(error.to_string()))?;
            Ok((name, home))
        })
        .collect()
}

/// The coins that a party may spend: its own, spendable, and held by no other session.
async fn spendable(
    relay: &Relay,
    session: &Session,
    arkd: &Arkd,
    party: &Orderer,
    owner: bitcoin::XOnlyPublicKey,
    info: &OperatorInfo,
    now: Timestamp,
) -> Result<Vec<Coin>, Refusal> {
    let held = match &party.inputs {
        None => of_owner(arkd, owner, VtxoFilter::Spendable, info).await,
        Some(outpoints) => named(arkd, owner, outpoints, info).await,
    };
    let held: Vec<Held> = held.map_err(Refusal::Operator)?;
    if let Some(outpoints) = &party.inputs {
        all_usable(outpoints, &held, info, now)?;
    }
    let coins: Vec<Coin> = held
        .iter()
        .filter(|held| held.state(info, now) == VtxoState::Spendable)
        .map(|held| held.coin(owner))
        .collect();
    let outpoints: Vec<OutPoint> = coins.iter().map(|coin| coin.outpoint).collect();
    let holds = relay.store().holds_on(&outpoints).await?;
    let barred: BTreeSet<OutPoint> = holds
        .iter()
        .filter(|(_, hold)| hold.bars(session.id, now))
        .map(|(outpoint, _)| *outpoint)
        .collect();
    if party.inputs.is_some() && !barred.is_empty() {
        return Err(about(
            FailureCode::InputReserved,
            "Another session holds an input that the intent names.",
            barred.into_iter().collect(),
        ));
    }
    Ok(coins
        .into_iter()
        .filter(|coin| !barred.contains(&coin.outpoint))
        .collect())
}

/// Whether all inputs that an intent names are its author's and can be spent.
fn all_usable(outpoints: &[OutPoint], held: &[Held], info: &OperatorInfo, now: Timestamp) -> Result<(), Refusal> {
    let in_state = |wanted: &[VtxoState]| -> Vec<OutPoint> {
        held.iter()
            .filter(|held| wanted.contains(&held.state(info, now)))
            .map(|held| held.vtxo.outpoint)
            .collect()
    };
    let known: BTreeSet<OutPoint> = held.iter().map(|held| held.vtxo.outpoint).collect();
    let strange: Vec<OutPoint> = outpoints
        .iter()
        .filter(|outpoint| !known.contains(outpoint))
        .copied()
        .collect();
    if !strange.is_empty() {
        let message = "An input that the intent names is not its author's, or does not exist.";
        return Err(about(FailureCode::InputNotOwned, message, strange));
    }
    let spent = in_state(&[VtxoState::Spent, VtxoState::Unrolled]);
    if !spent.is_empty() {
        return Err(about(
            FailureCode::InputSpent,
            "An input that the intent names is spent.",
            spent,
        ));
    }
    let recoverable = in_state(&[VtxoState::Recoverable]);
    if !recoverable.is_empty() {
        let message = "An input that the intent names has expired or was swept: it comes back through a batch only.";
        return Err(about(FailureCode::InputRecoverable, message, recoverable));
    }
    Ok(())
}

fn about(code: FailureCode, message: &str, outpoints: Vec<OutPoint>) -> Refusal {
    Refusal::Session(Failure {
        outpoints,
        ..Failure::new(code, message)
    })
}

fn challenge(
    relay: &Relay,
    session: &Session,
    plan: Plan,
    homes: &BTreeMap<bitcoin::XOnlyPublicKey, Home>,
    info: &OperatorInfo,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let inputs: Vec<CoinInput> = plan.inputs.iter().map(|input| coin_input(&input.coin)).collect();
    let outputs: Vec<building::Output> = plan
        .outputs
        .iter()
        .map(|output| building::Output {
            address: output.address,
            amount: output.amount,
            assets: output.assets.clone(),
        })
        .collect();
    // What the rules let through and the builder does not is at odds with the operator's terms of this moment.
    let refused = |error: building::BuildError| {
        Refusal::failed(
            FailureCode::OperatorChanged,
            format!("The transaction cannot be built on the operator's terms: {error}."),
        )
    };
    let built = building::build(&inputs, &outputs, &session.intent_events(), info).map_err(refused)?;
    let sighashes = signing::sighashes(&built.ark_tx).map_err(|error| Refusal::Internal(error.to_string()))?;
    let recovery: Vec<Option<Recovery>> = (0..session.parties.len())
        .map(|party| {
            let own: Vec<CoinInput> = plan
                .inputs_of(party)
                .map(|(_, input)| coin_input(&input.coin))
                .collect();
            recovery_proof(&own, RECOVERY_HOLDS_UNTIL, info)
                .map(Some)
                .map_err(refused)
        })
        .collect::<Result<_, _>>()?;
    let unsigned = Unsigned {
        ark_txid: built.ark_txid(),
        ark_tx: base64_psbt::encode(&built.ark_tx),
        checkpoints: built.checkpoints.iter().map(base64_psbt::encode).collect(),
        operator: info.terms(),
        digest: info.digest().to_owned(),
    };
    let bindings: Vec<serde_json::Value> = homes
        .values()
        .filter_map(|home| serde_json::from_str(home.binding.as_deref()?).ok())
        .collect();
    let round = Round {
        session,
        plan: &plan,
        step: Step::ArkTransaction,
        ark_txid: unsigned.ark_txid,
        ark_tx: &unsigned.ark_tx,
        checkpoints: &unsigned.checkpoints,
        sighashes: &sighashes,
        operator: &unsigned.operator,
        bindings: &bindings,
        now,
    };
    let asking = round.ask(relay, &recovery)?;
    Outcome::change(session.challenge(plan, unsigned, asking.asked, asking.events, now))
}

fn coin_input(coin: &Coin) -> CoinInput {
    CoinInput {
        outpoint: coin.outpoint,
        amount: coin.amount,
        owner: coin.owner,
        assets: coin.assets.clone(),
        exit_delay: Sequence::from_consensus(coin.exit_delay),
        signer: coin.signer,
    }
}

/// An error of the indexer's, which is the operator's.
impl From<ArkdError> for Refusal {
    fn from(error: ArkdError) -> Self {
        Self::Operator(error)
    }
}
