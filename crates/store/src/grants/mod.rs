//! Grants: what was handed out, and taking it back.
//!
//! A grant is kept before what it stands for is released. Revoking and handing out in one project
//! take turns, so that nothing is handed out from a session that a revocation has just cut off.

mod count;
mod cut_off;
mod keep;
mod list;
mod purge;
mod reach;
mod revoke;
mod through;

use domain::Result;
use domain::grant::{Grant, GrantState};
use domain::id::PrincipalId;
use jiff::Timestamp;

pub use count::{count_live, count_live_by_integration, count_live_in_project};
pub use cut_off::{awaiting_cut_off, leave_to_expiry, mark_cut_off};
pub use keep::{extend, insert};
pub use list::{GrantFilter, ending_next, get, list, these};
pub use purge::purge;
pub use reach::{UsableGroup, Which, cut_off_with, usable_beside, usable_groups, usable_longest};
pub use revoke::{revoke, revoke_these, usable};
pub use through::{Through, count_live_through, holders, last_of};

use crate::Row;

/// A grant, and how it ended.
#[derive(Debug, Clone)]
pub struct StoredGrant {
    /// The grant; its state is that of the time that was given to read it.
    pub grant: Grant,
    /// When the cloud's session began that it was made from.
    pub session_started_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    pub revoked_by: Option<PrincipalId>,
    /// When it was shown that what was handed out does not work any more.
    pub cut_off_at: Option<Timestamp>,
}

/// Of the table, as [`read`] has them.
macro_rules! columns {
    () => {
        "id, project, kind, integration, datasource, principal, created_at, expires_at, usable_until, revocability,
         scope, session_started_at, revoked_at, revoked_by, cut_off_at"
    };
}
use columns;

fn read(row: &Row, now: Timestamp) -> Result<StoredGrant> {
    let (expires_at, usable_until) = (row.get_time("expires_at")?, row.get_time("usable_until")?);
    let (revoked_at, cut_off_at) = (row.get_opt_time("revoked_at")?, row.get_opt_time("cut_off_at")?);
    let state = match revoked_at {
        Some(_) if cut_off_at.unwrap_or(usable_until) <= now => GrantState::Revoked,
        Some(_) => GrantState::Revoking,
        None if expires_at <= now => GrantState::Expired,
        None => GrantState::Live,
    };
    let grant = Grant {
        id: row.get("id")?,
        project: row.get("project")?,
        kind: row.get_word("kind")?,
        integration: row.get("integration")?,
        datasource: row.get("datasource")?,
        principal: row.get("principal")?,
        created_at: row.get_time("created_at")?,
        expires_at,
        usable_until,
        state,
        revocability: row.get_json("revocability")?,
        scope: row.get_json("scope")?,
    };
    let session_started_at = row.get_opt_time("session_started_at")?;
    Ok(StoredGrant { grant, session_started_at, revoked_at, revoked_by: row.get_opt("revoked_by")?, cut_off_at })
}

/// The same rule as in [`read`], ending where the time belongs.
fn condition(state: GrantState) -> &'static str {
    match state {
        GrantState::Live => "revoked_at IS NULL AND expires_at >",
        GrantState::Expired => "revoked_at IS NULL AND expires_at <=",
        GrantState::Revoking => "revoked_at IS NOT NULL AND COALESCE(cut_off_at, usable_until) >",
        GrantState::Revoked => "revoked_at IS NOT NULL AND COALESCE(cut_off_at, usable_until) <=",
    }
}
