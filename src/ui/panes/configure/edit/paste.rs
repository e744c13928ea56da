//! A pasted `.env` text: what it would set, before it does.

use super::At;
use crate::{
    domain::{age, draft::dotenv, secret::Secret},
    store::configure::Step,
    ui::{
        overlays::confirm::Confirm,
        panes::configure::{info, step},
        surface::Outcome,
    },
};

impl At<'_> {
    /// Asks before a pasted `.env` becomes part of the draft: how many, not what.
    pub fn paste(&self, text: &str) -> Outcome {
        if let Some(why) = self.blocked() {
            return info(why);
        }
        let paste = || step(Step::Paste(self.key.clone(), Secret::new(text.to_owned())));
        let variables = match dotenv::parse(text) {
            Ok(variables) if variables.is_empty() => {
                return info("what was pasted names no variable");
            }
            Ok(variables) => variables,
            // Kept there, for the editor to mend.
            Err(_) => return Outcome::act(paste()),
        };
        let is_there = |name: &str| self.loaded.snapshot.variable(name).is_some();
        let known = variables.iter().filter(|(name, _)| is_there(name)).count();
        let lines = vec![
            format!("function   {}", self.key.arn.resource_name()),
            format!(
                "sets       {}: {} new, {} existing",
                age::counted(variables.len(), "variable"),
                age::count((variables.len() - known) as u64),
                age::count(known as u64),
            ),
            String::new(),
            "It goes into the draft; the others stay, and nothing is sent.".to_owned(),
        ];
        Outcome::open(Confirm::new("Paste a .env", lines, "Paste", vec![paste()]))
    }
}
