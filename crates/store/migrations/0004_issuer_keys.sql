-- The keys that sign Tidegate's own tokens. A key is published before it signs, and until its last token has ended.
CREATE TABLE issuer_keys (
    id TEXT NOT NULL CONSTRAINT issuer_keys_id PRIMARY KEY,
    -- 1, 2, 3, ...: two nodes that make the next one at once meet here.
    number INTEGER NOT NULL CONSTRAINT issuer_keys_number UNIQUE,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    -- Null: no newer key takes its place yet.
    published_until INTEGER,
    public TEXT NOT NULL,
    root_key_id TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
