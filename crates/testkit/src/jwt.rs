//! JSON Web Tokens signed with RS256 (RFC 7515, RFC 7518): made and verified with real RSA.
//!
//! The doubles verify what Tidegate signs and sign what Tidegate carries; tests use the same keys as an
//! issuer of their own.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use aws_lc_rs::{encoding::Pkcs8V1Der, rand::SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::random;

/// An RSA key of 2,048 bits with a name.
pub struct SigningKey {
    id: String,
    pair: KeyPair,
}

impl SigningKey {
    /// A new key.
    pub fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
        Self { id: random::hex(32) + &random::hex(8), pair }
    }

    /// The key of a file, PKCS #8 in PEM, under the name that it has there.
    pub fn from_private_pem(id: &str, pem: &str) -> Self {
        let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(lines).expect("the kit's keys are base64");
        Self { id: id.to_owned(), pair: KeyPair::from_pkcs8(&der).expect("the kit's keys are PKCS #8") }
    }

    /// Its name, the `kid` of its tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A compact token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.id});
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), encode_json(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The public half (RFC 7517).
    pub fn jwk(&self) -> Value {
        let (modulus, exponent) = numbers(self.pair.public_key().as_ref());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }

    /// A key set with this key alone.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk()]})
    }

    /// The private half, PKCS #8 in PEM.
    pub fn private_pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().expect("a key can be written");
        let text = STANDARD.encode(der.as_ref());
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem + "-----END PRIVATE KEY-----\n"
    }

    /// PKCS #1 v1.5 with SHA-256 of these bytes.
    pub(crate) fn signature(&self, bytes: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
            .expect("an RSA key signs whatever it is given");
        signature
    }

    /// Whether this key made the signature.
    pub(crate) fn made(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key());
        key.verify(bytes, signature).is_ok()
    }
}

/// Why a token is not what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Three parts of base64url with JSON were expected.
    Malformed,
    /// Signed in another way than RS256, or not at all.
    Algorithm,
    /// By a key that is not in the set.
    UnknownKey,
    /// The signature does not fit.
    Signature,
}

/// The claims without looking at the signature.
pub(crate) fn claims(token: &str) -> Result<Value, Fault> {
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Fault::Malformed);
    };
    decode_json(claims)
}

/// The claims, if a key of the set signed them.
pub(crate) fn verify(token: &str, keys: &Value) -> Result<Value, Fault> {
    let claims = claims(token)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Malformed)?;
    let header = decode_json(signed.split('.').next().unwrap_or_default())?;
    if header.get("alg") != Some(&json!("RS256")) {
        return Err(Fault::Algorithm);
    }
    let keys = keys.get("keys").and_then(Value::as_array).ok_or(Fault::UnknownKey)?;
    let key = keys.iter().find(|key| key.get("kid") == header.get("kid")).ok_or(Fault::UnknownKey)?;
    let part = |name: &str| {
        let text = key.get(name).and_then(Value::as_str).ok_or(Fault::UnknownKey)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::UnknownKey)
    };
    let public = RsaPublicKeyComponents { n: part("n")?, e: part("e")? };
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Fault::Malformed)?;
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).map_err(|_| Fault::Signature)?;
    Ok(claims)
}

/// A claim that is text.
pub(crate) fn text<'a>(claims: &'a Value, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A claim that is a moment.
pub(crate) fn seconds(claims: &Value, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}

/// Whether the token is for one of these; `aud` may be one name or a list.
pub(crate) fn is_for(claims: &Value, audiences: &[String]) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|name| audiences.iter().any(|known| known == name));
    match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(named),
        Some(one) => named(one),
        None => false,
    }
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017, A.1.1), without leading zeros.
fn numbers(der: &[u8]) -> (&[u8], &[u8]) {
    let (sequence, _) = value(der);
    let (modulus, rest) = value(sequence);
    let (exponent, _) = value(rest);
    let strip = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    (modulus.get(strip(modulus)..).unwrap_or_default(), exponent.get(strip(exponent)..).unwrap_or_default())
}

/// The value of the DER element that comes first, and what follows it.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let first = usize::from(der.get(1).copied().unwrap_or(0));
    let (length, start) = match first.checked_sub(0x80) {
        None => (first, 2),
        Some(bytes) => {
            let digits = der.get(2..2 + bytes).unwrap_or_default();
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), 2 + bytes)
        }
    };
    der.get(start..).and_then(|rest| rest.split_at_checked(length)).unwrap_or_default()
}

fn encode_json(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode_json(part: &str) -> Result<Value, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Fault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Fault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_only_from_its_key_and_as_it_was_signed() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let token = key.sign(&json!({"sub": "a"}));
        assert_eq!(verify(&token, &key.jwks()), Ok(json!({"sub": "a"})));
        assert_eq!(verify(&token, &other.jwks()), Err(Fault::UnknownKey));

        let mut forged = other.jwk();
        forged["kid"] = json!(key.id());
        assert_eq!(verify(&token, &json!({"keys": [forged]})), Err(Fault::Signature));

        let parts: Vec<_> = token.split('.').collect();
        let changed = format!("{}.{}.{}", parts[0], encode_json(&json!({"sub": "b"})), parts[2]);
        assert_eq!(verify(&changed, &key.jwks()), Err(Fault::Signature));
        let unsigned = format!("{}.{}.", encode_json(&json!({"alg": "none", "kid": key.id()})), parts[1]);
        assert_eq!(verify(&unsigned, &key.jwks()), Err(Fault::Algorithm));
        assert_eq!(verify("a.b", &key.jwks()), Err(Fault::Malformed));
    }

    #[test]
    fn a_key_is_written_and_read_again() {
        let key = SigningKey::generate();
        let again = SigningKey::from_private_pem(key.id(), &key.private_pem());
        assert_eq!(again.jwk(), key.jwk());
    }

    #[test]
    fn an_audience_may_be_one_or_several() {
        let known = ["x".to_owned(), "y".to_owned()];
        assert!(is_for(&json!({"aud": "y"}), &known) && is_for(&json!({"aud": ["z", "x"]}), &known));
        assert!(!is_for(&json!({"aud": ["z"]}), &known) && !is_for(&json!({}), &known));
    }
}
