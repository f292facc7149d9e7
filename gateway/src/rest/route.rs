//! The REST routes, made from the `google.api.http` annotations of the contract.

use http::Method;
use http::uri::PathAndQuery;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};

use super::template::Template;
use crate::contract::{Error, Shape, Shapes, service_of};

/// One way to call one RPC.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) rpc: MethodDescriptor,
    pub(crate) body: Body,
    pub(crate) exchange: Exchange,
    pub(crate) shape: Shape,
    /// The service of the platform that serves it.
    pub(crate) service: String,
    /// "/package.Service/Method".
    pub(crate) path: PathAndQuery,
}

/// What the body of a request is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// There is none.
    None,
    /// The whole message.
    Whole,
    /// One field of it.
    Field(FieldDescriptor),
}

/// How messages go back and forth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Exchange {
    /// One of each.
    Unary,
    /// One request, and a file (google.api.HttpBody) as the answer.
    Download,
    /// One request, many answers.
    Answers,
    /// A file in this field (google.api.HttpBody) in many requests, one answer.
    File(FieldDescriptor),
}

/// What was found at a path.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A route, and the values of its variables.
    Route(&'a Route, Vec<String>),
    /// Routes for these methods only.
    Methods(Vec<Method>),
    /// Nothing.
    Nothing,
}

/// All routes, the most precise first.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    /// Reads the annotations. An RPC without one has no route.
    pub(crate) fn of(pool: &DescriptorPool) -> Result<Self, Error> {
        let http = pool
            .get_extension_by_name("google.api.http")
            .ok_or_else(|| wrong("google.api.http", "is missing"))?;
        let shapes = Shapes::of(pool)?;
        let mut routes = Vec::new();
        for rpc in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let options = rpc.options();
            if !options.has_extension(&http) {
                continue;
            }
            let rule = options.get_extension(&http);
            let rule = rule.as_message().ok_or_else(|| wrong(rpc.full_name(), "has no http rule"))?;
            routes.push(route(&rpc, shapes.shape(&rpc), rule)?);
            for other in list(rule, "additional_bindings") {
                routes.push(route(
                    &rpc,
                    shapes.shape(&rpc),
                    other.as_message().ok_or_else(|| wrong(rpc.full_name(), "has no http rule"))?,
                )?);
            }
        }
        sort(&mut routes);
        let twice = routes.windows(2).find_map(|pair| match pair {
            [one, other]
                if one.method == other.method && one.template.segments == other.template.segments =>
            {
                Some(other.rpc.full_name().to_owned())
            }
            _ => None,
        });
        match twice {
            Some(name) => Err(wrong(&name, "has the path of another method")),
            None => Ok(Self(routes)),
        }
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// What `method` finds at a path with these decoded segments.
    pub(crate) fn find(&self, method: &Method, path: &[String]) -> Found<'_> {
        let mut methods = Vec::new();
        for route in &self.0 {
            let Some(values) = route.template.matches(path) else {
                continue;
            };
            if route.method == *method {
                return Found::Route(route, values);
            }
            if !methods.contains(&route.method) {
                methods.push(route.method.clone());
            }
        }
        if methods.is_empty() { Found::Nothing } else { Found::Methods(methods) }
    }
}

/// The most precise first: a literal comes before a variable in its place.
fn sort(routes: &mut [Route]) {
    routes.sort_by(|one, other| one.template.segments.cmp(&other.template.segments));
}

fn wrong(name: &str, what: &str) -> Error {
    Error(format!("{name} {what}"))
}

fn route(rpc: &MethodDescriptor, shape: Shape, rule: &DynamicMessage) -> Result<Route, Error> {
    let wrong = |what: &str| wrong(rpc.full_name(), what);
    let verbs = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ];
    let (template, method) = verbs
        .into_iter()
        .find_map(|(name, method)| text(rule, name).map(|template| (template, method)))
        .ok_or_else(|| wrong("has an http rule without a path"))?;
    let template = Template::parse(&template).map_err(|error| wrong(&error.to_string()))?;
    let input = rpc.input();
    if text(rule, "response_body").is_some() {
        return Err(wrong("has a response_body, which is not served"));
    }
    for variable in &template.variables {
        let field =
            field_at(&input, &variable.field).ok_or_else(|| wrong("has a variable that is no field"))?;
        if field.kind() != Kind::String || field.is_list() {
            return Err(wrong("has a variable that is not a string"));
        }
    }
    let body = match text(rule, "body").as_deref() {
        None => Body::None,
        Some("*") => Body::Whole,
        Some(name) => {
            Body::Field(input.get_field_by_name(name).ok_or_else(|| wrong("has a body that is no field"))?)
        }
    };
    let exchange = match (rpc.is_client_streaming(), rpc.is_server_streaming(), &body) {
        (false, false, _) if is_http_body(&rpc.output()) => Exchange::Download,
        (false, false, _) => Exchange::Unary,
        (false, true, _) => Exchange::Answers,
        (true, false, Body::Field(file)) if is_file(file) => Exchange::File(file.clone()),
        (true, _, _) => return Err(wrong("streams to the server something else than a file")),
    };
    let service =
        service_of(rpc.full_name()).ok_or_else(|| wrong("is of no service of the platform"))?.to_owned();
    let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
    let path = path.parse().map_err(|_| wrong("has a name that is no path"))?;
    Ok(Route { method, template, rpc: rpc.clone(), body, exchange, shape, service, path })
}

fn is_file(field: &FieldDescriptor) -> bool {
    message_of(field).is_some_and(|message| is_http_body(&message)) && !field.is_list()
}

fn is_http_body(message: &MessageDescriptor) -> bool {
    message.full_name() == "google.api.HttpBody"
}

/// The type of a field that is a message.
pub(crate) fn message_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    field.kind().as_message().cloned()
}

/// The field at a path of names in the contract.
pub(crate) fn field_at(message: &MessageDescriptor, path: &[String]) -> Option<FieldDescriptor> {
    let (name, rest) = path.split_first()?;
    let field = message.get_field_by_name(name)?;
    if rest.is_empty() { Some(field) } else { field_at(&message_of(&field)?, rest) }
}

/// A field of an http rule that is a text and set.
fn text(rule: &DynamicMessage, name: &str) -> Option<String> {
    let value = rule.get_field_by_name(name)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn list(rule: &DynamicMessage, name: &str) -> Vec<Value> {
    rule.get_field_by_name(name).and_then(|value| value.as_list().map(<[Value]>::to_vec)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::template::Segment;
    use super::*;
    use crate::contract::Contract;

    #[test]
    fn every_annotated_method_of_the_contract_has_a_route_for_the_world() {
        let contract = Contract::read().expect("the contract");
        let routes = Routes::of(&contract.pool).expect("routes");
        assert!(routes.iter().count() >= 30);
        for route in routes.iter() {
            let rule = contract.rules.get(route.path.as_str()).expect("a rule");
            assert!(!rule.roles.is_empty(), "{} is for services only", route.path);
            assert!(matches!(route.template.segments.first(), Some(Segment::Literal(v1)) if v1 == "v1"));
        }
    }

    /// The path of the RPC that is found.
    fn found(routes: &Routes, method: &Method, path: &str) -> Option<String> {
        let path: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
        match routes.find(method, &path) {
            Found::Route(route, _) => Some(route.rpc.name().to_owned()),
            Found::Methods(_) | Found::Nothing => None,
        }
    }

    #[test]
    fn a_literal_is_preferred_to_a_variable() {
        let contract = Contract::read().expect("the contract");
        let mut all = Routes::of(&contract.pool).expect("routes");
        let area = all.iter().find(|route| route.rpc.name() == "GetArea").expect("a route").clone();
        let themes = all.iter().find(|route| route.rpc.name() == "ListThemes").expect("a route").clone();
        let at = |route: &Route, template: &str| {
            let template = Template::parse(template).expect("a template");
            Route { template, ..route.clone() }
        };
        // In either order, as long as the list is sorted as it is for the contract.
        for mut pair in [
            vec![at(&area, "/v1/{name=areas/*}"), at(&themes, "/v1/areas/all")],
            vec![at(&themes, "/v1/areas/all"), at(&area, "/v1/{name=areas/*}")],
        ] {
            sort(&mut pair);
            all = Routes(pair);
            assert_eq!(found(&all, &Method::GET, "/v1/areas/all").as_deref(), Some("ListThemes"));
            assert_eq!(found(&all, &Method::GET, "/v1/areas/other").as_deref(), Some("GetArea"));
            assert!(
                matches!(all.find(&Method::PUT, &["v1".into(), "areas".into(), "all".into()]), Found::Methods(methods) if methods == [Method::GET])
            );
        }
    }
}
