//! Projects, and what goes with one.

use domain::ErrorKind;
use domain::audit::Outcome;
use domain::principal::Role;
use store::audit::{self, Log, NewRecord};
use store::{datasources, integrations, members, project_keys, projects};

use crate::bench::{Bench, ask, at, on_both, project, unit};

on_both!(
    a_name_is_taken_once,
    only_ones_own_are_listed_for_a_member,
    a_project_with_integrations_cannot_be_deleted,
    deleting_a_project_takes_everything_but_the_audit,
    two_projects_made_at_once_with_one_name_are_one,
);

async fn a_name_is_taken_once(bench: Bench) {
    let kept = bench.tenant("one").await.project;
    let error = unit!(bench, |tx| projects::insert(tx, &project("one")).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
    let mut tx = bench.look().await;
    assert_eq!(projects::by_name(&mut tx, "one").await.unwrap().unwrap(), kept);
    assert_eq!(projects::get(&mut tx, kept.id).await.unwrap().unwrap(), kept);
    assert_eq!(projects::by_name(&mut tx, "two").await.unwrap(), None);
}

async fn two_projects_made_at_once_with_one_name_are_one(bench: Bench) {
    let insert = async || unit!(bench, |tx| projects::insert(tx, &project("one")).await);
    let (one, two) = futures::join!(insert(), insert());
    let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).map(|error| error.kind()).collect();
    assert_eq!(errors, [ErrorKind::NameTaken]);
}

async fn only_ones_own_are_listed_for_a_member(bench: Bench) {
    let (one, _two, three) = (bench.tenant("one").await, bench.tenant("two").await, bench.tenant("three").await);
    let ann = one.user.principal.id;
    unit!(bench, |tx| {
        members::set(tx, one.project.id, ann, Role::Owner).await?;
        members::set(tx, three.project.id, ann, Role::Viewer).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    let first = projects::list(&mut tx, Some(ann), &ask(1, None)).await.unwrap();
    let second = projects::list(&mut tx, Some(ann), &ask(1, first.next)).await.unwrap();
    assert_eq!((first.items[0].name.as_str(), second.items[0].name.as_str(), second.next), ("one", "three", None));
    assert_eq!(projects::list(&mut tx, None, &ask(9, None)).await.unwrap().items.len(), 3);
}

async fn a_project_with_integrations_cannot_be_deleted(bench: Bench) {
    let id = bench.tenant("one").await.project.id;
    let error = unit!(bench, |tx| projects::delete(tx, id).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(projects::get(&mut bench.look().await, id).await.unwrap().is_some());
}

async fn deleting_a_project_takes_everything_but_the_audit(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (id, ann) = (tenant.project.id, tenant.user.principal.id);
    let deleted = unit!(bench, |tx| {
        members::set(tx, id, ann, Role::Owner).await?;
        let record = |_| {
            Ok(NewRecord {
                time: at(0),
                action: "project.delete".into(),
                principal: Some(ann),
                outcome: Outcome::Done,
                record: "{}".into(),
                private: None,
            })
        };
        audit::append(tx, Log::Project(id), record).await?;
        project_keys::shred(tx, id).await?;
        datasources::delete(tx, id, tenant.datasource.id, 1).await?;
        integrations::delete(tx, id, tenant.integration.id, 1).await?;
        projects::delete(tx, id).await
    });
    assert!(deleted.unwrap());
    let mut tx = bench.look().await;
    assert_eq!(members::role(&mut tx, id, ann).await.unwrap(), None);
    assert_eq!(audit::head(&mut tx, Log::Project(id)).await.unwrap().unwrap().size, 1);
}
