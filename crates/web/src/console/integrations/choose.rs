//! `GET /projects/{project}/integrations/-/new`

use askama::Template;
use authz::Action;
use axum::extract::State;
use axum::response::Response;
use domain::provider::{Advice, Descriptor, Rating, by_cloud};

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::then::Then;
use crate::console::viewer::Here;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "integrations/choose.html")]
struct ChoosePage {
    frame: Frame,
    base: String,
    /// The methods by cloud, the recommended ones first.
    groups: Vec<(&'static str, Vec<&'static Descriptor>)>,
    /// Whether clouds can be told to trust tokens of Tidegate's own.
    issues: bool,
    then: Then,
}

type Aspect = (&'static str, fn(&Advice) -> Rating);

const ASPECTS: [Aspect; 6] = [
    ("Privilege", |advice| advice.privilege),
    ("Rotation", |advice| advice.rotation),
    ("Audit", |advice| advice.audit),
    ("Separation of duties", |advice| advice.separation),
    ("Speed", |advice| advice.speed),
    ("Ease", |advice| advice.ease),
];

impl ChoosePage {
    /// Aspect, word and dots.
    fn ratings(&self, advice: &Advice) -> Vec<(&'static str, &'static str, &'static str)> {
        let mark = |rating| match rating {
            Rating::Poor => ("poor", "\u{25cf}\u{25cb}\u{25cb}"),
            Rating::Fair => ("fair", "\u{25cf}\u{25cf}\u{25cb}"),
            Rating::Good => ("good", "\u{25cf}\u{25cf}\u{25cf}"),
        };
        let row = |(name, of): Aspect| {
            let (word, dots) = mark(of(advice));
            (name, word, dots)
        };
        ASPECTS.map(row).to_vec()
    }

    /// What Tidegate keeps, in one sentence.
    fn keeps(&self, method: &Descriptor) -> &'static str {
        let can = method.capabilities;
        if can.stored_key {
            "A key of yours, sealed; it never leaves Tidegate."
        } else if can.keyless {
            "Nothing: the cloud trusts tokens that Tidegate issues for this integration alone."
        } else if can.ambient {
            "Nothing: it uses the identity of the machine Tidegate runs on, if the operator permits it."
        } else {
            "Nothing: Tidegate assumes a role of yours with an identity of its own."
        }
    }
}

/// The methods by cloud, the recommended ones first.
pub(super) async fn show(State(app): State<App>, here: Here, then: Then) -> Result<Response, Failure> {
    here.must(Action::IntegrationCreate)?;
    let methods = app.broker().list_methods(here.caller()).await?;
    let base = here.path("/integrations");
    let frame = here.frame(Section::Integrations, "New integration");
    let (groups, issues) = (by_cloud(&methods), app.broker().issues_tokens());
    answer::page(&ChoosePage { frame, base, groups, issues, then })
}
