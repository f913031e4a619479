//! A record in the words of the pages.

use broker::AuditRecord;
use domain::audit::{Outcome, Target};
use domain::id::GrantId;
use domain::name::Name;
use serde_json::Value;

use super::words;

/// A record, and where its page and its target are.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) record: AuditRecord,
    /// Where the record is shown.
    pub(super) address: String,
    /// Where the target is shown, if there is a page for it.
    pub(super) target: Option<String>,
}

/// The word for an outcome, in the address and on the page.
pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    }
}

impl Line {
    pub(super) fn new(base: &str, project: Option<&str>, record: AuditRecord) -> Self {
        let target = project.and_then(|project| page_of(project, &record.target));
        Self { address: format!("{base}/{}", record.seq), target, record }
    }

    pub(super) fn words(&self) -> &str {
        words::of(&self.record.action)
    }

    /// Whether the words say more than the code.
    pub(super) fn has_words(&self) -> bool {
        self.words() != self.record.action
    }

    pub(super) fn outcome(&self) -> &'static str {
        outcome_word(self.record.outcome)
    }

    pub(super) fn tone(&self) -> &'static str {
        match self.record.outcome {
            Outcome::Done => "neutral",
            Outcome::Refused => "bad",
            Outcome::Failed => "warn",
        }
    }

    /// The name of whoever acted, as it was then; the id where the name was erased.
    pub(super) fn who(&self) -> &str {
        match &self.record.principal {
            Some(actor) => actor.name.as_deref().unwrap_or(&actor.id),
            None if self.record.action == "session.begin" => "not signed in",
            None => "Tidegate",
        }
    }

    /// Whether `who` is somebody that one can filter by.
    pub(super) fn is_somebody(&self) -> bool {
        self.record.principal.is_some()
    }

    /// What it was done to: the name, which stands beside the log if it is a person's, else the id.
    pub(super) fn object(&self) -> &str {
        let Target { name, id, .. } = &self.record.target;
        name.as_deref().or(self.person()).or(id.as_deref()).unwrap_or_default()
    }

    /// Whether it has an id beside what it is called.
    pub(super) fn shows_id(&self) -> bool {
        self.record.target.id.as_deref().is_some_and(|id| id != self.object())
    }

    fn person(&self) -> Option<&str> {
        if self.record.target.kind != "user" {
            return None;
        }
        let actor = self.record.principal.as_ref().filter(|actor| self.record.target.id.as_ref() == Some(&actor.id));
        let named = || self.record.private.as_ref()?.get("more")?.get("name")?.as_str();
        actor.and_then(|actor| actor.name.as_deref()).or_else(named)
    }

    /// Where the request came from; absent once erased.
    pub(super) fn source(&self) -> &str {
        self.private("source_ip")
    }

    /// The program that asked; absent once erased.
    pub(super) fn agent(&self) -> &str {
        self.private("user_agent")
    }

    fn private(&self, name: &str) -> &str {
        self.record.private.as_ref().and_then(|private| private.get(name)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The grant that it is about, if it names one.
    pub(super) fn grant(&self) -> Option<&str> {
        let grant = self.record.details.get("grant").and_then(Value::as_str)?;
        grant.parse::<GrantId>().is_ok().then_some(grant)
    }
}

/// Names and ids were written down as somebody sent them: only what is one leads anywhere.
fn page_of(project: &str, target: &Target) -> Option<String> {
    let name = target.name.as_deref().filter(|name| name.parse::<Name>().is_ok());
    let id = target.id.as_deref().or(target.name.as_deref());
    match target.kind.as_str() {
        "integration" => Some(format!("/projects/{project}/integrations/{}", name?)),
        "datasource" => Some(format!("/projects/{project}/datasources/{}", name?)),
        "grant" => Some(format!("/projects/{project}/grants/{}", id?.parse::<GrantId>().ok()?)),
        _ => None,
    }
}

/// Marks that change the direction of text, which would turn around what stands beside them.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The record as JSON to read and copy: what would turn text around is written as its number.
pub(super) fn json(record: &AuditRecord) -> String {
    let text = serde_json::to_string_pretty(record).unwrap_or_default();
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if turns(letter) {
            plain.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_ids_lead_anywhere() {
        let page = |kind: &str, name: &str| page_of("acme", &Target::named(kind, name));
        assert_eq!(page("integration", "lake").as_deref(), Some("/projects/acme/integrations/lake"));
        let id = "0197d2f0-0000-7000-8000-000000000000";
        assert_eq!(page("grant", id), Some(format!("/projects/acme/grants/{id}")));
        for hostile in ["../../admin", "a?b", "\"><script>", "javascript:x", ""] {
            assert_eq!((page("integration", hostile), page("grant", hostile)), (None, None), "{hostile}");
        }
        assert_eq!(page("cloud", "lake"), None);
    }
}
