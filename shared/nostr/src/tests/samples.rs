//! One event of every kind, as tests send them.

use bitcoin::hashes::Hash as _;
use bitcoin::key::TweakedPublicKey;
use bitcoin::secp256k1::{Keypair, Secp256k1, schnorr::Signature};
use bitcoin::{Amount, OutPoint, ScriptBuf, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::challenge::{
    Answer, Challenge, Context, InputSignature, OperatorTerms, Recovery, SessionId, Step,
};
use nanoark_ark_verifier::hash::{EventId, PayloadRef};
use nanoark_ark_verifier::intent::{
    Action, ActionId, ActionType, Destination, Fee, Intent, ReceiptMode, Receiver, Transfer,
};
use nanoark_domain::ceremony::{OutputRole, Receipt, ReceiptInput, ReceiptOutput};
use nanoark_domain::time::Timestamp;

use crate::content::{
    AcceptedEncryption, AnnouncedKeys, Announcement, Endpoints, Failure, FailureStatus, Notice, Outcome, QuoteRequest,
    Service, ServiceName, ServiceRequest, ServiceResponse, Subject, Successor,
};
use crate::key::{GatewayKeys, NostrKey};

pub(super) const NOW: u64 = 1_795_325_400;

pub(super) fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

pub(super) fn wallet() -> NostrKey {
    NostrKey::from_bytes(&[1; 32]).unwrap()
}

pub(super) fn stranger() -> NostrKey {
    NostrKey::from_bytes(&[9; 32]).unwrap()
}

pub(super) fn gateway() -> GatewayKeys {
    let [current, retired] = [2, 3].map(|byte| NostrKey::from_bytes(&[byte; 32]).unwrap());
    GatewayKeys::new(current, vec![retired])
}

pub(super) fn owner() -> Keypair {
    Keypair::from_seckey_slice(&Secp256k1::new(), &[5; 32]).unwrap()
}

pub(super) fn address() -> ArkAddress {
    let operator = stranger().public();
    ArkAddress::new(
        Network::Regtest,
        operator,
        TweakedPublicKey::dangerous_assume_tweaked(owner().x_only_public_key().0),
    )
}

pub(super) fn action_id() -> ActionId {
    "send-0001".parse().unwrap()
}

pub(super) fn session() -> SessionId {
    SessionId::from_bytes([7; 16])
}

pub(super) fn intent_id() -> EventId {
    EventId::from_byte_array([4; 32])
}

pub(super) fn intent() -> Intent {
    Intent {
        action_id: action_id(),
        network: Network::Regtest,
        expires_at: NOW + 600,
        receipt: ReceiptMode::Full,
        action: Action::Transfer(Transfer {
            inputs: Some(vec![OutPoint::new(Txid::all_zeros(), 1)]),
            receivers: vec![
                Receiver {
                    to: Destination::Address(address()),
                    amount: Amount::from_sat(1_000),
                },
                Receiver {
                    to: Destination::Pubkey(stranger().public()),
                    amount: Amount::from_sat(2_000),
                },
            ],
            fee: Fee {
                address: address(),
                amount: Amount::from_sat(330),
            },
        }),
    }
}

pub(super) fn challenge(step: Step) -> Challenge {
    let first = step == Step::ArkTransaction;
    Challenge {
        session_id: session(),
        step,
        steps: 2,
        intents: vec![intent_id()],
        ark_tx: "cHNidP8=".to_owned(),
        checkpoint_txs: vec!["cHNidP8=".to_owned()],
        inputs: vec![0],
        owner: wallet().public(),
        operator: OperatorTerms {
            network: Network::Regtest,
            signer: stranger().public(),
            checkpoint_tapscript: ScriptBuf::from_bytes(vec![0x51]),
            exit_delay: 144,
            dust: Amount::from_sat(330),
        },
        recovery: first.then(|| Recovery {
            proof: "cHNidP8=".to_owned(),
            message: "{}".to_owned(),
        }),
        bindings: Vec::new(),
        payload_ref: PayloadRef::from_byte_array([8; 32]),
        context: Context {
            human: "Send 3,000 sat, fee 330 sat (1 of 2)".to_owned(),
            sends: Amount::from_sat(3_000),
            receives: Amount::ZERO,
            fee: Amount::from_sat(330),
            change: Amount::from_sat(6_670),
        },
        expires_at: first.then_some(NOW + 600),
    }
}

pub(super) fn answer(step: Step) -> Answer {
    let signature = Signature::from_slice(&[6; 64]).unwrap();
    Answer {
        session_id: session(),
        step,
        payload_ref: PayloadRef::from_byte_array([8; 32]),
        signatures: vec![InputSignature { input: 0, signature }],
        recovery: match step {
            Step::ArkTransaction => vec![signature, signature],
            Step::Checkpoints => Vec::new(),
        },
    }
}

pub(super) fn request() -> ServiceRequest {
    ServiceRequest {
        request_id: "ask-00001".parse().unwrap(),
        service: Service::Quote(QuoteRequest {
            action: ActionType::Transfer,
            amount: Amount::from_sat(3_000),
        }),
    }
}

pub(super) fn responses() -> [ServiceResponse; 2] {
    let response = |outcome| ServiceResponse {
        request_id: "ask-00001".parse().unwrap(),
        action: ServiceName::Quote,
        outcome,
    };
    [
        response(Outcome::Ok {
            result: serde_json::json!({"fee": 330}),
        }),
        response(Outcome::Error {
            code: 3_003,
            name: "operator_unavailable".to_owned(),
            message: "try again".to_owned(),
        }),
    ]
}

pub(super) fn notice() -> Notice {
    Notice {
        notification_id: format!("{}:reminder:1", session()),
        subject: Subject::AnswerWanted {
            session_id: session(),
            step: Step::Checkpoints,
        },
        message: "Your signature finishes the transfer.".to_owned(),
    }
}

pub(super) fn failure() -> Failure {
    Failure {
        status: FailureStatus::Failure,
        code: 2_001,
        name: "insufficient_balance".to_owned(),
        message: "3,330 sat are wanted, 3,000 sat are there".to_owned(),
        ref_action_id: Some(action_id()),
        session_id: Some(session()),
        details: serde_json::json!({"available": 3000, "wanted": 3330}),
    }
}

pub(super) fn receipt(mode: ReceiptMode) -> Receipt {
    let output = |vout, role, amount, assets| ReceiptOutput {
        vout,
        role,
        address: address(),
        amount: Amount::from_sat(amount),
        assets,
    };
    let asset = AssetAmount {
        asset_id: AssetId::from_bytes([3; 34]),
        amount: 21,
    };
    Receipt {
        ark_txid: Txid::from_byte_array([1; 32]),
        session_id: session(),
        action: ActionType::AssetTransfer,
        intents: vec![intent_id()],
        inputs: vec![ReceiptInput {
            outpoint: OutPoint::new(Txid::all_zeros(), 1),
            amount: Amount::from_sat(10_000),
        }],
        outputs: vec![
            output(0, OutputRole::Ordered, 1_000, vec![asset]),
            output(1, OutputRole::Ordered, 2_000, vec![asset]),
            output(2, OutputRole::Fee, 330, Vec::new()),
            output(3, OutputRole::Change, 6_670, vec![asset]),
        ],
        fee: Amount::from_sat(330),
        finalized_at: now(),
        mode,
    }
}

pub(super) fn announcement(successor: Option<XOnlyPublicKey>) -> Announcement {
    Announcement {
        network: Network::Regtest,
        keys: AnnouncedKeys {
            current: gateway().current().public(),
            successor: successor.map(|key| Successor {
                key,
                from: NOW + 86_400,
            }),
            retired: gateway().publics().split_off(1),
        },
        kinds: crate::GatewayKind::TO_GATEWAY.map(crate::GatewayKind::number).to_vec(),
        encryption: AcceptedEncryption::Nip44,
        endpoints: Endpoints {
            https: vec!["https://gateway.example".to_owned()],
            relays: vec!["wss://relay.example".to_owned()],
        },
    }
}
