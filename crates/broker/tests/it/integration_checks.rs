//! Checking what is typed, and reading proofs that are kept.

use broker::{ChangeIntegration, CheckIntegration, Proven, Silent};
use domain::ErrorKind;
use domain::principal::Role;
use domain::secret::SecretBytes;

use crate::house::{OWN_ADDRESS, name, page};
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
async fn a_store_at_tidegates_own_address_is_refused_when_it_is_made_and_when_it_is_changed() {
    let (house, _, project) = connected().await;
    for own in [OWN_ADDRESS, "https://Tidegate.example:443"] {
        let mut draft = new("aws");
        draft.settings.insert("endpoint".into(), own.into());
        let refused = make(&house, &project, draft).await.map(drop).unwrap_err();
        assert_eq!((refused.kind(), refused.fields()[0].pointer.as_str()), (ErrorKind::Invalid, "/settings/endpoint"));
    }
    let mut draft = new("aws");
    draft.settings.insert("endpoint".into(), "https://example".into());
    let kept = make(&house, &project, draft).await.unwrap().made;
    let settings = [("endpoint".to_owned(), Some(OWN_ADDRESS.to_owned()))].into();
    // A secret is given again for another host.
    let secrets = [("secret_access_key".to_owned(), Some(SecretBytes::from("again")))].into();
    let change = ChangeIntegration { settings, secrets, ..ChangeIntegration::default() };
    let aws = name("aws");
    let changed = house.broker.change_integration(&house.admin, &project, &aws, kept.revision, change, &Silent).await;
    assert!(changed.map(drop).unwrap_err().message().contains("Tidegate's own address"));
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
    let kept = house
        .broker
        .list_proofs(&house.admin, &project, Proven::Integration, &name("aws"), page())
        .await
        .unwrap()
        .items;
    let [newest, oldest] = kept.as_slice() else { panic!("two proofs: {kept:?}") };
    let show = async |subject: &str, id: &str| {
        house.broker.show_proof(&house.admin, &project, Proven::Integration, &name(subject), id.parse().unwrap()).await
    };
    let shown = show("aws", &newest.id).await.unwrap();
    assert_eq!(
        (shown.kept.proof, shown.previous.map(|before| before.id)),
        (newest.proof.clone(), Some(oldest.id.clone()))
    );
    assert!(show("aws", &oldest.id).await.unwrap().previous.is_none());
    assert_eq!(show("other", &newest.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}
