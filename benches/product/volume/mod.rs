//! A store as it is after years: 10,000 integrations, 100,000 grants and 1,000,000 audit records.
//!
//! All of it goes in through the store's own functions, in large units: the rows are those that the program
//! itself would have written, and the trees over the logs are the real ones. Only two things are made up:
//! secrets and tokens are random bytes, so that nothing can be opened or signed with them.

mod handed_out;
mod people;
mod proven;
mod records;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use domain::clock::{Clock as _, SystemClock};
use domain::datasource::Datasource;
use domain::id::{InstallationId, PrincipalId, ProjectId};
use domain::integration::Integration;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use store::{Store, StoreConfig, Tx};

use crate::measure::show;
use crate::world::PROJECT;

/// In one project, which is harder than in many.
pub(crate) const INTEGRATIONS: usize = 10_000;
/// The same.
pub(crate) const GRANTS: usize = 100_000;
/// In the log of that project but for [`OF_INSTALLATION`].
pub(crate) const RECORDS: usize = 1_000_000;
/// Records of the installation's log.
const OF_INSTALLATION: usize = 50_000;

/// What stands in the addresses of pages: the objects that most is of.
pub(crate) struct Volume {
    /// With a tenth of all grants.
    pub(crate) integration: String,
    /// The same.
    pub(crate) datasource: String,
    /// With a fifth of all grants.
    pub(crate) user: String,
    pub(crate) service_account: String,
    pub(crate) token: String,
    /// Live ones, the newest last.
    pub(crate) grants: Vec<String>,
    /// Of that integration, the newest last.
    pub(crate) integration_proofs: Vec<String>,
    /// Of that datasource, the newest last.
    pub(crate) datasource_proofs: Vec<String>,
    pub(crate) run: String,
}

/// What everything belongs to.
struct Ground {
    installation: InstallationId,
    project: ProjectId,
    administrator: PrincipalId,
    now: Timestamp,
}

/// Users with their names; the first has most.
type People = Arc<Vec<(PrincipalId, String)>>;

/// Fills the database of a server that was started once, has the project, and does not run.
pub(crate) async fn fill(database: &Path) -> Volume {
    let start = Instant::now();
    let config = StoreConfig::Sqlite { path: database.to_owned() };
    let store = Store::open(&config).await.expect("the server's database can be opened");
    let ground = Arc::new(ground(&store).await);
    let people::Made { users, service_account, token } = people::make(&store, &ground).await;
    let (integrations, datasources) = proven::connect(&store, &ground).await;
    let proofs = proven::prove(&store, &ground, &integrations, &datasources).await;
    let grants = handed_out::make(&store, &ground, &users, &datasources).await;
    let connected = start.elapsed();
    records::write(&store, &ground, &users, &datasources, RECORDS - OF_INSTALLATION, OF_INSTALLATION).await;
    store.close().await;
    eprintln!("bench: the store was filled in {}, {} of it without the audit", show(start.elapsed()), show(connected));
    let first = |name: Option<String>| name.expect("something was made");
    Volume {
        integration: first(integrations.first().map(|one: &Integration| one.name.to_string())),
        datasource: first(datasources.first().map(|one: &Datasource| one.name.to_string())),
        user: first(users.first().map(|(_, name)| name.clone())),
        service_account,
        token,
        grants,
        integration_proofs: proofs.of_integration,
        datasource_proofs: proofs.of_datasource,
        run: proofs.run,
    }
}

async fn ground(store: &Store) -> Ground {
    let mut tx = store.snapshot().await.expect("the store can be read");
    let installation = store::installation::get(&mut tx).await.expect("the store can be read");
    let project = store::projects::by_name(&mut tx, PROJECT).await.expect("the store can be read");
    let administrator = store::principals::user(&mut tx, "admin").await.expect("the store can be read");
    Ground {
        installation: installation.expect("the server was started once").id,
        project: project.expect("the project was made").id,
        administrator: administrator.expect("the first start makes an administrator").principal.id,
        now: SystemClock.now(),
    }
}

impl Ground {
    /// A time so far back.
    fn ago(&self, seconds: usize) -> Timestamp {
        self.now - SignedDuration::from_secs(i64::try_from(seconds).expect("nothing is that old"))
    }
}

/// One unit of work, which must succeed.
async fn unit<T, F>(store: &Store, work: F) -> T
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, domain::Result<T>> + Send + 'static,
{
    store.write(work).await.unwrap_or_else(|why| panic!("the store cannot be filled: {why:?}"))
}

/// 32 bytes that differ from all others.
fn bytes() -> [u8; 32] {
    let half = || *uuid::Uuid::new_v4().as_bytes();
    let mut all = [0; 32];
    for (to, from) in all.iter_mut().zip([half(), half()].concat()) {
        *to = from;
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
