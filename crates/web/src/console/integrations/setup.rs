//! `/projects/{project}/integrations/{name}/setup`: the cloud side of an integration.

use std::collections::BTreeMap;

use askama::Template;
use authz::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use broker::{ChangeIntegration, IntegrationView, SetupQuery, Silent};
use domain::datasource::Purpose;
use domain::integration::IntegrationState;
use domain::provider::{Descriptor, Setup};
use domain::{Error, ErrorKind};

use super::blocks::{self, Block, Step};
use super::fields::{self, FormField};
use super::{method, needs};
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::then::Then;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// The forms in which the cloud side is shown, with their titles.
const FORMATS: [(&str, &str); 4] =
    [("steps", "Steps"), ("policies", "Policies"), ("commands", "Commands"), ("terraform", "Terraform")];

#[derive(Template)]
#[template(path = "integrations/setup.html")]
pub(super) struct SetupPage {
    pub(super) frame: Frame,
    pub(super) base: String,
    pub(super) query: Query,
    pub(super) method: &'static Descriptor,
    /// None before there is an integration.
    pub(super) integration: Option<IntegrationView>,
    /// What is still to be named once the cloud side is finished.
    pub(super) finish: Vec<FormField>,
    pub(super) format: &'static str,
    pub(super) form: Filled,
    pub(super) options: Filled,
    pub(super) shown: Option<Shown>,
    /// Nothing can be shown before a bucket is named, and none was.
    pub(super) needs_place: bool,
    pub(super) then: Then,
}

/// What the cloud side is.
pub(super) struct Shown {
    pub(super) setup: Setup,
    pub(super) steps: Vec<Step>,
    pub(super) policies: Vec<Block>,
    pub(super) commands: Option<Block>,
    pub(super) terraform: Option<Block>,
}

impl Shown {
    pub(super) fn of(setup: Setup, asked: &SetupQuery) -> Self {
        Self {
            policies: blocks::policies(&setup, asked),
            commands: blocks::commands(&setup),
            terraform: blocks::terraform(&setup),
            steps: blocks::steps(&setup),
            setup,
        }
    }
}

impl Shown {
    /// What has to be named on the cloud's side, word for word: label and value.
    fn facts(&self) -> Vec<(&'static str, &str)> {
        let setup = &self.setup;
        let facts = [
            ("Whom the role trusts", &setup.principal_arn),
            ("External id", &setup.external_id),
            ("Name of the role", &setup.role_name),
            ("Issuer", &setup.issuer),
            ("Subject", &setup.subject),
            ("Audience", &setup.audience),
        ];
        facts.into_iter().filter_map(|(label, value)| Some((label, value.as_deref()?))).collect()
    }
}

impl SetupPage {
    fn formats(&self) -> [(&'static str, &'static str); 4] {
        FORMATS
    }

    fn purposes(&self) -> [(Purpose, &'static str); 3] {
        needs::PURPOSES
    }

    fn path(&self) -> String {
        match &self.integration {
            Some(integration) => format!("{}/{}/setup", self.base, integration.name),
            None => format!("{}/-/new/{}/setup", self.base, self.method.id),
        }
    }

    /// The same address without what was asked for.
    fn cleared(&self) -> String {
        let then = Some(("then", self.then.text())).filter(|(_, then)| !then.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("format", self.format).extend_pairs(then);
        format!("?{}", query.finish())
    }

    /// The datasources that it is shown for, where it is not for all.
    fn datasources(&self) -> Vec<&str> {
        needs::datasources(&self.query).collect()
    }

    fn is_pending(&self) -> bool {
        self.integration.as_ref().is_some_and(|found| found.state == IntegrationState::Pending)
    }

    /// Whether the options are seen at once.
    fn asks(&self) -> bool {
        self.needs_place || needs::any(&self.query)
    }
}

/// The format that the address asks for.
pub(super) fn format(query: &Query) -> &'static str {
    let found = FORMATS.iter().find(|(word, _)| query.get("format") == Some(word));
    found.map_or("steps", |(word, _)| word)
}

/// What a page shows of the cloud side.
pub(super) struct Found {
    pub(super) shown: Option<Shown>,
    pub(super) options: Filled,
    pub(super) needs_place: bool,
}

/// What was found for the page, or what is wrong with what was asked: shown on the page, beside its field.
pub(super) fn found(shown: Result<Shown, Error>, query: &Query) -> Result<Found, Failure> {
    let options = Filled::from_query(query);
    match shown {
        Ok(shown) => Ok(Found { shown: Some(shown), options, needs_place: false }),
        Err(error) if error.kind() == ErrorKind::ScopeNotExpressible && query.get("bucket").is_none() => {
            Ok(Found { shown: None, options, needs_place: true })
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Failure(error)),
        Err(error) => Ok(Found { shown: None, options: options.failed(error)?, needs_place: false }),
    }
}

/// Shows it.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((_, name)): Path<(String, String)>,
    query: Query,
    then: Then,
) -> Result<Response, Failure> {
    let form = Filled::from_query(&query);
    answer::page(&page(&app, &here, &name, query, form, then).await?)
}

async fn page(
    app: &App,
    here: &Here,
    name: &str,
    query: Query,
    form: Filled,
    then: Then,
) -> Result<SetupPage, Failure> {
    let name = face::name("integration", name)?;
    let integration = app.broker().show_integration(here.caller(), here.name(), &name).await?;
    let method = method(app, here, &integration.method).await?;
    let shown = match needs::read(&query) {
        Ok(asked) if !asked.settings.is_empty() => {
            Err(Error::invalid("/settings", "the integration has its settings already: change them there"))
        }
        Ok(asked) => {
            let setup = app.broker().setup_of_integration(here.caller(), here.name(), &name, asked.clone()).await;
            setup.map(|setup| Shown::of(setup, &asked))
        }
        Err(error) => Err(error),
    };
    let found = found(shown, &query)?;
    let waits = method.waits(&integration.settings);
    let finish = if waits && here.may(Action::IntegrationChange) { fields::later_of(method) } else { Vec::new() };
    Ok(SetupPage {
        frame: here.frame(Section::Integrations, format!("Cloud side of {}", integration.name)),
        base: here.path("/integrations"),
        format: format(&query),
        query,
        method,
        integration: Some(integration),
        finish,
        form,
        options: found.options,
        shown: found.shown,
        needs_place: found.needs_place,
        then,
    })
}

/// Keeps what the cloud side has given, and goes on to proving.
pub(super) async fn submit(
    State(app): State<App>,
    here: Here,
    Path((_, text)): Path<(String, String)>,
    then: Then,
    form: Form,
) -> Result<Response, Failure> {
    let name = face::name("integration", &text)?;
    match keep_finished(&app, &here, &name, &form).await {
        Ok(()) => {
            let next = here.path(&format!("/integrations/{name}/prove{then}"));
            answer::said(&app, next, "What the cloud side gave is kept. Now prove it.")
        }
        Err(error) => {
            let filled = Filled::from_form(&form).failed(error)?;
            answer::refused(&page(&app, &here, &text, Query::default(), filled, then).await?)
        }
    }
}

async fn keep_finished(app: &App, here: &Here, name: &domain::name::Name, form: &Form) -> Result<(), Error> {
    let kept = app.broker().show_integration(here.caller(), here.name(), name).await?;
    let methods = app.broker().list_methods(here.caller()).await?;
    let method = methods.into_iter().find(|method| method.id == kept.method);
    let method = method.ok_or_else(|| Error::not_found("method", &kept.method))?;
    let mut settings = BTreeMap::new();
    for field in method.later_fields() {
        let pointer = format!("/settings/{}", field.name);
        let given = form.filled(&format!("settings.{}", field.name));
        let given = given.ok_or_else(|| Error::invalid(pointer, format!("this is still missing: {}", field.help)))?;
        settings.insert(field.name.to_owned(), Some(given.to_owned()));
    }
    let change = ChangeIntegration { settings, draft: true, ..ChangeIntegration::default() };
    let changed = app.broker().change_integration(here.caller(), here.name(), name, kept.revision, change, &Silent);
    changed.await.map(drop)
}
