package clearance.embed;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A call was not answered. This is never a denial: refuse, and look for the cause.
 *
 * <p>What a denial is, a {@link Decision} says.
 */
public final class ClearanceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The error's name: a word with hyphens. */
    private final String code;
    /** The field that is wrong, as a path, or {@code null}. */
    private final String field;
    /** Which change of a batch is refused, or less than 0. */
    private final int index;

    ClearanceException(String code, String message) {
        this(code, message, null, -1, null);
    }

    ClearanceException(String code, String message, String field, int index, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.field = field;
        this.index = index;
    }

    /** A value that is missing or has a form that no question has. */
    static ClearanceException malformed(String field, String wanted) {
        return new ClearanceException("malformed", "`" + field + "` must be " + wanted, field, -1, null);
    }

    /** The authorizer's module was stopped. */
    static ClearanceException lost(Throwable cause) {
        return new ClearanceException("lost", "the authorizer stopped and its data is lost: load it again", null, -1, cause);
    }

    /** The same word in every language: {@code trap}, {@code deadline}, {@code malformed}, {@code refused}, {@code lost}, … */
    public String code() {
        return code;
    }

    /** The field that is wrong, as a path such as {@code check.at}. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    /** Which change of a batch is refused, counted from 0. */
    public OptionalInt index() {
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
    }
}
