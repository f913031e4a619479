//! Azure's blob service, where a double answers with pages of what stands ready.

use std::fmt::Write as _;

use serde_json::json;
use testkit::component::ACCOUNT;
use testkit::http_double::Recorded;
use testkit::tidegate::Setup;
use testkit::{HttpDouble, Reply, Tidegate};

use super::{KEYS, Place, python, rclone};
use crate::line::Line;
use crate::row::Row;
use crate::world::{EGRESS, PROGRAM, PROJECT, keys};

const CONTAINER: &str = "pictures";
/// The largest that Azure gives, and what it gives who asks for no number.
const PAGE: usize = 5_000;

pub(super) async fn rows() -> Vec<Row> {
    let blobs: Vec<_> = keys(KEYS).map(|name| blob(&name)).collect();
    let double = HttpDouble::start(move |request| answer(&blobs, request));
    let account = format!("{}/{}", double.url(), ACCOUNT.name);
    let config = format!("{EGRESS}\n[azure]\nblob_endpoint = \"{}/{{account}}\"", double.url());
    let tidegate = Setup::new(PROGRAM).config(&config).start();
    connect(&tidegate).await;
    let options =
        ["--azureblob-account", ACCOUNT.name, "--azureblob-key", ACCOUNT.key, "--azureblob-endpoint", &account];
    let peers = vec![
        rclone(&options.map(str::to_owned), &format!(":azureblob:{CONTAINER}/data")),
        python("`azure-storage-blob`", "azure_list.py", &[&account, ACCOUNT.name, ACCOUNT.key, CONTAINER, "data/"]),
    ];
    Place { store: "a double of Azure", tidegate: &tidegate, count: KEYS, peers }.rows().await
}

async fn connect(tidegate: &Tidegate) {
    tidegate.cli(["project", "create", PROJECT]).ok();
    let mut line = Line::open(tidegate).await;
    let lake = json!({"name": "lake", "method": "azure-account-key", "settings": {"account": ACCOUNT.name},
        "secrets": {"account_key": ACCOUNT.key}, "proof": "off", "reason": "a double"});
    line.post("integrations", &lake).await;
    let plain = json!({"name": "plain", "integration": "lake", "bucket": CONTAINER, "prefix": "data/",
        "purpose": "input", "region": "eu", "proof": {"mode": "off", "reason": "a double"}});
    line.post("datasources", &plain).await;
}

fn blob(name: &str) -> String {
    format!(
        "<Blob><Name>{name}</Name><Properties><Creation-Time>Sun, 22 Nov 2026 18:44:25 GMT</Creation-Time>\
         <Last-Modified>Sun, 22 Nov 2026 18:44:25 GMT</Last-Modified><Etag>0x8DE29F2B4D5A3F1</Etag>\
         <Content-Length>1</Content-Length><Content-Type>image/jpeg</Content-Type><Content-Encoding/><Content-Language/>\
         <Content-MD5>nd1Wcwf6Cd5ruVBEmRqK0w==</Content-MD5><Cache-Control/><Content-Disposition/>\
         <BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>\
         <LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted>\
         </Properties><OrMetadata/></Blob>"
    )
}

fn answer(blobs: &[String], request: &Recorded) -> Reply {
    let (_, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let given = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if request.method != "GET" || given("comp") != Some("list") {
        return Reply::new(404, "application/xml", "").with_header("x-ms-error-code", "BlobNotFound");
    }
    let number = |text: &str| text.parse::<usize>().expect("what is sent is a number");
    let from = given("marker").map_or(0, number);
    let until = blobs.len().min(from + given("maxresults").map_or(PAGE, number).min(PAGE));
    let mut page = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://double/\" \
         ContainerName=\"{CONTAINER}\"><Blobs>"
    );
    page.extend(blobs.get(from..until).into_iter().flatten().map(String::as_str));
    let next = if until < blobs.len() { until.to_string() } else { String::new() };
    write!(page, "</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>").expect("a text takes more");
    Reply::new(200, "application/xml", page)
}
