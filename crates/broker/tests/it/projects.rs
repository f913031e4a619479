//! Projects: made whole, hidden from others, deleted only when empty.

use broker::{AuditFilter, AuditScope};
use domain::ErrorKind;
use domain::id::IntegrationId;
use domain::integration::{Integration, IntegrationState};
use domain::principal::Role;
use jiff::Timestamp;

use crate::house::{house, name, page};

#[tokio::test]
async fn project_has_an_external_id_an_owner_and_a_key() {
    let house = house().await;
    let made = house.broker.create_project(&house.admin, name("one")).await.unwrap();
    assert_eq!(made.role, Role::Owner);
    assert!(made.external_id.as_str().starts_with("tidegate-"));
    assert_eq!(made.identities["aws"], "arn:aws:iam::111122223333:role/tidegate");
    let shown = house.broker.show_project(&house.admin, &name("one")).await.unwrap();
    assert_eq!(shown.external_id, made.external_id);
    let other = house.broker.create_project(&house.admin, name("two")).await.unwrap();
    assert_ne!(other.external_id, made.external_id);
    let taken = house.broker.create_project(&house.admin, name("one")).await.unwrap_err();
    assert_eq!((taken.kind(), taken.fields()[0].pointer.as_str()), (ErrorKind::NameTaken, "/name"));
    let id = made.id.parse().unwrap();
    let keys = house.store.read(move |tx| Box::pin(store::project_keys::list(tx, id))).await.unwrap();
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn missing_and_forbidden_projects_look_the_same() {
    let house = house().await;
    let project = house.project("one").await;
    let ann = house.person("ann").await;
    let look = async |text: &str| house.broker.show_project(&ann, &name(text)).await.unwrap_err();
    let (hidden, missing) = (look("one").await, look("none").await);
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
    assert_eq!(
        (hidden.message().replace("one", "none"), hidden.hint()),
        (missing.message().to_owned(), missing.hint())
    );
    assert!(house.broker.list_projects(&ann, page()).await.unwrap().items.is_empty());
    assert_eq!(house.broker.create_project(&ann, name("two")).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    let recorded = house.recorded(&AuditScope::Installation).await;
    assert_eq!(recorded.iter().filter(|line| *line == "project.show refused").count(), 2);
    assert!(!house.recorded(&AuditScope::Project(project)).await.iter().any(|line| line.contains("refused")));
}

#[tokio::test]
async fn project_in_use_is_not_deleted_and_an_empty_one_is_shredded() {
    let house = house().await;
    let project = house.project("one").await;
    let deputy = house.member(&project, "deputy", Role::Admin).await;
    let id = house.broker.show_project(&house.admin, &project).await.unwrap().id.parse().unwrap();
    let integration = Integration {
        id: IntegrationId::new(),
        project: id,
        name: name("bucket"),
        method: "aws-access-key".to_owned(),
        settings: Default::default(),
        state: IntegrationState::Pending,
        reason: None,
        revision: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        last_used_at: None,
    };
    let kept = integration.clone();
    house.store.write(move |tx| Box::pin(async move { store::integrations::insert(tx, &kept).await })).await.unwrap();
    assert_eq!(house.broker.delete_project(&deputy, &project).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    let refused = house.broker.delete_project(&house.admin, &project).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.message().contains("integrations: bucket"), "{refused}");
    house
        .store
        .write(move |tx| Box::pin(async move { store::integrations::delete(tx, id, integration.id, 1).await }))
        .await
        .unwrap();
    house.broker.delete_project(&house.admin, &project).await.unwrap();
    assert_eq!(house.broker.show_project(&house.admin, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
    let keys = house.store.read(move |tx| Box::pin(store::project_keys::list(tx, id))).await.unwrap();
    assert!(keys.is_empty());
    let log = store::audit::Log::Project(id);
    let head = house.store.read(move |tx| Box::pin(store::audit::head(tx, log))).await.unwrap();
    assert!(head.is_some_and(|head| head.size > 0), "its audit stays");
    let filter = AuditFilter { action: Some("project.delete".to_owned()), ..AuditFilter::default() };
    let recorded =
        house.broker.list_audit(&house.admin, &AuditScope::Installation, filter, page()).await.unwrap().items;
    assert_eq!(recorded.last().unwrap().details["keys_shredded"], 1);
    house.project("one").await;
}
