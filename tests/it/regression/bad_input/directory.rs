//! A local directory that holds what is no object: nothing of it is listed, followed or served.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};

use crate::support::{Api, PROGRAM, PROJECT, admin, assert_problem, body};

struct House {
    tidegate: Tidegate,
    /// What is connected, as `disk`; `bucket` in it is the datasource `data`.
    folder: tempfile::TempDir,
    api: Api,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bucket/in")).unwrap();
        let allow = json!([folder.path()]).to_string();
        let tidegate = Setup::new(PROGRAM).config(&format!("[local_directory]\nallow = {allow}")).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        let disk = json!({"name": "disk", "method": "local-directory", "settings": {"path": folder.path()}});
        api.post("P/integrations", &disk).await.ok();
        let house = Self { tidegate, folder, api };
        house.datasource("data", "bucket").await.ok();
        house
    }

    async fn datasource(&self, name: &str, bucket: &str) -> Answer {
        let asked =
            json!({"name": name, "integration": "disk", "bucket": bucket, "prefix": "", "purpose": "input-output"});
        self.api.post("P/datasources", &asked).await
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    async fn keys(&self) -> Vec<String> {
        let page = body(&self.api.get("P/datasources/data/objects?limit=1000").await.ok());
        page["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
    }

    async fn urls(&self, method: &str, keys: &[&str]) -> Vec<String> {
        let asked = json!({"keys": keys, "method": method, "ttl_seconds": 300});
        let signed = body(&self.api.post("P/datasources/data/urls", &asked).await.ok());
        signed["urls"].as_array().unwrap().iter().map(|url| url["url"].as_str().unwrap().to_owned()).collect()
    }

    async fn send(&self, method: &str, url: &str, body: &str) -> Answer {
        let origin = self.tidegate.url();
        send(&origin, Call::new(method, url.strip_prefix(&origin).unwrap()).body(body.to_owned())).await
    }

    /// Reading finds nothing there, and neither writing nor removing changes anything.
    async fn assert_no_objects(&self, keys: &[&str]) {
        for method in ["GET", "HEAD"] {
            for (key, url) in keys.iter().zip(self.urls(method, keys).await) {
                assert_eq!(self.send(method, &url, "").await.status, 404, "{method} {key}");
            }
        }
        for (key, url) in keys.iter().zip(self.urls("PUT", keys).await) {
            let answer = self.send("PUT", &url, "changed").await;
            assert!(matches!(answer.status, 404 | 422), "{key}: {} {}", answer.status, answer.text());
        }
        for (key, url) in keys.iter().zip(self.urls("DELETE", keys).await) {
            let answer = self.send("DELETE", &url, "").await;
            assert!(matches!(answer.status, 204 | 404 | 422), "{key}: {} {}", answer.status, answer.text());
        }
    }
}

#[tokio::test]
async fn sockets_devices_and_directories_without_a_name_in_utf8_are_no_objects() {
    let house = House::new().await;
    let _listens = UnixListener::bind(house.at("bucket/in/socket")).unwrap();
    // An endless one. Only the superuser can make it; whoever runs this otherwise sees the rest.
    let mut mknod = Command::new("mknod");
    mknod.arg(house.at("bucket/in/device")).args(["c", "1", "5"]).stderr(Stdio::null());
    let device = mknod.status().is_ok_and(|status| status.success());
    let unnamed = house.at("bucket/in").join(OsStr::from_bytes(b"dir-\xff"));
    fs::create_dir(&unnamed).unwrap();
    fs::write(unnamed.join("inside"), "inside").unwrap();
    fs::write(house.at("bucket/in/good"), "good").unwrap();
    fs::create_dir(house.folder.path().join(OsStr::from_bytes(b"bucket-\xff"))).unwrap();

    assert_eq!(house.keys().await, ["in/good"]);
    let level = body(&house.api.get("P/integrations/disk/browse?bucket=bucket&prefix=in/").await.ok());
    assert_eq!((level["prefixes"].clone(), named(&level["items"])), (json!([]), vec!["in/good"]), "{level}");
    let buckets = body(&house.api.get("P/integrations/disk/browse").await.ok());
    assert_eq!(named(&buckets["items"]), ["bucket"], "{buckets}");

    let mut keys = vec!["in/socket", "in/socket/x"];
    keys.extend(device.then_some(["in/device", "in/device/x"]).into_iter().flatten());
    house.assert_no_objects(&keys).await;
    let lossy = ["in/dir-\u{fffd}/inside", "in/dir-\u{ff}/inside", "in/dir-%FF/inside"];
    for (key, url) in lossy.iter().zip(house.urls("GET", &lossy).await) {
        assert_eq!(house.send("GET", &url, "").await.status, 404, "{key}");
    }
    use std::os::unix::fs::FileTypeExt as _;
    assert!(fs::symlink_metadata(house.at("bucket/in/socket")).unwrap().file_type().is_socket(), "it is left alone");
    if device {
        assert!(fs::symlink_metadata(house.at("bucket/in/device")).unwrap().file_type().is_char_device());
    }
    assert_eq!(fs::read_to_string(unnamed.join("inside")).unwrap(), "inside");
}

fn named(items: &Value) -> Vec<&str> {
    items.as_array().into_iter().flatten().filter_map(|item| item["name"].as_str().or(item["key"].as_str())).collect()
}

#[tokio::test]
async fn a_link_in_the_place_of_a_bucket_is_no_bucket_before_and_after_it_was_connected() {
    let house = House::new().await;
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("in")).unwrap();
    fs::write(outside.path().join("in/good"), "of others").unwrap();
    symlink(outside.path(), house.at("linked")).unwrap();
    symlink(house.at("bucket"), house.at("beside")).unwrap();
    fs::write(house.at("bucket/in/good"), "good").unwrap();
    let buckets = body(&house.api.get("P/integrations/disk/browse").await.ok());
    assert_eq!(named(&buckets["items"]), ["bucket"], "{buckets}");
    for link in ["linked", "beside"] {
        let refused = house.datasource("more", link).await;
        assert_problem(&refused, 422, "proof_failed", "");
        assert!(!refused.text().contains("of others"));
        let level = house.api.get(&format!("P/integrations/disk/browse?bucket={link}")).await;
        assert_problem(&level, 424, "provider_denied", "");
    }

    let (gets, puts) = (house.urls("GET", &["in/good"]).await, house.urls("PUT", &["in/good", "in/new"]).await);
    assert_eq!(house.send("GET", &gets[0], "").await.text(), "good");
    fs::rename(house.at("bucket"), house.at("away")).unwrap();
    symlink(outside.path(), house.at("bucket")).unwrap();
    assert_eq!(house.send("GET", &gets[0], "").await.status, 404);
    for put in &puts {
        assert_eq!(house.send("PUT", put, "changed").await.status, 404);
    }
    house.assert_no_objects(&["in/good", "in/new"]).await;
    assert_ne!(house.api.get("P/datasources/data/objects").await.status, 200);
    assert_eq!(fs::read_to_string(outside.path().join("in/good")).unwrap(), "of others");
    assert_eq!(fs::read_dir(outside.path().join("in")).unwrap().count(), 1);
    fs::remove_file(house.at("bucket")).unwrap();
    fs::rename(house.at("away"), house.at("bucket")).unwrap();
    assert_eq!(house.send("GET", &gets[0], "").await.text(), "good", "the twin: the same URL with the bucket back");
}

/// Each character of ASCII and some beyond, alone and between others, as names of files by URLs that Tidegate serves.
#[tokio::test]
async fn every_character_that_a_file_can_be_called_is_written_listed_read_and_removed_by_url() {
    let house = House::new().await;
    let beyond =
        ['\u{a0}', 'é', 'ÿ', '\u{301}', '\u{200d}', '\u{e000}', '\u{feff}', '\u{fffd}', '\u{ffff}', '\u{1f600}'];
    let each = || (' '..='~').chain(beyond);
    let within = each().map(|c| format!("in/a{c}b"));
    let alone = each().filter(|c| !c.is_ascii_alphanumeric() && !['.', '/'].contains(c)).map(|c| format!("in/{c}"));
    let mut keys: Vec<String> = within.chain(alone).chain(["in/e\u{301}".to_owned()]).collect();
    keys.sort();
    let asked: Vec<&str> = keys.iter().map(String::as_str).collect();
    for (key, url) in keys.iter().zip(house.urls("PUT", &asked).await) {
        house.send("PUT", &url, key).await.ok();
    }
    assert_eq!(house.keys().await, keys);
    for (key, url) in keys.iter().zip(house.urls("GET", &asked).await) {
        assert_eq!(house.send("GET", &url, "").await.ok().text(), *key);
    }
    for (key, url) in keys.iter().zip(house.urls("DELETE", &asked).await) {
        assert_eq!(house.send("DELETE", &url, "").await.status, 204, "{key}");
    }
    assert!(house.keys().await.is_empty());
}
