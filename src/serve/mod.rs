//! `tidegate serve`: binds, serves, drains.

mod accept;
mod stop;
mod tls;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use domain::{Error, Result};
use tokio::net::TcpListener;

use crate::cli::{Failure, fail};
use crate::config::{Config, Environment, Metrics};
use crate::wire::{Wired, lock_data_dir, wire};

pub(crate) use accept::serve;
pub(crate) use stop::on_signal;

/// Background work that nobody waits for has so long to finish when the server stops.
const CLOSE_LIMIT: Duration = Duration::from_secs(30);

/// Runs the server until it is told to stop.
pub(crate) async fn run(config: Config, env: Environment) -> ExitCode {
    match start(&config, &env).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&Failure::of(&error), false),
    }
}

async fn start(config: &Config, env: &Environment) -> Result<()> {
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let listener = bind(config.listen).await?;
    let _lock = lock_data_dir(config)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let wired = wire(config, env, address).await?;
    announce(&wired, address, tls.is_some(), config);
    let stopping = on_signal()?;
    let metrics = match config.metrics {
        Metrics::Listen(metrics) => Some(bind(metrics).await?),
        Metrics::Off | Metrics::Token(_) => None,
    };
    wired.broker.start_background(stopping.clone());
    let face = web::router(wired.app.clone());
    let figures = async {
        if let Some(listener) = metrics {
            serve(listener, web::metrics_router(wired.app.clone()), None, stopping.clone()).await;
        }
    };
    tokio::join!(serve(listener, face, tls, stopping.clone()), figures);
    if tokio::time::timeout(CLOSE_LIMIT, wired.broker.close()).await.is_err() {
        // What is committed is durable; a proof that is cut off here names nothing it did not write.
        tracing::warn!("background work did not finish within {} s and is cut off", CLOSE_LIMIT.as_secs());
    }
    tracing::info!("stopped");
    Ok(())
}

/// Takes an address, or says who may.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::invalid("/listen", format!("cannot listen on {address}: {error}"))
            .with_hint("stop what listens there, or set 'listen' to another address")
    })
}

fn announce(wired: &Wired, address: SocketAddr, tls: bool, config: &Config) {
    let scheme = if tls { "https" } else { "http" };
    println!("listening on {scheme}://{address}");
    if let Some(url) = &config.public_url {
        println!("reached by people at {url}");
    }
    if let Some(password) = wired.generated_password.as_ref().and_then(|password| password.expose_str()) {
        println!("first start: sign in as 'admin' with the password {password}");
        println!("it is shown this once and must be changed at first sign-in (tidegate login)");
    }
}
