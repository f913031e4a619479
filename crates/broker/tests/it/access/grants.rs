//! What was handed out, and taking it back.

use broker::{GrantQuery, RevokeAsk, RevokeBy, Revoked};
use domain::grant::{GrantKind, GrantState, Revocability};
use domain::principal::{Caller, Role};
use domain::{ErrorKind, Result};

use super::cloud_double::{Estate, estate};
use super::credentials::{issue, key_id};
use super::urls::sign;
use crate::house::page;

async fn revoke(estate: &Estate, caller: &Caller, by: RevokeBy, cut_off_others: Option<bool>) -> Result<Revoked> {
    estate.broker().revoke(caller, &estate.project, RevokeAsk { by, cut_off_others }).await
}

async fn listed(estate: &Estate, query: GrantQuery) -> Vec<String> {
    let page = estate.broker().list_grants(&estate.ann, &estate.project, query, page()).await.unwrap();
    page.items.into_iter().map(|grant| grant.id).collect()
}

async fn state(estate: &Estate, id: &str) -> GrantState {
    estate.broker().show_grant(&estate.ann, &estate.project, id).await.unwrap().state
}

#[tokio::test]
async fn grants_are_found_by_what_they_are() {
    let estate = estate(|_| {}).await;
    let urls = sign(&estate, &estate.ann, 900).await.unwrap().grant.to_string();
    let credential = issue(&estate, &estate.bob, 3600).await.unwrap().grant.to_string();
    let by = |query| listed(&estate, query);
    assert_eq!(by(GrantQuery::default()).await, [credential.clone(), urls.clone()]);
    assert_eq!(
        by(GrantQuery { kind: Some(GrantKind::Urls), ..GrantQuery::default() }).await,
        std::slice::from_ref(&urls)
    );
    assert_eq!(
        by(GrantQuery { principal: Some("bob".into()), ..GrantQuery::default() }).await,
        std::slice::from_ref(&credential)
    );
    assert_eq!(by(GrantQuery { datasource: Some("out".into()), ..GrantQuery::default() }).await, [""; 0]);
    assert_eq!(by(GrantQuery { integration: Some("cloud".into()), ..GrantQuery::default() }).await.len(), 2);
    estate.advance(1000);
    assert_eq!(by(GrantQuery { state: Some(GrantState::Expired), ..GrantQuery::default() }).await, [urls]);
    let stranger = GrantQuery { principal: Some("nobody".into()), ..GrantQuery::default() };
    let error = estate.broker().list_grants(&estate.ann, &estate.project, stranger, page()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn revoked_session_is_never_handed_out_again_and_ends_by_itself() {
    let estate = estate(|_| {}).await;
    let issued = issue(&estate, &estate.ann, 3600).await.unwrap();
    let id = issued.grant.to_string();
    estate.advance(1);
    let revoked = revoke(&estate, &estate.ann, RevokeBy::Grant(id.clone()), None).await.unwrap();
    assert_eq!((revoked.count, revoked.items[0].state), (1, GrantState::Revoking));
    estate.advance(1);
    assert_eq!(key_id(&issue(&estate, &estate.ann, 3600).await.unwrap()), "ASIA2");
    estate.advance(3600);
    assert_eq!(state(&estate, &id).await, GrantState::Revoked);
    let again = revoke(&estate, &estate.ann, RevokeBy::Grant(id), None).await.unwrap();
    assert_eq!(again.count, 0, "nothing of it works any more");
}

#[tokio::test]
async fn developer_revokes_his_own_and_admin_everything() {
    let estate = estate(|_| {}).await;
    let of_bob = issue(&estate, &estate.bob, 3600).await.unwrap().grant.to_string();
    let viewer = estate.house.member(&estate.project, "vic", Role::Viewer).await;
    let kind = async |caller: &Caller, by| revoke(&estate, caller, by, None).await.unwrap_err().kind();
    assert_eq!(kind(&estate.ann, RevokeBy::Grant(of_bob.clone())).await, ErrorKind::PermissionDenied);
    assert_eq!(kind(&viewer, RevokeBy::Grant(of_bob.clone())).await, ErrorKind::PermissionDenied);
    for by in [
        RevokeBy::Integration("cloud".into()),
        RevokeBy::Datasource("in".into()),
        RevokeBy::Principal("bob".into()),
        RevokeBy::Project("one".into()),
    ] {
        assert_eq!(kind(&estate.ann, by).await, ErrorKind::PermissionDenied);
    }
    assert_eq!(kind(&estate.house.admin, RevokeBy::Project("other".into())).await, ErrorKind::Invalid);
    assert_eq!(kind(&estate.house.admin, RevokeBy::Grant("none".into())).await, ErrorKind::NotFound);
    assert_eq!(revoke(&estate, &estate.bob, RevokeBy::Principal("bob".into()), None).await.unwrap().count, 1);
    let urls = sign(&estate, &estate.ann, 900).await.unwrap().grant.to_string();
    let revoked = revoke(&estate, &estate.house.admin, RevokeBy::Project("one".into()), None).await.unwrap();
    assert_eq!((revoked.count, revoked.items[0].id.as_str()), (1, urls.as_str()));
}

#[tokio::test]
async fn every_way_of_revoking_evicts_what_was_open() {
    let estate = estate(|_| {}).await;
    let mut seen = vec![key_id(&issue(&estate, &estate.ann, 3600).await.unwrap())];
    for by in [
        RevokeBy::Integration("cloud".into()),
        RevokeBy::Datasource("in".into()),
        RevokeBy::Principal("ann".into()),
        RevokeBy::Project("one".into()),
    ] {
        estate.advance(1);
        revoke(&estate, &estate.house.admin, by, None).await.unwrap();
        estate.advance(1);
        seen.push(key_id(&issue(&estate, &estate.ann, 3600).await.unwrap()));
    }
    assert_eq!(seen, ["ASIA1", "ASIA2", "ASIA3", "ASIA4", "ASIA5"]);
}

fn bounded(estate: &mut super::cloud_double::Behaviour) {
    estate.facts.revocability = Revocability::Bounded { bound_seconds: 5 };
}

#[tokio::test]
async fn only_grant_of_a_role_is_cut_off_and_shown_to_be() {
    let estate = estate(bounded).await;
    let id = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    revoke(&estate, &estate.ann, RevokeBy::Grant(id.clone()), None).await.unwrap();
    assert_eq!(estate.cloud.cuts.lock().unwrap().len(), 1);
    assert_eq!(state(&estate, &id).await, GrantState::Revoking, "the provider has its bound");
    estate.advance(5);
    assert_eq!(state(&estate, &id).await, GrantState::Revoked);
    assert!(issue(&estate, &estate.ann, 3600).await.is_ok());
}

#[tokio::test]
async fn others_of_the_role_are_named_first_and_cut_off_only_when_that_is_said() {
    let estate = estate(bounded).await;
    let same_role = estate.integration("same", Some("arn:aws:iam::111122223333:role/data")).await;
    estate.datasource("beside", same_role, "", domain::datasource::Purpose::Input).await;
    let ask = super::urls::ask(&["x"], domain::scope::Verb::Get, 900);
    let beside = crate::house::name("beside");
    let other =
        estate.broker().sign_urls(&estate.bob, &estate.project, &beside, ask, None).await.unwrap().grant.to_string();
    let mine = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    let by = || RevokeBy::Grant(mine.clone());
    let preview = estate.broker().preview_revocation(&estate.ann, &estate.project, by(), 9).await.unwrap();
    assert_eq!((preview.breaks.count, preview.breaks.within, preview.also_cut_off_count), (1, 1, 1));
    assert_eq!((preview.grants[0].id.as_str(), preview.also_cut_off[0].id.as_str()), (mine.as_str(), other.as_str()));
    let refused = revoke(&estate, &estate.ann, by(), None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.message().contains(&other), "{refused}");
    assert_eq!(state(&estate, &mine).await, GrantState::Live, "nothing was done");
    estate.advance(1);
    let revoked = revoke(&estate, &estate.ann, by(), Some(true)).await.unwrap();
    assert_eq!(revoked.count, 2);
    estate.advance(6);
    assert_eq!((state(&estate, &mine).await, state(&estate, &other).await), (GrantState::Revoked, GrantState::Revoked));
}

#[tokio::test]
async fn preview_counts_everything_and_shows_as_much_as_was_asked_for() {
    let estate = estate(bounded).await;
    for _ in 0..3 {
        sign(&estate, &estate.ann, 900).await.unwrap();
    }
    let anns = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    let end = estate.broker().show_grant(&estate.ann, &estate.project, &anns).await.unwrap().usable_until;
    for _ in 0..2 {
        sign(&estate, &estate.bob, 900).await.unwrap();
    }
    let preview = async |by| estate.broker().preview_revocation(&estate.house.admin, &estate.project, by, 1).await;
    let of_ann = preview(RevokeBy::Principal("ann".into())).await.unwrap();
    assert_eq!((of_ann.breaks.count, of_ann.breaks.within, of_ann.breaks.bound_seconds), (4, 4, 5));
    assert_eq!((of_ann.breaks.last_of_all, of_ann.breaks.last_end), (Some(end), None));
    assert_eq!(of_ann.grants.iter().map(|grant| &grant.id).collect::<Vec<_>>(), [&anns], "the one that works longest");
    assert_eq!((of_ann.also_cut_off_count, of_ann.also_cut_off.len()), (2, 1));
    let of_all = preview(RevokeBy::Project("one".into())).await.unwrap();
    let holders: Vec<_> = of_all.breaks.holders.iter().map(|one| (one.principal.as_str(), one.live_grants)).collect();
    assert_eq!((of_all.breaks.count, of_all.breaks.holder_count, holders), (6, 2, vec![("ann", 4), ("bob", 2)]));
    assert_eq!((of_all.also_cut_off_count, of_all.also_cut_off.len()), (0, 0), "nobody else is in the project");
}

#[tokio::test]
async fn grant_may_be_left_to_its_end_so_that_others_stay() {
    let estate = estate(bounded).await;
    let other = issue(&estate, &estate.bob, 3600).await.unwrap().grant.to_string();
    let mine = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    estate.advance(1);
    revoke(&estate, &estate.ann, RevokeBy::Grant(mine.clone()), Some(false)).await.unwrap();
    assert!(estate.cloud.cuts.lock().unwrap().is_empty());
    let shown = estate.broker().show_grant(&estate.ann, &estate.project, &mine).await.unwrap();
    assert_eq!((shown.state, shown.revocability), (GrantState::Revoking, Revocability::AtExpiry));
    assert_eq!(state(&estate, &other).await, GrantState::Live);
}

#[tokio::test]
async fn cut_off_that_failed_is_recorded_and_done_in_the_background() {
    let estate = estate(|cloud| {
        bounded(cloud);
        cloud.cut_off_fails = true;
    })
    .await;
    let id = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    revoke(&estate, &estate.ann, RevokeBy::Grant(id.clone()), None).await.unwrap();
    estate.advance(60);
    assert_eq!(state(&estate, &id).await, GrantState::Revoking);
    let scope = broker::AuditScope::Project(estate.project.clone());
    assert!(estate.house.recorded(&scope).await.contains(&"grant.revoke failed".to_owned()));
    estate.cloud.set(|cloud| cloud.cut_off_fails = false);
    let stopping = tokio_util::sync::CancellationToken::new();
    estate.broker().start_background(stopping.clone());
    while estate.cloud.cuts.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    stopping.cancel();
    estate.house.tasks_are_done().await;
    estate.advance(5);
    assert_eq!(state(&estate, &id).await, GrantState::Revoked);
}

#[tokio::test]
async fn what_came_through_a_role_that_was_given_up_is_not_believed_to_be_cut_off() {
    let estate = estate(|cloud| {
        bounded(cloud);
        cloud.facts.bound_by = domain::provider::BoundBy::Nothing;
    })
    .await;
    let id = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    let change = broker::ChangeIntegration {
        settings: [("role_arn".to_owned(), Some("arn:aws:iam::111122223333:role/next".to_owned()))].into(),
        unproven: Some("the next role is proven by hand".to_owned()),
        ..broker::ChangeIntegration::default()
    };
    let (admin, cloud) = (&estate.house.admin, crate::house::name("cloud"));
    let broker = estate.broker();
    broker.change_integration(admin, &estate.project, &cloud, 1, change, &broker::Silent).await.unwrap();
    estate.advance(1);
    revoke(&estate, &estate.ann, RevokeBy::Grant(id.clone()), None).await.unwrap();
    assert!(estate.cloud.cuts.lock().unwrap().is_empty(), "the next role has nothing to do with it");
    estate.advance(10);
    let shown = broker.show_grant(&estate.ann, &estate.project, &id).await.unwrap();
    assert_eq!((shown.state, shown.revocability), (GrantState::Revoking, Revocability::AtExpiry));
}
