//! Reading functions for the console and the command line alike.

use futures::{StreamExt as _, stream::BoxStream};

use super::gate::Gate;
use crate::{
    domain::function::{FunctionAddress, FunctionSummary},
    ports::Result,
};

/// Every function of the account, page by page. Ends with the first page that cannot be read: what
/// came before is not everything then.
pub fn list(gate: &Gate) -> BoxStream<'_, Result<Vec<FunctionSummary>>> {
    gate.function_pages().boxed()
}

/// Reads one function; of a version or an alias the function itself.
///
/// # Errors
/// When it is of another place than the session, or cannot be read.
pub async fn summary(gate: &Gate, address: &FunctionAddress) -> Result<FunctionSummary> {
    let function = gate.function(address)?;
    let configuration = gate.configuration(&function, None).await?;
    Ok(configuration.summary)
}
