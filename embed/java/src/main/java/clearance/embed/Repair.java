package clearance.embed;

import java.util.List;
import java.util.Map;

/** What would turn a denial into an allow. */
public sealed interface Repair {
    /** The digest of the policy version that answered. */
    String policy();

    /** The permission is granted already. */
    record Allowed(String policy) implements Repair {}

    /**
     * Each of these sets of changes would grant the permission, and no change in a set can be left out.
     *
     * @param sets at least one and at most three, best first
     * @param more whether there are further ones
     * @param policy the digest of the policy version that answered
     */
    record Sets(List<List<Action>> sets, boolean more, String policy) implements Repair {}

    /**
     * No change would grant it.
     *
     * @param obstacle why, as a word of the contract
     * @param policy the digest of the policy version that answered
     */
    record Nothing(String obstacle, String policy) implements Repair {}

    /**
     * One change of the data.
     *
     * @param kind what to do: {@code renew}, {@code reactivate}, {@code membership} or {@code bind}
     * @param change what it is about, by the names of a directory file
     * @param by the least powerful user who could make the change
     */
    record Action(String kind, Map<String, Object> change, String by) {}
}
