//! Which objects of a datasource are listed.

use broker::{NewDatasource, ObjectPage, ObjectQuery};
use domain::datasource::Purpose;
use domain::name::Name;
use domain::page::PageAsk;
use domain::principal::Role;
use domain::proof::ProofMode;
use domain::{ErrorKind, Result};

use crate::datasources::{make, mode, new, ready};
use crate::double::WorldDouble;
use crate::house::{House, name, page};

pub(crate) fn all() -> ObjectQuery {
    ObjectQuery { page: page(), ..ObjectQuery::default() }
}

/// A datasource `in` at `in/` with some objects, and others beside it.
async fn filled() -> (House, WorldDouble, Name) {
    let (house, world, project) = ready().await;
    for (key, day) in [("in/a/1.png", 1), ("in/a/2.jpg", 2), ("in/b/3.png", 3), ("in/4.png", 4), ("in/ 5 .png", 5)] {
        world.put("data", key, b"x", &format!("2026-01-0{day}T00:00:00Z"));
    }
    world.put("data", "inside/secret.png", b"x", "2026-01-01T00:00:00Z");
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    (house, world, project)
}

async fn list(house: &House, project: &Name, query: ObjectQuery) -> Result<ObjectPage> {
    house.broker.list_objects(&house.admin, project, &name("in"), query).await
}

async fn keys(house: &House, project: &Name, query: ObjectQuery) -> Vec<String> {
    list(house, project, query).await.unwrap().items.into_iter().map(|item| item.key).collect()
}

#[tokio::test]
async fn listing_is_flat_and_stays_inside_the_datasource() {
    let (house, _, project) = filled().await;
    let expected = ["in/ 5 .png", "in/4.png", "in/a/1.png", "in/a/2.jpg", "in/b/3.png"];
    assert_eq!(keys(&house, &project, all()).await, expected);
    let part = ObjectQuery { prefix: Some("in/a/1".into()), ..all() };
    assert_eq!(keys(&house, &project, part).await, ["in/a/1.png"]);
    for outside in ["i", "inside/", "/in/", "other"] {
        let error = list(&house, &project, ObjectQuery { prefix: Some(outside.into()), ..all() }).await.unwrap_err();
        assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::PermissionDenied, "/prefix"));
    }
}

#[tokio::test]
async fn delimiter_rolls_folders_up() {
    let (house, _, project) = filled().await;
    let page = list(&house, &project, ObjectQuery { delimiter: Some("/".into()), ..all() }).await.unwrap();
    assert_eq!(page.prefixes, ["in/a/", "in/b/"]);
    assert_eq!(page.items.len(), 2);
}

#[tokio::test]
async fn glob_and_time_window_leave_the_rest_out() {
    let (house, _, project) = filled().await;
    let glob = |glob: &str| ObjectQuery { glob: Some(glob.into()), ..all() };
    assert_eq!(keys(&house, &project, glob("*.png")).await, ["in/ 5 .png", "in/4.png"]);
    assert_eq!(keys(&house, &project, glob("a/*")).await, ["in/a/1.png", "in/a/2.jpg"]);
    let window = ObjectQuery {
        modified_after: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        modified_before: Some("2026-01-04T00:00:00Z".parse().unwrap()),
        ..all()
    };
    assert_eq!(keys(&house, &project, window).await, ["in/a/2.jpg", "in/b/3.png"]);
}

#[tokio::test]
async fn relevant_names_are_read_from_the_datasource_itself() {
    let (house, world, project) = filled().await;
    world.put("data", "in/relevant.txt", b"a/1.png\r\n 5 .png\nnot-there.png\n", "2026-01-01T00:00:00Z");
    world.put("data", "in/empty.txt", b"\n", "2026-01-01T00:00:00Z");
    world.put("data", "outside.txt", b"a/1.png", "2026-01-01T00:00:00Z");
    let relevant = |key: &str| ObjectQuery { relevant: Some(key.into()), ..all() };
    assert_eq!(keys(&house, &project, relevant("in/relevant.txt")).await, ["in/ 5 .png", "in/a/1.png"]);
    assert!(keys(&house, &project, relevant("in/empty.txt")).await.is_empty());
    let outside = list(&house, &project, relevant("outside.txt")).await.unwrap_err();
    assert_eq!((outside.kind(), outside.fields()[0].pointer.as_str()), (ErrorKind::PermissionDenied, "/relevant"));
    let missing = list(&house, &project, relevant("in/missing.txt")).await.unwrap_err();
    assert_eq!(missing.fields()[0].pointer, "/relevant");
    world.put("data", "in/large.txt", &vec![b'x'; 10 * 1024 * 1024 + 1], "2026-01-01T00:00:00Z");
    assert_eq!(list(&house, &project, relevant("in/large.txt")).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn list_only_datasource_reads_no_relevant_names() {
    let (house, _, project) = ready().await;
    make(&house, &project, NewDatasource { proof: mode(ProofMode::ListOnly), ..new("in", Purpose::Input) })
        .await
        .unwrap();
    let query = ObjectQuery { relevant: Some("in/relevant.txt".into()), ..all() };
    let error = list(&house, &project, query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("list-only"), "{error}");
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_with_and_without_filters() {
    let (house, world, project) = ready().await;
    for at in 0..2500 {
        let kind = if at % 7 == 0 { "png" } else { "txt" };
        world.put("data", &format!("in/{at:05}.{kind}"), b"", "2026-01-01T00:00:00Z");
    }
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    for (glob, limit, expected) in [(None, 999, 2500), (Some("*.png"), 100, 358), (Some("*.png"), 1, 358)] {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = PageAsk::new(after, Some(limit)).unwrap();
            let page =
                list(&house, &project, ObjectQuery { glob: glob.map(str::to_owned), page, ..all() }).await.unwrap();
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items.into_iter().map(|item| item.key));
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(found.len(), expected, "{glob:?}");
        assert!(found.is_sorted() && found.windows(2).all(|two| two[0] != two[1]));
    }
}

#[tokio::test]
async fn one_call_reads_a_bounded_number_of_pages_and_says_where_to_go_on() {
    let (house, world, project) = ready().await;
    for at in 0..21_000 {
        world.put("data", &format!("in/{at:05}.txt"), b"", "2026-01-01T00:00:00Z");
    }
    world.put("data", "in/last.png", b"", "2026-01-01T00:00:00Z");
    make(&house, &project, new("in", Purpose::Input)).await.unwrap();
    let before = world.count("list");
    let first = list(&house, &project, ObjectQuery { glob: Some("*.png".into()), ..all() }).await.unwrap();
    assert!(first.items.is_empty() && first.next.is_some());
    assert_eq!(world.count("list") - before, 20);
    let page = PageAsk::new(first.next, None).unwrap();
    let rest = ObjectQuery { glob: Some("*.png".into()), page, ..all() };
    assert_eq!(keys(&house, &project, rest).await, ["in/last.png"]);
}

#[tokio::test]
async fn cursor_of_somewhere_else_reaches_nothing_outside() {
    use base64::Engine as _;
    let (house, _, project) = filled().await;
    let forged = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"t":"a"}"#);
    let query = ObjectQuery { page: PageAsk::new(Some(forged), None).unwrap(), ..all() };
    assert!(keys(&house, &project, query).await.iter().all(|key| key.starts_with("in/")));
    let query = ObjectQuery { page: PageAsk::new(Some("x".into()), None).unwrap(), ..all() };
    assert_eq!(list(&house, &project, query).await.unwrap_err().fields()[0].pointer, "/after");
}

#[tokio::test]
async fn listing_is_recorded_once_and_only_for_those_who_may() {
    let (house, _, project) = filled().await;
    let viewer = house.member(&project, "vic", Role::Viewer).await;
    let refused = house.broker.list_objects(&viewer, &project, &name("in"), all()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    let first = ObjectQuery { page: PageAsk::new(None, Some(2)).unwrap(), ..all() };
    let next = list(&house, &project, first).await.unwrap().next;
    list(&house, &project, ObjectQuery { page: PageAsk::new(next, Some(2)).unwrap(), ..all() }).await.unwrap();
    let lines = house.recorded(&broker::AuditScope::Project(project)).await;
    let listed: Vec<_> = lines.iter().filter(|line| line.starts_with("object.list")).collect();
    assert_eq!(listed.len(), 2, "{lines:?}");
    assert!(lines.contains(&"object.list refused".to_owned()) && lines.contains(&"object.list done".to_owned()));
}
