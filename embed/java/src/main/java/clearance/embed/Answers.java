package clearance.embed;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers of the authorizer, from JSON to objects. */
final class Answers {
    private Answers() {}

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object json) {
        return (Map<String, Object>) json;
    }

    private static List<?> list(Object json) {
        return (List<?>) json;
    }

    private static List<String> strings(Object json) {
        return list(json).stream().map(String.class::cast).toList();
    }

    private static Optional<String> optional(Map<String, Object> object, String name) {
        return Optional.ofNullable((String) object.get(name));
    }

    private static Optional<Instant> time(Map<String, Object> object, String name) {
        return optional(object, name).map(Instant::parse);
    }

    static ClearanceException failure(String text, Throwable cause) {
        Map<String, Object> failure = object(Json.read(text));
        int index = failure.get("index") instanceof Number number ? number.intValue() : -1;
        String field = (String) failure.get("field");
        return new ClearanceException((String) failure.get("error"), (String) failure.get("message"), field, index, cause);
    }

    static String digest(String info) {
        return (String) object(Json.read(info)).get("digest");
    }

    /** The words of the reasons, each at its number. */
    static String[] reasons(String text) {
        return strings(object(Json.read(text)).get("reasons")).toArray(String[]::new);
    }

    static List<Integer> answering(String text) {
        return list(object(Json.read(text)).get("answering")).stream().map(number -> ((Number) number).intValue()).toList();
    }

    private static Decision decision(Map<String, Object> answer) {
        return new Decision(
            (Boolean) answer.get("allow"), (String) answer.get("reason"), optional(answer, "binding"), (String) answer.get("policy"));
    }

    static List<Decision> decisions(String text) {
        return list(object(Json.read(text)).get("answers")).stream().map(answer -> decision(object(answer))).toList();
    }

    static Effective effective(String text) {
        Map<String, Object> answer = object(Json.read(text));
        return new Effective(strings(answer.get("permissions")), optional(answer, "reason"), time(answer, "since"), time(answer, "until"),
            (String) answer.get("policy"));
    }

    static Explanation explanation(String text) {
        Map<String, Object> answer = object(Json.read(text));
        Optional<Explanation.Side> owner = Optional.ofNullable(answer.get("owner")).map(Answers::side);
        return new Explanation(decision(answer), time(answer, "since"), time(answer, "until"), side(answer.get("principal")), owner);
    }

    private static Explanation.Side side(Object json) {
        Map<String, Object> side = object(json);
        List<Explanation.Step> steps = list(side.get("steps")).stream().map(Answers::step).toList();
        return new Explanation.Side((Boolean) side.get("allow"), (String) side.get("reason"), optional(side, "binding"), steps);
    }

    private static Explanation.Step step(Object json) {
        Map<String, Object> step = object(json);
        return new Explanation.Step(
            source(step.get("source")), (String) step.get("reading"), optional(step, "fault"), (String) step.get("verdict"));
    }

    private static Explanation.Source source(Object json) {
        if (json instanceof String name) {
            return name.equals("floor") ? new Explanation.Source.Floor() : new Explanation.Source.ProjectKey();
        }
        Map<String, Object> source = object(json);
        if (source.get("binding") instanceof Map<?, ?> row) {
            return new Explanation.Source.Binding(object(row));
        }
        Map<String, Object> membership = object(source.get("team-membership"));
        return new Explanation.Source.TeamMembership(
            (String) membership.get("team"), (String) membership.get("role"), optional(membership, "customRole"));
    }

    static Repair repair(String text) {
        Map<String, Object> answer = object(Json.read(text));
        String policy = (String) answer.get("policy");
        return switch ((String) answer.get("outcome")) {
            case "allowed" -> new Repair.Allowed(policy);
            case "nothing" -> new Repair.Nothing((String) answer.get("obstacle"), policy);
            default -> new Repair.Sets(
                list(answer.get("sets")).stream().map(set -> list(set).stream().map(Answers::action).toList()).toList(),
                (Boolean) answer.get("more"), policy);
        };
    }

    private static Repair.Action action(Object json) {
        Map<String, Object> action = object(json);
        String kind = action.keySet().stream().filter(name -> !name.equals("by")).findFirst().orElseThrow();
        return new Repair.Action(kind, object(action.get(kind)), (String) action.get("by"));
    }

    static VisibleProjects visibleProjects(String text) {
        Map<String, Object> answer = object(Json.read(text));
        return answer.containsKey("all") ? new VisibleProjects(true, List.of()) : new VisibleProjects(false, strings(answer.get("projects")));
    }

    static String capsule(String text) {
        return (String) object(Json.read(text)).get("capsule");
    }
}
