//! Fuzz targets: random input, for a second each in `cargo test`, and for as long as one likes with
//! `cargo xtask fuzz`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bolero::check;
use prost_types::FieldMask;

use crate::mask::Mask;
use crate::page::{MAX_SIZE, Page};

#[test]
fn a_page_token_is_one_of_this_list_or_refused() {
    check!().with_type::<(i32, String, Vec<u8>, String, String)>().for_each(
        |(size, token, key, one, other)| {
            // Anything as it comes, and anything in the dress of a token.
            for token in [token.clone(), URL_SAFE_NO_PAD.encode(token), URL_SAFE_NO_PAD.encode(key)] {
                if let Ok(page) = Page::parse(*size, &token, &[one]) {
                    assert!((1..=MAX_SIZE).contains(&page.size));
                    assert_eq!(page.after.is_none(), token.is_empty());
                    let _ = page.after_as::<u64>();
                    if let Some(after) = &page.after {
                        assert_eq!(page.token_after(after), token);
                    }
                }
            }
            let Ok(first) = Page::parse(*size, "", &[one]) else {
                assert!(*size < 0);
                return;
            };
            let next = first.token_after(&String::from_utf8_lossy(key));
            let second = Page::parse(*size, &next, &[one]).map(|page| page.after);
            assert_eq!(second.ok().flatten().as_deref(), Some(&*String::from_utf8_lossy(key)));
            // A token of a list with other filters is none.
            assert!(one == other || Page::parse(*size, &next, &[other]).is_err());
        },
    );
}

#[test]
fn a_mask_names_known_fields_or_is_refused() {
    const FIELDS: [&str; 3] = ["name", "display_name", "*x"];
    check!().with_type::<Vec<(u8, String)>>().for_each(|paths| {
        let known = |(number, text): &(u8, String)| match number {
            0..=100 => FIELDS[usize::from(number % 3)].to_owned(),
            101..=150 => "*".to_owned(),
            _ => text.clone(),
        };
        let paths: Vec<String> = paths.iter().map(known).collect();
        let all_known = paths.iter().all(|path| FIELDS.contains(&path.as_str()));
        match Mask::parse(Some(FieldMask { paths: paths.clone() }), &FIELDS) {
            Ok(Mask::Set) => assert!(paths.is_empty()),
            Ok(Mask::All) => assert_eq!(paths, ["*"]),
            Ok(Mask::Paths(taken)) => assert!(all_known && taken == paths),
            Err(violation) => assert!(!all_known && violation.field == "update_mask"),
        }
    });
}
