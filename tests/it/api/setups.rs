//! The last step of every set-up is a command of the program itself: each is run as it is printed.
//!
//! No cloud is there to be asked: where the trust of a role has to be shown even without a proof, that is as far
//! as a command gets, and shows that all of it was understood.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::GcpFront;
use testkit::component::ACCOUNT;
use testkit::tidegate::{Setup, Tidegate};

use crate::support::{Api, EGRESS, PROGRAM, PROJECT, admin, body, problem_of};

const POOL: &str =
    "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/operators/providers/tidegate";
const SAS: &str =
    "sv=2025-11-05&sr=c&sp=rl&spr=https&se=2099-01-01T00%3A00%3A00Z&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";

/// What a person puts in the place of the words in capitals.
const BLANKS: &[(&str, &str)] = &[
    ("ROLE_ARN", "arn:aws:iam::123456789012:role/tidegate"),
    ("ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("PROJECT_NUMBER", "123456789012"),
    ("PROJECT_ID", "acme-data-1"),
    ("TENANT_ID", "11111111-2222-3333-4444-555555555555"),
    ("CLIENT_ID", "aaaaaaaa-1111-2222-3333-444444444444"),
    ("ACCOUNT", "acmepictures"),
    ("ENDPOINT", "http://127.0.0.1:1"),
];

/// Methods whose trust must be shown to hold before anything is kept, proof or not.
const BOUND: &[&str] =
    &["aws-cross-account", "aws-web-identity", "gcp-cross-project", "gcp-workload-identity", "azure-federated"];

/// A Tidegate of an operator who has configured what every method needs.
fn tidegate() -> Tidegate {
    let mut tidegate = Setup::new(PROGRAM).config(&format!("{EGRESS}\nproxy = \"http://127.0.0.1:1\"")).prepare();
    let secret = tidegate.dir().join("own.secret");
    std::fs::write(&secret, "own-secret\n").unwrap();
    let front = GcpFront::start();
    let key = front.service_account_json("lake").replace(&front.token_uri(), "https://oauth2.googleapis.com/token");
    std::fs::write(tidegate.dir().join("tidegate-key.json"), key).unwrap();
    tidegate.add_config(&format!(
        "[issuer]\nurl = \"https://tidegate.example.com\"\n[gcp]\nidentity_audience = \"{POOL}\"\n\
         [local_directory]\nallow = [\"/srv/data\"]\n[aws]\nallow_ambient = [\"{PROJECT}\"]\n[aws.identity.aws]\n\
         source = \"keys\"\naccess_key_id = \"AKIAOWN\"\nsecret_access_key_file = {}\n\
         principal_arn = \"arn:aws:iam::999999999999:role/tidegate\"",
        json!(secret)
    ));
    tidegate.start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    tidegate
}

fn secret_of(field: &str) -> &'static str {
    match field {
        "secret_access_key" => "wJalrXUtnFEMI",
        "client_secret" => "abc~def.ghi",
        "account_key" => ACCOUNT.key,
        "sas_token" => SAS,
        other => panic!("what is a {other}?"),
    }
}

/// The commands of Tidegate that a set-up prints, wherever it prints them.
fn printed(setup: &Value) -> Vec<String> {
    let steps = setup["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap());
    let commands = setup["commands"].as_array().unwrap().iter().map(|command| command.as_str().unwrap());
    let lines = steps.chain(commands).flat_map(str::lines);
    lines.filter(|line| line.contains("tidegate integration ")).map(str::to_owned).collect()
}

/// Runs a printed command with the blanks filled in; only the proof is left out. Tells whether it was done, and
/// not only begun.
fn run(tidegate: &Tidegate, printed: &str, name: &str) -> bool {
    let filled = BLANKS.iter().fold(printed.replace("NAME", name), |line, (blank, value)| line.replace(blank, value));
    assert!(!filled.contains(['\'', '"']), "nothing here needs quotes: {filled}");
    let words = filled.split(' ').skip(1).chain(["--output", "json", "--proof", "off", "--reason", "test"]);
    let asked = filled.split_once("--secret-stdin ").map(|(_, field)| secret_of(field));
    let output = tidegate.cli_with_input(words, asked.unwrap_or_default().as_bytes());
    if output.code == 0 {
        assert_eq!(output.json()["integration"]["state"], "unproven", "{filled}");
        return true;
    }
    assert_eq!(problem_of(&output)["code"], "provider_unavailable", "{filled}: {}", output.stderr);
    false
}

fn only(method: &str, setup: &Value) -> String {
    let mut commands = printed(setup);
    assert_eq!(commands.len(), 1, "{method}: {commands:?}");
    let command = commands.remove(0);
    assert!(command.starts_with("tidegate integration "), "it stands on a line of its own: {command}");
    assert_eq!(setup["steps"].as_array().unwrap().last().unwrap()["title"], "Tell Tidegate", "{method}");
    command
}

#[tokio::test]
async fn the_last_step_of_every_method_makes_the_integration_when_it_is_run() {
    let tidegate = tidegate();
    let api = Api::admin(&tidegate);
    let methods = body(&api.get("methods").await);
    let methods = methods["items"].as_array().unwrap();
    assert!(methods.len() >= 15, "{}", methods.len());
    for method in methods {
        let id = method["id"].as_str().unwrap();
        let setup =
            admin(&tidegate, &format!("integration setup --method {id} --bucket data --prefix in --purpose input"));
        let command = only(id, &setup.ok().json());
        assert!(command.starts_with(&format!("tidegate integration create {id} NAME ")), "{command}");
        let done = run(&tidegate, &command, &format!("by-{id}"));
        assert!(done || BOUND.contains(&id), "{id} asks no cloud");
        if done {
            assert_eq!(body(&api.get(&format!("P/integrations/by-{id}")).await)["method"], id);
        }
    }
}

#[tokio::test]
async fn the_last_step_of_what_was_begun_finishes_it_when_it_is_run() {
    let tidegate = tidegate();
    let api = Api::admin(&tidegate);
    let methods = body(&api.get("methods").await);
    let begun = methods["items"].as_array().unwrap().iter().filter(|method| method["capabilities"]["two_step"] == true);
    let mut seen = 0;
    for method in begun {
        let id = method["id"].as_str().unwrap();
        let fields = method["fields"].as_array().unwrap().iter();
        let now: Vec<_> = fields.filter(|field| field["required"] == true && field["later"] == false).collect();
        let of = |secret: bool| now.iter().filter(move |field| field["secret"] == secret).map(|field| &field["name"]);
        let settings: BTreeMap<_, _> = of(false)
            .map(|name| name.as_str().unwrap())
            .map(|name| (name, BLANKS.iter().find(|(blank, _)| blank.to_ascii_lowercase() == name).unwrap().1))
            .collect();
        let secrets: BTreeMap<_, _> =
            of(true).map(|name| name.as_str().unwrap()).map(|name| (name, secret_of(name))).collect();
        let name = format!("begun-{id}");
        let ask = json!({"name": name, "method": id, "settings": settings, "secrets": secrets});
        let made = body(&api.post("P/integrations", &ask).await);
        assert_eq!(made["integration"]["state"], "pending", "{made}");
        let setup = body(&api.get(&format!("P/integrations/{name}/setup?bucket=data&prefix=in&purpose=input")).await);
        let command = only(id, &setup);
        assert!(command.starts_with(&format!("tidegate integration edit {name} ")), "{command}");
        seen += 1;
        if !run(&tidegate, &command, "unused") {
            assert!(BOUND.contains(&id), "{id} asks no cloud");
            continue;
        }
        let setup = body(&api.get(&format!("P/integrations/{name}/setup?bucket=data&prefix=in&purpose=input")).await);
        let proves = only(id, &setup);
        assert_eq!(proves, format!("tidegate integration prove {name} --project {PROJECT}"), "nothing is asked twice");
    }
    assert!(seen >= 7, "{seen}");
}
