//! Integrations, datasources and their proofs.

use domain::ErrorKind;
use domain::datasource::{Encryption, Purpose};
use domain::id::ProofId;
use domain::integration::IntegrationState;
use domain::proof::{Check, CheckName, CheckStatus, Proof, ProofMode, ProofStatus};
use store::args;
use store::datasources::{self, DatasourceFilter};
use store::integrations::{self, IntegrationFilter};
use store::proofs::{self, ProofOwner, StoredProof};

use crate::bench::{Bench, ask, at, datasource, integration, on_both, unit};

on_both!(
    an_integration_comes_back_as_it_was_kept,
    of_two_changes_to_one_revision_one_is_done,
    names_are_unique_in_a_project_only,
    an_integration_with_datasources_cannot_be_deleted,
    a_datasource_comes_back_as_it_was_kept,
    a_datasource_cannot_use_what_is_of_another_project,
    an_output_cannot_be_deleted_while_an_input_names_it,
    what_is_of_another_project_is_not_found,
    every_proof_is_kept_and_the_newest_comes_first,
    a_corrupted_row_is_said_and_not_guessed,
);

async fn an_integration_comes_back_as_it_was_kept(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let mut new = integration(tenant.project.id, "two");
    new.state = IntegrationState::Unproven;
    new.reason = Some("later".into());
    new.settings.insert("role_arn".into(), "arn:aws:iam::1:role/é\"${user.x}".into());
    let (project, id, expected) = (new.project, new.id, format!("{new:?}"));
    unit!(bench, |tx| integrations::insert(tx, &new).await).unwrap();
    let kept = integrations::by_name(&mut bench.look().await, project, "two").await.unwrap().unwrap();
    assert_eq!(format!("{kept:?}"), expected);
    unit!(bench, |tx| {
        integrations::touch(tx, project, id, at(9)).await?;
        let touched = integrations::lock(tx, project, id).await?.unwrap();
        assert_eq!((touched.last_used_at, touched.revision), (Some(at(9)), 1));
        Ok(())
    })
    .unwrap();
    let all = IntegrationFilter::default();
    let page = integrations::list(&mut bench.look().await, project, &all, &ask(1, None)).await.unwrap();
    assert_eq!((page.items[0].name.as_str(), page.next.as_deref()), ("one", Some("one")));
}

async fn of_two_changes_to_one_revision_one_is_done(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let change = async |reason: &str| {
        let mut changed = tenant.integration.clone();
        changed.state = IntegrationState::Paused;
        changed.reason = Some(reason.to_owned());
        unit!(bench, |tx| integrations::update(tx, &changed).await).unwrap()
    };
    let (one, two) = futures::join!(change("one"), change("two"));
    assert!(one != two, "exactly one of them is done");
    let kept = integrations::get(&mut bench.look().await, tenant.project.id, tenant.integration.id).await;
    let kept = kept.unwrap().unwrap();
    assert_eq!((kept.revision, kept.reason.as_deref()), (2, Some(if one { "one" } else { "two" })));
    let change = async |region: &str| {
        let mut changed = tenant.datasource.clone();
        changed.region = Some(region.to_owned());
        unit!(bench, |tx| datasources::update(tx, &changed).await).unwrap()
    };
    let (one, two) = futures::join!(change("one"), change("two"));
    assert!(one != two, "exactly one of them is done");
    let (project, id) = (tenant.project.id, tenant.integration.id);
    let deleted = unit!(bench, |tx| integrations::delete(tx, project, id, 1).await);
    assert!(!deleted.unwrap(), "a stale revision deletes nothing");
}

async fn names_are_unique_in_a_project_only(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let again = integration(one.project.id, "one");
    let error = unit!(bench, |tx| integrations::insert(tx, &again).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
    let again = datasource(&one.integration, "one");
    let error = unit!(bench, |tx| datasources::insert(tx, &again).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
    let elsewhere = integration(two.project.id, "one");
    let changed = elsewhere.clone();
    unit!(bench, |tx| integrations::insert(tx, &elsewhere).await).unwrap();
    let mut changed = changed;
    changed.name = "two".parse().unwrap();
    let error = unit!(bench, |tx| integrations::update(tx, &changed).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
}

async fn an_integration_with_datasources_cannot_be_deleted(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, integration, datasource) = (tenant.project.id, tenant.integration.id, tenant.datasource.id);
    let error = unit!(bench, |tx| integrations::delete(tx, project, integration, 1).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let filter = DatasourceFilter { integration: Some(integration), ..DatasourceFilter::default() };
    let named = datasources::list(&mut bench.look().await, project, &filter, &ask(9, None)).await.unwrap();
    assert_eq!(named.items[0].name.as_str(), "one");
    let deleted = unit!(bench, |tx| {
        assert!(datasources::lock(tx, project, datasource).await?.is_some());
        assert!(datasources::delete(tx, project, datasource, 1).await?);
        integrations::delete(tx, project, integration, 1).await
    });
    assert!(deleted.unwrap());
}

async fn a_datasource_comes_back_as_it_was_kept(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let mut new = datasource(&tenant.integration, "two");
    new.purpose = Purpose::InputOutput;
    new.region = Some("eu-west-1".into());
    new.output_datasource = Some(tenant.datasource.id);
    new.sse = Some(Encryption::Kms { kms_key_arn: "arn:aws:kms:x".into() });
    new.cors_origin = Some("https://label.example.com".into());
    new.proof_mode = ProofMode::Off;
    new.reason = Some("no".into());
    new.usable = false;
    let (project, expected) = (new.project, format!("{new:?}"));
    unit!(bench, |tx| datasources::insert(tx, &new).await).unwrap();
    let mut tx = bench.look().await;
    let mut kept = datasources::by_name(&mut tx, project, "two").await.unwrap().unwrap();
    assert_eq!(format!("{kept:?}"), expected);
    drop(tx);
    kept.usable = true;
    kept.prefix = "".parse().unwrap();
    let id = kept.id;
    assert!(unit!(bench, |tx| datasources::update(tx, &kept).await).unwrap());
    let kept = datasources::get(&mut bench.look().await, project, id).await.unwrap().unwrap();
    assert_eq!((kept.usable, kept.prefix.as_str(), kept.revision), (true, "", 2));
}

async fn a_datasource_cannot_use_what_is_of_another_project(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let mut foreign = datasource(&two.integration, "foreign");
    foreign.project = one.project.id;
    let error = unit!(bench, |tx| datasources::insert(tx, &foreign).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let mut foreign = datasource(&one.integration, "foreign");
    foreign.output_datasource = Some(two.datasource.id);
    let error = unit!(bench, |tx| datasources::insert(tx, &foreign).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

async fn an_output_cannot_be_deleted_while_an_input_names_it(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, output) = (tenant.project.id, tenant.datasource.id);
    let mut input = datasource(&tenant.integration, "input");
    input.output_datasource = Some(output);
    unit!(bench, |tx| datasources::insert(tx, &input).await).unwrap();
    let error = unit!(bench, |tx| datasources::delete(tx, project, output, 1).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let filter = DatasourceFilter { output_datasource: Some(output), ..DatasourceFilter::default() };
    let named = datasources::list(&mut bench.look().await, project, &filter, &ask(9, None)).await.unwrap();
    assert_eq!(named.items[0].name.as_str(), "input");
}

async fn what_is_of_another_project_is_not_found(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let mut tx = bench.look().await;
    let project = one.project.id;
    assert!(integrations::get(&mut tx, project, two.integration.id).await.unwrap().is_none());
    assert!(integrations::by_name(&mut tx, project, "two").await.unwrap().is_none());
    assert!(datasources::get(&mut tx, project, two.datasource.id).await.unwrap().is_none());
    assert!(datasources::by_name(&mut tx, project, "two").await.unwrap().is_none());
    drop(tx);
    let mut foreign = two.integration.clone();
    foreign.project = project;
    assert!(!unit!(bench, |tx| integrations::update(tx, &foreign).await).unwrap());
    assert!(!unit!(bench, |tx| datasources::delete(tx, project, two.datasource.id, 1).await).unwrap());
}

fn proof(status: ProofStatus, second: i64) -> StoredProof {
    let check = Check {
        name: CheckName::List,
        status: CheckStatus::Passed,
        duration_ms: 3,
        detail: "listed".into(),
        provider: None,
        remedy: None,
    };
    let proof =
        Proof { status, mode: ProofMode::ReadOnly, checked_at: at(second), duration_ms: 5, checks: vec![check] };
    StoredProof { id: ProofId::new(), proof }
}

async fn every_proof_is_kept_and_the_newest_comes_first(bench: Bench) {
    let tenant = bench.tenant("one").await;
    let (project, owner) = (tenant.project.id, ProofOwner::Datasource(tenant.datasource.id));
    let made = [proof(ProofStatus::Failed, 1), proof(ProofStatus::Inconclusive, 2), proof(ProofStatus::Passed, 3)];
    let new = made.clone();
    unit!(bench, |tx| {
        for proof in &new {
            proofs::insert(tx, project, owner, proof).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    assert_eq!(proofs::latest(&mut tx, project, owner).await.unwrap().unwrap(), made[2]);
    let first = proofs::history(&mut tx, project, owner, &ask(2, None)).await.unwrap();
    assert_eq!(first.items, [made[2].clone(), made[1].clone()]);
    let second = proofs::history(&mut tx, project, owner, &ask(2, first.next)).await.unwrap();
    assert_eq!((second.items, second.next), (vec![made[0].clone()], None));
    let other = ProofOwner::Integration(tenant.integration.id);
    assert_eq!(proofs::latest(&mut tx, project, other).await.unwrap(), None);
}

async fn a_corrupted_row_is_said_and_not_guessed(bench: Bench) {
    let tenant = bench.tenant("one").await;
    for sql in [
        "UPDATE integrations SET state = 'surprising'",
        "UPDATE integrations SET state = 'active', settings = '{'",
        "UPDATE integrations SET settings = '{}', name = 'No Name'",
    ] {
        unit!(bench, |tx| Ok(tx.execute(sql, args![]).await?)).unwrap();
        let mut tx = bench.look().await;
        let error = integrations::get(&mut tx, tenant.project.id, tenant.integration.id).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Internal, "something went wrong inside Tidegate"));
        assert!(std::error::Error::source(&error).unwrap().to_string().starts_with("column "));
    }
}
