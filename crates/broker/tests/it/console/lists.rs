//! The filters of the lists.

use broker::{AuditFilter, AuditScope, DatasourceQuery, IntegrationQuery};
use domain::ErrorKind;
use domain::audit::Outcome;
use domain::datasource::Purpose;
use domain::integration::IntegrationState;
use domain::page::PageAsk;
use domain::principal::Role;

use crate::datasources::{make, new, ready};
use crate::house::{house, name, page};
use crate::integrations::{make as make_integration, new as new_integration};

#[tokio::test]
async fn integrations_are_found_by_state_method_and_a_part_of_the_name() {
    let (house, _, project) = ready().await;
    make_integration(&house, &project, new_integration("gcp-two")).await.unwrap();
    house.broker.pause_integration(&house.admin, &project, &name("gcp-two")).await.unwrap();
    let names = async |query: IntegrationQuery| {
        let listed = house.broker.list_integrations(&house.admin, &project, query, page()).await.unwrap().items;
        listed.into_iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    let all = IntegrationQuery::default;
    assert_eq!(names(all()).await, ["aws", "gcp-two"]);
    assert_eq!(names(IntegrationQuery { state: Some(IntegrationState::Paused), ..all() }).await, ["gcp-two"]);
    assert_eq!(names(IntegrationQuery { contains: Some("p-t".into()), ..all() }).await, ["gcp-two"]);
    assert_eq!(names(IntegrationQuery { method: Some("scripted".into()), ..all() }).await.len(), 2);
    for nothing in ["%", "_", "'", "!"] {
        assert!(names(IntegrationQuery { contains: Some(nothing.into()), ..all() }).await.is_empty(), "{nothing}");
    }
    let listed = house.broker.list_integrations(&house.admin, &project, all(), page()).await.unwrap().items;
    let shown = house.broker.show_integration(&house.admin, &project, &name("aws")).await.unwrap();
    assert_eq!(format!("{:?}", listed[0]), format!("{shown:?}"), "a list shows what one view shows");
}

#[tokio::test]
async fn datasources_are_found_by_what_they_are() {
    let (house, _, project) = ready().await;
    make(&house, &project, new("out", Purpose::Output)).await.unwrap();
    let paired = broker::NewDatasource { output_datasource: Some(name("out")), ..new("in", Purpose::Input) };
    make(&house, &project, paired).await.unwrap();
    let list = async |query| house.broker.list_datasources(&house.admin, &project, query, page()).await;
    let names = async |query: DatasourceQuery| {
        list(query).await.unwrap().items.into_iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    let all = DatasourceQuery::default;
    assert_eq!(names(all()).await, ["in", "out"]);
    assert_eq!(names(DatasourceQuery { purpose: Some(Purpose::Output), ..all() }).await, ["out"]);
    assert_eq!(names(DatasourceQuery { integration: Some("aws".into()), ..all() }).await.len(), 2);
    assert_eq!(names(DatasourceQuery { usable: Some(false), ..all() }).await, [""; 0]);
    assert_eq!(names(DatasourceQuery { contains: Some("u".into()), ..all() }).await, ["out"]);
    let unknown = list(DatasourceQuery { integration: Some("absent".into()), ..all() }).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    let listed = list(all()).await.unwrap().items;
    let shown = house.broker.show_datasource(&house.admin, &project, &name("in")).await.unwrap();
    assert_eq!(format!("{:?}", listed[0]), format!("{shown:?}"), "a list shows what one view shows");
}

#[tokio::test]
async fn audit_is_read_from_its_end_and_by_outcome() {
    let house = house().await;
    let project = house.project("one").await;
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let scope = AuditScope::Project(project.clone());
    house.broker.export_audit(&viewer, &scope).await.err().unwrap();
    house.member(&project, "ann", Role::Viewer).await;
    let list = async |filter: AuditFilter, after, limit| {
        let page = PageAsk::new(after, Some(limit)).unwrap();
        house.broker.list_audit(&house.admin, &scope, filter, page).await.unwrap()
    };
    let newest = || AuditFilter { newest_first: true, ..AuditFilter::default() };
    let first = list(newest(), None, 3).await;
    let second = list(newest(), first.next, 3).await;
    let seqs: Vec<_> = first.items.iter().chain(&second.items).map(|record| record.seq).collect();
    assert_eq!((seqs, second.next), (vec![3, 2, 1, 0], None));
    let refused = list(AuditFilter { outcome: Some(Outcome::Refused), ..newest() }, None, 9).await.items;
    assert_eq!(
        refused.iter().map(|record| (record.seq, record.action.as_str())).collect::<Vec<_>>(),
        [(2, "audit.read")]
    );
    assert!(list(AuditFilter { outcome: Some(Outcome::Failed), ..newest() }, None, 9).await.items.is_empty());
}
