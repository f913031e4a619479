//! What is handed out. Azurite verifies every signature for a blob or container; the double knows roles, the lives
//! of delegation keys, and folders.

use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use domain::provider::{
    AzureCredential, Credential, GetAsk, ListAsk, ProviderErrorKind as Kind, Session, SessionAsk, SignAsk,
};
use domain::scope::{Access, Verb};
use jiff::SignedDuration;
use testkit::azure::{AzureCall, Proof};
use testkit::component::ACCOUNT;

use super::world::{
    CONTRIBUTOR, READER, World, azurite_with, fetch, open, put, read, scope, session_ask, sign, sign_ask,
};

fn credential(session: &dyn Session) -> AzureCredential {
    match session.credential().unwrap() {
        Credential::Azure(credential) => credential,
        _ => panic!("not for Azure"),
    }
}

#[tokio::test]
async fn signed_urls_do_what_they_say_for_one_blob_and_nothing_else() {
    let world = World::with_role(CONTRIBUTOR).await;
    world.container.put("in/a", "0123456789").await.ok();
    world.container.put("in/b", "other").await.ok();
    let session = open(&world.by_secret(&[])).await;
    let (get, bucket) = (sign_ask(&world.bucket(), Verb::Get), world.bucket());
    let url = sign(&session, &get, "in/a").await.unwrap();
    assert_eq!(fetch("GET", &url, &[("range", "bytes=2-4")], b"").await.ok().text(), "234");
    assert_eq!(fetch("HEAD", &url, &[], b"").await.status, 200);
    assert_eq!(fetch("GET", &url.replace("in/a", "in/b"), &[], b"").await.status, 403);
    assert_eq!(fetch("DELETE", &url, &[], b"").await.status, 403);
    let block = [("x-ms-blob-type", "BlockBlob")];
    assert_eq!(fetch("PUT", &url, &block, b"x").await.status, 403);
    let url = sign(&session, &sign_ask(&bucket, Verb::Put), "in/new").await.unwrap();
    assert_eq!(fetch("PUT", &url, &block, b"one").await.status, 201);
    assert_eq!(fetch("PUT", &url, &block, b"two").await.status, 201, "it may be replaced");
    assert_eq!(fetch("GET", &url, &[], b"").await.status, 403);
    assert_eq!(world.container.get("in/new").await.text(), "two");
    let url = sign(&session, &sign_ask(&bucket, Verb::Delete), "in/new").await.unwrap();
    assert_eq!(fetch("DELETE", &url, &[], b"").await.status, 202);
    let signed = world.front.calls_of(AzureCall::BlobGet);
    assert!(signed.iter().all(|call| call.proof == Proof::DelegationSas), "never with what stands behind");
    assert_eq!(signed[0].principal.as_deref(), Some(world.app.object_id.as_str()));
}

#[tokio::test]
async fn signed_urls_end_and_override_headers_of_the_answer() {
    let world = World::with_role(READER).await;
    world.container.put("in/a", "x").await.ok();
    let session = open(&world.by_secret(&[])).await;
    let get = sign_ask(&world.bucket(), Verb::Get);
    let past = SystemClock.now().checked_sub(SignedDuration::from_secs(120)).unwrap();
    let url = sign(&session, &SignAsk { now: past, ..get.clone() }, "in/a").await.unwrap();
    assert_eq!(fetch("GET", &url, &[], b"").await.status, 403, "it has ended");
    let response =
        [("response-content-type", "text/x-a"), ("response-content-disposition", "attachment; filename=\"a b\"")];
    let response = response.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let url = sign(&session, &SignAsk { response, ..get }, "in/a").await.unwrap();
    let answer = fetch("GET", &url, &[], b"").await.ok();
    assert_eq!(answer.headers["content-type"], "text/x-a");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"a b\"");
}

#[tokio::test]
async fn a_signature_can_do_no_more_than_the_roles_that_the_double_knows() {
    let world = World::with_role(READER).await;
    let session = open(&world.by_secret(&[])).await;
    let url = sign(&session, &sign_ask(&world.bucket(), Verb::Put), "in/new").await.unwrap();
    assert_eq!(fetch("PUT", &url, &[("x-ms-blob-type", "BlockBlob")], b"x").await.status, 403);
    world.assign(CONTRIBUTOR);
    assert_eq!(
        fetch("PUT", &url, &[("x-ms-blob-type", "BlockBlob")], b"x").await.status,
        201,
        "the twin with the role"
    );
}

#[tokio::test]
async fn one_delegation_key_of_the_double_serves_many_batches() {
    let world = World::with_role(READER).await;
    let session = open(&world.by_secret(&[])).await;
    let ask = sign_ask(&world.bucket(), Verb::Get);
    let signed = futures::future::join_all((0..100).map(|at| {
        let (session, ask) = (&session, &ask);
        async move { sign(session, ask, &format!("in/{at}")).await }
    }));
    assert!(signed.await.iter().all(Result::is_ok));
    assert_eq!(world.front.calls_of(AzureCall::DelegationKey).len(), 1);
    let long = SignAsk { ttl: Duration::from_hours(6 * 24), ..ask.clone() };
    sign(&session, &long, "in/a").await.unwrap();
    assert_eq!(world.front.calls_of(AzureCall::DelegationKey).len(), 2, "the first key would end before the URL");
    sign(&session, &ask, "in/a").await.unwrap();
    assert_eq!(world.front.calls_of(AzureCall::DelegationKey).len(), 2, "the second serves both");
}

#[tokio::test]
async fn the_longest_url_is_within_what_azurite_gives_a_key() {
    let world = World::with_role(READER).await;
    world.container.put("in/a", "x").await.ok();
    let connection = world.by_secret(&[]);
    let session = open(&connection).await;
    let ask = SignAsk { ttl: connection.facts().max_url, ..sign_ask(&world.bucket(), Verb::Get) };
    let url = sign(&session, &ask, "in/a").await.unwrap();
    assert_eq!(fetch("GET", &url, &[], b"").await.status, 200);
    let longer = SignAsk { ttl: connection.facts().max_url + Duration::from_secs(1), ..ask };
    assert_eq!(session.signer(&longer).err().unwrap().kind, Kind::TtlTooLong);
}

#[tokio::test]
async fn without_the_right_to_sign_the_double_refuses_and_the_role_is_named() {
    let world = World::new().await;
    world.assign(READER);
    let session = open(&world.by_secret(&[])).await;
    let error = sign(&session, &sign_ask(&world.bucket(), Verb::Get), "in/a").await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert!(error.hint.unwrap().contains("Storage Blob Delegator"));
}

#[tokio::test]
async fn a_credential_for_a_container_is_judged_by_azurite() {
    let world = World::with_role(CONTRIBUTOR).await;
    let connection = azurite_with(ACCOUNT.key, &[]);
    for connection in [world.by_secret(&[]), connection] {
        world.container.put("in/a", "x").await.ok();
        let ask = session_ask(Some(scope(&world.bucket(), "", Access::Read)));
        let reader = connection.open_session(&ask).await.unwrap();
        let storage = reader.storage(&world.bucket(), None).unwrap();
        assert_eq!(read(&storage, "in/a", None).await.1, "x");
        assert!(!storage.list(&ListAsk { limit: 10, ..ListAsk::default() }).await.unwrap().items.is_empty());
        assert_eq!(storage.put(&put("in/new", b"x")).await.unwrap_err().kind, Kind::Denied);
        assert_eq!(storage.delete("in/a", None).await.unwrap_err().kind, Kind::Denied);
        let other = world.front.create_container().await.name().parse().unwrap();
        let outside = reader.storage(&other, None).unwrap();
        let refused = outside.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Denied, "{refused:?}");
        assert_eq!(storage.list_buckets().await.unwrap_err().kind, Kind::Denied);

        let ask = session_ask(Some(scope(&world.bucket(), "", Access::Write)));
        let writer = connection.open_session(&ask).await.unwrap();
        let storage = writer.storage(&world.bucket(), None).unwrap();
        storage.put(&put("in/new", b"x")).await.unwrap();
        let get = GetAsk { key: "in/new".to_owned(), range: None };
        assert_eq!(storage.get(&get).await.err().unwrap().kind, Kind::Denied);
        storage.delete("in/new", None).await.unwrap();
        let left = writer.expires_at().unwrap().duration_since(SystemClock.now());
        assert!(left <= SignedDuration::from_secs(900) && left > SignedDuration::from_secs(890), "{left}");
        assert!(credential(writer.as_ref()).sas_token.expose_str().unwrap().contains("sp=cwd"));
    }
}

#[tokio::test]
async fn a_credential_for_a_folder_reaches_it_and_nothing_beside_as_the_double_judges() {
    let world = World::with_role(CONTRIBUTOR).await;
    world.front.set_hierarchical(ACCOUNT.name, true);
    for key in ["team/a/x", "team/ab/x", "team/x"] {
        world.container.put(key, "x").await.ok();
    }
    let connection = world.by_secret(&[("hierarchical", "true")]);
    let ask = session_ask(Some(scope(&world.bucket(), "team/a", Access::Read)));
    let session = connection.open_session(&ask).await.unwrap();
    let storage = session.storage(&world.bucket(), None).unwrap();
    let inside = ListAsk { prefix: "team/a/".to_owned(), limit: 10, ..ListAsk::default() };
    assert_eq!(storage.list(&inside).await.unwrap().items.len(), 1);
    assert_eq!(read(&storage, "team/a/x", None).await.1, "x");
    for prefix in ["", "team/", "team/ab/"] {
        let ask = ListAsk { prefix: prefix.to_owned(), limit: 10, ..ListAsk::default() };
        assert_eq!(storage.list(&ask).await.unwrap_err().kind, Kind::Denied, "{prefix:?}");
    }
    for key in ["team/x", "team/ab/x"] {
        let refused = storage.get(&GetAsk { key: key.to_owned(), range: None }).await.err().unwrap();
        assert_eq!(refused.kind, Kind::Denied, "{key}");
    }
    assert_eq!(storage.put(&put("team/a/new", b"x")).await.unwrap_err().kind, Kind::Denied);
    let writes = session_ask(Some(scope(&world.bucket(), "team/a", Access::ReadWrite)));
    let twin = connection.open_session(&writes).await.unwrap().storage(&world.bucket(), None).unwrap();
    twin.put(&put("team/a/new", b"x")).await.unwrap();
}

#[tokio::test]
async fn an_account_without_folders_is_asked_for_none() {
    let world = World::with_role(READER).await;
    let ask = session_ask(Some(scope(&world.bucket(), "team", Access::Read)));
    let error = world.by_secret(&[]).open_session(&ask).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.message.contains("whole container"), "{}", error.message);
    assert!(world.front.calls_of(AzureCall::DelegationKey).is_empty(), "nothing was asked");
}

#[tokio::test]
async fn a_folder_signature_of_an_account_that_is_flat_after_all_is_refused_by_the_double() {
    let world = World::with_role(READER).await;
    let connection = world.by_secret(&[("hierarchical", "true")]);
    let ask = session_ask(Some(scope(&world.bucket(), "team", Access::Read)));
    let storage = connection.open_session(&ask).await.unwrap().storage(&world.bucket(), None).unwrap();
    let list = ListAsk { prefix: "team/".to_owned(), limit: 1, ..ListAsk::default() };
    assert_eq!(storage.list(&list).await.unwrap_err().kind, Kind::BadCredentials, "not a refusal of rights");
}

#[tokio::test]
async fn a_pasted_signature_is_used_as_far_as_azurite_lets_it() {
    let world = World::new().await;
    world.container.put("in/a", "x").await.ok();
    let ask =
        SessionAsk { ttl: Duration::from_hours(1), ..session_ask(Some(scope(&world.bucket(), "", Access::Read))) };
    let made = world.with_key(ACCOUNT.key, &[]).open_session(&ask).await.unwrap();
    let pasted = credential(made.as_ref()).sas_token.expose_str().unwrap().to_owned();
    let connection = world.connect("azure-sas", &[], &[("sas_token", &format!("?{pasted}"))], None);
    let session = open(&connection).await;
    let storage = session.storage(&world.bucket(), None).unwrap();
    assert_eq!(read(&storage, "in/a", None).await.1, "x");
    assert_eq!(storage.list(&ListAsk { limit: 10, ..ListAsk::default() }).await.unwrap().items.len(), 1);
    assert_eq!(storage.put(&put("in/b", b"x")).await.unwrap_err().kind, Kind::Denied);
    assert!(session.signer(&sign_ask(&world.bucket(), Verb::Get)).is_err() && session.credential().is_err());
    let forged = pasted.replace("sp=rl", "sp=rcwdl");
    let forged = world.connect("azure-sas", &[], &[("sas_token", &forged)], None);
    let storage = open(&forged).await.storage(&world.bucket(), None).unwrap();
    assert_eq!(storage.put(&put("in/b", b"x")).await.unwrap_err().kind, Kind::BadCredentials);
}

#[tokio::test]
async fn an_account_that_forbids_keys_says_so_through_the_double() {
    let world = World::new().await;
    world.front.forbid_shared_key(ACCOUNT.name, true);
    let storage = open(&world.with_key(ACCOUNT.key, &[])).await.storage(&world.bucket(), None).unwrap();
    let error = storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.unwrap_err();
    assert_eq!(error.kind, Kind::BadCredentials);
    assert!(error.hint.unwrap().contains("azure-federated"));
}
