//! The questions that a proof asks of a connection.

use std::time::Duration;

use domain::place::{BucketName, Prefix};
use domain::proof::ProviderAnswer;
use domain::provider::{Finding, ProviderError, ProviderErrorKind as Kind};
use domain::scope::{Access, Scope};
use http::{HeaderMap, Method};

use super::answer::request_id;
use super::blobs::list_containers;
use super::connection::{AzureConnection, Base};
use super::pasted::Reach;
use super::stored::time;
use super::wire::{Auth, Call, Client};
use crate::answer::{header, is_web_page};

/// The life of a signature that asks one question.
const INFORMATION: Duration = Duration::from_mins(5);

impl AzureConnection {
    /// Does the endpoint answer like the blob service? The login endpoint is asked of the egress guard only.
    pub(super) async fn reach(&self) -> Finding {
        if let Base::Application { tokens, .. } = &self.shared.base
            && let Err(error) = self.may_reach(&tokens.login().authority.origin()).await
        {
            return Finding::Unclear(error);
        }
        let call = Call::new("reach", Method::GET, self.address.path(None, None)).query([("comp", "list")]);
        match self.client(Auth::Nobody).send(&call).await {
            Ok((incoming, _)) => judge(&incoming, &self.address.url()),
            Err(error) => Finding::Unclear(error),
        }
    }

    /// Is what stands behind the connection known?
    pub(super) async fn authenticate(&self) -> Finding {
        let client = self.whole();
        match &self.shared.base {
            Base::Application { tokens, .. } => {
                let token = match tokens.current().await {
                    Ok(token) => token,
                    Err(error) => return known(error, false),
                };
                let id = token.object_id.unwrap_or_else(|| "not told".to_owned());
                let who = format!("the application {} is known (object id {id})", tokens.login().client_id);
                match list_containers(&client, 1).await {
                    Ok(_) => yes(who),
                    Err(error) if error.kind.is_refusal() => yes(who),
                    Err(error) => known(error, false),
                }
            }
            Base::Account(_) => match self.account_information(None).await {
                Ok(_) => yes("the key belongs to the account".to_owned()),
                Err(error) => known(error, true),
            },
            Base::Pasted(pasted) => match (pasted.reach, list_containers(&client, 1).await) {
                (Reach::Container, _) => Finding::NotApplicable {
                    reason: "the signature is for one container, which is asked for with the datasource".to_owned(),
                },
                (Reach::Account, Ok(_)) => yes("the signature is known".to_owned()),
                (Reach::Account, Err(error)) => known(error, true),
            },
        }
    }

    /// An account lies in one region, and nothing is signed for it; what matters is whether it has folders.
    pub(super) async fn kind_of_account(&self, container: Option<&BucketName>) -> Finding {
        let says = self.shared.hierarchical;
        let reason = |rest: &str| Finding::NotApplicable {
            reason: format!("a storage account lies in one region and nothing is signed for it{rest}"),
        };
        match self.account_information(container).await {
            Ok(headers) => match header(&headers, "x-ms-is-hns-enabled").as_deref() {
                Some("true") if says => yes("the account has a hierarchical namespace, as set".to_owned()),
                Some("false") if !says => yes("the account has no hierarchical namespace, as set".to_owned()),
                Some("true") => yes(
                    "the account has a hierarchical namespace: set hierarchical to true to hand out credentials for a folder"
                        .to_owned(),
                ),
                Some("false") => Finding::No {
                    detail: "the account has no hierarchical namespace, although hierarchical is set to true".to_owned(),
                    answer: None,
                    region: None,
                },
                _ => reason("; it does not say whether it has a hierarchical namespace"),
            },
            // Rights to ask this are rarely given to those who only read.
            Err(error) if error.kind.is_inconclusive() && error.kind != Kind::BadRequest => Finding::Unclear(error),
            Err(_) => reason("; whether it has a hierarchical namespace is taken from the setting"),
        }
    }

    /// It is told to keys and signatures; a token is told nothing, but may have a signature made for a container.
    async fn account_information(&self, container: Option<&BucketName>) -> Result<HeaderMap, ProviderError> {
        let (client, path) = match (&self.shared.base, container) {
            (Base::Application { .. }, Some(container)) => {
                let (bucket, prefix) = (container.clone(), Prefix::empty());
                let scope = Scope { bucket, prefix, access: Access::Read, kms_key_arn: None };
                let whole = self.whole();
                let narrowed = self.narrow(&whole, &scope, INFORMATION).await?;
                let client = Client { auth: Auth::Signature(narrowed.token), ..whole };
                (client, self.address.path(Some(container.as_str()), None))
            }
            _ => (self.whole(), self.address.path(None, None)),
        };
        let call = Call::new("blob:GetAccountInformation", Method::GET, path);
        let call = call.query([("restype", "account"), ("comp", "properties")]);
        Ok(client.ask(&call).await?.headers)
    }
}

fn judge(incoming: &net::Incoming, url: &str) -> Finding {
    let (status, headers) = (incoming.status, &incoming.headers);
    let id = request_id(headers);
    let page = is_web_page(headers, &incoming.body);
    let redirect = (300..400).contains(&status);
    if id.is_some() && !page && !redirect {
        return Finding::Yes {
            detail: format!("{url} answers like Azure Blob Storage"),
            clock: header(headers, "date").and_then(|text| time(&text)),
            region: None,
        };
    }
    let detail = match status {
        _ if redirect => format!("{url} answers with a redirect (HTTP {status}), which is never followed"),
        _ if page => format!("{url} answers with a web page (HTTP {status})"),
        _ => format!("{url} answers HTTP {status}, but not like Azure Blob Storage"),
    };
    let answer = ProviderAnswer { code: None, http_status: Some(status), request_id: id };
    Finding::No { detail, answer: Some(answer), region: None }
}

fn yes(detail: String) -> Finding {
    Finding::Yes { detail, clock: None, region: None }
}

/// A refusal of rights comes after the identity was known, where storage is asked; at the login endpoint it is a no.
fn known(error: ProviderError, refusal_counts: bool) -> Finding {
    match error.kind {
        Kind::Denied if refusal_counts => yes("it is known, and may not be asked more".to_owned()),
        Kind::BadCredentials | Kind::ExpiredCredentials | Kind::Denied | Kind::ClockSkew => {
            let mend = error.hint.map(|hint| format!(": {hint}")).unwrap_or_default();
            Finding::No { detail: format!("{}{mend}", error.message), answer: error.answer, region: None }
        }
        _ => Finding::Unclear(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(status: u16, pairs: &[(&'static str, &str)], body: &str) -> Finding {
        let headers =
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        judge(&net::Incoming { status, headers, body: body.to_owned().into() }, "https://a.blob.core.windows.net")
    }

    #[test]
    fn the_service_is_known_by_its_request_id_and_its_clock_is_read() {
        let pairs = [("x-ms-request-id", "R1"), ("date", "Sun, 22 Nov 2026 18:44:25 GMT")];
        let Finding::Yes { clock, .. } = ask(401, &pairs, "<Error/>") else { panic!("Azure answers so") };
        assert_eq!(clock.unwrap().to_string(), "2026-11-22T18:44:25Z");
    }

    #[test]
    fn web_pages_redirects_and_strangers_are_not_the_service() {
        for (finding, word) in [
            (ask(200, &[("content-type", "text/html"), ("x-ms-request-id", "R1")], ""), "web page"),
            (ask(302, &[("x-ms-request-id", "R1")], ""), "redirect"),
            (ask(403, &[("x-amz-request-id", "R1")], "<Error/>"), "not like"),
        ] {
            let Finding::No { detail, .. } = finding else { panic!("{word}") };
            assert!(detail.contains(word), "{detail}");
        }
    }
}
