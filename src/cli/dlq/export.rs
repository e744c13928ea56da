//! `lambdeck dlq export`: letters as JSON Lines. They stay in the queue.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde_json::Value;

use super::{
    Cli,
    args::ExportArgs,
    choice::{self, NotJudged},
    reading::{Consented, Reading},
};
use crate::{
    cli::{
        Outcome, headless,
        output::{Out, Reader},
    },
    domain::{letter::Letter, queue::line},
    store::letters::{LookEnd, queue_letters::SAMPLE},
};

pub(super) async fn run(cli: &Cli<'_>, args: ExportArgs) -> Result<Outcome, Outcome> {
    let predicate = choice::predicate(&args.choice)?;
    let queue = cli.find("QUEUE", &args.queue).await?;
    let consented = if args.yes {
        Consented::Yes
    } else {
        Consented::No
    };
    let Some(mut reading) = Reading::open(cli, &queue, consented).await? else {
        headless::tell("lambdeck: nothing was read: add --yes to look all the same");
        return Err(Outcome::Failed);
    };
    let mut out = match output(args.out.as_deref()) {
        Ok(out) => out,
        Err(error) => {
            let path = args.out.unwrap_or_default();
            headless::tell(format_args!("lambdeck: --out {}: {error}", path.display()));
            return Err(Outcome::Failed);
        }
    };
    let limit = args.limit.map_or(usize::MAX, |limit| limit as usize);
    let (mut read, mut written, mut flawed) = (0, 0, 0);
    let mut not_judged = NotJudged::default();
    let ended = loop {
        let wanted = if predicate.is_empty() {
            limit - written
        } else {
            SAMPLE
        };
        let round = reading.round(wanted.min(SAMPLE)).await;
        read += round.letters.len();
        let now = cli.context.clock.now();
        // What did not come whole would be another message when it is imported.
        let is_flawed = |letter: &&Letter| letter.message.flaw.is_some();
        flawed += round.letters.iter().filter(is_flawed).count();
        let matching = round
            .letters
            .iter()
            .filter(|letter| !is_flawed(letter) && not_judged.chooses(&predicate, letter, now));
        let lines = matching
            .take(limit - written)
            .map(|letter| Value::Object(line::of_message(&letter.message)).to_string());
        match write(&mut out, lines) {
            Ok((lines, Reader::There)) => written += lines,
            Ok((lines, Reader::Gone)) => {
                written += lines;
                break Ok(LookEnd::Sample);
            }
            Err(error) => break Err(error),
        }
        let goes_on = matches!(round.end, LookEnd::Sample | LookEnd::Budget) && written < limit;
        if !goes_on {
            break Ok(round.end);
        }
    };
    reading.give_back().await;
    let name = queue.name();
    let unknown = not_judged.count();
    let mut equation = format!(
        "{read} read = {written} written + {} left out",
        read - written - unknown
    );
    if unknown > 0 {
        equation.push_str(&format!(" + {unknown} could not be judged"));
    }
    headless::tell(format_args!("{name}: {equation}"));
    let judged = not_judged.end(name);
    match ended {
        Ok(LookEnd::Failed(error)) => cli.told(Err(error)),
        Ok(LookEnd::Stopped) => Err(Outcome::Failed),
        Ok(_) if flawed > 0 => {
            headless::tell(format_args!(
                "lambdeck: the export is not complete: {flawed} did not come whole; export again for them"
            ));
            Err(Outcome::Failed)
        }
        Ok(_) => Ok(judged),
        Err(error) => {
            headless::tell(format_args!(
                "lambdeck: the export is not complete: {error}"
            ));
            Err(Outcome::Failed)
        }
    }
}

/// Standard output, or a new file that nobody else can read: it holds payloads.
fn output(path: Option<&Path>) -> io::Result<Out<Box<dyn Write + Send>>> {
    let file = path.filter(|path| path.as_os_str() != "-");
    let out: Box<dyn Write + Send> = match file {
        None => Box::new(io::BufWriter::new(io::stdout())),
        Some(path) => {
            let mut options = OpenOptions::new();
            let file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            Box::new(io::BufWriter::new(file))
        }
    };
    Ok(Out::to(out))
}

/// Writes lines; gives how many, and whether anybody still reads.
fn write<W: Write>(
    out: &mut Out<W>,
    lines: impl Iterator<Item = String>,
) -> io::Result<(usize, Reader)> {
    let mut written = 0;
    for line in lines {
        if out.line(&line)? == Reader::Gone {
            return Ok((written, Reader::Gone));
        }
        written += 1;
    }
    Ok((written, out.flush()?))
}
