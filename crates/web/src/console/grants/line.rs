//! A grant in the words of the pages: what it allows, how it ends, and whether this reader may end it.

use authz::Action;
use broker::GrantView;
use domain::grant::{GrantKind, GrantState, Revocability};
use domain::id::DatasourceId;

use crate::console::viewer::Here;

/// The kinds that are handed out, as a filter offers them.
pub(super) const KINDS: [GrantKind; 2] = [GrantKind::Urls, GrantKind::Credential];

/// The states, in the order of a grant's life.
pub(super) const STATES: [GrantState; 4] =
    [GrantState::Live, GrantState::Revoking, GrantState::Revoked, GrantState::Expired];

/// The word for a kind in the address.
pub(super) fn kind_word(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Urls => "urls",
        GrantKind::Credential => "credential",
        GrantKind::Link => "link",
        GrantKind::GatewayKey => "gateway-key",
        GrantKind::Job => "job",
    }
}

/// What a kind is called.
pub(super) fn kind_name(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Urls => "Signed URLs",
        GrantKind::Credential => "Credential",
        GrantKind::Link => "Link",
        GrantKind::GatewayKey => "Gateway key",
        GrantKind::Job => "Session of a job",
    }
}

/// The word for a state, in the address and on the page.
pub(super) fn state_word(state: GrantState) -> &'static str {
    match state {
        GrantState::Live => "live",
        GrantState::Revoking => "revoking",
        GrantState::Revoked => "revoked",
        GrantState::Expired => "expired",
    }
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A length of time in the largest unit that says it whole.
fn span(seconds: u64) -> String {
    match seconds {
        120.. if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// A grant with what this reader may do about it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) grant: GrantView,
    /// Whether to offer to take it back; the use case decides by itself.
    pub(super) revocable: bool,
}

impl Line {
    pub(super) fn new(here: &Here, grant: GrantView) -> Self {
        let own = here.may(Action::GrantRevokeOwn) && grant.principal == here.caller().principal.name;
        let revocable = grant.state == GrantState::Live && (own || here.may(Action::GrantRevoke));
        Self { grant, revocable }
    }

    pub(super) fn all(here: &Here, grants: Vec<GrantView>) -> Vec<Self> {
        grants.into_iter().map(|grant| Self::new(here, grant)).collect()
    }

    pub(super) fn kind(&self) -> &'static str {
        kind_name(self.grant.kind)
    }

    /// `GET of 3 keys under`, `read on`: what stands before the prefix.
    pub(super) fn allows(&self) -> String {
        let access = &self.grant.scope.access;
        match self.grant.scope.count {
            Some(1) => format!("{access} of 1 key under"),
            Some(count) => format!("{access} of {} keys under", grouped(count)),
            None => format!("{access} on"),
        }
    }

    pub(super) fn state(&self) -> &'static str {
        state_word(self.grant.state)
    }

    pub(super) fn tone(&self) -> &'static str {
        match self.grant.state {
            GrantState::Live => "good",
            GrantState::Revoking => "warn",
            GrantState::Revoked | GrantState::Expired => "neutral",
        }
    }

    /// How it can be taken back, in a few words.
    pub(super) fn taken_back(&self) -> String {
        match self.grant.revocability {
            Revocability::Immediate => "at once".to_owned(),
            Revocability::Bounded { bound_seconds } => format!("within {}", span(bound_seconds)),
            Revocability::AtExpiry => "not before it ends".to_owned(),
        }
    }

    /// The same in a sentence that says why.
    pub(super) fn taken_back_because(&self) -> String {
        match self.grant.revocability {
            Revocability::Immediate => {
                "Revoking takes effect at once: every use of it is decided by Tidegate.".to_owned()
            }
            Revocability::Bounded { bound_seconds } => format!(
                "Revoking tells the provider to refuse every older session of the role; that takes effect within {}.",
                span(bound_seconds)
            ),
            Revocability::AtExpiry => {
                "Revoking stops Tidegate from issuing from the same session again. What was handed out \
                already cannot be taken back: the provider accepts it until it ends."
                    .to_owned()
            }
        }
    }

    /// Whether its datasource is gone: what stands in the place of its name is the id then.
    pub(super) fn is_of_the_past(&self) -> bool {
        self.grant.datasource.parse::<DatasourceId>().is_ok()
    }

    pub(super) fn ends_only_by_itself(&self) -> bool {
        self.grant.revocability == Revocability::AtExpiry
    }

    /// Whether it is being taken back and may be over before it ends by itself.
    pub(super) fn is_awaited(&self) -> bool {
        self.grant.state == GrantState::Revoking && !self.ends_only_by_itself()
    }

    /// Names it among others to who cannot see the row.
    pub(super) fn label(&self) -> String {
        let made = self.grant.created_at.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("{} of {}, {}, made {made}", self.kind(), self.grant.principal, self.grant.datasource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_spans_are_whole() {
        assert_eq!((grouped(0), grouped(999), grouped(1_000)), ("0".into(), "999".into(), "1,000".into()));
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!((span(60), span(300), span(90)), ("60 s".into(), "5 min".into(), "90 s".into()));
    }
}
