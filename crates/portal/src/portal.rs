//! The portal as a whole: what it is over, how it is set, and which pages it has.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use keyferry_authority::{ApiRate, Authority, PortalAddress, ProfileFault};
use tokio::sync::{Notify, Semaphore};

use crate::{
    WebhookReach, answer, api, assets, body, brand::Brands, caller, desk, guard, health, holder,
    metrics::Metrics, panics, present, scan, sign_in, support, trouble::Trouble, watch,
};

/// How a portal is set.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The proxies in front of it, by address. What they say about the client's address and about
    /// TLS is believed, and nobody else's word is; without any, each client is who connects.
    pub proxies: Vec<IpAddr>,
    /// How long it waits.
    pub patience: Patience,
    /// How often a program may call the API.
    pub api_rate: ApiRate,
    /// Where webhooks may lead.
    pub webhooks: WebhookReach,
}

/// How long a portal waits for slow clients, and for what is under way when it is to stop.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the whole head of a request, and between two requests.
    pub head: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// For a client that takes no more of its answer.
    pub write: Duration,
    /// For requests that are under way when it is to stop.
    pub stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            body: Duration::from_mins(1),
            write: Duration::from_secs(30),
            stop: Duration::from_secs(30),
        }
    }
}

/// The portal of one authority. A clone is the same portal.
#[derive(Clone)]
pub struct Portal(Arc<Inner>);

struct Inner {
    authority: Arc<Authority>,
    address: Option<PortalAddress>,
    brands: Brands,
    config: Config,
    metrics: Metrics,
    places: answer::Places,
    large: Arc<Semaphore>,
    wake: Notify,
}

impl Portal {
    /// A portal over an open authority.
    ///
    /// # Errors
    /// Those of the authority's profile.
    pub async fn new(authority: Arc<Authority>, config: Config) -> Result<Self, ProfileFault> {
        let profile = authority.profile().await?;
        let address = profile.portal.as_deref();
        let address = address.and_then(|address| PortalAddress::new(address).ok());
        Ok(Self(Arc::new(Inner {
            brands: Brands::new(profile),
            authority,
            address,
            config,
            metrics: Metrics::new(),
            places: answer::Places::default(),
            large: Arc::new(Semaphore::new(body::MOST_LARGE)),
            wake: Notify::new(),
        })))
    }

    /// All pages. A part of the portal is a module with `routes()`, and is merged here.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(answer::routes())
            .merge(api::routes(self))
            .merge(assets::routes())
            .merge(desk::routes())
            .merge(health::routes())
            .merge(holder::routes())
            .merge(scan::routes())
            .merge(sign_in::routes())
            .merge(support::routes())
            .fallback(async || Trouble::page_unknown())
            .method_not_allowed_fallback(async || Trouble::page_not_asked())
            // Bodies are bounded before, page by page.
            .layer(DefaultBodyLimit::disable())
            // The last one is the first that a request meets.
            .layer(middleware::from_fn_with_state(self.clone(), body::whole))
            .layer(middleware::from_fn(guard::own_forms_only))
            .layer(middleware::from_fn(panics::answered))
            .layer(middleware::from_fn_with_state(
                self.clone(),
                present::present,
            ))
            .layer(middleware::from_fn(panics::answered_barely))
            .layer(middleware::from_fn(guard::guard))
            .layer(middleware::from_fn_with_state(self.clone(), watch::watch))
            .layer(middleware::from_fn_with_state(
                self.clone(),
                caller::introduce,
            ))
            .with_state(self.clone())
    }

    /// What is counted, for a listener of its own: its one page is `/metrics`.
    pub fn metrics_router(&self) -> Router {
        self.0.metrics.router()
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The address that customers know.
    pub(crate) fn address(&self) -> Option<&str> {
        self.0.address.as_ref().map(PortalAddress::as_str)
    }

    pub(crate) fn brands(&self) -> &Brands {
        &self.0.brands
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// The places of what takes many times what its request does.
    pub(crate) fn places(&self) -> &answer::Places {
        &self.0.places
    }

    /// The places of large requests.
    pub(crate) fn large(&self) -> &Arc<Semaphore> {
        &self.0.large
    }

    /// Says that there is something to work on.
    pub(crate) fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Waits until that is said.
    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}
