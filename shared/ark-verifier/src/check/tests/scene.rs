//! Orders of every type, and the honest plan of a gateway for each.

use alloc::string::ToString as _;
use alloc::vec;
use alloc::vec::Vec;

use bitcoin::{Amount, OutPoint};
use serde_json::{Value, json};

use super::gateway::{GATEWAY, Pay, Plan, Spend, address, event, keys, outpoint, public, sign, terms};
use crate::asset::{AssetAmount, AssetId};
use crate::binding::{Content, KIND, attestation_digest};
use crate::challenge::{Challenge, OperatorTerms};
use crate::check::{Approval, Approved, Coin, Order, Refusal, Wallet, check};
use crate::hash::EventId;
use crate::intent::{
    Action, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, Intent, Leg, Receiver, Satoshi, Split, Swap,
    Transfer,
};

pub(crate) const ALICE: u8 = 1;
pub(crate) const BOB: u8 = 2;
/// The owner key that Bob has bound to his Nostr key.
pub(crate) const BOBS_OWNER: u8 = 3;
pub(crate) const CAROL: u8 = 4;
pub(crate) const MALLORY: u8 = 6;
/// Who owns the gateway's fee address.
pub(crate) const TILL: u8 = 7;

/// A wallet with an order, and a gateway with a plan.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) terms: OperatorTerms,
    pub(crate) coins: Vec<Coin>,
    pub(crate) intent: Intent,
    pub(crate) event: EventId,
    pub(crate) now: u64,
    pub(crate) plan: Plan,
}

impl Scene {
    pub(crate) fn check(&self, approved: Option<&Approved>, challenge: &Challenge) -> Result<Approval, Refusal> {
        let wallet = Wallet {
            nostr: public(ALICE),
            owner: public(ALICE),
            gateway: public(GATEWAY),
            operator: &self.terms,
            coins: &self.coins,
            now: self.now,
        };
        let order = Order {
            intent: &self.intent,
            event: self.event,
        };
        check(&wallet, &order, approved, challenge)
    }

    /// The wallet's record of its approval of the honest challenge of step 1.
    pub(crate) fn approved(&self) -> Approved {
        match self.check(None, &self.plan.first()) {
            Ok(Approval::First(approval)) => approval.approved,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn sat(amount: u64) -> Amount {
    Amount::from_sat(amount)
}

pub(crate) fn gold(amount: u64) -> AssetAmount {
    AssetAmount {
        asset_id: AssetId::from_bytes([0x60; 34]),
        amount,
    }
}

pub(crate) fn silver(amount: u64) -> AssetAmount {
    AssetAmount {
        asset_id: AssetId::from_bytes([0x51; 34]),
        amount,
    }
}

pub(crate) fn coin(byte: u8, amount: u64, assets: &[AssetAmount]) -> Coin {
    Coin {
        outpoint: outpoint(byte),
        amount: sat(amount),
        assets: assets.to_vec(),
        exit_delay: terms().exit_delay,
    }
}

pub(crate) fn pay(to: u8, amount: u64) -> Pay {
    Pay {
        to: address(to),
        amount: sat(amount),
        assets: Vec::new(),
    }
}

fn pay_with(to: u8, amount: u64, assets: &[AssetAmount]) -> Pay {
    Pay {
        assets: assets.to_vec(),
        ..pay(to, amount)
    }
}

fn fee() -> Fee {
    Fee {
        address: address(TILL),
        amount: sat(500),
    }
}

fn scene(action: Action, mine: Vec<Coin>, theirs: Vec<Spend>, outputs: Vec<Pay>, intents: Vec<EventId>) -> Scene {
    let own = mine.iter().map(|coin| Spend {
        owner: ALICE,
        coin: coin.clone(),
    });
    Scene {
        terms: terms(),
        plan: Plan {
            terms: terms(),
            inputs: own.chain(theirs).collect(),
            outputs,
            intents,
            asks: ALICE,
            bindings: Vec::new(),
        },
        coins: [mine, vec![coin(40, 77_000, &[])]].concat(),
        intent: Intent {
            action_id: "order-0001".parse().unwrap(),
            network: terms().network,
            expires_at: 3_000,
            receipt: crate::intent::ReceiptMode::Full,
            action,
        },
        event: event(1),
        now: 1_000,
    }
}

/// 60,000 and 50,000 pay 70,000 to Bob's address and 5,000 to Carol's key.
pub(crate) fn transfer() -> Scene {
    let receivers = vec![
        Receiver {
            to: Destination::Address(address(BOB)),
            amount: sat(70_000),
        },
        Receiver {
            to: Destination::Pubkey(public(CAROL)),
            amount: sat(5_000),
        },
    ];
    let action = Action::Transfer(Transfer {
        inputs: None,
        receivers,
        fee: fee(),
    });
    let outputs = vec![pay(BOB, 70_000), pay(CAROL, 5_000), pay(TILL, 500), pay(ALICE, 34_500)];
    let mine = vec![coin(10, 60_000, &[]), coin(11, 50_000, &[])];
    scene(action, mine, Vec::new(), outputs, vec![event(1)])
}

/// 100,000 become 30,000, 20,000 and the rest.
pub(crate) fn split() -> Scene {
    let action = Action::Split(Split {
        inputs: Some(vec![outpoint(10)]),
        amounts: vec![Satoshi(sat(30_000)), Satoshi(sat(20_000))],
        fee: fee(),
    });
    let outputs = vec![
        pay(ALICE, 30_000),
        pay(ALICE, 20_000),
        pay(TILL, 500),
        pay(ALICE, 49_500),
    ];
    scene(
        action,
        vec![coin(10, 100_000, &[])],
        Vec::new(),
        outputs,
        vec![event(1)],
    )
}

/// Three VTXOs, one of an older exit delay, become one.
pub(crate) fn consolidate() -> Scene {
    let action = Action::Consolidate(Consolidate {
        inputs: None,
        fee: fee(),
    });
    let older = Coin {
        exit_delay: 512,
        ..coin(12, 3_000, &[])
    };
    let mine = vec![coin(10, 1_000, &[]), coin(11, 2_000, &[silver(9)]), older];
    let outputs = vec![pay_with(ALICE, 5_500, &[silver(9)]), pay(TILL, 500)];
    scene(action, mine, Vec::new(), outputs, vec![event(1)])
}

/// Alice gives 40,000 for 300 of Bob's gold, which 25,000 carry. Bob's VTXOs are under a bound key.
pub(crate) fn swap() -> Scene {
    let action = Action::Swap(Swap {
        swap_id: "swap-0001".parse().unwrap(),
        legs: vec![
            Leg {
                from: public(ALICE),
                to: public(BOB),
                amount: sat(40_000),
                assets: Vec::new(),
            },
            Leg {
                from: public(BOB),
                to: public(ALICE),
                amount: sat(25_000),
                assets: vec![gold(300)],
            },
        ],
        fee: fee(),
    });
    let outputs = vec![
        pay(BOBS_OWNER, 40_000),
        pay_with(ALICE, 25_000, &[gold(300)]),
        pay(TILL, 1_000),
        pay_with(ALICE, 19_500, &[silver(3)]),
        pay_with(BOBS_OWNER, 4_500, &[gold(700)]),
    ];
    let bobs = Spend {
        owner: BOBS_OWNER,
        coin: coin(20, 30_000, &[gold(1_000)]),
    };
    let mine = vec![coin(10, 60_000, &[silver(3)])];
    let mut scene = scene(action, mine, vec![bobs], outputs, vec![event(1), event(2)]);
    scene.plan.bindings = vec![binding(BOB, BOBS_OWNER)];
    scene
}

/// Alice sends 300 of her gold to Bob; the rest of it and her silver come back.
pub(crate) fn asset_transfer() -> Scene {
    let action = Action::AssetTransfer(AssetTransfer {
        inputs: None,
        receivers: vec![AssetReceiver {
            to: Destination::Address(address(BOB)),
            amount: sat(400),
            assets: vec![gold(300)],
        }],
        fee: fee(),
    });
    let mine = vec![coin(10, 1_000, &[gold(250)]), coin(11, 2_000, &[gold(750), silver(7)])];
    let outputs = vec![
        pay_with(BOB, 400, &[gold(300)]),
        pay(TILL, 500),
        pay_with(ALICE, 2_100, &[gold(700), silver(7)]),
    ];
    scene(action, mine, Vec::new(), outputs, vec![event(1)])
}

/// The event by which a Nostr key binds an owner key.
pub(crate) fn binding(nostr: u8, owner: u8) -> Value {
    let address = address(owner);
    let content = Content {
        owner: public(owner),
        proof: sign(owner, &attestation_digest(&public(nostr), &address)),
    }
    .to_json();
    let tags = [vec!["d".to_string(), address.to_string()]];
    let author = keys(nostr).x_only_public_key().0;
    let id = crate::event::id(&author, 900, KIND, &tags, &content).unwrap();
    let sig = sign(nostr, &id.bytes()).to_string();
    json!({"id": id, "pubkey": author, "created_at": 900, "kind": KIND, "tags": tags, "content": content, "sig": sig})
}

/// The VTXOs that an order names.
pub(crate) fn name_inputs(scene: &mut Scene, outpoints: Vec<OutPoint>) {
    match &mut scene.intent.action {
        Action::Transfer(transfer) => transfer.inputs = Some(outpoints),
        Action::Split(split) => split.inputs = Some(outpoints),
        Action::Consolidate(consolidate) => consolidate.inputs = Some(outpoints),
        Action::AssetTransfer(transfer) => transfer.inputs = Some(outpoints),
        Action::Swap(_) => panic!("a swap names none"),
    }
}
