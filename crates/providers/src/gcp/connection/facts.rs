//! What does not change while a connection lives.

use std::time::Duration;

use domain::grant::Revocability;
use domain::provider::{BaseIdentity, BoundBy, Facts, NarrowedBy, UrlsBy};

use super::{Identity, MAX_TOKEN};
use crate::gcp::endpoints::Endpoints;

/// The longest life of a URL that a key of one's own signs (Cloud Storage, "Signed URLs").
const MAX_URL: Duration = Duration::from_secs(604_800);

/// For how long a signature of a key that Google keeps is sure to hold: then the key may have been replaced
/// (Cloud Storage, "Create signatures").
const MAX_URL_BY_GOOGLE: Duration = Duration::from_hours(12);

/// Why the subject of a pool has no narrowed credentials.
const NOT_NARROWED: &str = "Google narrows tokens of service accounts only: set service_account, use signed URLs of an \
                            integration that has one, or a gateway key";

pub(super) fn facts(identity: &Identity, endpoints: &Endpoints) -> Facts {
    let pool = match identity {
        Identity::Key(_) => None,
        Identity::Pool(pool) => Some(pool),
    };
    let direct = pool.is_some_and(|pool| pool.service_account.is_none());
    Facts {
        endpoint: endpoints.storage.origin(),
        public_endpoint: endpoints.storage.origin(),
        region: None,
        path_style: true,
        base: if pool.is_some() { BaseIdentity::Own } else { BaseIdentity::Stored },
        assumes_role: pool.is_some(),
        bound_by: if pool.is_some() { BoundBy::Subject } else { BoundBy::Nothing },
        narrowed_by: match direct {
            true => NarrowedBy::Nothing { why: NOT_NARROWED.to_owned() },
            false => NarrowedBy::AccessBoundary,
        },
        max_session: Some(MAX_TOKEN),
        urls: UrlsBy::Key,
        max_url: if pool.is_some() { MAX_URL_BY_GOOGLE } else { MAX_URL },
        revocability: Revocability::AtExpiry,
        conditional_create: true,
        conditional_replace: true,
        put_headers: Vec::new(),
        kms: false,
        user_properties: Vec::new(),
    }
}
