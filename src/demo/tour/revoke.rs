//! Fourth act: taking back, and saying honestly what that means.

use domain::grant::{GrantState, Revocability};
use serde::Deserialize;
use serde_json::json;

use super::hand_out::HandedOut;
use super::plain::Plain;
use super::{Tour, wrong};
use crate::cli::Failure;
use crate::cli::answer::parse;
use crate::demo::say::Say;

pub(super) async fn run(tour: &Tour<'_>, say: &mut Say, handed: &HandedOut) {
    say.act("Take it back");
    let Some(grant) = say.step("revoke the grant of the URLs", revoke(tour, &handed.grant_id).await) else { return };
    say.step("what a revoked URL does", still_works(handed, &grant).await);
}

#[derive(Deserialize)]
struct Grant {
    state: GrantState,
    revocability: Revocability,
    usable_until: String,
}

async fn revoke(tour: &Tour<'_>, id: &str) -> Result<(Grant, String), Failure> {
    tour.remote.post(&tour.remote.in_project(&["grants", id, "revoke"])?, &json!({})).await?;
    let grant: Grant = parse(&tour.remote.get(&tour.remote.in_project(&["grants", id])?).await?)?;
    if !matches!(grant.state, GrantState::Revoking | GrantState::Revoked) {
        return Err(wrong("the grant is as it was"));
    }
    let shown = match grant.revocability {
        Revocability::Immediate => "done, at once".to_owned(),
        Revocability::Bounded { bound_seconds } => format!("done, within {bound_seconds} s"),
        Revocability::AtExpiry => format!(
            "nothing more is handed out under it; this store cannot call back a URL, so it ends at {}",
            grant.usable_until
        ),
    };
    Ok((grant, shown))
}

/// What was said of revocability is tried, too.
async fn still_works(handed: &HandedOut, grant: &Grant) -> Result<((), String), Failure> {
    let signed = handed.urls.first().ok_or_else(|| wrong("the URL is not there"))?;
    let (status, _) = Plain::new().get(&signed.url).await?;
    match (grant.revocability, status.is_success()) {
        (Revocability::AtExpiry, true) => {
            Ok(((), "works until its end, as was said; short lifetimes are the answer to that".to_owned()))
        }
        (Revocability::AtExpiry, false) | (Revocability::Bounded { .. }, _) | (Revocability::Immediate, false) => {
            Ok(((), format!("the store answers {status}")))
        }
        (Revocability::Immediate, true) => Err(wrong("it was said to end at once, and it works")),
    }
}
