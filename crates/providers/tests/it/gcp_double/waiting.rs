//! Services that never answer, and signatures that have to be waited for. Doubles answer as they are told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use domain::provider::{Connection, Finding, ListAsk, Probe, ProviderErrorKind as Kind, UrlSigner};
use domain::scope::Verb;
use serde_json::json;
use testkit::gcp::GcpCall;
use testkit::{HttpDouble, Reply};
use tidegate_providers::GcpDeps;

use super::signing::sign_ask;
use super::world::{PROJECT, VIEWER, World, session_ask};

/// The longest wait for an answer, and a little for a busy machine.
const CHECK_LIMIT: Duration = Duration::from_secs(22);

/// What a request that never gets its answer comes to.
async fn given_up<T>(call: GcpCall, asked: impl Future<Output = Result<T, domain::provider::ProviderError>>) {
    let started = Instant::now();
    let error = asked.await.err().unwrap_or_else(|| panic!("{call:?} was never answered"));
    assert_eq!(error.kind, Kind::Timeout, "{call:?}: {error:?}");
    assert!(started.elapsed() < CHECK_LIMIT, "{call:?} took {:?}", started.elapsed());
}

async fn silent(call: GcpCall, by_key: bool) {
    let world = World::new().await;
    let connection = if by_key { world.by_key("reader", VIEWER) } else { world.by_acting("reader", VIEWER) };
    let whole = world.whole(&connection).await;
    world.front.fault(call, Reply::never());
    match call {
        GcpCall::SignBlob => {
            let mut signer = whole.signer(&sign_ask(&world, Verb::Get)).unwrap();
            given_up(call, async { signer.prepare(&["in/a"]).await }).await;
        }
        GcpCall::ObjectList => {
            let storage = whole.storage(&world.bucket_name(), None).unwrap();
            given_up(call, async { storage.list(&ListAsk { limit: 1, ..ListAsk::default() }).await }).await;
        }
        GcpCall::Downscope => {
            let ask = session_ask(Some(world.scope("in/", domain::scope::Access::Read)));
            given_up(call, connection.open_session(&ask)).await;
        }
        // The token of the subject is kept for a while: only who asks whether it is known asks anew.
        GcpCall::Exchange => {
            let known = async {
                match connection.probe(&Probe::Authenticate).await {
                    Finding::Unclear(error) => Err(error),
                    other => Ok(other),
                }
            };
            given_up(call, known).await;
        }
        _ => given_up(call, connection.open_session(&session_ask(None))).await,
    }
    world.front.heal();
    assert!(connection.open_session(&session_ask(None)).await.is_ok(), "{call:?}: nothing of it stays");
}

#[tokio::test]
async fn services_of_the_double_that_never_answer_are_given_up_in_time_and_nothing_of_it_stays() {
    tokio::join!(
        silent(GcpCall::Token, true),
        silent(GcpCall::Downscope, true),
        silent(GcpCall::ObjectList, true),
        silent(GcpCall::Exchange, false),
        silent(GcpCall::GenerateAccessToken, false),
        silent(GcpCall::SignBlob, false),
    );
}

/// The service that gives tokens and signatures of accounts, as a test has it answer.
struct Signatures {
    double: HttpDouble,
    /// When each signature was asked for.
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Signatures {
    fn answering(with: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let double = HttpDouble::start(move |request| {
            if request.target.ends_with(":generateAccessToken") {
                let token = json!({"accessToken": "ya29.of-the-double", "expireTime": "2099-01-01T00:00:00Z"});
                return Reply::new(200, "application/json", token.to_string());
            }
            let mut noted = noted.lock().unwrap();
            noted.push(Instant::now());
            with(noted.len())
        });
        Self { double, asked }
    }

    fn connect(&self, world: &World) -> Arc<dyn Connection> {
        let provider = world.provider("operators");
        let email = world.front.service_account("reader");
        world.front.grant_account(&email, &provider.member(PROJECT), super::world::TOKEN_CREATOR);
        world.front.trust(provider);
        let deps = GcpDeps { iam_endpoint: Some(self.double.url()), ..world.deps() };
        world.connect_with(deps, "gcp-cross-project", &[("service_account", &email)], None)
    }

    fn asked(&self) -> Vec<Instant> {
        self.asked.lock().unwrap().clone()
    }
}

fn signature() -> Reply {
    let blob = base64::engine::general_purpose::STANDARD.encode([7; 256]);
    Reply::new(200, "application/json", json!({"keyId": "k", "signedBlob": blob}).to_string())
}

async fn signer(world: &World, connection: &Arc<dyn Connection>) -> Box<dyn UrlSigner> {
    world.whole(connection).await.signer(&sign_ask(world, Verb::Get)).unwrap()
}

#[tokio::test]
async fn at_most_sixteen_signatures_of_a_connection_are_waited_for_at_once_where_a_double_is_silent() {
    let world = World::new().await;
    let signatures = Signatures::answering(|_| Reply::never());
    let connection = signatures.connect(&world);
    let (mut one, mut other) = (signer(&world, &connection).await, signer(&world, &connection).await);
    let keys = ["in/a"; 40];
    // Two calls at once: whichever is given up first, no more than these were ever on their way.
    let first = futures::future::select(one.prepare(&keys), other.prepare(&keys)).await;
    let (futures::future::Either::Left((given_up, _)) | futures::future::Either::Right((given_up, _))) = first;
    assert_eq!(given_up.unwrap_err().kind, Kind::Timeout);
    assert_eq!(signatures.asked().len(), 16);
}

#[tokio::test]
async fn a_busy_signer_is_asked_again_only_when_it_says_where_a_double_is_busy() {
    let world = World::new().await;
    let signatures = Signatures::answering(|count| match count {
        1 => Reply::new(429, "application/json", r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#)
            .with_header("retry-after", "2"),
        2 => Reply::new(503, "application/json", r#"{"error":{"status":"UNAVAILABLE"}}"#),
        _ => signature(),
    });
    let connection = signatures.connect(&world);
    signer(&world, &connection).await.prepare(&["in/a"]).await.unwrap();
    let asked = signatures.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked[1] - asked[0] >= Duration::from_secs(2), "it said when: {:?}", asked[1] - asked[0]);
    assert!(asked[2] - asked[1] < Duration::from_secs(2), "it did not say when: {:?}", asked[2] - asked[1]);
}

#[tokio::test]
async fn a_signer_that_stays_busy_is_given_up_after_six_times_where_a_double_is_busy() {
    let world = World::new().await;
    let signatures = Signatures::answering(|_| {
        Reply::new(429, "application/json", r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#)
            .with_header("retry-after", "0")
    });
    let connection = signatures.connect(&world);
    let error = signer(&world, &connection).await.prepare(&["in/a"]).await.unwrap_err();
    assert_eq!((error.kind, signatures.asked().len()), (Kind::Throttled, 6), "{error:?}");
}
