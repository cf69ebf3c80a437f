//! A gateway in the storm, and a view of everything that it has on record.

use std::sync::Arc;
use std::time::Duration;

use bitcoin::Amount;
use nanoark_ark_verifier::asset::AssetId;
use nanoark_ark_verifier::intent::Fee;
use nanoark_store::{Store, TableNames};
use nanoark_testkit::dynamodb::InProcessDynamoDb;

use super::calls::Storm;
use super::player::Player;
use super::ways::Board;
use crate::ceremonies::house::{House, Setup};
use crate::ceremonies::wallet::Wallet;

/// What each party pays.
const FEE: u64 = 400;

/// A gateway in the storm.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) storm: Storm,
    pub(crate) board: Board,
    pub(crate) store: Store,
    /// The one asset that there is.
    pub(crate) asset: AssetId,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let storm = Storm::new();
        let board = Board::new(&storm.effects);
        let setup = Setup {
            fee: Amount::from_sat(FEE),
            relays: Some((vec!["wss://relay.test".to_owned()], Arc::new(board.clone()))),
            between: Some(Arc::new(storm.clone())),
            ..Setup::default()
        };
        let house = House::with(setup).await;
        let name = |kind: &str| format!("nanoark-{kind}");
        let names = TableNames {
            offers: name("offers"),
            jobs: name("jobs"),
            payloads: name("payloads"),
            claims: name("claims"),
            idempotency: name("idempotency"),
            connections: name("connections"),
            sessions: name("sessions"),
            authors: name("authors"),
            vtxos: name("vtxos"),
            relays: name("relays"),
            receipts: name("receipts"),
        };
        let store = Store::new(InProcessDynamoDb::over(house.stack.database().clone()).client(), names);
        let asset = house.arkd.issue_asset(None).to_string().parse().unwrap();
        Self {
            house,
            storm,
            board,
            store,
            asset,
        }
    }

    /// A player that nobody has been before.
    pub(crate) fn player(&self, number: u32) -> Player<'_> {
        Player::new(Wallet::one_of_many(&self.house, number), self.board.clone())
    }

    /// The gateway's fee.
    pub(crate) fn fee(&self) -> Fee {
        let operator = nanoark_ark::info::OperatorInfo::new(self.house.arkd.info());
        Fee {
            address: nanoark_ark_verifier::script::default_address(&operator.terms(), self.house.gateway.fee_owner),
            amount: Amount::from_sat(FEE),
        }
    }

    /// What the gateway has earned.
    pub(crate) fn earned(&self) -> Amount {
        self.house.arkd.balance_of(&self.fee().address.script_pubkey())
    }

    pub(crate) fn fund(&self, player: &Player<'_>, satoshi: u64, units: u64) {
        let assets = [(self.asset.to_string().parse().unwrap(), units)];
        let assets = if units > 0 { &assets[..] } else { &[] };
        let amount = Amount::from_sat(satoshi);
        self.house.arkd.fund_with_assets(&player.script(), amount, assets);
    }

    /// Moves the clock, and does what becomes due.
    pub(crate) async fn pass(&self, seconds: u64) {
        self.house.pass(Duration::from_secs(seconds));
        self.house.settle().await;
    }
}
