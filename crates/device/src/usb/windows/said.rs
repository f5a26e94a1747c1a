//! What devices said of themselves when they were asked. Windows keeps not all of it, and a device should not be
//! asked at every look.

use std::collections::BTreeMap;

use crate::usb::key::UsbPlace;

/// A text of a device that Windows does not keep in all cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Text {
    /// Its maker's name.
    Maker,
    /// Its serial number.
    Serial,
}

/// What the devices that are there said.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<(UsbPlace, Text), Option<String>>);

impl Said {
    /// What a device says, asked only until it has answered: while it is being set up, or is busy, it may not, and
    /// would be without a serial number for as long as it stays plugged in.
    pub(super) fn by<E>(
        &mut self,
        place: &UsbPlace,
        text: Text,
        ask: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Option<String> {
        let of = (place.clone(), text);
        if let Some(said) = self.0.get(&of) {
            return said.clone();
        }
        let said = ask().ok()?;
        self.0.insert(of, said.clone());
        said
    }

    /// Forgets what is not there any more.
    pub(super) fn forget_others(&mut self, there: &[UsbPlace]) {
        self.0.retain(|(place, _), _| there.contains(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_did_not_answer_is_asked_again_and_one_that_did_is_not() {
        let (place, mut said) = (UsbPlace::new("USB\\VID_0781"), Said::default());
        let mut serial = |answer: Result<Option<&str>, ()>| {
            let answer = answer.map(|text| text.map(str::to_owned));
            said.by(&place, Text::Serial, || answer)
        };
        assert_eq!(serial(Err(())), None);
        assert_eq!(serial(Ok(Some("4C53"))).as_deref(), Some("4C53"));
        assert_eq!(serial(Err(())).as_deref(), Some("4C53"));
        assert_eq!(said.by(&place, Text::Maker, || Ok::<_, ()>(None)), None);
        let mut asked = false;
        let none = said.by(&place, Text::Maker, || {
            asked = true;
            Ok::<_, ()>(None)
        });
        assert_eq!(
            (none, asked),
            (None, false),
            "that it has none is an answer"
        );
    }

    #[test]
    fn what_was_pulled_is_forgotten() {
        let (place, mut said) = (UsbPlace::new("USB\\VID_0781"), Said::default());
        let serial = |said: &mut Said, text: &str| {
            let answer = Ok::<_, ()>(Some(text.to_owned()));
            said.by(&place, Text::Serial, || answer)
        };
        assert_eq!(serial(&mut said, "one").as_deref(), Some("one"));
        said.forget_others(std::slice::from_ref(&place));
        assert_eq!(serial(&mut said, "other").as_deref(), Some("one"));
        said.forget_others(&[]);
        assert_eq!(serial(&mut said, "other").as_deref(), Some("other"));
    }
}
