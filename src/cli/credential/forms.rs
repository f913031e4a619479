//! A credential as tools take it: variables by the names that they read, or the document of `credential_process`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::failure::Failure;

const KMS_HEADER: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// What the server has issued.
#[derive(Deserialize)]
pub(super) struct Issued {
    credential: Credential,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    expires_at: String,
    #[serde(default)]
    pub(super) warnings: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Credential {
    Aws(Aws),
    Gcp(Gcp),
    Azure(Azure),
    #[serde(other)]
    Other,
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

#[derive(Deserialize)]
struct Gcp {
    access_token: Zeroizing<String>,
    #[serde(default)]
    project_id: Option<String>,
    #[serde(default)]
    endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Azure {
    account: String,
    endpoint: String,
    sas_token: Zeroizing<String>,
}

impl Issued {
    /// Lines that a shell reads.
    ///
    /// # Errors
    /// A kind of credential that this program does not know.
    pub(super) fn variables(&self) -> Result<Zeroizing<String>, Failure> {
        match &self.credential {
            Credential::Aws(aws) => Ok(aws.variables(&self.headers)),
            Credential::Gcp(gcp) => Ok(gcp.variables()),
            Credential::Azure(azure) => Ok(azure.variables()),
            Credential::Other => {
                Err(unsupported("no variables are known for this kind of credential", "--format json"))
            }
        }
    }

    /// AWS SDKs and Tools Reference Guide, "Process credential provider".
    ///
    /// # Errors
    /// Another credential than keys of AWS's form.
    pub(super) fn process_document(&self) -> Result<Zeroizing<String>, Failure> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Document<'a> {
            version: u8,
            access_key_id: &'a str,
            secret_access_key: &'a str,
            session_token: &'a str,
            expiration: &'a str,
        }
        let aws = match &self.credential {
            Credential::Aws(aws) => aws,
            Credential::Gcp(_) => return Err(not_for_aws("Google Cloud")),
            Credential::Azure(_) => return Err(not_for_aws("Azure")),
            Credential::Other => return Err(not_for_aws("another kind of store")),
        };
        let document = Document {
            version: 1,
            access_key_id: &aws.access_key_id,
            secret_access_key: &aws.secret_access_key,
            session_token: &aws.session_token,
            expiration: &self.expires_at,
        };
        serde_json::to_string(&document)
            .map(Zeroizing::new)
            .map_err(|error| Failure::local("output", "the document could not be written").because(error.to_string()))
    }
}

impl Aws {
    fn variables(&self, headers: &BTreeMap<String, String>) -> Zeroizing<String> {
        let key = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(KMS_HEADER));
        lines(&[
            ("AWS_ACCESS_KEY_ID", Some(&self.access_key_id)),
            ("AWS_SECRET_ACCESS_KEY", Some(&self.secret_access_key)),
            ("AWS_SESSION_TOKEN", Some(&self.session_token)),
            ("AWS_REGION", self.region.as_deref()),
            ("AWS_ENDPOINT_URL_S3", self.endpoint.as_deref()),
            ("TIDEGATE_SSE_KMS_KEY_ARN", key.map(|(_, value)| value.as_str())),
        ])
    }
}

impl Gcp {
    /// As gcloud reads them: `CLOUDSDK_`, the section and the name of a property.
    fn variables(&self) -> Zeroizing<String> {
        let api = self.endpoint.as_ref().map(|endpoint| format!("{}/storage/v1/", endpoint.trim_end_matches('/')));
        lines(&[
            ("CLOUDSDK_AUTH_ACCESS_TOKEN", Some(&self.access_token)),
            ("CLOUDSDK_CORE_PROJECT", self.project_id.as_deref()),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", api.as_deref()),
        ])
    }
}

impl Azure {
    /// As az reads them (Azure CLI reference, "az storage blob").
    fn variables(&self) -> Zeroizing<String> {
        let usual = format!("https://{}.blob.core.windows.net", self.account);
        lines(&[
            ("AZURE_STORAGE_ACCOUNT", Some(&self.account)),
            ("AZURE_STORAGE_SAS_TOKEN", Some(&self.sas_token)),
            ("AZURE_STORAGE_SERVICE_ENDPOINT", (self.endpoint != usual).then_some(&self.endpoint)),
        ])
    }
}

fn not_for_aws(whose: &str) -> Failure {
    let what = format!("a credential for {whose} is none that the AWS tools take");
    unsupported(&what, "--format env, or json")
}

fn unsupported(what: &str, mend: &str) -> Failure {
    Failure::local("unsupported", what).mended_by(format!("ask for {mend}"))
}

/// What has no value is left out.
fn lines(pairs: &[(&str, Option<&str>)]) -> Zeroizing<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: &str = r#"{"grant_id":"g","credential":{"type":"aws","access_key_id":"AKIA","secret_access_key":"a/b+c",
        "session_token":"x'y $(z)\nw","region":"eu-west-1","endpoint":"http://127.0.0.1:8333"},
        "headers":{"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id":"arn:aws:kms:eu-west-1:1:key/k"},
        "expires_at":"2026-01-01T00:00:00Z","warnings":[]}"#;

    fn issued(credential: &str) -> Issued {
        let body = format!(r#"{{"grant_id":"g","credential":{credential},"expires_at":"2026-01-01T00:00:00Z"}}"#);
        serde_json::from_str(&body).unwrap()
    }

    fn read_by_a_shell(issued: &Issued, names: &[&str]) -> String {
        let lines = issued.variables().unwrap();
        let names: String = names.iter().map(|name| format!(" \"${name}\"")).collect();
        let script = format!("{}printf '%s|'{names}", *lines);
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn variables_survive_a_shell_whatever_is_in_them() {
        let issued: Issued = serde_json::from_str(AWS).unwrap();
        let read = read_by_a_shell(&issued, &["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"]);
        assert_eq!(read, "a/b+c|x'y $(z)\nw|http://127.0.0.1:8333|");
    }

    #[test]
    fn plain_values_are_not_quoted_and_absent_ones_are_left_out() {
        let body = AWS.replace(r"x'y $(z)\nw", "tok==").replace("http://127.0.0.1:8333", "");
        let issued: Issued = serde_json::from_str(&body).unwrap();
        assert_eq!(
            *issued.variables().unwrap(),
            "AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=a/b+c\nAWS_SESSION_TOKEN=tok==\nAWS_REGION=eu-west-1\n\
             TIDEGATE_SSE_KMS_KEY_ARN=arn:aws:kms:eu-west-1:1:key/k\n"
        );
    }

    #[test]
    fn a_token_of_google_cloud_has_the_names_that_gcloud_reads() {
        let usual = issued(r#"{"type":"gcp","access_token":"ya29.a","project_id":null,"endpoint":null}"#);
        assert_eq!(*usual.variables().unwrap(), "CLOUDSDK_AUTH_ACCESS_TOKEN=ya29.a\n");
        let other =
            issued(r#"{"type":"gcp","access_token":"t'k","project_id":"p-1","endpoint":"http://127.0.0.1:4443"}"#);
        let names = ["CLOUDSDK_AUTH_ACCESS_TOKEN", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"];
        assert_eq!(read_by_a_shell(&other, &names), "t'k|p-1|http://127.0.0.1:4443/storage/v1/|");
    }

    #[test]
    fn a_signature_of_azure_has_the_names_that_az_reads() {
        let body = |endpoint: &str| {
            issued(&format!(
                r#"{{"type":"azure","account":"acme","endpoint":"{endpoint}","container":"c","sas_token":"sv=1&sig=a%2F"}}"#
            ))
        };
        assert_eq!(
            *body("https://acme.blob.core.windows.net").variables().unwrap(),
            "AZURE_STORAGE_ACCOUNT=acme\nAZURE_STORAGE_SAS_TOKEN='sv=1&sig=a%2F'\n"
        );
        let other = body("https://localhost:1/acme");
        let names = ["AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SERVICE_ENDPOINT"];
        assert_eq!(read_by_a_shell(&other, &names), "sv=1&sig=a%2F|https://localhost:1/acme|");
    }

    #[test]
    fn the_process_document_has_its_five_fields() {
        let issued: Issued = serde_json::from_str(AWS).unwrap();
        let document: serde_json::Value = serde_json::from_str(&issued.process_document().unwrap()).unwrap();
        let expected = serde_json::json!({"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "a/b+c",
            "SessionToken": "x'y $(z)\nw", "Expiration": "2026-01-01T00:00:00Z"});
        assert_eq!(document, expected);
    }

    #[test]
    fn the_process_document_of_another_kind_is_refused_without_what_is_secret() {
        let gcp = r#"{"type":"gcp","access_token":"hush"}"#;
        let azure = r#"{"type":"azure","account":"a","endpoint":"https://a","container":"c","sas_token":"hush"}"#;
        for (kind, whose) in [(gcp, "Google Cloud"), (azure, "Azure"), (r#"{"type":"new","secret":"hush"}"#, "another")]
        {
            let failure = issued(kind).process_document().unwrap_err();
            let text = failure.render(false);
            assert_eq!((failure.code(), failure.exit() as u8), ("unsupported", 1));
            assert!(text.contains(whose) && text.contains("--format env") && !text.contains("hush"), "{text}");
        }
        assert_eq!(issued(r#"{"type":"new"}"#).variables().unwrap_err().code(), "unsupported");
    }
}
