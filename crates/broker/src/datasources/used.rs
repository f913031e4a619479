//! What depends on a datasource: before it is changed or deleted.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::name::Name;
use domain::page::PageAsk;
use domain::principal::Caller;
use jiff::Timestamp;
use store::datasources::DatasourceFilter;
use store::grants::Through;

use super::show::by_name;
use crate::counted::ONE_MORE;
use crate::grants::{Holder, holders};
use crate::{Broker, Counted};

/// So many inputs are named.
const NAMED: u32 = 100;

/// What depends on a datasource.
#[derive(Debug, Clone)]
pub struct DatasourceUse {
    /// The inputs that name it as the place for what is made from them; a hundred at most.
    pub inputs: Vec<Name>,
    /// How many grants are live.
    pub live_grants: Counted,
    /// Who holds them, those with the most first; twenty at most.
    pub holders: Vec<Holder>,
    /// When something was last handed out of it.
    pub last_used_at: Option<Timestamp>,
}

impl Broker {
    /// What depends on a datasource.
    ///
    /// # Errors
    /// `not_found` for none and for one that the caller may not see.
    pub async fn datasource_use(&self, caller: &Caller, project: &Name, name: &Name) -> Result<DatasourceUse> {
        let target = Target::named("datasource", name);
        let entered = self.enter(caller, project, Action::DatasourceShow, target).await?;
        let (project, name, now) = (entered.project, name.clone(), self.now());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = by_name(tx, &project, &name).await?;
                    let through = Through::Datasource(found.id);
                    let filter = DatasourceFilter { output_datasource: Some(found.id), ..DatasourceFilter::default() };
                    let page = PageAsk { after: None, limit: NAMED };
                    let inputs = store::datasources::list(tx, project.id, &filter, &page).await?;
                    let live = store::grants::count_live_through(tx, through, now, ONE_MORE).await?;
                    Ok(DatasourceUse {
                        inputs: inputs.items.into_iter().map(|datasource| datasource.name).collect(),
                        live_grants: Counted::of(live),
                        holders: holders(tx, through, now).await?,
                        last_used_at: store::grants::last_of(tx, found.id).await?,
                    })
                })
            })
            .await
    }
}
