//! Tidegate's own tokens: exchanged, and made to act for accounts. A double decides, with real keys and documents.

use domain::provider::{Finding, ListAsk, Probe, ProviderErrorKind as Kind};
use testkit::gcp::{GcpCall, PoolProvider};

use super::world::{INTEGRATION, PROJECT, TOKEN_CREATOR, USER, VIEWER, World, put, session_ask, stranger};

fn one() -> ListAsk {
    ListAsk { limit: 1, ..ListAsk::default() }
}

#[tokio::test]
async fn the_operators_pool_acts_for_a_customers_account_as_the_project_alone() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let storage = world.storage(&connection).await;
    storage.put(&put("a", b"x")).await.unwrap();
    storage.list(&one()).await.unwrap();
    let acted = world.front.calls_of(GcpCall::GenerateAccessToken);
    assert_eq!(acted.len(), 1);
    assert_eq!(acted[0].principal, Some(world.provider("operators").member(PROJECT)));
    assert_eq!(world.front.calls_of(GcpCall::Exchange).len(), 1);
    let error = connection.open_session(&stranger()).await.err().unwrap();
    assert_eq!(error.kind, Kind::Denied, "another tenant of Tidegate: {error:?}");
    let ids = world.whole(&connection).await.log_ids();
    assert_eq!(ids[1], ("principal_subject", world.provider("operators").member(PROJECT)));
}

#[tokio::test]
async fn an_account_that_lets_the_whole_pool_act_lets_a_stranger_in() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let pool = "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/operators/*";
    world.front.grant_account(&world.front.service_account("writer"), pool, TOKEN_CREATOR);
    assert!(connection.open_session(&stranger()).await.is_ok(), "the proof takes this for an open door");
}

#[tokio::test]
async fn an_open_account_is_found_out_also_where_the_operators_pool_takes_projects_only() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let projects = [PROJECT, "project:tidegate-ffff"].map(str::to_owned).to_vec();
    world.front.trust(PoolProvider { subjects: Some(projects), ..world.provider("operators") });
    assert_eq!(connection.open_session(&stranger()).await.err().unwrap().kind, Kind::Denied, "by the account");
    let pool = "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/operators/*";
    world.front.grant_account(&world.front.service_account("writer"), pool, TOKEN_CREATOR);
    assert!(connection.open_session(&stranger()).await.is_ok(), "a stranger of another form would say nothing of it");
}

#[tokio::test]
async fn an_account_that_does_not_let_act_is_named_with_what_mends_it() {
    let world = World::new().await;
    let connection = world.by_acting("writer", USER);
    let (email, member) = (world.front.service_account("writer"), world.provider("operators").member(PROJECT));
    world.front.take_back_account(&email, &member);
    let error = connection.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::Denied);
    assert_eq!(error.answer.unwrap().code.as_deref(), Some("IAM_PERMISSION_DENIED"));
    let hint = error.hint.unwrap();
    assert!(hint.contains(TOKEN_CREATOR) && hint.contains(&email) && hint.contains(&member), "{hint}");
    assert!(matches!(connection.probe(&Probe::Authenticate).await, Finding::Yes { .. }), "the token itself is taken");
}

/// A customer's own pool, which requires the integration's subject.
fn own_pool(world: &World) -> PoolProvider {
    PoolProvider { subjects: Some(vec![INTEGRATION.to_owned()]), ..world.provider("own-pool") }
}

#[tokio::test]
async fn a_pool_of_ones_own_admits_the_integration_and_nobody_else() {
    let world = World::new().await;
    let provider = own_pool(&world);
    let email = world.front.service_account("reader");
    world.front.grant(world.bucket.name(), &world.member("reader"), VIEWER);
    world.front.grant_account(&email, &provider.member(INTEGRATION), TOKEN_CREATOR);
    world.front.trust(provider.clone());
    let settings = [("audience", provider.audience()), ("service_account", email)];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let connection = world.connect("gcp-workload-identity", &settings, None);
    assert!(world.storage(&connection).await.list(&one()).await.is_ok());
    let error = connection.open_session(&stranger()).await.err().unwrap();
    assert_eq!(error.kind, Kind::Denied, "by the attribute condition: {error:?}");
    assert_eq!(error.answer.unwrap().code.as_deref(), Some("unauthorized_client"));
}

#[tokio::test]
async fn a_subject_without_an_account_reaches_the_bucket_and_signs_nothing() {
    let world = World::new().await;
    let provider = own_pool(&world);
    world.front.grant(world.bucket.name(), &provider.member(INTEGRATION), VIEWER);
    world.front.trust(provider.clone());
    let connection = world.connect("gcp-workload-identity", &[("audience", &provider.audience())], None);
    let session = world.whole(&connection).await;
    assert!(session.storage(&world.bucket_name(), None).unwrap().list(&one()).await.is_ok());
    assert_eq!(connection.open_session(&stranger()).await.err().unwrap().kind, Kind::Denied);
    let scope = world.scope("a", domain::scope::Access::Read);
    assert_eq!(connection.open_session(&session_ask(Some(scope))).await.err().unwrap().kind, Kind::Unsupported);
    let ask = super::signing::sign_ask(&world, domain::scope::Verb::Get);
    let error = session.signer(&ask).err().unwrap();
    assert_eq!(error.kind, Kind::Unsupported);
    assert!(error.hint.unwrap().contains("service_account"));
    assert!(world.front.calls_of(GcpCall::GenerateAccessToken).is_empty());
}

#[tokio::test]
async fn a_pool_that_takes_another_audience_takes_no_token_of_ours() {
    let world = World::new().await;
    let other = vec!["https://somebody.else.example".to_owned()];
    let provider = PoolProvider { audiences: other, ..own_pool(&world) };
    world.front.trust(provider.clone());
    let connection = world.connect("gcp-workload-identity", &[("audience", &provider.audience())], None);
    let Finding::No { detail, .. } = connection.probe(&Probe::Authenticate).await else { panic!("it is not for it") };
    assert!(detail.contains("audience"), "{detail}");
    let error = connection.open_session(&session_ask(None)).await.err().unwrap();
    assert_eq!(error.kind, Kind::BadCredentials);
}

#[tokio::test]
async fn a_pool_that_is_not_there_is_no_refusal_of_a_stranger() {
    let world = World::new().await;
    let connection = world.connect("gcp-workload-identity", &[("audience", &own_pool(&world).audience())], None);
    let error = connection.open_session(&stranger()).await.err().unwrap();
    assert_eq!(error.kind, Kind::BadCredentials, "only a refusal may count as one: {error:?}");
    assert!(matches!(connection.probe(&Probe::Authenticate).await, Finding::No { .. }));
}

#[tokio::test]
async fn the_issuers_keys_may_be_rotated_during_use() {
    let world = World::new().await;
    let connection = world.by_acting("reader", VIEWER);
    let storage = world.storage(&connection).await;
    for change in [|world: &World| world.issuer.rotate(), |world: &World| world.issuer.retire()] {
        change(&world);
        storage.list(&one()).await.unwrap();
        world.front.forget_tokens();
        storage.list(&one()).await.unwrap();
        connection.open_session(&session_ask(None)).await.unwrap();
    }
    assert_eq!(world.front.calls_of(GcpCall::Exchange).len(), 3, "kept tokens outlive the keys behind them");
}
