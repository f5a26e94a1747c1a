//! What users and vendors do.

use keyferry_gap::Rescue;
use keyferry_token::ActivationId;

use crate::world::{Broken, Desk, World};

impl World<'_> {
    pub(crate) fn request(&mut self, desk: usize, code: usize, anew: bool) -> Result<bool, Broken> {
        let code = self.code(code).clone();
        let computer = &self.touched(desk).computer;
        let asked = if anew {
            computer.request_anew(&code)
        } else {
            computer.request(&code)
        };
        match asked {
            Ok(asked) => {
                self.put(desk, true, asked.bytes);
                Ok(true)
            }
            Err(fault) => {
                self.tally.refused("client", &fault.problem())?;
                Ok(false)
            }
        }
    }

    pub(crate) fn activate(&mut self, desk: usize, code: usize) -> Result<(), Broken> {
        if self.request(desk, code, false)? {
            self.carry(0, false)?;
            // What came back, if anything did.
            if self.letters.last().is_some_and(|letter| !letter.to_vendor) {
                self.carry(0, false)?;
            }
        }
        Ok(())
    }

    pub(crate) fn activation(&self, activation: usize) -> Option<ActivationId> {
        let all: Vec<_> = self
            .sold
            .iter()
            .flat_map(|sold| self.acme.activations(sold.entitlement.id))
            .collect();
        let found = all.get(activation % all.len().max(1))?;
        Some(found.id)
    }

    /// What a computer says that it holds.
    pub(crate) fn held(&self, desk: usize) -> Option<ActivationId> {
        let found = self.at(desk).client().standing(&self.product);
        Some(found.ok()?.grant?.activation)
    }

    pub(crate) fn refresh(&mut self, activation: ActivationId) -> Result<(), Broken> {
        match self.acme.refresh(activation) {
            Ok(refresh) => {
                self.tally.count("vendor: refresh made");
                let device = self.acme.record(activation).activation.device;
                let is_its = |desk: &Desk| {
                    let known = desk.computer.client().device();
                    known.is_ok_and(|facts| facts.ids.iter().any(|(_, id)| *id == device))
                };
                if let Some(desk) = self.desks.iter().position(is_its) {
                    self.put(desk, false, refresh);
                }
                Ok(())
            }
            Err(fault) => self.tally.refused("vendor", &fault.problem()),
        }
    }

    pub(crate) fn deactivate(&mut self, desk: usize) -> Result<(), Broken> {
        match self.touched(desk).computer.deactivate() {
            Ok(made) => {
                self.put(desk, true, made.bytes);
                Ok(())
            }
            Err(fault) => self.tally.refused("client", &fault.problem()),
        }
    }

    pub(crate) fn give_away(&mut self, from: usize, to: usize) -> Result<(), Broken> {
        let Ok(request) = self.at(to).request(self.code(0)) else {
            return Ok(());
        };
        self.touched(to);
        let product = self.product.clone();
        let client = self.touched(from).computer.client();
        let moved = client
            .read_move_request(&request.bytes)
            .map_err(|fault| fault.problem())
            .and_then(|request| {
                client
                    .move_away(&product, Some(&request))
                    .map_err(|fault| fault.problem())
            });
        match moved {
            Ok(moved) => {
                self.tally.count("client: moved");
                self.put(to, true, moved.armored.into_bytes());
                Ok(())
            }
            Err(problem) => self.tally.refused("client", &problem),
        }
    }

    pub(crate) fn release(&mut self, activation: ActivationId) -> Result<(), Broken> {
        match self.acme.release_lost(activation) {
            Ok(()) => {
                self.tally.count("vendor: released");
                Ok(())
            }
            Err(fault) => self.tally.refused("vendor", &fault.problem()),
        }
    }

    pub(crate) fn emergency(&mut self, desk: usize) -> Result<(), Broken> {
        let product = self.product.clone();
        let client = self.touched(desk).computer.client();
        match client.take_emergency(&product) {
            Ok(_) => {
                self.tally.count("client: emergency run");
                Ok(())
            }
            Err(fault) => self.tally.refused("client", &fault.problem()),
        }
    }

    pub(crate) fn ask_time(&mut self, desk: usize) -> Result<(), Broken> {
        let product = self.product.clone();
        let client = self.touched(desk).computer.client();
        match client.request_time(Some(&product)) {
            Ok(asked) => {
                self.put(desk, true, asked.bytes);
                Ok(())
            }
            Err(fault) => self.tally.refused("client", &fault.problem()),
        }
    }

    pub(crate) fn status(&mut self, desk: usize) -> Result<(), Broken> {
        let product = self.product.clone();
        let client = self.touched(desk).computer.client();
        match client.status_report(&product) {
            Ok(report) => {
                self.put(desk, true, report.bytes);
                Ok(())
            }
            Err(fault) => self.tally.refused("client", &fault.problem()),
        }
    }

    /// A user who does what the program says, and a vendor who is willing, make a computer run again.
    pub(crate) fn rescue(&mut self, desk: usize) -> Result<(), Broken> {
        self.acme.reinstate(&self.sold[0]);
        self.acme.reinstate(&self.sold[1]);
        let rescue = Rescue {
            vendor: &self.acme,
            sold: &self.sold[0],
            time: &self.time,
        };
        let at = self.desk(desk);
        match rescue.of(&self.desks[at].computer) {
            Ok(rescued) => {
                self.tally
                    .count(format!("rescued in {} trips", rescued.trips));
                for code in rescued.told {
                    self.tally.code("told on the way", code);
                }
                self.look_anew();
                Ok(())
            }
            Err(stranded) => Err(format!("stranded: {stranded:?}")),
        }
    }
}
