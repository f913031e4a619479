//! Tools that people use.

use std::path::Path;

use testkit::gcp::GcpFront;
use tidegate_testkit as testkit;

use super::{USER, front, member};

/// Runs a tool in a folder of its own, with nothing of ours in its environment; gives what it printed.
async fn run(mut tool: tokio::process::Command, home: &std::path::Path) -> Result<String, String> {
    tool.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).current_dir(home);
    let done = tool.stdin(std::process::Stdio::null()).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() { Ok(said) } else { Err(said + &String::from_utf8_lossy(&done.stderr)) }
}

/// Runs `gsutil` against the front, as the account of a key.
async fn gsutil(front: &GcpFront, key: &Path, home: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut tool = tokio::process::Command::new(testkit::component::gsutil());
    for option in [
        format!("Credentials:gs_service_key_file={}", key.display()),
        format!("OAuth2:provider_token_uri={}", front.token_uri()),
        "Credentials:gs_json_host=localhost".into(),
        format!("Credentials:gs_json_port={}", front.secure_url().rsplit(':').next().unwrap()),
        format!("Boto:ca_certificates_file={}", testkit::component::azurite().ca.display()),
        "Boto:num_retries=0".into(),
        "GSUtil:check_hashes=always".into(),
        "GSUtil:prefer_api=json".into(),
    ] {
        tool.args(["-o", &option]);
    }
    tool.args(arguments);
    run(tool, home).await
}

#[tokio::test]
async fn double_rclone_and_gsutil_work_with_a_key_as_far_as_its_role_goes() {
    let (front, bucket, _) = front().await;
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("key.json");
    std::fs::write(&key, front.service_account_json("reader")).unwrap();
    std::fs::write(home.path().join("new"), "new").unwrap();
    let place = |path: &str| format!("{}/{path}", bucket.name());

    let rclone = async |arguments: &[&str]| {
        let mut tool = tokio::process::Command::new(testkit::component::rclone());
        tool.args(arguments).args(["--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"]);
        tool.args([
            "--gcs-endpoint",
            &format!("{}/storage/v1/", front.url()),
            "--gcs-bucket-policy-only",
            "--gcs-no-check-bucket",
        ]);
        tool.arg("--gcs-service-account-file").arg(&key);
        run(tool, home.path()).await
    };
    let listed = rclone(&["lsf", &format!(":gcs:{}", place("team-a"))]).await.unwrap();
    assert_eq!(listed, "x\ny\nz\n");
    assert_eq!(rclone(&["cat", &format!(":gcs:{}", place("team-b/x"))]).await.unwrap(), "team-b/x");
    let refused = rclone(&["copyto", "new", &format!(":gcs:{}", place("team-a/new"))]).await.unwrap_err();
    assert!(refused.contains("storage.objects.create"), "{refused}");

    let gsutil = async |arguments: &[&str]| gsutil(&front, &key, home.path(), arguments).await;
    let listed = gsutil(&["ls", &format!("gs://{}", place("team-a/"))]).await.unwrap();
    assert!(listed.contains("/team-a/x\n") && listed.contains("/team-a/z\n"), "{listed}");
    assert_eq!(gsutil(&["cat", &format!("gs://{}", place("team-b/x"))]).await.unwrap(), "team-b/x");
    let refused = gsutil(&["cp", "new", &format!("gs://{}", place("team-a/new"))]).await.unwrap_err();
    assert!(refused.contains("storage.objects.create"), "{refused}");
}

#[tokio::test]
async fn double_gsutil_needs_to_list_the_whole_bucket_and_not_to_read_it() {
    let (front, bucket, _) = front().await;
    let narrow = front.service_account("narrow");
    let condition = format!(
        "resource.name.startsWith('projects/_/buckets/{}/objects/team-a/') || \
         api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('team-a/')",
        bucket.name()
    );
    front.grant_if(bucket.name(), &member(&narrow), USER, &condition);
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("key.json");
    std::fs::write(&key, front.service_account_json("narrow")).unwrap();
    std::fs::write(home.path().join("new"), "new").unwrap();
    let place = |path: &str| format!("gs://{}/{path}", bucket.name());
    let gsutil = async |arguments: &[&str]| gsutil(&front, &key, home.path(), arguments).await;

    let refused = gsutil(&["cp", "new", &place("team-a")]).await.unwrap_err();
    assert!(refused.contains("storage.objects.list"), "it lists what merely begins so: {refused}");
    let refused = gsutil(&["ls", "-b", &place("")]).await.unwrap_err();
    assert!(refused.contains("storage.buckets.get"), "{refused}");

    front.grant(bucket.name(), &member(&narrow), "roles/storage.legacyBucketReader");
    gsutil(&["cp", "new", &place("team-a")]).await.unwrap();
    gsutil(&["ls", "-b", &place("")]).await.unwrap();
    assert_eq!(gsutil(&["cat", &place("team-a/new")]).await.unwrap(), "new");
    let refused = gsutil(&["cat", &place("team-b/x")]).await.unwrap_err();
    assert!(refused.contains("storage.objects.get"), "what others hold stays closed: {refused}");
}
