-- Who signs in to the vendor's pages. What would let somebody in is here as digests, or sealed.

CREATE TABLE accounts (
    id BYTEA NOT NULL PRIMARY KEY,
    -- In small letters.
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'issuer', 'support', 'auditor')),
    disabled BOOLEAN NOT NULL,
    -- Argon2id over an HMAC, as a PHC string; none before the first link was used.
    password TEXT,
    -- What an app makes codes of (RFC 6238), sealed; and one that is not confirmed by a code yet.
    app BYTEA,
    next_app BYTEA,
    -- The session that made the latter, and until when it waits.
    next_app_session BYTEA,
    next_app_until BIGINT,
    -- The last half minute whose code counted: none counts twice.
    app_step BIGINT,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT
);

-- Codes in the place of the app's, each counting once.
CREATE TABLE account_recovery_codes (
    digest BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL REFERENCES accounts (id)
);
CREATE INDEX account_recovery_codes_by_account ON account_recovery_codes (account);

-- Links that set a password, one for an account at most.
CREATE TABLE account_links (
    digest BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL UNIQUE REFERENCES accounts (id),
    ends_at BIGINT NOT NULL
);

CREATE TABLE account_sessions (
    digest BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL REFERENCES accounts (id),
    begun_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- When the password was last given in it.
    proven_at BIGINT NOT NULL
);
CREATE INDEX account_sessions_by_account ON account_sessions (account);
CREATE INDEX account_sessions_by_end ON account_sessions (ends_at);

-- Refused attempts to sign in: by the name that was tried, as an HMAC, by address, and by both; and refused
-- passwords of those who are in, by account.
CREATE TABLE sign_in_refusals (
    scope TEXT NOT NULL CHECK (scope IN ('pair', 'address', 'name', 'own')),
    subject BYTEA NOT NULL,
    refused BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (scope, subject)
);
CREATE INDEX sign_in_refusals_by_time ON sign_in_refusals (last_at);
