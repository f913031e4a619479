//! A local directory, from connecting to taking its URLs back; Tidegate serves the objects itself.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Setup, Tidegate};

use crate::support::{Api, PROGRAM, PROJECT, admin, assert_checks, assert_problem, body};

const ORIGIN: &str = "https://tool.example.com";

struct House {
    tidegate: Tidegate,
    /// What is allowed; `bucket` in it is connected.
    folder: tempfile::TempDir,
    api: Api,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bucket/in")).unwrap();
        fs::create_dir_all(folder.path().join("other")).unwrap();
        fs::write(folder.path().join("other/secret"), "secret").unwrap();
        let allow = json!([folder.path()]).to_string();
        let tidegate = Setup::new(PROGRAM).config(&format!("[local_directory]\nallow = {allow}")).start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        let api = Api::admin(&tidegate);
        let integration = json!({"name": "disk", "method": "local-directory", "settings": {"path": folder.path()}});
        let made = api.post("P/integrations", &integration).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let house = Self { tidegate, folder, api };
        house.datasource("in", "in/", "input-output").await;
        house
    }

    async fn datasource(&self, name: &str, prefix: &str, purpose: &str) -> Value {
        let asked = json!({"name": name, "integration": "disk", "bucket": "bucket", "prefix": prefix,
            "purpose": purpose, "cors_origin": ORIGIN});
        let made = self.api.post("P/datasources", &asked).await;
        assert_eq!(made.status, 201, "{}", made.text());
        body(&made)["proof"].clone()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join("bucket").join(path)
    }

    async fn sign(&self, key: &str, method: &str, more: &Value) -> (String, String) {
        let mut asked = json!({"keys": [key], "method": method, "ttl_seconds": 900});
        asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let answer = self.api.post("P/datasources/in/urls", &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let signed = body(&answer);
        (signed["urls"][0]["url"].as_str().unwrap().to_owned(), signed["grant_id"].as_str().unwrap().to_owned())
    }

    async fn keys(&self, query: &str) -> Vec<String> {
        let page = body(&self.api.get(&format!("P/datasources/in/objects?{query}")).await);
        page["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
    }

    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let path = url.strip_prefix(&self.tidegate.url()).unwrap_or_else(|| panic!("{url} is not Tidegate's own"));
        let call = headers.iter().fold(Call::new(method, path), |call, (name, value)| call.header(name, value));
        send(&self.tidegate.url(), call.body(body.to_vec())).await
    }
}

#[tokio::test]
async fn a_directory_is_proven_and_its_objects_are_written_read_and_removed_by_url() {
    let house = House::new().await;
    let proof = house.datasource("again", "in/", "input-output").await;
    assert_eq!(proof["status"], "passed", "{proof}");
    let passed =
        ["reachable", "list", "read", "write-probe", "overwrite-probe", "read-back", "delete-probe", "cleanup"];
    assert_checks(&proof, "passed", &passed);
    assert_checks(&proof, "skipped", &["signed-url", "cors", "scoped-credential", "authenticates", "region"]);
    assert!(fs::read_dir(house.at("in")).unwrap().next().is_none(), "the proof leaves nothing behind");

    let key = "in/a b/%2F#?é.png";
    let (put, _) = house.sign(key, "PUT", &json!({"content_type": "image/png"})).await;
    assert_eq!(house.send("PUT", &put, &[("content-type", "text/plain")], b"x").await.status, 403, "another type");
    let written = house.send("PUT", &put, &[("content-type", "image/png"), ("if-none-match", "*")], b"picture").await;
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(fs::read(house.at("in/a b/%2F#?é.png")).unwrap(), b"picture");
    let twice = house.send("PUT", &put, &[("content-type", "image/png"), ("if-none-match", "*")], b"other").await;
    assert_problem(&twice, 412, "precondition_failed", "");
    assert_eq!(house.keys("").await, [key]);
    let (get, _) = house.sign(key, "GET", &json!({})).await;
    assert_eq!(house.send("GET", &get, &[], b"").await.text(), "picture");
    let (delete, _) = house.sign(key, "DELETE", &json!({})).await;
    assert_eq!(house.send("DELETE", &delete, &[], b"").await.status, 204);
    assert_eq!(house.send("GET", &get, &[], b"").await.status, 404);
    assert!(house.keys("").await.is_empty());
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn urls_serve_ranges_to_the_datasources_page_and_end_with_their_grant() {
    let house = House::new().await;
    fs::write(house.at("in/a.png"), "0123456789").unwrap();
    let (url, grant) = house.sign("in/a.png", "GET", &json!({})).await;
    let whole = house.send("GET", &url, &[("origin", ORIGIN)], b"").await;
    assert_eq!((whole.status, whole.text().as_ref()), (200, "0123456789"));
    assert_eq!((header(&whole, "content-type"), header(&whole, "content-disposition")), ("image/png", ""));
    assert_eq!(header(&whole, "access-control-allow-origin"), ORIGIN);
    assert!(header(&whole, "content-security-policy").starts_with("sandbox"));
    let part = house.send("GET", &url, &[("range", "bytes=2-4")], b"").await;
    assert_eq!((part.status, part.text().as_ref()), (206, "234"));
    assert_eq!(header(&part, "content-range"), "bytes 2-4/10");
    assert_eq!(house.send("GET", &url, &[("range", "bytes=10-")], b"").await.status, 416);
    let known = header(&whole, "etag").to_owned();
    assert_eq!(house.send("GET", &url, &[("if-none-match", &known)], b"").await.status, 304);
    let stranger = house.send("GET", &url, &[("origin", "https://evil.example.com")], b"").await;
    assert_eq!(header(&stranger, "access-control-allow-origin"), "");
    let preflight = house.send("OPTIONS", &url, &[("origin", ORIGIN), ("access-control-request-method", "GET")], b"");
    assert_eq!(header(&preflight.await, "access-control-allow-methods"), "GET");

    for tampered in [url.replace("a.png", "b.png"), url.replace("expires=", "expires=9"), url.replace("=GET", "=PUT")] {
        let refused = house.send("GET", &tampered, &[], b"").await;
        assert_problem(&refused, 403, "permission_denied", "");
    }
    assert_problem(&house.send("PUT", &url, &[], b"x").await, 403, "permission_denied", "");

    let revoked = house.api.post(&format!("P/grants/{grant}/revoke"), &json!({})).await;
    assert_eq!(body(&revoked)["state"], "revoked", "{}", revoked.text());
    let after = house.send("GET", &url, &[], b"").await;
    assert_problem(&after, 403, "permission_denied", "");

    let audit = body(&house.api.get("P/audit?action=url.use").await);
    let uses: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert!(uses.contains(&"done") && uses.contains(&"refused"), "{audit}");
}

#[tokio::test]
async fn what_a_browser_would_run_is_only_downloaded() {
    let house = House::new().await;
    for (name, text) in [("page.html", "<script>1</script>"), ("drawing.svg", "<svg xmlns='x'/>")] {
        fs::write(house.at("in").join(name), text).unwrap();
        let (url, _) = house.sign(&format!("in/{name}"), "GET", &json!({})).await;
        let answer = house.send("GET", &url, &[], b"").await;
        assert_eq!(header(&answer, "content-disposition"), "attachment", "{name}");
        assert!(header(&answer, "content-security-policy").starts_with("sandbox"), "{name}");
        // Whoever signs may say how it is shown, but not that it runs; of two types browsers take the last.
        let shown = json!({"response_headers": {"content-disposition": "inline; filename=a.html",
            "content-type": "image/png, text/html"}});
        let (url, _) = house.sign(&format!("in/{name}"), "GET", &shown).await;
        let answer = house.send("GET", &url, &[], b"").await;
        assert_eq!(header(&answer, "content-disposition"), "attachment; filename=a.html", "{name}");
    }
}

#[tokio::test]
async fn a_page_of_the_servers_own_origin_gets_no_script_or_style_out_of_objects() {
    let house = House::new().await;
    fs::write(house.at("in/a.js"), "steal()").unwrap();
    let (url, _) = house.sign("in/a.js", "GET", &json!({})).await;
    for (site, dest, status) in [
        ("same-origin", "script", 403),
        ("same-origin", "style", 403),
        ("same-origin", "serviceworker", 403),
        ("same-origin", "empty", 200),
        ("same-origin", "image", 200),
        ("none", "document", 200),
        ("cross-site", "script", 200),
    ] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-dest", dest)];
        assert_eq!(house.send("GET", &url, &headers, b"").await.status, status, "{site} {dest}");
    }
}

#[tokio::test]
async fn conditions_are_kept_or_refused_and_never_ignored() {
    let house = House::new().await;
    fs::write(house.at("in/a.txt"), "0123456789").unwrap();
    let (get, _) = house.sign("in/a.txt", "GET", &json!({})).await;
    let etag = header(&house.send("GET", &get, &[], b"").await, "etag").to_owned();
    let part = [("range", "bytes=5-"), ("if-range", etag.as_str())];
    assert_eq!(house.send("GET", &get, &part, b"").await.status, 206);
    for (same, status) in [(etag.as_str(), 200), ("*", 200), ("\"other\"", 412), ("\"other\", W/\"x\"", 412)] {
        assert_eq!(house.send("GET", &get, &[("if-match", same)], b"").await.status, status, "{same}");
    }
    fs::write(house.at("in/a.txt"), "another object").unwrap();
    let whole = house.send("GET", &get, &part, b"").await;
    assert_eq!(
        (whole.status, whole.text().as_ref()),
        (200, "another object"),
        "no rest of one after the start of other"
    );
    let (put, _) = house.sign("in/a.txt", "PUT", &json!({})).await;
    assert_eq!(house.send("PUT", &put, &[("if-match", &etag)], b"x").await.status, 412);
    assert_eq!(house.send("PUT", &put, &[("if-none-match", &etag)], b"x").await.status, 400);
    let since = [("if-unmodified-since", "Sun, 22 Nov 2026 18:44:25 GMT")];
    assert_eq!(house.send("PUT", &put, &since, b"x").await.status, 400);
    let (delete, _) = house.sign("in/a.txt", "DELETE", &json!({})).await;
    assert_eq!(house.send("DELETE", &delete, &[("if-match", &etag)], b"").await.status, 400);
    assert_eq!(house.send("DELETE", &delete, &since, b"").await.status, 400);
    assert_eq!(fs::read_to_string(house.at("in/a.txt")).unwrap(), "another object");
}

#[tokio::test]
async fn a_url_gives_no_other_object_where_its_datasource_was_moved() {
    let house = House::new().await;
    let elsewhere = house.folder.path().join("elsewhere");
    for bucket in [elsewhere.join("bucket/in"), house.folder.path().join("other/in")] {
        fs::create_dir_all(&bucket).unwrap();
        fs::write(bucket.join("a.txt"), "another object").unwrap();
    }
    fs::write(house.at("in/a.txt"), "the object").unwrap();
    let patch = async |path: &str, change: Value| {
        let revision = crate::support::etag(&house.api.get(path).await);
        let changed = house.api.json("PATCH", path, &[("if-match", &revision)], &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    };
    let (get, _) = house.sign("in/a.txt", "GET", &json!({})).await;
    let (put, _) = house.sign("in/a.txt", "PUT", &json!({})).await;
    assert_eq!(house.send("GET", &get, &[], b"").await.text(), "the object");
    for (move_away, move_back) in [
        (
            ("P/integrations/disk", json!({"settings": {"path": elsewhere}})),
            ("P/integrations/disk", json!({"settings": {"path": house.folder.path()}})),
        ),
        (("P/datasources/in", json!({"bucket": "other"})), ("P/datasources/in", json!({"bucket": "bucket"}))),
    ] {
        patch(move_away.0, move_away.1).await;
        assert_problem(&house.send("GET", &get, &[], b"").await, 403, "permission_denied", "");
        assert_problem(&house.send("PUT", &put, &[], b"changed").await, 403, "permission_denied", "");
        let (anew, _) = house.sign("in/a.txt", "GET", &json!({})).await;
        assert_eq!(house.send("GET", &anew, &[], b"").await.text(), "another object");
        patch(move_back.0, move_back.1).await;
        assert_eq!(house.send("GET", &get, &[], b"").await.text(), "the object");
    }
}

#[tokio::test]
async fn an_upload_that_is_under_way_when_its_grant_is_taken_back_is_not_kept() {
    let house = House::new().await;
    fs::write(house.at("in/kept"), "before").unwrap();
    for (taken_back, status, kept) in [(true, " 403 ", "before"), (false, " 200 ", "half and half")] {
        let (put, grant) = house.sign("in/kept", "PUT", &json!({})).await;
        let address = house.tidegate.url().trim_start_matches("http://").to_owned();
        let path = put.strip_prefix(&house.tidegate.url()).unwrap().to_owned();
        // The server asks for the body when it has begun the upload.
        let begun = tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            write!(stream, "PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 13\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n").unwrap();
            let mut asked = [0; 25];
            stream.read_exact(&mut asked).unwrap();
            assert!(asked.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&asked));
            write!(stream, "half and ").unwrap();
            stream
        });
        let mut stream = begun.await.unwrap();
        if taken_back {
            let revoked = house.api.post(&format!("P/grants/{grant}/revoke"), &json!({})).await;
            assert_eq!(body(&revoked)["state"], "revoked", "{}", revoked.text());
        }
        let ended = tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            write!(stream, "half").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = ended.await.unwrap();
        assert!(answer.lines().next().unwrap().contains(status), "{answer}");
        assert_eq!(fs::read_to_string(house.at("in/kept")).unwrap(), kept);
    }
    assert_eq!(fs::read_dir(house.at("in")).unwrap().count(), 1, "nothing unfinished is left");
}

#[tokio::test]
async fn links_devices_and_names_that_are_no_text_are_no_objects() {
    let house = House::new().await;
    let secret = house.folder.path().join("other/secret");
    symlink(&secret, house.at("in/link")).unwrap();
    symlink(house.folder.path().join("other"), house.at("in/folder")).unwrap();
    symlink("/", house.at("in/root")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(house.at("in/pipe")).status().unwrap();
    assert!(fifo.success());
    fs::write(house.at("in").join(Path::new(std::ffi::OsStr::from_bytes(b"bad-\xff"))), "x").unwrap();
    fs::write(house.at("in/good"), "x").unwrap();
    assert_eq!(house.keys("").await, ["in/good"]);
    for key in ["in/link", "in/folder/secret", "in/root/etc/hostname", "in/pipe", "in/../../other/secret", "in/./good"]
    {
        let (url, _) = house.sign(key, "GET", &json!({})).await;
        let answer = house.send("GET", &url, &[], b"").await;
        assert_eq!(answer.status, 404, "{key}: {}", answer.text());
        let (url, _) = house.sign(key, "PUT", &json!({})).await;
        let answer = house.send("PUT", &url, &[], b"changed").await;
        assert!(matches!(answer.status, 404 | 422), "{key}: {} {}", answer.status, answer.text());
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    assert!(fs::symlink_metadata(house.at("in/link")).unwrap().is_symlink(), "the link itself is left alone");
}

#[tokio::test]
async fn folders_that_the_operator_does_not_allow_are_refused() {
    let house = House::new().await;
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), house.folder.path().join("out")).unwrap();
    let create = async |path: &Path| {
        let asked = json!({"name": "more", "method": "local-directory", "settings": {"path": path}});
        house.api.post("P/integrations", &asked).await
    };
    assert_problem(&create(outside.path()).await, 422, "invalid", "/settings/path");
    assert_problem(&create(&house.folder.path().join("../etc")).await, 422, "invalid", "/settings/path");
    assert_problem(&create(Path::new("bucket")).await, 422, "invalid", "/settings/path");
    let through = create(&house.folder.path().join("out")).await;
    assert_problem(&through, 422, "proof_failed", "");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_is_longer_than_it_says_leaves_nothing() {
    let house = House::new().await;
    fs::write(house.at("in/kept"), "before").unwrap();
    let (put, _) = house.sign("in/kept", "PUT", &json!({})).await;
    let address = house.tidegate.url().trim_start_matches("http://").to_owned();
    let path = put.strip_prefix(&house.tidegate.url()).unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 100\r\n\r\nhalf").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    })
    .await
    .unwrap();
    assert_eq!(fs::read_to_string(house.at("in/kept")).unwrap(), "before");
    let left: Vec<_> = fs::read_dir(house.at("in")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["kept"]);
}

/// What the contract of all providers asks of URLs that a store signs: `crates/providers/tests/it/contract/urls.rs`.
#[tokio::test]
async fn a_url_is_good_for_one_method_on_one_key_until_it_ends() {
    let house = House::new().await;
    for name in ["one", "two"] {
        fs::write(house.at("in").join(name), name).unwrap();
    }
    let (get, _) = house.sign("in/one", "GET", &json!({})).await;
    let (put, _) = house.sign("in/one", "PUT", &json!({})).await;
    let (delete, _) = house.sign("in/one", "DELETE", &json!({})).await;
    let (ends, _) = house.sign("in/one", "GET", &json!({"ttl_seconds": 1})).await;
    for (url, others) in [(&get, ["PUT", "DELETE"]), (&put, ["GET", "DELETE"]), (&delete, ["GET", "PUT"])] {
        let beside = url.replace("in/one", "in/two");
        for method in ["GET", "PUT", "DELETE"] {
            assert_problem(&house.send(method, &beside, &[], b"x").await, 403, "permission_denied", "");
        }
        for method in others {
            assert_problem(&house.send(method, url, &[], b"x").await, 403, "permission_denied", "");
        }
    }
    assert_eq!(
        (fs::read(house.at("in/one")).unwrap(), fs::read(house.at("in/two")).unwrap()),
        (b"one".into(), b"two".into())
    );

    let began = std::time::Instant::now();
    let last = loop {
        let answer = house.send("GET", &ends, &[], b"").await;
        if answer.status != 200 || began.elapsed().as_secs() > 30 {
            break answer;
        }
    };
    assert_problem(&last, 403, "permission_denied", "");
    assert_eq!(house.send("GET", &get, &[], b"").await.text(), "one", "the one that lives longer");
}

#[tokio::test]
async fn urls_rest_while_their_integration_is_paused() {
    let house = House::new().await;
    fs::write(house.at("in/one"), "one").unwrap();
    let (url, _) = house.sign("in/one", "GET", &json!({})).await;
    assert_eq!(house.api.post("P/integrations/disk/pause", &json!({})).await.status, 200);
    assert_problem(&house.send("GET", &url, &[], b"").await, 403, "permission_denied", "");
    assert_eq!(house.api.post("P/integrations/disk/resume", &json!({})).await.status, 200);
    assert_eq!(house.send("GET", &url, &[], b"").await.text(), "one");
}

#[tokio::test]
async fn nothing_is_deleted_under_a_url_that_works_and_none_works_after_it() {
    let house = House::new().await;
    fs::write(house.at("in/one"), "one").unwrap();
    let remove = async |path: &str| {
        let revision = crate::support::etag(&house.api.get(path).await);
        house.api.call("DELETE", path, &[("if-match", &revision)], b"").await
    };
    let revoke = async |grant: &str| {
        let revoked = house.api.post(&format!("P/grants/{grant}/revoke"), &json!({})).await;
        assert_eq!(body(&revoked)["state"], "revoked", "{}", revoked.text());
    };
    let ended = async |urls: &[(&str, String)]| {
        for (method, url) in urls {
            assert_problem(&house.send(method, url, &[], b"x").await, 403, "permission_denied", "");
        }
        assert_eq!(fs::read_to_string(house.at("in/one")).unwrap(), "one");
    };
    let (mut urls, mut grants) = (Vec::new(), Vec::new());
    for method in ["PUT", "DELETE", "GET"] {
        let (url, grant) = house.sign("in/one", method, &json!({})).await;
        urls.push((method, url));
        grants.push(grant);
    }
    for grant in &grants {
        assert_problem(&remove("P/datasources/in").await, 409, "conflict", "");
        assert_eq!(house.send("GET", &urls[2].1, &[], b"").await.text(), "one");
        revoke(grant).await;
    }
    assert_eq!(remove("P/datasources/in").await.status, 204);
    ended(&urls).await;
    house.datasource("in", "in/", "input-output").await;
    ended(&urls).await;
    let (anew, grant) = house.sign("in/one", "GET", &json!({})).await;
    assert_eq!(house.send("GET", &anew, &[], b"").await.text(), "one", "one of the new datasource of this name");

    assert_problem(&remove("P/integrations/disk").await, 409, "conflict", "");
    revoke(&grant).await;
    assert_eq!(remove("P/datasources/in").await.status, 204);
    assert_eq!(remove("P/integrations/disk").await.status, 204);
    urls.push(("GET", anew));
    ended(&urls).await;
}

#[tokio::test]
async fn a_use_that_comes_when_the_folder_is_gone_is_in_the_audit_too() {
    let house = House::new().await;
    fs::write(house.at("in/a.txt"), "the object").unwrap();
    let (get, _) = house.sign("in/a.txt", "GET", &json!({})).await;
    fs::rename(house.folder.path(), house.folder.path().with_extension("gone")).unwrap();
    let gone = house.send("GET", &get, &[], b"").await;
    fs::rename(house.folder.path().with_extension("gone"), house.folder.path()).unwrap();
    assert!(gone.status >= 400, "{}", gone.text());
    let uses = body(&house.api.get("P/audit?action=url.use").await);
    assert_eq!(uses["items"].as_array().unwrap().len(), 1, "{uses}");
    assert_eq!(house.send("GET", &get, &[], b"").await.text(), "the object");
}
