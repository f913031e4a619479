//! Service accounts with real keys: those that a person downloads, and the one that Google keeps.

use serde_json::{Value, json};

use crate::jwt::SigningKey;

/// The project that all accounts and buckets belong to.
pub(super) const PROJECT: &str = "tidegate-test";

/// A service account.
#[derive(Default)]
pub(super) struct Account {
    pub(super) disabled: bool,
    /// Made at the first `signBlob`.
    managed: Option<SigningKey>,
    downloaded: Vec<SigningKey>,
}

impl Account {
    /// Makes a key and gives the file that a person would download.
    pub(super) fn key_file(&mut self, email: &str, origin: &str) -> Value {
        let key = SigningKey::generate();
        let file = json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": key.id(),
            "private_key": key.private_pem(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "auth_uri": format!("{origin}/o/oauth2/auth"),
            "token_uri": format!("{origin}/token"),
            "auth_provider_x509_cert_url": format!("{origin}/oauth2/v1/certs"),
            "client_x509_cert_url": format!("{origin}/robot/v1/metadata/x509/{email}"),
            "universe_domain": "googleapis.com",
        });
        self.downloaded.push(key);
        file
    }

    /// Deletes a downloaded key.
    pub(super) fn revoke(&mut self, key_id: &str) {
        self.downloaded.retain(|key| key.id() != key_id);
    }

    /// Signs with the key that Google keeps; gives its id too.
    pub(super) fn sign_blob(&mut self, payload: &[u8]) -> (String, Vec<u8>) {
        let key = self.managed.get_or_insert_with(SigningKey::generate);
        (key.id().to_owned(), key.signature(payload))
    }

    /// Whether a key that the account has made this signature.
    pub(super) fn made(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.managed.iter().chain(&self.downloaded).any(|key| key.made(bytes, signature))
    }

    /// The public halves of the downloaded keys.
    pub(super) fn keys(&self) -> Value {
        json!({"keys": self.downloaded.iter().map(SigningKey::jwk).collect::<Vec<_>>()})
    }
}
