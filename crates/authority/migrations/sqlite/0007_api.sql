-- Programs that may call the API. The secret of each is here as an HMAC only.
CREATE TABLE api_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- A JSON array of permissions by their names.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

-- How often each called within the minute.
CREATE TABLE api_calls (
    token BLOB NOT NULL REFERENCES api_tokens (id),
    minute BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (token, minute)
);

-- What each got for an Idempotency-Key, for a day. The answer is sealed: only who has the token's secret, beside
-- the authority's keys, can open it.
CREATE TABLE api_answers (
    token BLOB NOT NULL REFERENCES api_tokens (id),
    key_digest BLOB NOT NULL,
    request BLOB NOT NULL,
    begun_at BIGINT NOT NULL,
    answer BLOB,
    PRIMARY KEY (token, key_digest)
);
CREATE INDEX api_answers_by_age ON api_answers (begun_at);
