//! People, programs, tokens, and other projects.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::{PrincipalId, ProjectId, TokenId};
use domain::integration::ExternalId;
use domain::principal::{Principal, PrincipalKind, Role, TokenLimit};
use jiff::SignedDuration;
use store::Store;
use store::principals::StoredPrincipal;
use store::projects::StoredProject;
use store::tokens::{StoredToken, TokenKind};

use super::{Ground, People, bytes, unit};

const USERS: usize = 1_000;
const SERVICE_ACCOUNTS: usize = 100;
const TOKENS: usize = 1_000;
/// Beside the one that has everything.
const PROJECTS: usize = 100;

pub(super) struct Made {
    pub(super) users: People,
    pub(super) service_account: String,
    pub(super) token: String,
}

pub(super) async fn make(store: &Store, ground: &Arc<Ground>) -> Made {
    let users: People = Arc::new((0..USERS).map(|at| (PrincipalId::new(), format!("user-{at:04}"))).collect());
    let ids: Vec<TokenId> = (0..TOKENS).map(|_| TokenId::new()).collect();
    let token = ids.first().expect("tokens are made").to_string();
    let (ground, people) = (Arc::clone(ground), Arc::clone(&users));
    unit(store, move |tx| {
        Box::pin(async move {
            for at in 0..PROJECTS {
                store::projects::insert(tx, &project(&ground, at)).await?;
            }
            for (at, (id, name)) in people.iter().enumerate() {
                store::principals::insert(tx, &principal(&ground, *id, name, PrincipalKind::User)).await?;
                let role = if at == 0 { Role::Developer } else { Role::Viewer };
                store::members::set(tx, ground.project, *id, role).await?;
            }
            for at in 0..SERVICE_ACCOUNTS {
                let new = principal(&ground, PrincipalId::new(), &account(at), PrincipalKind::ServiceAccount);
                store::principals::insert(tx, &new).await?;
                store::members::set(tx, ground.project, new.principal.id, Role::Developer).await?;
            }
            for (at, (id, (owner, _))) in ids.into_iter().zip(people.iter().cycle()).enumerate() {
                store::tokens::insert(tx, &api_token(&ground, id, *owner, at), &bytes()).await?;
            }
            Ok(())
        })
    })
    .await;
    Made { users, service_account: account(0), token }
}

fn account(at: usize) -> String {
    format!("robot-{at:03}")
}

fn project(ground: &Ground, at: usize) -> StoredProject {
    StoredProject {
        id: ProjectId::new(),
        name: format!("other-{at:03}").parse().expect("a valid name"),
        external_id: ExternalId::new(),
        created_at: ground.ago(86_400 * (at + 1)),
        created_by: ground.administrator,
    }
}

fn principal(ground: &Ground, id: PrincipalId, name: &str, kind: PrincipalKind) -> StoredPrincipal {
    let principal = Principal { id, kind, name: name.to_owned(), administrator: false, properties: BTreeMap::new() };
    let project = (kind == PrincipalKind::ServiceAccount).then_some(ground.project);
    StoredPrincipal { principal, project, disabled: false, created_at: ground.ago(86_400 * 300) }
}

/// One a day ends, the first tomorrow.
fn api_token(ground: &Ground, id: TokenId, principal: PrincipalId, at: usize) -> StoredToken {
    let days = i64::try_from(at).expect("so many tokens are not made") + 1;
    StoredToken {
        id,
        principal,
        limit: Some(TokenLimit { project: ground.project, role: Role::Viewer }),
        kind: TokenKind::Api,
        name: format!("tool-{at:04}"),
        created_at: ground.ago(86_400 * 30),
        expires_at: ground.now + SignedDuration::from_hours(24 * days),
        last_used_at: None,
        revoked_at: None,
    }
}
