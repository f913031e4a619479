//! What making, changing and deleting a datasource keeps, and when.

use broker::{ChangeDatasource, Created, DatasourceView, NewDatasource, ProofChoice, Proven, Silent};
use domain::datasource::Purpose;
use domain::grant::{Grant, GrantKind, GrantScope, GrantState, Revocability};
use domain::id::GrantId;
use domain::name::Name;
use domain::proof::{CheckName, CheckStatus, ProofMode, ProofStatus};
use domain::{Error, ErrorKind, Result};
use jiff::ToSpan as _;

use crate::double::WorldDouble;
use crate::house::{House, name, page};
use crate::integrations::{connected, make as make_integration, new as new_integration};

/// A house with a project and an active integration.
pub(crate) async fn ready() -> (House, WorldDouble, Name) {
    let (house, world, project) = connected().await;
    make_integration(&house, &project, new_integration("aws")).await.unwrap();
    (house, world, project)
}

pub(crate) fn new(text: &str, purpose: Purpose) -> NewDatasource {
    NewDatasource {
        name: name(text),
        integration: name("aws"),
        bucket: "data".parse().unwrap(),
        prefix: text.parse().unwrap(),
        purpose,
        region: None,
        output_datasource: None,
        sse: None,
        cors_origin: None,
        proof: None,
        keep: false,
        draft: false,
    }
}

pub(crate) fn mode(mode: ProofMode) -> Option<ProofChoice> {
    Some(ProofChoice { mode, reason: None })
}

pub(crate) async fn make(house: &House, project: &Name, new: NewDatasource) -> Result<Created<DatasourceView>> {
    house.broker.create_datasource(&house.admin, project, new, &Silent).await
}

async fn change(
    house: &House,
    project: &Name,
    text: &str,
    revision: i64,
    change: ChangeDatasource,
) -> Result<DatasourceView> {
    let changed = house.broker.change_datasource(&house.admin, project, &name(text), revision, change, &Silent).await;
    changed.map(|changed| changed.made)
}

async fn shown(house: &House, project: &Name, text: &str) -> Result<DatasourceView> {
    house.broker.show_datasource(&house.admin, project, &name(text)).await
}

fn pointer<T>(result: Result<T>) -> String {
    result.map(drop).unwrap_err().fields()[0].pointer.clone()
}

#[tokio::test]
async fn mode_follows_the_purpose_unless_it_is_chosen() {
    let (house, world, project) = ready().await;
    let made = make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    assert_eq!((made.made.proof_mode, made.proof.unwrap().status), (ProofMode::ReadOnly, ProofStatus::Passed));
    assert_eq!(world.count("put"), 0, "an input is never written to");
    make(&house, &project, NewDatasource { proof: mode(ProofMode::Full), ..new("full", Purpose::Input) })
        .await
        .unwrap();
    assert_eq!(world.count("put"), 0, "not even in full mode");
    let made = make(&house, &project, new("out", Purpose::Output)).await.unwrap();
    assert_eq!((made.made.proof_mode, made.made.usable), (ProofMode::Full, true));
    assert!(world.count("put") > 0);
    assert_eq!(made.made.region.as_deref(), Some("scripted-1"), "the region was found out");
}

#[tokio::test]
async fn region_that_nobody_could_have_typed_is_not_taken_from_the_store_either() {
    let (house, world, project) = ready().await;
    for (number, hostile) in ["evil.example/", "a b", "eu\"><b>", "-x"].into_iter().enumerate() {
        world.lock().region = Some(hostile);
        let made = make(&house, &project, new(&format!("in-{number}"), Purpose::Input)).await.unwrap();
        assert_eq!(made.made.region, None, "{hostile}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_pointed_at_before_anything_is_asked() {
    let (house, world, project) = ready().await;
    let asked = world.lock().asked.len();
    let refused = async |new: NewDatasource| pointer(make(&house, &project, new).await);
    let input = || new("in", Purpose::Input);
    assert_eq!(refused(NewDatasource { proof: mode(ProofMode::WriteOnly), ..input() }).await, "/proof/mode");
    assert_eq!(refused(NewDatasource { proof: mode(ProofMode::Off), ..input() }).await, "/proof/reason");
    assert_eq!(refused(NewDatasource { cors_origin: Some("https://a/x".into()), ..input() }).await, "/cors_origin");
    assert_eq!(refused(NewDatasource { region: Some("a/b".into()), ..input() }).await, "/region");
    assert_eq!(refused(NewDatasource { integration: name("none"), ..input() }).await, "/integration");
    assert_eq!(refused(NewDatasource { output_datasource: Some(name("none")), ..input() }).await, "/output_datasource");
    assert_eq!(world.lock().asked.len(), asked);
}

#[tokio::test]
async fn encryption_that_the_store_does_not_know_is_refused() {
    let (house, _, project) = ready().await;
    let sse = Some(domain::datasource::Encryption::Kms { kms_key_arn: "arn:aws:kms:r:1:key/k".into() });
    assert_eq!(pointer(make(&house, &project, NewDatasource { sse, ..new("in", Purpose::Input) }).await), "/sse/type");
}

#[tokio::test]
async fn integration_that_is_not_in_use_takes_no_datasource() {
    let (house, _, project) = ready().await;
    house.broker.pause_integration(&house.admin, &project, &name("aws")).await.unwrap();
    let error = make(&house, &project, new("in", Purpose::Input)).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.hint().unwrap().contains("resume"));
}

#[tokio::test]
async fn proof_that_failed_keeps_nothing_unless_asked_to_and_then_is_not_usable() {
    let (house, world, project) = ready().await;
    world.lock().refused.insert("list");
    let error = make(&house, &project, new("in", Purpose::Input)).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::ProofFailed, false));
    let list = error.proof().unwrap().checks.iter().find(|check| check.name == CheckName::List).unwrap();
    assert_eq!((list.status, list.remedy.is_some()), (CheckStatus::Failed, true));
    assert_eq!(shown(&house, &project, "in").await.unwrap_err().kind(), ErrorKind::NotFound);
    let kept = make(&house, &project, NewDatasource { keep: true, ..new("in", Purpose::Input) }).await.unwrap();
    assert!(!kept.made.usable);
    let listed = house.broker.list_objects(&house.admin, &project, &name("in"), crate::objects::all()).await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::Conflict, "nothing is handed out of it");
}

#[tokio::test]
async fn proof_without_an_end_is_never_kept() {
    let (house, world, project) = ready().await;
    world.lock().silent.insert("list");
    let kept = make(&house, &project, NewDatasource { keep: true, ..new("in", Purpose::Input) }).await;
    let error = kept.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::ProofFailed, true));
    assert_eq!(shown(&house, &project, "in").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn trust_that_was_opened_since_is_found_by_a_datasource_too() {
    let (house, world, project) = ready().await;
    world.lock().trusts_everybody = true;
    let error = make(&house, &project, new("in", Purpose::Input)).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TrustNotEnforced);
}

#[tokio::test]
async fn switched_off_proof_asks_nothing_and_keeps_its_reason() {
    let (house, world, project) = ready().await;
    let asked = world.count("assume");
    let proof = Some(ProofChoice { mode: ProofMode::Off, reason: Some("on Monday".into()) });
    let made = make(&house, &project, NewDatasource { proof, ..new("in", Purpose::Input) }).await.unwrap();
    assert!(made.made.usable && made.proof.is_none());
    assert_eq!(made.made.reason.as_deref(), Some("on Monday"));
    assert_eq!(world.count("assume"), asked);
}

#[tokio::test]
async fn output_of_an_input_is_another_datasource_that_writes() {
    let (house, _, project) = ready().await;
    make(&house, &project, new("out", Purpose::Output)).await.unwrap();
    let output = || Some(name("out"));
    let made = make(&house, &project, NewDatasource { output_datasource: output(), ..new("in", Purpose::Input) }).await;
    assert_eq!(made.unwrap().made.output_datasource, output());
    let second = NewDatasource { output_datasource: output(), ..new("other", Purpose::Output) };
    assert_eq!(pointer(make(&house, &project, second).await), "/output_datasource");
    let to_input = NewDatasource { output_datasource: Some(name("in")), ..new("third", Purpose::Input) };
    assert_eq!(pointer(make(&house, &project, to_input).await), "/output_datasource");
    let stops = ChangeDatasource { purpose: Some(Purpose::Input), ..ChangeDatasource::default() };
    let error = change(&house, &project, "out", 1, stops).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("output of in"), "{error}");
    let error = house.broker.delete_datasource(&house.admin, &project, &name("out"), 1).await.unwrap_err();
    assert!(error.message().contains("output of in"), "{error}");
}

#[tokio::test]
async fn overlap_of_what_is_read_and_written_is_noted() {
    let (house, _, project) = ready().await;
    let apart = make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    assert!(apart.made.notes.is_empty());
    let inside = NewDatasource { prefix: "in/made".parse().unwrap(), ..new("out", Purpose::Output) };
    let notes = make(&house, &project, inside).await.unwrap().made.notes;
    assert!(notes.len() == 1 && notes[0].contains("'in' (input) is at 'in/'"), "{notes:?}");
}

#[tokio::test]
async fn change_that_fails_its_proof_leaves_everything_as_it_was() {
    let (house, world, project) = ready().await;
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    world.lock().refused.insert("put");
    let writes = ChangeDatasource { purpose: Some(Purpose::InputOutput), ..ChangeDatasource::default() };
    let error = change(&house, &project, "in", 1, writes.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProofFailed);
    let kept = shown(&house, &project, "in").await.unwrap();
    assert_eq!((kept.purpose, kept.revision, kept.usable), (Purpose::Input, 1, true));
    world.lock().refused.clear();
    let changed = change(&house, &project, "in", 1, writes).await.unwrap();
    assert_eq!((changed.purpose, changed.proof_mode, changed.revision), (Purpose::InputOutput, ProofMode::Full, 2));
    let stale = change(&house, &project, "in", 1, ChangeDatasource::default()).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
}

#[tokio::test]
async fn proving_again_decides_whether_it_is_usable_and_a_lesser_mode_never_redeems() {
    let (house, world, project) = ready().await;
    make(&house, &project, new("out", Purpose::Output)).await.unwrap();
    let prove = async |mode| {
        let proof = house.broker.prove_datasource(&house.admin, &project, &name("out"), mode, &Silent).await.unwrap();
        (proof.status, shown(&house, &project, "out").await.unwrap().usable)
    };
    world.lock().refused.insert("put");
    assert_eq!(prove(None).await, (ProofStatus::Failed, false));
    assert_eq!(prove(Some(ProofMode::ListOnly)).await, (ProofStatus::Passed, false));
    world.lock().refused.clear();
    world.lock().silent.insert("list");
    assert_eq!(prove(None).await, (ProofStatus::Inconclusive, false));
    world.lock().silent.clear();
    assert_eq!(prove(None).await, (ProofStatus::Passed, true));
    let kept =
        house.broker.list_proofs(&house.admin, &project, Proven::Datasource, &name("out"), page()).await.unwrap();
    assert_eq!(kept.items.len(), 5, "every proof is kept");
    let off = house.broker.prove_datasource(&house.admin, &project, &name("out"), Some(ProofMode::Off), &Silent).await;
    assert_eq!(pointer(off), "/mode");
}

#[tokio::test]
async fn datasource_with_live_grants_is_not_deleted() {
    let (house, _, project) = ready().await;
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    let grant = live_grant(&house, &project).await.unwrap();
    let error = house.broker.delete_datasource(&house.admin, &project, &name("in"), 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains(&grant.to_string()), "{error}");
    let moved = ChangeDatasource { prefix: Some("elsewhere".parse().unwrap()), ..ChangeDatasource::default() };
    let changed = change(&house, &project, "in", 1, moved).await.unwrap();
    assert!(changed.notes.iter().any(|note| note.contains("1 live grant")), "{:?}", changed.notes);
    let error = house.broker.delete_integration(&house.admin, &project, &name("aws"), 1).await.unwrap_err();
    assert!(error.message().contains("datasources: in") && error.message().contains("live grant"), "{error}");
    house.clock.advance(std::time::Duration::from_secs(7200));
    house.broker.delete_datasource(&house.admin, &project, &name("in"), 2).await.unwrap();
    house.broker.delete_integration(&house.admin, &project, &name("aws"), 1).await.unwrap();
}

/// A grant of the datasource `in`, as handing out keeps it.
async fn live_grant(house: &House, project: &Name) -> Result<GrantId> {
    use domain::clock::Clock as _;
    let (now, principal, project) = (house.clock.now(), house.admin.principal.id, project.clone());
    house
        .store
        .write(move |tx| {
            Box::pin(async move {
                let project = store::projects::by_name(tx, project.as_str()).await?.unwrap().id;
                let datasource = store::datasources::by_name(tx, project, "in").await?.unwrap();
                let end = now.checked_add(1.hour()).map_err(Error::internal)?;
                let grant = Grant {
                    id: GrantId::new(),
                    project,
                    kind: GrantKind::Urls,
                    integration: datasource.integration,
                    datasource: datasource.id,
                    principal,
                    created_at: now,
                    expires_at: end,
                    usable_until: end,
                    state: GrantState::Live,
                    revocability: Revocability::AtExpiry,
                    scope: GrantScope {
                        bucket: "data".into(),
                        prefix: "in/".into(),
                        access: "GET".into(),
                        count: None,
                    },
                };
                store::grants::insert(tx, &grant, None).await?;
                Ok(grant.id)
            })
        })
        .await
}
