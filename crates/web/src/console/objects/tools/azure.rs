//! A shared access signature of Azure Blob Storage.

use super::{Block, Handed, block, exports, ini, path, python, sh, sql, then};

/// A signature and what it opens.
pub(super) struct Signature<'a> {
    pub(super) of: &'a Handed<'a>,
    pub(super) account: &'a str,
    /// Of the account's blobs, without a slash at the end.
    pub(super) endpoint: &'a str,
    pub(super) container: &'a str,
    /// The query of the signature.
    pub(super) sas: &'a str,
}

impl Signature<'_> {
    /// All of them. What looks before it writes is left out for whoever may only write.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let reads = self.of.access.reads();
        let rclone = || {
            then(
                "rclone",
                "Put it into the file that 'rclone config file' names.",
                self.rclone(),
                format!(
                    "rclone lsf {}",
                    sh(&format!("tidegate-{}:{}/{}", self.of.name, self.container, self.of.prefix))
                ),
                "rclone.conf",
            )
        };
        let made = [
            Some(block("env", "Shell", "Variables that az reads.", self.env(), "tidegate.env")),
            Some(block("az", "az", "The signature and a command.", self.env() + &self.az(), "az.sh")),
            Some(block("python", "Python", "A client, and what to begin with.", self.python(), "tidegate.py")),
            Some(block("azcopy", "AzCopy", "The address with its signature.", self.azcopy(), "azcopy.sh")),
            reads.then(rclone).flatten(),
            reads.then(|| {
                let about = "A secret that is used below this prefix only.";
                block("duckdb", "DuckDB", about, self.duckdb(), "tidegate.sql")
            }),
        ];
        made.into_iter().flatten().collect()
    }

    /// Whether the account is where every tool looks for it.
    fn is_usual(&self) -> bool {
        self.endpoint == format!("https://{}.blob.core.windows.net", self.account)
    }

    fn env(&self) -> String {
        exports(&[
            ("AZURE_STORAGE_ACCOUNT", Some(self.account)),
            ("AZURE_STORAGE_SAS_TOKEN", Some(self.sas)),
            ("AZURE_STORAGE_SERVICE_ENDPOINT", (!self.is_usual()).then_some(self.endpoint)),
        ])
    }

    fn az(&self) -> String {
        let (container, prefix) = (sh(self.container), self.of.prefix.as_str());
        if self.of.access.reads() {
            let below = if prefix.is_empty() { String::new() } else { format!(" --prefix {}", sh(prefix)) };
            return format!(
                "az storage blob list --container-name {container}{below} --query '[].name' --output tsv\n"
            );
        }
        let name = sh(&format!("{prefix}FILE"));
        format!("az storage blob upload --container-name {container} --name {name} --file FILE --overwrite\n")
    }

    fn python(&self) -> String {
        let mut text = format!(
            "from azure.core.credentials import AzureSasCredential\nfrom azure.storage.blob import ContainerClient\n\n\
             container = ContainerClient(\n    account_url={},\n    container_name={},\n    \
             credential=AzureSasCredential({}),\n)\n",
            python(self.endpoint),
            python(self.container),
            python(self.sas)
        );
        let prefix = python(self.of.prefix.as_str());
        text.push_str(&match self.of.access.reads() {
            true => format!(
                "for blob in container.list_blobs(name_starts_with={prefix}):\n    print(blob.size, blob.name)\n"
            ),
            false => format!(
                "with open(\"FILE\", \"rb\") as file:\n    container.upload_blob({prefix} + \"FILE\", file, overwrite=True)\n"
            ),
        });
        text
    }

    /// An address in the container, with the signature.
    fn address(&self, name: &str) -> String {
        format!("{}/{}{}?{}", self.endpoint, self.container, path(&format!("/{name}")), self.sas)
    }

    fn azcopy(&self) -> String {
        let prefix = self.of.prefix.as_str();
        match self.of.access.reads() {
            true => format!("azcopy list {}\n", sh(&self.address(prefix))),
            false => format!("azcopy copy FILE {}\n", sh(&self.address(&format!("{prefix}FILE")))),
        }
    }

    /// It takes the first word of the path for the container, so the account has to stand in the host.
    fn rclone(&self) -> Option<String> {
        let (_, host) = self.endpoint.split_once("://")?;
        if host.contains('/') {
            return None;
        }
        let url = format!("{}/{}?{}", self.endpoint, self.container, self.sas);
        let name = self.of.name;
        Some(format!("[tidegate-{name}]\ntype = azureblob\nsas_url = {}\nno_check_container = true\n", ini(&url)?))
    }

    /// The parts of a connection string end at semicolons, which an address or a signature does not have.
    fn duckdb(&self) -> String {
        let name = self.of.name.replace('-', "_");
        let connection = format!("BlobEndpoint={};SharedAccessSignature={}", self.endpoint, self.sas);
        let url = format!("az://{}/{}", self.container, self.of.prefix);
        format!(
            "INSTALL azure;\nLOAD azure;\nCREATE OR REPLACE SECRET tidegate_{name} (\n    TYPE azure,\n    \
             CONNECTION_STRING {},\n    SCOPE {}\n);\nSELECT file FROM glob({});\n",
            sql(&connection),
            sql(&url),
            sql(&format!("{url}**"))
        )
    }
}

#[cfg(test)]
mod tests {
    use domain::scope::Access;

    use super::*;

    const SAS: &str = "sv=2025-11-05&sr=c&sp=rl&se=2026-01-01T00%3A00%3A00Z&sig=a%2Bb%3D";

    fn with<T>(endpoint: &str, prefix: &str, access: Access, look: impl FnOnce(&Signature<'_>) -> T) -> T {
        let (bucket, prefix) = ("pictures".parse().unwrap(), prefix.parse().unwrap());
        let of = Handed { name: "in-1", bucket: &bucket, prefix: &prefix, access, headers: &[] };
        look(&Signature { of: &of, account: "acme", endpoint, container: "pictures", sas: SAS })
    }

    const USUAL: &str = "https://acme.blob.core.windows.net";

    #[test]
    fn variables_survive_a_shell_and_another_endpoint_is_named() {
        let env = with(USUAL, "in/", Access::Read, |found| found.env());
        assert!(!env.contains("ENDPOINT"), "{env}");
        let env = with("https://localhost:1/acme", "in/", Access::Read, |found| found.env());
        let script = env + "printf '%s %s' \"$AZURE_STORAGE_SAS_TOKEN\" \"$AZURE_STORAGE_SERVICE_ENDPOINT\"";
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{SAS} https://localhost:1/acme"));
    }

    #[test]
    fn whoever_may_only_write_gets_no_tool_that_looks_first() {
        let ids =
            |access| with(USUAL, "", access, |found| found.blocks().iter().map(|block| block.id).collect::<Vec<_>>());
        assert_eq!(ids(Access::Read), ["env", "az", "python", "azcopy", "rclone", "duckdb"]);
        assert_eq!(ids(Access::Write), ["env", "az", "python", "azcopy"]);
    }

    #[test]
    fn rclone_is_left_out_where_the_account_stands_in_the_path() {
        let conf = with(USUAL, "in/", Access::Read, |found| found.rclone());
        let expected =
            format!("[tidegate-in-1]\ntype = azureblob\nsas_url = {USUAL}/pictures?{SAS}\nno_check_container = true\n");
        assert_eq!(conf.as_deref(), Some(expected.as_str()));
        assert_eq!(with("https://localhost:1/acme", "in/", Access::Read, |found| found.rclone()), None);
    }

    #[test]
    fn names_are_encoded_in_addresses_and_quoted_in_words() {
        with(USUAL, "it's 1/", Access::Read, |found| {
            let listed = format!("azcopy list '{USUAL}/pictures/it%27s%201/?{SAS}'\n");
            assert_eq!(found.azcopy(), listed);
            assert!(found.az().contains("--prefix 'it'\\''s 1/' "), "{}", found.az());
            let text = found.duckdb();
            assert!(text.contains("SCOPE 'az://pictures/it''s 1/'"), "{text}");
            assert!(text.contains(&format!("'BlobEndpoint={USUAL};SharedAccessSignature={SAS}'")), "{text}");
        });
        with(USUAL, "", Access::Write, |found| {
            assert_eq!(found.azcopy(), format!("azcopy copy FILE '{USUAL}/pictures/FILE?{SAS}'\n"));
            assert!(!found.az().contains("--prefix"), "{}", found.az());
        });
    }
}
