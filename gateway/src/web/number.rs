//! Numbers as Dutch readers know them: a decimal comma, a point between thousands, a true minus.

/// U+2212, as wide as a plus.
const MINUS: char = '\u{2212}';

/// Which side of zero a decimal is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Below zero.
    Negative,
    /// Zero, however written.
    Zero,
    /// Above zero.
    Positive,
}

/// The parts of a plain decimal ("-1234.50"): sign, digits before the point, digits after it.
/// None for any other text.
fn parts(text: &str) -> Option<(Sign, &str, Option<&str>)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !fraction.is_none_or(is_number) {
        return None;
    }
    let zero = digits.bytes().all(|byte| byte == b'0' || byte == b'.');
    let sign = match (zero, negative) {
        (true, _) => Sign::Zero,
        (false, true) => Sign::Negative,
        (false, false) => Sign::Positive,
    };
    Some((sign, whole, fraction))
}

/// Which side of zero the exact decimal `text` is on; none when it is not a decimal.
pub(super) fn sign(text: &str) -> Option<Sign> {
    parts(text).map(|(sign, _, _)| sign)
}

/// The exact decimal `text` in Dutch: "-1234567.50" becomes "−1.234.567,50". Its digits stay as
/// they are; text that is not a decimal is returned unchanged.
pub(super) fn dutch(text: &str) -> String {
    written(text, "")
}

/// The same with a plus for what is above zero, for differences.
pub(super) fn dutch_signed(text: &str) -> String {
    written(text, "+")
}

fn written(text: &str, plus: &str) -> String {
    let Some((sign, whole, fraction)) = parts(text) else {
        return text.to_owned();
    };
    let mut out = String::new();
    match sign {
        Sign::Negative => out.push(MINUS),
        Sign::Zero => {}
        Sign::Positive => out.push_str(plus),
    }
    // Four digits are written without a point: 1500, but 15.000.
    let grouped = whole.len() > 4;
    for (at, digit) in whole.chars().enumerate() {
        if grouped && at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(',');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_a_comma_and_keep_their_digits() {
        assert_eq!(dutch("17.0"), "17,0");
        assert_eq!(dutch("192"), "192");
        assert_eq!(dutch("1500"), "1500");
        assert_eq!(dutch("15000.25"), "15.000,25");
        assert_eq!(dutch("1234567"), "1.234.567");
        assert_eq!(dutch("-0.50"), "\u{2212}0,50");
    }

    #[test]
    fn a_difference_shows_its_sign() {
        assert_eq!(dutch_signed("8.6"), "+8,6");
        assert_eq!(dutch_signed("-102.4"), "\u{2212}102,4");
        assert_eq!(dutch_signed("0.0"), "0,0");
        assert_eq!(dutch_signed("-0.0"), "0,0");
    }

    #[test]
    fn text_that_is_no_decimal_is_left_alone() {
        for text in ["", "-", ".", "1.", ".5", "1.2.3", "1e400", "NaN", "+5", "1,5", "٣"] {
            assert_eq!(dutch(text), text);
            assert_eq!(sign(text), None, "{text}");
        }
    }

    #[test]
    fn zero_is_neither_positive_nor_negative() {
        assert_eq!(sign("-0.00"), Some(Sign::Zero));
        assert_eq!(sign("-0.01"), Some(Sign::Negative));
        assert_eq!(sign("0.01"), Some(Sign::Positive));
    }
}
