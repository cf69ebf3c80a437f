//! The parameters of a signature: who signed, when, for how long.

use nanoark_domain::bot::BotId;
use nanoark_domain::time::Timestamp;
use sfv::{BareItem, Integer, Parameters, String as SfvString, key_ref};

use super::{SignatureError, SignatureRules};

/// The longest nonce and the longest tag.
const LONGEST_TEXT: usize = 256;

/// What the parameters of a signature say, each of the right kind and none unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParameters {
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// The last second in which it is good.
    pub expires: u64,
    /// Whose key it claims.
    pub bot: BotId,
    /// What makes two equal requests of one second differ.
    pub nonce: Option<String>,
    /// What the signature is for; the relay asks for none.
    pub tag: Option<String>,
}

impl SignatureParameters {
    /// Reads the parameters of a signature.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, SignatureError> {
        let (mut created, mut expires, mut bot, mut nonce, mut tag) = (None, None, None, None, None);
        for (name, value) in parameters {
            match name.as_str() {
                "created" => created = Some(seconds("created", value)?),
                "expires" => expires = Some(seconds("expires", value)?),
                "nonce" => nonce = Some(text("nonce", value)?),
                "tag" => tag = Some(text("tag", value)?),
                "keyid" => bot = Some(text("keyid", value)?.parse().map_err(|_| SignatureError::KeyEncoding)?),
                "alg" => match text("alg", value)? {
                    algorithm if algorithm == "ed25519" => {}
                    named => return Err(SignatureError::Algorithm { named }),
                },
                unknown => {
                    return Err(SignatureError::UnknownParameter {
                        name: unknown.to_owned(),
                    });
                }
            }
        }
        Ok(Self {
            created: created.ok_or(SignatureError::MissingParameter { name: "created" })?,
            expires: expires.ok_or(SignatureError::MissingParameter { name: "expires" })?,
            bot: bot.ok_or(SignatureError::MissingParameter { name: "keyid" })?,
            nonce,
            tag,
        })
    }

    /// The parameters as our clients write them.
    pub(super) fn write(&self) -> Result<Parameters, SignatureError> {
        let mut parameters = Parameters::new();
        let mut put = |name: &'static str, value: BareItem| {
            parameters.insert(key_ref(name).to_owned(), value);
        };
        put("created", integer("created", self.created)?);
        put("expires", integer("expires", self.expires)?);
        if let Some(nonce) = &self.nonce {
            put("nonce", string("nonce", nonce)?);
        }
        put("keyid", string("keyid", &self.bot.to_string())?);
        put("alg", string("alg", "ed25519")?);
        if let Some(tag) = &self.tag {
            put("tag", string("tag", tag)?);
        }
        Ok(parameters)
    }

    /// Whether the signature is good at this moment. Seconds are compared, because the parameters have no finer unit.
    pub(super) fn check_time(&self, now: Timestamp, rules: &SignatureRules) -> Result<(), SignatureError> {
        let (created, expires, now) = (self.created, self.expires, now.as_seconds());
        let lifetime = expires.saturating_sub(created);
        if lifetime == 0 || lifetime > u64::from(rules.longest_lifetime.0) {
            return Err(SignatureError::Lifetime {
                created,
                expires,
                longest: rules.longest_lifetime.0,
            });
        }
        if created.abs_diff(now) > u64::from(rules.clock_tolerance.0) {
            return Err(SignatureError::ClockOff {
                created,
                now,
                allowed: rules.clock_tolerance.0,
            });
        }
        if now > expires {
            return Err(SignatureError::Expired { expires, now });
        }
        Ok(())
    }
}

fn seconds(name: &'static str, value: &BareItem) -> Result<u64, SignatureError> {
    value
        .as_integer()
        .and_then(|integer| u64::try_from(i64::from(integer)).ok())
        .ok_or(SignatureError::InvalidParameter {
            name,
            expected: "a whole number of seconds since 1970",
        })
}

fn text(name: &'static str, value: &BareItem) -> Result<String, SignatureError> {
    value
        .as_string()
        .map(sfv::StringRef::as_str)
        .filter(|text| text.len() <= LONGEST_TEXT)
        .map(str::to_owned)
        .ok_or(SignatureError::InvalidParameter {
            name,
            expected: "a quoted string of at most 256 characters",
        })
}

fn integer(name: &'static str, value: u64) -> Result<BareItem, SignatureError> {
    Integer::try_from(value)
        .map(BareItem::Integer)
        .map_err(|_| SignatureError::InvalidParameter {
            name,
            expected: "a number of at most 15 digits",
        })
}

fn string(name: &'static str, value: &str) -> Result<BareItem, SignatureError> {
    let expected = "at most 256 printable ASCII characters";
    if value.len() > LONGEST_TEXT {
        return Err(SignatureError::InvalidParameter { name, expected });
    }
    SfvString::try_from(value.to_owned())
        .map(BareItem::String)
        .map_err(|_| SignatureError::InvalidParameter { name, expected })
}
