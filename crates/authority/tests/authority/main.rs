//! The authority from outside: real keys, a real SQLite file, real tokens.

#![expect(
    clippy::unwrap_used,
    reason = "what tests share fails like the tests that it serves"
)]

mod accounts;
mod api_tokens;
mod apps;
mod audit;
mod codes;
mod concurrency;
mod contact;
mod deactivation;
mod door;
mod entitlement_change;
mod entitlement_state;
mod entitlements;
mod forged;
mod forms;
mod found;
mod key_lock;
mod keys;
mod killed;
mod license_changes;
mod license_lists;
mod licenses;
mod lost;
mod migration;
mod moving;
mod people;
mod privacy;
mod product_change;
mod proof;
mod refresh;
mod refusals;
mod restore;
mod rows;
mod scene;
mod seats;
mod server;
mod setup;
mod sign_in;
mod signed_anew;
mod status;
mod tampering;
mod terms;
mod time;
mod unproven;
mod vendor;
mod webhooks;
