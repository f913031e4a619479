//! Requests that Microsoft's own client signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::owned;
use crate::Signed;
use crate::shared_key::{SharedKey, SharedKeyRequest};

#[derive(Deserialize)]
struct Published {
    account: String,
    account_key: String,
    date: Timestamp,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    length: Option<u64>,
    authorization: String,
}

#[test]
fn requests_of_the_python_client_match() {
    let published: Published = serde_json::from_str(include_str!("fixtures/shared_key.json")).unwrap();
    let key = SharedKey::new(&published.account, &STANDARD.decode(&published.account_key).unwrap());
    assert_eq!(published.cases.len(), 8);
    for case in &published.cases {
        let signed = key.sign(&SharedKeyRequest {
            method: &case.method,
            path: &case.path,
            query: &case.query,
            headers: &case.headers,
            length: case.length.unwrap_or_default(),
            at: published.date,
        });
        assert_eq!(header(&signed, "authorization"), [case.authorization.as_str()], "{} {}", case.method, case.path);
        assert_eq!(header(&signed, "x-ms-date"), ["Mon, 23 Nov 2026 08:00:00 GMT"]);
    }
}

fn header<'a>(signed: &'a Signed, name: &str) -> Vec<&'a str> {
    signed
        .headers
        .iter()
        .filter(|(given, _)| given.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect()
}

fn sign(path: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Signed {
    SharedKey::new("myaccount", b"key").sign(&SharedKeyRequest {
        method: "GET",
        path,
        query: &owned(query),
        headers: &owned(headers),
        length: 0,
        at: Timestamp::UNIX_EPOCH,
    })
}

fn authorization(signed: &Signed) -> String {
    header(signed, "authorization").concat()
}

#[test]
fn own_headers_are_replaced_and_the_rest_is_sent_as_given() {
    let given = [("Authorization", "x"), ("X-Ms-Date", "x"), ("Date", "x"), ("Content-Length", "9"), ("Range", " a ")];
    let signed = sign("/c", &[], &given);
    let names: Vec<_> = signed.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Range", "x-ms-date", "authorization"]);
    assert_eq!(header(&signed, "Range"), [" a "]);
    assert_eq!(authorization(&signed), authorization(&sign("/c", &[], &[("range", "a")])));
    assert_ne!(authorization(&signed), authorization(&sign("/c", &[], &[("range", "b")])));
}

#[test]
fn query_is_sent_encoded_and_signed_in_any_order_and_case_of_names() {
    let signed = sign("/c/a%20b", &[("prefix", "a b"), ("Comp", "list"), ("include", "b"), ("include", "a")], &[]);
    assert_eq!(signed.path_and_query, "/c/a%20b?Comp=list&include=a&include=b&prefix=a%20b");
    let other = sign("/c/a%20b", &[("include", "a,b"), ("comp", "list"), ("prefix", "a b")], &[]);
    assert_eq!(authorization(&signed), authorization(&other));
    assert_ne!(authorization(&signed), authorization(&sign("/c/a%20b", &[], &[])));
    assert_eq!(sign("/c", &[], &[]).path_and_query, "/c");
}
