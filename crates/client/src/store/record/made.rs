//! The parts of a record that are tokens made here.

use keyferry_token::{ContentKey, ProductCode, Timestamp, TokenId, VendorId};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use zeroize::Zeroizing;

use super::{Secret, vendor_bytes};
use crate::store::{
    made::{MadeDeactivation, MadeRequest, MadeTimeRequest, MadeToken},
    state::ProductKey,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRecord {
    id: ByteArray<32>,
    vendor: ByteArray<16>,
    product: String,
    token: ByteBuf,
    content_key: Secret,
}

impl TokenRecord {
    fn of(made: &MadeToken) -> Self {
        Self {
            id: ByteArray::new(*made.id.as_bytes()),
            vendor: vendor_bytes(&made.vendor),
            product: made.product.to_string(),
            token: ByteBuf::from(made.bytes.clone()),
            content_key: Secret(Zeroizing::new(*made.content_key.expose())),
        }
    }

    fn into_token(self) -> Option<MadeToken> {
        Some(MadeToken {
            id: TokenId::new(self.id.into_array()),
            vendor: VendorId::new(self.vendor.into_array()),
            product: ProductCode::new(&self.product).ok()?,
            bytes: self.token.into_vec(),
            content_key: ContentKey::new(*self.content_key.0),
        })
    }

    fn size(&self) -> usize {
        512 + self.token.len()
    }
}

fn bytes(bytes: Option<&Vec<u8>>) -> Option<ByteBuf> {
    bytes.map(|bytes| ByteBuf::from(bytes.clone()))
}

fn size(bytes: Option<&ByteBuf>) -> usize {
    bytes.map_or(0, |bytes| bytes.len())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestRecord {
    made: TokenRecord,
    code_hint: String,
    withdrawn: bool,
    refusal: Option<ByteBuf>,
}

impl RequestRecord {
    pub(super) fn of(request: &MadeRequest) -> Self {
        Self {
            made: TokenRecord::of(&request.token),
            code_hint: request.code_hint.clone(),
            withdrawn: request.withdrawn,
            refusal: bytes(request.refusal.as_ref()),
        }
    }

    pub(super) fn into_request(self) -> Option<MadeRequest> {
        Some(MadeRequest {
            token: self.made.into_token()?,
            code_hint: self.code_hint,
            withdrawn: self.withdrawn,
            refusal: self.refusal.map(ByteBuf::into_vec),
        })
    }

    pub(super) fn size(&self) -> usize {
        self.made.size() + size(self.refusal.as_ref())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeactivationRecord {
    made: TokenRecord,
    delivered_at: Option<u64>,
    companion: Option<ByteBuf>,
}

impl DeactivationRecord {
    pub(super) fn of(made: &MadeDeactivation) -> Self {
        Self {
            made: TokenRecord::of(&made.token),
            delivered_at: made.delivered_at.map(Timestamp::unix),
            companion: bytes(made.companion.as_ref()),
        }
    }

    pub(super) fn into_deactivation(self) -> Option<MadeDeactivation> {
        Some(MadeDeactivation {
            token: self.made.into_token()?,
            delivered_at: self.delivered_at.map(Timestamp::from_unix),
            companion: self.companion.map(ByteBuf::into_vec),
        })
    }

    pub(super) fn size(&self) -> usize {
        self.made.size() + size(self.companion.as_ref())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeRequestRecord {
    made: TokenRecord,
    refusal: Option<ByteBuf>,
}

impl TimeRequestRecord {
    pub(super) fn of(made: &MadeTimeRequest) -> Self {
        Self {
            made: TokenRecord::of(&made.token),
            refusal: bytes(made.refusal.as_ref()),
        }
    }

    pub(super) fn into_request(self) -> Option<(ProductKey, MadeTimeRequest)> {
        let made = MadeTimeRequest {
            token: self.made.into_token()?,
            refusal: self.refusal.map(ByteBuf::into_vec),
        };
        Some((made.token.of(), made))
    }

    pub(super) fn size(&self) -> usize {
        self.made.size() + size(self.refusal.as_ref())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusRecord {
    made: TokenRecord,
}

impl StatusRecord {
    pub(super) fn of(made: &MadeToken) -> Self {
        Self {
            made: TokenRecord::of(made),
        }
    }

    pub(super) fn into_status(self) -> Option<(ProductKey, MadeToken)> {
        let token = self.made.into_token()?;
        Some((token.of(), token))
    }

    pub(super) fn size(&self) -> usize {
        self.made.size()
    }
}
