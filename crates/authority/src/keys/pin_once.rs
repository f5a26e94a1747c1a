//! A PIN that a device refused is not tried again: after a few wrong ones a device locks itself, and
//! strangers decide how often something is to be signed.

use keyferry_catalogue::Code;
use keyferry_token::SignerFault;

/// What a device said of the PIN, for as long as the key is open.
#[derive(Debug, Default)]
pub(super) struct PinOnce(Option<SignerFault>);

impl PinOnce {
    /// Opens the device, unless it refused the PIN before.
    ///
    /// # Errors
    /// Those of opening; the same one again where it was about the PIN.
    pub(super) fn open<T>(
        &mut self,
        open: impl FnOnce() -> Result<T, SignerFault>,
    ) -> Result<T, SignerFault> {
        if let Some(refused) = &self.0 {
            return Err(refused.clone());
        }
        let opened = open();
        if let Err(fault) = &opened
            && matches!(fault.code, Code::KeyDevicePinWrong | Code::KeyDeviceLocked)
        {
            self.0 = Some(fault.clone());
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the device is asked in five signatures when it answers this.
    fn asked(answer: Option<Code>) -> usize {
        let (mut pin, mut asked) = (PinOnce::default(), 0);
        for _ in 0..5 {
            let opened = pin.open(|| {
                asked += 1;
                let reason = String::from("as told");
                answer.map_or(Ok(()), |code| Err(SignerFault { code, reason }))
            });
            assert_eq!(opened.err().map(|fault| fault.code), answer);
        }
        asked
    }

    #[test]
    fn a_pin_that_was_refused_is_not_tried_again() {
        assert_eq!(asked(Some(Code::KeyDevicePinWrong)), 1);
        assert_eq!(asked(Some(Code::KeyDeviceLocked)), 1);
        // What passes by itself is tried again.
        assert_eq!(asked(Some(Code::KeyDeviceMissing)), 5);
        assert_eq!(asked(Some(Code::KeyDeviceFailed)), 5);
        assert_eq!(asked(None), 5);
    }
}
