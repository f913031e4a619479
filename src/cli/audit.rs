//! `tidegate audit`: what was done, and showing that the record was not altered.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::client::{Ask, NDJSON, TEXT};
use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::terminal::Terminal;
use super::time::time;
use super::{list, show};

/// What can be asked of the audit.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List records of the project, or without --project of the installation
    List(ListArgs),
    /// Print the whole log as a JSON document a line, as `audit verify` reads it
    Export,
    /// Print the signed checkpoint of the log
    Checkpoint,
    /// Print the public key of the log
    Key,
    /// Show that an export is whole and unaltered; needs no server
    Verify(VerifyArgs),
}

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this action, for example credential.issue
    #[arg(long, value_name = "A")]
    action: Option<String>,
    /// Only what this principal did
    #[arg(long, value_name = "P")]
    principal: Option<String>,
    /// Only what was done at this time or later (RFC 3339)
    #[arg(long, value_name = "T", value_parser = time)]
    since: Option<jiff::Timestamp>,
    /// Only what was done before this time (RFC 3339)
    #[arg(long, value_name = "T", value_parser = time)]
    until: Option<jiff::Timestamp>,
}

/// What to verify, and against what.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The export; `-` is standard input
    file: PathBuf,
    /// The public key, as `audit key` printed it
    #[arg(long, value_name = "F")]
    public_key: PathBuf,
    /// A checkpoint, as `audit checkpoint` printed it; without it only the export itself is checked
    #[arg(long, value_name = "F")]
    checkpoint: Option<PathBuf>,
}

pub(super) async fn run(command: AuditCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        AuditCommand::List(args) => {
            let text = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
            let path = remote
                .in_named_project(&["audit"])
                .with_some("action", args.action.as_deref())
                .with_some("principal", args.principal.as_deref())
                .with_some("since", text(args.since).as_deref())
                .with_some("until", text(args.until).as_deref());
            let columns = [
                ("time", "/time"),
                ("principal", "/principal/name"),
                ("action", "/action"),
                ("outcome", "/outcome"),
                ("target", "/target/kind"),
                ("name", "/target/name"),
            ];
            list::print(remote, &path, &columns).await
        }
        AuditCommand::Export => copy(remote, &remote.in_named_project(&["audit"]), NDJSON).await,
        AuditCommand::Checkpoint => copy(remote, &remote.in_named_project(&["audit", "checkpoint"]), TEXT).await,
        AuditCommand::Key => copy(remote, &remote.in_named_project(&["audit", "key"]), TEXT).await,
        AuditCommand::Verify(args) => verify(&args, remote.terminal),
    }
}

async fn copy(remote: &Remote, path: &ApiPath, accept: &'static str) -> Result<(), Failure> {
    let mut pieces = remote.send(Ask::get(path).accepting(accept)).await?.pieces();
    let mut stdout = io::stdout();
    while let Some(piece) = pieces.next().await? {
        stdout.write_all(&piece)?;
    }
    Ok(stdout.flush()?)
}

pub(super) fn verify(args: &VerifyArgs, terminal: Terminal) -> Result<(), Failure> {
    let key = text(&args.public_key)?;
    let key = audit_log::PublicKey::parse(&key).map_err(|error| {
        Failure::usage(
            format!("{} is not a public key: {error}", args.public_key.display()),
            "use what `audit key` prints",
        )
    })?;
    let checkpoint = args.checkpoint.as_deref().map(text).transpose()?;
    let verified = audit_log::verify_export(open(&args.file)?, checkpoint.as_deref(), &key).map_err(|error| {
        Failure::local("audit_altered", format!("{} does not verify", args.file.display()))
            .because(error.to_string())
            .mended_by("get the export again from the server; if it still does not verify, the log was altered")
    })?;
    if terminal.json() {
        let body = serde_json::json!({
            "verified": true,
            "origin": verified.origin,
            "size": verified.size,
            "extra": verified.extra,
            "erased": verified.erased,
            "anchored": verified.anchored,
        });
        return show::unchanged(body.to_string().as_bytes());
    }
    let extra = match verified.extra {
        0 => String::new(),
        more => format!(", and {more} later ones that no checkpoint covers yet"),
    };
    let erased = match verified.erased {
        0 => String::new(),
        some => format!("\n{some} of them name personal data that the export does not hold"),
    };
    let against = if verified.anchored {
        "against its signed checkpoint"
    } else {
        "without a checkpoint: damage would show, a cut tail or a log rewritten as a whole would not"
    };
    let (size, origin) = (verified.size, verified.origin);
    show::say(terminal, &format!("verified {against}: {size} records of {origin}{extra}{erased}"))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", path.display()), "name a file that you may read")
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(path, &error))?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Exit;
    use crate::cli::terminal::Output;

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn an_altered_export_fails_and_an_unusable_key_is_wrong_usage() {
        let key = audit_log::SigningKey::from_seed("log", &[7; 32]).unwrap();
        let root = audit_log::empty_root();
        let signed = audit_log::Checkpoint { origin: "log".to_owned(), size: 0, root }.sign(&key).unwrap();
        let (key, checkpoint) = (file(&key.public_key().to_string()), file(&signed));
        let terminal = Terminal::new(Some(Output::Table), &crate::config::Environment::new());
        let exit = |export: &str, key: &Path, checkpoint: &Path| {
            let export = file(export);
            let args = VerifyArgs {
                file: export.path().to_owned(),
                public_key: key.to_owned(),
                checkpoint: Some(checkpoint.to_owned()),
            };
            verify(&args, terminal).map_err(|failure| failure.exit())
        };
        assert_eq!(exit("", key.path(), checkpoint.path()), Ok(()));
        assert_eq!(exit("not a record\n", key.path(), checkpoint.path()), Err(Exit::Failed));
        assert_eq!(exit("", key.path(), key.path()), Err(Exit::Failed));
        assert_eq!(exit("", checkpoint.path(), checkpoint.path()), Err(Exit::Usage));
        assert_eq!(exit("", Path::new("/nonexistent"), checkpoint.path()), Err(Exit::Usage));
    }
}
