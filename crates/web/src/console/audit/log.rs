//! Which log a page is about, and who reads it: the path says it.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use broker::AuditScope;
use domain::principal::Caller;
use domain::{Error, ErrorKind};

use crate::App;
use crate::console::frame::{Frame, Section};
use crate::console::viewer::{Here, Viewer};
use crate::face::Failure;

/// A log, and who reads it.
pub(super) struct Log {
    pub(super) scope: AuditScope,
    /// The address of its list.
    pub(super) base: String,
    /// What its files are called.
    pub(super) file: String,
    caller: Caller,
    frame: Frame,
    seq: Option<String>,
}

impl FromRequestParts<App> for Log {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Failure(Error::new(ErrorKind::NotFound, "there is no such page")))?;
        let named = |wanted: &str| params.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
        let (in_project, seq) = (named("project").is_some(), named("seq"));
        if in_project {
            let here = Here::from_request_parts(parts, app).await?;
            return Ok(Self {
                scope: AuditScope::Project(here.name().clone()),
                base: here.path("/audit"),
                file: format!("{}-audit", here.name()),
                caller: here.caller().clone(),
                frame: here.frame(Section::Audit, "Audit"),
                seq,
            });
        }
        let viewer = Viewer::from_request_parts(parts, app).await?;
        Ok(Self {
            scope: AuditScope::Installation,
            base: "/admin/audit".to_owned(),
            file: "installation-audit".to_owned(),
            frame: viewer.frame(Section::InstallationAudit, "Installation audit"),
            caller: viewer.caller,
            seq,
        })
    }
}

impl Log {
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn frame(&self) -> Frame {
        self.frame.clone()
    }

    /// The frame of a page about a part of it.
    pub(super) fn frame_of(&self, title: impl Into<String>) -> Frame {
        Frame { title: title.into(), ..self.frame.clone() }
    }

    /// The project's name, where it is that of a project.
    pub(super) fn project(&self) -> Option<&str> {
        match &self.scope {
            AuditScope::Project(name) => Some(name.as_str()),
            AuditScope::Installation => None,
        }
    }

    /// The record that the path names; what is no number is none.
    pub(super) fn seq(&self) -> Result<u64, Failure> {
        let text = self.seq.as_deref().unwrap_or_default();
        text.parse().map_err(|_| Failure(missing(text)))
    }
}

/// There is no record of this number.
pub(super) fn missing(seq: impl ToString) -> Error {
    Error::not_found("record", &seq.to_string().chars().take(40).collect::<String>())
}
