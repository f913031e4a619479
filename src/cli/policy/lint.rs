//! `tidegate policy lint`: what is wrong with a pasted policy, and the policy with what can be mended, offline.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use cloud_policy::lint::{Finding, Kind, Report, lint};
use comfy_table::ContentArrangement;

use super::files;
use crate::cli::failure::{Failure, clean};
use crate::cli::show;
use crate::cli::terminal::Terminal;

/// The policy.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0 means that there is no error, 1 that there is one. The mended text never allows what the \
    policy refused, unless a plain mistake is why it refused it, such as s3:ListBucket on the ARN of objects."
)]
pub(crate) struct LintArgs {
    /// A policy of AWS, Google Cloud or Azure, or a condition of one of the latter; `-` is standard input
    file: PathBuf,
    /// What kind of policy it is; found out if it is not given
    #[arg(long, value_name = "K", value_parser = kinds())]
    kind: Option<Kind>,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let of = |word: String| Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or("no kind of policy");
    PossibleValuesParser::new(Kind::ALL.map(Kind::as_str)).try_map(of)
}

/// Prints what was found.
///
/// # Errors
/// A silent failure if there is an error among it; a usage error for a file that cannot be read.
pub(super) fn run(args: &LintArgs, terminal: Terminal) -> Result<(), Failure> {
    let report = lint(&files::beginning(&args.file)?, args.kind);
    if terminal.json() {
        show::unchanged(&serde_json::to_vec(&report).map_err(io::Error::from)?)?;
    } else {
        write!(io::stdout().lock(), "{}", page(&report))?;
    }
    if report.has_errors() { Err(Failure::silent()) } else { Ok(()) }
}

/// The findings as a table, and the mended text below it.
fn page(report: &Report) -> String {
    if report.findings.is_empty() {
        return "nothing is wrong with it\n".to_owned();
    }
    let mut table = show::table();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_header(["severity", "rule", "at", "what"]);
    for finding in &report.findings {
        table.add_row(row(finding));
    }
    let mut page = format!("{table}\n");
    if let Some(mended) = &report.mended {
        page.push_str(&format!("\nmended:\n{}\n", clean(&mended.to_string())));
    }
    page
}

fn row(finding: &Finding) -> [String; 4] {
    let at = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
    [finding.severity.as_str().to_owned(), finding.id.as_str(), clean(at), clean(&finding.message)]
}
