//! Reading a request: every field is text, and a node says in its own way what is wrong with it.

use std::borrow::Cow;
use std::str::FromStr;

use nanoark_nano::{Account, BlockHash, Link, RawAmount, Signature, SignedBlock, StateBlock, Subtype, Work};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

use super::actions::{Action, known_actions};
use crate::nano_ledger::dialect::Dialect;

/// Why a request is not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::nano_ledger) enum Refusal {
    /// Both kinds of node say this, with HTTP 200.
    Error(String),
    /// The request cannot be read, which the two kinds of node say differently.
    Malformed {
        nano_node: &'static str,
        rs_nano: String,
        status: u16,
    },
}

impl Refusal {
    pub(super) fn error(words: &str) -> Self {
        Self::Error(words.to_owned())
    }

    fn malformed(nano_node: &'static str, rs_nano: &str) -> Self {
        let rs_nano = format!("Failed to deserialize the JSON body into the target type: {rs_nano}");
        Self::Malformed {
            nano_node,
            rs_nano,
            status: 422,
        }
    }

    fn missing(field: &str, nano_node: &'static str) -> Self {
        Self::malformed(nano_node, &format!("missing field `{field}`"))
    }

    fn invalid(text: &str, expected: &str, nano_node: &'static str) -> Self {
        Self::malformed(
            nano_node,
            &format!("invalid value: string {text:?}, expected {expected}"),
        )
    }

    fn wrong_type(text: &str, expected: &str, nano_node: &'static str) -> Self {
        Self::malformed(
            nano_node,
            &format!("invalid type: string {text:?}, expected {expected}"),
        )
    }
}

const AN_ACCOUNT: &str = "an account in the form \"nano_...\"";
const AN_AMOUNT: &str = "a 128bit decimal string";
const UNREADABLE: &str = "Unable to parse JSON";
const BAD_BLOCK: &str = "Block is invalid";

/// The fields of a request.
pub(super) struct Request<'a> {
    fields: &'a Map<String, Value>,
    dialect: Dialect,
}

/// The action alone, so that the reader of JSON itself reports where it stands.
#[derive(serde::Deserialize)]
struct Head {
    action: KnownAction,
}

struct KnownAction(Action);

impl<'de> Deserialize<'de> for KnownAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let action = Value::deserialize(deserializer)?;
        let Value::String(name) = action else {
            return Err(D::Error::custom(format!(
                "invalid type: integer `{action}`, expected variant identifier"
            )));
        };
        Action::named(&name).map(Self).ok_or_else(|| {
            let known = known_actions();
            D::Error::custom(format!("unknown variant `{name}`, expected one of {known}"))
        })
    }
}

impl<'a> Request<'a> {
    /// The action of a request and its fields.
    pub(super) fn parse(body: &[u8]) -> Result<(Action, Map<String, Value>), Refusal> {
        let value: Value = serde_json::from_slice(body).map_err(|error| Refusal::Malformed {
            nano_node: UNREADABLE,
            rs_nano: format!("Failed to parse the request body as JSON: {error}"),
            status: 400,
        })?;
        let missing = || Refusal::malformed(UNREADABLE, "missing field `action` at line 1 column 2");
        let Value::Object(fields) = value else {
            return Err(missing());
        };
        let Some(action) = fields.get("action") else {
            return Err(missing());
        };
        let head: Head = serde_json::from_slice(body).map_err(|error| {
            let nano_node = if action.is_string() {
                "Unknown command"
            } else {
                UNREADABLE
            };
            Refusal::malformed(nano_node, &format!("action: {error}"))
        })?;
        Ok((head.action.0, fields))
    }

    pub(super) fn new(fields: &'a Map<String, Value>, dialect: Dialect) -> Self {
        Self { fields, dialect }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A field as text, whatever scalar it is. Nodes write and read every scalar as a string.
    fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        scalar(self.fields.get(field)?)
    }

    pub(super) fn flag(&self, field: &str, default: bool) -> bool {
        self.text(field)
            .map_or(default, |text| matches!(text.as_ref(), "true" | "1"))
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    pub(super) fn account(&self, field: &str) -> Result<Account, Refusal> {
        let text = self.text(field).ok_or_else(|| Refusal::missing(field, UNREADABLE))?;
        text.parse()
            .map_err(|_| Refusal::invalid(&text, AN_ACCOUNT, "Bad account number"))
    }

    /// A valid account or not; only `validate_account_number` takes both.
    pub(super) fn is_account(&self, field: &str) -> Result<bool, Refusal> {
        let text = self.text(field).ok_or_else(|| Refusal::missing(field, UNREADABLE))?;
        Ok(text.parse::<Account>().is_ok())
    }

    pub(super) fn hash(&self, field: &str, nano_node: &'static str) -> Result<BlockHash, Refusal> {
        let text = self.text(field).ok_or_else(|| Refusal::missing(field, UNREADABLE))?;
        read_hash(&text, nano_node)
    }

    pub(super) fn public_key(&self, field: &str) -> Result<Account, Refusal> {
        self.hash(field, "Bad public key")
            .map(|key| Account::from_bytes(*key.as_bytes()))
    }

    pub(super) fn amount(&self, field: &str, nano_node: &'static str) -> Result<Option<RawAmount>, Refusal> {
        let Some(text) = self.text(field) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Refusal::invalid(&text, AN_AMOUNT, nano_node))
    }

    pub(super) fn count(&self, field: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.text(field) else { return Ok(None) };
        // The C++ node's way to ask for everything: the number wraps around.
        if text == "-1" && self.dialect == Dialect::NanoNode {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| Refusal::invalid(&text, "u64", "Invalid count limit"))
    }

    pub(super) fn work(&self, field: &str) -> Result<Work, Refusal> {
        let text = self.text(field).ok_or_else(|| Refusal::missing(field, UNREADABLE))?;
        text.parse()
            .map_err(|_| Refusal::invalid(&text, "a hex string containing 8 bytes", "Bad work"))
    }

    pub(super) fn difficulty(&self, field: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let read = match self.dialect {
            Dialect::NanoNode => u64::from_str_radix(&text, 16),
            Dialect::RsNano => text.parse(),
        };
        read.map(Some)
            .map_err(|_| Refusal::malformed("Bad difficulty", "\"expected \" u64"))
    }

    /// Neither kind of node is made to work harder by a multiplier here, but RsNano's words about one are kept: it wants
    /// a whole number, and does not use it.
    pub(super) fn check_multiplier(&self) -> Result<(), Refusal> {
        let unread = self.text("multiplier").is_some_and(|text| text.parse::<u64>().is_err());
        if unread && self.dialect == Dialect::RsNano {
            return Err(Refusal::malformed("Bad multiplier", "\"expected \" u64"));
        }
        Ok(())
    }

    pub(super) fn hex_difficulty(&self, field: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let read = u64::from_str_radix(&text, 16);
        read.map(Some)
            .map_err(|_| Refusal::malformed("Bad difficulty", "\"expected \" u64"))
    }

    /// A list of texts. The C++ node reads a text in its place as an empty list.
    pub(super) fn list(&self, field: &str) -> Result<Vec<Cow<'a, str>>, Refusal> {
        match self.fields.get(field) {
            Some(Value::Array(items)) => Ok(items.iter().filter_map(scalar).collect()),
            Some(other) if self.dialect == Dialect::RsNano => Err(Refusal::wrong_type(
                &scalar(other).unwrap_or_default(),
                "a sequence",
                UNREADABLE,
            )),
            Some(_) => Ok(Vec::new()),
            None => Err(Refusal::missing(field, UNREADABLE)),
        }
    }

    /// A list of accounts, all of which must be valid.
    pub(super) fn accounts(&self, field: &str) -> Result<Vec<Account>, Refusal> {
        let parse = |text: &Cow<'_, str>| {
            text.parse()
                .map_err(|_| Refusal::invalid(text, AN_ACCOUNT, "Bad account number"))
        };
        self.list(field)?.iter().map(parse).collect()
    }

    pub(super) fn hashes(&self, field: &str) -> Result<Vec<BlockHash>, Refusal> {
        self.list(field)?
            .iter()
            .map(|text| read_hash(text, "Bad hash number"))
            .collect()
    }

    /// What the caller believes the block to be.
    pub(super) fn subtype(&self) -> Result<Option<Subtype>, Refusal> {
        let Some(text) = self.text("subtype").filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            let variants = "`send`, `receive`, `open`, `change`, `epoch`, `unknown`";
            Refusal::malformed(
                "Invalid block subtype",
                &format!("unknown variant `{text}`, expected one of {variants}"),
            )
        })
    }

    /// The block of the request. `None` if it is of a kind that is not accepted any more.
    pub(super) fn block(&self) -> Result<Option<SignedBlock>, Refusal> {
        let block = self
            .fields
            .get("block")
            .ok_or_else(|| Refusal::missing("block", BAD_BLOCK))?;
        let as_object = self.flag("json_block", false);
        match (self.dialect, block) {
            (Dialect::NanoNode, Value::String(text)) if !as_object => {
                let parsed: Value = serde_json::from_str(text).map_err(|_| Refusal::error(BAD_BLOCK))?;
                self.read_block(&parsed)
            }
            (Dialect::NanoNode, Value::Object(_)) if as_object => self.read_block(block),
            (Dialect::RsNano, Value::Object(_)) if self.has("json_block") => self.read_block(block),
            (Dialect::RsNano, Value::String(text)) => {
                Err(Refusal::wrong_type(text, "internally tagged enum JsonBlock", BAD_BLOCK))
            }
            (Dialect::RsNano, _) => Err(Refusal::missing("json_block", BAD_BLOCK)),
            (Dialect::NanoNode, _) => Err(Refusal::error(BAD_BLOCK)),
        }
    }

    fn read_block(&self, block: &Value) -> Result<Option<SignedBlock>, Refusal> {
        let kind = member(block, "type")?;
        if ["send", "receive", "open", "change"].contains(&kind.as_ref()) {
            return Ok(None);
        }
        if kind != "state" {
            let variants = "`open`, `change`, `receive`, `send`, `state`";
            let words = format!("unknown variant `{kind}`, expected one of {variants}");
            return Err(Refusal::malformed(BAD_BLOCK, &words));
        }
        let account = |field| parse_member(block, field, AN_ACCOUNT);
        let link_text = member(block, "link")?;
        let link = match link_text.parse::<Account>() {
            // The C++ node takes a destination as an account as well.
            Ok(destination) if self.dialect == Dialect::NanoNode => Link::from(destination),
            Ok(_) | Err(_) => Link::from(read_hash(&link_text, BAD_BLOCK)?),
        };
        Ok(Some(SignedBlock {
            block: StateBlock {
                account: account("account")?,
                previous: read_hash(&member(block, "previous")?, BAD_BLOCK)?,
                representative: account("representative")?,
                balance: parse_member(block, "balance", AN_AMOUNT)?,
                link,
            },
            signature: parse_member::<Signature>(block, "signature", "a hex string containing 64 bytes")?,
            work: parse_member::<Work>(block, "work", "a hex string containing 8 bytes")?,
        }))
    }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Owned(flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn member<'a>(block: &'a Value, field: &str) -> Result<Cow<'a, str>, Refusal> {
    block
        .get(field)
        .and_then(scalar)
        .ok_or_else(|| Refusal::missing(field, BAD_BLOCK))
}

fn parse_member<Field: FromStr>(block: &Value, field: &str, expected: &str) -> Result<Field, Refusal> {
    let text = member(block, field)?;
    text.parse().map_err(|_| Refusal::invalid(&text, expected, BAD_BLOCK))
}

/// Up to 64 hex digits; a node fills up on the left what is missing.
fn read_hash(text: &str, nano_node: &'static str) -> Result<BlockHash, Refusal> {
    let digits = !text.is_empty() && text.len() <= 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let padded = format!("{text:0>64}");
    padded
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| Refusal::invalid(text, "a hex string containing 32 bytes", nano_node))
}
