//! Roles are given and taken by those who have them.

use broker::{AuditScope, NewToken};
use domain::ErrorKind;
use domain::principal::{Role, TokenLimit};

use crate::house::{house, name, page};

#[tokio::test]
async fn nobody_gives_or_takes_a_role_that_he_lacks() {
    let house = house().await;
    let project = house.project("one").await;
    let deputy = house.member(&project, "deputy", Role::Admin).await;
    house.member(&project, "ann", Role::Viewer).await;
    let give = async |who: &str, role| {
        house.broker.add_member(&deputy, &project, who, role).await.map(|(member, _)| member.role)
    };
    for role in [Role::Viewer, Role::Auditor, Role::Developer, Role::Admin] {
        assert_eq!(give("ann", role).await.unwrap(), role);
    }
    let refused = give("ann", Role::Owner).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fields()[0].pointer.as_str()), (ErrorKind::PermissionDenied, "/role"));
    assert_eq!(give("deputy", Role::Owner).await.unwrap_err().kind(), ErrorKind::PermissionDenied, "not to himself");
    assert_eq!(give("admin", Role::Viewer).await.unwrap_err().kind(), ErrorKind::PermissionDenied, "an owner's");
    let removed = house.broker.remove_member(&deputy, &project, "admin").await.unwrap_err();
    assert_eq!(removed.kind(), ErrorKind::PermissionDenied);
    let recorded = house.recorded(&AuditScope::Project(project)).await;
    assert_eq!(recorded.iter().filter(|line| *line == "member.change refused").count(), 4);
}

#[tokio::test]
async fn developers_viewers_and_auditors_change_no_members() {
    let house = house().await;
    let project = house.project("one").await;
    house.person("bob").await;
    for role in [Role::Developer, Role::Viewer, Role::Auditor] {
        let caller = house.member(&project, role.as_str(), role).await;
        let refused = house.broker.add_member(&caller, &project, "bob", Role::Viewer).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{role}");
        assert_eq!(house.broker.list_members(&caller, &project, page()).await.unwrap().items[0].principal, "admin");
    }
}

#[tokio::test]
async fn last_owner_stays_until_there_is_another() {
    let house = house().await;
    let project = house.project("one").await;
    let demote = async || house.broker.change_member(&house.admin, &project, "admin", Role::Admin).await.map(drop);
    let remove = async || house.broker.remove_member(&house.admin, &project, "admin").await;
    assert_eq!(demote().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(remove().await.unwrap_err().kind(), ErrorKind::Conflict);
    let ann = house.member(&project, "ann", Role::Owner).await;
    remove().await.unwrap();
    assert_eq!(house.broker.show_project(&house.admin, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(house.broker.show_project(&ann, &project).await.unwrap().role, Role::Owner);
}

#[tokio::test]
async fn name_of_a_user_and_a_program_is_refused_and_the_id_works() {
    let house = house().await;
    let project = house.project("one").await;
    let ann = house.person("ann").await;
    let program = house.broker.create_service_account(&house.admin, &project, name("ann")).await.unwrap();
    let refused = house.broker.add_member(&house.admin, &project, "ann", Role::Viewer).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.hint().unwrap().contains(&program.id));
    let (member, new) = house.broker.add_member(&house.admin, &project, &program.id, Role::Viewer).await.unwrap();
    assert!(new);
    assert_eq!(member.id, program.id);
    let only = house.broker.show_member(&house.admin, &project, "ann").await.unwrap();
    assert_eq!(only.id, program.id, "among members the name is one's own");
    assert_eq!(house.broker.show_project(&ann, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn program_of_another_project_looks_like_nobody() {
    let house = house().await;
    let (one, two) = (house.project("one").await, house.project("two").await);
    let program = house.broker.create_service_account(&house.admin, &two, name("robot")).await.unwrap();
    for (theirs, nobody) in [("robot", "nobody"), (program.id.as_str(), "0197d2f0-0000-7000-8000-000000000000")] {
        let add = async |who: &str| house.broker.add_member(&house.admin, &one, who, Role::Viewer).await.unwrap_err();
        let (hidden, missing) = (add(theirs).await, add(nobody).await);
        assert_eq!(hidden.kind(), ErrorKind::NotFound);
        assert_eq!(hidden.message().replace(theirs, nobody), missing.message());
    }
}

#[tokio::test]
async fn removed_member_loses_his_tokens_for_good() {
    let house = house().await;
    let project = house.project("one").await;
    let ann = house.member(&project, "ann", Role::Developer).await;
    let ask = NewToken { name: name("mine"), service_account: None, role: None, ttl: None };
    let token = house.broker.create_token(&ann, &project, ask).await.unwrap().token;
    house.broker.remove_member(&house.admin, &project, "ann").await.unwrap();
    assert!(house.caller(&token).await.is_none());
    house.broker.add_member(&house.admin, &project, "ann", Role::Owner).await.unwrap();
    assert!(house.caller(&token).await.is_none());
}

#[tokio::test]
async fn limited_token_gives_no_more_than_its_role() {
    let house = house().await;
    let project = house.project("one").await;
    house.person("ann").await;
    let id = house.broker.show_project(&house.admin, &project).await.unwrap().id.parse().unwrap();
    let mut limited = house.admin.clone();
    limited.limit = Some(TokenLimit { project: id, role: Role::Admin });
    let refused = house.broker.add_member(&limited, &project, "ann", Role::Owner).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    house.broker.add_member(&limited, &project, "ann", Role::Admin).await.unwrap();
}
