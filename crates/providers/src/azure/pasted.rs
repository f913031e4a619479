//! Secrets as people paste them from the portal: what they are, and what they were taken for.
//!
//! Nothing that is pasted is ever repeated in a message, but the short names of parameters that do not belong there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::SecretBytes;
use jiff::Timestamp;
use jiff::civil::Date;
use percent_encoding::percent_decode_str;

use super::guid::is_guid;

/// How long the key of an account is.
const ACCOUNT_KEY: usize = 64;

/// What a text is by its form, where it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    ConnectionString,
    ConnectionStringWithSas,
    AccountKey,
    Url,
    Sas,
    Token,
    Guid,
    Unknown,
}

fn looks(text: &str) -> Looks {
    let has = |word: &str| text.to_ascii_lowercase().contains(word);
    if has("sharedaccesssignature=") {
        Looks::ConnectionStringWithSas
    } else if has("accountkey=") || has("defaultendpointsprotocol=") {
        Looks::ConnectionString
    } else if has("://") {
        Looks::Url
    } else if text.split('&').any(|pair| pair.starts_with("sig=")) {
        Looks::Sas
    } else if decoded(text).is_some() {
        Looks::AccountKey
    } else if text.starts_with("eyJ") && text.split('.').count() == 3 {
        Looks::Token
    } else if is_guid(text) {
        Looks::Guid
    } else {
        Looks::Unknown
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|key| key.len() == ACCOUNT_KEY)
}

/// What is wrong with a client secret, where its form says that it is none.
pub(super) fn wrong_client_secret(text: &str) -> Option<&'static str> {
    match looks(text) {
        Looks::Guid => {
            Some("this is the id of a secret, not its value: the portal shows the value once, when it is made")
        }
        Looks::AccountKey | Looks::ConnectionString | Looks::ConnectionStringWithSas | Looks::Sas => {
            Some("this is a secret of the storage account, not of the application: use azure-account-key or azure-sas")
        }
        Looks::Url | Looks::Token => Some("this is no client secret: give its value, as the portal shows it once"),
        Looks::Unknown => None,
    }
}

/// The key of an account, or what is wrong with it.
pub(super) fn account_key(text: &str) -> Result<SecretBytes, &'static str> {
    match looks(text) {
        Looks::ConnectionString | Looks::ConnectionStringWithSas => {
            Err("this is a connection string: give what stands behind AccountKey= in it, up to the next semicolon")
        }
        Looks::Sas => Err("this is a shared access signature: use azure-sas"),
        Looks::Url => Err("this is an address: give one of the two access keys of the storage account"),
        _ => decoded(text)
            .map(SecretBytes::new)
            .ok_or("the key of a storage account is base64 of 64 bytes, 88 characters that end with =="),
    }
}

/// What a shared access signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every container of the account.
    Account,
    /// A container or a folder of it, which the signature does not name.
    Container,
}

/// A shared access signature that can be used.
#[derive(Debug, Clone)]
pub(super) struct Pasted {
    /// Without `?`.
    pub(super) query: SecretBytes,
    /// When it ends; not known where a stored access policy says so.
    pub(super) ends: Option<Timestamp>,
    pub(super) reach: Reach,
}

/// Every parameter of a signature (Azure Storage REST API: "Create an account SAS", "Create a service SAS", "Create a user
/// delegation SAS"; `azure.storage.blob`, `QueryStringConstants`). What else stands in a URL,
/// even `api-version`, is of one request.
const PARAMETERS: [&str; 36] = [
    "sv", "sig", "se", "st", "sp", "sip", "spr", "si", "sr", "sdd", "ses", "ss", "srt", "rscc", "rscd", "rsce", "rscl",
    "rsct", "skoid", "sktid", "skt", "ske", "sks", "skv", "skdutid", "sduoid", "saoid", "suoid", "scid", "srh", "srq",
    "tn", "spk", "srk", "epk", "erk",
];
/// The longest name of a parameter that is said again: a secret is longer.
const NAMED: usize = 16;

/// A signature of somebody else, or everything that is wrong with it.
pub(super) fn sas(text: &str) -> Result<Pasted, Vec<Cow<'static, str>>> {
    let wrong = match looks(text) {
        Looks::ConnectionString => {
            "this is a connection string with the key of the account: use azure-account-key, with what stands behind AccountKey="
        }
        Looks::ConnectionStringWithSas => {
            "this is a connection string: give only what stands behind SharedAccessSignature= in it"
        }
        Looks::AccountKey => "this is the key of the account: use azure-account-key",
        Looks::Url => "this is a whole address: give only what stands behind the question mark in it",
        Looks::Token | Looks::Guid => "this is no shared access signature: it begins with sv= or with ?sv=",
        Looks::Sas | Looks::Unknown => return read(text.strip_prefix('?').unwrap_or(text)),
    };
    Err(vec![wrong.into()])
}

fn read(query: &str) -> Result<Pasted, Vec<Cow<'static, str>>> {
    let Some(fields) = Fields::split(query) else {
        let why = "this is no shared access signature: it is made of name=value, joined by &, each name once";
        return Err(vec![why.into()]);
    };
    let mut wrong: Vec<_> = fields.strange().map(Cow::Owned).into_iter().collect();
    let mut note = |is_wrong: bool, why: &'static str| {
        if is_wrong {
            wrong.push(why.into());
        }
    };
    let signature = fields.get("sig").and_then(|text| STANDARD.decode(text).ok());
    note(fields.get("sv").is_none(), "the version of the signature (sv) is missing: it was not copied whole");
    note(signature.is_none_or(|bytes| bytes.len() != 32), "the signature itself (sig) is missing or was cut off");
    note(fields.get("spr") != Some("https"), "it may be used without TLS: make one that allows HTTPS only (spr=https)");
    let by_policy = fields.get("si").is_some();
    let ends = fields.get("se").map(time);
    note(ends == Some(None), "its end (se) is not a time");
    note(ends.is_none() && !by_policy, "it has no end (se): it was not copied whole");
    let reach = fields.reach();
    if let Err(why) = reach {
        note(true, why);
    }
    let rights = fields.get("sp").unwrap_or_default();
    let enough = if by_policy && rights.is_empty() { true } else { rights.contains('r') && rights.contains('l') };
    note(
        !enough,
        "it lacks rights: make one that may at least read and list (sp=rl), and create, write and delete for an output",
    );
    match reach {
        Ok(reach) if wrong.is_empty() => Ok(Pasted { query: SecretBytes::from(query), ends: ends.flatten(), reach }),
        _ => Err(wrong),
    }
}

/// The parameters of a signature, decoded, each once.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn split(query: &str) -> Option<Self> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=')?;
            if name.is_empty() || fields.iter().any(|(known, _)| known == name) || !sendable(pair) {
                return None;
            }
            fields.push((name.to_owned(), percent_decode_str(value).decode_utf8().ok()?.into_owned()));
        }
        Some(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What does not belong to a signature. It would be sent with every request, and change what the request asks for.
    fn strange(&self) -> Option<String> {
        let known = |name: &str| PARAMETERS.contains(&name);
        let strange: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name)).collect();
        if strange.is_empty() {
            return None;
        }
        let is_name = |name: &&str| name.len() <= NAMED && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
        let mut named: Vec<_> = strange.iter().copied().filter(is_name).map(|name| format!("'{name}'")).collect();
        if named.len() < strange.len() {
            named.push("what has no such name".to_owned());
        }
        Some(format!("leave out what is no part of a shared access signature: {}", named.join(", ")))
    }

    /// "Create an account SAS" and "Create a service SAS" (Azure Storage REST API).
    fn reach(&self) -> Result<Reach, &'static str> {
        if let Some(services) = self.get("ss") {
            let kinds = self.get("srt").unwrap_or_default();
            return match services.contains('b') {
                false => Err("it is for another service of the account: make one for Blob storage (ss=b)"),
                true if !(kinds.contains('c') && kinds.contains('o')) => {
                    Err("it does not reach into containers: make one for the types Container and Object (srt=co)")
                }
                true => Ok(Reach::Account),
            };
        }
        match self.get("sr") {
            Some("c") => Ok(Reach::Container),
            Some("d") if self.get("sdd").is_some() => Ok(Reach::Container),
            Some("d") => Err("the depth of its folder (sdd) is missing: it was not copied whole"),
            Some("b" | "bs" | "bv") => Err("it is for one object: make one for a container or a folder"),
            _ => Err("it is not for Blob storage: make one for a container, or for the account with the service Blob"),
        }
    }
}

/// Goes into a request as it is, so nothing may end or split it there.
fn sendable(pair: &str) -> bool {
    pair.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&byte))
}

/// The forms of ISO 8601 that Azure takes: a day, or a time in Greenwich with minutes at least.
fn time(text: &str) -> Option<Timestamp> {
    let day = |text: &str| text.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp());
    if text.contains('T') { text.parse().ok() } else { day(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU%3D";
    const KEY: &str = "dGlkZWdhdGUtdGVzdC1hY2NvdW50LW9uZS1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQ==";

    fn good() -> String {
        format!("sv=2022-11-02&spr=https&se=2030-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig={SIGNATURE}")
    }

    fn wrong(text: &str, word: &str) {
        let errors = sas(text).unwrap_err();
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert!(errors[0].contains(word), "{text}: {errors:?}");
    }

    #[test]
    fn a_signature_is_taken_with_and_without_its_question_mark() {
        for text in [good(), format!("?{}", good())] {
            let pasted = sas(&text).unwrap();
            assert_eq!(pasted.query.expose_str(), Some(good().as_str()));
            assert_eq!((pasted.reach, pasted.ends), (Reach::Container, Some("2030-01-01T00:00:00Z".parse().unwrap())));
        }
        let account = good().replace("sr=c", "ss=bfqt&srt=sco");
        assert_eq!(sas(&account).unwrap().reach, Reach::Account);
        assert_eq!(
            sas(&good().replace("T00%3A00%3A00Z", "")).unwrap().ends,
            Some("2030-01-01T00:00:00Z".parse().unwrap())
        );
        let delegated =
            good().replace("sr=c", "sr=d&sdd=1&skoid=o&sktid=t&skt=a&ske=b&sks=b&skv=v&scid=c&ses=s&rscc=x");
        assert_eq!(sas(&delegated).unwrap().reach, Reach::Container);
        let policy = good().replace("&se=2030-01-01T00%3A00%3A00Z", "&si=tidegate").replace("&sp=rl", "");
        assert_eq!(sas(&policy).unwrap().ends, None);
    }

    #[test]
    fn each_fault_of_a_signature_is_said() {
        wrong(&good().replace("spr=https&", ""), "HTTPS only");
        wrong(&good().replace("spr=https", "spr=https,http"), "HTTPS only");
        wrong(&good().replace("sp=rl", "sp=r"), "lacks rights");
        wrong(&good().replace("sp=rl", "sp=wl"), "lacks rights");
        wrong(&good().replace("sr=c", "sr=b"), "one object");
        wrong(&good().replace("sr=c", "sr=s"), "not for Blob storage");
        wrong(&good().replace("sr=c", "sr=d"), "sdd");
        wrong(&good().replace("sr=c", "tn=table"), "not for Blob storage");
        wrong(&good().replace("sr=c", "ss=qt&srt=sco"), "another service");
        wrong(&good().replace("sr=c", "ss=b&srt=o"), "into containers");
        wrong(&good().replace("sv=2022-11-02&", ""), "sv");
        wrong(&good().replace(SIGNATURE, "YWJj"), "cut off");
        wrong(&good().replace("2030-01-01T00%3A00%3A00Z", "soon"), "not a time");
        wrong(&good().replace("&se=2030-01-01T00%3A00%3A00Z", ""), "no end");
        wrong(&format!("{}&sp=rwdl", good()), "each name once");
        wrong(&format!("{}&x=a#b", good()), "each name once");
        wrong(&format!("{}&restype=container&comp=list", good()), "'restype', 'comp'");
        wrong(&format!("{}&SP=rwdl", good()), "'SP'");
        let of_a_secret = format!("{}&{}=&timeout=1", good(), "k".repeat(17));
        wrong(&of_a_secret, "'timeout', what has no such name");
        assert!(!sas(&of_a_secret).unwrap_err()[0].contains("kkk"), "it may be a part of a secret");
        assert_eq!(
            sas(&good().replace("sp=rl", "sp=r").replace("spr=https&", "")).unwrap_err().len(),
            2,
            "all at once"
        );
    }

    #[test]
    fn secrets_in_a_wrong_field_are_recognised() {
        let connection =
            format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};EndpointSuffix=core.windows.net");
        let with_sas = format!("BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature={}", good());
        wrong(&connection, "azure-account-key");
        wrong(&with_sas, "SharedAccessSignature=");
        wrong(KEY, "key of the account");
        wrong(&format!("https://a.blob.core.windows.net/c?{}", good()), "question mark");
        wrong("hunter2", "each name once");
        assert!(account_key(&connection).unwrap_err().contains("AccountKey="));
        assert!(account_key(&good()).unwrap_err().contains("azure-sas"));
        assert!(account_key("hunter2").unwrap_err().contains("64 bytes"));
        assert_eq!(account_key(KEY).unwrap().len(), 64);
        assert!(wrong_client_secret("11111111-2222-3333-4444-555555555555").unwrap().contains("id of a secret"));
        assert!(wrong_client_secret(KEY).unwrap().contains("azure-account-key"));
        assert_eq!(wrong_client_secret("app8Q~secret.value_1"), None);
    }
}
