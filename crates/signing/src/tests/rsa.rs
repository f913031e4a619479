//! One RSA key for all tests, made when the first of them needs it: none is kept in files.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::goog4::RsaKey;

static PEM: LazyLock<String> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let body = STANDARD.encode(key.as_der().unwrap().as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
});

/// As the file of a service account has it.
pub(crate) fn pem() -> String {
    PEM.clone()
}

pub(crate) fn key() -> RsaKey {
    RsaKey::from_pem(&PEM).unwrap()
}

/// Whether the key made this signature.
pub(crate) fn verify(key: &RsaKey, message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair().public_key()).verify(message, signature).is_ok()
}
