//! `tidegate check-config`: says that a configuration is valid and what follows from it.

use super::failure::Failure;
use super::server_side::ConfigArgs;
use super::show;
use super::terminal::Terminal;
use crate::config::Environment;

/// Prints the effective values without secrets, or all mistakes.
pub(super) fn run(args: &ConfigArgs, env: &Environment, terminal: Terminal) -> Result<(), Failure> {
    let lines = args.load(env)?.show();
    let text = match terminal.json_was_asked() {
        true => serde_json::json!({ "valid": true, "values": lines }).to_string(),
        false => format!("configuration is valid\n\n{lines}"),
    };
    show::unchanged(text.as_bytes())
}
