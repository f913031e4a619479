//! What is proven, as far as a report names it.

pub(super) use broker::Proven as Kind;
use broker::{IntegrationView, KeptProof, ProofWithPrevious};
use domain::id::ProofId;
use domain::name::Name;
use domain::page::{Page, PageAsk};

use crate::App;
use crate::console::frame::Section;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// The kind of this word of a run.
pub(super) fn kind_of(word: &str) -> Kind {
    if word == Kind::Datasource.as_str() { Kind::Datasource } else { Kind::Integration }
}

/// Where in the console it is.
pub(super) fn section(kind: Kind) -> Section {
    match kind {
        Kind::Integration => Section::Integrations,
        Kind::Datasource => Section::Datasources,
    }
}

/// Where it is shown.
pub(super) fn path(here: &Here, kind: Kind, name: &Name) -> String {
    here.path(&format!("/{}s/{name}", kind.as_str()))
}

/// An integration or datasource with what a report says of it.
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) name: Name,
    pub(super) path: String,
    /// Whether access may be handed out now.
    pub(super) integration: IntegrationView,
    /// Bucket, prefix and purpose, of a datasource.
    pub(super) place: Option<(String, String, &'static str)>,
    /// The method's name for people.
    pub(super) method: String,
}

impl Subject {
    /// Reads it.
    pub(super) async fn read(app: &App, here: &Here, kind: Kind, text: &str) -> Result<Self, Failure> {
        let name = face::name(kind.as_str(), text)?;
        let (caller, project, broker) = (here.caller(), here.name(), app.broker());
        let (through, place) = match kind {
            Kind::Integration => (name.clone(), None),
            Kind::Datasource => {
                let found = broker.show_datasource(caller, project, &name).await?;
                let place = (found.bucket.to_string(), found.prefix.as_str().to_owned(), found.purpose.as_str());
                (found.integration, Some(place))
            }
        };
        let integration = broker.show_integration(caller, project, &through).await?;
        let methods = broker.list_methods(caller).await?;
        let known = methods.iter().find(|known| known.id == integration.method);
        let method = known.map_or(integration.method.as_str(), |known| known.title).to_owned();
        Ok(Self { kind, path: path(here, kind, &name), name, integration, place, method })
    }

    /// A page of its proofs.
    pub(super) async fn proofs(&self, app: &App, here: &Here, page: PageAsk) -> Result<Page<KeptProof>, Failure> {
        Ok(app.broker().list_proofs(here.caller(), here.name(), self.kind, &self.name, page).await?)
    }

    /// One of its proofs.
    pub(super) async fn proof(&self, app: &App, here: &Here, id: &str) -> Result<ProofWithPrevious, Failure> {
        let id: ProofId = face::parsed("proof", id)?;
        Ok(app.broker().show_proof(here.caller(), here.name(), self.kind, &self.name, id).await?)
    }
}
