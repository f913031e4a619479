//! What was measured, by region of the bucket.

use std::collections::BTreeMap;
use std::time::Duration;

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::id::ProjectId;
use domain::name::Name;
use domain::principal::Caller;
use jiff::Timestamp;
use store::Tx;
use store::latencies::{Median, Side};

use crate::Broker;

/// How long it takes to reach the buckets of a region.
#[derive(Debug, Clone)]
pub struct LatencyView {
    /// The region; none where it is not known.
    pub region: Option<String>,
    /// From the server.
    pub server: Option<LatencySide>,
    /// From people's browsers.
    pub browser: Option<LatencySide>,
}

/// What was measured from one side.
#[derive(Debug, Clone)]
pub struct LatencySide {
    /// The median.
    pub median_ms: f64,
    /// Of how many samples.
    pub samples: u64,
    /// When the newest was taken.
    pub newest: Timestamp,
}

impl Broker {
    /// How long it takes to reach the buckets of a project, by region.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see.
    pub async fn latencies(&self, caller: &Caller, project: &Name) -> Result<Vec<LatencyView>> {
        let entered = self.enter(caller, project, Action::ProofList, Target::named("project", project)).await?;
        self.store().read(move |tx| Box::pin(async move { read(tx, entered.project.id).await })).await
    }
}

pub(crate) async fn read(tx: &mut Tx, project: ProjectId) -> Result<Vec<LatencyView>> {
    let mut regions: BTreeMap<String, (Option<LatencySide>, Option<LatencySide>)> = BTreeMap::new();
    for median in store::latencies::medians(tx, project, Side::Server).await? {
        regions.entry(median.region.clone()).or_default().0 = Some(side(&median));
    }
    for median in store::latencies::medians(tx, project, Side::Browser).await? {
        regions.entry(median.region.clone()).or_default().1 = Some(side(&median));
    }
    let view = |(region, (server, browser)): (String, _)| LatencyView {
        region: (!region.is_empty()).then_some(region),
        server,
        browser,
    };
    Ok(regions.into_iter().map(view).collect())
}

fn side(median: &Median) -> LatencySide {
    LatencySide {
        median_ms: Duration::from_micros(median.micros).as_secs_f64() * 1000.0,
        samples: median.samples,
        newest: median.newest,
    }
}
