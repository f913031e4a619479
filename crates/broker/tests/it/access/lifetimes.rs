//! How long what is handed out lives, and when the cloud is asked again.

use domain::ErrorKind;
use domain::id::PrincipalId;
use domain::principal::Caller;

use super::cloud_double::estate;
use super::credentials::{issue, key_id};
use super::urls::{sign, urls};

const HOUR: i64 = 3600;

#[tokio::test]
async fn lives_below_the_least_and_over_a_known_limit_are_refused_before_the_cloud_is_asked() {
    let estate = estate(|_| {}).await;
    let credential = async |ttl| issue(&estate, &estate.ann, ttl).await.unwrap_err();
    for ttl in [0, -1, 899] {
        assert_eq!(credential(ttl).await.kind(), ErrorKind::Invalid, "{ttl}");
    }
    let error = credential(13 * HOUR).await;
    assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::TtlExceedsLimit, "/ttl_seconds"));
    assert!(error.message().contains("at most 12h, the provider's limit for roles"), "{error}");
    let url = async |ttl| sign(&estate, &estate.ann, ttl).await.err().unwrap();
    for ttl in [0, -1] {
        assert_eq!(url(ttl).await.kind(), ErrorKind::Invalid);
    }
    assert_eq!(url(315_360_000).await.kind(), ErrorKind::TtlExceedsLimit);
    assert!(url(13 * HOUR).await.message().contains("ends with the session that signed it"));
    assert_eq!(estate.cloud.opened(), 0);
}

#[tokio::test]
async fn session_is_reused_within_its_bounds_and_secrets_are_opened_once() {
    let estate = estate(|_| {}).await;
    let first = issue(&estate, &estate.ann, HOUR).await.unwrap();
    estate.advance(10 * 60);
    let second = issue(&estate, &estate.ann, HOUR).await.unwrap();
    assert_eq!((key_id(&first), key_id(&second)), ("ASIA1".to_owned(), "ASIA1".to_owned()));
    assert_eq!((first.granted.as_secs(), second.granted.as_secs()), (3600, 3000));
    assert_eq!((second.expires_at, second.requested.as_secs()), (first.expires_at, 3600));
    assert_ne!(first.grant, second.grant);
    let short = issue(&estate, &estate.ann, HOUR / 2).await.unwrap();
    assert_eq!(key_id(&short), "ASIA2", "the first would outlive what was asked for");
    estate.advance(36 * 60);
    assert_eq!(key_id(&issue(&estate, &estate.ann, HOUR).await.unwrap()), "ASIA3", "less than 15 minutes are left");
    assert_eq!(estate.cloud.connected(), 1);
}

#[tokio::test]
async fn url_that_would_outlive_the_session_gets_a_fresh_one() {
    let estate = estate(|_| {}).await;
    let session = async |ttl| urls(sign(&estate, &estate.ann, ttl).await.unwrap()).await[0].clone();
    assert!(session(900).await.contains("/900?s=1"));
    estate.advance(20 * 60);
    assert!(session(40 * 60).await.contains("?s=1"));
    assert!(session(40 * 60 + 1).await.contains("?s=2"));
    assert!(session(5 * HOUR).await.contains("?s=3"));
    assert_eq!(estate.cloud.asked.lock().unwrap()[2].ttl.as_secs(), 5 * 3600);
}

#[tokio::test]
async fn url_never_outlives_a_session_of_which_the_cloud_gave_less() {
    let estate = estate(|cloud| cloud.extra_seconds = -1800).await;
    let error = sign(&estate, &estate.ann, HOUR).await.err().unwrap();
    assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::TtlExceedsLimit, "/ttl_seconds"));
    assert!(error.message().contains("30m"), "{error}");
    estate.cloud.set(|cloud| cloud.extra_seconds = -2);
    let batch = sign(&estate, &estate.ann, HOUR).await.unwrap();
    assert!(urls(batch).await[0].contains("/3598?"), "whole seconds of the provider's clock are not worth a refusal");
}

#[tokio::test]
async fn cloud_that_silently_gives_less_or_more_is_warned_of_with_the_true_end() {
    for (extra, granted) in [(-1200, 2400), (1200, 4800)] {
        let estate = estate(|cloud| cloud.extra_seconds = extra).await;
        let issued = issue(&estate, &estate.ann, HOUR).await.unwrap();
        assert_eq!((issued.granted.as_secs(), issued.requested.as_secs()), (granted, 3600));
        assert_eq!(issued.warnings.len(), 1, "{:?}", issued.warnings);
    }
}

#[tokio::test]
async fn session_is_of_one_person_even_where_names_are_the_same() {
    let estate = estate(|_| {}).await;
    let mut namesake = estate.bob.clone();
    namesake.principal.name = estate.ann.principal.name.clone();
    let of = async |caller: &Caller| key_id(&issue(&estate, caller, HOUR).await.unwrap());
    assert_eq!([of(&estate.ann).await, of(&namesake).await, of(&estate.ann).await], ["ASIA1", "ASIA2", "ASIA1"]);
    let ids: Vec<PrincipalId> = vec![estate.ann.principal.id, namesake.principal.id];
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn only_the_properties_that_the_role_names_make_another_session() {
    let estate = estate(|cloud| cloud.facts.user_properties = vec!["team".to_owned()]).await;
    let with = async |name: &str, value: &str| {
        let mut ann = estate.ann.clone();
        ann.principal.properties.insert(name.to_owned(), value.to_owned());
        key_id(&issue(&estate, &ann, HOUR).await.unwrap())
    };
    let seen =
        [with("desk", "1").await, with("desk", "2").await, with("team", "red").await, with("team", "blue").await];
    assert_eq!(seen, ["ASIA1", "ASIA1", "ASIA2", "ASIA3"]);
}

#[tokio::test]
async fn a_thousand_first_requests_ask_the_cloud_once() {
    let estate = estate(|_| {}).await;
    let held = estate.cloud.gate.acquire().await.unwrap();
    let all = futures::future::join_all((0..1000).map(|_| issue(&estate, &estate.ann, HOUR)));
    let answer = async {
        while estate.cloud.opened() == 0 {
            tokio::task::yield_now().await;
        }
        drop(held);
    };
    let (all, ()) = futures::join!(all, answer);
    let keys: std::collections::BTreeSet<_> = all.iter().map(|issued| key_id(issued.as_ref().unwrap())).collect();
    assert_eq!((estate.cloud.opened(), keys.len()), (1, 1));
    let grants: std::collections::BTreeSet<_> = all.iter().map(|issued| issued.as_ref().unwrap().grant).collect();
    assert_eq!(grants.len(), 1000);
}

#[tokio::test]
async fn ageing_session_is_renewed_once_in_the_background_while_it_still_serves() {
    let estate = estate(|_| {}).await;
    issue(&estate, &estate.ann, HOUR).await.unwrap();
    estate.advance(40 * 60);
    // The renewal cannot end while the gate is held, so what is given meanwhile is the session that ages.
    let held = estate.cloud.gate.acquire().await.unwrap();
    for _ in 0..3 {
        assert_eq!(key_id(&issue(&estate, &estate.ann, HOUR).await.unwrap()), "ASIA1");
    }
    drop(held);
    estate.house.tasks_are_done().await;
    assert_eq!(estate.cloud.opened(), 2);
    assert_eq!(key_id(&issue(&estate, &estate.ann, HOUR).await.unwrap()), "ASIA2");
    assert_eq!(estate.cloud.opened(), 2);
}
