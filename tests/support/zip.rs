//! A zip archive with one stored file, which is all that a test function needs.

/// Builds the archive. The file is executable, so that it may be a `bootstrap`.
pub fn single_file(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = crc32(content).to_le_bytes();
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let name_size = u16::try_from(name.len()).unwrap().to_le_bytes();
    // Version 2.0, no flags, stored, 1980-01-01 00:00.
    let common = [
        &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
        &crc,
        &size,
        &size,
        &name_size,
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), content].concat();
    // No comment, disk 0, no internal attributes, mode 0100755, offset 0.
    let mode = (0o100_755_u32 << 16).to_le_bytes();
    let central = [
        b"PK\x01\x02\x14\x03",
        &common[..],
        &[0, 0, 0, 0, 0, 0],
        &mode,
        &[0, 0, 0, 0],
        name.as_bytes(),
    ]
    .concat();
    let end = [
        &b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00"[..],
        &u32::try_from(central.len()).unwrap().to_le_bytes(),
        &u32::try_from(local.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[test]
fn the_checksum_is_the_standard_one() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}
