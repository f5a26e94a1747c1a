//! Keyferry's wire formats: parse, verify, seal, open, armor and QR text.
