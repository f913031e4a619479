//! Where connecting goes on to when it is done: back to the datasource that it was begun for.
//!
//! It stands in the address of every step as `then`, with what was typed of the datasource before: no step
//! keeps anything, and an address leads to the form of a datasource or is ignored.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::query::Query;
use super::viewer::Here;

/// The word that `then` begins with; what was typed comes behind it as a query.
const DATASOURCE: &str = "datasource";
/// An address that is longer is not carried along.
const LONGEST: usize = 2_048;

/// What is asked for after the connection; nothing for most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Then(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Then {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Ok(query) = Query::from_request_parts(parts, state).await;
        Ok(Self::read(query.text("then")))
    }
}

impl Then {
    fn read(text: &str) -> Self {
        let typed = text.strip_prefix(DATASOURCE);
        let known = typed.is_some_and(|typed| typed.is_empty() || typed.starts_with('?')) && text.len() <= LONGEST;
        Self(known.then(|| text.to_owned()))
    }

    /// To the form of a datasource, with what was typed into it.
    pub(crate) fn datasource(query: &Query) -> Self {
        let kept = typed(query.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Self::read(&if kept.is_empty() { DATASOURCE.to_owned() } else { format!("{DATASOURCE}?{kept}") })
    }

    /// As it stands in a form; empty where there is nothing.
    pub(crate) fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Where to go on with this integration, if anything was asked for.
    pub(crate) fn with(&self, here: &Here, integration: &str) -> Option<String> {
        let (_, kept) = self.0.as_deref()?.split_at_checked(DATASOURCE.len())?;
        let kept = form_urlencoded::parse(kept.trim_start_matches('?').as_bytes());
        let kept = kept.filter(|(name, _)| name != "integration");
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("integration", integration).extend_pairs(kept);
        Some(format!("{}?{}", here.path("/datasources/-/new"), query.finish()))
    }
}

/// Without what only says how the integration is chosen.
fn typed<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let kept =
        pairs.filter(|(name, value)| !matches!(*name, "integration" | "choose" | "find" | "go") && !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}

/// As it stands behind the path of the next step.
impl std::fmt::Display for Then {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(then) = &self.0 else { return Ok(()) };
        write!(f, "?{}", form_urlencoded::Serializer::new(String::new()).append_pair("then", then).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_datasource_follows() {
        for (text, shown) in [
            ("", ""),
            ("datasource", "?then=datasource"),
            ("datasource?name=a&prefix=b%26c", "?then=datasource%3Fname%3Da%26prefix%3Db%2526c"),
            ("datasources", ""),
            ("//evil.example", ""),
            ("https://evil.example/datasource", ""),
        ] {
            assert_eq!(Then::read(text).to_string(), shown, "{text}");
        }
        assert_eq!(Then::read(&format!("datasource?name={}", "a".repeat(LONGEST))), Then::default());
    }

    #[test]
    fn what_was_typed_is_kept_and_how_an_integration_is_chosen_is_not() {
        let pairs = [("name", "a"), ("integration", "x"), ("choose", "yes"), ("prefix", "b/&"), ("bucket", "")];
        assert_eq!(typed(pairs.into_iter()), "name=a&prefix=b%2F%26");
    }
}
