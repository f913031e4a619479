//! Every method of the registry: its form, and what it says that the cloud's side must allow.

use std::fs;

use serde_json::Value;
use testkit::browser::judge;

use super::support::Console;
use crate::support::{PROJECT, admin, body};

/// What an operator has to configure before each of them can be chosen.
fn everything(folder: &str, secret: &str) -> String {
    format!(
        "[issuer]\nurl = \"https://tidegate.example.com\"\n[local_directory]\nallow = [\"{folder}\"]\n\
         [gcp]\nidentity_audience = \"//iam.googleapis.com/projects/123456789012/locations/global/\
         workloadIdentityPools/tidegate/providers/tidegate\"\n\
         [aws]\nallow_ambient = [\"{PROJECT}\"]\n[aws.identity.aws]\nsource = \"keys\"\n\
         access_key_id = \"AKIAIDENTITY00000001\"\nsecret_access_key_file = \"{secret}\"\n\
         principal_arn = \"arn:aws:iam::999999999999:user/tidegate\""
    )
}

#[tokio::test]
async fn every_method_has_a_form_and_a_cloud_side_that_people_can_use() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    fs::write(&secret, "a secret of tests").unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    let console = Console::configured(&everything(&data.display().to_string(), &secret.display().to_string()));
    admin(&console.tidegate, &format!("project create {PROJECT}")).ok();
    let methods = body(&console.api.get("methods").await);
    let methods = methods["items"].as_array().unwrap();
    assert!(methods.len() >= 15, "{}", methods.len());
    let browser = console.open();
    for method in methods {
        let text = |name: &str| method[name].as_str().unwrap();
        console.go(&browser, "P/integrations/-/new");
        browser.follow_link(&format!("Choose {}", text("title")));
        assert!(browser.path().ends_with(&format!("/-/new/{}", text("id"))), "{}", browser.path());
        has_its_fields(&browser.text("main"), method);
        judge(&browser, &format!("method-{}-form", text("id")));

        let need = "bucket=acme-pictures&prefix=in%2F&purpose=input";
        console.go(&browser, &format!("P/integrations/-/new/{}/setup?{need}", text("id")));
        assert!(browser.text("h1").contains(text("title")), "{}", browser.text("main"));
        let setup = body(&console.api.get(&format!("P/setup?method={}&{need}", text("id"))).await);
        for step in setup["steps"].as_array().unwrap() {
            assert!(browser.sees(step["title"].as_str().unwrap()), "{}: {step}", text("id"));
        }
        judge(&browser, &format!("method-{}-setup", text("id")));
    }
}

fn has_its_fields(form: &str, method: &Value) {
    for field in method["fields"].as_array().unwrap() {
        let label = field["label"].as_str().unwrap();
        let hidden = !field["required"].as_bool().unwrap();
        assert!(hidden || form.contains(label), "{}: no '{label}' in {form}", method["id"]);
    }
}
