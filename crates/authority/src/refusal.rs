//! Refusals that travel: a device whose token was refused is told why, signed.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    ExchangePublicKey, FromDevice, FromVendor, RefusedCode, SealFault, Timestamp, VendorRefusal,
    VendorSigner as _, Verified, seal_for_device,
};

use crate::{Authority, Received, SealedAnswer, authority::aside, entropy, receive::ReceiveFault};

impl Authority {
    /// Puts a signed refusal beside what was refused. There is none where there were too many
    /// attempts: whoever tries codes gets nothing signed for it.
    pub(crate) async fn with_refusal<T: FromDevice>(
        &self,
        received: Received,
        token: &Verified<T>,
        recipient: &ExchangePublicKey,
        at: Timestamp,
    ) -> Result<Received, ReceiveFault> {
        let Received::Refused(mut refused) = received else {
            return Ok(received);
        };
        if refused.problem.code != Code::TooManyAttempts {
            let refusal = self.refusal(&refused.problem, token, at);
            refused.answer = Some(self.seal_token(refusal, recipient).await?);
        }
        Ok(Received::Refused(refused))
    }

    fn refusal<T: FromDevice>(
        &self,
        problem: &Problem,
        token: &Verified<T>,
        at: Timestamp,
    ) -> VendorRefusal {
        VendorRefusal {
            issued_at: at,
            vendor: self.vendor,
            product: token.product().clone(),
            recipient: token.signing_key().device_id(),
            answers: token.id(),
            reason: RefusedCode::of(problem),
        }
    }

    /// Signs what a device is to read and seals it to the device's key: the long part of every
    /// answer, aside from what others wait for.
    pub(crate) async fn seal_token<T: FromVendor + Send + 'static>(
        &self,
        claims: T,
        recipient: &ExchangePublicKey,
    ) -> Result<SealedAnswer, SealFault> {
        let keyring = self.keyring();
        let recipient = recipient.clone();
        let signer = Some(keyring.signing.key_id());
        let sealed = aside(move || {
            let rng = &mut entropy::rng();
            seal_for_device(&claims, &keyring.signing, &recipient, rng)
        })
        .await?;
        Ok(SealedAnswer {
            kind: T::KIND,
            bytes: sealed.bytes,
            id: sealed.id,
            profiles: Vec::new(),
            signer,
        })
    }
}
