//! The vendor's portal: web pages over the authority.
//!
//! It holds no rules. A page unpacks what arrives, calls [`keyferry_authority::Authority`], and shows
//! what became of it in the catalogue's words. What has to be remembered between two requests lies in
//! the authority's database, so that several portals may share it.
//!
//! [`Portal::router`] has all pages; [`serve`] listens with the limits of `docs/guides/portal.md`.

mod accent;
mod account;
mod answer;
mod api;
mod assets;
mod audit_file;
mod body;
mod brand;
mod caller;
mod desk;
mod frame;
mod guard;
mod health;
mod holder;
mod listed;
mod metrics;
mod panics;
mod portal;
mod present;
mod scan;
mod server;
mod session;
mod sign_in;
mod support;
mod to_the_end;
mod trouble;
mod watch;
mod webhooks;
mod words;
mod work;

pub use answer::MAX_PICTURES;
pub use api::api_description;
pub use body::{MAX_ANSWERS, MAX_BODY};
pub use panics::log_panics;
pub use portal::{Config, Patience, Portal};
pub use server::serve;
pub use webhooks::WebhookReach;
