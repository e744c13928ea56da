//! A function of the command line: read as the Lambda API reads it, and held to the session.

use super::{Context, Outcome, headless};
use crate::{
    domain::function::{Arn, FunctionAddress},
    runtime::gate::Gate,
};

/// Reads what was typed; what AWS would refuse ends with exit code 2 before anything is asked.
pub(super) fn address(option: &str, text: &str) -> Result<FunctionAddress, Outcome> {
    FunctionAddress::parse(text).map_err(|error| headless::misused(option, &error))
}

/// What calls name it by, and its qualifier.
pub(super) fn named(
    context: &Context,
    gate: &Gate,
    (option, text): (&str, &str),
) -> Result<(Arn, Option<String>), Outcome> {
    let address = address(option, text)?;
    let function = gate.function(&address);
    let function = function.map_err(|error| headless::failed(context, &error))?;
    Ok((function, address.qualifier().map(str::to_owned)))
}
