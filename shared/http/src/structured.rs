//! Structured header fields (RFC 8941), read more strictly than the RFC asks: nothing may appear twice.
//!
//! The RFC lets the last of two equal keys win. Two readers of one request could then disagree on what was signed, for
//! instance a proxy that looks at the first, so a repeated key is an error here.

use sfv::visitor::{DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, Dictionary, InnerList, Item, KeyRef, Parameters, Parser, Version};

/// A key that appears twice where it may appear once.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" appears twice")]
struct Repeated(String);

/// Parses a dictionary in which no member and no parameter is repeated; the error is a sentence for the developer.
pub(crate) fn parse_dictionary(text: &str) -> Result<Dictionary, String> {
    Parser::new(text)
        .with_version(Version::Rfc8941)
        .parse_dictionary_with_visitor(Members(Dictionary::new()))
        .map_err(|error| error.to_string())
}

struct Members(Dictionary);

impl<'de> DictionaryVisitor<'de> for Members {
    type Out = Dictionary;
    type Error = Repeated;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Repeated> {
        if self.0.contains_key(key) {
            return Err(Repeated(key.to_string()));
        }
        Ok(Member {
            members: &mut self.0,
            key,
        })
    }

    fn finish(self) -> Result<Dictionary, Repeated> {
        Ok(self.0)
    }
}

/// One member while it is read; it enters the dictionary when its last parameter is read.
struct Member<'de, 'a> {
    members: &'a mut Dictionary,
    key: &'de KeyRef,
}

impl<'de> EntryVisitor<'de> for Member<'de, '_> {
    type Error = Repeated;

    fn item(self) -> Result<impl ItemVisitor<'de>, Repeated> {
        let Self { members, key } = self;
        Ok(move |value: BareItemFromInput<'de>| {
            Ok::<_, Repeated>(CollectParameters::then(move |parameters| {
                members.insert(key.to_owned(), Item::with_params(value, parameters).into());
            }))
        })
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Repeated> {
        Ok(Items {
            member: self,
            items: Vec::new(),
        })
    }
}

struct Items<'de, 'a> {
    member: Member<'de, 'a>,
    items: Vec<Item>,
}

impl<'de> InnerListVisitor<'de> for Items<'de, '_> {
    type Error = Repeated;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Repeated> {
        let items = &mut self.items;
        Ok(move |value: BareItemFromInput<'de>| {
            Ok::<_, Repeated>(CollectParameters::then(move |parameters| {
                items.push(Item::with_params(value, parameters));
            }))
        })
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Repeated> {
        let Self {
            member: Member { members, key },
            items,
        } = self;
        Ok(CollectParameters::then(move |parameters| {
            members.insert(key.to_owned(), InnerList::with_params(items, parameters).into());
        }))
    }
}

struct CollectParameters<F> {
    parameters: Parameters,
    done: F,
}

impl<F: FnOnce(Parameters)> CollectParameters<F> {
    fn then(done: F) -> Self {
        Self {
            parameters: Parameters::new(),
            done,
        }
    }
}

impl<'de, F: FnOnce(Parameters)> ParameterVisitor<'de> for CollectParameters<F> {
    type Out = ();
    type Error = Repeated;

    fn parameter(&mut self, key: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Repeated> {
        match self.parameters.insert(key.to_owned(), value.into()) {
            None => Ok(()),
            Some(_) => Err(Repeated(key.to_string())),
        }
    }

    fn finish(self) -> Result<(), Repeated> {
        (self.done)(self.parameters);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sfv::FieldType;

    use super::*;

    #[test]
    fn what_is_not_repeated_reads_as_the_library_reads_it() {
        for text in [
            "a=1, b;x=2;y=3, c=(\"q\";p \"r\";p);z=:AQI=:",
            "sig=(\"@method\" \"date\");created=1;keyid=\"k\"",
            "",
        ] {
            assert_eq!(
                parse_dictionary(text).unwrap(),
                Parser::new(text).parse::<Dictionary>().unwrap(),
                "{text}"
            );
        }
        assert_eq!(
            parse_dictionary("a=(1   2 );x=1 ,\tb").unwrap().serialize().unwrap(),
            "a=(1 2);x=1, b"
        );
    }

    #[test]
    fn a_repeated_member_or_parameter_is_refused_at_every_level() {
        for text in ["a=1, a=2", "a;x;x", "a=(1 2);x;x", "a=(1;x;x 2)", "a=1, b, a"] {
            assert!(parse_dictionary(text).unwrap_err().contains("appears twice"), "{text}");
        }
    }

    #[test]
    fn what_rfc_8941_does_not_know_is_refused() {
        for text in ["a=@1", "a=%\"f\"", "a=(1", "A=1", "a=1,", "a=\"ü\"", "a=1 b"] {
            assert!(parse_dictionary(text).is_err(), "{text}");
        }
    }
}
