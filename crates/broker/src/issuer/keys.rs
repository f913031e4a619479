//! Keys that sign tokens: made, sealed, opened and re-sealed.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey};
use keyring::{RootKey, WrappedKey};
use store::Tx;
use store::issuer_keys::StoredIssuerKey;
use zeroize::Zeroizing;

/// Clouds verify RS256; Entra ID verifies nothing else (Microsoft identity platform, workload identity federation).
pub(super) const ALGORITHM: Algorithm = Algorithm::RS256;

/// Makes a key. Slow: not on a thread that serves others.
pub(super) fn make(root: &RootKey, number: u32, now: Timestamp, signs_from: Timestamp) -> Result<StoredIssuerKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::internal("no RSA key could be made"))?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Error::internal("the RSA key could not be written"))?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut public = Jwk::from_encoding_key(&encoding_key(der.as_ref())?, ALGORITHM).map_err(Error::internal)?;
    public.common.key_id = Some(id.clone());
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    let sealed = root.seal_system(&purpose(&id), der.as_ref())?;
    Ok(StoredIssuerKey {
        id,
        number,
        created_at: now,
        signs_from,
        published_until: None,
        public: serde_json::to_string(&public).map_err(Error::internal)?,
        root_key_id: sealed.root_key_id,
        sealed: sealed.bytes,
    })
}

/// The private half.
pub(super) fn open(root: &RootKey, key: &StoredIssuerKey) -> Result<EncodingKey> {
    let sealed = WrappedKey { root_key_id: key.root_key_id.clone(), bytes: key.sealed.clone() };
    encoding_key(root.open_system(&purpose(&key.id), &sealed)?.expose())
}

/// The key that signs at this moment, of all from the newest on.
pub(super) fn signing(keys: &[StoredIssuerKey], now: Timestamp) -> Option<&StoredIssuerKey> {
    let published = || keys.iter().filter(|key| key.published_until.is_none_or(|end| end > now));
    // A clock that runs behind that of the node which made the only key is no reason to withdraw it.
    published().find(|key| key.signs_from <= now).or_else(|| published().next_back())
}

/// Keeps a new key, unless another node has put another root key in place: then nobody else could open it.
pub(super) async fn keep(tx: &mut Tx, key: &StoredIssuerKey, old_until: Timestamp) -> Result<()> {
    let kept = store::installation::get(tx).await?;
    if kept.is_none_or(|kept| kept.root_key_id != key.root_key_id) {
        let message = "the root key was changed by another node, so what this one seals nobody could open";
        return Err(Error::new(ErrorKind::Conflict, message).with_hint("start this node again with the new root key"));
    }
    store::issuer_keys::insert(tx, key, old_until).await
}

/// Puts all private halves under another root key.
pub(crate) async fn rewrap(tx: &mut Tx, old: &RootKey, new: &RootKey) -> Result<()> {
    for key in store::issuer_keys::list(tx).await? {
        let sealed = WrappedKey { root_key_id: key.root_key_id.clone(), bytes: key.sealed.clone() };
        let sealed = old.rewrap_system(&purpose(&key.id), &sealed, new)?;
        if !store::issuer_keys::rewrap(tx, &key, &sealed.root_key_id, &sealed.bytes).await? {
            return Err(Error::new(ErrorKind::Conflict, "somebody else is changing the root key"));
        }
    }
    Ok(())
}

fn purpose(id: &str) -> String {
    format!("issuer-key:{id}")
}

/// The crate reads PKCS #8 from PEM only.
fn encoding_key(der: &[u8]) -> Result<EncodingKey> {
    let mut pem = Zeroizing::new(String::with_capacity(2048));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let text = Zeroizing::new(STANDARD.encode(der));
    for line in text.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).map_err(Error::internal)?);
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32, signs_from: i64, published_until: Option<i64>) -> StoredIssuerKey {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        StoredIssuerKey {
            id: number.to_string(),
            number,
            created_at: at(0),
            signs_from: at(signs_from),
            published_until: published_until.map(at),
            public: String::new(),
            root_key_id: String::new(),
            sealed: Vec::new(),
        }
    }

    #[test]
    fn the_next_key_signs_from_its_moment_on_and_one_that_is_withdrawn_never() {
        let keys = [key(2, 100, None), key(1, 0, Some(160))];
        let at = |second| signing(&keys, Timestamp::from_second(second).unwrap()).map(|key| key.number);
        assert_eq!([at(0), at(99), at(100), at(200)], [Some(1), Some(1), Some(2), Some(2)]);
        assert_eq!(signing(&[key(1, 0, Some(50))], Timestamp::from_second(50).unwrap()), None);
    }

    #[test]
    fn the_only_key_signs_on_a_node_whose_clock_runs_behind() {
        let now = Timestamp::from_second(98).unwrap();
        assert_eq!(signing(&[key(1, 100, None)], now).map(|key| key.number), Some(1));
        assert_eq!(signing(&[key(2, 100, None), key(1, 99, Some(160))], now).map(|key| key.number), Some(1));
    }
}
