package clearance.embed;

/**
 * May this principal do this here?
 *
 * @param principal who asks
 * @param permission the name of a permission, such as {@code prompts:view}
 * @param place where
 */
public record Question(Principal principal, String permission, Place place) {}
