//! The portal over a real authority, on a real port, asked by a real HTTP client.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

mod accounts;
mod anyone;
mod api;
mod api_accounts;
mod api_lists;
mod api_page;
mod api_rest;
mod clock;
mod desk;
mod headers;
mod holder;
mod import;
mod injection;
mod limits;
mod made;
mod once;
mod panics;
mod pictures;
mod profile;
mod seals;
mod sold;
mod stage;
mod support;
mod webhooks;
mod webhooks_page;
