//! Checks in tests that HTML is well-formed: every tag closed in order, attributes quoted, ids
//! unique and references to ids met.

use std::collections::HashSet;

/// Panics with a sentence when `html` is not well-formed.
pub(super) fn check(html: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut ids = HashSet::new();
    let mut references = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>'), "a stray > in {text:?}");
        let (tag, after) = after.split_once('>').expect("the end of a tag");
        rest = after;
        assert!(!tag.contains('<'), "a < in the tag {tag:?}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed here, open: {open:?}");
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        for (name, value) in attributes_of(attributes) {
            assert!(!name.starts_with("on") && name != "style", "{name} is refused by the policy");
            match name {
                "id" => assert!(ids.insert(value.to_owned()), "the id {value} is there twice"),
                "for" => references.push(value.to_owned()),
                "aria-labelledby" | "aria-describedby" => {
                    references.extend(value.split(' ').map(str::to_owned));
                }
                "href" => references.extend(value.strip_prefix('#').map(str::to_owned)),
                _ => {}
            }
        }
        assert_ne!(name, "script", "a script");
        if !closed {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    for reference in references {
        assert!(ids.contains(&reference), "nothing has the id {reference}");
    }
}

fn attributes_of(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    while !text.trim().is_empty() {
        let (name, after) = text.trim_start().split_once("=\"").expect("a quoted attribute");
        let (value, after) = after.split_once('"').expect("the end of a value");
        attributes.push((name, value));
        text = after;
    }
    attributes
}
