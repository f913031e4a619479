//! The report of testing an integration or datasource for real.
//!
//! The shape is part of the interface contract. Which check is fatal, and how the status of a
//! proof follows from its checks, is decided here and nowhere else.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a datasource is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofMode {
    /// Everything that the purpose needs.
    Full,
    /// Without any write; works on an empty prefix.
    ReadOnly,
    /// Create and nothing else.
    WriteOnly,
    /// List and nothing else: contents are only reachable from the customer's network.
    ListOnly,
    /// Not at all, with a reason.
    Off,
}

impl ProofMode {
    /// The word that stands for it everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::WriteOnly => "write-only",
            Self::ListOnly => "list-only",
            Self::Off => "off",
        }
    }
}

macro_rules! checks {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// The checks, in the order of the report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum CheckName {
            $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $name),+
        }

        impl CheckName {
            /// All of them, in the order of the report.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word that stands for it everywhere.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

checks! {
    Settings = "settings",
    EgressAllowed = "egress-allowed",
    Reachable = "reachable",
    ClockSkew = "clock-skew",
    Authenticates = "authenticates",
    BaseIdentityBare = "base-identity-bare",
    AssumesRole = "assumes-role",
    RefusesMissingExternalId = "refuses-missing-external-id",
    RefusesWrongExternalId = "refuses-wrong-external-id",
    Region = "region",
    List = "list",
    Read = "read",
    WriteProbe = "write-probe",
    OverwriteProbe = "overwrite-probe",
    ReadBack = "read-back",
    DeleteProbe = "delete-probe",
    Encryption = "encryption",
    SignedUrl = "signed-url",
    Cors = "cors",
    ScopedCredential = "scoped-credential",
    ScopeRefusesSibling = "scope-refuses-sibling",
    ScopeRefusesOtherVerbs = "scope-refuses-other-verbs",
    ExcessWrite = "excess-write",
    ExcessOtherPrefix = "excess-other-prefix",
    ExcessOtherBucket = "excess-other-bucket",
    ExcessAdministration = "excess-administration",
    Latency = "latency",
    Cleanup = "cleanup",
}

impl CheckName {
    /// Whether failing it never changes the status of the proof.
    ///
    /// `clock-skew` warns above 60 s and is fatal above 5 minutes: it is not warning-only.
    pub fn warns_only(self) -> bool {
        matches!(
            self,
            Self::Cors
                | Self::ExcessWrite
                | Self::ExcessOtherPrefix
                | Self::ExcessOtherBucket
                | Self::ExcessAdministration
                | Self::BaseIdentityBare
                | Self::Latency
                | Self::Cleanup
        )
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Shown to hold.
    Passed,
    /// Shown not to hold.
    Failed,
    /// Not as it should be, and not fatal.
    Warning,
    /// Does not apply, with the reason.
    Skipped,
    /// Could not be found out.
    Inconclusive,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProofStatus {
    /// No fatal check failed, and none was left open.
    Passed,
    /// A fatal check failed.
    Failed,
    /// A fatal check could not be finished.
    Inconclusive,
}

/// The provider's own words on a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderAnswer {
    /// Its error code, for example `AccessDenied`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub http_status: Option<u16>,
    /// Its id of the request, for a question to its support.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// What mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Remedy {
    /// One sentence.
    pub summary: String,
    /// The policy statement or document to apply.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<serde_json::Value>,
    /// The command to run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
}

impl Remedy {
    /// A remedy in words.
    pub fn say(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), policy: None, command: None }
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// Which check.
    pub name: CheckName,
    /// How it ended.
    pub status: CheckStatus,
    /// How long it took.
    pub duration_ms: u64,
    /// One sentence.
    pub detail: String,
    /// The provider's own words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<ProviderAnswer>,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<Remedy>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Proof {
    /// How it ended.
    pub status: ProofStatus,
    /// How it was done.
    pub mode: ProofMode,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// Every check once, in order.
    pub checks: Vec<Check>,
}

impl Proof {
    /// How long it took to reach the bucket, as the `latency` check has measured it.
    pub fn latency(&self) -> Option<Duration> {
        let measured = |check: &&Check| matches!(check.status, CheckStatus::Passed | CheckStatus::Warning);
        let check = self.checks.iter().find(|check| check.name == CheckName::Latency).filter(measured)?;
        let (millis, _) = check.detail.split_once(LATENCY)?;
        Duration::try_from_secs_f64(millis.parse::<f64>().ok()? / 1000.0).ok()
    }
}

/// What follows the number in the detail of a `latency` check.
const LATENCY: &str = " ms from this server";

/// The beginning of the detail of a `latency` check, as [`Proof::latency`] reads it.
pub fn latency_detail(median: Duration) -> String {
    let millis = median.as_secs_f64() * 1000.0;
    if millis < 10.0 { format!("{millis:.1}{LATENCY}") } else { format!("{millis:.0}{LATENCY}") }
}

impl ProofStatus {
    /// `failed` if a fatal check failed, else `inconclusive` if a fatal check is, else `passed`.
    pub fn of(checks: &[Check]) -> Self {
        let fatal = |status: CheckStatus| checks.iter().any(|c| c.status == status && !c.name.warns_only());
        if fatal(CheckStatus::Failed) {
            Self::Failed
        } else if fatal(CheckStatus::Inconclusive) {
            Self::Inconclusive
        } else {
            Self::Passed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: CheckName, status: CheckStatus) -> Check {
        Check { name, status, duration_ms: 0, detail: String::new(), provider: None, remedy: None }
    }

    #[test]
    fn a_failed_fatal_check_outweighs_an_open_one() {
        use CheckName::{List, Read};
        let open = check(List, CheckStatus::Inconclusive);
        assert_eq!(ProofStatus::of(std::slice::from_ref(&open)), ProofStatus::Inconclusive);
        assert_eq!(ProofStatus::of(&[open, check(Read, CheckStatus::Failed)]), ProofStatus::Failed);
    }

    #[test]
    fn warning_checks_never_change_the_status() {
        for name in CheckName::ALL.iter().filter(|name| name.warns_only()) {
            for status in [CheckStatus::Failed, CheckStatus::Inconclusive, CheckStatus::Warning] {
                assert_eq!(ProofStatus::of(&[check(*name, status)]), ProofStatus::Passed);
            }
        }
    }

    #[test]
    fn the_latency_that_a_check_states_is_read_back() {
        for (micros, read) in [(0, 0), (840, 800), (9_960, 10_000), (123_400, 123_000)] {
            let detail = format!("{} to the bucket in eu-1", latency_detail(Duration::from_micros(micros)));
            let measured = Check { detail, ..check(CheckName::Latency, CheckStatus::Passed) };
            let proof = |checks| Proof {
                status: ProofStatus::Passed,
                mode: ProofMode::Full,
                checked_at: Timestamp::UNIX_EPOCH,
                duration_ms: 0,
                checks,
            };
            assert_eq!(proof(vec![measured.clone()]).latency(), Some(Duration::from_micros(read)));
            let unknown = Check { status: CheckStatus::Inconclusive, ..measured };
            assert_eq!(proof(vec![unknown]).latency(), None);
        }
    }

    #[test]
    fn the_contract_names_28_checks() {
        assert_eq!(CheckName::ALL.len(), 28);
        assert_eq!(
            serde_json::to_string(&CheckName::RefusesMissingExternalId).unwrap(),
            "\"refuses-missing-external-id\""
        );
    }
}
