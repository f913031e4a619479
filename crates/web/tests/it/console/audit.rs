//! `/projects/{project}/audit` and `/admin/audit`

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use super::{ask, get, member, post};
use crate::tenants::{Asker, Tenants, tenants};

fn administrator(tenants: &Tenants) -> &Asker {
    tenants.askers.iter().find(|asker| asker.administrator).unwrap()
}

#[tokio::test]
async fn only_who_reads_the_audit_sees_its_pages() {
    let tenants = tenants().await;
    let pages = ["", "/verify", "/export", "/checkpoint", "/key", "/0", "/0/proof", "?since=garbage"];
    for page in pages {
        for role in ["viewer", "developer"] {
            let refused = get(&tenants, member(&tenants, role), &format!("/projects/ours/audit{page}")).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role} {page}");
            refused.shows(&["You may not do this", "aria-label=\"Main\""]);
        }
        let refused = get(&tenants, member(&tenants, "owner"), &format!("/admin/audit{page}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "owner of ours /admin/audit{page}");
        let hidden = get(&tenants, member(&tenants, "owner"), &format!("/projects/theirs/audit{page}")).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{page}");
    }
    for role in ["auditor", "admin", "owner"] {
        assert_eq!(
            get(&tenants, member(&tenants, role), "/projects/ours/audit").await.status,
            StatusCode::OK,
            "{role}"
        );
    }
    assert_eq!(get(&tenants, administrator(&tenants), "/admin/audit").await.status, StatusCode::OK);
    let refused = post(&tenants, member(&tenants, "viewer"), "/projects/ours/audit/verify", "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn records_come_newest_first_and_the_refused_are_found() {
    let tenants = tenants().await;
    get(&tenants, member(&tenants, "viewer"), "/projects/ours/audit").await;
    let auditor = member(&tenants, "auditor");
    let all = get(&tenants, auditor, "/projects/ours/audit").await;
    all.shows(&["our-viewer", "Read the audit", "Make a project", "Export and verify"]);
    assert!(all.html.find("Read the audit") < all.html.find("Make a project<br>"), "the newest is first");
    let refused = get(&tenants, auditor, "/projects/ours/audit?outcome=refused").await;
    refused.shows(&["our-viewer", "refused"]);
    assert!(!refused.html.contains("Make a project<br>"));
    let first = get(&tenants, auditor, "/projects/ours/audit?limit=1").await;
    first.shows(&["rel=\"next\""]);
    for nothing in ["action=else.where", "principal=nobody-at-all", "since=2100-01-01T00%3A00"] {
        let page = get(&tenants, auditor, &format!("/projects/ours/audit?{nothing}")).await;
        assert_eq!(page.status, StatusCode::OK, "{nothing}");
        page.shows(&["No record matches"]);
    }
    let by_viewer = get(&tenants, auditor, "/projects/ours/audit?principal=our-viewer&action=audit.read").await;
    by_viewer.shows(&["our-viewer"]);
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_said_beside_the_form_that_stays() {
    let tenants = tenants().await;
    let auditor = member(&tenants, "auditor");
    for query in ["since=yesterday", "until=2026-99-01T00:00", "action=%3Cscript%3E", "outcome=x", "after=x", "limit=0"]
    {
        let page = get(&tenants, auditor, &format!("/projects/ours/audit?{query}&principal=our-viewer")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        page.shows(&["role=\"alert\"", "value=\"our-viewer\""]);
        assert!(!page.html.contains("<script>"), "{query}");
    }
    get(&tenants, auditor, "/projects/ours/audit?since=yesterday").await.shows(&["id=\"e-since\""]);
}

#[tokio::test]
async fn what_strangers_wrote_into_the_log_is_text_on_the_page() {
    let tenants = tenants().await;
    let request = Request::post("/api/v1/projects/ours/grants/%3Cb%3Ex%3C%2Fb%3E%E2%80%AEevil/revoke")
        .header("authorization", format!("Bearer {}", member(&tenants, "viewer").token))
        .header("content-type", "application/json")
        .header("user-agent", "<img src=x onerror=alert(1)>");
    ask(&tenants, member(&tenants, "viewer"), request, Body::from("{}")).await;
    let auditor = member(&tenants, "auditor");
    let list = get(&tenants, auditor, "/projects/ours/audit?outcome=refused").await;
    list.shows(&["<bdi>&#60;b&#62;x&#60;/b&#62;\u{202e}evil</bdi>"]);
    let at = list.html.find("/projects/ours/audit/").and_then(|_| {
        let row = list.html.split("<td data-label=\"When\">").nth(1)?;
        Some(row.split('"').nth(3)?.to_owned())
    });
    let record = get(&tenants, auditor, &at.unwrap()).await;
    record.shows(&["&#60;img src=x onerror=alert(1)&#62;", "\\u202e", "Private: kept beside the log"]);
    for page in [&list, &record] {
        assert!(!page.html.contains("<img src=x") && !page.html.contains("<b>x"), "{}", page.html);
    }
}

#[tokio::test]
async fn a_record_has_its_page_and_its_proof_and_what_is_none_is_missing() {
    let tenants = tenants().await;
    let auditor = member(&tenants, "auditor");
    get(&tenants, auditor, "/projects/ours/audit/0").await.shows(&[
        "Record 0: Make a project",
        "project.create",
        "Personal data",
    ]);
    let proof = get(&tenants, auditor, "/projects/ours/audit/0/proof").await;
    assert_eq!(proof.header("content-disposition"), "attachment; filename=\"ours-audit-0-proof.json\"");
    let proof: Value = serde_json::from_str(&proof.html).unwrap();
    assert_eq!((&proof["index"], proof["leaf"].as_str().unwrap().len()), (&Value::from(0), 64));
    for absent in ["99999", "-1", "x", "18446744073709551615", "99999999999999999999999"] {
        for page in [format!("/projects/ours/audit/{absent}"), format!("/projects/ours/audit/{absent}/proof")] {
            assert_eq!(get(&tenants, auditor, &page).await.status, StatusCode::NOT_FOUND, "{page}");
        }
    }
}

#[tokio::test]
async fn the_files_verify_as_they_are_downloaded_and_the_check_in_the_page_holds() {
    let tenants = tenants().await;
    let (auditor, administrator) = (member(&tenants, "auditor"), administrator(&tenants));
    for (asker, base, file) in
        [(auditor, "/projects/ours/audit", "ours-audit"), (administrator, "/admin/audit", "installation-audit")]
    {
        let key = get(&tenants, asker, &format!("{base}/key")).await;
        let checkpoint = get(&tenants, asker, &format!("{base}/checkpoint")).await;
        let export = get(&tenants, asker, &format!("{base}/export")).await;
        assert_eq!(export.header("content-type"), "application/x-ndjson");
        assert_eq!(export.header("content-disposition"), format!("attachment; filename=\"{file}.ndjson\""));
        let key = audit_log::PublicKey::parse(&key.html).unwrap();
        let verified = audit_log::verify_export(export.html.as_bytes(), Some(&checkpoint.html), &key).unwrap();
        assert!(verified.anchored, "{base}");
        let page = get(&tenants, asker, &format!("{base}/verify")).await;
        let line =
            format!("tidegate audit verify {file}.ndjson --public-key {file}.pub --checkpoint {file}.checkpoint");
        page.shows(&[&line, "Verify now", "weaker than verifying the export elsewhere"]);
        post(&tenants, asker, &format!("{base}/verify"), "").await.shows(&[
            "It holds.",
            "signature holds",
            "Verify now",
        ]);
    }
}
