//! The meaning of a refusal of Microsoft Entra ID, by its number ("Microsoft Entra authentication and authorization
//! error codes").

use std::time::Duration;

use domain::proof::ProviderAnswer;
use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use http::HeaderMap;
use serde_json::Value;

use super::login::OPERATION;
use crate::answer::{by_status, clean, header};

/// What a number means, and what mends it.
struct Meaning {
    kind: Kind,
    what: &'static str,
    mend: &'static str,
}

const fn meaning(kind: Kind, what: &'static str, mend: &'static str) -> Meaning {
    Meaning { kind, what, mend }
}

fn known(number: u64) -> Option<Meaning> {
    Some(match number {
        90002 | 900_021 | 900_023 => meaning(
            Kind::BadCredentials,
            "there is no such tenant",
            "check tenant_id, and cloud if the tenant is not in the public cloud",
        ),
        700_016 => meaning(
            Kind::BadCredentials,
            "the tenant has no such application",
            "check client_id (the application's id, not its object id) and tenant_id",
        ),
        7_000_215 => meaning(
            Kind::BadCredentials,
            "the client secret is wrong",
            "give the value of the secret, not its id: the portal shows it only once",
        ),
        7_000_222 => meaning(
            Kind::ExpiredCredentials,
            "the client secret has ended",
            "make a new secret of the application and give it with 'integration rotate'",
        ),
        7_000_112 => meaning(
            Kind::Denied,
            "the application is disabled in the tenant",
            "enable it in the enterprise applications",
        ),
        53003 => meaning(
            Kind::Denied,
            "a conditional access policy of the tenant refuses it",
            "admit the application, or the address that Tidegate goes out from",
        ),
        70021 | 700_211 | 700_212 | 700_213 => meaning(
            Kind::Denied,
            "no federated credential of the application admits this token",
            "issuer, subject and audience of the credential must be what 'integration setup' prints, letter for letter",
        ),
        50166 => meaning(
            Kind::Unavailable,
            "the issuer's keys could not be fetched",
            "the tenant must reach the issuer's discovery document and keys over the internet",
        ),
        700_024 => meaning(
            Kind::ClockSkew,
            "the token is not good yet, or no more",
            "set the clock of this machine, for example with NTP",
        ),
        50027 | 700_027 | 700_030 | 5_000_811 => meaning(
            Kind::BadCredentials,
            "the token could not be verified with the issuer's keys",
            "the tenant must reach the issuer's discovery document and keys over the internet",
        ),
        500_011 | 650_057 => {
            meaning(Kind::Denied, "the tenant does not know Azure Storage", "check tenant_id and cloud")
        }
        _ => return None,
    })
}

/// The refusal, if the document is one.
pub(super) fn refusal(status: u16, headers: &HeaderMap, document: &Value, private: &[u8]) -> Option<ProviderError> {
    let error = document.get("error").and_then(Value::as_str)?;
    let said = document.get("error_description").and_then(Value::as_str).unwrap_or_default();
    let number = document.pointer("/error_codes/0").and_then(Value::as_u64).or_else(|| number_in(said));
    let found = number.and_then(known);
    let kind = match (&found, status) {
        (Some(found), _) => found.kind,
        (None, _) if error == "temporarily_unavailable" => Kind::Unavailable,
        (None, 401) => Kind::BadCredentials,
        (None, _) => by_status(status).filter(|kind| *kind != Kind::WrongRegion)?,
    };
    let what = found.as_ref().map_or("the login endpoint refused", |found| found.what);
    let code = number.map_or_else(|| clean(error), |number| format!("AADSTS{number}"));
    let mut message = format!("{what} ({code})");
    if let Some(quoted) = quote(said, private) {
        message = format!("{message}: {quoted}");
    }
    let request_id = document.get("trace_id").and_then(Value::as_str).map(clean);
    let answer = ProviderAnswer { code: Some(code), http_status: Some(status), request_id };
    let mut refused = ProviderError::new(kind, OPERATION, message).with_answer(answer);
    refused.hint = found.map(|found| found.mend.to_owned());
    refused.retry_after = header(headers, "retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    Some(refused)
}

/// `AADSTS7000215: ...`
fn number_in(said: &str) -> Option<u64> {
    said.strip_prefix("AADSTS")?.split(':').next()?.parse().ok()
}

/// What it says behind its number, without the lines of ids below it, unless it repeats what was sent.
fn quote(said: &str, private: &[u8]) -> Option<String> {
    let line = said.lines().next()?;
    let line = if line.starts_with("AADSTS") { line.split_once(": ").map_or(line, |(_, rest)| rest) } else { line };
    let line = line.split(" Trace ID:").next()?;
    let private = std::str::from_utf8(private).ok().and_then(|text| text.get(..8.min(text.len())));
    let leaks = private.is_some_and(|start| !start.is_empty() && line.contains(start));
    let text = clean(line);
    let text = text.trim().trim_end_matches('.');
    (!leaks && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(status: u16, number: u64, said: &str) -> ProviderError {
        let document = json!({
            "error": "invalid_client", "error_codes": [number], "trace_id": "T1",
            "error_description": format!("AADSTS{number}: {said}\r\nTrace ID: T1\r\nTimestamp: now"),
        });
        refusal(status, &HeaderMap::new(), &document, b"hunter2-hunter2").unwrap()
    }

    #[test]
    fn numbers_give_the_kind_and_what_mends_it() {
        for (number, kind) in [
            (90002, Kind::BadCredentials),
            (700_016, Kind::BadCredentials),
            (7_000_215, Kind::BadCredentials),
            (7_000_222, Kind::ExpiredCredentials),
            (7_000_112, Kind::Denied),
            (700_211, Kind::Denied),
            (700_212, Kind::Denied),
            (700_213, Kind::Denied),
            (700_024, Kind::ClockSkew),
            (50027, Kind::BadCredentials),
        ] {
            let error = ask(401, number, "No.");
            assert_eq!(error.kind, kind, "{number}");
            assert!(error.hint.is_some() && error.message.ends_with(": No"), "{}", error.message);
            let answer = error.answer.unwrap();
            assert_eq!(answer.code, Some(format!("AADSTS{number}")));
            assert_eq!(answer.request_id.as_deref(), Some("T1"));
        }
        assert_eq!(ask(400, 1_002_012, "Scope.").kind, Kind::BadRequest);
        assert_eq!(ask(429, 50_196, "Loop.").kind, Kind::Throttled);
        assert_eq!(ask(503, 90_033, "Later.").kind, Kind::Unavailable);
    }

    #[test]
    fn the_number_is_found_in_the_sentence_too_and_secrets_are_not_repeated() {
        let document = json!({"error": "x", "error_description": "AADSTS700213: No 'hunter2-hunter2' here."});
        let error = refusal(400, &HeaderMap::new(), &document, b"hunter2-hunter2").unwrap();
        assert_eq!(error.kind, Kind::Denied);
        assert!(!error.message.contains("hunter2"), "{}", error.message);
        assert!(refusal(400, &HeaderMap::new(), &json!({"message": "x"}), b"").is_none());
    }
}
