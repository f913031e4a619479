//! What the URLs of one page have in common, which then stands in the page once.
//!
//! A session token alone has a kilobyte or two, and pages are sent unpacked: a hundred URLs in full would be
//! most of the page. The page's script puts them together again.

/// The parts that all of the URLs have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// How each begins, up to its query.
    pub(super) place: String,
    /// How the query of each begins, with its `?`.
    pub(super) query: String,
}

/// What is left of one URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// Follows the shared place.
    pub(super) path: String,
    /// Follows the shared query.
    pub(super) end: String,
}

/// Takes the URLs apart: each is `place + path + query + end`.
pub(super) fn shared(urls: &[&str]) -> (Shared, Vec<Own>) {
    let parts: Vec<_> = urls.iter().map(|url| url.split_at(url.find('?').unwrap_or(url.len()))).collect();
    let place = beginning(parts.iter().map(|(place, _)| *place));
    let query = beginning(parts.iter().map(|(_, query)| *query));
    let rest = |whole: &str, begin: &str| whole.strip_prefix(begin).unwrap_or(whole).to_owned();
    let own = parts.iter().map(|(path, end)| Own { path: rest(path, place), end: rest(end, query) }).collect();
    (Shared { place: place.to_owned(), query: query.to_owned() }, own)
}

/// What all of them begin with.
fn beginning<'a>(mut texts: impl Iterator<Item = &'a str>) -> &'a str {
    let first = texts.next().unwrap_or_default();
    texts.fold(first, |begin, text| {
        let alike = begin.char_indices().zip(text.chars()).find(|((_, one), other)| one != other);
        let end = alike.map_or(begin.len().min(text.len()), |((at, _), _)| at);
        begin.get(..end).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(shared: &Shared, own: &Own) -> String {
        format!("{}{}{}{}", shared.place, own.path, shared.query, own.end)
    }

    #[test]
    fn what_urls_have_in_common_stands_once() {
        let urls = [
            "https://b.example/d/a.png?Token=long&Signature=12",
            "https://b.example/d/b%20.png?Token=long&Signature=34",
        ];
        let (shared, own) = shared(&urls);
        assert_eq!((shared.place.as_str(), shared.query.as_str()), ("https://b.example/d/", "?Token=long&Signature="));
        let left: Vec<_> = own.iter().map(|own| (own.path.as_str(), own.end.as_str())).collect();
        assert_eq!(left, [("a.png", "12"), ("b%20.png", "34")]);
    }

    #[test]
    fn one_url_and_none_are_taken_apart_too() {
        let (parts, own) = shared(&["https://b/a?x=1"]);
        assert_eq!(whole(&parts, &own[0]), "https://b/a?x=1");
        assert_eq!(shared(&[]), (Shared::default(), Vec::new()));
    }

    proptest! {
        #[test]
        fn every_url_is_put_together_again(urls in prop::collection::vec("(http://b/)?[a-c\u{e9}%?=&]{0,8}", 0..5)) {
            let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
            let (parts, own) = shared(&urls);
            let again: Vec<_> = own.iter().map(|own| whole(&parts, own)).collect();
            prop_assert_eq!(again, urls);
        }
    }
}
