//! The tapscript leaves that arkd knows (`pkg/ark-lib/script`).

use bitcoin::absolute::LockTime;
use bitcoin::opcodes::Opcode;
use bitcoin::opcodes::all::{
    OP_CHECKSIG, OP_CHECKSIGVERIFY, OP_CLTV, OP_CSV, OP_DROP, OP_PUSHNUM_1, OP_PUSHNUM_16, OP_VERIFY,
};
use bitcoin::script::{Instruction, read_scriptint};
use bitcoin::{Script, Sequence, XOnlyPublicKey};

/// A leaf by its form. All keys have to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closure {
    Multisig {
        keys: Vec<XOnlyPublicKey>,
    },
    /// After this long on chain.
    CsvMultisig {
        delay: Sequence,
        keys: Vec<XOnlyPublicKey>,
    },
    /// From this time on.
    CltvMultisig {
        locktime: LockTime,
        keys: Vec<XOnlyPublicKey>,
    },
    /// With a witness that meets a condition.
    ConditionMultisig {
        keys: Vec<XOnlyPublicKey>,
    },
    ConditionCsvMultisig {
        delay: Sequence,
        keys: Vec<XOnlyPublicKey>,
    },
}

impl Closure {
    /// The leaf, if it has a form that arkd knows.
    pub(super) fn decode(script: &Script) -> Option<Self> {
        let instructions: Vec<Instruction<'_>> = script.instructions().collect::<Result<_, _>>().ok()?;
        let (before, keys) = multisig(&instructions)?;
        match before {
            [] => Some(Self::Multisig { keys }),
            [number, Instruction::Op(lock), Instruction::Op(OP_DROP)] if *lock == OP_CLTV => {
                let locktime = LockTime::from_consensus(u32::try_from(integer(number)?).ok()?);
                Some(Self::CltvMultisig { locktime, keys })
            }
            [condition @ .., number, Instruction::Op(lock), Instruction::Op(OP_DROP)] if *lock == OP_CSV => {
                let delay = Sequence::from_consensus(u32::try_from(integer(number)?).ok()?);
                match condition {
                    [] => Some(Self::CsvMultisig { delay, keys }),
                    [.., Instruction::Op(OP_VERIFY)] => Some(Self::ConditionCsvMultisig { delay, keys }),
                    [.., Instruction::Op(_) | Instruction::PushBytes(_)] => None,
                }
            }
            [.., Instruction::Op(OP_VERIFY)] => Some(Self::ConditionMultisig { keys }),
            [.., Instruction::Op(_) | Instruction::PushBytes(_)] => None,
        }
    }
}

/// The keys at the end, and what comes before them.
fn multisig<'a, 'b>(instructions: &'a [Instruction<'b>]) -> Option<(&'a [Instruction<'b>], Vec<XOnlyPublicKey>)> {
    let (mut before, last) = signed_by(instructions, OP_CHECKSIG)?;
    let mut keys = vec![last];
    while let Some((rest, key)) = signed_by(before, OP_CHECKSIGVERIFY) {
        keys.push(key);
        before = rest;
    }
    keys.reverse();
    Some((before, keys))
}

fn signed_by<'a, 'b>(
    instructions: &'a [Instruction<'b>],
    check: Opcode,
) -> Option<(&'a [Instruction<'b>], XOnlyPublicKey)> {
    let [rest @ .., Instruction::PushBytes(key), Instruction::Op(opcode)] = instructions else {
        return None;
    };
    let key = XOnlyPublicKey::from_slice(key.as_bytes()).ok()?;
    (*opcode == check).then_some((rest, key))
}

fn integer(instruction: &Instruction<'_>) -> Option<i64> {
    match instruction {
        // A time lock may have five bytes; `read_scriptint` stops at four, which all of today's fit in.
        Instruction::PushBytes(bytes) => read_scriptint(bytes.as_bytes()).ok(),
        Instruction::Op(opcode) => {
            let number = opcode.to_u8();
            (OP_PUSHNUM_1.to_u8()..=OP_PUSHNUM_16.to_u8())
                .contains(&number)
                .then(|| i64::from(number.saturating_sub(OP_PUSHNUM_1.to_u8()).saturating_add(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_core::script::{csv_sig_script, multisig_3_of_3_script, multisig_script};
    use bitcoin::ScriptBuf;
    use bitcoin::opcodes::all::{OP_EQUAL, OP_HASH160};
    use bitcoin::secp256k1::{Keypair, Secp256k1, SecretKey};

    fn key(number: u8) -> XOnlyPublicKey {
        let secp = Secp256k1::new();
        Keypair::from_secret_key(&secp, &SecretKey::from_slice(&[number; 32]).unwrap())
            .x_only_public_key()
            .0
    }

    #[test]
    fn knows_the_leaves() {
        let (a, b, c) = (key(1), key(2), key(3));
        let delay = Sequence::from_512_second_intervals(169);
        let with_condition = |end: ScriptBuf| {
            let mut script = ScriptBuf::builder()
                .push_opcode(OP_HASH160)
                .push_slice([7; 20])
                .push_opcode(OP_EQUAL)
                .push_opcode(OP_VERIFY)
                .into_bytes();
            script.extend_from_slice(end.as_bytes());
            ScriptBuf::from_bytes(script)
        };
        let mut after = ScriptBuf::builder()
            .push_int(1_700_000_000)
            .push_opcode(OP_CLTV)
            .push_opcode(OP_DROP)
            .into_bytes();
        after.extend_from_slice(multisig_script(a, b).as_bytes());
        let table = [
            (multisig_script(a, b), Some(Closure::Multisig { keys: vec![a, b] })),
            (
                multisig_3_of_3_script(a, b, c),
                Some(Closure::Multisig { keys: vec![a, b, c] }),
            ),
            (
                csv_sig_script(delay, a),
                Some(Closure::CsvMultisig { delay, keys: vec![a] }),
            ),
            (
                csv_sig_script(Sequence::from_height(16), a),
                Some(Closure::CsvMultisig {
                    delay: Sequence::from_height(16),
                    keys: vec![a],
                }),
            ),
            (
                ScriptBuf::from_bytes(after),
                Some(Closure::CltvMultisig {
                    locktime: LockTime::from_consensus(1_700_000_000),
                    keys: vec![a, b],
                }),
            ),
            (
                with_condition(multisig_script(a, b)),
                Some(Closure::ConditionMultisig { keys: vec![a, b] }),
            ),
            (
                with_condition(csv_sig_script(delay, a)),
                Some(Closure::ConditionCsvMultisig { delay, keys: vec![a] }),
            ),
            (ScriptBuf::builder().push_opcode(OP_CHECKSIG).into_script(), None),
            (ScriptBuf::new(), None),
        ];
        for (script, closure) in table {
            assert_eq!(Closure::decode(&script), closure, "{script}");
        }
    }
}
