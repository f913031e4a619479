//! Google Cloud and Azure in the console: files of keys, several settings that come later, and credentials as the
//! clouds' own tools take them. Doubles decide who may do what; Azurite verifies signatures.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use testkit::azure::{FederatedCredential, Scope};
use testkit::browser::{Browser, Options, judge};
use testkit::component::{self, ACCOUNT, azurite};
use testkit::oidc::IssuerKeys;
use testkit::{AzuriteFront, EntraFront, GcpFront};

use super::support::{Console, path_of};
use crate::support::{EGRESS, PROJECT, admin, body, problem_of};

const KEY_FILE: &str = "Key file";
const CHOOSE: &str = "Or choose the file for Key file";
const NAME_OF_FILE: &str = "Name of the key file optional";

fn console(config: &str) -> Console {
    let console = Console::configured(config);
    admin(&console.tidegate, &format!("project create {PROJECT}")).ok();
    console
}

fn google(front: &GcpFront) -> Console {
    let url = front.url();
    let endpoints = ["storage", "oauth", "sts", "iam"].map(|name| format!("{name}_endpoint = \"{url}\"\n")).concat();
    console(&format!("[gcp]\n{endpoints}"))
}

/// What a page shows of a block of settings.
fn copied(browser: &Browser, id: &str) -> String {
    browser.property(id, "textContent").as_str().unwrap().to_owned()
}

/// Runs it with nothing of this process's surroundings, and gives all that it said.
fn said(console: &Console, program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", console.tidegate.dir());
    let done = command.args(arguments).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
}

#[tokio::test]
async fn a_key_file_is_chosen_and_replaced_and_its_credential_used_where_a_double_of_google_decides() {
    let front = GcpFront::start();
    let console = google(&front);
    let bucket = front.create_bucket().await;
    bucket.put("in/a b.txt", "from the customer").await;
    let email = front.service_account("lake");
    front.grant(bucket.name(), &format!("serviceAccount:{email}"), "roles/storage.objectUser");
    let file = |name: &str, text: &str| {
        let path = console.tidegate.dir().join(name);
        fs::write(&path, text).unwrap();
        path
    };

    let browser = console.open();
    console.go(&browser, "P/integrations/-/new");
    let clouds = browser.texts("section > h2");
    assert!(clouds.contains(&"Google Cloud".to_owned()) && clouds.contains(&"Azure".to_owned()), "{clouds:?}");
    assert!(browser.sees("URLs are served by Tidegate") && browser.sees("No short-lived credentials"));
    assert!(browser.sees("Not yet: the operator has given this Tidegate no address"), "nothing issues tokens here");
    browser.follow_link("Google Cloud");
    browser.follow_link("Choose Google Cloud service account key");
    judge(&browser, "integrations-new-file");
    browser.fill_label("Name", "lake");
    browser.upload_label(CHOOSE, &file("large.json", &"x".repeat(70_000)));
    browser.wait_for_text("This file has 70000 bytes; at most 65536 are taken.");
    assert_eq!(browser.attribute("textarea", "aria-invalid").as_deref(), Some("true"));
    judge(&browser, "integrations-new-file-too-large");
    browser.upload_label(CHOOSE, &file("notes.txt", "no key at all"));
    browser.wait_until("[id='e-secrets.service_account_key']", |text| text.contains("JSON"));
    judge(&browser, "integrations-new-file-wrong");
    browser.press_button("More settings");
    assert_eq!(browser.value(NAME_OF_FILE), "notes.txt");
    browser.fill_label(NAME_OF_FILE, "");
    let key = front.service_account_json("lake");
    browser.upload_label(CHOOSE, &file("acme-1.json", &key));
    browser.wait_until("[id='e-secrets.service_account_key']", str::is_empty);
    assert_eq!(browser.value(NAME_OF_FILE), "acme-1.json");
    browser.press_button("Continue");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    browser.console_errors();
    judge(&browser, "integrations-setup-google");
    browser.follow_link("Continue to proving");
    browser.press_button("Prove");
    browser.wait_for("#run .notice strong");
    assert!(browser.text("#run").contains("Everything that was asked holds"), "{}", browser.text("#run"));
    console.go(&browser, "P/integrations/lake");
    assert!(browser.sees("acme-1.json") && !browser.sees("PRIVATE KEY"));

    another_file_takes_its_place(&console, &browser, &file("acme-2.json", &front.service_account_json("lake")));
    let made = json!({"name": "in", "integration": "lake", "bucket": bucket.name(), "prefix": "in",
        "purpose": "input-output"});
    console.made("P/datasources", &made).await;
    console.go(&browser, "P/datasources/in/objects");
    assert!(browser.sees("a b.txt"), "{}", browser.text("main"));
    use_the_token(&console, &browser, &front.url(), bucket.name());
    the_command_line_agrees(&console);
    only_writing(&console, &browser, bucket.name());
    for name in ["in/FILE", "in/FILE2"] {
        assert_eq!(bucket.get(name).await.text(), "written", "{name}");
    }
}

/// On the page for rotating and on the one for editing; what stands there is never a secret.
fn another_file_takes_its_place(console: &Console, browser: &Browser, file: &Path) {
    console.go(browser, "P/integrations/lake/rotate");
    browser.fill_label(KEY_FILE, "{\"type\": \"authorized_user\"}");
    browser.press_button("Prove and rotate");
    browser.wait_for(".field-wrong textarea");
    assert_eq!(browser.value(KEY_FILE), "", "a secret is not shown again");
    judge(browser, "integration-rotate-file-refused");
    browser.upload_label(CHOOSE, file);
    browser.wait_until("textarea", |_| browser.value(NAME_OF_FILE) == "acme-2.json");
    judge(browser, "integration-rotate-file");
    browser.press_button("Prove and rotate");
    browser.wait_for_text("The new secrets are kept.");
    assert!(browser.sees("acme-2.json") && !browser.sees("acme-1.json"));
    assert!(!browser.eval("return document.documentElement.outerHTML").to_string().contains("PRIVATE KEY"));

    console.go(browser, "P/integrations/lake/edit");
    assert_eq!(
        (browser.value(NAME_OF_FILE).as_str(), browser.value("Key file optional").as_str()),
        ("acme-2.json", "")
    );
    let again = file.with_file_name("acme-3.json");
    fs::copy(file, &again).unwrap();
    browser.upload_label("Or choose the file for Key file", &again);
    browser.wait_until("form", |_| browser.value(NAME_OF_FILE) == "acme-3.json");
    judge(browser, "integration-edit-file");
    browser.press_button("Prove and save");
    browser.wait_for_text("The new settings are proven and in use.");
    assert!(browser.sees("acme-3.json"));
    browser.console_errors();
}

/// What stands on the page works as it was copied, in the clients that the clouds give away.
fn use_the_token(console: &Console, browser: &Browser, store: &str, bucket: &str) {
    console.go(browser, "P/datasources/in/credential");
    assert!(copied(browser, "#process").contains("--format env"), "{}", copied(browser, "#process"));
    judge(browser, "credential-form-google");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    judge(browser, "credential-issued-google");

    let listed = said(console, &component::python(), &["-c", &copied(browser, "#code-python")], &[]);
    assert!(listed.contains("17 in/a b.txt"), "{listed}");
    let config = console.tidegate.dir().join("rclone-google.conf");
    fs::write(&config, copied(browser, "#code-rclone")).unwrap();
    let rclone = |path: &str| {
        let place = format!("tidegate-in:{bucket}/{path}");
        said(
            console,
            &component::rclone(),
            &["--config", config.to_str().unwrap(), "--retries", "1", "lsf", &place],
            &[],
        )
    };
    assert_eq!(rclone("in/"), "a b.txt\n");
    assert!(rclone("other/").contains("403"), "{}", rclone("other/"));
    let listed = said(console, "sh".as_ref(), &["-c", &copied(browser, "#code-curl")], &[]);
    assert!(listed.contains("in/a b.txt") && copied(browser, "#code-curl").contains(store), "{listed}");
    let issued = said(
        console,
        "sh".as_ref(),
        &["-c", &format!("{}printf %s \"$CLOUDSDK_AUTH_ACCESS_TOKEN\"", copied(browser, "#code-env"))],
        &[],
    );
    assert!(issued.len() > 10 && copied(browser, "#code-duckdb").contains(&issued), "{issued}");
}

/// The command line says the same to the same tools, and refuses what they do not take.
fn the_command_line_agrees(console: &Console) {
    let env = admin(&console.tidegate, "credential issue in --format env").ok();
    assert!(env.stdout.starts_with("CLOUDSDK_AUTH_ACCESS_TOKEN="), "{}", env.stdout.len());
    let refused = admin(&console.tidegate, "credential issue in --format aws-process");
    assert_eq!((refused.code, &problem_of(&refused)["code"]), (1, &json!("unsupported")));
    assert!(refused.stdout.is_empty() && refused.stderr.contains("Google Cloud"), "{}", refused.stderr);
}

fn only_writing(console: &Console, browser: &Browser, bucket: &str) {
    console.go(browser, "P/datasources/in/credential");
    browser.click("[name=access][value=write]");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    assert_eq!(browser.texts("nav[aria-label=Tools] a"), ["Shell", "Python", "rclone", "curl", "Without a secret"]);
    fs::write(console.tidegate.dir().join("FILE"), "written").unwrap();
    let script = format!("cd {} && {}", console.tidegate.dir().display(), copied(browser, "#code-curl"));
    let put = said(console, "sh".as_ref(), &["-c", &script], &[]);
    assert!(!put.contains("error"), "{bucket}: {put}");
    let config = console.tidegate.dir().join("rclone-writes.conf");
    fs::write(&config, copied(browser, "#code-rclone")).unwrap();
    let line = copied(browser, "#tool-rclone ~ p .copy-line code");
    let line = line.replace("rclone ", &format!("{} --config {} ", component::rclone().display(), config.display()));
    let script =
        format!("cd {} && cp FILE FILE2 && {}", console.tidegate.dir().display(), line.replace("FILE ", "FILE2 "));
    let put = said(console, "sh".as_ref(), &["-c", &script], &[]);
    assert!(put.is_empty(), "{put}");
    browser.console_errors();
}

#[tokio::test]
async fn without_scripts_a_key_file_is_pasted_where_a_double_of_google_decides() {
    let front = GcpFront::start();
    let console = google(&front);
    let browser = console.open_with(Options::default().without_scripts());
    console.go(&browser, "P/integrations/-/new/gcp-service-account-key");
    assert_eq!(browser.count("input[type=file]"), 1);
    assert!(!browser.has_field(CHOOSE), "what needs a script is not shown without one");
    browser.fill_label("Name", "lake");
    browser.fill_label(KEY_FILE, &front.service_account_json("lake"));
    browser.press_button("Continue");
    browser.wait_for_path(&path_of("P/integrations/lake/setup"));
    let kept = body(&console.api.get("P/integrations/lake").await);
    assert_eq!(kept["secrets"][0]["field"], "service_account_key", "{kept}");
    assert!(!browser.sees("PRIVATE KEY"));
    judge(&browser, "integrations-setup-google-without-scripts");
}

/// A customer's account on Azure.
struct Azure {
    entra: EntraFront,
    front: AzuriteFront,
    console: Console,
}

impl Azure {
    fn new() -> Self {
        let entra = EntraFront::start();
        let front = AzuriteFront::start(&entra);
        let ca = json!(azurite().ca);
        let allow = EGRESS.replace("127.0.0.0/8\"", "127.0.0.0/8\", \"::1/128\"");
        assert!(allow.contains("::1"));
        let config = format!(
            "ca_file = {ca}\n[issuer]\nurl = \"https://tidegate.example.com\"\n[azure]\nauthority = \"{}\"\nblob_endpoint = \
             \"{}/{{account}}\"",
            entra.url(),
            front.url()
        );
        let console = Console::with_egress(&allow, &config);
        admin(&console.tidegate, &format!("project create {PROJECT}")).ok();
        Self { entra, front, console }
    }

    /// Connects with what one has, proven.
    async fn made(&self, name: &str, method: &str, secrets: &Value) {
        let new = json!({"name": name, "method": method, "settings": {"account": ACCOUNT.name}, "secrets": secrets});
        self.console.made("P/integrations", &new).await;
    }
}

#[tokio::test]
async fn an_application_is_trusted_by_a_double_and_named_with_two_settings_when_it_is_ready() {
    let azure = Azure::new();
    let (console, app) = (&azure.console, azure.entra.register());
    let account = Scope::Account(ACCOUNT.name.to_owned());
    azure.front.assign(&app.object_id, "Storage Blob Delegator", account.clone());
    azure.front.assign(&app.object_id, "Storage Blob Data Reader", account);
    let browser = console.open();
    console.go(&browser, "P/integrations/-/new");
    assert!(!browser.sees("Not yet: the operator"), "tokens are issued here");
    console.go(&browser, "P/integrations/-/new/azure-federated");
    browser.fill_label("Name", "lake");
    browser.fill_label("Storage account", ACCOUNT.name);
    judge(&browser, "integrations-new-federated");
    browser.press_button("Continue");
    browser.wait_for_button("Keep and go on");
    browser.console_errors();
    let fact = |label: &str| {
        let script = "return [...document.querySelectorAll('dl.kv dt')].find(dt => dt.textContent === arguments[0]) \
                      .nextElementSibling.querySelector('code').textContent";
        browser.eval_with(script, &[json!(label)]).as_str().unwrap().to_owned()
    };
    let credential = FederatedCredential {
        issuer: fact("Issuer"),
        subject: fact("Subject"),
        audience: fact("Audience"),
        keys: IssuerKeys::Given(body(&console.api.get("issuer").await)["jwks"].clone()),
    };
    assert!(credential.subject.ends_with(":integration:lake"), "{}", credential.subject);
    browser.press_button(&format!("Copy {}", credential.subject));
    assert_eq!(browser.clipboard(), credential.subject);
    judge(&browser, "integrations-setup-federated");
    azure.entra.federate(&app.client_id, credential);

    browser.fill_label("Tenant id", &azure.entra.tenant());
    browser.fill_label("Client id", "no-guid");
    browser.press_button("Keep and go on");
    browser.wait_for(".field-wrong");
    assert_eq!(browser.value("Tenant id"), azure.entra.tenant(), "what was right stays");
    judge(&browser, "integrations-setup-federated-refused");
    browser.fill_label("Client id", &app.client_id);
    browser.press_button("Keep and go on");
    browser.wait_for_text("What the cloud side gave is kept.");
    browser.press_button("Prove");
    browser.wait_for("#run .notice strong");
    assert!(browser.text("#run").contains("Everything that was asked holds"), "{}", browser.text("#run"));
    browser.console_errors();
    judge(&browser, "proof-run-federated");
}

#[tokio::test]
async fn a_signature_of_azure_is_used_and_one_that_was_pasted_hands_out_nothing() {
    let azure = Azure::new();
    let console = &azure.console;
    let container = azure.front.create_container().await;
    container.put("in/a b.txt", "from the customer").await.ok();
    azure.made("key", "azure-account-key", &json!({"account_key": ACCOUNT.key})).await;
    let place = |name: &str, integration: &str, purpose: &str| json!({"name": name, "integration": integration, "bucket": container.name(), "prefix": "", "purpose": purpose});
    console.made("P/datasources", &place("all", "key", "input")).await;
    let browser = console.open();
    console.go(&browser, "P/datasources/all/credential");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    judge(&browser, "credential-issued-azure");
    let ca = azurite().ca.display().to_string();
    let trusted = [("REQUESTS_CA_BUNDLE", ca.as_str())];
    // The emulator understands no newer version than this.
    let script = copied(&browser, "#code-python").replace("\n)\n", "\n    api_version=\"2025-11-05\",\n)\n");
    let listed = said(console, &component::python(), &["-c", &script], &trusted);
    assert!(listed.contains("17 in/a b.txt"), "{listed}");
    // rclone does not understand an account in the path, which is where the emulator has it.
    let tools = ["Shell", "az", "Python", "AzCopy", "DuckDB", "Without a secret"];
    assert_eq!(browser.texts("nav[aria-label=Tools] a"), tools);
    let env = copied(&browser, "#code-env");
    let sas = said(console, "sh".as_ref(), &["-c", &format!("{env}printf %s \"$AZURE_STORAGE_SAS_TOKEN\"")], &[]);
    assert!(sas.contains("sig=") && env.contains("AZURE_STORAGE_SERVICE_ENDPOINT"), "{env}");

    console.made("P/datasources", &place("out", "key", "output")).await;
    console.go(&browser, "P/datasources/out/credential");
    browser.click("[name=access][value=write]");
    browser.press_button("Issue credential");
    browser.wait_for_heading("The credential");
    let script = copied(&browser, "#code-python").replace("\n)\n", "\n    api_version=\"2025-11-05\",\n)\n");
    fs::write(console.tidegate.dir().join("FILE"), "written").unwrap();
    fs::write(console.tidegate.dir().join("write.py"), script).unwrap();
    let line = format!("cd {} && {} write.py", console.tidegate.dir().display(), component::python().display());
    let put = said(console, "sh".as_ref(), &["-c", &line], &trusted);
    assert_eq!((put.as_str(), container.get("FILE").await.text().as_ref()), ("", "written"));

    azure.made("pasted", "azure-sas", &json!({"sas_token": sas})).await;
    console.made("P/datasources", &place("seen", "pasted", "input")).await;
    console.go(&browser, "P/integrations/pasted");
    assert!(browser.sees("nothing can be handed out through it"));
    judge(&browser, "integration-hands-out-nothing");
    console.go(&browser, "P/datasources/seen");
    assert!(browser.has_link("Browse objects") && !browser.has_link("Issue credential"), "{}", browser.text("main"));
    console.go(&browser, "P/datasources/seen/objects?prefix=in%2F");
    assert!(browser.sees("a b.txt"), "what cannot be signed is still listed: {}", browser.text("main"));
    assert!(!browser.has_link("Issue credential"), "what it cannot do is not offered");
    judge(&browser, "objects-unsigned");
    browser.follow_link("a b.txt");
    browser.wait_for_text("This connection signs no URLs");
    assert!(!browser.has_button("Download") && !browser.has_link("Make signed URL"));
    judge(&browser, "object-unsigned");
    console.go(&browser, "P/datasources/seen/credential");
    browser.wait_for_text("This connection gives no short-lived credentials.");
    assert!(!browser.has_button("Issue credential"));
    judge(&browser, "credential-none");
}
