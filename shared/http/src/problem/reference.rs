//! The page of all codes, generated.

use std::fmt::Write as _;

use super::{Code, Retry, TYPE_BASE};

/// The reference of all problem codes, as Markdown; `docs/problems.md` is exactly this text.
#[must_use]
pub fn reference_markdown() -> String {
    let mut page = format!(
        "<!-- Generated from shared/http/src/problem/code.rs. Do not edit. -->\n\
         # Problems\n\n\
         Every error is an `application/problem+json` document (RFC 9457). Programs act on `code` and `retry`; `title` and\n\
         `detail` are for people and may be reworded. `type` is `{TYPE_BASE}` followed by the code, `instance` and\n\
         `request_id` are the id of the request in our logs.\n\n\
         | `retry.kind` | what to do |\n|---|---|\n\
         | `never` | nothing: the answer is final |\n\
         | `same_request` | send the same request again with the same `Idempotency-Key`, signed anew |\n\
         | `after` | the same, after `retry.after_seconds` (also in `Retry-After`) |\n\
         | `new_request` | mend the request and send it with a new `Idempotency-Key` |\n\n\
         Where they apply, `fields` lists `{{pointer, reason}}` per wrong field, `current_state` names the state that refused\n\
         the request, `server_time` is our clock in seconds since 1970, `missing_components` names what the signature must\n\
         also cover, and `gateway_code` and `gateway_name` say which rule of the Ark gateway refused an event or a session.\n",
    );
    for code in Code::ALL {
        let status = code.status();
        let retry = match code.retry() {
            Retry::Never => "never".to_owned(),
            Retry::SameRequest => "same_request".to_owned(),
            Retry::After { after_seconds } => format!("after {after_seconds} s"),
            Retry::NewRequest => "new_request".to_owned(),
        };
        // Writing into a string cannot fail.
        let _ = write!(
            page,
            "\n## {code}\n\n{title}. Status {number} {reason}, retry: `{retry}`.\n\n{advice}\n",
            title = code.title(),
            number = status.as_str(),
            reason = status.canonical_reason().unwrap_or_default(),
            advice = code.advice(),
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_section_and_the_type_points_to_it() {
        let page = reference_markdown();
        for code in Code::ALL {
            assert_eq!(page.matches(&format!("\n## {code}\n")).count(), 1, "{code}");
            assert!(code.type_uri().ends_with(&format!("#{code}")));
        }
    }
}
