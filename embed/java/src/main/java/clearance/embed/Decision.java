package clearance.embed;

import java.util.Optional;

/**
 * May the principal do this here, and which rule said so.
 *
 * @param allow whether the principal may
 * @param reason the rule that decided, as a word of the contract: {@code binding}, {@code owner-lacks}, {@code key-revoked}, …
 * @param binding the id of the binding that grants: present exactly where the reason is {@code binding}
 * @param policy the digest of the policy version that decided
 */
public record Decision(boolean allow, String reason, Optional<String> binding, String policy) {}
