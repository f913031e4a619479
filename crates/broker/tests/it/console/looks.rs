//! Looking at one object, and why a browser cannot load it.

use broker::{AuditScope, CorsFinding, ObjectVerdict};
use domain::datasource::Purpose;
use domain::name::Name;
use domain::principal::Role;
use domain::{Error, ErrorKind};

use crate::datasources::{make, new, ready};
use crate::double::WorldDouble;
use crate::house::{House, name};

const PAGE: &str = "https://console.example";

async fn filled() -> (House, WorldDouble, Name) {
    let (house, world, project) = ready().await;
    world.put("data", "in/<b>&\u{202e}.png", b"12345", "2026-01-01T00:00:00Z");
    world.put("data", "secret.png", b"x", "2026-01-01T00:00:00Z");
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    (house, world, project)
}

const KEY: &str = "in/<b>&\u{202e}.png";

#[tokio::test]
async fn object_is_shown_as_the_store_has_it_and_the_look_is_recorded() {
    let (house, _, project) = filled().await;
    let ann = house.member(&project, "ann", Role::Developer).await;
    let object = house.broker.show_object(&ann, &project, &name("in"), KEY).await.unwrap();
    assert_eq!((object.key.as_str(), object.size), (KEY, Some(5)));
    assert_eq!(object.content_type.as_deref(), Some("text/x-double"));
    assert_eq!(object.metadata, [("label".to_owned(), "cat".to_owned())]);
    let recorded = house.recorded(&AuditScope::Project(project.clone())).await;
    assert_eq!(recorded.last().unwrap(), "object.show done");
    let missing = house.broker.show_object(&ann, &project, &name("in"), "in/absent").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::ProviderDenied);
}

#[tokio::test]
async fn nothing_outside_the_datasource_is_looked_at_and_only_by_those_who_may() {
    let (house, _, project) = filled().await;
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let (broker, admin, datasource) = (&house.broker, &house.admin, name("in"));
    let kinds = async |caller, project: &Name, key: &str| {
        let show = broker.show_object(caller, project, &datasource, key).await.unwrap_err();
        let diagnose = broker.diagnose_object(caller, project, &datasource, key, PAGE).await.unwrap_err();
        [show, diagnose].map(|error: Error| error.kind())
    };
    assert_eq!(kinds(admin, &project, "secret.png").await, [ErrorKind::PermissionDenied; 2]);
    assert_eq!(kinds(&viewer, &project, KEY).await, [ErrorKind::PermissionDenied; 2]);
    let other = house.project("two").await;
    assert_eq!(kinds(admin, &other, KEY).await, [ErrorKind::NotFound; 2]);
    let long = format!("in/{}", "x".repeat(1025));
    assert_eq!(kinds(admin, &project, &long).await, [ErrorKind::Invalid; 2]);
    let wrong = broker.diagnose_object(admin, &project, &datasource, KEY, "javascript:alert(1)").await.unwrap_err();
    assert_eq!(wrong.fields()[0].pointer, "/origin");
}

#[tokio::test]
async fn diagnosis_says_what_the_browser_cannot_see() {
    let (house, world, project) = filled().await;
    let diagnose =
        async |key: &str| house.broker.diagnose_object(&house.admin, &project, &name("in"), key, PAGE).await.unwrap();
    let shut = diagnose(KEY).await;
    assert_eq!((shut.verdict, shut.cors, shut.http_status), (ObjectVerdict::Cors, CorsFinding::Missing, Some(200)));
    assert_eq!(shut.remedy.unwrap().summary, "allow what 'cors' needs", "the connection's own remedy");
    world.lock().cors = Some(PAGE);
    let fine = diagnose(KEY).await;
    assert_eq!((fine.verdict, fine.reached, fine.remedy.is_none()), (ObjectVerdict::Fine, true, true));
    let gone = diagnose("in/absent").await;
    assert_eq!((gone.verdict, gone.http_status), (ObjectVerdict::Missing, Some(404)));
    world.lock().answers = Some((403, "<Error><Code>AccessDenied</Code></Error>"));
    let forbidden = diagnose(KEY).await;
    assert_eq!(forbidden.verdict, ObjectVerdict::Forbidden);
    assert_eq!(forbidden.provider_code.as_deref(), Some("AccessDenied"));
    let shown = format!("{forbidden:?}");
    assert!(!shown.contains("double://"), "the URL never leaves: {shown}");
}
