//! A proof that goes on without anybody waiting for it.

use serde::{Deserialize, Serialize};

/// Why a proof is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunCause {
    /// Somebody asked for it.
    Asked,
    /// Its time had come.
    Schedule,
    /// The integration behind it was changed.
    Change,
}

impl RunCause {
    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Schedule => "schedule",
            Self::Change => "change",
        }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It waits for a server to take it.
    Queued,
    /// A server is at it.
    Running,
    /// There is a proof, passed or not.
    Done,
    /// It could not be run, so there is no proof.
    Failed,
}

impl RunState {
    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}
