//! Keys of a session, for everything that speaks S3.

use super::{Block, Handed, block, ini, python, sh, sql, then};

/// A session's keys and where they work.
pub(super) struct Keys<'a> {
    pub(super) of: &'a Handed<'a>,
    pub(super) access_key_id: &'a str,
    pub(super) secret_access_key: &'a str,
    pub(super) session_token: &'a str,
    pub(super) region: &'a str,
    pub(super) endpoint: Option<&'a str>,
    pub(super) path_style: bool,
}

impl Keys<'_> {
    /// All of them.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let name = self.of.name;
        let aws = format!("aws --profile tidegate-{name} {}", self.aws_command());
        let rclone = format!("rclone {}", self.rclone_command());
        let made = [
            Some(block(
                "env",
                "Shell",
                "Variables that aws, s5cmd, boto3 and most others read.",
                self.env(),
                "tidegate.env",
            )),
            then("aws", "Put it into ~/.aws/config.", self.aws_profile(), aws, "config"),
            Some(block("boto3", "boto3", "A client, and what to begin with.", self.boto3(), "tidegate.py")),
            Some(block("s5cmd", "s5cmd", "The keys, the address and a command.", self.s5cmd(), "s5cmd.sh")),
            then(
                "rclone",
                "Put it into the file that 'rclone config file' names.",
                self.rclone(),
                rclone,
                "rclone.conf",
            ),
            Some(block(
                "duckdb",
                "DuckDB",
                "A secret that is used below this prefix only.",
                self.duckdb(),
                "tidegate.sql",
            )),
        ];
        made.into_iter().flatten().collect()
    }

    fn url(&self) -> String {
        format!("s3://{}/{}", self.of.bucket, self.of.prefix)
    }

    fn env(&self) -> String {
        let pairs = [
            ("AWS_ACCESS_KEY_ID", Some(self.access_key_id)),
            ("AWS_SECRET_ACCESS_KEY", Some(self.secret_access_key)),
            ("AWS_SESSION_TOKEN", Some(self.session_token)),
            ("AWS_REGION", Some(self.region)),
            ("AWS_ENDPOINT_URL_S3", self.endpoint),
        ];
        let given =
            pairs.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
        given.map(|(name, value)| format!("export {name}={}\n", sh(value))).collect()
    }

    fn aws_command(&self) -> String {
        let encryption: String = self.of.headers.iter().filter_map(|(name, value)| aws_flag(name, value)).collect();
        if self.of.access.reads() {
            format!("s3 ls {}", sh(&self.url()))
        } else {
            format!("s3 cp FILE {}{encryption}", sh(&self.url()))
        }
    }

    fn aws_profile(&self) -> Option<String> {
        let name = self.of.name;
        let mut text = format!(
            "[profile tidegate-{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            ini(self.access_key_id)?,
            ini(self.secret_access_key)?,
            ini(self.session_token)?
        );
        if !self.region.is_empty() {
            text.push_str(&format!("region = {}\n", ini(self.region)?));
        }
        if self.path_style {
            text.push_str("s3 =\n    addressing_style = path\n");
        }
        if let Some(endpoint) = self.endpoint {
            let endpoint = ini(endpoint)?;
            text.push_str(&format!(
                "services = tidegate-{name}\n\n[services tidegate-{name}]\ns3 =\n    endpoint_url = {endpoint}\n"
            ));
        }
        Some(text)
    }

    fn boto3(&self) -> String {
        let mut text =
            String::from("import boto3\nfrom botocore.config import Config\n\ns3 = boto3.client(\n    \"s3\",\n");
        let arguments = [
            ("aws_access_key_id", Some(self.access_key_id)),
            ("aws_secret_access_key", Some(self.secret_access_key)),
            ("aws_session_token", Some(self.session_token)),
            ("region_name", Some(self.region).filter(|region| !region.is_empty())),
            ("endpoint_url", self.endpoint),
        ];
        for (name, value) in arguments {
            if let Some(value) = value {
                text.push_str(&format!("    {name}={},\n", python(value)));
            }
        }
        if self.path_style {
            text.push_str("    config=Config(s3={\"addressing_style\": \"path\"}),\n");
        }
        text.push_str(")\n");
        let (bucket, prefix) = (python(self.of.bucket.as_str()), python(self.of.prefix.as_str()));
        text.push_str(&match self.of.access.reads() {
            true => format!(
                "for page in s3.get_paginator(\"list_objects_v2\").paginate(Bucket={bucket}, Prefix={prefix}):\n    \
                 for item in page.get(\"Contents\", []):\n        print(item[\"Size\"], item[\"Key\"])\n"
            ),
            false => format!("s3.upload_file(\"FILE\", {bucket}, {prefix} + \"FILE\"{})\n", self.extra_args()),
        });
        text
    }

    fn extra_args(&self) -> String {
        let named = self.of.headers.iter().filter_map(|(name, value)| Some((boto_name(name)?, value)));
        let pairs: Vec<_> = named.map(|(name, value)| format!("{}: {}", python(name), python(value))).collect();
        if pairs.is_empty() { String::new() } else { format!(", ExtraArgs={{{}}}", pairs.join(", ")) }
    }

    fn s5cmd(&self) -> String {
        let endpoint = self.endpoint.map(|endpoint| format!(" --endpoint-url {}", sh(endpoint))).unwrap_or_default();
        let command = match self.of.access.reads() {
            true => format!("ls {}", sh(&self.url())),
            false => format!("cp FILE {}", sh(&self.url())),
        };
        format!("{}s5cmd{endpoint} {command}\n", self.env())
    }

    fn rclone_command(&self) -> String {
        let place = sh(&format!("tidegate-{}:{}/{}", self.of.name, self.of.bucket, self.of.prefix));
        if self.of.access.reads() { format!("lsf {place}") } else { format!("copy --no-check-dest FILE {place}") }
    }

    fn rclone(&self) -> Option<String> {
        let provider = if self.endpoint.is_some() { "Other" } else { "AWS" };
        let mut text = format!(
            "[tidegate-{}]\ntype = s3\nprovider = {provider}\nenv_auth = false\naccess_key_id = {}\n\
             secret_access_key = {}\nsession_token = {}\nno_check_bucket = true\nforce_path_style = {}\n",
            self.of.name,
            ini(self.access_key_id)?,
            ini(self.secret_access_key)?,
            ini(self.session_token)?,
            self.path_style
        );
        if !self.region.is_empty() {
            text.push_str(&format!("region = {}\n", ini(self.region)?));
        }
        if let Some(endpoint) = self.endpoint {
            text.push_str(&format!("endpoint = {}\n", ini(endpoint)?));
        }
        for (name, value) in self.of.headers {
            let option = if name.ends_with("-key-id") { "sse_kms_key_id" } else { "server_side_encryption" };
            text.push_str(&format!("{option} = {}\n", ini(value)?));
        }
        Some(text)
    }

    fn duckdb(&self) -> String {
        let name = self.of.name.replace('-', "_");
        let mut text = format!(
            "INSTALL httpfs;\nLOAD httpfs;\nCREATE OR REPLACE SECRET tidegate_{name} (\n    TYPE s3,\n    KEY_ID {},\n    \
             SECRET {},\n    SESSION_TOKEN {},\n",
            sql(self.access_key_id),
            sql(self.secret_access_key),
            sql(self.session_token)
        );
        if !self.region.is_empty() {
            text.push_str(&format!("    REGION {},\n", sql(self.region)));
        }
        if let Some((scheme, host)) = self.endpoint.and_then(|endpoint| endpoint.split_once("://")) {
            let tls = scheme != "http";
            text.push_str(&format!("    ENDPOINT {},\n    USE_SSL {tls},\n", sql(host.trim_end_matches('/'))));
        }
        if self.path_style {
            text.push_str("    URL_STYLE 'path',\n");
        }
        let url = self.url();
        text.push_str(&format!("    SCOPE {}\n);\n", sql(&url)));
        match self.of.access.reads() {
            true => text.push_str(&format!("SELECT file FROM glob({});\n", sql(&format!("{url}**")))),
            false => text.push_str(&format!("COPY (SELECT 1 AS one) TO {};\n", sql(&format!("{url}FILE.parquet")))),
        }
        text
    }
}

fn aws_flag(name: &str, value: &str) -> Option<String> {
    match boto_name(name)? {
        "SSEKMSKeyId" => Some(format!(" --sse-kms-key-id {}", sh(value))),
        _ => Some(format!(" --sse {}", sh(value))),
    }
}

fn boto_name(header: &str) -> Option<&'static str> {
    match header {
        "x-amz-server-side-encryption" => Some("ServerSideEncryption"),
        "x-amz-server-side-encryption-aws-kms-key-id" => Some("SSEKMSKeyId"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::scope::Access;

    use super::*;

    const TOKEN: &str = "it's+/=\"$(x)\\";

    fn with<T>(prefix: &str, access: Access, token: &str, look: impl FnOnce(&Keys<'_>) -> T) -> T {
        let (bucket, prefix) = ("bucket".parse().unwrap(), prefix.parse().unwrap());
        let of = Handed { name: "in-1", bucket: &bucket, prefix: &prefix, access, headers: &[] };
        look(&Keys {
            of: &of,
            access_key_id: "AKIA",
            secret_access_key: "s/e+c",
            session_token: token,
            region: "eu-west-1",
            endpoint: Some("http://127.0.0.1:8333"),
            path_style: true,
        })
    }

    #[test]
    fn variables_survive_a_shell() {
        let script = with("in/", Access::Read, TOKEN, |keys| keys.env() + "printf %s \"$AWS_SESSION_TOKEN\"");
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), TOKEN);
    }

    #[test]
    fn python_reads_every_value_as_it_is() {
        let hostile = "q'\"\\ \u{1f600} $x";
        let script = with(hostile, Access::Read, TOKEN, |keys| {
            format!("print([{}, {}])", python(keys.session_token), python(keys.of.prefix.as_str()))
        });
        let output = std::process::Command::new("python3").args(["-X", "utf8", "-c", &script]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains("it\\'s+/=\"$(x)\\\\") && printed.contains('\u{1f600}'), "{printed}");
    }

    #[test]
    fn a_value_that_a_format_cannot_hold_leaves_the_format_out() {
        let ids = |token| {
            with("", Access::Read, token, |keys| keys.blocks().iter().map(|block| block.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(TOKEN), ["env", "aws", "boto3", "s5cmd", "rclone", "duckdb"]);
        assert_eq!(ids("a\nb"), ["env", "boto3", "s5cmd", "duckdb"]);
    }

    #[test]
    fn sql_and_urls_are_quoted() {
        let text = with("it's/", Access::Read, "t'k", |keys| keys.duckdb());
        assert!(text.contains("SESSION_TOKEN 't''k'") && text.contains("SCOPE 's3://bucket/it''s/'"), "{text}");
        assert!(text.contains("ENDPOINT '127.0.0.1:8333',\n    USE_SSL false"), "{text}");
        let text = with("it's/", Access::Read, "t", |keys| keys.s5cmd());
        assert!(text.ends_with("s5cmd --endpoint-url http://127.0.0.1:8333 ls 's3://bucket/it'\\''s/'\n"), "{text}");
    }
}
