//! Payloads to begin a new event with: the empty one, and the envelopes of the services that call
//! functions most, cut down to the fields that handlers read (Lambda developer guide, the example
//! events of each service).

/// One template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The name an event gets that is made from it.
    pub name: &'static str,
    /// What the picker shows.
    pub title: &'static str,
    /// The payload, a JSON document ending in a newline.
    pub payload: &'static str,
}

/// All of them, in the order of the picker.
pub static TEMPLATES: [Template; 6] = [
    Template {
        name: "event",
        title: "empty",
        payload: "{}\n",
    },
    Template {
        name: "sqs",
        title: "SQS: one message",
        payload: r#"{
  "Records": [
    {
      "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
      "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
      "body": "{\"order\":\"o-1\"}",
      "attributes": {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185"
      },
      "messageAttributes": {},
      "md5OfBody": "e22c205ae9669c289f6a9c8dca12410b",
      "eventSource": "aws:sqs",
      "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:my-queue",
      "awsRegion": "eu-west-1"
    }
  ]
}
"#,
    },
    Template {
        name: "sns",
        title: "SNS: one notification",
        payload: r#"{
  "Records": [
    {
      "EventVersion": "1.0",
      "EventSource": "aws:sns",
      "EventSubscriptionArn": "arn:aws:sns:eu-west-1:123456789012:my-topic:21be56ed-a058-49f5-8c98-aedd2564c486",
      "Sns": {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:my-topic",
        "Subject": "TestInvoke",
        "Message": "{\"order\":\"o-1\"}",
        "Timestamp": "2026-01-02T12:45:07.000Z",
        "MessageAttributes": {}
      }
    }
  ]
}
"#,
    },
    Template {
        name: "s3",
        title: "S3: an object was created",
        payload: r#"{
  "Records": [
    {
      "eventVersion": "2.1",
      "eventSource": "aws:s3",
      "awsRegion": "eu-west-1",
      "eventTime": "2026-01-02T12:45:07.000Z",
      "eventName": "ObjectCreated:Put",
      "s3": {
        "s3SchemaVersion": "1.0",
        "configurationId": "my-notification",
        "bucket": {
          "name": "my-bucket",
          "ownerIdentity": { "principalId": "A3I5XTEXAMAI3E" },
          "arn": "arn:aws:s3:::my-bucket"
        },
        "object": {
          "key": "images/cat.jpg",
          "size": 1024,
          "eTag": "d41d8cd98f00b204e9800998ecf8427e",
          "sequencer": "0C0F6F405D6ED209E1"
        }
      }
    }
  ]
}
"#,
    },
    Template {
        name: "eventbridge",
        title: "EventBridge: one event",
        payload: r#"{
  "version": "0",
  "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Order Placed",
  "source": "com.example.orders",
  "account": "123456789012",
  "time": "2026-01-02T12:45:07Z",
  "region": "eu-west-1",
  "resources": [],
  "detail": {
    "order": "o-1"
  }
}
"#,
    },
    Template {
        name: "http",
        title: "API Gateway v2 or function URL: an HTTP request",
        payload: r#"{
  "version": "2.0",
  "routeKey": "$default",
  "rawPath": "/orders",
  "rawQueryString": "limit=10",
  "cookies": [],
  "headers": {
    "accept": "application/json",
    "content-type": "application/json",
    "host": "id.execute-api.eu-west-1.amazonaws.com"
  },
  "queryStringParameters": { "limit": "10" },
  "requestContext": {
    "accountId": "123456789012",
    "apiId": "id",
    "domainName": "id.execute-api.eu-west-1.amazonaws.com",
    "domainPrefix": "id",
    "http": {
      "method": "POST",
      "path": "/orders",
      "protocol": "HTTP/1.1",
      "sourceIp": "192.0.2.1",
      "userAgent": "lambdeck"
    },
    "requestId": "JKJaXmPLvHcESHA=",
    "routeKey": "$default",
    "stage": "$default",
    "time": "02/Jan/2026:12:45:07 +0000",
    "timeEpoch": 1767357907000
  },
  "body": "{\"order\":\"o-1\"}",
  "isBase64Encoded": false
}
"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::saved_event::{check_json, name::check_name};

    #[test]
    fn every_template_is_json_under_a_usable_name() {
        for template in &TEMPLATES {
            assert_eq!(check_json(template.payload), Ok(()), "{}", template.name);
            assert_eq!(check_name(template.name), Ok(()));
            assert!(template.payload.ends_with('\n'));
        }
    }

    #[test]
    fn a_body_inside_a_template_is_json_too() {
        for template in &TEMPLATES {
            let event: serde_json::Value = serde_json::from_str(template.payload).unwrap();
            for at in ["/body", "/Records/0/body", "/Records/0/Sns/Message"] {
                if let Some(body) = event.pointer(at) {
                    assert_eq!(
                        check_json(body.as_str().unwrap()),
                        Ok(()),
                        "{}",
                        template.name
                    );
                }
            }
        }
    }
}
