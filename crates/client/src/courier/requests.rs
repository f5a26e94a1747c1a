//! Requests of other computers on a courier: one of them may be what a license moves to.

use std::path::{Path, PathBuf};

use keyferry_courier::{Courier, Folder, Found, RealMedium, answered_name};

use super::CourierFault;
use crate::{Client, MoveRequest};

/// The request of another computer that a license could move to.
#[derive(Clone, Debug)]
pub struct RequestOnCourier {
    /// Where it is.
    pub file: PathBuf,
    /// What it is.
    pub request: MoveRequest,
}

impl Client {
    /// The requests of other computers on a medium that no answer lies beside: those that a courier has
    /// along, and those that somebody put at the root of the medium by hand. They are sealed, so that
    /// only whom they are for can be told. Changes nothing.
    ///
    /// # Errors
    /// `file_not_found` when `root` is not there; `courier_too_many`, `usb_key_pulled`,
    /// `file_unreadable`.
    pub fn courier_move_requests(
        &self,
        root: &Path,
    ) -> Result<Vec<RequestOnCourier>, CourierFault> {
        let courier = Courier::at(&RealMedium, root)?;
        let inbox = courier.names(Folder::Inbox)?;
        let answered: Vec<String> = inbox
            .iter()
            .filter_map(|name| answered_name(name))
            .collect();
        let mut requests: Vec<RequestOnCourier> = Vec::new();
        let mut add = |found: Found| {
            let request = self.request_of_another(found);
            // The same request in two files is one request.
            requests.extend(request.filter(|one| {
                let mut others = requests.iter();
                !others.any(|other| other.request.bytes == one.request.bytes)
            }));
        };
        for name in courier.names(Folder::Outbox)? {
            if !answered.contains(&name.to_ascii_uppercase()) {
                add(courier.found(Folder::Outbox, &name)?);
            }
        }
        for name in courier.loose_names()? {
            add(courier.found_loose(&name)?);
        }
        Ok(requests)
    }

    fn request_of_another(&self, found: Found) -> Option<RequestOnCourier> {
        let request = self.read_move_request(&found.content?).ok()?;
        Some(RequestOnCourier {
            file: found.path,
            request,
        })
    }
}
