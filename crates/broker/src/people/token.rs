//! Tokens: 256 random bits, shown once, kept as a hash.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::secret::SecretBytes;
use domain::{Error, Result};

/// Secret scanners find tokens by it.
const PREFIX: &str = "tgt_";

/// A new token and what is kept of it.
pub(crate) fn generate() -> Result<(SecretBytes, [u8; 32])> {
    let mut random = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::internal("no randomness"))?;
    let token = SecretBytes::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)));
    let kept = hash(&token);
    Ok((token, kept))
}

/// What is kept of a token. It has 256 random bits, so a plain hash is enough.
pub(crate) fn hash(token: &SecretBytes) -> [u8; 32] {
    let mut kept = [0; 32];
    kept.copy_from_slice(digest(&SHA256, token.expose()).as_ref());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hash_the_same_each_time() {
        let ((one, kept), (two, _)) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(hash(&one), kept);
        assert!(one.expose().starts_with(b"tgt_"));
    }
}
