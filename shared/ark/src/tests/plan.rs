//! Plans to build, made from a seed.

use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, OutPoint, Psbt, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::hash::EventId;

use crate::building::{BuildError, CoinInput, Output, Unsigned, build};
use crate::info::OperatorInfo;
use crate::script::default_address;
use crate::signing::{checkpoint_sighashes, sighashes};
use crate::tests::operator::Operator;
use crate::tests::wallet::Wallet;

pub(crate) struct Plan {
    pub(crate) operator: Operator,
    pub(crate) info: OperatorInfo,
    /// The owner of each input.
    pub(crate) owners: Vec<Wallet>,
    pub(crate) inputs: Vec<CoinInput>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) intents: Vec<EventId>,
}

/// Numbers that follow from a seed and names.
fn number(seed: u64, name: &str, index: usize) -> u64 {
    let mut engine = sha256::Hash::engine();
    engine.input(&seed.to_be_bytes());
    engine.input(name.as_bytes());
    engine.input(&u64::try_from(index).unwrap().to_be_bytes());
    let bytes = sha256::Hash::from_engine(engine).to_byte_array();
    u64::from_be_bytes(bytes[..8].try_into().unwrap())
}

impl Plan {
    /// So many inputs, of up to three owners and under both keys of the operator, into so many outputs; two assets in some.
    pub(crate) fn seeded(seed: u64, inputs: usize, outputs: usize) -> Self {
        let operator = Operator::rotated(1, 2);
        let info = operator.info();
        let asset = |of: usize| AssetId::from_bytes([u8::try_from(of).unwrap() + 0xa0; 34]);
        let owners: Vec<_> = (0..inputs)
            .map(|place| Wallet::new(10 + u8::try_from(number(seed, "owner", place) % 3).unwrap()))
            .collect();
        let inputs: Vec<_> = owners
            .iter()
            .enumerate()
            .map(|(place, owner)| {
                let earlier = number(seed, "signer", place).is_multiple_of(4);
                let held = usize::try_from(number(seed, "asset", place) % 4).unwrap();
                CoinInput {
                    outpoint: OutPoint {
                        txid: Txid::from_byte_array([u8::try_from(place).unwrap() + 1; 32]),
                        vout: u32::try_from(number(seed, "vout", place) % 8).unwrap(),
                    },
                    amount: Amount::from_sat(10_000 + number(seed, "amount", place) % 100_000),
                    owner: owner.key(),
                    assets: (held < 2)
                        .then(|| AssetAmount {
                            asset_id: asset(held),
                            amount: 1 + number(seed, "units", place) % (u64::MAX / 16),
                        })
                        .into_iter()
                        .collect(),
                    exit_delay: info.raw().unilateral_exit_delay,
                    signer: operator.earlier_key().filter(|_| earlier).unwrap_or(operator.key()),
                }
            })
            .collect();

        let total: Amount = inputs.iter().map(|input| input.amount).sum();
        let count = u64::try_from(outputs).unwrap();
        let mut outputs: Vec<_> = (0..outputs)
            .map(|place| Output {
                address: default_address(Wallet::new(20 + u8::try_from(place).unwrap()).key(), &info).unwrap(),
                amount: total / count,
                assets: Vec::new(),
            })
            .collect();
        outputs[0].amount += total - total / count * count;
        for of in 0..2 {
            let amount = inputs
                .iter()
                .flat_map(|input| &input.assets)
                .filter(|held| held.asset_id == asset(of))
                .map(|held| held.amount)
                .sum();
            if amount > 0 {
                let place = of % outputs.len();
                outputs[place].assets.push(AssetAmount {
                    asset_id: asset(of),
                    amount,
                });
            }
        }
        let intents = (0..=number(seed, "intents", 0) % 3)
            .map(|index| EventId::from_byte_array([u8::try_from(index).unwrap() + 0x50; 32]))
            .collect();
        Self {
            operator,
            info,
            owners,
            inputs,
            outputs,
            intents,
        }
    }

    pub(crate) fn try_build(&self) -> Result<Unsigned, BuildError> {
        build(&self.inputs, &self.outputs, &self.intents, &self.info)
    }

    pub(crate) fn build(&self) -> Unsigned {
        self.try_build().unwrap()
    }

    /// The owners' signatures on the ark transaction.
    pub(crate) fn sign_ark(&self, ark_tx: &Psbt) -> Vec<(u32, XOnlyPublicKey, Signature)> {
        self.sign(sighashes(ark_tx).unwrap())
    }

    /// The owners' signatures on the checkpoints.
    pub(crate) fn sign_checkpoints(&self, checkpoints: &[Psbt]) -> Vec<(u32, XOnlyPublicKey, Signature)> {
        self.sign(checkpoint_sighashes(checkpoints).unwrap())
    }

    fn sign(&self, sighashes: Vec<[u8; 32]>) -> Vec<(u32, XOnlyPublicKey, Signature)> {
        assert_eq!(sighashes.len(), self.owners.len());
        (0_u32..)
            .zip(self.owners.iter().zip(sighashes))
            .map(|(input, (owner, sighash))| (input, owner.key(), owner.sign(sighash)))
            .collect()
    }
}
