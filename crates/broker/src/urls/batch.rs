//! URLs that may leave: signed one after the other, as they are asked for.

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

    /// The next key, to be signed.
    pub fn next_key(&mut self) -> Option<ObjectKey> {
        self.keys.next()
    }

    /// Appends the URL of a key of the batch, which is ASCII without quotes.
    pub fn sign_into(&mut self, key: &ObjectKey, out: &mut String) {
        self.signer.sign_into(key.as_str(), out);
    }
}
