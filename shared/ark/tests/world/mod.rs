//! An operator, a client of it, and wallets with a key each.

use std::sync::Arc;

use bitcoin::hashes::Hash as _;
use bitcoin::key::{Keypair, Secp256k1};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{Message, SecretKey};
use bitcoin::{Amount, ScriptBuf, XOnlyPublicKey};
use http::{HeaderMap, HeaderValue};
use nanoark_ark::arkd::{Arkd, Clock};
use nanoark_ark::assets::of_ark_core;
use nanoark_ark::building::{CoinInput, Output, Unsigned, build};
use nanoark_ark::cosigned::CoSigned;
use nanoark_ark::error::ArkdError;
use nanoark_ark::exchange::{ArkdReply, ArkdRequest, Exchange, ExchangeError, Exchanging, Limits};
use nanoark_ark::indexer::VtxoFilter;
use nanoark_ark::info::OperatorInfo;
use nanoark_ark::script::{default_address, recognise, scripts_of};
use nanoark_ark::signing::{checkpoint_sighashes, insert_ark_signatures, insert_checkpoint_signatures, sighashes};
use nanoark_ark::submission::Submitted;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::Timestamp;
use nanoark_testkit::arkd::{Arkd as Operator, Lost, Settings};

/// A wallet: one key.
pub(crate) struct Wallet(Keypair);

impl Wallet {
    pub(crate) fn new(seed: u8) -> Self {
        let secret = SecretKey::from_slice(&[seed; 32]).unwrap();
        Self(Keypair::from_secret_key(&Secp256k1::new(), &secret))
    }

    pub(crate) fn key(&self) -> XOnlyPublicKey {
        self.0.x_only_public_key().0
    }

    pub(crate) fn sign(&self, sighash: [u8; 32]) -> Signature {
        Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(sighash), &self.0)
    }
}

/// The operator in the same process.
#[derive(Debug)]
struct InProcess(Operator);

impl Exchange for InProcess {
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_> {
        let mut headers = HeaderMap::new();
        if let Some(digest) = &request.digest {
            headers.insert("x-digest", HeaderValue::from_str(digest).unwrap());
        }
        let body = request.body.unwrap_or_default();
        let outcome = self.0.call(&request.method, &request.path_and_query, &headers, &body);
        Box::pin(async move {
            match outcome.fault {
                None => Ok(ArkdReply {
                    status: outcome.status,
                    body: outcome.body,
                }),
                Some(Lost::Cut) => Err(ExchangeError::Broken {
                    detail: "cut".to_owned(),
                }),
                Some(Lost::Stalled) => Err(ExchangeError::Timeout),
            }
        })
    }
}

pub(crate) fn clock() -> Clock {
    Arc::new(|| Timestamp::from_seconds(1_800_000_000))
}

/// An operator and the gateway's client of it.
pub(crate) struct World {
    pub(crate) operator: Operator,
    pub(crate) arkd: Arkd,
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        let operator = Operator::with_settings(settings, Arc::new(|| 1_800_000_000_000));
        let exchange = Arc::new(InProcess(operator.clone()));
        Self {
            operator,
            arkd: Arkd::over(exchange, Limits::default(), clock()),
        }
    }

    pub(crate) async fn fund(&self, wallet: &Wallet, amounts: &[u64]) {
        let info = self.arkd.info().await.unwrap();
        let script = default_address(wallet.key(), &info).unwrap().script_pubkey();
        for amount in amounts {
            self.operator.fund(&script, Amount::from_sat(*amount));
        }
    }

    pub(crate) async fn fund_with_asset(&self, wallet: &Wallet, amount: u64, units: u64) -> AssetId {
        let info = self.arkd.info().await.unwrap();
        let script = default_address(wallet.key(), &info).unwrap().script_pubkey();
        let asset = self.operator.issue_asset(None).to_string().parse().unwrap();
        let held = [(of_ark_core(asset), units)];
        self.operator.fund_with_assets(&script, Amount::from_sat(amount), &held);
        asset
    }

    /// The wallet's coins as inputs.
    pub(crate) async fn coins(&self, wallet: &Wallet, filter: VtxoFilter) -> Vec<CoinInput> {
        let info = self.arkd.info().await.unwrap();
        let scripts: Vec<ScriptBuf> = scripts_of(wallet.key(), &info)
            .into_iter()
            .map(|(script, _)| script)
            .collect();
        let found = self.arkd.vtxos_of(&scripts, filter, None).await.unwrap();
        found
            .into_iter()
            .map(|vtxo| {
                let made_of = recognise(&vtxo.script_pubkey, wallet.key(), &info).unwrap();
                CoinInput {
                    outpoint: vtxo.outpoint,
                    amount: vtxo.amount,
                    owner: wallet.key(),
                    assets: vtxo.assets,
                    exit_delay: made_of.exit_delay,
                    signer: made_of.signer,
                }
            })
            .collect()
    }

    pub(crate) async fn balance(&self, wallet: &Wallet) -> Amount {
        let coins = self.coins(wallet, VtxoFilter::Spendable).await;
        coins.iter().map(|coin| coin.amount).sum()
    }

    /// All coins of `from` into one output for `to` and the change, signed by `from`.
    pub(crate) async fn payment(&self, from: &Wallet, to: &Wallet, amount: u64) -> Payment {
        let info = self.arkd.info().await.unwrap();
        let inputs = self.coins(from, VtxoFilter::Spendable).await;
        let all: Amount = inputs.iter().map(|coin| coin.amount).sum();
        let outputs = [
            output(to, amount, &[], &info),
            output(from, all.to_sat() - amount, &[], &info),
        ];
        Payment::of(inputs, &outputs, info, from)
    }
}

pub(crate) fn output(to: &Wallet, amount: u64, assets: &[(AssetId, u64)], info: &OperatorInfo) -> Output {
    Output {
        address: default_address(to.key(), info).unwrap(),
        amount: Amount::from_sat(amount),
        assets: assets
            .iter()
            .map(|(asset_id, amount)| AssetAmount {
                asset_id: *asset_id,
                amount: *amount,
            })
            .collect(),
    }
}

/// A payment whose ark transaction its owner has signed.
pub(crate) struct Payment {
    pub(crate) info: OperatorInfo,
    pub(crate) inputs: Vec<CoinInput>,
    pub(crate) signed: Unsigned,
    owner: Keypair,
}

impl Payment {
    pub(crate) fn of(inputs: Vec<CoinInput>, outputs: &[Output], info: OperatorInfo, owner: &Wallet) -> Self {
        let intents = [EventId::from_byte_array([7; 32])];
        let unsigned = build(&inputs, outputs, &intents, &info).unwrap();
        let signatures = signatures(owner, sighashes(&unsigned.ark_tx).unwrap());
        let signed = Unsigned {
            ark_tx: insert_ark_signatures(&unsigned.ark_tx, &signatures).unwrap(),
            checkpoints: unsigned.checkpoints,
        };
        Self {
            info,
            inputs,
            signed,
            owner: owner.0,
        }
    }

    pub(crate) async fn submit(&self, world: &World) -> Result<Submitted, ArkdError> {
        let signed = &self.signed;
        world
            .arkd
            .submit(self.info.digest(), &signed.ark_tx, &signed.checkpoints)
            .await
    }

    pub(crate) async fn finalize(&self, world: &World, co_signed: &CoSigned) -> Result<(), ArkdError> {
        let asked = checkpoint_sighashes(&co_signed.checkpoints).unwrap();
        let signatures = signatures(&Wallet(self.owner), asked);
        let checkpoints = insert_checkpoint_signatures(&co_signed.checkpoints, &signatures).unwrap();
        world.arkd.finalize(self.signed.ark_txid(), &checkpoints).await
    }
}

fn signatures(owner: &Wallet, asked: Vec<[u8; 32]>) -> Vec<(u32, XOnlyPublicKey, Signature)> {
    (0_u32..)
        .zip(asked)
        .map(|(input, sighash)| (input, owner.key(), owner.sign(sighash)))
        .collect()
}
