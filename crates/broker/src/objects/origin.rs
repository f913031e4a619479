//! Where browsers find the objects of a datasource.

use std::time::Duration;

use authz::Action;
use domain::audit::Target;
use domain::name::Name;
use domain::principal::Caller;
use domain::provider::{Capabilities, SignAsk, UrlsBy};
use domain::scope::Verb;
use domain::{Error, Result};

use crate::Broker;
use crate::decide::Entered;
use crate::served;
use crate::sessions::{Need, Place};

/// How browsers reach the objects of a datasource.
#[derive(Debug, Clone, Default)]
pub struct ObjectReach {
    /// Scheme, host and port of every URL that is signed for it: what a page that loads its objects must be
    /// allowed to ask.
    pub origin: String,
    /// What the connection can do at all, so that nothing else is offered.
    pub can: Capabilities,
    /// The headers that every PUT of this store needs.
    pub put_headers: Vec<(String, String)>,
}

/// Of the URL that is signed only to see where it leads; it is never handed out.
const LIFE: Duration = Duration::from_secs(1);

impl Broker {
    /// How browsers reach the objects of a datasource, and what its connection can do with them at all.
    ///
    /// # Errors
    /// `conflict` where the datasource is not usable; the provider's own refusal of a session.
    pub async fn object_reach(&self, caller: &Caller, project: &Name, datasource: &Name) -> Result<ObjectReach> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::ObjectList, target).await?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
        let can = self.method(&place.integration.method)?.descriptor().capabilities;
        let connection = self.live_connection(&entered.project, &place.integration).await?;
        let facts = connection.facts();
        let origin = match facts.urls {
            UrlsBy::Tidegate => origin(served::base(self)?),
            // Nobody is asked for a signature, and where nothing can be signed the list is still seen.
            UrlsBy::Session | UrlsBy::Key if facts.path_style => origin(&facts.public_endpoint),
            UrlsBy::Session | UrlsBy::Key => self.signed_origin(caller, &entered, &place).await?,
        };
        let origin = origin.ok_or_else(|| Error::internal("what URLs begin with has no origin"))?;
        Ok(ObjectReach { origin, can, put_headers: facts.put_headers.clone() })
    }

    /// Of stores that have the bucket in the host: only whoever signs knows how.
    async fn signed_origin(&self, caller: &Caller, entered: &Entered, place: &Place) -> Result<Option<String>> {
        let lent = self.session_for(place.wish(&entered.project, caller, None, Need::Reach)).await?;
        let mut signer = lent.opened.session.signer(&SignAsk {
            bucket: place.datasource.bucket.clone(),
            region: place.datasource.region.clone(),
            verb: Verb::Head,
            now: self.now(),
            ttl: LIFE,
            headers: Vec::new(),
            response: Vec::new(),
            internal: false,
        })?;
        let mut url = String::new();
        signer.sign_into("x", &mut url);
        Ok(origin(&url))
    }
}

pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    Some(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_of_the_signature() {
        assert_eq!(origin("https://b.example.com:9000/k?X=1").as_deref(), Some("https://b.example.com:9000"));
        assert_eq!(origin("http://[::1]:8333/b").as_deref(), Some("http://[::1]:8333"));
        assert_eq!((origin("https://"), origin("x")), (None, None));
    }
}
