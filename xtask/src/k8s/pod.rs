//! Rules for the pods of one workload.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lint::{items, text};
use super::quantity;

const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];
const HANDLERS: [&str; 4] = ["httpGet", "grpc", "tcpSocket", "exec"];
/// What Kubernetes waits between the order to stop and the kill when a pod does not say.
const GRACE: u64 = 30;

/// What is wrong with a pod; `long_lived` when it is to run until it is told to stop.
pub(super) fn check(pod: &Value, long_lived: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let mut require = |holds: bool, rule: &str| {
        if !holds {
            problems.push(rule.to_owned());
        }
    };
    require(is(pod, "/securityContext/runAsNonRoot", true), "runAsNonRoot is not true");
    require(number(pod, "/securityContext/runAsUser").is_some_and(|user| user > 0), "no runAsUser above 0");
    let seccomp = text(pod, "/securityContext/seccompProfile/type");
    require(seccomp == "RuntimeDefault", "seccompProfile is not RuntimeDefault");
    require(is(pod, "/automountServiceAccountToken", false), "automountServiceAccountToken is not false");
    require(is(pod, "/enableServiceLinks", false), "enableServiceLinks is not false");
    require(!text(pod, "/serviceAccountName").is_empty(), "no serviceAccountName");
    if !long_lived {
        let restart = text(pod, "/restartPolicy");
        require(restart == "Never" || restart == "OnFailure", "restartPolicy is not Never or OnFailure");
    }
    let volumes: BTreeSet<&str> = items(pod, "/volumes").map(|volume| text(volume, "/name")).collect();
    for container in containers(pod) {
        let name = text(container, "/name");
        let found = check_container(container, &volumes, long_lived);
        problems.extend(found.into_iter().map(|rule| format!("container {name}: {rule}")));
        let grace = number(pod, "/terminationGracePeriodSeconds").unwrap_or(GRACE);
        if number(container, "/lifecycle/preStop/sleep/seconds").is_some_and(|sleep| sleep >= grace) {
            problems
                .push(format!("container {name}: preStop sleeps for the whole grace period of {grace} s"));
        }
    }
    problems
}

pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    items(pod, "/initContainers").chain(items(pod, "/containers"))
}

fn check_container(container: &Value, volumes: &BTreeSet<&str>, long_lived: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let image = text(container, "/image");
    let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map_or("", |(_, tag)| tag);
    if tag.is_empty() || tag == "latest" {
        problems.push(format!("image {image} has no tag that says which one"));
    }
    let secure = is(container, "/securityContext/allowPrivilegeEscalation", false)
        && is(container, "/securityContext/readOnlyRootFilesystem", true)
        && !is(container, "/securityContext/privileged", true)
        && items(container, "/securityContext/capabilities/drop").any(|dropped| dropped == "ALL");
    if !secure {
        problems.push("securityContext allows more than reading its own files".to_owned());
    }
    for mount in items(container, "/volumeMounts").map(|mount| text(mount, "/name")) {
        if !volumes.contains(mount) {
            problems.push(format!("mounts {mount}, which is no volume of the pod"));
        }
    }
    let ports: Vec<&str> = items(container, "/ports").map(|port| text(port, "/name")).collect();
    for port in &ports {
        if port.is_empty() || port.len() > 15 {
            problems.push(format!("port name \"{port}\" has not 1 to 15 characters"));
        }
        if ports.iter().filter(|other| *other == port).count() > 1 {
            problems.push(format!("port name {port} is there twice"));
        }
    }
    for probe in PROBES {
        match container.get(probe) {
            Some(value) => problems.extend(check_probe(value, &ports).map(|rule| format!("{probe} {rule}"))),
            None if long_lived => problems.push(format!("no {probe}")),
            None => {}
        }
    }
    problems.extend(check_resources(container));
    problems
}

fn check_probe(probe: &Value, ports: &[&str]) -> Option<String> {
    let handlers: Vec<_> = HANDLERS.iter().filter_map(|handler| probe.get(handler)).collect();
    let [handler] = *handlers else {
        return Some(format!("has {} handlers instead of one", handlers.len()));
    };
    match handler.get("port") {
        Some(Value::String(name)) if !ports.contains(&name.as_str()) => {
            Some(format!("asks port {name}, which is not there"))
        }
        Some(Value::Number(port)) => Some(format!("asks port {port} by number instead of by name")),
        _ => None,
    }
}

fn check_resources(container: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let amount = |kind: &str, what: &str| {
        container.pointer(&format!("/resources/{kind}/{what}")).and_then(Value::as_str)
    };
    for (kind, what) in [("requests", "cpu"), ("requests", "memory"), ("limits", "memory")] {
        match amount(kind, what) {
            None => problems.push(format!("no {kind} of {what}")),
            Some(text) if quantity::parse(text).is_none() => {
                problems.push(format!("{kind}: {text} is no amount of {what}"))
            }
            Some(_) => {}
        }
    }
    for what in ["cpu", "memory"] {
        let (request, limit) = (amount("requests", what), amount("limits", what));
        if let (Some(request), Some(limit)) =
            (request.and_then(quantity::parse), limit.and_then(quantity::parse))
            && request > limit
        {
            problems.push(format!("requests more {what} than its limit"));
        }
    }
    problems
}

fn is(value: &Value, pointer: &str, wanted: bool) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(wanted)
}

fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A pod that obeys every rule.
    pub(in crate::k8s) fn good() -> Value {
        let probe = json!({"httpGet": {"path": "/readyz", "port": "admin"}});
        json!({
            "serviceAccountName": "consent",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "terminationGracePeriodSeconds": 30,
            "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "keys", "secret": {"secretName": "keys"}}],
            "containers": [{
                "name": "a",
                "image": "registry:5000/a:1",
                "ports": [{"name": "grpc", "containerPort": 8080}, {"name": "admin", "containerPort": 9090}],
                "envFrom": [{"configMapRef": {"name": "settings"}}],
                "startupProbe": probe, "readinessProbe": probe, "livenessProbe": probe,
                "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "volumeMounts": [{"name": "keys", "mountPath": "/keys"}],
                "securityContext": {
                    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
                },
            }],
        })
    }

    /// `good` with one value replaced, or removed when it is null.
    pub(in crate::k8s) fn change(value: &mut Value, pointer: &str, new: Value) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if new.is_null() {
            parent.remove(key).unwrap();
        } else {
            parent.insert(key.to_owned(), new);
        }
    }

    #[test]
    fn a_good_pod_passes() {
        assert_eq!(check(&good(), true), Vec::<String>::new());
    }

    #[test]
    fn each_rule_fails_on_what_it_forbids() {
        let one = "/containers/0";
        let cases = [
            ("/securityContext/runAsNonRoot", json!(false), "runAsNonRoot"),
            ("/securityContext/runAsUser", json!(0), "runAsUser"),
            ("/securityContext/seccompProfile", json!(null), "seccompProfile"),
            ("/automountServiceAccountToken", json!(null), "automountServiceAccountToken"),
            ("/enableServiceLinks", json!(null), "enableServiceLinks"),
            ("/serviceAccountName", json!(null), "serviceAccountName"),
            ("/volumes", json!([]), "mounts keys"),
            ("/terminationGracePeriodSeconds", json!(5), "preStop"),
            (&format!("{one}/image"), json!("registry:5000/a"), "no tag"),
            (&format!("{one}/image"), json!("a:latest"), "no tag"),
            (&format!("{one}/securityContext/readOnlyRootFilesystem"), json!(false), "securityContext"),
            (&format!("{one}/securityContext/capabilities"), json!({"drop": ["CHOWN"]}), "securityContext"),
            (&format!("{one}/securityContext/allowPrivilegeEscalation"), json!(null), "securityContext"),
            (&format!("{one}/securityContext/privileged"), json!(true), "securityContext"),
            (&format!("{one}/livenessProbe"), json!(null), "no livenessProbe"),
            (&format!("{one}/readinessProbe/httpGet/port"), json!("health"), "port health"),
            (&format!("{one}/readinessProbe/httpGet/port"), json!(9090), "by number"),
            (&format!("{one}/readinessProbe/grpc"), json!({}), "2 handlers"),
            (&format!("{one}/resources/requests/memory"), json!("64MiB"), "no amount"),
            (&format!("{one}/resources/requests/memory"), json!("1Gi"), "more memory"),
            (&format!("{one}/resources/limits/memory"), json!(null), "no limits of memory"),
        ];
        for (pointer, new, part) in cases {
            let mut pod = good();
            change(&mut pod, pointer, new);
            let problems = check(&pod, true);
            assert!(problems.len() == 1 && problems[0].contains(part), "{pointer}: {problems:?}");
        }
    }

    #[test]
    fn port_names_are_short_and_unique() {
        for name in ["admin", "a-name-of-sixteen"] {
            let mut pod = good();
            let ports = json!([{"name": "grpc"}, {"name": "admin"}, {"name": name}]);
            change(&mut pod, "/containers/0/ports", ports);
            assert!(check(&pod, true).iter().all(|problem| problem.contains("port name")));
            assert!(!check(&pod, true).is_empty());
        }
    }

    #[test]
    fn a_job_ends() {
        let mut pod = good();
        assert_eq!(check(&pod, false), ["restartPolicy is not Never or OnFailure"]);
        change(&mut pod, "/restartPolicy", json!("OnFailure"));
        change(&mut pod, "/containers/0/livenessProbe", json!(null));
        assert_eq!(check(&pod, false), Vec::<String>::new());
    }
}
