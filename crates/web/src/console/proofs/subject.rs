//! What is proven, as far as a report names it.

use broker::{IntegrationView, KeptProof, ProofWithPrevious};
use domain::id::ProofId;
use domain::name::Name;
use domain::page::{Page, PageAsk};

use crate::App;
use crate::console::frame::Section;
use crate::console::viewer::Here;
use crate::face::{self, Failure};

/// What is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integration,
    Datasource,
}

impl Kind {
    /// The kind of this word of a run.
    pub(super) fn of(word: &str) -> Self {
        if word == "datasource" { Self::Datasource } else { Self::Integration }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Datasource => "datasource",
        }
    }

    pub(super) fn section(self) -> Section {
        match self {
            Self::Integration => Section::Integrations,
            Self::Datasource => Section::Datasources,
        }
    }

    /// Where it is shown.
    pub(super) fn path(self, here: &Here, name: &Name) -> String {
        here.path(&format!("/{}s/{name}", self.word()))
    }
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
        let name = face::name(kind.word(), text)?;
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
        Ok(Self { kind, path: kind.path(here, &name), name, integration, place, method })
    }

    /// A page of its proofs.
    pub(super) async fn proofs(&self, app: &App, here: &Here, page: PageAsk) -> Result<Page<KeptProof>, Failure> {
        let (caller, project, broker) = (here.caller(), here.name(), app.broker());
        Ok(match self.kind {
            Kind::Integration => broker.list_integration_proofs(caller, project, &self.name, page).await?,
            Kind::Datasource => broker.list_datasource_proofs(caller, project, &self.name, page).await?,
        })
    }

    /// One of its proofs.
    pub(super) async fn proof(&self, app: &App, here: &Here, id: &str) -> Result<ProofWithPrevious, Failure> {
        let id: ProofId = face::parsed("proof", id)?;
        let (caller, project, broker) = (here.caller(), here.name(), app.broker());
        Ok(match self.kind {
            Kind::Integration => broker.show_integration_proof(caller, project, &self.name, id).await?,
            Kind::Datasource => broker.show_datasource_proof(caller, project, &self.name, id).await?,
        })
    }
}
