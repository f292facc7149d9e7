//! Path templates of `google.api.http`: literal segments, `*`, `**` at the end, and variables such as
//! `{stakeholder.name=stakeholders/*}`, `{code}` or `{path=tile/**}`.

use std::fmt;
use std::ops::Range;

/// A path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    pub(crate) variables: Vec<Variable>,
}

/// One segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Exactly this.
    Literal(String),
    /// One segment, of which the text counts. It never starts with `_`: that is for operations.
    One,
    /// All that is left, at least one segment. Only the last segment of a template is one.
    Rest,
}

/// A field of the request whose value is in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Names of the field and of those around it, outermost first.
    pub(crate) field: Vec<String>,
    /// The segments that it takes.
    pub(crate) segments: Range<usize>,
}

/// The text is no template that we serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no path template")]
pub(crate) struct Invalid(String);

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        Self::read(text).ok_or_else(|| Invalid(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('/')?;
        let (mut segments, mut variables) = (Vec::new(), Vec::<Variable>::new());
        loop {
            if let Some(inside) = rest.strip_prefix('{') {
                let (inside, after) = inside.split_once('}')?;
                let (field, pattern) = inside.split_once('=').unwrap_or((inside, "*"));
                let field: Vec<String> = field.split('.').map(str::to_owned).collect();
                if !field.iter().all(|name| is_field(name))
                    || variables.iter().any(|known| known.field == field)
                {
                    return None;
                }
                let start = segments.len();
                for segment in pattern.split('/') {
                    segments.push(Segment::read(segment).or_else(|| rest_of(segment))?);
                }
                variables.push(Variable { field, segments: start..segments.len() });
                rest = after;
            } else {
                let (segment, _) = rest.split_once('/').unwrap_or((rest, ""));
                segments.push(Segment::read(segment)?);
                rest = rest.strip_prefix(segment)?;
            }
            if rest.is_empty() {
                let ends = segments.iter().rev().skip(1).all(|segment| *segment != Segment::Rest);
                return ends.then_some(Self { segments, variables });
            }
            rest = rest.strip_prefix('/')?;
        }
    }

    /// The value of each variable, in their order, when the decoded segments match.
    pub(crate) fn matches(&self, path: &[String]) -> Option<Vec<String>> {
        let open = self.segments.last() == Some(&Segment::Rest);
        let right_length =
            if open { path.len() >= self.segments.len() } else { path.len() == self.segments.len() };
        // The last segment of an open template stands for all that is left.
        let last = self.segments.last().filter(|_| open);
        let own = self.segments.iter().chain(std::iter::repeat_with(|| last).flatten());
        if !right_length || !path.iter().zip(own).all(|(text, own)| own.takes(text)) {
            return None;
        }
        let value = |variable: &Variable| {
            let end = if open && variable.segments.end == self.segments.len() {
                path.len()
            } else {
                variable.segments.end
            };
            Some(path.get(variable.segments.start..end)?.join("/"))
        };
        self.variables.iter().map(value).collect()
    }
}

impl Segment {
    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::One);
        }
        is_literal(text).then(|| Self::Literal(text.to_owned()))
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::One | Self::Rest => !text.is_empty() && !text.starts_with('_'),
        }
    }
}

/// `**`, which stands only in a variable.
fn rest_of(text: &str) -> Option<Segment> {
    (text == "**").then_some(Segment::Rest)
}

fn is_literal(text: &str) -> bool {
    let plain = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_' | b'.' | b'~');
    !text.is_empty() && text != "." && text != ".." && text.bytes().all(plain)
}

fn is_field(text: &str) -> bool {
    let letter = |sign: u8| sign.is_ascii_alphabetic() || sign == b'_';
    text.bytes().next().is_some_and(letter) && text.bytes().all(|sign| letter(sign) || sign.is_ascii_digit())
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::One => f.write_str("*"),
            Self::Rest => f.write_str("**"),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            f.write_str("/")?;
            if let Some(variable) = self.variables.iter().find(|variable| variable.segments.start == at) {
                write!(f, "{{{}=", variable.field.join("."))?;
            }
            write!(f, "{segment}")?;
            if self.variables.iter().any(|variable| variable.segments.end == at + 1) {
                f.write_str("}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn a_variable_takes_its_segments_and_no_others() {
        let template =
            Template::parse("/v1/{stakeholder.name=stakeholders/*}/signing-keys").expect("a template");
        let matched = template.matches(&path("/v1/stakeholders/weller/signing-keys"));
        assert_eq!(matched, Some(vec!["stakeholders/weller".to_owned()]));
        assert_eq!(template.matches(&path("/v1/stakeholders/weller")), None);
        assert_eq!(template.matches(&path("/v1/areas/weller/signing-keys")), None);
        assert_eq!(template.variables[0].field, ["stakeholder", "name"]);
    }

    #[test]
    fn an_open_end_takes_all_that_is_left_and_at_least_one_segment() {
        let template = Template::parse("/v1/ledger/{path=tile/**}").expect("a template");
        for rest in ["tile/0", "tile/0/x001/234.p/5"] {
            let matched = template.matches(&path(&format!("/v1/ledger/{rest}")));
            assert_eq!(matched, Some(vec![rest.to_owned()]));
        }
        for other in ["/v1/ledger/tile", "/v1/ledger", "/v1/ledger/tiles/0", "/v1/ledger/tile/0/_verb"] {
            assert_eq!(template.matches(&path(other)), None, "{other}");
        }
        assert_eq!(template.to_string(), "/v1/ledger/{path=tile/**}");
    }

    #[test]
    fn an_operation_is_no_resource() {
        let resource = Template::parse("/v1/{name=datasets/*/releases/*}").expect("a template");
        assert_eq!(resource.matches(&path("/v1/datasets/d/releases/_validate")), None);
        let operation = Template::parse("/v1/{parent=datasets/*}/releases/_validate").expect("a template");
        assert!(operation.matches(&path("/v1/datasets/d/releases/_validate")).is_some());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in [
            "",
            "v1",
            "/",
            "/v1/",
            "//v1",
            "/v1/{",
            "/v1/{}",
            "/v1/{a",
            "/v1/{a}b",
            "/v1/a}",
            "/v1/{a=}",
            "/v1/{a=b//c}",
            "/v1/**",
            "/v1/{a=**}/b",
            "/v1/{a=**/b}",
            "/v1/{a=b**}",
            "/v1/{a}:verb",
            "/v1/{a.=b}",
            "/v1/{a}/{a}",
            "/v1/..",
            "/v1/{a={b}}",
            "/v1/é",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    fn literal() -> impl Strategy<Value = String> {
        "[a-z_][a-z0-9-]{0,6}"
    }

    /// A part of a template, and a part of a path that matches it.
    fn part() -> impl Strategy<Value = (String, String, Option<String>)> {
        let value = || "[a-zA-Z0-9 é.-]{1,5}";
        prop_oneof![
            literal().prop_map(|text| (text.clone(), text, None)),
            value().prop_map(|text| ("*".to_owned(), text, None)),
            (literal(), literal(), value()).prop_map(|(field, collection, id)| {
                let bound = format!("{collection}/{id}");
                (format!("{{{}={collection}/*}}", field.replace('-', "_")), bound.clone(), Some(bound))
            }),
        ]
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_parser(text in "[/{}=*.a_:-]{0,24}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(Template::parse(&template.to_string()), Ok(template));
            }
        }

        #[test]
        fn a_path_made_from_a_template_matches_it(parts in prop::collection::vec(part(), 1..5)) {
            let mut text = String::new();
            let mut wanted = Vec::new();
            let mut url = String::new();
            for (at, (part, matching, bound)) in parts.into_iter().enumerate() {
                // Fields must differ; a name by position sees to that.
                let part = if bound.is_some() { part.replacen('{', &format!("{{f{at}."), 1) } else { part };
                text.push_str(&format!("/{part}"));
                url.push_str(&format!("/{matching}"));
                wanted.extend(bound);
            }
            let template = Template::parse(&text).expect("a template");
            prop_assert_eq!(Template::parse(&template.to_string()).expect("again"), template.clone());
            let matched = template.matches(&path(&url));
            prop_assert_eq!(matched, Some(wanted));
            prop_assert_eq!(template.matches(&path(&format!("{url}/more"))), None);
        }
    }
}
