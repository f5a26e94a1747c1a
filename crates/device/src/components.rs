//! The raw values that a fingerprint is made of.

use core::fmt;
use std::collections::BTreeMap;

use keyferry_token::ComponentKind;
use zeroize::Zeroizing;

use crate::value::telling;

/// The component values of one machine, normalised. They never leave it: what travels is the
/// [`keyferry_token::Fingerprint`] derived from them, so their `Debug` shows kinds only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Components(BTreeMap<ComponentKind, Zeroizing<String>>);

impl Components {
    /// Takes values as a system reports them. Each is normalised (runs of white space become one
    /// space, none at the ends, ASCII in lower case); fillers such as `To be filled by O.E.M.`
    /// are dropped. Of two values of one kind the last counts.
    pub fn from_reported<'a>(reported: impl IntoIterator<Item = (ComponentKind, &'a str)>) -> Self {
        let mut components = Self::default();
        for (kind, value) in reported {
            components.add(kind, Some(value));
        }
        components
    }

    pub(crate) fn add(&mut self, kind: ComponentKind, reported: Option<&str>) {
        if let Some(value) = reported.and_then(telling) {
            self.0.insert(kind, Zeroizing::new(value));
        }
    }

    /// The components that this machine has, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ComponentKind, &str)> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_str()))
    }

    /// The value of one component, if the machine has it.
    pub fn get(&self, kind: ComponentKind) -> Option<&str> {
        self.0.get(&kind).map(|value| value.as_str())
    }
}

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_names_components_and_shows_no_value() {
        let components = Components::from_reported([(ComponentKind::BoardSerial, "PF2X9Q7R")]);
        assert_eq!(format!("{components:?}"), "{BoardSerial}");
    }

    #[test]
    fn a_filler_is_no_component() {
        let components = Components::from_reported([
            (ComponentKind::BoardSerial, "To be filled by O.E.M."),
            (ComponentKind::Cpu, " GenuineIntel  Intel(R) Xeon(R)\n"),
        ]);
        let all: Vec<_> = components.iter().collect();
        assert_eq!(all, [(ComponentKind::Cpu, "genuineintel intel(r) xeon(r)")]);
    }
}
