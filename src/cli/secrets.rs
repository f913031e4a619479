//! Secrets from files, standard input or a prompt; never from arguments.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use domain::secret::{MAX_SECRET, SecretBytes};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use super::answer;
use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use crate::config::files;

/// Where the secrets of an integration come from.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct SecretArgs {
    /// Read the secret KEY from a file (one trailing newline is cut)
    #[arg(long = "secret-file", value_name = "KEY=PATH", value_parser = pair)]
    files: Vec<(String, String)>,
    /// Read the secret KEY from standard input (one trailing newline is cut)
    #[arg(long = "secret-stdin", value_name = "KEY")]
    stdin: Option<String>,
}

/// A secret on its way to the server: text, or base64 for bytes that are not text.
pub(crate) struct WireSecret(SecretBytes);

impl Serialize for WireSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Binary<'a> {
            base64: &'a str,
        }
        match self.0.expose_str() {
            Some(text) => serializer.serialize_str(text),
            None => {
                let base64 = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(self.0.expose()));
                Binary { base64: &base64 }.serialize(serializer)
            }
        }
    }
}

/// Secrets by field name.
pub(crate) type WireSecrets = BTreeMap<String, WireSecret>;

/// `KEY=VALUE`, for arguments; the value may hold `=`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// Reads a secret from a file.
///
/// # Errors
/// A usage error if the file cannot be read.
pub(crate) fn from_file(path: &Path) -> Result<WireSecret, Failure> {
    let mend = "name a file that holds the secret and nothing else";
    files::secret(path).map(WireSecret).map_err(|error| Failure::usage(error.to_string(), mend))
}

impl SecretArgs {
    /// Reads what was named.
    ///
    /// # Errors
    /// A usage error if a file cannot be read or a secret is named twice.
    pub(crate) fn read(&self) -> Result<WireSecrets, Failure> {
        let mut secrets = WireSecrets::new();
        for (key, path) in &self.files {
            add(&mut secrets, key, from_file(Path::new(path))?)?;
        }
        if let Some(key) = &self.stdin {
            let mut bytes = Vec::new();
            io::stdin().lock().take(MAX_SECRET as u64 + 3).read_to_end(&mut bytes)?;
            files::cut_newline(&mut bytes);
            let secret = SecretBytes::new(bytes);
            if secret.len() > MAX_SECRET {
                let what = format!("the secret '{key}' is larger than {MAX_SECRET} bytes");
                return Err(Failure::usage(what, "a secret has at most 64 KiB"));
            }
            add(&mut secrets, key, WireSecret(secret))?;
        }
        Ok(secrets)
    }

    /// Whether nothing was named.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.stdin.is_none()
    }
}

fn add(secrets: &mut WireSecrets, key: &str, secret: WireSecret) -> Result<(), Failure> {
    match secrets.insert(key.to_owned(), secret) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("the secret '{key}' is given twice"), "give it once")),
    }
}

/// What of a method's descriptor is needed to ask.
#[derive(Deserialize)]
struct Method {
    id: String,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    required: bool,
    secret: bool,
    help: String,
}

/// Asks for the secrets of a method that it cannot do without and that were not given.
///
/// Where nobody can be asked, the server says what is missing.
///
/// # Errors
/// If the server cannot say what the method needs.
pub(crate) async fn ask_missing(remote: &Remote, method: &str, secrets: &mut WireSecrets) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Methods {
        items: Vec<Method>,
    }
    if !remote.terminal.may_ask() {
        return Ok(());
    }
    let methods: Methods = answer::parse(&remote.get(&ApiPath::new(&["methods"])).await?)?;
    let fields = methods.items.into_iter().find(|known| known.id == method).map(|known| known.fields);
    for field in fields.unwrap_or_default().into_iter().filter(|field| field.secret && field.required) {
        let Entry::Vacant(missing) = secrets.entry(field.name) else { continue };
        let question = format!("{} ({})", missing.key(), field.help);
        let text = remote.terminal.ask_secret(&question, "give it with --secret-file")?;
        missing.insert(WireSecret(SecretBytes::from(text.as_str())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_text_go_as_base64() {
        let json = |bytes: &[u8]| serde_json::to_string(&WireSecret(SecretBytes::new(bytes))).unwrap();
        assert_eq!(json(b" a\"b "), r#"" a\"b ""#);
        assert_eq!(json(&[0xff, 0, 0xfe]), r#"{"base64":"/wD+"}"#);
    }

    #[test]
    fn a_pair_is_cut_at_the_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a="), Ok(("a".to_owned(), String::new())));
        assert!(pair("a").is_err() && pair("=b").is_err());
    }

    #[test]
    fn a_secret_is_read_from_its_file_once_and_named_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "pw\n").unwrap();
        let path = file.path().display().to_string();
        let args = |keys: &[&str]| SecretArgs {
            files: keys.iter().map(|key| ((*key).to_owned(), path.clone())).collect(),
            stdin: None,
        };
        assert_eq!(serde_json::to_string(&args(&["k"]).read().unwrap()).unwrap(), r#"{"k":"pw"}"#);
        assert!(args(&["k", "k"]).read().is_err());
    }
}
