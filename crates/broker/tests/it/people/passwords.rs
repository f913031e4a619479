//! Signing in, being shut out, and changing passwords.

use std::time::Duration;

use broker::{AuditScope, NewUser, UserChange};
use domain::ErrorKind;

use crate::house::{House, PASSWORD, house, user_name};

const NEW: &str = "another horse battery";

async fn with_ann(administrator: bool) -> House {
    let house = house().await;
    let new = NewUser { name: user_name("ann"), password: Some(PASSWORD.into()), administrator };
    house.broker.create_user(&house.admin, new).await.unwrap();
    house
}

fn kind<T>(result: domain::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[tokio::test]
async fn wrong_name_and_wrong_password_look_the_same_and_are_recorded() {
    let house = with_ann(false).await;
    let refused = [house.sign_in("ann", "wrong", None).await, house.sign_in("nobody", "wrong", None).await];
    let refused = refused.map(|result| {
        let error = result.err().unwrap();
        (error.kind(), error.message().to_owned(), error.hint().map(str::to_owned))
    });
    assert_eq!(refused[0], refused[1]);
    assert_eq!(refused[0].0, ErrorKind::Unauthenticated);
    let recorded = house.recorded(&AuditScope::Installation).await;
    assert_eq!(recorded.iter().filter(|line| *line == "session.begin refused").count(), 2);
}

#[tokio::test]
async fn fifth_wrong_password_shuts_the_account_for_a_while() {
    let house = with_ann(false).await;
    for _ in 0..5 {
        assert_eq!(kind(house.sign_in("ann", "wrong", None).await), Some(ErrorKind::Unauthenticated));
    }
    let shut = house.sign_in("ann", PASSWORD, None).await.err().unwrap();
    assert_eq!((shut.kind(), shut.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(30))));
    house.clock.advance(Duration::from_secs(31));
    assert_eq!(kind(house.sign_in("ann", "wrong", None).await), Some(ErrorKind::Unauthenticated));
    let shut = house.sign_in("ann", PASSWORD, None).await.err().unwrap();
    assert_eq!(shut.retry_after(), Some(Duration::from_secs(60)), "each one more doubles the wait");
    house.clock.advance(Duration::from_secs(61));
    house.sign_in("ann", PASSWORD, None).await.unwrap();
    assert_eq!(kind(house.sign_in("ann", "wrong", None).await), Some(ErrorKind::Unauthenticated), "counted anew");
}

#[tokio::test]
async fn guesses_at_the_same_time_do_not_slip_past_the_lock() {
    let house = with_ann(false).await;
    // All of them are let in before the first is compared; the right one is the last in the queue.
    let guesses = futures::future::join_all((0..12).map(|_| house.sign_in("ann", "wrong", None)));
    let (wrong, right) = tokio::join!(guesses, house.sign_in("ann", PASSWORD, None));
    let wrong: Vec<_> = wrong.into_iter().map(kind).collect();
    assert_eq!(kind(right), Some(ErrorKind::RateLimited));
    // Were it told otherwise, the right one would show itself among as many guesses as one sends at once.
    assert_eq!(wrong.iter().filter(|guess| **guess == Some(ErrorKind::Unauthenticated)).count(), 5, "{wrong:?}");
    assert_eq!(wrong.iter().filter(|guess| **guess == Some(ErrorKind::RateLimited)).count(), 7, "{wrong:?}");
    let strangers = futures::future::join_all((0..12).map(|_| house.sign_in("nobody", "wrong", None))).await;
    let strangers: Vec<_> = strangers.into_iter().map(kind).collect();
    assert_eq!(strangers.iter().filter(|guess| **guess == Some(ErrorKind::RateLimited)).count(), 7, "{strangers:?}");
}

#[tokio::test]
async fn generated_password_must_be_changed_to_another_one() {
    let house = house().await;
    let new = NewUser { name: user_name("ann"), password: None, administrator: false };
    let made = house.broker.create_user(&house.admin, new).await.unwrap();
    assert!(made.user.password_change_required);
    let generated = made.password.unwrap();
    let generated = generated.expose_str().unwrap();
    assert_eq!(kind(house.sign_in("ann", generated, None).await), Some(ErrorKind::PasswordChangeRequired));
    let same = house.sign_in("ann", generated, Some(generated)).await.err().unwrap();
    assert_eq!((same.kind(), same.fields()[0].pointer.as_str()), (ErrorKind::Invalid, "/new_password"));
    let session = house.sign_in("ann", generated, Some(NEW)).await.unwrap();
    let ann = house.caller(&session.token).await.unwrap();
    assert!(!ann.must_change_password);
    assert!(!house.broker.show_user(&house.admin, &user_name("ann")).await.unwrap().password_change_required);
    assert_eq!(kind(house.sign_in("ann", generated, None).await), Some(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn session_ends_after_twelve_hours_and_when_it_is_ended() {
    let house = with_ann(false).await;
    let (one, two) =
        (house.sign_in("ann", PASSWORD, None).await.unwrap(), house.sign_in("ann", PASSWORD, None).await.unwrap());
    let ann = house.caller(&one.token).await.unwrap();
    house.broker.sign_out(&ann).await.unwrap();
    assert!(house.caller(&one.token).await.is_none());
    assert!(house.caller(&two.token).await.is_some());
    house.clock.advance(Duration::from_secs(12 * 3600));
    assert!(house.caller(&two.token).await.is_none());
}

#[tokio::test]
async fn own_password_needs_the_old_one_and_ends_other_sessions() {
    let house = with_ann(false).await;
    let (here, there) =
        (house.sign_in("ann", PASSWORD, None).await.unwrap(), house.sign_in("ann", PASSWORD, None).await.unwrap());
    let ann = house.caller(&here.token).await.unwrap();
    let change =
        async |name: &str, old: &str| house.broker.change_own_password(&ann, name, old.into(), NEW.into()).await;
    let (others, missing) =
        (change("admin", PASSWORD).await.unwrap_err(), change("nobody", PASSWORD).await.unwrap_err());
    assert_eq!(others.kind(), ErrorKind::NotFound);
    assert_eq!(others.message().replace("admin", "nobody"), missing.message());
    assert_eq!(kind(change("ann", "wrong").await), Some(ErrorKind::Unauthenticated));
    change("ann", PASSWORD).await.unwrap();
    assert!(house.caller(&here.token).await.is_some());
    assert!(house.caller(&there.token).await.is_none());
    house.sign_in("ann", NEW, None).await.unwrap();
}

#[tokio::test]
async fn reset_ends_sessions_and_must_be_changed_if_generated() {
    let house = with_ann(false).await;
    let session = house.sign_in("ann", PASSWORD, None).await.unwrap();
    let ann = user_name("ann");
    let reset = house.broker.reset_password(&house.admin, &ann, None).await.unwrap();
    assert!(reset.user.password_change_required);
    assert!(house.caller(&session.token).await.is_none());
    assert_eq!(kind(house.sign_in("ann", PASSWORD, None).await), Some(ErrorKind::Unauthenticated));
    let given = house.broker.reset_password(&house.admin, &ann, Some(NEW.into())).await.unwrap();
    assert!(given.password.is_none() && !given.user.password_change_required);
    house.sign_in("ann", NEW, None).await.unwrap();
}

#[tokio::test]
async fn disabling_ends_everything_and_enabling_brings_no_session_back() {
    let house = with_ann(false).await;
    let session = house.sign_in("ann", PASSWORD, None).await.unwrap();
    let switch = async |disabled| {
        let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
        house.broker.change_user(&house.admin, &user_name("ann"), change).await.unwrap()
    };
    assert!(switch(true).await.disabled);
    assert!(house.caller(&session.token).await.is_none());
    assert_eq!(kind(house.sign_in("ann", PASSWORD, None).await), Some(ErrorKind::Unauthenticated));
    assert!(!switch(false).await.disabled);
    assert!(house.caller(&session.token).await.is_none());
    house.sign_in("ann", PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn last_administrator_cannot_be_disabled() {
    let house = house().await;
    let disable = async |name: &str| {
        let change = UserChange { disabled: Some(true), ..UserChange::default() };
        house.broker.change_user(&house.admin, &user_name(name), change).await
    };
    assert_eq!(kind(disable("admin").await), Some(ErrorKind::Conflict));
    assert!(house.recorded(&AuditScope::Installation).await.contains(&"user.change failed".to_owned()));
    let new = NewUser { name: user_name("ann"), password: Some(PASSWORD.into()), administrator: true };
    house.broker.create_user(&house.admin, new).await.unwrap();
    disable("ann").await.unwrap();
    assert_eq!(kind(disable("admin").await), Some(ErrorKind::Conflict), "a disabled one does not count");
    disable("ann").await.unwrap();
}
