//! Cloud Storage's JSON interface, where a double answers with pages that stand ready.

use bytes::Bytes;
use serde_json::{Value, json};
use testkit::http_double::Recorded;
use testkit::jwt::SigningKey;
use testkit::tidegate::Setup;
use testkit::{HttpDouble, Reply, Tidegate};

use super::{KEYS, Place, python, rclone};
use crate::line::Line;
use crate::row::Row;
use crate::world::{EGRESS, PROGRAM, PROJECT, keys};

const BUCKET: &str = "pictures";
/// The largest that Google gives.
const PAGE: usize = 1_000;

pub(super) async fn rows() -> Vec<Row> {
    let pages = pages();
    let double = HttpDouble::start(move |request| answer(&pages, request));
    let url = double.url();
    let endpoints = ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"")).join("\n");
    let tidegate = Setup::new(PROGRAM).config(&format!("{EGRESS}\n[gcp]\n{endpoints}")).start();
    connect(&tidegate, &url).await;
    let options = ["--gcs-anonymous", "--gcs-bucket-policy-only", "--gcs-endpoint", &format!("{url}/storage/v1/")];
    let peers = vec![
        rclone(&options.map(str::to_owned), &format!(":gcs:{BUCKET}/data")),
        python("`google-cloud-storage`", "gcs_list.py", &[&url, BUCKET, "data/"]),
    ];
    Place { store: "a double of Google Cloud Storage", tidegate: &tidegate, count: KEYS, peers }.rows().await
}

async fn connect(tidegate: &Tidegate, url: &str) {
    tidegate.cli(["project", "create", PROJECT]).ok();
    let key = SigningKey::generate();
    let file = json!({"type": "service_account", "project_id": "acme-data-1", "private_key_id": key.id(),
        "private_key": key.private_pem(), "client_email": "lake@acme-data-1.iam.gserviceaccount.com", "client_id": "1",
        "token_uri": format!("{url}/token"), "universe_domain": "googleapis.com"});
    let mut line = Line::open(tidegate).await;
    let lake = json!({"name": "lake", "method": "gcp-service-account-key", "settings": {"key_file": "lake.json"},
        "secrets": {"service_account_key": file.to_string()}, "proof": "off", "reason": "a double"});
    line.post("integrations", &lake).await;
    let plain = json!({"name": "plain", "integration": "lake", "bucket": BUCKET, "prefix": "data/", "purpose": "input",
        "region": "eu", "proof": {"mode": "off", "reason": "a double"}});
    line.post("datasources", &plain).await;
}

/// All pages as Google would send them; what a client asks to be left out is sent to everyone.
fn pages() -> Vec<Bytes> {
    let names: Vec<_> = keys(KEYS).collect();
    let count = names.len().div_ceil(PAGE);
    let page = |(at, names): (usize, &[String])| {
        let mut page =
            json!({"kind": "storage#objects", "items": names.iter().map(|name| item(name)).collect::<Vec<_>>()});
        if let (Some(page), true) = (page.as_object_mut(), at + 1 < count) {
            page.insert("nextPageToken".to_owned(), (at + 1).to_string().into());
        }
        Bytes::from(page.to_string())
    };
    names.chunks(PAGE).enumerate().map(page).collect()
}

fn item(name: &str) -> Value {
    json!({"kind": "storage#object", "name": name, "bucket": BUCKET, "size": "1", "generation": "1795406685000000",
        "metageneration": "1", "contentType": "image/jpeg", "storageClass": "STANDARD",
        "md5Hash": "nd1Wcwf6Cd5ruVBEmRqK0w==", "timeCreated": "2026-11-22T18:44:25.067Z",
        "updated": "2026-11-22T18:44:25.067Z"})
}

fn answer(pages: &[Bytes], request: &Recorded) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    if path == "/token" {
        let token = json!({"access_token": "ya29.double", "expires_in": 3599, "token_type": "Bearer"});
        return Reply::new(200, "application/json", token.to_string());
    }
    if path != format!("/storage/v1/b/{BUCKET}/o") {
        let missing = json!({"error": {"code": 404, "message": "Not Found", "errors": [{"reason": "notFound"}]}});
        return Reply::new(404, "application/json", missing.to_string());
    }
    let token = query.split('&').find_map(|pair| pair.strip_prefix("pageToken="));
    let at = token.map_or(0, |token| token.parse().expect("a token is one that was given"));
    Reply::new(200, "application/json; charset=UTF-8", pages.get(at).cloned().expect("there is such a page"))
}
