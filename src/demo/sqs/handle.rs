//! Receipt handles: which message, and which of its receives.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::super::dice::mix;
use crate::domain::queue::Handle;

/// How AWS's handles begin.
const PREFIX: &str = "AQEB";

/// The handle of one receive of a message.
pub(super) fn write(salt: u64, ordinal: u64, receipt: u32) -> Handle {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&ordinal.to_be_bytes());
    bytes[8..12].copy_from_slice(&receipt.to_be_bytes());
    bytes[12..].copy_from_slice(&seal(salt, ordinal, receipt).to_be_bytes());
    Handle::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// Message and receive of a handle that this queue gave out.
pub(super) fn read(salt: u64, handle: &Handle) -> Option<(u64, u32)> {
    let text = handle.reveal().strip_prefix(PREFIX)?;
    let bytes: [u8; 20] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let ordinal = u64::from_be_bytes(bytes[..8].try_into().ok()?);
    let receipt = u32::from_be_bytes(bytes[8..12].try_into().ok()?);
    let sealed = u64::from_be_bytes(bytes[12..].try_into().ok()?);
    (sealed == seal(salt, ordinal, receipt)).then_some((ordinal, receipt))
}

fn seal(salt: u64, ordinal: u64, receipt: u32) -> u64 {
    mix(&[salt, ordinal, u64::from(receipt), 0x7265_6365_6970_7421])
}
