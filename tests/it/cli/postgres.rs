//! The core of the main job with the store on PostgreSQL.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::Bucket;
use testkit::component::{self, WRITER};
use testkit::request::{Call, send};
use testkit::tidegate::Setup;

use super::audit::Archive;
use crate::support::{EGRESS, PROGRAM, PROJECT, admin};

#[tokio::test]
async fn a_store_on_postgresql_serves_the_main_job_and_survives_a_crash() {
    let seaweed = component::seaweed();
    let bucket = Bucket::create_with_prefix(&seaweed.url, "tg-keys-").await;
    bucket.put("data/a.txt", "a").await.ok();
    let server = component::postgres_url();
    let name = format!("tidegate_it_{}", uuid::Uuid::new_v4().simple());
    let mut database = PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut database).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);

    let mut tidegate = Setup::new(PROGRAM).config(EGRESS).config(&format!("[store]\nurl = \"{url}\"")).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    let secret = tidegate.dir().join("secret");
    std::fs::write(&secret, WRITER.secret_access_key).unwrap();
    let (secret, key, endpoint) = (secret.display(), WRITER.access_key_id, &seaweed.url);
    let line = format!(
        "integration create s3-compatible lake --set preset=seaweedfs --set endpoint={endpoint} \
         --set access_key_id={key} --secret-file secret_access_key={secret}"
    );
    let made = admin(&tidegate, &line).ok().json();
    assert_eq!((&made["integration"]["state"], &made["proof"]["status"]), (&json!("active"), &json!("passed")));
    let bucket_name = bucket.name();
    let line =
        format!("datasource create in --integration lake --bucket {bucket_name} --prefix data --purpose input-output");
    assert_eq!(admin(&tidegate, &line).ok().json()["proof"]["status"], "passed");

    tidegate.kill_and_restart();
    let signed = tidegate.cli(["--project", PROJECT, "url", "sign", "in", "data/a.txt"]).ok().stdout;
    let target = signed.trim_end().strip_prefix(endpoint.as_str()).unwrap().to_owned();
    assert_eq!(send(endpoint, Call::new("GET", &target)).await.ok().text(), "a");
    let grants = admin(&tidegate, "grant list").ok().json();
    assert_eq!(grants["items"].as_array().unwrap().len(), 1, "{grants}");
    assert!(tidegate.data_files().iter().all(|(path, _)| !path.ends_with("tidegate.db")), "no second database");

    let archive = Archive::take(&tidegate);
    tidegate.kill();
    archive.verify(&tidegate).ok();
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut database).await.unwrap();
}
