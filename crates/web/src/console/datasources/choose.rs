//! The first step of `/projects/{project}/datasources/-/new`: through which integration.

use askama::Template;
use axum::response::Response;
use broker::{IntegrationQuery, IntegrationView};
use domain::integration::IntegrationState;
use domain::page::PageAsk;

use crate::App;
use crate::console::answer;
use crate::console::frame::{Frame, Section};
use crate::console::query::Query;
use crate::console::then::Then;
use crate::console::tone;
use crate::console::viewer::Here;
use crate::face::Failure;

/// So many of each state are offered; of more one finds one by its name.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "datasources/choose.html")]
struct ChoosePage {
    frame: Frame,
    query: Query,
    base: String,
    integrations: Vec<IntegrationView>,
    /// Those that were begun or do not work now.
    others: Vec<IntegrationView>,
    /// The one that the address names, which cannot be used now.
    named: Option<IntegrationView>,
    /// To come back here from connecting another.
    then: Then,
    /// The methods' ids with their names for people.
    methods: Vec<(&'static str, &'static str)>,
}

impl ChoosePage {
    /// The next step with this integration, and with everything that was typed before.
    fn next(&self, integration: &IntegrationView) -> String {
        let kept =
            self.query.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "integration" | "choose" | "find"));
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.append_pair("integration", integration.name.as_str()).extend_pairs(kept);
        format!("{}/-/new?{}", self.base, encoded.finish())
    }

    fn method<'a>(&self, integration: &'a IntegrationView) -> &'a str {
        let known = self.methods.iter().find(|(id, _)| *id == integration.method);
        known.map_or(integration.method.as_str(), |(_, title)| title)
    }

    /// What is to be done with one that cannot be used.
    fn mend(&self, integration: &IntegrationView) -> &'static str {
        match integration.state {
            IntegrationState::Pending => "It is begun and not proven yet.",
            IntegrationState::Failed => "Its last proof failed.",
            IntegrationState::Paused => "Somebody has paused it.",
            IntegrationState::Active | IntegrationState::Unproven => "It can be used.",
        }
    }

    /// Whether there may be more than are shown.
    fn many(&self) -> bool {
        self.query.get("find").is_some() || self.integrations.len() >= usize::try_from(MOST).unwrap_or(usize::MAX)
    }
}

/// Integrations through which something can be handed out now, by name.
pub(super) async fn usable(app: &App, here: &Here, find: Option<&str>) -> Result<Vec<IntegrationView>, Failure> {
    in_states(app, here, &[IntegrationState::Active, IntegrationState::Unproven], find).await
}

async fn in_states(
    app: &App,
    here: &Here,
    states: &[IntegrationState],
    find: Option<&str>,
) -> Result<Vec<IntegrationView>, Failure> {
    let mut found = Vec::new();
    for state in states {
        let query = IntegrationQuery { state: Some(*state), method: None, contains: find.map(str::to_owned) };
        let page = PageAsk { after: None, limit: MOST };
        found.extend(app.broker().list_integrations(here.caller(), here.name(), query, page).await?.items);
    }
    found.sort_unstable_by(|one, two| one.name.cmp(&two.name));
    Ok(found)
}

/// Lets one choose, or says how to get one.
pub(super) async fn page(
    app: &App,
    here: &Here,
    query: Query,
    integrations: Vec<IntegrationView>,
    named: Option<IntegrationView>,
) -> Result<Response, Failure> {
    let waiting = [IntegrationState::Pending, IntegrationState::Failed, IntegrationState::Paused];
    let others = if integrations.is_empty() && named.is_none() {
        in_states(app, here, &waiting, None).await?
    } else {
        Vec::new()
    };
    let methods = app.broker().list_methods(here.caller()).await?;
    answer::page(&ChoosePage {
        frame: here.frame(Section::Datasources, "New datasource"),
        then: Then::datasource(&query),
        query,
        base: here.path("/datasources"),
        integrations,
        others,
        named,
        methods: methods.into_iter().map(|method| (method.id, method.title)).collect(),
    })
}
