//! Query parameters, read strictly: nothing unknown, nothing twice.

use nanoark_domain::limits::Limits;
use nanoark_http::problem::{Code, Problem};

/// The parameters of a request.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

/// Reads a query string (`application/x-www-form-urlencoded`).
///
/// # Errors
/// [`Code::UnknownField`] or [`Code::InvalidField`], for a parameter that is not `known` or stands twice.
pub fn read(query: &str, known: &[&str]) -> Result<Parameters, Problem> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !known.contains(&name.as_ref()) {
            let reason = format!("is none of: {}", known.join(", "));
            return Err(Problem::new(Code::UnknownField, "The query has an unknown parameter.")
                .with_field(format!("?{name}"), reason));
        }
        if parameters.iter().any(|(earlier, _)| *earlier == name) {
            return Err(invalid(&name, "stands twice"));
        }
        parameters.push((name.into_owned(), value.into_owned()));
    }
    Ok(Parameters(parameters))
}

fn invalid(name: &str, reason: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidField, "A query parameter cannot be used.").with_field(format!("?{name}"), reason)
}

impl Parameters {
    /// The parameter's text, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The parameter's value, if it is there.
    ///
    /// # Errors
    /// [`Code::InvalidField`] with what `read` says is wrong.
    pub fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, Problem> {
        self.get(name)
            .map(|text| read(text).map_err(|reason| invalid(name, reason)))
            .transpose()
    }

    /// The parameter's value.
    ///
    /// # Errors
    /// [`Code::InvalidField`] when it is not there, or with what `read` says is wrong.
    pub fn required<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, &'static str>) -> Result<T, Problem> {
        self.optional(name, read)?.ok_or_else(|| invalid(name, "is required"))
    }

    /// The parameter's values, separated by commas; none when it is not there.
    ///
    /// # Errors
    /// [`Code::InvalidField`] with what `read` says is wrong.
    pub fn list<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, &'static str>) -> Result<Vec<T>, Problem> {
        let parts = self.get(name).into_iter().flat_map(|text| text.split(','));
        parts
            .map(|part| read(part).map_err(|reason| invalid(name, reason)))
            .collect()
    }

    /// The parameter `limit`, or the default.
    ///
    /// # Errors
    /// [`Code::InvalidField`] when it is no number from 1 to the limit.
    pub fn page_size(&self, limits: &Limits) -> Result<usize, Problem> {
        let Some(text) = self.get("limit") else {
            return Ok(size(limits.page_default.0));
        };
        match text.parse::<u32>() {
            Ok(wanted) if (1..=limits.page_max.0).contains(&wanted) => Ok(size(wanted)),
            Ok(_) | Err(_) => Err(invalid("limit", format!("must be 1 to {}", limits.page_max.0))),
        }
    }
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_anything_unknown_or_repeated_is_refused() {
        let parameters = read("q=caf%C3%A9+au&limit=5", &["q", "limit"]).unwrap();
        assert_eq!(parameters.get("q"), Some("café au"));
        assert_eq!(parameters.page_size(&Limits::default()).unwrap(), 5);
        assert_eq!(read("x=1", &["q"]).unwrap_err().code, Code::UnknownField);
        assert_eq!(read("q=1&q=2", &["q"]).unwrap_err().code, Code::InvalidField);
        for wrong in ["0", "101", "-1", "ten", ""] {
            let parameters = read(&format!("limit={wrong}"), &["limit"]).unwrap();
            assert_eq!(
                parameters.page_size(&Limits::default()).unwrap_err().code,
                Code::InvalidField,
                "{wrong}"
            );
        }
    }
}
