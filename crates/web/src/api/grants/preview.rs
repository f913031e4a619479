//! What a revocation would mean, as the two calls that revoke answer it with `preview`.

use broker::GrantView;
use serde::Serialize;

/// So many grants are shown in an answer.
pub(super) const SHOWN: u32 = 1_000;

/// What would be taken back, and what else would stop working.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RevokePreview {
    /// How many grants would be taken back.
    count: u64,
    /// The grants, those that may work the longest first; a thousand at most.
    grants: Vec<GrantView>,
    /// How many live grants of the same role would be cut off too.
    also_cut_off_count: u64,
    /// Those, in the same order; a thousand at most.
    also_cut_off: Vec<GrantView>,
}

impl From<broker::RevokePreview> for RevokePreview {
    fn from(preview: broker::RevokePreview) -> Self {
        Self {
            count: preview.breaks.count,
            grants: preview.grants,
            also_cut_off_count: preview.also_cut_off_count,
            also_cut_off: preview.also_cut_off,
        }
    }
}
