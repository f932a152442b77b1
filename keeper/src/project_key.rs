//! Project keys: the older kind, which can be looked at again.

use clearance::PrincipalId;
use clearance::key::ProjectKeyUse;
use clearance_store::{Step, Token, Write, mint_project_key};
use serde_json::json;

use crate::caller::Origin;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::key::{KeyFault, with_acting_user};

impl Keeper {
    /// The project key of a project, if the policy lets this principal see it. `None` means that the project has none. The audit says
    /// who saw it before anybody does.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault. Nothing is shown then.
    pub fn project_key(&self, actor: PrincipalId<'_>, project: &str, origin: &Origin) -> Result<Option<Token>, KeyFault> {
        self.authorizer()?.view().project_key(actor, project, ProjectKeyUse::Read)?;
        let turn = self.turn(origin)?;
        self.may_still_act(actor)?;
        let policy = turn.moment().project_key(actor, project, ProjectKeyUse::Read)?;
        let Some(token) = self.store.project_key(project).map_err(Fault::Store)? else { return Ok(None) };
        let after = with_acting_user(json!({ "project": project }), actor, origin);
        let entry = turn.entry_by(origin, "project-key.read", project, None, Some(after), policy);
        turn.commit(&Write { audit: vec![entry], ..Write::default() })?;
        Ok(Some(token))
    }

    /// Gives a project another project key, if the policy lets this principal do so. The one before dies at once.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault. The key before lives on then.
    pub fn rotate_project_key(&self, actor: PrincipalId<'_>, project: &str, origin: &Origin) -> Result<Token, KeyFault> {
        self.authorizer()?.view().project_key(actor, project, ProjectKeyUse::Rotate)?;
        // The project key before stops working. But a manager of the project may repeat this without end, so it does not pass other writes.
        let turn = self.turn(origin)?;
        self.may_still_act(actor)?;
        let policy = turn.moment().project_key(actor, project, ProjectKeyUse::Rotate)?;
        let token = mint_project_key().map_err(Fault::Mint)?;
        let after = with_acting_user(json!({ "project": project }), actor, origin);
        let entry = turn.entry_by(origin, "project-key.rotate", project, None, Some(after), policy);
        let step = Step::RotateProjectKey { project: project.into(), token: token.clone() };
        turn.commit(&Write { steps: vec![step], audit: vec![entry], ..Write::default() })?;
        Ok(token)
    }
}
