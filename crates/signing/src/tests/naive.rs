//! The batch signer against the specification written down as plainly as possible.

use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{Endpoint, Keys, Payload, PresignAsk, Presigner, Request, sign_request};

type Pairs = Vec<(String, String)>;

fn encode(raw: &str, keep_slash: bool) -> String {
    raw.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            b'/' if keep_slash => "/".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn canonical_query(pairs: &Pairs) -> String {
    let mut encoded: Pairs = pairs.iter().map(|(n, v)| (encode(n, false), encode(v, false))).collect();
    encoded.sort();
    encoded.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
}

/// Lower-case names in order, each with its values in the order given.
fn canonical_headers(pairs: &Pairs) -> (String, String) {
    let mut names: Vec<String> = pairs.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    let mut lines = String::new();
    for name in &names {
        let values: Vec<String> = pairs
            .iter()
            .filter(|(given, _)| given.to_lowercase() == *name)
            .map(|(_, value)| value.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
            .collect();
        lines += &format!("{name}:{}\n", values.join(","));
    }
    (lines, names.join(";"))
}

fn signature(secret: &[u8], date: &str, region: &str, service: &str, request: &str) -> String {
    let day = &date[..8];
    let digest = hex(digest::digest(&digest::SHA256, request.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/aws4_request\n{digest}");
    let day_key = mac(&[b"AWS4", secret].concat(), day);
    let key = mac(&mac(&mac(&day_key, region), service), "aws4_request");
    hex(&mac(&key, &to_sign))
}

#[derive(Debug, Clone)]
struct Case {
    keys: Vec<String>,
    secret: Vec<u8>,
    token: Option<String>,
    path_style: bool,
    headers: Pairs,
    query: Pairs,
    second: i64,
    expires: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let awkward = prop_oneof![
        any::<String>(),
        "[a-z/.% ]{0,40}",
        prop::sample::select(vec!["/lead", "//two", " blank ", "a%2Fb", "a/../b", ".", "", "é*?#"])
            .prop_map(str::to_owned),
    ];
    let header = ("x-[a-cA-C-]{1,3}", "[ -~\té]{0,20}");
    let parameter = ("[a-zA-Z-]{1,6}|[a-zé&= ]{1,4}", any::<String>());
    (
        prop::collection::vec(awkward, 1..6),
        prop::collection::vec(any::<u8>(), 1..100),
        prop::option::of("[!-~]{1,1200}"),
        any::<bool>(),
        prop::collection::vec(header, 0..5),
        prop::collection::vec(parameter, 0..5),
        0_i64..4_000_000_000,
        1_u64..=604_800,
    )
        .prop_map(|(keys, secret, token, path_style, headers, query, second, expires)| Case {
            keys,
            secret,
            token,
            path_style,
            headers,
            query,
            second,
            expires,
        })
}

/// The signed URL of one key, everything computed from the beginning.
fn presign(case: &Case, key: &str) -> String {
    let date = Timestamp::from_second(case.second).unwrap().strftime("%Y%m%dT%H%M%SZ").to_string();
    let (host, path) = match case.path_style {
        true => ("s3.example.com:8443", format!("/my.bucket/{}", encode(key, true))),
        false => ("my.bucket.s3.example.com:8443", format!("/{}", encode(key, true))),
    };
    let mut headers = case.headers.clone();
    headers.push(("host".to_owned(), host.to_owned()));
    let (lines, names) = canonical_headers(&headers);
    let mut query = case.query.clone();
    let mut own = |name: &str, value: &str| query.push((name.to_owned(), value.to_owned()));
    own("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    own("X-Amz-Credential", &format!("AK+ID/{}/eu-central-1/s3/aws4_request", &date[..8]));
    own("X-Amz-Date", &date);
    own("X-Amz-Expires", &case.expires.to_string());
    own("X-Amz-SignedHeaders", &names);
    if let Some(token) = &case.token {
        own("X-Amz-Security-Token", token);
    }
    let query = canonical_query(&query);
    let request = format!("PUT\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD");
    let signature = signature(&case.secret, &date, "eu-central-1", "s3", &request);
    format!("https://{host}{path}?{query}&X-Amz-Signature={signature}")
}

proptest! {
    #[test]
    fn batch_signer_equals_the_naive_one(case in case()) {
        let mut presigner = Presigner::new(&PresignAsk {
            keys: Keys {
                access_key_id: "AK+ID",
                secret_access_key: &case.secret,
                session_token: case.token.as_deref(),
            },
            endpoint: &Endpoint::parse("https://s3.example.com:8443", case.path_style).unwrap(),
            bucket: "my.bucket",
            region: "eu-central-1",
            method: "PUT",
            at: Timestamp::from_second(case.second).unwrap(),
            expires: Duration::from_secs(case.expires),
            headers: &case.headers,
            query: &case.query,
        })
        .unwrap();
        let mut batch = String::new();
        let mut expected = String::new();
        for key in &case.keys {
            presigner.sign_into(key, &mut batch);
            expected += &presign(&case, key);
        }
        prop_assert_eq!(batch, expected);
    }

    #[test]
    fn signed_request_equals_the_naive_one(case in case(), body in prop::collection::vec(any::<u8>(), 0..50), sts: bool) {
        let service = if sts { "sts" } else { "s3" };
        let path = format!("/{}", encode(&case.keys[0], true));
        let signed = sign_request(
            &Keys { access_key_id: "AKID", secret_access_key: &case.secret, session_token: case.token.as_deref() },
            &Request {
                method: "POST",
                host: "h.example",
                path: &path,
                query: &case.query,
                headers: &case.headers,
                payload: Payload::Bytes(&body),
                service,
                region: "r",
                at: Timestamp::from_second(case.second).unwrap(),
            },
        );
        let date = Timestamp::from_second(case.second).unwrap().strftime("%Y%m%dT%H%M%SZ").to_string();
        let digest = hex(digest::digest(&digest::SHA256, &body).as_ref());
        let mut headers = case.headers.clone();
        let mut own = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        own("x-amz-date", &date);
        if !sts {
            own("x-amz-content-sha256", &digest);
        }
        if let Some(token) = &case.token {
            own("x-amz-security-token", token);
        }
        let sent = headers.clone();
        headers.push(("host".to_owned(), "h.example".to_owned()));
        let (lines, names) = canonical_headers(&headers);
        let canonical_path = if sts { encode(&path, true) } else { path.clone() };
        let query = canonical_query(&case.query);
        let request = format!("POST\n{canonical_path}\n{query}\n{lines}\n{names}\n{digest}");
        let signature = signature(&case.secret, &date, "r", service, &request);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/{}/r/{service}/aws4_request, SignedHeaders={names}, Signature={signature}",
            &date[..8]
        );
        prop_assert_eq!(&signed.headers[..sent.len()], &sent[..]);
        prop_assert_eq!(&signed.headers[sent.len()..], &[("authorization".to_owned(), authorization)]);
        let expected = if query.is_empty() { path } else { format!("{path}?{query}") };
        prop_assert_eq!(signed.path_and_query, expected);
    }
}
