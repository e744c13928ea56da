//! The subject: what a command acts on is the function that is drawn, in the row under the cursor
//! of the focused pane or in its title, and where that is not one function it is refused.

#[path = "subject/back.rs"]
mod back;
mod kit;

use std::time::Duration;

use kit::{Kit, Stage, listed};
use lambdeck::store::{
    Store, letters,
    letters::{LETTERS, Look},
    logs, ui,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];
async fn console(size: (u16, u16)) -> Kit {
    let mut kit = Kit::on(Stage {
        size,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    kit
}

/// Lets what was asked be answered; what is held goes on being held, so that it is never quiet.
async fn rest(kit: &mut Kit) {
    kit.pass(Duration::from_millis(600)).await;
}

fn found(store: &Store) -> bool {
    let discovery = store.letters.discovery();
    discovery.ended().is_some() && !discovery.queues().is_empty()
}

fn sorted(store: &Store) -> bool {
    store.letters.queue_letters().is_some_and(|queue_letters| {
        matches!(queue_letters.look, Look::Ended(_))
            && !queue_letters.is_sorting()
            && queue_letters.sorted().is_some()
    })
}

/// What is drawn of the focused pane: its title, and the row under its cursor.
fn drawn(kit: &Kit) -> (String, String) {
    let store = kit.store();
    // Beside the list of functions stands the other pane, behind two border lines.
    let is_left = store.ui.focus() == ui::FUNCTIONS;
    let of_pane = |line: &str| -> String {
        if !store.ui.is_split() {
            return line.to_owned();
        }
        let width = usize::from((store.ui.size().0 / 3).clamp(36, 72));
        let (left, right): (Vec<_>, Vec<_>) =
            line.chars().enumerate().partition(|(at, _)| *at < width);
        let part = if is_left { left } else { right };
        part.into_iter().map(|(_, c)| c).collect()
    };
    let screen = kit.screen();
    let lines: Vec<String> = screen.lines().map(of_pane).collect();
    let is_row = |line: &&String| line.trim_start_matches('│').trim_start().starts_with('▸');
    let row = lines.iter().skip(2).find(is_row);
    (lines[1].clone(), row.cloned().unwrap_or_default())
}

/// The functions of the account that a text names, a name that was cut in its middle included.
fn named(text: &str, kit: &Kit) -> Vec<String> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || "-_…".contains(c)))
        .collect();
    let is_word = |name: &str| {
        words.iter().any(|word| match word.split_once('…') {
            Some((head, tail)) if head.len() + tail.len() > 8 => {
                name.starts_with(head) && name.ends_with(tail)
            }
            _ => *word == name,
        })
    };
    let all = kit.store().functions.all().iter();
    let names = all.map(|row| row.name.to_string());
    names.filter(|name| is_word(name)).collect()
}

/// The function that the open dialog is for.
fn dialog(kit: &Kit) -> Option<String> {
    let screen = kit.screen();
    let (_, rest) = screen.split_once("Stop the damage  ")?;
    Some(rest.split_whitespace().next()?.to_owned())
}

/// The function that `X` opens its dialog for here: the one that is drawn, or none.
async fn subject(kit: &mut Kit) -> Option<String> {
    let (title, row) = drawn(kit);
    let (in_title, in_row) = (named(&title, kit), named(&row, kit));
    let before = kit.screen();
    kit.keys("X").await;
    rest(kit).await;
    let acts_on = dialog(kit);
    if acts_on.is_some() {
        kit.keys("<esc>").await;
    }
    assert_eq!(dialog(kit), None, "{}", kit.screen());
    match (in_row.as_slice(), in_title.as_slice()) {
        ([one], _) | ([], [one]) => {
            assert_eq!(acts_on.as_deref(), Some(one.as_str()), "\n{before}");
        }
        _ => assert_eq!(
            acts_on, None,
            "neither {row:?} nor {title:?} is one:\n{before}"
        ),
    }
    // A pane of one function is the pane of that function, and coming back changes nothing.
    let focus = kit.store().ui.focus();
    kit.keys("2").await;
    rest(kit).await;
    match &acts_on {
        Some(one) => {
            assert_eq!(kit.store().ui.focus(), logs::PANE, "{}", kit.screen());
            let (title, _) = drawn(kit);
            assert_eq!(
                named(&title, kit),
                std::slice::from_ref(one),
                "{}",
                kit.screen()
            );
            if focus != logs::PANE {
                kit.keys("<esc>").await;
                rest(kit).await;
            }
        }
        None => assert_eq!(kit.store().ui.focus(), focus, "refused:\n{}", kit.screen()),
    }
    assert_eq!(kit.store().ui.focus(), focus, "{}", kit.screen());
    acts_on
}

/// Walks the rows of the focused list; gives what each was about.
async fn walk(kit: &mut Kit, rows: usize) -> Vec<Option<String>> {
    let mut subjects = Vec::new();
    for _ in 0..rows {
        let (title, row) = drawn(kit);
        subjects.push(subject(kit).await);
        let again = drawn(kit);
        assert_eq!(
            again,
            (title, row.clone()),
            "going there and back changes nothing"
        );
        kit.keys("j").await;
        rest(kit).await;
        if drawn(kit).1 == row {
            break;
        }
    }
    subjects
}

#[tokio::test(start_paused = true)]
async fn of_every_row_of_the_functions_and_of_their_panes() {
    for size in SIZES {
        let mut kit = console(size).await;
        let subjects = walk(&mut kit, 20).await;
        assert!(subjects.iter().all(Option::is_some), "{subjects:?}");
        kit.keys("0 g j j").await;
        let here = kit.selected();
        for pane in ["1", "2", "4", "5"] {
            kit.keys(pane).await;
            rest(&mut kit).await;
            assert_eq!(subject(&mut kit).await, Some(here.clone()), "{pane}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_every_queue_whoever_is_selected() {
    for size in SIZES {
        let mut kit = console(size).await;
        kit.keys("3").await.until(found).await;
        rest(&mut kit).await;
        kit.keys("g").await;
        let subjects = walk(&mut kit, 12).await;
        assert!(subjects.len() > 4, "{subjects:?}");
        assert!(subjects.iter().all(Option::is_some), "{subjects:?}");
        // A queue that holds nobody's failures.
        kit.keys("n")
            .await
            .types("orders")
            .await
            .keys("<enter>")
            .await;
        rest(&mut kit).await;
        assert!(kit.store().letters.open().is_some(), "{}", kit.screen());
        assert_eq!(subject(&mut kit).await, None, "{}", kit.screen());
        kit.keys("<esc>").await;
        rest(&mut kit).await;
        assert_eq!(subject(&mut kit).await, None, "{}", kit.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn of_clusters_letters_and_one_letter_and_back_among_the_queues() {
    for size in SIZES {
        let mut kit = console(size).await;
        kit.keys("3").await.until(found).await;
        rest(&mut kit).await;
        kit.keys("g").await;
        for _ in 0..3 {
            let queue = subject(&mut kit).await;
            kit.keys("<enter>").await;
            rest(&mut kit).await;
            assert_eq!(subject(&mut kit).await, queue, "nothing was read yet");
            kit.keys("<enter>").await;
            rest(&mut kit).await;
            if kit.screen().contains("─ Look ") {
                kit.keys("<tab> <enter>").await;
                rest(&mut kit).await;
            }
            kit.until(sorted).await;
            // Another function is selected behind the pane's back, and is not what is drawn.
            kit.keys("0 G").await;
            rest(&mut kit).await;
            kit.keys("<esc>").await;
            rest(&mut kit).await;
            assert_eq!(kit.store().ui.focus(), LETTERS, "{}", kit.screen());
            walk(&mut kit, 4).await;
            kit.keys("g <enter>").await;
            rest(&mut kit).await;
            walk(&mut kit, 4).await;
            kit.keys("g <enter>").await;
            rest(&mut kit).await;
            subject(&mut kit).await;
            kit.keys("<esc> <esc> <esc>").await;
            rest(&mut kit).await;
            assert_eq!(kit.store().letters.open(), None, "{}", kit.screen());
            assert_eq!(
                subject(&mut kit).await,
                queue,
                "the list of queues is where it was left"
            );
            kit.keys("j").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_every_write_and_of_nothing_where_nothing_was_written() {
    let mut kit = Kit::on(Stage {
        size: (120, 40),
        keeps_activity: true,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await;
    rest(&mut kit).await;
    kit.keys("z 6").await;
    rest(&mut kit).await;
    assert_eq!(subject(&mut kit).await, None, "{}", kit.screen());
    kit.keys("0 g i").await;
    rest(&mut kit).await;
    kit.keys("<ctrl-s>").await;
    rest(&mut kit).await;
    if kit.screen().contains("Cancel") {
        kit.keys("<tab> <enter>").await;
        rest(&mut kit).await;
    }
    let invoked = kit.selected();
    kit.keys("0 G 6").await;
    rest(&mut kit).await;
    assert_eq!(subject(&mut kit).await, Some(invoked), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn of_several_functions_in_logs_that_of_the_line() {
    let mut kit = console((120, 40)).await;
    kit.keys("z g <space> <space>").await;
    kit.keys("l").await;
    rest(&mut kit).await;
    assert_eq!(kit.store().ui.focus(), logs::PANE);
    let book = kit.store().logs.book().expect("a book");
    assert_eq!(book.sources().len(), 2, "both marks:\n{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn of_two_functions_side_by_side_neither() {
    let mut kit = console((120, 40)).await;
    kit.keys("z g <space> <space> c").await;
    kit.until_shown("↔").await;
    assert_eq!(subject(&mut kit).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_function_is_not_offered_where_there_is_none() {
    let mut kit = console((120, 40)).await;
    kit.keys("z 6").await;
    rest(&mut kit).await;
    for menu in ["?", ":"] {
        kit.keys(menu).await.types("stop the damage").await;
        assert!(
            !kit.screen().contains("Shows the moves"),
            "{}",
            kit.screen()
        );
        kit.keys("<esc>").await;
    }
    kit.keys("X").await;
    assert!(
        kit.screen().contains("about no function"),
        "{}",
        kit.screen()
    );
    kit.keys("]").await;
    assert_eq!(
        kit.store().ui.focus(),
        LETTERS,
        "panes of one function are passed by"
    );
    kit.keys("0 ?").await.types("stop the damage").await;
    assert!(kit.screen().contains("Shows the moves"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn commands_on_marked_functions_act_on_them_or_say_why_not() {
    let mut kit = console((80, 24)).await;
    kit.keys("g <space>").await;
    let marked = kit.names()[0].clone();
    assert_ne!(kit.selected(), marked, "the cursor went on");
    kit.keys("X").await;
    rest(&mut kit).await;
    assert_eq!(dialog(&kit), None, "{}", kit.screen());
    assert!(kit.screen().contains("is marked"), "{}", kit.screen());
    kit.keys("i").await;
    rest(&mut kit).await;
    let (title, _) = drawn(&kit);
    assert_eq!(
        named(&title, &kit),
        std::slice::from_ref(&marked),
        "{title}"
    );
    kit.keys("0 j j <space>").await;
    for key in ["d", "i", "e", "X", "o"] {
        kit.keys(key).await;
        rest(&mut kit).await;
        assert!(
            kit.screen().contains("2 are marked"),
            "{key}:\n{}",
            kit.screen()
        );
        assert_eq!(kit.store().ui.focus(), ui::FUNCTIONS, "{key}");
    }
    let footer = kit.footer();
    assert!(
        !footer.contains("invoke") && footer.contains("logs"),
        "{footer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_a_filter_hides_is_acted_on_all_the_same() {
    let mut kit = console((80, 24)).await;
    kit.keys("g <space>").await;
    let marked = kit.names()[0].clone();
    let other = kit.names()[3].clone();
    kit.keys("/")
        .await
        .types(&other)
        .await
        .keys("<enter> l")
        .await;
    rest(&mut kit).await;
    let (title, _) = drawn(&kit);
    assert_eq!(named(&title, &kit), [marked], "{}", kit.screen());
}

/// The clusters of payments-dlq.
async fn clusters(size: (u16, u16)) -> Kit {
    let mut kit = console(size).await;
    kit.keys("3").await.until(found).await;
    rest(&mut kit).await;
    kit.keys("/")
        .await
        .types("payments-dlq")
        .await
        .keys("<enter> <enter>")
        .await;
    kit.keys("<enter>").await.until(sorted).await;
    rest(&mut kit).await;
    kit
}

#[tokio::test(start_paused = true)]
async fn a_clusters_log_lines_are_shown_or_said_to_be_unknown() {
    let mut kit = clusters((120, 40)).await;
    let rows = kit
        .store()
        .letters
        .queue_letters()
        .and_then(|queue_letters| queue_letters.sorted())
        .map_or(0, |sorted| sorted.ranking.len());
    let mut shown = 0;
    for row in 0..rows {
        kit.keys("g").await;
        for _ in 0..row {
            kit.keys("j").await;
        }
        kit.keys("l").await;
        rest(&mut kit).await;
        if kit.store().ui.focus() == logs::PANE {
            shown += 1;
            let is_narrowed = |store: &Store| {
                let book = store.logs.book();
                book.is_some_and(|book| !book.keep().is_everything() && !book.lines().is_empty())
            };
            kit.until(is_narrowed).await;
            kit.keys("<esc> <esc>").await;
            rest(&mut kit).await;
        } else {
            assert!(
                kit.screen().contains("no log lines are known"),
                "{}",
                kit.screen()
            );
        }
        assert_eq!(kit.store().ui.focus(), LETTERS, "{}", kit.screen());
    }
    assert!(shown > 0, "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn commands_on_marked_letters_act_on_them_or_say_why_not() {
    let mut kit = clusters((120, 40)).await;
    kit.keys("g <enter>").await;
    rest(&mut kit).await;
    kit.keys("<space> <space>").await;
    rest(&mut kit).await;
    assert_eq!(
        kit.store()
            .letters
            .queue_letters()
            .map(letters::QueueLetters::marks),
        Some(2)
    );
    kit.keys("i").await;
    rest(&mut kit).await;
    assert!(kit.screen().contains("2 are marked"), "{}", kit.screen());
    assert_eq!(kit.store().ui.focus(), LETTERS);
    kit.keys("l").await;
    rest(&mut kit).await;
    assert_eq!(kit.store().ui.focus(), logs::PANE, "{}", kit.screen());
}
