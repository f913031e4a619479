//! `tidegate credential issue`: short-lived, narrowed credentials in the form that a tool takes.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use domain::ttl;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::failure::{Failure, clean};
use super::remote::Remote;
use super::{answer, show};

const KMS_HEADER: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// What can be done with credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Issue a credential that ends by itself
    Issue(IssueArgs),
}

/// Which credential, and in which form.
#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// The datasource
    datasource: String,
    /// What it may do
    #[arg(long, default_value = "read", value_parser = ["read", "write", "read-write"])]
    access: String,
    /// Only under this prefix
    #[arg(long, value_name = "P")]
    prefix: Option<String>,
    /// How long it works
    #[arg(long, value_name = "TTL", default_value = "1h", value_parser = ttl::parse)]
    ttl: Duration,
    /// The form
    #[arg(long, value_enum, default_value = "json")]
    format: CredentialFormat,
}

/// The form of a credential.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CredentialFormat {
    /// The HTTP body, unchanged
    Json,
    /// Variables, quoted for sh
    Env,
    /// The document that `credential_process` of the AWS tools takes
    AwsProcess,
}

#[derive(Serialize)]
struct Issue<'a> {
    access: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'a str>,
    ttl_seconds: u64,
}

#[derive(Deserialize)]
struct Issued {
    credential: Aws,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    expires_at: String,
    #[serde(default)]
    warnings: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Aws {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    endpoint: Option<String>,
}

pub(super) async fn run(command: CredentialCommand, remote: &Remote) -> Result<(), Failure> {
    let CredentialCommand::Issue(args) = command;
    let path = remote.in_project(&["datasources", &args.datasource, "credentials"])?;
    let issue = Issue { access: &args.access, prefix: args.prefix.as_deref(), ttl_seconds: args.ttl.as_secs() };
    let body = remote.post(&path, &issue).await?;
    let text = match args.format {
        CredentialFormat::Json => return show::unchanged(&body),
        CredentialFormat::Env => env_lines(&warned(answer::parse(&body)?)?),
        CredentialFormat::AwsProcess => process_document(&warned(answer::parse(&body)?)?)?,
    };
    show::unchanged(text.as_bytes())
}

/// Warnings go to standard error: the other stream is read by a tool.
fn warned(issued: Issued) -> Result<Issued, Failure> {
    let mut stderr = io::stderr().lock();
    for warning in &issued.warnings {
        writeln!(stderr, "warning: {}", clean(&show::text(warning)))?;
    }
    Ok(issued)
}

fn env_lines(issued: &Issued) -> Zeroizing<String> {
    let credential = &issued.credential;
    let key =
        issued.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(KMS_HEADER)).map(|(_, value)| value.as_str());
    let pairs = [
        ("AWS_ACCESS_KEY_ID", Some(credential.access_key_id.as_str())),
        ("AWS_SECRET_ACCESS_KEY", Some(credential.secret_access_key.as_str())),
        ("AWS_SESSION_TOKEN", Some(credential.session_token.as_str())),
        ("AWS_REGION", credential.region.as_deref()),
        ("AWS_ENDPOINT_URL_S3", credential.endpoint.as_deref()),
        ("TIDEGATE_SSE_KMS_KEY_ARN", key),
    ];
    let mut text = Zeroizing::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text.push_str(name);
            text.push('=');
            quote(value, &mut text);
            text.push('\n');
        }
    }
    text
}

/// Quotes for sh, and only where sh needs it: other readers of such files know no quotes.
fn quote(value: &str, out: &mut String) {
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte)) {
        out.push_str(value);
        return;
    }
    out.push('\'');
    for (at, part) in value.split('\'').enumerate() {
        if at > 0 {
            out.push_str("'\\''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

/// AWS SDKs and Tools Reference Guide, "Process credential provider".
fn process_document(issued: &Issued) -> Result<Zeroizing<String>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Document<'a> {
        version: u8,
        access_key_id: &'a str,
        secret_access_key: &'a str,
        session_token: &'a str,
        expiration: &'a str,
    }
    let document = Document {
        version: 1,
        access_key_id: &issued.credential.access_key_id,
        secret_access_key: &issued.credential.secret_access_key,
        session_token: &issued.credential.session_token,
        expiration: &issued.expires_at,
    };
    serde_json::to_string(&document)
        .map(Zeroizing::new)
        .map_err(|error| Failure::local("output", "the document could not be written").because(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"grant_id":"g","credential":{"type":"aws","access_key_id":"AKIA","secret_access_key":"a/b+c",
        "session_token":"x'y $(z)\nw","region":"eu-west-1","endpoint":"http://127.0.0.1:8333"},
        "headers":{"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id":"arn:aws:kms:eu-west-1:1:key/k"},
        "expires_at":"2026-01-01T00:00:00Z","warnings":[]}"#;

    fn issued() -> Issued {
        serde_json::from_str(BODY).unwrap()
    }

    #[test]
    fn variables_survive_a_shell_whatever_is_in_them() {
        let lines = env_lines(&issued());
        let script = format!(
            "{}printf '%s|' \"$AWS_SECRET_ACCESS_KEY\" \"$AWS_SESSION_TOKEN\" \"$AWS_ENDPOINT_URL_S3\"",
            *lines
        );
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "a/b+c|x'y $(z)\nw|http://127.0.0.1:8333|");
    }

    #[test]
    fn plain_values_are_not_quoted_and_absent_ones_are_left_out() {
        let mut issued = issued();
        issued.credential.session_token = "tok==".to_owned().into();
        issued.credential.endpoint = None;
        assert_eq!(
            *env_lines(&issued),
            "AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=a/b+c\nAWS_SESSION_TOKEN=tok==\nAWS_REGION=eu-west-1\n\
             TIDEGATE_SSE_KMS_KEY_ARN=arn:aws:kms:eu-west-1:1:key/k\n"
        );
    }

    #[test]
    fn the_process_document_has_its_five_fields() {
        let document: serde_json::Value = serde_json::from_str(&process_document(&issued()).unwrap()).unwrap();
        let expected = serde_json::json!({"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "a/b+c",
            "SessionToken": "x'y $(z)\nw", "Expiration": "2026-01-01T00:00:00Z"});
        assert_eq!(document, expected);
    }
}
