-- What other systems know entitlements by: brought again, a row of a list finds the one that it made.
CREATE TABLE entitlement_references (
    reference TEXT NOT NULL PRIMARY KEY,
    entitlement BYTEA NOT NULL UNIQUE REFERENCES entitlements (id)
);
