//! `GET /projects/{project}/datasources/{name}/object`

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use broker::{ObjectReach, ObjectView};
use domain::place::ObjectKey;
use domain::provider::Capabilities;
use domain::{Error, ErrorKind};
use jiff::Timestamp;

use super::kind::{self, Kind};
use super::place::{Crumb, Place, folder_of};
use super::sign;
use super::text::{browsers_keep, size, visible};
use crate::App;
use crate::console::answer;
use crate::console::csp::Csp;
use crate::console::form::Trouble;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::face::{Failure, status};

/// So much of a text is shown.
const TEXT: u64 = 64 * 1024;

/// Why nothing is shown where no URL can be had.
const UNSIGNED: &str = "This connection signs no URLs, so the object can be neither shown nor downloaded here.";

#[derive(Template)]
#[template(path = "objects/show.html")]
struct ShowPage {
    frame: Frame,
    place: Place,
    key: ObjectKey,
    name: String,
    crumbs: Vec<Crumb>,
    object: Option<ObjectView>,
    missing: bool,
    trouble: Option<Trouble>,
    preview: Preview,
    /// The grant of the preview.
    grant: Option<(String, Timestamp)>,
    keeps: bool,
    /// What the connection can do; what it cannot is not offered.
    can: Capabilities,
}

/// What is shown of the object itself.
enum Preview {
    Picture(String),
    Video(String),
    Audio(String),
    Text {
        url: String,
        json: bool,
    },
    /// Nothing, and why.
    Nothing(String),
}

impl ShowPage {
    fn why(&self, how: &str) -> String {
        self.place.why(self.key.as_str(), how)
    }

    fn at(&self, rest: &str) -> String {
        self.place.at(rest, "key", self.key.as_str())
    }

    fn folder(&self) -> String {
        self.place.folder(folder_of(self.key.as_str()))
    }

    fn size(&self, bytes: &u64) -> String {
        size(*bytes)
    }

    fn shown_key(&self) -> String {
        visible(self.key.as_str())
    }

    fn is_changed(&self) -> bool {
        visible(self.key.as_str()) != self.key.as_str()
    }
}

/// One object.
pub(super) async fn show(State(app): State<App>, place: Place, query: Query) -> Result<Response, Failure> {
    if query.raw("key").is_empty() {
        return answer::to(place.folder(""));
    }
    let key = sign::key(query.raw("key"))?;
    let (caller, project, name) = (place.here.caller(), place.here.name(), &place.view.name);
    let mut code = StatusCode::OK;
    let (mut missing, mut trouble) = (false, None);
    let object = match app.broker().show_object(caller, project, name, key.as_str()).await {
        Ok(object) => Some(object),
        Err(error) => {
            code = status(error.kind());
            match error.kind() {
                ErrorKind::ProviderDenied if is_missing(&error) => {
                    code = StatusCode::NOT_FOUND;
                    missing = true;
                }
                ErrorKind::PermissionDenied | ErrorKind::Internal => return Err(Failure(error)),
                _ => trouble = Some(Trouble::of(&error)),
            }
            None
        }
    };
    let reach = match &object {
        Some(_) => app.broker().object_reach(caller, project, name).await?,
        None => ObjectReach::default(),
    };
    let (preview, grant) = match &object {
        Some(_) if !reach.can.sign => (Preview::Nothing(UNSIGNED.to_owned()), None),
        Some(object) => preview(&app, &place, &key, object).await?,
        None => (Preview::Nothing(String::new()), None),
    };
    // A form may only be led to the bucket, and only where there is something to download.
    let csp = match &object {
        Some(_) => Csp::with_objects_of([reach.origin.as_str()]).and_downloads(),
        None => Csp::default(),
    };
    let folder = folder_of(key.as_str());
    let shown = place.name(folder, key.as_str());
    let shown = if shown.is_empty() { visible(key.as_str()) } else { shown };
    let page = ShowPage {
        frame: place.here.frame(Section::Datasources, shown.clone()),
        crumbs: place.crumbs(folder),
        name: shown,
        keeps: browsers_keep(key.as_str()),
        place,
        key,
        object,
        missing,
        trouble,
        preview,
        grant,
        can: reach.can,
    };
    answer::page_with(code, &page, &csp)
}

/// The answer to HEAD has no code of the store's own, only the status.
fn is_missing(error: &Error) -> bool {
    error.answer().is_some_and(|answer| answer.http_status == Some(404))
}

/// What to show, and the grant of the URL that the page was given for it.
async fn preview(
    app: &App,
    place: &Place,
    key: &ObjectKey,
    object: &ObjectView,
) -> Result<(Preview, Option<(String, Timestamp)>), Failure> {
    let kind = kind::of(object.content_type.as_deref(), key.as_str());
    if let Some(why) = no_preview(kind, key, object) {
        return Ok((Preview::Nothing(why.to_owned()), None));
    }
    let signed = sign::for_page(app, place, vec![key.clone()]).await?;
    let url = signed.urls.into_iter().next().map(|(_, url)| url).unwrap_or_default();
    let preview = match kind {
        Kind::Picture => Preview::Picture(url),
        Kind::Video => Preview::Video(url),
        Kind::Audio => Preview::Audio(url),
        Kind::Json => Preview::Text { url, json: object.size.is_some_and(|size| size <= TEXT) },
        Kind::Text | Kind::Other => Preview::Text { url, json: false },
    };
    Ok((preview, Some((signed.grant, signed.expires_at))))
}

fn no_preview(kind: Kind, key: &ObjectKey, object: &ObjectView) -> Option<&'static str> {
    if !browsers_keep(key.as_str()) {
        return Some(
            "Browsers cannot ask for this key: they take '.' and '..' between slashes for steps between folders. \
             Make a signed URL and use it with 'curl --path-as-is', or issue a credential.",
        );
    }
    match kind {
        _ if object.size == Some(0) => Some("The object is empty."),
        Kind::Other => Some("A browser cannot show objects of this type. Download it to look at it."),
        Kind::Picture | Kind::Video | Kind::Audio | Kind::Json | Kind::Text => None,
    }
}
