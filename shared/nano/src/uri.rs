//! Payment URIs: `nano:nano_…?amount=…&label=…&message=…`, with the amount in raw
//! (<https://docs.nano.org/integration-guides/the-basics/#uri-and-qr-code-standards>).

use std::fmt;
use std::str::FromStr;

use crate::account::{Account, InvalidAccount};
use crate::amount::{InvalidAmount, RawAmount};

/// A request to pay, for a link or a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentUri {
    /// Who is to be paid.
    pub account: Account,
    /// How much, in raw. `None` leaves it to the payer.
    pub amount: Option<RawAmount>,
    /// Who the account belongs to, for people.
    pub label: Option<String>,
    /// What the payment is for, for people.
    pub message: Option<String>,
}

/// Why a text is no payment URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPaymentUri {
    /// It does not begin with `nano:`.
    #[error("a payment URI begins with nano:")]
    Scheme,
    /// The account is wrong.
    #[error(transparent)]
    Account(#[from] InvalidAccount),
    /// The amount is wrong. It is in raw, never in XNO.
    #[error(transparent)]
    Amount(#[from] InvalidAmount),
    /// A parameter appears twice, so that two readers may pay two amounts.
    #[error("a parameter of the payment URI is repeated")]
    Repeated,
    /// A `%` without two hex digits, or text that is not UTF-8.
    #[error("the payment URI is not percent-encoded UTF-8")]
    Encoding,
}

impl FromStr for PaymentUri {
    type Err = InvalidPaymentUri;

    /// Parameters that are not known are ignored, so that newer URIs can still be paid.
    fn from_str(text: &str) -> Result<Self, InvalidPaymentUri> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidPaymentUri::Scheme)?;
        if !scheme.eq_ignore_ascii_case("nano") {
            return Err(InvalidPaymentUri::Scheme);
        }
        let (account, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self {
            account: account.parse()?,
            amount: None,
            label: None,
            message: None,
        };
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = percent_decode(value)?;
            match name {
                "amount" => set_once(&mut uri.amount, value.parse()?)?,
                "label" => set_once(&mut uri.label, value)?,
                "message" => set_once(&mut uri.message, value)?,
                _ => {}
            }
        }
        Ok(uri)
    }
}

impl fmt::Display for PaymentUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "nano:{}", self.account)?;
        let amount = self.amount.map(|amount| amount.to_string());
        let parameters = [("amount", &amount), ("label", &self.label), ("message", &self.message)];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)));
        for (separator, (name, value)) in std::iter::once('?').chain(std::iter::repeat('&')).zip(given) {
            write!(formatter, "{separator}{name}={}", PercentEncoded(value))?;
        }
        Ok(())
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T) -> Result<(), InvalidPaymentUri> {
    if slot.replace(value).is_some() {
        Err(InvalidPaymentUri::Repeated)
    } else {
        Ok(())
    }
}

/// Writes everything but the unreserved characters of RFC 3986 as `%XX`.
struct PercentEncoded<'a>(&'a str);

impl fmt::Display for PercentEncoded<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    write!(formatter, "{}", char::from(byte))?;
                }
                _ => write!(formatter, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

/// A `+` stays a `+`: this is a URI and no HTML form.
fn percent_decode(text: &str) -> Result<String, InvalidPaymentUri> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(InvalidPaymentUri::Encoding)?;
        bytes.extend(hex::decode(digits).map_err(|_| InvalidPaymentUri::Encoding)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| InvalidPaymentUri::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "nano_3i1aq1cchnmbn9x5rsbap8b15akfh7wj7pwskuzi7ahz8oq6cobd99d4r3b7";

    #[test]
    fn what_is_written_is_read_back() {
        let account: Account = ACCOUNT.parse().unwrap();
        let texts = [None, Some(String::new()), Some("Ä & b=c ? 100% #+ 日本".to_owned())];
        for amount in [None, Some(RawAmount::ZERO), Some(RawAmount::MAX)] {
            for label in &texts {
                for message in &texts {
                    let uri = PaymentUri {
                        account,
                        amount,
                        label: label.clone(),
                        message: message.clone(),
                    };
                    let text = uri.to_string();
                    assert!(text.is_ascii(), "{text}");
                    assert_eq!(text.parse(), Ok(uri), "{text}");
                }
            }
        }
    }

    #[test]
    fn one_form_is_written() {
        let uri = PaymentUri {
            account: ACCOUNT.parse().unwrap(),
            amount: Some(RawAmount::from_raw(1000)),
            label: None,
            message: Some("job 7".to_owned()),
        };
        assert_eq!(uri.to_string(), format!("nano:{ACCOUNT}?amount=1000&message=job%207"));
        let bare = PaymentUri {
            amount: None,
            message: None,
            ..uri
        };
        assert_eq!(bare.to_string(), format!("nano:{ACCOUNT}"));
    }

    #[test]
    fn other_spellings_are_read() {
        let legacy = ACCOUNT.replace("nano_", "xrb_");
        for text in [
            format!("NANO:{ACCOUNT}"),
            format!("nano:{legacy}"),
            format!("nano:{ACCOUNT}?"),
            format!("nano:{ACCOUNT}?&future=1"),
        ] {
            assert_eq!(
                text.parse::<PaymentUri>().unwrap().to_string(),
                format!("nano:{ACCOUNT}"),
                "{text}"
            );
        }
        let text = format!("nano:{ACCOUNT}?message=a+b%2bc&label");
        let uri: PaymentUri = text.parse().unwrap();
        assert_eq!(
            (uri.message.as_deref(), uri.label.as_deref()),
            (Some("a+b+c"), Some(""))
        );
    }

    #[test]
    fn a_uri_that_could_be_misread_is_refused() {
        let rejects = [
            (ACCOUNT.to_owned(), InvalidPaymentUri::Scheme),
            (format!("bitcoin:{ACCOUNT}"), InvalidPaymentUri::Scheme),
            (
                format!("nano://{ACCOUNT}"),
                InvalidPaymentUri::Account(InvalidAccount::Prefix),
            ),
            ("nano:".to_owned(), InvalidPaymentUri::Account(InvalidAccount::Prefix)),
            (
                format!("nano:{}", ACCOUNT.replace('7', "8")),
                InvalidPaymentUri::Account(InvalidAccount::Checksum),
            ),
            (
                format!("nano:{ACCOUNT}?amount="),
                InvalidPaymentUri::Amount(InvalidAmount::NotDecimal),
            ),
            (
                format!("nano:{ACCOUNT}?amount=0.1"),
                InvalidPaymentUri::Amount(InvalidAmount::NotDecimal),
            ),
            (
                format!("nano:{ACCOUNT}?amount=01"),
                InvalidPaymentUri::Amount(InvalidAmount::LeadingZero),
            ),
            (format!("nano:{ACCOUNT}?amount=1&amount=2"), InvalidPaymentUri::Repeated),
            (format!("nano:{ACCOUNT}?label=a&label=a"), InvalidPaymentUri::Repeated),
            (format!("nano:{ACCOUNT}?label=%"), InvalidPaymentUri::Encoding),
            (format!("nano:{ACCOUNT}?label=%4"), InvalidPaymentUri::Encoding),
            (format!("nano:{ACCOUNT}?label=%zz"), InvalidPaymentUri::Encoding),
            (format!("nano:{ACCOUNT}?label=%+1"), InvalidPaymentUri::Encoding),
            (format!("nano:{ACCOUNT}?label=%ff"), InvalidPaymentUri::Encoding),
            (format!("nano:{ACCOUNT}?label=%日"), InvalidPaymentUri::Encoding),
        ];
        for (text, why) in rejects {
            assert_eq!(text.parse::<PaymentUri>(), Err(why), "{text}");
        }
    }
}
