//! What is sent to EventBridge, and what its answers mean.

use domain::{
    change::{Action, AuditEvent, EventId, Filed, Source, WriterId},
    external_id::ExternalId,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;
use crate::tls::Trust;

fn event(number: usize) -> Published {
    let at = Timestamp::from_second(1_772_445_600).expect("a time");
    let external_id = ExternalId::parse("user_ana").expect("valid");
    let event = AuditEvent::new(at, Action::Register, Source::Registration);
    let event = AuditEvent { external_id: Some(external_id), ..event };
    let id = EventId { writer: WriterId::mint([1; 16]), number };
    Published::of(&Filed { id, event }).expect("it is told")
}

/// A server that gives one answer and tells what it was asked.
async fn answering(status: u16, body: &'static str) -> (String, JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut request = Vec::new();
        let (head, sent) = loop {
            stream.read_buf(&mut request).await.expect("a request");
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, sent)) = text.split_once("\r\n\r\n") else { continue };
            if let Ok(sent) = serde_json::from_str(sent) {
                break (head.to_owned(), sent);
            }
        };
        let head_back = format!("HTTP/1.1 {status} Answer\r\ncontent-type: application/x-amz-json-1.1\r\n");
        let answer = format!("{head_back}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.expect("a client that listens");
        (head, sent)
    });
    (url, asked)
}

fn bus(endpoint: String) -> EventBridge {
    let connection = Connection {
        region: "local".to_owned(),
        endpoint: Some(endpoint),
        access_key_id: "id".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
        trust: Trust::default(),
    };
    EventBridge::over(&connection, "a-bus", WayOut::trusting(&connection.trust))
}

/// Where the first event is that was not taken, and why.
async fn missed(status: u16, body: &'static str, events: &[Published]) -> Option<(usize, String)> {
    let (url, _asked) = answering(status, body).await;
    let missed = bus(url).publish(events).await.err()?;
    Some((missed.first, missed.cause.to_string()))
}

#[tokio::test]
async fn an_event_is_sent_to_the_bus_under_its_type_with_its_whole_shape() {
    let (url, asked) = answering(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#).await;
    bus(url).publish(&[event(0)]).await.expect("it is taken");
    let (head, sent) = asked.await.expect("one call");
    assert!(head.to_lowercase().contains("x-amz-target: awsevents.putevents"), "{head}");
    let [entry] = sent["Entries"].as_array().expect("entries").as_slice() else { panic!("{sent}") };
    let told = (&entry["Source"], &entry["DetailType"], &entry["EventBusName"]);
    assert_eq!(told, (&json!("linkkeeper"), &json!("user.registered"), &json!("a-bus")));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("text")).expect("JSON");
    assert_eq!(detail, serde_json::to_value(event(0)).expect("JSON"));
}

#[tokio::test]
async fn the_first_entry_without_an_id_is_told_by_its_code() {
    let body = r#"{"FailedEntryCount":1,"Entries":[{"EventId":"1"},
        {"ErrorCode":"ThrottlingException","ErrorMessage":"user_ana"},{"EventId":"3"}]}"#;
    let missed = missed(200, body, &[event(0), event(1), event(2)]).await;
    assert_eq!(missed, Some((1, "EventBridge: ThrottlingException".to_owned())));
}

#[tokio::test]
async fn an_answer_that_tells_too_little_tells_that_something_is_missing() {
    let events = [event(0), event(1)];
    let first = async |body| missed(200, body, &events).await.map(|(first, _)| first);
    assert_eq!(first(r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#).await, Some(1));
    assert_eq!(first(r#"{"FailedEntryCount":0}"#).await, Some(0));
    assert_eq!(first("{").await, Some(0));
}

#[tokio::test]
async fn a_refusal_is_told_by_its_code_and_without_its_message() {
    let body = r#"{"__type":"ResourceNotFoundException","message":"Event bus a-bus of user_ana"}"#;
    let missed = missed(400, body, &[event(0)]).await;
    assert_eq!(missed, Some((0, "EventBridge: ResourceNotFoundException".to_owned())));
}

#[tokio::test]
async fn a_bus_that_cannot_be_reached_takes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let missed = bus(url).publish(&[event(0)]).await.expect_err("nobody is there");
    assert_eq!((missed.first, missed.cause.to_string().as_str()), (0, "EventBridge: not reachable"));
}
