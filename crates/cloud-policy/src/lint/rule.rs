//! The rules. Their words are part of the interface: scripts compare them.

use serde::Serialize;

/// A rule of `lint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`ABOUT` says what each of them is about")]
pub enum Rule {
    NotJson,
    TooLarge,
    TextAroundJson,
    TypographicQuotes,
    UnknownKind,
    DuplicateKey,
    UnknownField,
    WrongType,
    MissingPart,
    ConflictingParts,
    UnknownValue,
    Placeholder,
    MissingVersion,
    OldVersion,
    PartOfOtherKind,
    UnknownAction,
    Administrator,
    AllActions,
    ExcessAction,
    PassRole,
    IamRights,
    KmsAllKeys,
    AllResources,
    WholeBucket,
    InvalidArn,
    WrongPartition,
    AccountId,
    BucketActionOnObjectArn,
    ObjectActionOnBucketArn,
    AccountActionOnArn,
    MixedLevels,
    WholeBucketListing,
    PrefixOperator,
    PrefixWithoutSlash,
    AllowReversedCondition,
    AllowDoesNotRestrict,
    AllowIsNoDeny,
    AllowIfExists,
    AllowForAllValues,
    DenyWithoutIfExists,
    DenyIfExists,
    DenyAddressHitsServices,
    UnknownOperator,
    ConditionNeverHolds,
    PrivateSourceIp,
    OpenNetwork,
    AllowNotAction,
    AllowNotResource,
    NotPrincipal,
    PublicPrincipal,
    PrincipalWildcard,
    MissingExternalId,
    WeakExternalId,
    UnboundWebIdentity,
    ConditionInvalid,
    ConditionMissing,
    ConditionTooLong,
    ConditionVersion,
    ConditionUncovered,
    ConditionForm,
    ConditionAmbiguous,
    AttributeSourceCase,
    ListPrefixMissing,
    BasicRole,
    WideRole,
    WideScope,
    KeyRole,
    BoundaryInvalid,
    CannotOverwrite,
}

impl Rule {
    /// What each rule is about, in the order of the rules.
    pub const ABOUT: [(Self, &'static str); 69] = [
        (Self::NotJson, "the text is neither JSON nor a condition"),
        (Self::TooLarge, "the text is larger than 1 MB, or nested deeper than 32 levels"),
        (Self::TextAroundJson, "other text stands around the policy"),
        (Self::TypographicQuotes, "quotation marks or blanks of a word processor"),
        (Self::UnknownKind, "it cannot be told what kind of policy it is"),
        (Self::DuplicateKey, "an object has two members of the same name"),
        (Self::UnknownField, "a member that such policies do not have"),
        (Self::WrongType, "a text, list or object where another one belongs"),
        (Self::MissingPart, "a part that must be there is not"),
        (Self::ConflictingParts, "two parts that exclude each other, such as Action and NotAction"),
        (Self::UnknownValue, "a value that is none of those that may stand there"),
        (Self::Placeholder, "the text of an example was not replaced, such as <bucket> or YOUR_BUCKET"),
        (Self::MissingVersion, "no Version, which stands for the language of 2008"),
        (Self::OldVersion, "the Version of 2008, in which ${...} is no variable"),
        (Self::PartOfOtherKind, "a part that belongs into another kind of policy, or one that this kind needs"),
        (Self::UnknownAction, "an action that does not exist, such as s3:ListObjects"),
        (Self::Administrator, "all actions on all resources, or all of IAM"),
        (Self::AllActions, "all actions, or all of a service"),
        (Self::ExcessAction, "an action that nobody needs who reads and writes objects, such as s3:PutBucketPolicy"),
        (Self::PassRole, "the right to hand roles to services"),
        (Self::IamRights, "a right of IAM by which its holder gives himself any other"),
        (Self::KmsAllKeys, "all actions of KMS, or its actions on all keys"),
        (Self::AllResources, "actions on data, keys or roles for all resources"),
        (Self::WholeBucket, "every object of a bucket"),
        (Self::InvalidArn, "a resource or principal that is no ARN"),
        (Self::WrongPartition, "ARNs of different partitions, or a region of another partition"),
        (Self::AccountId, "the number of an account that has not twelve digits"),
        (
            Self::BucketActionOnObjectArn,
            "an action on buckets with the ARN of objects, such as s3:ListBucket on bucket/*",
        ),
        (
            Self::ObjectActionOnBucketArn,
            "an action on objects with the ARN of a bucket, such as s3:GetObject on bucket",
        ),
        (Self::AccountActionOnArn, "an action of the account, such as s3:ListAllMyBuckets, with an ARN"),
        (Self::MixedLevels, "actions on buckets and on objects in one statement"),
        (Self::WholeBucketListing, "objects are narrowed to a prefix and listing is not"),
        (Self::PrefixOperator, "s3:prefix with an operator that does not do what it seems to"),
        (Self::PrefixWithoutSlash, "a prefix that does not end in / and so holds its siblings"),
        (Self::AllowReversedCondition, "an Allow with the condition of a Deny"),
        (Self::AllowDoesNotRestrict, "an Allow with a condition that another Allow goes around"),
        (Self::AllowIsNoDeny, "an Allow with a condition, which takes nothing away that another policy allows"),
        (Self::AllowIfExists, "an Allow whose IfExists lets requests through that lack the key"),
        (Self::AllowForAllValues, "an Allow whose ForAllValues lets requests through that lack the key"),
        (Self::DenyWithoutIfExists, "a Deny for lack of MFA that misses access keys"),
        (Self::DenyIfExists, "a Deny whose IfExists hits every request that lacks the key"),
        (Self::DenyAddressHitsServices, "a Deny by address that also hits VPC endpoints and services of AWS"),
        (Self::UnknownOperator, "an operator of conditions that does not exist"),
        (Self::ConditionNeverHolds, "a condition that can never hold"),
        (Self::PrivateSourceIp, "a private address where AWS sees public ones"),
        (Self::OpenNetwork, "a network that is the whole Internet"),
        (Self::AllowNotAction, "Allow with NotAction, which allows everything else"),
        (Self::AllowNotResource, "Allow with NotResource, which allows everything else"),
        (Self::NotPrincipal, "NotPrincipal, which with Allow means everyone else in the world"),
        (Self::PublicPrincipal, "everyone in the world, or every signed-in person"),
        (Self::PrincipalWildcard, "a wildcard within the ARN of a principal, where it is none"),
        (Self::MissingExternalId, "a role that can be assumed without an external id"),
        (Self::WeakExternalId, "an external id that is not required exactly"),
        (Self::UnboundWebIdentity, "a role for an identity provider that does not say for whom of it"),
        (Self::ConditionInvalid, "a condition that cannot be read"),
        (Self::ConditionMissing, "a role on data without a condition that narrows it"),
        (Self::ConditionTooLong, "a condition that is longer than the cloud takes"),
        (Self::ConditionVersion, "a version of the policy or condition that conditions do not work with"),
        (Self::ConditionUncovered, "an action that slips past the condition"),
        (Self::ConditionForm, "a condition of Azure that is not in the documented form"),
        (Self::ConditionAmbiguous, "AND and OR without parentheses"),
        (Self::AttributeSourceCase, "@resource in place of @Resource"),
        (Self::ListPrefixMissing, "reading is narrowed to a prefix and listing it is not possible"),
        (Self::BasicRole, "owner, editor, contributor or another role that has nearly all rights"),
        (Self::WideRole, "a role with more rights than reading and writing objects needs"),
        (Self::WideScope, "a role on a whole project, subscription or resource group"),
        (Self::KeyRole, "a right to read the keys of the storage account, which no condition narrows"),
        (Self::BoundaryInvalid, "a Credential Access Boundary that Google refuses"),
        (Self::CannotOverwrite, "a role that makes objects and can neither replace nor remove them"),
    ];

    /// The word for it.
    pub fn as_str(self) -> String {
        // A unit variant is written as its name.
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether mending it may allow what the original refused, because the mistake was why it refused it.
    pub fn repairs(self) -> bool {
        matches!(
            self,
            Self::BucketActionOnObjectArn
                | Self::UnknownAction
                | Self::MissingVersion
                | Self::OldVersion
                | Self::PrefixOperator
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_told_about_once_and_in_order() {
        for (index, (rule, about)) in Rule::ABOUT.iter().enumerate() {
            assert_eq!(*rule as usize, index, "{rule:?}");
            assert!(!about.is_empty() && !rule.as_str().is_empty());
        }
        assert_eq!(Rule::ABOUT.len(), Rule::CannotOverwrite as usize + 1);
        assert_eq!(Rule::BucketActionOnObjectArn.as_str(), "bucket-action-on-object-arn");
    }
}
