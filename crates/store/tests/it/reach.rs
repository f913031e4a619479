//! What a revocation reaches, before it is done.

use std::collections::BTreeSet;

use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::{GrantId, IntegrationId, PrincipalId, ProjectId};
use domain::integration::Integration;
use store::grants::{self, Which};
use store::integrations;
use store::revocations::RevokedBy;

use crate::bench::{Bench, Tenant, at, integration, on_both, unit};

on_both!(
    what_may_still_work_is_counted_by_holder_and_by_how_it_is_taken_back,
    those_that_may_work_the_longest_are_shown_first,
    what_shares_a_role_is_reached_as_long_as_it_does,
    others_are_those_that_are_not_named_whatever_names_them,
    roles_of_a_store_that_kept_none_are_those_of_its_settings,
);

const BOUNDED: Revocability = Revocability::Bounded { bound_seconds: 60 };

fn grant(tenant: &Tenant, principal: PrincipalId, revocability: Revocability, until: i64) -> Grant {
    Grant {
        id: GrantId::new(),
        project: tenant.project.id,
        kind: GrantKind::Credential,
        integration: tenant.integration.id,
        datasource: tenant.datasource.id,
        principal,
        created_at: at(0),
        expires_at: at(until),
        usable_until: at(until),
        state: GrantState::Live,
        revocability,
        scope: GrantScope { bucket: "b".into(), prefix: String::new(), access: "read".into(), count: None },
    }
}

async fn keep(bench: &Bench, new: &[&Grant]) {
    let new: Vec<_> = new.iter().map(|grant| (*grant).clone()).collect();
    unit!(bench, |tx| {
        for grant in &new {
            grants::insert(tx, grant, None).await?;
        }
        Ok(())
    })
    .unwrap();
}

async fn what_may_still_work_is_counted_by_holder_and_by_how_it_is_taken_back(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let (ann, bob) = (one.user.principal.id, PrincipalId::new());
    let immediate = Revocability::Immediate;
    let all = [
        grant(&one, ann, BOUNDED, 50),
        grant(&one, ann, BOUNDED, 70),
        grant(&one, ann, immediate, 90),
        grant(&one, bob, BOUNDED, 60),
        grant(&one, bob, BOUNDED, 5),
        grant(&two, ann, BOUNDED, 80),
    ];
    keep(&bench, &all.iter().collect::<Vec<_>>()).await;
    let gone = grant(&one, bob, BOUNDED, 99);
    keep(&bench, &[&gone]).await;
    let (project, id) = (one.project.id, gone.id);
    unit!(bench, |tx| grants::revoke(tx, project, RevokedBy::Grant(id), at(1), ann).await).unwrap();
    let mut tx = bench.look().await;
    let mut counted = async |which: Which| {
        let mut found = grants::usable_groups(&mut tx, project, &which, at(10)).await.unwrap();
        found.sort_by_key(|group| (group.principal != ann, group.revocability == immediate));
        found.into_iter().map(|group| (group.principal, group.count, group.usable_until)).collect::<Vec<_>>()
    };
    let anns = [(ann, 2, at(70)), (ann, 1, at(90))];
    let everything = [anns[0], anns[1], (bob, 1, at(60))];
    assert_eq!(counted(Which::By(RevokedBy::Project)).await, everything);
    assert_eq!(counted(Which::By(RevokedBy::Integration(one.integration.id))).await, everything);
    assert_eq!(counted(Which::By(RevokedBy::Datasource(one.datasource.id))).await, everything);
    assert_eq!(counted(Which::By(RevokedBy::Principal(ann))).await, anns);
    assert_eq!(counted(Which::By(RevokedBy::Grant(all[3].id))).await, [(bob, 1, at(60))]);
    assert_eq!(counted(Which::By(RevokedBy::Holder(one.datasource.id, bob))).await, [(bob, 1, at(60))]);
    assert_eq!(counted(Which::These(vec![all[0].id, all[4].id, id, all[5].id])).await, [(ann, 1, at(50))]);
    assert_eq!(counted(Which::These(Vec::new())).await, []);
    assert_eq!(counted(Which::By(RevokedBy::Integration(two.integration.id))).await, [], "it is of another project");
}

async fn those_that_may_work_the_longest_are_shown_first(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let ann = tenant.user.principal.id;
    let all = [50, 70, 60, 5].map(|until| grant(&tenant, ann, BOUNDED, until));
    keep(&bench, &all.iter().collect::<Vec<_>>()).await;
    let which = Which::By(RevokedBy::Principal(ann));
    let shown = grants::usable_longest(&mut bench.look().await, tenant.project.id, &which, at(10), 2).await.unwrap();
    assert_eq!(shown.iter().map(|stored| stored.grant.id).collect::<Vec<_>>(), [all[1].id, all[2].id]);
    let none = grants::usable_longest(&mut bench.look().await, tenant.project.id, &which, at(10), 0).await.unwrap();
    assert!(none.is_empty());
}

/// An integration that assumes this role, at an address of its own if there is one.
fn assuming(project: ProjectId, name: &str, role: &str, endpoint: Option<&str>) -> Integration {
    let mut new = integration(project, name);
    new.settings.insert("role_arn".into(), format!("arn:aws:iam::1:role/{role}"));
    new.settings.extend(endpoint.map(|endpoint| ("endpoint".to_owned(), endpoint.to_owned())));
    new
}

async fn what_shares_a_role_is_reached_as_long_as_it_does(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, ann) = (tenant.project.id, tenant.user.principal.id);
    let store = Some("https://store.example.com");
    let all: Vec<_> = [("a", "x", None), ("b", "x", None), ("c", "y", None), ("d", "x", store), ("e", "x", store)]
        .into_iter()
        .map(|(name, role, endpoint)| assuming(project, name, role, endpoint))
        .collect();
    let (new, ids): (_, Vec<IntegrationId>) = (all.clone(), all.iter().map(|one| one.id).collect());
    unit!(bench, |tx| {
        for one in &new {
            integrations::insert(tx, one).await?;
        }
        Ok(())
    })
    .unwrap();
    let through = |at: usize, revocability| Grant { integration: ids[at], ..grant(&tenant, ann, revocability, 50) };
    let plain = Grant { id: GrantId::new(), ..grant(&tenant, ann, BOUNDED, 50) };
    let (a, c, d) = (through(0, BOUNDED), through(2, BOUNDED), through(3, BOUNDED));
    let left = through(1, Revocability::AtExpiry);
    keep(&bench, &[&plain, &a, &c, &d, &left]).await;
    let reached = async |which: Which| {
        let found = grants::cut_off_with(&mut bench.look().await, project, &which, at(10)).await.unwrap();
        let named = all.iter().filter(|one| found.contains(&one.id)).map(|one| one.name.to_string());
        (named.collect::<Vec<_>>(), found.contains(&tenant.integration.id))
    };
    let one = |grant: &Grant| Which::By(RevokedBy::Grant(grant.id));
    assert_eq!(reached(one(&a)).await.0, ["a", "b"]);
    assert_eq!(reached(one(&d)).await.0, ["d", "e"], "the same role at another address is that of another cloud");
    assert_eq!(reached(one(&plain)).await, (vec![], true), "it names no role");
    assert_eq!(reached(one(&left)).await, (vec![], false), "nobody can cut it off");
    assert_eq!(reached(Which::These(vec![a.id, c.id])).await.0, ["a", "b", "c"]);
    assert_eq!(reached(Which::By(RevokedBy::Project)).await.0, ["a", "b", "c", "d", "e"]);
    let elsewhere = bench.tenant("two").await.project.id;
    let none = grants::cut_off_with(&mut bench.look().await, elsewhere, &one(&a), at(10)).await.unwrap();
    assert_eq!(none, BTreeSet::new());
    let mut changed = all[1].clone();
    changed.settings.remove("role_arn");
    unit!(bench, |tx| integrations::update(tx, &changed).await).unwrap();
    assert_eq!(reached(one(&a)).await.0, ["a"]);
    let mut known: Vec<IntegrationId> = integrations::ids(&mut bench.look().await, project).await.unwrap();
    let mut expected = [ids, vec![tenant.integration.id]].concat();
    known.sort();
    expected.sort();
    assert_eq!(known, expected);
}

async fn others_are_those_that_are_not_named_whatever_names_them(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, ann, bob) = (tenant.project.id, tenant.user.principal.id, PrincipalId::new());
    let same = assuming(project, "same", "x", None);
    let mut changed = tenant.integration.clone();
    changed.settings.insert("role_arn".into(), "arn:aws:iam::1:role/x".into());
    let new = same.clone();
    unit!(bench, |tx| {
        integrations::insert(tx, &new).await?;
        integrations::update(tx, &changed).await
    })
    .unwrap();
    let (mine, over) = (grant(&tenant, ann, BOUNDED, 50), grant(&tenant, bob, BOUNDED, 5));
    let through = |who, until| Grant { integration: same.id, ..grant(&tenant, who, Revocability::AtExpiry, until) };
    let (beside, longest, own) = (grant(&tenant, bob, BOUNDED, 60), through(bob, 90), through(ann, 70));
    keep(&bench, &[&mine, &over, &beside, &longest, &own]).await;
    let others = async |which: Which, most| {
        let found = grants::usable_beside(&mut bench.look().await, project, &which, at(10), most).await.unwrap();
        (found.0, found.1.into_iter().map(|stored| stored.grant.id).collect::<Vec<_>>())
    };
    let by = |by| others(Which::By(by), 9);
    assert_eq!(by(RevokedBy::Grant(mine.id)).await, (3, vec![longest.id, own.id, beside.id]));
    assert_eq!(others(Which::By(RevokedBy::Grant(mine.id)), 1).await, (3, vec![longest.id]));
    assert_eq!(others(Which::These(vec![mine.id, own.id]), 9).await, (2, vec![longest.id, beside.id]));
    assert_eq!(by(RevokedBy::Principal(ann)).await, (2, vec![longest.id, beside.id]));
    assert_eq!(by(RevokedBy::Integration(tenant.integration.id)).await, (2, vec![longest.id, own.id]));
    assert_eq!(by(RevokedBy::Holder(tenant.datasource.id, bob)).await, (2, vec![own.id, mine.id]));
    assert_eq!(by(RevokedBy::Datasource(tenant.datasource.id)).await, (0, vec![]));
    assert_eq!(by(RevokedBy::Project).await, (0, vec![]));
    assert_eq!(others(Which::These(Vec::new()), 9).await, (0, vec![]));
    assert_eq!(by(RevokedBy::Integration(same.id)).await, (0, vec![]), "nothing of it can be cut off");
}

async fn roles_of_a_store_that_kept_none_are_those_of_its_settings(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let project = tenant.project.id;
    let endpoint = Some("https://store.example.com:8333/path");
    let all = [assuming(project, "a", "x", None), assuming(project, "b", "x", endpoint), integration(project, "c")];
    let migration = include_str!("../../migrations/0003_console.sql");
    let from = migration.find("UPDATE integrations SET role").unwrap();
    let to = migration.find("CREATE INDEX integrations_by_role").unwrap();
    let postgres = bench.store.snapshot().await.unwrap().engine() == store::Engine::Postgres;
    unit!(bench, |tx| {
        for one in &all {
            integrations::insert(tx, one).await?;
        }
        tx.execute("UPDATE integrations SET role = NULL", store::args![]).await?;
        for update in migration[from..to].split(';').filter(|update| !update.trim().is_empty()) {
            let update = if postgres { update.replace("instr", "strpos") } else { update.to_owned() };
            tx.execute(update.leak(), store::args![]).await?;
        }
        Ok(())
    })
    .unwrap();
    let rows =
        bench.look().await.fetch_all("SELECT role FROM integrations ORDER BY name", store::args![]).await.unwrap();
    let roles: Vec<_> = rows.iter().map(|row| row.get_opt_text("role").unwrap().map(str::to_owned)).collect();
    let (role, at_store) = ("arn:aws:iam::1:role/x ", "arn:aws:iam::1:role/x https://store.example.com:8333/path");
    assert_eq!(roles, [Some(role.to_owned()), Some(at_store.to_owned()), None, None]);
}
