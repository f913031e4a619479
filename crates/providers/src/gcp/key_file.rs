//! The key file of a service account, as Google makes it.

use std::sync::Arc;

use serde::Deserialize;
use signing::goog4::RsaKey;

use super::account;
use super::endpoints::Endpoints;

/// The only universe that these methods know: Google's public cloud.
const UNIVERSE: &str = "googleapis.com";

/// A key and whose it is.
#[derive(Clone)]
pub(super) struct KeyFile {
    pub(super) email: String,
    /// Not secret: URLs do not show it, but the list of an account's keys does.
    pub(super) key_id: String,
    pub(super) project_id: String,
    pub(super) key: Arc<RsaKey>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: Option<String>,
    project_id: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<zeroize::Zeroizing<String>>,
    client_email: Option<String>,
    token_uri: Option<String>,
    universe_domain: Option<String>,
}

/// Reads a file, or says what is wrong with it without repeating any of it.
pub(super) fn read(bytes: &[u8], endpoints: &Endpoints) -> Result<KeyFile, String> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let raw: Raw = serde_json::from_slice(bytes).map_err(|_| {
        "this is not the JSON of a key file: give the whole file as Google made it, with the ending .json, not .p12"
            .to_owned()
    })?;
    check_kind(raw.kind.as_deref())?;
    if let Some(universe) = raw.universe_domain.as_deref().filter(|universe| *universe != UNIVERSE) {
        let shown: String = universe.chars().filter(char::is_ascii_graphic).take(60).collect();
        return Err(format!("the key is of the universe {shown}: only {UNIVERSE} is supported"));
    }
    let needed = |value: Option<String>, name: &str| {
        value.filter(|value| !value.is_empty()).ok_or_else(|| format!("the key file has no {name}"))
    };
    let email = needed(raw.client_email, "client_email")?;
    if account::wrong(&email).is_some() {
        return Err("the client_email of the key file is not the address of a service account".to_owned());
    }
    if raw.token_uri.as_deref().is_some_and(|uri| !endpoints.takes_token_uri(uri)) {
        return Err("the token_uri of the key file is not Google's: no token is asked of anybody else".to_owned());
    }
    let (key_id, project_id) = (needed(raw.private_key_id, "private_key_id")?, needed(raw.project_id, "project_id")?);
    // Both are shown and written down later, as they are.
    for (name, text) in [("private_key_id", &key_id), ("project_id", &project_id)] {
        if !is_id(text) {
            return Err(format!("the {name} of the key file is not one that Google makes"));
        }
    }
    let pem = raw.private_key.filter(|pem| !pem.is_empty()).ok_or("the key file has no private_key")?;
    let key = RsaKey::from_pem(&pem).map_err(|error| error.to_string())?;
    Ok(KeyFile { email, key_id, project_id, key: Arc::new(key) })
}

/// Ids of keys are hexadecimal; ids of projects have letters, digits and `-`, and before them a domain and `:` where
/// they are of one (Resource Manager, "Creating and managing projects").
fn is_id(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

fn check_kind(kind: Option<&str>) -> Result<(), String> {
    let what = match kind {
        Some("service_account") => return Ok(()),
        Some("authorized_user") => "a person's own credentials, which expire with his sign-in",
        Some("external_account") => "a configuration of workload identity: use the method gcp-workload-identity",
        Some("impersonated_service_account") => "a configuration of impersonation: use the method gcp-cross-project",
        Some(_) => "a file of another type",
        None => "a file without a type",
    };
    Err(format!("this is {what}; the file of a service account's key has the type service_account"))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::{Value, json};
    use testkit::jwt::SigningKey;

    use super::*;
    use crate::registry::GcpDeps;

    static PEM: LazyLock<String> = LazyLock::new(|| SigningKey::generate().private_pem());

    fn good() -> Value {
        json!({
            "type": "service_account", "project_id": "acme", "private_key_id": "0a1b",
            "private_key": *PEM,
            "client_email": "tidegate@acme.iam.gserviceaccount.com", "client_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com",
        })
    }

    fn with(name: &str, value: Value) -> Result<KeyFile, String> {
        let mut file = good();
        file[name] = value;
        read(file.to_string().as_bytes(), &Endpoints::of(&GcpDeps::default()).unwrap())
    }

    #[test]
    fn a_whole_file_is_read() {
        let key = with("auth_uri", json!("https://accounts.google.com/o/oauth2/auth")).unwrap();
        assert_eq!((key.project_id.as_str(), key.key_id.as_str()), ("acme", "0a1b"));
        assert!(with("universe_domain", Value::Null).is_ok(), "older files have none");
        assert!(with("project_id", json!("example.com:acme-1")).is_ok(), "a project of a domain");
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        for (name, value, word) in [
            ("type", json!("authorized_user"), "a person's own"),
            ("type", json!("external_account"), "gcp-workload-identity"),
            ("type", json!("gdch_service_account"), "another type"),
            ("type", Value::Null, "without a type"),
            ("universe_domain", json!("s3nsapis.fr"), "s3nsapis.fr"),
            ("client_email", json!("ann@example.com"), "client_email"),
            ("client_email", Value::Null, "no client_email"),
            ("token_uri", json!("https://evil.example/token"), "token_uri"),
            ("private_key_id", json!(""), "no private_key_id"),
            ("private_key_id", json!("0a1b\n2026 forged"), "private_key_id of the key file"),
            ("private_key_id", json!("a".repeat(129)), "private_key_id of the key file"),
            ("project_id", Value::Null, "no project_id"),
            ("project_id", json!("\u{1b}]0;x"), "project_id of the key file"),
            ("private_key", Value::Null, "no private_key"),
            ("private_key", json!("-----BEGIN RSA PRIVATE KEY-----\nAAAA"), "not PEM"),
            ("private_key", json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "RSA key"),
        ] {
            let wrong = with(name, value).err().unwrap_or_else(|| panic!("{name}"));
            assert!(wrong.contains(word), "{name}: {wrong}");
            assert!(!wrong.contains("evil.example"), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_the_json_of_a_file_is_refused_and_not_repeated() {
        let endpoints = Endpoints::of(&GcpDeps::default()).unwrap();
        for bad in ["", "hunter2", "[]", "{\"type\":1}", "\u{0}", "{\"type\":\"service_account\""] {
            let wrong = read(bad.as_bytes(), &endpoints).err().unwrap();
            assert!(wrong.contains("not the JSON") && !wrong.contains("hunter2"), "{wrong}");
        }
    }
}
