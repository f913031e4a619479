//! Tools that people use.

use tidegate_testkit as testkit;

use super::front;

/// Runs a tool in a folder of its own, with nothing of ours in its environment; gives what it printed.
async fn run(mut tool: tokio::process::Command, home: &std::path::Path) -> Result<String, String> {
    tool.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).current_dir(home);
    let done = tool.stdin(std::process::Stdio::null()).output().await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() { Ok(said) } else { Err(said + &String::from_utf8_lossy(&done.stderr)) }
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

    let secure = front.secure_url();
    let gsutil = async |arguments: &[&str]| {
        let mut tool = tokio::process::Command::new(testkit::component::gsutil());
        for option in [
            format!("Credentials:gs_service_key_file={}", key.display()),
            format!("OAuth2:provider_token_uri={}", front.token_uri()),
            "Credentials:gs_json_host=localhost".into(),
            format!("Credentials:gs_json_port={}", secure.rsplit(':').next().unwrap()),
            format!("Boto:ca_certificates_file={}", testkit::component::azurite().ca.display()),
            "Boto:num_retries=0".into(),
            "GSUtil:check_hashes=always".into(),
            "GSUtil:prefer_api=json".into(),
        ] {
            tool.args(["-o", &option]);
        }
        tool.args(arguments);
        run(tool, home.path()).await
    };
    let listed = gsutil(&["ls", &format!("gs://{}", place("team-a/"))]).await.unwrap();
    assert!(listed.contains("/team-a/x\n") && listed.contains("/team-a/z\n"), "{listed}");
    assert_eq!(gsutil(&["cat", &format!("gs://{}", place("team-b/x"))]).await.unwrap(), "team-b/x");
    let refused = gsutil(&["cp", "new", &format!("gs://{}", place("team-a/new"))]).await.unwrap_err();
    assert!(refused.contains("storage.objects.create"), "{refused}");
}
