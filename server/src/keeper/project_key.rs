//! Project keys: the older kind, which can be looked at again.

use clearance::PrincipalId;
use clearance::key::ProjectKeyUse;
use clearance_store::{Step, Token, Write, mint_project_key};
use serde_json::json;

use super::key::acting;
use super::{Fault, Keeper, KeyFault, Origin};

impl Keeper {
    /// The project key of a project, if the policy lets this principal see it. None when the project has none.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault.
    pub fn project_key(&self, actor: PrincipalId<'_>, project: &str) -> Result<Option<Token>, KeyFault> {
        self.authorizer()?.project_key(actor, project, ProjectKeyUse::Read)?;
        Ok(self.store.project_key(project).map_err(Fault::Store)?)
    }

    /// Gives a project another project key, if the policy lets this principal do so. The one before dies at once.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault. The key before lives on then.
    pub fn rotate_project_key(&self, actor: PrincipalId<'_>, project: &str, origin: &Origin) -> Result<Token, KeyFault> {
        let turn = self.turn()?;
        let policy = turn.moment().project_key(actor, project, ProjectKeyUse::Rotate)?;
        let token = mint_project_key().map_err(Fault::Mint)?;
        let after = acting(json!({ "project": project }), actor, origin);
        let entry = turn.entry_by(origin, "project-key.rotate", project, None, Some(after), policy);
        let step = Step::RotateProjectKey { project: project.into(), token: token.clone() };
        turn.commit(&Write { steps: vec![step], audit: vec![entry], ..Write::default() })?;
        Ok(token)
    }
}
