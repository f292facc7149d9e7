//! Fuzz targets: random input, for a second each in `cargo test`, and for as long as one likes with
//! `cargo xtask fuzz`.

use bolero::check;
use http::Method;
use serde_json::Map;

use super::path::segments;
use super::query;
use super::route::Routes;
use super::template::Template;
use crate::contract::Contract;

fn routes() -> Routes {
    Routes::of(&Contract::read().expect("the contract").pool).expect("routes")
}

#[test]
fn no_text_upsets_the_readers_of_templates_paths_and_queries() {
    let routes = routes();
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(template) = Template::parse(&text) {
            assert_eq!(Template::parse(&template.to_string()), Ok(template));
        }
        for path in [text.to_string(), format!("/v1/agreements/{text}"), format!("/v1/{text}/_watch")] {
            if let Some(segments) = segments(&path) {
                assert!(segments.iter().all(|segment| !segment.is_empty() && !segment.contains('/')));
                let _ = routes.find(&Method::GET, &segments);
            }
        }
        for route in routes.iter() {
            let read = query::read(route, &text, &mut Map::new());
            assert!(read.is_ok() || !text.is_empty());
        }
        let _ = query::none(&text);
    });
}

#[test]
fn a_query_of_known_parameters_is_read_or_refused() {
    let routes = routes();
    let known: Vec<_> = routes
        .iter()
        .map(|route| (route, query::parameters(route)))
        .filter(|(_, parameters)| !parameters.is_empty())
        .collect();
    assert!(known.len() > 10);
    check!().with_type::<(u8, Vec<(u8, String)>)>().for_each(|(which, pairs)| {
        let (route, parameters) = &known[usize::from(*which) % known.len()];
        let mut written = form_urlencoded::Serializer::new(String::new());
        for (number, text) in pairs {
            let (name, _) = &parameters[usize::from(*number) % parameters.len()];
            written.append_pair(name, text);
        }
        let mut tree = Map::new();
        if query::read(route, &written.finish(), &mut tree).is_ok() {
            assert_eq!(tree.is_empty(), pairs.is_empty());
        }
    });
}
