//! What is refused, and what is signed, before anything is asked of Azure. Nothing here may reach the network.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::integration::ExternalId;
use domain::proof::CheckName;
use domain::provider::{
    BaseIdentity, BoundBy, ConnectAsk, Connection, Credential, ExternalIdSent, IdentityTokens, IssuedSubject,
    NarrowedBy, ProviderErrorKind as Kind, RemedyAsk, Session, SessionAsk, SessionTags, SignAsk, Whose,
};
use domain::scope::{Access, Scope, Verb};
use domain::secret::SecretBytes;
use domain::{ErrorKind, Result};
use jiff::SignedDuration;

use crate::{Deps, Registry, registry};

const ACCOUNT: (&str, &str) = ("account", "acmepictures");
const TENANT: (&str, &str) = ("tenant_id", "11111111-2222-3333-4444-555555555555");
const CLIENT: (&str, &str) = ("client_id", "aaaaaaaa-1111-2222-3333-444444444444");
const SECRET: (&str, &str) = ("client_secret", "app8Q~secret.value_1");
const KEY: (&str, &str) =
    ("account_key", "dGlkZWdhdGUtdGVzdC1hY2NvdW50LW9uZS1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQ==");

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn methods() -> Registry {
    let transport = net::Transport::new(net::EgressConfig::default()).unwrap();
    registry(Deps::bare(transport, Arc::new(SystemClock)).unwrap())
}

fn ask(settings: Pairs<'_>, secrets: Pairs<'_>) -> ConnectAsk {
    ConnectAsk {
        project: "acme".to_owned(),
        external_id: ExternalId::restored("tidegate-1".to_owned()),
        identity: None,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), SecretBytes::from(*value))).collect(),
    }
}

fn pointers(method: &str, settings: Pairs<'_>, secrets: Pairs<'_>) -> Vec<String> {
    let errors = methods().get(method).unwrap().check(&ask(settings, secrets));
    errors.into_iter().map(|error| error.pointer).collect()
}

fn connect(method: &str, settings: Pairs<'_>, secrets: Pairs<'_>) -> Arc<dyn Connection> {
    methods().get(method).unwrap().connect(ask(settings, secrets)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn with_key(settings: Pairs<'_>) -> Arc<dyn Connection> {
    connect("azure-account-key", &[&[ACCOUNT], settings].concat(), &[KEY])
}

fn sas(end: &str) -> String {
    format!("sv=2022-11-02&spr=https&se={end}&sr=c&sp=rl&sig=YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU%3D")
}

fn session_ask(prefix: Option<&str>) -> SessionAsk {
    SessionAsk {
        scope: prefix.map(|prefix| Scope {
            bucket: "data".parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            access: Access::Read,
            kms_key_arn: None,
        }),
        tags: SessionTags::default(),
        ttl: Duration::from_hours(1),
        external_id: ExternalIdSent::Right,
    }
}

fn sign_ask(verb: Verb) -> SignAsk {
    SignAsk {
        bucket: "data".parse().unwrap(),
        region: None,
        verb,
        now: "2026-11-22T18:44:25Z".parse().unwrap(),
        ttl: Duration::from_secs(60),
        headers: Vec::new(),
        response: Vec::new(),
        internal: false,
    }
}

async fn url(session: &Arc<dyn Session>, ask: &SignAsk, key: &str) -> String {
    let mut url = String::new();
    let mut signer = session.signer(ask).unwrap();
    signer.prepare(&[key]).await.unwrap();
    signer.sign_into(key, &mut url);
    url
}

struct Issuer(IssuedSubject);

#[async_trait::async_trait]
impl IdentityTokens for Issuer {
    fn subject(&self) -> &IssuedSubject {
        &self.0
    }

    async fn token(&self, _whose: Whose, _audience: &str) -> Result<SecretBytes> {
        Ok(SecretBytes::from("token"))
    }
}

fn issuer() -> Arc<dyn IdentityTokens> {
    Arc::new(Issuer(IssuedSubject {
        issuer: "https://tidegate.example.com".to_owned(),
        project: "project:tidegate-1".to_owned(),
        integration: Some("project:tidegate-1:integration:pictures".to_owned()),
    }))
}

#[test]
fn settings_that_are_none_are_pointed_at() {
    for (bad, pointer) in [
        (("account", "https://acmepictures.blob.core.windows.net"), "/settings/account"),
        (("account", "Acme"), "/settings/account"),
        (("tenant_id", "common"), "/settings/tenant_id"),
        (("tenant_id", "acme.onmicrosoft.com"), "/settings/tenant_id"),
        (("client_id", "tidegate"), "/settings/client_id"),
        (("cloud", "germany"), "/settings/cloud"),
        (("hierarchical", "yes"), "/settings/hierarchical"),
        (("endpoint", "https://evil.example"), "/settings/endpoint"),
    ] {
        let settings: Vec<_> =
            [ACCOUNT, TENANT, CLIENT].into_iter().filter(|(name, _)| *name != bad.0).chain([bad]).collect();
        assert_eq!(pointers("azure-client-secret", &settings, &[SECRET]), [pointer], "{bad:?}");
    }
    for bad in ["https://h/other", "https://u:p@h", "h", "https://h?x"] {
        assert_eq!(
            pointers("azure-account-key", &[ACCOUNT, ("endpoint", bad)], &[KEY]),
            ["/settings/endpoint"],
            "{bad}"
        );
    }
}

#[test]
fn secrets_of_another_kind_are_recognised_and_never_repeated() {
    let good = sas("2999-01-01T00%3A00%3A00Z");
    let application = [ACCOUNT, TENANT, CLIENT];
    for (method, settings, field, value) in [
        ("azure-account-key", &[ACCOUNT][..], "account_key", good.as_str()),
        ("azure-account-key", &[ACCOUNT], "account_key", "AccountName=acme;AccountKey=hunter2"),
        ("azure-sas", &[ACCOUNT], "sas_token", KEY.1),
        ("azure-sas", &[ACCOUNT], "sas_token", "https://acmepictures.blob.core.windows.net/data?sig=hunter2"),
        ("azure-sas", &[ACCOUNT], "sas_token", &sas("2020-01-01T00%3A00%3A00Z")),
        ("azure-client-secret", &application, "client_secret", CLIENT.1),
        ("azure-client-secret", &application, "client_secret", KEY.1),
    ] {
        let found = methods().get(method).unwrap().check(&ask(settings, &[(field, value)]));
        assert_eq!(found.len(), 1, "{method}: {found:?}");
        assert_eq!(found[0].pointer, format!("/secrets/{field}"));
        assert!(!format!("{found:?}").contains("hunter2") && !format!("{found:?}").contains(value));
    }
    assert!(pointers("azure-sas", &[ACCOUNT], &[("sas_token", &good)]).is_empty());
}

#[tokio::test]
async fn a_signature_that_ended_after_it_was_given_says_so_when_it_is_used() {
    let connection = connect("azure-sas", &[ACCOUNT], &[("sas_token", &sas("2020-01-01T00%3A00%3A00Z"))]);
    let error = connection.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::ExpiredCredentials);
    assert!(error.hint.unwrap().contains("rotate"));
}

#[test]
fn each_cloud_has_hosts_of_its_own() {
    for (cloud, url) in [
        ("public", "https://acmepictures.blob.core.windows.net"),
        ("government", "https://acmepictures.blob.core.usgovcloudapi.net"),
        ("china", "https://acmepictures.blob.core.chinacloudapi.cn"),
    ] {
        assert_eq!(with_key(&[("cloud", cloud)]).facts().endpoint, url);
    }
}

#[test]
fn what_stands_behind_a_connection_is_said() {
    let secret = connect("azure-client-secret", &[ACCOUNT, TENANT, CLIENT], &[SECRET]);
    assert_eq!((secret.facts().base, secret.facts().bound_by), (BaseIdentity::Stored, BoundBy::Nothing));
    assert_eq!(secret.facts().narrowed_by, NarrowedBy::Sas);
    let federated = ConnectAsk { identity: Some(issuer()), ..ask(&[ACCOUNT, TENANT, CLIENT], &[]) };
    let federated = methods().get("azure-federated").unwrap().connect(federated).unwrap();
    assert_eq!((federated.facts().base, federated.facts().bound_by), (BaseIdentity::Own, BoundBy::Subject));
    assert!(federated.facts().assumes_role);
    assert_eq!(federated.facts().put_headers, [("x-ms-blob-type".to_owned(), "BlockBlob".to_owned())]);
    assert!(federated.facts().max_url < Duration::from_hours(7 * 24), "a key of any age must cover it");
}

#[test]
fn without_an_issuer_or_its_ids_a_federated_integration_is_checked_but_not_connected() {
    let method = methods().get("azure-federated").unwrap();
    assert!(method.check(&ask(&[ACCOUNT], &[])).is_empty());
    let unnamed = ConnectAsk { identity: Some(issuer()), ..ask(&[ACCOUNT], &[]) };
    assert_eq!(method.connect(unnamed).err().unwrap().kind(), ErrorKind::Invalid);
    let error = method.connect(ask(&[ACCOUNT, TENANT, CLIENT], &[])).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.hint().unwrap().contains("public_url"));
}

#[tokio::test]
async fn a_flat_account_promises_nothing_between_a_container_and_an_object() {
    let flat = with_key(&[]);
    let error = flat.open_session(&session_ask(Some("team"))).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.message.contains("whole container 'data'") && error.hint.unwrap().contains("gateway key"));
    let whole = flat.open_session(&session_ask(Some(""))).await.unwrap();
    let Credential::Azure(credential) = whole.credential().unwrap() else { panic!("not for Azure") };
    let token = credential.sas_token.expose_str().unwrap();
    assert!(
        token.contains("&sr=c&") && token.contains("&sp=rl&") && token.contains("&spr=https&")
            || token.contains("spr=https&"),
        "{token}"
    );
    assert_eq!(
        (credential.container.as_str(), credential.endpoint.as_str()),
        ("data", "https://acmepictures.blob.core.windows.net")
    );
}

#[tokio::test]
async fn a_hierarchical_account_gives_a_signature_for_a_folder_that_ends_when_asked() {
    let connection = with_key(&[("hierarchical", "true")]);
    let session = connection.open_session(&session_ask(Some("team/a"))).await.unwrap();
    let Credential::Azure(credential) = session.credential().unwrap() else { panic!("not for Azure") };
    let token = credential.sas_token.expose_str().unwrap();
    assert!(token.contains("sr=d") && token.contains("sdd=2"), "{token}");
    let left = session.expires_at().unwrap().duration_since(SystemClock.now());
    assert!(left <= SignedDuration::from_hours(1) && left > SignedDuration::from_mins(59), "{left}");
    assert_eq!(session.signer(&sign_ask(Verb::Get)).err().unwrap().kind, Kind::Unsupported);
    for bad in ["a//b", "a\\b", "a./b"] {
        assert_eq!(
            connection.open_session(&session_ask(Some(bad))).await.err().unwrap().kind,
            Kind::NotExpressible,
            "{bad}"
        );
    }
    let long = SessionAsk { ttl: Duration::from_hours(7 * 24 + 1), ..session_ask(Some("team")) };
    assert_eq!(connection.open_session(&long).await.err().unwrap().kind, Kind::TtlTooLong);
}

#[tokio::test]
async fn keys_of_accounts_sign_urls_and_are_never_handed_out() {
    let session = with_key(&[]).open_session(&session_ask(None)).await.unwrap();
    assert_eq!(session.expires_at(), None);
    assert_eq!(session.credential().unwrap_err().kind, Kind::Unsupported);
    for (verb, rights) in [(Verb::Get, "sp=r&"), (Verb::Head, "sp=r&"), (Verb::Put, "sp=cw&"), (Verb::Delete, "sp=d&")]
    {
        let url = url(&session, &sign_ask(verb), "a b //é%2F").await;
        assert!(url.starts_with("https://acmepictures.blob.core.windows.net/data/a%20b%20//%C3%A9%252F?"), "{url}");
        assert!(url.contains(rights) && url.contains("sr=b&") && url.contains("se=2026-11-22T18%3A45%3A25Z"), "{url}");
        assert!(!url.contains(KEY.1));
    }
    let path = with_key(&[("endpoint", "https://localhost:11000/acmepictures")]);
    let session = path.open_session(&session_ask(None)).await.unwrap();
    assert!(url(&session, &sign_ask(Verb::Get), "k").await.starts_with("https://localhost:11000/acmepictures/data/k?"));
}

#[tokio::test]
async fn headers_of_the_answer_are_overridden_where_azure_can() {
    let session = with_key(&[]).open_session(&session_ask(None)).await.unwrap();
    let with = |name: &str| SignAsk { response: vec![(name.to_owned(), "a/b".to_owned())], ..sign_ask(Verb::Get) };
    for (name, letter) in [
        ("response-content-type", "rsct=a%2Fb"),
        ("response-content-disposition", "rscd=a%2Fb"),
        ("response-content-encoding", "rsce=a%2Fb"),
        ("response-content-language", "rscl=a%2Fb"),
        ("response-cache-control", "rscc=a%2Fb"),
    ] {
        assert!(url(&session, &with(name), "k").await.contains(letter), "{name}");
    }
    let error = session.signer(&with("response-expires")).err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
}

#[tokio::test]
async fn names_that_azure_cannot_hold_are_refused_before_anything_is_signed() {
    let session = with_key(&[]).open_session(&session_ask(None)).await.unwrap();
    let mut signer = session.signer(&sign_ask(Verb::Put)).unwrap();
    for bad in ["in/..\\secret", "a/../b", "a.", "folder/", "a\nb"] {
        assert_eq!(signer.prepare(&["fine", bad]).await.unwrap_err().kind, Kind::Unsupported, "{bad:?}");
    }
    let dotted = SignAsk { bucket: "my.data".parse().unwrap(), ..sign_ask(Verb::Get) };
    assert_eq!(session.signer(&dotted).err().unwrap().kind, Kind::NoSuchBucket);
}

#[tokio::test]
async fn a_pasted_signature_is_used_and_neither_signs_nor_leaves() {
    let connection = connect("azure-sas", &[ACCOUNT], &[("sas_token", &sas("2999-01-01T00%3A00%3A00Z"))]);
    assert!(matches!(&connection.facts().narrowed_by, NarrowedBy::Nothing { why } if why.contains("gateway key")));
    let session = connection.open_session(&session_ask(None)).await.unwrap();
    assert_eq!(session.expires_at().unwrap().to_string(), "2999-01-01T00:00:00Z");
    assert_eq!(session.signer(&sign_ask(Verb::Get)).err().unwrap().kind, Kind::Unsupported);
    assert_eq!(session.credential().unwrap_err().kind, Kind::Unsupported);
    assert_eq!(connection.open_session(&session_ask(Some(""))).await.err().unwrap().kind, Kind::Unsupported);
}

#[test]
fn remedies_are_roles_on_the_container_and_hold_no_secret() {
    let connection = connect("azure-client-secret", &[ACCOUNT, TENANT, CLIENT], &[SECRET]);
    let need = RemedyAsk {
        bucket: Some("data".parse().unwrap()),
        prefix: "team".parse().unwrap(),
        purpose: domain::datasource::Purpose::Input,
        sse: None,
        cors_origin: Some("https://app.example.com".to_owned()),
        region: None,
    };
    let list = connection.remedy(CheckName::List, &need).unwrap();
    let (policy, command) = (list.policy.unwrap().to_string(), list.command.unwrap());
    assert!(policy.contains("Storage Blob Data Reader") && policy.contains("'team/'"), "{policy}");
    assert!(command.contains(CLIENT.1) && command.contains("containers/data"), "{command}");
    let signed = connection.remedy(CheckName::SignedUrl, &need).unwrap();
    assert!(signed.command.unwrap().contains("Storage Blob Delegator"));
    assert!(connection.remedy(CheckName::Cors, &need).unwrap().command.unwrap().contains("https://app.example.com"));
    for check in CheckName::ALL {
        assert!(!format!("{:?}", connection.remedy(*check, &need)).contains(SECRET.1), "{check}");
    }
    let federated = ConnectAsk { identity: Some(issuer()), ..ask(&[ACCOUNT, TENANT, CLIENT], &[]) };
    let federated = methods().get("azure-federated").unwrap().connect(federated).unwrap();
    let trust = federated.remedy(CheckName::RefusesWrongExternalId, &need).unwrap();
    assert!(trust.policy.unwrap().to_string().contains("project:tidegate-1:integration:pictures"));
}
