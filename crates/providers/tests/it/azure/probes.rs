//! The questions of a proof.

use std::sync::Arc;

use domain::provider::{Connection, Finding, Probe, SessionTags};
use testkit::component::{ACCOUNT, OTHER_ACCOUNT};
use testkit::{HttpDouble, Reply};
use tidegate_providers::AzureDeps;

use super::world::{READER, World, azurite_with, connect};

async fn kind_of_account(connection: &Arc<dyn Connection>, world: &World) -> Finding {
    connection.probe(&Probe::Region { tags: SessionTags::default(), bucket: Some(world.bucket()) }).await
}

#[tokio::test]
async fn azurite_answers_like_the_blob_service_and_tells_its_time() {
    let Finding::Yes { clock, .. } = azurite_with(ACCOUNT.key, &[]).probe(&Probe::Reach).await else { panic!() };
    assert!(clock.is_some());
}

#[tokio::test]
async fn web_pages_and_redirects_are_not_the_blob_service() {
    for reply in [Reply::web_page(), Reply::redirect_to_metadata(), Reply::new(403, "text/plain", "forbidden")] {
        let double = HttpDouble::always(reply);
        let endpoint = [("endpoint", double.url())];
        let settings: Vec<_> = endpoint.iter().map(|(name, url)| (*name, url.as_str())).collect();
        let key = [("account_key", ACCOUNT.key)];
        let connection = connect(AzureDeps::default(), "azure-account-key", &settings, &key, None);
        let finding = connection.probe(&Probe::Reach).await;
        assert!(matches!(finding, Finding::No { .. }), "{finding:?}");
    }
}

#[tokio::test]
async fn a_key_is_known_to_azurite_or_not() {
    assert!(matches!(azurite_with(ACCOUNT.key, &[]).probe(&Probe::Authenticate).await, Finding::Yes { .. }));
    let finding = azurite_with(OTHER_ACCOUNT.key, &[]).probe(&Probe::Authenticate).await;
    assert!(matches!(finding, Finding::No { .. }), "{finding:?}");
}

#[tokio::test]
async fn a_setting_that_disagrees_with_the_account_is_found_out_with_the_double() {
    let world = World::with_role(READER).await;
    for (is, set, found) in
        [(false, "false", "yes"), (false, "true", "no"), (true, "true", "yes"), (true, "false", "say")]
    {
        world.front.set_hierarchical(ACCOUNT.name, is);
        let settings = [("hierarchical", set)];
        for connection in [world.by_secret(&settings), world.with_key(ACCOUNT.key, &settings)] {
            match (kind_of_account(&connection, &world).await, found) {
                (Finding::Yes { detail, .. }, "yes") => assert!(detail.ends_with("as set"), "{detail}"),
                (Finding::Yes { detail, .. }, "say") => {
                    assert!(detail.contains("set hierarchical to true"), "{detail}")
                }
                (Finding::No { detail, .. }, "no") => assert!(detail.contains("although hierarchical"), "{detail}"),
                (other, _) => panic!("{is} {set}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn whoever_may_not_ask_the_double_for_the_kind_of_account_is_told_that_the_setting_counts() {
    let world = World::new().await;
    let finding = kind_of_account(&world.by_secret(&[]), &world).await;
    let Finding::NotApplicable { reason } = finding else { panic!("{finding:?}") };
    assert!(reason.contains("taken from the setting"), "{reason}");
}

#[tokio::test]
async fn the_login_endpoint_must_pass_the_egress_guard_too() {
    let world = World::new().await;
    let azure = AzureDeps {
        authority: Some("https://169.254.169.254".to_owned()),
        blob_endpoint: Some(format!("{}/{{account}}", world.front.url())),
    };
    let tenant = world.entra.tenant();
    let settings = [("tenant_id", tenant.as_str()), ("client_id", world.app.client_id.as_str())];
    let secrets = [("client_secret", world.app.secret.as_str())];
    let connection = connect(azure, "azure-client-secret", &settings, &secrets, None);
    let Finding::Unclear(error) = connection.probe(&Probe::Reach).await else { panic!() };
    assert_eq!(error.kind, domain::provider::ProviderErrorKind::EgressDenied);
}
