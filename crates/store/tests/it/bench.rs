//! A store for each test, on each engine.

use std::collections::BTreeMap;
use std::future::Future;

use domain::datasource::{Datasource, Purpose};
use domain::id::{DatasourceId, IntegrationId, PrincipalId, ProjectId};
use domain::integration::{ExternalId, Integration, IntegrationState};
use domain::page::PageAsk;
use domain::principal::{Principal, PrincipalKind};
use domain::proof::ProofMode;
use domain::secret::SecretBytes;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::principals::StoredPrincipal;
use store::projects::StoredProject;
use store::{Store, StoreConfig, Tx};

/// The store of one test, and what it needs to be opened again.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) config: StoreConfig,
    folder: Option<tempfile::TempDir>,
}

impl Bench {
    /// The folder that the database of an embedded store is alone in.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }
}

/// Runs the test on an embedded store.
pub(crate) async fn sqlite<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig::Sqlite { path: folder.path().join("store.db") };
    let store = Store::open(&config).await.unwrap();
    test(Bench { store, config, folder: Some(folder) }).await;
}

/// Runs the test on a database of its own on the server that the environment names.
pub(crate) async fn postgres<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    let Some(server) = server() else { return };
    let name = format!("tidegate_test_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let (before, _) = server.rsplit_once('/').unwrap();
    let config = StoreConfig::Postgres { url: SecretBytes::new(format!("{before}/{name}")) };
    let store = Store::open(&config).await.unwrap();
    test(Bench { store, config, folder: None }).await;
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test process is configured by its environment alone")]
fn server() -> Option<String> {
    if std::env::var("TIDEGATE_TEST_SKIP_POSTGRES").is_ok_and(|value| value == "1") {
        return None;
    }
    Some(std::env::var("TIDEGATE_TEST_POSTGRES_URL").expect(
        "set TIDEGATE_TEST_POSTGRES_URL to the URL of a PostgreSQL superuser (cargo xtask test does), \
         or TIDEGATE_TEST_SKIP_POSTGRES=1 to leave that half out",
    ))
}

/// Makes two tests of each function: one for each engine.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                crate::bench::sqlite(super::$name).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                crate::bench::postgres(super::$name).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// One unit of work on the store of a bench.
macro_rules! unit {
    ($bench:expr, |$tx:ident| $body:expr) => {
        $bench.store.write(move |$tx| Box::pin(async move { $body })).await
    };
}
pub(crate) use unit;

/// A time, in seconds after a fixed one.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A page of so many, after that cursor.
pub(crate) fn ask(limit: u32, after: Option<String>) -> PageAsk {
    PageAsk::new(after, Some(limit)).unwrap()
}

/// A user.
pub(crate) fn user(name: &str) -> StoredPrincipal {
    let principal = Principal {
        id: PrincipalId::new(),
        kind: PrincipalKind::User,
        name: name.to_owned(),
        administrator: false,
        properties: BTreeMap::new(),
    };
    StoredPrincipal { principal, project: None, disabled: false, created_at: at(0) }
}

/// A project.
pub(crate) fn project(name: &str) -> StoredProject {
    StoredProject {
        id: ProjectId::new(),
        name: name.parse().unwrap(),
        external_id: ExternalId::new(),
        created_at: at(0),
        created_by: PrincipalId::new(),
    }
}

/// An integration.
pub(crate) fn integration(project: ProjectId, name: &str) -> Integration {
    Integration {
        id: IntegrationId::new(),
        project,
        name: name.parse().unwrap(),
        method: "aws-access-key".to_owned(),
        settings: BTreeMap::from([("region".to_owned(), "eu-central-1".to_owned())]),
        state: IntegrationState::Active,
        reason: None,
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
        last_used_at: None,
    }
}

/// A datasource.
pub(crate) fn datasource(integration: &Integration, name: &str) -> Datasource {
    Datasource {
        id: DatasourceId::new(),
        project: integration.project,
        name: name.parse().unwrap(),
        integration: integration.id,
        bucket: "pictures".parse().unwrap(),
        prefix: "a/b*'\"é".parse().unwrap(),
        purpose: Purpose::Input,
        region: None,
        output_datasource: None,
        sse: None,
        cors_origin: None,
        proof_mode: ProofMode::Full,
        reason: None,
        usable: true,
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A user, a project and one integration with one datasource.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) user: StoredPrincipal,
    pub(crate) project: StoredProject,
    pub(crate) integration: Integration,
    pub(crate) datasource: Datasource,
}

impl Bench {
    /// Makes a tenant; the name is that of everything.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        let (user, project) = (user(name), project(name));
        let integration = integration(project.id, name);
        let datasource = datasource(&integration, name);
        let tenant = Tenant { user, project, integration, datasource };
        let new = tenant.clone();
        unit!(self, |tx| {
            store::principals::insert(tx, &new.user).await?;
            store::projects::insert(tx, &new.project).await?;
            store::integrations::insert(tx, &new.integration).await?;
            store::datasources::insert(tx, &new.datasource).await
        })
        .unwrap();
        tenant
    }

    /// A transaction to look with.
    pub(crate) async fn look(&self) -> Tx {
        self.store.snapshot().await.unwrap()
    }
}
