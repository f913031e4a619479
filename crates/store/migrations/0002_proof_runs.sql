-- Proofs that go on without anybody waiting for them. Like proofs they outlive what they are about.
CREATE TABLE proof_runs (
    id TEXT NOT NULL CONSTRAINT proof_runs_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('integration', 'datasource')),
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    -- Of the integration: so many runs of one method go on at once.
    method TEXT NOT NULL,
    mode TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('asked', 'schedule', 'change')),
    requested_by TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    due_at INTEGER NOT NULL,
    claimed_by TEXT,
    claimed_until INTEGER,
    -- Grows whenever somebody takes it or takes it away: who holds an older number writes nothing.
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    progress TEXT NOT NULL,
    proof TEXT,
    status TEXT,
    error_code TEXT,
    error_message TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'done') = (proof IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX proof_runs_owner ON proof_runs (owner_id) WHERE state IN ('queued', 'running');
CREATE INDEX proof_runs_by_owner ON proof_runs (owner_id, due_at);
CREATE INDEX proof_runs_by_due ON proof_runs (due_at) WHERE state IN ('queued', 'running');
CREATE INDEX proof_runs_by_end ON proof_runs (finished_at) WHERE state IN ('done', 'failed');

-- A row for each proof that found otherwise than the one before it.
CREATE TABLE proof_changes (
    proof TEXT NOT NULL CONSTRAINT proof_changes_proof PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('integration', 'datasource')),
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    at INTEGER NOT NULL,
    checks TEXT NOT NULL
) STRICT;
CREATE INDEX proof_changes_by_project ON proof_changes (project, at);
