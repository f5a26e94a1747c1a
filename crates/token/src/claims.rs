//! Reading and writing signed claims: integer keys in ascending order, each read once, none left.
//!
//! Rule for unknown keys (`docs/spec/formats.md`): a positive one changes what the claims mean
//! and makes an old reader stop; a negative one may be skipped.

use ciborium::Value;

use crate::{
    ComponentKind, ExchangePublicKey, FORMAT_VERSION, Feature, Fingerprint, ParseFault,
    ProductCode, Seconds, Timestamp, VendorId, cbor, text::BoundedText,
};

/// Label of the map with Keyferry's own claims in a CWT claims set: in the private-use range of
/// RFC 8392 §9.1 (below −65536).
pub(crate) const OWN: i64 = -65_537;
const IAT: i64 = 6;
const VERSION: i64 = 1;
/// The labels in that map, one registry for all kinds of token (`docs/spec/tokens.md`); 1 to 5 stand in
/// several kinds.
pub(crate) const SECRET: i64 = 6;
pub(crate) const EXCHANGE_KEY: i64 = 7;
pub(crate) const FINGERPRINT: i64 = 8;
pub(crate) const LABEL: i64 = 9;
pub(crate) const PLATFORM: i64 = 10;
pub(crate) const CLIENT: i64 = 11;
pub(crate) const ANSWERS: i64 = 12;
pub(crate) const GRANT: i64 = 13;
pub(crate) const ACTIVATION: i64 = 14;
pub(crate) const SEQUENCE: i64 = 15;
pub(crate) const REASON: i64 = 16;
pub(crate) const CHALLENGE: i64 = 17;
pub(crate) const EMERGENCY_RUNS: i64 = 18;
pub(crate) const REFUSED: i64 = 19;
pub(crate) const REFUSED_ARGS: i64 = 20;
pub(crate) const STATE: i64 = 21;
pub(crate) const STANDING_REASON: i64 = 22;
pub(crate) const LEASE_EXPIRES_AT: i64 = 23;
pub(crate) const UNTIL: i64 = 24;
pub(crate) const CLOCK_FLOOR: i64 = 25;
pub(crate) const CHANGED: i64 = 26;
pub(crate) const STORE_REPAIRED: i64 = 27;
/// Most emergency runs that a device tells of at once.
const MAX_EMERGENCY_RUNS: usize = 16;
/// Most features a grant or license lists.
pub(crate) const MAX_FEATURES: usize = 64;

/// A map being written.
#[derive(Default)]
pub(crate) struct Writer(Vec<(Value, Value)>);

impl Writer {
    pub(crate) fn put(mut self, key: i64, value: impl Into<Value>) -> Self {
        self.0.push((Value::from(key), value.into()));
        self
    }

    pub(crate) fn maybe<T: Into<Value>>(self, key: i64, value: Option<T>) -> Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Map(self.0)
    }
}

/// The payload of a signed artefact: registered claims, then the map of own claims.
pub(crate) fn payload(registered: Writer, own: Writer) -> Vec<u8> {
    cbor::write(&registered.put(OWN, own.finish()).finish())
}

/// The own claims' first entry.
pub(crate) fn own() -> Writer {
    Writer::default().put(VERSION, FORMAT_VERSION)
}

/// The registered claims' issue time.
pub(crate) fn issued(at: Timestamp) -> Writer {
    Writer::default().put(IAT, at.unix())
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(crate) fn texts<T: AsRef<str>>(list: &[T]) -> Value {
    Value::Array(list.iter().map(|text| Value::from(text.as_ref())).collect())
}

pub(crate) fn fingerprint(of: &Fingerprint) -> Value {
    Value::Map(
        of.iter()
            .map(|(kind, digest)| (kind.number().into(), bytes(digest)))
            .collect(),
    )
}

/// A list of times; none where there are none.
pub(crate) fn times(list: &[Timestamp]) -> Option<Value> {
    let times = list.iter().map(|time| time.unix().into());
    (!list.is_empty()).then(|| Value::Array(times.collect()))
}

/// A map being read; [`Reader::finish`] sees to it that nothing was overlooked.
pub(crate) struct Reader {
    name: &'static str,
    entries: Vec<(i64, Value)>,
}

impl Reader {
    pub(crate) fn new(name: &'static str, value: Value) -> Result<Self, ParseFault> {
        let Value::Map(map) = value else {
            return Err(ParseFault::Malformed { what: name });
        };
        let entries = map
            .into_iter()
            .map(|(key, value)| match key {
                Value::Integer(key) => i64::try_from(key).ok().map(|key| (key, value)),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or(ParseFault::Malformed { what: name })?;
        Ok(Self { name, entries })
    }

    /// Reads a signed payload: registered claims, own claims, and the format version checked.
    pub(crate) fn payload(payload: &[u8]) -> Result<(Self, Self), ParseFault> {
        let mut registered = Self::new("claims", cbor::read(payload)?)?;
        let mut own = Self::new("claims", registered.need(OWN)?)?;
        match own.uint(VERSION)? {
            FORMAT_VERSION => Ok((registered, own)),
            0 => Err(ParseFault::Malformed { what: "version" }),
            _ => Err(ParseFault::NewerFormat),
        }
    }

    pub(crate) fn take(&mut self, key: i64) -> Option<Value> {
        let at = self.entries.iter().position(|(k, _)| *k == key)?;
        Some(self.entries.swap_remove(at).1)
    }

    pub(crate) fn need(&mut self, key: i64) -> Result<Value, ParseFault> {
        self.take(key).ok_or(self.malformed())
    }

    /// Every positive key must have been read; negative ones are for later versions to add.
    pub(crate) fn finish(self) -> Result<(), ParseFault> {
        let unread = self.entries.iter().any(|(key, _)| *key >= 0);
        if unread {
            Err(ParseFault::NewerFormat)
        } else {
            Ok(())
        }
    }

    /// Every key must have been read: for header maps, where nothing may be added.
    pub(crate) fn finish_exactly(self) -> Result<(), ParseFault> {
        if self.entries.is_empty() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    pub(crate) fn malformed(&self) -> ParseFault {
        ParseFault::Malformed { what: self.name }
    }

    pub(crate) fn uint(&mut self, key: i64) -> Result<u64, ParseFault> {
        self.maybe_uint(key)?.ok_or(self.malformed())
    }

    pub(crate) fn maybe_uint(&mut self, key: i64) -> Result<Option<u64>, ParseFault> {
        self.take(key)
            .map(|value| match value {
                Value::Integer(number) => u64::try_from(number).map_err(|_| self.malformed()),
                _ => Err(self.malformed()),
            })
            .transpose()
    }

    pub(crate) fn flag(&mut self, key: i64) -> Result<bool, ParseFault> {
        match self.take(key) {
            None => Ok(false),
            // Said only when true: "false" would be a second encoding of the same claim.
            Some(Value::Bool(true)) => Ok(true),
            Some(_) => Err(self.malformed()),
        }
    }

    pub(crate) fn time(&mut self, key: i64) -> Result<Timestamp, ParseFault> {
        self.maybe_time(key)?.ok_or(self.malformed())
    }

    pub(crate) fn maybe_time(&mut self, key: i64) -> Result<Option<Timestamp>, ParseFault> {
        self.maybe_uint(key)?
            .map(|seconds| time_of(seconds).ok_or(self.malformed()))
            .transpose()
    }

    pub(crate) fn issued(&mut self) -> Result<Timestamp, ParseFault> {
        self.time(IAT)
    }

    pub(crate) fn seconds(&mut self, key: i64) -> Result<Seconds, ParseFault> {
        match self.maybe_uint(key)? {
            // No time is said by leaving it out.
            Some(0) => Err(self.malformed()),
            length => Ok(Seconds::new(length.unwrap_or(0))),
        }
    }

    pub(crate) fn maybe_bytes(&mut self, key: i64) -> Result<Option<Vec<u8>>, ParseFault> {
        self.take(key)
            .map(|value| value.into_bytes().map_err(|_| self.malformed()))
            .transpose()
    }

    pub(crate) fn fixed<const N: usize>(&mut self, key: i64) -> Result<[u8; N], ParseFault> {
        self.maybe_bytes(key)?
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(self.malformed())
    }

    pub(crate) fn maybe_fixed<const N: usize>(
        &mut self,
        key: i64,
    ) -> Result<Option<[u8; N]>, ParseFault> {
        self.maybe_bytes(key)?
            .map(|bytes| bytes.try_into().map_err(|_| self.malformed()))
            .transpose()
    }

    /// A number that stands for something. One that this version does not know is from a newer one.
    pub(crate) fn numbered<T>(
        &mut self,
        key: i64,
        what: &'static str,
        from_number: impl FnOnce(u64) -> Option<T>,
    ) -> Result<T, ParseFault> {
        match self.uint(key)? {
            0 => Err(ParseFault::Malformed { what }),
            number => from_number(number).ok_or(ParseFault::NewerFormat),
        }
    }

    pub(crate) fn maybe_exchange_key(&mut self) -> Result<Option<ExchangePublicKey>, ParseFault> {
        self.maybe_fixed::<33>(EXCHANGE_KEY)?
            .map(|sec1| Ok(ExchangePublicKey::from_sec1(&sec1)?))
            .transpose()
    }

    pub(crate) fn exchange_key(&mut self) -> Result<ExchangePublicKey, ParseFault> {
        self.maybe_exchange_key()?.ok_or(self.malformed())
    }

    /// When emergency runs were taken: each later than the one before.
    pub(crate) fn emergency_runs(&mut self) -> Result<Vec<Timestamp>, ParseFault> {
        const MALFORMED: ParseFault = ParseFault::Malformed {
            what: "emergency runs",
        };
        let mut runs: Vec<Timestamp> = Vec::new();
        for value in self.list(EMERGENCY_RUNS, MAX_EMERGENCY_RUNS)? {
            let seconds = value.as_integer().and_then(|n| u64::try_from(n).ok());
            let run = seconds.and_then(time_of).ok_or(MALFORMED)?;
            if runs.last().is_some_and(|last| *last >= run) {
                return Err(MALFORMED);
            }
            runs.push(run);
        }
        Ok(runs)
    }

    pub(crate) fn maybe_text(&mut self, key: i64) -> Result<Option<String>, ParseFault> {
        self.take(key)
            .map(|value| value.into_text().map_err(|_| self.malformed()))
            .transpose()
    }

    pub(crate) fn text(&mut self, key: i64) -> Result<String, ParseFault> {
        self.maybe_text(key)?.ok_or(self.malformed())
    }

    pub(crate) fn maybe_bounded<const MAX: usize>(
        &mut self,
        key: i64,
        field: &'static str,
    ) -> Result<Option<BoundedText<MAX>>, ParseFault> {
        self.maybe_text(key)?
            .map(|text| BoundedText::new(&text).map_err(|fault| ParseFault::Text { field, fault }))
            .transpose()
    }

    pub(crate) fn bounded<const MAX: usize>(
        &mut self,
        key: i64,
        field: &'static str,
    ) -> Result<BoundedText<MAX>, ParseFault> {
        self.maybe_bounded(key, field)?.ok_or(self.malformed())
    }

    pub(crate) fn list(&mut self, key: i64, most: usize) -> Result<Vec<Value>, ParseFault> {
        match self.take(key) {
            None => Ok(Vec::new()),
            // An empty list is said by leaving it out.
            Some(Value::Array(list)) if (1..=most).contains(&list.len()) => Ok(list),
            Some(_) => Err(self.malformed()),
        }
    }

    pub(crate) fn features(&mut self, key: i64) -> Result<Vec<Feature>, ParseFault> {
        self.list(key, MAX_FEATURES)?
            .into_iter()
            .map(|value| {
                let text = value.into_text().map_err(|_| self.malformed())?;
                Feature::new(&text).map_err(|fault| ParseFault::Text {
                    field: "features",
                    fault,
                })
            })
            .collect()
    }

    pub(crate) fn vendor(&mut self, key: i64) -> Result<VendorId, ParseFault> {
        self.fixed(key).map(VendorId::new)
    }

    pub(crate) fn product(&mut self, key: i64) -> Result<ProductCode, ParseFault> {
        product(&self.text(key)?)
    }

    pub(crate) fn fingerprint(&mut self, key: i64) -> Result<Fingerprint, ParseFault> {
        let mut components = Self::new("fingerprint", self.need(key)?)?;
        let mut digests = Vec::new();
        for kind in ComponentKind::ALL {
            if let Some(value) = components.maybe_bytes(i64::from(kind.number()))? {
                digests.push((kind, value.try_into().map_err(|_| components.malformed())?));
            }
        }
        components.finish()?;
        Ok(Fingerprint::from_digests(digests))
    }
}

/// A time, unless it is past the last one there is.
fn time_of(seconds: u64) -> Option<Timestamp> {
    let time = Timestamp::from_unix(seconds);
    (time.unix() == seconds).then_some(time)
}

pub(crate) fn product(text: &str) -> Result<ProductCode, ParseFault> {
    ProductCode::new(text).map_err(|fault| ParseFault::Text {
        field: "product",
        fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_from_a_newer_version_stops_an_old_reader_unless_it_may_be_skipped() {
        let read = |key: i64| {
            let bytes = payload(issued(Timestamp::from_unix(5)), own().put(key, 1));
            let (_, own) = Reader::payload(&bytes).unwrap();
            own.finish()
        };
        assert_eq!(read(99), Err(ParseFault::NewerFormat));
        assert_eq!(read(-1), Ok(()));
    }

    #[test]
    fn another_format_version_is_named_as_such() {
        let bytes = payload(Writer::default(), Writer::default().put(VERSION, 2));
        assert_eq!(Reader::payload(&bytes).err(), Some(ParseFault::NewerFormat));
    }
}
