//! The tree of inspanningen: its order, its pages, its bounds.

use proto::inspanningen::v1::{GetInspanningRequest, Inspanning, ListInspanningenRequest};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both, create};

/// The codes of a tree, for example "1[1A[] 1B[]]".
fn outline(inspanning: &Inspanning) -> String {
    let parts: Vec<String> = inspanning.parts.iter().map(outline).collect();
    format!("{}[{}]", inspanning.code, parts.join(" "))
}

async fn read(service: &Service, code: &str) -> Inspanning {
    let request = GetInspanningRequest { name: format!("inspanningen/{code}") };
    service.called_as(Party::Anonymous).get_inspanning(request).await.unwrap().into_inner()
}

/// The outlines of each page of this size.
async fn pages(service: &Service, page_size: i32) -> Vec<Vec<String>> {
    let mut anonymous = service.called_as(Party::Anonymous);
    let mut pages = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListInspanningenRequest { page_size, page_token };
        let page = anonymous.list_inspanningen(request).await.unwrap().into_inner();
        pages.push(page.inspanningen.iter().map(outline).collect());
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_page_holds_main_inspanningen_in_natural_order_with_all_their_parts() {
    for service in both().await {
        let added = [
            ("10", ""),
            ("2", ""),
            ("1", ""),
            ("1B", "1"),
            ("1A", "1"),
            ("10A", "10"),
            ("1A10", "1A"),
            ("1A2", "1A"),
            ("1A2x", "1A2"),
            ("3", ""),
        ];
        for (code, parent) in added {
            service.add(code, parent).await;
        }
        let expected = ["1[1A[1A2[1A2x[]] 1A10[]] 1B[]]", "2[]", "3[]", "10[10A[]]"];
        assert_eq!(pages(&service, 0).await, [expected], "{}", service.kind);
        assert_eq!(pages(&service, 3).await, [&expected[..3], &expected[3..]]);
        assert_eq!(pages(&service, 2).await, [&expected[..2], &expected[2..]]);
        assert_eq!(outline(&read(&service, "1A").await), "1A[1A2[1A2x[]] 1A10[]]");
        assert_eq!(read(&service, "1A2x").await.parent, "inspanningen/1A2");
    }
}

#[tokio::test]
async fn an_empty_tree_is_an_empty_page() {
    for service in both().await {
        assert_eq!(pages(&service, 0).await, [Vec::<String>::new()], "{}", service.kind);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    for service in both().await {
        let mut anonymous = service.called_as(Party::Anonymous);
        let negative = ListInspanningenRequest { page_size: -1, page_token: String::new() };
        assert_eq!(wrong_fields(anonymous.list_inspanningen(negative).await), ["page_size"]);
        let forged = |key| platform::page::Page::parse(1, "", &["inspanningen"]).unwrap().token_after(key);
        for page_token in ["x".to_owned(), forged("1\0"), forged("' OR 1=1")] {
            let request = ListInspanningenRequest { page_size: 1, page_token };
            let refused = refusal(anonymous.list_inspanningen(request).await);
            assert_eq!(refused, (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()), "{}", service.kind);
        }
    }
}

#[tokio::test]
async fn a_parent_has_to_be_there() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        // Neither somebody who does not exist, nor itself.
        for (code, parent) in [("1A", "1"), ("1", "1")] {
            let fields = wrong_fields(programme.create_inspanning(create(code, parent)).await);
            assert_eq!(fields, ["inspanning.parent"], "{} {code}", service.kind);
        }
        assert_eq!(pages(&service, 0).await, [Vec::<String>::new()]);
    }
}

#[tokio::test]
async fn a_tree_has_at_most_8_levels() {
    for service in both().await {
        service.add("L1", "").await;
        for level in 2..=8 {
            service.add(&format!("L{level}"), &format!("L{}", level - 1)).await;
        }
        let mut programme = service.called_as(Party::Programme);
        let fields = wrong_fields(programme.create_inspanning(create("L9", "L8")).await);
        assert_eq!(fields, ["inspanning.parent"], "{}", service.kind);
        assert_eq!(outline(&read(&service, "L1").await), "L1[L2[L3[L4[L5[L6[L7[L8[]]]]]]]]");
    }
}
