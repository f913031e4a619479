//! Grants and revocations.

use domain::ErrorKind;
use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::GrantId;
use store::grants::{self, GrantFilter};
use store::revocations::{self, RevokedBy};
use store::{datasources, integrations};

use crate::bench::{Bench, Tenant, ask, at, on_both, unit};

on_both!(
    a_grant_comes_back_as_it_was_kept,
    a_grant_goes_through_its_states_and_the_filters_agree,
    revoking_takes_back_what_it_names_and_nothing_else,
    a_session_older_than_a_revocation_hands_nothing_out,
    a_revoked_grant_is_not_extended,
    a_session_of_a_revoked_grant_hands_nothing_more_out_to_its_holder,
    grants_wait_for_their_cut_off_unless_they_are_left_to_expiry,
    nothing_is_handed_out_of_what_was_deleted,
    grants_that_ended_long_ago_are_forgotten_but_the_newest_of_each_datasource,
    revoking_while_handing_out_leaves_no_live_grant_of_an_old_session,
);

fn grant(tenant: &Tenant) -> Grant {
    Grant {
        id: GrantId::new(),
        project: tenant.project.id,
        kind: GrantKind::Credential,
        integration: tenant.integration.id,
        datasource: tenant.datasource.id,
        principal: tenant.user.principal.id,
        created_at: at(0),
        expires_at: at(100),
        usable_until: at(200),
        state: GrantState::Live,
        revocability: Revocability::Bounded { bound_seconds: 9 },
        scope: GrantScope { bucket: "b".into(), prefix: "p/".into(), access: "read".into(), count: None },
    }
}

async fn a_grant_comes_back_as_it_was_kept(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let mut new = grant(&tenant);
    new.kind = GrantKind::GatewayKey;
    new.scope.count = Some(100_000);
    let (project, id, expected) = (new.project, new.id, format!("{new:?}"));
    unit!(bench, |tx| grants::insert(tx, &new, Some(at(-5))).await).unwrap();
    let mut tx = bench.look().await;
    let kept = grants::get(&mut tx, project, id, at(0)).await.unwrap().unwrap();
    assert_eq!((format!("{:?}", kept.grant), kept.session_started_at), (expected, Some(at(-5))));
    assert!(grants::get(&mut tx, domain::id::ProjectId::new(), id, at(0)).await.unwrap().is_none());
}

async fn a_grant_goes_through_its_states_and_the_filters_agree(bench: Bench) {
    use GrantState::{Expired, Live, Revoked, Revoking};
    let tenant = bench.tenant("one").await;
    let (left, taken, cut) = (grant(&tenant), grant(&tenant), grant(&tenant));
    let (project, who, ids) = (tenant.project.id, tenant.user.principal.id, [left.id, taken.id, cut.id]);
    unit!(bench, |tx| {
        for grant in [&left, &taken, &cut] {
            grants::insert(tx, grant, None).await?;
        }
        grants::revoke(tx, project, RevokedBy::Grant(taken.id), at(10), who).await?;
        grants::revoke(tx, project, RevokedBy::Grant(cut.id), at(10), who).await?;
        assert!(grants::mark_cut_off(tx, project, cut.id, at(20)).await?);
        assert!(!grants::mark_cut_off(tx, project, left.id, at(20)).await?);
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    for (now, expected) in
        [(20, [Live, Revoking, Revoked]), (100, [Expired, Revoking, Revoked]), (200, [Expired, Revoked, Revoked])]
    {
        for (id, expected) in ids.into_iter().zip(expected) {
            let kept = grants::get(&mut tx, project, id, at(now)).await.unwrap().unwrap();
            assert_eq!(kept.grant.state, expected, "at {now}");
            for state in [Live, Expired, Revoking, Revoked] {
                let filter = GrantFilter { state: Some(state), ..GrantFilter::default() };
                let listed = grants::list(&mut tx, project, filter, at(now), &ask(9, None)).await.unwrap();
                assert_eq!(
                    listed.items.iter().any(|item| item.grant.id == id),
                    state == expected,
                    "{state:?} at {now}"
                );
            }
        }
    }
    let everything = GrantFilter::default();
    let first = grants::list(&mut tx, project, everything, at(0), &ask(2, None)).await.unwrap();
    let second = grants::list(&mut tx, project, everything, at(0), &ask(2, first.next)).await.unwrap();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.grant.id).collect();
    assert_eq!((listed, second.next), (vec![ids[2], ids[1], ids[0]], None));
    let filter = GrantFilter { datasource: Some(tenant.datasource.id), ..GrantFilter::default() };
    assert_eq!(grants::count_live(&mut tx, project, filter, at(20)).await.unwrap(), 1);
    assert_eq!(grants::count_live(&mut tx, project, filter, at(100)).await.unwrap(), 0);
}

async fn revoking_takes_back_what_it_names_and_nothing_else(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let who = two.user.principal.id;
    for by in [
        RevokedBy::Integration(one.integration.id),
        RevokedBy::Datasource(one.datasource.id),
        RevokedBy::Principal(one.user.principal.id),
        RevokedBy::Project,
    ] {
        let (named, mut over, mut beside) = (grant(&one), grant(&one), grant(&one));
        over.usable_until = at(5);
        (beside.integration, beside.principal) = (two.integration.id, two.user.principal.id);
        let elsewhere = grant(&two);
        let (named_id, beside_id, elsewhere_id) = (named.id, beside.id, elsewhere.id);
        let beside_too = matches!(by, RevokedBy::Project | RevokedBy::Datasource(_));
        let revoked = unit!(bench, |tx| {
            for grant in [&named, &over, &beside, &elsewhere] {
                grants::insert(tx, grant, None).await?;
            }
            grants::revoke(tx, one.project.id, by, at(10), who).await
        })
        .unwrap();
        let ids: Vec<_> = revoked.iter().map(|item| item.grant.id).collect();
        assert_eq!(ids[0], named_id, "{by:?}");
        assert_eq!(ids.contains(&beside_id), beside_too, "{by:?}");
        assert_eq!(ids.len(), if beside_too { 2 } else { 1 }, "{by:?}");
        assert_eq!((revoked[0].revoked_at, revoked[0].revoked_by), (Some(at(10)), Some(who)));
        let mut tx = bench.look().await;
        let other = grants::get(&mut tx, two.project.id, elsewhere_id, at(10)).await.unwrap().unwrap();
        assert_eq!(other.grant.state, GrantState::Live);
        drop(tx);
        unit!(bench, |tx| grants::revoke(tx, one.project.id, RevokedBy::Project, at(11), who).await).unwrap();
    }
}

async fn a_session_older_than_a_revocation_hands_nothing_out(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, who) = (tenant.project.id, tenant.user.principal.id);
    for (by, second) in [
        (RevokedBy::Integration(tenant.integration.id), 10),
        (RevokedBy::Datasource(tenant.datasource.id), 20),
        (RevokedBy::Principal(who), 30),
        (RevokedBy::Project, 40),
    ] {
        unit!(bench, |tx| grants::revoke(tx, project, by, at(second), who).await).unwrap();
        for (started, expected) in [(second, Some(ErrorKind::Conflict)), (second + 1, None)] {
            let new = grant(&tenant);
            let outcome = unit!(bench, |tx| grants::insert(tx, &new, Some(at(started))).await);
            assert_eq!(outcome.as_ref().err().map(|error| error.kind()), expected, "{by:?}");
            assert!(outcome.err().is_none_or(|error| error.retryable()));
        }
    }
    let mut tx = bench.look().await;
    let (integration, datasource) = (tenant.integration.id, tenant.datasource.id);
    let last = revocations::last(&mut tx, project, integration, Some(datasource), who).await.unwrap();
    assert_eq!(last, Some(at(40)));
    let other = domain::id::ProjectId::new();
    assert_eq!(revocations::last(&mut tx, other, integration, Some(datasource), who).await.unwrap(), None);
}

async fn a_revoked_grant_is_not_extended(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (new, project, who) = (grant(&tenant), tenant.project.id, tenant.user.principal.id);
    unit!(bench, |tx| {
        grants::insert(tx, &new, None).await?;
        assert!(grants::extend(tx, project, new.id, at(150), at(150)).await?);
        let kept = grants::get(tx, project, new.id, at(0)).await?.unwrap().grant;
        assert_eq!((kept.expires_at, kept.usable_until), (at(150), at(200)));
        grants::revoke(tx, project, RevokedBy::Grant(new.id), at(10), who).await?;
        assert!(!grants::extend(tx, project, new.id, at(300), at(300)).await?);
        Ok(())
    })
    .unwrap();
}

async fn nothing_is_handed_out_of_what_was_deleted(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, new, old) = (tenant.project.id, grant(&tenant), grant(&tenant));
    let old_id = old.id;
    unit!(bench, |tx| {
        grants::insert(tx, &old, None).await?;
        datasources::delete(tx, project, tenant.datasource.id, 1).await?;
        integrations::delete(tx, project, tenant.integration.id, 1).await
    })
    .unwrap();
    let error = unit!(bench, |tx| grants::insert(tx, &new, None).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let history = grants::get(&mut bench.look().await, project, old_id, at(0)).await.unwrap();
    assert!(history.is_some(), "the history outlives what it is about");
}

async fn grants_that_ended_long_ago_are_forgotten_but_the_newest_of_each_datasource(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    // As made at that second: by their ids it is known which are old.
    let made = |tenant: &Tenant, second: i64, until: i64| {
        let millis = u64::try_from(at(second).as_millisecond()).unwrap();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid().to_string();
        Grant { id: id.parse().unwrap(), usable_until: at(until), ..grant(tenant) }
    };
    let all = [made(&one, 1, 10), made(&one, 2, 10), made(&one, 3, 99), made(&one, 4, 10), made(&one, 60, 70)];
    let [revoked, _, living, _, young] = all.each_ref().map(|grant| grant.id);
    let newest = made(&two, 5, 10);
    let (project, who, newest_id, ids) =
        (one.project.id, one.user.principal.id, newest.id, all.each_ref().map(|g| g.id));
    unit!(bench, |tx| {
        for grant in all.iter().chain([&newest]) {
            grants::insert(tx, grant, None).await?;
        }
        grants::revoke(tx, project, RevokedBy::Grant(revoked), at(6), who).await
    })
    .unwrap();
    let purge = async |most| unit!(bench, |tx| grants::purge(tx, at(50), most).await).unwrap();
    assert_eq!((purge(2).await, purge(2).await, purge(2).await), (2, 1, 0), "as many as were asked for at a time");
    let mut tx = bench.look().await;
    let left = grants::these(&mut tx, project, ids, at(50)).await.unwrap();
    assert_eq!(left.iter().map(|stored| stored.grant.id).collect::<Vec<_>>(), [living, young]);
    assert!(grants::get(&mut tx, two.project.id, newest_id, at(50)).await.unwrap().is_some());
    assert_eq!(grants::last_of(&mut tx, two.datasource.id).await.unwrap(), Some(at(0)));
}

async fn revoking_while_handing_out_leaves_no_live_grant_of_an_old_session(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, who) = (tenant.project.id, tenant.user.principal.id);
    let insert = async || {
        let new = grant(&tenant);
        unit!(bench, |tx| grants::insert(tx, &new, Some(at(1))).await)
    };
    let revoke = async || unit!(bench, |tx| grants::revoke(tx, project, RevokedBy::Project, at(2), who).await);
    let inserts = futures::future::join_all((0..8).map(|_| insert()));
    let (inserted, revoked, later) = futures::join!(inserts, revoke(), insert());
    let kept = inserted.iter().chain([&later]).filter(|outcome| outcome.is_ok()).count();
    assert_eq!(revoked.unwrap().len(), kept, "whatever was kept before was revoked");
    let live = grants::count_live(&mut bench.look().await, project, GrantFilter::default(), at(3)).await;
    assert_eq!(live.unwrap(), 0);
}

/// On PostgreSQL, where two units do run at the same time.
#[tokio::test]
async fn a_datasource_is_not_deleted_while_a_grant_of_it_is_being_kept() {
    crate::bench::postgres(async |bench: Bench| {
        let tenant = bench.tenant("one").await;
        let (project, id, new) = (tenant.project.id, tenant.datasource.id, grant(&tenant));
        let (kept, is_kept) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = tokio::sync::oneshot::channel();
        let hand_out = async {
            unit!(bench, |tx| {
                grants::insert(tx, &new, None).await?;
                kept.send(()).unwrap();
                may_go_on.await.unwrap();
                Ok(())
            })
        };
        let delete = async {
            unit!(bench, |tx| {
                datasources::lock(tx, project, id).await?;
                let filter = GrantFilter { datasource: Some(id), ..GrantFilter::default() };
                let free = grants::count_live(tx, project, filter, at(1)).await? == 0;
                Ok(free && datasources::delete(tx, project, id, 1).await?)
            })
        };
        let meanwhile = async {
            is_kept.await.unwrap();
            let mut delete = std::pin::pin!(delete);
            while !waits_for_a_lock(&bench).await && futures::poll!(&mut delete).is_pending() {}
            go_on.send(()).unwrap();
            delete.await
        };
        let (handed_out, deleted) = futures::join!(hand_out, meanwhile);
        handed_out.unwrap();
        assert!(!deleted.unwrap());
    })
    .await;
}

async fn waits_for_a_lock(bench: &Bench) -> bool {
    let sql = "SELECT COUNT(*) AS waiting FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let row = bench.look().await.fetch_one(sql, store::args![]).await.unwrap();
    row.get_i64("waiting").unwrap() > 0
}

async fn a_session_of_a_revoked_grant_hands_nothing_more_out_to_its_holder(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, who) = (tenant.project.id, tenant.user.principal.id);
    let (taken, same, fresh, mut other) = (grant(&tenant), grant(&tenant), grant(&tenant), grant(&tenant));
    other.principal = bench.tenant("two").await.user.principal.id;
    unit!(bench, |tx| {
        grants::insert(tx, &taken, Some(at(1))).await?;
        grants::revoke(tx, project, RevokedBy::Grant(taken.id), at(10), who).await
    })
    .unwrap();
    let insert = async |new: Grant, second| unit!(bench, |tx| grants::insert(tx, &new, Some(at(second))).await);
    assert_eq!(insert(same, 1).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(insert(fresh, 11).await.is_ok());
    assert!(insert(other, 1).await.is_ok());
}

async fn grants_wait_for_their_cut_off_unless_they_are_left_to_expiry(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, who) = (tenant.project.id, tenant.user.principal.id);
    let (waits, left, done, live) = (grant(&tenant), grant(&tenant), grant(&tenant), grant(&tenant));
    let (waiting, left_id, done_id) = (waits.id, left.id, done.id);
    unit!(bench, |tx| {
        for grant in [&waits, &left, &done, &live] {
            grants::insert(tx, grant, None).await?;
        }
        for id in [waiting, left_id, done_id] {
            grants::revoke(tx, project, RevokedBy::Grant(id), at(10), who).await?;
        }
        grants::leave_to_expiry(tx, project, left_id).await?;
        grants::mark_cut_off(tx, project, done_id, at(10)).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let ids = |found: Vec<grants::StoredGrant>| found.into_iter().map(|stored| stored.grant.id).collect::<Vec<_>>();
    assert_eq!(ids(grants::awaiting_cut_off(&mut tx, None, at(20), 10).await.unwrap()), [waiting]);
    assert!(grants::awaiting_cut_off(&mut tx, None, at(200), 10).await.unwrap().is_empty(), "it has ended by itself");
    let kept = grants::get(&mut tx, project, left_id, at(20)).await.unwrap().unwrap();
    assert_eq!(kept.grant.revocability, Revocability::AtExpiry);
}
