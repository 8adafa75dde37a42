//! CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes at a time: finds every single flipped bit and byte.
//!
//! It guards what the disk gives back, not what a neighbour sends: for that there are hashes and signatures.

const POLYNOMIAL: u32 = 0x82f6_3b78;
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

fn extend(mut crc: u32, bytes: &[u8]) -> u32 {
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes")) ^ u64::from(crc);
        crc = (0..8).fold(0, |sum, i| sum ^ TABLES[7 - i][(word >> (8 * i) & 0xff) as usize]);
    }
    words
        .remainder()
        .iter()
        .fold(crc, |crc, byte| crc >> 8 ^ TABLES[0][((crc ^ u32::from(*byte)) & 0xff) as usize])
}

/// The checksum over a key and the value stored under it.
pub(crate) fn of(key: &[u8], value: &[u8]) -> [u8; 4] {
    (!extend(extend(!0, key), value)).to_le_bytes()
}

/// `value` with its checksum before it.
pub(crate) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(4 + value.len());
    sealed.extend_from_slice(&of(key, value));
    sealed.extend_from_slice(value);
    sealed
}

/// The value, if it is the one that was sealed under this key.
pub(crate) fn open<'a>(key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (sum, value) = sealed.split_at_checked(4)?;
    (of(key, value) == sum).then_some(value)
}

/// The value with its one damaged byte mended, if one byte is all that is wrong. Whoever uses it verifies it by other
/// means: three or more damaged bytes may look like one, about once in 2^32 / (255 x length) times.
///
/// A checksum is linear: what a changed byte does to it depends on that byte's change and its distance from the end
/// alone. So the difference is traced back byte by byte until it is what a single byte can cause.
pub(crate) fn mend(key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (stored, value) = sealed.split_first_chunk::<4>()?;
    let mut difference = u32::from_le_bytes(*stored) ^ u32::from_le_bytes(of(key, value));
    if difference.to_le_bytes().iter().filter(|byte| **byte != 0).count() <= 1 {
        return Some(seal(key, value));
    }
    for at in (0..value.len()).rev() {
        let change = cause(difference);
        if TABLES[0][usize::from(change)] == difference {
            let mut mended = value.to_vec();
            mended[at] ^= change;
            return Some(seal(key, &mended));
        }
        difference = (difference ^ TABLES[0][usize::from(change)]) << 8 | u32::from(change);
    }
    None
}

/// The byte that brought this top byte into the sum: each of the table's top bytes occurs once.
fn cause(sum: u32) -> u8 {
    let found = (0..=u8::MAX).find(|byte| TABLES[0][usize::from(*byte)] >> 24 == sum >> 24);
    found.expect("the table's top bytes are all 256 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(of(b"", b"123456789"), 0xe306_9283u32.to_le_bytes());
        assert_eq!(of(b"1234", b"56789"), of(b"", b"123456789"));
    }

    #[test]
    fn every_flipped_bit_of_a_sealed_value_is_noticed() {
        let sealed = seal(b"key", b"a value of some twenty bytes");
        assert!(open(b"key", &sealed).is_some() && open(b"kez", &sealed).is_none());
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(b"key", &flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn one_damaged_byte_is_mended_wherever_it_is() {
        let sealed = seal(b"key", &[7; 1000]);
        for at in 0..sealed.len() {
            for mask in [1, 0x80, 0xff, 0x5a] {
                let mut damaged = sealed.clone();
                damaged[at] ^= mask;
                assert_eq!(mend(b"key", &damaged).as_ref(), Some(&sealed), "byte {at}");
            }
        }
        let mut damaged = sealed;
        damaged[100] ^= 1;
        damaged[500] ^= 1;
        assert_eq!(mend(b"key", &damaged), None);
    }
}
