//! A wallet of few words: it signs what the verifier approves, and sends what a test wants to be sent.

use std::cell::RefCell;

use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use bitcoin::{Amount, XOnlyPublicKey};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use nanoark_ark::info::OperatorInfo;
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::challenge::{Answer, Challenge, SessionId};
use nanoark_ark_verifier::check::{Approval, Approved, Coin, Order, check};
use nanoark_ark_verifier::intent::{Action, Destination, Fee, Intent, ReceiptMode, Receiver, Transfer};
use nanoark_domain::ceremony::{Quote, Stage};
use nanoark_http::wire::gateway::{EventTaken, SessionView};
use nanoark_nostr::compose::{self, Secrecy};
use nanoark_nostr::http_auth;
use nanoark_nostr::received::{GatewayMessage, receive};
use nanoark_nostr::{NostrKey, Scheme, SignedEvent};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::house::{GATEWAY, House};

/// A wallet whose Nostr key owns its coins.
pub(crate) struct Wallet<'a> {
    pub(crate) house: &'a House,
    pub(crate) key: NostrKey,
    number: u32,
    /// The secret of the key that owns its coins.
    owner: [u8; 32],
    /// What it has ordered, and the events that say so.
    orders: RefCell<Vec<(Intent, SignedEvent)>>,
    approved: RefCell<Vec<Approved>>,
}

impl<'a> Wallet<'a> {
    pub(crate) fn new(house: &'a House, number: u8) -> Self {
        Self::with_secret(house, number.into(), [number; 32])
    }

    /// One of more than there are bytes.
    pub(crate) fn one_of_many(house: &'a House, number: u32) -> Self {
        let mut secret = [0x5a; 32];
        secret[28..].copy_from_slice(&number.to_be_bytes());
        Self::with_secret(house, number, secret)
    }

    fn with_secret(house: &'a House, number: u32, secret: [u8; 32]) -> Self {
        Self {
            house,
            key: NostrKey::from_bytes(&secret).unwrap(),
            number,
            owner: secret,
            orders: RefCell::default(),
            approved: RefCell::default(),
        }
    }

    /// The same wallet, whose coins belong to the key of this number.
    pub(crate) fn owned_by(self, owner: u8) -> Self {
        Self {
            owner: [owner; 32],
            ..self
        }
    }

    pub(crate) fn nostr(&self) -> XOnlyPublicKey {
        self.key.public()
    }

    pub(crate) fn owner(&self) -> XOnlyPublicKey {
        self.keypair().x_only_public_key().0
    }

    pub(crate) fn gateway(&self) -> XOnlyPublicKey {
        self.house.gateway.key.public()
    }

    pub(crate) fn operator(&self) -> OperatorInfo {
        OperatorInfo::new(self.house.arkd.info())
    }

    pub(crate) fn address(&self) -> ArkAddress {
        nanoark_ark_verifier::script::default_address(&self.operator().terms(), self.owner())
    }

    pub(crate) fn balance(&self) -> Amount {
        self.house.arkd.balance_of(&self.address().script_pubkey())
    }

    /// The amounts of its coins, smallest first.
    pub(crate) fn amounts(&self) -> Vec<u64> {
        let script = self.address().script_pubkey();
        let held = self.house.arkd.vtxos().into_iter();
        let mut amounts: Vec<u64> = held
            .filter(|vtxo| vtxo.script == script && vtxo.ark_txid.is_none())
            .map(|vtxo| vtxo.amount.to_sat())
            .collect();
        amounts.sort_unstable();
        amounts
    }

    pub(crate) fn keypair(&self) -> Keypair {
        Keypair::from_seckey_slice(&Secp256k1::new(), &self.owner).unwrap()
    }

    /// Binds its address to its Nostr key.
    pub(crate) fn binding(&self) -> SignedEvent {
        let now = self.house.now();
        compose::binding(&self.key, &self.gateway(), &self.address(), &self.keypair(), now).unwrap()
    }

    pub(crate) async fn quote(&self) -> Quote {
        self.read(Method::GET, "/v1/quote", StatusCode::OK).await
    }

    pub(crate) async fn fee(&self) -> Fee {
        let quote = self.quote().await;
        Fee {
            address: quote.address,
            amount: quote.amount,
        }
    }

    /// An intent with this action, open for ten minutes.
    pub(crate) fn intent(&self, name: &str, action: Action) -> Intent {
        Intent {
            action_id: format!("{name}-{:04}", self.number).parse().unwrap(),
            network: Network::Regtest,
            expires_at: self.house.now().as_seconds() + 600,
            receipt: ReceiptMode::Full,
            action,
        }
    }

    /// A transfer of satoshi to addresses.
    pub(crate) async fn transfer(&self, receivers: &[(ArkAddress, u64)]) -> Action {
        Action::Transfer(Transfer {
            inputs: None,
            receivers: receivers
                .iter()
                .map(|(address, satoshi)| Receiver {
                    to: Destination::Address(*address),
                    amount: Amount::from_sat(*satoshi),
                })
                .collect(),
            fee: self.fee().await,
        })
    }

    /// Takes an order of its own for known that it found somewhere.
    pub(crate) fn remember(&self, intent: Intent, event: SignedEvent) {
        self.orders.borrow_mut().push((intent, event));
    }

    /// The event that orders this. Signed once.
    pub(crate) fn signed(&self, intent: &Intent) -> SignedEvent {
        if let Some((_, event)) = self.orders.borrow().iter().find(|(ordered, _)| ordered == intent) {
            return event.clone();
        }
        let now = self.house.now();
        let event = compose::intent(&self.key, &self.gateway(), intent, Secrecy::Public, now).unwrap();
        self.orders.borrow_mut().push((intent.clone(), event.clone()));
        event
    }

    /// Takes note of an event that orders something.
    pub(crate) fn knows(&self, intent: &Intent, event: &SignedEvent) {
        self.orders.borrow_mut().push((intent.clone(), event.clone()));
    }

    /// Signs what it is asked for, if it is asked, and does what is due.
    pub(crate) async fn sign(&self, session: &SessionView) -> SessionView {
        let challenge = self.challenge(session);
        let answer = self.approve(&challenge);
        let event = self.answer_event(&answer);
        let taken = self.post(&event).await;
        self.house.settle().await;
        self.session(taken.session.unwrap().session_id).await
    }

    pub(crate) fn answer_event(&self, answer: &Answer) -> SignedEvent {
        compose::answer(&self.key, &self.gateway(), answer, Scheme::Nip44, self.house.now()).unwrap()
    }

    /// Orders and signs until it is final.
    pub(crate) async fn carry_out(&self, intent: &Intent) -> SessionView {
        let mut session = self.order(intent).await;
        while session.awaits.is_some() {
            session = self.sign(&session).await;
        }
        assert_eq!(session.stage, Stage::Finalized, "{:?}", session.failure);
        session
    }

    /// Orders, and does what is due.
    pub(crate) async fn order(&self, intent: &Intent) -> SessionView {
        let taken = self.post(&self.signed(intent)).await;
        self.house.settle().await;
        self.session(taken.session.unwrap().session_id).await
    }

    /// Posts an event that is taken.
    pub(crate) async fn post(&self, event: &SignedEvent) -> EventTaken {
        let (status, body) = self.try_post(event.json()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        serde_json::from_value(body).unwrap()
    }

    pub(crate) async fn try_post(&self, event: &str) -> (StatusCode, Value) {
        let request = Request::post(format!("{GATEWAY}/v1/events"))
            .header("content-type", "application/json")
            .body(Bytes::from(event.to_owned()))
            .unwrap();
        self.answer(request).await
    }

    pub(crate) async fn session(&self, id: SessionId) -> SessionView {
        self.read(Method::GET, &format!("/v1/sessions/{id}"), StatusCode::OK)
            .await
    }

    /// A signed call that has no body.
    pub(crate) async fn read<T: DeserializeOwned>(&self, method: Method, path: &str, expected: StatusCode) -> T {
        let (status, body) = self.call(method, path).await;
        assert_eq!(status, expected, "{path}: {body}");
        serde_json::from_value(body).unwrap()
    }

    pub(crate) async fn call(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let url = format!("{GATEWAY}{path}");
        let header = http_auth::authorization(&self.key, method.as_str(), &url, b"", self.house.now()).unwrap();
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", header)
            .body(Bytes::new())
            .unwrap();
        self.answer(request).await
    }

    async fn answer(&self, request: Request<Bytes>) -> (StatusCode, Value) {
        let response = self.house.send(request).await;
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status(), body)
    }

    /// The challenge that a session asks this wallet with, decrypted.
    pub(crate) fn challenge(&self, session: &SessionView) -> Challenge {
        let event = session.challenge.as_ref().unwrap().to_string();
        let received = receive(event.as_bytes(), &self.key, &[self.gateway()]).unwrap();
        let GatewayMessage::Challenge(challenge) = received.message else {
            panic!("no challenge: {:?}", received.message)
        };
        *challenge
    }

    /// What the verifier lets this wallet sign.
    pub(crate) fn approve(&self, challenge: &Challenge) -> Answer {
        let operator = self.operator().terms();
        let coins = self.coins();
        let wallet = nanoark_ark_verifier::check::Wallet {
            nostr: self.nostr(),
            owner: self.owner(),
            gateway: self.gateway(),
            operator: &operator,
            coins: &coins,
            now: self.house.now().as_seconds(),
        };
        let orders = self.orders.borrow();
        let (intent, event) = orders
            .iter()
            .find(|(_, event)| challenge.intents.contains(&event.id()))
            .unwrap();
        let order = Order {
            intent,
            event: event.id(),
        };
        let mut approved = self.approved.borrow_mut();
        let before = approved
            .iter()
            .find(|approved| approved.session_id == challenge.session_id);
        let approval = check(&wallet, &order, before, challenge).unwrap();
        if let Approval::First(first) = &approval {
            approved.push(first.approved.clone());
        }
        let (secp, pair) = (Secp256k1::new(), self.keypair());
        approval.answer(|sighash| secp.sign_schnorr_no_aux_rand(&Message::from_digest(*sighash), &pair))
    }

    /// What it ordered by the events that a challenge names.
    pub(crate) fn ordered(&self, challenge: &Challenge) -> (Intent, SignedEvent) {
        let orders = self.orders.borrow();
        let found = orders.iter().find(|(_, event)| challenge.intents.contains(&event.id()));
        found.unwrap().clone()
    }

    /// All that it ever held at the operator.
    pub(crate) fn coins(&self) -> Vec<Coin> {
        let script = self.address().script_pubkey();
        let held = self.house.arkd.vtxos().into_iter().filter(|vtxo| vtxo.script == script);
        held.map(|vtxo| Coin {
            outpoint: vtxo.outpoint,
            amount: vtxo.amount,
            assets: vtxo
                .assets
                .iter()
                .map(|(id, amount)| AssetAmount {
                    asset_id: id.to_string().parse().unwrap(),
                    amount: *amount,
                })
                .collect(),
            exit_delay: self.operator().terms().exit_delay,
        })
        .collect()
    }
}
