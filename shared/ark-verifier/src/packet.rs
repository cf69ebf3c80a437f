//! The extension of an ark transaction: an `OP_RETURN` output with records for those who read it. Two are ours to check:
//! the ids of the intents that it executes, and where assets go.
//!
//! Format (arkd, `pkg/ark-lib/extension`): one push of `ARK`, then per record its type (1 byte), its length and its data.
//! Lengths and amounts are LEB128, as Go's `binary.PutUvarint` writes them. Whatever would be written otherwise than it
//! was read is refused, so there is one text per meaning.

use alloc::vec::Vec;

use bitcoin::hashes::Hash as _;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::Instruction;
use bitcoin::{Amount, Script, ScriptBuf, TxOut};

use crate::asset::AssetId;
use crate::hash::EventId;

/// The type of the record with the ids of the intent events: 32 bytes each, one or more.
pub const INTENTS: u8 = 0x4e;

/// The type of the record that moves assets.
pub const ASSETS: u8 = 0x00;

const MAGIC: [u8; 3] = *b"ARK";
/// An asset group that names its asset and nothing else: it neither issues one nor changes what one is.
const MOVES: u8 = 0x01;
/// An entry that names an input or output of this very transaction.
const LOCAL: u8 = 0x01;

/// The records of an ark transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Where assets go, if any do.
    pub assets: Option<AssetPacket>,
    /// The events of the intents that are executed, in the order of their parties.
    pub intents: Vec<EventId>,
}

/// Where assets come from and go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetPacket {
    /// One per asset.
    pub groups: Vec<AssetGroup>,
}

/// Where one asset comes from and goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetGroup {
    /// The asset.
    pub asset: AssetId,
    /// The inputs of the ark transaction that hold it.
    pub inputs: Vec<AssetEntry>,
    /// The outputs of the ark transaction that get it.
    pub outputs: Vec<AssetEntry>,
}

/// Units of an asset at an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetEntry {
    /// The input or output.
    pub index: u16,
    /// How many units.
    pub amount: u64,
}

/// A script that is no [`Extension`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExtension {
    /// It is not `OP_RETURN` with one push that begins with `ARK`.
    #[error("it is no extension")]
    Form,
    /// It ends within a record.
    #[error("it ends within a record")]
    Truncated,
    /// A number does not fit 64 bits or has superfluous digits.
    #[error("a number in it is malformed")]
    Number,
    /// Two records have the same type, or they are in the wrong order.
    #[error("its records are repeated or out of order")]
    Order,
    /// A record has a type that is neither assets nor intents.
    #[error("it has a record of the unknown type {0}")]
    Unknown(u8),
    /// It does not name intents, names one twice, or has a piece of one.
    #[error("it does not name the intents")]
    Intents,
    /// An asset group does something else than move an asset.
    #[error("it does more with an asset than move it")]
    AssetGroup,
    /// Something follows what was understood, or it would be written differently.
    #[error("it is not written in the one way there is")]
    NotCanonical,
}

impl Extension {
    /// The extension that executes these intents and moves no assets.
    #[must_use]
    pub const fn of(intents: Vec<EventId>) -> Self {
        Self { assets: None, intents }
    }

    /// The extension in an output's script.
    ///
    /// # Errors
    ///
    /// [`InvalidExtension`] for anything that [`Extension::to_script`] would not write.
    pub fn parse(script: &Script) -> Result<Self, InvalidExtension> {
        let mut reader = Reader::new(payload(script).ok_or(InvalidExtension::Form)?);
        let mut extension = Self::of(Vec::new());
        while !reader.is_empty() {
            let kind = reader.byte()?;
            let length = usize::try_from(reader.number()?).map_err(|_| InvalidExtension::Truncated)?;
            let data = reader.bytes(length)?;
            match kind {
                // Assets come first, and each at most once.
                ASSETS if extension.assets.is_none() && extension.intents.is_empty() => {
                    extension.assets = Some(AssetPacket::parse(data)?);
                }
                INTENTS if extension.intents.is_empty() => extension.intents = parse_intents(data)?,
                ASSETS | INTENTS => return Err(InvalidExtension::Order),
                unknown => return Err(InvalidExtension::Unknown(unknown)),
            }
        }
        if extension.intents.is_empty() {
            return Err(InvalidExtension::Intents);
        }
        if extension.to_script().as_script() == script {
            Ok(extension)
        } else {
            Err(InvalidExtension::NotCanonical)
        }
    }

    /// Whether a script begins like an extension, well-formed or not.
    #[must_use]
    pub fn is_one(script: &Script) -> bool {
        payload(script).is_some()
    }

    /// The script of its output.
    #[must_use]
    pub fn to_script(&self) -> ScriptBuf {
        let mut data = MAGIC.to_vec();
        if let Some(assets) = &self.assets {
            push_record(&mut data, ASSETS, &assets.to_bytes());
        }
        push_record(&mut data, INTENTS, &intents_record(&self.intents));
        let mut script = alloc::vec![OP_RETURN.to_u8()];
        push_data(&mut script, &data);
        ScriptBuf::from_bytes(script)
    }

    /// Its output.
    #[must_use]
    pub fn to_output(&self) -> TxOut {
        TxOut {
            value: Amount::ZERO,
            script_pubkey: self.to_script(),
        }
    }
}

impl AssetPacket {
    /// The packet of these bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidExtension`] for anything but groups that move assets between inputs and outputs of this transaction.
    pub fn parse(data: &[u8]) -> Result<Self, InvalidExtension> {
        let mut reader = Reader::new(data);
        let mut groups = Vec::new();
        for _ in 0..reader.number()? {
            if reader.byte()? != MOVES {
                return Err(InvalidExtension::AssetGroup);
            }
            groups.push(AssetGroup {
                asset: AssetId::from_bytes(*reader.array()?),
                inputs: parse_entries(&mut reader)?,
                outputs: parse_entries(&mut reader)?,
            });
        }
        if reader.is_empty() {
            Ok(Self { groups })
        } else {
            Err(InvalidExtension::NotCanonical)
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        push_number(&mut data, length(&self.groups));
        for group in &self.groups {
            data.push(MOVES);
            data.extend_from_slice(group.asset.as_bytes());
            for entries in [&group.inputs, &group.outputs] {
                push_number(&mut data, length(entries));
                for entry in entries {
                    data.push(LOCAL);
                    data.extend_from_slice(&entry.index.to_le_bytes());
                    push_number(&mut data, entry.amount);
                }
            }
        }
        data
    }
}

/// The data of the record of [`INTENTS`].
#[must_use]
pub fn intents_record(intents: &[EventId]) -> Vec<u8> {
    intents.iter().flat_map(|intent| intent.bytes()).collect()
}

fn parse_intents(data: &[u8]) -> Result<Vec<EventId>, InvalidExtension> {
    let mut reader = Reader::new(data);
    let mut intents = Vec::new();
    while !reader.is_empty() {
        let bytes = reader.array().map_err(|_| InvalidExtension::Intents)?;
        let intent = EventId::from_byte_array(*bytes);
        if intents.contains(&intent) {
            return Err(InvalidExtension::Intents);
        }
        intents.push(intent);
    }
    if intents.is_empty() {
        return Err(InvalidExtension::Intents);
    }
    Ok(intents)
}

fn parse_entries(reader: &mut Reader<'_>) -> Result<Vec<AssetEntry>, InvalidExtension> {
    let mut entries = Vec::new();
    for _ in 0..reader.number()? {
        if reader.byte()? != LOCAL {
            return Err(InvalidExtension::AssetGroup);
        }
        entries.push(AssetEntry {
            index: u16::from_le_bytes(*reader.array()?),
            amount: reader.number()?,
        });
    }
    Ok(entries)
}

/// What follows `ARK` in the push of a script of this form.
fn payload(script: &Script) -> Option<&[u8]> {
    let mut instructions = script.instructions();
    let Some(Ok(Instruction::Op(OP_RETURN))) = instructions.next() else {
        return None;
    };
    let Some(Ok(Instruction::PushBytes(push))) = instructions.next() else {
        return None;
    };
    push.as_bytes().strip_prefix(&MAGIC)
}

fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn push_record(data: &mut Vec<u8>, kind: u8, record: &[u8]) {
    data.push(kind);
    push_number(data, length(record));
    data.extend_from_slice(record);
}

fn push_number(data: &mut Vec<u8>, mut number: u64) {
    while let Some(higher) = core::num::NonZeroU64::new(number >> 7) {
        data.push(number.to_le_bytes()[0] | 0x80);
        number = higher.get();
    }
    data.push(number.to_le_bytes()[0]);
}

fn push_data(script: &mut Vec<u8>, data: &[u8]) {
    if let (Ok(length), true) = (u8::try_from(data.len()), data.len() <= 75) {
        script.push(length);
    } else if let Ok(length) = u8::try_from(data.len()) {
        script.extend_from_slice(&[0x4c, length]);
    } else if let Ok(length) = u16::try_from(data.len()) {
        script.push(0x4d);
        script.extend_from_slice(&length.to_le_bytes());
    } else {
        script.push(0x4e);
        script.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    script.extend_from_slice(data);
}

/// Bytes that are taken from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], InvalidExtension> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(InvalidExtension::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], InvalidExtension> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(InvalidExtension::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, InvalidExtension> {
        self.array().map(|[byte]| *byte)
    }

    fn number(&mut self) -> Result<u64, InvalidExtension> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let digits = u64::from(byte & 0x7f);
            let placed = digits << shift;
            if placed >> shift != digits {
                return Err(InvalidExtension::Number);
            }
            number |= placed;
            if byte & 0x80 == 0 {
                let superfluous = digits == 0 && shift > 0;
                return if superfluous {
                    Err(InvalidExtension::Number)
                } else {
                    Ok(number)
                };
            }
        }
        Err(InvalidExtension::Number)
    }
}

#[cfg(test)]
mod tests;
