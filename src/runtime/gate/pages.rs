//! Listings, page by page. What has no end is ended here, and what is empty for long is asked for
//! slowly (see [`Paging`]).

use std::future::Future;

use futures::{Stream, TryStreamExt as _, stream};

use super::{Gate, attempts::Told};
use crate::{
    domain::paging::{self, BadToken, Paging},
    ports::{ApiError, ErrorKind, Operation, Page, Result, Wait},
};

impl Gate {
    /// The pages of a listing, as they come; `page` asks for one. What came before a failure is
    /// good, and not everything.
    pub fn pages<'a, T, Q>(
        &'a self,
        operation: Operation,
        page: impl Fn(Option<String>) -> Q + 'a,
    ) -> impl Stream<Item = Result<Vec<T>>> + 'a
    where
        T: 'a,
        Q: Future<Output = Result<Page<T>>> + 'a,
    {
        let listing = Listing {
            paging: Paging::default(),
            told: Told::nothing(self, operation),
            next: Next::First,
        };
        stream::try_unfold(listing, move |mut listing| {
            let asked = match std::mem::replace(&mut listing.next, Next::Nothing) {
                Next::First => Ok(Some(page(None))),
                Next::Token(token) => Ok(Some(page(Some(token)))),
                Next::Nothing => Ok(None),
                Next::Bad(bad) => Err(unfinished(operation, bad)),
            };
            async move {
                let Some(asked) = asked? else {
                    return Ok(None);
                };
                if let Some(pages) = listing.paging.many_empty() {
                    listing.told.say(Wait::EmptyPages(pages));
                    tokio::time::sleep(paging::PAUSE).await;
                } else {
                    listing.told.take_back();
                }
                let Page { items, next } = asked.await?;
                listing.next = match listing.paging.turn(items.is_empty(), next) {
                    Ok(Some(token)) => Next::Token(token),
                    Ok(None) => Next::Nothing,
                    Err(bad) => Next::Bad(bad),
                };
                Ok(Some((items, listing)))
            }
        })
    }

    /// Every page of a listing.
    ///
    /// # Errors
    /// Also when it has no end.
    pub(super) async fn all_pages<T, F, Fut>(&self, operation: Operation, page: F) -> Result<Vec<T>>
    where
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<Page<T>>>,
    {
        let page = &page;
        self.pages(operation, |marker| {
            self.call(operation, move || page(marker.clone()))
        })
        .try_concat()
        .await
    }
}

/// A listing under way.
struct Listing<'a> {
    paging: Paging,
    told: Told<'a>,
    next: Next,
}

/// What follows on the page before.
enum Next {
    First,
    Token(String),
    Nothing,
    /// It fails after the page that brought it.
    Bad(BadToken),
}

/// The failure of a listing that cannot be read to its end.
fn unfinished(operation: Operation, bad: BadToken) -> ApiError {
    ApiError::new(
        operation,
        ErrorKind::Unreadable,
        format!("{bad}: the list is not complete"),
    )
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use futures::StreamExt as _;

    use super::*;
    use crate::{
        demo,
        domain::session::Target,
        runtime::{access::Access, activity::ActivityLog, clock::Clock},
    };

    fn gate() -> Gate {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let session = provider.session(&Target::default());
        let session = session.expect("the demo opens");
        let log = Arc::new(ActivityLog::nowhere());
        Gate::new(Box::new(session), None, Access::default(), log, clock)
    }

    /// Pages of these tokens, each with a row, and how often was asked.
    async fn listing(tokens: &[&str]) -> (Vec<usize>, Option<ApiError>) {
        let gate = gate();
        let asked = AtomicUsize::new(0);
        let page = |_| {
            let page = asked.fetch_add(1, Ordering::Relaxed);
            let next = tokens.get(page).map(|&token| token.to_owned());
            std::future::ready(Ok(Page {
                items: vec![page],
                next,
            }))
        };
        let mut rows = Vec::new();
        let mut pages = pin!(gate.pages(Operation::ListAliases, page));
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => rows.extend(page),
                Err(error) => return (rows, Some(error)),
            }
        }
        (rows, None)
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_a_bad_token_is_there_and_the_end_says_why() {
        assert_eq!(listing(&["a", "b"]).await, (vec![0, 1, 2], None));
        for (tokens, pages) in [
            (&["a"; 9][..], 2),
            (&["a", "b", "c", "a", "b", "c"], 4),
            (&["a", "b", "b"], 3),
        ] {
            let (rows, error) = listing(tokens).await;
            let error = error.expect("it would listing for ever");
            assert_eq!(rows.len(), pages, "{tokens:?}");
            assert!(error.message.contains("repeats a page token"), "{error}");
        }
        let long = "x".repeat(1 << 20);
        let (rows, error) = listing(&[&long]).await;
        let error = error.expect("it is not sent back");
        assert_eq!(rows, [0]);
        assert!(error.message.contains("1048576 bytes"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_that_ends_badly_is_no_list() {
        let gate = gate();
        let pages = |marker: Option<String>| {
            std::future::ready(Ok(Page {
                items: vec![1],
                next: marker.or(Some("again".into())),
            }))
        };
        let all = gate.all_pages(Operation::ListAliases, pages).await;
        let error = all.expect_err("it would listing for ever");
        assert!(error.message.contains("not complete"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn behind_a_hundred_empty_pages_one_a_second_is_asked_for_and_that_is_said() {
        let gate = gate();
        let asked = AtomicUsize::new(0);
        let page = |_| {
            let next = Some(asked.fetch_add(1, Ordering::Relaxed).to_string());
            let items = Vec::<usize>::new();
            std::future::ready(Ok(Page { items, next }))
        };
        let waits = gate.waits();
        let mut pages = pin!(gate.pages(Operation::ListFunctions, page));
        let reading = async { while pages.next().await.is_some() {} };
        // For ever, until somebody stops it.
        let read = tokio::time::timeout(Duration::from_secs(30), reading).await;
        assert!(read.is_err());
        let asked = asked.load(Ordering::Relaxed);
        assert!((125..=131).contains(&asked), "{asked}");
        let line = waits.borrow().line().expect("it is said");
        assert!(
            line.contains("empty pages in a row, now one a second"),
            "{line}"
        );
    }
}
