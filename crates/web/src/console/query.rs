//! The query of a page: filters that are in the address, so that a list can be sent to a colleague.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::page::PageAsk;

/// So many rows are on a page unless the address says otherwise.
const ROWS: u32 = 50;

/// What stands behind the `?`, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl Query {
    /// The value of a parameter that is there and not blank: an empty filter of a form filters nothing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value for a field of a filter's form.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The value as it was written: keys and prefixes may begin and end with blanks.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The parsed value; what cannot be read is an error at the parameter.
    pub(crate) fn parsed<T>(&self, name: &str, what: &str) -> Result<Option<T>, domain::Error>
    where
        T: std::str::FromStr,
    {
        let wrong = |_| domain::Error::invalid(format!("/{name}"), format!("'{}' is no {what}", self.text(name)));
        self.get(name).map(str::parse).transpose().map_err(wrong)
    }

    /// Which page of a list is asked for.
    pub(crate) fn page(&self) -> Result<PageAsk, domain::Error> {
        let limit = self.parsed::<u32>("limit", "number of rows")?;
        PageAsk::new(self.get("after").map(str::to_owned), Some(limit.unwrap_or(ROWS)))
    }

    /// Whether any filter beside the paging is set.
    pub(crate) fn filters(&self) -> bool {
        self.0.iter().any(|(name, value)| !matches!(name.as_str(), "after" | "limit") && !value.trim().is_empty())
    }

    /// The same query with one parameter set anew, as it stands behind a path: `?a=b&after=c`.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(known, kept)| known != name && !kept.is_empty());
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(kept);
        encoded.append_pair(name, value);
        format!("?{}", encoded.finish())
    }

    /// The same query without a parameter.
    pub(crate) fn without(&self, name: &str) -> String {
        let kept = self.0.iter().filter(|(known, kept)| known != name && !kept.is_empty());
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        format!("?{encoded}")
    }

    /// Every parameter, for a form that begins with what the address says.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_filters_filter_nothing_and_links_keep_the_others() {
        let query =
            Query(vec![("state".into(), "live".into()), ("kind".into(), " ".into()), ("after".into(), "x".into())]);
        assert_eq!((query.get("state"), query.get("kind"), query.get("none")), (Some("live"), None, None));
        assert_eq!(query.with("after", "y&z"), "?state=live&kind=+&after=y%26z");
        assert_eq!(query.without("after"), "?state=live&kind=+");
        assert!(query.filters());
        assert_eq!(query.page().unwrap().limit, ROWS);
    }
}
