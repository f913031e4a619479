//! Where browsers find the objects of a datasource.

use std::time::Duration;

use authz::Action;
use domain::audit::Target;
use domain::name::Name;
use domain::principal::Caller;
use domain::provider::SignAsk;
use domain::scope::Verb;
use domain::{Error, Result};

use crate::Broker;
use crate::sessions::Need;

/// Of the URL that is signed only to see where it leads; it is never handed out.
const LIFE: Duration = Duration::from_secs(1);

impl Broker {
    /// Scheme, host and port of every URL that is signed for the datasource: what a page that loads its
    /// objects must be allowed to ask.
    ///
    /// # Errors
    /// `conflict` where the datasource is not usable; the provider's own refusal of a session.
    pub async fn object_origin(&self, caller: &Caller, project: &Name, datasource: &Name) -> Result<String> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::ObjectList, target).await?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
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
        origin(&url).ok_or_else(|| Error::internal("a signed URL has no origin"))
    }
}

fn origin(url: &str) -> Option<String> {
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
