//! Users and service accounts.

use broker::{NewToken, NewUser, UserChange};
use domain::ErrorKind;
use domain::principal::Role;

use crate::house::{PASSWORD, house, name, page, user_name};

#[tokio::test]
async fn only_administrators_make_show_and_change_users() {
    let house = house().await;
    let ann = house.person("ann").await;
    let new = NewUser { name: user_name("bob"), password: Some(PASSWORD.into()), administrator: false };
    assert_eq!(house.broker.create_user(&ann, new).await.err().unwrap().kind(), ErrorKind::PermissionDenied);
    let look = async |who: &str| house.broker.show_user(&ann, &user_name(who)).await.unwrap_err();
    let (there, missing) = (look("admin").await, look("nobody").await);
    assert_eq!((there.kind(), there.message()), (ErrorKind::PermissionDenied, missing.message()));
    let error = house.broker.change_user(&ann, &user_name("ann"), UserChange::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(house.broker.list_users(&ann, page()).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert_eq!(house.broker.list_users(&house.admin, page()).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn names_are_unique_and_never_look_like_ids() {
    let house = house().await;
    let make = async |name: &str| {
        let new = NewUser { name: user_name(name), password: Some(PASSWORD.into()), administrator: false };
        house.broker.create_user(&house.admin, new).await.err().unwrap()
    };
    assert_eq!(make("admin").await.kind(), ErrorKind::NameTaken);
    let id = house.admin.principal.id.to_string();
    assert_eq!(make(&id).await.fields()[0].pointer, "/name");
    assert_eq!(make(&id.replace('-', "")).await.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn properties_are_set_and_removed_one_by_one() {
    let house = house().await;
    let change = async |properties: &[(&str, Option<&str>)]| {
        let properties =
            properties.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        let change = UserChange { disabled: None, properties };
        house.broker.change_user(&house.admin, &user_name("admin"), change).await
    };
    change(&[("team", Some("red")), ("role", Some("a@b"))]).await.unwrap();
    let left = change(&[("team", None)]).await.unwrap().properties;
    assert_eq!(left, [("role".to_owned(), "a@b".to_owned())].into());
    let error = change(&[("team", Some("*")), ("x", Some("a/b"))]).await.unwrap_err();
    assert_eq!(error.fields().len(), 2);
    assert_eq!(house.broker.show_user(&house.admin, &user_name("admin")).await.unwrap().properties, left);
}

#[tokio::test]
async fn disabled_service_account_is_out_with_all_its_tokens() {
    let house = house().await;
    let project = house.project("one").await;
    let loader = name("loader");
    let made = house.broker.create_service_account(&house.admin, &project, loader.clone()).await.unwrap();
    assert_eq!((made.role, made.disabled), (None, false));
    let ask = |role| NewToken { name: name("ci"), service_account: Some(loader.clone()), role, ttl: None };
    let early = house.broker.create_token(&house.admin, &project, ask(None)).await.err().unwrap();
    assert_eq!(early.kind(), ErrorKind::Conflict, "it has no role yet");
    house.broker.add_member(&house.admin, &project, "loader", Role::Developer).await.unwrap();
    let token = house.broker.create_token(&house.admin, &project, ask(None)).await.unwrap();
    assert_eq!(token.role, Role::Developer, "its own role is the default");
    let more = house.broker.create_token(&house.admin, &project, ask(Some(Role::Admin))).await.err().unwrap();
    assert_eq!((more.kind(), more.fields()[0].pointer.as_str()), (ErrorKind::PermissionDenied, "/role"));
    assert_eq!(house.caller(&token.token).await.unwrap().principal.name, "loader");
    let disabled = house.broker.switch_service_account(&house.admin, &project, &loader, true).await.unwrap();
    assert!(disabled.disabled);
    assert!(house.caller(&token.token).await.is_none());
    let later = house.broker.create_token(&house.admin, &project, ask(None)).await.err().unwrap();
    assert_eq!(later.kind(), ErrorKind::Conflict);
    house.broker.switch_service_account(&house.admin, &project, &loader, false).await.unwrap();
    assert!(house.caller(&token.token).await.is_none(), "what was ended stays ended");
}

#[tokio::test]
async fn admin_cannot_disable_a_program_that_owns_the_project() {
    let house = house().await;
    let project = house.project("one").await;
    let (robot, deputy) = (name("robot"), house.member(&name("one"), "deputy", Role::Admin).await);
    house.broker.create_service_account(&house.admin, &project, robot.clone()).await.unwrap();
    house.broker.add_member(&house.admin, &project, "robot", Role::Owner).await.unwrap();
    let error = house.broker.switch_service_account(&deputy, &project, &robot, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    house.broker.remove_member(&house.admin, &project, "admin").await.unwrap();
    let robot_owner = house.person("watcher").await;
    assert_eq!(house.broker.show_project(&robot_owner, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
}
