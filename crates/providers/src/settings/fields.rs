//! The fields that methods share: one definition, so that the same word means the same everywhere.

use domain::provider::{Field, FieldKind};

const BASE: Field = Field {
    name: "",
    label: "",
    help: "",
    kind: FieldKind::Text,
    required: false,
    later: false,
    secret: false,
    rebinds_secret: false,
    default: None,
    choices: &[],
};

pub(crate) const ROLE_ARN: Field = Field {
    name: "role_arn",
    label: "Role ARN",
    help: "The role that Tidegate assumes, for example arn:aws:iam::123456789012:role/tidegate.",
    kind: FieldKind::RoleArn,
    required: true,
    later: true,
    ..BASE
};

pub(crate) const ROLE_ARN_TEMPLATE: Field = Field {
    help: "The role that Tidegate assumes; it may hold ${user.<property>}, for example arn:aws:iam::123456789012:role/team-${user.team}.",
    ..ROLE_ARN
};

pub(crate) const OPTIONAL_ROLE_ARN: Field = Field {
    help: "A role of the store that the key pair assumes, where the store has roles; without it the key pair itself is used.",
    required: false,
    later: false,
    ..ROLE_ARN
};

pub(crate) const REGION: Field = Field {
    name: "region",
    label: "Region",
    help: "The region of the buckets, for example eu-central-1; a datasource may have another one.",
    kind: FieldKind::Region,
    ..BASE
};

pub(crate) const STS_REGION: Field = Field {
    name: "sts_region",
    label: "STS region",
    help: "The region whose STS is asked, if it is not the region of the buckets.",
    kind: FieldKind::Region,
    ..BASE
};

pub(crate) const ENDPOINT: Field = Field {
    name: "endpoint",
    label: "Endpoint",
    help: "The store's API if it is not the region's own, for example https://s3.example.com:9000.",
    kind: FieldKind::Endpoint,
    rebinds_secret: true,
    ..BASE
};

/// For methods that store no keys.
pub(crate) const ENDPOINT_WITHOUT_KEYS: Field = Field { rebinds_secret: false, ..ENDPOINT };

pub(crate) const PUBLIC_ENDPOINT: Field = Field {
    name: "public_endpoint",
    label: "Public endpoint",
    help: "What goes into URLs when clients reach the store elsewhere than Tidegate does.",
    kind: FieldKind::Endpoint,
    ..BASE
};

pub(crate) const ADDRESSING: Field = Field {
    name: "addressing",
    label: "Addressing",
    help: "Where the name of the bucket goes: into the path, or before the host; if not given, what suits the store.",
    kind: FieldKind::Choice(&["path", "virtual-host"]),
    ..BASE
};

pub(crate) const ACCESS_KEY_ID: Field = Field {
    name: "access_key_id",
    label: "Access key id",
    help: "The public half of the key pair, for example AKIAIOSFODNN7EXAMPLE.",
    required: true,
    rebinds_secret: true,
    ..BASE
};

pub(crate) const SECRET_ACCESS_KEY: Field = Field {
    name: "secret_access_key",
    label: "Secret access key",
    help: "The secret half of the key pair.",
    required: true,
    secret: true,
    ..BASE
};

pub(crate) const STS_ENDPOINT: Field = Field {
    name: "sts_endpoint",
    label: "STS endpoint",
    help: "The STS to ask, if it is not the region's or the store's own.",
    kind: FieldKind::Endpoint,
    rebinds_secret: true,
    ..BASE
};

pub(crate) const IAM_ENDPOINT: Field = Field {
    name: "iam_endpoint",
    label: "IAM endpoint",
    help: "The IAM of the store, if it is not where its STS is; only needed to deny older sessions.",
    kind: FieldKind::Endpoint,
    rebinds_secret: true,
    ..BASE
};

pub(crate) const EXTERNAL_ID: Field = Field {
    name: "external_id",
    label: "External id",
    help: "The external id that the role's trust policy requires, if it requires one.",
    ..BASE
};

pub(crate) const REVOKE_SESSIONS: Field = Field {
    name: "revoke_sessions",
    label: "Deny older sessions",
    help: "Whether the integration may deny older sessions on its role (iam:PutRolePolicy and iam:GetRolePolicy on that role only), so that access can be taken back before it expires.",
    kind: FieldKind::Choice(&["true", "false"]),
    default: Some("false"),
    ..BASE
};
