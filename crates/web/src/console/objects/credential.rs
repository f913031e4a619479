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
use domain::provider::Credential;
use domain::scope::Access;
use domain::{Error, ttl};
use jiff::Timestamp;

use super::place::Place;
use super::sign::revocable;
use super::text::{sh, visible};
use super::tools::{Block, Issue};
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
    process: String,
}

#[derive(Template)]
#[template(path = "objects/issued.html")]
struct IssuedPage {
    frame: Frame,
    place: Place,
    blocks: Vec<Block>,
    process: String,
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

/// What is asked for, in the words of a command line too.
struct Asked {
    ask: CredentialAsk,
    prefix: Prefix,
    life: String,
}

impl CredentialPage {
    fn of(app: &App, place: Place, form: Filled, headers: &HeaderMap) -> Self {
        let form = form.or("access", "read").or("prefix", place.base()).or("ttl", "1h");
        let words = asked(&place, form.value("access"), form.value("prefix"), form.value("ttl"));
        let usual = || Asked {
            ask: CredentialAsk { access: Access::Read, prefix: None, ttl_seconds: 3600 },
            prefix: place.view.prefix.clone(),
            life: "1h".to_owned(),
        };
        let process = process(app, &place, &words.unwrap_or_else(|_| usual()), headers);
        Self { frame: place.here.frame(Section::Datasources, "Issue a credential"), place, form, process }
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
    answer::page(&CredentialPage::of(&app, place, Filled::from_query(&query), &headers))
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
            let process = process(&app, &place, &asked, &headers);
            answer::page(&page(place, &asked, issued, process)?)
        }
        Err(error) => {
            let at_ttl = error.fields().iter().any(|field| field.pointer == "/ttl_seconds");
            let filled = Filled::from_form(&form).failed(if at_ttl { error.at("/ttl") } else { error })?;
            answer::refused(&CredentialPage::of(&app, place, filled, &headers))
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

fn page(place: Place, asked: &Asked, issued: IssuedCredential, process: String) -> Result<IssuedPage, Error> {
    let Credential::Aws(aws) = &issued.credential else {
        return Err(Error::internal("this page does not know such a credential yet"));
    };
    let no_text = || Error::internal("the provider gave a credential that is no text");
    let blocks = Issue {
        name: place.view.name.as_str(),
        access_key_id: &aws.access_key_id,
        secret_access_key: aws.secret_access_key.expose_str().ok_or_else(no_text)?,
        session_token: aws.session_token.expose_str().ok_or_else(no_text)?,
        region: &aws.region,
        endpoint: aws.endpoint.as_deref(),
        path_style: aws.path_style,
        bucket: &place.view.bucket,
        prefix: &asked.prefix,
        access: asked.ask.access,
        headers: &issued.headers,
    }
    .blocks();
    let shorter = issued.granted.as_secs().saturating_add(60) < issued.requested.as_secs();
    Ok(IssuedPage {
        frame: place.here.frame(Section::Datasources, "The credential"),
        blocks,
        process,
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
fn process(app: &App, place: &Place, asked: &Asked, headers: &HeaderMap) -> String {
    let name = &place.view.name;
    let mut command =
        format!("{} credential issue {name} --access {}", place.command(app, headers), asked.ask.access.as_str());
    if asked.prefix != place.view.prefix {
        command.push_str(&format!(" --prefix {}", sh(asked.prefix.as_str())));
    }
    let region = place.view.region.as_deref().filter(|region| !region.is_empty());
    let region = region.map(|region| format!("region = {region}\n")).unwrap_or_default();
    format!(
        "[profile tidegate-{name}]\ncredential_process = {command} --ttl {} --format aws-process\n{region}",
        sh(&asked.life)
    )
}
