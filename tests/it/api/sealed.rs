//! That the issuer's key lies sealed in the database, and nothing secret in any file of it.

use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use testkit::Canary;
use testkit::canary::assert_absent;
use testkit::tidegate::Tidegate;

use crate::support::Api;

/// Of RSA, in DER: every private key in PKCS #8 has it (RFC 8017, appendix C).
const RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Looks at the row of each key, and through the database and what was written ahead of it.
pub(super) async fn the_issuers_key_is_sealed(tidegate: &Tidegate, api: &Api) {
    let canary = Canary::new("a secret given to the server");
    let kept = json!({"name": "kept-apart", "method": "s3-compatible", "draft": true,
        "settings": {"preset": "generic", "endpoint": "https://store.example", "access_key_id": "AKIAKEPTAPART0000001"},
        "secrets": {"secret_access_key": canary.secret()}});
    let made = api.post("P/integrations", &kept).await;
    assert_eq!(made.status, 201, "{}", made.text());

    let files: Vec<_> = tidegate.data_files().into_iter().filter(|(path, _)| is_of_the_database(path)).collect();
    let hold = |bytes: &[u8]| files.iter().any(|(_, file)| file.windows(bytes.len()).any(|window| window == bytes));
    assert!(hold(b"AKIAKEPTAPART0000001"), "what is not secret is found here");
    for (path, bytes) in &files {
        assert_absent(&path.display().to_string(), bytes, std::slice::from_ref(&canary));
    }

    let file = tidegate.data_dir().join("tidegate.db");
    let mut store = SqliteConnection::connect(&format!("sqlite://{}?mode=ro", file.display())).await.unwrap();
    let rows = sqlx::query("SELECT public, sealed FROM issuer_keys").fetch_all(&mut store).await.unwrap();
    assert!(!rows.is_empty(), "there is a key");
    for row in rows {
        let (public, sealed): (String, Vec<u8>) = (row.get("public"), row.get("sealed"));
        let public: Value = serde_json::from_str(&public).unwrap();
        let modulus = public["n"].as_str().unwrap();
        assert!(hold(modulus.as_bytes()), "the public half is found here");
        let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
        assert!(!hold(&modulus), "every form of the private half has the modulus in it");
        assert!(sealed.len() > modulus.len() * 4, "both halves are in it: {} bytes", sealed.len());
        for start in 0..sealed.len() {
            assert!(RsaKeyPair::from_pkcs8(&sealed[start..]).is_err(), "from byte {start} on it is an open key");
            assert!(RsaKeyPair::from_der(&sealed[start..]).is_err(), "from byte {start} on it is an open key");
        }
    }
    assert!(!hold(&RSA) && !hold(b"PRIVATE KEY"), "no open key lies anywhere else");
}

fn is_of_the_database(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tidegate.db"))
}
