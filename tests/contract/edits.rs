//! The contract of edits of what hangs on a function: what is written can be read again, what is
//! there twice or not at all is refused. Everything is put back.

use std::time::Duration;

use lambdeck::{
    domain::{
        draft::{
            Url,
            update::{Call, MappingUpdate},
        },
        function::{Arn, EventSourceMapping, ProvisionedConcurrency},
    },
    ports::{ErrorKind, Result, Session},
};

use super::{Account, Gap};

/// Everything about edits, one after the other.
pub async fn everything(session: &dyn Session, account: &Account) {
    recursion(session, account).await;
    tags(session, account).await;
    urls(session, account).await;
    provisioned(session, account).await;
    triggers(session, account).await;
    catalogue(session, account).await;
    nobody(session, account).await;
}

/// Makes a call until no update is in its way.
async fn patiently<T>(call: impl AsyncFn() -> Result<T>) -> T {
    let poll = async {
        loop {
            match call().await {
                Err(error) if error.kind == ErrorKind::Conflict => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                answer => return answer.unwrap(),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(3), poll)
        .await
        .expect("the update ends")
}

fn kind<T: std::fmt::Debug>(answer: Result<T>) -> ErrorKind {
    answer.unwrap_err().kind
}

async fn recursion(session: &dyn Session, account: &Account) {
    let function = &account.versioned;
    assert_eq!(session.recursion(function).await.unwrap(), "Terminate");
    for mode in ["Allow", "Terminate"] {
        session
            .edit(function, &Call::Recursion(mode.to_owned()))
            .await
            .unwrap();
        assert_eq!(session.recursion(function).await.unwrap(), mode);
    }
    assert_eq!(
        kind(
            session
                .edit(function, &Call::Recursion("Maybe".to_owned()))
                .await
        ),
        ErrorKind::Invalid
    );
}

async fn tags(session: &dyn Session, account: &Account) {
    let function = &account.versioned;
    let before = session.tags(function).await.unwrap();
    let pair = |value: &str| ("contract:größe".to_owned(), value.to_owned());
    for value in ["one", "two / drei"] {
        patiently(async || {
            session
                .edit(function, &Call::Tag([pair(value)].to_vec()))
                .await
        })
        .await;
        let now = session.tags(function).await.unwrap();
        assert_eq!(now.len(), before.len() + 1, "the others stay");
        assert!(now.contains(&pair(value)), "{now:?}");
    }
    for _ in 0..2 {
        let keys = [pair("").0];
        patiently(async || session.edit(function, &Call::Untag(keys.to_vec())).await).await;
        assert_eq!(session.tags(function).await.unwrap(), before);
    }
}

async fn urls(session: &dyn Session, account: &Account) {
    let function = &account.versioned;
    let url = |auth: &str| Url {
        auth: auth.into(),
        invoke_mode: "BUFFERED".into(),
    };
    let there = async || session.urls(function, None).await.unwrap().items;
    let alias = alias(session, function).await;
    for qualifier in [None, Some(alias.as_str())] {
        assert_eq!(there().await, []);
        session
            .edit(
                function,
                &Call::CreateUrl {
                    qualifier: qualifier.map(str::to_owned),
                    url: url("AWS_IAM"),
                },
            )
            .await
            .unwrap();
        let made = there().await;
        assert_eq!(made.len(), 1);
        if !account.lacks(Gap::UrlQualifiers) {
            assert_eq!(made[0].qualifier.as_deref(), qualifier);
        }
        assert_eq!(Url::of(&made[0]), url("AWS_IAM"));
        assert_eq!(
            kind(
                session
                    .edit(
                        function,
                        &Call::CreateUrl {
                            qualifier: qualifier.map(str::to_owned),
                            url: url("NONE")
                        }
                    )
                    .await
            ),
            // It is there already: waiting would not help.
            ErrorKind::Invalid
        );
        session
            .edit(
                function,
                &Call::UpdateUrl {
                    qualifier: qualifier.map(str::to_owned),
                    url: url("NONE"),
                },
            )
            .await
            .unwrap();
        let changed = there().await;
        assert_eq!(
            (&changed[0].url, Url::of(&changed[0])),
            (&made[0].url, url("NONE"))
        );
        session
            .edit(
                function,
                &Call::DeleteUrl {
                    qualifier: qualifier.map(str::to_owned),
                },
            )
            .await
            .unwrap();
        for gone in [
            session
                .edit(
                    function,
                    &Call::DeleteUrl {
                        qualifier: qualifier.map(str::to_owned),
                    },
                )
                .await,
            session
                .edit(
                    function,
                    &Call::UpdateUrl {
                        qualifier: qualifier.map(str::to_owned),
                        url: url("NONE"),
                    },
                )
                .await,
        ] {
            assert_eq!(kind(gone), ErrorKind::NotFound);
        }
    }
}

async fn alias(session: &dyn Session, function: &Arn) -> String {
    let aliases = session.aliases(function, None).await.unwrap().items;
    aliases[0].name.clone()
}

async fn provisioned(session: &dyn Session, account: &Account) {
    let function = &account.versioned;
    let alias = alias(session, function).await;
    let there = async || -> Option<ProvisionedConcurrency> {
        let page = session.provisioned_concurrency(function, None).await;
        let mut items = page.unwrap().items.into_iter();
        items.find(|one| one.qualifier == alias)
    };
    if account.lacks(Gap::ProvisionedConcurrency) {
        session
            .edit(
                function,
                &Call::Provision {
                    qualifier: alias.clone(),
                    executions: 1,
                },
            )
            .await
            .unwrap();
        session
            .edit(
                function,
                &Call::Unprovision {
                    qualifier: alias.clone(),
                },
            )
            .await
            .unwrap();
        return;
    }
    assert_eq!(there().await, None);
    patiently(async || {
        session
            .edit(
                function,
                &Call::Provision {
                    qualifier: alias.clone(),
                    executions: 1,
                },
            )
            .await
    })
    .await;
    let ready = async {
        loop {
            let one = there().await.expect("it is listed");
            assert_eq!(one.requested, 1);
            match one.status.as_str() {
                "READY" => return,
                "IN_PROGRESS" => tokio::time::sleep(Duration::from_millis(200)).await,
                other => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(3), ready)
        .await
        .expect("it becomes ready");
    for _ in 0..2 {
        session
            .edit(
                function,
                &Call::Unprovision {
                    qualifier: alias.clone(),
                },
            )
            .await
            .unwrap();
        assert_eq!(there().await, None);
    }
    assert_eq!(
        kind(
            session
                .edit(
                    function,
                    &Call::Provision {
                        qualifier: "$LATEST".to_owned(),
                        executions: 1
                    }
                )
                .await
        ),
        ErrorKind::Invalid
    );
}

async fn triggers(session: &dyn Session, account: &Account) {
    let function = &account.consumer;
    let settled = async || -> EventSourceMapping {
        let poll = async {
            loop {
                let page = session.event_source_mappings(Some(function), None).await;
                let mut items = page.unwrap().items.into_iter();
                let mapping = items.find(|one| one.source.as_ref() == Some(&account.queue));
                let mapping = mapping.expect("the queue is a trigger");
                if matches!(mapping.state.as_str(), "Enabled" | "Disabled") {
                    return mapping;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let poll = tokio::time::timeout(Duration::from_mins(1), poll);
        poll.await.expect("it settles")
    };
    let before = settled().await;
    let change = MappingUpdate {
        enabled: Some(false),
        batch_size: Some(7),
        maximum_concurrency: Some(Some(3)),
        partial_batch_responses: Some(true),
        filters: Some(vec![r#"{"body":{"a":[1]}}"#.into()]),
        ..MappingUpdate::default()
    };
    let back = MappingUpdate {
        enabled: Some(!before.is_disabled()),
        batch_size: before.batch_size,
        batch_window_s: Some(before.batch_window_s.unwrap_or(0)),
        maximum_concurrency: Some(before.maximum_concurrency),
        partial_batch_responses: Some(before.partial_batch_responses),
        filters: Some(before.filters.clone()),
    };
    for update in [&change, &back] {
        patiently(async || {
            session
                .edit(
                    function,
                    &Call::Mapping {
                        uuid: before.uuid.clone(),
                        update: update.clone(),
                    },
                )
                .await
        })
        .await;
        let now = settled().await;
        assert!(update.is_of(&now), "{update:?} {now:?}");
    }
    let unknown = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        kind(
            session
                .edit(
                    function,
                    &Call::Mapping {
                        uuid: unknown.to_owned(),
                        update: change.clone()
                    }
                )
                .await
        ),
        ErrorKind::NotFound
    );
}

/// What can be chosen from.
async fn catalogue(session: &dyn Session, account: &Account) {
    let (mut roles, mut marker) = (Vec::new(), None);
    loop {
        let page = session.roles(marker).await.unwrap();
        assert!(page.items.len() <= 50);
        roles.extend(page.items);
        marker = page.next;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(roles.len(), account.functions, "one of each function");
    assert!(roles.iter().all(|role| role.starts_with("arn:aws:iam::")));
    for layer in session.layers(None).await.unwrap().items {
        assert_eq!(layer.service(), Some("lambda"), "{layer}");
    }
}

/// A function that is not there has nothing to change.
async fn nobody(session: &dyn Session, account: &Account) {
    let name = account.versioned.resource_name();
    let nobody = &Arn::new(account.versioned.as_str().replace(name, "no-such-function"));
    let url = Url {
        auth: "NONE".into(),
        invoke_mode: "BUFFERED".into(),
    };
    assert_eq!(kind(session.recursion(nobody).await), ErrorKind::NotFound);
    let version = || "1".to_owned();
    let calls = [
        Call::Recursion("Allow".to_owned()),
        Call::Tag(vec![("a".into(), "b".into())]),
        Call::Untag(vec!["a".into()]),
        Call::CreateUrl {
            qualifier: None,
            url: url.clone(),
        },
        Call::UpdateUrl {
            qualifier: None,
            url,
        },
        Call::DeleteUrl { qualifier: None },
        Call::Provision {
            qualifier: version(),
            executions: 1,
        },
        Call::Unprovision {
            qualifier: version(),
        },
    ];
    for call in calls {
        let answer = session.edit(nobody, &call).await;
        assert_eq!(kind(answer), ErrorKind::NotFound, "{call:?}");
    }
}
