//! A project at a glance, and how long it takes to reach its buckets.

use std::time::Duration;

use broker::{AuditScope, NewToken, ProofSubject};
use domain::ErrorKind;
use domain::datasource::Purpose;
use domain::principal::Role;
use domain::proof::ProofStatus;

use crate::datasources::{make, new, ready};
use crate::house::{house, name};

#[tokio::test]
async fn empty_project_shows_nothing_and_anothers_looks_missing() {
    let house = house().await;
    let project = house.project("one").await;
    let overview = house.broker.overview(&house.admin, &project).await.unwrap();
    assert_eq!((overview.integrations.total(), overview.datasources.total()), (0, 0));
    assert!(overview.proofs.is_empty() && overview.ending_next.is_empty() && overview.latencies.is_empty());
    assert_eq!((overview.live_grants.count, overview.live_grants.more), (0, false));
    let stranger = house.person("eve").await;
    let hidden = house.broker.overview(&stranger, &project).await.unwrap_err();
    let missing = house.broker.overview(&stranger, &name("absent")).await.unwrap_err();
    assert_eq!(hidden.message().replace("one", "absent"), missing.message());
    assert_eq!(house.broker.latencies(&stranger, &project).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_failed_comes_first_and_what_is_stale_is_said() {
    let (house, world, project) = ready().await;
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    house.clock.advance(Duration::from_secs(8 * 86_400));
    make(&house, &project, new("fresh", Purpose::Input)).await.unwrap();
    world.lock().refused.insert("list");
    let proof = house.broker.prove_datasource(&house.admin, &project, &name("fresh"), None, &broker::Silent).await;
    assert_eq!(proof.unwrap().status, ProofStatus::Failed);
    let overview = house.broker.overview(&house.admin, &project).await.unwrap();
    let shown: Vec<_> = overview
        .proofs
        .iter()
        .map(|line| (line.subject, line.name.as_str(), line.last_proof.status, line.stale, line.usable))
        .collect();
    let [first, rest @ ..] = shown.as_slice() else { panic!("nothing is shown") };
    assert_eq!(*first, (ProofSubject::Datasource, "fresh", ProofStatus::Failed, false, Some(false)));
    assert_eq!(rest.len(), 2, "each once: {rest:?}");
    assert!(rest.iter().all(|(_, _, status, stale, _)| *status == ProofStatus::Passed && *stale));
    assert_eq!((overview.datasources.usable, overview.datasources.unusable), (1, 1));
    assert_eq!((overview.integrations.active, overview.integrations.total()), (1, 1));
}

#[tokio::test]
async fn what_ends_and_what_is_old_is_shown_to_whom_it_concerns() {
    let (house, _, project) = ready().await;
    let ann = house.member(&project, "ann", Role::Viewer).await;
    let token = |text: &str, days: u64| NewToken {
        name: name(text),
        service_account: None,
        role: None,
        ttl: Some(Duration::from_secs(days * 86_400)),
    };
    house.broker.create_token(&ann, &project, token("anns", 10)).await.unwrap();
    house.broker.create_token(&house.admin, &project, token("admins", 90)).await.unwrap();
    let names =
        |overview: &broker::Overview| overview.tokens.iter().map(|token| token.name.clone()).collect::<Vec<_>>();
    let seen = house.broker.overview(&house.admin, &project).await.unwrap();
    assert_eq!((names(&seen), seen.secrets.len()), (vec!["anns".to_owned()], 0));
    house.clock.advance(Duration::from_secs(80 * 86_400));
    let seen = house.broker.overview(&house.admin, &project).await.unwrap();
    assert_eq!(names(&seen), ["admins"]);
    let hers = house.broker.overview(&ann, &project).await.unwrap();
    assert!(hers.tokens.is_empty(), "another's tokens are not hers to see");
    assert!(hers.refusals.is_none());
    house.clock.advance(Duration::from_secs(11 * 86_400));
    let seen = house.broker.overview(&house.admin, &project).await.unwrap();
    let secret = &seen.secrets[0];
    assert_eq!((secret.integration.as_str(), secret.field.as_str(), secret.version), ("aws", "secret_access_key", 1));
}

#[tokio::test]
async fn refusals_of_a_day_are_shown_to_those_who_read_the_audit() {
    let house = house().await;
    let project = house.project("one").await;
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let refused =
        async || house.broker.export_audit(&viewer, &AuditScope::Project(project.clone())).await.err().unwrap();
    refused().await;
    house.clock.advance(Duration::from_secs(25 * 3600));
    for _ in 0..7 {
        refused().await;
    }
    let auditor = house.member(&project, "aud", Role::Auditor).await;
    let seen = house.broker.overview(&auditor, &project).await.unwrap().refusals.unwrap();
    assert_eq!((seen.count.count, seen.newest.len()), (7, 5));
    assert!(seen.newest.windows(2).all(|two| two[0].seq > two[1].seq), "the newest first");
}

#[tokio::test]
async fn latency_of_server_and_browser_stand_side_by_side() {
    let (house, _, project) = ready().await;
    let placed = broker::NewDatasource { region: Some("eu-1".into()), ..new("in", Purpose::Input) };
    make(&house, &project, placed).await.unwrap();
    let (ann, vic) =
        (house.member(&project, "ann", Role::Developer).await, house.member(&project, "vic", Role::Viewer).await);
    let record = async |caller, datasource: &str, samples: Vec<f64>| {
        house.broker.record_browser_latency(caller, &project, &name(datasource), samples).await
    };
    record(&ann, "in", vec![10.0, 30.0, 20.5]).await.unwrap();
    assert_eq!(record(&vic, "in", vec![1.0]).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert_eq!(record(&ann, "in", vec![f64::NAN]).await.unwrap_err().fields()[0].pointer, "/samples_ms");
    assert_eq!(record(&ann, "absent", vec![1.0]).await.unwrap_err().kind(), ErrorKind::NotFound);
    let seen = house.broker.latencies(&vic, &project).await.unwrap();
    assert_eq!((seen.len(), seen[0].region.as_deref()), (1, Some("eu-1")));
    let (server, browser) = (seen[0].server.as_ref().unwrap(), seen[0].browser.as_ref().unwrap());
    assert_eq!((browser.median_ms, browser.samples, server.samples), (20.5, 3, 1));
    house.broker.delete_datasource(&house.admin, &project, &name("in"), 1).await.unwrap();
    assert!(house.broker.latencies(&vic, &project).await.unwrap().is_empty(), "it goes with the datasource");
}
