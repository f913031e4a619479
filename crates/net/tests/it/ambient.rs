//! The machine's own identity, from doubles of the endpoints on loopback.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use domain::clock::Clock;
use domain::provider::ProviderErrorKind;
use jiff::{SignedDuration, Timestamp};
use tidegate_net::{Ambient, AmbientSource};
use tokio::io::AsyncWriteExt as _;

use crate::kit::{Server, answer, head};

const START: &str = "2026-01-01T00:00:00Z";

struct Hands(Mutex<Timestamp>);

impl Hands {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(START.parse().unwrap())))
    }

    fn advance(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// An endpoint whose answers depend on the head; what it was asked is noted.
async fn endpoint(reply: impl Fn(&str, usize) -> String + Send + Sync + 'static) -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let (noted, reply) = (Arc::clone(&heads), Arc::new(reply));
    let server = Server::start(move |mut stream| {
        let (noted, reply) = (Arc::clone(&noted), Arc::clone(&reply));
        async move {
            while let Some(head) = head(&mut stream).await {
                let count = {
                    let mut noted = noted.lock().unwrap();
                    noted.push(head.clone());
                    noted.len()
                };
                if stream.write_all(reply(&head, count).as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, heads)
}

fn document(id: &str, expiration: &str) -> String {
    answer(
        "200 OK",
        &format!(
            r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"sk","Token":"tk","Expiration":"{expiration}"}}"#
        ),
    )
}

fn machine(head: &str, _: usize) -> String {
    let line = head.lines().next().unwrap();
    let authentic = head.contains("x-aws-ec2-metadata-token: tok\r\n");
    match line {
        "PUT /latest/api/token HTTP/1.1" if head.contains("x-aws-ec2-metadata-token-ttl-seconds: ") => {
            answer("200 OK", "tok")
        }
        "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" if authentic => answer("200 OK", "role-of-node"),
        "GET /latest/meta-data/iam/security-credentials/role-of-node HTTP/1.1" if authentic => {
            document("ASIA1", "2026-01-01T01:00:00Z")
        }
        _ => answer("401 Unauthorized", ""),
    }
}

fn ambient(variables: &[(&str, &str)], clock: Arc<Hands>) -> Ambient {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ambient::new(AmbientSource::from_variables(&variables), clock).unwrap()
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

#[tokio::test]
async fn machine_is_asked_with_a_token_once_and_again_five_minutes_before_the_end() {
    let (server, heads) = endpoint(machine).await;
    let clock = Hands::new();
    let ambient = ambient(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.origin())], clock.clone());
    let keys = ambient.credentials().await.unwrap();
    assert_eq!((keys.access_key_id.as_str(), keys.secret_access_key.expose()), ("ASIA1", b"sk".as_slice()));
    assert_eq!(keys.session_token.unwrap().expose(), b"tk");
    clock.advance(54);
    ambient.credentials().await.unwrap();
    assert_eq!(heads.lock().unwrap().len(), 3, "token, role, keys");
    clock.advance(1);
    ambient.credentials().await.unwrap();
    assert_eq!(heads.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn concurrent_callers_share_one_search() {
    let (server, heads) = endpoint(machine).await;
    let ambient = ambient(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.origin())], Hands::new());
    let all = futures::future::join_all((0..50).map(|_| ambient.credentials())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(heads.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn concurrent_callers_share_one_failure_and_the_next_caller_asks_again() {
    let (server, heads) = endpoint(|_, _| answer("503 Slow Down", "")).await;
    let ambient = ambient(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.origin())], Hands::new());
    let all = futures::future::join_all((0..50).map(|_| ambient.credentials())).await;
    assert!(all.iter().all(|one| one.as_ref().is_err_and(|error| error.kind == ProviderErrorKind::Unavailable)));
    assert_eq!(heads.lock().unwrap().len(), 1);
    ambient.credentials().await.unwrap_err();
    assert_eq!(heads.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn renewal_that_fails_leaves_the_old_keys_while_they_are_good() {
    let (server, _) = endpoint(|_, count| match count {
        1 => document("ASIA1", "2026-01-01T00:10:00Z"),
        _ => answer("500 Oops", ""),
    })
    .await;
    let clock = Hands::new();
    let url = format!("{}/creds?x=1", server.origin());
    let ambient = ambient(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)], clock.clone());
    ambient.credentials().await.unwrap();
    clock.advance(7);
    assert_eq!(ambient.credentials().await.unwrap().access_key_id, "ASIA1");
    clock.advance(4);
    assert_eq!(ambient.credentials().await.unwrap_err().kind, ProviderErrorKind::Unavailable);
}

#[tokio::test]
async fn token_file_of_a_container_is_read_each_time() {
    let (server, heads) = endpoint(|_, _| document("ASIA1", "2026-01-01T00:01:00Z")).await;
    let file = scratch("token-file");
    std::fs::write(&file, "first\n").unwrap();
    let url = format!("{}/v1/credentials", server.origin());
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap()),
    ];
    let ambient = ambient(&variables, Hands::new());
    ambient.credentials().await.unwrap();
    std::fs::write(&file, "second").unwrap();
    ambient.credentials().await.unwrap();
    std::fs::write(&file, "two\nlines").unwrap();
    // The first keys are still good for a minute, so they are given.
    ambient.credentials().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let heads = heads.lock().unwrap();
    assert!(
        heads[0].starts_with("GET /v1/credentials ") && heads[0].contains("authorization: first\r\n"),
        "{}",
        heads[0]
    );
    assert!(heads[1].contains("authorization: second\r\n"), "{}", heads[1]);
    assert_eq!(heads.len(), 2, "a token of two lines is not sent");
}

#[tokio::test]
async fn endpoints_outside_the_permitted_addresses_are_refused() {
    for variable in ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"] {
        for origin in ["http://10.0.0.1", "http://93.184.216.34", "http://100.100.100.200", "https://192.168.0.1"] {
            let error = ambient(&[(variable, origin)], Hands::new()).credentials().await.unwrap_err();
            assert_eq!(error.kind, ProviderErrorKind::EgressDenied, "{variable} {origin}: {error}");
        }
    }
    // A container's endpoint is not the machine's.
    let container = ambient(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.169.254/x")], Hands::new());
    assert_eq!(container.credentials().await.unwrap_err().kind, ProviderErrorKind::EgressDenied);
}

#[tokio::test]
async fn machine_without_a_role_is_told_so() {
    let (server, _) = endpoint(|head, _| match head.starts_with("PUT ") {
        true => answer("200 OK", "tok"),
        false => answer("404 Not Found", ""),
    })
    .await;
    let ambient = ambient(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.origin())], Hands::new());
    let error = ambient.credentials().await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::BadCredentials);
    assert!(error.message.contains("no role attached"), "{error}");
}

#[tokio::test]
async fn answer_that_is_no_document_is_refused_without_being_quoted() {
    let (server, _) =
        endpoint(|_, _| answer("200 OK", r#"{"AccessKeyId":"A","SecretAccessKey":17,"x":"hunter2"}"#)).await;
    let ambient = ambient(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &server.origin())], Hands::new());
    let error = ambient.credentials().await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotTheProvider);
    assert!(!format!("{error:?}").contains("hunter2"));
}
