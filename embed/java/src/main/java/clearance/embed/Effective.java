package clearance.embed;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that a principal may do at a place.
 *
 * @param permissions the names, in the order of the catalog
 * @param reason the one rule that denies everything, if there is one
 * @param since the first moment for which this holds, if there is one
 * @param until the last moment for which this holds, if there is one
 * @param policy the digest of the policy version that answered
 */
public record Effective(
    List<String> permissions, Optional<String> reason, Optional<Instant> since, Optional<Instant> until, String policy) {}
