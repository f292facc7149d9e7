//! Rules for rendered manifests that no schema and no API server checks: does one refer to another
//! that is there, and is every pod as closed as it can be.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pod;

/// What is wrong, one sentence for each problem.
pub(super) fn check(objects: &[Value]) -> Vec<String> {
    let workloads: Vec<&Value> =
        objects.iter().filter(|object| object.pointer("/spec/template/spec").is_some()).collect();
    let mut problems = Vec::new();
    for object in objects {
        let found = match text(object, "/kind") {
            "Service" => service(object, &workloads),
            "PodDisruptionBudget" => budget(object, &workloads),
            "NetworkPolicy" => policy(object, &workloads),
            _ if object.pointer("/spec/template/spec").is_some() => workload(object, objects),
            _ => Vec::new(),
        };
        let id = format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"));
        let named = name_problem(object).into_iter().chain(found);
        problems.extend(named.map(|problem| format!("{id}: {problem}")));
    }
    problems
}

/// The text at a place, empty when there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The items of the list at a place.
pub(super) fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn name_problem(object: &Value) -> Option<String> {
    let name = text(object, "/metadata/name");
    let plain =
        name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    let good =
        plain && !name.is_empty() && name.len() <= 63 && !name.starts_with('-') && !name.ends_with('-');
    (!good).then(|| "the name is not a DNS label".to_owned())
}

fn workload(object: &Value, objects: &[Value]) -> Vec<String> {
    let mut problems = Vec::new();
    let job = text(object, "/kind") == "Job";
    if !job && !selects(object.pointer("/spec/selector/matchLabels"), object) {
        problems.push("the selector does not select its own pods".to_owned());
    }
    let rolling =
        |what: &str| object.pointer(&format!("/spec/strategy/rollingUpdate/{what}")).and_then(Value::as_u64);
    if rolling("maxSurge") == Some(0) && rolling("maxUnavailable") == Some(0) {
        problems.push("maxSurge and maxUnavailable are both 0, so nothing can be replaced".to_owned());
    }
    if let Some(template) = object.pointer("/spec/template/spec") {
        problems.extend(pod::check(template, !job));
        problems.extend(dangling(template, objects));
    }
    problems
}

/// ServiceAccounts and ConfigMaps that a pod names and that are not there. Secrets are made by hand.
fn dangling(template: &Value, objects: &[Value]) -> Vec<String> {
    let there: BTreeSet<(&str, &str)> =
        objects.iter().map(|object| (text(object, "/kind"), text(object, "/metadata/name"))).collect();
    let mut named = vec![("ServiceAccount", text(template, "/serviceAccountName"))];
    for volume in items(template, "/volumes") {
        named.push(("ConfigMap", text(volume, "/configMap/name")));
    }
    for container in pod::containers(template) {
        for source in items(container, "/envFrom") {
            named.push(("ConfigMap", text(source, "/configMapRef/name")));
        }
        for variable in items(container, "/env") {
            named.push(("ConfigMap", text(variable, "/valueFrom/configMapKeyRef/name")));
        }
    }
    let missing =
        named.into_iter().filter(|(kind, name)| !name.is_empty() && !there.contains(&(*kind, *name)));
    missing.map(|(kind, name)| format!("there is no {kind} {name}")).collect()
}

fn service(object: &Value, workloads: &[&Value]) -> Vec<String> {
    let selector = object.pointer("/spec/selector");
    let behind: Vec<&Value> =
        workloads.iter().copied().filter(|workload| selects(selector, workload)).collect();
    if behind.is_empty() {
        return vec!["selects no pods".to_owned()];
    }
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for port in items(object, "/spec/ports") {
        let name = text(port, "/name");
        if name.is_empty() || name.len() > 15 || !names.insert(name) {
            problems.push(format!("port name \"{name}\" is not unique with 1 to 15 characters"));
        }
        let target = text(port, "/targetPort");
        if !behind.iter().all(|workload| ports(workload).contains(target)) {
            problems.push(format!("port {name} goes to \"{target}\", which its pods do not have"));
        }
    }
    problems
}

fn budget(object: &Value, workloads: &[&Value]) -> Vec<String> {
    let mut problems = Vec::new();
    let bounds = ["/spec/minAvailable", "/spec/maxUnavailable"];
    if bounds.iter().filter(|bound| object.pointer(bound).is_some()).count() != 1 {
        problems.push("has not exactly one of minAvailable and maxUnavailable".to_owned());
    }
    problems.extend(none_selected(object.pointer("/spec/selector/matchLabels"), workloads));
    problems
}

fn policy(object: &Value, workloads: &[&Value]) -> Vec<String> {
    let own = object.pointer("/spec/podSelector/matchLabels");
    let mut problems: Vec<String> =
        own.and_then(|own| none_selected(Some(own), workloads)).into_iter().collect();
    for (rules, peers) in [("/spec/ingress", "/from"), ("/spec/egress", "/to")] {
        for rule in items(object, rules) {
            let mut others = Vec::new();
            for peer in items(rule, peers) {
                // Pods of another namespace are not ours to know.
                if peer.get("namespaceSelector").is_none() && peer.get("podSelector").is_some() {
                    let labels = peer.pointer("/podSelector/matchLabels");
                    problems.extend(none_selected(labels, workloads));
                    others.extend(labels);
                }
            }
            // The port is one of those who are called: of our own pods, or of the others.
            let called: Vec<&Value> = if peers == "/from" { own.into_iter().collect() } else { others };
            let named = items(rule, "/ports").filter_map(|port| port.get("port").and_then(Value::as_str));
            for name in named {
                let mut pods =
                    workloads.iter().filter(|pods| called.iter().any(|labels| selects(Some(labels), pods)));
                if !pods.all(|pods| ports(pods).contains(name)) {
                    problems.push(format!("allows port {name}, which the pods that are called do not have"));
                }
            }
        }
    }
    problems
}

fn none_selected(selector: Option<&Value>, workloads: &[&Value]) -> Option<String> {
    let none = !workloads.iter().any(|workload| selects(selector, workload));
    none.then(|| format!("selects no pods with {}", selector.unwrap_or(&Value::Null)))
}

/// Whether all labels of the selector are on the pods of a workload.
fn selects(selector: Option<&Value>, workload: &Value) -> bool {
    let empty = Map::new();
    let labels =
        workload.pointer("/spec/template/metadata/labels").and_then(Value::as_object).unwrap_or(&empty);
    let wanted = selector.and_then(Value::as_object).unwrap_or(&empty);
    !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Names of the ports of a workload's containers.
fn ports(workload: &Value) -> BTreeSet<&str> {
    let containers = items(workload, "/spec/template/spec/containers");
    containers.flat_map(|container| items(container, "/ports")).map(|port| text(port, "/name")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::pod::tests::{change, good};
    use super::*;

    fn manifests() -> Vec<Value> {
        let labels = json!({"app": "consent"});
        vec![
            json!({"kind": "Deployment", "metadata": {"name": "consent"}, "spec": {
                "selector": {"matchLabels": labels},
                "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                "template": {"metadata": {"labels": labels}, "spec": good()},
            }}),
            json!({"kind": "ServiceAccount", "metadata": {"name": "consent"}}),
            json!({"kind": "ConfigMap", "metadata": {"name": "settings"}}),
            json!({"kind": "Service", "metadata": {"name": "consent"}, "spec": {
                "selector": labels, "ports": [{"name": "grpc", "targetPort": "grpc"}],
            }}),
            json!({"kind": "PodDisruptionBudget", "metadata": {"name": "consent"}, "spec": {
                "maxUnavailable": 1, "selector": {"matchLabels": labels},
            }}),
            json!({"kind": "NetworkPolicy", "metadata": {"name": "consent"}, "spec": {
                "podSelector": {"matchLabels": labels},
                "ingress": [{"from": [{"podSelector": {"matchLabels": labels}}], "ports": [{"port": "grpc"}]}],
                "egress": [{"ports": [{"port": 5432}]}],
            }}),
        ]
    }

    #[test]
    fn good_manifests_pass() {
        assert_eq!(check(&manifests()), Vec::<String>::new());
    }

    #[test]
    fn each_rule_fails_on_what_it_forbids() {
        let from = "/spec/ingress/0/from/0/podSelector/matchLabels";
        let cases = [
            (0, "/metadata/name", json!("Consent"), "DNS label"),
            (0, "/spec/selector/matchLabels", json!({"app": "other"}), "own pods"),
            (0, "/spec/strategy/rollingUpdate/maxSurge", json!(0), "both 0"),
            (0, "/spec/template/spec/enableServiceLinks", json!(true), "enableServiceLinks"),
            (1, "/metadata/name", json!("other"), "no ServiceAccount consent"),
            (2, "/metadata/name", json!("other"), "no ConfigMap settings"),
            (3, "/spec/selector/app", json!("other"), "selects no pods"),
            (3, "/spec/ports", json!([{"name": "grpc", "targetPort": "http"}]), "do not have"),
            (3, "/spec/ports", json!([{"targetPort": "grpc"}]), "port name"),
            (4, "/spec/minAvailable", json!(1), "exactly one"),
            (4, "/spec/selector/matchLabels/app", json!("other"), "selects no pods"),
            (5, "/spec/podSelector/matchLabels/extra", json!("x"), "selects no pods"),
            (5, &format!("{from}/app"), json!("other"), "selects no pods"),
            (5, "/spec/ingress/0/ports", json!([{"port": "http"}]), "allows port http"),
        ];
        for (index, pointer, new, part) in cases {
            let mut objects = manifests();
            let object = objects.get_mut(index).unwrap();
            if pointer.contains("/0/") {
                *object.pointer_mut(pointer).unwrap() = new;
            } else {
                change(object, pointer, new);
            }
            let problems = check(&objects);
            assert!(problems.len() == 1 && problems[0].contains(part), "{pointer}: {problems:?}");
        }
    }
}
