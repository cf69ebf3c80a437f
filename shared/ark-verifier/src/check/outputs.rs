//! What the ark transaction pays: what is ordered, the fee, the parties' change, the extension and the anchor, in this
//! order and nothing else.

use core::ops::Range;

use bitcoin::{Amount, ScriptBuf, Transaction, TxOut};

use super::demand::{Demand, total};
use super::{OutputFault, Refusal, Role};
use crate::packet::Extension;
use crate::script::anchor;

/// The outputs of an ark transaction by what they are for.
pub(super) struct Outputs<'a> {
    /// All that hold value.
    pub(super) paying: &'a [TxOut],
    /// The records.
    pub(super) extension: Extension,
    /// The change of all parties.
    pub(super) changes: Range<usize>,
    /// The wallet's change among it, if there is any.
    pub(super) own_change: Option<usize>,
    /// What it holds.
    pub(super) change: Amount,
}

/// What the wallet brings in and where its change goes.
pub(super) struct Own {
    pub(super) spent: Amount,
    pub(super) change_script: ScriptBuf,
}

/// Takes off the anchor and the extension.
pub(super) fn records(tx: &Transaction) -> Result<(&[TxOut], Extension), Refusal> {
    let rest = match tx.output.split_last() {
        Some((last, rest)) if *last == anchor() => rest,
        Some(_) | None => return Err(Refusal::Anchor),
    };
    let mut extensions = tx
        .output
        .iter()
        .filter(|output| Extension::is_one(&output.script_pubkey));
    if extensions.next().is_none() {
        return Err(Refusal::ExtensionMissing);
    }
    if extensions.next().is_some() {
        return Err(Refusal::ExtensionTwice);
    }
    match rest.split_last() {
        Some((output, paying)) if Extension::is_one(&output.script_pubkey) && output.value == Amount::ZERO => {
            Ok((paying, Extension::parse(&output.script_pubkey)?))
        }
        Some(_) | None => Err(Refusal::ExtensionMisplaced),
    }
}

pub(super) fn check<'a>(
    (paying, extension): (&'a [TxOut], Extension),
    demand: &Demand<'_>,
    own: &Own,
    dust: Amount,
    spent: Amount,
) -> Result<Outputs<'a>, Refusal> {
    let needed = demand.cost()?;
    let change = own.spent.checked_sub(needed).ok_or(Refusal::InputsShort {
        needed,
        found: own.spent,
    })?;
    if change < dust && (demand.whole || change > Amount::ZERO) {
        return Err(Refusal::ChangeBelowDust { amount: change });
    }
    let mine = (change > Amount::ZERO).then(|| TxOut {
        value: change,
        script_pubkey: own.change_script.clone(),
    });
    // What is change elsewhere is what a consolidation orders.
    let (first, last) = if demand.whole { (mine, None) } else { (None, mine) };
    let ordered = demand.ordered.iter().map(|ordered| (Role::Ordered, &ordered.output));
    let ordered = first.iter().map(|whole| (Role::Ordered, whole)).chain(ordered);
    let fixed = ordered.chain(demand.fee.iter().map(|fee| (Role::Fee, fee)));
    let mut changes_start = 0_usize;
    for (output, (role, expected)) in (0..).zip(fixed) {
        compare(output, role, paying.get(changes_start), expected)?;
        changes_start = changes_start.saturating_add(1);
    }
    let changes = changes_start..paying.len();
    let own_change = match &last {
        None => None,
        Some(expected) => Some(find_change(paying, changes_start, expected)?),
    };
    let allowed = demand
        .parties
        .saturating_sub(1)
        .saturating_add(usize::from(last.is_some()));
    if changes.len() > allowed {
        return Err(Refusal::ExtraOutput {
            output: place(changes_start.saturating_add(allowed))?,
        });
    }
    let received = total(paying.iter().map(|output| output.value))?;
    if spent != received {
        return Err(Refusal::Unbalanced { spent, received });
    }
    Ok(Outputs {
        paying,
        extension,
        // A consolidation keeps in its only output what others keep in their change.
        changes: if demand.whole { 0..1 } else { changes },
        own_change: if demand.whole { Some(0) } else { own_change },
        change,
    })
}

fn compare(output: u32, role: Role, found: Option<&TxOut>, expected: &TxOut) -> Result<(), Refusal> {
    let fault = match found {
        None => OutputFault::Missing,
        Some(found) if found.script_pubkey != expected.script_pubkey => OutputFault::Script,
        Some(found) if found.value != expected.value => OutputFault::Amount {
            expected: expected.value,
            found: found.value,
        },
        Some(_) => return Ok(()),
    };
    Err(Refusal::Output { output, role, fault })
}

/// Finds the wallet's change. Of several parties' change, only its own is the wallet's business.
fn find_change(paying: &[TxOut], start: usize, expected: &TxOut) -> Result<usize, Refusal> {
    // The same, or what comes closest to it, to tell what is wrong.
    let closest = paying.iter().enumerate().skip(start).max_by_key(|(index, output)| {
        (
            *output == expected,
            output.script_pubkey == expected.script_pubkey,
            output.value == expected.value,
            core::cmp::Reverse(*index),
        )
    });
    let index = closest.map_or(start, |(index, _)| index);
    compare(place(index)?, Role::Change, closest.map(|(_, found)| found), expected)?;
    Ok(index)
}

fn place(index: usize) -> Result<u32, Refusal> {
    u32::try_from(index).map_err(|_| Refusal::Overflow)
}
