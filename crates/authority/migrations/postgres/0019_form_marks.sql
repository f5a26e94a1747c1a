-- Forms of the vendor's pages that made something: none makes it twice. Each is here by the digest of the mark that
-- it had, until the mark counts no more.
CREATE TABLE form_marks (
    digest BYTEA NOT NULL PRIMARY KEY,
    -- What was done, by its name in the audit log, and what came of it: "entitlement ID".
    action TEXT NOT NULL,
    made TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX form_marks_by_end ON form_marks (ends_at);
