-- Addresses that are told what the audit log says. Their secrets are sealed with a key that is not in here.
CREATE TABLE webhooks (
    id BLOB NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    -- A JSON array of actions of the audit log; an empty one means all.
    events TEXT NOT NULL,
    secret BLOB NOT NULL,
    -- The secret before, while both sign.
    old_secret BLOB,
    old_until BIGINT,
    -- The last position of the audit log from which deliveries were made.
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    removed_at BIGINT
);

-- What each is to be told, and what became of it.
CREATE TABLE webhook_deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    webhook BLOB NOT NULL REFERENCES webhooks (id),
    position BIGINT NOT NULL,
    event TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it may be tried; a portal that tries it moves this ahead, so that no other does.
    next_at BIGINT NOT NULL,
    ended_at BIGINT,
    -- The last attempt: the status that was answered, or what was the matter.
    answered BIGINT,
    trouble TEXT,
    UNIQUE (webhook, position)
);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (status, next_at);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook, position);
