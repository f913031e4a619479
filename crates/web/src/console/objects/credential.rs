//! `/projects/{project}/datasources/{name}/credential`: a short-lived credential, shown once.
//!
//! It stands on the page that answers the form and nowhere else: not in an address, not in the store, not
//! in the browser's cache.

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use broker::{CredentialAsk, IssuedCredential};
use domain::grant::GrantScope;
use domain::place::Prefix;
use domain::provider::{Credential, NarrowedBy};
use domain::scope::Access;
use domain::{Error, ErrorKind, ttl};
use jiff::Timestamp;

use super::place::Place;
use super::sign::revocable;
use super::text::{sh, visible};
use super::tools::{self, Block, Handed};
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "objects/credential.html")]
struct CredentialPage {
    frame: Frame,
    place: Place,
    form: Filled,
    /// Why none can be had, where that is known before anybody asks.
    none: Option<String>,
    fresh: Option<Fresh>,
}

#[derive(Template)]
#[template(path = "objects/issued.html")]
struct IssuedPage {
    frame: Frame,
    place: Place,
    blocks: Vec<Block>,
    fresh: Fresh,
    grant: String,
    expires_at: Timestamp,
    granted: String,
    requested: Option<String>,
    revocable: String,
    scope: GrantScope,
    prefix: String,
    headers: Vec<(String, String)>,
    warnings: Vec<String>,
}

/// How tools ask Tidegate for a fresh credential by themselves, so that none has to be copied.
enum Fresh {
    /// A profile of the AWS tools.
    Profile(String),
    /// Lines for a shell.
    Shell(String),
}

/// What is asked for, in the words of a command line too.
struct Asked {
    ask: CredentialAsk,
    prefix: Prefix,
    life: String,
}

impl CredentialPage {
    async fn of(app: &App, place: Place, form: Filled, headers: &HeaderMap) -> Result<Self, Failure> {
        let (caller, project) = (place.here.caller(), place.here.name());
        let (narrowed, form) = match app.broker().credential_narrowing(caller, project, &place.view.name).await {
            Ok(narrowed) => (Some(narrowed), form),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(Failure(error)),
            // What is wrong with what was sent is said first.
            Err(error) if form.problem.is_none() => (None, form.failed(error)?),
            Err(_) => (None, form),
        };
        let form = form.or("access", "read").or("prefix", place.base()).or("ttl", "1h");
        let words = asked(&place, form.value("access"), form.value("prefix"), form.value("ttl"));
        let usual = || Asked {
            ask: CredentialAsk { access: Access::Read, prefix: None, ttl_seconds: 3600 },
            prefix: place.view.prefix.clone(),
            life: "1h".to_owned(),
        };
        let words = words.unwrap_or_else(|_| usual());
        let (none, fresh) = match narrowed {
            None => (None, None),
            Some(NarrowedBy::Nothing { why }) => (Some(why), None),
            Some(NarrowedBy::SessionPolicy | NarrowedBy::FederationToken) => {
                (None, Some(Fresh::Profile(profile(app, &place, &words, headers))))
            }
            Some(NarrowedBy::AccessBoundary | NarrowedBy::Sas) => {
                (None, Some(Fresh::Shell(shell(app, &place, &words, headers))))
            }
        };
        let frame = place.here.frame(Section::Datasources, "Issue a credential");
        Ok(Self { frame, place, form, none, fresh })
    }

    fn action(&self) -> String {
        format!("{}/credential", self.place.page())
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    place.must(Action::CredentialIssue)?;
    answer::page(&CredentialPage::of(&app, place, Filled::from_query(&query), &headers).await?)
}

/// Issues, and shows the credential this once.
pub(super) async fn submit(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let made = match asked(&place, form.text("access"), form.raw("prefix"), form.text("ttl")) {
        Ok(asked) => issue(&app, &place, &asked).await.map(|issued| (asked, issued)),
        Err(error) => Err(error),
    };
    match made {
        Ok((asked, issued)) => {
            let fresh = match &issued.credential {
                Credential::Aws(_) => Fresh::Profile(profile(&app, &place, &asked, &headers)),
                Credential::Gcp(_) | Credential::Azure(_) => Fresh::Shell(shell(&app, &place, &asked, &headers)),
            };
            answer::page(&page(place, &asked, issued, fresh)?)
        }
        Err(error) => {
            let at_ttl = error.fields().iter().any(|field| field.pointer == "/ttl_seconds");
            let filled = Filled::from_form(&form).failed(if at_ttl { error.at("/ttl") } else { error })?;
            answer::refused(&CredentialPage::of(&app, place, filled, &headers).await?)
        }
    }
}

fn asked(place: &Place, access: &str, prefix: &str, life: &str) -> Result<Asked, Error> {
    let known = [Access::Read, Access::Write, Access::ReadWrite].into_iter().find(|known| known.as_str() == access);
    let access = known.ok_or_else(|| Error::invalid("/access", "choose one of read, write and read-write"))?;
    let prefix: Prefix = match prefix {
        "" => place.view.prefix.clone(),
        prefix => {
            prefix.parse().map_err(|why: domain::place::PlaceError| Error::invalid("/prefix", why.to_string()))?
        }
    };
    let seconds = ttl::parse(life).map_err(|why| Error::invalid("/ttl", why.to_string()))?.as_secs();
    let ttl_seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Ok(Asked {
        ask: CredentialAsk { access, prefix: Some(prefix.clone()), ttl_seconds },
        prefix,
        life: life.to_owned(),
    })
}

async fn issue(app: &App, place: &Place, asked: &Asked) -> Result<IssuedCredential, Error> {
    let (caller, project) = (place.here.caller(), place.here.name());
    app.broker().issue_credential(caller, project, &place.view.name, asked.ask.clone(), None).await
}

fn page(place: Place, asked: &Asked, issued: IssuedCredential, fresh: Fresh) -> Result<IssuedPage, Error> {
    let of = Handed {
        name: place.view.name.as_str(),
        bucket: &place.view.bucket,
        prefix: &asked.prefix,
        access: asked.ask.access,
        headers: &issued.headers,
    };
    let blocks = tools::blocks(&issued.credential, &of)
        .ok_or_else(|| Error::internal("the provider gave a credential that is no text"))?;
    let shorter = issued.granted.as_secs().saturating_add(60) < issued.requested.as_secs();
    Ok(IssuedPage {
        frame: place.here.frame(Section::Datasources, "The credential"),
        blocks,
        fresh,
        grant: issued.grant.to_string(),
        expires_at: issued.expires_at,
        granted: about(issued.granted.as_secs()),
        requested: shorter.then(|| ttl::show(issued.requested)),
        revocable: revocable(issued.revocability),
        prefix: visible(&issued.scope.prefix),
        scope: issued.scope,
        headers: issued.headers,
        warnings: issued.warnings,
        place,
    })
}

/// To the minute: nobody reads seconds.
fn about(seconds: u64) -> String {
    let minutes = seconds.saturating_add(30) / 60;
    ttl::show(std::time::Duration::from_secs(minutes.max(1).saturating_mul(60)))
}

/// The profile that asks Tidegate for a fresh credential each time and keeps none.
fn profile(app: &App, place: &Place, asked: &Asked, headers: &HeaderMap) -> String {
    let name = &place.view.name;
    let command = command(app, place, asked, headers);
    let region = place.view.region.as_deref().filter(|region| !region.is_empty());
    let region = region.map(|region| format!("region = {region}\n")).unwrap_or_default();
    format!("[profile tidegate-{name}]\ncredential_process = {command} --format aws-process\n{region}")
}

/// The same for tools that read variables: the lines are run again when the credential ends.
fn shell(app: &App, place: &Place, asked: &Asked, headers: &HeaderMap) -> String {
    format!("set -a\neval \"$({} --format env)\"\nset +a\n", command(app, place, asked, headers))
}

fn command(app: &App, place: &Place, asked: &Asked, headers: &HeaderMap) -> String {
    let (begin, name, access) = (place.command(app, headers), &place.view.name, asked.ask.access.as_str());
    let mut command = format!("{begin} credential issue {name} --access {access}");
    if asked.prefix != place.view.prefix {
        command.push_str(&format!(" --prefix {}", sh(asked.prefix.as_str())));
    }
    command.push_str(&format!(" --ttl {}", sh(&asked.life)));
    command
}
