//! Which policy version is live.

use std::num::NonZeroU64;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use base64ct::{Base64, Encoding as _};
use clearance::{Digest, PolicyVersion, Reason};
use clearance_keeper::{ActivateError, Keeper, KeptInFolder, Origin, Versions};
use clearance_rollout::{
    ActivationObserver, ActivationPlan, ActivationStage, Case, CaseError, Difference, Exceptions, ShadowReport, TrialOptions,
};
use clearance_store::{Purpose, Who};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::folder::{folder_refusal, refuse_lost, version_or_refusal};
use super::pins::PinView;
use super::version::{VersionView, wanted_digest, wanted_exceptions};
use crate::body::{self, Fields, refuse_flaws};
use crate::error::{Error, Flaw};
use crate::listener::Peer;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// No two versions run beside each other for longer.
const MOST_SECONDS: u64 = 600;

/// The live policy version, and the versions that are pinned to organizations.
#[derive(Serialize, ToSchema)]
pub(crate) struct LivePolicy {
    #[serde(flatten)]
    live: VersionView,
    /// The pinned organizations, sorted by id.
    pins: Vec<PinView>,
}

/// The policy version to make live, and what it must pass first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct ActivateBody {
    /// The digest of a version in the folder of the server: `sha256:` and 64 digits.
    digest: String,
    /// Cases that the version must answer as they say, about the present directory: the lines of `clearance evaluate`, each with
    /// `allow` or `permissions`.
    #[schema(required = false, nullable = false, value_type = Option<Vec<Object>>)]
    cases: Option<Vec<Value>>,
    /// The most permissions that may become allowed, counted for each principal and place. By default any number.
    #[schema(required = false, nullable = false)]
    allow_gain: Option<u64>,
    /// The most permissions that may become denied, counted in the same way. By default any number.
    #[schema(required = false, nullable = false)]
    allow_loss: Option<u64>,
    /// How long the version is asked everything that the live one is asked, before it answers anybody. By default the version
    /// does not shadow the live one.
    #[schema(required = false, nullable = false)]
    shadow: Option<TrialBody>,
    /// How long the version before is asked everything that the new one is asked. If that goes wrong, the version before becomes
    /// live again. By default the version before is not asked.
    #[schema(required = false, nullable = false)]
    watch: Option<TrialBody>,
    /// Whether the version may be lower than the highest that was ever live under its name.
    #[schema(required = false, nullable = false)]
    allow_downgrade: Option<bool>,
    /// Whether the policy may have another name than the live one.
    #[schema(required = false, nullable = false)]
    allow_other_name: Option<bool>,
}

/// How long two versions run beside each other, and what ends that with a failure.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Trial)]
pub(crate) struct TrialBody {
    /// The number of comparisons after which the trial ends.
    decisions: u64,
    /// The number of seconds after which the trial ends at the latest, at most 600.
    #[schema(maximum = 600)]
    seconds: u64,
    /// One of this many checks is compared. By default 1, so that every check is compared.
    #[serde(default)]
    #[schema(required = false, nullable = false, value_type = Option<u64>, minimum = 1)]
    every: Option<NonZeroU64>,
    /// The number of questions that the version may leave unanswered. By default 0.
    #[serde(default)]
    #[schema(required = false)]
    allow_failures: u64,
    /// The number of gains and losses that may occur although the difference of the versions over the directory does not show
    /// them. By default 0.
    #[serde(default)]
    #[schema(required = false)]
    allow_unexpected: u64,
}

/// The result of an activation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activated {
    /// The digest of the version that is live now.
    digest: String,
    /// The digest of the version that was live before.
    before: String,
    /// Whether anything changed: false if the version was live already.
    activated: bool,
    /// The number of cases that the version carries, all of which it answers as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    carried: Option<usize>,
    /// The number of cases in the request, all of which the version answers as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<usize>,
    /// The number of permissions that were denied and are allowed now, counted for each principal and place.
    #[serde(skip_serializing_if = "Option::is_none")]
    gains: Option<u64>,
    /// The number of permissions that were allowed and are denied now, counted in the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<u64>,
    /// The number of principals that gain or lose something.
    #[serde(skip_serializing_if = "Option::is_none")]
    principals: Option<usize>,
    /// What happened while the version shadowed the live one.
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<TrialReport>,
    /// What happened while the version was watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<TrialReport>,
}

/// What happened while two versions ran beside each other.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialReport {
    /// The number of checks that both versions answered.
    compared: u64,
    /// The number of checks that were not compared, because too many came at once.
    dropped: u64,
    /// The number of checks that were denied, and that the other version would have allowed.
    gains: u64,
    /// The number of checks that were allowed, and that the other version would have denied.
    losses: u64,
    /// The number of gains and losses that the difference of the versions over the directory does not show.
    unexpected: u64,
    /// The number of questions that the version on trial left unanswered.
    failures: u64,
    /// The first checks that the two versions answered differently, at most 256.
    differences: Vec<TrialDifference>,
}

/// A check that two versions answered differently.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialDifference {
    /// The principal, the permission and the place, for people.
    question: String,
    /// The answer that the client got.
    answered: TrialAnswer,
    /// The answer of the other version.
    otherwise: TrialAnswer,
    /// Whether the difference of the versions over the directory does not show this change.
    unexpected: bool,
    /// The decision as a capsule in base64, for `clearance replay`. Absent if the data changed before it could be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    capsule: Option<String>,
}

/// An answer to a check.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialAnswer {
    /// Whether the permission is granted.
    allow: bool,
    /// The rule that decided.
    reason: &'static str,
}

impl TrialReport {
    fn of(report: &ShadowReport, failures: u64) -> Self {
        let ShadowReport { compared, dropped, gains, losses, unexpected, .. } = *report;
        let differences = report.differences.iter().map(TrialDifference::from).collect();
        Self { compared, dropped, gains, losses, unexpected, failures, differences }
    }
}

impl From<&Difference> for TrialDifference {
    fn from(Difference { question, live, shadow, unexpected, capsule, .. }: &Difference) -> Self {
        let answer = |(allow, reason): &(bool, Reason)| TrialAnswer { allow: *allow, reason: reason.as_str() };
        Self {
            question: question.to_string(),
            answered: answer(live),
            otherwise: answer(shadow),
            unexpected: *unexpected,
            capsule: capsule.as_ref().map(|capsule| Base64::encode_string(&capsule.to_bytes())),
        }
    }
}

/// Reads the live policy version, and the organizations that are pinned to another.
///
/// It requires an operator with the purpose `policy`.
#[utoipa::path(
    get,
    path = "/v1/policy",
    operation_id = "live_policy",
    tag = "backend",
    responses(
        (status = 200, description = "The live version and the pins.", body = LivePolicy),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn live(State(server): State<Server>, headers: HeaderMap) -> Result<Json<LivePolicy>, Problem> {
    server.operator(&headers, Purpose::Policy)?;
    let authorizer = server.keeper().authorizer()?;
    let pin = |(organization, version): (String, PolicyVersion)| PinView::of(organization, &version);
    Ok(Json(LivePolicy { live: (&authorizer.live_version()).into(), pins: authorizer.pins().into_iter().map(pin).collect() }))
}

/// Makes a policy version live.
///
/// It requires an operator with the purpose `policy`. The version is in the folder of the server. It must pass these stages in
/// order: its signature, the history of what was live, the cases that it carries and those of the request, the difference to the
/// live version over the whole directory, the shadow, and the watch. The server answers when all of them have ended, and answers
/// other requests meanwhile.
#[utoipa::path(
    post,
    path = "/v1/policy/activate",
    operation_id = "activate_policy",
    tag = "backend",
    request_body = ActivateBody,
    responses(
        (status = 200, description = "The version is live, and stays live over a restart.", body = Activated),
        (status = 400, description = "The body is not valid JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The version did not pass a stage, another version is being activated, or the server has no folder of versions. The version before is live.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than the server accepts.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body does not have the required form. `fields` names every mistake.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn activate(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Activated>, Problem> {
    let operator = server.operator(&headers, Purpose::Policy)?;
    let Wanted { digest, plan, exceptions } = Wanted::of(body::json(&server, body::of_any(&server, request).await).await?)?;
    let versions = server.folder()?;
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let activated =
        server.work(Work::Policy, move |keeper| make_live(keeper, &versions, digest, &plan, exceptions, &origin)).await??;
    Ok(Json(activated))
}

fn make_live(
    keeper: &Keeper,
    versions: &Versions,
    digest: Digest,
    plan: &ActivationPlan,
    exceptions: Exceptions,
    origin: &Origin,
) -> Result<Activated, Error> {
    let stopped = |error: &(dyn std::error::Error + 'static)| folder_refusal("activation-refused", error);
    let version = version_or_refusal("activation-refused", versions.get(digest), digest)?;
    let running = keeper.authorizer()?.live_version().label();
    let mut activated = Activated {
        digest: digest.to_string(),
        before: running.digest.to_string(),
        activated: false,
        carried: None,
        cases: None,
        gains: None,
        losses: None,
        principals: None,
        shadow: None,
        watch: None,
    };
    refuse_lost("activation-refused", keeper, versions)?;
    // Said before anything takes long.
    let history = versions.store().history().map_err(|error| stopped(&error))?;
    history.permits(&version.label(), &running, exceptions).map_err(|error| stopped(&error))?;
    let mut kept = KeptInFolder::new(versions.store(), &running, exceptions);
    let outcome = keeper.activate(&version, plan, origin, &mut kept, &mut activated);
    let seen = [("shadow", &activated.shadow), ("watch", &activated.watch)];
    match outcome {
        Ok(before) => {
            activated.activated = before.is_some();
            Ok(activated)
        }
        Err(ActivateError::Fault(fault)) => Err(fault.into()),
        Err(ActivateError::Stage(error)) => Err(with_seen(stopped(&error), seen)),
    }
}

impl ActivationObserver for Activated {
    fn observe(&mut self, stage: ActivationStage) {
        match stage {
            ActivationStage::Carried { cases } => self.carried = Some(cases),
            ActivationStage::Cases { cases } => self.cases = Some(cases),
            ActivationStage::Diff { gains, losses, principals, .. } => {
                (self.gains, self.losses, self.principals) = (Some(gains), Some(losses), Some(principals));
            }
            ActivationStage::Shadow(report) => self.shadow = Some(TrialReport::of(&report, report.failures)),
            ActivationStage::Watch { report, failures } => self.watch = Some(TrialReport::of(&report, failures)),
            _ => {}
        }
    }
}

/// The error with the report of the shadow or the watch, so that somebody can look at the differences.
fn with_seen(error: Error, seen: [(&str, &Option<TrialReport>); 2]) -> Error {
    match error {
        Error::Refused { status, code, message, mut members } => {
            for (name, report) in seen {
                let report = report.as_ref().and_then(|report| serde_json::to_value(report).ok());
                members.extend(report.map(|report| (name.to_owned(), report)));
            }
            Error::Refused { status, code, message, members }
        }
        other => other,
    }
}

/// The plan that a body asks for.
struct Wanted {
    digest: Digest,
    plan: ActivationPlan,
    exceptions: Exceptions,
}

impl Wanted {
    fn of(body: Value) -> Result<Self, Error> {
        let mut fields = Fields::of(body)?;
        let digest = wanted_digest(&mut fields);
        let cases: Option<Vec<Value>> = fields.optional("cases");
        let most_gains = fields.optional("allowGain");
        let most_losses = fields.optional("allowLoss");
        let shadow: Option<Value> = fields.optional("shadow");
        let watch: Option<Value> = fields.optional("watch");
        let exceptions = wanted_exceptions(&mut fields);
        fields.refuse_others();
        let mut flaws = fields.flaws();
        let shadow = trial(shadow, "shadow", &mut flaws);
        let watch = trial(watch, "watch", &mut flaws);
        let cases: Vec<Case> = (0..).zip(cases.unwrap_or_default()).filter_map(|case| read_case(case, &mut flaws)).collect();
        refuse_flaws(flaws)?;
        let plan = ActivationPlan { cases, most_gains, most_losses, shadow, watch };
        // It is there where nothing is wrong.
        Ok(Self { digest: digest.ok_or(Error::Panic)?, plan, exceptions })
    }
}

fn read_case((index, case): (usize, Value), flaws: &mut Vec<Flaw>) -> Option<Case> {
    match Case::read_all(&case.to_string()) {
        Ok(mut read) => read.pop(),
        Err(CaseError { problem, .. }) => {
            flaws.push(Flaw { field: format!("cases.{index}"), message: problem.trim_start_matches([':', ',', ' ']).to_owned() });
            None
        }
    }
}

fn trial(value: Option<Value>, name: &str, flaws: &mut Vec<Flaw>) -> Option<TrialOptions> {
    match body::read::<TrialBody>(value?, name) {
        Ok(TrialBody { seconds, .. }) if seconds > MOST_SECONDS => {
            let message = format!("expected at most {MOST_SECONDS}");
            flaws.push(Flaw { field: format!("{name}.seconds"), message });
            None
        }
        Ok(TrialBody { decisions, seconds, every, allow_failures, allow_unexpected }) => Some(TrialOptions {
            every: every.unwrap_or(NonZeroU64::MIN),
            decisions,
            time: Duration::from_secs(seconds),
            most_failures: allow_failures,
            most_unexpected: allow_unexpected,
        }),
        Err(flaw) => {
            flaws.push(flaw);
            None
        }
    }
}
