//! The keys of Tidegate's own tokens.

use domain::ErrorKind;
use store::issuer_keys::{self, StoredIssuerKey};

use crate::bench::{Bench, at, on_both, unit};

on_both!(
    the_next_key_says_until_when_those_before_it_are_published,
    of_two_nodes_that_add_the_next_key_one_does,
    what_is_published_no_more_is_forgotten_at_its_moment,
    rewrapping_changes_only_what_is_still_as_it_was,
);

fn key(number: u32) -> StoredIssuerKey {
    StoredIssuerKey {
        id: format!("key-{}", uuid::Uuid::new_v4()),
        number,
        created_at: at(i64::from(number)),
        signs_from: at(i64::from(number)),
        published_until: None,
        public: "{}".to_owned(),
        root_key_id: "root".to_owned(),
        sealed: vec![0, 255, 48],
    }
}

async fn kept(bench: &Bench) -> Vec<StoredIssuerKey> {
    bench.store.read(|tx| Box::pin(issuer_keys::list(tx))).await.unwrap()
}

async fn the_next_key_says_until_when_those_before_it_are_published(bench: Bench) {
    let (one, two, three) = (key(1), key(2), key(3));
    let given = one.clone();
    unit!(bench, |tx| issuer_keys::insert(tx, &given, at(50)).await).unwrap();
    assert_eq!(kept(&bench).await, [one]);
    for (key, until) in [(two, 100), (three, 60)] {
        unit!(bench, |tx| issuer_keys::insert(tx, &key, at(until)).await).unwrap();
    }
    let until: Vec<_> = kept(&bench).await.into_iter().map(|key| (key.number, key.published_until)).collect();
    assert_eq!(until, [(3, None), (2, Some(at(60))), (1, Some(at(60)))], "the newest first; only ever sooner");
}

async fn of_two_nodes_that_add_the_next_key_one_does(bench: Bench) {
    unit!(bench, |tx| issuer_keys::insert(tx, &key(1), at(1)).await).unwrap();
    let add = |mine: StoredIssuerKey| {
        let store = bench.store.clone();
        async move { store.write(move |tx| Box::pin(async move { issuer_keys::insert(tx, &mine, at(100)).await })).await }
    };
    let (mine, other) = (key(2), key(2));
    let done = tokio::join!(add(mine.clone()), add(other.clone()));
    let (winner, error) = match done {
        (Ok(()), Err(error)) => (mine, error),
        (Err(error), Ok(())) => (other, error),
        both => panic!("{both:?}"),
    };
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    let ids: Vec<_> = kept(&bench).await.into_iter().map(|key| key.number).collect();
    assert_eq!((ids, &kept(&bench).await[0].id), (vec![2, 1], &winner.id));
}

async fn what_is_published_no_more_is_forgotten_at_its_moment(bench: Bench) {
    unit!(bench, |tx| issuer_keys::insert(tx, &key(1), at(1)).await).unwrap();
    unit!(bench, |tx| issuer_keys::insert(tx, &key(2), at(100)).await).unwrap();
    for (now, gone) in [(99, 0), (100, 1), (1_000_000, 0)] {
        assert_eq!(unit!(bench, |tx| issuer_keys::purge(tx, at(now)).await).unwrap(), gone, "{now}");
    }
    assert_eq!(kept(&bench).await.len(), 1, "the last one is published for ever");
}

async fn rewrapping_changes_only_what_is_still_as_it_was(bench: Bench) {
    let one = key(1);
    let given = one.clone();
    unit!(bench, |tx| issuer_keys::insert(tx, &given, at(1)).await).unwrap();
    for (expected, sealed) in [(true, vec![1]), (false, vec![2])] {
        let given = one.clone();
        let done = unit!(bench, |tx| issuer_keys::rewrap(tx, &given, "other", &sealed).await).unwrap();
        assert_eq!(done, expected, "the second looks at a key that was changed meanwhile");
    }
    let now = kept(&bench).await.remove(0);
    assert_eq!((now.root_key_id.as_str(), now.sealed), ("other", vec![1]));
}
