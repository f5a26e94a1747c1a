//! The claims of a status report.

use ciborium::Value;

use crate::{
    ActivationId, ComponentKind, DevicePublicKey, ExchangePublicKey, KeyId, Label, ParseFault,
    ProductCode, RequestNumber, Sequence, State, Timestamp, VendorId,
    claims::{self, Reader},
    direction::{self, DeviceHead, sealed::Payload},
};

/// What support needs to see of a device, and nothing secret (`docs/spec/tokens.md`, kind 65008).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// When it was made, by the device's clock.
    pub issued_at: Timestamp,
    /// The vendor it is for.
    pub vendor: VendorId,
    /// The exchange key it is for: so that nobody can seal it anew to someone else.
    pub recipient: KeyId,
    /// The product it is about.
    pub product: ProductCode,
    /// The device key's counter.
    pub number: RequestNumber,
    /// The key that signs for the device; it signed this.
    pub signing_key: DevicePublicKey,
    /// The key that answers are sealed to, where the device has one.
    pub exchange_key: Option<ExchangePublicKey>,
    /// What its user calls the device.
    pub label: Label,
    /// Operating system and processor architecture.
    pub platform: Label,
    /// The version of the program that made it.
    pub client: Label,
    /// What the license is to its program.
    pub state: State,
    /// Why: the number of a catalogue code.
    pub reason: Option<u16>,
    /// The activation that the device holds.
    pub activation: Option<ActivationId>,
    /// The sequence number of its grant.
    pub sequence: Option<Sequence>,
    /// When its lease ends.
    pub lease_expires_at: Option<Timestamp>,
    /// Until when the state lasts, or since when it is over.
    pub until: Option<Timestamp>,
    /// The largest time that the device has seen.
    pub clock_floor: Timestamp,
    /// The components that changed since enrolment.
    pub changed: Vec<ComponentKind>,
    /// When emergency runs were taken since the last contact: at most 16, ascending.
    pub emergency_runs: Vec<Timestamp>,
    /// Whether the store was repaired after damage.
    pub store_repaired: bool,
}

impl Payload for StatusReport {
    fn payload(&self) -> Vec<u8> {
        let exchange = self.exchange_key.as_ref().map(ExchangePublicKey::to_sec1);
        let changed = self.changed.iter().map(|kind| kind.number().into());
        let changed = (!self.changed.is_empty()).then(|| Value::Array(changed.collect()));
        let activation = self.activation.map(|id| claims::bytes(id.as_bytes()));
        direction::device_payload(self, |own| {
            own.maybe(
                claims::EXCHANGE_KEY,
                exchange.map(|key| claims::bytes(&key)),
            )
            .put(claims::LABEL, self.label.as_str())
            .put(claims::PLATFORM, self.platform.as_str())
            .put(claims::CLIENT, self.client.as_str())
            .maybe(claims::ACTIVATION, activation)
            .maybe(claims::SEQUENCE, self.sequence.map(|sequence| sequence.0))
            .maybe(claims::EMERGENCY_RUNS, claims::times(&self.emergency_runs))
            .put(claims::STATE, self.state.number())
            .maybe(claims::STANDING_REASON, self.reason)
            .maybe(
                claims::LEASE_EXPIRES_AT,
                self.lease_expires_at.map(Timestamp::unix),
            )
            .maybe(claims::UNTIL, self.until.map(Timestamp::unix))
            .put(claims::CLOCK_FLOOR, self.clock_floor.unix())
            .maybe(claims::CHANGED, changed)
            .maybe(claims::STORE_REPAIRED, self.store_repaired.then_some(true))
        })
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        DeviceHead::read(payload, |head, own| {
            let exchange_key = own.maybe_exchange_key()?;
            Ok(Self {
                issued_at: head.issued_at,
                vendor: head.vendor,
                recipient: head.recipient,
                product: head.product,
                number: head.number,
                signing_key: head.signing_key,
                exchange_key,
                label: own.bounded(claims::LABEL, "label")?,
                platform: own.bounded(claims::PLATFORM, "platform")?,
                client: own.bounded(claims::CLIENT, "client")?,
                state: own.numbered(claims::STATE, "state", State::from_number)?,
                reason: read_reason(own)?,
                activation: own.maybe_fixed(claims::ACTIVATION)?.map(ActivationId::new),
                sequence: own.maybe_uint(claims::SEQUENCE)?.map(Sequence),
                lease_expires_at: own.maybe_time(claims::LEASE_EXPIRES_AT)?,
                until: own.maybe_time(claims::UNTIL)?,
                clock_floor: own.time(claims::CLOCK_FLOOR)?,
                changed: read_changed(own)?,
                emergency_runs: own.emergency_runs()?,
                store_repaired: own.flag(claims::STORE_REPAIRED)?,
            })
        })
    }
}

/// A code's number; which of them there are, each version of the catalogue knows for itself.
fn read_reason(own: &mut Reader) -> Result<Option<u16>, ParseFault> {
    own.maybe_uint(claims::STANDING_REASON)?
        .map(|number| match u16::try_from(number) {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(ParseFault::Malformed { what: "reason" }),
        })
        .transpose()
}

fn read_changed(own: &mut Reader) -> Result<Vec<ComponentKind>, ParseFault> {
    const MALFORMED: ParseFault = ParseFault::Malformed { what: "changed" };
    let numbers = own.list(claims::CHANGED, usize::from(u8::MAX))?;
    let mut kinds = Vec::new();
    for value in numbers {
        let number = value.as_integer().and_then(|n| u64::try_from(n).ok());
        let number = number.filter(|n| *n > 0).ok_or(MALFORMED)?;
        let kind = ComponentKind::from_number(number).ok_or(ParseFault::NewerFormat)?;
        if kinds.last().is_some_and(|last| *last >= kind) {
            return Err(MALFORMED);
        }
        kinds.push(kind);
    }
    Ok(kinds)
}
