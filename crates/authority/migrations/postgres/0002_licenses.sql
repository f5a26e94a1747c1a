-- License files (docs/spec/license.md). A license is what its latest file says.

CREATE TABLE licenses (
    id BYTEA NOT NULL PRIMARY KEY,
    product TEXT NOT NULL REFERENCES products (code),
    created_at BIGINT NOT NULL
);
CREATE INDEX licenses_in_order ON licenses (created_at, id);

-- Every file that was signed, byte for byte, and what it says.
CREATE TABLE license_files (
    license BYTEA NOT NULL REFERENCES licenses (id),
    sequence BIGINT NOT NULL,
    file BYTEA NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    issued_at BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    -- Without an end it is perpetual.
    ends_at BIGINT,
    features TEXT NOT NULL,
    edition TEXT,
    holder TEXT,
    grace BIGINT NOT NULL,
    binding TEXT NOT NULL CHECK (binding IN ('unbound', 'usb', 'device')),
    usb_id TEXT,
    volume TEXT,
    components BYTEA,
    tolerance BIGINT,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (license, sequence),
    CHECK ((binding = 'usb') = (usb_id IS NOT NULL)),
    CHECK (volume IS NULL OR binding = 'usb'),
    CHECK ((binding = 'device') = (components IS NOT NULL)),
    CHECK ((binding = 'device') = (tolerance IS NOT NULL))
);

-- Whatever the code above does: numbers rise, and nothing follows a revocation (rule A8).
CREATE FUNCTION license_files_rise() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM license_files
        WHERE license = NEW.license AND (sequence >= NEW.sequence OR status = 'revoked')
    ) THEN
        RAISE EXCEPTION 'a license file has a higher number than those before it, and none follows a revoked one';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER license_files_rise BEFORE INSERT ON license_files
FOR EACH ROW EXECUTE FUNCTION license_files_rise();

-- docs/spec/audit.md: the license that an entry is about, covered like the rest of it.
ALTER TABLE audit ADD COLUMN license BYTEA;

DROP TRIGGER audit_is_not_changed ON audit;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
FOR EACH ROW
WHEN (OLD.position IS NOT NULL
    OR NEW.position IS NULL
    OR NEW.id <> OLD.id
    OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action
    OR NEW.product IS DISTINCT FROM OLD.product
    OR NEW.entitlement IS DISTINCT FROM OLD.entitlement
    OR NEW.activation IS DISTINCT FROM OLD.activation
    OR NEW.device IS DISTINCT FROM OLD.device
    OR NEW.token IS DISTINCT FROM OLD.token
    OR NEW.license IS DISTINCT FROM OLD.license
    OR NEW.detail <> OLD.detail)
EXECUTE FUNCTION audit_is_append_only();
