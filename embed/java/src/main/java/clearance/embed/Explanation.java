package clearance.embed;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A decision with the walk to it.
 *
 * @param decision the decision
 * @param since the first moment for which this holds, if there is one
 * @param until the last moment for which this holds, if there is one
 * @param principal what the principal has by itself
 * @param owner the ceiling: what the owner of a key could do by itself
 */
public record Explanation(
    Decision decision, Optional<Instant> since, Optional<Instant> until, Side principal, Optional<Side> owner) {

    /**
     * What one side answers by itself.
     *
     * @param allow whether it may
     * @param reason the rule that decided
     * @param binding the id of the binding that grants
     * @param steps every source that the policy looked at, in its order
     */
    public record Side(boolean allow, String reason, Optional<String> binding, List<Step> steps) {}

    /**
     * One source that the policy looked at.
     *
     * @param source what it is
     * @param reading how the policy read it
     * @param fault what is wrong with its role
     * @param verdict what came of it
     */
    public record Step(Source source, String reading, Optional<String> fault, String verdict) {}

    /** Where a grant may come from. */
    public sealed interface Source {
        /** What every member has. */
        record Floor() implements Source {}

        /** The project key itself. */
        record ProjectKey() implements Source {}

        /**
         * A binding.
         *
         * @param row its row, as a directory file has it
         */
        record Binding(Map<String, Object> row) implements Source {}

        /**
         * A team membership.
         *
         * @param team the id of the team
         * @param role the role
         * @param customRole the id of the custom role
         */
        record TeamMembership(String team, String role, Optional<String> customRole) implements Source {}
    }
}
