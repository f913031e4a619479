//! ARNs of roles, with `${user.<property>}` where each user has a role of his own.
//!
//! A value of a user never brings a `/`, a `:`, a wildcard or a variable into the ARN, so it can change
//! which role is assumed only within the form that was approved.

use std::collections::BTreeMap;
use std::fmt;

/// Longest name of a role (AWS IAM API, `CreateRole`).
pub const MAX_ROLE_NAME: usize = 64;
const MAX_PATH: usize = 512;

/// The ARN of a role, or its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn {
    partition: String,
    account: String,
    path_and_name: Vec<Piece>,
    properties: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Property(String),
}

/// Why a text is not the ARN of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Not an ARN at all.
    #[error("give the ARN of a role, for example arn:aws:iam::123456789012:role/tidegate")]
    NotAnArn,
    /// Not a partition of AWS.
    #[error("'{0}' is not a partition of AWS: it is aws, aws-cn, aws-us-gov or another one that begins with aws-")]
    Partition(String),
    /// The ARN of something else.
    #[error("this is the ARN of {what}: give the ARN of a role, for example arn:aws:iam::123456789012:role/tidegate")]
    NotARole {
        /// What it is.
        what: &'static str,
    },
    /// A region where none belongs.
    #[error("the ARN of a role names no region: between 'iam' and the account stand two colons")]
    Region,
    /// Not an account.
    #[error("the account of a role has twelve digits")]
    Account,
    /// Not a name.
    #[error("the name of a role has 1 to {MAX_ROLE_NAME} letters, digits and + = , . @ _ -")]
    Name,
    /// Not a path.
    #[error("the path of a role has at most 512 printable characters, without wildcards, quotes and braces")]
    Path,
    /// A variable that is not a property of a user.
    #[error("only ${{user.PROPERTY}} can stand in the ARN of a role, with letters, digits, '_' and '-' in PROPERTY")]
    Variable,
    /// Variables where the method has none.
    #[error("this method takes the ARN of one role, without ${{user.PROPERTY}}")]
    VariableNotAllowed,
    /// The role and the region belong to different partitions.
    #[error("the region '{region}' belongs to the partition '{expected}' and the role to '{partition}'")]
    OtherPartition {
        /// The region.
        region: String,
        /// The partition of the region.
        expected: &'static str,
        /// The partition of the role.
        partition: String,
    },
}

/// A property of a user that the ARN names and that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingProperty {
    /// The property.
    pub property: String,
    /// What is wrong with it.
    pub fault: PropertyFault,
}

/// What is wrong with a property of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyFault {
    /// The user does not have it, or it is empty.
    Unset,
    /// It holds characters that the name of a role cannot have.
    Characters,
    /// With it, the name or path is too long.
    TooLong,
}

impl fmt::Display for MissingProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.property;
        match self.fault {
            PropertyFault::Unset => write!(f, "the role ARN names the user property '{name}', and the user has none"),
            PropertyFault::Characters => {
                write!(
                    f,
                    "the user property '{name}' holds more than letters, digits and + = , . @ _ -, so it cannot stand in a role ARN"
                )
            }
            PropertyFault::TooLong => write!(f, "with the user property '{name}' the name of the role is too long"),
        }
    }
}

impl std::error::Error for MissingProperty {}

impl RoleArn {
    /// Reads the ARN of a role of AWS; `${user.<property>}` may stand in its path and name.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence for the caller.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let role = Self::parse_for_store(text)?;
        if role.account.is_empty() { Err(ArnError::Account) } else { Ok(role) }
    }

    /// Reads the ARN of a role of a store with an STS of its own: the account may be empty.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence for the caller.
    pub fn parse_for_store(text: &str) -> Result<Self, ArnError> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or(ArnError::NotAnArn);
        let (arn, partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if arn != "arn" {
            return Err(ArnError::NotAnArn);
        }
        check_partition(partition)?;
        let path_and_name = role_resource(service, resource)?;
        if !region.is_empty() {
            return Err(ArnError::Region);
        }
        if !matches!(account.len(), 0 | 12) || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ArnError::Account);
        }
        let pieces = pieces(path_and_name)?;
        let mut properties = Vec::new();
        for piece in &pieces {
            if let Piece::Property(name) = piece
                && !properties.contains(name)
            {
                properties.push(name.clone());
            }
        }
        let role =
            Self { partition: partition.to_owned(), account: account.to_owned(), path_and_name: pieces, properties };
        // A property stands for at least one plain character.
        role.check_path_and_name(&role.render(|_| "x"))?;
        Ok(role)
    }

    /// Requires that the ARN names one role and no property.
    ///
    /// # Errors
    /// `VariableNotAllowed` otherwise.
    pub fn without_properties(self) -> Result<Self, ArnError> {
        if self.properties.is_empty() { Ok(self) } else { Err(ArnError::VariableNotAllowed) }
    }

    /// The partition.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The account; empty at some stores.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The name of the role without its path; may hold `${user.<property>}`.
    pub fn role_name(&self) -> String {
        let all = self.path_and_name();
        all.rsplit_once('/').map_or(all.clone(), |(_, name)| name.to_owned())
    }

    /// The path of the role, `/` if it has none; may hold `${user.<property>}`.
    pub fn path(&self) -> String {
        self.path_and_name().rsplit_once('/').map_or("/".to_owned(), |(path, _)| format!("/{path}/"))
    }

    /// The user properties that it names, each once, in order.
    pub fn properties(&self) -> &[String] {
        &self.properties
    }

    /// The ARN of the role of a user with these properties.
    ///
    /// # Errors
    /// Names the first property that is not set or cannot be used.
    pub fn resolve(&self, values: &BTreeMap<String, String>) -> Result<String, MissingProperty> {
        let fail = |property: &str, fault| Err(MissingProperty { property: property.to_owned(), fault });
        for property in &self.properties {
            match values.get(property).map(String::as_str) {
                None | Some("") => return fail(property, PropertyFault::Unset),
                Some(value) if !value.bytes().all(name_byte) => return fail(property, PropertyFault::Characters),
                Some(_) => {}
            }
        }
        let rendered = self.render(|property| values.get(property).map_or("", String::as_str));
        if self.check_path_and_name(&rendered).is_err() {
            return fail(self.properties.first().map_or("", String::as_str), PropertyFault::TooLong);
        }
        Ok(self.with(&rendered))
    }

    /// The ARN with `*` for every property, for a condition on ARNs.
    pub fn pattern(&self) -> String {
        self.with(&self.render(|_| "*"))
    }

    /// Whether the role is in the partition of this region.
    ///
    /// # Errors
    /// `OtherPartition` if it is not.
    pub fn check_region(&self, region: &str) -> Result<(), ArnError> {
        let expected = partition_of_region(region);
        if self.partition == expected {
            return Ok(());
        }
        Err(ArnError::OtherPartition { region: region.to_owned(), expected, partition: self.partition.clone() })
    }

    fn path_and_name(&self) -> String {
        let mut out = String::new();
        for piece in &self.path_and_name {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Property(name) => out.push_str(&format!("${{user.{name}}}")),
            }
        }
        out
    }

    fn render<'a>(&'a self, value: impl Fn(&'a str) -> &'a str) -> String {
        let text = |piece: &'a Piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Property(name) => value(name),
        };
        self.path_and_name.iter().map(text).collect()
    }

    fn with(&self, path_and_name: &str) -> String {
        format!("arn:{}:iam::{}:role/{path_and_name}", self.partition, self.account)
    }

    fn check_path_and_name(&self, text: &str) -> Result<(), ArnError> {
        let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
        if name.is_empty() || name.len() > MAX_ROLE_NAME || !name.bytes().all(name_byte) {
            return Err(ArnError::Name);
        }
        let plain = |b: u8| (b'!'..=b'~').contains(&b) && !b"*?$\"'\\{}".contains(&b);
        if path.len() + 2 > MAX_PATH || !path.bytes().all(plain) {
            return Err(ArnError::Path);
        }
        Ok(())
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with(&self.path_and_name()))
    }
}

/// The partition of AWS that a region belongs to; `aws` for names that say nothing else.
pub fn partition_of_region(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// The account that an ARN names, if it names one.
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

fn check_partition(text: &str) -> Result<(), ArnError> {
    let plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if text == "aws" || text.strip_prefix("aws-").is_some_and(plain) {
        Ok(())
    } else {
        Err(ArnError::Partition(text.chars().take(40).collect()))
    }
}

fn role_resource<'a>(service: &str, resource: &'a str) -> Result<&'a str, ArnError> {
    let what = match (service, resource.split('/').next().unwrap_or_default()) {
        ("iam", "role") => return resource.strip_prefix("role/").ok_or(ArnError::Name),
        ("iam", "user") => "a user",
        ("iam", "root") => "an account",
        ("iam", "policy") => "a policy",
        ("iam", "group") => "a group",
        ("iam", "instance-profile") => "an instance profile",
        ("sts", "assumed-role") => "a session of a role",
        ("s3", _) => "a bucket",
        ("kms", _) => "a key",
        _ => "something else",
    };
    Err(ArnError::NotARole { what })
}

fn name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

fn pieces(text: &str) -> Result<Vec<Piece>, ArnError> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}').ok_or(ArnError::Variable)?;
        let property = variable.strip_prefix("user.").ok_or(ArnError::Variable)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if property.is_empty() || property.len() > 64 || !property.bytes().all(plain) {
            return Err(ArnError::Variable);
        }
        if !before.is_empty() {
            out.push(Piece::Text(before.to_owned()));
        }
        out.push(Piece::Property(property.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest.to_owned()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
