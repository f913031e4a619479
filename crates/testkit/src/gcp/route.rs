//! Which call a request is, and what it is about. Names are taken as they stand, byte for byte.

use http::Method;
use percent_encoding::percent_decode_str;

use super::GcpCall;
use super::credentials::Verb;
use super::reply::Face;
use super::state::At;
use crate::front::Form;

/// What a request asks for.
#[derive(Debug)]
pub(super) enum Route {
    Token,
    TokenExchange,
    Account {
        verb: Verb,
        email: String,
    },
    Storage(Ask),
    /// A browser asks whether a page of another origin may.
    Preflight {
        bucket: String,
    },
    Unknown(Face),
}

/// A call to storage.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) call: GcpCall,
    pub(super) face: Face,
    pub(super) at: At,
    /// Where a copy goes.
    pub(super) destination: Option<At>,
}

const ACCOUNTS: &str = "/v1/projects/-/serviceAccounts/";

impl Route {
    pub(super) fn of(method: &Method, path: &str, query: &Form) -> Self {
        match (method.as_str(), path) {
            ("POST", "/token") => return Self::Token,
            ("POST", "/v1/token") => return Self::TokenExchange,
            ("POST", path) if path.starts_with(ACCOUNTS) => {
                return account(path).unwrap_or(Self::Unknown(Face::Json));
            }
            _ => {}
        }
        let inner = ["/upload", "/download"].iter().find_map(|way| path.strip_prefix(way)).unwrap_or(path);
        let (face, ask) = match inner.strip_prefix("/storage/v1/b") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                (Face::Json, json(method.as_str(), rest, query, inner.len() != path.len()))
            }
            _ if method == Method::OPTIONS => {
                let bucket = path.trim_start_matches('/').split('/').next().unwrap_or_default();
                return Self::Preflight { bucket: bucket.to_owned() };
            }
            _ => (Face::Xml, xml(method.as_str(), path, query)),
        };
        ask.map_or(Self::Unknown(face), |(call, at, destination)| Self::Storage(Ask { call, face, at, destination }))
    }
}

fn account(path: &str) -> Option<Route> {
    let decoded = percent_decode_str(path.strip_prefix(ACCOUNTS)?).decode_utf8().ok()?;
    let (email, verb) = decoded.rsplit_once(':')?;
    let verb = match verb {
        "generateAccessToken" => Verb::GenerateAccessToken,
        "signBlob" => Verb::SignBlob,
        _ => return None,
    };
    Some(Route::Account { verb, email: email.to_owned() })
}

type Found = Option<(GcpCall, At, Option<At>)>;

/// An object's name is one segment here: a `/` in it must be encoded.
fn json(method: &str, rest: &str, query: &Form, transfers: bool) -> Found {
    let segments = rest.split('/').skip(1).map(|part| percent_decode_str(part).decode_utf8().ok());
    let segments: Vec<_> = segments.collect::<Option<_>>()?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let bucket = |name: &str| At { bucket: name.to_owned(), ..At::default() };
    let is_media = query.get("alt") == Some("media");
    let (call, at) = match (method, segments.as_slice()) {
        ("GET", []) => (GcpCall::BucketList, At::default()),
        ("GET", [b]) => (GcpCall::BucketGet, bucket(b)),
        ("PATCH", [b]) => (GcpCall::BucketPatch, bucket(b)),
        ("GET", [b, "iam"]) => (GcpCall::BucketPolicy, bucket(b)),
        ("GET", [b, "iam", "testPermissions"]) => (GcpCall::BucketPermissions, bucket(b)),
        ("GET", [b, "o"]) => (GcpCall::ObjectList, listing(b, query)),
        ("POST" | "PUT", [b, "o"]) if transfers => (GcpCall::ObjectPut, bucket(b)),
        ("GET", [b, "o", k]) if is_media => (GcpCall::ObjectGet, At::object(b, k)),
        ("GET" | "HEAD", [b, "o", k]) => (GcpCall::ObjectHead, At::object(b, k)),
        ("DELETE", [b, "o", k]) => (GcpCall::ObjectDelete, At::object(b, k)),
        ("PATCH" | "PUT", [b, "o", k]) => (GcpCall::ObjectUpdate, At::object(b, k)),
        ("POST", [b, "o", k, "rewriteTo" | "copyTo", "b", to, "o", name]) => {
            return Some((GcpCall::ObjectCopy, At::object(b, k), Some(At::object(to, name))));
        }
        _ => return None,
    };
    Some((call, at, None))
}

fn xml(method: &str, path: &str, query: &Form) -> Found {
    let path = path.strip_prefix('/')?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let (bucket, key) = (percent_decode_str(bucket).decode_utf8().ok()?, percent_decode_str(key).decode_utf8().ok()?);
    if bucket.is_empty() {
        return None;
    }
    if key.is_empty() {
        let lists = method == "GET" && query.get("list-type") == Some("2");
        return lists.then(|| (GcpCall::ObjectList, listing(&bucket, query), None));
    }
    let call = match method {
        "GET" => GcpCall::ObjectGet,
        "HEAD" => GcpCall::ObjectHead,
        "PUT" => GcpCall::ObjectPut,
        "DELETE" => GcpCall::ObjectDelete,
        _ => return None,
    };
    Some((call, At::object(&bucket, &key), None))
}

fn listing(bucket: &str, query: &Form) -> At {
    let list_prefix = query.get("prefix").unwrap_or_default().to_owned();
    At { bucket: bucket.to_owned(), key: None, list_prefix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, path: &str, query: &str) -> Option<(GcpCall, String, Option<String>)> {
        match Route::of(&method.parse().unwrap(), path, &Form::parse(query.as_bytes())) {
            Route::Storage(ask) => Some((ask.call, ask.at.bucket, ask.at.key)),
            _ => None,
        }
    }

    fn object(call: GcpCall, key: &str) -> Option<(GcpCall, String, Option<String>)> {
        Some((call, "b".into(), Some(key.into())))
    }

    #[test]
    fn keys_are_decoded_once_and_otherwise_left() {
        assert_eq!(call("GET", "/b//a/../%2F%252F%20", ""), object(GcpCall::ObjectGet, "/a/..//%2F "));
        let path = "/storage/v1/b/b/o/%2Fa%2F..%2F%252F%20";
        assert_eq!(call("GET", path, "alt=media"), object(GcpCall::ObjectGet, "/a/../%2F "));
        assert_eq!(call("GET", path, ""), object(GcpCall::ObjectHead, "/a/../%2F "));
    }

    #[test]
    fn a_name_with_a_bare_slash_is_no_object_of_the_json_api() {
        assert_eq!(call("GET", "/storage/v1/b/b/o/a/b", ""), None);
    }

    #[test]
    fn a_bucket_named_like_the_api_is_still_a_bucket() {
        assert_eq!(
            call("GET", "/storage/v1/bx/k", ""),
            Some((GcpCall::ObjectGet, "storage".into(), Some("v1/bx/k".into())))
        );
    }

    #[test]
    fn accounts_are_named_by_address() {
        let path = "/v1/projects/-/serviceAccounts/a%40p.iam.gserviceaccount.com:signBlob";
        let route = Route::of(&Method::POST, path, &Form::parse(b""));
        assert!(
            matches!(route, Route::Account { verb: Verb::SignBlob, email } if email == "a@p.iam.gserviceaccount.com")
        );
    }
}
