//! Webhooks carried out: what the authority says is due is sent, signed, to where it leads, and what came of
//! it is noted. Any number of portals may do it at once over one database.

mod reach;
mod send;

use std::{net::IpAddr, sync::Arc, time::Duration};

use keyferry_authority::{DueDelivery, Told};
use tokio::{task::JoinSet, time};

use crate::{Portal, panics::caught};
use send::Sender;

/// How often to look for what is due.
const LOOK: Duration = Duration::from_secs(2);
/// The most that is sent at once.
const AT_ONCE: u32 = 8;

/// Where webhooks may lead besides public addresses.
#[derive(Clone, Debug, Default)]
pub struct WebhookReach {
    /// Addresses of the vendor's own network, or of the portal's machine.
    pub allowed: Vec<IpAddr>,
    /// Authorities (DER) that certificates of receivers may be by, besides those that the system trusts.
    pub authorities: Vec<Vec<u8>>,
}

impl Portal {
    /// Sends what webhooks are to be told, until `stop` is done. What is under way then is given up
    /// and tried again later, here or elsewhere.
    pub async fn tell_webhooks(&self, stop: impl Future<Output = ()>) {
        let sender = Arc::new(Sender::new(self.config().webhooks.clone()));
        let mut stop = std::pin::pin!(stop);
        loop {
            let round = async {
                while caught(self.round(&sender)).await.unwrap_or(false) {}
                time::sleep(LOOK).await;
            };
            tokio::select! {
                () = round => {}
                () = &mut stop => return,
            }
        }
    }

    /// Sends what is due; whether there may be more.
    async fn round(&self, sender: &Arc<Sender>) -> bool {
        let authority = self.authority();
        let due = match authority.webhooks_spread().await {
            Ok(()) => authority.webhooks_take(AT_ONCE).await,
            Err(fault) => Err(fault),
        };
        let due = match due {
            Ok(due) => due,
            Err(fault) => {
                tracing::warn!(code = fault.code().as_str(), "webhooks are not told");
                return false;
            }
        };
        let more = due.len() >= AT_ONCE as usize;
        let mut under_way: JoinSet<(DueDelivery, Told)> = JoinSet::new();
        for delivery in due {
            let sender = Arc::clone(sender);
            under_way.spawn(async move {
                let told = sender.send(&delivery).await;
                (delivery, told)
            });
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((delivery, told)) = done else { continue };
            if let Err(fault) = authority.webhooks_note(&delivery, &told).await {
                let code = fault.code().as_str();
                tracing::warn!(code, message = delivery.message, "a delivery was not noted");
            }
        }
        more
    }
}
