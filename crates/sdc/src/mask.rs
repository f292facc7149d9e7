//! Which cells of a release are hidden.

/// Cells per word of the bitmap.
const WORD: usize = 64;
/// Bytes in front of the bitmap: the number of cells.
const HEADER: usize = 8;

/// A bitmap over the cells of one release: a set bit hides the cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    words: Vec<u64>,
    len: usize,
}

/// The bytes are not those of a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMask;

impl std::fmt::Display for NotAMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bytes are not those of a mask")
    }
}

impl std::error::Error for NotAMask {}

impl Mask {
    /// A mask over `len` cells that hides none.
    #[must_use]
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(WORD)], len }
    }

    /// How many cells it is about.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is about no cells at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Hides the cell at `index`; an index beyond the cells changes nothing.
    pub fn hide(&mut self, index: usize) {
        if index < self.len
            && let Some(word) = self.words.get_mut(index / WORD)
        {
            *word |= 1 << (index % WORD);
        }
    }

    /// Whether the cell at `index` is hidden. A cell that the mask is not about is hidden.
    #[must_use]
    pub fn hides(&self, index: usize) -> bool {
        if index >= self.len {
            return true;
        }
        self.words.get(index / WORD).is_none_or(|word| word & (1 << (index % WORD)) != 0)
    }

    /// How many cells are hidden.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(WORD)).sum()
    }

    /// Whether every cell that `other` hides is hidden here too.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.len == other.len && self.words.iter().zip(&other.words).all(|(own, its)| its & !own == 0)
    }

    /// A mask that hides what both hide: what is left for who has answers under both. A cell that one
    /// of them is not about is hidden by that one.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (long, short) = if self.len < other.len { (other, self) } else { (self, other) };
        let mut both = long.clone();
        for (index, word) in both.words.iter_mut().enumerate() {
            let beyond = match index.cmp(&(short.len / WORD)) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => u64::MAX << (short.len % WORD),
                std::cmp::Ordering::Greater => u64::MAX,
            };
            *word &= short.words.get(index).copied().unwrap_or(0) | beyond;
        }
        both
    }

    /// The mask as bytes: the number of cells (8 bytes), then the bitmap in words of 8 bytes, the
    /// lowest bit first; all numbers little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let len = u64::try_from(self.len).unwrap_or(u64::MAX);
        let mut bytes = len.to_le_bytes().to_vec();
        bytes.extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    /// The mask with these bytes.
    ///
    /// # Errors
    /// When they are not the bytes of a mask.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAMask> {
        let (len, bitmap) = bytes.split_at_checked(HEADER).ok_or(NotAMask)?;
        let len = u64::from_le_bytes(len.try_into().map_err(|_| NotAMask)?);
        let len = usize::try_from(len).map_err(|_| NotAMask)?;
        let (words, rest) = bitmap.as_chunks::<8>();
        if !rest.is_empty() || words.len() != len.div_ceil(WORD) {
            return Err(NotAMask);
        }
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let beyond = match (words.last(), len % WORD) {
            (Some(last), used @ 1..) => last >> used,
            _ => 0,
        };
        if beyond == 0 { Ok(Self { words, len }) } else { Err(NotAMask) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_survives_its_bytes() {
        let mut mask = Mask::none(130);
        for index in [0, 63, 64, 129] {
            mask.hide(index);
        }
        assert_eq!(Mask::from_bytes(&mask.to_bytes()), Ok(mask.clone()));
        assert_eq!(mask.count(), 4);
        assert!(mask.hides(129) && !mask.hides(128));
    }

    #[test]
    fn damaged_bytes_are_no_mask() {
        let bytes = Mask::none(70).to_bytes();
        assert_eq!(Mask::from_bytes(&bytes[..bytes.len() - 1]), Err(NotAMask));
        assert_eq!(Mask::from_bytes(&[]), Err(NotAMask));
        assert_eq!(Mask::from_bytes(&[0xff; 8]), Err(NotAMask));
        let mut beyond = bytes;
        *beyond.last_mut().expect("a byte") = 0x80;
        assert_eq!(Mask::from_bytes(&beyond), Err(NotAMask));
    }

    #[test]
    fn what_two_masks_hide_is_what_each_of_them_hides() {
        for (one, other) in [(130, 130), (130, 64), (64, 130), (130, 70), (3, 0)] {
            let mask = |len: usize, step: usize| {
                let mut mask = Mask::none(len);
                (0..len).step_by(step).for_each(|index| mask.hide(index));
                mask
            };
            let (one, other) = (mask(one, 2), mask(other, 3));
            let both = one.and(&other);
            assert_eq!(both, other.and(&one));
            for index in 0..140 {
                assert_eq!(both.hides(index), one.hides(index) && other.hides(index), "{index}");
            }
        }
    }

    #[test]
    fn a_cell_that_the_mask_is_not_about_is_hidden() {
        assert!(Mask::none(3).hides(3));
        assert!(!Mask::none(3).hides(2));
    }
}
