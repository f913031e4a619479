//! URLs that may leave: signed one after the other, as they are asked for.

use domain::Result;
use domain::id::GrantId;
use domain::place::ObjectKey;
use domain::provider::UrlSigner;
use domain::scope::Verb;
use jiff::Timestamp;

/// A batch whose grant is kept.
pub struct UrlBatch {
    /// The grant.
    pub grant: GrantId,
    /// When all of the URLs end.
    pub expires_at: Timestamp,
    /// What they are good for.
    pub verb: Verb,
    /// The headers that whoever uses them must send.
    pub headers: Vec<(String, String)>,
    pub(super) keys: std::vec::IntoIter<ObjectKey>,
    pub(super) signer: Box<dyn UrlSigner>,
}

impl UrlBatch {
    /// How many are left.
    pub fn left(&self) -> usize {
        self.keys.len()
    }

    /// The next keys, `most` of them, made ready to be signed; none at the end.
    ///
    /// # Errors
    /// The refusal of a provider that signs itself.
    pub async fn next_keys(&mut self, most: usize) -> Result<Vec<ObjectKey>> {
        let keys: Vec<_> = self.keys.by_ref().take(most).collect();
        let texts: Vec<_> = keys.iter().map(ObjectKey::as_str).collect();
        self.signer.prepare(&texts).await?;
        Ok(keys)
    }

    /// Appends the URL of a key that [`Self::next_keys`] gave, which is ASCII without quotes.
    pub fn sign_into(&mut self, key: &ObjectKey, out: &mut String) {
        self.signer.sign_into(key.as_str(), out);
    }
}
