//! The signature base: the text that is signed.

use std::fmt;

use sfv::{FieldType, InnerList, Item, List, ListEntry, Parameters};

use super::{Component, MOST_COMPONENTS, SignatureError};
use crate::request::Request;
use crate::structured::parse_dictionary;

/// One member of `Signature-Input`: the covered components and the parameters, both in the client's order.
///
/// The order is part of what is signed; we never sort.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatureInput {
    components: Vec<Component>,
    parameters: Parameters,
}

impl SignatureInput {
    /// A new input over these components.
    ///
    /// # Errors
    /// When a component occurs twice, or there are too many.
    pub fn new(components: Vec<Component>, parameters: Parameters) -> Result<Self, SignatureError> {
        if components.len() > MOST_COMPONENTS {
            return Err(SignatureError::TooManyComponents {
                found: components.len(),
                most: MOST_COMPONENTS,
            });
        }
        for (position, component) in components.iter().enumerate() {
            if components.iter().take(position).any(|earlier| earlier == component) {
                return Err(SignatureError::DuplicateComponent {
                    name: component.name().to_owned(),
                });
            }
        }
        Ok(Self { components, parameters })
    }

    /// The one member of a `Signature-Input` value, and its label.
    ///
    /// # Errors
    /// When the text is no such field, has more or fewer members than one, or covers what we do not know.
    pub fn parse(text: &str) -> Result<(String, Self), SignatureError> {
        let malformed = |reason: String| SignatureError::Malformed {
            header: "signature-input",
            reason,
        };
        let members = parse_dictionary(text).map_err(malformed)?;
        match (members.first(), members.len()) {
            (Some((label, entry)), 1) => Ok((label.to_string(), Self::read(entry)?)),
            (_, count) => Err(malformed(format!("it has {count} labels where one is expected"))),
        }
    }

    pub(super) fn read(entry: &ListEntry) -> Result<Self, SignatureError> {
        let ListEntry::InnerList(list) = entry else {
            return Err(SignatureError::Malformed {
                header: "signature-input",
                reason: "the label's value is not a list of components in parentheses".to_owned(),
            });
        };
        let components = list.items.iter().map(Component::read).collect::<Result<_, _>>()?;
        Self::new(components, list.params.clone())
    }

    /// The covered components.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The parameters, in order.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether a component of this name is covered.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.components.iter().any(|component| component.name() == name)
    }
}

/// The canonical form, `("@method" "@path");created=1;keyid="…"`: the last line of every signature base, and the value
/// of the label in `Signature-Input`.
impl fmt::Display for SignatureInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self
            .components
            .iter()
            .map(|component| sfv::String::try_from(component.name().to_owned()).map(Item::new))
            .collect::<Result<_, _>>()
            .map_err(|_| fmt::Error)?;
        let list: List = vec![InnerList::with_params(items, self.parameters.clone()).into()];
        formatter.write_str(&list.serialize().ok_or(fmt::Error)?)
    }
}

/// The text that is signed (RFC 9421 §2.5): a line per covered component, then the parameters; no line feed at the end.
///
/// # Errors
/// When the request lacks a covered component, or holds one that cannot be signed.
pub fn signature_base(request: &Request, input: &SignatureInput) -> Result<String, SignatureError> {
    let mut base = String::new();
    for component in &input.components {
        base.push_str(&format!("\"{component}\": {}\n", component.value(request)?));
    }
    base.push_str(&format!("\"@signature-params\": {input}"));
    Ok(base)
}
