//! Chance from a seed (SplitMix64), and shares as unequal as people are.

/// A generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    /// Bytes nobody had before.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        for chunk in out.chunks_mut(8) {
            let next = self.roll().to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
        out
    }

    /// About `length` bytes of text that does not compress like a repeated sentence.
    pub(crate) fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 8);
        while text.len() < length {
            for _ in 0..2 + self.below(8) {
                text.push(char::from(b'a' + self.below(26) as u8));
            }
            text.push(' ');
        }
        text.truncate(length);
        text
    }
}

/// Zipf shares that add up to `total`, at least `least` each.
pub(crate) fn shares(total: usize, authors: usize, least: usize) -> Vec<usize> {
    let weight: f64 = (1..=authors).map(|rank| 1.0 / rank as f64).sum();
    let spare = total.saturating_sub(least * authors);
    let share = |rank: usize| least + (spare as f64 / rank as f64 / weight) as usize;
    let mut shares: Vec<usize> = (1..=authors).map(share).collect();
    shares[0] += total.saturating_sub(shares.iter().sum::<usize>());
    shares
}
