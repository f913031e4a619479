//! URLs for one page: signed together, so that one view of a page is one grant.

use broker::{ResponseHeaders, UrlsAsk};
use domain::Error;
use domain::grant::Revocability;
use domain::place::ObjectKey;
use domain::scope::Verb;
use jiff::Timestamp;

use super::place::Place;
use crate::App;

/// URLs of a page's own pictures and previews live so long, in seconds.
pub(super) const PAGE_LIFE: i64 = 15 * 60;

/// Signed URLs and what is known of them.
pub(super) struct Signed {
    /// In the order of the keys.
    pub(super) urls: Vec<(String, String)>,
    pub(super) grant: String,
    pub(super) expires_at: Timestamp,
    /// What whoever uses them must send.
    pub(super) headers: Vec<(String, String)>,
}

/// Signs these keys for reading by the page itself.
pub(super) async fn for_page(app: &App, place: &Place, keys: Vec<ObjectKey>) -> Result<Signed, Error> {
    sign(app, place, keys, Verb::Get, PAGE_LIFE, ResponseHeaders::default()).await
}

/// Signs these keys.
pub(super) async fn sign(
    app: &App,
    place: &Place,
    keys: Vec<ObjectKey>,
    verb: Verb,
    ttl_seconds: i64,
    response: ResponseHeaders,
) -> Result<Signed, Error> {
    let ask = UrlsAsk { keys, verb, ttl_seconds, content_type: None, response };
    let (caller, project) = (place.here.caller(), place.here.name());
    let mut batch = app.broker().sign_urls(caller, project, &place.view.name, ask, None).await?;
    let mut urls = Vec::with_capacity(batch.left());
    for key in batch.next_keys(batch.left()).await? {
        let mut url = String::new();
        batch.sign_into(&key, &mut url);
        urls.push((key.into(), url));
    }
    Ok(Signed { urls, grant: batch.grant.to_string(), expires_at: batch.expires_at, headers: batch.headers })
}

/// The key that a page was asked for.
pub(super) fn key(raw: &str) -> Result<ObjectKey, Error> {
    raw.parse().map_err(|why: domain::place::PlaceError| Error::invalid("/key", why.to_string()))
}

/// How something that was handed out can be taken back, as a sentence.
pub(super) fn revocable(revocability: Revocability) -> String {
    match revocability {
        Revocability::Immediate => "It can be taken back at once.".to_owned(),
        Revocability::Bounded { bound_seconds } => {
            let bound = domain::ttl::show(std::time::Duration::from_secs(bound_seconds));
            format!("It can be taken back; that works within {bound}.")
        }
        Revocability::AtExpiry => "It cannot be taken back before its end: the store would not know of it.".to_owned(),
    }
}
