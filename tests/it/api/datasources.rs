//! `P/datasources`: what a proof finds on a real store, and that what it prints mends it.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::component::{ROOT, seaweed};

use crate::cli::account::{Account, Connected};
use crate::support::{Api, admin, assert_checks, assert_problem, body, check, etag, started};

/// The policy of `setup` without one action.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let kept = match &statement["Action"] {
            Value::Array(actions) => actions.iter().filter(|named| *named != action).cloned().collect(),
            Value::String(only) if only == action => Vec::new(),
            other => vec![other.clone()],
        };
        statement["Action"] = kept.into();
    }
    policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Action"] != json!([]));
    policy
}

/// The policy with a statement that a remedy has printed.
fn with(policy: &Value, statement: &Value) -> Value {
    let mut policy = policy.clone();
    policy["Statement"].as_array_mut().unwrap().push(statement.clone());
    policy
}

#[tokio::test]
async fn each_missing_permission_fails_its_check_and_the_printed_remedy_mends_it() {
    let mut account = Account::new().await;
    let tidegate = account.tidegate();
    let line = format!("integration setup --method aws-cross-account {} --format json", account.places());
    let setup = admin(&tidegate, &line).ok().json();
    account.apply(&setup);
    let (role, front) = (Account::ROLE, account.front.url());
    admin(
        &tidegate,
        &format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}"),
    )
    .ok();
    let external_id = setup["external_id"].as_str().unwrap().to_owned();
    let api = Api::admin(&tidegate);

    let missing = [
        ("s3:ListBucket", "list"),
        ("s3:GetObject", "read-back"),
        ("s3:PutObject", "write-probe"),
        ("s3:DeleteObject", "delete-probe"),
    ];
    for (action, name) in missing {
        let lacking = without(&setup["permission_policy"], action);
        account.make_role(&setup, &lacking, Some(&external_id));
        let new = json!({
            "name": format!("out-{name}"), "integration": "lake", "bucket": account.bucket.name(), "prefix": "out",
            "purpose": "output"
        });
        let refused = api.post("P/datasources", &new).await;
        assert_problem(&refused, 422, "proof_failed", "");
        let proof = &body(&refused)["proof"];
        assert_checks(proof, "failed", &[name]);
        let failed = check(proof, name);
        assert_eq!(
            (&failed["provider"]["code"], &failed["provider"]["http_status"]),
            (&json!("AccessDenied"), &json!(403))
        );

        account.make_role(&setup, &with(&lacking, &failed["remedy"]["policy"]), Some(&external_id));
        let made = api.post("P/datasources", &new).await;
        assert_eq!(made.status, 201, "{action}: {}", made.text());
        assert_eq!(body(&made)["proof"]["status"], "passed");
        assert_eq!(body(&made)["datasource"]["usable"], true);
    }
    // A probe that could not be removed was named; nothing else was written.
    let left = account.bucket.list("out/").await;
    assert!(left.iter().all(|key| key.starts_with("out/.tidegate/probe-")) && left.len() <= 1, "{left:?}");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_said_to_be_missing_and_nothing_else_is_asked_of_it() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let store = json!({
        "name": "lake", "method": "s3-compatible",
        "settings": {"preset": "seaweedfs", "endpoint": seaweed().url, "access_key_id": ROOT.access_key_id},
        "secrets": {"secret_access_key": ROOT.secret_access_key}
    });
    assert_eq!(api.post("P/integrations", &store).await.status, 201);
    let there = Bucket::create(&seaweed().url).await;
    let absent = format!("{}-absent", there.name());
    for mode in ["full", "read-only", "write-only"] {
        let new = |bucket: &str| {
            let purpose = if mode == "read-only" { "input" } else { "output" };
            json!({"name": format!("new-{mode}"), "integration": "lake", "bucket": bucket, "prefix": "in",
                "purpose": purpose, "region": "us-east-1", "proof": {"mode": mode}})
        };
        let refused = api.post("P/datasources", &new(&absent)).await;
        assert_problem(&refused, 422, "proof_failed", "");
        let proof = &body(&refused)["proof"];
        let open = proof["checks"].as_array().unwrap().iter().skip_while(|check| check["name"] != "region");
        let open: Vec<_> = open.filter(|check| check["status"] != "skipped").collect();
        let [failed] = open.as_slice() else { panic!("{mode}: {open:?}") };
        assert_eq!((&failed["status"], &failed["provider"]["code"]), (&json!("failed"), &json!("NoSuchBucket")));
        let remedy = failed["remedy"]["summary"].as_str().unwrap();
        assert!(remedy.contains(&format!("no bucket '{absent}'")) && remedy.contains("us-east-1"), "{remedy}");
        assert!(failed["remedy"].get("policy").is_none_or(Value::is_null), "{failed}");
        assert!(check(proof, "excess-other-prefix")["detail"].as_str().unwrap().contains("no such bucket"));
        // The twin; root's narrowed credentials are another matter, which this store decides by itself.
        let there = body(&api.post("P/datasources", &new(there.name())).await);
        assert_checks(&there["proof"], "passed", &["region", "latency"]);
    }
}

#[tokio::test]
async fn checks_come_as_events_and_the_last_one_is_the_answer() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let events = [("accept", "text/event-stream")];
    let proven = api.json("POST", "P/datasources/in/prove", &events, &json!({})).await;
    let (names, last) = read(&proven.text());
    assert_eq!(names, [vec!["check"; 28], vec!["proof"]].concat());
    assert_eq!(last["status"], "passed");

    let bucket = connected.account.bucket.name();
    let new = |name: &str, prefix: &str| json!({"name": name, "integration": "lake", "bucket": bucket, "prefix": prefix, "purpose": "input"});
    let made = api.json("POST", "P/datasources", &events, &new("again", "in")).await;
    let (names, last) = read(&made.text());
    assert_eq!((names.last().map(String::as_str), &last["datasource"]["name"]), (Some("result"), &json!("again")));
    let refused = api.json("POST", "P/datasources", &events, &new("beside", "other")).await;
    let (names, last) = read(&refused.text());
    assert_eq!((names.last().map(String::as_str), &last["code"]), (Some("problem"), &json!("proof_failed")));
    let early = api.json("POST", "P/datasources", &events, &new("again", "in")).await;
    assert_problem(&early, 409, "name_taken", "/name");
}

/// The names of the events, and what the last one says.
fn read(stream: &str) -> (Vec<String>, Value) {
    let field =
        |name: &str| stream.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim).collect::<Vec<_>>();
    let last = serde_json::from_str(field("data:").last().unwrap()).unwrap();
    (field("event:").into_iter().map(str::to_owned).collect(), last)
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_code_and_pointer() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let good = json!({
        "name": "new", "integration": "lake", "bucket": connected.account.bucket.name(), "prefix": "in", "purpose": "input"
    });
    let bad = [
        ("/name", json!("two words"), "invalid"),
        ("/name", json!("a/b"), "invalid"),
        ("/name", json!("n".repeat(65_536)), "invalid"),
        ("/bucket", json!("s3://data"), "invalid"),
        ("/bucket", json!("https://data.s3.amazonaws.com/"), "invalid"),
        ("/prefix", json!("a/../b"), "invalid"),
        ("/prefix", json!("/a"), "invalid"),
        ("/prefix", json!("a\nb"), "invalid"),
        ("/purpose", json!("all"), "invalid"),
        ("/region", json!("eu central"), "invalid"),
        ("/cors_origin", json!("https://a.example/path"), "invalid"),
        ("/proof/mode", json!({"mode": "write-only"}), "invalid"),
        ("/proof/reason", json!({"mode": "off"}), "invalid"),
        ("/sse/type", json!({"type": "none"}), "invalid"),
    ];
    for (pointer, value, code) in bad {
        let mut ask = good.clone();
        let field = pointer.split('/').nth(1).unwrap();
        ask[field] = value;
        let answer = api.post("P/datasources", &ask).await;
        let pointer = if pointer == "/sse/type" { "" } else { pointer };
        assert_problem(&answer, 422, code, pointer);
    }
    let mut unknown = good.clone();
    unknown["colour"] = json!("red");
    assert_problem(&api.post("P/datasources", &unknown).await, 422, "invalid", "");
    let mut other = good.clone();
    other["integration"] = json!("none");
    assert_problem(&api.post("P/datasources", &other).await, 404, "not_found", "/integration");
}

#[tokio::test]
async fn changes_name_their_revision_and_keep_the_old_state_when_the_new_one_fails() {
    let connected = Connected::new().await;
    let api = Api::admin(&connected.tidegate);
    let shown = api.get("P/datasources/in").await;
    let revision = etag(&shown);
    let change = json!({"prefix": "other"});
    assert_problem(&api.json("PATCH", "P/datasources/in", &[], &change).await, 428, "precondition_required", "");
    let stale = api.json("PATCH", "P/datasources/in", &[("if-match", "\"99\"")], &change).await;
    assert_problem(&stale, 412, "precondition_failed", "");
    let failed = api.json("PATCH", "P/datasources/in", &[("if-match", &revision)], &change).await;
    assert_problem(&failed, 422, "proof_failed", "");
    assert_eq!(body(&api.get("P/datasources/in").await)["prefix"], "in/");
    let cors = json!({"cors_origin": "https://label.example.com"});
    let changed = api.json("PATCH", "P/datasources/in", &[("if-match", &revision)], &cors).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_checks(&body(&changed)["proof"], "passed", &["list", "cors"]);
    assert_ne!(etag(&changed), revision);
    assert_eq!(body(&api.get("P/datasources/in/proofs").await)["items"].as_array().unwrap().len(), 2);
}
