//! `P/datasources/{name}/objects` on a real store.

use serde_json::{Value, json};

use crate::cli::account::Connected;
use crate::support::{Api, assert_problem, body};

fn keys(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn objects_are_listed_by_prefix_folder_pattern_and_name() {
    let connected = Connected::new().await;
    let bucket = &connected.account.bucket;
    for key in ["in/x/1.png", "in/x/2.jpg", "in/y/3.png"] {
        bucket.put(key, key).await.ok();
    }
    bucket.put("in/relevant.txt", "x/1.png\ny/3.png\nnot-there\n").await.ok();
    let api = Api::admin(&connected.tidegate);
    let list = async |query: &str| body(&api.get(&format!("P/datasources/in/objects?{query}")).await);

    let all = list("").await;
    assert_eq!(keys(&all), ["in/a b+c.txt", "in/relevant.txt", "in/x/1.png", "in/x/2.jpg", "in/y/3.png"]);
    assert_eq!((&all["items"][0]["size"], &all["next"]), (&json!(17), &Value::Null));
    assert!(all["items"][0]["etag"].is_string() && all["items"][0]["modified"].is_string());
    assert_eq!(list("delimiter=/").await["prefixes"], json!(["in/x/", "in/y/"]));
    assert_eq!(keys(&list("prefix=in/x/1").await), ["in/x/1.png"]);
    assert_eq!(keys(&list("glob=**/*.png").await), ["in/x/1.png", "in/y/3.png"]);
    assert_eq!(keys(&list("relevant=in/relevant.txt").await), ["in/x/1.png", "in/y/3.png"]);
    assert!(keys(&list("modified_before=2020-01-01T00:00:00Z").await).is_empty());
    assert_eq!(keys(&list("modified_after=2020-01-01T00:00:00Z").await).len(), 5);

    let outside = api.get("P/datasources/in/objects?prefix=other/").await;
    assert_problem(&outside, 403, "permission_denied", "/prefix");
    let outside = api.get("P/datasources/in/objects?relevant=other/secret.txt").await;
    assert_problem(&outside, 403, "permission_denied", "/relevant");
    assert_problem(&api.get("P/datasources/in/objects?glob=%5Ba").await, 422, "invalid", "/glob");
    assert_problem(&api.get("P/datasources/in/objects?limit=0").await, 422, "invalid", "/limit");
    assert_problem(&api.get("P/datasources/in/objects?after=x").await, 422, "invalid", "/after");
}

#[tokio::test]
async fn pages_follow_each_other_with_and_without_a_pattern() {
    let connected = Connected::new().await;
    for at in 0..12 {
        let kind = if at % 2 == 0 { "png" } else { "txt" };
        connected.account.bucket.put(&format!("in/p/{at:02}.{kind}"), "x").await.ok();
    }
    let api = Api::admin(&connected.tidegate);
    for (query, expected) in [("prefix=in/p/&limit=5", 12), ("glob=p/*.png&limit=1", 6), ("glob=p/*.png&limit=4", 6)] {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page = body(&api.get(&format!("P/datasources/in/objects?{query}{after}")).await);
            found.extend(keys(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let once: std::collections::BTreeSet<_> = found.iter().collect();
        assert_eq!((found.len(), once.len()), (expected, expected), "{query}: {found:?}");
    }
}
