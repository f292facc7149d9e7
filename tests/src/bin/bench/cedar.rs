//! Evaluation alone, beside the policy engine Cedar with the same rules and the same requests. All
//! texts are read before anything is timed, on both sides.

mod rules;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Decision, Entities, PolicySet, Request as CedarRequest};
use consent::replay::{Agreement, Grounds, Request};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::Party;
use time::OffsetDateTime;

use crate::rows::another;
use crate::world::{Agreed, PURPOSE, World};
use crate::{Numbers, quantile};

const AGREEMENTS: [usize; 2] = [1, 1000];
const EVALUATIONS: usize = 100_000;

pub(crate) async fn run() {
    let world = World::new(testkit::sqlite().await, 1).await;
    let (agreed, clock) = (world.agreed.clone(), world.clock.clone());
    world.end().await;
    println!(
        "\nevaluation alone, {EVALUATIONS} each, a quarter permitted; Cedar {}",
        cedar_policy::get_lang_version()
    );
    println!("| agreements | Cedar p50 | Cedar p99 | ours p50 | ours p99 | p50 of Cedar | p99 of Cedar |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for agreements in AGREEMENTS {
        compare(&agreed, &clock, agreements);
    }
}

/// One request, as each side reads it.
struct Asked {
    agreement: String,
    ours: Request,
    cedar: CedarRequest,
}

fn compare(agreed: &Agreed, clock: &Clock, agreements: usize) {
    let now = clock.now();
    let mut all = vec![agreed.clone()];
    all.resize_with(agreements, || another(agreed, clock));
    let own_rule = json!({
        "action": "CREATED", "by": Party::Ggd.oin(), "rule": format!("use-rules/{}", clock.uuid()),
        "system": rules::SYSTEM, "purposes": [PURPOSE], "note": "",
    })
    .to_string();
    let grounds: HashMap<&str, Grounds> = all
        .iter()
        .map(|agreed| {
            let content_json = &agreed.content_json;
            let under = Agreement { content_json, state: "ACTIVE", since: now, replaced_by: None };
            let grounds = Grounds::under(under).and_then(|on| on.with_own_rule(&own_rule));
            (agreed.name.as_str(), grounds.expect("grounds"))
        })
        .collect();
    let entities: Vec<Value> = all.iter().map(|agreed| rules::entity(agreed, now)).collect();
    let entities = Entities::from_json_value(entities.into(), None).expect("entities");
    let policies: PolicySet = rules::policies().parse().expect("policies");
    let authorizer = Authorizer::new();
    let asked: Vec<Asked> = all
        .iter()
        .flat_map(|agreed| rules::requests(&agreed.name))
        .map(|request| read(&request, now))
        .collect();
    for asked in &asked {
        let cedar = authorizer.is_authorized(&asked.cedar, &policies, &entities);
        let ours = grounds[asked.agreement.as_str()].decide(&asked.ours, now);
        assert_eq!(cedar.diagnostics().errors().count(), 0, "{cedar:?}");
        assert_eq!(cedar.decision() == Decision::Allow, ours.permitted, "{ours:?} and {cedar:?}");
    }
    let theirs = times(&asked, |asked| authorizer.is_authorized(&asked.cedar, &policies, &entities));
    let ours = times(&asked, |asked| {
        grounds.get(asked.agreement.as_str()).map(|grounds| grounds.decide(&asked.ours, now))
    });
    let ratio = |percent| quantile(&ours, percent).as_secs_f64() / quantile(&theirs, percent).as_secs_f64();
    println!(
        "| {agreements} | {:.2?} | {:.2?} | {:.2?} | {:.2?} | {:.3} | {:.3} |",
        quantile(&theirs, 50),
        quantile(&theirs, 99),
        quantile(&ours, 50),
        quantile(&ours, 99),
        ratio(50),
        ratio(99),
    );
}

fn read(request: &Value, now: OffsetDateTime) -> Asked {
    Asked {
        agreement: request["agreement"].as_str().expect("a name").to_owned(),
        ours: Request::read(&request.to_string()).expect("a request"),
        cedar: rules::request(request, now),
    }
}

/// How long each evaluation takes, in order of time, after as many that are not counted.
fn times<T>(asked: &[Asked], mut evaluate: impl FnMut(&Asked) -> T) -> Vec<Duration> {
    let mut numbers = Numbers::new(1);
    let mut times = Vec::with_capacity(EVALUATIONS);
    for round in 0..EVALUATIONS * 2 {
        let place = numbers.below(u64::try_from(asked.len()).expect("a number"));
        let asked = &asked[usize::try_from(place).expect("a place")];
        let start = Instant::now();
        std::hint::black_box(evaluate(asked));
        if round >= EVALUATIONS {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    times
}
