-- Written in the words of SQLite; see src/engine/migrate.rs for what PostgreSQL reads.
-- Times are microseconds since the epoch, flags 0 or 1, ids and documents text.
-- Constraints are named <table>_<column>_<column>, the name that errors carry on both engines.

CREATE TABLE installation (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    root_key_id TEXT NOT NULL,
    root_key_check TEXT NOT NULL,
    signing_key BLOB NOT NULL
) STRICT;

CREATE TABLE projects (
    id TEXT NOT NULL CONSTRAINT projects_id PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT projects_name UNIQUE,
    external_id TEXT NOT NULL CONSTRAINT projects_external_id UNIQUE,
    created_at INTEGER NOT NULL,
    -- No reference: who made a project may go, the project stays.
    created_by TEXT NOT NULL
) STRICT;

CREATE TABLE principals (
    id TEXT NOT NULL CONSTRAINT principals_id PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'service-account')),
    -- Of a service account only.
    project TEXT REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    administrator INTEGER NOT NULL CHECK (administrator IN (0, 1)),
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    properties TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((kind = 'user') = (project IS NULL))
) STRICT;
CREATE UNIQUE INDEX principals_name ON principals (name) WHERE project IS NULL;
CREATE UNIQUE INDEX principals_project_name ON principals (project, name) WHERE project IS NOT NULL;

CREATE TABLE passwords (
    principal TEXT NOT NULL CONSTRAINT passwords_principal PRIMARY KEY REFERENCES principals (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    failed_count INTEGER NOT NULL,
    locked_until INTEGER,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    id TEXT NOT NULL CONSTRAINT tokens_id PRIMARY KEY,
    principal TEXT NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    -- Null: not limited to one project.
    project TEXT REFERENCES projects (id) ON DELETE CASCADE,
    role TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('api', 'session')),
    name TEXT NOT NULL,
    -- SHA-256 of the token, which has 256 random bits: no salt is needed.
    hash BLOB NOT NULL CONSTRAINT tokens_hash UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER,
    CHECK ((project IS NULL) = (role IS NULL))
) STRICT;
CREATE INDEX tokens_by_principal ON tokens (principal, id);
CREATE INDEX tokens_by_project ON tokens (project, id);

CREATE TABLE members (
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    principal TEXT NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    CONSTRAINT members_project_principal PRIMARY KEY (project, principal)
) STRICT;
CREATE INDEX members_by_principal ON members (principal, project);

CREATE TABLE project_keys (
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    root_key_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    CONSTRAINT project_keys_project_version PRIMARY KEY (project, version)
) STRICT;

-- A row is a version; the id is that of the secret.
CREATE TABLE secrets (
    id TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    field TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'old')),
    key_version INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT secrets_id_version PRIMARY KEY (id, version),
    CONSTRAINT secrets_owner_field_version UNIQUE (owner, field, version)
) STRICT;
CREATE UNIQUE INDEX secrets_owner_field ON secrets (owner, field) WHERE state = 'current';
CREATE INDEX secrets_by_project ON secrets (project, owner, field);

CREATE TABLE integrations (
    id TEXT NOT NULL CONSTRAINT integrations_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_used_at INTEGER,
    CONSTRAINT integrations_project_name UNIQUE (project, name),
    -- For references that hold only within a project.
    CONSTRAINT integrations_id_project UNIQUE (id, project)
) STRICT;

CREATE TABLE datasources (
    id TEXT NOT NULL CONSTRAINT datasources_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    integration TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL,
    purpose TEXT NOT NULL,
    region TEXT,
    output_datasource TEXT,
    sse TEXT,
    cors_origin TEXT,
    proof_mode TEXT NOT NULL,
    reason TEXT,
    usable INTEGER NOT NULL CHECK (usable IN (0, 1)),
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT datasources_project_name UNIQUE (project, name),
    CONSTRAINT datasources_id_project UNIQUE (id, project),
    FOREIGN KEY (integration, project) REFERENCES integrations (id, project),
    FOREIGN KEY (output_datasource, project) REFERENCES datasources (id, project)
) STRICT;
CREATE INDEX datasources_by_integration ON datasources (integration);
CREATE INDEX datasources_by_output ON datasources (output_datasource);

-- Proofs, grants and revocations are history: they outlive what they are about.
CREATE TABLE proofs (
    id TEXT NOT NULL CONSTRAINT proofs_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('integration', 'datasource')),
    owner_id TEXT NOT NULL,
    status TEXT NOT NULL,
    mode TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX proofs_by_owner ON proofs (owner_id, id);

CREATE TABLE grants (
    id TEXT NOT NULL CONSTRAINT grants_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    integration TEXT NOT NULL,
    datasource TEXT NOT NULL,
    principal TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    usable_until INTEGER NOT NULL,
    revocability TEXT NOT NULL,
    scope TEXT NOT NULL,
    -- When the cloud's session began that this was made from, if there was one.
    session_started_at INTEGER,
    revoked_at INTEGER,
    revoked_by TEXT,
    -- When it was shown that what was handed out does not work any more.
    cut_off_at INTEGER
) STRICT;
CREATE INDEX grants_by_project ON grants (project, id);
CREATE INDEX grants_by_integration ON grants (integration, usable_until);
CREATE INDEX grants_by_datasource ON grants (datasource, usable_until);
CREATE INDEX grants_by_principal ON grants (project, principal, id);

-- Sessions that began before `at` must not be used again for what this names.
CREATE TABLE revocations (
    id TEXT NOT NULL CONSTRAINT revocations_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    by_kind TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_principal TEXT NOT NULL
) STRICT;
CREATE INDEX revocations_by_target ON revocations (project, by_kind, by_id, at);

CREATE TABLE idempotency (
    principal TEXT NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
    -- The id of a project, or empty for what belongs to none.
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    -- Null until the call is finished.
    status INTEGER,
    response TEXT,
    grant_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT idempotency_principal_scope_key PRIMARY KEY (principal, scope, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- A log is 'installation' or the id of a project, which it outlives.
CREATE TABLE audit_logs (
    log TEXT NOT NULL CONSTRAINT audit_logs_log PRIMARY KEY,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL
) STRICT;

CREATE TABLE audit_records (
    log TEXT NOT NULL REFERENCES audit_logs (log),
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    action TEXT NOT NULL,
    principal TEXT,
    outcome TEXT NOT NULL,
    record TEXT NOT NULL,
    -- Personal data; may be erased, the record holds its hash.
    private TEXT,
    CONSTRAINT audit_records_log_seq PRIMARY KEY (log, seq)
) STRICT;
CREATE INDEX audit_records_by_action ON audit_records (log, action, seq);
CREATE INDEX audit_records_by_principal ON audit_records (log, principal, seq);
CREATE INDEX audit_records_by_time ON audit_records (log, time);

CREATE TABLE audit_nodes (
    log TEXT NOT NULL REFERENCES audit_logs (log),
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT audit_nodes_log_level_idx PRIMARY KEY (log, level, idx)
) STRICT;

CREATE TABLE audit_checkpoints (
    log TEXT NOT NULL REFERENCES audit_logs (log),
    size INTEGER NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT audit_checkpoints_log_size PRIMARY KEY (log, size)
) STRICT;
