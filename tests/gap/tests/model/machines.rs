//! What happens to machines, and what somebody with all rights on them does.

use keyferry_client::Reset;
use keyferry_fixtures::FakeMachine;
use keyferry_gap::Snapshot;
use keyferry_token::{ComponentKind, Timestamp};

use crate::{
    ops::Op,
    world::{Broken, MOST, World},
};

impl World<'_> {
    /// Something happens to a machine.
    pub(crate) fn befalls(&mut self, op: Op) -> Result<(), Broken> {
        match op {
            Op::SetClock { desk, off } => {
                let right = i64::try_from(self.time.now().unix()).unwrap_or(i64::MAX);
                let shown = u64::try_from(right + off * 3600).unwrap_or(0);
                let shown = Timestamp::from_unix(shown);
                self.touched(desk).computer.watch.set(shown);
            }
            Op::Reboot { desk } => self.touched(desk).computer.uptime.reboot(),
            Op::Damage { desk, file } => {
                let files = ["state", "state.previous", "key"];
                let computer = &self.touched(desk).computer;
                if computer.home().join(files[file]).exists() {
                    computer.damage(files[file]);
                }
            }
            Op::SetUpAnew { desk } => {
                let at = self.desk(desk);
                let computer = &self.touched(desk).computer;
                Snapshot::default().restore(&computer.home());
                self.desks[at].computer.trust(&self.acme);
            }
            Op::SwapPart { desk, part } => {
                let number = self.new_hardware();
                let computer = &mut self.touched(desk).computer;
                let kind = ComponentKind::ALL[part];
                let value = format!("spare part {number} 6T2W");
                computer.machine = computer.machine.clone().with(kind, &value);
            }
            Op::TakeSnapshot { desk } => {
                let desk = self.touched(desk);
                let snapshot = desk.computer.snapshot();
                desk.snapshots.push(snapshot);
            }
            Op::Restore { desk, snapshot } => self.restore(desk, snapshot),
            Op::Clone {
                desk,
                same_hardware,
            } => self.clone_desk(desk, same_hardware),
            Op::Reset { desk } => {
                let computer = &self.touched(desk).computer;
                match computer.client().reset_before_imaging() {
                    Ok(Reset::Done | Reset::Unchanged) => self.tally.count("client: reset"),
                    Err(fault) => return self.tally.refused("client", &fault.problem()),
                }
            }
            other => return Err(format!("nothing befalls a machine by {other:?}")),
        }
        Ok(())
    }

    fn restore(&mut self, desk: usize, snapshot: usize) {
        let desk = self.touched(desk);
        if desk.snapshots.is_empty() {
            return;
        }
        let newest = desk.snapshots.len() - 1;
        let snapshot = &desk.snapshots[newest - snapshot % desk.snapshots.len()];
        desk.computer.restore(snapshot);
        // Whoever puts the clock back as well is beyond every bound, and the threat model says so.
        if desk.computer.watch.is_behind() {
            desk.computer.watch.set_right();
        }
        self.tally.count("a snapshot was restored");
    }

    fn clone_desk(&mut self, desk: usize, same_hardware: bool) {
        if self.desks.len() >= MOST {
            return;
        }
        let at = self.desk(desk);
        let (machine, hardware) = if same_hardware {
            let original = &self.desks[at];
            (original.computer.machine.clone(), original.hardware)
        } else {
            let hardware = self.new_hardware();
            (FakeMachine::new(&format!("pc-{hardware}")), hardware)
        };
        let copy = self.desks[at].computer.copied_to(machine);
        self.add(copy, hardware);
    }
}
