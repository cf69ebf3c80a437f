//! Amounts of bitcoin and of assets as people type them and as they are shown.

use bitcoin::{Amount, Denomination};
use nanoark_ark_verifier::asset::AssetAmount;

/// Reads `1000sat`, `1000 sat` or `0.00001BTC`. A bare number is refused: 1 sat and 1 BTC are eight digits apart.
pub(crate) fn parse(text: &str) -> Result<Amount, String> {
    let (number, unit) = if let Some(number) = text.strip_suffix("sat") {
        (number, Denomination::Satoshi)
    } else if let Some(number) = text.strip_suffix("BTC") {
        (number, Denomination::Bitcoin)
    } else {
        return Err(format!("{text:?} has no unit: write 1000sat or 0.00001BTC"));
    };
    let amount = Amount::from_str_in(number.trim(), unit).map_err(|error| format!("{text:?} is no amount: {error}"))?;
    if amount > Amount::MAX_MONEY {
        return Err(format!("{text:?} is no amount: there are 21 million BTC"));
    }
    Ok(amount)
}

/// The amount for people.
pub(crate) fn show(amount: Amount) -> String {
    format!("{} sat", amount.to_sat())
}

/// Reads `ASSET=UNITS`.
pub(crate) fn parse_asset(text: &str) -> Result<AssetAmount, String> {
    let (asset, units) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not ASSET=UNITS"))?;
    Ok(AssetAmount {
        asset_id: asset.parse().map_err(|error| format!("{asset:?}: {error}"))?,
        amount: units
            .parse()
            .map_err(|_| format!("{units:?} is no whole number of units"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_a_unit() {
        for (text, sat) in [
            ("1000sat", Some(1_000)),
            ("1000 sat", Some(1_000)),
            ("0.00001BTC", Some(1_000)),
            ("1 BTC", Some(100_000_000)),
            ("0sat", Some(0)),
            ("1000", None),
            ("1.5sat", None),
            ("-1sat", None),
            ("0.000000001BTC", None),
            ("1000SAT", None),
            ("sat", None),
            ("99999999999BTC", None),
        ] {
            assert_eq!(parse(text).ok(), sat.map(Amount::from_sat), "{text}");
        }
        assert_eq!(show(Amount::from_sat(1_000)), "1000 sat");
    }

    #[test]
    fn an_asset_has_an_id_and_units() {
        let id = "60".repeat(34);
        assert_eq!(parse_asset(&format!("{id}=25")).unwrap().amount, 25);
        for text in [id.clone(), format!("{id}="), format!("{id}=1.5"), "gold=1".to_owned()] {
            assert!(parse_asset(&text).is_err(), "{text}");
        }
    }
}
