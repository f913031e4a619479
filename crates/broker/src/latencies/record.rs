//! What a page has measured.

use authz::Action;
use domain::audit::Target;
use domain::name::Name;
use domain::principal::Caller;
use domain::{Error, Result};
use store::latencies::Side;

use crate::Broker;

/// The most samples of one call.
const MOST: usize = 20;
/// The longest that a page waits, in milliseconds.
const LONGEST: f64 = 60_000.0;

impl Broker {
    /// Keeps how long it took the caller's browser to reach the bucket of a datasource.
    ///
    /// # Errors
    /// `invalid` for anything but 1 to 20 samples of 0 to 60,000 milliseconds; `not_found` for a datasource
    /// that the caller may not see.
    pub async fn record_browser_latency(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        samples_ms: Vec<f64>,
    ) -> Result<()> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::LatencyRecord, target).await?;
        let micros = micros(&samples_ms)?;
        let (project, name, now) = (entered.project, datasource.clone(), self.now());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let found = crate::datasources::by_name(tx, &project, &name).await?;
                    let region = store::latencies::region(tx, project.id, found.id).await?;
                    store::latencies::insert(tx, project.id, found.id, Side::Browser, &region, &micros, now).await
                })
            })
            .await
    }
}

fn micros(samples_ms: &[f64]) -> Result<Vec<i64>> {
    if samples_ms.is_empty() || samples_ms.len() > MOST {
        return Err(Error::invalid("/samples_ms", format!("send 1 to {MOST} samples")));
    }
    let micros = |sample: &f64| {
        let possible = (0.0..=LONGEST).contains(sample);
        let micros = std::time::Duration::try_from_secs_f64(*sample / 1000.0).ok().filter(|_| possible)?;
        i64::try_from(micros.as_micros()).ok()
    };
    let read: Option<Vec<_>> = samples_ms.iter().map(micros).collect();
    read.ok_or_else(|| Error::invalid("/samples_ms", format!("a sample is 0 to {LONGEST} milliseconds")))
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[test]
    fn samples_that_no_clock_gives_are_refused() {
        assert_eq!(micros(&[0.0, 1.5, 60_000.0]).unwrap(), [0, 1_500, 60_000_000]);
        for bad in [-1.0, 60_000.1, f64::NAN, f64::INFINITY] {
            assert!(micros(&[bad]).is_err(), "{bad}");
        }
        assert!(micros(&[]).is_err() && micros(&[1.0; 21]).is_err());
    }
}
