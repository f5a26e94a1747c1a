//! What signs the messages of a webhook (Standard Webhooks, HMAC-SHA-256).

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use keyferry_token::{Timestamp, WebhookId};
use zeroize::ZeroizeOnDrop;

use crate::{EntropyFault, entropy, keyring::SecretDigest, sealing, sealing::SealingFault};

const PREFIX: &str = "whsec_";

/// 256 random bits, written `whsec_` and base 64.
#[derive(Clone, ZeroizeOnDrop)]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    pub(super) fn make() -> Result<Self, EntropyFault> {
        Ok(Self(entropy::random()?))
    }

    /// As the receiver needs it.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0))
    }

    pub(super) fn sealed(
        &self,
        key: &SecretDigest,
        webhook: WebhookId,
    ) -> Result<Vec<u8>, SealingFault> {
        sealing::seal(key, webhook.as_bytes(), &self.0)
    }

    pub(super) fn open(
        key: &SecretDigest,
        webhook: WebhookId,
        sealed: &[u8],
    ) -> Result<Self, SealingFault> {
        let opened = sealing::open(key, webhook.as_bytes(), sealed)?;
        let bytes = opened.as_slice().try_into();
        bytes.map(Self).map_err(|_| SealingFault::Broken)
    }

    /// The signature of a message that is sent at a time: `v1,` and base 64.
    pub(super) fn sign(&self, message: &str, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let signed = format!("{message}.{}.{body}", at.unix());
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example of the Standard Webhooks specification and of its libraries.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let tag = BASE64.encode(hmac::sign(&key, signed).as_ref());
        assert_eq!(tag, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        // Ours is made in the same way.
        let secret = WebhookSecret([7; 32]);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let tag = BASE64.encode(hmac::sign(&key, b"msg_1.5.{}").as_ref());
        let at = Timestamp::from_unix(5);
        assert_eq!(secret.sign("msg_1", at, "{}"), format!("v1,{tag}"));
        assert!(secret.expose().starts_with("whsec_"));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }
}
