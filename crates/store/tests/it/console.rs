//! What lists and overviews read: last proofs, latencies, and everything that is counted.

use domain::audit::Outcome;
use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::{GrantId, PrincipalId, ProjectId, ProofId, TokenId};
use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus};
use store::audit::{self, AuditFilter, Log, NewRecord};
use store::governance::{self, GovernedFilter};
use store::grants::{self, GrantFilter, Through};
use store::last_proofs::{self, LineFilter, Subject};
use store::latencies::{self, KEPT, Side};
use store::proofs::{self, ProofOwner, StoredProof};
use store::tokens::{self, StoredToken, TokenKind};
use store::{args, datasources, integrations};

use crate::bench::{Bench, Tenant, ask, at, integration, on_both, unit};

on_both!(
    the_newest_proof_is_the_last_and_goes_with_what_it_is_about,
    a_datasource_takes_its_last_proof_to_another_integration,
    last_proofs_of_a_store_that_had_none_are_those_of_its_proofs,
    samples_are_bounded_and_their_median_is_told_by_region,
    a_proof_leaves_a_sample_of_its_region,
    records_are_found_by_time_though_they_wait_for_their_place,
    grants_are_counted_and_held_by_whom_they_are,
    a_few_grants_and_many_are_listed_alike,
    picked_grants_are_taken_back_in_their_project_only,
    sessions_are_listed_while_they_are_good,
    governing_finds_what_is_too_wide_in_every_project,
);

fn proof(status: ProofStatus, checks: &[(CheckName, CheckStatus)], second: i64) -> StoredProof {
    let check = |&(name, status): &(CheckName, CheckStatus)| Check {
        name,
        status,
        duration_ms: 1,
        detail: "12.5 ms from this server to the bucket".into(),
        provider: None,
        remedy: None,
    };
    let checks = checks.iter().map(check).collect();
    let proof = Proof { status, mode: ProofMode::Full, checked_at: at(second), duration_ms: 1, checks };
    StoredProof { id: ProofId::new(), proof }
}

fn wide(second: i64) -> StoredProof {
    let checks = [
        (CheckName::BaseIdentityBare, CheckStatus::Passed),
        (CheckName::ExcessWrite, CheckStatus::Warning),
        (CheckName::ExcessAdministration, CheckStatus::Inconclusive),
        (CheckName::Cors, CheckStatus::Warning),
        (CheckName::Latency, CheckStatus::Passed),
    ];
    proof(ProofStatus::Passed, &checks, second)
}

async fn keep(bench: &Bench, project: ProjectId, owner: ProofOwner, proof: StoredProof) {
    unit!(bench, |tx| proofs::insert(tx, project, owner, &proof).await).unwrap();
}

fn owners(tenant: &Tenant) -> (ProofOwner, ProofOwner) {
    (ProofOwner::Integration(tenant.integration.id), ProofOwner::Datasource(tenant.datasource.id))
}

async fn the_newest_proof_is_the_last_and_goes_with_what_it_is_about(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, (of_integration, of_datasource)) = (tenant.project.id, owners(&tenant));
    keep(&bench, project, of_integration, proof(ProofStatus::Failed, &[], 1)).await;
    keep(&bench, project, of_datasource, wide(2)).await;
    keep(&bench, project, of_integration, proof(ProofStatus::Passed, &[], 3)).await;
    let ids = || [tenant.integration.id.to_string(), tenant.datasource.id.to_string()];
    let mut tx = bench.look().await;
    let last = last_proofs::of(&mut tx, project, ids()).await.unwrap();
    assert_eq!((last[&ids()[0]].status, last[&ids()[0]].checked_at), (ProofStatus::Passed, at(3)));
    assert_eq!(last[&ids()[1]].too_wide, ["excess-write"], "warnings of rights, and only those");
    assert!(last_proofs::of(&mut tx, ProjectId::new(), ids()).await.unwrap().is_empty());
    let filter = LineFilter { status: ProofStatus::Passed, before: None };
    let lines = last_proofs::lines(&mut tx, project, filter, 9).await.unwrap();
    let subjects: Vec<_> = lines.into_iter().map(|line| line.subject).collect();
    let (integration, datasource) = (tenant.integration.clone(), tenant.datasource.clone());
    assert_eq!(
        subjects,
        [Subject::Integration(integration.name, integration.state), Subject::Datasource(datasource.name.clone(), true)]
    );
    let before = LineFilter { before: Some(at(3)), ..filter };
    assert_eq!(last_proofs::lines(&mut tx, project, before, 9).await.unwrap().len(), 1);
    drop(tx);
    unit!(bench, |tx| datasources::delete(tx, project, datasource.id, 1).await).unwrap();
    assert_eq!(last_proofs::of(&mut bench.look().await, project, ids()).await.unwrap().len(), 1);
    keep(&bench, project, of_datasource, wide(4)).await;
    assert_eq!(last_proofs::of(&mut bench.look().await, project, ids()).await.unwrap().len(), 1, "it is gone");
}

async fn a_datasource_takes_its_last_proof_to_another_integration(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let project = tenant.project.id;
    keep(&bench, project, owners(&tenant).1, wide(1)).await;
    let other = integration(project, "other");
    let (moved, first) = (other.id, tenant.integration.id);
    let mut changed = tenant.datasource.clone();
    changed.integration = moved;
    unit!(bench, |tx| {
        integrations::insert(tx, &other).await?;
        datasources::update(tx, &changed).await
    })
    .unwrap();
    let found = governance::found(&mut bench.look().await, [first, moved]).await.unwrap();
    assert_eq!(found.iter().map(|found| found.integration).collect::<Vec<_>>(), [moved]);
}

async fn last_proofs_of_a_store_that_had_none_are_those_of_its_proofs(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, (of_integration, of_datasource)) = (tenant.project.id, owners(&tenant));
    keep(&bench, project, of_integration, wide(1)).await;
    keep(&bench, project, of_integration, proof(ProofStatus::Failed, &[], 2)).await;
    keep(&bench, project, of_datasource, wide(3)).await;
    let ids = || [tenant.integration.id.to_string(), tenant.datasource.id.to_string()];
    let kept = last_proofs::of(&mut bench.look().await, project, ids()).await.unwrap();
    let migration = include_str!("../../migrations/0003_console.sql");
    let begin = migration.find("INSERT INTO last_proofs").unwrap();
    let (fill, _) = migration[begin..].split_once(';').unwrap();
    unit!(bench, |tx| {
        tx.execute("DELETE FROM last_proofs", args![]).await?;
        Ok(tx.execute(fill, args![]).await?)
    })
    .unwrap();
    assert_eq!(last_proofs::of(&mut bench.look().await, project, ids()).await.unwrap(), kept);
}

async fn samples_are_bounded_and_their_median_is_told_by_region(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let (project, datasource) = (one.project.id, one.datasource.id);
    let many: Vec<_> = (0..i64::from(KEPT) + 10).collect();
    unit!(bench, |tx| {
        latencies::insert(tx, project, datasource, Side::Browser, "eu", &many, at(1)).await?;
        latencies::insert(tx, project, datasource, Side::Browser, "us", &[9, 1, 5], at(2)).await?;
        // Of another project's datasource nothing is kept.
        latencies::insert(tx, two.project.id, datasource, Side::Browser, "eu", &[1], at(3)).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let rows = tx.fetch_all("SELECT COUNT(*) AS kept FROM latency_samples", args![]).await.unwrap();
    assert_eq!(rows[0].get_i64("kept").unwrap(), i64::from(KEPT));
    let medians = latencies::medians(&mut tx, project, Side::Browser).await.unwrap();
    let shown: Vec<_> = medians.iter().map(|median| (median.region.as_str(), median.samples, median.newest)).collect();
    assert_eq!(shown, [("eu", u64::from(latencies::JUDGED), at(1)), ("us", 3, at(2))]);
    assert_eq!(medians[1].micros, 5);
    assert!(latencies::medians(&mut tx, project, Side::Server).await.unwrap().is_empty());
    assert!(latencies::medians(&mut tx, two.project.id, Side::Browser).await.unwrap().is_empty());
}

async fn a_proof_leaves_a_sample_of_its_region(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let project = tenant.project.id;
    let mut changed = tenant.integration.clone();
    changed.settings.insert("region".into(), "eu-9".into());
    unit!(bench, |tx| integrations::update(tx, &changed).await).unwrap();
    keep(&bench, project, owners(&tenant).1, wide(7)).await;
    let medians = latencies::medians(&mut bench.look().await, project, Side::Server).await.unwrap();
    assert_eq!((medians[0].region.as_str(), medians[0].micros, medians[0].newest), ("eu-9", 12_500, at(7)));
}

async fn records_are_found_by_time_though_they_wait_for_their_place(bench: Bench) {
    let log = Log::Installation;
    // Dated before they got their place: by up to a minute.
    for (number, second) in [0, 7_200, 7_260, 7_205, 14_400, 14_399].into_iter().enumerate() {
        let outcome = if number % 2 == 0 { Outcome::Done } else { Outcome::Refused };
        unit!(bench, |tx| {
            let new = |seq| {
                Ok(NewRecord {
                    time: at(second),
                    action: "a.b".into(),
                    principal: None,
                    outcome,
                    record: format!("{{\"seq\":{seq}}}"),
                    private: None,
                })
            };
            audit::append(tx, log, new).await
        })
        .unwrap();
    }
    let mut tx = bench.look().await;
    let all = AuditFilter::default;
    for (filter, expected) in [
        (AuditFilter { since: Some(at(7_201)), ..all() }, vec![2, 3, 4, 5]),
        (AuditFilter { until: Some(at(7_206)), ..all() }, vec![0, 1, 3]),
        (AuditFilter { since: Some(at(7_205)), until: Some(at(14_400)), ..all() }, vec![2, 3, 5]),
        (AuditFilter { outcome: Some(Outcome::Refused), ..all() }, vec![1, 3, 5]),
        (AuditFilter { outcome: Some(Outcome::Done), since: Some(at(1)), ..all() }, vec![2, 4]),
        (AuditFilter { outcome: Some(Outcome::Failed), ..all() }, vec![]),
    ] {
        let oldest = audit::list(&mut tx, log, &filter, &ask(9, None)).await.unwrap();
        let seqs: Vec<_> = oldest.items.iter().map(|record| record.seq).collect();
        assert_eq!(seqs, expected, "{filter:?}");
        let count = expected.len() as u64;
        assert_eq!(audit::count(&mut tx, log, &filter, 9).await.unwrap(), count);
        assert_eq!(audit::count(&mut tx, log, &filter, 1).await.unwrap(), count.min(1));
        let (newest, mut found, mut after) = (AuditFilter { newest_first: true, ..filter }, Vec::new(), None);
        loop {
            let page = audit::list(&mut tx, log, &newest, &ask(2, after)).await.unwrap();
            found.extend(page.items.iter().map(|record| record.seq));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.reverse();
        assert_eq!(found, expected, "{newest:?}");
    }
}

fn grant(tenant: &Tenant, principal: PrincipalId, expires: i64) -> Grant {
    Grant {
        id: GrantId::new(),
        project: tenant.project.id,
        kind: GrantKind::Urls,
        integration: tenant.integration.id,
        datasource: tenant.datasource.id,
        principal,
        created_at: at(0),
        expires_at: at(expires),
        usable_until: at(expires),
        state: GrantState::Live,
        revocability: Revocability::AtExpiry,
        scope: GrantScope { bucket: "b".into(), prefix: String::new(), access: "GET".into(), count: Some(1) },
    }
}

async fn grants_are_counted_and_held_by_whom_they_are(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let (ann, bob) = (one.user.principal.id, PrincipalId::new());
    let mut new: Vec<_> = [(ann, 100), (bob, 50), (bob, 70), (ann, 5), (ann, 60)]
        .into_iter()
        .map(|(who, expires)| grant(&one, who, expires))
        .collect();
    let revoked = new[4].id;
    new.push(grant(&two, ann, 100));
    unit!(bench, |tx| {
        for grant in &new {
            grants::insert(tx, grant, None).await?;
        }
        grants::revoke_these(tx, one.project.id, [revoked], at(1), ann).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let through = Through::Integration(one.integration.id);
    assert_eq!(grants::holders(&mut tx, through, at(10), 99, 9).await.unwrap(), [(bob, 2), (ann, 1)]);
    assert_eq!(grants::holders(&mut tx, through, at(10), 99, 1).await.unwrap().len(), 1);
    assert_eq!(grants::count_live_through(&mut tx, through, at(10), 99).await.unwrap(), 3);
    let through = Through::Datasource(one.datasource.id);
    assert_eq!(grants::count_live_through(&mut tx, through, at(60), 99).await.unwrap(), 2);
    assert_eq!(grants::count_live_through(&mut tx, through, at(10), 2).await.unwrap(), 2, "counting ends there");
    assert_eq!(grants::count_live_in_project(&mut tx, one.project.id, at(10), 99).await.unwrap(), 3);
    let counts = grants::count_live_by_integration(&mut tx, [one.integration.id, two.integration.id], at(10)).await;
    assert_eq!(counts.unwrap(), [(one.integration.id, 3), (two.integration.id, 1)].into());
    let next = grants::ending_next(&mut tx, one.project.id, at(10), 2).await.unwrap();
    assert_eq!(next.iter().map(|stored| stored.grant.expires_at).collect::<Vec<_>>(), [at(50), at(70)]);
    assert_eq!(grants::last_of(&mut tx, one.datasource.id).await.unwrap(), Some(at(0)));
}

async fn a_few_grants_and_many_are_listed_alike(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, who) = (tenant.project.id, tenant.user.principal.id);
    let new: Vec<_> = (0..9).map(|number| grant(&tenant, who, if number % 3 == 0 { 5 } else { 100 })).collect();
    let live: Vec<_> = new.iter().filter(|grant| grant.expires_at == at(100)).map(|grant| grant.id).rev().collect();
    let ids = new.iter().map(|grant| grant.id).collect::<Vec<_>>();
    unit!(bench, |tx| {
        for grant in &new {
            grants::insert(tx, grant, None).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    let filters = |state| {
        let by_integration = GrantFilter { integration: Some(tenant.integration.id), ..GrantFilter::default() };
        [
            GrantFilter { state: Some(state), ..GrantFilter::default() },
            GrantFilter { state: Some(state), ..by_integration },
        ]
    };
    for (state, expected) in [(GrantState::Live, live), (GrantState::Expired, vec![ids[6], ids[3], ids[0]])] {
        for filter in filters(state) {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = grants::list(&mut tx, project, filter, at(10), &ask(2, after)).await.unwrap();
                found.extend(page.items.iter().map(|stored| stored.grant.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{state:?}");
        }
    }
    drop(tx);
    // Beyond the bound the newest are found by walking back.
    let sql = match bench.store.engine() {
        store::Engine::Sqlite => {
            "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
             INSERT INTO grants SELECT '00000000-0000-7000-8000-' || substr('000000000000' || n.n, -12), g.project, g.kind,
                 g.integration, g.datasource, g.principal, g.created_at, g.expires_at, g.usable_until, g.revocability,
                 g.scope, NULL, NULL, NULL, NULL FROM n, grants g WHERE g.id = $1"
        }
        store::Engine::Postgres => {
            "INSERT INTO grants SELECT '00000000-0000-7000-8000-' || lpad(n.n::text, 12, '0'), g.project, g.kind,
                 g.integration, g.datasource, g.principal, g.created_at, g.expires_at, g.usable_until, g.revocability,
                 g.scope, NULL, NULL, NULL, NULL FROM generate_series(0, 10000) n (n), grants g WHERE g.id = $1"
        }
    };
    let (expired, standing) = (ids[6], ids[8]);
    for like in [standing, expired] {
        let grow = unit!(bench, |tx| {
            tx.execute("DELETE FROM grants WHERE id < '01'", args![]).await?;
            Ok(tx.execute(sql, args![like]).await?)
        });
        assert_eq!(grow.unwrap(), 10_001);
        let state = if like == standing { GrantState::Live } else { GrantState::Expired };
        for filter in filters(state) {
            let page = grants::list(&mut bench.look().await, project, filter, at(10), &ask(2, None)).await.unwrap();
            assert_eq!((page.items[0].grant.id, page.items[0].grant.state, page.items.len()), (like, state, 2));
        }
    }
}

async fn picked_grants_are_taken_back_in_their_project_only(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let who = one.user.principal.id;
    let new = [grant(&one, who, 100), grant(&one, who, 1), grant(&two, who, 100)];
    let ids = new.clone().map(|grant| grant.id);
    unit!(bench, |tx| {
        for grant in &new {
            grants::insert(tx, grant, None).await?;
        }
        Ok(())
    })
    .unwrap();
    let project = one.project.id;
    let revoked = unit!(bench, |tx| grants::revoke_these(tx, project, ids, at(10), who).await).unwrap();
    assert_eq!(revoked.iter().map(|stored| stored.grant.id).collect::<Vec<_>>(), [ids[0]], "what still worked");
    let mut tx = bench.look().await;
    assert_eq!(grants::these(&mut tx, project, ids, at(10)).await.unwrap().len(), 2);
    assert!(grants::these(&mut tx, project, [], at(10)).await.unwrap().is_empty());
    drop(tx);
    let mut late = grant(&one, who, 100);
    late.created_at = at(9);
    let error = unit!(bench, |tx| grants::insert(tx, &late, Some(at(9))).await).unwrap_err();
    assert_eq!(error.kind(), domain::ErrorKind::Conflict, "its holder's older sessions hand nothing out");
}

async fn sessions_are_listed_while_they_are_good(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let principal = tenant.user.principal.id;
    let new = |kind, expires| StoredToken {
        id: TokenId::new(),
        principal,
        limit: None,
        kind,
        name: "t".into(),
        created_at: at(0),
        expires_at: at(expires),
        last_used_at: None,
        revoked_at: None,
    };
    let rows = [
        new(TokenKind::Session, 100),
        new(TokenKind::Api, 100),
        new(TokenKind::Session, 5),
        new(TokenKind::Session, 100),
        new(TokenKind::Session, 100),
    ];
    let ids = rows.clone().map(|row| row.id);
    unit!(bench, |tx| {
        for (number, row) in rows.iter().enumerate() {
            tokens::insert(tx, row, &[number as u8; 32]).await?;
        }
        tokens::note_device(tx, ids[0], "Firefox on Linux").await?;
        tokens::revoke(tx, ids[3], at(1)).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let good = tokens::sessions(&mut tx, principal, at(10), 9).await.unwrap();
    let shown: Vec<_> = good.iter().map(|(session, device)| (session.id, device.as_deref())).collect();
    assert_eq!(shown, [(ids[4], None), (ids[0], Some("Firefox on Linux"))]);
    assert!(tokens::sessions(&mut tx, PrincipalId::new(), at(10), 9).await.unwrap().is_empty());
}

async fn governing_finds_what_is_too_wide_in_every_project(bench: Bench) {
    let tenants = [bench.tenant("b-two").await, bench.tenant("a-one").await];
    for tenant in &tenants {
        keep(&bench, tenant.project.id, owners(tenant).0, proof(ProofStatus::Passed, &[], 1)).await;
    }
    keep(&bench, tenants[0].project.id, owners(&tenants[0]).1, wide(2)).await;
    let mut tx = bench.look().await;
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = governance::integrations(&mut tx, &GovernedFilter::default(), &ask(1, after)).await.unwrap();
        names.extend(page.items.into_iter().map(|one| one.name.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a-one", "b-two"]);
    let too_wide = GovernedFilter { too_wide: true, ..GovernedFilter::default() };
    let page = governance::integrations(&mut tx, &too_wide, &ask(9, None)).await.unwrap();
    assert_eq!(page.items.iter().map(|one| one.project).collect::<Vec<_>>(), [tenants[0].project.id]);
    let failed = GovernedFilter { proof: Some(ProofStatus::Failed), ..GovernedFilter::default() };
    assert!(governance::integrations(&mut tx, &failed, &ask(9, None)).await.unwrap().items.is_empty());
    let numbers = governance::numbers(&mut tx, at(0)).await.unwrap();
    assert_eq!((numbers.projects, numbers.users, numbers.too_wide, numbers.failed_proofs), (2, 2, 1, 0));
}
