package clearance.embed;

import java.util.List;

/**
 * The projects that a key can see.
 *
 * @param all whether it sees every project of its organization
 * @param projects the ids of those that it sees, where it does not see all
 */
public record VisibleProjects(boolean all, List<String> projects) {}
