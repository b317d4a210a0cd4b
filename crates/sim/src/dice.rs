/// Numbers that look random and follow from a seed alone.
///
/// SplitMix64, written out: a seed that failed must replay the same for ever, whatever becomes of a library's generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides.max(1)
    }

    /// An index into something of this length, which is not empty.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.roll(len as u64) as usize
    }

    pub(crate) fn chance(&mut self, per_cent: u64) -> bool {
        self.roll(100) < per_cent
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }

    /// Another sequence, which does not change when this one is asked more often.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
