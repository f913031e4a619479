//! Who looks at a page, and in which project.

use std::sync::{Arc, Mutex};

use authz::{Action, Object, Verdict};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use broker::ProjectView;
use domain::name::Name;
use domain::principal::Caller;
use domain::{Error, ErrorKind};
use jiff::Timestamp;

use super::frame::{Frame, Person, Section};
use super::theme::Theme;
use super::{flash, session};
use crate::App;
use crate::face::{self, Failure, From};

/// The frame of the page that is being made, for the page of an error that may come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stash(Arc<Mutex<Option<Frame>>>);

impl Stash {
    pub(crate) fn put(&self, frame: Frame) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(frame);
    }

    pub(crate) fn take(&self) -> Option<Frame> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

/// Someone who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) caller: Caller,
    frame: Frame,
    stash: Stash,
}

/// A frame without anybody in it.
pub(crate) fn bare(app: &App, headers: &axum::http::HeaderMap) -> Frame {
    Frame {
        title: String::new(),
        section: Section::None,
        theme: Theme::of(headers),
        person: None,
        project: None,
        said: flash::take(app, headers),
        now: app.broker().now(),
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(From(origin)) = From::from_request_parts(parts, app).await;
        let source = origin.source_ip;
        let Some(token) = session::bearer_of_cookie(app, &parts.headers) else {
            return Err(Failure(Error::new(ErrorKind::Unauthenticated, "sign in to see this page")));
        };
        let caller = match app.broker().authenticate(&token, origin).await {
            Ok(caller) => caller,
            Err(error) => {
                if error.kind() == ErrorKind::Unauthenticated {
                    app.limits().count_unauthenticated(source)?;
                    return Err(Failure(Error::new(
                        ErrorKind::Unauthenticated,
                        "your session has ended; sign in again",
                    )));
                }
                return Err(Failure(error));
            }
        };
        let person = Person { name: caller.principal.name.clone(), administrator: caller.principal.administrator };
        let frame = Frame { person: Some(person), ..bare(app, &parts.headers) };
        let stash = parts.extensions.get::<Stash>().cloned().unwrap_or_default();
        stash.put(frame.clone());
        Ok(Self { caller, frame, stash })
    }
}

impl Viewer {
    /// The frame of a page outside of projects.
    pub(crate) fn frame(&self, section: Section, title: impl Into<String>) -> Frame {
        Frame { section, title: title.into(), ..self.frame.clone() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.frame.now
    }

    /// Refuses a form of the installation to whoever could not send it; the use case decides again.
    pub(crate) fn must(&self, action: Action) -> Result<(), Failure> {
        refuse_unless(&self.caller, action, Object::Installation)
    }
}

/// Someone in a project that he may see: the one that the path names.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    viewer: Viewer,
    project: ProjectView,
}

impl FromRequestParts<App> for Here {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let viewer = Viewer::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Failure(Error::new(ErrorKind::NotFound, "there is no such page")))?;
        let named = params.iter().find(|(name, _)| *name == "project").map_or("", |(_, value)| value);
        let name = face::name("project", named)?;
        let project = app.broker().show_project(&viewer.caller, &name).await?;
        viewer.stash.put(Frame { project: Some(project.clone()), ..viewer.frame.clone() });
        Ok(Self { viewer, project })
    }
}

impl Here {
    pub(crate) fn caller(&self) -> &Caller {
        &self.viewer.caller
    }

    /// The project's name, for use cases and addresses.
    pub(crate) fn name(&self) -> &Name {
        &self.project.name
    }

    pub(crate) fn project(&self) -> &ProjectView {
        &self.project
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.viewer.now()
    }

    /// Whether to offer something; the use case decides by itself.
    pub(crate) fn may(&self, action: Action) -> bool {
        action.roles().contains(&self.project.role)
    }

    /// Refuses a form to whoever could not send it, before he types; the use case decides again.
    pub(crate) fn must(&self, action: Action) -> Result<(), Failure> {
        let id = self.project.id.parse().map_err(Error::internal)?;
        refuse_unless(self.caller(), action, Object::Project { id, role: Some(self.project.role) })
    }

    /// The frame of a page of this project.
    pub(crate) fn frame(&self, section: Section, title: impl Into<String>) -> Frame {
        Frame { project: Some(self.project.clone()), ..self.viewer.frame(section, title) }
    }

    /// An address in this project: `here.path("/grants")`.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", self.project.name)
    }
}

fn refuse_unless(caller: &Caller, action: Action, object: Object) -> Result<(), Failure> {
    let decision = authz::decide(caller, action, object);
    if decision.verdict == Verdict::Allow {
        return Ok(());
    }
    let message = format!("you may not do '{}' here (rule: {})", action.as_str(), decision.rule);
    let error = Error::new(ErrorKind::PermissionDenied, message);
    Err(Failure(match decision.hint(action) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }))
}
