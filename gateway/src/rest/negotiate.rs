//! What the caller wants back: media type and language (RFC 9110, section 12).

use http::header::{ACCEPT, ACCEPT_LANGUAGE};
use http::{HeaderMap, HeaderName};

/// Languages of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Dutch,
    English,
}

impl Language {
    /// Dutch when it is preferred or nothing is said, else English.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let ranges = ranges(headers, &ACCEPT_LANGUAGE);
        if ranges.is_empty() {
            return Self::Dutch;
        }
        let weight = |tag: &str| {
            let named = |range: &&Range| range.name.split('-').next() == Some(tag);
            ranges.iter().filter(named).map(|range| range.weight).max()
        };
        let any = weight("*").unwrap_or(0);
        let (dutch, english) = (weight("nl").unwrap_or(any), weight("en").unwrap_or(any));
        if dutch > 0 && dutch >= english { Self::Dutch } else { Self::English }
    }

    /// The language tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub(crate) fn pick<'a>(self, english: &'a str, dutch: &'a str) -> &'a str {
        match self {
            Self::Dutch => dutch,
            Self::English => english,
        }
    }
}

/// Which of the media types in `offers` the caller likes best, the first one when it does not
/// mind; nothing when it takes none.
pub(crate) fn media_type(headers: &HeaderMap, offers: &[&'static str]) -> Option<&'static str> {
    let ranges = ranges(headers, &ACCEPT);
    if ranges.is_empty() {
        return offers.first().copied();
    }
    let weight = |offer: &str| {
        let family = offer.split('/').next().unwrap_or_default();
        let named =
            |name: &str| ranges.iter().filter(|range| range.name == name).map(|range| range.weight).max();
        // The most precise range decides.
        named(offer).or_else(|| named(&format!("{family}/*"))).or_else(|| named("*/*")).unwrap_or(0)
    };
    let mut best: Option<(&'static str, u32)> = None;
    for offer in offers.iter().copied() {
        let weight = weight(offer);
        if weight > 0 && best.is_none_or(|(_, known)| weight > known) {
            best = Some((offer, weight));
        }
    }
    best.map(|(offer, _)| offer)
}

/// One member of a header with preferences.
struct Range {
    name: String,
    /// The q-value in thousandths.
    weight: u32,
}

fn ranges(headers: &HeaderMap, header: &HeaderName) -> Vec<Range> {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(range).filter(|range| !range.name.is_empty()).collect()
}

fn range(text: &str) -> Range {
    let mut parts = text.split(';');
    let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let quality = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value)
    });
    Range { name, weight: quality.map_or(1000, thousandths) }
}

/// "0.5" as 500; what is no q-value counts as 0.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = format!("{rest:0<3}");
    match (whole, digits.len(), digits.parse::<u32>()) {
        ("0", 3, Ok(part)) => part,
        ("1", 3, Ok(0)) => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(header: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header, HeaderValue::from_static(value))])
    }

    #[test]
    fn dutch_is_spoken_unless_another_language_is_preferred() {
        let language = |value| Language::of(&with(ACCEPT_LANGUAGE, value));
        assert_eq!(Language::of(&HeaderMap::new()), Language::Dutch);
        assert_eq!(language("nl-NL,nl;q=0.9,en;q=0.8"), Language::Dutch);
        assert_eq!(language("en-GB,nl;q=0.9"), Language::English);
        assert_eq!(language("*"), Language::Dutch);
        assert_eq!(language("fr"), Language::English);
        assert_eq!(language("en, nl;q=0"), Language::English);
    }

    #[test]
    fn the_most_precise_range_decides() {
        const OFFERS: [&str; 2] = ["application/x-ndjson", "text/event-stream"];
        let choice = |value| media_type(&with(ACCEPT, value), &OFFERS);
        assert_eq!(media_type(&HeaderMap::new(), &OFFERS), Some("application/x-ndjson"));
        assert_eq!(choice("text/event-stream"), Some("text/event-stream"));
        assert_eq!(choice("*/*"), Some("application/x-ndjson"));
        assert_eq!(choice("text/*, */*;q=0.1"), Some("text/event-stream"));
        assert_eq!(choice("application/x-ndjson;q=0, */*"), Some("text/event-stream"));
        assert_eq!(choice("TEXT/Event-Stream; charset=UTF-8;Q=0.9, */*;q=0.1"), Some("text/event-stream"));
        assert_eq!(choice("application/x-ndjson;Q=0, */*"), Some("text/event-stream"));
        assert_eq!(choice("image/png"), None);
        assert_eq!(choice("text/event-stream;q=0"), None);
    }
}
