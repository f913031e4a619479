//! A credential as the settings of tools that know nothing of Tidegate.
//!
//! Every value is written in the tool's own quoting; where a format has none for a value, that format is
//! left out rather than written wrongly. Whoever may only write is told no command that lists or looks.

mod aws;
mod azure;
mod gcp;

use domain::place::{BucketName, Prefix};
use domain::provider::Credential;
use domain::scope::Access;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::text::sh;

/// What a credential is for.
pub(super) struct Handed<'a> {
    /// Of the datasource: lower-case letters, digits and dashes.
    pub(super) name: &'a str,
    pub(super) bucket: &'a BucketName,
    pub(super) prefix: &'a Prefix,
    pub(super) access: Access,
    /// What whoever writes must send.
    pub(super) headers: &'a [(String, String)],
}

/// The settings of one tool.
pub(super) struct Block {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) text: String,
    /// What to run then, if the text itself does not say.
    pub(super) run: Option<String>,
    pub(super) file: &'static str,
}

/// The settings of every tool that can hold them; none if the credential is no text.
pub(super) fn blocks(credential: &Credential, of: &Handed<'_>) -> Option<Vec<Block>> {
    let made = match credential {
        Credential::Aws(keys) => aws::Keys {
            of,
            access_key_id: &keys.access_key_id,
            secret_access_key: keys.secret_access_key.expose_str()?,
            session_token: keys.session_token.expose_str()?,
            region: &keys.region,
            endpoint: keys.endpoint.as_deref(),
            path_style: keys.path_style,
        }
        .blocks(),
        Credential::Gcp(token) => gcp::Token {
            of,
            token: token.access_token.expose_str()?,
            project: token.project_id.as_deref(),
            endpoint: token.endpoint.as_deref(),
        }
        .blocks(),
        Credential::Azure(sas) => azure::Signature {
            of,
            account: &sas.account,
            endpoint: &sas.endpoint,
            container: &sas.container,
            sas: sas.sas_token.expose_str()?,
        }
        .blocks(),
    };
    Some(made)
}

fn block(id: &'static str, title: &'static str, about: &'static str, text: String, file: &'static str) -> Block {
    Block { id, title, about, text, run: None, file }
}

/// Settings that go into a file, if it can hold them, and what to run then.
fn then(id: &'static str, about: &'static str, text: Option<String>, run: String, file: &'static str) -> Option<Block> {
    text.map(|text| Block { id, title: id, about, text, run: Some(run), file })
}

/// Lines that set variables of a shell; what has no value is left out.
fn exports(pairs: &[(&str, Option<&str>)]) -> String {
    let given = pairs.iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    given.map(|(name, value)| format!("export {name}={}\n", sh(value))).collect()
}

/// Files of this kind have no quotes: a value that would need them cannot be written.
fn ini(value: &str) -> Option<&str> {
    let fits = !value.is_empty() && value.trim() == value && !value.chars().any(char::is_control);
    let comment = value.starts_with(['#', ';', '"', '\'']) || value.contains(" #") || value.contains(" ;");
    (fits && !comment).then_some(value)
}

/// A string of JSON is one of Python, as long as nothing beyond the first plane is escaped, and it is not.
fn python(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// A string of SQL.
fn sql(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The path of a URL, with its slashes (RFC 3986, 3.3).
fn path(text: &str) -> String {
    const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(text, &PLAIN).to_string()
}

/// A value of a URL's query.
fn parameter(text: &str) -> String {
    path(text).replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use domain::provider::{AwsCredential, AzureCredential, GcpCredential};

    use super::*;

    #[test]
    fn a_credential_of_any_kind_that_only_writes_is_told_to_list_nowhere() {
        let (bucket, prefix) = ("bucket".parse().unwrap(), "out/".parse().unwrap());
        let of = Handed { name: "out", bucket: &bucket, prefix: &prefix, access: Access::Write, headers: &[] };
        let aws = AwsCredential {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: "s".into(),
            session_token: "t".into(),
            region: "eu-west-1".to_owned(),
            endpoint: None,
            path_style: false,
        };
        let gcp = GcpCredential { access_token: "t".into(), project_id: None, endpoint: None };
        let azure = AzureCredential {
            account: "acme".to_owned(),
            endpoint: "https://acme.blob.core.windows.net".to_owned(),
            container: "bucket".to_owned(),
            sas_token: "sv=1&sig=x".into(),
        };
        for credential in [Credential::Aws(aws), Credential::Gcp(gcp), Credential::Azure(azure)] {
            let blocks = blocks(&credential, &of).unwrap();
            assert!(blocks.len() > 2);
            for block in blocks {
                let whole = format!("{}\n{}", block.text, block.run.unwrap_or_default());
                let lists = ["list_", " ls ", "lsf", "glob(", " list ", "SELECT file", "/o?"];
                assert!(!lists.iter().any(|word| whole.contains(word)), "{whole}");
            }
        }
    }

    #[test]
    fn a_path_keeps_its_slashes_and_nothing_else_that_means_something() {
        assert_eq!(path("a b/%2F?#+\u{e9}~"), "a%20b/%252F%3F%23%2B%C3%A9~");
        assert_eq!(parameter("a/b&c"), "a%2Fb%26c");
    }
}
