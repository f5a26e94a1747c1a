-- Lists that licenses are made from in the portal. Several portals share them: one at a time works on
-- each, and another one goes on where it ended without a word.
CREATE TABLE license_lists (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- As it was brought, and how many rows it has.
    sheet BLOB NOT NULL,
    row_count BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('checked', 'working', 'done')),
    created_at BIGINT NOT NULL,
    -- Who began it, as the audit log names them.
    actor TEXT,
    begun_at BIGINT,
    ended_at BIGINT,
    -- Who works on it, until when nobody else does.
    worker BLOB,
    held_until BIGINT,
    -- Why it does not go on at the moment.
    trouble TEXT,
    CHECK ((state = 'checked') = (begun_at IS NULL)),
    CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
CREATE INDEX license_lists_in_order ON license_lists (created_at, id);

-- The activation requests that rows name.
CREATE TABLE license_list_files (
    list BLOB NOT NULL REFERENCES license_lists (id),
    name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (list, name)
);

-- What would come of each row, and what came of it.
CREATE TABLE license_list_rows (
    list BLOB NOT NULL REFERENCES license_lists (id),
    number BIGINT NOT NULL,
    reference TEXT,
    forecast TEXT NOT NULL CHECK (forecast IN ('ready', 'unchanged', 'refused')),
    outcome TEXT CHECK (outcome IN ('made', 'unchanged', 'refused')),
    license BLOB REFERENCES licenses (id),
    -- Why it was refused: the code, and its message.
    code TEXT,
    message TEXT,
    PRIMARY KEY (list, number),
    CHECK ((COALESCE(outcome, '') = 'refused') = (code IS NOT NULL))
);

-- What the overview looks for.
CREATE INDEX entitlements_by_end ON entitlements (ends_at);
CREATE INDEX audit_by_time ON audit (at);
