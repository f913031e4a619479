//! The second, independent store, Ceph's gateway: what is narrowed, what is too long, and taking back at once.

use std::fs;
use std::time::{Duration, Instant};

use domain::step::Step;
use serde_json::{Value, json};
use testkit::Bucket;
use testkit::aws_query::{SessionKeys, create_ceph_role};
use testkit::component::{self, ROOT};
use testkit::tidegate::Tidegate;

use super::crashes::{crash_during, recovered};
use crate::support::{admin, assert_checks, problem_of, started};

/// A role of the test's own, connected as `lake` with the right to deny older sessions, and the datasource `in`.
async fn connected() -> (Tidegate, Bucket, Value) {
    let url = component::ceph();
    let bucket = Bucket::create(&url).await;
    bucket.put("in/a", "a").await.ok();
    bucket.put("other/b", "b").await.ok();
    bucket.put("in-beside/b", "b").await.ok();
    let name = bucket.name();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": [ROOT.ceph_arn()]}}]});
    let permission = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"],
        "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")]}]});
    let role = create_ceph_role(&url, name, &trust, &permission).await;
    let tidegate = started();
    let secret = tidegate.dir().join("secret");
    fs::write(&secret, ROOT.secret_access_key).unwrap();
    let line = format!(
        "integration create s3-compatible lake --set preset=ceph --set endpoint={url} --set role_arn={role} \
         --set revoke_sessions=true --set access_key_id={} --secret-file secret_access_key={}",
        ROOT.access_key_id,
        secret.display()
    );
    admin(&tidegate, &line).ok();
    let line = format!("datasource create in --integration lake --bucket {name} --prefix in --purpose input-output");
    let made = admin(&tidegate, &line).ok().json();
    (tidegate, bucket, made["proof"].clone())
}

fn issue(tidegate: &Tidegate, more: &str) -> Value {
    admin(tidegate, &format!("credential issue in --ttl 20m {more}")).ok().json()
}

/// Ceph compares whole seconds: within the one of the cut nothing is issued, and that may be tried again.
fn issue_afterwards(tidegate: &Tidegate) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        let issued = admin(tidegate, "credential issue in --ttl 20m");
        if issued.code == 0 {
            return issued.json();
        }
        let problem = problem_of(&issued);
        assert_eq!((&problem["code"], &problem["retryable"]), (&json!("conflict"), &json!(true)), "{problem}");
    }
    panic!("nothing is issued any more")
}

/// The bucket as whoever holds this credential sees it.
fn seen_with(bucket: &Bucket, issued: &Value) -> Bucket {
    let given = |name: &str| issued["credential"][name].as_str().unwrap().to_owned();
    bucket.seen_by(SessionKeys {
        access_key_id: given("access_key_id"),
        secret_access_key: given("secret_access_key"),
        session_token: Some(given("session_token")),
    })
}

fn id(issued: &Value) -> &str {
    issued["grant_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_credential_is_narrowed_and_a_life_over_the_roles_is_refused() {
    let (tidegate, bucket, proof) = connected().await;
    assert_checks(&proof, "passed", &["scoped-credential", "scope-refuses-sibling", "scope-refuses-other-verbs"]);
    assert_checks(&proof, "passed", &["list", "read", "write-probe", "read-back", "delete-probe", "signed-url"]);
    let reader = seen_with(&bucket, &issue(&tidegate, "--access read"));
    assert_eq!((reader.get("in/a").await.ok().text(), reader.list("in/").await), ("a".into(), vec!["in/a".into()]));
    for refused in [
        reader.get("other/b").await,
        reader.get("in-beside/b").await,
        reader.put("in/x", "x").await,
        reader.delete("in/a").await,
        reader.list_page("", "").await,
        reader.list_page("other/", "").await,
    ] {
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    let writer = seen_with(&bucket, &issue(&tidegate, "--access write --prefix in/w"));
    writer.put("in/w/x", "x").await.ok();
    assert_eq!((writer.get("in/w/x").await.status, writer.put("in/x", "x").await.status), (403, 403));

    // Of another scope, so that the store is asked.
    let refused = admin(&tidegate, "credential issue in --prefix in/long --ttl 2h").code(1);
    assert_eq!(problem_of(&refused)["code"], "ttl_exceeds_limit", "{}", refused.stderr);
    let longest = admin(&tidegate, "credential issue in --prefix in/long --ttl 1h").ok().json();
    assert!(longest["granted_ttl_seconds"].as_u64().unwrap() > 3500, "{longest}");
}

#[tokio::test]
async fn revoking_cuts_off_running_sessions_at_once_and_names_whom_else_it_hits() {
    let (tidegate, bucket, _) = connected().await;
    let (one, other) = (issue(&tidegate, ""), issue(&tidegate, "--prefix in/sub"));
    assert_ne!(one["revocability"]["kind"], "at-expiry", "{one}");
    let (holder, beside) = (seen_with(&bucket, &one), seen_with(&bucket, &other));
    holder.get("in/a").await.ok();
    beside.list_page("in/sub/", "").await.ok();

    let refused = admin(&tidegate, &format!("grant revoke {} --yes", id(&one))).code(1);
    let problem = problem_of(&refused);
    assert_eq!(problem["code"], "conflict");
    assert!(problem["detail"].as_str().unwrap().contains(id(&other)), "whom it hits is named: {problem}");
    holder.get("in/a").await.ok();

    let line = format!("grant revoke {} --yes --cut-off-others true", id(&one));
    let revoked = admin(&tidegate, &line).ok().json();
    // What is promised is a bound; what Ceph does is seen below.
    assert_eq!((&revoked["state"], &revoked["revocability"]), (&json!("revoking"), &one["revocability"]));
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let left = time(&revoked["usable_until"]).duration_since(time(&revoked["revoked_at"])).as_secs();
    assert!(left <= one["revocability"]["bound_seconds"].as_i64().unwrap() + 5, "{revoked}");
    for answer in [holder.get("in/a").await, beside.list_page("in/sub/", "").await] {
        assert_eq!(answer.status, 403, "it works still: {}", answer.text());
    }
    let state = admin(&tidegate, &format!("grant show {}", id(&other))).ok().json()["state"].clone();
    assert_eq!(state, "revoking", "it was cut off too");

    let again = seen_with(&bucket, &issue_afterwards(&tidegate));
    assert_eq!(again.get("in/a").await.ok().text(), "a", "what is issued afterwards works");
    assert_eq!(holder.get("in/a").await.status, 403);
}

/// The provider has cut off, and the crash comes before that is written down.
pub(super) async fn crash_while_cutting_off(step: Step) {
    let (mut tidegate, bucket, _) = connected().await;
    let issued = issue(&tidegate, "");
    let holder = seen_with(&bucket, &issued);
    holder.get("in/a").await.ok();
    crash_during(&mut tidegate, step, &format!("grant revoke {} --yes", id(&issued)));
    assert_eq!(holder.get("in/a").await.status, 403, "it was cut off");
    recovered(&mut tidegate);
    let shown = admin(&tidegate, &format!("grant show {}", id(&issued))).ok().json();
    assert!(["revoking", "revoked"].contains(&shown["state"].as_str().unwrap()), "{shown}");
    let again = seen_with(&bucket, &issue_afterwards(&tidegate));
    again.get("in/a").await.ok();
}
