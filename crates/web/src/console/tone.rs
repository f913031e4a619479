//! How states are coloured; the word beside the colour always says the same.

use domain::integration::IntegrationState;
use domain::proof::ProofStatus;

/// Of an integration's state.
pub(crate) fn of_integration(state: &IntegrationState) -> &'static str {
    match state {
        IntegrationState::Active => "good",
        IntegrationState::Pending | IntegrationState::Unproven => "warn",
        IntegrationState::Failed => "bad",
        IntegrationState::Paused => "neutral",
    }
}

/// The state as a word.
pub(crate) fn word_of_integration(state: &IntegrationState) -> &'static str {
    match state {
        IntegrationState::Active => "active",
        IntegrationState::Pending => "pending",
        IntegrationState::Unproven => "unproven",
        IntegrationState::Failed => "failed",
        IntegrationState::Paused => "paused",
    }
}

/// Of how a proof ended.
pub(crate) fn of_proof(status: &ProofStatus) -> &'static str {
    match status {
        ProofStatus::Passed => "good",
        ProofStatus::Inconclusive => "warn",
        ProofStatus::Failed => "bad",
    }
}

/// How a proof ended as a word.
pub(crate) fn word_of_proof(status: &ProofStatus) -> &'static str {
    match status {
        ProofStatus::Passed => "passed",
        ProofStatus::Inconclusive => "inconclusive",
        ProofStatus::Failed => "failed",
    }
}
