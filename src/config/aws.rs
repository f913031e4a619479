//! `[aws]`: Tidegate's own identity at AWS and stores like it.

use std::collections::BTreeMap;

use domain::name::Name;
use domain::secret::SecretBytes;

use super::address;
use super::files;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// Who Tidegate is, and who may use the machine's identity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aws {
    /// Projects whose `aws-environment` and `aws-assume-role` may use the identity of the machine.
    pub(crate) allow_ambient: Vec<Name>,
    /// Tidegate's own identity for delegated access, by partition.
    pub(crate) identity: BTreeMap<String, AwsIdentity>,
}

/// An identity of one partition.
#[derive(Debug, Clone)]
pub(crate) struct AwsIdentity {
    /// What it is proven with.
    pub(crate) source: AwsSource,
    /// The STS to ask; the partition's own if none is given.
    pub(crate) sts_endpoint: Option<String>,
    /// Whom customers must trust, as it is printed in their trust policies.
    pub(crate) principal_arn: Option<String>,
}

/// What an identity is proven with.
#[derive(Debug, Clone)]
pub(crate) enum AwsSource {
    /// A key pair.
    Keys {
        /// Not secret.
        access_key_id: String,
        /// Secret.
        secret_access_key: SecretBytes,
    },
    /// Whatever the machine gives.
    Ambient,
}

impl Aws {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let allow_ambient = section.list("allow_ambient", report, |text| {
            text.parse()
                .map_err(|error| Wrong::new(format!("'{text}' is not a project: {error}"), "list project names"))
        });
        let identity = section
            .tables("identity", report)
            .into_iter()
            .filter_map(|(partition, table)| Some((partition.clone(), AwsIdentity::read(&partition, table, report)?)))
            .collect();
        section.finish(report);
        Self { allow_ambient, identity }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        lines.list("aws.allow_ambient", &self.allow_ambient);
        for (partition, identity) in &self.identity {
            let source = match &identity.source {
                AwsSource::Keys { access_key_id, .. } => format!("keys ({access_key_id})"),
                AwsSource::Ambient => "ambient".to_owned(),
            };
            let table = format!("aws.identity.{partition}");
            lines.add(&format!("{table}.source"), source);
            lines.add(
                &format!("{table}.sts_endpoint"),
                identity.sts_endpoint.as_deref().unwrap_or("the partition's own"),
            );
            lines.add(&format!("{table}.principal_arn"), identity.principal_arn.as_deref().unwrap_or("asked from STS"));
        }
    }
}

impl AwsIdentity {
    fn read(partition: &str, mut table: Section, report: &mut Report) -> Option<Self> {
        if !partition.starts_with("aws") || !partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            let problem = Wrong::new("is not a partition", "name the table after one: aws, aws-cn, aws-us-gov");
            report.add(table.place(), &format!("aws.identity.{partition}"), problem);
        }
        let is_keys = table.text("source", report, |text| match text {
            "keys" => Ok(true),
            "ambient" => Ok(false),
            other => Err(Wrong::new(format!("'{other}' is not a source"), "write \"keys\" or \"ambient\"")),
        });
        let access_key_id = table.text("access_key_id", report, |text| Ok(text.to_owned())).map(|given| given.value);
        let secret = table.text("secret_access_key_file", report, files::secret_of).map(|given| given.value);
        let sts_endpoint = table.text("sts_endpoint", report, address::origin).map(|given| given.value);
        let principal_arn = table.text("principal_arn", report, |text| arn(partition, text)).map(|given| given.value);
        let is_keys = is_keys.map(|given| given.value);
        check_keys(&table, is_keys, report);
        table.finish(report);
        let source = if is_keys? {
            AwsSource::Keys { access_key_id: access_key_id?, secret_access_key: secret? }
        } else {
            AwsSource::Ambient
        };
        Some(Self { source, sts_endpoint, principal_arn })
    }
}

/// The keys belong to `source = "keys"`, both of them, and to nothing else.
fn check_keys(table: &Section, is_keys: Option<bool>, report: &mut Report) {
    if !table.was_given("source") {
        let missing = Wrong::new("is missing", "write source = \"keys\" or source = \"ambient\"");
        report.add(table.place(), &table.key("source"), missing);
    }
    for name in ["access_key_id", "secret_access_key_file"] {
        let wrong = match (is_keys, table.was_given(name)) {
            (Some(true), false) => Wrong::new("is missing", "source = \"keys\" needs it"),
            (Some(false), true) => Wrong::new("does not belong to source = \"ambient\"", "leave it out"),
            _ => continue,
        };
        report.add(table.place(), &table.key(name), wrong);
    }
}

fn arn(partition: &str, text: &str) -> Result<String, Wrong> {
    let mend = || format!("write it as arn:{partition}:iam::123456789012:role/name");
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", found, "iam" | "sts", _, _, resource] if !resource.is_empty() => {
            if *found == partition {
                Ok(text.to_owned())
            } else {
                Err(Wrong::new(format!("is of the partition '{found}'"), mend()))
            }
        }
        _ => Err(Wrong::new(format!("'{text}' is not the ARN of a user or role"), mend())),
    }
}
