//! `POST /projects/{project}/datasources/{name}/object/download`

use axum::extract::State;
use axum::response::Response;
use broker::ResponseHeaders;
use domain::Error;
use domain::scope::Verb;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::place::Place;
use super::sign::{self, PAGE_LIFE};
use crate::App;
use crate::console::answer;
use crate::console::query::Query;
use crate::face::Failure;

/// What needs no encoding in `filename*` (RFC 8187, section 3.2.1).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Longer names are cut: file systems have no more.
const LONGEST: usize = 200;

/// Leads the browser to the object, which the store then says is to be kept and not opened.
pub(super) async fn submit(State(app): State<App>, place: Place, query: Query) -> Result<Response, Failure> {
    let key = sign::key(query.raw("key"))?;
    let response =
        ResponseHeaders { content_disposition: Some(disposition(key.as_str())), ..ResponseHeaders::default() };
    let signed = sign::sign(&app, &place, vec![key], Verb::Get, PAGE_LIFE, response).await?;
    let url = signed.urls.into_iter().next().ok_or_else(|| Error::internal("a batch of one has one URL"))?;
    answer::to(url.1)
}

/// A name that every browser can read, and the true one for those that know how (RFC 6266, appendix D).
fn disposition(key: &str) -> String {
    let name: String = key.rsplit('/').next().unwrap_or_default().chars().take(LONGEST).collect();
    let name = if name.trim_matches(['.', ' ']).is_empty() { "object" } else { name.as_str() };
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ' ') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_under_its_own_name_and_says_nothing_else() {
        assert_eq!(disposition("a/b c.png"), "attachment; filename=\"b c.png\"; filename*=UTF-8''b%20c.png");
        assert_eq!(disposition("a/é\"\r\n.x"), "attachment; filename=\"____.x\"; filename*=UTF-8''%C3%A9%22%0D%0A.x");
        for nameless in ["a/", "a/..", "."] {
            assert!(disposition(nameless).contains("filename=\"object\""), "{nameless}");
        }
    }
}
