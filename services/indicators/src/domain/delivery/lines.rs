//! Cuts a CSV file that comes in pieces into lines of fields. Takes LF and CRLF, commas only, and
//! a byte order mark in front. Memory is bounded by the longest line.

use csv_core::{ReadRecordResult, Reader};

use super::MAX_LINE;

/// Most fields of a line.
const MAX_FIELDS: usize = 256;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What stands on a line.
#[derive(Debug)]
pub(super) enum Line<'a> {
    /// Fields.
    Fields(u64, Fields<'a>),
    /// More than a line can have.
    TooLong(u64),
}

/// The fields of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    texts: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.texts.get(start..*self.ends.get(index)?)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map_while(move |index| self.get(index))
    }
}

/// Where in the file the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start, with this many bytes of a byte order mark seen.
    Start(usize),
    /// Before a line.
    Between,
    /// Within a line.
    Within,
}

#[derive(Debug)]
pub(super) struct Lines {
    reader: Box<Reader>,
    texts: Vec<u8>,
    ends: Vec<usize>,
    texts_len: usize,
    ends_len: usize,
    place: Place,
    /// The line that the next byte is on.
    line: u64,
    /// The line that the fields began on.
    first_line: u64,
    /// Bytes of the line so far.
    taken: usize,
    too_long: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        let mut reader = Box::new(Reader::new());
        let mut texts = vec![0; MAX_LINE];
        let mut ends = vec![0; MAX_FIELDS];
        // The reader strips a mark from its first piece. Here the mark is skipped before it comes
        // to the reader, so its first piece is a line end.
        reader.read_record(b"\n", &mut texts, &mut ends);
        Self {
            reader,
            texts,
            ends,
            texts_len: 0,
            ends_len: 0,
            place: Place::Start(0),
            line: 1,
            first_line: 1,
            taken: 0,
            too_long: false,
        }
    }

    /// Takes the next piece of the file and gives every line that ends in it.
    pub(super) fn feed(&mut self, piece: &[u8], give: &mut impl FnMut(Line<'_>)) {
        let mut rest = self.skip_mark(piece, give);
        while !rest.is_empty() {
            rest = if self.place == Place::Within { self.take(rest, give) } else { self.begin(rest) };
        }
    }

    /// Ends the file, and gives the last line when nothing ended it.
    pub(super) fn end(&mut self, give: &mut impl FnMut(Line<'_>)) {
        if let Place::Start(seen) = self.place {
            self.place = Place::Between;
            self.take_cut_mark(seen, give);
        }
        while self.place == Place::Within {
            self.take(&[], give);
        }
    }

    /// Skips a byte order mark, also one that is cut in pieces.
    fn skip_mark<'a>(&mut self, piece: &'a [u8], give: &mut impl FnMut(Line<'_>)) -> &'a [u8] {
        let mut rest = piece;
        while let (Place::Start(seen), Some((first, after))) = (self.place, rest.split_first()) {
            if BYTE_ORDER_MARK.get(seen) == Some(first) {
                let seen = seen + 1;
                self.place = if seen == BYTE_ORDER_MARK.len() { Place::Between } else { Place::Start(seen) };
                rest = after;
            } else {
                self.place = Place::Between;
                self.take_cut_mark(seen, give);
            }
        }
        rest
    }

    /// What looked like the start of a mark and is none belongs to the first line.
    fn take_cut_mark(&mut self, seen: usize, give: &mut impl FnMut(Line<'_>)) {
        let mark = BYTE_ORDER_MARK.get(..seen).unwrap_or_default();
        if !mark.is_empty() {
            self.begin(mark);
            self.take(mark, give);
        }
    }

    /// Skips empty lines, and begins a line at anything else.
    fn begin<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let mut rest = piece;
        while let Some((end @ (b'\n' | b'\r'), after)) = rest.split_first() {
            self.line += u64::from(*end == b'\n');
            rest = after;
        }
        if !rest.is_empty() {
            self.place = Place::Within;
            self.first_line = self.line;
            self.taken = 0;
            self.too_long = false;
            self.texts_len = 0;
            self.ends_len = 0;
        }
        rest
    }

    /// Reads on in a line; an empty piece ends the file.
    fn take<'a>(&mut self, piece: &'a [u8], give: &mut impl FnMut(Line<'_>)) -> &'a [u8] {
        let texts = self.texts.get_mut(self.texts_len..).unwrap_or_default();
        let ends = self.ends.get_mut(self.ends_len..).unwrap_or_default();
        let (result, read, texts_read, ends_read) = self.reader.read_record(piece, texts, ends);
        let (taken, rest) = piece.split_at_checked(read).unwrap_or((piece, &[]));
        self.line += taken.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.taken += read;
        self.texts_len += texts_read;
        self.ends_len += ends_read;
        self.too_long |= self.taken > MAX_LINE;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => self.too_long = true,
            ReadRecordResult::Record | ReadRecordResult::End => {
                self.place = Place::Between;
                let texts = self.texts.get(..self.texts_len).unwrap_or_default();
                let ends = self.ends.get(..self.ends_len).unwrap_or_default();
                if self.too_long {
                    give(Line::TooLong(self.first_line));
                } else if !ends.is_empty() {
                    give(Line::Fields(self.first_line, Fields { texts, ends }));
                }
            }
        }
        if self.too_long {
            // The rest of the line is read over what is there.
            self.texts_len = 0;
            self.ends_len = 0;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Vec<(u64, Vec<String>)> {
        let mut lines = Lines::new();
        let mut found = Vec::new();
        let mut give = |line: Line<'_>| match line {
            Line::Fields(number, fields) => {
                let texts = fields.iter().map(|field| String::from_utf8_lossy(field).into_owned());
                found.push((number, texts.collect()));
            }
            Line::TooLong(number) => found.push((number, vec!["too long".to_owned()])),
        };
        for piece in pieces {
            lines.feed(piece, &mut give);
        }
        lines.end(&mut give);
        found
    }

    fn line(number: u64, texts: &[&str]) -> (u64, Vec<String>) {
        (number, texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn lines_keep_their_numbers_through_empty_lines_and_quotes() {
        let file = "\u{feff}a,b\r\n\r\n1,\"x\ny\"\r\n2,\n\n\"\"\"q\"\"\",z".as_bytes();
        let expected =
            [line(1, &["a", "b"]), line(3, &["1", "x\ny"]), line(5, &["2", ""]), line(7, &["\"q\"", "z"])];
        assert_eq!(read(&[file]), expected);
    }

    #[test]
    fn a_line_of_any_length_takes_bounded_memory_and_the_next_one_is_read() {
        let long = vec![b'x'; 1_000_000];
        let found = read(&[b"a\n", &long, &long, b"\nb,c\n"]);
        assert_eq!(found, [line(1, &["a"]), line(2, &["too long"]), line(3, &["b", "c"])]);
        let commas = vec![b','; 1000];
        assert_eq!(read(&[&commas, b"\nb"]), [line(1, &["too long"]), line(2, &["b"])]);
    }

    #[test]
    fn half_a_byte_order_mark_belongs_to_the_first_field() {
        assert_eq!(read(&[b"\xef\xbb"]).len(), 1);
        assert_eq!(read(&[b"\xef", b"\xbb", b"\xbf", b"a"]), [line(1, &["a"])]);
        assert_eq!(read(&[]), []);
    }

    proptest! {
        #[test]
        fn how_a_file_is_cut_does_not_matter(
            file in prop::collection::vec(prop::sample::select(b"a1,\"\n\r\xef\xbb\xbf".to_vec()), 0..60),
            cuts in prop::collection::vec(1usize..7, 1..40),
        ) {
            let mut pieces = Vec::new();
            let mut rest = file.as_slice();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(read(&pieces), read(&[&file]));
        }
    }
}
