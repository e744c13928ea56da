//! Dry runs, and the journals that were left: what can be told before anything is sent.

use std::sync::Arc;

use jiff::Timestamp;

use super::tell;
use crate::{
    domain::{
        function::FunctionAddress,
        jq::Jq,
        letter::{Letter, predicate::Predicate},
        redrive::{
            self, Destination, Plan, Scope,
            preview::{self, Preview},
        },
        session::SessionId,
    },
    ports::{ApiError, Operation},
    runtime::{
        gate::{Gate, address_at, verified},
        journal::Journals,
        prepare,
        runner::{Shared, blocking},
    },
    store::{
        Ticket,
        letters::{Action, DryRun, Facts, Journal, LeftJournals, Preparation, To, Which},
        parcel::Parcel,
    },
};

pub(super) async fn prepare(shared: &Arc<Shared>, ticket: Ticket, preparation: Preparation) {
    let answer = dry_run(shared, preparation).await;
    tell(shared, Action::Prepared(ticket, answer.map(Parcel::new))).await;
}

async fn dry_run(shared: &Arc<Shared>, preparation: Preparation) -> Result<DryRun, String> {
    let gate = shared
        .gate(preparation.queue.session, Operation::GetQueueAttributes)
        .map_err(|error| error.to_string())?;
    let words = |error: ApiError| error.to_string();
    let choice = &preparation.choice;
    if let Some(edit) = &choice.edit {
        Jq::compile(edit).map_err(|why| format!("the expression: {why}"))?;
    }
    let mut canary_timeout_s = None;
    let mut qualifiers = prepare::Qualifiers::default();
    let destination = match &choice.to {
        To::Source => Destination::Source,
        To::SourceOr(inferred) => Destination::SourceOr {
            inferred: inferred.clone(),
        },
        To::Delete => Destination::Delete,
        To::Invoke {
            function,
            qualifier,
        } => {
            let address = FunctionAddress::parse(function.as_str());
            let address = address.map_err(|why| why.to_string())?;
            let function = gate.function(&address).map_err(words)?;
            let invoked = prepare::invoked(&gate, function, qualifier.clone()).await;
            let invoked = invoked.map_err(words)?;
            canary_timeout_s = invoked.canary_timeout_s(&choice.pace);
            qualifiers = prepare::qualifiers(&gate, &invoked.function).await;
            invoked.destination()
        }
        To::Queue(address) => {
            let to = gate.open_queue(address).await.map_err(words)?;
            if *to.arn() == preparation.queue.arn {
                return Err("they would go into the queue that they lie in".to_owned());
            }
            Destination::Queue {
                arn: to.arn().clone(),
                url: to.url().clone(),
            }
        }
    };
    let operation = Operation::GetQueueAttributes;
    let source = address_at(operation, &preparation.queue.arn, None).map_err(words)?;
    let source = gate.open_queue(&source).await.map_err(words)?;
    verified(operation, &source).map_err(words)?;
    let now = shared.now();
    let chosen = chosen(&preparation, now)?;
    let scope = chosen.scope;
    let plan = Plan {
        id: prepare::plan_id(now),
        created: now,
        account: preparation.account.clone(),
        region: gate.region().to_owned(),
        profile: preparation.profile.clone(),
        source: source.arn().clone(),
        source_url: source.url().clone(),
        source_is_fifo: preparation.known.is_fifo(),
        scope,
        edit: choice.edit.clone(),
        destination,
        pace: choice.pace.clone(),
        keep_trace: choice.keep_trace,
        canary_timeout_s,
    };
    let (preview, facts) =
        look_ahead(&gate, &shared.journals, &plan, &preparation, chosen.letters).await?;
    let facts = Facts {
        left_out: chosen.ran,
        filtered: chosen.filtered,
        not_judged: chosen.not_judged,
        aliases: qualifiers.aliases,
        versions: qualifiers.versions,
        unknown: facts
            .unknown
            .into_iter()
            .chain(qualifiers.unknown)
            .collect(),
        ..facts
    };
    Ok(DryRun {
        preview,
        typed: typed(&plan, &preparation),
        facts,
        move_task: prepare::is_for_aws(&plan, &preparation.known),
        queue: preparation.queue,
        plan,
    })
}

/// What the plan would do, by what can be found out about where its letters go.
async fn look_ahead(
    gate: &Gate,
    journals: &Journals,
    plan: &Plan,
    preparation: &Preparation,
    letters: Vec<Arc<Letter>>,
) -> Result<(Preview, Facts), String> {
    let messages = letters.iter().map(|letter| &letter.message);
    let known = &preparation.known;
    let gathered = prepare::gather(gate, journals, plan, known, messages).await;
    let gathered = gathered.map_err(|error| error.to_string())?;
    let facts = Facts {
        lost: letters
            .iter()
            .filter(|letter| preparation.lost.contains(&letter.message.id))
            .count(),
        mappings: gathered.mappings,
        unknown: gathered.unknown,
        ..Facts::default()
    };
    let world = preview::Facts {
        // A selection leaves the others held; a standing plan receives for itself.
        held_besides: match plan.scope {
            Scope::Standing { .. } => preparation.held as u64,
            Scope::Selection(_) => 0,
        },
        ..gathered.facts
    };
    let plan = plan.clone();
    let preview = blocking(move || {
        let letters: Vec<Letter> = letters.iter().map(|letter| (**letter).clone()).collect();
        preview::preview(&plan, &letters, &world)
    });
    let preview = preview.await.ok_or("the program is ending")?;
    Ok((preview, facts))
}

/// What the plan is about, and the letters that are known of it.
struct Chosen {
    scope: Scope,
    letters: Vec<Arc<Letter>>,
    /// Left out, because they were invoked by hand and answered.
    ran: usize,
    /// Left out, because the jq filter is not true of them.
    filtered: usize,
    /// Left out, because the jq filter cannot be judged on them; why not the first.
    not_judged: Option<(usize, String)>,
}

fn chosen(preparation: &Preparation, now: Timestamp) -> Result<Chosen, String> {
    let jq = preparation.choice.filter.as_deref();
    if let Which::Standing { limit } = preparation.choice.letters {
        let edited = preparation
            .letters
            .iter()
            .filter(|letter| preparation.edits.contains_key(&letter.message.id))
            .count();
        if edited > 0 {
            return Err(format!(
                "{edited} letters are edited here, and a plan about letters not read yet sends each as it is received: choose those that were read, or edit by an expression"
            ));
        }
        let typed = preparation.filter.as_deref().unwrap_or_default();
        let filter = match jq {
            Some(jq) => Predicate::with_jq(typed, jq),
            None => Predicate::parse(typed),
        };
        let filter = filter.map_err(|why| why.to_string())?;
        let scope = Scope::Standing {
            filter: (!filter.is_empty()).then(|| filter.source().to_owned()),
            limit,
        };
        return Ok(Chosen {
            scope,
            letters: preparation.letters.clone(),
            ran: 0,
            filtered: 0,
            not_judged: None,
        });
    }
    let is_left_out = |letter: &&Arc<Letter>| {
        let ran = preparation.ran.get(&letter.message.id);
        ran.is_none_or(|ran| !ran.ok) || preparation.choice.with_ran
    };
    let letters: Vec<Arc<Letter>> = preparation
        .letters
        .iter()
        .filter(is_left_out)
        .cloned()
        .collect();
    if letters.is_empty() {
        return Err("every chosen letter was run by hand already and is left out".to_owned());
    }
    let ran = preparation.letters.len() - letters.len();
    let all = letters.len();
    let (letters, not_judged) = match jq {
        Some(jq) => filtered(letters, jq, now)?,
        None => (letters, None),
    };
    if letters.is_empty() {
        return Err("the filter is true of no chosen letter".to_owned());
    }
    let scope = letters.iter().map(|letter| {
        let id = letter.message.id.clone();
        let edited = preparation.edits.get(&id).map(|edit| edit.body.clone());
        redrive::Chosen { id, edited }
    });
    let scope = Scope::Selection(scope.collect());
    let failed = not_judged.as_ref().map_or(0, |(count, _)| *count);
    Ok(Chosen {
        scope,
        ran,
        filtered: all - letters.len() - failed,
        not_judged,
        letters,
    })
}

/// Letters, and how many were left out of them for a reason that is named.
type Judged = (Vec<Arc<Letter>>, Option<(usize, String)>);

/// The letters of which a jq expression is true.
fn filtered(letters: Vec<Arc<Letter>>, jq: &str, now: Timestamp) -> Result<Judged, String> {
    let filter = Predicate::jq(jq).map_err(|why| format!("the filter: {why}"))?;
    let mut not_judged: Option<(usize, String)> = None;
    let keeps = |letter: &Arc<Letter>| match filter.test(letter, now) {
        Ok(is_true) => is_true,
        Err(why) => {
            not_judged.get_or_insert((0, why)).0 += 1;
            false
        }
    };
    let kept = letters.into_iter().filter(keeps).collect();
    Ok((kept, not_judged))
}

/// What deletes, and what is about a whole queue, asks for its name.
fn typed(plan: &Plan, preparation: &Preparation) -> Option<String> {
    let is_everything = matches!(
        plan.scope,
        Scope::Standing {
            filter: None,
            limit: None
        }
    );
    (is_everything || plan.destination == Destination::Delete)
        .then(|| preparation.queue.arn.resource_name().to_owned())
}

pub(super) async fn journals(
    shared: &Arc<Shared>,
    ticket: Ticket,
    session: SessionId,
    account: String,
) {
    let Ok(gate) = shared.gate(session, Operation::GetCallerIdentity) else {
        return;
    };
    let (journals, region, now) = (
        shared.journals.clone(),
        gate.region().to_owned(),
        shared.now(),
    );
    let found = blocking(move || {
        let left = journals
            .left(Some(&account), &region, now)
            .map_err(|error| format!("the journals cannot be read: {error}"))?;
        let unfinished = left.unfinished.into_iter().map(|one| Journal {
            file: journals.path(&one.plan.id).unwrap_or_default(),
            session,
            bytes: one.bytes,
            tally: journals.tally(&one.plan.id),
            is_locked: one.is_locked,
            plan: one.plan,
        });
        let damaged: Vec<String> = left.damaged.iter().map(ToString::to_string).collect();
        Ok(LeftJournals {
            unfinished: unfinished.collect(),
            is_fleeting: journals.is_fleeting(),
            problem: (!damaged.is_empty()).then(|| damaged.join("; ")),
        })
    });
    if let Some(answer) = found.await {
        tell(shared, Action::Journals(ticket, answer)).await;
    }
}
