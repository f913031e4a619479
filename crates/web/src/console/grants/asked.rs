//! What is asked to be taken back: chosen grants, or all of something. It is in the address of the preview
//! and in the form that follows it, in the same words.

use broker::RevokeBy;
use domain::Error;

use crate::console::form::Form;
use crate::console::query::Query;
use crate::console::viewer::Here;

/// What is asked to be taken back.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// These grants.
    Chosen(Vec<String>),
    /// All of something: the word for what, and its name.
    All(&'static str, String),
}

const BY: [&str; 4] = ["integration", "datasource", "principal", "project"];

impl Asked {
    /// As the address has it; `None` where nothing was chosen.
    pub(super) fn of_query(query: &Query) -> Result<Option<Self>, Error> {
        let ids = query.pairs().iter().filter(|(name, _)| name == "id").map(|(_, id)| id.clone());
        Self::of(query.text("by"), query.text("name"), ids)
    }

    /// As the form has it.
    pub(super) fn of_form(form: &Form) -> Result<Option<Self>, Error> {
        Self::of(form.text("by"), form.text("name"), form.all("id").map(str::to_owned))
    }

    fn of(by: &str, name: &str, ids: impl Iterator<Item = String>) -> Result<Option<Self>, Error> {
        if !by.is_empty() {
            let known = BY.into_iter().find(|known| *known == by);
            let known = known.ok_or_else(|| Error::invalid("/by", format!("one revokes by {}", BY.join(", "))))?;
            return Ok(Some(Self::All(known, name.to_owned())));
        }
        let mut chosen: Vec<_> = ids.filter(|id| !id.is_empty()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        Ok(if chosen.is_empty() { None } else { Some(Self::Chosen(chosen)) })
    }

    /// What goes with the form.
    pub(super) fn hidden(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Chosen(ids) => ids.iter().map(|id| ("id", id.clone())).collect(),
            Self::All(by, name) => vec![("by", (*by).to_owned()), ("name", name.clone())],
        }
    }

    /// For whoever may revoke: as the use case has it.
    pub(super) fn by(&self) -> Option<RevokeBy> {
        let Self::All(by, name) = self else { return None };
        let name = name.clone();
        Some(match *by {
            "integration" => RevokeBy::Integration(name),
            "datasource" => RevokeBy::Datasource(name),
            "principal" => RevokeBy::Principal(name),
            _ => RevokeBy::Project(name),
        })
    }
}

/// Where all of something is taken back, after its preview.
pub(super) fn address_of_all(here: &Here, by: &str, name: &str) -> String {
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("by", by).append_pair("name", name).finish();
    format!("{}?{query}", here.path("/grants/revoke"))
}

/// Where chosen grants are taken back, or were.
pub(super) fn address_of<'a>(path: &str, named: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(form: &[u8]) -> Result<Option<Asked>, Error> {
        Asked::of_form(&Form::read(form))
    }

    #[test]
    fn chosen_grants_are_asked_for_once_each_and_nothing_is_nothing() {
        assert!(matches!(asked(b"id=b&id=a&id=b&id="), Ok(Some(Asked::Chosen(ids))) if ids == ["a", "b"]));
        assert!(matches!(asked(b"x=1"), Ok(None)));
    }

    #[test]
    fn all_of_something_is_one_of_four() {
        assert!(
            matches!(asked(b"by=integration&name=lake"), Ok(Some(Asked::All("integration", name))) if name == "lake")
        );
        assert_eq!(asked(b"by=colour&name=red").unwrap_err().fields()[0].pointer, "/by");
    }
}
