//! `lambdeck config diff`: two functions, or two versions, side by side.

use serde_json::json;

use super::{Cli, args::DiffArgs, print, print_json};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::draft::{Item, Snapshot},
    runtime::configure::Wanted,
};

pub(super) async fn run(cli: &Cli<'_>, args: DiffArgs) -> Result<Outcome, Outcome> {
    let left = find(cli, &args.left).await?;
    let right = find(cli, &args.right).await?;
    let items = left.unlike(&right);
    let is_revealed =
        |item: &Item| matches!(item, Item::Variable(name) if args.reveal.contains(name));
    if args.output == Output::Json {
        let rows: Vec<_> = items
            .iter()
            .map(|item| {
                let revealed = is_revealed(item);
                json!({
                    "Name": item.to_string(),
                    "A": left.side(item).value(revealed),
                    "B": right.side(item).value(revealed),
                })
            })
            .collect();
        return print_json(&rows);
    }
    if items.is_empty() {
        headless::tell("no setting is different");
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&[("SETTING", false), ("A", false), ("B", false)]);
    for item in &items {
        let revealed = is_revealed(item);
        table.row([
            item.to_string(),
            left.side(item).shown(revealed),
            right.side(item).shown(revealed),
        ]);
    }
    print(&table.lines())
}

async fn find(cli: &Cli<'_>, name: &str) -> Result<Snapshot, Outcome> {
    let (function, qualifier) = cli.function("FUNCTION", name)?;
    let wanted = match qualifier {
        // The versions that an alias leads to, and triggers, are one function's own.
        None => Wanted {
            aliases: false,
            mappings: false,
            ..Wanted::ALL
        },
        Some(_) => Wanted::NONE,
    };
    let found = cli.find(&function, qualifier.as_deref(), wanted).await?;
    Ok(found.snapshot)
}
