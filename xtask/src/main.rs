//! The project's own chores, as `cargo xtask <verb>`.
//!
//! Depends on nothing but the argument parser and JSON, so that it builds before anything else and
//! on any machine with Rust. Everything it starts listens on 127.0.0.1 and lives under `target/`.

mod bench;
mod check;
mod components;
mod deny;
mod screenshots;
mod shell;
mod test;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use components::{Component, Places};
use shell::{Outcome, cargo, run};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the project: components, tests, benchmarks, documents, checks")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start, stop or show the real components that the tests talk to
    Components {
        #[command(subcommand)]
        verb: ComponentsVerb,
    },
    /// Start the components, run every test against them, stop them
    Test {
        /// Only tests whose name contains one of these
        filter: Vec<String>,
        /// Leave the components running
        #[arg(long)]
        keep: bool,
    },
    /// Walk the console in Chromium and keep a picture of every page and state, in four variants
    Screenshots {
        /// Only tests of the console whose path begins so, such as `integrations`
        filter: Vec<String>,
    },
    /// Build with optimisations, start the components, and measure everything beside its peers
    Bench {
        /// Only benchmarks of the program whose name contains one of these
        filter: Vec<String>,
    },
    /// Build the documentation of the code; a warning is an error
    Docs,
    /// Formatting, lints, and which crates and licences may not be in the tree
    Check,
    /// Known vulnerabilities in the tree; fetches the database of advisories
    Advisories,
}

#[derive(Subcommand)]
enum ComponentsVerb {
    /// Install what is missing and start; data of an earlier run is wiped
    Up {
        /// Which ones; all if none is named
        names: Vec<Component>,
    },
    /// Stop and wipe
    Down {
        /// Which ones; all if none is named
        names: Vec<Component>,
    },
    /// What runs, and where
    Status {
        /// Which ones; all if none is named
        names: Vec<Component>,
    },
    /// Print what tests read from their environment, for `eval "$(cargo xtask components env)"`
    Env,
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: Verb) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("this crate must lie inside the checkout")?;
    match verb {
        Verb::Components { verb } => {
            let places = Places::of(root)?;
            match verb {
                ComponentsVerb::Up { names } => {
                    let _only_one = components::lock(&places)?;
                    components::up(&places, &Component::or_all(&names))?;
                    components::status(&places, &Component::or_all(&names));
                    Ok(())
                }
                ComponentsVerb::Down { names } => {
                    let _only_one = components::lock(&places)?;
                    components::down(&places, &Component::or_all(&names))
                }
                ComponentsVerb::Status { names } => {
                    components::status(&places, &Component::or_all(&names));
                    Ok(())
                }
                ComponentsVerb::Env => {
                    for (name, value) in components::environment(&places) {
                        println!("export {name}='{value}'");
                    }
                    Ok(())
                }
            }
        }
        Verb::Test { filter, keep } => test::test(root, &filter, keep),
        Verb::Screenshots { filter } => screenshots::screenshots(root, &filter),
        Verb::Bench { filter } => bench::bench(root, &filter),
        Verb::Docs => run(cargo(root).args(["doc", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-D warnings")),
        Verb::Advisories => deny::advisories(root),
        Verb::Check => check::check(root),
    }
}
