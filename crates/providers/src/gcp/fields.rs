//! The settings that the methods of Google Cloud share.

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

pub(super) const SERVICE_ACCOUNT_KEY: Field = Field {
    name: "service_account_key",
    label: "Key file",
    help: "The JSON file of a service account's key, whole, as Google made it.",
    kind: FieldKind::Document,
    required: true,
    secret: true,
    ..BASE
};

pub(super) const KEY_FILE: Field = Field {
    name: "key_file",
    label: "Name of the key file",
    help: "The name of the file, so that it is known later which one it was, for example acme-0a1b2c3d.json.",
    ..BASE
};

pub(super) const PROJECT_ID: Field = Field {
    name: "project_id",
    label: "Project id",
    help: "The project of Google Cloud that has the buckets, for example acme-data-1; if not given, that of the service account.",
    ..BASE
};

/// For keys: a file of another project is refused.
pub(super) const PROJECT_OF_KEY: Field = Field {
    help: "The project of Google Cloud that the key must be of, for example acme-data-1; a key of another one is refused.",
    ..PROJECT_ID
};

pub(super) const SERVICE_ACCOUNT: Field = Field {
    name: "service_account",
    label: "Service account",
    help: "The service account that Tidegate acts for, for example tidegate@acme-data-1.iam.gserviceaccount.com.",
    required: true,
    later: true,
    ..BASE
};

pub(super) const OPTIONAL_SERVICE_ACCOUNT: Field = Field {
    help: "The service account that Tidegate's subject acts for; without one it reaches the data itself, and nothing can be signed or narrowed.",
    required: false,
    later: false,
    ..SERVICE_ACCOUNT
};

pub(super) const AUDIENCE: Field = Field {
    name: "audience",
    label: "Provider of the pool",
    help: "The full name of the workload identity pool's provider, for example //iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tidegate/providers/tidegate-acme.",
    required: true,
    later: true,
    ..BASE
};
