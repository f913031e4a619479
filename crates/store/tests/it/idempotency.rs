//! `Idempotency-Key`.

use domain::id::GrantId;
use store::idempotency::{self, CallKey, Claim, Outcome};

use crate::bench::{Bench, at, on_both, unit};

on_both!(a_key_gives_the_same_outcome_for_a_day, of_two_calls_with_one_key_one_is_done, a_released_key_is_new_again);

async fn call(bench: &Bench) -> CallKey {
    let tenant = bench.tenant("one").await;
    CallKey { principal: tenant.user.principal.id, project: Some(tenant.project.id), key: "k".to_owned() }
}

async fn a_key_gives_the_same_outcome_for_a_day(bench: Bench) {
    let key = call(&bench).await;
    unit!(bench, |tx| {
        assert_eq!(idempotency::claim(tx, &key, &[1; 32], at(0)).await?, Claim::New);
        assert_eq!(idempotency::claim(tx, &key, &[1; 32], at(1)).await?, Claim::Running);
        let outcome = Outcome { status: 201, response: Some("{}".into()), grant: Some(GrantId::new()) };
        assert!(idempotency::finish(tx, &key, &outcome).await?);
        assert_eq!(idempotency::claim(tx, &key, &[1; 32], at(86_400)).await?, Claim::Done(outcome));
        assert_eq!(idempotency::claim(tx, &key, &[2; 32], at(2)).await?, Claim::Different);
        let elsewhere = CallKey { project: None, ..key.clone() };
        assert_eq!(idempotency::claim(tx, &elsewhere, &[2; 32], at(2)).await?, Claim::New);
        assert_eq!(idempotency::claim(tx, &key, &[2; 32], at(86_401)).await?, Claim::New);
        assert_eq!(idempotency::purge(tx, at(86_403)).await?, 1);
        Ok(())
    })
    .unwrap();
}

async fn of_two_calls_with_one_key_one_is_done(bench: Bench) {
    let key = call(&bench).await;
    let claim = async || {
        let key = key.clone();
        unit!(bench, |tx| idempotency::claim(tx, &key, &[1; 32], at(0)).await).unwrap()
    };
    let (one, two) = futures::join!(claim(), claim());
    assert!([&one, &two].contains(&&Claim::New) && [&one, &two].contains(&&Claim::Running), "{one:?} {two:?}");
}

async fn a_released_key_is_new_again(bench: Bench) {
    let key = call(&bench).await;
    unit!(bench, |tx| {
        idempotency::claim(tx, &key, &[1; 32], at(0)).await?;
        idempotency::release(tx, &key).await?;
        assert_eq!(idempotency::claim(tx, &key, &[2; 32], at(1)).await?, Claim::New);
        Ok(())
    })
    .unwrap();
}
