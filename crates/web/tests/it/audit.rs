//! The audit over HTTP: lists, exports, checkpoints, keys, proofs.

use axum::http::StatusCode;

use crate::tenants::{Asker, tenants};

const LINES: &str = "application/x-ndjson";

#[tokio::test]
async fn export_of_a_project_verifies_with_its_checkpoint_and_key() {
    let tenants = tenants().await;
    let owner: &Asker = &tenants.their_owner;
    let get = async |path: &str, accept: &str| {
        tenants.get(owner, &format!("/api/v1/projects/theirs/audit{path}"), accept).await
    };
    let (status, kind, export) = get("", LINES).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, LINES));
    let (_, kind, checkpoint) = get("/checkpoint", "*/*").await;
    assert!(kind.starts_with("text/plain"), "{kind}");
    let (_, kind, key) = get("/key", "*/*").await;
    assert!(kind.starts_with("text/plain"), "{kind}");
    let key = audit_log::PublicKey::parse(&key).unwrap();
    let verified = audit_log::verify_export(export.as_bytes(), Some(&checkpoint), &key).unwrap();
    assert_eq!((verified.extra, verified.anchored), (0, true));
    let (status, _, proof) = get("/proof?index=0", "*/*").await;
    let proof: serde_json::Value = serde_json::from_str(&proof).unwrap();
    assert_eq!((status, proof["size"].as_u64()), (StatusCode::OK, Some(verified.size)));
    let (_, kind, list) = get("?limit=1", "application/json").await;
    assert_eq!(kind, "application/json");
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((list["items"][0]["action"].as_str(), list["next"].as_str()), (Some("project.create"), Some("0")));
    assert_eq!(list["items"][0]["principal"]["name"], "admin");
}

#[tokio::test]
async fn export_of_a_part_and_a_proof_of_nothing_are_refused() {
    let tenants = tenants().await;
    let owner = &tenants.their_owner;
    for (path, accept) in [
        ("?action=project.create", LINES),
        ("?limit=1", LINES),
        ("?since=yesterday", "*/*"),
        ("?limit=0", "*/*"),
        ("?action=%00", "*/*"),
        ("?after=x", "*/*"),
        ("/proof", "*/*"),
        ("/proof?index=0&from=0", "*/*"),
        ("/proof?index=-1", "*/*"),
        ("/proof?index=99", "*/*"),
    ] {
        let (status, kind, body) = tenants.get(owner, &format!("/api/v1/projects/theirs/audit{path}"), accept).await;
        let refused = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused && kind == "application/problem+json", "{path}: {status} {body}");
        assert!(body.contains("\"code\":\"invalid\""), "{path}: {body}");
    }
}
