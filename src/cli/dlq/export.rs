//! `lambdeck dlq export`: letters as JSON Lines. They stay in the queue.

use std::{
    io::{self, Write},
    path::PathBuf,
};

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
    domain::{letter::Letter, text},
    runtime::{export, save::NewFile},
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
    let mut out = match Output::of(args.out) {
        Ok(out) => Out::to(out),
        Err(error) => {
            headless::tell(format_args!("lambdeck: --out: {}", text::sanitise(&error)));
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
        let flaws = |letter: &&Letter| letter.message.flaw.is_some();
        flawed += round.letters.iter().filter(flaws).count();
        let whole = round
            .letters
            .iter()
            .filter_map(|letter| Some((letter, export::line(letter, None)?)));
        let lines = whole
            .filter(|(letter, _)| not_judged.chooses(&predicate, letter, now))
            .map(|(_, line)| line)
            .take(limit - written);
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
    let (end, written) = match ended {
        Ok(end) => (end, Ok(())),
        Err(error) => (LookEnd::Stopped, Err(error)),
    };
    // Where the reading ended early, what was written is kept: it is good, and not everything.
    out.into_inner().end(written)?;
    match end {
        LookEnd::Failed(error) => cli.told(Err(error)),
        LookEnd::Stopped => Err(Outcome::Failed),
        _ if flawed > 0 => {
            headless::tell(format_args!(
                "lambdeck: the export is not complete: {flawed} did not come whole; export again for them"
            ));
            Err(Outcome::Failed)
        }
        _ => Ok(judged),
    }
}

/// Standard output, or a new file.
enum Output {
    Standard(io::BufWriter<io::Stdout>),
    File(NewFile),
}

impl Output {
    fn of(path: Option<PathBuf>) -> Result<Self, String> {
        match path.filter(|path| path.as_os_str() != "-") {
            None => Ok(Self::Standard(io::BufWriter::new(io::stdout()))),
            Some(path) => NewFile::create(path).map(Self::File),
        }
    }

    /// Ends it; what failed is told.
    fn end(self, written: io::Result<()>) -> Result<(), Outcome> {
        let ended = match self {
            Self::File(file) => file.end(written).map(drop),
            Self::Standard(_) => written.map_err(|error| error.to_string()),
        };
        ended.map_err(|why| {
            headless::tell(format_args!(
                "lambdeck: the export is not complete: {}",
                text::sanitise(&why)
            ));
            Outcome::Failed
        })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::File(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::File(out) => out.flush(),
        }
    }
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
