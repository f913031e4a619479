//! Answers that SeaweedFS does not give: strangers, limits of AWS, wrong regions, and the denial of older sessions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::provider::{ExternalIdSent, Finding, ListAsk, Probe, ProviderErrorKind as Kind, SessionAsk};

use crate::double::{Asked, serve, xml};
use crate::store::{BROKER, bucket, connect_to, objects, session_ask};

const ROLE: (&str, &str) = ("role_arn", "arn:aws:iam:::role/path/R");

const SESSION: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
    <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[tokio::test]
async fn web_pages_and_redirects_are_not_stores() {
    let page = serve(|_| (200, vec![("content-type", "text/html".to_owned())], "<html>hello</html>".to_owned()));
    let metadata = "http://169.254.169.254/latest/meta-data/".to_owned();
    let redirect = serve(move |_| (302, vec![("location", metadata.clone())], String::new()));
    for origin in [page, redirect] {
        let connection = connect_to(&origin, "s3-compatible", Some(BROKER), &[]);
        let finding = connection.probe(&Probe::Reach).await;
        assert!(matches!(finding, Finding::No { .. }), "{finding:?}");
        let storage = objects(&connection.open_session(&session_ask(None)).await.unwrap());
        let list = ListAsk { limit: 1, ..ListAsk::default() };
        assert_eq!(storage.list(&list).await.unwrap_err().kind, Kind::NotTheProvider);
        assert!(storage.list_buckets().await.is_err() && storage.may_read_bucket_policy().await.is_err());
    }
}

#[tokio::test]
async fn tidegates_own_keys_sign_for_the_sts_and_never_for_an_endpoint_that_a_tenant_chose() {
    // An STS like Ceph's, which does not tell whose keys they are.
    let unknown = "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>";
    let sts = serve(move |_| xml(400, unknown));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let tenant = serve(move |asked| {
        log.lock().unwrap().push(asked.headers.clone());
        xml(200, "<ListAllMyBucketsResult/>")
    });
    let settings = [ROLE, ("endpoint", tenant.as_str()), ("public_endpoint", tenant.as_str())];
    let connection = connect_to(&sts, "aws-cross-account", None, &settings);
    for probe in [Probe::Reach, Probe::Authenticate, Probe::BaseReaches { bucket: Some(bucket()) }] {
        let finding = connection.probe(&probe).await;
        assert!(!matches!(finding, Finding::No { .. } | Finding::Unclear(_)), "{finding:?}");
    }
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|headers| !headers.contains("authorization")), "{seen:?}");
}

#[tokio::test]
async fn limits_that_only_the_provider_knows_are_told_apart() {
    for (body, kind) in [
        ("<ErrorResponse><Error><Code>PackedPolicyTooLarge</Code></Error></ErrorResponse>", Kind::PolicyTooLarge),
        (
            "<ErrorResponse><Error><Code>ValidationError</Code><Message>The requested DurationSeconds exceeds the \
             MaxSessionDuration set for this role.</Message></Error></ErrorResponse>",
            Kind::TtlTooLong,
        ),
        ("<Error><Code>InvalidArgument</Code></Error>", Kind::TtlTooLong),
        ("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", Kind::Throttled),
        ("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", Kind::Denied),
    ] {
        let status = if kind == Kind::Denied { 403 } else { 400 };
        let origin = serve(move |_| xml(status, body));
        let connection = connect_to(&origin, "s3-compatible", Some(BROKER), &[ROLE]);
        let ask = SessionAsk { ttl: Duration::from_hours(2), ..session_ask(None) };
        assert_eq!(connection.open_session(&ask).await.err().unwrap().kind, kind, "{body}");
    }
}

#[tokio::test]
async fn only_the_external_id_differs_between_a_check_and_its_twins() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let origin = serve(move |asked| {
        log.lock().unwrap().push(asked.body.clone());
        xml(200, SESSION)
    });
    let connection = connect_to(&origin, "s3-compatible", Some(BROKER), &[ROLE, ("external_id", "right-1")]);
    for external_id in [ExternalIdSent::Right, ExternalIdSent::Missing, ExternalIdSent::Wrong] {
        connection.open_session(&SessionAsk { external_id, ..session_ask(None) }).await.unwrap();
    }
    let seen = seen.lock().unwrap();
    let of = |form: &str| form.split('&').find_map(|pair| pair.strip_prefix("ExternalId=").map(str::to_owned));
    let rest =
        |form: &str| form.split('&').filter(|pair| !pair.starts_with("ExternalId=")).collect::<Vec<_>>().join("&");
    assert_eq!(of(&seen[0]).as_deref(), Some("right-1"));
    assert_eq!(of(&seen[1]), None);
    assert!(of(&seen[2]).is_some_and(|wrong| wrong != "right-1"));
    assert_eq!(rest(&seen[0]), rest(&seen[1]));
    assert_eq!(rest(&seen[0]), rest(&seen[2]));
}

#[tokio::test]
async fn the_region_of_a_bucket_is_found_out_from_a_refusal() {
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>";
    let by_body = serve(move |_| xml(400, malformed));
    let header = vec![("x-amz-bucket-region", "eu-central-1".to_owned())];
    let by_header = serve(move |_| (301, header.clone(), String::new()));
    for origin in [by_body, by_header] {
        let ask = Probe::Region { tags: session_ask(None).tags, bucket: Some(bucket()) };
        let finding = connect_to(&origin, "s3-compatible", Some(BROKER), &[]).probe(&ask).await;
        let Finding::No { region, .. } = finding else { panic!("{finding:?}") };
        assert_eq!(region.as_deref(), Some("eu-central-1"));
    }
}

#[tokio::test]
async fn older_sessions_are_denied_on_the_role_and_that_is_read_back() {
    let kept = Arc::new(Mutex::new(String::new()));
    let policy = kept.clone();
    let origin = serve(move |asked: &Asked| {
        assert!(asked.headers.contains("/iam/aws4_request"), "signed for IAM");
        assert!(asked.body.contains("RoleName=R&"), "the name without its path: {}", asked.body);
        let document = asked.body.split('&').find_map(|pair| pair.strip_prefix("PolicyDocument="));
        if let Some(document) = document {
            *policy.lock().unwrap() = document.to_owned();
            return xml(200, "<PutRolePolicyResponse/>");
        }
        let document = policy.lock().unwrap();
        xml(
            200,
            format!("<R><GetRolePolicyResult><PolicyDocument>{document}</PolicyDocument></GetRolePolicyResult></R>"),
        )
    });
    let settings = [ROLE, ("preset", "ceph"), ("revoke_sessions", "true")];
    let connection = connect_to(&origin, "s3-compatible", Some(BROKER), &settings);
    let before = "2026-11-22T18:44:25.5Z".parse().unwrap();
    let cut = connection.cut_off(&session_ask(None).tags, before).await.unwrap();
    assert!(cut.verified);
    assert_eq!(cut.before.to_string(), "2026-11-22T18:44:26Z");
    let document = kept.lock().unwrap().replace("%3A", ":").replace("%22", "\"");
    assert!(document.contains("\"aws:TokenIssueTime\":%5B\"2026-11-22T18:44:26Z\""), "{document}");
}
