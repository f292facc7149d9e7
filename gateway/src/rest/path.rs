//! The path of a request, cut into decoded segments. What two readers could read in two ways is no
//! path of ours.

use percent_encoding::percent_decode_str;

/// The segments of `path`, or nothing when there is a `.`, `..`, empty segment, trailing slash,
/// encoded slash, control character, or text that is not UTF-8.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    path.strip_prefix('/')?.split('/').map(segment).collect()
}

fn segment(encoded: &str) -> Option<String> {
    let text = percent_decode_str(encoded).decode_utf8().ok()?.into_owned();
    let ambiguous = |sign: char| sign == '/' || sign == '\\' || sign.is_control();
    let usable = !matches!(text.as_str(), "" | "." | "..") && !text.contains(ambiguous);
    usable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded() {
        assert_eq!(
            segments("/v1/areas/BRU%20NOORD%C3%A9"),
            Some(vec!["v1".into(), "areas".into(), "BRU NOORDé".into()])
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_path() {
        for path in [
            "",
            "v1",
            "/",
            "/v1/",
            "/v1//areas",
            "/v1/../etc",
            "/v1/%2e%2E/etc",
            "/v1/./areas",
            "/v1/a%2Fb",
            "/v1/a%5cb",
            "/v1/a%00",
            "/v1/%ff",
        ] {
            assert_eq!(segments(path), None, "{path}");
        }
    }
}
