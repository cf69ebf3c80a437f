//! Intents that are well formed and order what cannot be done: said at once, without asking anybody's coins.

use bitcoin::{Amount, OutPoint, Txid, hashes::Hash as _};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::intent::{
    Action, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, Intent, Receiver, Satoshi, Split, Transfer,
};
use nanoark_domain::ceremony::FailureCode::{self, FeeWrong, Malformed, TooManyInputs, WrongNetwork};

use super::book::{Group, Why};
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "orders",
    rows: 37,
    reasons: &[
        Why::Session(WrongNetwork),
        Why::Session(Malformed),
        Why::Session(TooManyInputs),
        Why::Session(FeeWrong),
    ],
};

type Row = (&'static str, Action, FailureCode);

fn sat(satoshi: u64) -> Amount {
    Amount::from_sat(satoshi)
}

fn place(number: u8) -> OutPoint {
    OutPoint::new(Txid::from_byte_array([number; 32]), 0)
}

/// The makings of orders.
struct Makings {
    fee: Fee,
    receiver: Receiver,
}

impl Makings {
    fn paying(&self, receivers: Vec<Receiver>) -> Action {
        Action::Transfer(Transfer {
            inputs: None,
            receivers,
            fee: self.fee.clone(),
        })
    }

    fn to(&self, address: ArkAddress) -> Action {
        self.paying(vec![Receiver {
            to: Destination::Address(address),
            ..self.receiver.clone()
        }])
    }

    fn amounts(&self, amounts: &[u64]) -> Action {
        let receiver = |amount: &u64| Receiver {
            amount: sat(*amount),
            ..self.receiver.clone()
        };
        self.paying(amounts.iter().map(receiver).collect())
    }

    fn spending(&self, inputs: Vec<OutPoint>) -> Action {
        Action::Transfer(Transfer {
            inputs: Some(inputs),
            receivers: vec![self.receiver.clone()],
            fee: self.fee.clone(),
        })
    }

    fn split(&self, amounts: &[u64]) -> Action {
        Action::Split(Split {
            inputs: None,
            amounts: amounts.iter().map(|amount| Satoshi(sat(*amount))).collect(),
            fee: self.fee.clone(),
        })
    }

    fn together(&self, inputs: Vec<OutPoint>) -> Action {
        Action::Consolidate(Consolidate {
            inputs: Some(inputs),
            fee: self.fee.clone(),
        })
    }

    fn assets(&self, assets: &[(u8, u64)]) -> AssetReceiver {
        let units = |(asset, amount): &(u8, u64)| AssetAmount {
            asset_id: AssetId::from_bytes([*asset; 34]),
            amount: *amount,
        };
        AssetReceiver {
            to: self.receiver.to.clone(),
            amount: sat(1_000),
            assets: assets.iter().map(units).collect(),
        }
    }

    fn sending(&self, receivers: Vec<AssetReceiver>) -> Action {
        Action::AssetTransfer(AssetTransfer {
            inputs: None,
            receivers,
            fee: self.fee.clone(),
        })
    }

    fn for_a_fee(&self, address: ArkAddress, amount: u64) -> Action {
        Action::Transfer(Transfer {
            inputs: None,
            receivers: vec![self.receiver.clone()],
            fee: Fee {
                address,
                amount: sat(amount),
            },
        })
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_before_there_is_a_session() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    let makings = Makings {
        fee: alice.fee().await,
        receiver: Receiver {
            to: Destination::Address(bob.address()),
            amount: sat(10_000),
        },
    };
    let fit = alice.intent("fit", makings.paying(vec![makings.receiver.clone()]));
    networks(&watch, &alice, &fit).await;
    for rows in [
        addresses(&makings, &bob),
        outputs(&makings),
        inputs(&makings),
        fees(&makings, &alice),
    ] {
        for (name, action, code) in rows {
            let intent = Intent { action, ..fit.clone() };
            watch
                .event(name, alice.signed(&intent).json().to_owned(), Why::Session(code))
                .await;
        }
    }
    watch.close().is(&GROUP);
    alice.post(&alice.signed(&fit)).await;
}

async fn networks(watch: &Watch<'_>, alice: &Wallet<'_>, fit: &Intent) {
    for network in [Network::Bitcoin, Network::Testnet, Network::Signet] {
        let intent = Intent { network, ..fit.clone() };
        let event = alice.signed(&intent);
        watch
            .event(
                &format!("for {network}"),
                event.json().to_owned(),
                Why::Session(WrongNetwork),
            )
            .await;
    }
}

fn addresses(makings: &Makings, bob: &Wallet<'_>) -> Vec<Row> {
    let address = bob.address();
    let elsewhere = ArkAddress::new(Network::Regtest, bob.nostr(), address.output_key());
    let main = ArkAddress::new(Network::Bitcoin, address.operator(), address.output_key());
    let beside = |other: ArkAddress| {
        let other = Receiver {
            to: Destination::Address(other),
            ..makings.receiver.clone()
        };
        makings.paying(vec![makings.receiver.clone(), other])
    };
    vec![
        ("to an address of another operator", makings.to(elsewhere), WrongNetwork),
        ("to an address of the main network", makings.to(main), WrongNetwork),
        (
            "to a good address and one of another operator",
            beside(elsewhere),
            WrongNetwork,
        ),
    ]
}

fn outputs(makings: &Makings) -> Vec<Row> {
    const MOST: u64 = 21_000_000 * 100_000_000;
    let assets = |assets: &[(u8, u64)]| makings.sending(vec![makings.assets(assets)]);
    vec![
        ("to nobody at all", makings.paying(Vec::new()), Malformed),
        ("to 21 receivers", makings.amounts(&[1_000; 21]), Malformed),
        ("of nothing", makings.amounts(&[0]), Malformed),
        ("of something and nothing", makings.amounts(&[1_000, 0]), Malformed),
        (
            "of all bitcoin there will be, and a fee",
            makings.amounts(&[MOST]),
            Malformed,
        ),
        ("of more than there will be", makings.amounts(&[MOST + 1]), Malformed),
        (
            "of half of what can be counted, twice",
            makings.amounts(&[1 << 63, 1 << 63]),
            Malformed,
        ),
        ("of all that can be counted", makings.amounts(&[u64::MAX]), Malformed),
        ("into no parts", makings.split(&[]), Malformed),
        ("into 21 parts", makings.split(&[1_000; 21]), Malformed),
        ("into a part of nothing", makings.split(&[1_000, 0]), Malformed),
        (
            "into parts that cannot be counted",
            makings.split(&[u64::MAX, 2]),
            Malformed,
        ),
        ("of no assets", assets(&[]), Malformed),
        ("of no units", assets(&[(7, 0)]), Malformed),
        ("of an asset that is named twice", assets(&[(7, 1), (7, 2)]), Malformed),
        (
            "of more units than can be counted",
            makings.sending(vec![makings.assets(&[(7, u64::MAX)]), makings.assets(&[(7, 1)])]),
            Malformed,
        ),
        ("of assets to nobody", makings.sending(Vec::new()), Malformed),
    ]
}

fn inputs(makings: &Makings) -> Vec<Row> {
    let many = |count: u8| (1..=count).map(place).collect::<Vec<_>>();
    vec![
        ("that spends no inputs", makings.spending(Vec::new()), Malformed),
        (
            "that spends an input twice",
            makings.spending(vec![place(1), place(2), place(1)]),
            Malformed,
        ),
        ("that spends eleven inputs", makings.spending(many(11)), TooManyInputs),
        ("that puts nothing together", makings.together(Vec::new()), Malformed),
        ("that puts one input together", makings.together(many(1)), Malformed),
        (
            "that puts an input together with itself",
            makings.together(vec![place(1), place(1)]),
            Malformed,
        ),
        (
            "that puts eleven inputs together",
            makings.together(many(11)),
            TooManyInputs,
        ),
    ]
}

fn fees(makings: &Makings, alice: &Wallet<'_>) -> Vec<Row> {
    let (home, fee) = (makings.fee.address, makings.fee.amount.to_sat());
    let main = ArkAddress::new(Network::Bitcoin, home.operator(), home.output_key());
    let elsewhere = ArkAddress::new(Network::Regtest, alice.nostr(), home.output_key());
    vec![
        ("for nothing", makings.for_a_fee(home, 0), FeeWrong),
        ("for a satoshi too little", makings.for_a_fee(home, fee - 1), FeeWrong),
        (
            "for a fee to its author",
            makings.for_a_fee(alice.address(), fee),
            FeeWrong,
        ),
        (
            "for a fee to its receiver, and more",
            makings.for_a_fee(alice.house.wallet(2).address(), 9 * fee),
            FeeWrong,
        ),
        ("for a fee on the main network", makings.for_a_fee(main, fee), FeeWrong),
        (
            "for a fee at another operator",
            makings.for_a_fee(elsewhere, fee),
            FeeWrong,
        ),
        (
            "for a fee that cannot be counted",
            makings.for_a_fee(home, u64::MAX),
            Malformed,
        ),
    ]
}
