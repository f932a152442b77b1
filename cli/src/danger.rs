//! The known dangers of the rules that apply to one answer.
//!
//! The rules keep them because they are what stored data relies on. A person who asks why should learn of them.

use clearance::{
    Explanation, PlaceId, PrincipalId, Reason,
    document::{BindingRole, Document, Key, MemberRole, Mode},
    explanation::{ExplainedSide, Reading, RoleFault, Source, Step, Verdict},
};
use serde::Serialize;

use crate::word;

/// Something about an answer that may surprise.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Danger {
    /// A word for programs, which does not change.
    pub(crate) code: &'static str,
    /// For people: what may happen, and what to do.
    pub(crate) message: String,
}

/// All that apply, each said once.
pub(crate) fn find(
    explanation: &Explanation,
    principal: PrincipalId<'_>,
    permission: &str,
    place: PlaceId<'_>,
    document: &Document,
) -> Vec<Danger> {
    let organization = organization(place, document);
    let key = match principal {
        PrincipalId::Key(id) => document.keys.iter().find(|key| &*key.id == id),
        _ => None,
    };
    let owner = key.and_then(|key| key.owner.as_deref());
    let user = if let PrincipalId::User(id) = principal { Some(id) } else { None };
    let mut found = Vec::new();
    let sides = [(Some(&explanation.principal), user), (explanation.owner.as_ref(), owner)];
    for (side, user) in sides.into_iter().filter_map(|(side, user)| Some((side?, user))) {
        let member = user.and_then(|user| membership(organization?, user, document));
        side.steps.iter().for_each(|step| find_in_step(step, place, user, member, &mut found));
        if let (Some(user), Reason::NotMember) = (user, side.decision.reason)
            && let Some(step) = stored(side).find(|step| step.verdict == Verdict::Grants)
        {
            let message = format!(
                "{} is still stored: if `{user}` joins the organization again, it grants this at once and nobody is asked; remove it",
                source(step),
            );
            found.push(Danger { code: "revives-with-membership", message });
        }
    }
    if let Some(key) = key.filter(|_| explanation.decision.allow) {
        find_in_key(key, permission, document, &mut found);
    }
    if let Some(team) = personal_team(place, document) {
        let message =
            format!("team `{team}` is personal, but every member can list it and its projects: keep secrets out of their names");
        found.push(Danger { code: "personal-team-listed", message });
    }
    let mut once: Vec<Danger> = Vec::new();
    for danger in found {
        if !once.contains(&danger) {
            once.push(danger);
        }
    }
    once
}

fn find_in_step(step: &Step, place: PlaceId<'_>, user: Option<&str>, member: Option<MemberRole>, found: &mut Vec<Danger>) {
    let counts =
        matches!(step.verdict, Verdict::Grants | Verdict::NotListed | Verdict::OrganizationOnly | Verdict::ExternalMember);
    if let Some(fault) = step.fault.filter(|_| counts) {
        let fix = match fault {
            RoleFault::Private => "leave the role to one key",
            RoleFault::Missing | RoleFault::OtherOrganization | RoleFault::Empty => "name a role that is usable, or remove this",
        };
        let message = format!(
            "the custom role of {} {}, so it is {}, which may be more than the role gave: {fix}",
            source(step),
            word::fault_phrase(fault),
            word::reading_phrase(step.reading),
        );
        found.push(Danger { code: "unusable-role", message });
    }
    let team_membership = match &step.source {
        Source::TeamMembership { team, role, .. } => Some((team, *role)),
        _ => None,
    };
    if let (Some((team, _)), Verdict::Silenced) = (team_membership, step.verdict) {
        let message = format!(
            "the membership of team `{team}` counts again once the last binding that applies here is removed: remove it as well"
        );
        found.push(Danger { code: "silenced-team-membership", message });
    }
    if let (Some((team, BindingRole::Admin)), PlaceId::Organization(_), Verdict::Grants) = (team_membership, place, step.verdict)
    {
        let message =
            format!("an ADMIN of the one team `{team}` has the list `admin` at the whole organization: bind the team instead");
        found.push(Danger { code: "team-admin-at-organization", message });
    }
    if let (Some(user), Some(MemberRole::External), Reading::Custom, Verdict::Grants) = (user, member, step.reading, step.verdict)
    {
        let message = format!(
            "`{user}` is an `EXTERNAL` member, and the custom role of {} is not capped for them: check its list",
            source(step)
        );
        found.push(Danger { code: "external-custom-role", message });
    }
}

fn find_in_key(key: &Key, permission: &str, document: &Document, found: &mut Vec<Danger>) {
    if key.mode == Mode::Readonly && !permission.ends_with(":view") {
        let message = "`readonly` is only a label of the key and takes nothing away: bind the key to less".to_owned();
        found.push(Danger { code: "readonly-is-a-label", message });
    }
    if let (None, Some(creator)) = (key.owner.as_deref(), key.created_by.as_deref()) {
        let user = document.users.iter().find(|user| &*user.id == creator);
        let gone = match user {
            None => Some("is not a known user any more"),
            Some(user) if user.deactivated_at.is_some() => Some("is deactivated"),
            Some(_) if membership(&key.organization, creator, document).is_none() => Some("is not a member any more"),
            Some(_) => None,
        };
        if let Some(gone) = gone {
            let message =
                format!("`{creator}` made this service key and {gone}, and the key works on: check who has it, or revoke it");
            found.push(Danger { code: "creator-gone", message });
        }
    }
    if permission == "organization:manage" {
        let limit = if key.owner.is_some() { ", up to its owner" } else { "" };
        let message = format!("with this the key can make and edit keys that are stronger than itself{limit}: bind it to less");
        found.push(Danger { code: "manages-keys", message });
    }
}

/// The steps that somebody stored.
fn stored(side: &ExplainedSide) -> impl Iterator<Item = &Step> {
    side.steps.iter().filter(|step| matches!(step.source, Source::Binding(_) | Source::TeamMembership { .. }))
}

fn source(step: &Step) -> String {
    match &step.source {
        Source::Binding(binding) => format!("binding `{}`", binding.id),
        Source::TeamMembership { team, .. } => format!("the membership of team `{team}`"),
        Source::Floor | Source::ProjectKey => "this".to_owned(),
    }
}

fn membership(organization: &str, user: &str, document: &Document) -> Option<MemberRole> {
    let row = document.members.iter().find(|row| &*row.organization == organization && &*row.user == user)?;
    Some(row.role)
}

fn organization<'a>(place: PlaceId<'a>, document: &'a Document) -> Option<&'a str> {
    match place {
        PlaceId::Organization(id) => Some(id),
        PlaceId::Team(_) | PlaceId::Project(_) => {
            let team = team(place, document)?;
            document.teams.iter().find(|row| &*row.id == team).map(|row| &*row.organization)
        }
    }
}

fn team<'a>(place: PlaceId<'a>, document: &'a Document) -> Option<&'a str> {
    match place {
        PlaceId::Organization(_) => None,
        PlaceId::Team(id) => Some(id),
        PlaceId::Project(id) => document.projects.iter().find(|row| &*row.id == id).map(|row| &*row.team),
    }
}

fn personal_team<'a>(place: PlaceId<'a>, document: &'a Document) -> Option<&'a str> {
    let team = team(place, document)?;
    document.teams.iter().any(|row| &*row.id == team && row.personal).then_some(team)
}
