//! One's own sessions and tokens.

use broker::{AuditScope, NewToken, NewUser};
use domain::ErrorKind;
use domain::principal::{Caller, Origin, Role};

use crate::house::{House, PASSWORD, house, name, page, user_name};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

async fn sign_in(house: &House, who: &str, user_agent: Option<&str>) -> Caller {
    let origin = Origin { user_agent: user_agent.map(str::to_owned), ..Origin::default() };
    let signed = house.broker.sign_in(who, PASSWORD.into(), None, origin).await.unwrap();
    house.caller(&signed.token).await.unwrap()
}

/// Two people, the first signed in twice.
async fn people() -> (House, [Caller; 2], Caller) {
    let house = house().await;
    for who in ["ann", "bob"] {
        let new = NewUser { name: user_name(who), password: Some(PASSWORD.into()), administrator: false };
        house.broker.create_user(&house.admin, new).await.unwrap();
    }
    let anns = [sign_in(&house, "ann", Some(FIREFOX)).await, sign_in(&house, "ann", None).await];
    let bob = sign_in(&house, "bob", None).await;
    (house, anns, bob)
}

#[tokio::test]
async fn own_sessions_are_listed_with_their_device_and_others_are_not() {
    let (house, [first, second], _) = people().await;
    let listed = house.broker.list_own_sessions(&second).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|one| (one.id.clone(), one.current, one.device.as_deref())).collect();
    assert_eq!(
        shown,
        [(second.token.to_string(), true, None), (first.token.to_string(), false, Some("Firefox on Linux"))]
    );
    house.clock.advance(std::time::Duration::from_secs(13 * 3600));
    assert!(house.broker.list_own_sessions(&second).await.unwrap().is_empty(), "they have ended");
}

#[tokio::test]
async fn own_session_is_ended_and_anothers_looks_missing() {
    let (house, [first, second], bob) = people().await;
    let end = async |caller: &Caller, id: &str| house.broker.end_own_session(caller, id).await;
    let bobs = end(&second, &bob.token.to_string()).await.unwrap_err();
    let nothing = domain::id::TokenId::new().to_string();
    let missing = end(&second, &nothing).await.unwrap_err();
    assert_eq!(bobs.kind(), ErrorKind::NotFound);
    assert_eq!(bobs.message().replace(&bob.token.to_string(), &nothing), missing.message());
    assert_eq!(end(&second, "x").await.unwrap_err().kind(), ErrorKind::NotFound);
    end(&second, &first.token.to_string()).await.unwrap();
    assert_eq!(end(&second, &first.token.to_string()).await.unwrap_err().kind(), ErrorKind::NotFound, "it has ended");
    assert_eq!(house.broker.list_own_sessions(&second).await.unwrap().len(), 1);
    assert_eq!(house.broker.list_own_sessions(&bob).await.unwrap().len(), 1);
    assert_eq!(house.recorded(&AuditScope::Installation).await.last().unwrap(), "session.end done");
}

#[tokio::test]
async fn all_sessions_end_but_the_one_that_is_kept_and_api_tokens_stay() {
    let (house, [first, second], bob) = people().await;
    let project = house.project("one").await;
    house.broker.add_member(&house.admin, &project, "ann", Role::Viewer).await.unwrap();
    let new = NewToken { name: name("ci"), service_account: None, role: None, ttl: None };
    let api = house.broker.create_token(&second, &project, new).await.unwrap();
    assert_eq!(house.broker.end_all_own_sessions(&second, true).await.unwrap(), 1);
    let left: Vec<_> =
        house.broker.list_own_sessions(&second).await.unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(left, [second.token.to_string()], "{} is out", first.token);
    assert_eq!(house.broker.end_all_own_sessions(&second, false).await.unwrap(), 1);
    assert!(house.broker.list_own_sessions(&second).await.unwrap().is_empty());
    assert!(house.caller(&api.token).await.is_some());
    assert_eq!(house.broker.list_own_sessions(&bob).await.unwrap().len(), 1);
}

#[tokio::test]
async fn own_tokens_of_all_projects_are_listed_and_a_projects_token_sees_none_of_it() {
    let (house, [ann, _], _) = people().await;
    for project in ["one", "two"] {
        let project = house.project(project).await;
        house.broker.add_member(&house.admin, &project, "ann", Role::Viewer).await.unwrap();
        let new = NewToken { name: name("ci"), service_account: None, role: None, ttl: None };
        let made = house.broker.create_token(&ann, &project, new).await.unwrap();
        let limited = house.caller(&made.token).await.unwrap();
        let refused = house.broker.end_all_own_sessions(&limited, false).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "whoever stole it would lock its owner out");
        assert_eq!(house.broker.list_own_sessions(&limited).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert!(house.broker.list_own_tokens(&limited, page()).await.is_err());
    }
    let listed = house.broker.list_own_tokens(&ann, page()).await.unwrap().items;
    let shown: Vec<_> = listed.iter().map(|own| own.project.as_ref().map(|project| project.as_str())).collect();
    assert_eq!(shown, [Some("one"), Some("two")]);
    assert!(listed.iter().all(|own| own.token.principal == "ann"));
}
