//! Reading asset packets (`pkg/ark-lib/extension`); ark-core only writes them.

use ark_core::asset::AssetId;
use ark_core::extension::{extension_payload, iter_packets};
use bitcoin::hashes::Hash as _;
use bitcoin::{Transaction, Txid};

/// The type of the asset packet.
const ASSETS: u8 = 0;

/// Where a control asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    ById(AssetId),
    /// The group of this index in the same packet.
    ByGroup(u16),
}

/// What happens to one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// None: the asset is issued here.
    pub(super) asset: Option<AssetId>,
    pub(super) control: Option<Control>,
    /// Encoded.
    pub(super) metadata: Vec<u8>,
    /// Input index and amount.
    pub(super) inputs: Vec<(u16, u64)>,
    /// Output index and amount.
    pub(super) outputs: Vec<(u16, u64)>,
}

impl Group {
    /// The asset's id, when this is group `index` of the transaction.
    pub(super) fn id(&self, txid: Txid, index: usize) -> Option<AssetId> {
        match self.asset {
            Some(asset) => Some(asset),
            None => Some(AssetId {
                txid,
                group_index: u16::try_from(index).ok()?,
            }),
        }
    }
}

/// The groups of the transaction's asset packet; none if it has no such packet.
pub(super) fn groups(transaction: &Transaction) -> Result<Option<Vec<Group>>, String> {
    let payload = transaction
        .output
        .iter()
        .find_map(|output| extension_payload(&output.script_pubkey));
    let Some(payload) = payload else {
        return Ok(None);
    };
    let packets = iter_packets(payload).map_err(|error| error.to_string())?;
    let mut seen = std::collections::BTreeSet::new();
    if let Some((twice, _)) = packets.iter().find(|(kind, _)| !seen.insert(*kind)) {
        return Err(format!("duplicate extension packet type {twice}"));
    }
    packets
        .iter()
        .find(|(kind, _)| *kind == ASSETS)
        .map(|(_, bytes)| parse(bytes).ok_or_else(|| "invalid asset packet".to_owned()))
        .transpose()
}

fn parse(bytes: &[u8]) -> Option<Vec<Group>> {
    let mut reader = Reader(bytes);
    let count = reader.number()?;
    let mut groups = Vec::new();
    for _ in 0..count {
        groups.push(group(&mut reader)?);
    }
    (reader.0.is_empty() && !groups.is_empty()).then_some(groups)
}

fn group(reader: &mut Reader<'_>) -> Option<Group> {
    let present = reader.byte()?;
    if present & !0b111 != 0 {
        return None;
    }
    let asset = if present & 1 != 0 { Some(reader.asset()?) } else { None };
    let control = if present & 2 != 0 {
        Some(match reader.byte()? {
            1 => Control::ById(reader.asset()?),
            2 => Control::ByGroup(reader.index()?),
            _ => return None,
        })
    } else {
        None
    };
    let metadata = if present & 4 != 0 {
        reader.metadata()?
    } else {
        Vec::new()
    };
    let group = Group {
        asset,
        control,
        metadata,
        inputs: reader.amounts()?,
        outputs: reader.amounts()?,
    };
    // An issuance has nothing to begin with; a transfer says nothing new about the asset.
    let issuance = group.asset.is_none();
    let consistent = if issuance {
        group.inputs.is_empty() && !group.outputs.is_empty()
    } else {
        group.control.is_none()
    };
    consistent.then_some(group)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// As Go's `binary.Uvarint`.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            let moved = part.checked_shl(shift)?;
            if moved.checked_shr(shift)? != part {
                return None;
            }
            value |= moved;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn index(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    fn asset(&mut self) -> Option<AssetId> {
        let mut txid: [u8; 32] = self.take(32)?.try_into().ok()?;
        txid.reverse();
        Some(AssetId {
            txid: Txid::from_byte_array(txid),
            group_index: self.index()?,
        })
    }

    fn metadata(&mut self) -> Option<Vec<u8>> {
        let before = self.0;
        let entries = self.number()?;
        for _ in 0..entries.checked_mul(2)? {
            let length = self.number()?;
            self.take(usize::try_from(length).ok()?)?;
        }
        let length = before.len().checked_sub(self.0.len())?;
        before.get(..length).map(<[u8]>::to_vec)
    }

    /// Local places only: what comes from an intent belongs into a batch.
    fn amounts(&mut self) -> Option<Vec<(u16, u64)>> {
        let count = self.number()?;
        let mut amounts: Vec<(u16, u64)> = Vec::new();
        for _ in 0..count {
            if self.byte()? != 1 {
                return None;
            }
            let (index, amount) = (self.index()?, self.number()?);
            if amount == 0 || amounts.iter().any(|(seen, _)| *seen == index) {
                return None;
            }
            amounts.push((index, amount));
        }
        Some(amounts)
    }
}
