//! The fields that the methods of Azure share: one definition, so that a word means the same in all of them.

use domain::provider::{Field, FieldKind};

use super::cloud;

const BASE: Field = Field {
    name: "",
    label: "",
    help: "",
    kind: FieldKind::Text,
    required: false,
    later: false,
    secret: false,
    rebinds_secret: true,
    default: None,
    choices: &[],
};

pub(super) const ACCOUNT: Field = Field {
    name: "account",
    label: "Storage account",
    help: "The name of the storage account, for example acmepictures.",
    required: true,
    ..BASE
};

/// For methods that store no secret.
pub(super) const ACCOUNT_WITHOUT_SECRET: Field = Field { rebinds_secret: false, ..ACCOUNT };

pub(super) const TENANT_ID: Field = Field {
    name: "tenant_id",
    label: "Tenant id",
    help: "The directory (tenant) id of the application, for example 11111111-2222-3333-4444-555555555555.",
    required: true,
    ..BASE
};

pub(super) const CLIENT_ID: Field = Field {
    name: "client_id",
    label: "Client id",
    help: "The application (client) id of the app registration, for example aaaaaaaa-1111-2222-3333-444444444444.",
    required: true,
    ..BASE
};

pub(super) const TENANT_ID_LATER: Field = Field { later: true, rebinds_secret: false, ..TENANT_ID };

pub(super) const CLIENT_ID_LATER: Field = Field { later: true, rebinds_secret: false, ..CLIENT_ID };

pub(super) const CLOUD: Field = Field {
    name: "cloud",
    label: "Cloud",
    help: "The cloud that the account belongs to.",
    kind: FieldKind::Choice(cloud::NAMES),
    default: Some("public"),
    choices: cloud::CHOICES,
    ..BASE
};

pub(super) const CLOUD_WITHOUT_SECRET: Field = Field { rebinds_secret: false, ..CLOUD };

pub(super) const HIERARCHICAL: Field = Field {
    name: "hierarchical",
    label: "Hierarchical namespace",
    help: "Whether the account has a hierarchical namespace (Data Lake Storage); only then can a credential be narrowed to a folder.",
    kind: FieldKind::Choice(&["true", "false"]),
    rebinds_secret: false,
    default: Some("false"),
    ..BASE
};

pub(super) const ENDPOINT: Field = Field {
    name: "endpoint",
    label: "Endpoint",
    help: "The blob service if it is not the cloud's own, for example https://blob.example.com, or https://host:port/ACCOUNT where the account is part of the path.",
    ..BASE
};

pub(super) const CLIENT_SECRET: Field = Field {
    name: "client_secret",
    label: "Client secret",
    help: "The value of a client secret of the application; the portal shows it once, when it is made.",
    required: true,
    secret: true,
    rebinds_secret: false,
    ..BASE
};

pub(super) const ACCOUNT_KEY: Field = Field {
    name: "account_key",
    label: "Account key",
    help: "One of the two access keys of the storage account.",
    required: true,
    secret: true,
    rebinds_secret: false,
    ..BASE
};

pub(super) const SAS_TOKEN: Field = Field {
    name: "sas_token",
    label: "Shared access signature",
    help: "The signature as it begins with sv= or ?sv=, for a container or for the account, at least to read and list, over HTTPS only.",
    required: true,
    secret: true,
    rebinds_secret: false,
    ..BASE
};
