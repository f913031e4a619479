//! API tokens: never more than their maker, never longer than they say.

use std::time::Duration;

use broker::{AuditScope, MadeToken, NewToken};
use domain::principal::{Caller, Role};
use domain::{ErrorKind, Result};

use crate::house::{House, house, name, page};

async fn make(house: &House, caller: &Caller, role: Option<Role>, ttl: Option<u64>) -> Result<MadeToken> {
    let ask = NewToken { name: name("mine"), service_account: None, role, ttl: ttl.map(Duration::from_secs) };
    house.broker.create_token(caller, &name("one"), ask).await
}

#[tokio::test]
async fn token_opens_one_project_with_at_most_its_makers_role() {
    let house = house().await;
    let (one, two) = (house.project("one").await, house.project("two").await);
    let ann = house.member(&one, "ann", Role::Developer).await;
    house.broker.add_member(&house.admin, &two, "ann", Role::Owner).await.unwrap();
    for role in [Role::Auditor, Role::Admin, Role::Owner] {
        let error = make(&house, &ann, Some(role), None).await.err().unwrap();
        assert_eq!(
            (error.kind(), error.fields()[0].pointer.as_str()),
            (ErrorKind::PermissionDenied, "/role"),
            "{role}"
        );
    }
    let token = make(&house, &ann, None, None).await.unwrap();
    assert_eq!(token.role, Role::Developer);
    let limited = house.caller(&token.token).await.unwrap();
    assert!(house.broker.show_project(&limited, &one).await.is_ok());
    assert_eq!(house.broker.show_project(&limited, &two).await.unwrap_err().kind(), ErrorKind::NotFound);
    let listed = house.broker.list_projects(&limited, page()).await.unwrap().items;
    assert_eq!(listed.iter().map(|project| project.name.as_str()).collect::<Vec<_>>(), ["one"]);
    assert_eq!(house.broker.list_projects(&ann, page()).await.unwrap().items.len(), 2);
    let error = house.broker.list_users(&limited, page()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let viewer = make(&house, &limited, Some(Role::Viewer), None).await.unwrap();
    let viewer = house.caller(&viewer.token).await.unwrap();
    let more = make(&house, &viewer, Some(Role::Developer), None).await.err().unwrap();
    assert_eq!(more.kind(), ErrorKind::PermissionDenied, "a token makes no token that may do more");
    assert_eq!(make(&house, &viewer, None, None).await.unwrap().role, Role::Viewer);
    let recorded = house.recorded(&AuditScope::Project(one)).await;
    assert_eq!(recorded.iter().filter(|line| *line == "token.create-own refused").count(), 4);
}

#[tokio::test]
async fn token_ends_when_it_says() {
    let house = house().await;
    house.project("one").await;
    let token = make(&house, &house.admin, None, Some(60)).await.unwrap();
    house.clock.advance(Duration::from_secs(59));
    assert!(house.caller(&token.token).await.is_some());
    house.clock.advance(Duration::from_secs(1));
    assert!(house.caller(&token.token).await.is_none());
    for ttl in [0, 59] {
        assert_eq!(make(&house, &house.admin, None, Some(ttl)).await.err().unwrap().kind(), ErrorKind::Invalid);
    }
    for ttl in [366 * 86_400 + 1, u64::MAX] {
        assert_eq!(make(&house, &house.admin, None, Some(ttl)).await.err().unwrap().kind(), ErrorKind::TtlExceedsLimit);
    }
}

#[tokio::test]
async fn token_made_with_a_token_ends_with_it() {
    let house = house().await;
    house.project("one").await;
    let first = make(&house, &house.admin, None, Some(600)).await.unwrap();
    let holder = house.caller(&first.token).await.unwrap();
    let second = make(&house, &holder, None, Some(86_400)).await.unwrap();
    assert_eq!(second.expires_at, first.expires_at, "a stolen token must not outlive itself");
    assert!(make(&house, &holder, None, Some(60)).await.unwrap().expires_at < first.expires_at);
}

#[tokio::test]
async fn own_tokens_are_seen_and_revoked_and_all_by_admins() {
    let house = house().await;
    let project = house.project("one").await;
    let (ann, bob) =
        (house.member(&project, "ann", Role::Viewer).await, house.member(&project, "bob", Role::Viewer).await);
    let (anns, bobs) = (make(&house, &ann, None, None).await.unwrap(), make(&house, &bob, None, None).await.unwrap());
    let seen = async |caller: &Caller| {
        let listed = house.broker.list_tokens(caller, &project, page()).await.unwrap().items;
        listed.into_iter().map(|token| token.principal).collect::<Vec<_>>()
    };
    assert_eq!(seen(&ann).await, ["ann"]);
    assert_eq!(seen(&house.admin).await, ["ann", "bob"]);
    let hidden = house.broker.revoke_token(&ann, &project, bobs.id).await.unwrap_err();
    let nothing = domain::id::TokenId::new();
    let missing = house.broker.revoke_token(&ann, &project, nothing).await.unwrap_err();
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
    assert_eq!(hidden.message().replace(&bobs.id.to_string(), &nothing.to_string()), missing.message());
    house.broker.revoke_token(&ann, &project, anns.id).await.unwrap();
    house.broker.revoke_token(&house.admin, &project, bobs.id).await.unwrap();
    assert!(house.caller(&anns.token).await.is_none() && house.caller(&bobs.token).await.is_none());
    let recorded = house.recorded(&AuditScope::Project(project)).await;
    assert!(
        recorded.contains(&"token.revoke-own done".to_owned()) && recorded.contains(&"token.revoke done".to_owned())
    );
}

#[tokio::test]
async fn use_of_a_token_is_noted() {
    let house = house().await;
    let project = house.project("one").await;
    let token = make(&house, &house.admin, None, None).await.unwrap();
    house.caller(&token.token).await.unwrap();
    let used = async || house.broker.list_tokens(&house.admin, &project, page()).await.unwrap().items[0].last_used_at;
    let mut seen = used().await;
    while seen.is_none() {
        tokio::task::yield_now().await;
        seen = used().await;
    }
    assert_eq!(seen, Some("2026-03-01T12:00:00Z".parse().unwrap()));
}
