//! The installation as its administrator answers for it.

use std::time::Duration;

use broker::{GovernanceQuery, TooWide};
use domain::ErrorKind;
use domain::datasource::Purpose;
use domain::integration::IntegrationState;
use domain::page::PageAsk;
use domain::principal::Role;
use domain::proof::ProofStatus;

use crate::datasources::{make, new, ready};
use crate::house::{House, name, page};
use crate::integrations::{make as make_integration, new as new_integration};

async fn names(house: &House, query: GovernanceQuery) -> Vec<String> {
    let listed = house.broker.list_all_integrations(&house.admin, query, page()).await.unwrap().items;
    listed.into_iter().map(|one| format!("{}/{}", one.project, one.name)).collect()
}

/// `pets/aws` with a datasource, and `one/other` in another project.
async fn two_projects() -> (House, crate::double::WorldDouble, domain::name::Name) {
    let (house, world, project) = ready().await;
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    let other = house.project("one").await;
    make_integration(&house, &other, new_integration("other")).await.unwrap();
    (house, world, project)
}

#[tokio::test]
async fn all_integrations_are_listed_by_project_in_pages() {
    let (house, ..) = two_projects().await;
    assert_eq!(names(&house, GovernanceQuery::default()).await, ["one/other", "pets/aws"]);
    let one = |after| PageAsk::new(after, Some(1)).unwrap();
    let query = GovernanceQuery::default;
    let first = house.broker.list_all_integrations(&house.admin, query(), one(None)).await.unwrap();
    let second = house.broker.list_all_integrations(&house.admin, query(), one(first.next)).await.unwrap();
    assert_eq!((first.items[0].name.as_str(), second.items[0].name.as_str()), ("other", "aws"));
    assert_eq!(second.next, None);
    let wrong = house.broker.list_all_integrations(&house.admin, query(), one(Some("x".into()))).await.unwrap_err();
    assert_eq!(wrong.fields()[0].pointer, "/after");
}

#[tokio::test]
async fn what_failed_and_what_is_too_wide_is_found_wherever_it_is() {
    let (house, world, project) = two_projects().await;
    let failed = || GovernanceQuery { proof: Some(ProofStatus::Failed), ..GovernanceQuery::default() };
    let wide = || GovernanceQuery { too_wide: true, ..GovernanceQuery::default() };
    assert!(names(&house, failed()).await.is_empty());
    // Another bucket that the same keys may list.
    world.put("elsewhere", "x", b"x", "2026-01-01T00:00:00Z");
    house.broker.prove_datasource(&house.admin, &project, &name("in"), None, &broker::Silent).await.unwrap();
    assert_eq!(names(&house, wide()).await, ["pets/aws"]);
    let listed = house.broker.list_all_integrations(&house.admin, wide(), page()).await.unwrap().items;
    let expected = TooWide { check: "excess-other-bucket".into(), datasource: Some(name("in")) };
    assert!(listed[0].too_wide.contains(&expected), "{:?}", listed[0].too_wide);
    world.lock().refused.insert("list");
    house.broker.prove_datasource(&house.admin, &project, &name("in"), None, &broker::Silent).await.unwrap();
    assert_eq!(names(&house, failed()).await, ["pets/aws"]);
    let listed = house.broker.list_all_integrations(&house.admin, failed(), page()).await.unwrap().items;
    assert_eq!(listed[0].failed_datasources, [name("in")]);
    assert_eq!(listed[0].last_proof.as_ref().map(|last| last.status), Some(ProofStatus::Passed), "its own");
    assert_eq!(house.broker.governance(&house.admin).await.unwrap().failed_proofs, 1);
}

#[tokio::test]
async fn ages_of_secrets_are_shown_and_never_what_they_are() {
    let (house, _, project) = two_projects().await;
    house.clock.advance(Duration::from_secs(91 * 86_400));
    let query = GovernanceQuery { contains: Some("aw".into()), ..GovernanceQuery::default() };
    let listed = house.broker.list_all_integrations(&house.admin, query, page()).await.unwrap().items;
    let [aws] = listed.as_slice() else { panic!("{listed:?}") };
    let secret = &aws.secrets[0];
    assert_eq!((secret.field.as_str(), secret.version, secret.rotated), ("secret_access_key", 1, 0));
    assert_eq!((aws.project.clone(), aws.datasources, aws.live_grants), (project, 1, 0));
    let shown = format!("{listed:?}");
    assert!(!shown.contains(crate::integrations::ROLE), "no settings: {shown}");
    let numbers = house.broker.governance(&house.admin).await.unwrap();
    assert_eq!((numbers.projects, numbers.users, numbers.integrations.total(), numbers.old_secrets), (2, 1, 2, 2));
    let state = Some(IntegrationState::Paused);
    assert!(names(&house, GovernanceQuery { state, ..GovernanceQuery::default() }).await.is_empty());
    let method = Some("scripted".to_owned());
    assert_eq!(names(&house, GovernanceQuery { method, ..GovernanceQuery::default() }).await.len(), 2);
}

#[tokio::test]
async fn only_administrators_govern() {
    let (house, _, project) = two_projects().await;
    let owner = house.member(&project, "ann", Role::Owner).await;
    let error = house.broker.list_all_integrations(&owner, GovernanceQuery::default(), page()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(house.broker.governance(&owner).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
}
