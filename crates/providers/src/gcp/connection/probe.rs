//! The questions that a proof asks of a connection.

use bytes::Bytes;
use domain::place::BucketName;
use domain::proof::ProviderAnswer;
use domain::provider::{Finding, ProviderError, ProviderErrorKind as Kind};
use http::Method;
use jiff::Timestamp;

use super::{Identity, Shared};
use crate::answer::{header, is_web_page};
use crate::gcp::answer::{About, request_id};
use crate::gcp::storage::{BucketFacts, list_buckets, list_one, read_bucket};
use crate::gcp::tokens::{AccessToken, Wanted};
use crate::gcp::wire::Call;

impl Shared {
    /// Does the store answer like Google's? The token services are asked of the egress guard only.
    pub(super) async fn reach(&self) -> Finding {
        let endpoints = &self.wire.endpoints;
        let services: &[&String] = match &self.identity {
            Identity::Key(_) => &[&endpoints.oauth, &endpoints.sts],
            Identity::Pool(pool) if pool.service_account.is_some() => &[&endpoints.sts, &endpoints.iam],
            Identity::Pool(_) => &[&endpoints.sts],
        };
        for origin in services {
            if let Err(error) = self.wire.may_reach(origin).await {
                return Finding::Unclear(error);
            }
        }
        let origin = endpoints.storage.origin();
        let asked = Call {
            operation: "reach",
            about: About::Bucket,
            method: Method::GET,
            origin: origin.clone(),
            path_and_query: "/storage/v1/b/tidegate?fields=kind".to_owned(),
            bearer: None,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        match self.wire.send(asked).await {
            Ok(incoming) => judge(&incoming, &origin),
            Err(error) => Finding::Unclear(error),
        }
    }

    /// Is the key, or Tidegate's own token, known to Google?
    pub(super) async fn authenticate(&self) -> Finding {
        let (asked, who) = match &self.identity {
            Identity::Key(key) => {
                (self.own_token(Wanted::Fresh).await, format!("Google gives a token for the key of {}", key.email))
            }
            Identity::Pool(pool) => (
                self.subject_token(pool, Wanted::Fresh).await,
                format!("Google takes Tidegate's token of the subject {}", pool.subject()),
            ),
        };
        match asked {
            Ok(_) => yes(who),
            Err(error) => match error.kind {
                Kind::BadCredentials
                | Kind::ExpiredCredentials
                | Kind::Denied
                | Kind::ClockSkew
                | Kind::NotImplemented => Finding::No { detail: error.message, answer: error.answer, region: None },
                _ => Finding::Unclear(error),
            },
        }
    }

    /// Can the subject do more than act for the account?
    pub(super) async fn base_reaches(&self, bucket: Option<&BucketName>) -> Finding {
        let not = |reason: &str| Finding::NotApplicable { reason: reason.to_owned() };
        let Identity::Pool(pool) = &self.identity else {
            return not("this key is meant to reach the data itself");
        };
        if pool.service_account.is_none() {
            return not("this subject is meant to reach the data itself");
        }
        let token = match self.subject_token(pool, Wanted::Good).await {
            Ok(token) => token,
            Err(error) => return Finding::Unclear(error),
        };
        match self.bare(&token, bucket).await {
            Ok(None) => yes("the subject reaches the store without acting for the account".to_owned()),
            Ok(Some(answer)) => Finding::No {
                detail: "the subject is refused unless it acts for the account".to_owned(),
                answer: Some(answer),
                region: None,
            },
            Err(error) => Finding::Unclear(error),
        }
    }

    /// The refusal, if the subject is refused all that is asked.
    async fn bare(
        &self,
        token: &AccessToken,
        bucket: Option<&BucketName>,
    ) -> Result<Option<ProviderAnswer>, ProviderError> {
        let answer = match (bucket, &self.project) {
            (Some(bucket), _) => list_one(&self.wire, token, bucket.as_str()).await,
            (None, Some(project)) => list_buckets(&self.wire, token, project).await.map(drop),
            (None, None) => {
                return Err(ProviderError::new(Kind::Unsupported, "storage.buckets.list", "no project is known"));
            }
        };
        match answer {
            Ok(()) => Ok(None),
            Err(error) if error.kind.is_refusal() => Ok(Some(error.answer.unwrap_or_default())),
            Err(error) => Err(error),
        }
    }

    /// Where the bucket is. Requests and URLs name no region, so it cannot be the wrong one.
    pub(super) async fn location(&self, bucket: Option<&BucketName>) -> Finding {
        let Some(bucket) = bucket else {
            let reason = "requests and URLs of Cloud Storage name no region";
            return Finding::NotApplicable { reason: reason.to_owned() };
        };
        let token = match self.token().await {
            Ok(token) => token,
            Err(error) => return Finding::Unclear(error),
        };
        match read_bucket(&self.wire, &token.secret, bucket.as_str()).await {
            Ok(facts) => {
                self.notes.put(bucket.as_str(), Some(facts.clone()), self.wire.now());
                Finding::Yes { detail: describe(&facts), clock: None, region: Some(facts.location) }
            }
            Err(error) if error.kind.is_refusal() => {
                self.notes.put(bucket.as_str(), None, self.wire.now());
                yes("no region is needed; where the bucket is may not be looked at (storage.buckets.get)".to_owned())
            }
            Err(error) => Finding::Unclear(error),
        }
    }
}

fn describe(facts: &BucketFacts) -> String {
    let kind = facts.kind.as_deref().map(|kind| format!(" ({kind})")).unwrap_or_default();
    let access = match facts.uniform {
        true => "it has uniform bucket-level access",
        false => "its access is fine-grained, so no narrowed credentials can be handed out for it",
    };
    format!("the bucket is in {}{kind}; {access}", facts.location)
}

fn yes(detail: String) -> Finding {
    Finding::Yes { detail, clock: None, region: None }
}

fn judge(incoming: &net::Incoming, origin: &str) -> Finding {
    let (status, headers) = (incoming.status, &incoming.headers);
    let document: Option<serde_json::Value> = serde_json::from_slice(&incoming.body).ok();
    let speaks = document.is_some_and(|document| document.get("error").or_else(|| document.get("kind")).is_some());
    if speaks && !(300..400).contains(&status) && status < 500 {
        let clock = header(headers, "date").and_then(|text| clock(&text));
        return Finding::Yes { detail: format!("{origin} answers like Cloud Storage"), clock, region: None };
    }
    let what = match status {
        300..=399 => "a redirect, which is never followed",
        _ if is_web_page(headers, &incoming.body) => "a web page",
        _ => "nothing that Cloud Storage says",
    };
    Finding::No {
        detail: format!("{origin} answers HTTP {status} with {what}"),
        answer: Some(ProviderAnswer { code: None, http_status: Some(status), request_id: request_id(headers) }),
        region: None,
    }
}

fn clock(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(status: u16, kind: &str, body: &str) -> Finding {
        let pairs = [("content-type", kind), ("date", "Sun, 22 Nov 2026 18:44:25 GMT")];
        let headers =
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        judge(&net::Incoming { status, headers, body: body.to_owned().into() }, "https://storage.example.com")
    }

    #[test]
    fn google_is_known_by_its_refusal_and_tells_its_time() {
        let finding = ask(401, "application/json", r#"{"error":{"code":401,"message":"Anonymous caller"}}"#);
        let Finding::Yes { clock, .. } = finding else { panic!("{finding:?}") };
        assert_eq!(clock.unwrap().to_string(), "2026-11-22T18:44:25Z");
    }

    #[test]
    fn web_pages_redirects_and_strangers_are_not_google() {
        for (finding, word) in [
            (ask(200, "text/html", "<html></html>"), "web page"),
            (ask(302, "text/plain", ""), "redirect"),
            (ask(200, "application/json", "{}"), "nothing"),
            (ask(502, "text/plain", "bad gateway"), "nothing"),
        ] {
            let Finding::No { detail, .. } = finding else { panic!("{word}") };
            assert!(detail.contains(word), "{detail}");
        }
    }
}
