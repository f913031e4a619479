//! Tidegate: one program that is the server, its console and its command line.

mod cli;
mod config;
mod demo;
mod failpoint;
mod offline;
mod serve;
mod wire;

use std::future::Future;
use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command, ConfigArgs, UserCommand};
use config::{Config, Environment, Log, LogFormat};
use tokio::runtime::Builder;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let env = environment();
    let json = cli.json_was_asked();
    match cli.command {
        Command::Serve(args) => on_config(&args, &env, json, |config| serve::run(config, env.clone())),
        Command::Doctor(args) => on_config(&args, &env, json, |config| offline::doctor::run(config, env.clone(), json)),
        Command::Backup(command) => on_config(&command.config().clone(), &env, json, |config| {
            offline::backup::run(command, config, env.clone())
        }),
        Command::User(UserCommand::ResetPassword(args)) if args.offline => {
            on_config(&args.config.clone(), &env, json, |config| offline::reset_password::run(args, config))
        }
        Command::Demo(args) => {
            start_log(Log { level: tracing::Level::WARN, format: LogFormat::Text });
            block_on(&mut Builder::new_multi_thread(), demo::run(args, env))
        }
        _ => block_on(&mut Builder::new_current_thread(), cli::run(cli, &env)),
    }
}

/// Reads the configuration, starts the log, and runs what needs both.
fn on_config<F: Future<Output = ExitCode>>(
    args: &ConfigArgs,
    env: &Environment,
    json: bool,
    task: impl FnOnce(Config) -> F,
) -> ExitCode {
    match args.load(env) {
        Ok(config) => {
            start_log(config.log);
            block_on(&mut Builder::new_multi_thread(), task(config))
        }
        Err(failure) => cli::fail(&failure, json),
    }
}

fn block_on(builder: &mut Builder, task: impl Future<Output = ExitCode>) -> ExitCode {
    match builder.enable_all().build() {
        Ok(runtime) => runtime.block_on(task),
        Err(error) => {
            let failure = cli::Failure::local("internal", "the machine gives no threads").because(error.to_string());
            cli::fail(&failure, false)
        }
    }
}

fn start_log(log: Log) {
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt().with_max_level(log.level).with_ansi(colours).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// The environment as it is now; nothing below reads it again.
fn environment() -> Environment {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
