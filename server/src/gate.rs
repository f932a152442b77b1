//! Who sends a request, and whether they may.

use std::sync::Arc;

use axum::http::HeaderMap;
use clearance::Decision;
use clearance_keeper::{Caller, Refused, Target};
use clearance_store::{Operator, Purpose, Token};

use crate::credential::{Credential, bearer};
use crate::error::Error;
use crate::metrics::Answer;
use crate::server::Server;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// A project.
    Project,
    /// The organization of the key.
    Organization,
}

impl Server {
    /// Who sends this request, and which project it is about.
    pub(crate) fn caller(&self, headers: &HeaderMap, aim: Aim) -> Result<Arc<Caller>, Error> {
        self.resolve(headers, aim, |token, target| self.keeper().resolve(token, target))
    }

    /// Who sends this request, if it is about a project that is known, or else about the organization of a key.
    pub(crate) fn caller_anywhere(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Error> {
        let names_project = Credential::of(headers).is_some_and(|credential| credential.project.is_some());
        match self.caller(headers, Aim::Project) {
            Err(Error::Unauthorized { .. }) if !names_project => self.caller(headers, Aim::Organization),
            other => other,
        }
    }

    /// Who sends this request, if the policy lets them do this at the project of the request or at the organization of the key.
    pub(crate) fn authorize(&self, headers: &HeaderMap, aim: Aim, permission: &str) -> Result<(Arc<Caller>, Decision), Error> {
        let (caller, decision) =
            self.resolve(headers, aim, |token, target| self.keeper().authorize(token, target, permission))?;
        self.metrics().count_answer(if decision.allow { Answer::Allow } else { Answer::Deny });
        if decision.allow {
            return Ok((caller, decision));
        }
        Err(Error::Denied { caller, permission: permission.into(), decision })
    }

    /// What `find` finds out about the credential of a request.
    fn resolve<T>(
        &self,
        headers: &HeaderMap,
        aim: Aim,
        find: impl FnOnce(&Token, Target<'_>) -> Result<T, Refused>,
    ) -> Result<T, Error> {
        let found = Credential::of(headers).ok_or(Error::Unauthorized { presented: false }).and_then(|credential| {
            let target = match aim {
                Aim::Project => Target::Project(credential.project.as_deref()),
                Aim::Organization => Target::Organization,
            };
            Ok(find(&credential.token, target)?)
        });
        found.inspect_err(|error| {
            if let Error::Unauthorized { .. } = error {
                self.metrics().count_answer(Answer::Unauthorized);
            }
        })
    }

    /// The operator who sends this request, if that is what it is for.
    pub(crate) fn operator(&self, headers: &HeaderMap, purpose: Purpose) -> Result<Operator, Error> {
        let token = bearer(headers).ok_or(Error::Unauthorized { presented: false })?;
        let operator = self.keeper().resolve_operator(&token)?;
        if operator.purposes.contains(&purpose) {
            return Ok(operator);
        }
        let message = format!("the operator is not for `{purpose}`: make one that is, with `clearance operator create`");
        Err(Error::Forbidden { message: message.into() })
    }
}
