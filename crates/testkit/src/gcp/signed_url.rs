//! A double: V4 signed URLs with RSA keys, verified as documented: the canonical request is built from
//! what came in, and the signature must be by a key that the account has now.

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::reply::Refusal;
use super::state::{CLOUD_PLATFORM, Caller, State};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Seven days.
const LONGEST: i64 = 604_800;
/// How far in the future a date may be.
const SKEW: i64 = 900;

/// Whether a query carries a signature.
pub(super) fn is_signed(query: &str) -> bool {
    query.split('&').any(|field| field.starts_with("X-Goog-Signature=") || field.starts_with("X-Goog-Algorithm="))
}

/// Who signed it, if all is well.
pub(super) fn verify(
    state: &State,
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    let query = Query::parse(query)?;
    let given = |name: &str| query.get(name).ok_or_else(|| Refusal::invalid(format!("{name} is missing.")));
    let (algorithm, credential, date) =
        (given("X-Goog-Algorithm")?, given("X-Goog-Credential")?, given("X-Goog-Date")?);
    let (names, signature) = (given("X-Goog-SignedHeaders")?, given("X-Goog-Signature")?);
    let expires = given("X-Goog-Expires")?.parse::<i64>().unwrap_or(0);
    if algorithm != "GOOG4-RSA-SHA256" {
        return Err(Refusal::invalid(format!("The algorithm {algorithm} is not supported.")));
    }
    if !(1..=LONGEST).contains(&expires) {
        return Err(Refusal::invalid(format!("X-Goog-Expires must be between 1 and {LONGEST} seconds.")));
    }
    let signed_at = moment(date)?;
    let (email, scope) = credential.split_once('/').unwrap_or((credential, ""));
    check_scope(scope, date)?;

    let names: Vec<&str> = names.split(';').collect();
    check_headers(&names, headers)?;
    let canonical = [
        method.to_owned(),
        canonical_path(path)?,
        query.canonical(),
        canonical_headers(&names, headers),
        names.join(";"),
        headers.get("x-goog-content-sha256").and_then(|v| v.to_str().ok()).unwrap_or("UNSIGNED-PAYLOAD").to_owned(),
    ]
    .join("\n");
    let hash = hex::encode(digest(&SHA256, canonical.as_bytes()));
    let string_to_sign = format!("GOOG4-RSA-SHA256\n{date}\n{scope}\n{hash}");
    let account = state.accounts.get(email).filter(|account| !account.disabled);
    let signature = hex::decode(signature).unwrap_or_default();
    if !account.is_some_and(|account| account.made(string_to_sign.as_bytes(), &signature)) {
        return Err(mismatch(&format!("StringToSign: {string_to_sign}; CanonicalRequest: {canonical}")));
    }
    check_time(state.now(), signed_at, expires)?;
    Ok(Caller {
        member: format!("serviceAccount:{email}"),
        scopes: vec![CLOUD_PLATFORM.to_owned()],
        boundary: None,
        expires_at: signed_at.checked_add(SignedDuration::from_secs(expires)).unwrap_or(signed_at),
    })
}

fn mismatch(details: &str) -> Refusal {
    Refusal::new(403, "SignatureDoesNotMatch", "forbidden", details)
}

fn check_time(now: Timestamp, signed_at: Timestamp, expires: i64) -> Result<(), Refusal> {
    let age = now.duration_since(signed_at).as_secs();
    if age < -SKEW {
        return Err(Refusal::new(403, "RequestTimeTooSkewed", "forbidden", "X-Goog-Date lies in the future."));
    }
    if age >= expires {
        let message = format!("The provided token has expired. Request signature expired {} s ago.", age - expires);
        return Err(Refusal::new(400, "ExpiredToken", "invalid", message));
    }
    Ok(())
}

fn moment(date: &str) -> Result<Timestamp, Refusal> {
    let parsed = DateTime::strptime("%Y%m%dT%H%M%SZ", date).and_then(|date| date.to_zoned(TimeZone::UTC));
    parsed.map(|date| date.timestamp()).map_err(|_| Refusal::invalid("X-Goog-Date is not a date."))
}

/// `DATE/LOCATION/storage/goog4_request`
fn check_scope(scope: &str, date: &str) -> Result<(), Refusal> {
    let parts: Vec<_> = scope.split('/').collect();
    match parts.as_slice() {
        [day, location, "storage", "goog4_request"] if !location.is_empty() && date.split('T').next() == Some(day) => {
            Ok(())
        }
        _ => Err(Refusal::invalid(format!("The credential scope {scope:?} is not valid."))),
    }
}

/// The host must be signed, and every header of Google's that is sent.
fn check_headers(names: &[&str], headers: &HeaderMap) -> Result<(), Refusal> {
    if !names.is_sorted() || !names.contains(&"host") {
        return Err(Refusal::invalid("X-Goog-SignedHeaders must be sorted and hold host."));
    }
    let mut sent = headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-goog-"));
    match sent.find(|name| !names.contains(name)) {
        Some(unsigned) => Err(mismatch(&format!("The header {unsigned} was sent and not signed."))),
        None => Ok(()),
    }
}

fn canonical_headers(names: &[&str], headers: &HeaderMap) -> String {
    let one = |name: &&str| {
        let values = headers.get_all(*name).iter().map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            value.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        format!("{name}:{}\n", values.collect::<Vec<_>>().join(","))
    };
    names.iter().map(one).collect()
}

/// What was sent must be in the one documented form, else it is not what was signed.
fn canonical_path(path: &str) -> Result<String, Refusal> {
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| Refusal::invalid("The name is not UTF-8."))?;
    let canonical = utf8_percent_encode(&decoded, PATH).to_string();
    if canonical == path { Ok(canonical) } else { Err(mismatch(&format!("{path} should have been {canonical}"))) }
}

struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str) -> Result<Self, Refusal> {
        let decode = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map(String::from).map_err(|_| Refusal::invalid("The query is not UTF-8."))
        };
        let fields = query.split('&').filter(|field| !field.is_empty()).map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Self(fields.collect::<Result<_, Refusal>>()?))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Sorted by what they look like on the wire, without the signature.
    fn canonical(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let signed = self.0.iter().filter(|(name, _)| name != "X-Goog-Signature");
        let mut fields: Vec<_> = signed.map(|(name, value)| (encode(name), encode(value))).collect();
        fields.sort();
        fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_sorted_and_encoded_without_its_signature() {
        let query = Query::parse("b=2&X-Goog-Signature=00&a=%2F+x&a=1").unwrap();
        assert_eq!(query.canonical(), "a=%2F%2Bx&a=1&b=2");
    }

    #[test]
    fn a_path_in_another_form_is_not_what_was_signed() {
        assert_eq!(canonical_path("/b//a/..%2F%20%C3%A4").map_err(|r| r.status), Err(403));
        assert_eq!(canonical_path("/b//a/../%20%C3%A4").unwrap(), "/b//a/../%20%C3%A4");
        assert!(canonical_path("/b/%ff").is_err());
    }

    #[test]
    fn headers_of_google_that_are_sent_must_be_signed() {
        let mut headers = HeaderMap::new();
        headers.insert("host", "h".parse().unwrap());
        assert!(check_headers(&["host"], &headers).is_ok());
        headers.insert("x-goog-if-generation-match", "0".parse().unwrap());
        assert_eq!(check_headers(&["host"], &headers).unwrap_err().status, 403);
        assert!(check_headers(&["host", "x-goog-if-generation-match"], &headers).is_ok());
        assert!(check_headers(&["x-goog-if-generation-match"], &headers).is_err());
    }

    #[test]
    fn a_url_ends_with_its_time_and_does_not_begin_much_earlier() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(check_time(at(1059), at(1000), 60).is_ok());
        assert_eq!(check_time(at(1060), at(1000), 60).unwrap_err().status, 400);
        assert_eq!(check_time(at(99), at(1000), 60).unwrap_err().status, 403);
    }

    #[test]
    fn the_scope_is_of_the_day() {
        assert!(check_scope("20260102/auto/storage/goog4_request", "20260102T000000Z").is_ok());
        assert!(check_scope("20260103/auto/storage/goog4_request", "20260102T000000Z").is_err());
        assert!(check_scope("20260102/auto/s3/goog4_request", "20260102T000000Z").is_err());
    }
}
