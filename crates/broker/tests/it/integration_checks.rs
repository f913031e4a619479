//! Checking what is typed, and reading proofs that are kept.

use broker::{CheckIntegration, Silent};
use domain::ErrorKind;
use domain::principal::Role;
use domain::secret::SecretBytes;

use crate::house::{name, page};
use crate::integrations::{connected, make, new};

fn typed(text: Option<&str>, endpoint: &str) -> CheckIntegration {
    let draft = new("unused");
    let mut settings = draft.settings;
    settings.insert("endpoint".into(), endpoint.into());
    CheckIntegration { name: text.map(str::to_owned), method: draft.method, settings, secrets: draft.secrets }
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named_and_nothing_is_kept() {
    let (house, _, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let check = async |check| house.broker.check_integration(&house.admin, &project, check).await.unwrap();
    let pointers = |wrong: Vec<domain::FieldError>| wrong.into_iter().map(|field| field.pointer).collect::<Vec<_>>();
    assert_eq!(pointers(check(typed(Some("new"), "https://store.example")).await), [""; 0]);
    assert_eq!(pointers(check(typed(Some("<b>"), "https://store.example")).await), ["/name"]);
    assert_eq!(pointers(check(typed(Some("aws"), "https://store.example")).await), ["/name"], "it is taken");
    let mut long = typed(None, &"x".repeat(5_000));
    long.secrets.insert("secret_access_key".into(), SecretBytes::from("x".repeat(70_000).as_str()));
    assert_eq!(pointers(check(long).await), ["/settings/endpoint", "/secrets/secret_access_key"]);
    let kept = house.broker.list_integrations(&house.admin, &project, Default::default(), page()).await.unwrap();
    assert_eq!(kept.items.len(), 1);
}

#[tokio::test]
async fn only_who_may_make_one_may_check() {
    let (house, _, project) = connected().await;
    let developer = house.member(&project, "dev", Role::Developer).await;
    let refused = house.broker.check_integration(&developer, &project, typed(None, "")).await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    let other = house.project("plants").await;
    let hidden = house.broker.check_integration(&developer, &other, typed(None, "")).await.map(drop).unwrap_err();
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_proof_is_shown_with_the_one_before_it_and_only_for_its_own_subject() {
    let (house, _, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    make(&house, &project, new("other")).await.unwrap();
    house.broker.prove_integration(&house.admin, &project, &name("aws"), &Silent).await.unwrap();
    let kept = house.broker.list_integration_proofs(&house.admin, &project, &name("aws"), page()).await.unwrap().items;
    let [newest, oldest] = kept.as_slice() else { panic!("two proofs: {kept:?}") };
    let show = async |subject: &str, id: &str| {
        house.broker.show_integration_proof(&house.admin, &project, &name(subject), id.parse().unwrap()).await
    };
    let shown = show("aws", &newest.id).await.unwrap();
    assert_eq!(
        (shown.kept.proof, shown.previous.map(|before| before.id)),
        (newest.proof.clone(), Some(oldest.id.clone()))
    );
    assert!(show("aws", &oldest.id).await.unwrap().previous.is_none());
    assert_eq!(show("other", &newest.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}
