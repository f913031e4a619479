//! `Idempotency-Key`: the same key and body give the same outcome.
//!
//! What was handed out is never kept. Such a call is issued again under the same grant, in the unit of
//! work that keeps the grant. A plain call is claimed before and finished after; its answer is kept only
//! where it holds nothing that is shown once.

use authz::Verdict;
use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use domain::id::{GrantId, PrincipalId, ProjectId};
use domain::name::Name;
use domain::principal::Caller;
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, Result};
use store::Tx;
use store::idempotency::{CallKey, Claim, Outcome};

use crate::Broker;

/// The longest key; a UUID has 36 characters.
const LONGEST: usize = 255;

/// A call that may be repeated: its key, and a hash of what was asked.
#[derive(Debug, Clone)]
pub struct Call {
    key: String,
    hash: [u8; 32],
}

impl Call {
    /// The call of this key, method and path, and body.
    ///
    /// # Errors
    /// `invalid` for a key that is empty, too long, or not visible ASCII.
    pub fn new(key: &str, target: &str, body: &[u8]) -> Result<Self> {
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > LONGEST || !visible {
            let message = format!("an Idempotency-Key has 1 to {LONGEST} visible ASCII characters");
            return Err(Error::new(ErrorKind::Invalid, message).with_hint("send a new UUID for every new call"));
        }
        let mut context = Context::new(&SHA256);
        context.update(target.as_bytes());
        context.update(b"\n");
        context.update(body);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Ok(Self { key: key.to_owned(), hash })
    }

    /// The same call, told from those of tokens that may do less, under a key of the installation: a body may
    /// hold a password, and a plain hash of it could be guessed at by whoever steals the database.
    pub(crate) fn bound(mut self, secret: &SecretBytes, caller: &Caller) -> Self {
        let limit = caller.limit.map(|limit| format!("{} {}", limit.project, limit.role)).unwrap_or_default();
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.expose()));
        context.update(b"idempotency\n");
        context.update(&self.hash);
        context.update(limit.as_bytes());
        self.hash.copy_from_slice(context.sign().as_ref());
        self
    }

    fn key(&self, principal: PrincipalId, project: Option<ProjectId>) -> CallKey {
        CallKey { principal, project, key: self.key.clone() }
    }
}

/// Whether a plain call is to be done.
#[derive(Debug)]
pub enum Begun {
    /// It is: then tell how it ended with [`Broker::finish_call`].
    First(BegunCall),
    /// It was done: this is its answer.
    Again {
        /// The HTTP status.
        status: u16,
        /// The body.
        response: String,
    },
    /// Nothing is remembered for this caller here: let the call be refused by itself.
    Unremembered,
}

/// A plain call that has begun.
#[derive(Debug)]
pub struct BegunCall(CallKey);

impl Broker {
    /// Begins a plain call, in the project that its path names.
    ///
    /// # Errors
    /// `conflict` where the key was used for another call, where the call is not finished, and where
    /// its answer was shown once and is not kept.
    pub async fn begin_call(&self, caller: &Caller, project: Option<&str>, call: &Call) -> Result<Begun> {
        let (call, caller, now) = (call.clone().bound(&self.0.seed, caller), caller.clone(), self.now());
        let project: Option<Option<Name>> = project.map(|name| name.parse().ok());
        let Some(scope) = self.scope_of(&caller, project).await? else { return Ok(Begun::Unremembered) };
        let key = call.key(caller.principal.id, scope);
        let claimed = key.clone();
        let claim = self
            .store()
            .write(move |tx| Box::pin(async move { store::idempotency::claim(tx, &claimed, &call.hash, now).await }))
            .await?;
        match claim {
            Claim::New => Ok(Begun::First(BegunCall(key))),
            Claim::Done(Outcome { status, response: Some(response), .. }) => Ok(Begun::Again { status, response }),
            Claim::Done(Outcome { response: None, .. }) => {
                let message = "this call was done already, and its answer was shown once and is not kept";
                Err(Error::new(ErrorKind::Conflict, message).with_hint("use a new Idempotency-Key to do it again"))
            }
            Claim::Running => Err(running()),
            Claim::Different => Err(different()),
        }
    }

    /// Tells how a plain call ended; `None` for one that failed and left nothing behind.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn finish_call(&self, begun: BegunCall, ended: Option<(u16, Option<String>)>) -> Result<()> {
        let BegunCall(key) = begun;
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    match ended {
                        None => store::idempotency::release(tx, &key).await,
                        Some((status, response)) => {
                            let outcome = Outcome { status, response, grant: None };
                            store::idempotency::finish(tx, &key, &outcome).await.map(drop)
                        }
                    }
                })
            })
            .await
    }

    /// Where the caller's keys are remembered; `None` where he may not act at all now.
    async fn scope_of(&self, caller: &Caller, project: Option<Option<Name>>) -> Result<Option<Option<ProjectId>>> {
        let name = match project {
            None if caller.must_change_password => return Ok(None),
            None => return Ok(Some(None)),
            Some(None) => return Ok(None),
            Some(Some(name)) => name,
        };
        let principal = caller.principal.id;
        let found = self
            .store()
            .read(move |tx| {
                Box::pin(async move {
                    let Some(project) = store::projects::by_name(tx, name.as_str()).await? else { return Ok(None) };
                    let role = store::members::role(tx, project.id, principal).await?;
                    Ok(Some((project.id, role)))
                })
            })
            .await?;
        Ok(found.and_then(|(id, role)| {
            let object = authz::Object::Project { id, role };
            let sees = authz::decide(caller, authz::Action::ProjectShow, object).verdict == Verdict::Allow;
            sees.then_some(Some(id))
        }))
    }
}

/// What to hand out under.
pub(crate) enum Under {
    /// A new grant.
    New,
    /// The grant of the first of these calls.
    Again(GrantId),
}

/// Claims the key of a call that hands something out, in the unit of work that keeps the grant.
pub(crate) async fn claim_hand_out(
    tx: &mut Tx,
    call: &Call,
    principal: PrincipalId,
    project: ProjectId,
    now: jiff::Timestamp,
) -> Result<Under> {
    match store::idempotency::claim(tx, &call.key(principal, Some(project)), &call.hash, now).await? {
        Claim::New => Ok(Under::New),
        Claim::Done(Outcome { grant: Some(grant), .. }) => Ok(Under::Again(grant)),
        Claim::Done(_) | Claim::Different => Err(different()),
        Claim::Running => Err(running()),
    }
}

/// Ties the key to the grant that was made.
pub(crate) async fn finish_hand_out(
    tx: &mut Tx,
    call: &Call,
    principal: PrincipalId,
    project: ProjectId,
    grant: GrantId,
) -> Result<()> {
    let outcome = Outcome { status: 200, response: None, grant: Some(grant) };
    store::idempotency::finish(tx, &call.key(principal, Some(project)), &outcome).await.map(drop)
}

fn different() -> Error {
    Error::new(ErrorKind::Conflict, "this Idempotency-Key was used for another call")
        .with_hint("use a new key for every new call, and the same one only to repeat a call unchanged")
}

fn running() -> Error {
    Error::new(ErrorKind::Conflict, "the call with this Idempotency-Key is not finished")
        .with_hint("try again in a moment; if it was cut off, look whether it was done and use a new key")
        .with_retryable(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_differs_by_body_and_by_path() {
        let hash = |target: &str, body: &str| Call::new("k", target, body.as_bytes()).unwrap().hash;
        assert_eq!(hash("POST /a", "{}"), hash("POST /a", "{}"));
        assert_ne!(hash("POST /a", "{}"), hash("POST /b", "{}"));
        assert_ne!(hash("POST /a", "{}"), hash("POST /a", "{ }"));
    }

    #[test]
    fn keys_that_no_client_means_are_refused() {
        for bad in ["", "a b", "é", "a\n", &"k".repeat(256)] {
            assert_eq!(Call::new(bad, "POST /a", b"").unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
        }
        assert!(Call::new(&"k".repeat(255), "POST /a", b"").is_ok());
    }
}
