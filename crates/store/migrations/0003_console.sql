-- What the console asks of 10,000 integrations, 100,000 grants and 1,000,000 audit records is found on an
-- index and never by looking at them all.

-- What somebody signed in with. Personal data; goes with the session.
ALTER TABLE tokens ADD COLUMN device TEXT;
CREATE INDEX tokens_by_end ON tokens (project, expires_at) WHERE kind = 'api' AND revoked_at IS NULL;

CREATE INDEX integrations_by_state ON integrations (project, state, name);
CREATE INDEX integrations_by_method ON integrations (project, method, name);
-- The settings role_arn and endpoint, a blank between them: which integrations share a role is asked whenever
-- something is taken back.
ALTER TABLE integrations ADD COLUMN role TEXT;
UPDATE integrations SET role = substr(settings, instr(settings, '"role_arn":"') + 12)
    WHERE settings LIKE '%"role_arn":"%';
UPDATE integrations SET role = substr(role, 1, instr(role, '"') - 1) || ' ' WHERE role IS NOT NULL;
UPDATE integrations SET role = role || substr(substr(settings, instr(settings, '"endpoint":"') + 12), 1,
        instr(substr(settings, instr(settings, '"endpoint":"') + 12), '"') - 1)
    WHERE role IS NOT NULL AND settings LIKE '%"endpoint":"%';
CREATE INDEX integrations_by_role ON integrations (project, role) WHERE role IS NOT NULL;
DROP INDEX datasources_by_integration;
CREATE INDEX datasources_by_integration ON datasources (integration, name);
CREATE INDEX datasources_by_usable ON datasources (project, usable, name);
CREATE INDEX secrets_by_age ON secrets (project, created_at, owner, field, version) WHERE state = 'current';

-- Of those not taken back, and what still works of them.
DROP INDEX grants_by_integration;
DROP INDEX grants_by_datasource;
CREATE INDEX grants_by_integration ON grants (integration, id);
CREATE INDEX grants_by_datasource ON grants (datasource, id);
CREATE INDEX grants_by_kind ON grants (project, kind, id);
CREATE INDEX grants_standing ON grants (project, expires_at, id) WHERE revoked_at IS NULL;
-- All that is asked before something is taken back is counted on it alone.
CREATE INDEX grants_standing_usable
    ON grants (project, usable_until, principal, integration, datasource, revocability, id) WHERE revoked_at IS NULL;
CREATE INDEX grants_standing_by_integration ON grants (integration, usable_until, expires_at, principal)
    WHERE revoked_at IS NULL;
CREATE INDEX grants_standing_by_datasource ON grants (datasource, usable_until, expires_at, principal)
    WHERE revoked_at IS NULL;
CREATE INDEX grants_taken_back ON grants (project, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX grants_awaiting_cut_off ON grants (integration, usable_until)
    WHERE revoked_at IS NOT NULL AND cut_off_at IS NULL;

-- Most is done, so these two are small. They hold all that is filtered by; with the outcome before the place
-- in the log they are taken rather than the log itself.
CREATE INDEX audit_records_refused ON audit_records (log, outcome, seq, time, action, principal)
    WHERE outcome = 'refused';
CREATE INDEX audit_records_failed ON audit_records (log, outcome, seq, time, action, principal)
    WHERE outcome = 'failed';
-- What one did of one kind is found without looking at each record.
DROP INDEX audit_records_by_principal;
CREATE INDEX audit_records_by_principal ON audit_records (log, principal, seq, action);

-- The newest proof of each integration and datasource, in short; it goes with what it is about.
CREATE TABLE last_proofs (
    owner_id TEXT NOT NULL CONSTRAINT last_proofs_owner_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- The integration itself, or that of the datasource.
    integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    datasource TEXT REFERENCES datasources (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    -- The checks that found a right which is not needed: words with a blank after each.
    too_wide TEXT NOT NULL,
    CHECK (owner_id = COALESCE(datasource, integration))
) STRICT;
CREATE INDEX last_proofs_by_status ON last_proofs (project, status, checked_at);
CREATE INDEX last_proofs_by_integration ON last_proofs (integration, status);
CREATE INDEX last_proofs_by_datasource ON last_proofs (datasource);
CREATE INDEX last_proofs_too_wide ON last_proofs (integration) WHERE too_wide <> '';

INSERT INTO last_proofs (owner_id, project, integration, datasource, status, checked_at, too_wide)
SELECT p.owner_id, p.project, COALESCE(d.integration, i.id), d.id, p.status, p.checked_at,
    CASE WHEN p.document LIKE '%{"name":"base-identity-bare","status":"warning"%' THEN 'base-identity-bare ' ELSE '' END
    || CASE WHEN p.document LIKE '%{"name":"excess-write","status":"warning"%' THEN 'excess-write ' ELSE '' END
    || CASE WHEN p.document LIKE '%{"name":"excess-other-prefix","status":"warning"%'
        THEN 'excess-other-prefix ' ELSE '' END
    || CASE WHEN p.document LIKE '%{"name":"excess-other-bucket","status":"warning"%'
        THEN 'excess-other-bucket ' ELSE '' END
    || CASE WHEN p.document LIKE '%{"name":"excess-administration","status":"warning"%'
        THEN 'excess-administration ' ELSE '' END
FROM proofs p
LEFT JOIN integrations i ON i.id = p.owner_id
LEFT JOIN datasources d ON d.id = p.owner_id
WHERE p.id = (SELECT MAX(q.id) FROM proofs q WHERE q.owner_id = p.owner_id)
    AND (i.id IS NOT NULL OR d.id IS NOT NULL);

-- How long it took to reach a bucket, from the server and from people's browsers.
CREATE TABLE latency_samples (
    id TEXT NOT NULL CONSTRAINT latency_samples_id PRIMARY KEY,
    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    datasource TEXT NOT NULL REFERENCES datasources (id) ON DELETE CASCADE,
    side TEXT NOT NULL CHECK (side IN ('server', 'browser')),
    -- Of the bucket; empty where it is not known.
    region TEXT NOT NULL,
    micros INTEGER NOT NULL,
    measured_at INTEGER NOT NULL
) STRICT;
CREATE INDEX latency_samples_by_region ON latency_samples (project, side, region, id);
CREATE INDEX latency_samples_by_datasource ON latency_samples (datasource, side, id);
