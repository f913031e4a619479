//! The fronts of Azure, judged by Microsoft's own Python clients. Names say `double` where a double
//! decides; the rest is decided by Azurite.

use serde_json::{Value, json};
use testkit::Reply;
use testkit::azure::{App, AzureCall, AzureContainer, AzuriteFront, EntraFront, FederatedCredential, Proof, Scope};
use testkit::component::{ACCOUNT, OTHER_ACCOUNT, azurite};
use testkit::oidc::{self, IssuerKeys};
use testkit::request::{Call, send};
use tidegate_testkit as testkit;

use crate::judge::{Verdicts, ask};

const READER: &str = "Storage Blob Data Reader";
const CONTRIBUTOR: &str = "Storage Blob Data Contributor";
const DELEGATOR: &str = "Storage Blob Delegator";

struct Cloud {
    entra: EntraFront,
    front: AzuriteFront,
    container: AzureContainer,
}

impl Cloud {
    /// A tenant, and a container with two prefixes.
    async fn new() -> Self {
        let entra = EntraFront::start();
        let front = AzuriteFront::start(&entra);
        let container = front.create_container().await;
        for key in ["team-a/x", "team-a/y", "team-a/z", "team-b/x"] {
            container.put(key, key).await.ok();
        }
        Self { entra, front, container }
    }

    /// An application with a role on the container, and the right to have delegation keys.
    fn app(&self, role: &str) -> App {
        let app = self.entra.register();
        self.front.assign(&app.object_id, role, self.container_scope());
        self.front.assign(&app.object_id, DELEGATOR, account_scope());
        app
    }

    fn container_scope(&self) -> Scope {
        Scope::Container(ACCOUNT.name.to_owned(), self.container.name().to_owned())
    }

    fn by_secret(&self, app: &App) -> Value {
        json!({"tenant": self.entra.tenant(), "client": app.client_id, "secret": app.secret})
    }

    fn by_token(&self, app: &App) -> Value {
        json!({"token": self.entra.access_token(&app.client_id)})
    }

    async fn judged(&self, mut steps: Vec<Value>) -> Verdicts {
        for step in &mut steps {
            step["container"] = json!(self.container.name());
            if step.get("account").is_none() {
                step["account"] = json!(ACCOUNT.name);
            }
        }
        let ca = azurite().ca;
        let front = self.front.url();
        ask("azure", json!({"ca": ca, "front": front, "login": self.entra.url(), "steps": steps})).await
    }
}

fn account_scope() -> Scope {
    Scope::Account(ACCOUNT.name.to_owned())
}

#[tokio::test]
async fn double_a_secret_signs_in_and_a_wrong_expired_or_disabled_one_does_not() {
    let cloud = Cloud::new().await;
    let app = cloud.app(READER);
    let get = |mut by: Value, field: &str, value: &str| {
        if !field.is_empty() {
            by[field] = json!(value);
        }
        json!({"do": "get", "as": by, "key": "team-a/x"})
    };
    let by = cloud.by_secret(&app);
    let steps = vec![
        get(by.clone(), "", ""),
        get(by.clone(), "secret", "wrong"),
        get(by.clone(), "client", "11111111-1111-1111-1111-111111111111"),
        get(by.clone(), "tenant", "11111111-1111-1111-1111-111111111111"),
        json!({"do": "token", "as": by, "scope": "https://graph.example/.default"}),
    ];
    let mut said = cloud.judged(steps).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["AADSTS7000215", "AADSTS700016"]);
    said.refused();
    said.refused_with(["AADSTS500011"]);
    cloud.entra.expire_secret(&app.client_id);
    cloud.judged(vec![get(by.clone(), "", "")]).await.refused_with(["AADSTS7000222"]);
    cloud.entra.disable(&app.client_id);
    cloud.judged(vec![get(by, "", "")]).await.refused_with(["AADSTS7000112"]);
}

#[tokio::test]
async fn double_a_federated_credential_takes_real_tokens_of_its_issuer_subject_and_audience() {
    const AUDIENCE: &str = "api://AzureADTokenExchange";
    let cloud = Cloud::new().await;
    let app = cloud.app(READER);
    let credential = |issuer: &str| FederatedCredential {
        issuer: issuer.to_owned(),
        subject: "alice".into(),
        audience: AUDIENCE.into(),
        keys: IssuerKeys::Discovered,
    };
    let get = |token: &str| {
        let by = json!({"tenant": cloud.entra.tenant(), "client": app.client_id, "assertion": token});
        json!({"do": "get", "as": by, "key": "team-a/x"})
    };
    let alice = oidc::token("alice", AUDIENCE).await;
    cloud.entra.federate(&app.client_id, credential("https://somebody.else"));
    cloud.judged(vec![get(&alice)]).await.refused_with(["AADSTS700211"]);
    cloud.entra.federate(&app.client_id, credential(&oidc::issuer()));
    let changed = format!("{}AAAAAAAA", &alice[..alice.len() - 8]);
    let steps = vec![
        get(&alice),
        get(&oidc::token("bob", AUDIENCE).await),
        get(&oidc::token("alice", "https://somebody.else").await),
        get(&changed),
    ];
    let mut said = cloud.judged(steps).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["AADSTS700213", "AADSTS700212", "AADSTS700027"]);
}

#[tokio::test]
async fn double_blobs_are_read_listed_written_and_deleted_as_far_as_the_role_goes() {
    let cloud = Cloud::new().await;
    let (reader, writer, none) = (cloud.app(READER), cloud.app(CONTRIBUTOR), cloud.entra.register());
    let below = cloud.entra.register();
    cloud.front.assign_below(&below.object_id, CONTRIBUTOR, cloud.container_scope(), "team-b/");
    let key = "new/ä b+c&d=e%2F//#?\"'x";
    let step =
        |what: &str, app: &App, key: &str| json!({"do": what, "as": cloud.by_token(app), "key": key, "body": "new"});
    let list = |app: &App, prefix: &str| json!({"do": "names", "as": cloud.by_token(app), "prefix": prefix});
    let steps = vec![
        list(&reader, "team-a/"),
        step("put", &reader, key),
        step("delete", &reader, "team-a/x"),
        step("get", &none, "team-a/x"),
        step("put", &writer, key),
        step("get", &writer, key),
        list(&writer, "new/"),
        step("delete", &writer, key),
        step("get", &writer, key),
        step("put", &below, "team-b/new"),
        list(&below, "team-b/"),
        step("put", &below, "team-a/new"),
        list(&below, ""),
        json!({"do": "containers", "as": cloud.by_token(&reader)}),
        json!({"do": "get", "as": {"token": cloud.entra.access_token(&reader.client_id) + "x"}, "key": "team-a/x"}),
        json!({"do": "get", "as": cloud.by_token(&reader), "account": OTHER_ACCOUNT.name, "key": "team-a/x"}),
    ];
    let mut said = cloud.judged(steps).await;
    assert_eq!(said.ok(), json!(["team-a/x", "team-a/y", "team-a/z"]));
    let mismatch = "AuthorizationPermissionMismatch";
    said.refused_with([mismatch, mismatch, mismatch]);
    said.ok();
    assert_eq!(said.ok(), "new");
    assert_eq!(said.ok(), json!([key]));
    said.ok();
    said.refused_with(["BlobNotFound"]);
    said.ok();
    assert_eq!(said.ok(), json!(["team-b/new", "team-b/x"]));
    said.refused_with([mismatch, mismatch, mismatch, "InvalidAuthenticationInfo", mismatch]);
    said.done();
}

#[tokio::test]
async fn double_a_token_for_somebody_else_or_one_that_has_ended_is_not_taken() {
    let clock = std::sync::Arc::new(testkit::TestClock::at(jiff::Timestamp::from_second(1_800_000_000).unwrap()));
    let entra = EntraFront::with_clock(clock.clone());
    let front = AzuriteFront::start(&entra);
    let container = front.create_container().await;
    container.put("k", "k").await.ok();
    let app = entra.register();
    front.assign(&app.object_id, READER, account_scope());
    let cloud = Cloud { entra, front, container };
    let by = cloud.by_token(&app);
    let get = |by: &Value| json!({"do": "get", "as": by, "key": "k"});
    assert_eq!(cloud.judged(vec![get(&by)]).await.ok(), "k");
    clock.advance(std::time::Duration::from_secs(3600));
    cloud.judged(vec![get(&by)]).await.refused_with(["InvalidAuthenticationInfo"]);
    assert_eq!(cloud.judged(vec![get(&cloud.by_token(&app))]).await.ok(), "k");
    cloud.entra.audience_of_tokens(Some("https://graph.microsoft.com"));
    let mut said = cloud.judged(vec![get(&cloud.by_secret(&app))]).await;
    said.refused_with(["Audience validation failed"]);
}

#[tokio::test]
async fn a_delegation_signature_is_good_for_its_blob_right_and_time_and_nothing_else() {
    let cloud = Cloud::new().await;
    let app = cloud.app(CONTRIBUTOR);
    let sign = |more: Value| {
        let mut step = json!({
            "do": "signed", "as": cloud.by_token(&app), "kind": "blob", "key": "team-a/x", "rights": "r", "method": "GET",
        });
        more.as_object().unwrap().iter().for_each(|(name, value)| step[name] = value.clone());
        step
    };
    let odd = "new/ ä+%2F&=#?'!*()~x//y";
    let steps = vec![
        sign(json!({})),
        sign(json!({"response_type": "text/x-odd"})),
        sign(json!({"used_for": "team-a/y"})),
        sign(json!({"method": "PUT", "body": "x"})),
        sign(json!({"seconds": -1})),
        sign(json!({"change": ["sp=r", "sp=rw"]})),
        sign(json!({"key": odd, "rights": "cw", "method": "PUT", "body": "odd"})),
        sign(json!({"key": odd})),
        sign(json!({"key": odd, "rights": "d", "method": "DELETE"})),
        sign(
            json!({"kind": "container", "rights": "rl", "method": "GET", "key": "", "query": "restype=container&comp=list&"}),
        ),
        sign(
            json!({"kind": "container", "rights": "r", "method": "GET", "key": "", "query": "restype=container&comp=list&"}),
        ),
    ];
    let mut said = cloud.judged(steps).await;
    let good = said.ok();
    assert_eq!((good["status"].as_u64(), good["body"].as_str()), (Some(200), Some("team-a/x")));
    assert_eq!(said.ok()["type"], "text/x-odd");
    let mut status = || said.ok()["status"].as_u64().unwrap();
    let rest: Vec<_> = (0..9).map(|_| status()).collect();
    assert_eq!(rest, [403, 403, 403, 403, 201, 200, 202, 200, 403]);
    assert_eq!(cloud.front.calls_of(AzureCall::DelegationKey).len(), 11);
    assert!(cloud.front.calls().iter().any(|call| call.proof == Proof::DelegationSas && call.status == 201));
}

#[tokio::test]
async fn double_a_delegation_key_is_had_at_the_account_only_and_signs_no_more_than_its_owner_may() {
    let cloud = Cloud::new().await;
    let reader = cloud.app(READER);
    let narrow = cloud.entra.register();
    cloud.front.assign(&narrow.object_id, CONTRIBUTOR, cloud.container_scope());
    let sign = |app: &App, rights: &str, method: &str, ip: Option<&str>| {
        json!({"do": "signed", "as": cloud.by_token(app), "kind": "blob", "key": "team-a/x", "rights": rights,
               "method": method, "body": "x", "ip": ip})
    };
    let sas = json!({"do": "sas", "as": cloud.by_token(&reader), "kind": "blob", "key": "team-a/x", "rights": "r"});
    let steps = vec![
        json!({"do": "delegation_key", "as": cloud.by_token(&narrow)}),
        json!({"do": "delegation_key", "as": cloud.by_token(&reader)}),
        sign(&reader, "rcw", "GET", Some("127.0.0.1")),
        sign(&reader, "rcw", "PUT", None),
        sign(&reader, "r", "GET", Some("127.0.0.2")),
        sas,
    ];
    let mut said = cloud.judged(steps).await;
    said.refused_with(["AuthorizationPermissionMismatch"]);
    said.ok();
    assert_eq!(said.ok()["status"], 200);
    assert_eq!(said.ok()["code"], "AuthorizationPermissionMismatch");
    assert_eq!(said.ok()["code"], "AuthorizationSourceIPMismatch");
    let sas = said.ok();
    let fetch = || json!({"do": "fetch", "key": "team-a/x", "sas": sas, "method": "GET"});
    assert_eq!(cloud.judged(vec![fetch()]).await.ok()["status"], 200);
    cloud.front.revoke_delegation_keys(ACCOUNT.name);
    assert_eq!(cloud.judged(vec![fetch()]).await.ok()["status"], 403);
}

#[tokio::test]
async fn double_a_directory_signature_is_good_below_its_directory_of_a_hierarchical_account() {
    let cloud = Cloud::new().await;
    cloud.container.put("team-a/deep/er/x", "deep").await.ok();
    let app = cloud.app(CONTRIBUTOR);
    let sign = |key: &str, prefix: Option<&str>, more: Value| {
        let query = prefix.map(|prefix| format!("restype=container&comp=list&prefix={prefix}&")).unwrap_or_default();
        let mut step = json!({
            "do": "signed", "as": cloud.by_token(&app), "kind": "directory", "directory": "team-a", "rights": "rl",
            "method": "GET", "key": key, "query": query, "body": "x", "response_type": "text/x-odd",
        });
        more.as_object().unwrap().iter().for_each(|(name, value)| step[name] = value.clone());
        step
    };
    cloud.judged(vec![sign("team-a/x", None, json!({}))]).await.ok()["status"].as_u64().filter(|s| *s == 403).unwrap();
    cloud.front.set_hierarchical(ACCOUNT.name, true);
    let steps = vec![
        sign("team-a/x", None, json!({})),
        sign("team-a/deep/er/x", None, json!({})),
        sign("", Some("team-a/"), json!({})),
        sign("team-a/deep/er/x", None, json!({"directory": "team-a/deep"})),
        sign("team-a/new", None, json!({"rights": "c", "method": "PUT"})),
        sign("team-b/x", None, json!({})),
        sign("team-ab/x", None, json!({})),
        sign("", Some("team-b/"), json!({})),
        sign("", Some(""), json!({})),
        sign("", Some("team-a"), json!({"rights": "r"})),
        sign("team-a/x", None, json!({"method": "PUT"})),
        sign("team-a/x", None, json!({"depth": 2})),
        sign("team-a/x", None, json!({"seconds": -1})),
        sign("team-a/x", None, json!({"change": ["sp=rl", "sp=rwl"]})),
        sign("team-a/x", None, json!({"directory": "team-a/deep"})),
    ];
    let mut said = cloud.judged(steps).await;
    let good = said.ok();
    assert_eq!((good["status"].as_u64(), good["body"].as_str()), (Some(200), Some("team-a/x")));
    assert_eq!(good["type"], "text/x-odd");
    let mut status = || said.ok()["status"].as_u64().unwrap();
    let rest: Vec<_> = (0..14).map(|_| status()).collect();
    assert_eq!(rest, [200, 200, 200, 201, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403]);
}

#[tokio::test]
async fn account_keys_and_what_they_sign_are_taken_unless_the_account_forbids_them() {
    let cloud = Cloud::new().await;
    let key = json!({"account": ACCOUNT.name, "key": ACCOUNT.key});
    let wrong = json!({"account": ACCOUNT.name, "key": OTHER_ACCOUNT.key});
    let get = |by: &Value| json!({"do": "get", "as": by, "key": "team-a/x"});
    let mut said = cloud.judged(vec![get(&key), get(&wrong), json!({"do": "account", "as": key})]).await;
    assert_eq!(said.ok(), "team-a/x");
    said.refused_with(["AuthenticationFailed"]);
    assert_eq!(said.ok(), false);
    cloud.front.set_hierarchical(ACCOUNT.name, true);
    assert_eq!(cloud.judged(vec![json!({"do": "account", "as": key})]).await.ok(), true);
    cloud.front.forbid_shared_key(ACCOUNT.name, true);
    cloud.judged(vec![get(&key)]).await.refused_with(["KeyBasedAuthenticationNotPermitted"]);
}

#[tokio::test]
async fn pages_of_other_origins_may_what_the_account_lets_them_and_data_roles_do_not_see_it() {
    let cloud = Cloud::new().await;
    // These rules are the account's: the other tests are left alone.
    let account = OTHER_ACCOUNT.name;
    let app = cloud.entra.register();
    cloud.front.assign(&app.object_id, CONTRIBUTOR, Scope::Account(account.to_owned()));
    let admin = cloud.entra.register();
    cloud.front.assign(&admin.object_id, "Contributor", Scope::Account(account.to_owned()));
    let key = json!({"account": account, "key": OTHER_ACCOUNT.key});
    let steps = vec![
        json!({"do": "allow_origin", "as": key, "account": account, "origin": "https://console.example"}),
        json!({"do": "allowed_origins", "as": cloud.by_token(&app), "account": account}),
        json!({"do": "allowed_origins", "as": cloud.by_token(&admin), "account": account}),
    ];
    let mut said = cloud.judged(steps).await;
    said.ok();
    said.refused_with(["AuthorizationPermissionMismatch"]);
    assert_eq!(said.ok(), json!(["https://console.example"]));
    let preflight = async |origin: &str| {
        let call = Call::new("OPTIONS", &format!("/{account}/c/k")).header("origin", origin);
        send(&cloud.front.url(), call.header("access-control-request-method", "GET")).await.status
    };
    assert_eq!((preflight("https://console.example").await, preflight("https://other.example").await), (200, 403));
}

#[tokio::test]
async fn double_calls_go_wrong_as_told_until_healed() {
    let cloud = Cloud::new().await;
    let app = cloud.app(READER);
    let by = cloud.by_secret(&app);
    let get = || json!({"do": "get", "as": by, "key": "team-a/x"});
    cloud.entra.fault(Reply::web_page());
    cloud.judged(vec![get()]).await.refused();
    cloud.entra.heal();
    cloud.front.fault(
        AzureCall::BlobGet,
        Reply::new(503, "text/plain", "Later.").with_header("x-ms-error-code", "ServerBusy"),
    );
    cloud.judged(vec![get()]).await.refused_with(["ServerBusy"]);
    cloud.front.heal();
    assert_eq!(cloud.judged(vec![get()]).await.ok(), "team-a/x");
    let statuses: Vec<_> = cloud.front.calls_of(AzureCall::BlobGet).iter().map(|call| call.status).collect();
    assert_eq!((statuses.first(), statuses.last()), (Some(&503), Some(&206)));
}
