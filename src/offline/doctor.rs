//! `tidegate doctor`: checks what the server will need, and changes nothing.

use std::process::ExitCode;
use std::time::Instant;

use domain::Result;
use domain::clock::{Clock as _, SystemClock};
use keyring::{RootKeyCheck, RootKeySource, open_root_key};
use serde_json::{Value, json};
use store::{Store, StoreConfig};

use crate::config::{AwsSource, Config, Environment, Keyring, Store as Kept};
use crate::wire::{deps, root_key, transport};

/// Prints a line a check, or one JSON document of all; exit code 1 if one of them failed.
pub(crate) async fn run(config: Config, env: Environment, json: bool) -> ExitCode {
    let mut report = Report { json, ..Report::default() };
    report.line("configuration", Ok("valid".to_owned()));
    let installation = store(&config, &mut report).await;
    keys(&config, installation.as_ref(), &mut report);
    listen(&config, &mut report).await;
    egress(&config, &mut report);
    identities(&config, &env, &mut report).await;
    report.line(
        "clock",
        Ok(format!("{} (compare it with the clouds': 'prove' shows the difference)", SystemClock.now())),
    );
    report.end()
}

#[derive(Default)]
struct Report {
    failed: bool,
    json: bool,
    items: Vec<Value>,
}

impl Report {
    fn line(&mut self, name: &str, result: Result<String, String>) {
        self.failed |= result.is_err();
        let (status, shown, detail) = match &result {
            Ok(detail) => ("ok", "ok    ", detail),
            Err(why) => ("failed", "FAILED", why),
        };
        if self.json {
            self.items.push(json!({ "name": name, "status": status, "detail": detail }));
        } else {
            println!("{shown}  {name}: {detail}");
        }
    }

    fn end(self) -> ExitCode {
        if self.json {
            println!("{}", json!({ "items": self.items, "next": null }));
        }
        if self.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Opens the store only if it is there: a check makes nothing.
async fn store(config: &Config, report: &mut Report) -> Option<store::installation::Installation> {
    let kept = match &config.store {
        Kept::Sqlite { path } if !path.exists() => {
            report.line("store", Ok(format!("{} is not there yet; the first start makes it", path.display())));
            return None;
        }
        Kept::Sqlite { path } => StoreConfig::Sqlite { path: path.clone() },
        Kept::Postgres { url } => StoreConfig::Postgres { url: url.clone() },
    };
    let started = Instant::now();
    let found = async {
        let store = Store::open(&kept).await?;
        let found = store.read(|tx| Box::pin(store::installation::get(tx))).await;
        store.close().await;
        found
    };
    match found.await {
        Ok(found) => {
            let what = found.as_ref().map_or("empty".to_owned(), |found| format!("installation {}", found.id));
            report.line("store", Ok(format!("{what}, answered in {} ms", started.elapsed().as_millis())));
            found
        }
        Err(error) => {
            report.line("store", Err(error.message().to_owned()));
            None
        }
    }
}

fn keys(config: &Config, installation: Option<&store::installation::Installation>, report: &mut Report) {
    let Some(installation) = installation else {
        let what = match &config.keyring {
            Keyring::File(path) if path.exists() => format!("{} is there", path.display()),
            Keyring::File(path) => format!("the first start makes {}", path.display()),
            Keyring::Passphrase(_) => "derived from the passphrase".to_owned(),
            Keyring::Key(_) => "from the environment".to_owned(),
        };
        return report.line("root key", Ok(what));
    };
    let opened = serde_json::from_str::<RootKeyCheck>(&installation.root_key_check)
        .map_err(|_| "what the store says of its root key is damaged".to_owned())
        .and_then(|check| opens(&root_key(config), &check));
    report.line("root key", opened);
}

fn opens(source: &RootKeySource, check: &RootKeyCheck) -> Result<String, String> {
    match open_root_key(source, Some(check)) {
        Ok((key, _)) => Ok(format!("{} opens this store", key.id())),
        Err(error) => Err(error.to_string()),
    }
}

async fn listen(config: &Config, report: &mut Report) {
    let bound = tokio::net::TcpListener::bind(config.listen).await;
    let detail = match bound {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(error) => Err(format!("{} cannot be had: {error} (a running server is one reason)", config.listen)),
    };
    report.line("listen", detail);
}

fn egress(config: &Config, report: &mut Report) {
    let detail = match transport(config) {
        Ok(_) if config.egress.allow.is_empty() => Ok("public addresses over https only".to_owned()),
        Ok(_) => Ok(format!("public addresses, and {}", show(&config.egress.allow))),
        Err(error) => Err(error.message().to_owned()),
    };
    report.line("egress", detail);
}

fn show(networks: &[ipnet::IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

async fn identities(config: &Config, env: &Environment, report: &mut Report) {
    if config.aws.identity.is_empty() {
        let none = "none; aws-cross-account needs [aws.identity.<partition>]".to_owned();
        return report.line("own identity", Ok(none));
    }
    let way_out =
        transport(config).and_then(|transport| deps(config, env, transport, std::sync::Arc::new(SystemClock)));
    let deps = match way_out {
        Ok(deps) => deps,
        Err(error) => return report.line("own identity", Err(error.message().to_owned())),
    };
    for (partition, identity) in &config.aws.identity {
        let from = match identity.source {
            AwsSource::Keys { .. } => "keys",
            AwsSource::Ambient => "the machine",
        };
        let asked = providers::own_principal_arn(&deps, partition).await;
        let detail = asked.map(|arn| format!("{arn}, from {from}")).map_err(|error| error.to_string());
        report.line(&format!("own identity in {partition}"), detail);
    }
}
