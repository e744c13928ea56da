//! Invokes behind the Gate: one POST each, with an entry before and after.

use std::future::Future;

use sha2::{Digest as _, Sha256};

use super::{Entry, Gate};
use crate::{
    domain::{
        activity::{End, Ending},
        class::Class,
        function::{
            Arn, FunctionAddress,
            address::{NoFunction, check_qualifier},
        },
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        mask,
        place::Elsewhere,
        shell::CommandLine,
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

impl Gate {
    /// What calls name a function by, if it is in the region and partition of this session.
    ///
    /// # Errors
    /// [`ErrorKind::Elsewhere`]: one line that says which session would be right.
    pub fn function(&self, address: &FunctionAddress) -> Result<Arn> {
        let place = self.place();
        let elsewhere = |why: Elsewhere| {
            let operation = Operation::GetFunctionConfiguration;
            ApiError::new(operation, ErrorKind::Elsewhere, why.to_string())
        };
        address.check(&place).map_err(elsewhere)?;
        Ok(address.arn(&place))
    }

    /// Refuses a function or qualifier that AWS's pattern refuses, before it reaches the activity
    /// log or a URI, whoever named it; and on AWS itself a function of another region.
    pub(super) fn sound(
        &self,
        operation: Operation,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<()> {
        let refused = |why: NoFunction| {
            let why = format!("nothing was sent: {why}");
            ApiError::new(operation, ErrorKind::Invalid, why)
        };
        let address = FunctionAddress::parse(function.as_str()).map_err(refused)?;
        if let Some(qualifier) = qualifier {
            check_qualifier(qualifier).map_err(refused)?;
        }
        // Other servers may name a region of their own in what they list.
        if !self.has_custom_endpoint() {
            self.function(&address)?;
        }
        Ok(())
    }

    /// Runs a function exactly once. An entry in the activity log comes before the call and is
    /// completed after; when it cannot be written, nothing is sent.
    pub async fn invoke(&self, request: &InvokeRequest) -> Result<InvokeResponse> {
        match self.invoke_until(request, std::future::pending()).await? {
            Some(response) => Ok(response),
            None => unreachable!("a future that is never ready stops nothing"),
        }
    }

    /// As [`Gate::invoke`], but waits only until `stop` is ready: then `None`, the log says that
    /// nobody waited, and the function goes on.
    pub async fn invoke_until(
        &self,
        request: &InvokeRequest,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<InvokeResponse>> {
        let operation = match request.kind {
            InvocationType::DryRun => Operation::DryRunInvoke,
            InvocationType::RequestResponse | InvocationType::Event => Operation::Invoke,
        };
        self.permit(operation)?;
        self.sound(operation, &request.function, request.qualifier.as_deref())?;
        let deadline = Some(request.deadline);
        let is_recorded = operation.spec().class > Class::Read;
        let entry = self.invoke_entry(request);
        if is_recorded {
            self.record(operation, entry.clone()).await?;
        }
        let answer = tokio::select! {
            biased;
            answer = self.once(operation, deadline, Box::pin(self.session.invoke(request))) => answer.map(Some),
            () = stop => Ok(None),
        };
        if !is_recorded {
            return answer;
        }
        let end = match &answer {
            Ok(None) => End::of(Ending::Unknown, "nobody waited for the answer"),
            Ok(Some(response)) => match &response.function_error {
                Some(error) => {
                    let outcome = format!("{}, function error: {error}", response.status);
                    End::of(Ending::Failed, outcome)
                }
                None => End::done(response.status.to_string()),
            },
            Err(error) => error.into(),
        };
        // Lambda may repeat the payload that it could not read.
        let payload = String::from_utf8_lossy(request.payload.reveal());
        let end = End {
            outcome: mask::masked(&end.outcome, [&*payload]),
            ..end
        };
        let completed = entry.ended(self.clock.now(), end);
        // The call is made: a completion that cannot be written must not hide its answer.
        if let Err(error) = self.record(operation, completed).await {
            tracing::error!(%error, "the activity log was not completed");
        }
        answer
    }

    fn invoke_entry(&self, request: &InvokeRequest) -> Entry {
        let payload = request.payload.reveal();
        let hash: String = Sha256::digest(payload)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut command = CommandLine::new(&["aws", "lambda", "invoke"]);
        command.option("region", self.region());
        command.option("function-name", request.function.as_str());
        command.option("invocation-type", request.kind.as_str());
        command.option("payload", &format!("fileb://payload-{hash}.json"));
        if let Some(qualifier) = &request.qualifier {
            command.option("qualifier", qualifier);
        }
        if request.client_context.is_some() {
            command.option("client-context", "file://client-context.base64");
        }
        command.arg("response.json");
        Entry {
            summary: format!(
                "invoke {}{} ({}), payload of {} bytes, sha256 {hash}…",
                request.function.resource_name(),
                request
                    .qualifier
                    .as_deref()
                    .map(|q| format!(":{q}"))
                    .unwrap_or_default(),
                request.kind.title(),
                payload.len(),
            ),
            command: command.to_string(),
            ..self.entry("Invoke", request.function.to_string())
        }
    }
}
