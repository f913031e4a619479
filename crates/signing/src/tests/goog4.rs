//! Google's own conformance tests, and URLs read back as the store reads them.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use super::url::{Got, awkward};
use super::{owned, rsa};
use crate::Endpoint;
use crate::goog4::{PresignAsk, Presigner, RsaKey};

#[derive(Deserialize)]
struct Published {
    email: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    description: String,
    method: String,
    bucket: String,
    object: String,
    virtual_hosted: bool,
    timestamp: Timestamp,
    expiration: u64,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    string_to_sign: String,
    signature: String,
    url: String,
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn published_conformance_cases_match() {
    let published: Published = serde_json::from_str(include_str!("fixtures/goog4.json")).unwrap();
    assert_eq!(published.cases.len(), 16);
    for case in published.cases {
        let presigner = Presigner::new(&PresignAsk {
            email: &published.email,
            endpoint: &Endpoint::parse("https://storage.googleapis.com", !case.virtual_hosted).unwrap(),
            bucket: &case.bucket,
            method: &case.method,
            at: case.timestamp,
            expires: Duration::from_secs(case.expiration),
            headers: &case.headers,
            query: &case.query,
        })
        .unwrap();
        assert_eq!(presigner.string_to_sign(&case.object), case.string_to_sign, "{}", case.description);
        let mut url = String::new();
        presigner.finish_into(&case.object, &hex(&case.signature), &mut url);
        assert_eq!(url, case.url, "{}", case.description);
    }
}

const EMAIL: &str = "robot@project.iam.gserviceaccount.com";

fn presigner(origin: &str) -> Presigner {
    Presigner::new(&PresignAsk {
        email: EMAIL,
        endpoint: &Endpoint::parse(origin, true).unwrap(),
        bucket: "my_bucket",
        method: "PUT",
        at: "2026-11-23T08:00:00Z".parse().unwrap(),
        expires: Duration::from_secs(900),
        headers: &owned(&[("Content-Type", "image/jpeg"), ("X-Goog-If-Generation-Match", "0")]),
        query: &owned(&[("response-content-type", "text/plain; charset=utf-8")]),
    })
    .unwrap()
}

/// What the store does: rebuilds the canonical request from what it got, and verifies.
fn is_accepted(key: &RsaKey, got: &Got) -> bool {
    let host = got.origin.split_once("://").unwrap().1;
    let (signed, signature) = got.query.split_at(got.query.len() - 1);
    let mut query = signed.to_vec();
    query.sort();
    assert_eq!(query, signed, "sent in canonical order");
    let names = got.parameter("X-Goog-SignedHeaders");
    let request = format!(
        "PUT\n{}\n{}\ncontent-type:image/jpeg\nhost:{host}\nx-goog-if-generation-match:0\n\n{names}\nUNSIGNED-PAYLOAD",
        got.path,
        query.join("&"),
    );
    let digest: String =
        digest(&SHA256, request.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let credential = got.parameter("X-Goog-Credential");
    let scope = credential.strip_prefix(EMAIL).unwrap().strip_prefix('/').unwrap();
    let to_sign = format!("GOOG4-RSA-SHA256\n{}\n{scope}\n{digest}", got.parameter("X-Goog-Date"));
    rsa::verify(key, to_sign.as_bytes(), &hex(signature[0].strip_prefix("X-Goog-Signature=").unwrap()))
}

#[test]
fn url_of_a_custom_endpoint_is_accepted_and_a_changed_one_is_not() {
    let key = rsa::key();
    for origin in ["https://storage.googleapis.com", "http://127.0.0.1:14443", "https://gcs.example.com:8443"] {
        let mut url = String::new();
        presigner(origin).sign_into(&key, "a b.jpg", &mut url).unwrap();
        assert!(url.starts_with(&format!("{origin}/my_bucket/a%20b.jpg?X-Goog-Algorithm=GOOG4-RSA-SHA256&")), "{url}");
        assert!(is_accepted(&key, &Got::read(&url)));
        assert!(!is_accepted(&key, &Got::read(&url.replace("a%20b", "a%20c"))));
        assert!(!is_accepted(&key, &Got::read(&url.replace("Expires=900", "Expires=901"))));
    }
}

#[test]
fn batch_that_threads_share_equals_urls_made_alone() {
    let (key, shared) = (rsa::key(), presigner("https://storage.googleapis.com"));
    let keys: Vec<String> = (0..40).map(|at| format!("{}/é {at}%", "deep/".repeat(at))).collect();
    let (shared, key) = (&shared, &key);
    let together: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = keys
            .chunks(7)
            .map(|part| {
                scope.spawn(move || {
                    let url = |name: &String| {
                        let mut url = String::new();
                        shared.sign_into(key, name, &mut url).unwrap();
                        url
                    };
                    part.iter().map(url).collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    for (name, url) in keys.iter().zip(together) {
        let mut alone = String::new();
        presigner("https://storage.googleapis.com").sign_into(key, name, &mut alone).unwrap();
        assert_eq!(url, alone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_key_survives_and_its_url_is_accepted(names in prop::collection::vec(awkward(), 1..4)) {
        let (key, presigner) = (rsa::key(), presigner("https://storage.googleapis.com"));
        for name in &names {
            let mut url = "before".to_owned();
            presigner.sign_into(&key, name, &mut url).unwrap();
            let got = Got::read(url.strip_prefix("before").unwrap());
            prop_assert_eq!(got.name(), format!("/my_bucket/{name}"));
            prop_assert!(is_accepted(&key, &got));

            let signature = key.sign(presigner.string_to_sign(name).as_bytes()).unwrap();
            let mut finished = "before".to_owned();
            presigner.finish_into(name, &signature, &mut finished);
            prop_assert_eq!(finished, url);
        }
    }
}
