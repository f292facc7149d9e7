//! Bad deliveries: a clear error with line and column, and nothing stored.

use proto::google::api::HttpBody;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::{Code, Status};

use crate::world::{WELLER, World, code_and_reason, config, fields, file, info, upload_messages};

async fn nothing_stored(world: &World) {
    assert_eq!(world.release_count(WELLER, Party::Weller).await, 0, "{}", world.kind);
}

async fn validate(world: &World, file: &[u8]) -> pb::ValidationReport {
    let message = pb::ValidateReleaseRequest {
        parent: format!("datasets/{WELLER}"),
        file: Some(HttpBody {
            content_type: "text/csv".to_owned(),
            data: file.to_vec(),
            extensions: Vec::new(),
        }),
    };
    let answer = world.releases(Party::Weller).validate_release(tokio_stream::iter([message])).await;
    answer.unwrap().into_inner()
}

#[tokio::test]
async fn every_bad_line_is_named_and_nothing_is_stored() {
    use pb::DeliveryErrorReason as R;
    let good = "huurachterstand,WK089901,2025Q1,totaal,5,,,";
    for database in testkit::both().await {
        let world = World::empty(database).await;
        for (line, field, reason) in [
            ("onbekend,WK089901,2025Q2,totaal,5,,,", "line 3, column indicator", R::IndicatorUnknown),
            ("woz-waarde,WK089901,2025Q2,totaal,5,,,", "line 3, column indicator", R::IndicatorUnknown),
            ("huurachterstand,WK999999,2025Q2,totaal,5,,,", "line 3, column gebied", R::AreaUnknown),
            ("huurachterstand,WK089901,2023Q1,totaal,5,,,", "line 3, column gebied", R::AreaUnknown),
            ("huurachterstand,WK089901,2025Q5,totaal,5,,,", "line 3, column periode", R::PeriodInvalid),
            ("huurachterstand,WK089901,2025Q2,80+,5,,,", "line 3, column leeftijdsgroep", R::CategoryUnknown),
            ("huurachterstand,WK089901,2025Q2,totaal,veel,,,", "line 3, column waarde", R::ValueInvalid),
            ("huurachterstand,WK089901,2025Q2,totaal,NaN,,,", "line 3, column waarde", R::ValueInvalid),
            ("huurachterstand,WK089901,2025Q2,totaal,10^400,,,", "line 3, column waarde", R::ValueInvalid),
            ("huurachterstand,WK089901,2025Q2,totaal,\"1,5\",,,", "line 3, column waarde", R::DecimalComma),
            ("huurachterstand,WK089901,2025Q2,totaal,1,5,,,", "line 3, column waarde", R::DecimalComma),
            ("huurachterstand,WK089901,2025Q2,totaal,,,,", "line 3, column waarde", R::FieldEmpty),
            ("huurachterstand,WK089901,2025Q2,totaal,5,vast,,", "line 3, column status", R::StatusInvalid),
            ("huurachterstand,WK089901,2025Q2,totaal", "line 3", R::FieldCount),
            (good, "line 3", R::DuplicateCell),
        ] {
            let file = file(&[good, line]);
            let refused = world.upload(&file, 100).await.unwrap_err();
            let (code, reason_name, metadata) = info(&refused);
            assert_eq!((code, reason_name.as_str()), (Code::InvalidArgument, "INVALID_DELIVERY"), "{line}");
            assert_eq!(metadata["errors"], "1", "{line}");
            assert_eq!(fields(&refused), [field], "{line}");
            let report = validate(&world, &file).await;
            assert_eq!((report.error_count, report.errors[0].reason()), (1, reason), "{line}");
            assert!(!report.errors[0].message_nl.is_empty() && !report.errors[0].message_en.is_empty());
        }
        nothing_stored(&world).await;
    }
}

#[tokio::test]
async fn parts_that_do_not_add_up_are_reported_at_the_whole() {
    let ages = ["18-26", "27-39", "40-54", "55-66", "67+"];
    let mut lines = vec!["huurachterstand,WK089901,2025Q1,totaal,4,,,".to_owned()];
    lines.extend(ages.map(|age| format!("huurachterstand,WK089901,2025Q1,{age},1,,,")));
    lines.push("huurachterstand,GM0899,2025Q1,totaal,21,,,".to_owned());
    lines.extend((2..=5).map(|wijk| format!("huurachterstand,WK08990{wijk},2025Q1,totaal,4,,,")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let refused = world.upload(&file(&lines), 1000).await.unwrap_err();
        assert_eq!(fields(&refused), ["line 2, column waarde", "line 8, column waarde"]);
        let report = validate(&world, &file(&lines)).await;
        let sums: Vec<(i64, pb::DeliveryErrorReason)> =
            report.errors.iter().map(|error| (error.line, error.reason())).collect();
        let mismatch = pb::DeliveryErrorReason::SumMismatch;
        assert_eq!(sums, [(2, mismatch), (8, mismatch)]);
        assert_eq!(report.sums_checked, 2);
        nothing_stored(&world).await;
    }
}

#[tokio::test]
async fn a_thousand_errors_are_in_the_report_and_the_rest_is_counted() {
    let world = World::empty(testkit::sqlite().await).await;
    let bad = file(&vec!["huurachterstand,WK999999,2025Q1,totaal,5,,,"; 2500]);
    let report = validate(&world, &bad).await;
    assert_eq!((report.errors.len(), report.error_count, report.line_count), (1000, 2500, 2500));
    let refused = world.upload(&bad, 10_000).await.unwrap_err();
    assert_eq!(info(&refused).2["errors"], "2500");
}

#[tokio::test]
async fn a_line_of_a_hundred_megabytes_ends_in_a_clear_error() {
    let world = World::empty(testkit::sqlite().await).await;
    let first = upload_messages(b"indicator,gebied,periode,leeftijdsgroep,waarde\n", 1000);
    let piece = pb::UploadReleaseRequest {
        file: Some(HttpBody { data: vec![b'9'; 1_000_000], ..Default::default() }),
        ..Default::default()
    };
    let rest = std::iter::repeat_n(piece, 100);
    let messages = tokio_stream::iter(first.into_iter().chain(rest));
    let refused = world.releases(Party::Weller).upload_release(messages).await.unwrap_err();
    let (code, reason, metadata) = info(&refused);
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "TOO_LARGE"));
    assert_eq!((metadata["limit"].as_str(), metadata["unit"].as_str()), ("67108864", "bytes"));
    nothing_stored(&world).await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_named() {
    let world = World::empty(testkit::sqlite().await).await;
    let long = "9".repeat(70_000);
    let report = validate(&world, &file(&[&long])).await;
    assert_eq!((report.errors[0].line, report.errors[0].reason()), (2, pb::DeliveryErrorReason::LineTooLong));
}

#[tokio::test]
async fn a_million_tiny_messages_end_in_a_clear_error() {
    let world = World::empty(testkit::sqlite().await).await;
    let first = upload_messages(b"indicator,gebied,periode,leeftijdsgroep,waarde\n", 1000);
    let tiny = pb::UploadReleaseRequest {
        file: Some(HttpBody { data: b"9".to_vec(), ..Default::default() }),
        ..Default::default()
    };
    let messages = tokio_stream::iter(first.into_iter().chain(std::iter::repeat_n(tiny, 1_000_000)));
    let refused = world.releases(Party::Weller).upload_release(messages).await.unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::InvalidArgument, "INVALID_DELIVERY".to_owned()));
    assert_eq!(fields(&refused), ["line 2"]);
    nothing_stored(&world).await;
}

#[tokio::test]
async fn a_piece_over_a_megabyte_and_too_many_cells_are_refused() {
    let few = indicators::Config { max_delivery_cells: 2, ..config() };
    let world = World::with_config(testkit::sqlite().await, few).await;
    for size in [1_100_000, 5_000_000] {
        let refused = world.upload(&vec![b'9'; size], size).await.unwrap_err();
        assert_eq!(info(&refused).1, "TOO_LARGE", "{size}");
    }
    let three = ["1", "2", "3"].map(|quarter| format!("huurachterstand,WK089901,2025Q{quarter},totaal,5,,,"));
    let refused = world.upload(&file(&three.each_ref().map(String::as_str)), 1000).await.unwrap_err();
    assert_eq!(
        (info(&refused).1, info(&refused).2["unit"].clone()),
        ("TOO_LARGE".to_owned(), "cells".to_owned())
    );
    nothing_stored(&world).await;
}

#[tokio::test]
async fn what_is_wrong_with_the_first_message_is_named() {
    let world = World::empty(testkit::sqlite().await).await;
    let good = || upload_messages(&file(&["huurachterstand,WK089901,2025Q1,totaal,5,,,"]), 10_000).remove(0);
    let body = |kind: &str| Some(HttpBody { content_type: kind.to_owned(), ..Default::default() });
    for (message, field) in [
        (pb::UploadReleaseRequest { parent: String::new(), ..good() }, "parent"),
        (pb::UploadReleaseRequest { parent: "areas/x".to_owned(), ..good() }, "parent"),
        (pb::UploadReleaseRequest { note: "x".repeat(1001), ..good() }, "note"),
        (pb::UploadReleaseRequest { note: "a\0b".to_owned(), ..good() }, "note"),
        (pb::UploadReleaseRequest { request_id: "x".to_owned(), ..good() }, "request_id"),
        (pb::UploadReleaseRequest { file: body("application/json"), ..good() }, "file.content_type"),
    ] {
        let refused = world.upload_as(Party::Weller, vec![message]).await.unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
    let refused = world.upload_as(Party::Weller, Vec::new()).await.unwrap_err();
    assert_eq!(fields(&refused), ["parent"]);
    let missing = pb::UploadReleaseRequest { parent: "datasets/nergens".to_owned(), ..good() };
    let refused = world.upload_as(Party::Weller, vec![missing]).await.unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::NotFound, "NOT_FOUND".to_owned()));
    nothing_stored(&world).await;
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let world = World::empty(testkit::sqlite().await).await;
    let refused: Status = world.upload(b"", 1).await.unwrap_err();
    assert_eq!(fields(&refused), ["file"]);
    assert!(refused.message().contains("is empty"), "{}", refused.message());
}
