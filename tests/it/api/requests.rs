//! What all calls have in common: strict queries and bodies, and answers that have the fields they promise.

use serde_json::{Value, json};

use testkit::tidegate::Setup;

use crate::support::{Api, PROGRAM, PROJECT, admin, assert_problem, body, started};

#[tokio::test]
async fn a_misspelt_or_unreadable_parameter_is_refused_and_named() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    for (path, pointer) in [
        ("projects?limit=1&wat=1", "/wat"),
        ("projects?limit=many", "/limit"),
        ("P/audit?sinse=2026-01-31T12:00:00Z", "/sinse"),
        ("P/audit?since=yesterday", "/since"),
        ("P/grants?state=open", "/state"),
        ("P/audit/proof?index=0&to=1&wat=1", "/wat"),
        ("P/setup?method=aws-sts&server_network=office", "/server_network"),
    ] {
        assert_problem(&api.get(path).await, 422, "invalid", pointer);
    }
    let good = api.get("P/audit?since=2026-01-31T12:00:00Z&until=2026-01-31T14:00:00%2B01:00&limit=5").await;
    assert_eq!(good.status, 200, "{}", good.text());
}

#[tokio::test]
async fn a_body_is_one_object_and_what_it_lacks_is_pointed_at() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    assert_problem(&api.post("projects", &json!(["by-position"])).await, 422, "invalid", "");
    assert_problem(&api.get("projects/by-position").await, 404, "not_found", "");
    assert_problem(&api.post("projects", &json!({})).await, 422, "invalid", "/name");
    assert_problem(&api.post("P/grants/revoke", &json!({"by": {}})).await, 422, "invalid", "/by");
    let broken = api.call("POST", "projects", &[("content-type", "application/json")], b"{").await;
    assert_problem(&broken, 400, "invalid", "");
}

#[tokio::test]
async fn the_status_of_a_problem_is_that_of_its_answer() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    let refused = api.call("PUT", "projects", &[], b"").await;
    assert_eq!((refused.status, &body(&refused)["status"]), (405, &json!(405)));
    assert!(refused.headers.get("allow").is_some_and(|methods| methods.to_str().unwrap().contains("POST")));
}

#[tokio::test]
async fn a_setup_has_every_field_even_where_a_method_has_no_use_for_it() {
    let tidegate = started();
    let setup = body(&Api::admin(&tidegate).get("P/setup?method=aws-access-key&bucket=some-bucket").await);
    for field in [
        "principal_arn",
        "external_id",
        "role_name",
        "steps",
        "trust_policy",
        "permission_policy",
        "cors",
        "probe_keys",
        "commands",
        "terraform",
    ] {
        assert!(setup.get(field).is_some(), "no {field} in {setup}");
    }
    assert!(setup["permission_policy"].is_object(), "{setup}");
}

#[tokio::test]
async fn a_server_with_an_address_over_tls_keeps_browsers_to_it_and_takes_no_store_there() {
    let own = "https://tidegate.example";
    let mut tidegate = Setup::new(PROGRAM).config(&format!("public_url = \"{own}\"")).prepare();
    tidegate.start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    let api = Api::admin(&tidegate);
    let answer = api.get("projects").await;
    assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
    let mut new =
        json!({"name": "lake", "method": "s3-compatible", "draft": true, "secrets": {"secret_access_key": "x"}});
    for (endpoint, public) in
        [(own, "https://files.example"), ("https://store.example", "https://tidegate.example:443")]
    {
        new["settings"] = json!({"preset": "generic", "region": "eu-1", "access_key_id": "key", "endpoint": endpoint,
            "public_endpoint": public});
        let pointer = if endpoint == own { "/settings/endpoint" } else { "/settings/public_endpoint" };
        assert_problem(&api.post("P/integrations", &new).await, 422, "invalid", pointer);
    }
    new["settings"]["public_endpoint"] = json!("https://example");
    assert_eq!(api.post("P/integrations", &new).await.status, 201);
}

#[tokio::test]
async fn removing_keeps_people_and_programs_out() {
    let tidegate = started();
    let api = Api::admin(&tidegate);
    for (list, path) in [("users", "users/ann"), ("P/service-accounts", "P/service-accounts/ann-too")] {
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(api.post(list, &json!({"name": name})).await.status, 201);
        assert_eq!(api.call("DELETE", path, &[], b"").await.status, 204);
        assert_eq!(body(&api.get(path).await)["disabled"], Value::Bool(true), "{path}");
        assert_problem(&api.post(list, &json!({"name": name})).await, 409, "name_taken", "/name");
    }
    assert_problem(&api.call("DELETE", "users/nobody", &[], b"").await, 404, "not_found", "");
}
