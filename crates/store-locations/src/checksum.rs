//! The checksum of a line.

/// Returns the CRC-32 of ISO 3309, as zip and Ethernet have it.
pub(crate) fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, octet| {
        let place = usize::from(crc.to_le_bytes()[0] ^ octet);
        (crc >> 8) ^ TABLE.get(place).copied().unwrap_or(0)
    })
}

/// The remainders of all octets.
static TABLE: [u32; 256] = table();

const POLYNOMIAL: u32 = 0xedb8_8320;

#[expect(clippy::indexing_slicing, reason = "computed when this is compiled, and complete then")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let (mut place, mut octet) = (0, 0);
    while place < 256 {
        let (mut crc, mut bit): (u32, u32) = (octet, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[place] = crc;
        (place, octet) = (place + 1, octet + 1);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_has() {
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
