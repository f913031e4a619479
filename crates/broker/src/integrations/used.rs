//! What depends on an integration: before it is changed, paused or deleted.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::name::Name;
use domain::page::PageAsk;
use domain::principal::Caller;
use jiff::Timestamp;
use store::datasources::DatasourceFilter;
use store::grants::Through;

use super::connect::by_name;
use crate::counted::ONE_MORE;
use crate::grants::{Holder, holders};
use crate::{Broker, Counted};

/// So many datasources are named.
const NAMED: u32 = 100;

/// What depends on an integration.
#[derive(Debug, Clone)]
pub struct IntegrationUse {
    /// The datasources that go through it; a hundred at most.
    pub datasources: Vec<Name>,
    /// How many there are.
    pub datasource_count: u64,
    /// How many grants are live.
    pub live_grants: Counted,
    /// Who holds them, those with the most first; twenty at most.
    pub holders: Vec<Holder>,
    /// When something was last handed out through it.
    pub last_used_at: Option<Timestamp>,
}

impl Broker {
    /// What depends on an integration.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn integration_use(&self, caller: &Caller, project: &Name, name: &Name) -> Result<IntegrationUse> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::IntegrationShow, target).await?;
        let (project, name, now) = (entered.project, name.clone(), self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = by_name(tx, &project, &name).await?;
                    let through = Through::Integration(found.id);
                    let filter = DatasourceFilter { integration: Some(found.id), ..DatasourceFilter::default() };
                    let page = PageAsk { after: None, limit: NAMED };
                    let named = store::datasources::list(tx, project.id, &filter, &page).await?;
                    let counts = store::datasources::count_by_integration(tx, [found.id]).await?;
                    let live = store::grants::count_live_through(tx, through, now, ONE_MORE).await?;
                    Ok(IntegrationUse {
                        datasources: named.items.into_iter().map(|datasource| datasource.name).collect(),
                        datasource_count: counts.get(&found.id).copied().unwrap_or_default(),
                        live_grants: Counted::of(live),
                        holders: holders(tx, through, now).await?,
                        last_used_at: found.last_used_at,
                    })
                })
            })
            .await
    }
}
