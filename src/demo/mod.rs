//! `tidegate demo`: everything at work, with a store of its own.
//!
//! What it shows is real: a server as `tidegate serve` runs it, asked over HTTP as the command line
//! asks it, with an S3 store on loopback. Nothing outside its folder and loopback is touched.

mod home;
mod pictures;
mod say;
mod server;
mod store;
mod tour;

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::remote::{Globals, Remote};
use crate::cli::{DemoArgs, Failure, Terminal, fail};
use crate::config::Environment;
use crate::serve::on_signal;
use home::Home;
use say::{Say, grouped};
use server::Server;
use store::EmbeddedStore;
use tour::Tour;

/// Runs the demo.
pub(crate) async fn run(args: DemoArgs, env: Environment) -> ExitCode {
    match demo(&args, &env).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => fail(&failure, false),
    }
}

/// Starts everything, shows it, and leaves nothing running; whether all of it held.
async fn demo(args: &DemoArgs, env: &Environment) -> Result<bool, Failure> {
    let (stopping, tasks) = (on_signal().map_err(|error| Failure::of(&error))?, TaskTracker::new());
    let mut say = Say::new(Terminal::new(None, env));
    let home = Home::open(args.data.as_deref())?;
    home.paint()?;
    let store = EmbeddedStore::start(&home.store(), stopping.clone(), &tasks).await?;
    let server = Server::start(&home, args.listen, stopping.clone(), &tasks).await?;
    let shown = show(args, &home, &store, &server, &stopping, &mut say).await;
    stopping.cancel();
    tasks.close();
    tasks.wait().await;
    server.close().await;
    shown
}

/// The tour, and then what people need to go on by themselves, until they have had enough.
async fn show(
    args: &DemoArgs,
    home: &Home,
    store: &EmbeddedStore,
    server: &Server,
    stopping: &CancellationToken,
    say: &mut Say,
) -> Result<bool, Failure> {
    say.line("Tidegate: access to data that belongs to somebody else, shown on a store of the demo's own.");
    say.act("What runs now");
    let pictures = format!("S3 at {} with {} pictures in it", store.url, grouped(pictures::COUNT));
    say.step("an embedded store", Ok(((), pictures)));
    say.step("a Tidegate", Ok(((), format!("{}, its data in {}", server.url, home.path().display()))));

    let remote = remote(home, server)?;
    let tour = Tour { remote: &remote, store, folder: home.path() };
    tokio::select! {
        // First, so that a store which stops is not taken for a step that failed.
        biased;
        () = stopping.cancelled() => {
            say.line("\nStopped before the tour ended.");
            return Ok(false);
        }
        () = tour::run(&tour, say) => {}
    }
    let held = say.summary();
    if !args.once || home.is_kept() {
        sign_in(say, server);
    }
    if !args.once {
        what_next(say, home, server);
        stopping.cancelled().await;
        say.line(if home.is_kept() { "\nStopped." } else { "\nStopped; the demo's data is removed." });
    }
    Ok(held)
}

/// The client of the command line, as `--server`, `--token-file` and `--project` would make it.
fn remote(home: &Home, server: &Server) -> Result<Remote, Failure> {
    let globals = Globals {
        server: Some(server.url.clone()),
        token_file: Some(home.token_file()),
        project: Some(tour::PROJECT.to_owned()),
        ..Globals::default()
    };
    // Without an environment no saved sign-in of the person is found or used.
    let nothing = Environment::new();
    Remote::new(&globals, &nothing, Terminal::new(None, &nothing), false)
}

fn sign_in(say: &Say, server: &Server) {
    say.act("Sign in");
    say.line(format_args!("  address   {}", server.url));
    say.line("  user      admin");
    match server.generated_password.as_ref().and_then(|password| password.expose_str()) {
        Some(password) => {
            say.line(format_args!("  password  {password}"));
            say.line("  It is shown this once and must be changed at first sign-in.");
        }
        None => say.line("  password  the one of the first start with this folder; it is not kept in a readable form"),
    }
}

fn what_next(say: &Say, home: &Home, server: &Server) {
    let file = home.token_file().display().to_string();
    // Quoted for sh: a folder may have blanks in its name.
    let file = file.replace('\'', r"'\''");
    let with = format!("--server {} --token-file '{file}' --project {}", server.url, tour::PROJECT);
    say.act("What to try next, in another terminal");
    say.line(format_args!("  tidegate {with} object list photos --glob '*-000?.bmp'"));
    say.line(format_args!(
        "  curl -o picture.bmp \"$(tidegate {with} url sign photos {} --ttl 5m)\"",
        pictures::key(0)
    ));
    say.line(format_args!("  tidegate {with} audit list"));
    say.line("\nCtrl-C stops the demo.");
}
