//! What is asked for, and whether the datasource allows it.

use std::time::Duration;

use domain::datasource::Datasource;
use domain::place::ObjectKey;
use domain::scope::Verb;
use domain::{Error, ErrorKind, FieldError, Result};

/// The most keys of one call.
pub const MOST_KEYS: usize = 100_000;
/// So many keys at fault are pointed at.
const POINTED_AT: usize = 10;

/// URLs that are asked for.
#[derive(Debug, Clone)]
pub struct UrlsAsk {
    /// Whole keys, in the order of the answer.
    pub keys: Vec<ObjectKey>,
    /// What the URLs are good for.
    pub verb: Verb,
    /// For how long.
    pub ttl_seconds: i64,
    /// The content type that whoever writes must send.
    pub content_type: Option<String>,
    /// What the store is to answer in place of its own headers.
    pub response: ResponseHeaders,
}

/// Headers of the answer that whoever reads will see, in place of those that are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ResponseHeaders {
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Content-Disposition`
    pub content_disposition: Option<String>,
    /// `Content-Encoding`
    pub content_encoding: Option<String>,
    /// `Content-Language`
    pub content_language: Option<String>,
    /// `Cache-Control`
    pub cache_control: Option<String>,
    /// `Expires`
    pub expires: Option<String>,
}

impl ResponseHeaders {
    /// The query parameters that S3 has for them.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let all = [
            ("response-content-type", &self.content_type),
            ("response-content-disposition", &self.content_disposition),
            ("response-content-encoding", &self.content_encoding),
            ("response-content-language", &self.content_language),
            ("response-cache-control", &self.cache_control),
            ("response-expires", &self.expires),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
    }
}

impl UrlsAsk {
    /// The life of the URLs, where the ask can be understood at all.
    pub(super) fn check(&self) -> Result<Duration> {
        if self.keys.is_empty() {
            return Err(Error::invalid("/keys", "at least one key is needed"));
        }
        if self.keys.len() > MOST_KEYS {
            return Err(too_many());
        }
        let ttl = ttl(self.ttl_seconds, 1)?;
        let writes_object = self.verb == Verb::Put;
        if let Some(content_type) = &self.content_type {
            if !writes_object {
                return Err(Error::invalid("/content_type", "only whoever writes sends a content type"));
            }
            check_header("/content_type", content_type)?;
        }
        let query = self.response.query();
        if !query.is_empty() && self.verb.writes() {
            return Err(Error::invalid("/response_headers", "only the answer to GET and HEAD has these headers"));
        }
        for (name, value) in &query {
            let field = name.trim_start_matches("response-");
            check_header(&format!("/response_headers/{field}"), value)?;
        }
        Ok(ttl)
    }

    /// Refuses the whole batch for one key outside the datasource, or a method outside its purpose.
    pub(super) fn check_place(&self, datasource: &Datasource) -> Result<()> {
        if self.verb.writes() && !datasource.purpose.writes() {
            let (verb, name, purpose) = (self.verb.as_str(), &datasource.name, datasource.purpose.as_str());
            let message = format!("the datasource '{name}' is for {purpose}, and {verb} writes");
            return Err(Error::new(ErrorKind::PermissionDenied, message).at("/method"));
        }
        let outside = self.keys.iter().enumerate().filter(|(_, key)| !datasource.prefix.holds(key.as_str()));
        let fields: Vec<_> = outside
            .take(POINTED_AT)
            .map(|(at, _)| FieldError::new(format!("/keys/{at}"), "this key lies outside the datasource"))
            .collect();
        if fields.is_empty() {
            return Ok(());
        }
        let (name, prefix) = (&datasource.name, datasource.prefix.as_str());
        let message =
            format!("the datasource '{name}' holds only keys that begin with '{prefix}', and not all of these do");
        let hint = "give whole keys, the datasource's prefix included; nothing of the batch was signed";
        Err(Error::new(ErrorKind::PermissionDenied, message).with_fields(fields).with_hint(hint))
    }

    /// The headers that whoever uses the URLs must send.
    pub(super) fn headers(&self, datasource: &Datasource, of_store: &[(String, String)]) -> Vec<(String, String)> {
        if self.verb != Verb::Put {
            return Vec::new();
        }
        let content_type = self.content_type.iter().map(|value| ("content-type".to_owned(), value.clone()));
        let encryption = datasource.sse.iter().flat_map(domain::datasource::Encryption::headers);
        content_type.chain(encryption).chain(of_store.iter().cloned()).collect()
    }
}

/// A life of at least so many seconds.
pub(crate) fn ttl(seconds: i64, least: u64) -> Result<Duration> {
    match u64::try_from(seconds) {
        Ok(seconds) if seconds >= least => Ok(Duration::from_secs(seconds)),
        _ => {
            let least = domain::ttl::show(Duration::from_secs(least));
            Err(Error::invalid("/ttl_seconds", format!("a life of {seconds}s is too short: {least} is the least")))
        }
    }
}

pub(super) fn too_many() -> Error {
    let message = format!("one call signs at most {MOST_KEYS} keys");
    Error::new(ErrorKind::TooLarge, message).at("/keys").with_hint("send the keys in several calls")
}

fn check_header(pointer: &str, value: &str) -> Result<()> {
    let sendable = http::HeaderValue::from_str(value).is_ok() && value.is_ascii() && value.trim() == value;
    if sendable && !value.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(pointer, "this is no value that a header can have: visible ASCII, no blanks at the ends"))
    }
}

#[cfg(test)]
mod tests {
    use domain::datasource::{Encryption, Purpose};
    use domain::id::{DatasourceId, IntegrationId, ProjectId};
    use domain::proof::ProofMode;
    use jiff::Timestamp;

    use super::*;

    fn datasource(prefix: &str, purpose: Purpose) -> Datasource {
        Datasource {
            id: DatasourceId::new(),
            project: ProjectId::new(),
            name: "d".parse().unwrap(),
            integration: IntegrationId::new(),
            bucket: "bucket".parse().unwrap(),
            prefix: prefix.parse().unwrap(),
            purpose,
            region: None,
            output_datasource: None,
            sse: Some(Encryption::S3),
            cors_origin: None,
            proof_mode: ProofMode::Full,
            reason: None,
            usable: true,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn ask(keys: &[&str], verb: Verb) -> UrlsAsk {
        let keys = keys.iter().map(|key| key.parse().unwrap()).collect();
        UrlsAsk { keys, verb, ttl_seconds: 900, content_type: None, response: ResponseHeaders::default() }
    }

    fn pointers(error: &Error) -> Vec<&str> {
        error.fields().iter().map(|field| field.pointer.as_str()).collect()
    }

    #[test]
    fn one_key_outside_refuses_the_batch_and_is_pointed_at() {
        let input = datasource("in/", Purpose::Input);
        let error = ask(&["in/a", "/in/b", "in/../c", "inn/d"], Verb::Get).check_place(&input).unwrap_err();
        assert_eq!((error.kind(), pointers(&error)), (ErrorKind::PermissionDenied, vec!["/keys/1", "/keys/3"]));
        assert!(ask(&["in//a", "in/ b ", "in/%2F"], Verb::Head).check_place(&input).is_ok());
        let many = vec!["x"; 1000];
        assert_eq!(ask(&many, Verb::Get).check_place(&input).unwrap_err().fields().len(), POINTED_AT);
    }

    #[test]
    fn input_is_never_written() {
        for verb in [Verb::Put, Verb::Delete] {
            let error = ask(&["in/a"], verb).check_place(&datasource("in/", Purpose::Input)).unwrap_err();
            assert_eq!((error.kind(), pointers(&error)), (ErrorKind::PermissionDenied, vec!["/method"]));
            assert!(ask(&["in/a"], verb).check_place(&datasource("in/", Purpose::InputOutput)).is_ok());
        }
    }

    #[test]
    fn lives_counts_and_headers_out_of_bounds_are_pointed_at() {
        let with = |change: fn(&mut UrlsAsk), verb| {
            let mut ask = ask(&["a"], verb);
            change(&mut ask);
            let error = ask.check().unwrap_err();
            (error.kind(), pointers(&error).concat())
        };
        let invalid = |pointer: &str| (ErrorKind::Invalid, pointer.to_owned());
        assert_eq!(with(|ask| ask.ttl_seconds = 0, Verb::Get), invalid("/ttl_seconds"));
        assert_eq!(with(|ask| ask.ttl_seconds = -5, Verb::Get), invalid("/ttl_seconds"));
        assert_eq!(with(|ask| ask.keys.clear(), Verb::Get), invalid("/keys"));
        assert_eq!(with(|ask| ask.content_type = Some("a/b".into()), Verb::Get), invalid("/content_type"));
        assert_eq!(with(|ask| ask.content_type = Some(" a".into()), Verb::Put), invalid("/content_type"));
        let expires = invalid("/response_headers/expires");
        assert_eq!(with(|ask| ask.response.expires = Some("x\ny".into()), Verb::Get), expires);
        assert_eq!(with(|ask| ask.response.expires = Some("x".into()), Verb::Put), invalid("/response_headers"));
        let many = |ask: &mut UrlsAsk| ask.keys = vec!["k".parse().unwrap(); MOST_KEYS + 1];
        assert_eq!(with(many, Verb::Get).0, ErrorKind::TooLarge);
    }

    #[test]
    fn only_writers_are_told_headers() {
        let output = datasource("", Purpose::Output);
        let mut put = ask(&["a"], Verb::Put);
        put.content_type = Some("image/png".into());
        let of_store = [("x-of-the-store".to_owned(), "always".to_owned())];
        let names: Vec<_> = put.headers(&output, &of_store).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["content-type", "x-amz-server-side-encryption", "x-of-the-store"]);
        assert!(ask(&["a"], Verb::Get).headers(&output, &of_store).is_empty());
        assert!(ask(&["a"], Verb::Delete).headers(&output, &of_store).is_empty());
    }
}
