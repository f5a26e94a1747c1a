-- Holders who have entered with their secret, for a short while. The session's own secret is here as an HMAC only.
CREATE TABLE holder_sessions (
    digest BYTEA NOT NULL PRIMARY KEY,
    entitlement BYTEA NOT NULL REFERENCES entitlements (id),
    begun_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX holder_sessions_by_end ON holder_sessions (ends_at);
