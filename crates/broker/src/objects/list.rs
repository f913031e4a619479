//! Listing the objects of a datasource.

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::name::Name;
use domain::page::PageAsk;
use domain::place::{MAX_KEY, Prefix};
use domain::principal::Caller;
use domain::proof::ProofMode;
use domain::{Error, ErrorKind, Result};
use jiff::Timestamp;

use super::Cursor;
use super::filter::{Filter, glob, literal_start};
use super::relevant;
use super::scan::{ObjectPage, Scan};
use crate::Broker;
use crate::audit::{Log, event};
use crate::sessions::Need;

/// Which objects are listed.
#[derive(Debug, Clone, Default)]
pub struct ObjectQuery {
    /// Only keys that begin so; whole keys, the datasource's prefix included.
    pub prefix: Option<String>,
    /// Roll up keys that share what comes before it; none lists flat.
    pub delimiter: Option<String>,
    /// A pattern over keys without the datasource's prefix.
    pub glob: Option<String>,
    /// The whole key of a text file in the datasource that names the objects of interest, one a line,
    /// without the datasource's prefix.
    pub relevant: Option<String>,
    /// Only objects written after this.
    pub modified_after: Option<Timestamp>,
    /// Only objects written before this.
    pub modified_before: Option<Timestamp>,
    /// Which page.
    pub page: PageAsk,
}

impl Broker {
    /// Lists objects of a datasource; the first page of a listing is recorded, not each that follows.
    ///
    /// # Errors
    /// `permission_denied` for a prefix or file outside the datasource; `unsupported` for relevant names
    /// where contents cannot be read from here; `conflict` where the datasource is not usable; the
    /// provider's own refusal.
    pub async fn list_objects(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        query: ObjectQuery,
    ) -> Result<ObjectPage> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::ObjectList, target).await?;
        let place = self.usable_place(caller, &entered.project, name).await?;
        let datasource = &place.datasource;
        let from = Cursor::read(query.page.after.as_deref())?;
        let mut filter = query.filter(datasource)?;
        let mut prefix = query.prefix(datasource)?;
        if query.page.after.is_none() {
            let target = Target::new("datasource", datasource.id).with_name(name);
            let listed = event(Action::ObjectList, Outcome::Done, entered.rule, target)
                .with("prefix", prefix.as_str())
                .with("glob", query.glob.clone())
                .with("relevant", query.relevant.clone());
            self.record(Log::Project(datasource.project), Some(caller), listed).await?;
        }
        let lent = self.session_for(place.wish(&entered.project, caller, None, Need::Reach)).await?;
        let storage = lent.opened.session.storage(&datasource.bucket, datasource.region.as_deref())?;
        if let Some(key) = &query.relevant {
            let names = relevant::read(storage.as_ref(), key).await?;
            if names.is_empty() {
                return Ok(ObjectPage::default());
            }
            prefix = narrower(prefix, format!("{}{}", datasource.prefix, relevant::shared_start(&names)));
            filter.names = Some(names);
        }
        let (delimiter, limit) = (query.delimiter, query.page.limit);
        Scan { storage: storage.as_ref(), prefix, delimiter, limit, filter: &filter }.run(from).await
    }
}

impl ObjectQuery {
    fn filter(&self, datasource: &Datasource) -> Result<Filter> {
        if let Some(key) = &self.relevant {
            inside(&datasource.prefix, key, "/relevant")?;
            if datasource.proof_mode == ProofMode::ListOnly {
                let message = "this datasource is list-only: contents can only be read from the customer's network";
                return Err(Error::new(ErrorKind::Unsupported, message).at("/relevant"));
            }
            if self.delimiter.is_some() {
                return Err(Error::invalid("/delimiter", "a listing of relevant names is flat"));
            }
        }
        if self.delimiter.as_ref().is_some_and(|delimiter| delimiter.is_empty() || delimiter.len() > MAX_KEY) {
            return Err(Error::invalid("/delimiter", "leave the delimiter out to list flat"));
        }
        Ok(Filter {
            base: datasource.prefix.as_str().to_owned(),
            glob: self.glob.as_deref().map(glob).transpose()?,
            names: None,
            modified_after: self.modified_after,
            modified_before: self.modified_before,
        })
    }

    /// What the store is asked for.
    fn prefix(&self, datasource: &Datasource) -> Result<String> {
        let base = &datasource.prefix;
        let asked = match self.prefix.as_deref() {
            None | Some("") => base.as_str(),
            Some(asked) => inside(base, asked, "/prefix")?,
        };
        let Some(pattern) = self.glob.as_deref().filter(|_| self.delimiter.is_none()) else {
            return Ok(asked.to_owned());
        };
        Ok(narrower(asked.to_owned(), format!("{base}{}", literal_start(pattern))))
    }
}

/// Of two prefixes that must both hold the one that is asked for; the filter holds to the other.
fn narrower(one: String, two: String) -> String {
    if two.starts_with(&one) { two } else { one }
}

pub(super) fn inside<'a>(base: &Prefix, key: &'a str, pointer: &str) -> Result<&'a str> {
    if key.len() > MAX_KEY {
        return Err(Error::invalid(pointer, format!("at most {MAX_KEY} bytes are allowed")));
    }
    if base.holds(key) {
        return Ok(key);
    }
    let message = format!("this is outside the datasource, whose keys begin with '{base}'");
    Err(Error::new(ErrorKind::PermissionDenied, message)
        .at(pointer)
        .with_hint("keys are whole keys of the bucket, the datasource's prefix included"))
}
