//! Deciding, with the stored object, and writing refusals down.

use authz::{Action, Decision, Object, Verdict};
use domain::audit::{Outcome, Target};
use domain::id::PrincipalId;
use domain::name::Name;
use domain::principal::{Caller, Role};
use domain::{Error, ErrorKind, Result};
use store::projects::StoredProject;

use crate::Broker;
use crate::audit::{Log, append, event};

/// Who asks for which project.
pub(crate) type MemberKey = (Name, PrincipalId);
/// The project, and the role that he has in it.
pub(crate) type Member = (StoredProject, Option<Role>);

/// A project that the caller may act in.
pub(crate) struct Entered {
    pub(crate) project: StoredProject,
    pub(crate) role: Role,
    /// The rule that let him in, for the audit.
    pub(crate) rule: &'static str,
}

impl Broker {
    /// Decides on an action in a project, which is named by the request and found in the store.
    pub(crate) async fn enter(
        &self,
        caller: &Caller,
        project: &Name,
        action: Action,
        target: Target,
    ) -> Result<Entered> {
        let key = (project.clone(), caller.principal.id);
        let found = self.0.reading.members.get(key.clone(), || self.read_member(key)).await?;
        let Some((found, role)) = found else {
            // Unknown looks like forbidden: a caller who must change his password is told so in both.
            let decision = match caller.must_change_password {
                true => Decision { verdict: Verdict::ChangePasswordFirst, rule: "password-change-required" },
                false => Decision { verdict: Verdict::Hide, rule: "no-such-project" },
            };
            return Err(self.refuse(caller, Log::Installation, action, decision, target, project.as_str()).await);
        };
        let decision = authz::decide(caller, action, Object::Project { id: found.id, role });
        match (decision.verdict, role) {
            (Verdict::Allow, Some(role)) => Ok(Entered { project: found, role, rule: decision.rule }),
            (Verdict::Hide, _) => {
                Err(self.refuse(caller, Log::Installation, action, decision, target, project.as_str()).await)
            }
            _ => Err(self.refuse(caller, Log::Project(found.id), action, decision, target, project.as_str()).await),
        }
    }

    /// The project of this name, and the role that the principal has in it.
    async fn read_member(&self, (name, who): MemberKey) -> Result<Option<Member>> {
        let found = self.store().read(move |tx| {
            Box::pin(async move {
                let Some(project) = store::projects::by_name(tx, name.as_str()).await? else { return Ok(None) };
                let role = store::members::role(tx, project.id, who).await?;
                Ok(Some((project, role)))
            })
        });
        found.await
    }

    /// Decides on an action of the installation or on oneself; gives the deciding rule.
    pub(crate) async fn permit(&self, caller: &Caller, action: Action, target: Target) -> Result<&'static str> {
        let object = match action.level() {
            authz::Level::Own => Object::Own,
            authz::Level::Installation | authz::Level::Project => Object::Installation,
        };
        let decision = authz::decide(caller, action, object);
        match decision.verdict {
            Verdict::Allow => Ok(decision.rule),
            Verdict::Deny | Verdict::Hide | Verdict::ChangePasswordFirst => {
                Err(self.refuse(caller, Log::Installation, action, decision, target, "").await)
            }
        }
    }

    /// Writes a refusal down and gives its error.
    pub(crate) async fn refuse(
        &self,
        caller: &Caller,
        log: Log,
        action: Action,
        decision: Decision,
        target: Target,
        project: &str,
    ) -> Error {
        let mut refused = event(action, Outcome::Refused, decision.rule, target);
        if log == Log::Installation && !project.is_empty() {
            refused = refused.with("project", project);
        }
        if let Err(error) = self.record(log, Some(caller), refused).await {
            return error;
        }
        match decision.verdict {
            Verdict::ChangePasswordFirst => {
                Error::new(ErrorKind::PasswordChangeRequired, "this password was generated and must be changed first")
                    .with_hint("sign in again with 'new_password', or run 'tidegate login'")
            }
            Verdict::Hide => Error::not_found("project", project),
            Verdict::Allow | Verdict::Deny => denied(action, decision),
        }
    }

    /// Writes down an event that changes nothing else.
    pub(crate) async fn record(&self, log: Log, caller: Option<&Caller>, event: domain::audit::Event) -> Result<()> {
        let (installation, now, caller) = (self.installation(), self.now(), caller.cloned());
        self.store()
            .write(move |tx| {
                Box::pin(async move { append(tx, &installation, log, now, caller.as_ref(), &event).await.map(drop) })
            })
            .await
            .map_err(crate::audit::unavailable)
    }
}

/// The refusal as the caller sees it.
fn denied(action: Action, decision: Decision) -> Error {
    let message = format!("you may not do '{}' here (rule: {})", action.as_str(), decision.rule);
    let error = Error::new(ErrorKind::PermissionDenied, message);
    match decision.hint(action) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}
