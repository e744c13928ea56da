//! Clusters: a hundred thousand letters grouped by error and shape, against the plain parsing of
//! their bodies.

#[allow(missing_docs)]
mod data;

use std::hint::black_box;

use lambdeck::domain::{
    letter::{
        cluster::Clusters,
        decode::{Known, decode},
    },
    queue::{AttributeValue, Message, MessageAttribute, SystemAttributes},
    secret::Secret,
};

const LETTERS: usize = 100_000;
const SMOKE: usize = 1_000;

/// A letter of Lambda's own: the event as it was, the failure in three attributes.
fn message(number: usize) -> Message {
    let attribute = |name: &str, kind: &str, value: String| {
        let attribute = MessageAttribute {
            data_type: kind.to_owned(),
            value: AttributeValue::Text(Secret::new(value)),
        };
        (name.to_owned(), attribute)
    };
    let error = match number % 5 {
        0..=2 => format!("card declined for {number}"),
        3 => format!("Task timed out after {}.00 seconds", number % 30),
        _ => format!("order o-{number} has no line {}", number % 7),
    };
    let body = format!(
        "{{\"order\":\"o-{number}\",\"amount\":{},\"card\":\"…{:04}\",\"lines\":[{{\"sku\":\"{}\"}}],\"note\":\"{}\"}}",
        number % 900,
        number % 10_000,
        "s".repeat(40),
        "x".repeat(700),
    );
    Message {
        id: format!("5f3c2a10-0000-4000-8000-0000{number:08}").into(),
        handle: Secret::new("handle".into()),
        body: Secret::new(body.into()),
        attributes: vec![
            attribute("RequestID", "String", format!("8f0c{number:08}")),
            attribute("ErrorCode", "Number", "200".to_owned()),
            attribute("ErrorMessage", "String", error),
        ],
        system: SystemAttributes {
            receive_count: 1,
            ..SystemAttributes::default()
        },
        flaw: None,
    }
}

fn main() {
    let judges = std::env::args().any(|argument| argument == "--bench");
    let (count, rounds) = if judges { (LETTERS, 7) } else { (SMOKE, 1) };
    let messages: Vec<Message> = (0..count).map(message).collect();
    let known = Known::default();
    let parsing = data::median(rounds, || {
        for message in &messages {
            let value = serde_json::from_str::<serde_json::Value>(message.body.reveal());
            black_box(value.expect("JSON"));
        }
    });
    let letters: Vec<_> = messages
        .iter()
        .map(|message| decode(message.clone(), &known))
        .collect();
    let decoding = data::median(rounds, || {
        for message in &messages {
            black_box(decode(message.clone(), &known));
        }
    });
    let clustering = data::median(rounds, || {
        black_box(Clusters::of(&letters));
    });
    let clusters = Clusters::of(&letters);
    assert_eq!(clusters.len(), 3, "three errors, one shape");
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    println!(
        "{count} letters   decode {:.0} ms, cluster {:.0} ms; their bodies parsed by serde_json {:.0} ms: {:.2} and {:.2} of it",
        ms(decoding),
        ms(clustering),
        ms(parsing),
        data::ratio(decoding, parsing),
        data::ratio(clustering, parsing),
    );
}
