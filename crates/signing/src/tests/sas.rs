//! Signatures that Microsoft's own client made, and URLs read back as the store reads them.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use super::url::{Got, awkward};
use crate::Endpoint;
use crate::sas::{
    BlobService, DelegationKey, Overrides, Permissions, Presigner, Protocol, SasAsk, SasError, SasKey, Scope, VERSION,
    token,
};

#[derive(Deserialize)]
struct Published {
    account: String,
    container: String,
    account_key: String,
    delegation_key: Answer,
    cases: Vec<Case>,
}

/// The answer of "Get User Delegation Key".
#[derive(Deserialize)]
struct Answer {
    signed_oid: String,
    signed_tid: String,
    signed_start: String,
    signed_expiry: String,
    signed_service: String,
    signed_version: String,
    value: String,
}

#[derive(Deserialize)]
struct Case {
    kind: String,
    name: String,
    permissions: String,
    start: Option<Timestamp>,
    expires: Timestamp,
    protocol: String,
    delegated: bool,
    correlation_id: Option<String>,
    overrides: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

#[test]
fn signatures_of_the_python_client_match() {
    let published: Published = serde_json::from_str(include_str!("fixtures/sas.json")).unwrap();
    let (account_key, answer) = (STANDARD.decode(&published.account_key).unwrap(), &published.delegation_key);
    let value = STANDARD.decode(&answer.value).unwrap();
    let endpoint = Endpoint::parse("https://myaccount.blob.core.windows.net", false).unwrap();
    assert_eq!(published.cases.len(), 28);
    for case in &published.cases {
        let header = |name: &str| case.overrides.get(name).map(String::as_str);
        let delegated = SasKey::Delegated {
            key: DelegationKey {
                object_id: &answer.signed_oid,
                tenant_id: &answer.signed_tid,
                start: &answer.signed_start,
                expiry: &answer.signed_expiry,
                service: &answer.signed_service,
                version: &answer.signed_version,
                value: &value,
            },
            correlation_id: case.correlation_id.as_deref(),
        };
        let ask = SasAsk {
            key: if case.delegated { delegated } else { SasKey::Account(&account_key) },
            service: BlobService { account: &published.account, endpoint: &endpoint },
            container: &published.container,
            permissions: &Permissions::parse(&case.permissions).unwrap(),
            protocol: if case.protocol == "https" { Protocol::Https } else { Protocol::HttpsAndHttp },
            start: case.start,
            expires: case.expires,
            overrides: Overrides {
                cache_control: header("cache_control"),
                content_disposition: header("content_disposition"),
                content_encoding: header("content_encoding"),
                content_language: header("content_language"),
                content_type: header("content_type"),
            },
        };
        let url = match case.kind.as_str() {
            "blob" => sign(&ask, &case.name).unwrap(),
            "container" => format!("https://h/?{}", token(&ask, Scope::Container).unwrap()),
            _ => format!("https://h/?{}", token(&ask, Scope::Directory(&case.name)).unwrap()),
        };
        let got = Got::read(&url);
        assert_eq!(got.query.len(), case.parameters.len(), "{}: {url}", case.name);
        for (name, value) in &case.parameters {
            assert_eq!(&got.parameter(name), value, "{name} of {} {}", case.kind, case.name);
        }
    }
}

fn sign(ask: &SasAsk<'_>, key: &str) -> Result<String, SasError> {
    let mut url = String::new();
    Presigner::new(ask)?.sign_into(key, &mut url)?;
    Ok(url)
}

const KEY: DelegationKey<'static> = DelegationKey {
    object_id: "11111111-2222-3333-4444-555555555555",
    tenant_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    start: "2026-11-22T00:00:00Z",
    expiry: "2026-11-29T00:00:00Z",
    service: "b",
    version: VERSION,
    value: &[7; 32],
};

/// A batch of the delegation key, changed as a test wants it.
fn ask<T>(change: impl FnOnce(&mut SasAsk<'_>), then: impl FnOnce(&SasAsk<'_>) -> T) -> T {
    let endpoint = Endpoint::parse("https://myaccount.blob.core.windows.net", false).unwrap();
    let mut ask = SasAsk {
        key: SasKey::Delegated { key: KEY, correlation_id: None },
        service: BlobService { account: "myaccount", endpoint: &endpoint },
        container: "music",
        permissions: &Permissions::parse("r").unwrap(),
        protocol: Protocol::Https,
        start: None,
        expires: "2026-11-23T08:00:00.9Z".parse().unwrap(),
        overrides: Overrides::default(),
    };
    change(&mut ask);
    then(&ask)
}

#[test]
fn account_is_in_the_host_or_in_the_path_and_signed_alike() {
    let host = ask(|_| (), |ask| sign(ask, "a b")).unwrap();
    assert!(host.starts_with("https://myaccount.blob.core.windows.net/music/a%20b?sv=2022-11-02&"), "{host}");
    assert!(host.contains("&se=2026-11-23T08%3A00%3A00Z&"), "parts of a second are dropped: {host}");
    let emulator = Endpoint::parse("https://127.0.0.1:10000", true).unwrap();
    let service = BlobService { account: "myaccount", endpoint: &emulator };
    let path = ask(|_| (), |ask| sign(&SasAsk { service, ..*ask }, "a b")).unwrap();
    assert!(path.starts_with("https://127.0.0.1:10000/myaccount/music/a%20b?"), "{path}");
    assert_eq!(Got::read(&path).query, Got::read(&host).query);
}

#[test]
fn text_with_a_line_break_or_a_backslash_is_refused_before_anything_is_written() {
    let key = "x\n11111111-2222-3333-4444-555555555555";
    let named = |what| Err(SasError::LineBreak { what });
    assert_eq!(ask(|_| (), |ask| sign(ask, key)), named("the name of the object"));
    assert_eq!(Presigner::check("a\rb"), Err(SasError::LineBreak { what: "the name of the object" }));
    assert_eq!(Presigner::check("a\\b"), Err(SasError::Backslash { what: "the name of the object" }));
    let mut out = "before".to_owned();
    assert!(ask(|_| (), |ask| Presigner::new(ask).unwrap().sign_into("a\nb", &mut out)).is_err());
    assert_eq!(out, "before");
    assert_eq!(ask(|ask| ask.container = "a\nb", |ask| sign(ask, "k")), named("the container"));
    assert_eq!(ask(|ask| ask.service.account = "a\nb", |ask| sign(ask, "k")), named("the account"));
    let header = |ask: &mut SasAsk<'_>| ask.overrides.content_type = Some("a\nb");
    assert_eq!(ask(header, |ask| sign(ask, "k")), named("a header of the answer"));
    let id = |ask: &mut SasAsk<'_>| ask.key = SasKey::Delegated { key: KEY, correlation_id: Some("a\nb") };
    assert_eq!(ask(id, |ask| sign(ask, "k")), named("the delegation key"));
}

#[test]
fn times_outside_the_life_of_the_delegation_key_are_refused() {
    let times = |start: Option<&str>, expires: &str| {
        let (start, expires) = (start.map(|start| start.parse().unwrap()), expires.parse().unwrap());
        ask(
            |ask| {
                ask.start = start;
                ask.expires = expires;
            },
            |ask| sign(ask, "k").map(drop),
        )
    };
    assert_eq!(times(Some("2026-11-22T00:00:00Z"), "2026-11-29T00:00:00Z"), Ok(()));
    assert_eq!(times(None, "2026-11-29T00:00:01Z"), Err(SasError::Times));
    assert_eq!(times(None, "2026-11-21T00:00:00Z"), Err(SasError::Times));
    assert_eq!(times(Some("2026-11-21T23:59:59Z"), "2026-11-23T00:00:00Z"), Err(SasError::Times));
    assert_eq!(times(Some("2026-11-23T00:00:00Z"), "2026-11-23T00:00:00Z"), Err(SasError::Times));
    let unreadable = DelegationKey { expiry: "soon", ..KEY };
    let change = |ask: &mut SasAsk<'_>| ask.key = SasKey::Delegated { key: unreadable, correlation_id: None };
    assert_eq!(ask(change, |ask| sign(ask, "k")), Err(SasError::Times));
}

/// What the store does: rebuilds the lines from what it got, and compares.
fn is_accepted(secret: &[u8], got: &Got) -> bool {
    let value = |name: &str| got.parameter(name);
    let resource = format!("/blob/myaccount{}", got.name());
    let delegated = ["skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid"].map(value);
    let signer = if value("skoid").is_empty() { value("si") } else { delegated.join("\n") };
    let rest = ["sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct"].map(value);
    let lines = [value("sp"), value("st"), value("se"), resource, signer, rest.join("\n")].join("\n");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, lines.as_bytes(), &STANDARD.decode(value("sig")).unwrap()).is_ok()
}

proptest! {
    #[test]
    fn every_key_survives_and_its_url_is_accepted(
        names in prop::collection::vec(awkward(), 1..6),
        secret in prop::collection::vec(any::<u8>(), 0..100),
        delegated: bool,
        correlation_id in prop::option::of("[0-9a-f-]{36}"),
        disposition in prop::option::of("[ -~é]{0,40}"),
        started: bool,
    ) {
        let names: Vec<_> = names.iter().filter(|name| Presigner::check(name).is_ok()).collect();
        ask(
            |_| (),
            |base| {
                let batch = SasAsk {
                    key: if delegated {
                        SasKey::Delegated {
                            key: DelegationKey { value: &secret, ..KEY },
                            correlation_id: correlation_id.as_deref(),
                        }
                    } else {
                        SasKey::Account(&secret)
                    },
                    start: started.then(|| "2026-11-23T07:00:00Z".parse().unwrap()),
                    overrides: Overrides { content_disposition: disposition.as_deref(), ..Overrides::default() },
                    ..*base
                };
                let presigner = Presigner::new(&batch).unwrap();
                for name in &names {
                    let mut url = String::new();
                    presigner.sign_into(name, &mut url).unwrap();
                    let got = Got::read(&url);
                    prop_assert_eq!(got.name(), format!("/music/{name}"));
                    prop_assert!(is_accepted(&secret, &got));
                    prop_assert_eq!(sign(&batch, name), Ok(url));
                }
                Ok(())
            },
        )?;
    }
}

#[test]
fn url_that_was_changed_is_not_accepted() {
    let url = ask(|_| (), |ask| sign(ask, "photo.jpg")).unwrap();
    assert!(is_accepted(KEY.value, &Got::read(&url)));
    for (from, to) in [("photo", "phot0"), ("sp=r", "sp=rw"), ("08%3A00", "09%3A00"), ("spr=https", "spr=https%2Chttp")]
    {
        assert!(url.contains(from) && !is_accepted(KEY.value, &Got::read(&url.replace(from, to))), "{from}");
    }
}
