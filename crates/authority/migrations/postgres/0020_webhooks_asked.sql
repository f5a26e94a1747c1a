-- When somebody last asked for a test message, and for a delivery to be sent again.
ALTER TABLE webhooks ADD COLUMN tested_at BIGINT;
ALTER TABLE webhook_deliveries ADD COLUMN asked_at BIGINT;
-- Until when a portal that tries it has it for itself.
ALTER TABLE webhook_deliveries ADD COLUMN taken_until BIGINT;
