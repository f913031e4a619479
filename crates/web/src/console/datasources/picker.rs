//! Looking through an integration at buckets and folders, to choose one.
//!
//! Going somewhere is choosing it: bucket and prefix stand in the form's fields, and a click sets them. Each
//! place is a button of the form, so everything typed goes along, with a script or without.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use authz::Action;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use broker::{BrowseQuery, Browsed, ObjectPage};
use domain::name::{MAX_NAME, Name};
use domain::page::PageAsk;
use domain::place::{BucketName, Prefix};
use domain::{Error, ErrorKind};

use crate::App;
use crate::console::answer;
use crate::console::form::Filled;
use crate::console::objects::{size, visible};
use crate::console::query::Query;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// So many folders and objects are shown at once.
const ROWS: u32 = 100;
/// So many buckets are; the name of another one is typed.
const BUCKETS: usize = 200;
/// So many objects show what is in a folder.
const OBJECTS: usize = 8;
/// A page does not wait longer for the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// A place in a store, as it is typed or clicked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) after: Option<String>,
}

impl At {
    /// The place that was clicked, else the one that is typed.
    pub(super) fn read(query: &Query) -> Self {
        match query.get("go") {
            Some(go) => Self::clicked(go),
            None => Self {
                bucket: query.text("bucket").to_owned(),
                prefix: whole(query.raw("prefix")),
                after: query.get("after").map(str::to_owned),
            },
        }
    }

    fn clicked(go: &str) -> Self {
        let mut at = Self::default();
        for (name, value) in form_urlencoded::parse(go.as_bytes()).into_owned() {
            match name.as_str() {
                "bucket" => at.bucket = value,
                "prefix" => at.prefix = value,
                "after" => at.after = Some(value),
                _ => {}
            }
        }
        at
    }

    /// What a button of this place sends.
    fn go(&self) -> String {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.append_pair("bucket", &self.bucket).append_pair("prefix", &self.prefix);
        encoded.extend_pairs(self.after.iter().map(|after| ("after", after)));
        encoded.finish()
    }

    /// A name for it, of its bucket and last folder.
    fn suggestion(&self) -> String {
        let folder = self.prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let mut name = String::new();
        for c in self.bucket.chars().chain(std::iter::once('-')).chain(folder.chars()) {
            match c.to_ascii_lowercase() {
                c if c.is_ascii_lowercase() || c.is_ascii_digit() => name.push(c),
                _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
                _ => {}
            }
        }
        name.truncate(MAX_NAME);
        name.trim_end_matches('-').to_owned()
    }
}

/// The prefix as it would be kept; one that cannot be stays as it is typed.
fn whole(typed: &str) -> String {
    typed.parse::<Prefix>().map_or_else(|_| typed.to_owned(), |prefix| prefix.to_string())
}

/// The whole form at this place; a name that nobody typed goes along with the place.
pub(super) fn moved(query: &Query, at: &At) -> Vec<(String, String)> {
    const OWN: [&str; 7] = ["go", "bucket", "prefix", "after", "name", "suggested", "cors"];
    let typed = query.text("name");
    let suggestion = at.suggestion();
    let own = typed.is_empty() || typed == query.text("suggested");
    let name = if own { suggestion.as_str() } else { typed };
    let place = [("bucket", at.bucket.as_str()), ("prefix", &at.prefix), ("name", name), ("suggested", &suggestion)];
    let others = query.pairs().iter().filter(|(name, value)| !OWN.contains(&name.as_str()) && !value.is_empty());
    let mut pairs: Vec<(String, String)> = others.cloned().collect();
    pairs.extend(place.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    pairs.extend(at.after.iter().map(|after| ("after".to_owned(), after.clone())));
    pairs
}

/// A form with these values.
pub(super) fn filled(pairs: &[(String, String)]) -> Filled {
    pairs.iter().fold(Filled::default(), |form, (name, value)| form.or(name, value.clone()))
}

/// The address of a form with these values.
pub(super) fn address(here: &Here, pairs: &[(String, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    here.path(&format!("/datasources/-/new?{query}"))
}

/// A bucket or folder to go to.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) label: String,
    /// None for a folder that cannot be the place of a datasource.
    pub(super) go: Option<String>,
}

/// Why nothing can be seen there.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) code: &'static str,
    /// The provider's own words.
    pub(super) answer: Option<String>,
    pub(super) request_id: Option<String>,
}

impl Refused {
    fn of(error: &Error) -> Self {
        let answer = error.answer();
        let remedy = error.remedy().map(|remedy| remedy.summary.as_str());
        Self {
            message: crate::console::failure::sentence(error.message()),
            hint: error.hint().or(remedy).map(crate::console::failure::sentence),
            code: error.code(),
            answer: answer.and_then(|answer| match (&answer.code, answer.http_status) {
                (Some(code), Some(http)) => Some(format!("{code} (HTTP {http})")),
                (Some(code), None) => Some(code.clone()),
                (None, http) => http.map(|http| format!("HTTP {http}")),
            }),
            request_id: answer.and_then(|answer| answer.request_id.clone()),
        }
    }
}

/// What is at a place.
#[derive(Debug, Default)]
pub(super) struct Picker {
    /// The way there, the list of buckets first.
    pub(super) crumbs: Vec<Choice>,
    /// Buckets, or folders of one.
    pub(super) choices: Vec<Choice>,
    /// Some objects with their sizes.
    pub(super) objects: Vec<(String, String)>,
    pub(super) inside: bool,
    /// Buckets that are not shown.
    pub(super) left: usize,
    /// The next page.
    pub(super) more: Option<String>,
    pub(super) refused: Option<Refused>,
    /// Whether anything was looked at.
    pub(super) looked: bool,
}

impl Picker {
    fn at(at: &At) -> Self {
        let mut picker = Self {
            crumbs: vec![Choice { label: "All buckets".to_owned(), go: Some(At::default().go()) }],
            ..Self::default()
        };
        if at.bucket.is_empty() {
            return picker;
        }
        picker.inside = true;
        let place = |prefix: &str| At { bucket: at.bucket.clone(), prefix: prefix.to_owned(), after: None }.go();
        picker.crumbs.push(Choice { label: visible(&at.bucket), go: Some(place("")) });
        let mut begin = 0;
        for (end, _) in at.prefix.match_indices('/') {
            let (name, upto) =
                (at.prefix.get(begin..end).unwrap_or_default(), at.prefix.get(..=end).unwrap_or_default());
            let label = if name.is_empty() { "(no name)".to_owned() } else { visible(name) };
            picker.crumbs.push(Choice { label, go: Some(place(upto)) });
            begin = end.saturating_add(1);
        }
        picker
    }

    fn with_buckets(mut self, names: Vec<String>) -> Self {
        self.left = names.len().saturating_sub(BUCKETS);
        let choice = |name: String| {
            let good = name.parse::<BucketName>().is_ok();
            Choice { label: visible(&name), go: good.then(|| At { bucket: name, ..At::default() }.go()) }
        };
        self.choices = names.into_iter().take(BUCKETS).map(choice).collect();
        self
    }

    fn with_level(mut self, at: &At, level: ObjectPage) -> Self {
        let choice = |prefix: String| {
            let label = visible(prefix.strip_prefix(&at.prefix).unwrap_or(&prefix));
            let good = prefix.parse::<Prefix>().is_ok();
            Choice { label, go: good.then(|| At { bucket: at.bucket.clone(), prefix, after: None }.go()) }
        };
        self.choices = level.prefixes.into_iter().map(choice).collect();
        let named = |key: &str| visible(key.strip_prefix(&at.prefix).unwrap_or(key));
        // The mark of the folder itself is nothing that is in it.
        let objects = level.items.iter().filter(|object| object.key != at.prefix);
        self.objects = objects.take(OBJECTS).map(|object| (named(&object.key), size(object.size))).collect();
        self.more = level.next.map(|next| At { after: Some(next), ..at.clone() }.go());
        self
    }
}

/// Looks at a place; what is wrong with how it is typed is given back for its field.
pub(super) async fn look(
    app: &App,
    here: &Here,
    integration: &Name,
    at: &At,
) -> Result<(Picker, Option<Error>), Failure> {
    let at = At { prefix: whole(&at.prefix), ..at.clone() };
    let mut picker = Picker::at(&at);
    let bucket = match at.bucket.as_str() {
        "" => None,
        text => match text.parse::<BucketName>() {
            Ok(bucket) => Some(bucket),
            Err(why) => return Ok((picker, Some(Error::invalid("/bucket", why.to_string())))),
        },
    };
    if let Err(why) = at.prefix.parse::<Prefix>() {
        return Ok((picker, Some(Error::invalid("/prefix", why.to_string()))));
    }
    let page = PageAsk { after: at.after.clone(), limit: ROWS };
    let prefix = if bucket.is_some() { at.prefix.clone() } else { String::new() };
    let query = BrowseQuery { bucket, prefix, delimiter: Some("/".to_owned()), page };
    let asked = app.broker().browse_integration(here.caller(), here.name(), integration, query);
    picker.looked = true;
    let late = || {
        let message = format!("the store has not answered within {} seconds", PATIENCE.as_secs());
        Err(Error::new(ErrorKind::ProviderUnavailable, message).with_hint("look again, or type bucket and prefix"))
    };
    match tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| late()) {
        Ok(Browsed::Buckets(buckets)) => {
            let names = buckets.items.into_iter().map(|bucket| bucket.name).collect();
            Ok((picker.with_buckets(names), None))
        }
        Ok(Browsed::Objects(level)) => Ok((picker.with_level(&at, level), None)),
        Err(error) if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unauthenticated) => Err(Failure(error)),
        Err(error) => {
            picker.refused = Some(Refused::of(&error));
            Ok((picker, None))
        }
    }
}

/// The fields of a place with what is there.
#[derive(Template)]
#[template(path = "datasources/place.html")]
pub(super) struct PlacePart {
    pub(super) base: String,
    pub(super) form: Filled,
    pub(super) picker: Picker,
    /// It takes the place of what was clicked in, so the reader is put where he goes on.
    pub(super) moved: bool,
}

impl HtmlSafe for PlacePart {}

/// The fields at another place, for a page that stays.
pub(super) async fn part(State(app): State<App>, here: Here, query: Query) -> Result<Response, Failure> {
    here.must(Action::DatasourceCreate)?;
    let integration = face::name("integration", query.text("integration"))?;
    let at = At::read(&query);
    let pairs = moved(&query, &at);
    let (picker, wrong) = look(&app, &here, &integration, &at).await?;
    let mut form = filled(&pairs);
    if let Some(wrong) = wrong {
        form = form.failed(wrong)?;
    }
    let mut response = answer::page(&PlacePart { base: here.path("/datasources"), form, picker, moved: true })?;
    let address = HeaderValue::from_str(&address(&here, &pairs)).map_err(Error::internal)?;
    response.headers_mut().insert("hx-replace-url", address);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;

    use super::*;

    async fn query(text: &str) -> Query {
        let request = axum::http::Request::builder().uri(format!("/?{text}")).body(()).unwrap();
        let Ok(query) = Query::from_request_parts(&mut request.into_parts().0, &()).await;
        query
    }

    #[test]
    fn a_click_names_the_place_byte_for_byte() {
        let at = At { bucket: "data".into(), prefix: " a&b=%2F\u{202e}é/".into(), after: Some("x=y".into()) };
        assert_eq!(At::clicked(&at.go()), at);
    }

    #[test]
    fn a_name_is_suggested_of_bucket_and_folder() {
        let named =
            |bucket: &str, prefix: &str| At { bucket: bucket.into(), prefix: prefix.into(), after: None }.suggestion();
        assert_eq!(named("my.data", "raw/2026 März/"), "my-data-2026-m-rz");
        assert_eq!((named("data", ""), named("", "x/")), ("data".to_owned(), "x".to_owned()));
        assert!(named(&"b".repeat(63), "x/").parse::<Name>().is_ok());
    }

    #[tokio::test]
    async fn a_name_that_nobody_typed_goes_along_and_another_stays() {
        let go = At { bucket: "data".into(), prefix: "a/".into(), after: None }.go();
        let go = form_urlencoded::Serializer::new(String::new()).append_pair("go", &go).finish();
        let name = |pairs: &[(String, String)]| filled(pairs).value("name").to_owned();
        let clicked = query(&format!("integration=i&region=eu&name=data&suggested=data&bucket=data&{go}")).await;
        let pairs = moved(&clicked, &At::read(&clicked));
        assert_eq!(
            (name(&pairs).as_str(), filled(&pairs).value("prefix"), filled(&pairs).value("region")),
            ("data-a", "a/", "eu")
        );
        let typed = query(&format!("name=mine&suggested=data&{go}")).await;
        assert_eq!(name(&moved(&typed, &At::read(&typed))), "mine");
    }

    #[test]
    fn folders_that_cannot_be_a_prefix_are_shown_and_not_offered() {
        let at = At { bucket: "data".into(), ..At::default() };
        let prefixes = vec!["/".to_owned(), "a\n/".to_owned(), "../".to_owned(), "<b>/".to_owned()];
        let picker = Picker::at(&at).with_level(&at, ObjectPage { items: Vec::new(), prefixes, next: None });
        let offered: Vec<_> = picker.choices.iter().map(|choice| choice.go.is_some()).collect();
        assert_eq!(offered, [false, false, false, true]);
    }
}
