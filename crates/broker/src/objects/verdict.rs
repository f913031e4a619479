//! What a store's answer to a signed URL means for a page that wants it.

use domain::fetch::PlainAnswer;

/// So much of an error document is looked at.
const LOOKED_AT: usize = 8 * 1024;
/// The longest code and id that are shown.
const LONGEST: usize = 100;

/// Whether a page of an origin may have the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsFinding {
    /// It may.
    Allowed,
    /// The store says nothing of it, so browsers withhold the answer.
    Missing,
    /// The store lets pages of another origin have it.
    WrongOrigin {
        /// Of which.
        allows: String,
    },
    /// There was no answer to tell from.
    Unknown,
}

/// Why a browser could, or could not, load an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectVerdict {
    /// It can.
    Fine,
    /// The store gives the object, and does not let the page have it.
    Cors,
    /// The right to read is missing.
    Forbidden,
    /// There is no such object.
    Missing,
    /// There is no such bucket.
    NoBucket,
    /// The key that it is encrypted with may not be used.
    Encryption,
    /// It is archived.
    Archived,
    /// The store does not know the credentials, or their time is over.
    Credentials,
    /// The clocks differ.
    Clock,
    /// The bucket is in another region.
    WrongRegion,
    /// The store has too much to do.
    Busy,
    /// This server got no answer from the public endpoint.
    Network,
    /// The operator's rules keep this server from asking.
    Blocked,
    /// Something else.
    Other,
}

impl ObjectVerdict {
    /// The word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Cors => "cors",
            Self::Forbidden => "forbidden",
            Self::Missing => "missing",
            Self::NoBucket => "no-bucket",
            Self::Encryption => "encryption",
            Self::Archived => "archived",
            Self::Credentials => "credentials",
            Self::Clock => "clock",
            Self::WrongRegion => "wrong-region",
            Self::Busy => "busy",
            Self::Network => "network",
            Self::Blocked => "blocked",
            Self::Other => "other",
        }
    }

    pub(super) fn sentence(self, origin: &str) -> String {
        match self {
            Self::Fine => format!("the store gives the object, and pages of {origin} may have it"),
            Self::Cors => format!("the store gives the object, and does not let pages of {origin} have it"),
            Self::Forbidden => "the store refuses to give the object".to_owned(),
            Self::Missing => "there is no such object any more".to_owned(),
            Self::NoBucket => "there is no such bucket".to_owned(),
            Self::Encryption => "the key that the object is encrypted with may not be used".to_owned(),
            Self::Archived => "the object is archived: nothing can be read of it until it is restored".to_owned(),
            Self::Credentials => "the store does not accept the credentials that the URL was signed with".to_owned(),
            Self::Clock => "the store finds the URL expired or not yet good: the clocks differ".to_owned(),
            Self::WrongRegion => "the bucket is in another region than the URL was signed for".to_owned(),
            Self::Busy => "the store has too much to do at the moment".to_owned(),
            Self::Network => "this server got no answer from the store's public endpoint".to_owned(),
            Self::Blocked => "the egress rules of this server forbid the store's public endpoint".to_owned(),
            Self::Other => "the store gave an answer that says nothing more".to_owned(),
        }
    }

    /// What to do where no policy mends it.
    pub(super) fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Fine => return None,
            Self::Cors => "add the page's origin to the CORS rules of the bucket",
            Self::Forbidden => "prove the datasource: its report names the right that is missing",
            Self::Missing => "list the folder again",
            Self::NoBucket => "look at the bucket's name in the datasource",
            Self::Encryption => "let the integration use the key for decryption",
            Self::Archived => "restore the object in the store first",
            Self::Credentials => "prove the integration, and rotate its key if the provider does not know it any more",
            Self::Clock => "set the clock of this server by a time server",
            Self::WrongRegion => "set the region of the datasource to that of the bucket",
            Self::Busy => "try again in a moment",
            Self::Network => {
                "if the browser reaches it and this server does not, nothing is wrong with the object; else look at \
                 'public_endpoint' of the integration, at names and at firewalls"
            }
            Self::Blocked => "the operator allows the address under [egress]; the browser is not bound by it",
            Self::Other => "ask the store's support with the id of the request",
        })
    }
}

/// What was read of an answer.
pub(super) struct Read {
    status: u16,
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) cors: CorsFinding,
    /// The message speaks of a key of the key service.
    about_keys: bool,
}

impl Read {
    pub(super) fn of(answer: &PlainAnswer, origin: &str) -> Self {
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let refused = answer.status >= 300;
        let document = answer.body.get(..answer.body.len().min(LOOKED_AT)).unwrap_or_default();
        let document = if refused { String::from_utf8_lossy(document) } else { "".into() };
        let message = between(&document, "<Message>", "</Message>").unwrap_or_default();
        Self {
            status: answer.status,
            code: between(&document, "<Code>", "</Code>").and_then(plain),
            request_id: header("x-amz-request-id").and_then(plain),
            cors: cors(header("access-control-allow-origin"), origin),
            about_keys: message.contains("kms:") || message.contains("KMS"),
        }
    }

    pub(super) fn verdict(&self) -> ObjectVerdict {
        let code = self.code.as_deref().unwrap_or_default();
        match (self.status, code) {
            // A range of an empty object cannot be satisfied, and says so only to readers.
            (200..=299 | 416, _) if self.cors == CorsFinding::Allowed => ObjectVerdict::Fine,
            (200..=299 | 416, _) => ObjectVerdict::Cors,
            (_, code) if code.starts_with("KMS.") || (self.about_keys && self.status == 403) => {
                ObjectVerdict::Encryption
            }
            (_, "InvalidObjectState") => ObjectVerdict::Archived,
            (_, "RequestTimeTooSkewed" | "RequestExpired") => ObjectVerdict::Clock,
            (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken") => {
                ObjectVerdict::Credentials
            }
            (_, "NoSuchBucket") => ObjectVerdict::NoBucket,
            (301 | 307, _) | (_, "AuthorizationHeaderMalformed") => ObjectVerdict::WrongRegion,
            (404, _) => ObjectVerdict::Missing,
            (401 | 403, _) => ObjectVerdict::Forbidden,
            (408 | 429 | 500.., _) => ObjectVerdict::Busy,
            _ => ObjectVerdict::Other,
        }
    }
}

fn cors(allowed: Option<&str>, origin: &str) -> CorsFinding {
    match allowed {
        Some(allowed) if allowed == origin || allowed == "*" => CorsFinding::Allowed,
        Some(allowed) => CorsFinding::WrongOrigin { allows: allowed.chars().take(LONGEST).collect() },
        None => CorsFinding::Missing,
    }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// A code or id is a plain word; anything else is not shown.
fn plain(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'+' | b'=');
    (!text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://console.example";

    fn read(status: u16, allowed: Option<&'static str>, body: &'static str) -> Read {
        let mut headers = http::HeaderMap::new();
        if let Some(allowed) = allowed {
            headers.insert("access-control-allow-origin", http::HeaderValue::from_static(allowed));
        }
        Read::of(&PlainAnswer { status, headers, body: body.into() }, PAGE)
    }

    fn error(status: u16, body: &'static str) -> ObjectVerdict {
        read(status, None, body).verdict()
    }

    #[test]
    fn an_answer_is_fine_only_if_the_page_may_have_it() {
        assert_eq!(read(206, Some("*"), "x").verdict(), ObjectVerdict::Fine);
        assert_eq!(read(416, Some(PAGE), "").verdict(), ObjectVerdict::Fine);
        assert_eq!(read(200, None, "x").verdict(), ObjectVerdict::Cors);
        let other = read(200, Some("https://other.example"), "x");
        assert_eq!(other.cors, CorsFinding::WrongOrigin { allows: "https://other.example".into() });
        assert_eq!(other.verdict(), ObjectVerdict::Cors);
    }

    #[test]
    fn a_refusal_is_understood_by_status_and_code() {
        use ObjectVerdict as V;
        for (status, body, verdict) in [
            (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", V::Forbidden),
            (
                403,
                "<Error><Code>AccessDenied</Code><Message>not authorized: kms:Decrypt</Message></Error>",
                V::Encryption,
            ),
            (400, "<Error><Code>KMS.DisabledException</Code></Error>", V::Encryption),
            (403, "<Error><Code>InvalidObjectState</Code></Error>", V::Archived),
            (403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", V::Credentials),
            (403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", V::Clock),
            (404, "<Error><Code>NoSuchKey</Code></Error>", V::Missing),
            (404, "<Error><Code>NoSuchBucket</Code></Error>", V::NoBucket),
            (404, "", V::Missing),
            (301, "", V::WrongRegion),
            (400, "<Error><Code>AuthorizationHeaderMalformed</Code></Error>", V::WrongRegion),
            (503, "<Error><Code>SlowDown</Code></Error>", V::Busy),
            (418, "<html>", V::Other),
        ] {
            assert_eq!(error(status, body), verdict, "{status} {body}");
        }
    }

    #[test]
    fn a_code_that_is_no_plain_word_is_not_shown() {
        assert_eq!(read(403, None, "<Code><script>alert(1)</script></Code>").code, None);
        assert_eq!(read(200, None, "<Code>AccessDenied</Code>").code, None, "an object is no error document");
    }
}
