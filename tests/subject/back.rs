//! Going back, and from a queue or a cluster to a function: to which one, or why to none.

use super::*;

#[tokio::test(start_paused = true)]
async fn going_back_leads_to_the_function_that_one_came_from() {
    for size in SIZES {
        let mut kit = console(size).await;
        for pane in ["2", "1", "4", "5"] {
            kit.keys("0 g j j").await;
            let first = kit.selected();
            kit.keys(pane).await;
            rest(&mut kit).await;
            let place = kit.store().ui.focus();
            kit.keys("0 j").await;
            rest(&mut kit).await;
            assert_ne!(kit.selected(), first);
            kit.keys("q").await;
            rest(&mut kit).await;
            assert_eq!(kit.store().ui.focus(), place);
            assert_eq!(subject(&mut kit).await, Some(first.clone()), "{pane}");
            kit.keys("0 G <esc>").await;
            rest(&mut kit).await;
            assert_eq!(subject(&mut kit).await, Some(first.clone()), "{pane}");
            kit.keys("q").await;
            rest(&mut kit).await;
            assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS, "{}", kit.screen());
            assert_eq!(kit.selected(), first);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn going_back_to_the_queues_finds_the_cursor_where_it_was() {
    for size in SIZES {
        let mut kit = console(size).await;
        kit.keys("3").await.until(found).await;
        rest(&mut kit).await;
        for row in 0..4 {
            kit.keys("g").await;
            for _ in 0..row {
                kit.keys("j").await;
            }
            rest(&mut kit).await;
            let before = drawn(&kit).1;
            kit.keys("0 j j j").await;
            rest(&mut kit).await;
            let here = kit.selected();
            kit.keys("<esc>").await;
            rest(&mut kit).await;
            assert_eq!(kit.store().ui.focus(), LETTERS, "{}", kit.screen());
            assert_eq!(drawn(&kit).1, before, "{size:?}\n{}", kit.screen());
            assert_eq!(
                kit.selected(),
                here,
                "the selection is no part of that place"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn going_back_finds_functions_whose_logs_were_opened_together() {
    let mut kit = console((120, 40)).await;
    kit.keys("z g <space> <space> l").await;
    rest(&mut kit).await;
    kit.keys("0 G q").await;
    rest(&mut kit).await;
    assert_eq!(kit.store().ui.focus(), logs::PANE);
    let book = kit.store().logs.book().expect("a book");
    assert_eq!(book.sources().len(), 2, "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_queue_leads_to_its_function_or_says_why_not() {
    let mut kit = console((80, 24)).await;
    kit.keys("3").await.until(found).await;
    rest(&mut kit).await;
    kit.keys("g").await;
    let mut refused = 0;
    for _ in 0..12 {
        let queue = drawn(&kit).1;
        for (key, pane) in [("l", "logs"), ("i", "invoke"), ("e", "configure")] {
            let owner = named(&queue, &kit);
            kit.keys(key).await;
            rest(&mut kit).await;
            if kit.store().ui.focus() == LETTERS {
                refused += 1;
                let why = ["belongs to no function", "belongs to 2 functions"];
                let screen = kit.screen();
                assert!(why.iter().any(|why| screen.contains(why)), "{screen}");
            } else {
                assert_eq!(kit.store().ui.focus(), ui::PaneId(pane));
                assert!(owner.is_empty() || owner.contains(&kit.selected()));
                kit.keys("<esc>").await;
                rest(&mut kit).await;
            }
            kit.pass(Duration::from_secs(7)).await;
        }
        kit.keys("j").await;
        rest(&mut kit).await;
    }
    kit.keys("n")
        .await
        .types("orders")
        .await
        .keys("<enter>")
        .await;
    rest(&mut kit).await;
    kit.keys("<esc>").await;
    rest(&mut kit).await;
    for key in ["l", "i", "e"] {
        kit.pass(Duration::from_secs(7)).await;
        kit.keys(key).await;
        assert!(kit.screen().contains("belongs to"), "{}", kit.screen());
        refused += 1;
    }
    assert!(refused > 0);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_says_which_of_its_letters_goes_into_invoke() {
    let mut kit = clusters((80, 24)).await;
    kit.keys("g i").await;
    rest(&mut kit).await;
    let queue_letters = kit
        .store()
        .letters
        .queue_letters()
        .and_then(|queue_letters| queue_letters.sorted());
    let ranking = &queue_letters.expect("clusters").ranking;
    let count = ranking[0].1;
    let said = format!("the oldest of the {count} letters of this cluster");
    assert!(kit.screen().contains(&said), "{said}\n{}", kit.screen());
}
