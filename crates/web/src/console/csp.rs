//! The content security policy of a page: nothing inline, nothing from another host.
//!
//! Pictures, video and fetches may come from the hosts of the project's datasources, and only on the
//! pages that show objects.

use axum::http::HeaderValue;

/// Where a page may load objects from, beside its own origin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Csp {
    origins: Vec<String>,
    downloads: bool,
}

impl Csp {
    /// Allows objects from the origins of these URLs; what is no http(s) URL allows nothing.
    pub(crate) fn with_objects_of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let mut origins: Vec<String> = urls.into_iter().filter_map(origin).collect();
        origins.sort_unstable();
        origins.dedup();
        Self { origins, downloads: false }
    }

    /// Also lets a form of the page lead there: browsers hold the redirect of a form to its policy.
    pub(crate) fn and_downloads(self) -> Self {
        Self { downloads: true, ..self }
    }

    /// The header.
    pub(crate) fn header(&self) -> HeaderValue {
        let buckets: String = self.origins.iter().map(|origin| format!(" {origin}")).collect();
        let forms = if self.downloads { buckets.as_str() } else { "" };
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
             img-src 'self'{buckets}; media-src 'self'{buckets}; connect-src 'self'{buckets}; \
             form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

/// Scheme, host and port; only characters that cannot end a source or a directive.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let fits = matches!(scheme, "http" | "https") && !host.is_empty() && host.chars().all(plain);
    fits.then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_of_http_urls_are_allowed() {
        assert_eq!(origin("https://b.example.com:9000/k?x").as_deref(), Some("https://b.example.com:9000"));
        assert_eq!(origin("http://[::1]:8333/b").as_deref(), Some("http://[::1]:8333"));
        for hostile in
            ["javascript://x", "https://", "https://a; script-src *", "https://a b/", "data:x", "https://u@h/"]
        {
            assert_eq!(origin(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn forms_lead_to_a_bucket_only_where_something_is_downloaded() {
        let shown = Csp::with_objects_of(["https://b.example.com/k"]);
        assert!(shown.header().to_str().unwrap().contains("form-action 'self';"));
        assert!(shown.and_downloads().header().to_str().unwrap().contains("form-action 'self' https://b.example.com;"));
    }

    #[test]
    fn a_plain_page_loads_nothing_from_elsewhere() {
        let policy = Csp::default().header();
        let policy = policy.to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(!policy.contains("http") && !policy.contains("unsafe"));
    }
}
