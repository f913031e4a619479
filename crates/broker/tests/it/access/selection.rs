//! Taking back grants that were picked from a list.

use broker::{AuditScope, LeftWhy, RevokedSelection};
use domain::ErrorKind;
use domain::grant::{GrantState, Revocability};
use domain::principal::{Caller, Role};

use super::cloud_double::{Estate, estate};
use super::credentials::issue;
use super::urls::sign;
use crate::house::name;

async fn revoke(estate: &Estate, caller: &Caller, ids: &[&str]) -> RevokedSelection {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    estate.broker().revoke_grants(caller, &estate.project, ids, None).await.unwrap()
}

fn left(selection: &RevokedSelection) -> Vec<(&str, LeftWhy)> {
    selection.left.iter().map(|left| (left.id.as_str(), left.why)).collect()
}

fn ids(selection: &RevokedSelection) -> Vec<&str> {
    selection.revoked.iter().map(|grant| grant.id.as_str()).collect()
}

#[tokio::test]
async fn each_picked_grant_is_decided_for_itself() {
    let estate = estate(|_| {}).await;
    let over = sign(&estate, &estate.ann, 60).await.unwrap().grant.to_string();
    estate.advance(61);
    let anns = sign(&estate, &estate.ann, 900).await.unwrap().grant.to_string();
    let bobs = issue(&estate, &estate.bob, 3600).await.unwrap().grant.to_string();
    let nothing = domain::id::GrantId::new().to_string();
    let picked = [anns.as_str(), &bobs, &over, &nothing, "<b>"];
    let asked = picked.iter().map(|id| (*id).to_owned()).collect();
    let preview = estate.broker().preview_grants(&estate.ann, &estate.project, asked, 9).await.unwrap();
    assert_eq!(preview.taken.grants.iter().map(|grant| grant.id.as_str()).collect::<Vec<_>>(), [anns.as_str()]);
    assert_eq!((preview.taken.breaks.holders[0].principal.as_str(), preview.left.len()), ("ann", 4));
    let done = revoke(&estate, &estate.ann, &picked).await;
    assert_eq!((ids(&done), done.also_cut_off.len()), (vec![anns.as_str()], 0));
    assert_eq!(done.revoked[0].state, GrantState::Revoking);
    let mut why = left(&done);
    why.sort_by_key(|(id, _)| picked.iter().position(|picked| picked == id));
    assert_eq!(
        why,
        [
            (bobs.as_str(), LeftWhy::NotYours),
            (over.as_str(), LeftWhy::Over),
            (nothing.as_str(), LeftWhy::NotFound),
            ("<b>", LeftWhy::NotFound)
        ]
    );
    let recorded = estate.house.recorded(&AuditScope::Project(estate.project.clone())).await;
    assert!(recorded.ends_with(&["grant.revoke refused".to_owned(), "grant.revoke done".to_owned()]), "{recorded:?}");
    let all = revoke(&estate, &estate.house.admin, &[&anns, &bobs]).await;
    assert_eq!((ids(&all), left(&all)), (vec![bobs.as_str()], vec![(anns.as_str(), LeftWhy::Over)]));
}

#[tokio::test]
async fn session_of_a_picked_grant_is_not_handed_out_again() {
    let estate = estate(|_| {}).await;
    let id = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    estate.advance(1);
    revoke(&estate, &estate.ann, &[&id]).await;
    estate.advance(1);
    issue(&estate, &estate.ann, 3600).await.unwrap();
    assert_eq!(estate.cloud.opened(), 2);
}

#[tokio::test]
async fn others_of_the_role_are_named_before_they_are_cut_off() {
    let estate = estate(|cloud| cloud.facts.revocability = Revocability::Bounded { bound_seconds: 5 }).await;
    let anns = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    let bobs = issue(&estate, &estate.bob, 3600).await.unwrap().grant.to_string();
    let (broker, project) = (estate.broker(), &estate.project);
    let picked = || vec![anns.clone()];
    let preview = broker.preview_grants(&estate.ann, project, picked(), 9).await.unwrap();
    assert_eq!(preview.taken.also_cut_off.iter().map(|grant| &grant.id).collect::<Vec<_>>(), [&bobs]);
    let error = broker.revoke_grants(&estate.ann, project, picked(), None).await.unwrap_err();
    assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::Conflict, "/cut_off_others"));
    let both = vec![anns.clone(), bobs.clone()];
    let done = broker.revoke_grants(&estate.house.admin, project, both, None).await.unwrap();
    assert_eq!((done.revoked.len(), done.also_cut_off.len()), (2, 0), "nobody else holds anything");
    assert_eq!(estate.cloud.cuts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn picked_grants_of_another_project_look_missing_and_viewers_take_nothing_back() {
    let estate = estate(|_| {}).await;
    let id = issue(&estate, &estate.ann, 3600).await.unwrap().grant.to_string();
    let other = estate.house.project("two").await;
    let (broker, admin) = (estate.broker(), &estate.house.admin);
    let done = broker.revoke_grants(admin, &other, vec![id.clone()], None).await.unwrap();
    assert_eq!(left(&done), [(id.as_str(), LeftWhy::NotFound)]);
    assert_eq!(broker.show_grant(admin, &estate.project, &id).await.unwrap().state, GrantState::Live);
    let viewer = estate.house.member(&estate.project, "vic", Role::Viewer).await;
    let error = broker.revoke_grants(&viewer, &estate.project, vec![id.clone()], None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    for wrong in [Vec::new(), vec![id.clone(); 501]] {
        let error = broker.preview_grants(admin, &estate.project, wrong, 9).await.unwrap_err();
        assert_eq!(error.fields()[0].pointer, "/ids");
    }
}

#[tokio::test]
async fn what_depends_on_a_connection_is_counted_and_named() {
    let estate = estate(|_| {}).await;
    for _ in 0..2 {
        sign(&estate, &estate.ann, 900).await.unwrap();
    }
    issue(&estate, &estate.bob, 3600).await.unwrap();
    let (broker, project) = (estate.broker(), &estate.project);
    let viewer = estate.house.member(project, "vic", Role::Viewer).await;
    let used = broker.integration_use(&viewer, project, &name("cloud")).await.unwrap();
    assert_eq!((used.datasources.as_slice(), used.datasource_count), ([name("in"), name("out")].as_slice(), 2));
    assert_eq!((used.live_grants.count, used.live_grants.more, used.last_used_at.is_some()), (3, false, true));
    let holders: Vec<_> = used.holders.iter().map(|holder| (holder.principal.as_str(), holder.live_grants)).collect();
    assert_eq!(holders, [("ann", 2), ("bob", 1)]);
    estate.advance(1000);
    let used = broker.datasource_use(&viewer, project, &name("in")).await.unwrap();
    assert_eq!((used.live_grants.count, used.holders.len(), used.last_used_at.is_some()), (1, 1, true));
    let unused = broker.datasource_use(&viewer, project, &name("out")).await.unwrap();
    assert_eq!((unused.live_grants.count, unused.holders.len(), unused.last_used_at), (0, 0, None));
    let other = estate.house.project("two").await;
    let hidden = broker.integration_use(&estate.house.admin, &other, &name("cloud")).await.unwrap_err();
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
    let hidden = broker.datasource_use(&estate.house.admin, &other, &name("in")).await.unwrap_err();
    assert_eq!(hidden.kind(), ErrorKind::NotFound);
}
