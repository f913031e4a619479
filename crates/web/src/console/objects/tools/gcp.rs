//! An access token of Google Cloud.

use super::{Block, Handed, block, exports, ini, parameter, path, python, sh, sql, then};

/// Google's own store.
const GOOGLE: &str = "https://storage.googleapis.com";

/// A token and what it opens.
pub(super) struct Token<'a> {
    pub(super) of: &'a Handed<'a>,
    pub(super) token: &'a str,
    pub(super) project: Option<&'a str>,
    /// The store, where it is not Google's own.
    pub(super) endpoint: Option<&'a str>,
}

impl Token<'_> {
    /// All of them. `gsutil` is not among them: it takes no token.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let about = "A client with this token, and what to begin with.";
        let made = [
            Some(block(
                "env",
                "Shell",
                "Variables that gcloud reads; gsutil takes no token, so use gcloud storage in its place.",
                self.env(),
                "tidegate.env",
            )),
            self.gcloud().map(|command| {
                block("gcloud", "gcloud", "The token and a command.", self.env() + &command, "gcloud.sh")
            }),
            Some(block("python", "Python", about, self.python(), "tidegate.py")),
            then(
                "rclone",
                "Put it into the file that 'rclone config file' names.",
                self.rclone(),
                format!("rclone {}", self.rclone_command()),
                "rclone.conf",
            ),
            Some(block("curl", "curl", "The token and a request.", self.env() + &self.curl(), "curl.sh")),
            self.of.access.reads().then(|| {
                block(
                    "duckdb",
                    "DuckDB",
                    "A secret that is used below this prefix only. It reads files that you name, and cannot list them.",
                    self.duckdb(),
                    "tidegate.sql",
                )
            }),
        ];
        made.into_iter().flatten().collect()
    }

    fn store(&self) -> &str {
        self.endpoint.unwrap_or(GOOGLE).trim_end_matches('/')
    }

    /// The API of JSON, which most clients speak.
    fn api(&self) -> Option<String> {
        self.endpoint.map(|_| format!("{}/storage/v1/", self.store()))
    }

    /// The address of what is below the prefix, of the API of XML.
    fn address(&self, name: &str) -> String {
        format!("{}/{}/{}", self.store(), self.of.bucket, path(&format!("{}{name}", self.of.prefix)))
    }

    fn env(&self) -> String {
        exports(&[
            ("CLOUDSDK_AUTH_ACCESS_TOKEN", Some(self.token)),
            ("CLOUDSDK_CORE_PROJECT", self.project),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", self.api().as_deref()),
        ])
    }

    /// Without the wildcard it asks for the folder beside all of its siblings, which the token does not open. A
    /// prefix in which it would find wildcards of its own cannot be written.
    fn gcloud(&self) -> Option<String> {
        let (bucket, prefix) = (self.of.bucket, self.of.prefix.as_str());
        let plain = self.of.access.reads() && !prefix.contains(['*', '?', '[', ']']);
        plain.then(|| format!("gcloud storage ls {}\n", sh(&format!("gs://{bucket}/{prefix}**"))))
    }

    fn python(&self) -> String {
        let mut text = String::from(
            "from google.cloud import storage\nfrom google.oauth2.credentials import Credentials\n\n\
             client = storage.Client(\n",
        );
        let project = self.project.map_or_else(|| "None".to_owned(), python);
        text.push_str(&format!("    project={project},\n    credentials=Credentials(token={}),\n", python(self.token)));
        if self.endpoint.is_some() {
            text.push_str(&format!("    client_options={{\"api_endpoint\": {}}},\n", python(self.store())));
        }
        text.push_str(")\n");
        let (bucket, prefix) = (python(self.of.bucket.as_str()), python(self.of.prefix.as_str()));
        text.push_str(&match self.of.access.reads() {
            true => {
                format!("for blob in client.list_blobs({bucket}, prefix={prefix}):\n    print(blob.size, blob.name)\n")
            }
            false => {
                format!("client.bucket({bucket}).blob({prefix} + \"FILE\").upload_from_filename(\"FILE\")\n")
            }
        });
        text
    }

    fn rclone_command(&self) -> String {
        let place = sh(&format!("tidegate-{}:{}/{}", self.of.name, self.of.bucket, self.of.prefix));
        if self.of.access.reads() { format!("lsf {place}") } else { format!("copy --no-check-dest FILE {place}") }
    }

    fn rclone(&self) -> Option<String> {
        let mut text = format!(
            "[tidegate-{}]\ntype = google cloud storage\naccess_token = {}\nbucket_policy_only = true\n\
             no_check_bucket = true\n",
            self.of.name,
            ini(self.token)?
        );
        if let Some(api) = self.api() {
            text.push_str(&format!("endpoint = {}\n", ini(&api)?));
        }
        Some(text)
    }

    fn curl(&self) -> String {
        let bearer = "-H \"Authorization: Bearer $CLOUDSDK_AUTH_ACCESS_TOKEN\"";
        if self.of.access.reads() {
            let (store, bucket, prefix) = (self.store(), self.of.bucket, parameter(self.of.prefix.as_str()));
            let list = format!("{store}/storage/v1/b/{bucket}/o?prefix={prefix}");
            return format!("curl --fail {bearer} {}\n", sh(&list));
        }
        format!("curl --fail --upload-file FILE {bearer} {}\n", sh(&self.address("FILE")))
    }

    fn duckdb(&self) -> String {
        let name = self.of.name.replace('-', "_");
        format!(
            "INSTALL httpfs;\nLOAD httpfs;\nCREATE OR REPLACE SECRET tidegate_{name} (\n    TYPE http,\n    \
             BEARER_TOKEN {},\n    SCOPE {}\n);\nSELECT * FROM {};\n",
            sql(self.token),
            sql(&self.address("")),
            sql(&self.address("FILE.parquet"))
        )
    }
}

#[cfg(test)]
mod tests {
    use domain::scope::Access;

    use super::*;

    const TOKEN: &str = "ya29.it's+/=\"$(x)\\";

    fn with<T>(prefix: &str, access: Access, token: &str, look: impl FnOnce(&Token<'_>) -> T) -> T {
        let (bucket, prefix) = ("bucket".parse().unwrap(), prefix.parse().unwrap());
        let of = Handed { name: "in-1", bucket: &bucket, prefix: &prefix, access, headers: &[] };
        look(&Token { of: &of, token, project: Some("acme-data-1"), endpoint: None })
    }

    #[test]
    fn variables_survive_a_shell() {
        let script =
            with("in/", Access::Read, TOKEN, |token| token.env() + "printf %s \"$CLOUDSDK_AUTH_ACCESS_TOKEN\"");
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), TOKEN);
    }

    #[test]
    fn a_value_that_a_format_cannot_hold_leaves_the_format_out() {
        let ids = |token| {
            with("", Access::Read, token, |token| token.blocks().iter().map(|block| block.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(TOKEN), ["env", "gcloud", "python", "rclone", "curl", "duckdb"]);
        assert_eq!(ids("a\nb"), ["env", "gcloud", "python", "curl", "duckdb"]);
    }

    #[test]
    fn prefixes_are_encoded_in_addresses_and_quoted_in_words() {
        with("it's 1/", Access::Read, "t'k", |token| {
            let listed = "'https://storage.googleapis.com/storage/v1/b/bucket/o?prefix=it%27s%201%2F'\n";
            assert!(token.curl().ends_with(listed), "{}", token.curl());
            assert_eq!(token.gcloud().unwrap(), "gcloud storage ls 'gs://bucket/it'\\''s 1/**'\n");
            let text = token.duckdb();
            assert!(text.contains("BEARER_TOKEN 't''k'"), "{text}");
            assert!(text.contains("SCOPE 'https://storage.googleapis.com/bucket/it%27s%201/'"), "{text}");
        });
        assert_eq!(with("a[1]/", Access::Read, "t", |token| token.gcloud()), None);
        with("out/", Access::Write, "t", |token| {
            let put = "curl --fail --upload-file FILE -H \"Authorization: Bearer $CLOUDSDK_AUTH_ACCESS_TOKEN\" \
                       https://storage.googleapis.com/bucket/out/FILE\n";
            assert_eq!(token.curl(), put);
        });
    }

    #[test]
    fn another_store_is_named_to_every_tool() {
        let (bucket, prefix) = ("bucket".parse().unwrap(), "in/".parse().unwrap());
        let of = Handed { name: "in", bucket: &bucket, prefix: &prefix, access: Access::Read, headers: &[] };
        let token = Token { of: &of, token: "t", project: None, endpoint: Some("http://127.0.0.1:4443") };
        for block in token.blocks() {
            assert!(block.text.contains("http://127.0.0.1:4443"), "{}", block.text);
            assert!(!block.text.contains("googleapis.com"), "{}", block.text);
        }
    }
}
