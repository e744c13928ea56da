//! `lambdeck config diff`: two functions, or two versions, side by side.

use serde_json::json;

use super::{Cli, args::DiffArgs, print, print_json};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{draft::Item, text},
    runtime::configure,
    store::configure::Place,
};

pub(super) async fn run(cli: &Cli<'_>, args: DiffArgs) -> Result<Outcome, Outcome> {
    let (left, right) = (place(cli, &args.left)?, place(cli, &args.right)?);
    let reading = Box::pin(configure::compare(&cli.gate, left, right));
    let found = cli.told(cli.unless_stopped(reading).await?)?;
    for note in &found.notes {
        headless::tell(text::sanitise(&note.to_string()));
    }
    let is_revealed =
        |item: &Item| matches!(item, Item::Variable(name) if args.reveal.contains(name));
    if args.output == Output::Json {
        let rows: Vec<_> = found
            .rows
            .iter()
            .map(|(item, left, right)| {
                let revealed = is_revealed(item);
                json!({
                    "Name": item.to_string(),
                    "A": left.value(revealed),
                    "B": right.value(revealed),
                })
            })
            .collect();
        return print_json(&rows);
    }
    if found.rows.is_empty() {
        headless::tell("no setting is different");
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&[("SETTING", false), ("A", false), ("B", false)]);
    for (item, left, right) in &found.rows {
        let revealed = is_revealed(item);
        table.row([
            item.to_string(),
            left.shown(revealed),
            right.shown(revealed),
        ]);
    }
    print(&table.lines())
}

fn place(cli: &Cli<'_>, name: &str) -> Result<Place, Outcome> {
    let (function, qualifier) = cli.function("FUNCTION", name)?;
    Ok(Place {
        function,
        qualifier,
    })
}
