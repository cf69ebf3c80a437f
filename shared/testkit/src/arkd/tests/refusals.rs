use ark_core::anchor_output;
use ark_core::send::OffchainTransactions;
use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, OutPoint, ScriptBuf, TxOut, Txid};

use super::wallet::{Owner, operator, sat, submit};
use crate::arkd::{Arkd, Settings};
use crate::clock::FakeClock;

struct Scene {
    arkd: Arkd,
    clock: FakeClock,
    alice: Owner,
    bob: Owner,
    coin: OutPoint,
}

fn scene() -> Scene {
    let (arkd, clock) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(10_000));
    Scene {
        arkd,
        clock,
        alice,
        bob,
        coin,
    }
}

impl Scene {
    fn good(&self) -> OffchainTransactions {
        self.alice.signed(&self.arkd, &[self.coin], &[(&self.bob, 6_000)])
    }

    /// The good transfer, changed before it is signed.
    fn changed(&self, change: impl FnOnce(&mut OffchainTransactions)) -> OffchainTransactions {
        let mut transactions = self.alice.transfer(&self.arkd, &[self.coin], &[(&self.bob, 6_000)]);
        change(&mut transactions);
        self.alice.sign(&mut transactions.ark_tx);
        transactions
    }
}

type Attempt = fn(&Scene) -> OffchainTransactions;

fn with_outputs(scene: &Scene, outputs: Vec<TxOut>) -> OffchainTransactions {
    scene.changed(|transactions| {
        let ark = &mut transactions.ark_tx;
        ark.unsigned_tx.output = outputs;
        ark.outputs = vec![bitcoin::psbt::Output::default(); ark.unsigned_tx.output.len()];
    })
}

fn pay(owner: &Owner, amount: u64) -> TxOut {
    TxOut {
        value: sat(amount),
        script_pubkey: owner.script(),
    }
}

fn data(bytes: &[u8]) -> TxOut {
    let push = bitcoin::script::PushBytesBuf::try_from(bytes.to_vec()).unwrap();
    TxOut {
        value: Amount::ZERO,
        script_pubkey: ScriptBuf::new_op_return(push),
    }
}

#[test]
fn submissions_that_arkd_refuses() {
    let table: &[(&str, &str, Attempt)] = &[
        ("VTXO_NOT_FOUND", "some vtxos not found", |scene| {
            let unknown = OutPoint::new(Txid::all_zeros(), 3);
            scene.alice.signed(&scene.arkd, &[unknown], &[(&scene.bob, 6_000)])
        }),
        ("VTXO_ALREADY_SPENT", "already spent", |scene| {
            scene.arkd.spend_elsewhere(scene.coin);
            scene.good()
        }),
        ("VTXO_ALREADY_UNROLLED", "already unrolled", |scene| {
            scene.arkd.unroll(scene.coin);
            scene.good()
        }),
        ("VTXO_RECOVERABLE", "is recoverable", |scene| {
            scene.arkd.sweep(scene.coin);
            scene.good()
        }),
        ("VTXO_RECOVERABLE", "is recoverable", |scene| {
            scene.clock.advance(604_672_001);
            scene.good()
        }),
        (
            "INVALID_PSBT_INPUT",
            "missing tapscript spend sig in ark tx input 0",
            |scene| scene.alice.transfer(&scene.arkd, &[scene.coin], &[(&scene.bob, 6_000)]),
        ),
        ("INVALID_SIGNATURE", "invalid signature in ark tx", |scene| {
            let mut transactions = scene.alice.transfer(&scene.arkd, &[scene.coin], &[(&scene.bob, 6_000)]);
            scene.bob.sign(&mut transactions.ark_tx);
            transactions
        }),
        ("INVALID_SIGNATURE", "invalid signature in ark tx", |scene| {
            let mut transactions = scene.good();
            let other = scene.alice.signed(&scene.arkd, &[scene.coin], &[(&scene.bob, 6_001)]);
            transactions.ark_tx.inputs[0].tap_script_sigs = other.ark_tx.inputs[0].tap_script_sigs.clone();
            transactions
        }),
        ("ARK_TX_INPUT_NOT_SIGNED", "is not signed", |scene| {
            let mut transactions = scene.good();
            let operator = scene.arkd.info().signer_pk.x_only_public_key().0;
            let input = &mut transactions.ark_tx.inputs[0];
            input.tap_script_sigs = input
                .tap_script_sigs
                .iter()
                .map(|((_, leaf), signature)| ((operator, *leaf), *signature))
                .collect();
            transactions
        }),
        ("CHECKPOINT_MISMATCH", "invalid checkpoint txs", |scene| {
            scene.changed(|transactions| {
                // Its change would go elsewhere: another output, so another id.
                let checkpoint = &mut transactions.checkpoint_txs[0];
                checkpoint.unsigned_tx.output[0].script_pubkey = scene.bob.script();
                let txid = checkpoint.unsigned_tx.compute_txid();
                transactions.ark_tx.unsigned_tx.input[0].previous_output.txid = txid;
            })
        }),
        (
            "CHECKPOINT_MISMATCH",
            "invalid number of checkpoint txs, expected 1 got 2",
            |scene| {
                let mut transactions = scene.good();
                let another = scene.arkd.fund(&scene.alice.script(), sat(1_000));
                let more = scene.alice.transfer(&scene.arkd, &[another], &[]);
                transactions.checkpoint_txs.extend(more.checkpoint_txs);
                transactions
            },
        ),
        ("INVALID_PSBT_INPUT", "duplicated vtxo input", |scene| {
            let mut transactions = scene.good();
            transactions.checkpoint_txs.push(transactions.checkpoint_txs[0].clone());
            transactions
        }),
        ("ARK_TX_MISMATCH", "expected tx", |scene| {
            scene.changed(|transactions| {
                transactions.ark_tx.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(7);
            })
        }),
        ("ARK_TX_MISMATCH", "expected tx", |scene| {
            // The anchor is not the last output.
            with_outputs(scene, vec![anchor_output(), pay(&scene.bob, 10_000)])
        }),
        (
            "INTERNAL_ERROR",
            "input amount is not equal to output amount",
            |scene| with_outputs(scene, vec![pay(&scene.bob, 9_999), anchor_output()]),
        ),
        (
            "INTERNAL_ERROR",
            "input amount is not equal to output amount",
            |scene| with_outputs(scene, vec![pay(&scene.bob, 10_001), anchor_output()]),
        ),
        ("MALFORMED_ARK_TX", "missing anchor", |scene| {
            with_outputs(scene, vec![pay(&scene.bob, 10_000)])
        }),
        ("MALFORMED_ARK_TX", "multiple anchor", |scene| {
            with_outputs(scene, vec![pay(&scene.bob, 10_000), anchor_output(), anchor_output()])
        }),
        ("MALFORMED_ARK_TX", "op return outputs, exceeds max 3", |scene| {
            let mut outputs = vec![pay(&scene.bob, 10_000)];
            outputs.extend((0..4).map(|number| data(&[number])));
            outputs.push(anchor_output());
            with_outputs(scene, outputs)
        }),
        ("MALFORMED_ARK_TX", "not a subdust output", |scene| {
            let mut burnt = data(b"gone");
            burnt.value = sat(1_000);
            with_outputs(scene, vec![pay(&scene.bob, 9_000), burnt, anchor_output()])
        }),
        ("MALFORMED_ARK_TX", "subdust OP_RETURN output", |scene| {
            let too_much = TxOut {
                value: sat(330),
                script_pubkey: scene.bob.address().to_sub_dust_script_pubkey(),
            };
            with_outputs(scene, vec![pay(&scene.bob, 9_670), too_much, anchor_output()])
        }),
        ("MALFORMED_ARK_TX", "not a taproot output", |scene| {
            let elsewhere = TxOut {
                value: sat(10_000),
                script_pubkey: scene.arkd.info().forfeit_address.script_pubkey(),
            };
            with_outputs(scene, vec![elsewhere, anchor_output()])
        }),
        (
            "AMOUNT_TOO_LOW",
            "output #0 amount is lower than min vtxo amount: 330",
            |scene| {
                with_outputs(
                    scene,
                    vec![pay(&scene.bob, 329), pay(&scene.alice, 9_671), anchor_output()],
                )
            },
        ),
        ("ASSET_VALIDATION_FAILED", "failed to get asset packet", |scene| {
            // A packet that says it is longer than it is.
            with_outputs(
                scene,
                vec![pay(&scene.bob, 10_000), data(b"ARK\x4e\x20ab"), anchor_output()],
            )
        }),
        ("INVALID_PSBT_INPUT", "missing witness utxo on input 0", |scene| {
            scene.changed(|transactions| transactions.checkpoint_txs[0].inputs[0].witness_utxo = None)
        }),
        ("INVALID_PSBT_INPUT", "witness utxo value mismatch", |scene| {
            scene.changed(|transactions| {
                let shown = transactions.checkpoint_txs[0].inputs[0].witness_utxo.as_mut().unwrap();
                shown.value = sat(10_001);
            })
        }),
        ("INVALID_PSBT_INPUT", "missing tapscript leaf on input 0", |scene| {
            scene.changed(|transactions| transactions.checkpoint_txs[0].inputs[0].tap_scripts.clear())
        }),
        ("INVALID_PSBT_INPUT", "missing taptree on input 0", |scene| {
            scene.changed(|transactions| transactions.checkpoint_txs[0].inputs[0].unknown.clear())
        }),
        ("INVALID_PSBT_INPUT", "invalid spending tapscript on input 0", |scene| {
            // The way out that is for the chain only.
            let (leaf, control) = scene.alice.vtxo.exit_spend_info().unwrap();
            scene.changed(|transactions| {
                let input = &mut transactions.checkpoint_txs[0].inputs[0];
                input.tap_scripts.clear();
                input
                    .tap_scripts
                    .insert(control, (leaf, bitcoin::taproot::LeafVersion::TapScript));
            })
        }),
        ("INVALID_PSBT_INPUT", "failed to parse control block", |scene| {
            // A leaf of the same form that the coin's script does not have.
            let (_, control) = scene.alice.vtxo.forfeit_spend_info().unwrap();
            let (leaf, _) = scene.bob.vtxo.forfeit_spend_info().unwrap();
            scene.changed(|transactions| {
                let input = &mut transactions.checkpoint_txs[0].inputs[0];
                input.tap_scripts.clear();
                input
                    .tap_scripts
                    .insert(control, (leaf, bitcoin::taproot::LeafVersion::TapScript));
            })
        }),
        ("INVALID_PSBT_INPUT", "expected ", |scene| {
            // Somebody else's coin.
            let coin = scene.arkd.fund(&scene.bob.script(), sat(10_000));
            scene.alice.signed(&scene.arkd, &[coin], &[(&scene.bob, 6_000)])
        }),
    ];
    for (name, words, attempt) in table {
        let scene = scene();
        let transactions = attempt(&scene);
        let before = (scene.arkd.vtxos(), scene.arkd.total_unspent());
        let outcome = submit(&scene.arkd, &transactions);
        let body = outcome.json();
        assert_eq!(outcome.error_name().as_deref(), Some(*name), "{body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(words), "{message} does not say {words}");
        assert_eq!(body["details"][0]["message"], message);
        let expected = match *name {
            "VTXO_NOT_FOUND" => (404, 5),
            "INTERNAL_ERROR" => (500, 13),
            _ => (400, 3),
        };
        assert_eq!((outcome.status, body["code"].as_u64().unwrap()), expected);
        assert_eq!(
            (scene.arkd.vtxos(), scene.arkd.total_unspent()),
            before,
            "{name} left a trace"
        );
    }
}

#[test]
fn a_coin_whose_script_leaves_the_operator_out() {
    let scene = scene();
    let secp = bitcoin::key::Secp256k1::new();
    let info = scene.arkd.info();
    let (alice, bob) = (
        scene.alice.key.x_only_public_key().0,
        scene.bob.key.x_only_public_key().0,
    );
    let quick = bitcoin::Sequence::from_512_second_intervals(1);
    let table = [
        (
            "signer pubkey not found",
            vec![
                ark_core::script::multisig_script(bob, alice),
                ark_core::script::csv_sig_script(info.unilateral_exit_delay, alice),
            ],
        ),
        (
            "exit delay is too short",
            vec![
                ark_core::script::multisig_script(info.signer_pk.x_only_public_key().0, alice),
                ark_core::script::csv_sig_script(quick, alice),
            ],
        ),
    ];
    for (words, scripts) in table {
        let vtxo =
            ark_core::Vtxo::new_with_custom_scripts(&secp, bob, alice, scripts.clone(), quick, info.network).unwrap();
        let owner = Owner {
            vtxo,
            ..scene.alice.clone()
        };
        let coin = scene.arkd.fund(&owner.script(), sat(10_000));
        let control = owner.vtxo.get_spend_info(scripts[0].clone()).unwrap();
        let input = ark_core::send::VtxoInput::new(
            scripts[0].clone(),
            None,
            control,
            scripts.clone(),
            owner.script(),
            sat(10_000),
            coin,
            Vec::new(),
        );
        let receivers = [ark_core::send::SendReceiver::bitcoin(scene.bob.address(), sat(10_000))];
        let mut transactions =
            ark_core::send::build_offchain_transactions(&receivers, &owner.address(), &[input], &info).unwrap();
        owner.sign(&mut transactions.ark_tx);
        let outcome = submit(&scene.arkd, &transactions);
        assert_eq!(
            outcome.error_name().as_deref(),
            Some("INVALID_VTXO_SCRIPT"),
            "{}",
            outcome.json()
        );
        assert!(outcome.json()["message"].as_str().unwrap().contains(words));
    }
}

#[test]
fn settings_are_limits() {
    let clock = FakeClock::at_millis(super::wallet::START_MS);
    let strict = |settings: Settings| {
        let arkd = Arkd::with_settings(settings, clock.closure());
        let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
        let coin = arkd.fund(&alice.script(), sat(10_000));
        let transactions = alice.signed(&arkd, &[coin], &[(&bob, 10_000)]);
        submit(&arkd, &transactions).error_name()
    };
    assert_eq!(strict(Settings::default()), None);
    let vtxo_max_amount = Some(sat(9_999));
    assert_eq!(
        strict(Settings {
            vtxo_max_amount,
            ..Settings::default()
        })
        .as_deref(),
        Some("AMOUNT_TOO_HIGH")
    );
    let max_tx_weight = 400;
    assert_eq!(
        strict(Settings {
            max_tx_weight,
            ..Settings::default()
        })
        .as_deref(),
        Some("TX_TOO_LARGE")
    );
}
